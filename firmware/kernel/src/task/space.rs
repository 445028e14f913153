//! Address spaces of processes: one can belong to several for a while (vfork).

use super::{Kernel, State, Tid};
use crate::arch;
use crate::mem::{Asid, Error, SpaceId};

impl Kernel {
    /// A new space, for one process.
    pub(super) fn new_space(&mut self) -> Result<SpaceId, Error> {
        let space = self.mm.create_space()?;
        self.spaces.insert(space, 1);
        Ok(space)
    }

    /// A space that somebody has made is for one process.
    pub(super) fn own_space(&mut self, space: SpaceId) {
        self.spaces.insert(space, 1);
    }

    /// One more process uses a space.
    pub(super) fn share_space(&mut self, space: SpaceId) {
        *self.spaces.entry(space).or_default() += 1;
    }

    /// One process less uses a space; the last one takes it down.
    pub(super) fn leave_space(&mut self, space: SpaceId) {
        let users = self.spaces.get_mut(&space).expect("spaces have users");
        *users -= 1;
        if *users > 0 {
            return;
        }
        self.spaces.remove(&space);
        // The hart must not use tables that are being freed.
        // SAFETY: this is the kernel's own table.
        #[allow(unsafe_code, reason = "changes the address space")]
        unsafe {
            arch::use_root(self.kernel_root, Asid(0));
        }
        self.mm.destroy(space);
    }

    /// A thread has begun to wait. Tells the paging core whether anybody in its space
    /// is going to run soon: those who wait for a disk are, those who wait for each
    /// other are not. A space that is lent is in use until it is given back.
    pub(super) fn note_dormant(&mut self, tid: Tid) {
        let waits = |tid: &Tid| matches!(self.threads[tid].state, State::Waits(wait) if !wait.is_for_disk());
        let process = &self.processes[&self.threads[&tid].pid];
        let space = process.space;
        let is_lent = self.spaces[&space] > 1;
        let dormant = !is_lent && process.threads.iter().all(waits);
        self.mm.set_dormant(space, dormant);
    }
}
