# RV64I: jal and jalr: targets, links, and the cleared lowest bit.

PROGRAM
    CASE 1                      # jal links the next instruction
    jal a0, 1f
0:  j fail
1:  la a1, 0b
    CHECK_SAME a0, a1

    CASE 2                      # jal backwards
    j 2f
1:  j 3f
2:  jal a0, 1b
0:  j fail
3:  la a1, 0b
    CHECK_SAME a0, a1

    CASE 3                      # jal with x0 links nothing
    jal zero, 1f
    j fail
1:  CHECK zero, 0

    CASE 4                      # jalr with offset
    la a1, 1f - 12
    jalr a0, 12(a1)
0:  j fail
1:  la a1, 0b
    CHECK_SAME a0, a1

    CASE 5                      # jalr reads rs1 before it writes rd
    la a0, 1f
    jalr a0, 0(a0)
0:  j fail
1:  la a1, 0b
    CHECK_SAME a0, a1

    CASE 6                      # the lowest bit of the sum is dropped
    la a1, 1f
    jalr a0, 1(a1)
    j fail
1:  la a1, 1f
    addi a1, a1, 1
    jalr a0, 0(a1)
    j fail
1:  la a1, 1f
    addi a1, a1, 1
    jalr a0, -2(a1)             # an odd sum one below: back to the nop
    j fail
    .option push
    .option rvc
    c.nop
    .option pop
1:  nop

    CASE 7                      # negative offset
    la a1, 1f + 2047
    jalr zero, -2047(a1)
    j fail
1:
    CASE 8                      # a far jump over 512 KiB and back
    la a1, 1f
    j far
1:
    CASE 9                      # a return-address stack may not change results
    li a2, 0
    jal ra, nested
    CHECK a2, 3

    CASE 10                     # alternate link registers
    la a1, 1f
    jalr t0, 0(a1)
0:  j fail
1:  la a1, 0b
    CHECK_SAME t0, a1
    la a1, 1f
    jalr ra, 0(a1)
0:  j fail
1:  la a1, 0b
    CHECK_SAME ra, a1
    j pass

nested:
    mv t3, ra
    jal ra, leaf
    jal ra, leaf
    addi a2, a2, 1
    jr t3
leaf:
    addi a2, a2, 1
    ret

    .space 0x80000
far:
    jr a1
