//! Slots: the pages of the swap disk.
//!
//! > Most frequently, that's because the content of the page has been written to
//! > HardDisk
//!
//! A slot counts its references: the entries of page tables (and of shared memory)
//! that name it. A page that was shared when it went out is named by all who shared
//! it. The first who comes back reads it into a frame; slot and frame then know of
//! each other (this is the *swap cache*), and the others find the frame there
//! without reading. So it stays shared, and only then is it copied when one of them
//! writes.
//!
//! A slot stays with its frame after all have come back: if the page is not written
//! to it can be dropped again without writing. If it is, the copy in the slot is
//! stale, and the next swap-out writes it anew in its old place. When no slot is
//! free, those of pages in memory are taken back first.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use super::cache::Place;
use super::fault::Fault;
use super::frame::{Direction, Holds, Mapping};
use super::io::Target;
use super::space::EVERYTHING;
use super::{BusCause, Frame, IoId, Mm, PhysMemory, Pte, Resolution, SpaceId, Stop, Wait};
use crate::probe::probe;

/// The number of a slot; it begins at byte 4096 × number of the swap disk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Slot(pub u32);

/// One slot.
#[derive(Clone, Default, Debug)]
pub(super) struct SlotInfo {
    /// Entries that name the slot.
    pub(super) refs: u32,
    /// The frame with the same page: being read, being written, or in memory still.
    pub(super) frame: Option<Frame>,
    /// A write to it failed: never used again.
    pub(super) bad: bool,
    /// A read of it failed for this space, which has not been told yet.
    pub(super) failed: Option<SpaceId>,
}

/// All slots.
#[derive(Debug)]
pub(super) struct Slots {
    table: Vec<SlotInfo>,
    free: Vec<Slot>,
}

impl Index<Slot> for Slots {
    type Output = SlotInfo;
    fn index(&self, slot: Slot) -> &SlotInfo {
        &self.table[slot.0 as usize]
    }
}

impl IndexMut<Slot> for Slots {
    fn index_mut(&mut self, slot: Slot) -> &mut SlotInfo {
        &mut self.table[slot.0 as usize]
    }
}

