//! Accesses that may go wrong, and what the kernel says when they do.
//!
//! [`attempt`] makes one access and returns; if it faults, a handler for SIGSEGV
//! resumes behind it. [`Mender`] is a handler that repairs the cause, so that the
//! access is made again. [`demonstrate`] makes an access that ends the process.
#![allow(
    unsafe_code,
    reason = "a signal handler works on what the kernel saved of the process"
)]

use core::sync::atomic::{AtomicUsize, Ordering};

use pagewalk_guest_abi::{Syscall, signal};

use crate::error::{Answer, Outcome};
use crate::kernel::{address, ask};
use crate::layout;
use crate::memory::Region;

/// What a process does at an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Loads a byte.
    Load,
    /// Stores a word. [`attempt`] stores what is there already (an atomic "or" with
    /// zero), so that it harms nobody.
    Store,
    /// Calls it as a function. There must be a `ret`, if it can be executed.
    Call,
}

/// What SIGSEGV says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Why (`si_code`): [`signal::SEGV_MAPERR`] or [`signal::SEGV_ACCERR`].
    pub code: i32,
    /// The address of the access (`si_addr`).
    pub address: usize,
    /// The address of the instruction.
    pub pc: usize,
}

/// Repairs the cause of a fault; `false` if it cannot.
pub type Mender<'a> = &'a dyn Fn(&Fault) -> bool;

/// The name of a reason.
pub fn code_name(code: i32) -> &'static str {
    match code {
        signal::SEGV_MAPERR => "SEGV_MAPERR (nothing is mapped there)",
        signal::SEGV_ACCERR => "SEGV_ACCERR (it is mapped, but not for that)",
        _ => "an unknown reason",
    }
}

/// Makes an access; the error is the fault that it caused.
///
/// # Errors
///
/// The fault.
pub fn attempt(access: Access, address: usize) -> Result<(), Fault> {
    on_fault(Action::Handle);
    let result = probe::make(access, address);
    on_fault(Action::Default);
    match result.code {
        0 => Ok(()),
        code => Err(Fault {
            code: code as i32,
            address: result.address,
            pc: result.pc,
        }),
    }
}

/// Does `work` while `mender` repairs what causes faults.
pub fn mending<T>(mender: Mender<'_>, work: impl FnOnce() -> T) -> T {
    MENDER.store((&raw const mender) as usize, Ordering::Relaxed);
    on_fault(Action::Handle);
    let result = work();
    on_fault(Action::Default);
    MENDER.store(0, Ordering::Relaxed);
    result
}

/// Makes an access that the kernel must refuse with `code`: first with a handler,
/// which looks at what the kernel says, then without, which ends the process.
///
/// The address is one at which no Rust object can be written.
///
/// # Errors
///
/// If the access succeeds, or faults for another reason. If all is well, it does
/// not return.
pub fn demonstrate(access: Access, address: usize, code: i32) -> Outcome {
    let Err(fault) = attempt(access, address) else {
        crate::fail!("{access:?} at {address:#x} succeeded");
    };
    let (found, why) = (fault.address, code_name(fault.code));
    crate::println!("A handler for SIGSEGV sees: address {found:#x}, {why}.");
    crate::check_eq!(found, address, "si_addr");
    crate::check_eq!(fault.code, code, "si_code");
    crate::println!("Now without a handler: this process ends here, with status 139.");
    probe::make_for_good(access, address);
    crate::fail!("the process lived on after {access:?} at {address:#x}");
}

/// Lets handlers run on this memory, whatever the stack pointer is at the time.
///
/// # Errors
///
/// What the kernel says.
pub fn handle_on(stack: Region) -> Answer {
    // struct sigaltstack: where, flags, how much.
    let stack = [stack.start() as u64, 0, stack.bytes() as u64];
    // SAFETY: Rust keeps nothing in regions.
    unsafe { ask(Syscall::Sigaltstack, [address(stack.as_ptr()), 0]) }
}

/// Whether pages can be executed and not read. An emulator that knows no such
/// pages says no; then there is nothing to be shown.
///
/// # Errors
///
/// What the kernel says about a new page.
pub fn execute_only_exists() -> Answer<bool> {
    let page = Region::anonymous(1)?;
    page.protect(crate::memory::Prot::EXECUTE)?;
    let exists = attempt(Access::Load, page.start()).is_err();
    page.unmap()?;
    Ok(exists)
}

// --- the handler -----------------------------------------------------------------

/// The address of the current [`Mender`], which [`mending`] borrows, or zero.
static MENDER: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    /// The process ends.
    Default,
    /// [`handle`] is called.
    Handle,
}

fn on_fault(action: Action) {
    let handler = match action {
        Action::Default => signal::SIG_DFL,
        Action::Handle => address(handle as *const ()),
    };
    // struct sigaction of riscv64: handler, flags, mask. There is no restorer, but
    // QEMU's user mode reads one: a word more.
    let flags = signal::SA_SIGINFO | signal::SA_ONSTACK;
    let new = [handler, flags, 0, 0];
    let arguments = [
        signal::SIGSEGV.into(),
        address(new.as_ptr()),
        0,
        layout::SIGSET_BYTES,
    ];
    // SAFETY: the kernel reads the structure; `handle` has the right type.
    let set = unsafe { ask(Syscall::RtSigaction, arguments) };
    set.expect("SIGSEGV can be handled");
}

