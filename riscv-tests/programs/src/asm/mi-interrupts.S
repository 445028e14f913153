# Interrupt sources, enables, priorities and wfi.

# Waits until the bits \mask of mip are \value.
.macro AWAIT_MIP mask, value
    li t1, \mask
    li t2, \value
    li t3, 1000000
9040:
    csrr t0, mip
    and t0, t0, t1
    beq t0, t2, 9041f
    addi t3, t3, -1
    bnez t3, 9040b
    j fail
9041:
.endm

# Enables interrupts for one instruction; the trap must be interrupt \cause.
.macro TAKEN cause
    la s11, 9042f
    csrsi mstatus, MSTATUS_MIE
    nop
    nop
    j fail
9042:
    li t6, (1 << 63) | \cause
    beq s8, t6, 9043f
    j fail
9043:
    beqz s9, 9044f              # an interrupt has no value
    j fail
9044:
.endm

# Enables interrupts; none may come.
.macro NOT_TAKEN
    csrsi mstatus, MSTATUS_MIE
    .rept 20
    nop
    .endr
    csrci mstatus, MSTATUS_MIE
.endm

PROGRAM
    li s2, CLINT_MSIP
    li s3, CLINT_MTIMECMP
    li s4, CLINT_MTIME
    li t0, -1
    sd t0, 0(s3)                # no timer yet
    sw zero, 0(s2)
    AWAIT_MIP 0x88, 0

    CASE 1                      # mie holds the six standard enables
    li t0, -1
    csrw mie, t0
    csrr a0, mie
    li a1, 0xaaa
    and a0, a0, a1
    CHECK_SAME a0, a1
    csrw mie, zero
    CASE 2                      # mip: MSIP and MTIP belong to the devices
    li a0, 0x888
    csrs mip, a0
    csrr a0, mip
    li a1, 0x888
    and a0, a0, a1
    CHECK a0, 0
    CASE 3                      # SSIP, STIP and SEIP are writable here
    li a0, 0x222
    csrs mip, a0
    csrr a1, mip
    and a1, a1, a0
    CHECK_SAME a1, a0
    csrc mip, a0
    csrr a1, mip
    and a1, a1, a0
    CHECK a1, 0

    CASE 4                      # the software interrupt follows its register
    li t0, 1
    sw t0, 0(s2)
    AWAIT_MIP 8, 8
    lw a0, 0(s2)
    CHECK a0, 1
    NOT_TAKEN                   # disabled in mie
    csrsi mie, 8
    .rept 20
    nop
    .endr                       # and masked by MIE
    TAKEN 3
    sw zero, 0(s2)
    AWAIT_MIP 8, 0
    NOT_TAKEN
    csrw mie, zero
    CASE 5                      # only bit 0 of msip exists
    li t0, 0xfffffffe
    sw t0, 0(s2)
    lw a0, 0(s2)
    CHECK a0, 0

    CASE 6                      # the timer interrupt: mtime >= mtimecmp
    ld a0, 0(s4)
    sd a0, 0(s3)
    AWAIT_MIP 0x80, 0x80
    li t0, 0x80
    csrw mie, t0
    TAKEN 7
    li t0, -1
    sd t0, 0(s3)
    AWAIT_MIP 0x80, 0
    NOT_TAKEN
    ld a0, 0(s3)
    CHECK a0, -1
    CASE 7                      # it comes by itself, and not before its time
    ld a2, 0(s4)
    addi a2, a2, 200
    sd a2, 0(s3)
    la s11, 1f
    csrsi mstatus, MSTATUS_MIE
    li t3, 100000000
2:  addi t3, t3, -1
    bnez t3, 2b
    j fail
1:  ld a0, 0(s4)
    bgeu a0, a2, 3f
    j fail
3:  li t0, 0x8000000000000007
    CHECK_SAME s8, t0
    CASE 8                      # wfi waits for it, with interrupts masked too
    csrci mstatus, MSTATUS_MIE
    ld a2, 0(s4)
    li t0, 20000
    add a2, a2, t0
    sd a2, 0(s3)
    AWAIT_MIP 0x80, 0
4:  wfi
    csrr t0, mip
    andi t0, t0, 0x80
    beqz t0, 4b
    ld a0, 0(s4)
    bgeu a0, a2, 5f
    j fail
5:  li t0, -1
    sd t0, 0(s3)
    AWAIT_MIP 0x80, 0
    CASE 9                      # mtime counts and can be written
    ld a0, 0(s4)
    sd zero, 0(s4)
    ld a1, 0(s4)
    li t0, 1000000
    bltu a1, t0, 7f
    j fail
7:
    CASE 10                     # priority: MEI MSI MTI SEI SSI STI
    li t0, 1
    sw t0, 0(s2)
    ld a0, 0(s4)
    sd a0, 0(s3)
    li t0, 0x222
    csrs mip, t0
    AWAIT_MIP 0xaaa, 0x2aa
    li t0, 0xaaa
    csrw mie, t0
    TAKEN 3
    sw zero, 0(s2)
    AWAIT_MIP 8, 0
    TAKEN 7
    li t0, -1
    sd t0, 0(s3)
    AWAIT_MIP 0x80, 0
    TAKEN 9
    li t0, 0x200
    csrc mip, t0
    TAKEN 1
    csrci mip, 2
    TAKEN 5
    li t0, 0x20
    csrc mip, t0
    NOT_TAKEN
    csrw mie, zero

    CASE 11                     # below M-mode MIE does not matter
    csrci mstatus, MSTATUS_MIE
    csrsi mie, 8
    li t0, 1
    sw t0, 0(s2)
    AWAIT_MIP 8, 8
    li t0, MSTATUS_MPIE
    csrc mstatus, t0
    SET_MPP MODE_S
    la a1, 8f
    csrw mepc, a1
    la s11, 9f
    mret
8:  j fail
9:  li t0, 0x8000000000000003
    CHECK_SAME s8, t0
    CHECK_SAME s10, a1          # before the first instruction
    sw zero, 0(s2)
    AWAIT_MIP 8, 0
    csrw mie, zero

    CASE 12                     # sip and sie show what is delegated
    li t0, 0x222
    csrw mideleg, zero
    csrs mip, t0
    csrs mie, t0
    csrr a0, sip
    CHECK a0, 0
    csrr a0, sie
    CHECK a0, 0
    csrw mideleg, t0
    csrr a0, sip
    CHECK_SAME a0, t0
    csrr a0, sie
    CHECK_SAME a0, t0
    CASE 13                     # of sip only SSIP is writable
    csrw sip, zero
    csrr a0, sip
    CHECK a0, 0x220
    li t0, -1
    csrw sip, t0
    csrr a0, sip
    CHECK a0, 0x222
    csrw sie, zero
    csrr a0, mie
    CHECK a0, 0
    CASE 14                     # delegated interrupts do not reach M-mode
    li t0, 0x222
    csrs mie, t0
    NOT_TAKEN
    CASE 15                     # in U-mode SIE does not matter: taken in S-mode
    csrci mstatus, MSTATUS_SIE
    la t0, supervisor
    csrw stvec, t0
    li a0, 0
    SET_MPP MODE_U
    la t0, 10f
    csrw mepc, t0
    mret
10: j fail                      # never reached: the interrupt comes first
supervisor_back:
    CHECK a0, 0x8000000000000009
    csrw mideleg, zero
    csrw mie, zero
    li t0, 0x222
    csrc mip, t0
    j pass

    .balign 4
supervisor:
    csrr a0, scause
    LEAVE MODE_S
    j supervisor_back
