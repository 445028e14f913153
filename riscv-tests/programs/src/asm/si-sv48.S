# Sv48: four levels.

PROGRAM
    WALK_CASES SATP_SV48, root48, 48

    # A superpage at the highest level, and a misaligned one.
    SET_RAW_PTE root48, 1, RWX
    SET_SATP SATP_SV48, root48
    li a3, 1 << (48 - 9)
    add a3, a3, a2
    li a0, 0x4321
    sd a0, 8(a2)
    LOAD_WORKS MODE_S, 80, a3
    CHECK a0, 0x4321
    FETCH_WORKS MODE_S, 81, a3
    SET_RAW_PTE root48, 1, (0x80000 << 10) | RWX
    sfence.vma
    ALL_FAULT 82, a3
    SET_RAW_PTE root48, 1, 0
    sfence.vma
    ALL_FAULT 83, a3
    j pass
