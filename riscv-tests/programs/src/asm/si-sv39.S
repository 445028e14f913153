# Sv39: three levels.

PROGRAM
    WALK_CASES SATP_SV39, root, 39
    j pass
