//! What a signal handler finds on its stack.
//!
//! Source: Linux, arch/riscv/include/uapi/asm/{sigcontext,ucontext,ptrace}.h. From the
//! stack pointer up: `siginfo` (128 bytes), `ucontext` with the registers. The handler
//! returns to a page of the kernel's, which calls rt_sigreturn, which takes the
//! registers from there.

use alloc::boxed::Box;
use alloc::vec::Vec;

use pagewalk_guest_abi::Syscall;
use pagewalk_guest_abi::signal::{SA_NODEFER, SA_ONSTACK, SIGSEGV};

use super::exec::TRAMPOLINE;
use super::signal::UNSTOPPABLE;
use super::{Action, Answer, Cx, Info, Kernel, Origin, Tid, Work, set_of};
use crate::arch::{DirectMap, DmaPage, Frame, bytes_of, bytes_of_mut};
use crate::probe::probe;

/// Words of `siginfo`.
const INFO_WORDS: usize = 128 / 8;
/// Words of the frame: the mask, the registers (pc, x1 to x31), those for
/// floating-point numbers.
const MASK_AT: usize = INFO_WORDS + 40 / 8;
const REGISTERS_AT: usize = INFO_WORDS + 176 / 8;
const FLOATS_AT: usize = REGISTERS_AT + 32;
const FCSR_AT: usize = FLOATS_AT + 32;
/// The floating-point part has room for registers of 128 bits.
const WORDS: usize = FLOATS_AT + 528 / 8;

/// Bytes of stack that a handler needs at least: the frame, and some for itself.
pub(super) const LEAST_STACK: u64 = 2048;
const _: () = assert!(8 * WORDS + 512 <= LEAST_STACK as usize);

/// The page from which handlers return: `li a7, rt_sigreturn; ecall`.
pub(super) fn trampoline(memory: &mut DirectMap) -> DmaPage {
    let mut page = DmaPage::new(memory).expect("the pool was not used before");
    let load_number = (Syscall::RtSigreturn.number() as u32) << 20 | 17 << 7 | 0x13;
    page.write(0, load_number);
    page.write(4, 0x73u32);
    page
}

/// `siginfo_t`: what is known of a signal, in words.
pub(crate) fn siginfo(signal: u32, info: Info) -> [u64; INFO_WORDS] {
    let two = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
    let (first, second) = match info.origin {
        Origin::Address(address) => (address, 0),
        Origin::Process(pid) => (pid.into(), 0),
        Origin::Value { from, extra, value } => (two(from, extra), value),
        Origin::Child { pid, status } => (pid.into(), status.into()),
    };
    let mut words = [0; INFO_WORDS];
    words[..4].copy_from_slice(&[signal.into(), (info.code as u32).into(), first, second]);
    words
}

/// A frame, in words.
fn build(frame: &Frame, mask: u64, signal: u32, info: Info) -> Vec<u64> {
    let mut words = Vec::with_capacity(WORDS);
    words.extend(siginfo(signal, info));
    words.resize(MASK_AT, 0);
    words.push(mask);
    words.resize(REGISTERS_AT, 0);
    words.push(frame.pc);
    words.extend_from_slice(&frame.x[1..]);
    words.extend_from_slice(&frame.f);
    words.push(u64::from(frame.fcsr as u32));
    words.resize(WORDS, 0);
    words
}

/// Takes the registers from a frame; the mask that was in it.
fn restore(words: &[u64], frame: &mut Frame) -> u64 {
    frame.x.copy_from_slice(&words[REGISTERS_AT..][..32]);
    // An odd address cannot be returned to.
    frame.pc = words[REGISTERS_AT] & !1;
    frame.f.copy_from_slice(&words[FLOATS_AT..][..32]);
    frame.fcsr = words[FCSR_AT] & 0xff;
    words[MASK_AT]
}

/// Makes a thread go on in a signal handler, at once if its stack is in memory. If the
/// stack cannot hold the frame, the process ends as by SIGSEGV.
pub(super) fn deliver(
    k: &mut Kernel,
    cx: &Cx,
    signal: u32,
    info: Info,
    action: Action,
) -> Option<Work> {
    let tid = cx.tid;
    let space = k.space_of(tid);
    let thread = k.thread(tid);
    let mask = thread.mask_before.take().unwrap_or(thread.mask);
    let mut top = thread.frame.x[2];
    if action.flags & SA_ONSTACK != 0 && !thread.is_on_handler_stack() {
        top = thread.handler_stack.end;
    }
    let sp = top.wrapping_sub(8 * WORDS as u64) & !15;
    let words = build(&thread.frame, mask, signal, info);
    if k.mm.copy_out(space, bytes_of(&words), sp).is_ok() {
        enter_handler(k, tid, signal, action, sp);
        return None;
    }
    let cx = cx.clone();
    Some(Box::pin(async move {
        if cx.copy_out(bytes_of(&words), sp).await.is_err() {
            end_without_stack(&cx, signal).await;
        }
        cx.kernel(|k| enter_handler(k, tid, signal, action, sp));
    }))
}

/// The frame is on the stack: the thread goes on in the handler.
fn enter_handler(k: &mut Kernel, tid: Tid, signal: u32, action: Action, sp: u64) {
    let thread = k.thread(tid);
    let own = if action.flags & SA_NODEFER == 0 {
        set_of(signal)
    } else {
        0
    };
    probe!("signal", tid.0, signal, action.handler);
    thread.mask |= (action.mask | own) & !UNSTOPPABLE;
    let frame = &mut thread.frame;
    frame.pc = action.handler & !1;
    frame.x[1] = TRAMPOLINE.address();
    frame.x[2] = sp;
    frame.x[10] = signal.into();
    frame.x[11] = sp;
    frame.x[12] = sp + 8 * INFO_WORDS as u64;
}

/// There is no frame, and no place for one.
async fn end_without_stack(cx: &Cx, signal: u32) -> ! {
    let tid = cx.tid;
    cx.kernel(|k| {
        let pid = k.thread(tid).pid;
        k.report_signal(pid, signal);
        k.kill_process(pid, SIGSEGV);
    });
    super::gone().await
}

/// The words of a frame that hold something.
type Saved = [u64; FCSR_AT + 1];

/// `rt_sigreturn`: back to where the signal came; `None` if the frame is not in memory.
pub(crate) fn sigreturn_at_once(k: &mut Kernel, tid: Tid) -> Option<Answer> {
    let (space, sp) = (k.space_of(tid), k.thread(tid).frame.x[2]);
    let mut words: Saved = [0; _];
    let copied = k.mm.copy_in(space, sp, bytes_of_mut(&mut words));
    copied.ok().map(|()| leave_handler(k, tid, &words))
}

/// The same, after waiting for the frame.
pub(crate) async fn sigreturn(cx: &Cx) -> Answer {
    let tid = cx.tid;
    let sp = cx.kernel(|k| k.thread(tid).frame.x[2]);
    let mut words: Saved = [0; _];
    if cx.copy_in(sp, bytes_of_mut(&mut words)).await.is_err() {
        end_without_stack(cx, SIGSEGV).await;
    }
    cx.kernel(|k| leave_handler(k, tid, &words))
}

/// The answer is what was in `a0`.
fn leave_handler(k: &mut Kernel, tid: Tid, words: &Saved) -> Answer {
    k.reload_floats();
    let thread = k.thread(tid);
    thread.mask = restore(words, &mut thread.frame) & !UNSTOPPABLE;
    Ok(thread.frame.x[10])
}
