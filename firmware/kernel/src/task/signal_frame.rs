//! What a signal handler finds on its stack.
//!
//! Source: Linux, arch/riscv/include/uapi/asm/{sigcontext,ucontext,ptrace}.h. From the
//! stack pointer up: `siginfo` (128 bytes), `ucontext` with the registers. The handler
//! returns to a page of the kernel's, which calls rt_sigreturn, which takes the
//! registers from there.

use alloc::vec::Vec;

use pagewalk_guest_abi::signal::{SA_NODEFER, SA_ONSTACK, SIGSEGV};
use pagewalk_guest_abi::{Errno, Syscall};

use super::exec::TRAMPOLINE;
use super::signal::UNSTOPPABLE;
use super::{Action, Answer, Cx, Info, Origin, set_of};
use crate::arch::{DirectMap, DmaPage, Frame};
use crate::probe::probe;

const INFO_SIZE: usize = 128;
/// In the frame: the mask, and the registers (pc, x1 to x31).
const MASK_AT: usize = INFO_SIZE + 40;
const REGISTERS_AT: usize = INFO_SIZE + 176;
const FLOATS_AT: usize = REGISTERS_AT + 32 * 8;
const FCSR_AT: usize = FLOATS_AT + 32 * 8;
/// The floating-point part has room for registers of 128 bits.
const SIZE: usize = FLOATS_AT + 528;

/// Bytes of stack that a handler needs at least: the frame, and some for itself.
pub(super) const LEAST_STACK: u64 = 2048;
const _: () = assert!(SIZE + 512 <= LEAST_STACK as usize);

/// The page from which handlers return: `li a7, rt_sigreturn; ecall`.
pub(super) fn trampoline(memory: &mut DirectMap) -> DmaPage {
    let mut page = DmaPage::new(memory).expect("the pool was not used before");
    let load_number = (Syscall::RtSigreturn.number() as u32) << 20 | 17 << 7 | 0x13;
    page.write(0, load_number);
    page.write(4, 0x73u32);
    page
}

/// `siginfo_t`: what is known of a signal.
pub(crate) fn siginfo(signal: u32, info: Info) -> [u8; INFO_SIZE] {
    let mut bytes = [0; INFO_SIZE];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &signal.to_le_bytes());
    put(8, &info.code.to_le_bytes());
    match info.origin {
        Origin::Address(address) => put(16, &address.to_le_bytes()),
        Origin::Process(pid) => put(16, &pid.to_le_bytes()),
        Origin::Value { from, extra, value } => {
            put(16, &from.to_le_bytes());
            put(20, &extra.to_le_bytes());
            put(24, &value.to_le_bytes());
        }
        Origin::Child { pid, status } => {
            put(16, &pid.to_le_bytes());
            put(24, &status.to_le_bytes());
        }
    }
    bytes
}

/// A frame as bytes.
fn build(frame: &Frame, mask: u64, signal: u32, info: Info) -> Vec<u8> {
    let mut bytes = alloc::vec![0; SIZE];
    bytes[..INFO_SIZE].copy_from_slice(&siginfo(signal, info));
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(MASK_AT, &mask.to_le_bytes());
    put(REGISTERS_AT, &frame.pc.to_le_bytes());
    for (number, (x, f)) in frame.x.iter().zip(&frame.f).enumerate() {
        if number > 0 {
            put(REGISTERS_AT + 8 * number, &x.to_le_bytes());
        }
        put(FLOATS_AT + 8 * number, &f.to_le_bytes());
    }
    put(FCSR_AT, &(frame.fcsr as u32).to_le_bytes());
    bytes
}

/// Takes the registers from a frame; the mask that was in it.
fn restore(bytes: &[u8], frame: &mut Frame) -> u64 {
    let double = |at: usize| {
        let mut value = [0; 8];
        value.copy_from_slice(&bytes[at..at + 8]);
        u64::from_le_bytes(value)
    };
    // An odd address cannot be returned to.
    frame.pc = double(REGISTERS_AT) & !1;
    for number in 0..32 {
        if number > 0 {
            frame.x[number] = double(REGISTERS_AT + 8 * number);
        }
        frame.f[number] = double(FLOATS_AT + 8 * number);
    }
    frame.fcsr = double(FCSR_AT) & 0xff;
    double(MASK_AT)
}

/// Makes a thread go on in a signal handler. If its stack cannot hold the frame, the
/// process ends as by SIGSEGV.
pub(crate) async fn deliver(cx: Cx, signal: u32, info: Info, action: Action) {
    let tid = cx.tid;
    let (bytes, sp) = cx.kernel(|k| {
        let thread = k.thread(tid);
        let mask = thread.mask_before.take().unwrap_or(thread.mask);
        let mut top = thread.frame.x[2];
        if action.flags & SA_ONSTACK != 0 && !thread.is_on_handler_stack() {
            top = thread.handler_stack.end;
        }
        let sp = top.wrapping_sub(SIZE as u64) & !15;
        (build(&thread.frame, mask, signal, info), sp)
    });
    if cx.copy_out(&bytes, sp).await.is_err() {
        cx.kernel(|k| {
            let pid = k.thread(tid).pid;
            k.report_signal(pid, signal);
            k.kill_process(pid, SIGSEGV);
        });
        super::gone().await;
    }
    cx.kernel(|k| {
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
        frame.x[12] = sp + INFO_SIZE as u64;
    });
}

/// `rt_sigreturn`: back to where the signal came.
pub(crate) async fn sigreturn(cx: &Cx) -> Answer {
    let tid = cx.tid;
    let sp = cx.kernel(|k| k.thread(tid).frame.x[2]);
    let mut bytes = alloc::vec![0; SIZE];
    if cx.copy_in(sp, &mut bytes).await.is_err() {
        cx.kernel(|k| {
            let pid = k.thread(tid).pid;
            k.report_signal(pid, SIGSEGV);
            k.kill_process(pid, SIGSEGV);
        });
        super::gone().await;
    }
    let a0 = cx.kernel(|k| {
        k.reload_floats();
        let thread = k.thread(tid);
        thread.mask = restore(&bytes, &mut thread.frame) & !UNSTOPPABLE;
        thread.frame.x[10]
    });
    Ok::<u64, Errno>(a0)
}
