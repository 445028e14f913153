//! To a process and back.
//!
//! Seen from the kernel, running a process is a call: [`run`] returns when the process
//! has trapped, and says why. So the kernel has one stack, and nothing of a process is
//! on it: whatever a process waits for, its registers are in its [`Frame`].
#![allow(
    unsafe_code,
    reason = "registers are saved and restored in assembly language"
)]

use core::arch::{asm, naked_asm};
use core::mem::offset_of;

use super::csr;
use crate::mem::Access;

/// The registers of a thread.
#[derive(Clone, Debug)]
#[repr(C)]
pub(crate) struct Frame {
    /// x1 to x31; x\[0\] is not used.
    pub(crate) x: [u64; 32],
    /// f0 to f31.
    pub(crate) f: [u64; 32],
    /// Where it goes on.
    pub(crate) pc: u64,
    /// The floating-point status.
    pub(crate) fcsr: u64,
    /// The kernel's stack, while the process runs.
    kernel_sp: u64,
}

impl Frame {
    /// All zero.
    pub(crate) const ZERO: Frame = Frame {
        x: [0; 32],
        f: [0; 32],
        pc: 0,
        fcsr: 0,
        kernel_sp: 0,
    };
}

/// Why a process came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trap {
    /// A system call.
    Call,
    /// A page fault.
    PageFault {
        /// Where.
        address: u64,
        /// What was tried.
        access: Access,
    },
    /// The timer.
    Timer,
    /// A device.
    Device,
    /// Any other exception.
    Exception {
        /// `scause`.
        cause: u64,
        /// `stval`.
        value: u64,
    },
}

/// The field FS of `sstatus`: whether the floating-point registers were written to.
const FS: u64 = 0b11 << 13;
const FS_CLEAN: u64 = 0b10 << 13;
const FS_DIRTY: u64 = 0b11 << 13;
/// `sstatus`: where sret goes to, and whether interrupts are on there.
const SPP: u64 = 1 << 8;
const SPIE: u64 = 1 << 5;

/// Lets timer and devices interrupt processes.
pub(crate) fn enable_interrupts() {
    csr::enable(csr::TIMER | csr::EXTERNAL);
}

/// Runs a process until it traps. `other_floats` says that the floating-point
/// registers are not those of this frame; afterwards they are, and what the process
/// has changed is in the frame.
pub(crate) fn run(frame: &mut Frame, other_floats: bool) -> Trap {
    // SAFETY: interrupts on and U-mode take effect with `sret`; the kernel does not
    // use floating-point registers. The address space is that of the process, which
    // `use_root` was told; with whatever registers, a process reaches only its own.
    unsafe {
        asm!("csrc sstatus, {0}", "csrs sstatus, {1}", in(reg) SPP | FS, in(reg) SPIE | FS_CLEAN);
        if other_floats {
            load_floats(frame);
            asm!("csrc sstatus, {0}", "csrs sstatus, {1}", in(reg) FS, in(reg) FS_CLEAN);
        }
        enter(frame);
    }
    if csr::read!("sstatus") & FS == FS_DIRTY {
        // SAFETY: as above.
        unsafe { save_floats(frame) };
    }
    trap(csr::read!("scause"), csr::read!("stval"))
}

/// Privileged Architecture, Supervisor Cause Register.
fn trap(cause: u64, value: u64) -> Trap {
    const INTERRUPT: u64 = 1 << 63;
    let fault = |access| Trap::PageFault {
        address: value,
        access,
    };
    match cause {
        8 => Trap::Call,
        12 => fault(Access::Fetch),
        13 => fault(Access::Load),
        15 => fault(Access::Store),
        cause if cause == INTERRUPT | 5 => Trap::Timer,
        cause if cause == INTERRUPT | 9 => Trap::Device,
        _ => Trap::Exception { cause, value },
    }
}

