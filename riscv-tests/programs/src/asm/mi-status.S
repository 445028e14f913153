# misa and mstatus: fields, their legal values, and sstatus as a view.

# Bit \bit of mstatus can be set and cleared.
.macro WRITABLE n, bit
    CASE \n
    li a1, 1 << \bit
    csrs mstatus, a1
    csrr a0, mstatus
    and a0, a0, a1
    CHECK_SAME a0, a1
    csrc mstatus, a1
    csrr a0, mstatus
    and a0, a0, a1
    CHECK a0, 0
.endm

PROGRAM
    CASE 1                      # RV64 with I M A F D C S U
    csrr a0, misa
    srli a1, a0, 62
    CHECK a1, 2
    li a2, (1 << 8) | (1 << 12) | (1 << 0) | (1 << 5) | (1 << 3) | (1 << 2) | (1 << 18) | (1 << 20)
    and a1, a0, a2
    CHECK_SAME a1, a2

    WRITABLE 2, 1               # SIE
    WRITABLE 3, 5               # SPIE
    WRITABLE 4, 7               # MPIE
    WRITABLE 5, 8               # SPP
    WRITABLE 6, 17              # MPRV
    WRITABLE 7, 18              # SUM
    WRITABLE 8, 19              # MXR
    WRITABLE 9, 20              # TVM
    WRITABLE 10, 21             # TW
    WRITABLE 11, 22             # TSR

    .irp mode, 0, 1, 3
    CASE 12 + \mode             # MPP holds the modes there are
    SET_MPP \mode
    csrr a0, mstatus
    srli a0, a0, 11
    andi a0, a0, 3
    CHECK a0, \mode
    .endr
    CASE 16                     # and never the reserved one
    li a1, 2 << 11
    li a0, 3 << 11
    csrc mstatus, a0
    csrs mstatus, a1
    csrr a0, mstatus
    srli a0, a0, 11
    andi a0, a0, 3
    addi a0, a0, -2
    bnez a0, 1f
    j fail
1:
    CASE 20                     # S and U run at 64 bits
    csrr a0, mstatus
    srli a0, a0, 32
    andi a0, a0, 15
    CHECK a0, 10
    csrr a0, sstatus
    srli a0, a0, 32
    andi a0, a0, 3
    CHECK a0, 2

    CASE 21                     # SD summarises FS
    li a1, MSTATUS_FS
    csrs mstatus, a1
    csrr a0, mstatus
    srli a0, a0, 63
    CHECK a0, 1
    csrr a0, sstatus
    srli a0, a0, 63
    CHECK a0, 1
    csrc mstatus, a1
    csrr a0, mstatus
    srli a0, a0, 63
    CHECK a0, 0
    li a0, 1 << 63              # and cannot be written
    csrs mstatus, a0
    csrr a0, mstatus
    srli a0, a0, 63
    CHECK a0, 0

    CASE 22                     # sstatus shows SIE SPIE SPP FS SUM MXR only
    li a1, MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR
    csrs mstatus, a1
    csrr a0, sstatus
    and a0, a0, a1
    CHECK a0, 0
    csrc mstatus, a1
    CASE 23                     # and writes only those
    csrr a2, mstatus
    li a0, -1
    csrw sstatus, a0
    csrr a0, mstatus
    xor a0, a0, a2
    li a1, MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR
    and a0, a0, a1
    CHECK a0, 0
    csrr a0, mstatus
    li a1, MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR | MSTATUS_SIE
    and a0, a0, a1
    CHECK_SAME a0, a1
    csrw sstatus, zero
    csrr a0, mstatus
    and a0, a0, a1
    CHECK a0, 0

    CASE 30                     # mret: MIE from MPIE, MPIE set, MPP to the lowest
    li a0, MSTATUS_MPIE | MSTATUS_MPP
    csrs mstatus, a0
    la a0, 1f
    csrw mepc, a0
    mret
1:  csrr a0, mstatus
    li a1, MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MIE
    and a0, a0, a1
    CHECK a0, MSTATUS_MPIE | MSTATUS_MIE
    csrc mstatus, a1
    CASE 31                     # mret to M keeps MPRV
    li a0, MSTATUS_MPRV | MSTATUS_MPP
    csrs mstatus, a0
    la a0, 1f
    csrw mepc, a0
    mret
1:  csrr a0, mstatus
    li a1, MSTATUS_MPRV
    and a0, a0, a1
    CHECK_SAME a0, a1
    CASE 32                     # mret to a lower mode clears it
    ENTER MODE_S
    LEAVE MODE_S
    csrr a0, mstatus
    and a0, a0, a1
    CHECK a0, 0
    csrr a0, mstatus            # the trap recorded where it came from
    srli a0, a0, 11
    andi a0, a0, 3
    CHECK a0, MODE_S
    CASE 33                     # sret from M-mode works, and clears MPRV
    li a0, MSTATUS_MPRV | MSTATUS_SPP
    csrs mstatus, a0
    SET_MPP MODE_M
    la a0, 1f
    csrw sepc, a0
    sret
1:  LEAVE MODE_S
    csrr a0, mstatus
    li a1, MSTATUS_MPRV | MSTATUS_SPP
    and a0, a0, a1
    CHECK a0, 0
    CASE 34                     # sret to U: SIE from SPIE, SPIE set, SPP = U
    li a0, MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_SPP
    csrc mstatus, a0
    li a0, MSTATUS_SIE
    csrs mstatus, a0
    ENTER MODE_S
    la a0, 1f
    csrw sepc, a0
    sret
1:  LEAVE MODE_U
    csrr a0, mstatus
    li a1, MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_SPP
    and a0, a0, a1
    CHECK a0, MSTATUS_SPIE
    CASE 35                     # a trap to M: MPIE from MIE, MIE cleared
    csrsi mstatus, MSTATUS_MIE
    TRAPS 36, CAUSE_ECALL_M, zero, ecall
    csrr a0, mstatus
    li a1, MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_MPP
    and a0, a0, a1
    CHECK a0, MSTATUS_MPIE | MSTATUS_MPP
    j pass
