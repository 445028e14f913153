# Svpbmt: memory types of pages, when menvcfg.PBMTE is set.

PROGRAM
    PAGING
    PAGES_OF_CALLS
    li a1, WINDOW
    li a4, WINDOW + 0x4000
    csrw menvcfg, zero

    # Off: the bits are reserved.
    BAD_LEAF 1, RWX | PTE_NC
    BAD_LEAF 2, RWX | PTE_IO

    CASE 3
    li t0, MENVCFG_PBMTE
    csrw menvcfg, t0
    sfence.vma
    .irp i, 0, 1
    SET_PTE leaves, 4, page0, RWX | (PTE_NC << \i)
    sfence.vma
    li a0, 0x77
    STORE_WORKS MODE_S, 4 + \i, a4
    LOAD_WORKS MODE_S, 6 + \i, a4
    CHECK a0, 0x77
    .endr
    SET_PTE leaves, 4, page0, RWX | PTE_NC
    sfence.vma
    FETCH_WORKS MODE_S, 8, a4
    CASE 9                      # superpages too
    SET_RAW_PTE middle, 1, (0x80000 << 10) | RWX | PTE_NC
    sfence.vma
    la a3, page0
    li t0, WINDOW + (1 << 21) - (1 << 31)
    add a3, a3, t0
    LOAD_WORKS MODE_S, 10, a3
    CHECK a0, 0x77

    # The fourth type is reserved, and pointers have none.
    BAD_LEAF 20, RWX | PTE_NC | PTE_IO
    BAD_POINTER 21, PTE_V | PTE_NC
    BAD_POINTER 22, PTE_V | PTE_IO
    SET_PTE middle, 0, leaves, PTE_V
    # Rights are as ever.
    SET_PTE leaves, 4, page0, PTE_V | PTE_R | PTE_A | PTE_D | PTE_NC
    sfence.vma
    STORE_FAULTS MODE_S, 23, a4
    CASE 24                     # off again
    csrw menvcfg, zero
    BAD_LEAF 25, RWX | PTE_NC
    j pass
