# Illegal encodings trap with the instruction in mtval; so do instructions
# that the mode, TVM, TW or TSR forbid.

.option arch, +svinval

PROGRAM
    # Encodings that no ratified extension of this machine uses.
    ILLEGAL 1, .word 0xffffffff
    ILLEGAL 2, .word 0x00000000 | 0x7f      # a length of more than 48 bits
    ILLEGAL 3, .word 0x0000000b             # custom-0
    ILLEGAL 4, .word 0x0000002b             # custom-1
    ILLEGAL 5, .word 0x0000005b             # custom-2
    ILLEGAL 6, .word 0x0000007b             # custom-3
    ILLEGAL 7, .word 0x02001013 | (1 << 31) # slli with a stray bit
    ILLEGAL 8, .word 0x0200101b             # slliw by 32
    ILLEGAL 9, .word 0x4200501b             # sraiw by 32
    ILLEGAL 10, .word 0x7f                  # more than 32 bits
    ILLEGAL 11, .word 0x00007003            # load width 7
    ILLEGAL 12, .word 0x00004023            # store width 4
    ILLEGAL 13, .word 0x00002063            # branch function 2
    ILLEGAL 14, .word 0x00003063            # branch function 3
    ILLEGAL 15, .word 0x00001067            # jalr function 1
    ILLEGAL 16, .word 0x80000033            # OP with an unused function 7
    ILLEGAL 17, .word 0x0000203b            # OP-32 function 2
    ILLEGAL 18, .word 0x00004073 & ~0xfff00000 | (0x7ff << 20)
    ILLEGAL 19, .word 0x00200073            # uret is gone
    ILLEGAL 20, .word 0x30200073 | (1 << 7) # mret with rd
    ILLEGAL 21, .word 0x00000073 | (1 << 15)
    ILLEGAL 22, .word 0x00300073
    ILLEGAL 23, .word 0x7b200073            # dret outside debug mode
    ILLEGAL 24, .word 0x22000073            # hfence.vvma: no hypervisor
    ILLEGAL 29, .word 0x62000073            # hfence.gvma
    ILLEGAL 30, .word 0x02000057            # vector addition
    ILLEGAL 31, .word 0x02005007            # vector load
    ILLEGAL 25, .word 0x0600000f | (7 << 12)
    ILLEGAL 26, .word 0x06000053            # FP format 3 (quad)
    ILLEGAL 27, .word 0x0000302f & ~0x1f000000 | (7 << 27)
    ILLEGAL 28, .word 0x0000004b | (3 << 25)    # fnmsub.q

    # Returns from too low a mode.
    ILLEGAL_IN MODE_U, 40, mret
    ILLEGAL_IN MODE_S, 41, mret
    ILLEGAL_IN MODE_U, 42, sret
    ILLEGAL_IN MODE_U, 43, sfence.vma
    ILLEGAL_IN MODE_U, 44, sinval.vma zero, zero
    ILLEGAL_IN MODE_U, 45, sfence.w.inval
    ILLEGAL_IN MODE_U, 46, sfence.inval.ir
    ILLEGAL_IN MODE_U, 47, wfi

    # TVM: S-mode may not manage its memory.
    WORKS_IN MODE_S, 50, sfence.vma
    WORKS_IN MODE_S, 51, sfence.vma a0, a1
    WORKS_IN MODE_S, 52, sinval.vma a0, a1
    WORKS_IN MODE_S, 53, csrr a0, satp
    li t0, MSTATUS_TVM
    csrs mstatus, t0
    ILLEGAL_IN MODE_S, 54, sfence.vma
    ILLEGAL_IN MODE_S, 55, sfence.vma a0, a1
    ILLEGAL_IN MODE_S, 56, sinval.vma a0, a1
    ILLEGAL_IN MODE_S, 57, csrr a0, satp
    ILLEGAL_IN MODE_S, 58, csrw satp, zero
    WORKS_IN MODE_S, 59, sfence.w.inval
    WORKS_IN MODE_S, 60, sfence.inval.ir
    CASE 61                     # M-mode is not concerned
    sfence.vma
    sinval.vma zero, zero
    csrr a0, satp
    li t0, MSTATUS_TVM
    csrc mstatus, t0

    # TSR: S-mode may not return.
    li t0, MSTATUS_TSR
    csrs mstatus, t0
    ILLEGAL_IN MODE_S, 70, sret
    li t0, MSTATUS_TSR
    csrc mstatus, t0
    CASE 71
    ENTER MODE_S
    la a0, 1f
    csrw sepc, a0
    csrr a0, sstatus
    ori a0, a0, 1 << 5
    csrw sstatus, a0
    sret
    j fail
1:  LEAVE MODE_U

    # TW: S-mode may not wait. Without TW a pending interrupt that is masked by
    # sstatus.SIE ends the wait and is not taken.
    csrwi mideleg, 2
    csrci mstatus, MSTATUS_SIE
    csrsi mie, 2                # SSIE
    csrsi mip, 2                # SSIP
    WORKS_IN MODE_S, 80, wfi
    CASE 81
    wfi
    csrci mip, 2
    csrci mie, 2
    li t0, MSTATUS_TW
    csrs mstatus, t0
    ILLEGAL_IN MODE_S, 82, wfi
    li t0, MSTATUS_TW
    csrc mstatus, t0
    j pass
