# Physical memory protection: 16 entries, the four ways to match, priority,
# partial matches, locks.

.set PMP_R, 1
.set PMP_W, 2
.set PMP_X, 4
.set PMP_TOR, 1 << 3
.set PMP_NA4, 2 << 3
.set PMP_NAPOT, 3 << 3
.set PMP_L, 1 << 7
.set ALL, PMP_R | PMP_W | PMP_X

# pmpaddr\n = the naturally aligned region of \size bytes at \symbol.
.macro NAPOT n, symbol, size
    la t0, \symbol
    srli t0, t0, 2
    li t1, (\size / 8) - 1
    or t0, t0, t1
    csrw pmpaddr\n, t0
.endm

# pmpaddr\n = \symbol, for TOR and NA4.
.macro ADDRESS n, symbol
    la t0, \symbol
    srli t0, t0, 2
    csrw pmpaddr\n, t0
.endm

# The eight configurations of pmpcfg0; the unnamed ones are off.
.macro CONFIG c0, c1=0, c2=0, c3=0
    li t0, (\c0) | ((\c1) << 8) | ((\c2) << 16) | ((\c3) << 24)
    csrw pmpcfg0, t0
    sfence.vma
.endm

.macro LOADS_FAIL mode, n, reg
    TRAPS_AS \mode, \n, CAUSE_LOAD_ACCESS, \reg, ld a0, 0(\reg)
.endm
.macro STORES_FAIL mode, n, reg
    TRAPS_AS \mode, \n, CAUSE_STORE_ACCESS, \reg, sd zero, 0(\reg)
.endm
.macro LOADS_WORK mode, n, reg
    WORKS_AS \mode, \n, ld a0, 0(\reg)
.endm
.macro STORES_WORK mode, n, reg
    WORKS_AS \mode, \n, sd zero, 0(\reg)
.endm

PROGRAM
    la a1, area
    la a2, area + 0x1000
    CASE 1                      # all 16 entries hold an address and a byte
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    li a0, 0x20001000 + \i
    csrw pmpaddr\i, a0
    csrr a3, pmpaddr\i
    CHECK_SAME a3, a0
    .endr
    li a0, 0x0f1d1d1b0c1d1819
    csrw pmpcfg2, a0
    csrr a3, pmpcfg2
    CHECK_SAME a3, a0
    csrw pmpcfg2, zero
    csrw pmpcfg0, zero
    # With no match S and U have no access, M has.
    csrw pmpcfg0, zero
    sfence.vma
    LOADS_FAIL MODE_S, 3, a1
    LOADS_FAIL MODE_U, 4, a1
    STORES_FAIL MODE_S, 5, a1
    LOADS_WORK MODE_M, 6, a1
    STORES_WORK MODE_M, 7, a1
    CASE 8                      # fetches neither
    NAPOT 0, area, 0x1000
    CONFIG PMP_NAPOT | PMP_R
    la a3, subroutine
    SET_MPP MODE_U
    csrw mepc, a3
    la s11, 1f
    mret
