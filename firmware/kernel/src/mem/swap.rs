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
use super::frame::{Direction, Holds};
use super::io::Target;
use super::space::{EVERYTHING, Reader};
use super::table::Entry;
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
    /// A read of it failed for somebody who has not been told yet.
    pub(super) failed: Option<Reader>,
    /// It is on the list of those that may be spare.
    listed: bool,
}

crate::publish::publish!("slot": SlotInfo { refs, frame, bad });

/// All slots.
#[derive(Debug)]
pub(super) struct Slots {
    table: Vec<SlotInfo>,
    free: Vec<Slot>,
    /// Every slot that can be taken back is here, but perhaps others, too.
    spare: Vec<Slot>,
    /// Slots that entries name, and bad ones: there is no room in them.
    lost: usize,
    /// Bad ones.
    pub(super) bad: usize,
}

crate::publish::publish!("slots": Slots { table, free });

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
        Self {
            table: (0..count).map(|_| SlotInfo::default()).collect(),
            free: (0..count).rev().map(Slot).collect(),
            spare: Vec::with_capacity(count as usize),
            lost: 0,
            bad: 0,
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Slot> + use<> {
        (0..self.table.len() as u32).map(Slot)
    }

    pub(super) fn free(&self) -> &[Slot] {
        &self.free
    }

    /// How many pages there is room for: in slots that are free, or that are only
    /// copies of what is in memory.
    pub(super) fn room(&self) -> usize {
        self.table.len() - self.lost
    }

    /// One more entry names a slot.
    pub(super) fn refer(&mut self, slot: Slot) {
        self[slot].refs += 1;
        self.lost += usize::from(self[slot].refs == 1);
    }

    fn unrefer(&mut self, slot: Slot) {
        self[slot].refs -= 1;
        self.lost -= usize::from(self[slot].refs == 0);
    }
}

impl<M: PhysMemory> Mm<M> {
    /// A slot for a page that goes out, its frame being `frame`.
    pub(super) fn attach_slot(&mut self, frame: Frame) -> Option<Slot> {
        if let (true, Some(spare)) = (self.slots.free.is_empty(), self.spare_slot()) {
            let owner = self.slots[spare].frame;
            self.detach_slot(owner.expect("a spare slot has a frame"));
        }
        let slot = self.slots.free.pop()?;
        self.slots[slot].frame = Some(frame);
        self.frames[frame].slot = Some(slot);
        Some(slot)
    }

    /// Whether a page without a slot can be swapped out.
    pub(super) fn has_slot_room(&mut self) -> bool {
        !self.slots.free.is_empty() || self.spare_slot().is_some()
    }

    /// A slot that can be taken back: its page is in memory, and no entry names it.
    fn spare_slot(&mut self) -> Option<Slot> {
        while let Some(&slot) = self.slots.spare.last() {
            if self.is_spare(slot) {
                return Some(slot);
            }
            self.slots.spare.pop();
            self.slots[slot].listed = false;
        }
        None
    }

    fn is_spare(&self, slot: Slot) -> bool {
        let info = &self.slots[slot];
        let is_idle = |frame: Frame| self.frames[frame].io.is_none();
        info.refs == 0 && info.frame.is_some_and(is_idle)
    }

    /// Remembers a slot if it can be taken back.
    pub(super) fn note_spare(&mut self, slot: Slot) {
        if !self.slots[slot].listed && self.is_spare(slot) {
            self.slots[slot].listed = true;
            self.slots.spare.push(slot);
        }
    }

    /// Whether what can be taken back would be found.
    pub(super) fn knows_if_spare(&self, slot: Slot) -> bool {
        self.slots[slot].listed || !self.is_spare(slot)
    }

    /// Parts a frame from its slot, which becomes free if no entry names it.
    pub(super) fn detach_slot(&mut self, frame: Frame) {
        if let Some(slot) = self.frames[frame].slot.take() {
            self.slots[slot].frame = None;
            self.free_slot(slot);
        }
    }

    /// An entry names the slot no longer. It becomes free if nobody refers to it; and,
    /// if only a frame does that has no other reason to be, that too.
    pub(super) fn release_slot(&mut self, slot: Slot) {
        self.slots.unrefer(slot);
        match self.slots[slot].frame {
            Some(frame) => self.release_frame(frame),
            None => self.free_slot(slot),
        }
    }

    /// Frees a slot if nobody refers to it.
    pub(super) fn free_slot(&mut self, slot: Slot) {
        let info = &mut self.slots[slot];
        if info.refs == 0 && !info.bad {
            info.failed = None;
            self.slots.free.push(slot);
        }
    }

    /// Row three: the page is swapped out.
    ///
    /// > …loading the content of the current process's swapped out page into the now
    /// > free page, and mapping this page into the process's address space at the
    /// > right location.
    pub(super) fn swap_in(&mut self, at: &Fault, slot: Slot) -> Result<Resolution, Stop> {
        let Entry { space, page, .. } = at.entry;
        let frame = self.frame_of_slot(space, slot, at.anonymous())?;
        self.slots.unrefer(slot);
        let read = self.map_frame(at, frame);
        self.note_spare(slot);
        probe!("swap_in", space.0, page.0, frame.0, slot.0, read as u8);
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
        let reader = self.reader(space);
        if self.slots[slot].failed == Some(reader) {
            self.slots[slot].failed = None;
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
            self.slots.unrefer(slot);
        }
        let io = self.start_io(frame, Direction::In, Target::of_slot(slot), Some(reader));
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
        self.slots.bad += 1;
        for space in self.space_ids() {
            let mut walk = self.walk(space, EVERYTHING);
            while let Some(entry) = walk.next(&self.mem) {
                if entry.pte.slot() == Some(slot) {
                    self.map_again(entry, slot, frame);
                }
            }
        }
        self.slots.lost += 1;
        self.detach_slot(frame);
        self.release_frame(frame);
    }

    /// Maps the frame whose way to `slot` has failed. Others may share it: a write
    /// will have to ask.
    fn map_again(&mut self, entry: Entry, slot: Slot, frame: Frame) {
        self.slots.unrefer(slot);
        self.map_frame(&Fault::quiet(self, entry), frame);
        let mapped = self.entry(entry.space, entry.page).expect("it has tables");
        mapped.write(&mut self.mem, mapped.pte.without(Pte::W | Pte::A));
    }
}
