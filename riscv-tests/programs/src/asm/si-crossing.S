# Accesses and instructions that cross from one page to the next: both halves
# are checked, and a fault reports the half that failed.

PROGRAM
    PAGING
    PAGES_OF_CALLS
    # Neighbours in the window, apart and in reverse order in memory.
    SET_PTE leaves, 0, page3, RWX
    SET_PTE leaves, 1, page1, RWX
    SET_PTE leaves, 2, page0, RWX
    SET_PTE leaves, 3, page2, PTE_V | PTE_R | PTE_A | PTE_D
    # Page 4 has no entry.
    sfence.vma

    CASE 1                      # a load takes each half from its own page
    la t0, page3
    li t1, 0x11223344
    li t2, 0xffc
    add t0, t0, t2
    sw t1, 0(t0)
    la t0, page1
    li t1, 0x55667788
    sw t1, 0(t0)
    li a1, WINDOW + 0xffc
    WITH_MPRV MODE_S, ld a0, 0(a1)
    CHECK a0, 0x5566778811223344
    CASE 2                      # a store likewise
    li a0, 0x0102030405060708
    li a1, WINDOW + 0xffb
    WITH_MPRV MODE_S, sd a0, 0(a1)
    la t0, page3 + 0xffb
    lwu a2, 0(t0)
    lbu a3, 4(t0)
    CHECK a2, 0x05060708
    CHECK a3, 0x04
    la t0, page1
    lhu a2, 0(t0)
    lbu a3, 2(t0)
    CHECK a2, 0x0203
    CHECK a3, 0x01

    # The second half is not there: tval is the first byte of its page.
    li a1, WINDOW + 0x3fff
    li a2, WINDOW + 0x4000
    TRAPS_AS MODE_S, 10, CAUSE_LOAD_PAGE, a2, lh a0, 0(a1)
    li a1, WINDOW + 0x3ffd
    TRAPS_AS MODE_S, 11, CAUSE_LOAD_PAGE, a2, lw a0, 0(a1)
    li a1, WINDOW + 0x3ff9
    TRAPS_AS MODE_S, 12, CAUSE_LOAD_PAGE, a2, ld a0, 0(a1)
    TRAPS_AS MODE_S, 13, CAUSE_LOAD_PAGE, a2, fld fa0, 0(a1)
    # The second half may not be written.
    li a1, WINDOW + 0x2ffd
    li a2, WINDOW + 0x3000
    TRAPS_AS MODE_S, 14, CAUSE_STORE_PAGE, a2, sw a0, 0(a1)
    TRAPS_AS MODE_S, 15, CAUSE_STORE_PAGE, a2, fsw fa0, 0(a1)
    WORKS_AS MODE_S, 16, lw a0, 0(a1)
    # The first half fails: tval is the address itself.
    li a1, WINDOW + 0x3ffd
    TRAPS_AS MODE_S, 17, CAUSE_STORE_PAGE, a1, sw a0, 0(a1)
    li a1, WINDOW - 3
    TRAPS_AS MODE_S, 18, CAUSE_LOAD_PAGE, a1, lw a0, 0(a1)
    # Both fail: the first.
    li a1, WINDOW + 0x4ffd
    TRAPS_AS MODE_S, 19, CAUSE_LOAD_PAGE, a1, lw a0, 0(a1)
    # A page that leads to no memory.
    SET_RAW_PTE leaves, 1, (NOWHERE >> 2) | RW
    sfence.vma
    li a1, WINDOW + 0xffd
    li a2, WINDOW + 0x1000
    TRAPS_AS MODE_S, 20, CAUSE_LOAD_ACCESS, a2, lw a0, 0(a1)
    TRAPS_AS MODE_S, 21, CAUSE_STORE_ACCESS, a2, sw a0, 0(a1)
    SET_PTE leaves, 1, page1, RWX
    sfence.vma

    # An instruction over two pages: lui a0, 0x12345 and then an ecall.
    la t0, page3 + 0xffe
    li t1, 0x5537
    sh t1, 0(t0)
    la t0, page1
    li t1, 0x00731234
    sw t1, 0(t0)
    sh zero, 4(t0)
    fence.i
    CASE 30
    li a1, WINDOW + 0xffe
    csrw mepc, a1
    SET_MPP MODE_S
    la s11, 1f
    li a0, 0
    mret
1:  CHECK s8, CAUSE_ECALL_S
    CHECK a0, 0x12345000
    li a2, WINDOW + 0x1002
    CHECK_SAME s10, a2

    # Its second half is not executable or not there: tval is that half's
    # address, mepc the instruction's.
    SET_PTE leaves, 1, page1, RW
    sfence.vma
    li a2, WINDOW + 0x1000
    FETCH_TRAPS MODE_S, 31, CAUSE_FETCH_PAGE, a1, a2
    SET_PTE leaves, 1, page1, 0
    sfence.vma
    FETCH_TRAPS MODE_S, 32, CAUSE_FETCH_PAGE, a1, a2
    SET_RAW_PTE leaves, 1, (NOWHERE >> 2) | RX
    sfence.vma
    FETCH_TRAPS MODE_S, 33, CAUSE_FETCH_ACCESS, a1, a2
    # A compressed instruction at the very end needs no second page.
    la t0, page3 + 0xffe
    li t1, 0x9002               # c.ebreak
    sh t1, 0(t0)
    fence.i
    CASE 34
    csrw mepc, a1
    SET_MPP MODE_S
    la s11, 1f
    mret
1:  CHECK s8, CAUSE_BREAKPOINT
    CHECK_SAME s10, a1
    # Running into the missing page faults there.
    la t0, page3 + 0xffe
    li t1, 0x0001               # c.nop
    sh t1, 0(t0)
    fence.i
    SET_PTE leaves, 1, page1, 0
    sfence.vma
    CASE 35
    csrw mepc, a1
    SET_MPP MODE_S
    la s11, 1f
    mret
1:  CHECK_TRAP CAUSE_FETCH_PAGE, a2
    CHECK_SAME s10, a2
    j pass
