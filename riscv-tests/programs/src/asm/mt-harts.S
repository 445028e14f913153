# Four harts: atomics on shared memory, reservations, interrupts between harts,
# code written for another hart.

.option arch, +zawrs
.set HARTS, 4

# Hart 0 starts phase \n of the others; \n is the case, too.
.macro START n
    CASE \n
    la t0, done
    sd zero, 0(t0)
    fence rw, rw
    la t0, phase
    li t1, \n
    sd t1, 0(t0)
.endm

# And waits until the others have done it.
.macro JOIN
    la t0, done
    li t1, HARTS - 1
    li t2, 10000000
9090:
    ld t3, 0(t0)
    beq t3, t1, 9091f
    addi t2, t2, -1
    bnez t2, 9090b
    j fail
9091:
    fence rw, rw
.endm

.macro CHECK_CELL cell, value
    la t0, \cell
    ld a0, 0(t0)
    CHECK a0, \value
.endm

PROGRAM others=worker
    START 1                     # each hart has a number of its own
    JOIN
    la a1, numbers
    ld a0, 8(a1)
    CHECK a0, 1
    ld a0, 16(a1)
    CHECK a0, 2
    ld a0, 24(a1)
    CHECK a0, 3

    START 2                     # amoadd
    jal ra, add_often
    JOIN
    CHECK_CELL counter, HARTS * 1000

    START 3                     # lr and sc
    jal ra, reserve_often
    JOIN
    CHECK_CELL counter, HARTS * 2000

    START 4                     # a lock, and plain accesses under it
    jal ra, lock_often
    JOIN
    CHECK_CELL guarded, HARTS * 1000

    START 5                     # a software interrupt for each waiting hart
    li a1, CLINT_MSIP
    li a2, 1
    sw a2, 4(a1)
    sw a2, 8(a1)
    sw a2, 12(a1)
    JOIN

    CASE 6                      # a store of another hart ends the reservation
    la a1, reserved
    lr.d a0, (a1)
    START 6
    JOIN
    la a1, reserved
    li a0, 77
    sc.d a2, a0, (a1)
    bnez a2, 2f
    j fail
2:  ld a0, 0(a1)
    CHECK a0, 1234

    CASE 7                      # code that this hart writes
    la a1, patched
    li a0, (99 << 20) | (10 << 7) | 0x13
    sw a0, 0(a1)
    fence rw, rw
    START 7
    JOIN

    START 8                     # a wait that a store ends
    li t2, 1000
3:  addi t2, t2, -1
    bnez t2, 3b
    la a1, waited
    li a0, 1
    sd a0, 0(a1)
    JOIN
    j pass

# --- the other harts --------------------------------------------------------------

worker:
    li s11, 0
    la t0, trap_entry
    csrw mtvec, t0
    csrw mie, zero
    csrr s0, mhartid
    li t0, HARTS
    bgeu s0, t0, park
    la s1, phase
    li s2, 0
next:
    ld t0, 0(s1)
    beq t0, s2, next
    fence rw, rw
    mv s2, t0
    mv gp, s2
    la t1, phases - 8
    slli t0, t0, 3
    add t1, t1, t0
    ld t1, 0(t1)
    la ra, 1f
    jr t1
1:  fence rw, rw
    la t0, done
    li t1, 1
    amoadd.d zero, t1, (t0)
    j next

phase_number:
    la t0, numbers
    slli t1, s0, 3
    add t0, t0, t1
    csrr t1, mhartid
    sd t1, 0(t0)
    ret

add_often:
    la a1, counter
    li a2, 1
    li a3, 1000
1:  amoadd.d zero, a2, (a1)
    addi a3, a3, -1
    bnez a3, 1b
    ret

reserve_often:
    la a1, counter
    li a3, 1000
1:  lr.d a2, (a1)
    addi a2, a2, 1
    sc.d a4, a2, (a1)
    bnez a4, 1b
    addi a3, a3, -1
    bnez a3, 1b
    ret

lock_often:
    la a1, lock
    la a2, guarded
    li a3, 1000
1:  li a4, 1
2:  amoswap.w.aq a5, a4, (a1)
    bnez a5, 2b
    ld a6, 0(a2)
    addi a6, a6, 1
    sd a6, 0(a2)
    amoswap.w.rl zero, zero, (a1)
    addi a3, a3, -1
    bnez a3, 1b
    ret

phase_interrupt:
    csrwi mie, 8
1:  wfi
    csrr t0, mip
    andi t0, t0, 8
    beqz t0, 1b
    li t0, CLINT_MSIP
    slli t1, s0, 2
    add t0, t0, t1
    sw zero, 0(t0)
2:  csrr t0, mip
    andi t0, t0, 8
    bnez t0, 2b
    csrw mie, zero
    ret

phase_store:
    la t0, reserved
    li t1, 1234
    sd t1, 0(t0)
    ret

phase_code:
    mv t3, ra
    fence.i
    jal ra, patched
    mv ra, t3
    CHECK a0, 99
    ret

phase_wait:
    la a1, waited
1:  lr.d a0, (a1)
    bnez a0, 2f
    wrs.nto
    j 1b
2:  ret

    .balign 64
patched:
    addi a0, zero, 0
    ret

    .data
    .balign 8
phases:
    .dword phase_number, add_often, reserve_often, lock_often
    .dword phase_interrupt, phase_store, phase_code, phase_wait
numbers:
    .space 8 * HARTS
    .balign 64
phase:    .dword 0
    .balign 64
done:     .dword 0
    .balign 64
counter:  .dword 0
    .balign 64
lock:     .dword 0
guarded:  .dword 0
    .balign 64
reserved: .dword 0
    .balign 64
waited:   .dword 0
