# medeleg and mideleg: exceptions of S and U go to S-mode, those of M never.

# Runs \insn in \mode; the trap must arrive in S-mode with \cause.
.macro DELEGATED mode, n, cause, insn:vararg
    CASE \n
    ENTER \mode
9050:
    \insn
    j fail
    CASE \n
    li t6, \cause
    bne a5, t6, 9051f           # scause
    la t6, 9050b
    bne a6, t6, 9051f           # sepc
    li t6, \mode
    beq a7, t6, 9052f           # SPP
9051:
    j fail
9052:
.endm

PROGRAM
    CASE 1                      # what can be delegated
    li t0, -1
    csrw medeleg, t0
    csrr a0, medeleg
    li a1, (1 << 1) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 12) | (1 << 13) | (1 << 15)
    and a2, a0, a1
    CHECK_SAME a2, a1
    li a1, 1 << 11              # an ecall from M-mode cannot
    and a2, a0, a1
    CHECK a2, 0
    csrw mideleg, t0
    csrr a0, mideleg
    andi a1, a0, 0x222
    CHECK a1, 0x222
    li a1, 0x888                # machine interrupts cannot
    and a0, a0, a1
    CHECK a0, 0
    csrw mideleg, zero

    la t0, supervisor
    csrw stvec, t0
    li t0, (1 << 2) | (1 << 3) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 1)
    csrw medeleg, t0
    csrw mtval, zero
    csrw mepc, zero

    DELEGATED MODE_U, 2, CAUSE_BREAKPOINT, ebreak
    DELEGATED MODE_S, 3, CAUSE_BREAKPOINT, ebreak
    DELEGATED MODE_U, 4, CAUSE_ECALL_U, ecall
    CASE 5
    CHECK s7, 0                 # stval of an ecall
    DELEGATED MODE_U, 6, CAUSE_ILLEGAL, csrr a0, mscratch
    CASE 7
    CHECK s7, 0x34002573        # stval: the instruction
    DELEGATED MODE_S, 8, CAUSE_ILLEGAL, csrw mscratch, zero
    li a1, NOWHERE
    DELEGATED MODE_U, 9, CAUSE_LOAD_ACCESS, ld a0, 0(a1)
    CHECK_SAME s7, a1
    DELEGATED MODE_S, 10, CAUSE_STORE_ACCESS, sd a0, 0(a1)
    CHECK_SAME s7, a1

    CASE 11                     # nothing of it touched the machine registers
    csrr a0, mtval
    CHECK a0, 0

    # From M-mode the same exceptions stay in M-mode.
    TRAPS 12, CAUSE_BREAKPOINT, s10, ebreak
    TRAPS 13, CAUSE_LOAD_ACCESS, a1, ld a0, 0(a1)
    ILLEGAL 14, .word 0xffffffff

    CASE 15                     # SPIE and SIE on the way in
    li t0, MSTATUS_SPIE | MSTATUS_SIE
    csrc mstatus, t0
    csrsi mstatus, MSTATUS_SIE
    DELEGATED MODE_S, 16, CAUSE_BREAKPOINT, ebreak
    csrr a0, mstatus
    andi a0, a0, MSTATUS_SPIE | MSTATUS_SIE
    CHECK a0, MSTATUS_SPIE

    # What is not delegated still goes to M-mode.
    csrw medeleg, zero
    TRAPS_IN MODE_S, 20, CAUSE_BREAKPOINT, s10, ebreak
    TRAPS_IN MODE_U, 21, CAUSE_ECALL_U, zero, ecall
    j pass

    # Keeps what the trap says, comes back to M-mode behind the j fail.
    .balign 4
supervisor:
    csrr a5, scause
    csrr a6, sepc
    csrr s7, stval
    csrr a7, sstatus
    srli a7, a7, 8
    andi a7, a7, 1
    addi s6, a6, 8              # a four-byte instruction and a jump
    la s11, 1f
    ecall                       # from S-mode: not delegated
1:  jr s6
