//! Fork: a second process from one.
//!
//! > creating a new process on Unix systems happens by duplicating the running
//! > process by way of the fork(2) system call. In order to avoid excessive fork(2)
//! > runtime cost of yore, modern Kernels don't copy the entire memory used by the
//! > forked process, but rather implement transparent CopyOnWrite by marking all the
//! > pages shared between several processes as read-only.
//!
//! [`Mm::fork`] is the modern way: it copies page tables, and takes W from every
//! anonymous page in both. [`Mm::unshare`], called after it, gives the cost of yore
//! back: it copies every page at once, as if the child had written to all of them.

use super::fault::Fault;
use super::frame::{Holds, Mapping};
use super::space::EVERYTHING;
use super::{Error, Event, Frame, Mm, PhysMemory, Pte, SpaceId, Stop};
use crate::probe::probe;

impl<M: PhysMemory> Mm<M> {
    /// A copy of an address space. Nothing of it is locked.
    ///
    /// # Errors
    /// [`Error::NoMemory`] if there are no page tables for it, or all frames and
    /// slots are so full that the first write of either would fail. The parent is as
    /// it was.
    pub fn fork(&mut self, parent: SpaceId) -> Result<SpaceId, Error> {
        probe!("fork_begin", parent.0);
        if self.available() == 0 {
            return Err(Error::NoMemory);
        }
        let child = self.create_space()?;
        // First all that can fail: tables. Then the rest, which cannot.
        if self.make_tables_like(parent, child).is_err() {
            self.destroy(child);
            return Err(Error::NoMemory);
        }
        let (mut vmas, heap) = (
            self.space(parent).vmas.clone(),
            self.space(parent).heap.clone(),
        );
        vmas.change(&EVERYTHING, |vma| vma.locked = false);
        let space = self.space_mut(child);
        (space.vmas, space.heap) = (vmas, heap);
        self.each_entry(parent, &EVERYTHING, |mm, mapping, pte| {
            mm.share_entry(mapping, pte, child);
            Ok::<(), Error>(())
        })?;
        probe!("fork_end", parent.0, child.0);
        Ok(child)
    }

    fn make_tables_like(&mut self, parent: SpaceId, child: SpaceId) -> Result<(), Stop> {
        self.each_entry(parent, &EVERYTHING, |mm, mapping, _| {
            mm.make_entry(Mapping {
                space: child,
                ..mapping
            })
        })
    }

    /// Gives the child what an entry of the parent names.
    ///
    /// Where the parent loses W, its hart may still know it: flushed, before the
    /// parent runs again, or it would write to the child's page.
    fn share_entry(&mut self, mapping: Mapping, mut pte: Pte, child: SpaceId) {
        let childs = Mapping {
            space: child,
            ..mapping
        };
        if let Some(slot) = pte.slot() {
            self.slots[slot].refs += 1;
        } else if let Some(frame) = self.frames.at(pte.ppn()) {
            if self.frames[frame].holds == Holds::Anonymous && pte.has(Pte::W) {
                pte = pte.without(Pte::W);
                self.set_entry(mapping, pte);
                self.flush_page(mapping);
            }
            self.frames[frame].maps.push(childs);
            self.space_mut(child).resident += 1;
        }
        if pte.is_present() {
            // The parent's entry remembers that the page is dirty.
            pte = pte.without(Pte::D | Pte::LOCKED);
        }
        self.set_entry(childs, pte);
    }

    /// Copies every page that a child shares with others only until somebody writes.
    /// Those that are swapped out are read for it.
    ///
    /// # Errors
    /// [`Stop::Wait`]: call it again, it goes on. Else the child is of no use, and
    /// is to be destroyed.
    pub fn unshare(&mut self, child: SpaceId) -> Result<(), Stop> {
        self.each_entry(child, &EVERYTHING, |mm, mapping, pte| {
            mm.unshare_entry(mapping, pte)
        })
    }

    fn unshare_entry(&mut self, mapping: Mapping, mut pte: Pte) -> Result<(), Stop> {
        let at = Fault::quiet(self, mapping);
        if let Some(slot) = pte.slot() {
            let frame = self.slots[slot].frame;
            let mapped = frame.map_or(0, |frame| self.frames[frame].maps.len());
            if self.slots[slot].refs as usize + mapped == 1 {
                return Ok(());
            }
            let resolution = self.swap_in(&at, slot)?;
            self.count_swap_in(mapping.space, resolution);
            pte = self.entry(mapping);
        }
        let Some(shared) = self.frames.at(pte.ppn()) else {
            return Ok(());
        };
        if self.frames[shared].holds != Holds::Anonymous || self.sharers(shared) == 1 {
            return Ok(());
        }
        self.copy_page(&at, pte)?;
        self.count(Some(mapping.space), Event::ForkCopy);
        self.give_write_back(shared);
        Ok(())
    }

    /// Lets the last owner of a page write to it without asking.
    ///
    /// A hart that knows the old entry faults for nothing once: flushed.
    fn give_write_back(&mut self, frame: Frame) {
        let &[mapping] = self.frames[frame].maps.as_slice() else {
            return;
        };
        let vma = Fault::quiet(self, mapping).vma;
        if self.may_write(&vma, frame) {
            let pte = self.entry(mapping).with(Pte::W);
            self.set_entry(mapping, pte);
            self.flush_page(mapping);
        }
    }
}
