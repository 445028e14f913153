# MPRV: loads and stores of M-mode with the rights of MPP; fetches untouched.

PROGRAM
    PAGING
    SET_PTE leaves, 0, page0, RW
    SET_PTE leaves, 1, page1, RW | PTE_U
    sfence.vma
    la a2, page0
    la a3, page1
    li a0, 0x1111
    sd a0, 0(a2)
    li a0, 0x2222
    sd a0, 0(a3)
    li a1, WINDOW

    WORKS_AS MODE_S, 1, ld a0, 0(a1)
    CHECK a0, 0x1111
    lui a4, 1
    add a4, a4, a1
    WORKS_AS MODE_U, 2, ld a0, 0(a4)
    CHECK a0, 0x2222
    TRAPS_AS MODE_U, 3, CAUSE_LOAD_PAGE, a1, ld a0, 0(a1)
    TRAPS_AS MODE_S, 4, CAUSE_LOAD_PAGE, a4, ld a0, 0(a4)
    li a5, NOWHERE              # physical: no page fault
    TRAPS_AS MODE_M, 5, CAUSE_LOAD_ACCESS, a5, ld a0, 0(a5)

    CASE 6                      # stores and atomics too
    WITH_MPRV MODE_S, sd a1, 8(a1)
    ld a0, 8(a2)
    CHECK_SAME a0, a1
    WITH_MPRV MODE_S, amoadd.d a0, a1, (a1)
    ld a0, 0(a2)
    CHECK a0, 0x40001111
    CASE 7                      # with MPP = M nothing changes
    WITH_MPRV MODE_M, ld a0, 0(a2)
    CHECK a0, 0x40001111
    CASE 8                      # SUM counts for the effective mode
    li t0, MSTATUS_SUM
    csrs mstatus, t0
    WITH_MPRV MODE_S, ld a0, 0(a4)
    CHECK a0, 0x2222
    li t0, MSTATUS_SUM
    csrc mstatus, t0
    CASE 9                      # a trap with MPRV set reads its handler's data as M
    TRAPS_AS MODE_U, 10, CAUSE_BREAKPOINT, s10, ebreak
    j pass
