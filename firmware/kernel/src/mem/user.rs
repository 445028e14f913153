//! The kernel's own accesses to memory of a process.
//!
//! `read(0, buffer, 4)` makes the kernel write to memory of a process. It obeys the
//! rules that the process would: what is not there is brought in, a page that is
//! shared after fork is copied, A and D are set, and what the process may not do the
//! kernel does not do for it. It uses the direct map and never an address of the
//! process, so the kernel itself never faults.

use super::{Access, Mm, PAGE_SIZE, Page, PhysMemory, Ppn, SpaceId, Stop};

/// Bytes of a process, within one page. Good until the next call of the core.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    /// The page.
    pub page: Ppn,
    /// The first byte in it.
    pub offset: usize,
    /// How many.
    pub len: usize,
}

/// A copy that was not finished: to be continued behind what is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Partial {
    /// Bytes that have been copied.
    pub done: usize,
    /// Why not more.
    pub stop: Stop,
}

impl<M: PhysMemory> Mm<M> {
    /// The bytes at `address` of a space, as many of `len` as are in the same page,
    /// made ready for an access. What is a fault of the process is counted as one; a
    /// segmentation fault is not, since it becomes EFAULT.
    ///
    /// # Errors
    /// As [`Mm::fault`].
    pub fn user_slice(
        &mut self,
        space: SpaceId,
        address: u64,
        len: usize,
        access: Access,
    ) -> Result<Slice, Stop> {
        let pte = self.entry_for_kernel(space, Page::of(address), access)?;
        let offset = (address % PAGE_SIZE as u64) as usize;
        Ok(Slice {
            page: pte.ppn(),
            offset,
            len: len.min(PAGE_SIZE - offset),
        })
    }

    /// Copies from a process.
    ///
    /// # Errors
    /// How far it got, and why. After [`Stop::Wait`] it is to be continued from
    /// there, not from the start: a long range may never be in memory as a whole.
    pub fn copy_in(&mut self, space: SpaceId, from: u64, to: &mut [u8]) -> Result<(), Partial> {
        let mut done = 0;
        while done < to.len() {
            let address = from.wrapping_add(done as u64);
            let slice = self.user_slice(space, address, to.len() - done, Access::Load);
            let Slice { page, offset, len } = slice.map_err(|stop| Partial { done, stop })?;
            to[done..][..len].copy_from_slice(&self.mem.bytes(page)[offset..][..len]);
            done += len;
        }
        Ok(())
    }

    /// Copies to a process.
    ///
    /// # Errors
    /// As [`Mm::copy_in`].
    pub fn copy_out(&mut self, space: SpaceId, from: &[u8], to: u64) -> Result<(), Partial> {
        let mut done = 0;
        while done < from.len() {
            let address = to.wrapping_add(done as u64);
            let slice = self.user_slice(space, address, from.len() - done, Access::Store);
            let Slice { page, offset, len } = slice.map_err(|stop| Partial { done, stop })?;
            self.mem.bytes_mut(page)[offset..][..len].copy_from_slice(&from[done..][..len]);
            done += len;
        }
        Ok(())
    }
}
