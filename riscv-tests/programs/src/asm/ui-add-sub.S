PROGRAM
    TABLE_RR 1, add
    .dword 0, 0, 0
    .dword 1, 1, 2
    END
    j pass
