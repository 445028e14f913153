# Zcb: further compressed loads, stores, extensions and the multiplication.

.option arch, +zcb
.option arch, +zba
.option arch, +zbb

.macro UNARY n, op, value, result
    CASE \n
    li a0, \value
    \op a0
    CHECK a0, \result
.endm

PROGRAM
    .option rvc
    la a1, cells
    li a0, 0x8899aabbccddeeff
    sd a0, 0(a1)
    .irp i, 0, 1, 2, 3
    CASE 1 + \i
    c.lbu a0, \i(a1)
    CHECK a0, 0xff - 0x11 * \i
    .endr
    CASE 5
    c.lhu a0, 0(a1)
    CHECK a0, 0xeeff
    c.lhu a0, 2(a1)
    CHECK a0, 0xccdd
    CASE 6
    c.lh a0, 0(a1)
    CHECK a0, 0xffffffffffffeeff
    c.lh a0, 2(a1)
    CHECK a0, 0xffffffffffffccdd
    CASE 7
    li a0, 0x123456
    c.sb a0, 0(a1)
    c.sb a0, 3(a1)
    ld a2, 0(a1)
    CHECK a2, 0x8899aabb56ddee56
    CASE 8
    c.sb a0, 1(a1)
    c.sb a0, 2(a1)
    ld a2, 0(a1)
    CHECK a2, 0x8899aabb56565656
    CASE 9
    li a0, 0x12345678
    c.sh a0, 0(a1)
    ld a2, 0(a1)
    CHECK a2, 0x8899aabb56565678
    li a0, 0xfedc
    c.sh a0, 2(a1)
    ld a2, 0(a1)
    CHECK a2, 0x8899aabbfedc5678
    CASE 10                     # the address register as destination
    mv a0, a1
    c.lhu a0, 2(a0)
    CHECK a0, 0xfedc

    UNARY 20, c.zext.b, 0x123456789abcdef0, 0xf0
    UNARY 21, c.sext.b, 0x123456789abcdef0, -0x10
    UNARY 22, c.sext.b, 0x7f, 0x7f
    UNARY 23, c.zext.h, 0x123456789abcdef0, 0xdef0
    UNARY 24, c.sext.h, 0x123456789abcdef0, 0xffffffffffffdef0
    UNARY 25, c.sext.h, 0x17fff, 0x7fff
    UNARY 26, c.zext.w, 0x123456789abcdef0, 0x9abcdef0
    UNARY 27, c.not, 0x123456789abcdef0, 0xedcba9876543210f
    CASE 30
    li a0, 0x100000001
    li a2, -3
    c.mul a0, a2
    CHECK a0, 0xfffffffcfffffffd
    CASE 31
    li a0, 7
    c.mul a0, a0
    CHECK a0, 49

    # What Zcb leaves reserved.
    .option norvc
    ILLEGAL 40, .hword 0x8c48           # c.sh row with bit 6 set
    ILLEGAL 41, .hword 0x9c79           # sixth unary function
    ILLEGAL 42, .hword 0x9c7d           # seventh
    j pass

    .data
    .balign 64
cells:
    .dword 0
