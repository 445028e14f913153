# Loops over tables of floating-point operands, results and flags.

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
