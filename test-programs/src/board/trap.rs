//! Interrupts: which a hart waits for, and who handles them.
#![allow(
    unsafe_code,
    reason = "trap entries in assembly, CSRs, changes of privilege"
)]

use core::{
    arch::{asm, naked_asm},
    sync::atomic::{AtomicUsize, Ordering},
};

/// `mie`, `mip`: software interrupt of M-mode.
pub const SOFTWARE: u64 = 1 << 3;
/// `mie`, `mip`: timer interrupt of M-mode.
pub const TIMER: u64 = 1 << 7;
/// `mie`, `mip`, `sie`: external interrupt of S-mode.
pub const SUPERVISOR_EXTERNAL: u64 = 1 << 9;
/// `mie`, `mip`: external interrupt of M-mode.
pub const EXTERNAL: u64 = 1 << 11;

/// Sets `mie`: the interrupts that end a wait.
pub fn enable(interrupts: u64) {
    // SAFETY: interrupts are taken in `take_pending` only.
    unsafe { asm!("csrw mie, {}", in(reg) interrupts, options(nostack)) };
}

/// The interrupts that are pending.
#[must_use]
pub fn pending() -> u64 {
    let pending;
    // SAFETY: reading this CSR has no effect.
    unsafe { asm!("csrr {}, mip", out(reg) pending, options(nostack)) };
    pending
}

/// What the trap entries call: a `fn()`.
static HANDLER: AtomicUsize = AtomicUsize::new(0);

/// Defines the entry of traps to one mode: registers that a function may
/// change are kept, an interrupt goes to the handler, an exception to
/// `exception`.
macro_rules! entry {
    ($name:ident, $cause:literal, $return:literal, $exception:path) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                ".balign 4",
                "addi sp, sp, -128",
                "sd   ra, 0(sp)",
                "sd   t0, 8(sp)",
                "sd   t1, 16(sp)",
                "sd   t2, 24(sp)",
                "sd   t3, 32(sp)",
                "sd   t4, 40(sp)",
                "sd   t5, 48(sp)",
                "sd   t6, 56(sp)",
                "sd   a0, 64(sp)",
                "sd   a1, 72(sp)",
                "sd   a2, 80(sp)",
                "sd   a3, 88(sp)",
                "sd   a4, 96(sp)",
                "sd   a5, 104(sp)",
                "sd   a6, 112(sp)",
                "sd   a7, 120(sp)",
                concat!("csrr a0, ", $cause),
                "call {handle}",
                "ld   ra, 0(sp)",
                "ld   t0, 8(sp)",
                "ld   t1, 16(sp)",
                "ld   t2, 24(sp)",
                "ld   t3, 32(sp)",
                "ld   t4, 40(sp)",
                "ld   t5, 48(sp)",
                "ld   t6, 56(sp)",
                "ld   a0, 64(sp)",
                "ld   a1, 72(sp)",
                "ld   a2, 80(sp)",
                "ld   a3, 88(sp)",
                "ld   a4, 96(sp)",
                "ld   a5, 104(sp)",
                "ld   a6, 112(sp)",
                "ld   a7, 120(sp)",
                "addi sp, sp, 128",
                $return,
                handle = sym $exception,
            )
        }
    };
}

entry!(machine_entry, "mcause", "mret", handle);
entry!(supervisor_entry, "scause", "sret", handle);

/// Hands an interrupt to the handler; floating point is not used in it.
extern "C" fn handle(cause: u64) {
    assert!(cause >> 63 == 1, "unexpected exception {cause}");
    let handler = HANDLER.load(Ordering::Relaxed);
    // SAFETY: whoever set the trap vector to an entry has put a `fn()` there
    // before.
    let handler: fn() = unsafe { core::mem::transmute(handler) };
    handler();
}

/// Has `handler` called for interrupts that [`take_pending`] lets in.
pub fn handle_with(handler: fn()) {
    HANDLER.store(handler as usize, Ordering::Relaxed);
    // SAFETY: the entry keeps all registers.
    unsafe {
        asm!("csrw mtvec, {}", in(reg) machine_entry as *const () as usize, options(nostack));
    }
}

/// Takes the interrupts of M-mode that are pending, and none later: so nothing
/// comes between a look at what a handler has done and a wait for more.
pub fn take_pending() {
    // SAFETY: the handler was set, or nothing is enabled that could come.
    unsafe { asm!("csrsi mstatus, 8", "csrci mstatus, 8", options(nostack)) };
}

/// Like [`take_pending`], in S-mode.
pub fn take_pending_in_supervisor_mode() {
    // SAFETY: as there.
    unsafe { asm!("csrsi sstatus, 2", "csrci sstatus, 2", options(nostack)) };
}

/// Goes on in S-mode, for good, where `handler` is called for those interrupts
/// of `interrupts` that [`take_pending_in_supervisor_mode`] lets in. All memory
/// and devices may be used there as before, CSRs of M-mode not.
pub fn enter_supervisor_mode(interrupts: u64, handler: fn()) {
    HANDLER.store(handler as usize, Ordering::Relaxed);
    // SAFETY: code, stack and data are the same as before, at the same
    // addresses.
    unsafe {
        asm!(
            "csrw mideleg, {interrupts}",
            "csrw stvec, {entry}",
            "csrw satp, zero",
            "li   t0, -1", // PMP: all memory for S-mode
            "csrw pmpaddr0, t0",
            "li   t0, 0x1f",
            "csrw pmpcfg0, t0",
            "li   t0, 0x1800", // mstatus.MPP = S
            "csrc mstatus, t0",
            "li   t0, 0x0800",
            "csrs mstatus, t0",
            "la   t0, 2f",
            "csrw mepc, t0",
            "mret",
            "2:  csrw sie, {interrupts}",
            interrupts = in(reg) interrupts,
            entry = in(reg) supervisor_entry as *const () as usize,
            out("t0") _,
            options(nostack),
        );
    }
}
