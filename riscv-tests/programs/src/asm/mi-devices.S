# What device registers do not take: fetches and atomic accesses. (The cause is
# fixed, PMA chapter; the registers are those of the CLINT.)

PROGRAM
    li a1, CLINT_MTIMECMP
    li a0, -1
    sd a0, 0(a1)
    TRAPS 1, CAUSE_STORE_ACCESS, a1, amoadd.d a0, zero, (a1)
    TRAPS 2, CAUSE_STORE_ACCESS, a1, amoswap.w a0, zero, (a1)
    TRAPS 3, CAUSE_LOAD_ACCESS, a1, lr.d a0, (a1)
    CASE 4
    ld a0, 0(a1)
    CHECK a0, -1
    CASE 5
    la s11, 1f
    jr a1
1:  CHECK_TRAP CAUSE_FETCH_ACCESS, a1
    CHECK_SAME s10, a1
    CASE 6                      # halves of a register
    lw a0, 0(a1)
    CHECK a0, -1
    li a0, 0x1234
    sw a0, 4(a1)
    ld a0, 0(a1)
    CHECK a0, 0x1234ffffffff
    # Through page tables too.
    PAGING
    SET_RAW_PTE leaves, 0, (CLINT_MTIMECMP >> 2) | RWX
    sfence.vma
    li a1, WINDOW
    CASE 7
    WITH_MPRV MODE_S, ld a0, 0(a1)
    CHECK a0, 0x1234ffffffff
    FETCH_TRAPS MODE_S, 8, CAUSE_FETCH_ACCESS, a1, a1
    TRAPS_AS MODE_S, 9, CAUSE_STORE_ACCESS, a1, amoadd.d a0, zero, (a1)
    j pass
