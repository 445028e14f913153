//! The first instructions.
//!
//! The firmware enters here in S-mode at the physical address, with `a0` = number of
//! the hart, `a1` = address of the device tree, translation off. The code below
//! makes a first root table of gigapages, which maps everything everywhere we need
//! it: where we are (so that the next instruction can be fetched once translation
//! is on), the direct map, and the kernel's own addresses. `boot.rs` replaces it with
//! one that knows sections and their rights.
#![allow(
    unsafe_code,
    reason = "before there is a stack there is assembly language"
)]

use core::arch::global_asm;

use super::layout;

global_asm!(
    ".section .text.start, \"ax\"",
    ".globl _start",
    "_start:",
    // What the addresses of this code are wrong by, as long as translation is off.
    "   li   s1, {offset}",
    "   la   s0, __boot_root",
    // Gigapages, entry by entry: V R W G A D, from physical address 0.
    "   li   t0, 0xe7",
    "   li   t1, 8 * {direct}",
    "   add  t1, t1, s0",
    "   li   t2, 254",
    "   li   t3, 1 << 28",
    "1: sd   t0, 0(t1)",
    "   add  t0, t0, t3",
    "   addi t1, t1, 8",
    "   addi t2, t2, -1",
    "   bnez t2, 1b",
    // The gigapage of the kernel with X besides: where it is now, and where it
    // was linked.
    "   li   t0, (0x80000 << 10) | 0xef",
    "   sd   t0, 8 * 2(s0)",
    "   li   t1, 8 * 510",
    "   add  t1, t1, s0",
    "   sd   t0, 0(t1)",
    // Translation on: Sv39, ASID 0.
    "   li   t0, 8 << 60",
    "   srli t1, s0, 12",
    "   or   t0, t0, t1",
    "   sfence.vma",
    "   csrw satp, t0",
    "   sfence.vma",
    // On to the kernel's own addresses.
    "   la   t0, 2f",
    "   add  t0, t0, s1",
    "   jr   t0",
    "2: la   sp, __stack_top",
    "   la   t0, {trap}",
    "   csrw stvec, t0",
    "   csrw sie, zero",
    // No frame of a caller.
    "   li   ra, 0",
    "   li   s0, 0",
    "   tail {boot}",
    offset = const layout::KERNEL_OFFSET,
    direct = const layout::DIRECT_MAP_ENTRY,
    trap = sym super::report::trap_entry,
    boot = sym boot,
);

/// The end of the assembly code.
extern "C" fn boot(_hart: u64, tree: u64) -> ! {
    crate::boot::start(tree)
}
