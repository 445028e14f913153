# Zicboz and Zicbom: cache blocks of 64 bytes.

.option arch, +zicboz
.option arch, +zicbom

PROGRAM
    la a1, block
    CASE 1                      # in M-mode no enable is needed
    csrw menvcfg, zero
    csrw senvcfg, zero
    la a2, block - 64
    li a0, -1
    li t0, 24
1:  sd a0, 0(a2)
    addi a2, a2, 8
    addi t0, t0, -1
    bnez t0, 1b
    cbo.zero (a1)
    la a2, block - 64
    li a3, -1
    li t0, 24
2:  ld a0, 0(a2)
    addi t1, t0, -9
    sltiu t1, t1, 8             # 1 inside the block
    addi t1, t1, -1             # 0 inside, -1 outside
    beq a0, t1, 3f
    j fail
3:  addi a2, a2, 8
    addi t0, t0, -1
    bnez t0, 2b

    CASE 2                      # any address in the block names it
    li a0, -1
    sd a0, 0(a1)
    sd a0, 56(a1)
    addi a2, a1, 61
    cbo.zero (a2)
    ld a0, 0(a1)
    CHECK a0, 0
    ld a0, 56(a1)
    CHECK a0, 0
    ld a0, 64(a1)
    CHECK a0, -1

    CASE 3                      # management operations keep the data
    li a0, 0x123456789
    sd a0, 8(a1)
    cbo.clean (a1)
    cbo.flush (a1)
    cbo.inval (a1)
    addi a2, a1, 33
    cbo.clean (a2)
    cbo.flush (a2)
    cbo.inval (a2)
    ld a2, 8(a1)
    CHECK_SAME a0, a2

    # Reserved operations of the same row.
    ILLEGAL 10, .word 0x0035a00f
    ILLEGAL 11, .word 0x0055a00f
    ILLEGAL 12, .word 0x0045a08f        # cbo.zero with rd
    j pass

    .data
    .balign 64
    .space 64
block:
    .space 128
