# C: the compressed integer instructions.

# \insn on a0 (holding \value) leaves \result there.
.macro UNARY n, value, result, insn:vararg
    CASE \n
    li a0, \value
    \insn
    CHECK a0, \result
.endm

# \op a0, a1.
.macro BINARY n, op, a, b, result
    CASE \n
    li a0, \a
    li a1, \b
    \op a0, a1
    CHECK a0, \result
    CHECK a1, \b
.endm

PROGRAM
    .option rvc
    UNARY 1, 41, 42, c.addi a0, 1
    UNARY 2, 0, -32, c.addi a0, -32
    UNARY 3, -1, 30, c.addi a0, 31
    UNARY 4, 0x7fffffff, 0xffffffff80000000, c.addiw a0, 1
    UNARY 5, 0x123456789, 0x23456789, c.addiw a0, 0
    UNARY 6, 0, -32, c.addiw a0, -32
    UNARY 7, 5, -32, c.li a0, -32
    UNARY 8, 5, 31, c.li a0, 31
    UNARY 9, 5, 0x1000, c.lui a0, 1
    UNARY 10, 5, 0x1f000, c.lui a0, 31
    UNARY 11, 5, 0xfffffffffffe0000, c.lui a0, 0xfffe0
    UNARY 12, 5, -0x1000, c.lui a0, 0xfffff
    UNARY 13, 1, 0x8000000000000000, c.slli a0, 63
    UNARY 14, 3, 0x600000000, c.slli a0, 33
    UNARY 15, 3, 6, c.slli a0, 1
    UNARY 16, 0x8000000000000000, 1, c.srli a0, 63
    UNARY 17, -1, 0x7fffffff, c.srli a0, 33
    UNARY 18, 0x8000000000000000, -1, c.srai a0, 63
    UNARY 19, 0x8000000000000000, 0xc000000000000000, c.srai a0, 1
    UNARY 20, 0x7f00000000, 0x7f, c.srai a0, 32
    UNARY 21, 0xff, 0xe0, c.andi a0, -32
    UNARY 22, 0xff, 0x1f, c.andi a0, 31
    UNARY 23, 0xff, 0, c.andi a0, 0

    BINARY 30, c.mv, 1, 0x123456789abcdef0, 0x123456789abcdef0
    BINARY 31, c.add, 0x7fffffffffffffff, 1, 0x8000000000000000
    BINARY 32, c.sub, 0, 1, -1
    BINARY 33, c.xor, 0xff00, 0x0ff0, 0xf0f0
    BINARY 34, c.or, 0xff00, 0x0ff0, 0xfff0
    BINARY 35, c.and, 0xff00, 0x0ff0, 0x0f00
    BINARY 36, c.addw, 0x7fffffff, 1, 0xffffffff80000000
    BINARY 37, c.subw, 0x80000000, 1, 0x7fffffff
    BINARY 38, c.subw, 0, 1, -1

    CASE 40                     # registers beyond the eight
    li s7, 3
    c.mv t4, s7
    c.add t4, s7
    CHECK t4, 6
    c.mv a0, t4
    c.slli t4, 4
    CHECK t4, 0x60
    CASE 41                     # c.addi16sp and c.addi4spn
    c.mv a1, sp
    c.addi16sp sp, -512
    sub a0, a1, sp
    CHECK a0, 512
    c.addi16sp sp, 496
    sub a0, a1, sp
    CHECK a0, 16
    c.addi16sp sp, 16
    c.addi4spn a0, sp, 4
    sub a0, a0, sp
    CHECK a0, 4
    c.addi4spn s1, sp, 1020
    sub a0, s1, sp
    CHECK a0, 1020

    CASE 42                     # loads and stores from the stack pointer
    c.mv s2, sp
    la sp, cells
    li a0, 0x1122334489abcdef
    c.sdsp a0, 0(sp)
    c.sdsp a0, 504(sp)
    c.swsp a0, 12(sp)
    c.swsp a0, 252(sp)
    c.ldsp a1, 504(sp)
    CHECK_SAME a0, a1
    c.ldsp t4, 0(sp)
    CHECK_SAME a0, t4
    c.lwsp a1, 12(sp)
    CHECK a1, 0xffffffff89abcdef
    c.lwsp a1, 252(sp)
    CHECK a1, 0xffffffff89abcdef
    c.lwsp a1, 4(sp)
    CHECK a1, 0x11223344
    c.mv sp, s2
    CASE 43                     # loads and stores from a register
    la a1, cells
    li a0, 0x5566778899aabbcc
    c.sd a0, 8(a1)
    c.sd a0, 248(a1)
    c.sw a0, 4(a1)
    c.sw a0, 124(a1)
    c.ld a2, 8(a1)
    CHECK_SAME a0, a2
    c.ld a2, 248(a1)
    CHECK_SAME a0, a2
    c.lw a2, 4(a1)
    CHECK a2, 0xffffffff99aabbcc
    c.lw a2, 124(a1)
    CHECK a2, 0xffffffff99aabbcc
    c.lw a1, 12(a1)
    CHECK a1, 0x55667788

    CASE 50                     # c.j forwards and backwards
    c.j 2f
