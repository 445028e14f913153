# RV64I: bitwise operations.

PROGRAM

    TABLE_RR 1, and
    .dword 0x0, 0x0, 0x0
    .dword 0x1, 0x1, 0x1
    .dword 0xffffffffffffffff, 0x1, 0x1
    .dword 0x1, 0xffffffffffffffff, 0x1
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x7fffffffffffffff, 0x1, 0x1
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000
    .dword 0x7fffffff, 0x1, 0x1
    .dword 0x80000000, 0xffffffff80000000, 0x80000000
    .dword 0xaaaaaaaaaaaaaaaa, 0xddf4e24edb667a4b, 0x88a0a20a8a222a0a
    .dword 0x7f2fafd856b89604, 0x1, 0x0
    .dword 0x2, 0x59e10148561d, 0x0
    .dword 0xfedcba9876543210, 0x3706c3efe4945213, 0x3604828864141210
    .dword 0x20fdf, 0xfffffffffdef9478, 0x20458
    .dword 0xffffffff, 0xea0dbc510a69dc3f, 0xa69dc3f
    .dword 0x472452d26b, 0xb4, 0x20
    .dword 0xa5bb50c5341da931, 0xfffffffffffffff8, 0xa5bb50c5341da930
    .dword 0x41ab4a2, 0x80000000, 0x0
    .dword 0x7b1ca09903797, 0x4af0e4, 0x3084
    .dword 0x2a, 0xaaaaaaaaaaaaaaaa, 0x2a
    END

    TABLE_RR 21, or
    .dword 0x0, 0x0, 0x0
    .dword 0x1, 0x1, 0x1
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff
    .dword 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x7fffffffffffffff, 0x1, 0x7fffffffffffffff
    .dword 0x8000000000000000, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x7fffffff, 0x1, 0x7fffffff
    .dword 0x80000000, 0xffffffff80000000, 0xffffffff80000000
    .dword 0x181cb59411120fa4, 0x2, 0x181cb59411120fa6
    .dword 0x6a7e46bd5ce7c23, 0x263bf6a406696f19, 0x26bff6efd7ef7f3b
    .dword 0x380af723ee0b603, 0xffffffffff8d76c5, 0xffffffffffedf6c7
    .dword 0xffffffffeb6e5f6e, 0xcee44abeb0da3a45, 0xfffffffffbfe7f6f
    .dword 0xcad098c1a63b1d6, 0xbda124f0605e4a5b, 0xbdad2dfc7a7ffbdf
    .dword 0x0, 0x182513e37108ccf7, 0x182513e37108ccf7
    .dword 0x277e0925d1950469, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x149e7496d835b28b, 0x623d895b77a51eb1, 0x76bffddfffb5bebb
    .dword 0x764e29e28c8b6ce4, 0xf953466e32f84584, 0xff5f6feebefb6de4
    .dword 0x7278ef735739b266, 0x577f4d9c4028ee43, 0x777fefff5739fe67
    .dword 0x194048b453163df1, 0xfffffffeda3a8f71, 0xfffffffedb3ebff1
    END

    TABLE_RR 41, xor
    .dword 0x0, 0x0, 0x0
    .dword 0x1, 0x1, 0x0
    .dword 0xffffffffffffffff, 0x1, 0xfffffffffffffffe
    .dword 0x1, 0xffffffffffffffff, 0xfffffffffffffffe
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0x0
    .dword 0x7fffffffffffffff, 0x1, 0x7ffffffffffffffe
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x7fffffffffffffff
    .dword 0x7fffffff, 0x1, 0x7ffffffe
    .dword 0x80000000, 0xffffffff80000000, 0xffffffff00000000
    .dword 0x523309da7d4f2e46, 0xffffffffffffffa7, 0xadccf62582b0d1e1
    .dword 0x100000000, 0xff00ff00ff00ff00, 0xff00ff01ff00ff00
    .dword 0xfffffb0395d1be52, 0x123456789abcdef, 0xfedcbe641c7a73bd
    .dword 0x21b81e64ef, 0x7fffffffffffffff, 0x7fffffde47e19b10
    .dword 0xfffb52965ddd3891, 0xffffffff6033e436, 0x4ad693deedca7
    .dword 0xffffffffa77699f7, 0x1, 0xffffffffa77699f6
    .dword 0xabe455aa0a0efd4e, 0x45dc810a3b3fa3ef, 0xee38d4a031315ea1
    .dword 0x10d, 0xffff86d2ca6de798, 0xffff86d2ca6de695
    .dword 0xfff9c3e00bdfa706, 0xffffffff, 0xfff9c3e0f42058f9
    .dword 0xffffffff7fffffff, 0x25a13b1a74a5bf90, 0xda5ec4e50b5a406f
    .dword 0x1f0dee8e8edb404e, 0xfffffffffac3f47c, 0xe0f211717418b432
    END

    TABLE_RI 61, andi, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x0
    .dword 0x8000000080000001, 0x0
    .dword 0xfffffe521af68b9e, 0x0
    .dword 0xe9a21dba2daf928a, 0x0
    .dword 0xaaaaaaaaaaaaaaaa, 0x0
    END

    TABLE_RI 67, ori, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x8cad9f5321950c9a, 0x8cad9f5321950c9a
    .dword 0xfd0c276427a3f6b4, 0xfd0c276427a3f6b4
    .dword 0x123456789abcdef, 0x123456789abcdef
    END

    TABLE_RI 73, xori, 0
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0xfc20173050e54058, 0xfc20173050e54058
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x9c170fd114a47481, 0x9c170fd114a47481
    END

    TABLE_RI 79, andi, 1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x1
    .dword 0x8000000080000001, 0x1
    .dword 0xffffffffffffffff, 0x1
    .dword 0x65e535dcda6ed63, 0x1
    .dword 0x2, 0x0
    END

    TABLE_RI 85, ori, 1
    .dword 0x0, 0x1
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0xfffff944bec70bfc, 0xfffff944bec70bfd
    .dword 0xffffffff80000000, 0xffffffff80000001
    .dword 0xffffffffffffffeb, 0xffffffffffffffeb
    END

    TABLE_RI 91, xori, 1
    .dword 0x0, 0x1
    .dword 0xffffffffffffffff, 0xfffffffffffffffe
    .dword 0x8000000080000001, 0x8000000080000000
    .dword 0x0, 0x1
    .dword 0xaa7eb2ee4ff931e8, 0xaa7eb2ee4ff931e9
    .dword 0x8bfe3ccb7f5eb51c, 0x8bfe3ccb7f5eb51d
    END

    TABLE_RI 97, andi, -1
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000001
    .dword 0x396081459ac7902e, 0x396081459ac7902e
    .dword 0xf0d1cfb419676218, 0xf0d1cfb419676218
    .dword 0x745dd487059beb96, 0x745dd487059beb96
    END

    TABLE_RI 103, ori, -1
    .dword 0x0, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xffffffffffffffff
    .dword 0xaaaaaaaaaaaaaaaa, 0xffffffffffffffff
    .dword 0xc7f519a10cd8cd, 0xffffffffffffffff
    .dword 0x34ab072c6123bcaa, 0xffffffffffffffff
    END

    TABLE_RI 109, xori, -1
    .dword 0x0, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0x0
    .dword 0x8000000080000001, 0x7fffffff7ffffffe
    .dword 0xb3ad0f2, 0xfffffffff4c52f0d
    .dword 0x56ee1bd3491e2722, 0xa911e42cb6e1d8dd
    .dword 0xfff0e1d3f2493dcc, 0xf1e2c0db6c233
    END

    TABLE_RI 115, andi, 2047
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x7ff
    .dword 0x8000000080000001, 0x1
    .dword 0x5555555555555555, 0x555
    .dword 0x563f679156d341f3, 0x1f3
    .dword 0xffffffffffffffff, 0x7ff
    END

    TABLE_RI 121, ori, 2047
    .dword 0x0, 0x7ff
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x80000000800007ff
    .dword 0xa716529218773c5e, 0xa716529218773fff
    .dword 0x7bddfe5178452644, 0x7bddfe51784527ff
    .dword 0xfffffffe04f16720, 0xfffffffe04f167ff
    END

    TABLE_RI 127, xori, 2047
    .dword 0x0, 0x7ff
    .dword 0xffffffffffffffff, 0xfffffffffffff800
    .dword 0x8000000080000001, 0x80000000800007fe
    .dword 0x554a, 0x52b5
    .dword 0xab07fa14acd9cbfe, 0xab07fa14acd9cc01
    .dword 0xf743ff200e970f6, 0xf743ff200e97709
    END

    TABLE_RI 133, andi, -2048
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0xfffffffffffff800
    .dword 0x8000000080000001, 0x8000000080000000
    .dword 0xbea0d72b42020711, 0xbea0d72b42020000
    .dword 0xfffffeda570c7b10, 0xfffffeda570c7800
    .dword 0xfc88e1822ec90483, 0xfc88e1822ec90000
    END

    TABLE_RI 139, ori, -2048
    .dword 0x0, 0xfffffffffffff800
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0xfffffffffffff801
    .dword 0x123456789abcdef, 0xfffffffffffffdef
    .dword 0x529fff31df, 0xfffffffffffff9df
    .dword 0xb482c2e0b326b541, 0xfffffffffffffd41
    END

    TABLE_RI 145, xori, -2048
    .dword 0x0, 0xfffffffffffff800
    .dword 0xffffffffffffffff, 0x7ff
    .dword 0x8000000080000001, 0x7fffffff7ffff801
    .dword 0x8b4fa7ca4bdbd652, 0x74b05835b4242e52
    .dword 0xbfa3e466d11cb30e, 0x405c1b992ee34b0e
    .dword 0x99a32ab34ed2cd8b, 0x665cd54cb12d358b
    END

    TABLE_RI 151, andi, 1365
    .dword 0x0, 0x0
    .dword 0xffffffffffffffff, 0x555
    .dword 0x8000000080000001, 0x1
    .dword 0x7fffffff, 0x555
    .dword 0x1472d78cf0b70165, 0x145
    .dword 0x100000000, 0x0
    END

    TABLE_RI 157, ori, 1365
    .dword 0x0, 0x555
    .dword 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000080000001, 0x8000000080000555
    .dword 0xffffffffff82fc57, 0xffffffffff82fd57
    .dword 0xa550b8e11531f124, 0xa550b8e11531f575
    .dword 0x951e238d57524670, 0x951e238d57524775
    END

    TABLE_RI 163, xori, 1365
    .dword 0x0, 0x555
    .dword 0xffffffffffffffff, 0xfffffffffffffaaa
    .dword 0x8000000080000001, 0x8000000080000554
    .dword 0xfffffffd83fd4b65, 0xfffffffd83fd4e30
    .dword 0x53d46ff1be0faca0, 0x53d46ff1be0fa9f5
    .dword 0x93570c846a3a6ddc, 0x93570c846a3a6889
    END

    j pass
