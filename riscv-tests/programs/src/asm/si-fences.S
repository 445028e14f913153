# sfence.vma in its four forms, address spaces and global pages, and Svinval.
# Only what must be seen after a fence is tested: stale translations are
# allowed before it.

.option arch, +svinval

# Entry 0 of `leaves` now maps \page.
.macro REMAP page
    SET_PTE leaves, 0, \page, RW
.endm

# A load from the window must now find \value.
.macro FINDS n, value
    WORKS_AS MODE_S, \n, ld a0, 8(a1)
    CHECK a0, \value
.endm

# The same by S-mode itself, through its own code.
.macro FINDS_IN_S n, value, fence:vararg
    CASE \n
    ENTER MODE_S
    \fence
    ld a0, 8(a1)
    LEAVE MODE_S
    CHECK a0, \value
.endm

PROGRAM
    PAGING
    .irp i, 0, 1, 2, 3
    la t0, page\i
    li t1, 100 + \i
    sd t1, 8(t0)
    .endr
    li a1, WINDOW
    li a2, 7                    # the address space in use
    REMAP page0
    SET_SATP SATP_SV39, root, 7
    FINDS 1, 100

    REMAP page1
    CASE 2
    sfence.vma
    FINDS 3, 101
    REMAP page2
    CASE 4
    sfence.vma a1, zero
    FINDS 5, 102
    REMAP page3
    CASE 6
    sfence.vma zero, a2
    FINDS 7, 103
    REMAP page0
    CASE 8
    sfence.vma a1, a2
    FINDS 9, 100

    # From S-mode.
    REMAP page1
    FINDS_IN_S 10, 101, sfence.vma
    REMAP page2
    FINDS_IN_S 11, 102, sfence.vma a1
    REMAP page3
    FINDS_IN_S 12, 103, sfence.vma zero, a2
    REMAP page0
    FINDS_IN_S 13, 100, sfence.vma a1, a2
    # Any address of the page, odd ones too.
    li a3, WINDOW + 0xabd
    REMAP page1
    FINDS_IN_S 14, 101, sfence.vma a3, a2
    CASE 15                     # an address that is not canonical is no fault
    li a4, 1 << 62
    sfence.vma a4, zero
    sfence.vma a4, a2

    # Svinval: the three steps make one fence.
.macro INVALIDATE va, asid
    sfence.w.inval
    sinval.vma \va, \asid
    sfence.inval.ir
.endm
    REMAP page2
    FINDS_IN_S 20, 102, INVALIDATE zero, zero
    REMAP page3
    FINDS_IN_S 21, 103, INVALIDATE a1, zero
    REMAP page0
    FINDS_IN_S 22, 100, INVALIDATE zero, a2
    REMAP page1
    FINDS_IN_S 23, 101, INVALIDATE a1, a2

    # Taking a page away, and giving back rights.
    SET_PTE leaves, 0, page1, 0
    CASE 30
    sfence.vma a1, a2
    LOAD_FAULTS MODE_S, 31, a1
    SET_PTE leaves, 0, page1, PTE_V | PTE_R | PTE_A | PTE_D
    sfence.vma a1, a2
    FINDS 32, 101
    STORE_FAULTS MODE_S, 33, a1
    SET_PTE leaves, 0, page1, RW
    sfence.vma a1, a2
    li a0, 101
    STORE_WORKS MODE_S, 34, a1

    # A pointer changes: a fence by any address below it is enough.
    SET_PTE middle, 0, other_leaves, PTE_V
    SET_PTE other_leaves, 0, page3, RW
    sfence.vma a1, zero
    FINDS 35, 103
    SET_PTE middle, 0, leaves, PTE_V
    sfence.vma zero, zero
    FINDS 36, 101

    # A superpage: a fence at any address inside removes all of it.
    SET_RAW_PTE middle, 1, (0x80000 << 10) | RW
    sfence.vma
    la a3, page0
    li a4, WINDOW + (1 << 21) - (1 << 31)
    add a3, a3, a4              # page0 through the superpage
    la a5, page2
    add a5, a5, a4
    WORKS_AS MODE_S, 40, ld a0, 8(a3)
    CHECK a0, 100
    WORKS_AS MODE_S, 41, ld a0, 8(a5)
    CHECK a0, 102
    SET_RAW_PTE middle, 1, 0
    sfence.vma a5, zero
    TRAPS_AS MODE_S, 42, CAUSE_LOAD_PAGE, a3, ld a0, 0(a3)
    TRAPS_AS MODE_S, 43, CAUSE_LOAD_PAGE, a5, ld a0, 0(a5)

    # Address spaces: two roots, two numbers, no fence between them.
    SET_PTE other_root, 1, other_middle, PTE_V
    SET_RAW_PTE other_root, 2, (0x80000 << 10) | RWX
    SET_PTE other_middle, 0, other_leaves, PTE_V
    REMAP page0
    sfence.vma
    MAKE_SATP a3, SATP_SV39, root, 7
    MAKE_SATP a4, SATP_SV39, other_root, 8
    FINDS 50, 100
    csrw satp, a4
    FINDS 51, 103
    csrw satp, a3
    FINDS 52, 100
    csrw satp, a4
    FINDS 53, 103
    # A fence for the one leaves the other right too.
    SET_PTE other_leaves, 0, page2, RW
    li a5, 8
    sfence.vma zero, a5
    FINDS 54, 102
    csrw satp, a3
    FINDS 55, 100

    # Global pages are in all address spaces and outlive a fence by number:
    # after a fence without one they are gone.
    REMAP page1
    SET_PTE leaves, 0, page1, RW | PTE_G
    SET_PTE other_leaves, 0, page1, RW | PTE_G
    sfence.vma
    FINDS 60, 101
    csrw satp, a4
    FINDS 61, 101
    SET_PTE other_leaves, 0, page3, RW | PTE_G
    SET_PTE leaves, 0, page3, RW | PTE_G
    sfence.vma a1, zero
    FINDS 62, 103
    csrw satp, a3
    FINDS 63, 103

    CASE 70                     # writing satp alone starts the new tables
    csrw satp, zero
    sfence.vma
    la a3, page2
    WORKS_AS MODE_S, 71, ld a0, 8(a3)
    CHECK a0, 102
    j pass

    .bss
    .balign 0x1000
other_root:   .space 0x1000
other_middle: .space 0x1000
other_leaves: .space 0x1000
