//! Control and status registers, and the one call to the firmware.
#![allow(
    unsafe_code,
    reason = "CSRs and the firmware are reached by instructions of their own"
)]

use core::arch::asm;

use crate::mem::Ppn;

/// Reads a CSR by name.
macro_rules! read {
    ($name:literal) => {{
        let value: u64;
        // SAFETY: reading a CSR of S-mode changes nothing.
        unsafe { core::arch::asm!(concat!("csrr {}, ", $name), out(reg) value, options(nomem, nostack)) };
        value
    }};
}
pub(super) use read;

/// The supervisor's interrupts in `sie` and `sip`.
pub(super) const TIMER: u64 = 1 << 5;
pub(super) const EXTERNAL: u64 = 1 << 9;

/// The timer: ticks of the board's time base.
pub(crate) fn time() -> u64 {
    read!("time")
}

/// Interrupts when the timer reads `ticks`; one that is pending is taken back.
pub(crate) fn set_timer(ticks: u64) {
    const TIME: u64 = 0x5449_4d45;
    // SAFETY: the call (SBI specification, chapter "Timer Extension") changes no
    // memory and no register but a0 and a1.
    unsafe {
        asm!("ecall", inlateout("a0") ticks => _, lateout("a1") _, in("a6") 0, in("a7") TIME, options(nostack));
    }
}

/// Whether an interrupt of a device is waiting.
pub(crate) fn interrupt_pending() -> bool {
    read!("sip") & EXTERNAL != 0
}

/// Waits for an interrupt. It does not interrupt: `wfi` ends when one is pending, and
/// the kernel, in which interrupts are off, looks for itself what it is.
pub(crate) fn idle() {
    // SAFETY: waiting changes nothing.
    unsafe { asm!("wfi", options(nomem, nostack)) };
}

/// Lets processes read the counters of cycles, time and instructions, and make blocks
/// of the cache zero (`senvcfg.CBZE`, if the hart has it).
pub(crate) fn set_up_programs() {
    const CBZE: u64 = 1 << 7;
    // SAFETY: counters tell nothing that processes must not know; zeroing is a store.
    unsafe {
        asm!("csrw scounteren, {}", in(reg) 0b111, options(nomem, nostack));
        asm!("csrw senvcfg, {}", in(reg) CBZE, options(nomem, nostack));
    }
}

/// Vendor, architecture and implementation of the hart, as the firmware tells them.
pub(crate) fn identity() -> [u64; 3] {
    const BASE: u64 = 0x10;
    const FIRST: u64 = 4;
    [0, 1, 2].map(|which| {
        let value: u64;
        // SAFETY: as in `set_timer` (chapter "Base Extension").
        unsafe {
            asm!("ecall", out("a0") _, lateout("a1") value, in("a6") FIRST + which, in("a7") BASE, options(nostack));
        }
        value
    })
}

/// Enables timer and devices to interrupt processes.
pub(super) fn enable(interrupts: u64) {
    // SAFETY: `sstatus.SIE` stays off, so the kernel itself is not interrupted.
    unsafe { asm!("csrs sie, {}", in(reg) interrupts, options(nomem, nostack)) };
}

/// Sv39 in `satp`.
const SV39: u64 = 8 << 60;

/// What is in `satp` for a root table and an ASID.
pub(super) const fn satp(root: Ppn, asid: u16) -> u64 {
    SV39 | (asid as u64) << 44 | root.0
}

/// Writes `satp`.
///
/// # Safety
/// The table must map the kernel as the one before did.
pub(super) unsafe fn set_satp(value: u64) {
    // SAFETY: the caller's.
    unsafe { asm!("csrw satp, {}", in(reg) value, options(nostack)) };
}
