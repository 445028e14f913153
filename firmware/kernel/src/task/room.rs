//! Room in the kernel's heap, which no program may use up.
//!
//! What the kernel keeps for programs (processes, threads, areas, open files, names) is
//! made only while [`RESERVE`] bytes are free beside it: [`room`] is asked first, and
//! says ENOMEM. The reserve is for what the kernel needs in passing: the calls of all
//! threads that wait, arguments on their way to a new program, what grows with page
//! faults. If even that comes to an end, [`Kernel::find_room`] ends a process, as if
//! frames had run out.

use pagewalk_guest_abi::Errno;

use super::{Kernel, Tid, Work};
use crate::arch;

/// Bytes that stay free when programs make the kernel keep something: more than all
/// calls that wait can have, with [`MOST_THREADS`](super::MOST_THREADS) of about 1 KiB.
const RESERVE: usize = 1 << 20;

/// The least that is left before a process is ended: more than one step of the kernel
/// takes.
const LEAST: usize = 256 << 10;

/// Whether the kernel may keep `bytes` more for a program.
///
/// # Errors
/// ENOMEM.
pub(crate) fn room(bytes: usize) -> Result<(), Errno> {
    if arch::heap_has_room(RESERVE + bytes) {
        Ok(())
    } else {
        Err(Errno::ENOMEM)
    }
}

impl Kernel {
    /// Sees to it that the next step of a thread's work finds room. `None` if the
    /// thread had to go for that.
    pub(super) fn find_room(&mut self, tid: Tid, work: Work) -> Option<Work> {
        while arch::heap_is_low() && !arch::heap_has_room(LEAST) {
            if !self.out_of_memory(tid) {
                self.dead.push(work);
                return None;
            }
        }
        Some(work)
    }
}
