//! The first instructions, and the way into traps and back.
#![allow(
    unsafe_code,
    reason = "registers and stack are set up and saved in assembly language"
)]

use core::arch::{asm, global_asm};

use crate::{start::start, trap::trap};

/// The registers of what was interrupted; `x[0]` is not used.
#[repr(C)]
pub(crate) struct Registers {
    pub(crate) x: [u64; 32],
}

impl Registers {
    /// Argument or result `a<number>`.
    pub(crate) fn a(&self, number: usize) -> u64 {
        self.x[10 + number]
    }
}

global_asm!(
    ".section .text.start, \"ax\"",
    ".globl _start",
    "_start:",
    // Hart 0 starts the supervisor; the others sleep and are never woken.
    "   bnez a0, 2f",
    ".option push",
    ".option norelax",
    "   la gp, __global_pointer$",
    ".option pop",
    "   la sp, __stack_top",
    // mscratch: the stack for traps. Nothing of the start is needed then.
    "   csrw mscratch, sp",
    "   la t0, {entry}",
    "   csrw mtvec, t0",
    "   tail {start}",
    "2: csrw mie, zero",
    "3: wfi",
    "   j 3b",
    start = sym start,
    entry = sym trap_entry,
);

/// Saves the registers, handles the trap, and goes back.
#[unsafe(naked)]
unsafe extern "C" fn trap_entry() {
    core::arch::naked_asm!(
        ".balign 4",
        "   csrrw sp, mscratch, sp",
        "   addi sp, sp, -256",
        "   sd x1, 8(sp)",
        "   sd x3, 24(sp)",
        "   sd x4, 32(sp)",
        "   sd x5, 40(sp)",
        "   csrr x5, mscratch",
        "   sd x5, 16(sp)",
        "   sd x6, 48(sp)",
        "   sd x7, 56(sp)",
        "   sd x8, 64(sp)",
        "   sd x9, 72(sp)",
        "   sd x10, 80(sp)",
        "   sd x11, 88(sp)",
        "   sd x12, 96(sp)",
        "   sd x13, 104(sp)",
        "   sd x14, 112(sp)",
        "   sd x15, 120(sp)",
        "   sd x16, 128(sp)",
        "   sd x17, 136(sp)",
        "   sd x18, 144(sp)",
        "   sd x19, 152(sp)",
        "   sd x20, 160(sp)",
        "   sd x21, 168(sp)",
        "   sd x22, 176(sp)",
        "   sd x23, 184(sp)",
        "   sd x24, 192(sp)",
        "   sd x25, 200(sp)",
        "   sd x26, 208(sp)",
        "   sd x27, 216(sp)",
        "   sd x28, 224(sp)",
        "   sd x29, 232(sp)",
        "   sd x30, 240(sp)",
        "   sd x31, 248(sp)",
        ".option push",
        ".option norelax",
        "   la gp, __global_pointer$",
        ".option pop",
        "   mv a0, sp",
        "   call {trap}",
        "   ld x1, 8(sp)",
        "   ld x3, 24(sp)",
        "   ld x4, 32(sp)",
        "   ld x6, 48(sp)",
        "   ld x7, 56(sp)",
        "   ld x8, 64(sp)",
        "   ld x9, 72(sp)",
        "   ld x10, 80(sp)",
        "   ld x11, 88(sp)",
        "   ld x12, 96(sp)",
        "   ld x13, 104(sp)",
        "   ld x14, 112(sp)",
        "   ld x15, 120(sp)",
        "   ld x16, 128(sp)",
        "   ld x17, 136(sp)",
        "   ld x18, 144(sp)",
        "   ld x19, 152(sp)",
        "   ld x20, 160(sp)",
        "   ld x21, 168(sp)",
        "   ld x22, 176(sp)",
        "   ld x23, 184(sp)",
        "   ld x24, 192(sp)",
        "   ld x25, 200(sp)",
        "   ld x26, 208(sp)",
        "   ld x27, 216(sp)",
        "   ld x28, 224(sp)",
        "   ld x29, 232(sp)",
        "   ld x30, 240(sp)",
        "   ld x31, 248(sp)",
        "   ld x5, 40(sp)",
        "   addi sp, sp, 256",
        "   csrrw sp, mscratch, sp",
        "   mret",
        trap = sym trap,
    )
}

/// Enters the supervisor: S-mode at `entry`, the hart's number in `a0` and the
/// device tree in `a1`, without translation and with interrupts off (SBI
/// specification, chapter "Hart State Management", start of a hart).
pub(crate) fn enter_supervisor(entry: u64, hart: u64, tree: u64) -> ! {
    // SAFETY: M-mode is left for good, but for traps, which come back by
    // `trap_entry` on the whole stack.
    unsafe {
        asm!(
            "csrw mepc, {entry}",
            "csrw satp, zero",
            "csrw sscratch, zero",
            "csrw sie, zero",
            "csrc mstatus, {mpp}",
            "csrs mstatus, {mpp_s}",
            "mret",
            entry = in(reg) entry,
            mpp = in(reg) crate::csr::MSTATUS_MPP,
            mpp_s = in(reg) crate::csr::MSTATUS_MPP_S,
            in("a0") hart,
            in("a1") tree,
            options(noreturn),
        )
    }
}

/// Stops this hart.
pub(crate) fn sleep_for_ever() -> ! {
    loop {
        // SAFETY: waiting changes nothing.
        unsafe { asm!("wfi", options(nomem, nostack)) };
    }
}
