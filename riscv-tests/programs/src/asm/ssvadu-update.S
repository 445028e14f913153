# Svadu and Svade: menvcfg.ADUE chooses whether the walk sets A and D itself or
# faults; with it the bits are set only by accesses that are allowed.

# Entry 0 of `leaves` becomes page0 with \flags.
.macro LEAF flags
    SET_PTE leaves, 0, page0, \flags
    sfence.vma
.endm

# The A and D bits of that entry are \bits.
.macro BITS bits
    la t0, leaves
    ld a0, 0(t0)
    andi a0, a0, PTE_A | PTE_D
    CHECK a0, \bits
.endm

.set FRESH, PTE_V | PTE_R | PTE_W | PTE_X

PROGRAM
    PAGING
    PAGES_OF_CALLS
    li a1, WINDOW

    # ADUE = 0: Svade.
    csrw menvcfg, zero
    LEAF FRESH
    ALL_FAULT 1, a1
    BITS 0
    LEAF FRESH | PTE_A
    STORE_FAULTS MODE_S, 2, a1
    BITS PTE_A

    CASE 3
    li t0, MENVCFG_ADUE
    csrw menvcfg, t0
    csrr a0, menvcfg
    CHECK_SAME a0, t0
    LEAF FRESH
    LOAD_WORKS MODE_S, 4, a1
    BITS PTE_A
    STORE_WORKS MODE_S, 5, a1
    BITS PTE_A | PTE_D
    LEAF FRESH
    FETCH_WORKS MODE_S, 6, a1
    BITS PTE_A
    LEAF FRESH
    STORE_WORKS MODE_S, 7, a1
    BITS PTE_A | PTE_D
    LEAF FRESH
    CASE 8
    WITH_MPRV MODE_S, amoadd.d a0, zero, (a1)
    BITS PTE_A | PTE_D
    LEAF FRESH
    CASE 9
    WITH_MPRV MODE_S, lr.d a0, (a1)
    BITS PTE_A
    CASE 10                     # the rest of the entry is untouched
    LEAF FRESH | PTE_G | (3 << 8)
    MAKE_PTE a2, page0, FRESH | PTE_G | (3 << 8) | PTE_A | PTE_D
    WITH_MPRV MODE_S, sd a0, 8(a1)
    la t0, leaves
    ld a0, 0(t0)
    CHECK_SAME a0, a2
    CASE 11                     # superpages too
    SET_RAW_PTE middle, 1, (0x80000 << 10) | FRESH
    sfence.vma
    la a3, page0
    li a4, WINDOW + (1 << 21) - (1 << 31)
    add a3, a3, a4
    WITH_MPRV MODE_S, sd a0, 8(a3)
    la t0, middle
    ld a0, 8(t0)
    andi a0, a0, PTE_A | PTE_D
    CHECK a0, PTE_A | PTE_D

    # An access that its rights forbid sets nothing.
    LEAF PTE_V | PTE_R
    STORE_FAULTS MODE_S, 20, a1
    BITS 0
    FETCH_FAULTS MODE_S, 21, a1
    BITS 0
    LEAF PTE_V | PTE_X
    LOAD_FAULTS MODE_S, 22, a1
    BITS 0
    LEAF FRESH | PTE_U
    ALL_FAULT 23, a1
    BITS 0
    LEAF FRESH
    LOAD_FAULTS MODE_U, 24, a1
    BITS 0
    # And the other reasons to fault stay.
    LEAF FRESH & ~PTE_V
    ALL_FAULT 25, a1
    BAD_POINTER 26, PTE_V | PTE_A
    SET_PTE middle, 0, leaves, PTE_V

    CASE 30                     # back to Svade
    csrw menvcfg, zero
    LEAF FRESH
    ALL_FAULT 31, a1
    BITS 0
    j pass
