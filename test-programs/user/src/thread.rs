//! Threads: tasks with one address space.
#![allow(
    unsafe_code,
    reason = "a thread runs on a stack that the compiler knows nothing of"
)]

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use pagewalk_guest_abi::{Syscall, flags};

use crate::arch;
use crate::error::Answer;
use crate::kernel::{address, answer, ask};
use crate::memory::{Prot, Region, Sharing};

pub use arch::thread_pointer;

/// Pages of a thread's stack. Below it lies one that is not mapped for anything.
const STACK_PAGES: usize = 16;

/// A thread like the first one of this process, which shares all with it.
const LIKE_THIS: u64 = flags::CLONE_VM
    | flags::CLONE_FS
    | flags::CLONE_FILES
    | flags::CLONE_SIGHAND
    | flags::CLONE_THREAD
    | flags::CLONE_SYSVSEM
    | flags::CLONE_SETTLS
    | flags::CLONE_CHILD_CLEARTID;

/// A thread that was started here.
#[derive(Debug)]
pub struct Thread {
    /// Not zero until the thread has ended; the kernel zeroes it.
    running: Arc<AtomicU32>,
    stack: Region,
}

type Work = Box<dyn FnOnce() + Send>;

/// Starts a thread that does `work`; its thread pointer is `tls`.
///
/// # Errors
///
/// What the kernel says.
pub fn spawn(tls: usize, work: impl FnOnce() + Send + 'static) -> Answer<Thread> {
    let stack = Region::map(STACK_PAGES + 1, Prot::READ_WRITE, Sharing::Private)?;
    stack.page(0).protect(Prot::NONE)?;
    let running = Arc::new(AtomicU32::new(1));
    let (end, word) = (stack.end() as u64, address(running.as_ptr()));
    let work: *mut Work = Box::into_raw(Box::new(Box::new(work)));
    // SAFETY: nobody else uses the stack before `join` has seen that the thread has
    // ended. `work` is Send and given away. The word lives until then, too.
    let result =
        unsafe { arch::clone_thread(LIKE_THIS, end, word, tls as u64, body, work as usize) };
    match answer(Syscall::Clone, result) {
        Ok(_) => Ok(Thread { running, stack }),
        Err(refused) => {
            // SAFETY: there is no thread that has it.
            drop(unsafe { Box::from_raw(work) });
            Err(refused)
        }
    }
}

extern "C" fn body(work: usize) {
    // SAFETY: `spawn` has given the box away.
    let work = unsafe { Box::from_raw(work as *mut Work) };
    work();
}

impl Thread {
    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// What the kernel says about its stack.
    pub fn join(self) -> Answer {
        while self.running.load(Ordering::Acquire) != 0 {
            wait(&self.running, 1);
        }
        self.stack.unmap()
    }
}

/// Sleeps while the word has this value; may wake early.
fn wait(word: &AtomicU32, value: u32) {
    let arguments = [address(word), flags::FUTEX_WAIT, value.into(), 0];
    // SAFETY: the kernel reads the word.
    let _ = unsafe { ask(Syscall::Futex, arguments) };
}

/// Wakes one that sleeps on the word.
fn wake(word: &AtomicU32) {
    let arguments = [address(word), flags::FUTEX_WAKE, 1];
    // SAFETY: no memory is concerned.
    let _ = unsafe { ask(Syscall::Futex, arguments) };
}

/// A lock on which threads sleep.
///
/// Drepper, "Futexes Are Tricky", 2011, section 6: 0 is free, 1 is taken, 2 is taken
/// and perhaps somebody sleeps.
#[derive(Debug, Default)]
pub struct Lock(AtomicU32);

impl Lock {
    /// A free one.
    pub const fn new() -> Lock {
        Lock(AtomicU32::new(0))
    }

    /// Does `work` while nobody else does.
    pub fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        let taken = self
            .0
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed);
        if taken.is_err() {
            while self.0.swap(2, Ordering::Acquire) != 0 {
                wait(&self.0, 2);
            }
        }
        let result = work();
        if self.0.swap(0, Ordering::Release) == 2 {
            wake(&self.0);
        }
        result
    }
}
