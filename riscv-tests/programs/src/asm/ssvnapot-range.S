# Svnapot: 64 KiB ranges of naturally aligned pages.

.set PAGES, 1 << 16             # bytes of one range

# Entries \first to \first + 15 of `leaves` map the range at `block` with \flags.
.macro MAP_RANGE first, flags
    la a5, block
    srli a5, a5, 12
    ori a5, a5, 8               # ppn[3:0] = 1000: 64 KiB
    slli a5, a5, 10
    li t0, \flags
    or a5, a5, t0
    la t0, leaves + 8 * (\first)
    li t1, 16
9080:
    sd a5, 0(t0)
    addi t0, t0, 8
    addi t1, t1, -1
    bnez t1, 9080b
    sfence.vma
.endm

PROGRAM
    PAGING
    la a2, block                # each page begins with its number
    li t0, 0
    lui t1, 1
    li t2, 16
1:  sd t0, 8(a2)
    add a2, a2, t1
    addi t0, t0, 1
    bne t0, t2, 1b

    MAP_RANGE 16, RWX | PTE_N
    .irp i, 0, 1, 2, 3, 7, 8, 9, 14, 15
    li a1, WINDOW + PAGES + (\i << 12)
    LOAD_WORKS MODE_S, 1 + \i, a1
    CHECK a0, \i
    .endr
    CASE 20                     # stores reach the page itself
    li a1, WINDOW + PAGES + 0xd000
    li a0, 0x99
    STORE_WORKS MODE_S, 21, a1
    la a2, block + 0xd008
    ld a3, 0(a2)
    CHECK a3, 0x99
    CASE 22                     # and fetches
    la a2, block + 0x5000
    li t0, 0x00000073
    sw t0, 0(a2)
    fence.i
    li a1, WINDOW + PAGES + 0x5000
    FETCH_WORKS MODE_S, 23, a1

    CASE 24                     # a fence at any address of the range removes all
    li a1, WINDOW + PAGES + 0x3000
    li a4, WINDOW + PAGES + 0x8000
    LOAD_WORKS MODE_S, 25, a1
    LOAD_WORKS MODE_S, 26, a4
    la t0, leaves + 8 * 16
    li t1, 16
1:  sd zero, 0(t0)
    addi t0, t0, 8
    addi t1, t1, -1
    bnez t1, 1b
    sfence.vma a4, zero
    LOAD_FAULTS MODE_S, 27, a1
    LOAD_FAULTS MODE_S, 28, a4

    # Rights and A and D as ever.
    MAP_RANGE 16, PTE_V | PTE_R | PTE_A | PTE_D | PTE_N
    LOAD_WORKS MODE_S, 30, a1
    STORE_FAULTS MODE_S, 31, a1
    MAP_RANGE 16, PTE_V | PTE_R | PTE_W | PTE_A | PTE_N
    STORE_FAULTS MODE_S, 32, a1

    # Other sizes are reserved, whatever the low bits say.
    .irp low, 0, 1, 2, 4, 5, 6, 7, 9, 12, 15
    CASE 40 + \low
    la a5, block
    srli a5, a5, 12
    ori a5, a5, \low
    slli a5, a5, 10
    li t0, RWX | PTE_N
    or a5, a5, t0
    la t0, leaves
    sd a5, 0(t0)
    sfence.vma
    li a1, WINDOW
    ALL_FAULT 40 + \low, a1
    .endr
    # N in a superpage is reserved.
    SET_RAW_PTE middle, 1, (0x80000 << 10) | RWX | PTE_N
    SET_RAW_PTE middle, 2, (0x80008 << 10) | RWX | PTE_N
    sfence.vma
    li a1, WINDOW + (1 << 21)
    ALL_FAULT 60, a1
    li a1, WINDOW + (2 << 21)
    ALL_FAULT 61, a1
    BAD_POINTER 62, PTE_V | PTE_N
    j pass

    .bss
    .balign 0x10000
block:
    .space 0x10000
