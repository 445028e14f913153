# Access faults of the walk itself: tables or pages where no memory is, and
# PMP on the reads and on the A and D updates of the walk.

# Allows everything but \size bytes at \symbol, which get \rights.
.macro PROTECT symbol, size, rights
    la t0, \symbol
    srli t0, t0, 2
    li t1, (\size / 8) - 1
    or t0, t0, t1
    csrw pmpaddr0, t0
    li t0, -1
    csrw pmpaddr1, t0
    li t0, 0x1f00 | 0x18 | \rights
    csrw pmpcfg0, t0
    sfence.vma
.endm

.macro ACCESS_FAULTS n, address
    TRAPS_AS MODE_S, \n, CAUSE_LOAD_ACCESS, \address, ld a0, 0(\address)
    TRAPS_AS MODE_S, \n, CAUSE_STORE_ACCESS, \address, sd a0, 0(\address)
    TRAPS_AS MODE_S, \n, CAUSE_STORE_ACCESS, \address, amoadd.d a0, a0, (\address)
    FETCH_TRAPS MODE_S, \n, CAUSE_FETCH_ACCESS, \address, \address
.endm

PROGRAM
    PAGING
    PAGES_OF_CALLS
    SET_PTE leaves, 0, page0, RWX
    sfence.vma
    li a1, WINDOW

    # The leaf leads nowhere.
    SET_RAW_PTE leaves, 1, (NOWHERE >> 2) | RWX
    sfence.vma
    li a2, WINDOW + 0x1000
    ACCESS_FAULTS 1, a2
    # But rights come first.
    SET_RAW_PTE leaves, 1, (NOWHERE >> 2) | PTE_V | PTE_X | PTE_A | PTE_D
    sfence.vma
    LOAD_FAULTS MODE_S, 2, a2
    # A table that is nowhere, at both levels.
    SET_RAW_PTE middle, 1, (NOWHERE >> 2) | PTE_V
    SET_RAW_PTE root, 3, (NOWHERE >> 2) | PTE_V
    sfence.vma
    li a2, WINDOW + (1 << 21)
    ACCESS_FAULTS 3, a2
    li a2, 3 << 30
    ACCESS_FAULTS 4, a2
    # And the root itself.
    CASE 5
    li t1, (8 << 60) | (NOWHERE >> 12)
    csrw satp, t1
    sfence.vma
    TRAPS_AS MODE_S, 6, CAUSE_LOAD_ACCESS, a1, ld a0, 0(a1)
    FETCH_TRAPS MODE_S, 7, CAUSE_FETCH_ACCESS, a1, a1
    SET_SATP SATP_SV39, root

    # PMP against the reads of the walk: the cause is that of the access.
    PROTECT leaves, 0x1000, 0
    ACCESS_FAULTS 10, a1
    PROTECT middle, 0x1000, 4   # execution is not enough
    ACCESS_FAULTS 11, a1
    PROTECT root, 8 * 4, 0
    ACCESS_FAULTS 12, a1
    PROTECT leaves, 0x1000, 1   # reading is
    LOAD_WORKS MODE_S, 13, a1
    STORE_WORKS MODE_S, 14, a1
    FETCH_WORKS MODE_S, 15, a1
    # Against the page itself.
    PROTECT page0, 0x1000, 0
    ACCESS_FAULTS 16, a1
    PROTECT page0, 0x1000, 1
    LOAD_WORKS MODE_S, 17, a1
    TRAPS_AS MODE_S, 18, CAUSE_STORE_ACCESS, a1, sd a0, 0(a1)
    FETCH_TRAPS MODE_S, 19, CAUSE_FETCH_ACCESS, a1, a1
    # A change of PMP is seen after a fence.
    PROTECT page0, 0x1000, 7
    STORE_WORKS MODE_S, 20, a1

    # Against the A and D updates, which are stores of the walk.
    li t0, MENVCFG_ADUE
    csrw menvcfg, t0
    PROTECT leaves, 0x1000, 1
    SET_PTE leaves, 0, page0, RWX & ~(PTE_A | PTE_D)
    sfence.vma
    ACCESS_FAULTS 30, a1
    CASE 31                     # nothing was set
    la t0, leaves
    ld a0, 0(t0)
    andi a0, a0, PTE_A | PTE_D
    CHECK a0, 0
    SET_PTE leaves, 0, page0, RWX & ~PTE_D
    sfence.vma
    LOAD_WORKS MODE_S, 32, a1
    TRAPS_AS MODE_S, 33, CAUSE_STORE_ACCESS, a1, sd a0, 0(a1)
    PROTECT leaves, 0x1000, 3
    STORE_WORKS MODE_S, 34, a1
    CASE 35
    la t0, leaves
    ld a0, 0(t0)
    andi a0, a0, PTE_A | PTE_D
    CHECK a0, PTE_A | PTE_D
    j pass
