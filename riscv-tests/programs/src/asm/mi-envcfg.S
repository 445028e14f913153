# menvcfg and senvcfg: who may use cache-block operations, and the writable
# bits.

.option arch, +zicboz
.option arch, +zicbom

.set CBIE, 3 << 4
.set CBIE_FLUSH, 1 << 4
.set CBIE_INVAL, 3 << 4
.set CBCFE, 1 << 6
.set CBZE, 1 << 7

.macro ENVCFG machine, supervisor
    li t0, \machine
    csrw menvcfg, t0
    li t0, \supervisor
    csrw senvcfg, t0
.endm

PROGRAM
    la a1, block
    CASE 1                      # the bits exist
    li a0, CBIE | CBCFE | CBZE
    csrw menvcfg, a0
    csrr a2, menvcfg
    and a2, a2, a0
    CHECK_SAME a2, a0
    csrw senvcfg, a0
    csrr a2, senvcfg
    and a2, a2, a0
    CHECK_SAME a2, a0
    CASE 2                      # STCE, PBMTE and ADUE belong to M-mode
    li a0, MENVCFG_STCE | MENVCFG_PBMTE | MENVCFG_ADUE
    csrw menvcfg, a0
    csrr a2, menvcfg
    CHECK_SAME a2, a0
    csrw senvcfg, a0
    csrr a2, senvcfg
    CHECK a2, 0
    ENVCFG 0, 0
    ILLEGAL_IN MODE_S, 10, cbo.zero (a1)
    ILLEGAL_IN MODE_S, 11, cbo.clean (a1)
    ILLEGAL_IN MODE_S, 12, cbo.flush (a1)
    ILLEGAL_IN MODE_S, 13, cbo.inval (a1)
    ENVCFG 0, CBIE | CBCFE | CBZE
    ILLEGAL_IN MODE_S, 14, cbo.zero (a1)
    ILLEGAL_IN MODE_U, 15, cbo.zero (a1)
    ILLEGAL_IN MODE_U, 16, cbo.clean (a1)
    ILLEGAL_IN MODE_U, 17, cbo.inval (a1)
    ENVCFG CBZE, 0
    WORKS_IN MODE_S, 20, cbo.zero (a1)
    ILLEGAL_IN MODE_S, 21, cbo.flush (a1)
    ILLEGAL_IN MODE_S, 22, cbo.inval (a1)
    ILLEGAL_IN MODE_U, 23, cbo.zero (a1)
    ENVCFG CBCFE, 0
    WORKS_IN MODE_S, 24, cbo.clean (a1)
    WORKS_IN MODE_S, 25, cbo.flush (a1)
    ILLEGAL_IN MODE_S, 26, cbo.zero (a1)
    ILLEGAL_IN MODE_U, 27, cbo.clean (a1)
    ENVCFG CBIE_INVAL, 0
    WORKS_IN MODE_S, 28, cbo.inval (a1)
    ILLEGAL_IN MODE_S, 29, cbo.clean (a1)
    ILLEGAL_IN MODE_U, 30, cbo.inval (a1)
    ENVCFG CBIE_FLUSH, CBIE_INVAL
    WORKS_IN MODE_S, 31, cbo.inval (a1)
    WORKS_IN MODE_U, 32, cbo.inval (a1)
    ENVCFG CBZE | CBCFE, CBZE | CBCFE
    WORKS_IN MODE_U, 33, cbo.zero (a1)
    WORKS_IN MODE_U, 34, cbo.flush (a1)
    WORKS_IN MODE_U, 35, cbo.clean (a1)
    ILLEGAL_IN MODE_U, 36, cbo.inval (a1)
    CASE 37                     # data survives the operations but zeroing
    ld a0, 0(a1)
    CHECK a0, 0

    # Faults are those of a store; tval is the address of the block.
    li a1, NOWHERE
    TRAPS 40, CAUSE_STORE_ACCESS, a1, cbo.zero (a1)
    PAGING
    SET_PTE leaves, 0, page0, RW
    SET_PTE leaves, 1, page1, PTE_V | PTE_R | PTE_A | PTE_D
    SET_PTE leaves, 2, page2, PTE_V | PTE_R | PTE_W | PTE_A
    sfence.vma
    li a1, WINDOW + 0x40
    li a2, WINDOW + 0x1040
    li a3, WINDOW + 0x2040
    li a4, WINDOW + 0x3040
    CASE 41
    WITH_MPRV MODE_S, cbo.zero (a1)
    CASE 42
    WITH_MPRV MODE_S, cbo.clean (a2)
    WITH_MPRV MODE_S, cbo.flush (a2)
    TRAPS_AS MODE_S, 43, CAUSE_STORE_PAGE, a2, cbo.zero (a2)
    TRAPS_AS MODE_S, 44, CAUSE_STORE_PAGE, a3, cbo.zero (a3)
    TRAPS_AS MODE_S, 45, CAUSE_STORE_PAGE, a4, cbo.zero (a4)
    TRAPS_AS MODE_S, 46, CAUSE_STORE_PAGE, a4, cbo.clean (a4)
    TRAPS_AS MODE_S, 47, CAUSE_STORE_PAGE, a4, cbo.inval (a4)
    CASE 50                     # CBIE = 2 is reserved
    li a0, 2 << 4
    csrw menvcfg, a0
    csrr a2, menvcfg
    andi a2, a2, CBIE
    addi a2, a2, -(2 << 4)
    bnez a2, 1f
    j fail
1:
    j pass

    .data
    .balign 64
block:
    .dword 5
    .space 56
