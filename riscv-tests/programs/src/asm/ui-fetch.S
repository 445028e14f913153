# Zifencei and Ziccid: stores to code. Ziccid (profile RVA23): a hart's own
# stores become visible to its fetches in a finite time without fence.i; with
# fence.i at once.

# Encoding of `addi a0, zero, \imm`.
.macro ENCODE_LI reg, imm
    li \reg, (\imm << 20) | (10 << 7) | 0x13
.endm

PROGRAM
    CASE 1                      # fence.i: new code is seen at once
    ENCODE_LI a1, 11
    la a2, patched
    sw a1, 0(a2)
    fence.i
    jal ra, patched
    CHECK a0, 11

    CASE 2                      # again, on code that has run
    ENCODE_LI a1, 22
    sw a1, 0(a2)
    fence.i
    jal ra, patched
    CHECK a0, 22

    CASE 3                      # often: any cache of decoded code must follow
    li s2, 200
    ENCODE_LI a1, 0
1:  sw a1, 0(a2)
    fence.i
    jal ra, patched
    srli t0, a1, 20
    beq a0, t0, 2f
    j fail
2:  lui t0, 0x100               # one more in the immediate
    add a1, a1, t0
    addi s2, s2, -1
    bnez s2, 1b

    CASE 4                      # byte and halfword stores change code too
    ENCODE_LI a1, 0x123
    sw a1, 0(a2)
    fence.i
    jal ra, patched
    li t0, 0x45
    sb t0, 3(a2)                # upper eight bits of the immediate
    fence.i
    jal ra, patched
    CHECK a0, 0x453
    li t0, 0x7e50
    sh t0, 2(a2)
    fence.i
    jal ra, patched
    CHECK a0, 0x7e5

    CASE 5                      # Ziccid: no fence.i, but a loop that waits
    ENCODE_LI a1, 33
    sw a1, 0(a2)
    li s2, 1000000
1:  jal ra, patched
    li t0, 33
    beq a0, t0, 2f
    addi s2, s2, -1
    bnez s2, 1b
    j fail
2:
    CASE 6                      # Ziccid on code that patches its own loop
    ENCODE_LI a1, 1
    la a2, own
    li s2, 1000000
    sw a1, 0(a2)
1:
own:
    addi a0, zero, 0
    bnez a0, 2f
    addi s2, s2, -1
    bnez s2, 1b
    j fail
2:
    CASE 7                      # an instruction over a page end, patched in
    la a2, straddling           # its second half
    jal ra, straddling
    CHECK a0, 0x055
    li t0, 0x0660
    sh t0, 2(a2)
    fence.i
    jal ra, straddling
    CHECK a0, 0x066

    CASE 8                      # data beside code in the same 64 bytes
    la a2, beside
    li s2, 100
1:  ld t0, 8(a2)
    addi t0, t0, 1
    sd t0, 8(a2)
    jal ra, beside
    addi s2, s2, -1
    bnez s2, 1b
    ld t0, 8(a2)
    CHECK t0, 100
    j pass

    .balign 64
patched:
    addi a0, zero, 1
    ret

    .balign 64
beside:
    ret
    .balign 8
    .dword 0

    .balign 0x1000
    .space 0xffe
straddling:
    addi a0, zero, 0x055
    ret
