# satp: modes that exist, and what a write of another one does.

PROGRAM
    PAGING
    CASE 1                      # Bare, Sv39, Sv48, Sv57
    .irp mode, 8, 9, 10
    li a1, \mode << 60
    csrw satp, a1
    csrr a0, satp
    CHECK_SAME a0, a1
    .endr
    csrw satp, zero
    csrr a0, satp
    CHECK a0, 0
    CASE 2                      # an unsupported mode leaves the whole register
    MAKE_SATP a1, SATP_SV39, root, 5
    csrw satp, a1
    csrr a3, satp
    .irp mode, 1, 2, 7, 11, 12, 14, 15
    li a0, (\mode << 60) | 0x777
    csrw satp, a0
    csrr a0, satp
    CHECK_SAME a0, a3
    .endr
    CASE 3                      # 16 bits of ASID, 44 of page number
    li a1, (8 << 60) | (0xffff << 44) | 0xfffffffffff
    csrw satp, a1
    csrr a0, satp
    CHECK_SAME a0, a1
    csrw satp, zero

    CASE 4                      # M-mode never translates, whatever satp says
    SET_SATP SATP_SV39, root
    la a1, page0
    sd a1, 8(a1)
    ld a0, 8(a1)
    CHECK_SAME a0, a1
    CASE 5                      # Bare: virtual is physical in S and U
    csrw satp, zero
    sfence.vma
    LOAD_WORKS MODE_S, 6, a1
    LOAD_WORKS MODE_U, 7, a1
    CHECK_SAME a0, a1
    # Beyond 56 bits nothing is there.
    li a1, (1 << 56) | 0x80000000
    TRAPS_AS MODE_S, 8, CAUSE_LOAD_ACCESS, a1, ld a0, 0(a1)
    li a1, (1 << 63) | 0x80000000
    TRAPS 9, CAUSE_STORE_ACCESS, a1, sd a0, 0(a1)
    j pass
