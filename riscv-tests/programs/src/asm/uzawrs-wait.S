# Zawrs: waiting for a reservation to be lost. Both may end early for any
# reason; they must end when the store comes or the reservation is gone, and
# wrs.sto must end by itself.

.option arch, +zawrs

PROGRAM
    la a1, cell
    CASE 1                      # without a reservation neither stalls
    sd zero, 0(a1)
    sc.w a0, zero, (a1)
    wrs.nto
    wrs.sto
    CASE 2                      # with one the short wait ends
    lr.w a0, (a1)
    wrs.sto
    CHECK a0, 0
    CASE 3                      # a pending, locally enabled interrupt ends nto
    csrsi mie, 2                # SSIE
    csrsi mip, 2                # SSIP
    lr.w a0, (a1)
    wrs.nto
    csrci mip, 2
    csrci mie, 2
    CASE 4                      # registers and memory are untouched
    ld a0, 0(a1)
    CHECK a0, 0
    j pass

    .data
    .balign 64
cell:
    .dword 0
