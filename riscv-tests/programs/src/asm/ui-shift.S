# RV64I: shifts. Only the low 6 (or 5) bits of the amount count.

PROGRAM

    TABLE_RR 1, sll
    .dword 0x8123456789abcdef, 0x0, 0x8123456789abcdef
    .dword 0xfedcba9876543210, 0x0, 0xfedcba9876543210
    .dword 0x8123456789abcdef, 0x1, 0x2468acf13579bde
    .dword 0x0, 0x1, 0x0
    .dword 0x8123456789abcdef, 0x7, 0x91a2b3c4d5e6f780
    .dword 0xfc54531b1672a804, 0x7, 0x2a298d8b39540200
    .dword 0x8123456789abcdef, 0x1f, 0xc4d5e6f780000000
    .dword 0xfef0d68c7f65d23c, 0x1f, 0x3fb2e91e00000000
    .dword 0x8123456789abcdef, 0x20, 0x89abcdef00000000
    .dword 0x80000000, 0x20, 0x8000000000000000
    .dword 0x8123456789abcdef, 0x21, 0x13579bde00000000
    .dword 0xf, 0x21, 0x1e00000000
    .dword 0x8123456789abcdef, 0x3f, 0x8000000000000000
    .dword 0xf36c4a76e03d3fae, 0x3f, 0x0
    .dword 0x8123456789abcdef, 0x40, 0x8123456789abcdef
    .dword 0xd56fce892a48cbd0, 0x40, 0xd56fce892a48cbd0
    .dword 0x8123456789abcdef, 0xffffffffffffffff, 0x8000000000000000
    .dword 0x845476b3211b6c64, 0xffffffffffffffff, 0x0
    .dword 0x8123456789abcdef, 0xffffffffffffffc1, 0x2468acf13579bde
    .dword 0x45f631c124e7272f, 0xffffffffffffffc1, 0x8bec638249ce4e5e
    END

    TABLE_RR 21, srl
    .dword 0x8123456789abcdef, 0x0, 0x8123456789abcdef
    .dword 0xffffffff80000000, 0x0, 0xffffffff80000000
    .dword 0x8123456789abcdef, 0x1, 0x4091a2b3c4d5e6f7
    .dword 0xff00ff00ff00ff00, 0x1, 0x7f807f807f807f80
    .dword 0x8123456789abcdef, 0x7, 0x102468acf13579b
    .dword 0x42a0d4886ad99891, 0x7, 0x8541a910d5b331
    .dword 0x8123456789abcdef, 0x1f, 0x102468acf
    .dword 0x491dc4b0b144ecae, 0x1f, 0x923b8961
    .dword 0x8123456789abcdef, 0x20, 0x81234567
    .dword 0xffffffff80000000, 0x20, 0xffffffff
    .dword 0x8123456789abcdef, 0x21, 0x4091a2b3
    .dword 0xcdf526f44f630fba, 0x21, 0x66fa937a
    .dword 0x8123456789abcdef, 0x3f, 0x1
    .dword 0x4b67b6ea5f36415a, 0x3f, 0x0
    .dword 0x8123456789abcdef, 0x40, 0x8123456789abcdef
    .dword 0x7, 0x40, 0x7
    .dword 0x8123456789abcdef, 0xffffffffffffffff, 0x1
    .dword 0x2146ffdc7f009348, 0xffffffffffffffff, 0x0
    .dword 0x8123456789abcdef, 0xffffffffffffffc1, 0x4091a2b3c4d5e6f7
    .dword 0x1817fe127437809a, 0xffffffffffffffc1, 0xc0bff093a1bc04d
    END

    TABLE_RR 41, sra
    .dword 0x8123456789abcdef, 0x0, 0x8123456789abcdef
    .dword 0xfabdfa79516375e4, 0x0, 0xfabdfa79516375e4
    .dword 0x8123456789abcdef, 0x1, 0xc091a2b3c4d5e6f7
    .dword 0x28db0c3777d4ebae, 0x1, 0x146d861bbbea75d7
    .dword 0x8123456789abcdef, 0x7, 0xff02468acf13579b
    .dword 0xff00ff00ff00ff00, 0x7, 0xfffe01fe01fe01fe
    .dword 0x8123456789abcdef, 0x1f, 0xffffffff02468acf
    .dword 0x1181bcf22210, 0x1f, 0x2303
    .dword 0x8123456789abcdef, 0x20, 0xffffffff81234567
    .dword 0x75dbf8dd8bfec34e, 0x20, 0x75dbf8dd
    .dword 0x8123456789abcdef, 0x21, 0xffffffffc091a2b3
    .dword 0x123456789abcdef, 0x21, 0x91a2b3
    .dword 0x8123456789abcdef, 0x3f, 0xffffffffffffffff
    .dword 0x80e6a76607cebf73, 0x3f, 0xffffffffffffffff
    .dword 0x8123456789abcdef, 0x40, 0x8123456789abcdef
    .dword 0x8000000080000001, 0x40, 0x8000000080000001
    .dword 0x8123456789abcdef, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0xffffffff9d47d8b2, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8123456789abcdef, 0xffffffffffffffc1, 0xc091a2b3c4d5e6f7
    .dword 0x13b68f17dedea, 0xffffffffffffffc1, 0x9db478bef6f5
    END

    TABLE_RR 61, sllw
    .dword 0x8123456789abcdef, 0x0, 0xffffffff89abcdef
    .dword 0x528d6b7fabcbc67f, 0x0, 0xffffffffabcbc67f
    .dword 0x8123456789abcdef, 0x1, 0x13579bde
    .dword 0xa0486f3cbe1add2, 0x1, 0xffffffff97c35ba4
    .dword 0x8123456789abcdef, 0x7, 0xffffffffd5e6f780
    .dword 0xffffffff80000000, 0x7, 0x0
    .dword 0x8123456789abcdef, 0x1f, 0xffffffff80000000
    .dword 0xfe6430d7d09d4707, 0x1f, 0xffffffff80000000
    .dword 0x8123456789abcdef, 0x20, 0xffffffff89abcdef
    .dword 0xe76a35a92031a483, 0x20, 0x2031a483
    .dword 0x8123456789abcdef, 0x21, 0x13579bde
    .dword 0x9cf0396608045158, 0x21, 0x1008a2b0
    .dword 0x8123456789abcdef, 0x3f, 0xffffffff80000000
    .dword 0x1d0a3c84, 0x3f, 0x0
    .dword 0x8123456789abcdef, 0x40, 0xffffffff89abcdef
    .dword 0x563186360b8031ad, 0x40, 0xb8031ad
    .dword 0x8123456789abcdef, 0xffffffffffffffff, 0xffffffff80000000
    .dword 0x94e31f8f0731ae59, 0xffffffffffffffff, 0xffffffff80000000
    .dword 0x8123456789abcdef, 0xffffffffffffffc1, 0x13579bde
    .dword 0x2ac74a28e6e4397d, 0xffffffffffffffc1, 0xffffffffcdc872fa
    END

    TABLE_RR 81, srlw
    .dword 0x8123456789abcdef, 0x0, 0xffffffff89abcdef
    .dword 0xff00ff00ff00ff00, 0x0, 0xffffffffff00ff00
    .dword 0x8123456789abcdef, 0x1, 0x44d5e6f7
    .dword 0xca28b8475c29df1e, 0x1, 0x2e14ef8f
    .dword 0x8123456789abcdef, 0x7, 0x113579b
    .dword 0xfffffff238792fc9, 0x7, 0x70f25f
    .dword 0x8123456789abcdef, 0x1f, 0x1
    .dword 0xffffffff80000000, 0x1f, 0x1
    .dword 0x8123456789abcdef, 0x20, 0xffffffff89abcdef
    .dword 0xfedcba9876543210, 0x20, 0x76543210
    .dword 0x8123456789abcdef, 0x21, 0x44d5e6f7
    .dword 0x30ab00ea8f9a0f7, 0x21, 0x547cd07b
    .dword 0x8123456789abcdef, 0x3f, 0x1
    .dword 0xfffffffff9bc2b8d, 0x3f, 0x1
    .dword 0x8123456789abcdef, 0x40, 0xffffffff89abcdef
    .dword 0xff96b9d3461b40ed, 0x40, 0x461b40ed
    .dword 0x8123456789abcdef, 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0xffffffffffffffff, 0x1
    .dword 0x8123456789abcdef, 0xffffffffffffffc1, 0x44d5e6f7
    .dword 0xaaaaaaaaaaaaaaaa, 0xffffffffffffffc1, 0x55555555
    END

    TABLE_RR 101, sraw
    .dword 0x8123456789abcdef, 0x0, 0xffffffff89abcdef
    .dword 0x130a06f13c1b8c91, 0x0, 0x3c1b8c91
    .dword 0x8123456789abcdef, 0x1, 0xffffffffc4d5e6f7
    .dword 0x7b3a840638266045, 0x1, 0x1c133022
    .dword 0x8123456789abcdef, 0x7, 0xffffffffff13579b
    .dword 0x5555555555555555, 0x7, 0xaaaaaa
    .dword 0x8123456789abcdef, 0x1f, 0xffffffffffffffff
    .dword 0x8487b5c5f02807cd, 0x1f, 0xffffffffffffffff
    .dword 0x8123456789abcdef, 0x20, 0xffffffff89abcdef
    .dword 0xfffffffffffffb5b, 0x20, 0xfffffffffffffb5b
    .dword 0x8123456789abcdef, 0x21, 0xffffffffc4d5e6f7
    .dword 0xc1b73fe3dcc23b23, 0x21, 0xffffffffee611d91
    .dword 0x8123456789abcdef, 0x3f, 0xffffffffffffffff
    .dword 0x80000000, 0x3f, 0xffffffffffffffff
    .dword 0x8123456789abcdef, 0x40, 0xffffffff89abcdef
    .dword 0x396e7fdb533f3602, 0x40, 0x533f3602
    .dword 0x8123456789abcdef, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x392aa1105dc7ccd3, 0xffffffffffffffff, 0x0
    .dword 0x8123456789abcdef, 0xffffffffffffffc1, 0xffffffffc4d5e6f7
    .dword 0x77b622188d07d298, 0xffffffffffffffc1, 0xffffffffc683e94c
    END

    TABLE_RI 121, slli, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x57f6e3ff1f6e425b, 0x57f6e3ff1f6e425b
    .dword 0xffffffffffffbd06, 0xffffffffffffbd06
    END

    TABLE_RI 126, slli, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xfffffffffffffffe
    .dword 0x8000000080000001, 0x100000002
    .dword 0x100000000, 0x200000000
    .dword 0x100000000, 0x200000000
    END

    TABLE_RI 131, slli, 31
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffff80000000
    .dword 0x8000000080000001, 0x4000000080000000
    .dword 0x123456789abcdef, 0xc4d5e6f780000000
    .dword 0x0, 0x0
    END

    TABLE_RI 136, slli, 32
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffff00000000
    .dword 0x8000000080000001, 0x8000000100000000
    .dword 0xffffffff7fffffff, 0x7fffffff00000000
    .dword 0x1, 0x100000000
    END

    TABLE_RI 141, slli, 63
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x8000000000000000
    .dword 0x8000000080000001, 0x8000000000000000
    .dword 0x34d70b8d6c5e7ec4, 0x0
    .dword 0xba1ed56496b9182c, 0x0
    END

    TABLE_RI 146, srli, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x3e20e822, 0x3e20e822
    .dword 0x54226c45a0d151f1, 0x54226c45a0d151f1
    END

    TABLE_RI 151, srli, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x7fffffffffffffff
    .dword 0x8000000080000001, 0x4000000040000000
    .dword 0x7f9b11217879, 0x3fcd8890bc3c
    .dword 0x19b330344c, 0xcd9981a26
    END

    TABLE_RI 156, srli, 31
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1ffffffff
    .dword 0x8000000080000001, 0x100000001
    .dword 0x7fffffff, 0x0
    .dword 0xcc027d712116f93, 0x19804fae
    END

    TABLE_RI 161, srli, 32
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffff
    .dword 0x8000000080000001, 0x80000000
    .dword 0x8000000080000001, 0x80000000
    .dword 0xfa0daab9601eb563, 0xfa0daab9
    END

    TABLE_RI 166, srli, 63
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0x1
    .dword 0xfffffffffffd4538, 0x1
    .dword 0x1634056467373aa, 0x0
    END

    TABLE_RI 171, srai, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x7413f27dfb584c3e, 0x7413f27dfb584c3e
    .dword 0xce2a2d8dbaf92558, 0xce2a2d8dbaf92558
    END

    TABLE_RI 176, srai, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xc000000040000000
    .dword 0x0, 0x0
    .dword 0xffffffff, 0x7fffffff
    END

    TABLE_RI 181, srai, 31
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffff00000001
    .dword 0xffffffff80000000, 0xffffffffffffffff
    .dword 0x35439ad9cf92, 0x6a87
    END

    TABLE_RI 186, srai, 32
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffff80000000
    .dword 0x28b4ac0b2f180df7, 0x28b4ac0b
    .dword 0x55b59cd760c159ad, 0x55b59cd7
    END

    TABLE_RI 191, srai, 63
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffffffffffff
    .dword 0xfffffa80c48a8d21, 0xffffffffffffffff
    .dword 0xdfc5d897b732aca1, 0xffffffffffffffff
    END

    TABLE_RI 196, slliw, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffff80000001
    .dword 0x1148e50afc, 0x48e50afc
    .dword 0xf821e9b27f31e2d5, 0x7f31e2d5
    END

    TABLE_RI 201, slliw, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xfffffffffffffffe
    .dword 0x8000000080000001, 0x2
    .dword 0xfffffffd83a6ec76, 0x74dd8ec
    .dword 0xfff71616e92b098f, 0xffffffffd256131e
    END

    TABLE_RI 206, slliw, 15
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffff8000
    .dword 0x8000000080000001, 0x8000
    .dword 0x5555555555555555, 0xffffffffaaaa8000
    .dword 0x0, 0x0
    END

    TABLE_RI 211, slliw, 31
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffff80000000
    .dword 0x8000000080000001, 0xffffffff80000000
    .dword 0xffffff17260e7a8b, 0xffffffff80000000
    .dword 0x2cded35, 0xffffffff80000000
    END

    TABLE_RI 216, srliw, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffff80000001
    .dword 0x80000000, 0xffffffff80000000
    .dword 0x1, 0x1
    END

    TABLE_RI 221, srliw, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x7fffffff
    .dword 0x8000000080000001, 0x40000000
    .dword 0x0, 0x0
    .dword 0x7fffffffffffffff, 0x7fffffff
    END

    TABLE_RI 226, srliw, 15
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1ffff
    .dword 0x8000000080000001, 0x10000
    .dword 0xe7c160c40396a8c4, 0x72d
    .dword 0x6612589af8ce3994, 0x1f19c
    END

    TABLE_RI 231, srliw, 31
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0x1
    .dword 0x6cb3710ad5a6e0ae, 0x1
    .dword 0xa0649d223833a6de, 0x0
    END

    TABLE_RI 236, sraiw, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffff80000001
    .dword 0x883911d4e030e53f, 0xffffffffe030e53f
    .dword 0xffffffffffffffe6, 0xffffffffffffffe6
    END

    TABLE_RI 241, sraiw, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffffc0000000
    .dword 0xfffffffffffffffc, 0xfffffffffffffffe
    .dword 0x34769436f89798f, 0x37c4bcc7
    END

    TABLE_RI 246, sraiw, 15
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffffffff0000
    .dword 0x9c03ba17a1911841, 0xffffffffffff4322
    .dword 0xe280196c54f93dc7, 0xa9f2
    END

    TABLE_RI 251, sraiw, 31
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffffffffffff
    .dword 0xfffffffffffedd6a, 0xffffffffffffffff
    .dword 0xe267f4ebd5636864, 0xffffffffffffffff
    END

    j pass
