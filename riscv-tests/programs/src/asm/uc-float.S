# C with D: compressed floating-point loads and stores.

PROGRAM
    .option rvc
    la a1, cells
    CASE 1
    li a0, 0x400921fb54442d18
    fmv.d.x fa0, a0
    c.fsd fa0, 0(a1)
    c.fsd fa0, 248(a1)
    c.fld fa1, 0(a1)
    fmv.x.d a2, fa1
    CHECK_SAME a0, a2
    c.fld fs0, 248(a1)
    fmv.x.d a2, fs0
    CHECK_SAME a0, a2
    CASE 2
    mv s2, sp
    mv sp, a1
    li a0, 0x7ff4000000000001
    fmv.d.x ft11, a0
    c.fsdsp ft11, 8(sp)
    c.fsdsp ft11, 504(sp)
    c.fldsp fa1, 8(sp)
    fmv.x.d a2, fa1
    c.fldsp ft0, 504(sp)
    fmv.x.d a3, ft0
    mv sp, s2
    CHECK_SAME a0, a2
    CHECK_SAME a0, a3
    CASE 3                      # misaligned works as for the long form
    addi a1, a1, 1
    c.fsd fa0, 8(a1)
    c.fld fa2, 8(a1)
    fmv.x.d a2, fa2
    CHECK a2, 0x400921fb54442d18
    .option norvc
    j pass

    .data
    .balign 64
cells:
    .space 1024
