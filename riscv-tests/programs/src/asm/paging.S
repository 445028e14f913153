# Page tables for the programs about virtual memory, and the cases that all
# modes of translation share.

.option arch, +zfh
#
# Window: virtual 0x4000_0000 and up, through `root`, `middle` and `leaves`,
# for the test's own entries. The gigabyte at 0x8000_0000 maps to itself.

.set PTE_V, 1 << 0
.set PTE_R, 1 << 1
.set PTE_W, 1 << 2
.set PTE_X, 1 << 3
.set PTE_U, 1 << 4
.set PTE_G, 1 << 5
.set PTE_A, 1 << 6
.set PTE_D, 1 << 7
.set PTE_RESERVED, 1 << 54
.set PTE_NC, 1 << 61
.set PTE_IO, 1 << 62
.set PTE_N, 1 << 63
.set RW, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
.set RX, PTE_V | PTE_R | PTE_X | PTE_A
.set RWX, RW | PTE_X

.set MENVCFG_PBMTE, 1 << 62
.set MENVCFG_ADUE, 1 << 61
.set MENVCFG_STCE, 1 << 63

.set SATP_SV39, 8
.set SATP_SV48, 9
.set SATP_SV57, 10
.set WINDOW, 0x40000000

# \reg = entry that points to symbol \target with \flags.
.macro MAKE_PTE reg, target, flags
    la \reg, \target
    srli \reg, \reg, 12
    slli \reg, \reg, 10
    li t0, \flags
    or \reg, \reg, t0
.endm

# Entry \index of \table points to symbol \target.
.macro SET_PTE table, index, target, flags
    MAKE_PTE t1, \target, \flags
    la t0, \table + 8 * (\index)
    sd t1, 0(t0)
.endm

# Entry \index of \table is \value.
.macro SET_RAW_PTE table, index, value
    li t1, \value
    la t0, \table + 8 * (\index)
    sd t1, 0(t0)
.endm

# \reg = satp for \mode with the root table symbol \table and \asid.
.macro MAKE_SATP reg, mode, table, asid=0
    la \reg, \table
    srli \reg, \reg, 12
    li t0, (\mode << 60) | (\asid << 44)
    or \reg, \reg, t0
.endm

.macro SET_SATP mode, table, asid=0
    MAKE_SATP t1, \mode, \table, \asid
    csrw satp, t1
    sfence.vma
.endm

# The tables of the window, on for Sv39.
.macro PAGING
    .pushsection .bss
    .balign 0x1000
root57: .space 0x1000
root48: .space 0x1000
root:   .space 0x1000
middle: .space 0x1000
leaves: .space 0x1000
page0:  .space 0x1000
page1:  .space 0x1000
page2:  .space 0x1000
page3:  .space 0x1000
    .popsection
    SET_PTE root57, 0, root48, PTE_V
    SET_PTE root48, 0, root, PTE_V
    SET_PTE root, 1, middle, PTE_V
    SET_RAW_PTE root, 2, (0x80000 << 10) | RWX
    SET_PTE middle, 0, leaves, PTE_V
    SET_SATP SATP_SV39, root
.endm

# The pages begin with two ecalls, so that a fetch that works says so.
.macro PAGES_OF_CALLS
    li t1, 0x0000007300000073
    .irp i, 0, 1, 2, 3
    la t0, page\i
    sd t1, 0(t0)
    .endr
.endm

# A fetch from \address in \mode must trap with \tval.
.macro FETCH_TRAPS mode, n, cause, address, tval
    CASE \n
    SET_MPP \mode
    csrw mepc, \address
    la s11, 9070f
    mret
9070:
    CHECK_TRAP \cause, \tval
    CHECK_SAME s10, \address
.endm

# A fetch from \address in \mode must reach the ecall there.
.macro FETCH_WORKS mode, n, address
    CASE \n
    SET_MPP \mode
    csrw mepc, \address
    la s11, 9071f
    mret
9071:
    li t6, CAUSE_ECALL_U + \mode
    beq s8, t6, 9072f
    j fail
9072:
    CHECK_SAME s10, \address
.endm

