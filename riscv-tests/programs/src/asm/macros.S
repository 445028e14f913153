# Shared by all programs: entry, end, cases, traps and privilege.
#
# Registers with a fixed meaning:
#   gp   number of the case at work
#   s11  where the next trap continues, in M-mode; 0 = a trap is a failure
#   s8, s9, s10   mcause, mtval, mepc of the last expected trap
# The macros use s0-s2, a0-a7 and t0-t6 freely.

# Link-time optimisation drops the target's features from assembly: name them.
.option arch, rv64gc
.option norvc
.option norelax

# Begins a program. Harts other than 0 go to \others, with nothing set up.
.macro PROGRAM others=park
    .section .text.init, "ax", @progbits
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, \others
    li gp, 0
    li s11, 0
    la sp, stack_top
    la t0, trap_entry
    csrw mtvec, t0
    li t0, 0x6000               # FS = dirty: floating point may be used
    csrs mstatus, t0
    csrw fcsr, zero
    csrw satp, zero
    csrw medeleg, zero
    csrw mideleg, zero
    csrw mie, zero
    csrw menvcfg, zero          # whatever the reset left: no Svadu
    li t0, -1                   # one PMP entry opens all memory to S and U
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    la t0, environment
    lwu t0, 0(t0)
    bnez t0, enter_user
    j main

    # In U-mode under Sv39, if the host has set `environment`: the first 2 MiB
    # of memory map to themselves, page by page.
enter_user:
    la t0, user_root
    la t1, user_middle
    la t2, user_leaves
    srli t3, t1, 2
    ori t3, t3, 1               # V
    sd t3, 8 * 2(t0)
    srli t3, t2, 2
    ori t3, t3, 1
    sd t3, 0(t1)
    li t3, (0x80000 << 10) | 0xdf   # V R W X U A D
    li t4, 512
1:  sd t3, 0(t2)
    addi t3, t3, 1 << 10
    addi t2, t2, 8
    addi t4, t4, -1
    bnez t4, 1b
    srli t0, t0, 12
    li t1, 8 << 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    la t0, main
    csrw mepc, t0
    li t0, 3 << 11
    csrc mstatus, t0
    mret

park:
    wfi
    j park

    # An expected trap continues at s11; any other ends the program.
    .balign 4
trap_entry:
    beqz s11, fail
    csrr s8, mcause
    csrr s9, mtval
    csrr s10, mepc
    mv t6, s11
    li s11, 0
    jr t6

    .globl fail
fail:
    bnez gp, 1f
    li gp, 999                  # failed before the first case
1:  slli gp, gp, 1
    ori gp, gp, 1
    j finish

    .globl pass
pass:
    li gp, 1
finish:
    la t0, tohost
    sd gp, 0(t0)
    j finish

    .section .tohost, "aw", @progbits
    .balign 64
    .globl tohost
    .type tohost, @object
    .size tohost, 8
tohost: .dword 0
    .balign 64
    .globl fromhost
    .type fromhost, @object
    .size fromhost, 8
fromhost: .dword 0

    .section .bss
    .balign 0x1000
user_root:   .space 0x1000
user_middle: .space 0x1000
user_leaves: .space 0x1000

    .section .data
    .balign 8
    .globl environment
environment: .dword 0
    .text
    .balign 4
main:
.endm

# --- straight-line cases ------------------------------------------------------

# Begins case \n.
.macro CASE n
    li gp, \n
.endm

# Ends a case: \reg must hold \value.
.macro CHECK reg, value
    li t6, \value
    beq \reg, t6, 9999f
    j fail
9999:
.endm

# Ends a case: \reg must equal \other.
.macro CHECK_SAME reg, other
    beq \reg, \other, 9999f
    j fail
9999:
.endm

# --- traps -----------------------------------------------------------------------------

.set CAUSE_FETCH_MISALIGNED, 0
.set CAUSE_FETCH_ACCESS, 1
.set CAUSE_ILLEGAL, 2
.set CAUSE_BREAKPOINT, 3
.set CAUSE_LOAD_MISALIGNED, 4
.set CAUSE_LOAD_ACCESS, 5
.set CAUSE_STORE_MISALIGNED, 6
.set CAUSE_STORE_ACCESS, 7
.set CAUSE_ECALL_U, 8
.set CAUSE_ECALL_S, 9
.set CAUSE_ECALL_M, 11
.set CAUSE_FETCH_PAGE, 12
.set CAUSE_LOAD_PAGE, 13
.set CAUSE_STORE_PAGE, 15

# Runs \insn, which must trap to M-mode with \cause, tval equal to register
# \tval, and its own address in mepc. Continues in M-mode.
.macro TRAPS n, cause, tval, insn:vararg
    CASE \n
    la s11, 9011f
9010:
    \insn
    j 9012f
