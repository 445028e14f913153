# The trigger registers exist and say that there is no trigger.

PROGRAM
    CASE 1                      # type 0 under any selection
    csrw tselect, zero
    csrr a0, tdata1
    CHECK a0, 0
    li a1, -1
    csrw tselect, a1
    csrr a0, tdata1
    CHECK a0, 0
    CASE 2                      # and nothing can be armed
    csrw tselect, zero
    li a1, (6 << 60) | 0x4c
    csrw tdata1, a1
    csrr a0, tdata1
    CHECK a0, 0
    ILLEGAL_IN MODE_S, 3, csrr a0, tselect
    ILLEGAL_IN MODE_U, 4, csrr a0, tdata1
    j pass
