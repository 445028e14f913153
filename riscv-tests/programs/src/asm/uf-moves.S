# F, D and Zfh: loads, stores, moves, boxing, and the floating-point CSRs.

.option arch, +zfh

PROGRAM
    la a1, cell
    CASE 1                      # flw boxes, and keeps a signalling NaN as it is
    li a0, 0x123456787f800001
    sd a0, 0(a1)
    flw fa0, 0(a1)
    fmv.x.d a2, fa0
    CHECK a2, 0xffffffff7f800001
    CASE 2                      # fsw stores the low half whatever the box
    li a0, 0x0123456789abcdef
    fmv.d.x fa0, a0
    sd zero, 0(a1)
    fsw fa0, 0(a1)
    ld a2, 0(a1)
    CHECK a2, 0x89abcdef
    CASE 3                      # fld and fsd move 64 bits
    li a0, 0x7ff0000000000001
    sd a0, 8(a1)
    fld fa1, 8(a1)
    fsd fa1, 16(a1)
    ld a2, 16(a1)
    CHECK_SAME a0, a2
    CASE 4                      # flh boxes, fsh stores 16 bits
    li a0, 0xaabbccddeeff7c01
    sd a0, 0(a1)
    flh fa0, 0(a1)
    fmv.x.d a2, fa0
    CHECK a2, 0xffffffffffff7c01
    li a0, 0x0123456789abcdef
    fmv.d.x fa0, a0
    sd zero, 0(a1)
    fsh fa0, 2(a1)
    ld a2, 0(a1)
    CHECK a2, 0xcdef0000

    CASE 5                      # fmv.w.x boxes, fmv.x.w extends the sign and
    li a0, 0x1111111180000001   # does not look at the box
    fmv.w.x fa0, a0
    fmv.x.d a2, fa0
    CHECK a2, 0xffffffff80000001
    fmv.x.w a2, fa0
    CHECK a2, 0xffffffff80000001
    li a0, 0x0123456709abcdef
    fmv.d.x fa0, a0
    fmv.x.w a2, fa0
    CHECK a2, 0x09abcdef
    CASE 6                      # fmv.h.x and fmv.x.h likewise
    li a0, 0x1111111122228001
    fmv.h.x fa0, a0
    fmv.x.d a2, fa0
    CHECK a2, 0xffffffffffff8001
    fmv.x.h a2, fa0
    CHECK a2, 0xffffffffffff8001
    li a0, 0x0123456789ab4def
    fmv.d.x fa0, a0
    fmv.x.h a2, fa0
    CHECK a2, 0x4def

    CASE 7                      # a badly boxed single counts as the canonical NaN
    li a0, 0xfffffffe3f800000
    fmv.d.x fa0, a0
    fsgnj.s fa1, fa0, fa0
    fmv.x.d a2, fa1
    CHECK a2, 0xffffffff7fc00000
    fclass.s a2, fa0
    CHECK a2, 0x200
    csrw fflags, zero
    li a0, 0x3f800000
    fmv.w.x fa2, a0
    fadd.s fa1, fa0, fa2
    fmv.x.d a2, fa1
    CHECK a2, 0xffffffff7fc00000
    feq.s a2, fa0, fa0
    CHECK a2, 0
    csrr a2, fflags             # a quiet NaN raises nothing
    CHECK a2, 0
    fcvt.d.s fa1, fa0
    fmv.x.d a2, fa1
    CHECK a2, 0x7ff8000000000000
    fmin.s fa1, fa0, fa2
    fmv.x.d a2, fa1
    CHECK a2, 0xffffffff3f800000
    fsgnj.s fa1, fa2, fa0       # its sign is plus
    fmv.x.d a2, fa1
    CHECK a2, 0xffffffff3f800000
    fsgnjn.s fa1, fa2, fa0
    fmv.x.d a2, fa1
    CHECK a2, 0xffffffffbf800000
    CASE 8                      # and a badly boxed half
    li a0, 0xffffffffff003c00
    fmv.d.x fa0, a0
    fsgnj.h fa1, fa0, fa0
    fmv.x.d a2, fa1
    CHECK a2, 0xffffffffffff7e00
    fclass.h a2, fa0
    CHECK a2, 0x200
    fcvt.s.h fa1, fa0
    fmv.x.d a2, fa1
    CHECK a2, 0xffffffff7fc00000
    CASE 9                      # a single is a NaN to a double reader
    li a0, 0x3f800000
    fmv.w.x fa0, a0
    fclass.d a2, fa0
    CHECK a2, 0x200

    CASE 10                     # fcsr is frm and fflags
    li a0, 0xffffffff
    csrw fcsr, a0
    csrr a2, fcsr
    CHECK a2, 0xff
    csrr a2, frm
    CHECK a2, 7
    csrr a2, fflags
    CHECK a2, 0x1f
    csrwi frm, 2
    csrwi fflags, 5
    csrr a2, fcsr
    CHECK a2, 0x45
    li a0, 0xfffffff9
    csrw frm, a0                # only three bits
    csrr a2, fcsr
    CHECK a2, 0x25
    fsrm a2, zero
    CHECK a2, 1
    fsflags a2, zero
    CHECK a2, 5
    li a0, 0x63
    fscsr a2, a0
    CHECK a2, 0
    frcsr a2
    CHECK a2, 0x63
    fsrmi a2, 1
    CHECK a2, 3
    fsflagsi a2, 0x1f
    CHECK a2, 3
    CASE 11                     # flags accumulate
    csrw fcsr, zero
    li a0, 0x3f800000
    fmv.w.x fa0, a0
    fmv.w.x fa1, zero
    fdiv.s fa2, fa0, fa1        # DZ
    frflags a2
    CHECK a2, 8
    fsub.s fa2, fa2, fa2        # NV
    frflags a2
    CHECK a2, 0x18
    fadd.s fa2, fa0, fa0
    frflags a2
    CHECK a2, 0x18

    # Reserved rounding modes are illegal instructions, static ones always, the
    # dynamic ones when frm holds 5 to 7; instructions without a mode do not care.
    csrw fcsr, zero
    ILLEGAL 20, .insn r 0x53, 5, 0, fa0, fa1, fa2
    ILLEGAL 21, .insn r 0x53, 6, 0, fa0, fa1, fa2
    .irp mode, 5, 6, 7
    csrwi frm, \mode
    ILLEGAL 22 + \mode, fadd.s fa0, fa1, fa2, dyn
    ILLEGAL 32 + \mode, fcvt.w.d a0, fa1, dyn
    ILLEGAL 42 + \mode, fsqrt.d fa0, fa1, dyn
    ILLEGAL 52 + \mode, fmadd.h fa0, fa1, fa2, fa3, dyn
    .endr
    CASE 60
    fadd.s fa0, fa1, fa2, rtz
    fsgnj.s fa0, fa1, fa2
    feq.d a0, fa1, fa2
    fmv.x.w a0, fa1
    fclass.d a0, fa1
    fmin.d fa0, fa1, fa2
    csrwi frm, 0
    j pass

    .data
    .balign 64
cell:
    .dword 0, 0, 0, 0
