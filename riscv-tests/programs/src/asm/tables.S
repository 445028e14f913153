# Loops over tables of operands and results.

# --- tables ----------------------------------------------------------------------
#
# A table is one instruction and its rows: `TABLE_x first, instruction`, then
# lines of `.dword`, then `END`. Row i is case first + i.

# Closes a table.
.macro END
9002:
    .popsection
.endm

.macro LOOP_BEGIN first
    li gp, \first
    la s0, 9001f
    la s1, 9002f
9000:
.endm

.macro LOOP_END row_bytes
    addi gp, gp, 1
    addi s0, s0, \row_bytes
    bltu s0, s1, 9000b
    j 9004f
9003:
    j fail
9004:
    .pushsection .data
    .balign 8
9001:
.endm

# Rows: first operand, second operand, result. Each row is tried with all
# distinct registers, with rd = rs1, with rd = rs2, and with rd = x0.
.macro TABLE_RR first, op
    LOOP_BEGIN \first
    ld a1, 0(s0)
    ld a2, 8(s0)
    ld a3, 16(s0)
    \op a0, a1, a2
    bne a0, a3, 9003f
    mv a0, a1
    \op a0, a0, a2
    bne a0, a3, 9003f
    mv a0, a2
    \op a0, a1, a0
    bne a0, a3, 9003f
    \op zero, a1, a2
    bnez zero, 9003f
    LOOP_END 24
.endm

# Rows: operand, result. Tried with distinct registers, rd = rs1 and rd = x0.
.macro TABLE_R first, op
    LOOP_BEGIN \first
    ld a1, 0(s0)
    ld a3, 8(s0)
    \op a0, a1
    bne a0, a3, 9003f
    mv a0, a1
    \op a0, a0
    bne a0, a3, 9003f
    \op zero, a1
    bnez zero, 9003f
    LOOP_END 16
.endm

# Rows: operand, result; the immediate is the same for all rows.
.macro TABLE_RI first, op, immediate
    LOOP_BEGIN \first
    ld a1, 0(s0)
    ld a3, 8(s0)
    \op a0, a1, \immediate
    bne a0, a3, 9003f
    mv a0, a1
    \op a0, a0, \immediate
    bne a0, a3, 9003f
    \op zero, a1, \immediate
    bnez zero, 9003f
    LOOP_END 16
.endm

# Branches. Rows: a, b, taken.
.macro TABLE_BRANCH first, op
    LOOP_BEGIN \first
    ld a1, 0(s0)
    ld a2, 8(s0)
    ld a3, 16(s0)
    li a0, 1
    \op a1, a2, 9005f
    li a0, 0
9005:
    bne a0, a3, 9003f
    li a0, 0
    j 9007f
9006:
    li a0, 1
    j 9008f
9007:
    \op a1, a2, 9006b
9008:
    bne a0, a3, 9003f
    LOOP_END 24
.endm

# --- atomics ------------------------------------------------------------------------

.macro AMO_RESULT
    bne a0, a4, 9003f
    ld t0, 0(a1)
    bne t0, a5, 9003f
    sd a3, 0(a1)
.endm

# Rows: the eight bytes of memory, operand, old value, the eight bytes after.
.macro TABLE_AMO first, op
    LOOP_BEGIN \first
    la a1, atomic_cell
    ld a3, 0(s0)
    ld a2, 8(s0)
    ld a4, 16(s0)
    ld a5, 24(s0)
    sd a3, 0(a1)
    \op a0, a2, (a1)
    AMO_RESULT
    mv a0, a2                   # rd = rs2
    \op\().aqrl a0, a0, (a1)
    AMO_RESULT
    mv a0, a1                   # rd = rs1
    \op\().aq a0, a2, (a0)
    AMO_RESULT
    mv a0, a4
    \op\().rl zero, a2, (a1)    # rd = x0
    bnez zero, 9003f
    AMO_RESULT
    LOOP_END 32
.endm

# Compare and swap. Rows: memory, compared value, new value, old value, memory
# after; all eight bytes.
.macro TABLE_AMOCAS first, op
    LOOP_BEGIN \first
    la a1, atomic_cell
    ld a3, 0(s0)
    ld a2, 16(s0)
    ld a4, 24(s0)
    ld a5, 32(s0)
    sd a3, 0(a1)
    ld a0, 8(s0)
    \op a0, a2, (a1)
    AMO_RESULT
    ld a0, 8(s0)
    \op\().aqrl a0, a2, (a1)
    AMO_RESULT
    LOOP_END 40
.endm

.macro ATOMIC_CELL
    .pushsection .data
    .balign 64
atomic_cell:
    .dword 0, 0
    .popsection
.endm
