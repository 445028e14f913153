//! Signals: who gets them, and what they do.

use pagewalk_guest_abi::signal::*;

use super::{Cx, Kernel, Pid, Tid, Work};

/// What a process does about a signal.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Action {
    /// `SIG_DFL`, `SIG_IGN`, or an address.
    pub(crate) handler: u64,
    pub(crate) flags: u64,
    /// Signals that do not get through while the handler runs.
    pub(crate) mask: u64,
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

    /// Sends a signal to a process: any of its threads may get it.
    pub(crate) fn send_to_process(&mut self, pid: Pid, signal: u32, info: Info) {
        let process = self.process(pid);
        if process.ending.is_some() || process.pending.iter().any(|(other, _)| *other == signal) {
            return;
        }
        process.pending.push((signal, info));
        self.alert(pid, signal);
    }

    /// Sends a signal to a thread.
    pub(crate) fn send_to_thread(&mut self, tid: Tid, signal: u32, info: Info) {
        let thread = self.thread(tid);
        let pid = thread.pid;
        if !thread.pending.iter().any(|(other, _)| *other == signal) {
            thread.pending.push((signal, info));
        }
        self.alert(pid, signal);
    }

    /// Sees to it that a signal is looked at soon. One that ends the process does so
    /// now, whatever its threads are waiting for.
    fn alert(&mut self, pid: Pid, signal: u32) {
        if signal == SIGKILL {
            self.kill_process(pid, SIGKILL);
            return;
        }
        if self.is_ignored(pid, signal) {
            return;
        }
        for tid in self.process(pid).threads.clone() {
            if self.has_signal(tid) {
                self.interrupt(tid);
            }
        }
    }

    /// Whether there is a signal that a thread has to look at.
    pub(crate) fn has_signal(&mut self, tid: Tid) -> bool {
        self.find_signal(tid).is_some()
    }

    fn find_signal(&mut self, tid: Tid) -> Option<(u32, Info)> {
        let thread = &self.threads[&tid];
        let pid = thread.pid;
        let pending = thread.pending.iter().chain(&self.processes[&pid].pending);
        let mut visible = pending.filter(|(signal, _)| {
            set_of(*signal) & thread.mask & !UNSTOPPABLE == 0 && !self.is_ignored(pid, *signal)
        });
        visible.next().copied()
    }

    fn take_signal(&mut self, tid: Tid) -> Option<(u32, Info)> {
        let (signal, info) = self.find_signal(tid)?;
        let thread = self.thread(tid);
        if let Some(at) = thread
            .pending
            .iter()
            .position(|(other, _)| *other == signal)
        {
            thread.pending.remove(at);
        } else {
            let pending = &mut self.process_of(tid).pending;
            pending.retain(|(other, _)| *other != signal);
        }
        Some((signal, info))
    }

    /// Before a thread goes on in its program: what a signal has to do with it. A
    /// signal without a handler ends the process here.
    pub(super) fn work_for_signal(&mut self, cx: &Cx) -> Option<Work> {
        let tid = cx.tid;
        if self.threads[&tid].pending.is_empty()
            && self.processes[&self.threads[&tid].pid].pending.is_empty()
        {
            self.call_again(tid);
            return None;
        }
        let Some((signal, info)) = self.take_signal(tid) else {
            self.call_again(tid);
            return None;
        };
        let pid = self.thread(tid).pid;
        let action = self.action(pid, signal);
        if action.handler <= SIG_IGN {
            self.report_signal(pid, signal);
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
        Some(alloc::boxed::Box::pin(super::deliver(
            cx.clone(),
            signal,
            info,
            action,
        )))
    }

    /// A call that was interrupted for nothing is made again: the thread goes back to
    /// its `ecall`, with what was in `a0` then.
    fn call_again(&mut self, tid: Tid) {
        let thread = self.thread(tid);
        if let Some(before) = thread.mask_before
            && thread.again.is_some()
        {
            thread.mask = before;
            thread.mask_before = None;
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
