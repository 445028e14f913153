# RV64I: aligned loads and stores, sign extension, offsets.

.macro LOADS n, op, offset, value
    CASE \n
    la a1, bytes
    \op a0, \offset(a1)
    CHECK a0, \value
    la a0, bytes + 2047         # the same place by a negative offset, rd = rs1
    \op a0, \offset - 2047(a0)
    CHECK a0, \value
.endm

# Stores all ones and then \value, and checks the 16 bytes around.
.macro STORES n, op, offset, value, low, high
    CASE \n
    la a1, cells
    li a0, 0x1111111111111111
    sd a0, 0(a1)
    sd a0, 8(a1)
    li a0, \value
    \op a0, \offset(a1)
    ld a2, 0(a1)
    CHECK a2, \low
    ld a2, 8(a1)
    CHECK a2, \high
.endm

PROGRAM
    LOADS 1, lb, 0, 0x01
    LOADS 2, lb, 7, -1
    LOADS 3, lb, 8, -0x80
    LOADS 4, lbu, 7, 0xff
    LOADS 5, lbu, 8, 0x80
    LOADS 6, lh, 0, 0x2301
    LOADS 7, lh, 6, -0x11
    LOADS 8, lhu, 6, 0xffef
    LOADS 9, lh, 8, 0x7f80
    LOADS 10, lw, 0, 0x67452301
    LOADS 11, lw, 4, 0xffffffffffefab89
    LOADS 12, lwu, 4, 0xffefab89
    LOADS 13, lw, 8, 0x10007f80
    LOADS 14, ld, 0, 0xffefab8967452301
    LOADS 15, ld, 8, 0x8899aabb10007f80

    STORES 20, sb, 0, 0x1234567890abcdef, 0x11111111111111ef, 0x1111111111111111
    STORES 21, sb, 7, 0x1234567890abcdef, 0xef11111111111111, 0x1111111111111111
    STORES 22, sb, 15, 0x80, 0x1111111111111111, 0x8011111111111111
    STORES 23, sh, 0, 0x1234567890abcdef, 0x111111111111cdef, 0x1111111111111111
    STORES 24, sh, 6, 0x1234567890abcdef, 0xcdef111111111111, 0x1111111111111111
    STORES 25, sw, 0, 0x1234567890abcdef, 0x1111111190abcdef, 0x1111111111111111
    STORES 26, sw, 4, 0x1234567890abcdef, 0x90abcdef11111111, 0x1111111111111111
    STORES 27, sd, 0, 0x1234567890abcdef, 0x1234567890abcdef, 0x1111111111111111
    STORES 28, sd, 8, 0x1234567890abcdef, 0x1111111111111111, 0x1234567890abcdef

    CASE 30                     # a load to x0 is still a load, and x0 stays zero
    la a1, bytes
    ld zero, 0(a1)
    lb zero, 0(a1)
    CHECK zero, 0

    CASE 31                     # store then load of another width, back to back
    la a1, cells
    li a0, 0x8081828384858687
    sd a0, 0(a1)
    lw a2, 4(a1)
    sh a2, 2(a1)
    ld a3, 0(a1)
    CHECK a2, 0xffffffff80818283
    CHECK a3, 0x8081828382838687

    CASE 32                     # the base register may be the stored register
    la a1, cells
    sd a1, 8(a1)
    ld a2, 8(a1)
    CHECK_SAME a1, a2
    j pass

    .data
    .balign 16
bytes:
    .byte 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xef, 0xff
    .byte 0x80, 0x7f, 0x00, 0x10, 0xbb, 0xaa, 0x99, 0x88
    .balign 16
cells:
    .dword 0, 0
    .space 2048
