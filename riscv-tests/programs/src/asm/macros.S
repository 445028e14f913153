# Shared by all programs: entry, end, traps, and the loops over tables.
#
# Registers with a fixed meaning:
#   gp   number of the case at work
#   s11  where the next trap continues, in M-mode; 0 = a trap is a failure
#   s8, s9, s10   mcause, mtval, mepc of the last expected trap
# The macros use s0-s2, a0-a7 and t0-t6 freely.

.option norvc
.option norelax

.macro PROGRAM
    .section .text.init, "ax", @progbits
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, park
    li gp, 0
    li s11, 0
    la sp, stack_top
    la t0, trap_entry
    csrw mtvec, t0
    li t0, 0x6000               # FS = dirty: floating point may be used
    csrs mstatus, t0
    csrw fcsr, zero
    csrw satp, zero
    csrw medeleg, zero
    csrw mideleg, zero
    csrw mie, zero
    li t0, -1                   # one PMP entry opens all memory to S and U
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    j main

park:
    wfi
    j park

    # An expected trap continues at s11; any other ends the program.
    .balign 4
trap_entry:
    beqz s11, fail
    csrr s8, mcause
    csrr s9, mtval
    csrr s10, mepc
    mv t6, s11
    li s11, 0
    jr t6

    .globl fail
fail:
    bnez gp, 1f
    li gp, 999                  # failed before the first case
1:  slli gp, gp, 1
    ori gp, gp, 1
    j finish

    .globl pass
pass:
    li gp, 1
finish:
    la t0, tohost
    sd gp, 0(t0)
    j finish

    .section .tohost, "aw", @progbits
    .balign 64
    .globl tohost
tohost: .dword 0
    .balign 64
    .globl fromhost
fromhost: .dword 0

    .section .data
    .balign 8
    .text
    .balign 4
main:
.endm

# --- straight-line cases ------------------------------------------------------

# Begins case \n.
.macro CASE n
    li gp, \n
.endm

# Ends a case: \reg must hold \value.
.macro CHECK reg, value
    li t6, \value
    beq \reg, t6, 9999f
    j fail
9999:
.endm

# Ends a case: \reg must equal \other.
.macro CHECK_SAME reg, other
    beq \reg, \other, 9999f
    j fail
9999:
.endm

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
