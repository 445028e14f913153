//! The few instructions that Rust has no words for: entry, system calls, the
//! start of a thread, the return from it.
//!
//! On a host the same functions exist and do nothing, so that all else compiles
//! there, too.
#![allow(
    unsafe_code,
    reason = "start code and system calls are instructions that the compiler does not know"
)]

#[cfg(target_os = "none")]
use pagewalk_guest_abi::Syscall;

/// Asks the kernel: number in `a7`, arguments in `a0` to `a5`, the answer in `a0`.
///
/// # Safety
///
/// The kernel reads and writes memory as the call says; it must be memory that
/// the caller may lend.
#[cfg(target_os = "none")]
pub(crate) unsafe fn system_call(number: u64, arguments: [u64; 6]) -> u64 {
    let [a0, a1, a2, a3, a4, a5] = arguments;
    let result;
    // SAFETY: what the call does is the caller's promise; all registers but a0
    // are as before (Linux, Documentation/arch/riscv), memory is clobbered.
    unsafe {
        core::arch::asm!(
            "ecall",
            inlateout("a0") a0 => result,
            in("a1") a1, in("a2") a2, in("a3") a3, in("a4") a4, in("a5") a5,
            in("a7") number,
            options(nostack),
        );
    }
    result
}

// The stack of a new process: argc, argv[0..argc], 0, envp…, 0, auxv…
#[cfg(target_os = "none")]
core::arch::global_asm!(
    ".pushsection .text.start, \"ax\", @progbits",
    ".globl _start",
    "_start:",
    "    mv   a0, sp",
    "    andi sp, sp, -16",
    "    mv   s0, zero",
    "    mv   ra, zero",
    "    call {start}",
    "    unimp",
    ".popsection",
    start = sym crate::entry::start,
);

/// Starts a thread: it calls `body(argument)` on the stack that ends at
/// `stack_end`, and ends when that returns. `flags`, `parent_word`, `tls` and
/// `child_word` are those of `clone`.
///
/// # Safety
///
/// The stack belongs to the new thread alone until `child_word` becomes zero;
/// `body` may be called with `argument` by another thread.
#[cfg(target_os = "none")]
pub(crate) unsafe fn clone_thread(
    flags: u64,
    stack_end: u64,
    child_word: u64,
    tls: u64,
    body: extern "C" fn(usize),
    argument: usize,
) -> u64 {
    let result;
    // SAFETY: the new thread begins behind the ecall with a0 = 0, all other
    // registers as here, and its own stack: it uses nothing of this function's
    // frame and never leaves the assembly.
    unsafe {
        core::arch::asm!(
            "ecall",
            "bnez a0, 2f",
            "mv   ra, zero",
            "mv   s0, zero",
            "mv   a0, t1",
            "jalr t0",
            "li   a7, {exit}",
            "li   a0, 0",
            "ecall",
            "unimp",
            "2:",
            inlateout("a0") flags => result,
            in("a1") stack_end, in("a2") 0, in("a3") tls, in("a4") child_word,
            in("a7") Syscall::Clone.number(),
            in("t0") body, in("t1") argument,
            exit = const Syscall::Exit.number(),
            options(nostack),
        );
    }
    result
}

/// The thread pointer.
#[cfg(target_os = "none")]
pub fn thread_pointer() -> usize {
    let value;
    // SAFETY: it copies a register.
    unsafe { core::arch::asm!("mv {}, tp", out(reg) value, options(nomem, nostack)) };
    value
}

/// The timer, in ticks.
#[cfg(target_os = "none")]
pub(crate) fn ticks() -> u64 {
    let value;
    // SAFETY: it copies a counter.
    unsafe { core::arch::asm!("rdtime {}", out(reg) value, options(nostack)) };
    value
}

/// Instructions that the hart has executed; a signal, if the kernel does not lend that.
#[cfg(target_os = "none")]
pub(crate) fn retired() -> u64 {
    let value;
    // SAFETY: it copies a counter.
    unsafe { core::arch::asm!("rdinstret {}", out(reg) value, options(nostack)) };
    value
}

#[cfg(not(target_os = "none"))]
mod host {
    use pagewalk_guest_abi::Errno;

    /// # Safety
    ///
    /// Safe: there is no kernel to ask, which is what it answers (ENOSYS).
    pub(crate) unsafe fn system_call(_: u64, _: [u64; 6]) -> u64 {
        Errno::ENOSYS.to_return()
    }

    /// # Safety
    ///
    /// Safe: it starts nothing.
    pub(crate) unsafe fn clone_thread(
        _: u64,
        _: u64,
        _: u64,
        _: u64,
        _: extern "C" fn(usize),
        _: usize,
    ) -> u64 {
        Errno::ENOSYS.to_return()
    }

    /// No time passes here.
    pub(crate) fn ticks() -> u64 {
        0
    }

    /// No instructions, either.
    pub(crate) fn retired() -> u64 {
        0
    }

    /// No thread here has one.
    pub fn thread_pointer() -> usize {
        0
    }
}
#[cfg(not(target_os = "none"))]
pub use host::thread_pointer;
#[cfg(not(target_os = "none"))]
pub(crate) use host::{clone_thread, retired, system_call, ticks};
