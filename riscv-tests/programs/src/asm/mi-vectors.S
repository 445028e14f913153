# mtvec and stvec: direct and vectored mode.

# Makes a software interrupt pending and taken in M-mode; a0 = where it went.
.macro TAKE_MSI
    li t1, CLINT_MSIP
    li t2, 1
    li a0, 0
    csrsi mie, 8
    sw t2, 0(t1)
    csrsi mstatus, MSTATUS_MIE
    # The line may take some time to reach the hart.
    li t3, 100000
9030:
    addi t3, t3, -1
    beqz t3, 9031f
    beqz a0, 9030b
9031:
.endm

PROGRAM
    CASE 1                      # direct: base aligned to 4, mode 0
    la a1, direct
    csrw mtvec, a1
    csrr a0, mtvec
    CHECK_SAME a0, a1
    TAKE_MSI
    CHECK a0, 1
    csrr a0, mcause
    CHECK a0, 0x8000000000000003
    csrr a0, mtval
    CHECK a0, 0
    CASE 2                      # an exception goes to the same place
    li a0, 0
    la s1, 1f
    ebreak
1:  CHECK a0, 1
    csrr a0, mcause
    CHECK a0, CAUSE_BREAKPOINT

    CASE 3                      # vectored: interrupts to base + 4 * cause
    la a1, vectors + 1
    csrw mtvec, a1
    csrr a0, mtvec
    CHECK_SAME a0, a1
    TAKE_MSI
    CHECK a0, 103
    CASE 4                      # exceptions to base
    li a0, 0
    la s1, 1f
    ebreak
1:  CHECK a0, 100

    CASE 5                      # vectored in S-mode
    li t0, 0x222                # delegate the supervisor interrupts
    csrw mideleg, t0
    li t0, 1 << 3
    csrw medeleg, t0
    la a1, vectors_s + 1
    csrw stvec, a1
    csrr a0, stvec
    CHECK_SAME a0, a1
    la t0, trap_entry
    csrw mtvec, t0
    csrci mstatus, MSTATUS_SIE
    csrsi mie, 2
    csrsi mip, 2                # SSIP
    li a0, 0
    ENTER MODE_S
    li a0, 0
    csrsi sstatus, MSTATUS_SIE
1:  beqz a0, 1b
    csrci sstatus, MSTATUS_SIE
    LEAVE MODE_S
    CHECK a0, 201
    csrr a0, scause
    CHECK a0, 0x8000000000000001
    csrr a0, stval
    CHECK a0, 0
    CASE 6                      # and its exceptions to base
    ENTER MODE_S
    li a0, 0
    la s1, 1f
    ebreak
1:  LEAVE MODE_S
    CHECK a0, 200
    csrr a0, scause
    CHECK a0, CAUSE_BREAKPOINT
    CASE 7                      # direct in S-mode
    la a1, direct_s
    csrw stvec, a1
    ENTER MODE_S
    li a0, 0
    la s1, 1f
    ebreak
1:  LEAVE MODE_S
    CHECK a0, 210

    CASE 8                      # reserved modes cannot be set
    la a1, vectors + 2
    csrw mtvec, a1
    csrr a0, mtvec
    andi a0, a0, 3
    sltiu a0, a0, 2
    CHECK a0, 1
    la t0, trap_entry
    csrw mtvec, t0
    j pass

    # Interrupts return where they came from, exceptions to s1.
    .balign 4
direct:
    li a0, 1
    j back
    .balign 256
vectors:
    j 10f
    j fail
    j fail
    j 13f
    .rept 12
    j fail
    .endr
10: li a0, 100
    j back
13: li a0, 103
back:
    li t1, CLINT_MSIP
    sw zero, 0(t1)
    csrci mie, 8
    csrr t2, mcause
    bltz t2, 1f
    csrw mepc, s1
1:  mret

    .balign 4
direct_s:
    li a0, 210
    j back_s
    .balign 256
vectors_s:
    j 20f
    j 21f
    .rept 14
    j fail
    .endr
20: li a0, 200
    j back_s
21: li a0, 201
back_s:
    csrci sip, 2
    csrr t2, scause
    bltz t2, 1f
    csrw sepc, s1
1:  sret