/// Saves what a call has to preserve, loads the registers of the process, and goes.
#[unsafe(naked)]
unsafe extern "C" fn enter(frame: &mut Frame) {
    naked_asm!(
        "   addi sp, sp, -112",
        "   sd ra, 0(sp)",
        "   sd s0, 8(sp)",
        "   sd s1, 16(sp)",
        "   sd s2, 24(sp)",
        "   sd s3, 32(sp)",
        "   sd s4, 40(sp)",
        "   sd s5, 48(sp)",
        "   sd s6, 56(sp)",
        "   sd s7, 64(sp)",
        "   sd s8, 72(sp)",
        "   sd s9, 80(sp)",
        "   sd s10, 88(sp)",
        "   sd s11, 96(sp)",
        "   sd sp, {kernel_sp}(a0)",
        // Where the next trap finds the frame.
        "   csrw sscratch, a0",
        "   la t0, {leave}",
        "   csrw stvec, t0",
        "   ld t0, {pc}(a0)",
        "   csrw sepc, t0",
        "   ld x1, 8(a0)",
        "   ld x2, 16(a0)",
        "   ld x3, 24(a0)",
        "   ld x4, 32(a0)",
        "   ld x5, 40(a0)",
        "   ld x6, 48(a0)",
        "   ld x7, 56(a0)",
        "   ld x8, 64(a0)",
        "   ld x9, 72(a0)",
        "   ld x11, 88(a0)",
        "   ld x12, 96(a0)",
        "   ld x13, 104(a0)",
        "   ld x14, 112(a0)",
        "   ld x15, 120(a0)",
        "   ld x16, 128(a0)",
        "   ld x17, 136(a0)",
        "   ld x18, 144(a0)",
        "   ld x19, 152(a0)",
        "   ld x20, 160(a0)",
        "   ld x21, 168(a0)",
        "   ld x22, 176(a0)",
        "   ld x23, 184(a0)",
        "   ld x24, 192(a0)",
        "   ld x25, 200(a0)",
        "   ld x26, 208(a0)",
        "   ld x27, 216(a0)",
        "   ld x28, 224(a0)",
        "   ld x29, 232(a0)",
        "   ld x30, 240(a0)",
        "   ld x31, 248(a0)",
        "   ld x10, 80(a0)",
        "   sret",
        leave = sym leave,
        kernel_sp = const offset_of!(Frame, kernel_sp),
        pc = const offset_of!(Frame, pc),
    )
}

/// The process has trapped: saves its registers and returns from [`enter`].
#[unsafe(naked)]
unsafe extern "C" fn leave() {
    naked_asm!(
        ".balign 4",
        // a0 is the only register that we can have before its value is safe.
        "   csrrw a0, sscratch, a0",
        "   sd x1, 8(a0)",
        "   sd x2, 16(a0)",
        "   sd x3, 24(a0)",
        "   sd x4, 32(a0)",
        "   sd x5, 40(a0)",
        "   sd x6, 48(a0)",
        "   sd x7, 56(a0)",
        "   sd x8, 64(a0)",
        "   sd x9, 72(a0)",
        "   sd x11, 88(a0)",
        "   sd x12, 96(a0)",
        "   sd x13, 104(a0)",
        "   sd x14, 112(a0)",
        "   sd x15, 120(a0)",
        "   sd x16, 128(a0)",
        "   sd x17, 136(a0)",
        "   sd x18, 144(a0)",
        "   sd x19, 152(a0)",
        "   sd x20, 160(a0)",
        "   sd x21, 168(a0)",
        "   sd x22, 176(a0)",
        "   sd x23, 184(a0)",
        "   sd x24, 192(a0)",
        "   sd x25, 200(a0)",
        "   sd x26, 208(a0)",
        "   sd x27, 216(a0)",
        "   sd x28, 224(a0)",
        "   sd x29, 232(a0)",
        "   sd x30, 240(a0)",
        "   sd x31, 248(a0)",
        "   csrr t0, sscratch",
        "   sd t0, 80(a0)",
        "   csrr t0, sepc",
        "   sd t0, {pc}(a0)",
        // From here on, a trap would be the kernel's own.
        "   la t0, {trap}",
        "   csrw stvec, t0",
        "   ld sp, {kernel_sp}(a0)",
        "   ld ra, 0(sp)",
        "   ld s0, 8(sp)",
        "   ld s1, 16(sp)",
        "   ld s2, 24(sp)",
        "   ld s3, 32(sp)",
        "   ld s4, 40(sp)",
        "   ld s5, 48(sp)",
        "   ld s6, 56(sp)",
        "   ld s7, 64(sp)",
        "   ld s8, 72(sp)",
        "   ld s9, 80(sp)",
        "   ld s10, 88(sp)",
        "   ld s11, 96(sp)",
        "   addi sp, sp, 112",
        "   ret",
        trap = sym super::report::trap_entry,
        kernel_sp = const offset_of!(Frame, kernel_sp),
        pc = const offset_of!(Frame, pc),
    )
}

