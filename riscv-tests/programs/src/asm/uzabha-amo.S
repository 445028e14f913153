# Zabha: atomic memory operations on bytes and halfwords, with Zacas.

.option arch, +zabha
.option arch, +zacas
PROGRAM
ATOMIC_CELL

    TABLE_AMO 1, amoswap.b
    .dword 0x9d04c94f786da300, 0xf660fb39ba613d00, 0x0, 0x9d04c94f786da300
    .dword 0x3258842d9d67f401, 0x2662aea2deac95ff, 0x1, 0x3258842d9d67f4ff
    .dword 0x98437cefab939dff, 0x707cfb5ebfac3401, 0xffffffffffffffff, 0x98437cefab939d01
    .dword 0x251b49a37925b380, 0x3f33d252b86aee7f, 0xffffffffffffff80, 0x251b49a37925b37f
    .dword 0x14bed0ea40e3987f, 0x2b919b8d89e54780, 0x7f, 0x14bed0ea40e39880
    .dword 0x132164077eb7ddff, 0xf31110bde7e663ff, 0xffffffffffffffff, 0x132164077eb7ddff
    .dword 0xcd0da835bb651f80, 0xed1a430c014631ff, 0xffffffffffffff80, 0xcd0da835bb651fff
    .dword 0x239bc604f53b2380, 0xa9dfad71b277d80, 0xffffffffffffff80, 0x239bc604f53b2380
    .dword 0x704d37a8b5b86eee, 0x5a5e694e5ba9f94c, 0xffffffffffffffee, 0x704d37a8b5b86e4c
    .dword 0xc5c2b7f88ebfe71b, 0xe803f802b4962132, 0x1b, 0xc5c2b7f88ebfe732
    .dword 0x180a7df51352f77f, 0x688020beb4b09dd3, 0x7f, 0x180a7df51352f7d3
    .dword 0x6d1e1224b571f5bc, 0x2d26d68df13d515e, 0xffffffffffffffbc, 0x6d1e1224b571f55e
    END

    TABLE_AMO 13, amoadd.b
    .dword 0x64ec70f22c38200, 0xc4b12f928a3afa00, 0x0, 0x64ec70f22c38200
    .dword 0xb2714c821b278e01, 0xfcdaaad89bfb4cff, 0x1, 0xb2714c821b278e00
    .dword 0xdffa045d352816ff, 0x38a10fa9952ab501, 0xffffffffffffffff, 0xdffa045d35281600
    .dword 0xe47b35e5a3fda380, 0x1ce8cc594983507f, 0xffffffffffffff80, 0xe47b35e5a3fda3ff
    .dword 0x2555b83f1350e7f, 0xa2cf31e4c06c8280, 0x7f, 0x2555b83f1350eff
    .dword 0x440f5f08bc1095ff, 0xaf2869f95a8060ff, 0xffffffffffffffff, 0x440f5f08bc1095fe
    .dword 0xda070b50205eea80, 0x61888175134eceff, 0xffffffffffffff80, 0xda070b50205eea7f
    .dword 0xa9719749a38dfc80, 0x76d117cc35b1e180, 0xffffffffffffff80, 0xa9719749a38dfc00
    .dword 0x6c7fbefb885c20e8, 0xc2a941d5bf6b54f2, 0xffffffffffffffe8, 0x6c7fbefb885c20da
    .dword 0xe94f58d1a959b6b, 0x5be19d7ee1620272, 0x6b, 0xe94f58d1a959bdd
    .dword 0xba544c90d222dd64, 0xa89afc67ae293862, 0x64, 0xba544c90d222ddc6
    .dword 0x69ae1732390848f7, 0x5d6a996c42767059, 0xfffffffffffffff7, 0x69ae173239084850
    END

    TABLE_AMO 25, amoxor.b
    .dword 0xda43cb73b9e1dc00, 0x5d85af10aa022000, 0x0, 0xda43cb73b9e1dc00
    .dword 0x86c09ff41d480101, 0x29ea5c68672197ff, 0x1, 0x86c09ff41d4801fe
    .dword 0xdbd561f40fcef0ff, 0x5b1e062ed3e13d01, 0xffffffffffffffff, 0xdbd561f40fcef0fe
    .dword 0x415022a5e7232780, 0x7a6f80cc7b9e217f, 0xffffffffffffff80, 0x415022a5e72327ff
    .dword 0x913d8da4fec7ef7f, 0x97a4e36c517ed980, 0x7f, 0x913d8da4fec7efff
    .dword 0x1bcdbc04e56484ff, 0x2c74016f7bd24eff, 0xffffffffffffffff, 0x1bcdbc04e5648400
    .dword 0x400d3a63de792980, 0xf5331bf1eb65b0ff, 0xffffffffffffff80, 0x400d3a63de79297f
    .dword 0xa2007ff93c3a1080, 0xf79575f4f4f5ae80, 0xffffffffffffff80, 0xa2007ff93c3a1000
    .dword 0x78920d85faec9f2f, 0x9ba4ec0e2b3d4e55, 0x2f, 0x78920d85faec9f7a
    .dword 0x3df9cbc107987173, 0xb5d5c4f04ac58bad, 0x73, 0x3df9cbc1079871de
    .dword 0x84ccd1120206911b, 0x97c1295c1e6c6f2d, 0x1b, 0x84ccd11202069136
    .dword 0x17d089d93c22969, 0x70c981d8336f85ae, 0x69, 0x17d089d93c229c7
    END

    TABLE_AMO 37, amoand.b
    .dword 0x2135cd9c5946c800, 0x964994617171b100, 0x0, 0x2135cd9c5946c800
    .dword 0xdca5b14629d2e901, 0x208c31f8246515ff, 0x1, 0xdca5b14629d2e901
    .dword 0xde4e472faf49d2ff, 0xec886ce1e2769901, 0xffffffffffffffff, 0xde4e472faf49d201
    .dword 0x407d4386de41b780, 0xda7b83a9b81a287f, 0xffffffffffffff80, 0x407d4386de41b700
    .dword 0x28b34024dd9e367f, 0xcdab1dbeb5762280, 0x7f, 0x28b34024dd9e3600
    .dword 0x85f541e3bab4a7ff, 0x1daacf32b6a91cff, 0xffffffffffffffff, 0x85f541e3bab4a7ff
    .dword 0xc1c1ad7908414580, 0xca1bada73e32f5ff, 0xffffffffffffff80, 0xc1c1ad7908414580
    .dword 0xb56c4c7985ea5780, 0x7ce8abc083126580, 0xffffffffffffff80, 0xb56c4c7985ea5780
    .dword 0xf4a975dda4f18c42, 0xfabe33c5506299ec, 0x42, 0xf4a975dda4f18c40
    .dword 0x819e32ecae5ac890, 0xdc5755c8c5e906f8, 0xffffffffffffff90, 0x819e32ecae5ac890
    .dword 0xef6321576a1838b, 0x881421599721b9dc, 0xffffffffffffff8b, 0xef6321576a18388
    .dword 0xb5938bb8a27743e0, 0xd217a9b17a143ff3, 0xffffffffffffffe0, 0xb5938bb8a27743e0
    END

    TABLE_AMO 49, amoor.b
    .dword 0xdf7c5716bc76f600, 0x3aa0e685e2b6900, 0x0, 0xdf7c5716bc76f600
    .dword 0x640dfec72afd6b01, 0x51ca56b953ac04ff, 0x1, 0x640dfec72afd6bff
    .dword 0xaf684712fe95faff, 0xa2e77c7a62637801, 0xffffffffffffffff, 0xaf684712fe95faff
    .dword 0xd07cb99675474a80, 0x13e1ed886dbd287f, 0xffffffffffffff80, 0xd07cb99675474aff
    .dword 0x3e02f2657e14d7f, 0x1e5f5aa58ecf8680, 0x7f, 0x3e02f2657e14dff
    .dword 0xb8a8cbb2857befff, 0x3b5f8c89239625ff, 0xffffffffffffffff, 0xb8a8cbb2857befff
    .dword 0xd181eef08a1fc880, 0x67f6bc93df13ccff, 0xffffffffffffff80, 0xd181eef08a1fc8ff
    .dword 0x107ffa03268d8d80, 0x1e1e3248ed7d7080, 0xffffffffffffff80, 0x107ffa03268d8d80
    .dword 0x955e8697b3ba3f1e, 0xdc2d6458146dae20, 0x1e, 0x955e8697b3ba3f3e
    .dword 0x91e08f4ef70b1eff, 0x43c05e4db2f46da8, 0xffffffffffffffff, 0x91e08f4ef70b1eff
    .dword 0x8e8a6baac3d63f42, 0x4687ea0c2b7fe9f2, 0x42, 0x8e8a6baac3d63ff2
    .dword 0xd82dd0fa01bbc994, 0x5468d87ddf80239d, 0xffffffffffffff94, 0xd82dd0fa01bbc99d
    END

    TABLE_AMO 61, amomin.b
    .dword 0xaa253382d01f4400, 0x50106c7129d08200, 0x0, 0xaa253382d01f4400
    .dword 0xfc5b2584b09fa901, 0xba81e7c4a8a1f6ff, 0x1, 0xfc5b2584b09fa9ff
    .dword 0xf6f0cc5f5c7f8eff, 0xfd5444c5d328be01, 0xffffffffffffffff, 0xf6f0cc5f5c7f8eff
    .dword 0x24f213297319f980, 0x302dcefaf4718d7f, 0xffffffffffffff80, 0x24f213297319f980
    .dword 0x391efdb2252c7d7f, 0xb800b4518e1dbf80, 0x7f, 0x391efdb2252c7d80
    .dword 0xfc98fc7a2275e5ff, 0x7e96a2e1a1c4f3ff, 0xffffffffffffffff, 0xfc98fc7a2275e5ff
    .dword 0x2d67f9535a57c280, 0x9516e7b2f3f633ff, 0xffffffffffffff80, 0x2d67f9535a57c280
    .dword 0xaa6f9e8c4bc7d80, 0x70a4af5ecb1c280, 0xffffffffffffff80, 0xaa6f9e8c4bc7d80
    .dword 0x4ce4fa354177dd8f, 0xf5837bbcb740ff3, 0xffffffffffffff8f, 0x4ce4fa354177dd8f
    .dword 0x64beffe99bd0f959, 0x7942b327cefddd82, 0x59, 0x64beffe99bd0f982
    .dword 0x4e39a8f111cb8f7c, 0x3b90028369ba4a0b, 0x7c, 0x4e39a8f111cb8f0b
    .dword 0x4b51aa567399c4b7, 0x605dd9abd0857dd1, 0xffffffffffffffb7, 0x4b51aa567399c4b7
    END

    TABLE_AMO 73, amomax.b
    .dword 0xb4f92873b9ed0500, 0xb5b4970ac21bdd00, 0x0, 0xb4f92873b9ed0500
    .dword 0x113cb6358d99f701, 0xac2b00d4e00da2ff, 0x1, 0x113cb6358d99f701
    .dword 0x6de861e203a191ff, 0xa09ec592e3ea3301, 0xffffffffffffffff, 0x6de861e203a19101
    .dword 0xf25335146c950880, 0xe29bfac5ed05417f, 0xffffffffffffff80, 0xf25335146c95087f
    .dword 0x96d64bddbf75e87f, 0x461b854983437080, 0x7f, 0x96d64bddbf75e87f
    .dword 0xa817fc7b5b0e31ff, 0x1e3e54a6bbb32ff, 0xffffffffffffffff, 0xa817fc7b5b0e31ff
    .dword 0x667b560db04ba180, 0xbf5e9bbbded13dff, 0xffffffffffffff80, 0x667b560db04ba1ff
    .dword 0x9612ee28b2831880, 0x260a7c16499f2080, 0xffffffffffffff80, 0x9612ee28b2831880
    .dword 0xfc4bd1c0e8cd4a12, 0x1edfb5fd18aabc6d, 0x12, 0xfc4bd1c0e8cd4a6d
    .dword 0xdb491efac27d6326, 0x28a689e3d0a7072c, 0x26, 0xdb491efac27d632c
    .dword 0xa11d87ac4032c129, 0x429156665f4725ec, 0x29, 0xa11d87ac4032c129
    .dword 0x333d64a93912bb43, 0xb1f96c91b5454b60, 0x43, 0x333d64a93912bb60
    END

    TABLE_AMO 85, amominu.b
    .dword 0x8b5e90f93d47ef00, 0x29cbc3be7580d700, 0x0, 0x8b5e90f93d47ef00
    .dword 0x3630957e36ef9b01, 0xa5dc2989925a46ff, 0x1, 0x3630957e36ef9b01
    .dword 0x57f7b36873dbb2ff, 0x2a0203b6e2895401, 0xffffffffffffffff, 0x57f7b36873dbb201
    .dword 0x6a719244f5cc6d80, 0x426cbd3ed28b1c7f, 0xffffffffffffff80, 0x6a719244f5cc6d7f
    .dword 0x929f50b24221fc7f, 0x4a996a4142d07180, 0x7f, 0x929f50b24221fc7f
    .dword 0xc5bc85fd04639eff, 0xed4f81ba296c19ff, 0xffffffffffffffff, 0xc5bc85fd04639eff
    .dword 0x706e812f15934080, 0x13ed7005769cdbff, 0xffffffffffffff80, 0x706e812f15934080
    .dword 0xb180e0991e15f280, 0x8e9462224ef96b80, 0xffffffffffffff80, 0xb180e0991e15f280
    .dword 0x1f59dd237ffd1524, 0x1b0a2f9199a4bf74, 0x24, 0x1f59dd237ffd1524
    .dword 0x9da06a65cef973cb, 0x64f8c6596359175e, 0xffffffffffffffcb, 0x9da06a65cef9735e
    .dword 0xe78de6de8bc898c1, 0x550dc47dd0844ec8, 0xffffffffffffffc1, 0xe78de6de8bc898c1
    .dword 0x3882df4b227a10b9, 0xceb5c3495601b4f9, 0xffffffffffffffb9, 0x3882df4b227a10b9
    END

    TABLE_AMO 97, amomaxu.b
    .dword 0x7ad89dcf0649d700, 0xe44a9b5baca84e00, 0x0, 0x7ad89dcf0649d700
    .dword 0x2e1aa4ee2bb3df01, 0x99297e1580110bff, 0x1, 0x2e1aa4ee2bb3dfff
    .dword 0x2444d415bfb1b3ff, 0x6d31af5cfa1b7c01, 0xffffffffffffffff, 0x2444d415bfb1b3ff
    .dword 0x47e2fc76ccdebd80, 0x49294a5e1a51457f, 0xffffffffffffff80, 0x47e2fc76ccdebd80
    .dword 0x91e458387495417f, 0x47094472a4d51f80, 0x7f, 0x91e4583874954180
    .dword 0x3c70cbe4e23b93ff, 0xae321ef008832cff, 0xffffffffffffffff, 0x3c70cbe4e23b93ff
    .dword 0xf4c52ea0499f6480, 0x5542ee41b08d9eff, 0xffffffffffffff80, 0xf4c52ea0499f64ff
    .dword 0xe12ac951d03a080, 0x3db76128516d3580, 0xffffffffffffff80, 0xe12ac951d03a080
    .dword 0x4b1519ba1014af76, 0x34e1586bcb83de00, 0x76, 0x4b1519ba1014af76
    .dword 0x9ca27d62445b763d, 0x67a5344229237819, 0x3d, 0x9ca27d62445b763d
    .dword 0xd7636704d1df0355, 0x6c149391f560f6d, 0x55, 0xd7636704d1df036d
    .dword 0x90d5666d3c8c6fbd, 0xce17d73c26d568fe, 0xffffffffffffffbd, 0x90d5666d3c8c6ffe
    END

    TABLE_AMO 109, amoswap.h
    .dword 0xbcbbe4733afa0000, 0x1536ae7e06630000, 0x0, 0xbcbbe4733afa0000
    .dword 0x29062e5553340001, 0x492e126aeaa6ffff, 0x1, 0x29062e555334ffff
    .dword 0x725fe829a5f9ffff, 0x8a1320e1bf7f0001, 0xffffffffffffffff, 0x725fe829a5f90001
    .dword 0xb526b6f145728000, 0xbe98b0a947dd7fff, 0xffffffffffff8000, 0xb526b6f145727fff
    .dword 0x92ea9690ff867fff, 0x74d27a9b18358000, 0x7fff, 0x92ea9690ff868000
    .dword 0xb8406a6bce72ffff, 0x3de747fa4b41ffff, 0xffffffffffffffff, 0xb8406a6bce72ffff
    .dword 0x3086a583ba8f8000, 0x858e26937fd9ffff, 0xffffffffffff8000, 0x3086a583ba8fffff
    .dword 0xfac07a147eb28000, 0xb0f4429d86338000, 0xffffffffffff8000, 0xfac07a147eb28000
    .dword 0xef3e15465e249ac5, 0x190a685be40ec099, 0xffffffffffff9ac5, 0xef3e15465e24c099
    .dword 0x9415ce81913c471f, 0x483a0b84a53603f9, 0x471f, 0x9415ce81913c03f9
    .dword 0x1e2c7a22a5b8e584, 0x3ad44875005d47c6, 0xffffffffffffe584, 0x1e2c7a22a5b847c6
    .dword 0x7afb0663c874c6ce, 0x8f36aa85dffe56a6, 0xffffffffffffc6ce, 0x7afb0663c87456a6
    END

    TABLE_AMO 121, amoadd.h
    .dword 0x42aabf051c6e0000, 0x30f785b805780000, 0x0, 0x42aabf051c6e0000
    .dword 0xce40d8823b060001, 0x31d5f1b2cd1bffff, 0x1, 0xce40d8823b060000
    .dword 0x56eb46db44b1ffff, 0xe84e2a029b100001, 0xffffffffffffffff, 0x56eb46db44b10000
    .dword 0x2a7566963c58000, 0xc06d04a7e59d7fff, 0xffffffffffff8000, 0x2a7566963c5ffff
    .dword 0xb4fe3c3229177fff, 0x10101524b0f18000, 0x7fff, 0xb4fe3c322917ffff
    .dword 0x40200239770effff, 0xe715665a3b46ffff, 0xffffffffffffffff, 0x40200239770efffe
    .dword 0x8c15019438158000, 0x10957b0f01cfffff, 0xffffffffffff8000, 0x8c15019438157fff
    .dword 0x699fd9c04ff28000, 0xe3b0b68a55a88000, 0xffffffffffff8000, 0x699fd9c04ff20000
    .dword 0xbe31fc460d5b9403, 0xd6c8464aba5b1d18, 0xffffffffffff9403, 0xbe31fc460d5bb11b
    .dword 0x4cc382b030ace298, 0xdb81054ace4aaea2, 0xffffffffffffe298, 0x4cc382b030ac913a
    .dword 0x4dc5fffda4d25de0, 0x1272767f8b4f8e7b, 0x5de0, 0x4dc5fffda4d2ec5b
    .dword 0x8cea85036f9e89bf, 0xcd35ca08fb0142d1, 0xffffffffffff89bf, 0x8cea85036f9ecc90
    END

    TABLE_AMO 133, amoxor.h
    .dword 0xdea135c023100000, 0xacfde60830760000, 0x0, 0xdea135c023100000
    .dword 0x4f66346e727b0001, 0x685f18109522ffff, 0x1, 0x4f66346e727bfffe
    .dword 0x8498373cd0eaffff, 0x8749098844d50001, 0xffffffffffffffff, 0x8498373cd0eafffe
    .dword 0xbf1ad4aac6018000, 0x9e172f5242007fff, 0xffffffffffff8000, 0xbf1ad4aac601ffff
    .dword 0x3c3e92b99bba7fff, 0x5cc9463b77ec8000, 0x7fff, 0x3c3e92b99bbaffff
    .dword 0x3b905bc3e727ffff, 0x4b10c92e9d6cffff, 0xffffffffffffffff, 0x3b905bc3e7270000
    .dword 0xa49c8ca2fa518000, 0x3ab744644458ffff, 0xffffffffffff8000, 0xa49c8ca2fa517fff
    .dword 0x8a24beb8cd6d8000, 0x34b324c3a4f18000, 0xffffffffffff8000, 0x8a24beb8cd6d0000
    .dword 0x5d5dcfc00a731439, 0x141adcddb1e1c56b, 0x1439, 0x5d5dcfc00a73d152
    .dword 0x24fe8f14da33cfcf, 0x541ddd13c3e23293, 0xffffffffffffcfcf, 0x24fe8f14da33fd5c
    .dword 0x4554cc3b27ed7c6, 0x436cadf7ee4677f5, 0xffffffffffffd7c6, 0x4554cc3b27ea033
    .dword 0xca37087fed1d31f5, 0x3cd133329132b4b4, 0x31f5, 0xca37087fed1d8541
    END

    TABLE_AMO 145, amoand.h
    .dword 0xb7c42d60e5630000, 0xb185944b1eeb0000, 0x0, 0xb7c42d60e5630000
    .dword 0x325a6d4fb0cf0001, 0xe97bb5581911ffff, 0x1, 0x325a6d4fb0cf0001
    .dword 0x85d459504b08ffff, 0x870e12951cab0001, 0xffffffffffffffff, 0x85d459504b080001
    .dword 0x63e03186045c8000, 0x7f20247490297fff, 0xffffffffffff8000, 0x63e03186045c0000
    .dword 0x30c0bb9090a87fff, 0xefd5b03723dc8000, 0x7fff, 0x30c0bb9090a80000
    .dword 0x2568886da4e5ffff, 0xecbf515cc56fffff, 0xffffffffffffffff, 0x2568886da4e5ffff
    .dword 0x6488ba987ae18000, 0x661d7290eb30ffff, 0xffffffffffff8000, 0x6488ba987ae18000
    .dword 0x774e7e8d6c308000, 0xde7832542fae8000, 0xffffffffffff8000, 0x774e7e8d6c308000
    .dword 0x457c1defff39aeeb, 0xfb9fbeb714b054d, 0xffffffffffffaeeb, 0x457c1defff390449
    .dword 0x92f61df278a006e0, 0x244362e83532a55d, 0x6e0, 0x92f61df278a00440
    .dword 0x28c1aa0672ad5a25, 0x1cf3b0dd7885a690, 0x5a25, 0x28c1aa0672ad0200
    .dword 0x5fb8ad7f6cd3d5bc, 0x2fe01fc1be7a09c3, 0xffffffffffffd5bc, 0x5fb8ad7f6cd30180
    END

    TABLE_AMO 157, amoor.h
    .dword 0x186a55c0498a0000, 0xfa889f74d32f0000, 0x0, 0x186a55c0498a0000
    .dword 0x5441ab90ccfc0001, 0xef60229f36e1ffff, 0x1, 0x5441ab90ccfcffff
    .dword 0xe4ebd2ac4022ffff, 0xa01711f0cad30001, 0xffffffffffffffff, 0xe4ebd2ac4022ffff
    .dword 0x474141f3da668000, 0x1ae0d4c8240e7fff, 0xffffffffffff8000, 0x474141f3da66ffff
    .dword 0x58301e815fc57fff, 0x398c469e48018000, 0x7fff, 0x58301e815fc5ffff
    .dword 0x414c69aefde4ffff, 0xdd11f21bb743ffff, 0xffffffffffffffff, 0x414c69aefde4ffff
    .dword 0x70acf80511cf8000, 0xbd1737c0328effff, 0xffffffffffff8000, 0x70acf80511cfffff
    .dword 0x9468a40e3ab18000, 0xcbacd460732d8000, 0xffffffffffff8000, 0x9468a40e3ab18000
    .dword 0xe64ac68a8395bba0, 0x5a3e0f7a50869b34, 0xffffffffffffbba0, 0xe64ac68a8395bbb4
    .dword 0x32ea028d2700d723, 0xe0bb84d311dedc89, 0xffffffffffffd723, 0x32ea028d2700dfab
    .dword 0xdb779d5e0b6db9af, 0x550c8b890c455aee, 0xffffffffffffb9af, 0xdb779d5e0b6dfbef
    .dword 0xe4795c91b95f39bb, 0xec98234d9752aaf5, 0x39bb, 0xe4795c91b95fbbff
    END

    TABLE_AMO 169, amomin.h
    .dword 0x97ef1137edb10000, 0x4a1efc028360000, 0x0, 0x97ef1137edb10000
    .dword 0x59c1fc5b03880001, 0x17ec6a283f8cffff, 0x1, 0x59c1fc5b0388ffff
    .dword 0x163a5cba841bffff, 0x47e8e02125ee0001, 0xffffffffffffffff, 0x163a5cba841bffff
    .dword 0x2805aa5562948000, 0x8328bebfc0be7fff, 0xffffffffffff8000, 0x2805aa5562948000
    .dword 0xe0692eb50b307fff, 0x41feba8a45a98000, 0x7fff, 0xe0692eb50b308000
    .dword 0xbb507142a497ffff, 0x43320e2fc853ffff, 0xffffffffffffffff, 0xbb507142a497ffff
    .dword 0x7080c4a3bc18000, 0x7b1d43ab3565ffff, 0xffffffffffff8000, 0x7080c4a3bc18000
    .dword 0x6b5e3bfffb288000, 0x20f44ba95e28000, 0xffffffffffff8000, 0x6b5e3bfffb288000
    .dword 0xeed1af79e95d8978, 0xd148f8d65b88010, 0xffffffffffff8978, 0xeed1af79e95d8010
    .dword 0x6dcb2af1353b3660, 0x531014141ad56d70, 0x3660, 0x6dcb2af1353b3660
    .dword 0xa701fc0a0e46cb0a, 0x1c6a7c0767dd9362, 0xffffffffffffcb0a, 0xa701fc0a0e469362
    .dword 0x9a90b6566ba43255, 0xec5c2a1814488c81, 0x3255, 0x9a90b6566ba48c81
    END

    TABLE_AMO 181, amomax.h
    .dword 0xf5ff843d0e610000, 0xd2c1582f28f30000, 0x0, 0xf5ff843d0e610000
    .dword 0xb1a804e2b78c0001, 0xe5c17950d2efffff, 0x1, 0xb1a804e2b78c0001
    .dword 0xcdbe2853d2a5ffff, 0xabf52e2c48f70001, 0xffffffffffffffff, 0xcdbe2853d2a50001
    .dword 0x664cc087551d8000, 0xf6ca6db9eb4e7fff, 0xffffffffffff8000, 0x664cc087551d7fff
    .dword 0x5c245b61b49f7fff, 0x9ee28dfab2178000, 0x7fff, 0x5c245b61b49f7fff
    .dword 0x67b0bbdddbc9ffff, 0x86b5a08e23deffff, 0xffffffffffffffff, 0x67b0bbdddbc9ffff
    .dword 0xa82ef30e1e5f8000, 0x8cd3b730d855ffff, 0xffffffffffff8000, 0xa82ef30e1e5fffff
    .dword 0xe5fb57565b5b8000, 0xb96ff40c3f4d8000, 0xffffffffffff8000, 0xe5fb57565b5b8000
    .dword 0x506c3b8e0403e6a9, 0x3c311c6630235cb7, 0xffffffffffffe6a9, 0x506c3b8e04035cb7
    .dword 0xf645bdeb1f22c8ba, 0xff26b9ad61b121c3, 0xffffffffffffc8ba, 0xf645bdeb1f2221c3
    .dword 0xb7de72435a8e0c65, 0x9873b9b5639f0f93, 0xc65, 0xb7de72435a8e0f93
    .dword 0x101f2e03a1fed924, 0x6beb2cbe590aef5f, 0xffffffffffffd924, 0x101f2e03a1feef5f
    END

    TABLE_AMO 193, amominu.h
    .dword 0x8e167b9ab6d60000, 0xcef8ad5d255e0000, 0x0, 0x8e167b9ab6d60000
    .dword 0xd7cded1cdd1e0001, 0x90c3f50e0250ffff, 0x1, 0xd7cded1cdd1e0001
    .dword 0xa98c5e56db38ffff, 0x3382629239f50001, 0xffffffffffffffff, 0xa98c5e56db380001
    .dword 0x78defdc499a28000, 0x5e7ad6faf23b7fff, 0xffffffffffff8000, 0x78defdc499a27fff
    .dword 0xac10e0a2f0de7fff, 0x5c861d51912b8000, 0x7fff, 0xac10e0a2f0de7fff
    .dword 0xf3c44a1d0d60ffff, 0x92fd6ca99b1cffff, 0xffffffffffffffff, 0xf3c44a1d0d60ffff
    .dword 0x85f64f1cec2b8000, 0x28b276adaaf0ffff, 0xffffffffffff8000, 0x85f64f1cec2b8000
    .dword 0x354df1aa53458000, 0x5de3634229cf8000, 0xffffffffffff8000, 0x354df1aa53458000
    .dword 0xae0b55c981837660, 0x6e2310f952dba3cc, 0x7660, 0xae0b55c981837660
    .dword 0x5ec7d70996ba9a4a, 0x576559948b9be160, 0xffffffffffff9a4a, 0x5ec7d70996ba9a4a
    .dword 0xc5701b582e89497c, 0x137344370f3a9754, 0x497c, 0xc5701b582e89497c
    .dword 0xeda5683c097aa01, 0x724b8c0ad4a2ec91, 0xffffffffffffaa01, 0xeda5683c097aa01
    END

    TABLE_AMO 205, amomaxu.h
    .dword 0x3fc2569ead6f0000, 0x3cd7331253f30000, 0x0, 0x3fc2569ead6f0000
    .dword 0x3d9b19f1f2050001, 0xb1349f809f40ffff, 0x1, 0x3d9b19f1f205ffff
    .dword 0x4a57942399a3ffff, 0x33b5ef780e020001, 0xffffffffffffffff, 0x4a57942399a3ffff
    .dword 0x8e95ad8b78d68000, 0x569992c69c4d7fff, 0xffffffffffff8000, 0x8e95ad8b78d68000
    .dword 0x704b98222c437fff, 0x7d0ae8c02a588000, 0x7fff, 0x704b98222c438000
    .dword 0x2c9deba1664affff, 0xb6162af44219ffff, 0xffffffffffffffff, 0x2c9deba1664affff
    .dword 0x7f4c1f4ad9508000, 0xbd2720d1a19effff, 0xffffffffffff8000, 0x7f4c1f4ad950ffff
    .dword 0xabd4033b614e8000, 0x52f0d9f6788f8000, 0xffffffffffff8000, 0xabd4033b614e8000
    .dword 0x35a54720f68fa6d2, 0x3b477bbc802d3c12, 0xffffffffffffa6d2, 0x35a54720f68fa6d2
    .dword 0xa50b987ac29e2d16, 0xee9c97a4a98cfce1, 0x2d16, 0xa50b987ac29efce1
    .dword 0xdf819170a7f48ede, 0x38bfe2db648793ae, 0xffffffffffff8ede, 0xdf819170a7f493ae
    .dword 0xfb22f74f50c2111, 0xdd3a4be54eb9445d, 0x2111, 0xfb22f74f50c445d
    END

    TABLE_AMOCAS 217, amocas.b
    .dword 0x6256dfcd19a240bf, 0x40e0d1c9b90d39bf, 0xb945fd7f0d86f437, 0xffffffffffffffbf, 0x6256dfcd19a24037
    .dword 0x809f82ceda513401, 0x1, 0x728226b5cca7da4e, 0x1, 0x809f82ceda51344e
    .dword 0xc118079d47cf49cf, 0xc118079d47cf49ce, 0xc07d4b2dd587845, 0xffffffffffffffcf, 0xc118079d47cf49cf
    .dword 0xde7c03e6a73d4008, 0x19bd56a31cd53e1a, 0x99b91a75a316f390, 0x8, 0xde7c03e6a73d4008
    .dword 0x4fa3cbde2b305ac5, 0x4fa3cbde2b305a45, 0xa8cce55938253514, 0xffffffffffffffc5, 0x4fa3cbde2b305ac5
    .dword 0xfee3de85d3d8f966, 0x45ec0fa6f63bab66, 0xbe5064c977341dbb, 0x66, 0xfee3de85d3d8f9bb
    .dword 0xf9da71d8d91ee7b9, 0xffffffffffffffb9, 0xd9f10ce21a9c39b4, 0xffffffffffffffb9, 0xf9da71d8d91ee7b4
    .dword 0xd78c19be83a3d5dd, 0xd78c19be83a3d5dc, 0x5100405a9002cbfe, 0xffffffffffffffdd, 0xd78c19be83a3d5dd
    .dword 0x94e74d7db8410809, 0x14fdb12802ab9d9, 0xa08edff60d0c76ec, 0x9, 0x94e74d7db8410809
    .dword 0xc6fb2f29e9ea14a, 0xc6fb2f29e9ea1ca, 0xc12f24031b5ab13c, 0x4a, 0xc6fb2f29e9ea14a
    END

    TABLE_AMOCAS 227, amocas.h
    .dword 0x1deee20b0bec84a9, 0x3a2ffa94458084a9, 0xefa024530d4c0eb0, 0xffffffffffff84a9, 0x1deee20b0bec0eb0
    .dword 0x8c665bfcaf28ed00, 0xffffffffffffed00, 0x64bc2f940e559784, 0xffffffffffffed00, 0x8c665bfcaf289784
    .dword 0x43e967ff99645453, 0x43e967ff99645452, 0xfd87e0adbd0d864d, 0x5453, 0x43e967ff99645453
    .dword 0xb86e4e90b7afb757, 0x30f41d053caedaaf, 0x3d4a976600866ab0, 0xffffffffffffb757, 0xb86e4e90b7afb757
    .dword 0x16054f9f73b5a0b6, 0x16054f9f73b520b6, 0x8d612a17c37ecf71, 0xffffffffffffa0b6, 0x16054f9f73b5a0b6
    .dword 0x7f4edc76864a8be6, 0x12051515b7b78be6, 0x6fa455b553201a76, 0xffffffffffff8be6, 0x7f4edc76864a1a76
    .dword 0xf0e7ecea06acdb95, 0xffffffffffffdb95, 0x16eb30f003b856c3, 0xffffffffffffdb95, 0xf0e7ecea06ac56c3
    .dword 0x62e9d7d4b74074ab, 0x62e9d7d4b74074aa, 0x622724be3efc0362, 0x74ab, 0x62e9d7d4b74074ab
    .dword 0x9fb863300483a38a, 0x28c02ff0c4eea236, 0x1e003e1c9a464323, 0xffffffffffffa38a, 0x9fb863300483a38a
    .dword 0x191690d21f11c761, 0x191690d21f114761, 0xec943187baf77e67, 0xffffffffffffc761, 0x191690d21f11c761
    END
    # The bytes and halfwords inside a word, each in its place.
    la a1, atomic_cell
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7
    CASE 237 + \i
    li a3, 0x8070605040302010
    sd a3, 0(a1)
    addi a2, a1, \i
    li a0, 1
    amoadd.b a0, a0, (a2)
    li t0, 1 << (8 * \i)
    add a3, a3, t0
    ld a4, 0(a1)
    CHECK_SAME a3, a4
    .endr
    .irp i, 0, 2, 4, 6
    CASE 247 + \i
    sd a3, 0(a1)
    addi a2, a1, \i
    li a0, 0x101
    amoxor.h a0, a0, (a2)
    li t0, 0x101 << (8 * \i)
    xor a3, a3, t0
    ld a4, 0(a1)
    CHECK_SAME a3, a4
    .endr

    j pass