9011:
    li t6, \cause
    bne s8, t6, 9012f
    bne s9, \tval, 9012f
    la t6, 9010b
    beq s10, t6, 9013f
9012:
    j fail
9013:
.endm

# Runs \insn, which must be an illegal instruction and show itself in mtval.
.macro ILLEGAL n, insn:vararg
    CASE \n
    la s11, 9011f
9010:
    \insn
    j 9012f
9011:
    li t6, CAUSE_ILLEGAL
    bne s8, t6, 9012f
    lhu t6, 9010b
    andi t5, t6, 3
    addi t5, t5, -3
    bnez t5, 9014f              # two bytes long
    lwu t6, 9010b
9014:
    bne s9, t6, 9012f
    la t6, 9010b
    beq s10, t6, 9013f
9012:
    j fail
9013:
.endm

# A misaligned atomic access traps as misaligned or, where emulation is not
# wanted, as an access fault: both causes are allowed (PMA chapter).
.macro TRAPS_ATOMIC n, kind, tval, insn:vararg
    CASE \n
    la s11, 9011f
9010:
    \insn
    j 9012f
9011:
    li t6, CAUSE_\kind\()_MISALIGNED
    beq s8, t6, 9014f
    li t6, CAUSE_\kind\()_ACCESS
    bne s8, t6, 9012f
9014:
    bne s9, \tval, 9012f
    la t6, 9010b
    beq s10, t6, 9013f
9012:
    j fail
9013:
.endm

# The next trap must be \cause with tval \tval; mepc is not looked at.
.macro CHECK_TRAP cause, tval
    li t6, \cause
    bne s8, t6, 9012f
    beq s9, \tval, 9013f
9012:
    j fail
9013:
.endm

# --- privilege ---------------------------------------------------------------------------

.set MSTATUS_SIE, 1 << 1
.set MSTATUS_MIE, 1 << 3
.set MSTATUS_SPIE, 1 << 5
.set MSTATUS_MPIE, 1 << 7
.set MSTATUS_SPP, 1 << 8
.set MSTATUS_MPP, 3 << 11
.set MSTATUS_FS, 3 << 13
.set MSTATUS_MPRV, 1 << 17
.set MSTATUS_SUM, 1 << 18
.set MSTATUS_MXR, 1 << 19
.set MSTATUS_TVM, 1 << 20
.set MSTATUS_TW, 1 << 21
.set MSTATUS_TSR, 1 << 22
.set MODE_U, 0
.set MODE_S, 1
.set MODE_M, 3

.set CLINT_MSIP, 0x02000000
.set CLINT_MTIMECMP, 0x02004000
.set CLINT_MTIME, 0x0200bff8
# An address where no machine has memory.
.set NOWHERE, 1 << 40

# Sets mstatus.MPP from M-mode.
.macro SET_MPP mode
    li t0, MSTATUS_MPP
    csrc mstatus, t0
    li t0, \mode << 11
    csrs mstatus, t0
.endm

# Goes on in \mode at the next instruction, from M-mode.
.macro ENTER mode
    SET_MPP \mode
    la t0, 9020f
    csrw mepc, t0
    mret
9020:
.endm

# From S or U back to M-mode, by an ecall that must be the next trap.
.macro LEAVE mode
    la s11, 9021f
    ecall
9021:
    li t6, CAUSE_ECALL_U + \mode
    beq s8, t6, 9022f
    j fail
9022:
.endm

# Runs \insn in \mode without a trap; starts and ends in M-mode.
.macro WORKS_IN mode, n, insn:vararg
    CASE \n
    ENTER \mode
    \insn
    LEAVE \mode
.endm

# Runs \insn in \mode, where it must be illegal; starts and ends in M-mode.
.macro ILLEGAL_IN mode, n, insn:vararg
    ENTER \mode
    ILLEGAL \n, \insn
.endm

# Runs \insn in \mode, where it must trap; starts and ends in M-mode.
.macro TRAPS_IN mode, n, cause, tval, insn:vararg
    ENTER \mode
    TRAPS \n, \cause, \tval, \insn
.endm

# A load or store from M-mode with the rights and translation of \mode.
.macro WITH_MPRV mode, insn:vararg
    SET_MPP \mode
    li t0, MSTATUS_MPRV
    csrs mstatus, t0
    \insn
    li t0, MSTATUS_MPRV
    csrc mstatus, t0
.endm

# The same where it must trap.
.macro TRAPS_AS mode, n, cause, tval, insn:vararg
    SET_MPP \mode
    li t0, MSTATUS_MPRV
    csrs mstatus, t0
    TRAPS \n, \cause, \tval, \insn
    li t0, MSTATUS_MPRV
    csrc mstatus, t0
.endm

# The same where it must work; leaves \insn's results for the case to check.
.macro WORKS_AS mode, n, insn:vararg
    CASE \n
    WITH_MPRV \mode, \insn
.endm
