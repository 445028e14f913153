//! Waiting.
//!
//! A system call that has to wait is a *future*: the compiler makes of an `async`
//! function a value that remembers how far the function has come. So a thread that
//! waits in the kernel has no stack there; its call is in [`Thread::work`], and the
//! scheduler goes on with it when what it waited for has happened.
//!
//! What all threads share is in [`Kernel`], which a call borrows by [`Cx::kernel`] for
//! as long as it does not wait. That is all the locking there is, and the compiler
//! checks it: nothing borrowed can be kept across an `await`.
//!
//! [`Thread::work`]: super::Thread::work

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::future::{Future, pending};
use core::pin::Pin;
use core::task::{Context, Poll};

use pagewalk_guest_abi::Errno;

use super::{Kernel, Pid, PipeEnd, State, Tid};
use crate::arch::bytes_of_mut;
use crate::mem::{self, Backing, ObjectId, Page, Partial, SpaceId, Stop};

/// Something that the kernel does for a thread.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What a thread waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wait {
    /// A disk.
    Disk(mem::Wait),
    /// The end of a child.
    Child,
    /// That this process has a memory of its own, or has ended.
    Lent(Pid),
    /// A time, in ticks.
    Until(u64),
    /// That the pipe of this number is read from, written to, or closed.
    Pipe(u32),
    /// That standard input has bytes, or that output was taken.
    Stream,
    /// That something happens to one of several files, or a time.
    Files { until: Option<u64> },
    /// A wake-up at this word, or a time.
    Futex {
        key: FutexKey,
        /// Which wake-ups are meant.
        bits: u32,
        /// When the waiting began.
        since: u64,
        until: Option<u64>,
    },
    /// A signal, or a time.
    Signal { until: Option<u64> },
}

/// By what the kernel knows a word of memory at which threads wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FutexKey {
    /// One that only threads of one space know.
    Private { space: SpaceId, address: u64 },
    /// One in memory that is shared, by its place there.
    Shared { object: ObjectId, offset: u64 },
}

impl FutexKey {
    /// The key of a word, looking at what is mapped there; `None` if nothing is.
    pub(crate) fn of(k: &Kernel, space: SpaceId, address: u64) -> Option<FutexKey> {
        let page = Page::of(address);
        let mut vmas = k.mm.vmas(space).iter();
        let vma = vmas.find(|vma| vma.pages().contains(&page))?;
        Some(match vma.backing {
            Backing::Object { object, first } if vma.shared => FutexKey::Shared {
                object,
                offset: first * mem::PAGE_SIZE as u64 + (address - vma.start.address()),
            },
            _ => FutexKey::Private { space, address },
        })
    }
}

impl Wait {
    /// Whether it is over soon, with the thread running again.
    pub(super) fn is_for_disk(self) -> bool {
        matches!(self, Wait::Disk(_))
    }

    /// Whether news of one of these pipes may end it.
    fn is_for_pipe(self, numbers: &[u32]) -> bool {
        match self {
            Wait::Pipe(number) => numbers.contains(&number),
            Wait::Files { .. } => true,
            _ => false,
        }
    }

    /// Whether news of a standard stream may end it.
    pub(crate) fn is_for_stream(self) -> bool {
        matches!(self, Wait::Stream | Wait::Files { .. })
    }

    /// Whether a signal ends it.
    fn is_interruptible(self) -> bool {
        !matches!(self, Wait::Disk(_) | Wait::Lent(_))
    }

    /// When it is over at the latest.
    fn until(self) -> Option<u64> {
        match self {
            Wait::Until(time) => Some(time),
            Wait::Futex { until, .. } | Wait::Files { until } | Wait::Signal { until } => until,
            _ => None,
        }
    }
}

impl Kernel {
    /// The thread waits from now on.
    pub(super) fn put_to_sleep(&mut self, tid: Tid, wait: Wait) {
        let thread = self.thread(tid);
        thread.state = State::Waits(wait);
        thread.was_late = false;
        self.sleepers.push(tid);
        if let Some(time) = wait.until() {
            self.timers.insert((time, tid));
        }
        self.note_dormant(tid);
    }

    /// Wakes a thread that waits.
    pub(crate) fn wake(&mut self, tid: Tid) {
        let Some(thread) = self.threads.get_mut(&tid) else {
            return;
        };
        let State::Waits(wait) = thread.state else {
            return;
        };
        thread.state = State::Ready;
        self.sleepers.retain(|&other| other != tid);
        if let Some(time) = wait.until() {
            self.timers.remove(&(time, tid));
        }
        self.queue.push_back(tid);
        let space = self.space_of(tid);
        self.mm.set_dormant(space, false);
    }

    /// Wakes all who wait for something of which `happened` says that it has, at most
    /// `most` of them; how many.
    pub(crate) fn wake_all(&mut self, most: usize, happened: impl Fn(Wait) -> bool) -> usize {
        let (mut woken, mut index) = (0, 0);
        while woken < most
            && let Some(&tid) = self.sleepers.get(index)
        {
            match self.threads[&tid].state {
                // The next sleeper moves up.
                State::Waits(wait) if happened(wait) => {
                    self.wake(tid);
                    woken += 1;
                }
                _ => index += 1,
            }
        }
        woken
    }

    /// Wakes those who wait for a pipe, of which something was read or written.
    ///
    /// Nobody else is woken: who only looks and sleeps again would count as running
    /// meanwhile, and not as dormant.
    pub(crate) fn wake_for_pipe(&mut self, end: &PipeEnd) {
        let number = end.number();
        self.wake_all(usize::MAX, |wait| wait.is_for_pipe(&[number]));
    }

