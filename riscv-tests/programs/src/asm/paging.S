# Page tables for the programs about virtual memory.
#
# Window: virtual 0x4000_0000 and up, through `root`, `middle` and `leaves`,
# for the test's own entries. The gigabyte at 0x8000_0000 maps to itself.

.set PTE_V, 1 << 0
.set PTE_R, 1 << 1
.set PTE_W, 1 << 2
.set PTE_X, 1 << 3
.set PTE_U, 1 << 4
.set PTE_G, 1 << 5
.set PTE_A, 1 << 6
.set PTE_D, 1 << 7
.set PTE_RESERVED, 1 << 54
.set PTE_NC, 1 << 61
.set PTE_IO, 1 << 62
.set PTE_N, 1 << 63
.set RW, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
.set RX, PTE_V | PTE_R | PTE_X | PTE_A
.set RWX, RW | PTE_X

.set MENVCFG_PBMTE, 1 << 62
.set MENVCFG_ADUE, 1 << 61
.set MENVCFG_STCE, 1 << 63

.set SATP_SV39, 8
.set SATP_SV48, 9
.set SATP_SV57, 10
.set WINDOW, 0x40000000

# \reg = entry that points to symbol \target with \flags.
.macro MAKE_PTE reg, target, flags
    la \reg, \target
    srli \reg, \reg, 12
    slli \reg, \reg, 10
    li t0, \flags
    or \reg, \reg, t0
.endm

# Entry \index of \table points to symbol \target.
.macro SET_PTE table, index, target, flags
    MAKE_PTE t1, \target, \flags
    la t0, \table + 8 * (\index)
    sd t1, 0(t0)
.endm

# Entry \index of \table is \value.
.macro SET_RAW_PTE table, index, value
    li t1, \value
    la t0, \table + 8 * (\index)
    sd t1, 0(t0)
.endm

# \reg = satp for \mode with the root table symbol \table and \asid.
.macro MAKE_SATP reg, mode, table, asid=0
    la \reg, \table
    srli \reg, \reg, 12
    li t0, (\mode << 60) | (\asid << 44)
    or \reg, \reg, t0
.endm

.macro SET_SATP mode, table, asid=0
    MAKE_SATP t1, \mode, \table, \asid
    csrw satp, t1
    sfence.vma
.endm

# The tables of the window, on for Sv39.
.macro PAGING
    .pushsection .bss
    .balign 0x1000
root57: .space 0x1000
root48: .space 0x1000
root:   .space 0x1000
middle: .space 0x1000
leaves: .space 0x1000
page0:  .space 0x1000
page1:  .space 0x1000
page2:  .space 0x1000
page3:  .space 0x1000
    .popsection
    SET_PTE root57, 0, root48, PTE_V
    SET_PTE root48, 0, root, PTE_V
    SET_PTE root, 1, middle, PTE_V
    SET_RAW_PTE root, 2, (0x80000 << 10) | RWX
    SET_PTE middle, 0, leaves, PTE_V
    SET_SATP SATP_SV39, root
.endm
