# RV64I fences, and the hints that share their encodings or those of other
# instructions: Zihintpause, Zihintntl, Zicbop, lui/addi/add with rd = x0.
# They change no register and no memory.

.option arch, +zihintpause
.option arch, +zihintntl
.option arch, +zicbop

PROGRAM
    CASE 1
    fence
    fence rw, w
    fence r, rw
    fence i, o
    fence.tso
    fence.i
    .insn i 0x0f, 0, a0, a1, 0x0ff  # reserved rd and rs1 count as zero
    .insn i 0x0f, 1, a0, a1, 0x123  # reserved fields of fence.i likewise
    .insn i 0x0f, 0, x0, x0, -0x800 # fm other than tso
    CASE 2
    li a0, 1
    pause
    pause
    CHECK a0, 1
    CASE 3
    li a0, 5
    ntl.p1
    addi a0, a0, 1
    ntl.pall
    addi a0, a0, 1
    ntl.s1
    addi a0, a0, 1
    ntl.all
    addi a0, a0, 1
    .option push
    .option rvc
    c.ntl.p1
    c.addi a0, 1
    c.ntl.pall
    c.addi a0, 1
    c.ntl.s1
    c.addi a0, 1
    c.ntl.all
    c.addi a0, 1
    .option pop
    CHECK a0, 13
    CHECK zero, 0
    CASE 4
    la a1, cell
    prefetch.i 0(a1)
    prefetch.r 32(a1)
    prefetch.w -32(a1)
    ld a0, 0(a1)
    CHECK a0, 0x1122334455667788
    CASE 5                      # prefetching what is not there is no fault
    li a1, 0
    prefetch.i 0(a1)
    prefetch.r 0(a1)
    prefetch.w 0(a1)
    li a1, -1
    prefetch.r 0(a1)
    CASE 6                      # hints of the base instruction set
    addi zero, a0, 7
    ori zero, a0, 3
    add zero, a0, a1
    slti zero, a0, 1
    sub zero, a0, a1
    lui zero, 5
    auipc zero, 5
    slli zero, a0, 3
    CHECK zero, 0
    j pass

    .data
    .balign 64
cell:
    .dword 0x1122334455667788
