//! What processes and threads are.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::ops::Range;

use pagewalk_guest_abi::signal::LAST;

use super::wait::{Wait, Work};
use super::{Action, Alarm, AlarmId, Descriptors, Info, Kernel, Used};
use crate::arch::Frame;
use crate::fs::node::Held;
use crate::mem::{Event, SpaceId};

/// The number of a process: that of its first thread.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Pid(pub(crate) u32);

/// The number of a thread.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Tid(pub(crate) u32);

/// Then they begin again, as on Linux.
const LAST_NUMBER: u32 = 4 << 20;

/// How a process has ended, as wait4 tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// By exit.
    Exit(u8),
    /// By a signal.
    Signal(u32),
}

/// Whether a thread can run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It runs, or waits for its turn.
    Ready,
    /// It waits for something else.
    Waits(Wait),
}

/// A thread.
pub(crate) struct Thread {
    pub(crate) pid: Pid,
    pub(crate) frame: Box<Frame>,
    pub(crate) state: State,
    /// What the kernel does for it before it goes on in its program.
    pub(crate) work: Option<Work>,
    /// Signals that do not get through.
    pub(crate) mask: u64,
    /// What the mask is after a call that has changed it while waiting.
    pub(crate) mask_before: Option<u64>,
    pub(crate) pending: Vec<(u32, Info)>,
    /// A call that a signal has interrupted, and that could be made again: what its
    /// `a0` was.
    pub(crate) again: Option<u64>,
    /// Where signal handlers run that ask for it.
    pub(crate) handler_stack: Range<u64>,
    /// Where to store a zero when it ends, and wake who waits there.
    pub(crate) clear_tid: u64,
    /// Where its list of locks is that outlive it.
    pub(crate) robust_list: u64,
    /// What it calls itself, if it does.
    pub(crate) name: Vec<u8>,
    /// Its last wait has ended because the time was over.
    pub(crate) was_late: bool,
    /// Blocked signals that it waits for nevertheless.
    pub(crate) awaited: u64,
    /// What it has used of the hart's time.
    pub(crate) used: Used,
}

crate::publish::publish!("thread": Thread { pid });

/// A process.
pub(crate) struct Process {
    pub(crate) parent: Option<Pid>,
    pub(crate) group: u32,
    pub(crate) session: u32,
    /// The last part of the name of its program.
    pub(crate) name: Vec<u8>,
    /// The path of its program, and the file; none before the first one.
    pub(crate) path: Vec<u8>,
    pub(crate) program: Option<Held>,
    /// What it began with, for `/proc`: arguments and environment, each text with a
    /// zero byte behind it.
    pub(crate) texts: Rc<[Vec<u8>; 2]>,
    pub(crate) space: SpaceId,
    pub(crate) threads: Vec<Tid>,
    pub(crate) files: Descriptors,
    /// The working directory.
    pub(crate) directory: Held,
    /// Permissions that new files do not get.
    pub(crate) umask: u32,
    pub(crate) actions: Box<[Action; LAST as usize]>,
    pub(crate) pending: Vec<(u32, Info)>,
    /// The thread that waits until this process has a memory of its own (vfork).
    pub(crate) lender: Option<super::Tid>,
    /// What happened in address spaces that it had before.
    pub(crate) counted: Tally,
    /// What happened to its children that were waited for.
    pub(crate) of_children: Tally,
    /// What threads that have ended had used of the hart's time, and what such
    /// children had.
    pub(crate) used: Used,
    pub(crate) used_by_children: Used,
    /// When it began, in ticks.
    pub(crate) since: u64,
    /// Its timers that send signals.
    pub(crate) alarms: BTreeMap<AlarmId, Alarm>,
    /// How it ended: it is a zombie then.
    pub(crate) ending: Option<Ending>,
    /// The signal that its parent gets at its end.
    pub(crate) end_signal: u32,
}

crate::publish::publish!("process": Process { parent, name, space });

/// Events, counted: in the order of [`Event::ALL`].
pub(crate) type Tally = [u64; Event::ALL.len()];

impl Kernel {
    /// What happened to a process.
    pub(crate) fn tally(&self, process: &Process) -> Tally {
        let mut tally = process.counted;
        // Who has borrowed its memory has no counters of its own yet.
        if process.lender.is_none() && process.ending.is_none() {
            let counters = self.mm.counters(process.space);
            for (sum, event) in tally.iter_mut().zip(Event::ALL) {
                *sum += counters.get(event);
            }
        }
        tally
    }

    /// A number for a process or thread.
    pub(super) fn new_number(&mut self) -> u32 {
        loop {
            let number = self.next_number;
            self.next_number = if number < LAST_NUMBER { number + 1 } else { 1 };
            if self.processes.has_room_for(Pid(number)) && self.threads.has_room_for(Tid(number)) {
                return number;
            }
        }
    }
}

impl Thread {
    /// A thread that goes on with `frame`.
    pub(super) fn new(pid: Pid, frame: Box<Frame>, mask: u64) -> Thread {
        Thread {
            pid,
            frame,
            state: State::Ready,
            work: None,
            mask,
            mask_before: None,
            pending: Vec::new(),
            again: None,
            handler_stack: 0..0,
            clear_tid: 0,
            robust_list: 0,
            name: Vec::new(),
            was_late: false,
            awaited: 0,
            used: Used::default(),
        }
    }

    /// Whether [`Kernel::work_for_signal`] has anything to do for it.
    pub(super) fn has_news(&self) -> bool {
        !self.pending.is_empty() || self.again.is_some()
    }

    /// Whether it is in a signal handler on a stack for that; or has no such stack.
    pub(crate) fn is_on_handler_stack(&self) -> bool {
        self.handler_stack.is_empty() || self.handler_stack.contains(&self.frame.x[2])
    }
}