# Loads, stores and fetches at \address in \mode: a fault or none.
.macro LOAD_FAULTS mode, n, address
    TRAPS_AS \mode, \n, CAUSE_LOAD_PAGE, \address, ld a0, 0(\address)
.endm
.macro STORE_FAULTS mode, n, address
    TRAPS_AS \mode, \n, CAUSE_STORE_PAGE, \address, sd zero, 0(\address)
.endm
.macro FETCH_FAULTS mode, n, address
    FETCH_TRAPS \mode, \n, CAUSE_FETCH_PAGE, \address, \address
.endm
.macro LOAD_WORKS mode, n, address
    WORKS_AS \mode, \n, ld a0, 8(\address)
.endm
.macro STORE_WORKS mode, n, address
    WORKS_AS \mode, \n, sd a0, 8(\address)
.endm

# All three kinds of access to \address from S-mode must fault.
.macro ALL_FAULT n, address
    LOAD_FAULTS MODE_S, \n, \address
    STORE_FAULTS MODE_S, \n, \address
    FETCH_FAULTS MODE_S, \n, \address
.endm

# Entry 4 of `leaves` with \flags makes every access fault.
.macro BAD_LEAF n, flags
    SET_PTE leaves, 4, page0, \flags
    sfence.vma
    ALL_FAULT \n, a4
.endm

# Entry 0 of `middle`, which points to `leaves`, with \flags makes a fault.
.macro BAD_POINTER n, flags
    SET_PTE middle, 0, leaves, \flags
    sfence.vma
    ALL_FAULT \n, a1
.endm

