//! Why a process came back, and what follows from it.

mod segv;

use alloc::boxed::Box;

use pagewalk_guest_abi::signal::{
    BUS_ADRALN, BUS_ADRERR, BUS_OBJERR, ILL_ILLOPC, SEGV_ACCERR, SEGV_MAPERR, SIGBUS, SIGILL,
    SIGSEGV, SIGTRAP, TRAP_BRKPT,
};

use crate::arch::Trap;
use crate::mem::{Access, BusCause, SegvCode, Stop};
use crate::sys;
use crate::task::{Cx, Info, Kernel, Origin, Tid};

/// Answers a trap of the program of a thread, or leaves work for the thread.
pub(crate) fn handle(k: &mut Kernel, cx: &Cx, trap: Trap) {
    match trap {
        Trap::Call => sys::call(k, cx),
        Trap::PageFault { address, access } => page_fault(k, cx, address, access),
        // The timer only has to bring us here: the scheduler looks at the time itself.
        Trap::Timer => k.timer_interrupt(),
        Trap::Device => k.device_interrupt(),
        Trap::Exception { cause, value } => exception(k, cx.tid, cause, value),
    }
}

/// The seed's moment. Most faults are resolved here and now; one that has to wait for
/// a disk becomes work of the thread, which tries again each time something is done.
fn page_fault(k: &mut Kernel, cx: &Cx, address: u64, access: Access) {
    let tid = cx.tid;
    let space = k.space_of(tid);
    let Err(stop) = k.mm.fault(space, address, access) else {
        return;
    };
    if is_final(k, tid, address, stop) {
        return;
    }
    let cx = cx.clone();
    k.thread(tid).work = Some(Box::pin(async move {
        let mut stop = stop;
        loop {
            if cx.resolve(stop).await.is_err() {
                return;
            }
            match cx.kernel(|k| k.mm.fault(space, address, access)) {
                Ok(_) => return,
                Err(next) => stop = next,
            }
            if cx.kernel(|k| is_final(k, tid, address, stop)) {
                return;
            }
        }
    }));
}

/// Whether waiting does not help: the process has done what it may not do, or the page
/// cannot be had. It has got a signal then, or is no more.
fn is_final(k: &mut Kernel, tid: Tid, address: u64, stop: Stop) -> bool {
    let (signal, code) = match stop {
        Stop::Wait(_) | Stop::OutOfMemory => return false,
        Stop::Segv(segv) => match segv.why.code() {
            SegvCode::MapErr => (SIGSEGV, SEGV_MAPERR),
            SegvCode::AccErr => (SIGSEGV, SEGV_ACCERR),
        },
        Stop::Bus(BusCause::BeyondFile) => (SIGBUS, BUS_ADRERR),
        Stop::Bus(BusCause::FileRead | BusCause::SwapRead) => (SIGBUS, BUS_OBJERR),
    };
    let info = Info {
        code,
        origin: Origin::Address(address),
    };
    if !k.fault_signal(tid, signal, info) {
        segv::report(k, tid, address, stop);
        let pid = k.thread(tid).pid;
        k.kill_process(pid, signal);
    }
    true
}

/// Anything else that a program can do to be interrupted.
fn exception(k: &mut Kernel, tid: Tid, cause: u64, value: u64) {
    let (signal, code) = match cause {
        2 => (SIGILL, ILL_ILLOPC),
        3 => (SIGTRAP, TRAP_BRKPT),
        0 | 4 | 6 => (SIGBUS, BUS_ADRALN),
        // An access fault: the page tables name only memory, so this is a page that
        // the kernel has lent.
        _ => (SIGSEGV, SEGV_ACCERR),
    };
    let pc = k.thread(tid).frame.pc;
    let address = if matches!(cause, 2 | 3) { pc } else { value };
    let info = Info {
        code,
        origin: Origin::Address(address),
    };
    if !k.fault_signal(tid, signal, info) {
        segv::report_exception(k, tid, cause, value);
        let pid = k.thread(tid).pid;
        k.kill_process(pid, signal);
    }
}
