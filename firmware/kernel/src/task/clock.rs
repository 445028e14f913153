//! What threads use of the hart's time.
//!
//! The account is kept at the ends of turns, so that system calls do not pay for it.
//! Of a turn, what the kernel takes for calls that may wait is known apart ("system
//! time"); what it takes for traps that are answered at once counts as the program's.

use super::{Kernel, Pid, Tid};
use crate::arch;

/// Time that was used, in ticks.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Used {
    /// By program and kernel.
    pub(crate) all: u64,
    /// Of that, by the kernel.
    pub(crate) kernel: u64,
}

impl core::ops::AddAssign for Used {
    fn add_assign(&mut self, other: Used) {
        self.all += other.all;
        self.kernel += other.kernel;
    }
}

impl Used {
    /// By the program itself.
    pub(crate) fn program(self) -> u64 {
        self.all.saturating_sub(self.kernel)
    }
}

impl Kernel {
    /// Ticks as nanoseconds.
    pub(crate) fn in_nanos(&self, used: Used) -> Used {
        Used {
            all: self.to_nanos(used.all),
            kernel: self.to_nanos(used.kernel),
        }
    }

    /// Writes on the account of the thread that runs what it has used until now.
    pub(super) fn charge(&mut self, tid: Tid) {
        let now = arch::time();
        let began = core::mem::replace(&mut self.turn_began, now);
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.used.all += now - began;
        }
    }

    /// What a thread has used.
    pub(crate) fn used_by_thread(&self, tid: Tid) -> Used {
        let mut used = self.threads[&tid].used;
        if tid == self.running {
            used.all += arch::time() - self.turn_began;
        }
        used
    }

    /// What the threads of a process have used.
    pub(crate) fn used_by(&self, pid: Pid) -> Used {
        let process = &self.processes[&pid];
        let mut sum = process.used;
        for &tid in &process.threads {
            sum += self.used_by_thread(tid);
        }
        sum
    }
}