    /// Wakes those who wait for pipes that have lost an end.
    pub(crate) fn wake_for_closed_pipes(&mut self) {
        let closed = self.closed_pipes.take();
        if !closed.is_empty() {
            self.wake_all(usize::MAX, |wait| wait.is_for_pipe(&closed));
        }
    }

    /// Wakes a thread that waits for what a signal ends.
    pub(super) fn interrupt(&mut self, tid: Tid) {
        if let Some(thread) = self.threads.get(&tid)
            && let State::Waits(wait) = thread.state
            && wait.is_interruptible()
        {
            self.wake(tid);
        }
    }
}

/// What a call has of the kernel: the way to it, and whom it is for.
#[derive(Clone)]
pub(crate) struct Cx {
    kernel: Rc<RefCell<Kernel>>,
    pub(crate) tid: Tid,
}

/// Waits once.
struct Sleep<'a> {
    cx: &'a Cx,
    wait: Option<Wait>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let Some(wait) = self.wait.take() else {
            return Poll::Ready(());
        };
        let tid = self.cx.tid;
        self.cx.kernel(|k| k.put_to_sleep(tid, wait));
        Poll::Pending
    }
}

/// What comes after the end of a thread.
pub(crate) async fn gone() -> ! {
    pending::<core::convert::Infallible>().await;
    unreachable!("nobody asks for what is never ready")
}

impl Cx {
    pub(crate) fn new(kernel: &Rc<RefCell<Kernel>>, tid: Tid) -> Cx {
        Cx {
            kernel: Rc::clone(kernel),
            tid,
        }
    }

    /// Uses the kernel.
    pub(crate) fn kernel<R>(&self, with: impl FnOnce(&mut Kernel) -> R) -> R {
        with(&mut self.kernel.borrow_mut())
    }

    /// Waits; afterwards one has to look whether it has happened.
    ///
    /// # Errors
    /// EINTR if there is a signal to be delivered.
    pub(crate) async fn sleep(&self, wait: Wait) -> Result<(), Errno> {
        let tid = self.tid;
        let interrupted = || wait.is_interruptible() && self.kernel(|k| k.has_signal(tid));
        if interrupted() {
            return Err(Errno::EINTR);
        }
        Sleep {
            cx: self,
            wait: Some(wait),
        }
        .await;
        if interrupted() {
            Err(Errno::EINTR)
        } else {
            Ok(())
        }
    }

    /// After an operation of the paging core has stopped: waits until it can go on.
    ///
    /// # Errors
    /// EFAULT if it never will.
    pub(crate) async fn resolve(&self, stop: Stop) -> Result<(), Errno> {
        match stop {
            Stop::Wait(wait) => self.sleep(Wait::Disk(wait)).await,
            Stop::Segv(_) | Stop::Bus(_) => Err(Errno::EFAULT),
            Stop::OutOfMemory => {
                let tid = self.tid;
                if self.kernel(|k| k.out_of_memory(tid)) {
                    Ok(())
                } else {
                    gone().await
                }
            }
        }
    }

    /// The space of the process.
    pub(crate) fn space(&self) -> SpaceId {
        let tid = self.tid;
        self.kernel(|k| k.space_of(tid))
    }

    /// Copies from the process.
    ///
    /// # Errors
    /// EFAULT.
    pub(crate) async fn copy_in(&self, from: u64, to: &mut [u8]) -> Result<(), Errno> {
        let (space, mut done) = (self.space(), 0);
        loop {
            let at = from.wrapping_add(done as u64);
            let copied = self.kernel(|k| k.mm.copy_in(space, at, &mut to[done..]));
            let Err(Partial { done: more, stop }) = copied else {
                return Ok(());
            };
            done += more;
            self.resolve(stop).await?;
        }
    }

    /// Copies to the process.
    ///
    /// # Errors
    /// EFAULT.
    pub(crate) async fn copy_out(&self, from: &[u8], to: u64) -> Result<(), Errno> {
        self.copy_out_to(self.space(), from, to).await
    }

    /// Copies to a space.
    ///
    /// # Errors
    /// EFAULT.
    pub(crate) async fn copy_out_to(
        &self,
        space: SpaceId,
        from: &[u8],
        to: u64,
    ) -> Result<(), Errno> {
        let mut done = 0;
        loop {
            let at = to.wrapping_add(done as u64);
            let copied = self.kernel(|k| k.mm.copy_out(space, &from[done..], at));
            let Err(Partial { done: more, stop }) = copied else {
                return Ok(());
            };
            done += more;
            self.resolve(stop).await?;
        }
    }

    /// Numbers of 64 bits from the process.
    ///
    /// # Errors
    /// EFAULT.
    pub(crate) async fn read_words<const N: usize>(&self, from: u64) -> Result<[u64; N], Errno> {
        let mut words = [0; N];
        self.copy_in(from, bytes_of_mut(&mut words)).await?;
        Ok(words)
    }

    /// A text from the process that ends with a zero byte, and has fewer than `most`
    /// bytes before it.
    ///
    /// # Errors
    /// EFAULT; ENAMETOOLONG.
    pub(crate) async fn read_text(
        &self,
        from: u64,
        most: usize,
    ) -> Result<alloc::vec::Vec<u8>, Errno> {
        let mut text = alloc::vec::Vec::new();
        while text.len() < most {
            // Not beyond the page: the next one may not be there.
            let at = from.wrapping_add(text.len() as u64);
            let left = mem::PAGE_SIZE - (at % mem::PAGE_SIZE as u64) as usize;
            let mut piece = [0; 64];
            let piece = &mut piece[..left.min(64)];
            self.copy_in(at, piece).await?;
            if let Some(end) = piece.iter().position(|byte| *byte == 0) {
                text.extend_from_slice(&piece[..end]);
                return Ok(text);
            }
            text.extend_from_slice(piece);
        }
        Err(Errno::ENAMETOOLONG)
    }
}
