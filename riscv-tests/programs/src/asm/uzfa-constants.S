# Zfa: constants, and the modular conversion.

.option arch, +zfh
.option arch, +zfa
PROGRAM

    TABLE_F_TO_INT_RTZ 1, fcvtmod.w.d
    .dword 0x0, 0x0, 0x0
    .dword 0x3ff0000000000000, 0x1, 0x0
    .dword 0xbff0000000000000, 0xffffffffffffffff, 0x0
    .dword 0x3fe0000000000000, 0x0, 0x1
    .dword 0xbffc000000000000, 0xffffffffffffffff, 0x1
    .dword 0x41e0000000000000, 0xffffffff80000000, 0x10
    .dword 0xc1e0000000000000, 0xffffffff80000000, 0x0
    .dword 0x41dfffffffc00000, 0x7fffffff, 0x0
    .dword 0xc1e0000000200000, 0x7fffffff, 0x10
    .dword 0x41f0000000000000, 0x0, 0x10
    .dword 0x41f0000000500000, 0x5, 0x10
    .dword 0xc1f0000000500000, 0xfffffffffffffffb, 0x10
    .dword 0x4270000003039000, 0x3039, 0x10
    .dword 0x4330000000000003, 0x3, 0x10
    .dword 0xc330000000000003, 0xfffffffffffffffd, 0x10
    .dword 0x4340000000000001, 0x2, 0x10
    .dword 0x43d0000000000004, 0x1000, 0x10
    .dword 0x43e0000000000000, 0x0, 0x10
    .dword 0x4530000000000000, 0x0, 0x10
    .dword 0x4530000000000100, 0x0, 0x10
    .dword 0x41f0000000080000, 0x0, 0x10
    .dword 0x41dfffffffe00000, 0x7fffffff, 0x1
    .dword 0xc1e0000000100000, 0xffffffff80000000, 0x1
    .dword 0x7ff0000000000000, 0x0, 0x10
    .dword 0xfff0000000000000, 0x0, 0x10
    .dword 0x7ff8000000000000, 0x0, 0x10
    .dword 0x7ff0000000000001, 0x0, 0x10
    .dword 0x8000000000000000, 0x0, 0x0
    .dword 0x1, 0x0, 0x1
    .dword 0x7fefffffffffffff, 0x0, 0x10
    .dword 0xffefffffffffffff, 0x0, 0x10
    END

    FLI 32, h, -1.0, 0xffffffffffffbc00
    FLI 33, h, min, 0xffffffffffff0400
    FLI 34, h, 0x1p-16, 0xffffffffffff0100
    FLI 35, h, 0x1p-15, 0xffffffffffff0200
    FLI 36, h, 0x1p-8, 0xffffffffffff1c00
    FLI 37, h, 0x1p-7, 0xffffffffffff2000
    FLI 38, h, 0.0625, 0xffffffffffff2c00
    FLI 39, h, 0.125, 0xffffffffffff3000
    FLI 40, h, 0.25, 0xffffffffffff3400
    FLI 41, h, 0.3125, 0xffffffffffff3500
    FLI 42, h, 0.375, 0xffffffffffff3600
    FLI 43, h, 0.4375, 0xffffffffffff3700
    FLI 44, h, 0.5, 0xffffffffffff3800
    FLI 45, h, 0.625, 0xffffffffffff3900
    FLI 46, h, 0.75, 0xffffffffffff3a00
    FLI 47, h, 0.875, 0xffffffffffff3b00
    FLI 48, h, 1.0, 0xffffffffffff3c00
    FLI 49, h, 1.25, 0xffffffffffff3d00
    FLI 50, h, 1.5, 0xffffffffffff3e00
    FLI 51, h, 1.75, 0xffffffffffff3f00
    FLI 52, h, 2.0, 0xffffffffffff4000
    FLI 53, h, 2.5, 0xffffffffffff4100
    FLI 54, h, 3.0, 0xffffffffffff4200
    FLI 55, h, 4.0, 0xffffffffffff4400
    FLI 56, h, 8.0, 0xffffffffffff4800
    FLI 57, h, 16.0, 0xffffffffffff4c00
    FLI 58, h, 128.0, 0xffffffffffff5800
    FLI 59, h, 256.0, 0xffffffffffff5c00
    FLI 60, h, 32768.0, 0xffffffffffff7800
    FLI 61, h, 65536.0, 0xffffffffffff7c00
    FLI 62, h, inf, 0xffffffffffff7c00
    FLI 63, h, nan, 0xffffffffffff7e00

    FLI 64, s, -1.0, 0xffffffffbf800000
    FLI 65, s, min, 0xffffffff00800000
    FLI 66, s, 0x1p-16, 0xffffffff37800000
    FLI 67, s, 0x1p-15, 0xffffffff38000000
    FLI 68, s, 0x1p-8, 0xffffffff3b800000
    FLI 69, s, 0x1p-7, 0xffffffff3c000000
    FLI 70, s, 0.0625, 0xffffffff3d800000
    FLI 71, s, 0.125, 0xffffffff3e000000
    FLI 72, s, 0.25, 0xffffffff3e800000
    FLI 73, s, 0.3125, 0xffffffff3ea00000
    FLI 74, s, 0.375, 0xffffffff3ec00000
    FLI 75, s, 0.4375, 0xffffffff3ee00000
    FLI 76, s, 0.5, 0xffffffff3f000000
    FLI 77, s, 0.625, 0xffffffff3f200000
    FLI 78, s, 0.75, 0xffffffff3f400000
    FLI 79, s, 0.875, 0xffffffff3f600000
    FLI 80, s, 1.0, 0xffffffff3f800000
    FLI 81, s, 1.25, 0xffffffff3fa00000
    FLI 82, s, 1.5, 0xffffffff3fc00000
    FLI 83, s, 1.75, 0xffffffff3fe00000
    FLI 84, s, 2.0, 0xffffffff40000000
    FLI 85, s, 2.5, 0xffffffff40200000
    FLI 86, s, 3.0, 0xffffffff40400000
    FLI 87, s, 4.0, 0xffffffff40800000
    FLI 88, s, 8.0, 0xffffffff41000000
    FLI 89, s, 16.0, 0xffffffff41800000
    FLI 90, s, 128.0, 0xffffffff43000000
    FLI 91, s, 256.0, 0xffffffff43800000
    FLI 92, s, 32768.0, 0xffffffff47000000
    FLI 93, s, 65536.0, 0xffffffff47800000
    FLI 94, s, inf, 0xffffffff7f800000
    FLI 95, s, nan, 0xffffffff7fc00000

    FLI 96, d, -1.0, 0xbff0000000000000
    FLI 97, d, min, 0x10000000000000
    FLI 98, d, 0x1p-16, 0x3ef0000000000000
    FLI 99, d, 0x1p-15, 0x3f00000000000000
    FLI 100, d, 0x1p-8, 0x3f70000000000000
    FLI 101, d, 0x1p-7, 0x3f80000000000000
    FLI 102, d, 0.0625, 0x3fb0000000000000
    FLI 103, d, 0.125, 0x3fc0000000000000
    FLI 104, d, 0.25, 0x3fd0000000000000
    FLI 105, d, 0.3125, 0x3fd4000000000000
    FLI 106, d, 0.375, 0x3fd8000000000000
    FLI 107, d, 0.4375, 0x3fdc000000000000
    FLI 108, d, 0.5, 0x3fe0000000000000
    FLI 109, d, 0.625, 0x3fe4000000000000
    FLI 110, d, 0.75, 0x3fe8000000000000
    FLI 111, d, 0.875, 0x3fec000000000000
    FLI 112, d, 1.0, 0x3ff0000000000000
    FLI 113, d, 1.25, 0x3ff4000000000000
    FLI 114, d, 1.5, 0x3ff8000000000000
    FLI 115, d, 1.75, 0x3ffc000000000000
    FLI 116, d, 2.0, 0x4000000000000000
    FLI 117, d, 2.5, 0x4004000000000000
    FLI 118, d, 3.0, 0x4008000000000000
    FLI 119, d, 4.0, 0x4010000000000000
    FLI 120, d, 8.0, 0x4020000000000000
    FLI 121, d, 16.0, 0x4030000000000000
    FLI 122, d, 128.0, 0x4060000000000000
    FLI 123, d, 256.0, 0x4070000000000000
    FLI 124, d, 32768.0, 0x40e0000000000000
    FLI 125, d, 65536.0, 0x40f0000000000000
    FLI 126, d, inf, 0x7ff0000000000000
    FLI 127, d, nan, 0x7ff8000000000000

    j pass
