# Zicclsm: misaligned loads and stores work everywhere in main memory, across
# pages too. Each wide access is compared with the bytes it is made of, at
# every offset from 8 below to 8 above a page boundary.

# Composes \width bytes at a1 into a3, zero-extended.
.macro COMPOSE width
    li a3, 0
    .if \width > 4
    .irp i, 7, 6, 5, 4
    lbu t0, \i(a1)
    slli a3, a3, 8
    or a3, a3, t0
    .endr
    .endif
    .if \width > 2
    .irp i, 3, 2
    lbu t0, \i(a1)
    slli a3, a3, 8
    or a3, a3, t0
    .endr
    .endif
    .irp i, 1, 0
    lbu t0, \i(a1)
    slli a3, a3, 8
    or a3, a3, t0
    .endr
.endm

.macro SIGNED width
    slli a3, a3, 64 - 8 * \width
    srai a3, a3, 64 - 8 * \width
.endm

.macro EACH_OFFSET first
    li gp, \first
    la a1, edge - 8
    la s1, edge + 8
1:
.endm
.macro NEXT_OFFSET
    beq a0, a3, 2f
    j fail
2:  addi gp, gp, 1
    addi a1, a1, 1
    bne a1, s1, 1b
.endm

# Stores \width bytes of a2 at a1 and checks them and both neighbours.
.macro STORED op, width
    li a2, 0xa1b2c3d4e5f60718
    li t1, 0x77
    sb t1, -1(a1)
    sb t1, \width(a1)
    \op a2, 0(a1)
    COMPOSE \width
    mv a0, a3
    slli a3, a2, 64 - 8 * \width
    srli a3, a3, 64 - 8 * \width
    lbu t2, -1(a1)
    beq t1, t2, 3f
    j fail
3:  lbu t2, \width(a1)
    beq t1, t2, 3f
    j fail
3:
.endm

PROGRAM
    la a0, edge - 32            # distinct bytes around the boundary
    li a1, 64
    li a2, 0x9d
1:  sb a2, 0(a0)
    addi a2, a2, 0x3b
    addi a0, a0, 1
    addi a1, a1, -1
    bnez a1, 1b

    EACH_OFFSET 100
    lhu a0, 0(a1)
    COMPOSE 2
    NEXT_OFFSET
    EACH_OFFSET 120
    lh a0, 0(a1)
    COMPOSE 2
    SIGNED 2
    NEXT_OFFSET
    EACH_OFFSET 140
    lwu a0, 0(a1)
    COMPOSE 4
    NEXT_OFFSET
    EACH_OFFSET 160
    lw a0, 0(a1)
    COMPOSE 4
    SIGNED 4
    NEXT_OFFSET
    EACH_OFFSET 180
    ld a0, 0(a1)
    COMPOSE 8
    NEXT_OFFSET
    EACH_OFFSET 200
    flw fa0, 0(a1)
    fmv.x.w a0, fa0
    COMPOSE 4
    SIGNED 4
    NEXT_OFFSET
    EACH_OFFSET 220
    fld fa0, 0(a1)
    fmv.x.d a0, fa0
    COMPOSE 8
    NEXT_OFFSET
    EACH_OFFSET 300
    STORED sh, 2
    NEXT_OFFSET
    EACH_OFFSET 320
    STORED sw, 4
    NEXT_OFFSET
    EACH_OFFSET 340
    STORED sd, 8
    NEXT_OFFSET
    EACH_OFFSET 360
    li t3, 0xa1b2c3d4e5f60718
    fmv.d.x fa0, t3
    li t1, 0x77
    sb t1, -1(a1)
    sb t1, 8(a1)
    fsd fa0, 0(a1)
    COMPOSE 8
    mv a0, t3
    NEXT_OFFSET
    EACH_OFFSET 380
    li t3, 0xe5f60718
    fmv.w.x fa0, t3
    fsw fa0, 0(a1)
    COMPOSE 4
    mv a0, t3
    NEXT_OFFSET
    j pass

    .data
    .balign 0x1000
    .space 0x1000
edge:
    .space 0x1000
