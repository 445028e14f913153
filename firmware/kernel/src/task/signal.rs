//! Signals: who gets them, and what they do.

use alloc::vec::Vec;

use pagewalk_guest_abi::signal::*;

use super::terminal::TYPED;
use super::{Cx, Kernel, Pid, Tid, Work, room};

/// What a process does about a signal.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Action {
    /// `SIG_DFL`, `SIG_IGN`, or an address.
    pub(crate) handler: u64,
    pub(crate) flags: u64,
    /// Signals that do not get through while the handler runs.
    pub(crate) mask: u64,
}

/// Signals with handlers do again what they do by themselves.
pub(super) fn forget_handlers(actions: &mut [Action]) {
    for action in actions {
        if action.handler > SIG_IGN {
            action.handler = SIG_DFL;
        }
        (action.flags, action.mask) = (0, 0);
    }
}

/// What is known of a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Info {
    /// `si_code`.
    pub(crate) code: i32,
    pub(crate) origin: Origin,
}

/// Where a signal comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// An access to this address.
    Address(u64),
    /// A process.
    Process(u32),
    /// A process or a timer, with a number of its own choice.
    Value { from: u32, extra: u32, value: u64 },
    /// The end of a child.
    Child { pid: u32, status: u32 },
}

/// What a signal does if nobody says otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Default {
    Ends,
    Nothing,
}

fn default(signal: u32) -> Default {
    match signal {
        // There is no stopping and continuing.
        SIGCHLD | SIGCONT | SIGURG | SIGWINCH | SIGSTOP | SIGTSTP | SIGTTIN | SIGTTOU => {
            Default::Nothing
        }
        _ => Default::Ends,
    }
}

/// The set with one signal.
pub(crate) fn set_of(signal: u32) -> u64 {
    1 << (signal - 1)
}

/// Signals that nobody can block or handle.
pub(crate) const UNSTOPPABLE: u64 = 1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1);

/// Realtime signals that can be pending at once, for a thread or a process.
pub(crate) const MOST_PENDING: usize = 128;

/// Adds a signal to those that are pending: of the old ones one of each, of realtime
/// signals all. Whether there was room.
fn add(pending: &mut Vec<(u32, Info)>, signal: u32, info: Info) -> bool {
    let is_there = pending.iter().any(|(other, _)| *other == signal);
    let has_room = signal < FIRST_REALTIME || (pending.len() < MOST_PENDING && room(0).is_ok());
    if has_room && (signal >= FIRST_REALTIME || !is_there) {
        pending.push((signal, info));
    }
    has_room
}

/// The one to be delivered first of those in a set: what an access has caused, then by
/// number.
fn first_of(pending: &[(u32, Info)], set: u64) -> Option<usize> {
    let in_set = pending.iter().enumerate();
    let in_set = in_set.filter(|(_, (signal, _))| set_of(*signal) & set != 0);
    let first = in_set.min_by_key(|(_, (signal, info))| {
        let is_fault = matches!(info.origin, Origin::Address(_));
        (!is_fault, *signal)
    });
    first.map(|(at, _)| at)
}

impl Kernel {
    fn action(&self, pid: Pid, signal: u32) -> Action {
        self.processes[&pid].actions[signal as usize - 1]
    }

    fn is_ignored(&self, pid: Pid, signal: u32) -> bool {
        match self.action(pid, signal).handler {
            SIG_DFL => default(signal) == Default::Nothing,
            SIG_IGN => set_of(signal) & UNSTOPPABLE == 0,
            _ => false,
        }
    }

    /// Sends a signal to a process: any of its threads may get it. Whether there was
    /// room for it.
    pub(crate) fn send_to_process(&mut self, pid: Pid, signal: u32, info: Info) -> bool {
        if self.process(pid).ending.is_some() || self.is_lost(pid, signal) {
            return true;
        }
        let sent = add(&mut self.process(pid).pending, signal, info);
        self.alert(pid, signal);
        sent
    }

    /// Sends a signal to a thread. Whether there was room for it.
    pub(crate) fn send_to_thread(&mut self, tid: Tid, signal: u32, info: Info) -> bool {
        let pid = self.thread(tid).pid;
        if self.is_lost(pid, signal) {
            return true;
        }
        let sent = add(&mut self.thread(tid).pending, signal, info);
        self.alert(pid, signal);
        sent
    }

    /// Whether a signal need not be remembered: it is ignored, and nobody who blocks
    /// it may want it later.
    fn is_lost(&self, pid: Pid, signal: u32) -> bool {
        let mut threads = self.processes[&pid].threads.iter();
        self.is_ignored(pid, signal)
            && threads.all(|tid| self.threads[tid].mask & set_of(signal) == 0)
    }