1:  c.j 3f
    j 9f
2:  c.j 1b
    j 9f
3:
    CASE 51                     # branches
    c.li a0, 0
    c.beqz a0, 1f
    j 9f
1:  c.bnez a0, 9f
    c.li a0, 1
    c.bnez a0, 1f
    j 9f
1:  c.beqz a0, 9f
    j 3f
2:  c.j 4f
3:  c.bnez a0, 2b
    j 9f
4:
    CASE 52                     # c.jr and c.jalr, which links two bytes on
    la a0, 1f
    c.jr a0
    j 9f
1:  la a0, 2f
    c.jalr a0
1:  c.j 9f
2:  la a1, 1b
    CHECK_SAME ra, a1
    la ra, 3f
    c.jalr ra                   # target and link in one register
1:  c.j 9f
3:  la a1, 1b
    CHECK_SAME ra, a1

    CASE 53                     # a wide instruction on a two-byte boundary
    .balign 4
    c.nop
    lui a0, 0x12345
    addi a0, a0, 0x678
    c.nop
    CHECK a0, 0x12345678
    j 1f
9:  j fail
1:
    .balign 4
    li a1, 0
    TRAPS 54, CAUSE_BREAKPOINT, s10, c.ebreak
    j 1f
    .balign 0x1000
    .space 0xffe
1:  lui a0, 0x54321             # a wide instruction across a page end
    CASE 55
    CHECK a0, 0x54321000

    # Hints: no register changes.
    CASE 56
    li a0, 77
    .hword 0x0005               # c.nop with an immediate
    .hword 0x4005 | (0 << 7)    # c.li x0
    .hword 0x6005               # c.lui x0
    .hword 0x802a               # c.mv x0, a0
    .hword 0x902a               # c.add x0, a0
    .hword 0x0006               # c.slli x0, 1
    .hword 0x0501               # c.addi a0, 0
    .hword 0x0502               # c.slli a0, 0
    .hword 0x8101               # c.srli a0, 0
    .hword 0x8501               # c.srai a0, 0
    CHECK a0, 77
    CHECK zero, 0

    # Reserved encodings.
    ILLEGAL 60, .hword 0x0000           # all zeros
    ILLEGAL 61, .hword 0x0004           # c.addi4spn a0-, 0
    ILLEGAL 62, .hword 0x2001           # c.addiw x0
    ILLEGAL 63, .hword 0x6101           # c.addi16sp 0
    ILLEGAL 64, .hword 0x6501           # c.lui a0, 0
    ILLEGAL 65, .hword 0x4002           # c.lwsp x0
    ILLEGAL 66, .hword 0x6002           # c.ldsp x0
    ILLEGAL 67, .hword 0x8002           # c.jr x0
    .option norvc
    j pass

    .data
    .balign 64
cells:
    .space 1024
