//! The loop that the kernel is.
//!
//! Take the first thread of the queue and let it run until it has to wait, its turn is
//! over, or it has ended; then the next one. Running a thread is: what the kernel has
//! to do for it, then its signals, then its program, until that traps. Most traps are
//! answered at once (`trap/`), others leave work, which may wait. If nobody can run, the
//! hart waits for an interrupt.
//!
//! Interrupts are off in the kernel. They end a turn in the program, or the waiting
//! below; nothing else has to reckon with them.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::mem;
use core::sync::atomic::Ordering;
use core::task::{Context, Waker};

use super::{Cx, Kernel, Program, State, Tid, Wait, Work};
use crate::arch::{self, Trap};
use crate::mem::{self as paging, IoRequest, SpaceId};
use crate::probe::probe;
use crate::publish::KERNEL;
use crate::trap;

/// How long a turn is, in nanoseconds, if others want to run.
const TURN: u64 = 2_000_000;

/// Runs a process for each of the programs, and what comes of them, until all of
/// them have ended.
pub(crate) fn run(mut kernel: Kernel, programs: Vec<Program>) -> ! {
    kernel.meet_streams();
    kernel.read_root();
    kernel.note_what_is_free();
    let kernel = Rc::new(RefCell::new(kernel));
    KERNEL.store(kernel.as_ptr(), Ordering::Relaxed);
    for program in programs {
        let thread = kernel.borrow_mut().first_process();
        let work = super::exec::start_first(Cx::new(&kernel, thread), program);
        kernel.borrow_mut().thread(thread).work = Some(work);
    }
    loop {
        let dead = kernel.borrow_mut().take_dead();
        if !dead.is_empty() {
            // Here, since what is dropped may use the kernel. It may also have held the
            // last end of a pipe.
            drop(dead);
            kernel.borrow_mut().wake_for_closed_pipes();
        }
        let next = kernel.borrow_mut().next_thread();
        turn(&kernel, next);
    }
}

/// The turn of a thread.
fn turn(kernel: &Rc<RefCell<Kernel>>, tid: Tid) {
    let cx = Cx::new(kernel, tid);
    loop {
        let work = kernel.borrow_mut().run_program(&cx);
        let Some(work) = work else {
            break;
        };
        go_on(kernel, tid, work);
    }
    kernel.borrow_mut().charge(tid);
}

/// Goes on with a call, as far as it gets.
fn go_on(kernel: &Rc<RefCell<Kernel>>, tid: Tid, mut work: Work) {
    // Who is woken is known by its state: futures need no waker.
    let mut context = Context::from_waker(Waker::noop());
    let begin = arch::time();
    let is_pending = work.as_mut().poll(&mut context).is_pending();
    let k = &mut *kernel.borrow_mut();
    // A call holds its files open as long as it takes.
    k.wake_for_closed_pipes();
    match k.threads.get_mut(&tid) {
        Some(thread) => {
            thread.used.kernel += arch::time() - begin;
            if is_pending {
                thread.work = Some(work);
            }
        }
        None if is_pending => k.dead.push(work),
        None => {}
    }
}

impl Kernel {
    /// What dead threads were doing. It may hold things whose end needs the kernel, so
    /// it is dropped when nobody uses the kernel.
    fn take_dead(&mut self) -> Vec<Work> {
        mem::take(&mut self.dead)
    }

    /// The thread whose turn it is; waits until there is one.
    fn next_thread(&mut self) -> Tid {
        loop {
            self.start_io();
            while let Some(tid) = self.queue.pop_front() {
                if self.threads.contains_key(&tid) {
                    (self.running, self.turn_began) = (tid, arch::time());
                    self.turn_ends = self.turn_began + self.to_ticks(TURN);
                    return tid;
                }
            }
            // Exactly: one that came too early would keep the hart awake.
            self.program_timer(self.next_timer(None));
            arch::idle();
            if arch::interrupt_pending() {
                self.device_interrupt();
            }
            self.wake_sleepers();
        }
    }

    fn turn_is_over(&self) -> bool {
        !self.queue.is_empty() && arch::time() >= self.turn_ends
    }

    /// The thread's turn is over now (sched_yield).
    pub(crate) fn end_turn(&mut self) {
        self.turn_ends = 0;
    }

    /// When the timer is needed next.
    fn next_timer(&self, turn_ends: Option<u64>) -> u64 {
        let sleeper = self.timers.first().map(|&(time, _)| time);
        let alarm = self.alarms.first().map(|&(time, ..)| time);
        let next = turn_ends.into_iter().chain(sleeper).chain(alarm).min();
        next.unwrap_or(u64::MAX)
    }

