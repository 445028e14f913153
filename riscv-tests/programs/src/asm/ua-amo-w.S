# A: atomic memory operations on 32 bits.

PROGRAM
ATOMIC_CELL

    TABLE_AMO 1, amoswap.w
    .dword 0x7687a66e00000000, 0x5f915ef000000000, 0x0, 0x7687a66e00000000
    .dword 0x237751aa00000001, 0xddd6ff55ffffffff, 0x1, 0x237751aaffffffff
    .dword 0x1a5ba50ffffffff, 0x80b6538600000001, 0xffffffffffffffff, 0x1a5ba5000000001
    .dword 0xe5f6db1d80000000, 0x14b044d77fffffff, 0xffffffff80000000, 0xe5f6db1d7fffffff
    .dword 0x8de4ab477fffffff, 0x9ddcc6f880000000, 0x7fffffff, 0x8de4ab4780000000
    .dword 0xa78250fffffffff, 0x61076dc3ffffffff, 0xffffffffffffffff, 0xa78250fffffffff
    .dword 0xb4174a6780000000, 0x73b7a490ffffffff, 0xffffffff80000000, 0xb4174a67ffffffff
    .dword 0xb99de25580000000, 0x283b73a680000000, 0xffffffff80000000, 0xb99de25580000000
    .dword 0xd243a163cee5e2c, 0x21e6a46f1c670ea9, 0x3cee5e2c, 0xd243a161c670ea9
    .dword 0xdf2965b3819ad93b, 0xfdb119a9ec801bdf, 0xffffffff819ad93b, 0xdf2965b3ec801bdf
    .dword 0x10363c5f972651da, 0xb03da701c632976a, 0xffffffff972651da, 0x10363c5fc632976a
    .dword 0xca22e4c76237dbe6, 0xe323bb2abf00188d, 0x6237dbe6, 0xca22e4c7bf00188d
    END

    TABLE_AMO 13, amoadd.w
    .dword 0x1a07020500000000, 0x4a8aa59300000000, 0x0, 0x1a07020500000000
    .dword 0xac9abb0c00000001, 0xb9c7e435ffffffff, 0x1, 0xac9abb0c00000000
    .dword 0x6bf82959ffffffff, 0x1674518d00000001, 0xffffffffffffffff, 0x6bf8295900000000
    .dword 0x4448a6a180000000, 0x35bb5c117fffffff, 0xffffffff80000000, 0x4448a6a1ffffffff
    .dword 0x47fbb3b47fffffff, 0xcf3c17e580000000, 0x7fffffff, 0x47fbb3b4ffffffff
    .dword 0x33115519ffffffff, 0xe2eb17c8ffffffff, 0xffffffffffffffff, 0x33115519fffffffe
    .dword 0xe11e99fb80000000, 0xe06acd4ffffffff, 0xffffffff80000000, 0xe11e99fb7fffffff
    .dword 0x60fa1c9580000000, 0x7de0d20880000000, 0xffffffff80000000, 0x60fa1c9500000000
    .dword 0x3c9a8df50602fe0c, 0xbc79ce036cbaccf1, 0x602fe0c, 0x3c9a8df572bdcafd
    .dword 0xd9c98c23e80a86cf, 0xf6c986f21caf107a, 0xffffffffe80a86cf, 0xd9c98c2304b99749
    .dword 0xfded6598cae043, 0xc3ad4d991f0916cb, 0xffffffff98cae043, 0xfded65b7d3f70e
    .dword 0x329a86139425b3e2, 0xda298adee5329b4e, 0xffffffff9425b3e2, 0x329a861379584f30
    END

    TABLE_AMO 25, amoxor.w
    .dword 0x33fb4b4f00000000, 0x21cd6ff00000000, 0x0, 0x33fb4b4f00000000
    .dword 0x15607df900000001, 0x8a2e547effffffff, 0x1, 0x15607df9fffffffe
    .dword 0x4789365ffffffff, 0x15b7d95f00000001, 0xffffffffffffffff, 0x4789365fffffffe
    .dword 0x7f2a75ec80000000, 0xebc1d3d27fffffff, 0xffffffff80000000, 0x7f2a75ecffffffff
    .dword 0x6b8c290d7fffffff, 0x65ec29f880000000, 0x7fffffff, 0x6b8c290dffffffff
    .dword 0xa382fe10ffffffff, 0x17ea3a98ffffffff, 0xffffffffffffffff, 0xa382fe1000000000
    .dword 0x946dc86080000000, 0x2c2c93abffffffff, 0xffffffff80000000, 0x946dc8607fffffff
    .dword 0x9be01b4f80000000, 0xf554d8c280000000, 0xffffffff80000000, 0x9be01b4f00000000
    .dword 0x451e5c330dde4b94, 0xaee7d5168e187590, 0xdde4b94, 0x451e5c3383c63e04
    .dword 0xda1bddc69b3bc5ef, 0xbec2223b2638d17f, 0xffffffff9b3bc5ef, 0xda1bddc6bd031490
    .dword 0xbca4537f44b00011, 0x9345a915feb0b634, 0x44b00011, 0xbca4537fba00b625
    .dword 0x8c3d505ff7a9631, 0xde6081741f0fd9e9, 0xffffffffff7a9631, 0x8c3d505e0754fd8
    END

    TABLE_AMO 37, amoand.w
    .dword 0xb499917800000000, 0xf36face100000000, 0x0, 0xb499917800000000
    .dword 0x3c9e038100000001, 0x9c72d92cffffffff, 0x1, 0x3c9e038100000001
    .dword 0xb041000ffffffff, 0x5daeb16800000001, 0xffffffffffffffff, 0xb04100000000001
    .dword 0xac93707680000000, 0x971b37767fffffff, 0xffffffff80000000, 0xac93707600000000
    .dword 0xc64dd2e17fffffff, 0x163488cb80000000, 0x7fffffff, 0xc64dd2e100000000
    .dword 0x58e1fa75ffffffff, 0xdd317781ffffffff, 0xffffffffffffffff, 0x58e1fa75ffffffff
    .dword 0x958a301080000000, 0x738865adffffffff, 0xffffffff80000000, 0x958a301080000000
    .dword 0x66f4a21580000000, 0xfc6f313e80000000, 0xffffffff80000000, 0x66f4a21580000000
    .dword 0xbee62671930e3b99, 0x61027d4d04b3acba, 0xffffffff930e3b99, 0xbee6267100022898
    .dword 0x9b954ae4cca380aa, 0x284cfa54267ace, 0xffffffffcca380aa, 0x9b954ae44422008a
    .dword 0x1c98def66efe9b64, 0x38c1b7e036a32a5d, 0x6efe9b64, 0x1c98def626a20a44
    .dword 0x4506f38b71aaeea9, 0xd0901bc653202a75, 0x71aaeea9, 0x4506f38b51202a21
    END

    TABLE_AMO 49, amoor.w
    .dword 0x16bcaea500000000, 0xa127941d00000000, 0x0, 0x16bcaea500000000
    .dword 0x1a62c23700000001, 0xc8bab293ffffffff, 0x1, 0x1a62c237ffffffff
    .dword 0x68007caffffffff, 0xc7dd5a6e00000001, 0xffffffffffffffff, 0x68007caffffffff
    .dword 0xcebb95c280000000, 0x7f510ef57fffffff, 0xffffffff80000000, 0xcebb95c2ffffffff
    .dword 0xb59e60ce7fffffff, 0x3f8e05ae80000000, 0x7fffffff, 0xb59e60ceffffffff
    .dword 0xbcd473b2ffffffff, 0x6ccd428dffffffff, 0xffffffffffffffff, 0xbcd473b2ffffffff
    .dword 0x3b1fc1dc80000000, 0xf6cd9abcffffffff, 0xffffffff80000000, 0x3b1fc1dcffffffff
    .dword 0x66a1a56780000000, 0x5f7aecc480000000, 0xffffffff80000000, 0x66a1a56780000000
    .dword 0x8f7a8c30dc228135, 0x239e666a5e8e6030, 0xffffffffdc228135, 0x8f7a8c30deaee135
    .dword 0x4a50eeddaae1a1d5, 0xb15138192bca927e, 0xffffffffaae1a1d5, 0x4a50eeddabebb3ff
    .dword 0xe021e152d7e0c939, 0x785132642480f85, 0xffffffffd7e0c939, 0xe021e152d7e8cfbd
    .dword 0xf0812e130cedd05a, 0xcf410a81f9aa920f, 0xcedd05a, 0xf0812e13fdefd25f
    END

    TABLE_AMO 61, amomin.w
    .dword 0x2c39bf4200000000, 0xf24f152700000000, 0x0, 0x2c39bf4200000000
    .dword 0xfc7561aa00000001, 0x9b475cb6ffffffff, 0x1, 0xfc7561aaffffffff
    .dword 0x30a3904ffffffff, 0xf97d82600000001, 0xffffffffffffffff, 0x30a3904ffffffff
    .dword 0x3566ee5880000000, 0x638d8d117fffffff, 0xffffffff80000000, 0x3566ee5880000000
    .dword 0x9c8e744c7fffffff, 0xf7682c1e80000000, 0x7fffffff, 0x9c8e744c80000000
    .dword 0x5ac28cfaffffffff, 0x24014743ffffffff, 0xffffffffffffffff, 0x5ac28cfaffffffff
    .dword 0x8fdac90780000000, 0x2326111affffffff, 0xffffffff80000000, 0x8fdac90780000000
    .dword 0x162aa5e780000000, 0x8e53609f80000000, 0xffffffff80000000, 0x162aa5e780000000
    .dword 0x1e30b9e1b22c47ff, 0x6b805ad010caf536, 0xffffffffb22c47ff, 0x1e30b9e1b22c47ff
    .dword 0x247c3a58738efacd, 0x8fda5929b42f1cfd, 0x738efacd, 0x247c3a58b42f1cfd
    .dword 0xcb7dee30c3a0a956, 0x969287dc620c5871, 0xffffffffc3a0a956, 0xcb7dee30c3a0a956
    .dword 0xcd80b868e31e0280, 0xa9c6b5c42b48d173, 0xffffffffe31e0280, 0xcd80b868e31e0280
    END

    TABLE_AMO 73, amomax.w
    .dword 0xb728cfc000000000, 0xc58e70c900000000, 0x0, 0xb728cfc000000000
    .dword 0xe158706900000001, 0x7e935871ffffffff, 0x1, 0xe158706900000001
    .dword 0x1966e7b4ffffffff, 0xc67d99700000001, 0xffffffffffffffff, 0x1966e7b400000001
    .dword 0x8761e88380000000, 0x2c5f44d77fffffff, 0xffffffff80000000, 0x8761e8837fffffff
    .dword 0xa132f3f07fffffff, 0x1592de8280000000, 0x7fffffff, 0xa132f3f07fffffff
    .dword 0xc7b7d938ffffffff, 0x38efb8d1ffffffff, 0xffffffffffffffff, 0xc7b7d938ffffffff
    .dword 0x354e64080000000, 0x2d048a88ffffffff, 0xffffffff80000000, 0x354e640ffffffff
    .dword 0x74ea20b780000000, 0x8f2ab36780000000, 0xffffffff80000000, 0x74ea20b780000000
    .dword 0x154c5eb5636694ba, 0x8c7254612c4cfd20, 0x636694ba, 0x154c5eb5636694ba
    .dword 0x97ca5e0e7b686492, 0x432f304ef249b5ce, 0x7b686492, 0x97ca5e0e7b686492
    .dword 0x110b98e88911ed91, 0xa6ac1edef0f835a3, 0xffffffff8911ed91, 0x110b98e8f0f835a3
    .dword 0x94bd8462075db002, 0x95d3f8c9fe3f5524, 0x75db002, 0x94bd8462075db002
    END

    TABLE_AMO 85, amominu.w
    .dword 0xe3951e7a00000000, 0x8b5ac3e600000000, 0x0, 0xe3951e7a00000000
    .dword 0x8603cbd100000001, 0x8980f4e0ffffffff, 0x1, 0x8603cbd100000001
    .dword 0xe8d73f93ffffffff, 0x10c9cb6800000001, 0xffffffffffffffff, 0xe8d73f9300000001
    .dword 0xa48f39f580000000, 0x8aca6da57fffffff, 0xffffffff80000000, 0xa48f39f57fffffff
    .dword 0x4ce1a6a47fffffff, 0xb994d45b80000000, 0x7fffffff, 0x4ce1a6a47fffffff
    .dword 0xb87e3c49ffffffff, 0x1a6bf9a0ffffffff, 0xffffffffffffffff, 0xb87e3c49ffffffff
    .dword 0xb313c81d80000000, 0x741aa7e4ffffffff, 0xffffffff80000000, 0xb313c81d80000000
    .dword 0x7d7ec6cc80000000, 0xa302cea780000000, 0xffffffff80000000, 0x7d7ec6cc80000000
    .dword 0xadc55ff70d8e010c, 0x779e38a9a58d3bb, 0xd8e010c, 0xadc55ff70d8e010c
    .dword 0x3e5f48bc5f864875, 0x75698f1fe0f4b68f, 0x5f864875, 0x3e5f48bc5f864875
    .dword 0x5f08f4ce3b29b74c, 0xf6682f99d2b817f6, 0x3b29b74c, 0x5f08f4ce3b29b74c
    .dword 0x92bb8943bac661d9, 0x7ef4aa1f9fff1517, 0xffffffffbac661d9, 0x92bb89439fff1517
    END

    TABLE_AMO 97, amomaxu.w
    .dword 0xe037aa6b00000000, 0x9373a3700000000, 0x0, 0xe037aa6b00000000
    .dword 0x98d251d300000001, 0x9cff85b7ffffffff, 0x1, 0x98d251d3ffffffff
    .dword 0xad95132cffffffff, 0x681bf31800000001, 0xffffffffffffffff, 0xad95132cffffffff
    .dword 0x11a7ac5b80000000, 0x306834d27fffffff, 0xffffffff80000000, 0x11a7ac5b80000000
    .dword 0x9bad7cea7fffffff, 0x2e6a872680000000, 0x7fffffff, 0x9bad7cea80000000
    .dword 0x109bbff1ffffffff, 0x5ad3cb58ffffffff, 0xffffffffffffffff, 0x109bbff1ffffffff
    .dword 0x7861c2f480000000, 0x891b0f4effffffff, 0xffffffff80000000, 0x7861c2f4ffffffff
    .dword 0x6a6141c80000000, 0xc68c060580000000, 0xffffffff80000000, 0x6a6141c80000000
    .dword 0x15a85dd55575d718, 0x524c4b1ac866f1a9, 0x5575d718, 0x15a85dd5c866f1a9
    .dword 0x76bed46d0231aca7, 0x72fbf5ddf43bee8a, 0x231aca7, 0x76bed46df43bee8a
    .dword 0x26095366971a4fc9, 0x62d6cc63f9f30f36, 0xffffffff971a4fc9, 0x26095366f9f30f36
    .dword 0x7a6d9040fc7f20bd, 0x234de559d5315b90, 0xfffffffffc7f20bd, 0x7a6d9040fc7f20bd
    END

    j pass
