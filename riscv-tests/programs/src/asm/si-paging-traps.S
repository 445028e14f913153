# A small kernel in S-mode under Sv39: page faults of U-mode arrive with exact
# cause, address and status, are repaired, and the program goes on.

.macro FAULT_IS cause, value
    li t0, \cause
    bne s5, t0, bad
    bne s6, \value, bad
.endm

PROGRAM
    PAGING
    # User code and data, mapped by the handler when they are first touched.
    li t0, (1 << 8) | (1 << 12) | (1 << 13) | (1 << 15)
    csrw medeleg, t0
    la t0, kernel
    csrw stvec, t0
    # Code of the user program to its page.
    la a0, user
    la a1, page0
    li a2, user_end - user
1:  lw a3, 0(a0)
    sw a3, 0(a1)
    addi a0, a0, 4
    addi a1, a1, 4
    addi a2, a2, -4
    bgtz a2, 1b
    fence.i
    li t0, MSTATUS_SPIE | MSTATUS_SIE
    csrc mstatus, t0
    ENTER MODE_S
    CASE 1
    li s2, 0                    # faults so far
    li t0, WINDOW
    csrw sepc, t0
    csrr t0, sstatus
    andi t0, t0, ~(1 << 8)      # to U-mode
    csrw sstatus, t0
    sret

    .balign 4
kernel:
    csrr s5, scause
    csrr s6, stval
    csrr s7, sepc
    csrr s3, sstatus
    andi t0, s3, 1 << 8
    bnez t0, bad                # all come from U-mode
    addi s2, s2, 1
    mv gp, s2
    li t0, 1
    beq s2, t0, first
    li t0, 2
    beq s2, t0, second
    li t0, 3
    beq s2, t0, third
    li t0, 4
    beq s2, t0, fourth
    li t0, 5
    beq s2, t0, fifth
bad:
    la s11, fail
    csrw satp, zero
    ecall                       # not delegated from S-mode

first:                          # the first fetch: stval = sepc
    li t1, WINDOW
    FAULT_IS CAUSE_FETCH_PAGE, t1
    bne s7, t1, bad
    SET_PTE leaves, 0, page0, RX | PTE_U
    j resume
second:                         # a load from data that is not there yet
    li t1, WINDOW + 0x1008
    FAULT_IS CAUSE_LOAD_PAGE, t1
    SET_PTE leaves, 1, page1, PTE_V | PTE_R | PTE_A | PTE_U
    la t0, page1
    li t1, 40
    sd t1, 8(t0)
    j resume
third:                          # the store finds it read-only
    li t1, WINDOW + 0x1010
    FAULT_IS CAUSE_STORE_PAGE, t1
    # A copy that may be written takes its place.
    la t0, page2
    li t1, 41
    sd t1, 8(t0)
    SET_PTE leaves, 1, page2, RW | PTE_U
    j resume
fourth:                         # execution of data
    li t1, WINDOW + 0x1000
    FAULT_IS CAUSE_FETCH_PAGE, t1
    bne s7, t1, bad
    csrw sepc, ra               # goes on behind the call instead
    sret
fifth:                          # and the end
    li t0, CAUSE_ECALL_U
    bne s5, t0, bad
    bnez s6, bad
    li t0, 42 + 41
    bne a0, t0, bad
    la t0, page2
    ld t0, 16(t0)
    li t1, 42
    bne t0, t1, bad
    la t0, page1
    ld t0, 16(t0)
    bnez t0, bad
    la s11, pass
    csrw satp, zero
    ecall
resume:
    sfence.vma
    sret

# Runs in U-mode at WINDOW.
    .balign 4
user:
    lui a1, (WINDOW + 0x1000) >> 12
    ld a0, 8(a1)                # 40, by the second fault
    addi a0, a0, 2
    sd a0, 16(a1)               # the third fault, then into the copy
    ld a2, 8(a1)                # 41
    add a0, a0, a2
    jalr ra, 0(a1)              # the fourth fault
    ecall
user_end:
