# A: load-reserved and store-conditional.

PROGRAM
    la a1, cell
    la a4, cell + 0x1000        # far outside any reservation set

    CASE 1                      # without a reservation sc fails and stores nothing
    sd zero, 0(a1)
    sc.w a0, zero, (a1)         # whatever there was is gone now
    li a2, 7
    sc.w a0, a2, (a1)
    beqz a0, 1f
    sc.d a0, a2, (a1)
    beqz a0, 1f
    ld a3, 0(a1)
    CHECK a3, 0
    j 2f
1:  j fail
2:
    CASE 2                      # a pair of words
    li a0, 0x1122334499887766
    sd a0, 0(a1)
    lr.w a0, (a1)
    CHECK a0, 0xffffffff99887766
    li a2, 0x55667788
    sc.w a0, a2, (a1)
    CHECK a0, 0
    ld a3, 0(a1)
    CHECK a3, 0x1122334455667788

    CASE 3                      # a pair of doublewords
    lr.d a0, (a1)
    CHECK_SAME a0, a3
    li a2, 0x8000000000000001
    sc.d a0, a2, (a1)
    CHECK a0, 0
    ld a3, 0(a1)
    CHECK_SAME a3, a2

    CASE 4                      # sc ends the reservation, successful or not
    sc.d a0, zero, (a1)
    bnez a0, 1f
    j fail
1:  lr.d a0, (a1)
    sc.d a0, zero, (a4)         # outside the set: fails
    bnez a0, 1f
    j fail
1:  sc.d a0, zero, (a1)         # and the reservation is gone
    bnez a0, 1f
    j fail
1:  ld a3, 0(a1)
    CHECK_SAME a3, a2
    ld a3, 0(a4)
    CHECK a3, 0

    CASE 5                      # a second lr moves the reservation
    lr.w a0, (a4)
    lr.w a0, (a1)
    sc.w a0, zero, (a4)
    bnez a0, 1f
    j fail
1:
    CASE 6                      # ordering bits change nothing here
    li a2, 42
    lr.w.aq a0, (a1)
    sc.w.rl a0, a2, (a1)
    CHECK a0, 0
    lr.w.aqrl a0, (a1)
    CHECK a0, 42
    lr.d.aq a0, (a1)
    sc.d.aqrl a0, a2, (a1)
    CHECK a0, 0
    lr.d.aqrl a0, (a1)
    CHECK a0, 42
    lr.w.aq a0, (a1)
    sc.w.aqrl a0, a2, (a1)
    CHECK a0, 0
    lr.d.aq a0, (a1)
    sc.d.rl a0, a2, (a1)
    CHECK a0, 0

    CASE 7                      # the constrained loop of a counter always ends
    sd zero, 0(a1)
    li s2, 1000
1:  lr.d a0, (a1)
    addi a0, a0, 3
    sc.d a2, a0, (a1)
    bnez a2, 1b
    addi s2, s2, -1
    bnez s2, 1b
    ld a0, 0(a1)
    CHECK a0, 3000

    CASE 8                      # rd = rs1, rd = rs2, rd = x0
    li a0, 9
    sd a0, 0(a1)
    mv a2, a1
    lr.d a2, (a2)
    CHECK a2, 9
    li a2, 10
    sc.d a2, a2, (a1)
    CHECK a2, 0
    ld a2, 0(a1)
    CHECK a2, 10
    lr.d zero, (a1)
    sc.d zero, zero, (a1)
    ld a2, 0(a1)
    CHECK a2, 0

    # Misaligned atomics trap, hardware support or not.
    la a1, cell + 15
    TRAPS_ATOMIC 20, LOAD, a1, lr.w a0, (a1)
    TRAPS_ATOMIC 21, LOAD, a1, lr.d a0, (a1)
    TRAPS_ATOMIC 22, STORE, a1, sc.w a0, zero, (a1)
    TRAPS_ATOMIC 23, STORE, a1, sc.d a0, zero, (a1)
    TRAPS_ATOMIC 24, STORE, a1, amoadd.w a0, zero, (a1)
    TRAPS_ATOMIC 25, STORE, a1, amoswap.d a0, zero, (a1)
    la a1, cell + 12
    TRAPS_ATOMIC 26, LOAD, a1, lr.d a0, (a1)
    TRAPS_ATOMIC 27, STORE, a1, amomaxu.d a0, zero, (a1)
    la a1, cell + 14
    TRAPS_ATOMIC 28, STORE, a1, amoand.w zero, zero, (a1)

    # Reserved: lr with rs2, a third width.
    la a1, cell
    ILLEGAL 30, .word 0x1005a52f | (1 << 20)
    ILLEGAL 31, .word 0x1005b52f | (31 << 20)
    ILLEGAL 32, .word 0x1005d52f
    ILLEGAL 33, .word 0x0005d52f
    j pass

    .data
    .balign 0x1000
cell:
    .space 0x2000
