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
use super::space::EVERYTHING;
use super::table::Entry;
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
        // First all that can fail: areas and tables. Then the rest, which cannot.
        if self.make_areas_like(parent, child).is_none() {
            self.destroy(child);
            return Err(Error::NoMemory);
        }
        // Where the parent loses W, its hart may still know it: flushed, before the
        // parent runs again, or it would write to the child's pages.
        self.flush_space(parent);
        let mut childs = None;
        for area in 0..self.vmas(parent).len() {
            let mut walk = self.walk(parent, self.vmas(parent)[area].pages());
            while let Some(entry) = walk.next(&self.mem) {
                let beside = childs.and_then(|last: Entry| last.beside(&self.mem, entry.page));
                let to = beside.or_else(|| self.entry(child, entry.page));
                let to = to.expect("tables were made before");
                self.share_entry(&entry, &to);
                childs = Some(to);
            }
        }
        probe!("fork_end", parent.0, child.0);
        Ok(child)
    }

    /// Areas for a child, and tables for all that it gets.
    fn make_areas_like(&mut self, parent: SpaceId, child: SpaceId) -> Option<()> {
        let known = self.space(parent);
        let (mut vmas, heap) = (known.vmas.try_clone()?, known.heap.clone());
        vmas.change(&EVERYTHING, |vma| vma.locked = false);
        let space = self.space_mut(child);
        (space.vmas, space.heap) = (vmas, heap);
        let root = space.root;
        for area in 0..self.vmas(parent).len() {
            let mut walk = self.walk(parent, self.vmas(parent)[area].pages());
            while let Some(entry) = walk.next(&self.mem) {
                Entry::make(&mut self.mem, child, root, entry.page)?;
                walk.skip_table();
            }
        }
        Some(())
    }

    /// Gives the child what an entry of the parent names. Of an anonymous page both
    /// lose W.
    fn share_entry(&mut self, entry: &Entry, to: &Entry) {
        let mut pte = entry.pte;
        if let Some(slot) = pte.slot() {
            self.slots.refer(slot);
        } else if let Some(frame) = self.frames.at(pte.ppn()) {
            let info = &mut self.frames[frame];
            info.maps += 1;
            if info.holds.is_anonymous() && pte.has(Pte::W) {
                pte = pte.without(Pte::W);
                entry.write(&mut self.mem, pte);
            }
            self.space_mut(to.space).resident += 1;
        }
        if pte.is_present() {
            // The parent's entry remembers that the page is dirty.
            pte = pte.without(Pte::D | Pte::LOCKED);
        }
        to.write(&mut self.mem, pte);
    }

    /// Copies every page that a child shares with others only until somebody writes.
    /// Those that are swapped out are read for it.
    ///
    /// # Errors
    /// [`Stop::Wait`]: call it again, it goes on. Else the child is of no use, and
    /// is to be destroyed.
    pub fn unshare(&mut self, child: SpaceId) -> Result<(), Stop> {
        let mut walk = self.walk(child, EVERYTHING);
        while let Some(entry) = walk.next(&self.mem) {
            self.unshare_entry(entry)?;
        }
        Ok(())
    }

    fn unshare_entry(&mut self, entry: Entry) -> Result<(), Stop> {
        let mut at = Fault::quiet(self, entry);
        if let Some(slot) = entry.pte.slot() {
            let frame = self.slots[slot].frame;
            let mapped = frame.map_or(0, |frame| self.frames[frame].maps);
            if self.slots[slot].refs + mapped == 1 {
                return Ok(());
            }
            let resolution = self.swap_in(&at, slot)?;
            self.count_swap_in(entry.space, resolution);
            at.entry = self.entry(entry.space, entry.page).expect("it was mapped");
        }
        let Some(shared) = self.frames.at(at.entry.pte.ppn()) else {
            return Ok(());
        };
        if !self.frames[shared].holds.is_anonymous() || self.sharers(shared) == 1 {
            return Ok(());
        }
        self.copy_page(&at)?;
        self.count(Some(entry.space), Event::ForkCopy);
        self.give_write_back(shared);
        Ok(())
    }

    /// Lets the last owner of a page write to it without asking.
    ///
    /// A hart that knows the old entry faults for nothing once: flushed.
    fn give_write_back(&mut self, frame: Frame) {
        if self.frames[frame].maps == 1 {
            self.each_mapping(frame, |mm, entry| {
                if mm.may_write(&mm.area_of(entry), frame) {
                    mm.change_entry(entry, entry.pte.with(Pte::W));
                }
            });
        }
    }
}
