# Who may do what with a page: R, W, X, U, SUM and MXR, for loads, stores and
# fetches of S and U.

# Pages 0 to 7 of the window map page0 with these flags; page 8 + i has U too.
.macro MAP index, flags
    SET_PTE leaves, \index, page0, PTE_V | PTE_A | PTE_D | \flags
    SET_PTE leaves, 8 + \index, page0, PTE_V | PTE_A | PTE_D | PTE_U | \flags
.endm

# What \mode may do at page \index: each of \l \s \x is WORKS or FAULTS.
.macro RIGHTS mode, n, index, l, s, x
    li a1, WINDOW + ((\index) << 12)
    LOAD_\l \mode, \n, a1
    STORE_\s \mode, \n, a1
    FETCH_\x \mode, \n, a1
.endm

.macro MSTATUS_BITS bits
    li t0, MSTATUS_SUM | MSTATUS_MXR
    csrc mstatus, t0
    li t0, \bits
    csrs mstatus, t0
    sfence.vma
.endm

PROGRAM
    PAGING
    PAGES_OF_CALLS
    MAP 1, PTE_R
    MAP 2, PTE_R | PTE_W
    MAP 3, PTE_X
    MAP 4, PTE_R | PTE_X
    MAP 5, PTE_R | PTE_W | PTE_X
    MSTATUS_BITS 0

    # Plain: each mode has its own pages.
    RIGHTS MODE_S, 1, 1, WORKS, FAULTS, FAULTS
    RIGHTS MODE_S, 2, 2, WORKS, WORKS, FAULTS
    RIGHTS MODE_S, 3, 3, FAULTS, FAULTS, WORKS
    RIGHTS MODE_S, 4, 4, WORKS, FAULTS, WORKS
    RIGHTS MODE_S, 5, 5, WORKS, WORKS, WORKS
    RIGHTS MODE_U, 11, 8 + 1, WORKS, FAULTS, FAULTS
    RIGHTS MODE_U, 12, 8 + 2, WORKS, WORKS, FAULTS
    RIGHTS MODE_U, 13, 8 + 3, FAULTS, FAULTS, WORKS
    RIGHTS MODE_U, 14, 8 + 4, WORKS, FAULTS, WORKS
    RIGHTS MODE_U, 15, 8 + 5, WORKS, WORKS, WORKS
    .irp i, 1, 2, 3, 4, 5
    RIGHTS MODE_U, 20 + \i, \i, FAULTS, FAULTS, FAULTS
    RIGHTS MODE_S, 30 + \i, 8 + \i, FAULTS, FAULTS, FAULTS
    .endr

    # SUM: S may read and write user pages, never execute them.
    MSTATUS_BITS MSTATUS_SUM
    RIGHTS MODE_S, 41, 8 + 1, WORKS, FAULTS, FAULTS
    RIGHTS MODE_S, 42, 8 + 2, WORKS, WORKS, FAULTS
    RIGHTS MODE_S, 43, 8 + 3, FAULTS, FAULTS, FAULTS
    RIGHTS MODE_S, 44, 8 + 4, WORKS, FAULTS, FAULTS
    RIGHTS MODE_S, 45, 8 + 5, WORKS, WORKS, FAULTS
    RIGHTS MODE_S, 46, 2, WORKS, WORKS, FAULTS
    RIGHTS MODE_U, 47, 2, FAULTS, FAULTS, FAULTS
    RIGHTS MODE_U, 48, 8 + 2, WORKS, WORKS, FAULTS

    # MXR: loads may read what is executable.
    MSTATUS_BITS MSTATUS_MXR
    RIGHTS MODE_S, 51, 1, WORKS, FAULTS, FAULTS
    RIGHTS MODE_S, 52, 3, WORKS, FAULTS, WORKS
    RIGHTS MODE_S, 53, 4, WORKS, FAULTS, WORKS
    RIGHTS MODE_U, 54, 8 + 3, WORKS, FAULTS, WORKS
    RIGHTS MODE_S, 55, 8 + 3, FAULTS, FAULTS, FAULTS
    RIGHTS MODE_U, 56, 3, FAULTS, FAULTS, FAULTS
    li a1, WINDOW + 0x3000
    TRAPS_AS MODE_S, 57, CAUSE_STORE_PAGE, a1, amoadd.w a0, a0, (a1)
    WORKS_AS MODE_S, 58, lr.w a0, (a1)

    # Both.
    MSTATUS_BITS MSTATUS_SUM | MSTATUS_MXR
    RIGHTS MODE_S, 61, 8 + 3, WORKS, FAULTS, FAULTS
    RIGHTS MODE_S, 62, 3, WORKS, FAULTS, WORKS

    # They follow mstatus without a fence.
    li a1, WINDOW + 0xa000
    li t0, MSTATUS_SUM
    csrs mstatus, t0
    LOAD_WORKS MODE_S, 70, a1
    li t0, MSTATUS_SUM
    csrc mstatus, t0
    LOAD_FAULTS MODE_S, 71, a1
    li t0, MSTATUS_SUM
    csrs mstatus, t0
    STORE_WORKS MODE_S, 72, a1
    li a1, WINDOW + 0x3000
    LOAD_WORKS MODE_S, 73, a1
    li t0, MSTATUS_MXR
    csrc mstatus, t0
    LOAD_FAULTS MODE_S, 74, a1

    # S-mode itself sets SUM.
    MSTATUS_BITS 0
    li a1, WINDOW + 0xa000
    li a2, MSTATUS_SUM
    CASE 80
    ENTER MODE_S
    csrs sstatus, a2
    ld a0, 8(a1)
    csrc sstatus, a2
    TRAPS 81, CAUSE_LOAD_PAGE, a1, ld a0, 0(a1)
    j pass
