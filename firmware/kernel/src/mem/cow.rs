//! Copy on write: row four of the fault handler.
//!
//! > Sometimes, attempting to write to a read-only page is actually part of normal
//! > operation. […] When a process PageFaults by trying to write to such a shared
//! > page, the processes are given individual copies of that page, marked read-write
//! > this time.
//!
//! The page table says read-only, the area says writable: that is how the handler
//! knows. The one who writes gets a copy. Of the sharers of an anonymous page, the
//! last one needs none: when it writes, it gets the page itself. Pages of files, and
//! the page of zeros, are always copied; but for shared mappings of a file, for which
//! read-only means that the page is still as the root disk has it.

use super::fault::Fault;
use super::frame::Holds;
use super::table::Entry;
use super::{Frame, Mm, PhysMemory, Pte, Resolution, Stop, Vma};
use crate::probe::probe;

impl<M: PhysMemory> Mm<M> {
    /// Whether an area's entry for `frame` may have W. Anonymous pages: only if
    /// nobody else refers to them. Those of objects: only if the writes are meant for
    /// the object, and it has a page of its own for them.
    pub(super) fn may_write(&self, vma: &Vma, frame: Frame) -> bool {
        vma.prot.write
            && match self.frames[frame].holds {
                Holds::Anonymous { .. } => self.sharers(frame) == 1,
                Holds::Object { on_disk, .. } => vma.shared && !on_disk,
                Holds::Nothing => unreachable!("free frames are not mapped"),
            }
    }

    /// Row four: a store to a read-only page of a writable area.
    ///
    /// The hart may know the old entry, and it did not allow the store: flushed, both
    /// when the page moves and when it only becomes writable.
    pub(super) fn copy_on_write(&mut self, at: &Fault) -> Result<Resolution, Stop> {
        let Entry {
            space, page, pte, ..
        } = at.entry;
        let from = self.frames.at(pte.ppn());
        if let (Some(frame), true) = (from, at.vma.shared) {
            self.make_own(frame)?;
        }
        if let Some(frame) = from
            && self.may_write(&at.vma, frame)
        {
            self.change_entry(&at.entry, pte.with(Pte::W | Pte::A | Pte::D));
            probe!("cow_reuse", space.0, page.0, frame.0);
            return Ok(Resolution::Reused { frame });
        }
        let to = self.copy_page(at)?;
        probe!("cow_copy", space.0, page.0, pte.ppn().0, to.0);
        Ok(Resolution::Copied { from, to })
    }

    /// Gives the page of a fault a frame of its own, with the same content.
    pub(super) fn copy_page(&mut self, at: &Fault) -> Result<Frame, Stop> {
        let page = at.entry.pte.ppn();
        let to = self.take_new_frame(at.anonymous(), self.frames.at(page))?;
        if page == self.zero {
            self.clear(to);
        } else {
            self.mem.copy(page, self.frames.ppn(to));
        }
        self.drop_entry(&at.entry);
        self.map_frame(at, to);
        Ok(to)
    }
}
