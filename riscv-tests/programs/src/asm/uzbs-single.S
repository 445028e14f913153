# Zbs: single bits.

.option arch, +zbs
PROGRAM

    TABLE_RR 1, bclr
    .dword 0x8123456789abcdef, 0x0, 0x8123456789abcdee
    .dword 0xd398f237b453ccbd, 0x0, 0xd398f237b453ccbc
    .dword 0x8123456789abcdef, 0x1, 0x8123456789abcded
    .dword 0xffffffffffffc954, 0x1, 0xffffffffffffc954
    .dword 0x8123456789abcdef, 0x7, 0x8123456789abcd6f
    .dword 0x4f607, 0x7, 0x4f607
    .dword 0x8123456789abcdef, 0x1f, 0x8123456709abcdef
    .dword 0x9b4e1184402, 0x1f, 0x9b461184402
    .dword 0x8123456789abcdef, 0x20, 0x8123456689abcdef
    .dword 0x7fffffff, 0x20, 0x7fffffff
    .dword 0x8123456789abcdef, 0x21, 0x8123456589abcdef
    .dword 0xef9bd25f69fbd899, 0x21, 0xef9bd25d69fbd899
    .dword 0x8123456789abcdef, 0x3f, 0x123456789abcdef
    .dword 0x4710f611fcf7f734, 0x3f, 0x4710f611fcf7f734
    .dword 0x8123456789abcdef, 0x40, 0x8123456789abcdee
    .dword 0xb3b786, 0x40, 0xb3b786
    END

    TABLE_RI 17, bclri, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xfffffffffffffffe
    .dword 0x8000000080000001, 0x8000000080000000
    .dword 0x12, 0x12
    .dword 0xd2a3d52707c4f073, 0xd2a3d52707c4f072
    END

    TABLE_RI 22, bclri, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xfffffffffffffffd
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x8000000000000000, 0x8000000000000000
    .dword 0x7e6d30b6590e90f6, 0x7e6d30b6590e90f4
    END

    TABLE_RI 27, bclri, 31
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffff7fffffff
    .dword 0x8000000080000001, 0x8000000000000001
    .dword 0x6fffcc8992fecd76, 0x6fffcc8912fecd76
    .dword 0x59fab38f2b810104, 0x59fab38f2b810104
    END

    TABLE_RI 32, bclri, 32
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xfffffffeffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0xf50ac6ba70fbebb1, 0xf50ac6ba70fbebb1
    END

    TABLE_RI 37, bclri, 63
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x7fffffffffffffff
    .dword 0x8000000080000001, 0x80000001
    .dword 0x1e54c814cc2, 0x1e54c814cc2
    .dword 0xffffffff80000000, 0x7fffffff80000000
    END

    TABLE_RR 42, bset
    .dword 0x8123456789abcdef, 0x0, 0x8123456789abcdef
    .dword 0x578fc3e73a416584, 0x0, 0x578fc3e73a416585
    .dword 0x8123456789abcdef, 0x1, 0x8123456789abcdef
    .dword 0xfffffffffc0f283d, 0x1, 0xfffffffffc0f283f
    .dword 0x8123456789abcdef, 0x7, 0x8123456789abcdef
    .dword 0x100000000, 0x7, 0x100000080
    .dword 0x8123456789abcdef, 0x1f, 0x8123456789abcdef
    .dword 0x24905a518d5255ad, 0x1f, 0x24905a518d5255ad
    .dword 0x8123456789abcdef, 0x20, 0x8123456789abcdef
    .dword 0xfffffffff7760ca7, 0x20, 0xfffffffff7760ca7
    .dword 0x8123456789abcdef, 0x21, 0x8123456789abcdef
    .dword 0xaaaaaaaaaaaaaaaa, 0x21, 0xaaaaaaaaaaaaaaaa
    .dword 0x8123456789abcdef, 0x3f, 0x8123456789abcdef
    .dword 0x4383313a5bbfce2d, 0x3f, 0xc383313a5bbfce2d
    .dword 0x8123456789abcdef, 0x40, 0x8123456789abcdef
    .dword 0xe0d1fe0381d5f8e9, 0x40, 0xe0d1fe0381d5f8e9
    END

    TABLE_RI 58, bseti, 0
    .dword 0x0, 0x1
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x100000000, 0x100000001
    .dword 0xffffffffffffff4a, 0xffffffffffffff4b
    END

    TABLE_RI 63, bseti, 1
    .dword 0x0, 0x2
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000003
    .dword 0x80000000, 0x80000002
    .dword 0x7ea689dee91b8140, 0x7ea689dee91b8142
    END

    TABLE_RI 68, bseti, 31
    .dword 0x0, 0x80000000
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x77c6271f0eb7c5, 0x77c6279f0eb7c5
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    END

    TABLE_RI 73, bseti, 32
    .dword 0x0, 0x100000000
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000180000001
    .dword 0x4b06235f30f110c9, 0x4b06235f30f110c9
    .dword 0x6d1, 0x1000006d1
    END

    TABLE_RI 78, bseti, 63
    .dword 0x0, 0x8000000000000000
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x67eed042fe1083, 0x8067eed042fe1083
    .dword 0xe2090e37ab456, 0x800e2090e37ab456
    END

    TABLE_RR 83, binv
    .dword 0x8123456789abcdef, 0x0, 0x8123456789abcdee
    .dword 0xfff989e5354c9326, 0x0, 0xfff989e5354c9327
    .dword 0x8123456789abcdef, 0x1, 0x8123456789abcded
    .dword 0xfffffff158da0bcc, 0x1, 0xfffffff158da0bce
    .dword 0x8123456789abcdef, 0x7, 0x8123456789abcd6f
    .dword 0x3d77cba436edadec, 0x7, 0x3d77cba436edad6c
    .dword 0x8123456789abcdef, 0x1f, 0x8123456709abcdef
    .dword 0x4d58e, 0x1f, 0x8004d58e
    .dword 0x8123456789abcdef, 0x20, 0x8123456689abcdef
    .dword 0x7fffffff, 0x20, 0x17fffffff
    .dword 0x8123456789abcdef, 0x21, 0x8123456589abcdef
    .dword 0xfff5cae319dce283, 0x21, 0xfff5cae119dce283
    .dword 0x8123456789abcdef, 0x3f, 0x123456789abcdef
    .dword 0xfffffffffff38500, 0x3f, 0x7ffffffffff38500
    .dword 0x8123456789abcdef, 0x40, 0x8123456789abcdee
    .dword 0x5784e32f8fdd4720, 0x40, 0x5784e32f8fdd4721
    END

    TABLE_RI 99, binvi, 0
    .dword 0x0, 0x1
    .dword 0xffffffffffffffff, 0xfffffffffffffffe
    .dword 0x8000000080000001, 0x8000000080000000
    .dword 0x4d323effb776d3dc, 0x4d323effb776d3dd
    .dword 0xaaaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab
    END

    TABLE_RI 104, binvi, 1
    .dword 0x0, 0x2
    .dword 0xffffffffffffffff, 0xfffffffffffffffd
    .dword 0x8000000080000001, 0x8000000080000003
    .dword 0x7fffffff, 0x7ffffffd
    .dword 0xfa4fc08c71c9bd4d, 0xfa4fc08c71c9bd4f
    END

    TABLE_RI 109, binvi, 31
    .dword 0x0, 0x80000000
    .dword 0xffffffffffffffff, 0xffffffff7fffffff
    .dword 0x8000000080000001, 0x8000000000000001
    .dword 0x7fffffffffffffff, 0x7fffffff7fffffff
    .dword 0x84ca654c18f820, 0x84ca65cc18f820
    END

    TABLE_RI 114, binvi, 32
    .dword 0x0, 0x100000000
    .dword 0xffffffffffffffff, 0xfffffffeffffffff
    .dword 0x8000000080000001, 0x8000000180000001
    .dword 0xaaaaaaaaaaaaaaaa, 0xaaaaaaabaaaaaaaa
    .dword 0xbd8cd7dd64f5c6c3, 0xbd8cd7dc64f5c6c3
    END

    TABLE_RI 119, binvi, 63
    .dword 0x0, 0x8000000000000000
    .dword 0xffffffffffffffff, 0x7fffffffffffffff
    .dword 0x8000000080000001, 0x80000001
    .dword 0xa1eb2f7b1b6faec0, 0x21eb2f7b1b6faec0
    .dword 0x55e0c7514191450a, 0xd5e0c7514191450a
    END

    TABLE_RR 124, bext
    .dword 0x8123456789abcdef, 0x0, 0x1
    .dword 0xe40c08dc5d5dcab3, 0x0, 0x1
    .dword 0x8123456789abcdef, 0x1, 0x1
    .dword 0x640d737d8d8b366a, 0x1, 0x1
    .dword 0x8123456789abcdef, 0x7, 0x1
    .dword 0xc0c9443c1a3c, 0x7, 0x0
    .dword 0x8123456789abcdef, 0x1f, 0x1
    .dword 0x39bbf6, 0x1f, 0x0
    .dword 0x8123456789abcdef, 0x20, 0x1
    .dword 0xc9f6b85bdcee0e74, 0x20, 0x1
    .dword 0x8123456789abcdef, 0x21, 0x1
    .dword 0x2, 0x21, 0x0
    .dword 0x8123456789abcdef, 0x3f, 0x1
    .dword 0x100000000, 0x3f, 0x0
    .dword 0x8123456789abcdef, 0x40, 0x1
    .dword 0xfc61e861c01df15b, 0x40, 0x1
    END

    TABLE_RI 140, bexti, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0x1
    .dword 0x5a7984e1e523fdd, 0x1
    .dword 0x15064a86e22241f2, 0x0
    END

    TABLE_RI 145, bexti, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0x0
    .dword 0xbeced0fcfa641e9b, 0x1
    .dword 0x6bb30ff696ba, 0x1
    END

    TABLE_RI 150, bexti, 31
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0x1
    .dword 0xff00ff00ff00ff00, 0x1
    .dword 0xa2555955f708ecbb, 0x1
    END

    TABLE_RI 155, bexti, 32
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0x0
    .dword 0x8abaeee01a4aa20d, 0x0
    .dword 0xff00ff00ff00ff00, 0x0
    END

    TABLE_RI 160, bexti, 63
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0x1
    .dword 0x6f53d1de85c66187, 0x0
    .dword 0x7e4d0812b84a47f9, 0x0
    END

    j pass
