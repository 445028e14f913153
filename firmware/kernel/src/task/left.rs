//! What is left when the last process has ended: nothing, but for caches.
//!
//! The page cache keeps pages of files, and lists of the kernel keep the room for their
//! longest. All else that a process ever had has to be free again; with `check=1` the
//! kernel counts it, and tests compare.

use pagewalk_guest_abi::record::LEFT;

use super::Kernel;
use crate::arch;
use crate::console::log;

/// What the kernel had before the first process.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    /// Free pages of the pool for page tables.
    pool: usize,
    /// Free bytes of the heap.
    heap: usize,
}

impl Kernel {
    /// Remembers what is free, if it is to be compared.
    pub(super) fn note_what_is_free(&mut self) {
        if self.options.check {
            self.before = self.free_now();
        }
    }

    fn free_now(&self) -> Before {
        Before {
            pool: self.mm.memory().free_tables(),
            heap: arch::heap_free_bytes(),
        }
    }

    /// Says what is not free any more. Processes that the run does not wait for may
    /// still be alive; then all of it may be theirs.
    pub(super) fn tell_what_is_left(&self) {
        let now = self.free_now();
        let alive = self.processes.iter().filter(|(_, p)| p.ending.is_none());
        let (frames, slots) = self.mm.used_by_processes();
        log!(
            "@{LEFT} alive={} processes={} threads={} spaces={} frames={frames} slots={slots} tables={} heap={}",
            alive.count(),
            self.processes.len(),
            self.threads.len(),
            self.spaces.len(),
            self.before.pool.saturating_sub(now.pool),
            self.before.heap.saturating_sub(now.heap),
        );
    }
}
