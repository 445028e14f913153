# Environment calls, breakpoints and access faults, from all three modes.

PROGRAM
    TRAPS 1, CAUSE_ECALL_M, zero, ecall
    TRAPS_IN MODE_S, 2, CAUSE_ECALL_S, zero, ecall
    TRAPS_IN MODE_U, 3, CAUSE_ECALL_U, zero, ecall
    TRAPS 4, CAUSE_BREAKPOINT, s10, ebreak
    TRAPS_IN MODE_S, 5, CAUSE_BREAKPOINT, s10, ebreak
    TRAPS_IN MODE_U, 6, CAUSE_BREAKPOINT, s10, ebreak

    CASE 10                     # the previous mode is in MPP
    .irp mode, 0, 1
    ENTER \mode
    LEAVE \mode
    csrr a0, mstatus
    srli a0, a0, 11
    andi a0, a0, 3
    CHECK a0, \mode
    .endr

    # Loads and stores where nothing is.
    li a1, NOWHERE
    .irp mode, 0, 1, 3
    TRAPS_AS \mode, 20 + \mode, CAUSE_LOAD_ACCESS, a1, lb a0, 0(a1)
    TRAPS_AS \mode, 24 + \mode, CAUSE_LOAD_ACCESS, a1, ld a0, 0(a1)
    TRAPS_AS \mode, 28 + \mode, CAUSE_STORE_ACCESS, a1, sw zero, 0(a1)
    TRAPS_AS \mode, 32 + \mode, CAUSE_STORE_ACCESS, a1, amoadd.w zero, zero, (a1)
    TRAPS_AS \mode, 36 + \mode, CAUSE_LOAD_ACCESS, a1, lr.d a0, (a1)
    TRAPS_AS \mode, 40 + \mode, CAUSE_STORE_ACCESS, a1, fsd fa0, 0(a1)
    TRAPS_AS \mode, 44 + \mode, CAUSE_LOAD_ACCESS, a1, flw fa0, 0(a1)
    .endr

    CASE 50                     # a load that faults leaves its register alone
    li a0, 99
    TRAPS 51, CAUSE_LOAD_ACCESS, a1, ld a0, 0(a1)
    CHECK a0, 99
    li a0, 0x3ff0000000000000
    fmv.d.x fa0, a0
    TRAPS 52, CAUSE_LOAD_ACCESS, a1, fld fa0, 0(a1)
    fmv.x.d a2, fa0
    CHECK_SAME a0, a2
    li a2, 88
    TRAPS 53, CAUSE_STORE_ACCESS, a1, amoswap.d a2, zero, (a1)
    CHECK a2, 88

    # A jump to where nothing is: the jump itself succeeds, link included, and
    # the fetch at the target traps.
    CASE 60
    la s11, 1f
    li a1, NOWHERE
0:  jalr a0, 0(a1)
2:  j fail
1:  CHECK_TRAP CAUSE_FETCH_ACCESS, a1
    CHECK_SAME s10, a1
    la a1, 2b
    CHECK_SAME a0, a1

    CASE 61                     # the same from U-mode
    li a1, NOWHERE
    SET_MPP MODE_U
    csrw mepc, a1
    la s11, 1f
    mret
1:  CHECK_TRAP CAUSE_FETCH_ACCESS, a1
    CHECK_SAME s10, a1

    CASE 62                     # two-byte boundaries are fine with C
    la a1, 1f
    jr a1
    .balign 4
    .hword 1
1:  nop
    j pass