#[unsafe(naked)]
unsafe extern "C" fn load_floats(frame: &Frame) {
    naked_asm!(
        // Assembly outside of functions is not told what the hart has.
        ".option push",
        ".option arch, +d",
        "   ld t0, {fcsr}(a0)",
        "   fscsr t0",
        "   addi a0, a0, {f}",
        "   fld f0, 0(a0)",
        "   fld f1, 8(a0)",
        "   fld f2, 16(a0)",
        "   fld f3, 24(a0)",
        "   fld f4, 32(a0)",
        "   fld f5, 40(a0)",
        "   fld f6, 48(a0)",
        "   fld f7, 56(a0)",
        "   fld f8, 64(a0)",
        "   fld f9, 72(a0)",
        "   fld f10, 80(a0)",
        "   fld f11, 88(a0)",
        "   fld f12, 96(a0)",
        "   fld f13, 104(a0)",
        "   fld f14, 112(a0)",
        "   fld f15, 120(a0)",
        "   fld f16, 128(a0)",
        "   fld f17, 136(a0)",
        "   fld f18, 144(a0)",
        "   fld f19, 152(a0)",
        "   fld f20, 160(a0)",
        "   fld f21, 168(a0)",
        "   fld f22, 176(a0)",
        "   fld f23, 184(a0)",
        "   fld f24, 192(a0)",
        "   fld f25, 200(a0)",
        "   fld f26, 208(a0)",
        "   fld f27, 216(a0)",
        "   fld f28, 224(a0)",
        "   fld f29, 232(a0)",
        "   fld f30, 240(a0)",
        "   fld f31, 248(a0)",
        "   ret",
        ".option pop",
        f = const offset_of!(Frame, f),
        fcsr = const offset_of!(Frame, fcsr),
    )
}

#[unsafe(naked)]
unsafe extern "C" fn save_floats(frame: &mut Frame) {
    naked_asm!(
        // Assembly outside of functions is not told what the hart has.
        ".option push",
        ".option arch, +d",
        "   frcsr t0",
        "   sd t0, {fcsr}(a0)",
        "   addi a0, a0, {f}",
        "   fsd f0, 0(a0)",
        "   fsd f1, 8(a0)",
        "   fsd f2, 16(a0)",
        "   fsd f3, 24(a0)",
        "   fsd f4, 32(a0)",
        "   fsd f5, 40(a0)",
        "   fsd f6, 48(a0)",
        "   fsd f7, 56(a0)",
        "   fsd f8, 64(a0)",
        "   fsd f9, 72(a0)",
        "   fsd f10, 80(a0)",
        "   fsd f11, 88(a0)",
        "   fsd f12, 96(a0)",
        "   fsd f13, 104(a0)",
        "   fsd f14, 112(a0)",
        "   fsd f15, 120(a0)",
        "   fsd f16, 128(a0)",
        "   fsd f17, 136(a0)",
        "   fsd f18, 144(a0)",
        "   fsd f19, 152(a0)",
        "   fsd f20, 160(a0)",
        "   fsd f21, 168(a0)",
        "   fsd f22, 176(a0)",
        "   fsd f23, 184(a0)",
        "   fsd f24, 192(a0)",
        "   fsd f25, 200(a0)",
        "   fsd f26, 208(a0)",
        "   fsd f27, 216(a0)",
        "   fsd f28, 224(a0)",
        "   fsd f29, 232(a0)",
        "   fsd f30, 240(a0)",
        "   fsd f31, 248(a0)",
        "   ret",
        ".option pop",
        f = const offset_of!(Frame, f),
        fcsr = const offset_of!(Frame, fcsr),
    )
}

/// So that an exception can be named.
pub(crate) fn name_of(cause: u64) -> &'static str {
    match cause {
        0 => "misaligned instruction address",
        1 => "instruction access fault",
        2 => "illegal instruction",
        3 => "breakpoint",
        4 => "misaligned load",
        5 => "load access fault",
        6 => "misaligned store",
        7 => "store access fault",
        _ => "unknown exception",
    }
}
