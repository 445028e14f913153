# The time register: a view of mtime, with its own enables.

PROGRAM
    li s3, CLINT_MTIMECMP
    li s4, CLINT_MTIME
    li t0, -1
    sd t0, 0(s3)
    csrw mcounteren, zero
    csrw scounteren, zero

    CASE 1                      # between two reads of mtime
    ld a0, 0(s4)
    csrr a1, time
    ld a2, 0(s4)
    bltu a1, a0, 1f
    bgeu a2, a1, 2f
1:  j fail
2:
    CASE 2                      # also after mtime was written
    li a0, 1 << 40
    sd a0, 0(s4)
    csrr a1, time
    bltu a1, a0, 1b
    li a0, (1 << 40) + (1 << 30)
    bgeu a1, a0, 1b
    CASE 3                      # it goes on
    csrr a0, time
    li t0, 10000000
3:  addi t0, t0, -1
    csrr a1, time
    bne a0, a1, 4f
    bnez t0, 3b
    j fail
4:
    # Each mode needs the enables of all modes above.
    ILLEGAL_IN MODE_S, 10, csrr a0, time
    ILLEGAL_IN MODE_U, 11, csrr a0, time
    csrwi scounteren, 2
    ILLEGAL_IN MODE_U, 12, csrr a0, time
    csrwi mcounteren, 2
    WORKS_IN MODE_S, 13, csrr a0, time
    WORKS_IN MODE_U, 14, csrr a0, time
    csrw scounteren, zero
    WORKS_IN MODE_S, 15, csrr a0, time
    ILLEGAL_IN MODE_U, 16, csrr a0, time
    # It is read-only everywhere.
    ILLEGAL 17, csrw time, zero
    j pass
