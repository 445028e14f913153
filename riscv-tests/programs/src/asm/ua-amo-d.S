# A: atomic memory operations on 64 bits.

PROGRAM
ATOMIC_CELL

    TABLE_AMO 1, amoswap.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0x1
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0xffffffffffffffff
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000
    .dword 0x166957f3c7488b6, 0xc36b472c41a11d01, 0x166957f3c7488b6, 0xc36b472c41a11d01
    .dword 0xaecad29484905178, 0x3f691da328606f9, 0xaecad29484905178, 0x3f691da328606f9
    .dword 0x40d5f3d8707311d2, 0x9c5a7890f1a38ebd, 0x40d5f3d8707311d2, 0x9c5a7890f1a38ebd
    .dword 0xf5f089af05b11fcb, 0x84fa520b1a6ed6ce, 0xf5f089af05b11fcb, 0x84fa520b1a6ed6ce
    END

    TABLE_AMO 13, amoadd.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0x0
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0x0
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xfffffffffffffffe
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x0
    .dword 0xdbf0ed0cf7b098a9, 0x78b2ab7182b97b1, 0xdbf0ed0cf7b098a9, 0xe37c17c40fdc305a
    .dword 0x70774acb51535f1a, 0x6aa4d4ee3f4764ed, 0x70774acb51535f1a, 0xdb1c1fb9909ac407
    .dword 0x525e20d99aaaea47, 0x903a577d7de06252, 0x525e20d99aaaea47, 0xe2987857188b4c99
    .dword 0xe17de40858d12b5f, 0xe478a2eed64c7424, 0xe17de40858d12b5f, 0xc5f686f72f1d9f83
    END

    TABLE_AMO 25, amoxor.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0xfffffffffffffffe
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xfffffffffffffffe
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0x0
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x0
    .dword 0x15fe878fa0185386, 0xf993c495567d1bb3, 0x15fe878fa0185386, 0xec6d431af6654835
    .dword 0xf65ab21f7273997f, 0x99798da59b473b86, 0xf65ab21f7273997f, 0x6f233fbae934a2f9
    .dword 0xf0c6e386c2f876b4, 0xab94d3a1e231f1c7, 0xf0c6e386c2f876b4, 0x5b52302720c98773
    .dword 0x62865580bbc9f590, 0xb26f164b3613635a, 0x62865580bbc9f590, 0xd0e943cb8dda96ca
    END

    TABLE_AMO 37, amoand.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0x1
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0x1
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x0
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0x0
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0x8000000000000000
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000
    .dword 0x176bfbfb0ac1d381, 0x541c6fe9262c2e0a, 0x176bfbfb0ac1d381, 0x14086be902000200
    .dword 0xb190fa8529cdf17a, 0x8276156f1896afe5, 0xb190fa8529cdf17a, 0x801010050884a160
    .dword 0xca2f07f2d2f60c34, 0x675d9576fec79672, 0xca2f07f2d2f60c34, 0x420d0572d2c60430
    .dword 0xd6fa3691a630ef91, 0x63b0e9b0653ccf48, 0xd6fa3691a630ef91, 0x42b020902430cf00
    END

    TABLE_AMO 49, amoor.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0xffffffffffffffff
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000
    .dword 0xc1236305dda0d0dc, 0x6d5828fead599557, 0xc1236305dda0d0dc, 0xed7b6bfffdf9d5df
    .dword 0xfa65aa9de8807c34, 0x17ff4ec1c12fb530, 0xfa65aa9de8807c34, 0xffffeedde9affd34
    .dword 0x48f28db745d6ba72, 0x8455f56024ca4339, 0x48f28db745d6ba72, 0xccf7fdf765defb7b
    .dword 0x7a933b527394046e, 0xfe75fc23ae06ecf1, 0x7a933b527394046e, 0xfef7ff73ff96ecff
    END

    TABLE_AMO 61, amomin.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0x8000000000000000
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000
    .dword 0x83eece813771eca6, 0xd6d346dc33ebea01, 0x83eece813771eca6, 0x83eece813771eca6
    .dword 0x91903f77af8f8222, 0x2904c3c6c501d0d, 0x91903f77af8f8222, 0x91903f77af8f8222
    .dword 0x8e0e26f0d8bff3b0, 0xca32898ffbd1484, 0x8e0e26f0d8bff3b0, 0x8e0e26f0d8bff3b0
    .dword 0xc606b244efa87fd8, 0x5ad72b63b735dff0, 0xc606b244efa87fd8, 0xc606b244efa87fd8
    END

    TABLE_AMO 73, amomax.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0x1
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0x1
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0x7fffffffffffffff
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0xffffffffffffffff
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000
    .dword 0x3156ff987fa535a, 0xa9889f94eed056d3, 0x3156ff987fa535a, 0x3156ff987fa535a
    .dword 0x55e12a868a31b5aa, 0x3913ca43ab9f52bc, 0x55e12a868a31b5aa, 0x55e12a868a31b5aa
    .dword 0xff733b03f994290a, 0x7319acb2c5db1ba, 0xff733b03f994290a, 0x7319acb2c5db1ba
    .dword 0xb767178e0e7645eb, 0x962b5073da9736d2, 0xb767178e0e7645eb, 0xb767178e0e7645eb
    END

    TABLE_AMO 85, amominu.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0x1
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0x1
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0x7fffffffffffffff
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0x8000000000000000
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000
    .dword 0xcb9def72aad0c638, 0xecaaf3c185f09d23, 0xcb9def72aad0c638, 0xcb9def72aad0c638
    .dword 0x61a5708b94b19e5b, 0xc1c19834d851e644, 0x61a5708b94b19e5b, 0x61a5708b94b19e5b
    .dword 0xe292c535ca344008, 0x80745b46ec1dc3fc, 0xe292c535ca344008, 0x80745b46ec1dc3fc
    .dword 0xd4c5649926ef112d, 0x876e06d61165d6a, 0xd4c5649926ef112d, 0x876e06d61165d6a
    END

    TABLE_AMO 97, amomaxu.d
    .dword 0x0, 0x0, 0x0, 0x0
    .dword 0x1, 0xffffffffffffffff, 0x1, 0xffffffffffffffff
    .dword 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000
    .dword 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000
    .dword 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    .dword 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000, 0xffffffffffffffff
    .dword 0x8000000000000000, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000
    .dword 0xa58f806d0f03fbd1, 0x76a4d6cd875333c7, 0xa58f806d0f03fbd1, 0xa58f806d0f03fbd1
    .dword 0xee7f6e094fbd84c9, 0x1a6f757dd9ffd32a, 0xee7f6e094fbd84c9, 0xee7f6e094fbd84c9
    .dword 0xdc551dc534ca80fa, 0x32b18b7f03dcd2df, 0xdc551dc534ca80fa, 0xdc551dc534ca80fa
    .dword 0xb87febb576f3c1d5, 0x41357d0d1f945ad1, 0xb87febb576f3c1d5, 0xb87febb576f3c1d5
    END

    j pass