    /// Sees to it that a signal is looked at soon. One that ends the process does so
    /// now, whatever its threads are waiting for.
    fn alert(&mut self, pid: Pid, signal: u32) {
        if signal == SIGKILL {
            self.kill_process(pid, SIGKILL);
            return;
        }
        for tid in self.process(pid).threads.clone() {
            let is_awaited = self.thread(tid).awaited & set_of(signal) != 0;
            if is_awaited || self.has_signal(tid) {
                self.interrupt(tid);
            }
        }
    }

    /// Whether there is a signal that a thread has to look at.
    pub(crate) fn has_signal(&mut self, tid: Tid) -> bool {
        self.visible(tid) != 0
    }

    /// Signals that get through to a thread, and do something.
    fn visible(&self, tid: Tid) -> u64 {
        let thread = &self.threads[&tid];
        let pending = thread.pending.iter();
        let pending = pending.chain(&self.processes[&thread.pid].pending);
        let effective = pending.filter(|(signal, _)| !self.is_ignored(thread.pid, *signal));
        let effective = effective.fold(0, |set, (signal, _)| set | set_of(*signal));
        effective & (!thread.mask | UNSTOPPABLE)
    }

    /// Whether a signal of a set is pending for a thread.
    pub(crate) fn is_pending(&mut self, tid: Tid, set: u64) -> bool {
        let (thread, pid) = (&self.threads[&tid], self.threads[&tid].pid);
        first_of(&thread.pending, set).is_some()
            || first_of(&self.processes[&pid].pending, set).is_some()
    }

    /// Takes the first pending signal of a set away from a thread, or its process.
    pub(crate) fn take_signal(&mut self, tid: Tid, set: u64) -> Option<(u32, Info)> {
        let own = &mut self.thread(tid).pending;
        if let Some(at) = first_of(own, set) {
            return Some(own.remove(at));
        }
        let common = &mut self.process_of(tid).pending;
        first_of(common, set).map(|at| common.remove(at))
    }

    /// Forgets pending signals that a process has begun to ignore.
    pub(crate) fn forget_ignored(&mut self, pid: Pid, signal: u32) {
        if !self.is_ignored(pid, signal) {
            return;
        }
        for tid in self.process(pid).threads.clone() {
            self.thread(tid)
                .pending
                .retain(|(other, _)| *other != signal);
        }
        self.process(pid)
            .pending
            .retain(|(other, _)| *other != signal);
    }

    /// Before a thread goes on in its program: what a signal has to do with it. A
    /// signal without a handler ends the process here.
    pub(super) fn work_for_signal(&mut self, cx: &Cx) -> Option<Work> {
        let tid = cx.tid;
        let visible = self.visible(tid);
        let Some((signal, info)) = self.take_signal(tid, visible) else {
            self.call_again(tid);
            return None;
        };
        let pid = self.thread(tid).pid;
        let action = self.action(pid, signal);
        if action.handler <= SIG_IGN {
            // Who presses ^C knows.
            if info != TYPED {
                self.report_signal(pid, signal);
            }
            self.kill_process(pid, signal);
            return None;
        }
        if action.flags & SA_RESTART != 0 {
            self.call_again(tid);
        }
        let thread = self.thread(tid);
        thread.again = None;
        if action.flags & SA_RESETHAND != 0 {
            self.process(pid).actions[signal as usize - 1] = Action::default();
        }
        super::deliver(self, cx, signal, info, action)
    }

    /// A call that was interrupted for nothing is made again: the thread goes back to
    /// its `ecall`, with what was in `a0` then.
    fn call_again(&mut self, tid: Tid) {
        let thread = self.thread(tid);
        if let Some(before) = thread.mask_before {
            (thread.mask, thread.mask_before) = (before, None);
        }
        if let Some(a0) = thread.again.take() {
            thread.frame.x[10] = a0;
            thread.frame.pc -= 4;
        }
    }

    /// A thread has done what it may not do. If it has a handler for that, it gets the
    /// signal; else its process ends, and this says so with `false`.
    pub(crate) fn fault_signal(&mut self, tid: Tid, signal: u32, info: Info) -> bool {
        let pid = self.thread(tid).pid;
        let blocked = self.thread(tid).mask & set_of(signal) != 0;
        if self.action(pid, signal).handler <= SIG_IGN || blocked {
            return false;
        }
        self.thread(tid).pending.insert(0, (signal, info));
        true
    }
}
