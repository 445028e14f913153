# Zicsr: the six instructions, and who may touch what.

PROGRAM
    CASE 1                      # csrrw swaps
    li a1, 0x123456789abcdef0
    csrw mscratch, a1
    li a2, 0x0fedcba987654321
    csrrw a0, mscratch, a2
    CHECK_SAME a0, a1
    csrr a0, mscratch
    CHECK_SAME a0, a2
    CASE 2                      # rd = rs1
    mv a0, a1
    csrrw a0, mscratch, a0
    CHECK_SAME a0, a2
    csrr a0, mscratch
    CHECK_SAME a0, a1
    CASE 3                      # csrrs and csrrc
    li a0, 0xff
    csrw mscratch, a0
    li a1, 0xf00
    csrrs a0, mscratch, a1
    CHECK a0, 0xff
    li a1, 0x0f0
    csrrc a0, mscratch, a1
    CHECK a0, 0xfff
    csrr a0, mscratch
    CHECK a0, 0xf0f
    CASE 4                      # the immediate forms
    csrrwi a0, mscratch, 31
    CHECK a0, 0xf0f
    csrrci a0, mscratch, 5
    CHECK a0, 31
    csrrsi a0, mscratch, 1
    CHECK a0, 26
    csrrsi a0, mscratch, 0
    CHECK a0, 27
    csrrci a0, mscratch, 0
    CHECK a0, 27
    csrrwi a0, mscratch, 0
    CHECK a0, 27
    csrr a0, mscratch
    CHECK a0, 0
    CASE 5                      # results to x0
    li a1, 5
    csrrw zero, mscratch, a1
    csrrs zero, mscratch, a1
    csrrw zero, mscratch, zero
    CHECK zero, 0
    csrr a0, mscratch
    CHECK a0, 0

    CASE 6                      # reading what is read-only, also by set and
    csrr a0, mvendorid          # clear that change nothing
    csrrs a0, marchid, zero
    csrrc a0, mimpid, zero
    csrrsi a0, mvendorid, 0
    csrrci a0, mvendorid, 0
    csrr a0, mconfigptr
    csrr a0, mhartid
    CHECK a0, 0

    # Writing it is illegal, even if the value stays.
    li a1, 1
    ILLEGAL 10, csrrw a0, mvendorid, a1
    ILLEGAL 11, csrrs a0, marchid, a1
    ILLEGAL 12, csrrc a0, mimpid, a1
    ILLEGAL 13, csrrwi a0, mhartid, 0
    ILLEGAL 14, csrrsi a0, mhartid, 1
    ILLEGAL 15, csrrci a0, mconfigptr, 1
    ILLEGAL 16, csrrw zero, cycle, zero
    ILLEGAL 17, csrrs a0, instret, a1   # not zero in x: the register counts
    li a1, 0
    ILLEGAL 18, csrrs a0, mvendorid, a1

    # Machine registers from below.
    .irp mode, 0, 1
    ILLEGAL_IN \mode, 20 + \mode, csrr a0, mscratch
    ILLEGAL_IN \mode, 22 + \mode, csrr a0, mstatus
    ILLEGAL_IN \mode, 24 + \mode, csrw mepc, zero
    ILLEGAL_IN \mode, 26 + \mode, csrr a0, mhartid
    ILLEGAL_IN \mode, 28 + \mode, csrr a0, pmpcfg0
    ILLEGAL_IN \mode, 30 + \mode, csrr a0, mcycle
    ILLEGAL_IN \mode, 32 + \mode, csrr a0, menvcfg
    .endr
    # Supervisor registers from U-mode.
    .irp name, sstatus, sie, sip, stvec, sscratch, sepc, scause, stval, satp, senvcfg, scounteren
    ILLEGAL_IN MODE_U, 40, csrr a0, \name
    .endr
    # And from where they are allowed.
    .irp name, sstatus, sie, sip, stvec, sscratch, sepc, scause, stval, satp, senvcfg, scounteren
    CASE 60
    csrr a0, \name
    WORKS_IN MODE_S, 61, csrr a0, \name
    .endr
    CASE 62
    csrw fcsr, zero
    WORKS_IN MODE_U, 63, csrr a0, fcsr

    CASE 70                     # exception registers hold what is written
    li a1, 0x123456789abcdef0
    .irp name, mscratch, sscratch, mepc, sepc, mtval, stval
    csrw \name, a1
    csrr a0, \name
    CHECK_SAME a0, a1
    .endr
    CASE 71                     # bit 0 of an exception pc is always zero
    li a1, 0x80001237
    csrw mepc, a1
    csrr a0, mepc
    CHECK a0, 0x80001236
    csrw sepc, a1
    csrr a0, sepc
    CHECK a0, 0x80001236
    CASE 72                     # causes hold what can happen
    .irp cause, 0, 2, 3, 5, 8, 12, 13, 15, 0x8000000000000001, 0x8000000000000005, 0x8000000000000009
    li a1, \cause
    csrw mcause, a1
    csrr a0, mcause
    CHECK_SAME a0, a1
    csrw scause, a1
    csrr a0, scause
    CHECK_SAME a0, a1
    .endr
    j pass