/// The handler for SIGSEGV.
extern "C" fn handle(_signal: usize, info: *const u8, context: *mut u8) {
    // SAFETY: the kernel gives a `siginfo_t` and a `ucontext_t`, with the offsets
    // that `abi` has. What is changed in the latter holds when this returns.
    unsafe {
        let registers = context.add(layout::UCONTEXT_REGISTERS).cast::<usize>();
        let fault = Fault {
            code: info.add(layout::SIGINFO_CODE).cast::<i32>().read(),
            address: info.add(layout::SIGINFO_ADDRESS).cast::<usize>().read(),
            pc: registers.read(),
        };
        let mender = MENDER.load(Ordering::Relaxed);
        if mender != 0 {
            let mender = *(mender as *const Mender<'_>);
            if mender(&fault) {
                return;
            }
        } else if let Some(resume) = probe::resume_address() {
            registers.write(resume);
            registers.add(10).write(fault.code as usize); // a0
            registers.add(11).write(fault.address); // a1
            registers.add(12).write(fault.pc); // a2
            return;
        }
    }
    // Not ours: the same access again, without a handler.
    on_fault(Action::Default);
}

#[cfg(target_os = "none")]
mod probe {
    //! Single accesses, written so that a handler can resume behind them.

    use core::arch::global_asm;
    use core::sync::atomic::{AtomicUsize, Ordering};

    use super::Access;

    /// Where the handler is to resume, or zero.
    static RESUME: AtomicUsize = AtomicUsize::new(0);

    /// What a probe left in `a0` to `a2`: zeros, or what the handler wrote.
    #[derive(Default)]
    pub(super) struct Result {
        pub(super) code: usize,
        pub(super) address: usize,
        pub(super) pc: usize,
    }

    // Each begins with the address in a0. A fault leads to label 9, with sp as it
    // was at the access.
    global_asm!(
        ".pushsection .text.probe, \"ax\", @progbits",
        ".globl pagewalk_probe_load, pagewalk_probe_store, pagewalk_probe_call",
        ".globl pagewalk_probe_resume, pagewalk_probe_plain_store",
        "pagewalk_probe_load:",
        "    addi sp, sp, -16",
        "    sd   ra, 0(sp)",
        "    lbu  t0, 0(a0)",
        "    j    8f",
        "pagewalk_probe_store:",
        "    addi sp, sp, -16",
        "    sd   ra, 0(sp)",
        ".option push",
        ".option arch, +a",
        "    amoor.w zero, zero, (a0)",
        ".option pop",
        "    j    8f",
        "pagewalk_probe_plain_store:",
        "    addi sp, sp, -16",
        "    sd   ra, 0(sp)",
        "    sw   zero, 0(a0)",
        "    j    8f",
        "pagewalk_probe_call:",
        "    addi sp, sp, -16",
        "    sd   ra, 0(sp)",
        "    fence.i",
        "    jalr a0",
        "8:  li   a0, 0",
        "pagewalk_probe_resume:",
        "    ld   ra, 0(sp)",
        "    addi sp, sp, 16",
        "    ret",
        ".popsection",
    );

    unsafe extern "C" {
        fn pagewalk_probe_load();
        fn pagewalk_probe_store();
        fn pagewalk_probe_plain_store();
        fn pagewalk_probe_call();
        fn pagewalk_probe_resume();
    }

    pub(super) fn resume_address() -> Option<usize> {
        Some(RESUME.load(Ordering::Relaxed)).filter(|address| *address != 0)
    }

    pub(super) fn make(access: Access, address: usize) -> Result {
        let probe = match access {
            Access::Load => pagewalk_probe_load as *const (),
            Access::Store => pagewalk_probe_store as *const (),
            Access::Call => pagewalk_probe_call as *const (),
        };
        RESUME.store(
            pagewalk_probe_resume as *const () as usize,
            Ordering::Relaxed,
        );
        let result = run(probe, address);
        RESUME.store(0, Ordering::Relaxed);
        result
    }

    pub(super) fn make_for_good(access: Access, address: usize) {
        let probe = match access {
            Access::Load => pagewalk_probe_load as *const (),
            Access::Store => pagewalk_probe_plain_store as *const (),
            Access::Call => pagewalk_probe_call as *const (),
        };
        run(probe, address);
    }

    fn run(probe: *const (), address: usize) -> Result {
        let (code, at, pc);
        // SAFETY: the probe is one of the functions above, which obeys the calling
        // convention; see [`Access`] for what it does to memory.
        unsafe {
            core::arch::asm!(
                "jalr {probe}",
                probe = in(reg) probe,
                inlateout("a0") address => code,
                inlateout("a1") 0_usize => at,
                inlateout("a2") 0_usize => pc,
                clobber_abi("C"),
            );
        }
        Result {
            code,
            address: at,
            pc,
        }
    }
}

#[cfg(not(target_os = "none"))]
mod probe {
    //! A host makes no accesses for others.

    use super::Access;

    #[derive(Default)]
    pub(super) struct Result {
        pub(super) code: usize,
        pub(super) address: usize,
        pub(super) pc: usize,
    }

    pub(super) fn resume_address() -> Option<usize> {
        None
    }

    pub(super) fn make(_: Access, _: usize) -> Result {
        Result::default()
    }

    pub(super) fn make_for_good(_: Access, _: usize) {}
}