1:  CHECK_TRAP CAUSE_FETCH_ACCESS, a3
    CHECK_SAME s10, a3

    # NAPOT: one page, read only.
    NAPOT 0, area, 0x1000
    CONFIG PMP_NAPOT | PMP_R
    LOADS_WORK MODE_S, 10, a1
    STORES_FAIL MODE_S, 11, a1
    LOADS_FAIL MODE_S, 12, a2
    la a3, area + 0xff8
    LOADS_WORK MODE_U, 13, a3
    la a3, area - 8
    LOADS_FAIL MODE_U, 14, a3
    TRAPS_AS MODE_S, 15, CAUSE_STORE_ACCESS, a1, amoadd.w zero, zero, (a1)
    TRAPS_AS MODE_S, 16, CAUSE_STORE_ACCESS, a1, sc.w zero, zero, (a1)

    # Read and write, no execution.
    CONFIG PMP_NAPOT | PMP_R | PMP_W
    STORES_WORK MODE_S, 17, a1
    LOADS_WORK MODE_U, 18, a1

    # NAPOT of eight bytes, NA4 of four.
    NAPOT 0, area + 8, 8
    CONFIG PMP_NAPOT | PMP_R | PMP_W
    la a3, area + 8
    LOADS_WORK MODE_S, 20, a3
    LOADS_FAIL MODE_S, 21, a1
    ADDRESS 0, area + 4
    CONFIG PMP_NA4 | PMP_R | PMP_W
    la a3, area + 4
    WORKS_AS MODE_S, 22, lw a0, 0(a3)
    TRAPS_AS MODE_S, 23, CAUSE_LOAD_ACCESS, a1, lw a0, 0(a1)
    la a3, area + 8
    TRAPS_AS MODE_S, 24, CAUSE_LOAD_ACCESS, a3, lw a0, 0(a3)
    # An access that only half matches fails whatever comes later.
    NAPOT 1, area, 0x1000
    CONFIG PMP_NA4 | PMP_R | PMP_W, PMP_NAPOT | ALL
    LOADS_FAIL MODE_S, 25, a1
    TRAPS_AS MODE_S, 26, CAUSE_STORE_ACCESS, a1, sd zero, 0(a1)
    WORKS_AS MODE_S, 27, lw a0, 0(a1)

    # TOR: from the entry below, or from zero.
    ADDRESS 0, area
    ADDRESS 1, area + 16
    CONFIG 0, PMP_TOR | PMP_R
    LOADS_WORK MODE_S, 30, a1
    la a3, area + 8
    LOADS_WORK MODE_S, 31, a3
    la a3, area + 16
    LOADS_FAIL MODE_S, 32, a3
    la a3, area - 8
    LOADS_FAIL MODE_S, 33, a3
    STORES_FAIL MODE_S, 34, a1
    CONFIG PMP_TOR | PMP_W | PMP_R
    LOADS_FAIL MODE_S, 35, a1
    la a3, area - 8
    LOADS_WORK MODE_S, 36, a3
    STORES_WORK MODE_S, 37, a3
    ADDRESS 0, area + 16        # an empty range matches nothing
    ADDRESS 1, area
    CONFIG 0, PMP_TOR | ALL
    LOADS_FAIL MODE_S, 38, a1

    # The lowest entry that matches decides.
    NAPOT 0, area, 64
    NAPOT 1, area, 0x1000
    CONFIG PMP_NAPOT, PMP_NAPOT | PMP_R | PMP_W
    LOADS_FAIL MODE_S, 40, a1
    la a3, area + 64
    LOADS_WORK MODE_S, 41, a3
    LOADS_WORK MODE_M, 42, a1
    CONFIG PMP_NAPOT | PMP_R, PMP_NAPOT
    LOADS_WORK MODE_S, 43, a1
    LOADS_FAIL MODE_S, 44, a3

    # Execution.
    NAPOT 0, subroutine, 0x1000
    CONFIG PMP_NAPOT | PMP_X
    CASE 50
    la a3, subroutine
    SET_MPP MODE_U
    csrw mepc, a3
    la s11, 1f
    li a0, 0
    mret
1:  CHECK a0, 0x123
    CHECK s8, CAUSE_ECALL_U
    LOADS_FAIL MODE_S, 51, a3
    CONFIG PMP_NAPOT | PMP_R | PMP_W
    CASE 52
    csrw mepc, a3
    SET_MPP MODE_S
    la s11, 1f
    mret
1:  CHECK_TRAP CAUSE_FETCH_ACCESS, a3
    CASE 53                     # an instruction that begins before the region ends
    NAPOT 0, subroutine, 16
    CONFIG PMP_NAPOT | PMP_X
    la a4, subroutine + 14
    csrw mepc, a4
    SET_MPP MODE_S
    la s11, 1f
    mret
1:  CHECK s8, CAUSE_FETCH_ACCESS
    la a3, subroutine + 14
    CHECK_SAME s10, a3

    # Locked entries bind M-mode, and stay until reset.
    NAPOT 0, area, 64
    CONFIG PMP_NAPOT | PMP_R | PMP_L
    LOADS_WORK MODE_M, 60, a1
    STORES_FAIL MODE_M, 61, a1
    CASE 62
    csrr a4, pmpaddr0
    csrw pmpaddr0, zero
    csrr a3, pmpaddr0
    CHECK_SAME a3, a4
    csrw pmpcfg0, zero
    csrr a3, pmpcfg0
    CHECK a3, PMP_NAPOT | PMP_R | PMP_L
    STORES_FAIL MODE_M, 63, a1
    CASE 64                     # the others still change
    NAPOT 1, area, 0x1000
    li t0, (PMP_NAPOT | PMP_R) << 8
    csrw pmpcfg0, t0
    csrr a3, pmpcfg0
    CHECK a3, (PMP_NAPOT | PMP_R | PMP_L) | (PMP_NAPOT | PMP_R) << 8
    CASE 65                     # a locked TOR holds the address below it too
    ADDRESS 4, area + 0x1000
    ADDRESS 5, area + 0x1040
    li t0, (PMP_TOR | PMP_L) << 40
    csrw pmpcfg0, t0
    csrr a4, pmpaddr4
    csrw pmpaddr4, zero
    csrr a3, pmpaddr4
    CHECK_SAME a3, a4
    LOADS_FAIL MODE_M, 66, a2
    la a3, area + 0x1040
    LOADS_WORK MODE_M, 67, a3
    CASE 70                     # 54 address bits
    li a0, -1
    csrw pmpaddr3, a0
    csrr a3, pmpaddr3
    CHECK a3, 0x3fffffffffffff
    csrw pmpaddr3, zero
    j pass

    .data
    .balign 0x2000
    .space 0x2000
area:
    .space 0x3000

    .text
    .balign 0x1000
subroutine:
    li a0, 0x123
    ecall
    nop
    .option push
    .option rvc
    c.nop
    .option pop
    lui a0, 1                   # two bytes inside the 16-byte region
    .space 0x1000 - 18
