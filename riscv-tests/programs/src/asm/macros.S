# Shared by all programs: entry, end, traps, and the loops over tables.
#
# Registers with a fixed meaning:
#   gp   number of the case at work
#   s11  where the next trap continues, in M-mode; 0 = a trap is a failure
#   s8, s9, s10   mcause, mtval, mepc of the last expected trap
# The macros use s0-s2, a0-a7 and t0-t6 freely.

# Link-time optimisation drops the target's features from assembly: name them.
.option arch, rv64gc
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
    .type tohost, @object
    .size tohost, 8
tohost: .dword 0
    .balign 64
    .globl fromhost
    .type fromhost, @object
    .size fromhost, 8
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

# --- floating-point tables --------------------------------------------------------
#
# Values are unboxed bit patterns; \fmt is h, s or d. Rows that round hold the
# results in the modes rne, rtz, rdn, rup, rmm, then the five flag sets, one a
# byte, rne lowest. Each mode is tried as static and as dynamic mode.

.macro FLOAD_h reg, index
    flh \reg, 8 * \index(s0)
.endm
.macro FLOAD_s reg, index
    flw \reg, 8 * \index(s0)
.endm
.macro FLOAD_d reg, index
    fld \reg, 8 * \index(s0)
.endm

# The bits that box a value of the format in a 64-bit register.
.macro BOX_h
    li s3, 0xffffffffffff0000
.endm
.macro BOX_s
    li s3, 0xffffffff00000000
.endm
.macro BOX_d
    li s3, 0
.endm
.macro BOX_x
    li s3, 0
.endm

# Compares a0 and fflags with column \column and flag byte \mode of column \flags.
.macro FCHECK column, flags, mode
    frflags a1
    ld a2, 8 * \column(s0)
    or a2, a2, s3
    bne a0, a2, 9003f
    lbu a2, 8 * \flags + \mode(s0)
    bne a1, a2, 9003f
.endm

# One rounding instruction in all modes. \out is d for a floating-point result
# (compared with its box) or x for an integer one; \operands are its sources.
.macro FROUNDING op, out, first_result, operands:vararg
    FMODE \op, \out, (\first_result), (\first_result + 5), 0, rne, \operands
    FMODE \op, \out, (\first_result + 1), (\first_result + 5), 1, rtz, \operands
    FMODE \op, \out, (\first_result + 2), (\first_result + 5), 2, rdn, \operands
    FMODE \op, \out, (\first_result + 3), (\first_result + 5), 3, rup, \operands
    FMODE \op, \out, (\first_result + 4), (\first_result + 5), 4, rmm, \operands
.endm
.macro FMODE op, out, column, flags, mode, rm, operands:vararg
    fsrmi (\mode + 2) % 5       # a static mode must not look at frm
    fsflags zero
    FRESULT_\out \op, \operands, \rm
    FCHECK \column, \flags, \mode
    fsrmi \mode
    fsflags zero
    FRESULT_\out \op, \operands, dyn
    FCHECK \column, \flags, \mode
.endm
.macro FRESULT_d op, operands:vararg
    \op fa0, \operands
    fmv.x.d a0, fa0
.endm
.macro FRESULT_x op, operands:vararg
    \op a0, \operands
.endm

# Rows: a, b, results, flags.
.macro TABLE_F2 first, op, fmt
    BOX_\fmt
    LOOP_BEGIN \first
    FLOAD_\fmt fa1, 0
    FLOAD_\fmt fa2, 1
    FROUNDING \op, d, 2, fa1, fa2
    LOOP_END 64
.endm

# Rows: a, b, c, results, flags.
.macro TABLE_F3 first, op, fmt
    BOX_\fmt
    LOOP_BEGIN \first
    FLOAD_\fmt fa1, 0
    FLOAD_\fmt fa2, 1
    FLOAD_\fmt fa3, 2
    FROUNDING \op, d, 3, fa1, fa2, fa3
    LOOP_END 72
.endm

# Rows: a, results, flags; \from and \to may differ.
.macro TABLE_F1 first, op, from, to
    BOX_\to
    LOOP_BEGIN \first
    FLOAD_\from fa1, 0
    FROUNDING \op, d, 1, fa1
    LOOP_END 56
.endm

# Rows: a, integer results, flags.
.macro TABLE_F_TO_INT first, op, fmt
    BOX_x
    LOOP_BEGIN \first
    FLOAD_\fmt fa1, 0
    FROUNDING \op, x, 1, fa1
    LOOP_END 56
.endm

# Rows: integer, results, flags.
.macro TABLE_INT_TO_F first, op, fmt
    BOX_\fmt
    LOOP_BEGIN \first
    ld a3, 0(s0)
    FROUNDING \op, d, 1, a3
    LOOP_END 56
.endm

