# mcycle counts as minstret does: one cycle an instruction. This is the choice
# of this machine; others count host time or guess.

PROGRAM
    csrw mcountinhibit, zero
    CASE 1
    csrr a0, mcycle
    csrr a1, mcycle
    sub a1, a1, a0
    CHECK a1, 1
    CASE 2
    csrr a0, mcycle
    div a2, a3, a4
    nop
    csrr a1, mcycle
    sub a1, a1, a0
    CHECK a1, 3
    CASE 3
    li a0, 1000
    csrw mcycle, a0
    csrr a1, mcycle
    CHECK a1, 1000
    CASE 4                      # the two are written apart
    csrw mcycle, zero
    li a0, 500
    csrw minstret, a0
    csrr a1, minstret
    csrr a2, mcycle
    CHECK a1, 500
    CHECK a2, 3
    j pass