impl Slots {
    pub(super) fn new(count: u32) -> Self {
        let table = (0..count).map(|_| SlotInfo::default()).collect();
        Self {
            table,
            free: (0..count).rev().map(Slot).collect(),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Slot> + use<> {
        (0..self.table.len() as u32).map(Slot)
    }

    pub(super) fn free(&self) -> &[Slot] {
        &self.free
    }
}

impl<M: PhysMemory> Mm<M> {
    /// A slot for a page that goes out, its frame being `frame`.
    pub(super) fn attach_slot(&mut self, frame: Frame) -> Option<Slot> {
        if self.slots.free.is_empty() {
            let owner = self.slots[self.spare_slot()?].frame;
            self.detach_slot(owner.expect("a spare slot has a frame"));
        }
        let slot = self.slots.free.pop()?;
        self.slots[slot].frame = Some(frame);
        self.frames[frame].slot = Some(slot);
        Some(slot)
    }

    /// Whether a page without a slot can be swapped out.
    pub(super) fn has_slot_room(&self) -> bool {
        !self.slots.free.is_empty() || self.spare_slot().is_some()
    }

    /// A slot that can be taken back: its page is in memory, and no entry names it.
    fn spare_slot(&self) -> Option<Slot> {
        self.slots.all().find(|&slot| self.is_spare(slot))
    }

    pub(super) fn is_spare(&self, slot: Slot) -> bool {
        let info = &self.slots[slot];
        info.refs == 0
            && info
                .frame
                .is_some_and(|frame| self.frames[frame].io.is_none())
    }

    /// Parts a frame from its slot, which becomes free if no entry names it.
    pub(super) fn detach_slot(&mut self, frame: Frame) {
        if let Some(slot) = self.frames[frame].slot.take() {
            self.slots[slot].frame = None;
            self.release_slot(slot);
        }
    }

    /// Frees a slot if nobody refers to it; and, if only a frame does that has no
    /// other reason to be, that too.
    pub(super) fn release_slot(&mut self, slot: Slot) {
        let info = &mut self.slots[slot];
        match info.frame {
            Some(frame) => self.release_frame(frame),
            None if info.refs == 0 && !info.bad => {
                *info = SlotInfo::default();
                self.slots.free.push(slot);
            }
            None => {}
        }
    }

    /// Row three: the page is swapped out.
    ///
    /// > …loading the content of the current process's swapped out page into the now
    /// > free page, and mapping this page into the process's address space at the
    /// > right location.
    pub(super) fn swap_in(&mut self, at: &Fault, slot: Slot) -> Result<Resolution, Stop> {
        let frame = self.frame_of_slot(at.space, slot, Holds::Anonymous)?;
        self.slots[slot].refs -= 1;
        let read = self.map_frame(at, frame);
        probe!(
            "swap_in", at.space.0, at.page.0, frame.0, slot.0, read as u8
        );
        Ok(Resolution::SwappedIn { frame, slot, read })
    }

    /// The frame with the content of `slot`. If there is none yet it is read, and
    /// all who ask for it meanwhile wait for that one read.
    pub(super) fn frame_of_slot(
        &mut self,
        space: SpaceId,
        slot: Slot,
        holds: Holds,
    ) -> Result<Frame, Stop> {
        if let Some(frame) = self.slots[slot].frame {
            return self.ready(frame);
        }
        if self.slots[slot]
            .failed
            .take_if(|failed| *failed == space)
            .is_some()
        {
            return Err(Stop::Bus(BusCause::SwapRead));
        }
        let frame = self.take_frame(holds)?;
        self.slots[slot].frame = Some(frame);
        self.frames[frame].slot = Some(slot);
        if let Holds::Object { object, index, .. } = holds {
            // From here on the object refers to the frame, and the frame to the slot.
            self.object_mut(object)
                .pages
                .insert(index, Place::Frame(frame));
            self.slots[slot].refs -= 1;
        }
        let io = self.start_io(frame, Direction::In, Target::of_slot(slot), Some(space));
        Err(Stop::Wait(Wait::Io(io)))
    }

    /// A frame in which there is something: not one that is still being read into.
    pub(super) fn ready(&self, frame: Frame) -> Result<Frame, Stop> {
        match self.frames[frame].io {
            Some((io, Direction::In)) => Err(Stop::Wait(Wait::Io(io))),
            // What is being written out is still there.
            Some((_, Direction::Out)) | None => Ok(frame),
        }
    }

    /// Begins to write a frame, which nobody maps any more, to its slot.
    pub(super) fn swap_out(&mut self, frame: Frame) -> IoId {
        let info = &mut self.frames[frame];
        info.dirty = false;
        let slot = info.slot.expect("it was given one");
        probe!("swap_out", frame.0, slot.0);
        self.start_io(frame, Direction::Out, Target::of_slot(slot), None)
    }

    /// A swap-out has failed: the page stays in memory, and the slot, which is bad
    /// now, is forgotten by all entries that name it already.
    ///
    /// There is no way back from a slot to these entries. All tables are searched:
    /// slow, but a disk does not break every day.
    pub(super) fn swap_out_failed(&mut self, frame: Frame) {
        let slot = self.frames[frame].slot.expect("it was being written there");
        self.frames[frame].dirty = true;
        self.slots[slot].bad = true;
        for space in self.space_ids() {
            let done = self.each_entry(space, &EVERYTHING, |mm, mapping, pte| {
                if pte.slot() == Some(slot) {
                    mm.map_again(mapping, slot, frame);
                }
                Ok::<(), Stop>(())
            });
            done.expect("mapping what has tables does not fail");
        }
        self.detach_slot(frame);
        self.release_frame(frame);
    }

    /// Maps the frame whose way to `slot` has failed. Others may share it: a write
    /// will have to ask.
    fn map_again(&mut self, mapping: Mapping, slot: Slot, frame: Frame) {
        self.slots[slot].refs -= 1;
        let at = Fault::quiet(self, mapping);
        self.map_frame(&at, frame);
        let pte = self.entry(mapping).without(Pte::W | Pte::A);
        self.set_entry(mapping, pte);
    }
}