    fn program_timer(&mut self, next: u64) {
        if next != self.timer {
            self.timer = next;
            arch::set_timer(next);
        }
    }

    /// Runs the program of a thread and answers its traps, until there is something to
    /// do for it that may have to wait. `None`: its turn is over.
    fn run_program(&mut self, cx: &Cx) -> Option<Work> {
        let tid = cx.tid;
        loop {
            if self.mm.has_io() || !self.postponed.is_empty() {
                self.start_io();
            }
            let is_over = self.turn_is_over();
            let thread = self.threads.get_mut(&tid)?;
            if thread.state != State::Ready {
                return None;
            }
            if let Some(work) = thread.work.take() {
                return self.find_room(tid, work);
            }
            if is_over {
                self.queue.push_back(tid);
                return None;
            }
            let process = &self.processes[&thread.pid];
            let space = process.space;
            if thread.has_news() || !process.pending.is_empty() {
                if let Some(work) = self.work_for_signal(cx) {
                    return Some(work);
                }
                // A signal may have ended it.
                if !self.threads.contains_key(&tid) {
                    return None;
                }
            }
            let trap = self.enter_program(tid, space);
            trap::handle(self, cx, trap);
        }
    }

    /// Lets a program go on until it traps.
    fn enter_program(&mut self, tid: Tid, space: SpaceId) -> Trap {
        // A timer that comes too early does no harm here, and setting it is a call.
        let ends = (!self.queue.is_empty()).then_some(self.turn_ends);
        let next = self.next_timer(ends);
        if next < self.timer {
            self.program_timer(next);
        }
        let (root, asid) = self.mm.activate(space);
        probe!(free "run", tid.0, space.0, root.0, asid.0);
        // SAFETY: every space has the kernel in its upper half.
        #[allow(unsafe_code, reason = "changes the address space")]
        unsafe {
            arch::use_root(root, asid);
        }
        // What the hart must not know any more, it forgets before the program runs.
        for flush in self.mm.take_flushes() {
            arch::flush(flush);
        }
        let other_floats = self.floats_of.replace(tid) != Some(tid);
        arch::run(&mut self.thread(tid).frame, other_floats)
    }

    /// Somebody has changed the saved floating-point registers of a thread.
    pub(crate) fn reload_floats(&mut self) {
        self.floats_of = None;
    }

    /// The timer has interrupted.
    pub(crate) fn timer_interrupt(&mut self) {
        self.wake_sleepers();
        // It is set anew before the next thread runs, if it is needed.
        self.timer = u64::MAX;
        arch::set_timer(u64::MAX);
    }

    fn wake_sleepers(&mut self) {
        let now = arch::time();
        while let Some(&(time, tid)) = self.timers.first()
            && time <= now
        {
            self.timers.pop_first();
            self.wake(tid);
            self.thread(tid).was_late = true;
        }
        self.ring_alarms(now);
    }

    /// A device has interrupted.
    pub(crate) fn device_interrupt(&mut self) {
        while let Some(source) = self.devices.plic.claim() {
            for disk in [paging::Disk::Root, paging::Disk::Swap] {
                if self
                    .devices
                    .disk(disk)
                    .is_some_and(|d| d.source() == source)
                {
                    self.disk_interrupt(disk);
                }
            }
            if let Some(streams) = &mut self.devices.streams
                && streams.source() == source
            {
                streams.interrupt();
                self.update_terminal();
                self.wake_all(usize::MAX, Wait::is_for_stream);
            }
            self.devices.plic.complete(source);
        }
    }

    fn disk_interrupt(&mut self, disk: paging::Disk) {
        if let Some(block) = self.devices.disk(disk) {
            block.acknowledge();
        }
        while let Some((id, result)) = self.devices.disk(disk).and_then(|d| d.take_done()) {
            self.mm.io_done(id, result);
            self.wake_all(usize::MAX, |wait| match wait {
                Wait::Disk(paging::Wait::Io(other)) => other == id,
                Wait::Disk(paging::Wait::Any) => true,
                _ => false,
            });
        }
    }

    /// Gives the disks what they have room for.
    fn start_io(&mut self) {
        if !self.postponed.is_empty() {
            for request in mem::take(&mut self.postponed) {
                self.submit(request);
            }
        }
        while let Some(request) = self.mm.next_io() {
            self.submit(request);
        }
    }

    fn submit(&mut self, request: IoRequest) {
        let disk = self.devices.disk(request.disk);
        let disk = disk.expect("there are only files and slots of disks that there are");
        if !disk.submit(&request) {
            self.postponed.push(request);
        }
    }
}
