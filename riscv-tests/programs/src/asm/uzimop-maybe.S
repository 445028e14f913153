# Zimop and Zcmop: may-be-operations write zero (Zimop) or nothing (Zcmop).

.option arch, +zimop
.option arch, +zcmop

.macro MOP_R index
    CASE 1 + \index
    li a0, -1
    li a1, 0x55
    mop.r.\index a0, a1
    CHECK a0, 0
    CHECK a1, 0x55
.endm

.macro MOP_RR index
    CASE 40 + \index
    li a0, -1
    li a1, 0x55
    li a2, 0x66
    mop.rr.\index a0, a1, a2
    CHECK a0, 0
    CHECK a1, 0x55
    CHECK a2, 0x66
.endm

PROGRAM
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    MOP_R \i
    .endr
    .irp i, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    MOP_R \i
    .endr
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7
    MOP_RR \i
    .endr

    CASE 50                     # rd = rs1, rd = x0
    li a0, 3
    mop.r.7 a0, a0
    CHECK a0, 0
    li a0, 3
    mop.rr.7 a0, a0, a0
    CHECK a0, 0
    mop.r.0 zero, a0
    CHECK zero, 0

    CASE 51                     # the compressed ones touch nothing
    li ra, 101
    li t0, 105
    li t2, 107
    li s1, 109
    li a1, 111
    li a3, 113
    li a5, 115
    .option push
    .option rvc
    c.mop.1
    c.mop.3
    c.mop.5
    c.mop.7
    c.mop.9
    c.mop.11
    c.mop.13
    c.mop.15
    .option pop
    CHECK ra, 101
    CHECK t0, 105
    CHECK t2, 107
    CHECK s1, 109
    CHECK a1, 111
    CHECK a3, 113
    CHECK a5, 115
    j pass
