# Zicntr, Zihpm, mcountinhibit and the counter enables.

PROGRAM
    csrw mcountinhibit, zero
    csrw mcounteren, zero
    csrw scounteren, zero

    CASE 1                      # minstret counts every instruction exactly
    csrr a0, minstret
    csrr a1, minstret
    sub a1, a1, a0
    CHECK a1, 1
    CASE 2
    csrr a0, minstret
    nop
    nop
    mul a2, a3, a4
    csrr a1, minstret
    sub a1, a1, a0
    CHECK a1, 4
    CASE 3                      # taken branches and jumps count one
    csrr a0, minstret
    j 1f
    nop
1:  beqz zero, 1f
    nop
1:  csrr a1, minstret
    sub a1, a1, a0
    CHECK a1, 3
    CASE 4                      # a write is seen by the next instruction
    li a0, 1000
    csrw minstret, a0
    csrr a1, minstret
    CHECK a1, 1000
    li a0, 0x123456789abcdef0
    csrw minstret, a0
    nop
    csrr a1, minstret
    CHECK a1, 0x123456789abcdef1
    CASE 5                      # it wraps around at 64 bits
    li a0, -2
    csrw minstret, a0
    csrr a1, minstret
    csrr a2, minstret
    csrr a3, minstret
    CHECK a1, -2
    CHECK a2, -1
    CHECK a3, 0
    CASE 6                      # set and clear write too
    li a0, 0x100
    csrw minstret, zero
    csrs minstret, a0
    csrr a1, minstret
    CHECK a1, 0x100
    csrw minstret, a0
    csrrc a2, minstret, a0
    csrr a1, minstret
    CHECK a2, 0x100
    CHECK a1, 0
    CASE 7                      # an instruction that traps does not retire
    la s11, 1f
    csrw minstret, zero
    ebreak
1:  csrr a1, minstret           # trap_entry runs seven instructions before
    CHECK a1, 7

    CASE 8                      # instret is the same counter
    csrr a0, instret
    csrr a1, minstret
    sub a1, a1, a0
    CHECK a1, 1

    CASE 10                     # mcycle counts, and can be written
    csrr a0, mcycle
    nop
    nop
    csrr a1, mcycle
    bltu a0, a1, 1f
    j fail
1:  li a0, 0x7000000000000000
    csrw mcycle, a0
    csrr a1, mcycle
    bltu a1, a0, 2f
    li a2, 0x7000000000100000
    bltu a1, a2, 3f
2:  j fail
3:  csrr a0, cycle
    csrr a1, mcycle
    bltu a1, a0, 2b

    CASE 11                     # mcountinhibit stops them; its bit 1 is zero
    li a0, 7
    csrw mcountinhibit, a0
    csrr a1, mcountinhibit
    andi a1, a1, 7
    CHECK a1, 5
    csrr a0, minstret
    nop
    nop
    csrr a1, minstret
    CHECK_SAME a0, a1
    csrr a0, mcycle
    nop
    csrr a1, mcycle
    CHECK_SAME a0, a1
    li a0, 55                   # stopped counters can be written
    csrw minstret, a0
    csrr a1, minstret
    CHECK a1, 55
    csrw mcountinhibit, zero

    CASE 12                     # the event counters exist
    csrr a0, mhpmcounter3
    csrr a0, mhpmcounter16
    csrr a0, mhpmcounter31
    csrr a0, mhpmevent3
    csrr a0, mhpmevent31
    csrr a0, hpmcounter3
    csrr a0, hpmcounter17
    csrr a0, hpmcounter31
    csrw mhpmcounter3, zero
    csrw mhpmevent31, zero

    # Reading through the user views needs the enables of all modes above.
    .irp mode, 0, 1
    ILLEGAL_IN \mode, 20 + \mode, csrr a0, cycle
    ILLEGAL_IN \mode, 22 + \mode, csrr a0, instret
    ILLEGAL_IN \mode, 24 + \mode, csrr a0, hpmcounter3
    ILLEGAL_IN \mode, 26 + \mode, csrr a0, hpmcounter31
    .endr
    csrwi mcounteren, 1         # CY
    WORKS_IN MODE_S, 30, csrr a0, cycle
    ILLEGAL_IN MODE_S, 31, csrr a0, instret
    ILLEGAL_IN MODE_U, 32, csrr a0, cycle
    csrwi mcounteren, 4         # IR
    csrwi scounteren, 4
    ILLEGAL_IN MODE_S, 33, csrr a0, cycle
    WORKS_IN MODE_S, 34, csrr a0, instret
    WORKS_IN MODE_U, 35, csrr a0, instret
    ILLEGAL_IN MODE_U, 36, csrr a0, cycle
    csrwi mcounteren, 0
    ILLEGAL_IN MODE_U, 37, csrr a0, instret
    CASE 38                     # scounteren holds its bits
    li a0, 7
    csrw scounteren, a0
    csrr a1, scounteren
    andi a1, a1, 7
    CHECK a1, 7
    csrw mcounteren, a0
    csrr a1, mcounteren
    andi a1, a1, 7
    CHECK a1, 7
    CASE 39                     # minstret sees what lower modes retire
    csrw minstret, zero
    ENTER MODE_U
    nop
    nop
    csrr a0, instret
    LEAVE MODE_U
    sltiu a1, a0, 16
    CHECK a1, 1
    sltiu a1, a0, 8
    CHECK a1, 0
    j pass