# The walk of one mode: \top is the root table, \bits the width of a virtual
# address. What is common to Sv39, Sv48 and Sv57.
.macro WALK_CASES satp_mode, top, bits
    PAGING
    PAGES_OF_CALLS
    SET_PTE root48, 511, root, PTE_V
    SET_PTE root57, 511, root48, PTE_V
    SET_PTE leaves, 0, page0, RWX
    SET_SATP \satp_mode, \top
    li a1, WINDOW
    li a4, WINDOW + 0x4000
    la a2, page0

    CASE 1                      # satp holds the mode
    csrr a0, satp
    srli a0, a0, 60
    CHECK a0, \satp_mode
    CASE 2                      # a page of 4 KiB
    li a0, 0x1234
    sd a0, 8(a2)
    LOAD_WORKS MODE_S, 3, a1
    CHECK a0, 0x1234
    li a0, 0x5678
    STORE_WORKS MODE_S, 4, a1
    ld a0, 8(a2)
    CHECK a0, 0x5678
    FETCH_WORKS MODE_S, 5, a1

    # 2 MiB and 1 GiB at the start of memory.
    SET_RAW_PTE middle, 1, (0x80000 << 10) | RWX
    SET_RAW_PTE root, 3, (0x80000 << 10) | RWX
    SET_RAW_PTE root, 511, (0x80000 << 10) | RWX
    sfence.vma
    li a3, WINDOW + (1 << 21) - (1 << 31)
    add a3, a3, a2
    LOAD_WORKS MODE_S, 6, a3
    CHECK a0, 0x5678
    FETCH_WORKS MODE_S, 7, a3
    li a3, 1 << 30
    add a3, a3, a2
    LOAD_WORKS MODE_S, 8, a3
    CHECK a0, 0x5678
    FETCH_WORKS MODE_S, 9, a3
    li a3, -(3 << 30)           # the upper half of the address space
    add a3, a3, a2
    LOAD_WORKS MODE_S, 10, a3
    CHECK a0, 0x5678
    FETCH_WORKS MODE_S, 11, a3

    CASE 12                     # software's own bits and G mean nothing here
    SET_PTE leaves, 0, page0, RWX | PTE_G | (3 << 8)
    SET_PTE middle, 0, leaves, PTE_V | PTE_G | (3 << 8)
    sfence.vma
    LOAD_WORKS MODE_S, 13, a1
    CHECK a0, 0x5678

    # Addresses that are not sign-extended.
    li a3, 1 << (\bits - 1)
    ALL_FAULT 20, a3
    li a3, 1 << \bits
    ALL_FAULT 21, a3
    li a3, WINDOW | (1 << 63)
    ALL_FAULT 22, a3
    li a3, -(1 << (\bits - 1)) - 0x1000
    ALL_FAULT 23, a3

    # V = 0, at each level.
    BAD_LEAF 30, RWX & ~PTE_V
    BAD_LEAF 31, 0
    BAD_POINTER 32, 0
    SET_PTE middle, 0, leaves, PTE_V
    SET_PTE root, 1, middle, 0
    sfence.vma
    ALL_FAULT 33, a1
    SET_PTE root, 1, middle, PTE_V
    # W without R.
    BAD_LEAF 34, PTE_V | PTE_W | PTE_A | PTE_D
    BAD_LEAF 35, PTE_V | PTE_W | PTE_X | PTE_A | PTE_D
    BAD_POINTER 36, PTE_V | PTE_W
    # Reserved bits.
    BAD_LEAF 37, RWX | (1 << 54)
    BAD_LEAF 38, RWX | (1 << 57)
    BAD_LEAF 39, RWX | (1 << 60)
    BAD_POINTER 40, PTE_V | (1 << 54)
    BAD_POINTER 41, PTE_V | (1 << 60)
    # Bits that a pointer may not have.
    BAD_POINTER 42, PTE_V | PTE_A
    BAD_POINTER 43, PTE_V | PTE_D
    BAD_POINTER 44, PTE_V | PTE_U
    BAD_POINTER 45, PTE_V | PTE_NC
    BAD_POINTER 46, PTE_V | PTE_IO
    BAD_POINTER 47, PTE_V | PTE_N
    # Memory types without menvcfg.PBMTE.
    BAD_LEAF 48, RWX | PTE_NC
    BAD_LEAF 49, RWX | PTE_IO
    # A pointer at the last level.
    BAD_LEAF 50, PTE_V
    SET_PTE middle, 0, leaves, PTE_V
    # Misaligned superpages.
    SET_RAW_PTE middle, 1, (0x80001 << 10) | RWX
    SET_RAW_PTE root, 3, (0x80200 << 10) | RWX
    sfence.vma
    li a3, WINDOW + (1 << 21)
    ALL_FAULT 51, a3
    li a3, 3 << 30
    ALL_FAULT 52, a3
    SET_RAW_PTE root, 3, (0x80001 << 10) | RWX
    sfence.vma
    ALL_FAULT 53, a3
    # A = 0 under Svade: every access; D = 0: stores.
    BAD_LEAF 54, PTE_V | PTE_R | PTE_W | PTE_X | PTE_D
    SET_PTE leaves, 4, page0, RWX & ~PTE_D
    sfence.vma
    LOAD_WORKS MODE_S, 55, a4
    FETCH_WORKS MODE_S, 56, a4
    STORE_FAULTS MODE_S, 57, a4
    TRAPS_AS MODE_S, 58, CAUSE_STORE_PAGE, a4, amoadd.d a0, a0, (a4)
    TRAPS_AS MODE_S, 59, CAUSE_STORE_PAGE, a4, sc.d a0, a0, (a4)
    WORKS_AS MODE_S, 60, lr.d a0, (a4)
    # An lr from a page without access is a load.
    BAD_LEAF 61, 0
    TRAPS_AS MODE_S, 62, CAUSE_LOAD_PAGE, a4, lr.w a0, (a4)
    TRAPS_AS MODE_S, 63, CAUSE_STORE_PAGE, a4, amoor.w a0, a0, (a4)
    TRAPS_AS MODE_S, 64, CAUSE_LOAD_PAGE, a4, flw fa0, 0(a4)
    TRAPS_AS MODE_S, 65, CAUSE_STORE_PAGE, a4, fsh fa0, 0(a4)
    # tval is the exact address.
    addi a5, a4, 0x7ff
    TRAPS_AS MODE_S, 66, CAUSE_LOAD_PAGE, a5, lb a0, 0(a5)
    TRAPS_AS MODE_S, 67, CAUSE_STORE_PAGE, a5, sb a0, 0(a5)

    CASE 70                     # the mode off: addresses are physical again
    csrw satp, zero
    sfence.vma
    LOAD_WORKS MODE_S, 71, a2
    FETCH_WORKS MODE_S, 72, a2
.endm
