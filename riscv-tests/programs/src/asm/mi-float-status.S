# mstatus.FS: off makes floating point illegal; writing its state makes it
# dirty. (That reading does not is more than the specification asks for.)

.option arch, +zfh
.option arch, +zfa

.macro SET_FS value
    li t0, MSTATUS_FS
    csrc mstatus, t0
    li t0, \value << 13
    csrs mstatus, t0
.endm

# After \insn FS must be \value (1 = initial, 2 = clean, 3 = dirty).
.macro BECOMES n, before, after, insn:vararg
    CASE \n
    SET_FS \before
    \insn
    csrr a4, mstatus
    srli a4, a4, 13
    andi a4, a4, 3
    CHECK a4, \after
.endm

PROGRAM
    la a1, cell
    SET_FS 0
    ILLEGAL 1, fadd.s fa0, fa1, fa2
    ILLEGAL 2, flw fa0, 0(a1)
    ILLEGAL 3, fsd fa0, 0(a1)
    ILLEGAL 4, fmv.x.w a0, fa0
    ILLEGAL 5, fmv.d.x fa0, a0
    ILLEGAL 6, csrr a0, fcsr
    ILLEGAL 7, csrw frm, zero
    ILLEGAL 8, csrr a0, fflags
    ILLEGAL 9, fcvt.h.w fa0, a0
    ILLEGAL 10, fli.s fa0, 1.0
    ILLEGAL 11, fmadd.d fa0, fa1, fa2, fa3
    ILLEGAL 12, flh fa0, 0(a1)
    .option push
    .option rvc
    ILLEGAL 13, c.fld fa0, 0(a1)
    ILLEGAL 14, c.fsdsp fa0, 0(sp)
    .option pop
    ILLEGAL_IN MODE_S, 15, fsqrt.d fa0, fa1
    ILLEGAL_IN MODE_U, 16, fclass.s a0, fa1
    CASE 17                     # the illegal ones changed nothing
    csrr a4, mstatus
    srli a4, a4, 13
    andi a4, a4, 3
    CHECK a4, 0

    .irp fs, 1, 2
    BECOMES 20, \fs, 3, fadd.s fa0, fa1, fa2
    BECOMES 21, \fs, 3, flw fa0, 0(a1)
    BECOMES 22, \fs, 3, fld fa0, 0(a1)
    BECOMES 23, \fs, 3, flh fa0, 0(a1)
    BECOMES 24, \fs, 3, fmv.w.x fa0, zero
    BECOMES 25, \fs, 3, fmv.d.x fa0, zero
    BECOMES 26, \fs, 3, fcvt.d.w fa0, zero
    BECOMES 27, \fs, 3, fsgnj.d fa0, fa0, fa0
    BECOMES 28, \fs, 3, fmin.s fa0, fa0, fa0
    BECOMES 29, \fs, 3, fmadd.d fa0, fa1, fa2, fa3
    BECOMES 30, \fs, 3, fli.d fa0, 2.0
    BECOMES 31, \fs, 3, csrw fcsr, zero
    BECOMES 32, \fs, 3, csrwi frm, 1
    BECOMES 33, \fs, 3, csrsi fflags, 1
    BECOMES 34, \fs, 3, fround.s fa0, fa0
    BECOMES 35, \fs, \fs, fsw fa0, 0(a1)
    BECOMES 36, \fs, \fs, fsd fa0, 0(a1)
    BECOMES 37, \fs, \fs, nop
    BECOMES 38, \fs, \fs, csrr a0, fcsr
    .option push
    .option rvc
    BECOMES 39, \fs, 3, c.fld fa0, 0(a1)
    .option pop
    .endr

    # Integer results raise flags, which are state too.
    li a0, 0x7f800001
    SET_FS 3
    csrw fcsr, zero
    fmv.w.x fa0, a0
    BECOMES 40, 2, 3, feq.s a0, fa0, fa0
    SET_FS 3
    csrw fcsr, zero
    BECOMES 41, 2, 3, fcvt.w.s a0, fa0

    CASE 42                     # S-mode sees and sets the same field
    SET_FS 1
    ENTER MODE_S
    fmv.w.x fa0, zero
    csrr a0, sstatus
    LEAVE MODE_S
    srli a4, a0, 13
    andi a4, a4, 3
    CHECK a4, 3
    srli a0, a0, 63
    CHECK a0, 1
    j pass

    .data
    .balign 64
cell:
    .dword 0
