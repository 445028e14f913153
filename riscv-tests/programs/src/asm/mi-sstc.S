# Sstc: stimecmp, its enable in menvcfg, and STIP.

# Waits until STIP is \value (0 or 0x20).
.macro AWAIT_STIP value
    li t2, \value
    li t3, 1000000
9060:
    csrr t0, mip
    andi t0, t0, 0x20
    beq t0, t2, 9061f
    addi t3, t3, -1
    bnez t3, 9060b
    j fail
9061:
.endm

PROGRAM
    li s4, CLINT_MTIME
    csrw menvcfg, zero
    CASE 1                      # without STCE software owns STIP
    li t0, 0x20
    csrs mip, t0
    AWAIT_STIP 0x20
    csrc mip, t0
    AWAIT_STIP 0
    # And S-mode has no stimecmp.
    ILLEGAL_IN MODE_S, 2, csrr a0, stimecmp
    csrwi mcounteren, 2
    ILLEGAL_IN MODE_S, 3, csrw stimecmp, zero
    ILLEGAL_IN MODE_U, 4, csrr a0, stimecmp
    CASE 5                      # M-mode has it all the same
    li a0, -1
    csrw stimecmp, a0
    csrr a1, stimecmp
    CHECK_SAME a0, a1

    li t0, MENVCFG_STCE
    csrw menvcfg, t0
    CASE 6                      # now STIP follows the comparison
    AWAIT_STIP 0
    csrw stimecmp, zero
    AWAIT_STIP 0x20
    li t0, 0x20
    csrc mip, t0                # and software cannot change it
    AWAIT_STIP 0x20
    li a0, -1
    csrw stimecmp, a0
    AWAIT_STIP 0
    li t0, 0x20
    csrs mip, t0
    AWAIT_STIP 0
    CASE 7                      # it fires by itself
    ld a0, 0(s4)
    li t0, 20000
    add a0, a0, t0
    csrw stimecmp, a0
    AWAIT_STIP 0
    li t0, 0x20
    csrs mie, t0
1:  wfi
    csrr t0, mip
    andi t0, t0, 0x20
    beqz t0, 1b
    ld a1, 0(s4)
    bgeu a1, a0, 2f
    j fail
2:  csrw mie, zero
    li a0, -1
    csrw stimecmp, a0
    AWAIT_STIP 0

    WORKS_IN MODE_S, 8, csrr a0, stimecmp
    ILLEGAL_IN MODE_U, 9, csrr a0, stimecmp
    csrw mcounteren, zero       # TM off: not for S-mode
    ILLEGAL_IN MODE_S, 10, csrr a0, stimecmp
    ILLEGAL_IN MODE_S, 11, csrw stimecmp, zero
    csrwi mcounteren, 2

    CASE 12                     # taken in S-mode when delegated
    li t0, 0x20
    csrs mideleg, t0
    csrs mie, t0
    la t0, supervisor
    csrw stvec, t0
    li t0, MSTATUS_SIE
    csrc mstatus, t0
    ENTER MODE_S
    li a0, 0
    csrw stimecmp, zero
    csrsi sstatus, MSTATUS_SIE
1:  beqz a0, 1b
    LEAVE MODE_S
    CHECK a0, 0x8000000000000005
    csrr a0, stimecmp
    CHECK a0, -1
    j pass

    .balign 4
supervisor:
    li a0, -1
    csrw stimecmp, a0
1:  csrr a0, sip
    andi a0, a0, 0x20
    bnez a0, 1b
    csrr a0, scause
    sret