# Exact instructions. Rows: a, b, result, flags.
.macro TABLE_F2_EXACT first, op, fmt
    BOX_\fmt
    LOOP_BEGIN \first
    FLOAD_\fmt fa1, 0
    FLOAD_\fmt fa2, 1
    fsflags zero
    FRESULT_d \op, fa1, fa2
    FCHECK 2, 3, 0
    fsflags zero
    fmv.d fa0, fa1
    FRESULT_d \op, fa0, fa2
    FCHECK 2, 3, 0
    LOOP_END 32
.endm

# Exact conversions. Rows: a, result, flags.
.macro TABLE_F1_EXACT first, op, from, to
    BOX_\to
    LOOP_BEGIN \first
    FLOAD_\from fa1, 0
    fsflags zero
    FRESULT_d \op, fa1
    FCHECK 1, 2, 0
    LOOP_END 24
.endm

# Comparisons. Rows: a, b, result, flags.
.macro TABLE_F_COMPARE first, op, fmt
    BOX_x
    LOOP_BEGIN \first
    FLOAD_\fmt fa1, 0
    FLOAD_\fmt fa2, 1
    fsflags zero
    FRESULT_x \op, fa1, fa2
    FCHECK 2, 3, 0
    LOOP_END 32
.endm

# Classes, and conversions to integers with a fixed mode. Rows: a, result, flags.
.macro TABLE_F_CLASS first, op, fmt
    BOX_x
    LOOP_BEGIN \first
    FLOAD_\fmt fa1, 0
    fsflags zero
    FRESULT_x \op, fa1
    FCHECK 1, 2, 0
    LOOP_END 24
.endm

# Exact conversions from integers. Rows: integer, result, flags.
.macro TABLE_F1_EXACT_FROM_INT first, op
    BOX_d
    LOOP_BEGIN \first
    ld a3, 0(s0)
    fsflags zero
    FRESULT_d \op, a3
    FCHECK 1, 2, 0
    LOOP_END 24
.endm

# The conversion that allows no mode but rtz. Rows: a, result, flags.
.macro TABLE_F_TO_INT_RTZ first, op
    BOX_x
    LOOP_BEGIN \first
    fld fa1, 0(s0)
    fsflags zero
    FRESULT_x \op, fa1, rtz
    FCHECK 1, 2, 0
    LOOP_END 24
.endm

# The constant \text in format \fmt has the boxed pattern \bits.
.macro FLI n, fmt, text, bits
    CASE \n
    fsflags zero
    fli.\fmt fa0, \text
    fmv.x.d a0, fa0
    CHECK a0, \bits
    frflags a0
    CHECK a0, 0
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

# --- traps -----------------------------------------------------------------------------

.set CAUSE_FETCH_MISALIGNED, 0
.set CAUSE_FETCH_ACCESS, 1
.set CAUSE_ILLEGAL, 2
.set CAUSE_BREAKPOINT, 3
.set CAUSE_LOAD_MISALIGNED, 4
.set CAUSE_LOAD_ACCESS, 5
.set CAUSE_STORE_MISALIGNED, 6
.set CAUSE_STORE_ACCESS, 7
.set CAUSE_ECALL_U, 8
.set CAUSE_ECALL_S, 9
.set CAUSE_ECALL_M, 11
.set CAUSE_FETCH_PAGE, 12
.set CAUSE_LOAD_PAGE, 13
.set CAUSE_STORE_PAGE, 15

# Runs \insn, which must trap to M-mode with \cause, tval equal to register
# \tval, and its own address in mepc. Continues in M-mode.
.macro TRAPS n, cause, tval, insn:vararg
    CASE \n
    la s11, 9011f
9010:
    \insn
    j 9012f
9011:
    li t6, \cause
    bne s8, t6, 9012f
    bne s9, \tval, 9012f
    la t6, 9010b
    beq s10, t6, 9013f
9012:
    j fail
9013:
.endm

# Runs \insn, which must be an illegal instruction and show itself in mtval.
.macro ILLEGAL n, insn:vararg
    CASE \n
    la s11, 9011f
9010:
    \insn
    j 9012f
9011:
    li t6, CAUSE_ILLEGAL
    bne s8, t6, 9012f
    lhu t6, 9010b
    andi t5, t6, 3
    addi t5, t5, -3
    bnez t5, 9014f              # two bytes long
    lwu t6, 9010b
9014:
    bne s9, t6, 9012f
    la t6, 9010b
    beq s10, t6, 9013f
9012:
    j fail
9013:
.endm

# A misaligned atomic access traps as misaligned or, where emulation is not
# wanted, as an access fault: both causes are allowed (PMA chapter).
.macro TRAPS_ATOMIC n, kind, tval, insn:vararg
    CASE \n
    la s11, 9011f
9010:
    \insn
    j 9012f
9011:
    li t6, CAUSE_\kind\()_MISALIGNED
    beq s8, t6, 9014f
    li t6, CAUSE_\kind\()_ACCESS
    bne s8, t6, 9012f
9014:
    bne s9, \tval, 9012f
    la t6, 9010b
    beq s10, t6, 9013f
9012:
    j fail
9013:
.endm
