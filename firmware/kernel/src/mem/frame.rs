//! The frame table: what each frame of memory holds, and who maps it.
//!
//! Frames are numbered from zero. The *reverse map* of a frame lists every page of
//! every process that maps it: the way back from memory to page tables, without
//! which a page that is shared could not be taken from all who share it. Its length
//! is the frame's reference count, so that the two cannot disagree.
//!
//! This is what the seed calls physical memory: "the page in which the offending
//! address lies has not been mapped to physical memory" means that no frame has
//! that page in its reverse map.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use super::{IoId, Mm, ObjectId, Page, PhysMemory, Ppn, Pte, Slot, SpaceId, table};

/// The number of a frame in the pool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Frame(pub u32);

/// What a frame holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holds {
    /// Nothing: it is on the free list.
    Nothing,
    /// Memory of processes that belongs to no object: it goes when the last one
    /// who refers to it goes.
    Anonymous,
    /// Page `index` of a file or of shared memory: it is found through the object,
    /// and stays when nobody maps it.
    Object {
        object: ObjectId,
        index: u64,
        /// The root disk has the same: it can be dropped, and read again.
        on_disk: bool,
    },
}

/// A page that maps a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Mapping {
    pub(super) space: SpaceId,
    pub(super) page: Page,
}

/// The way in which a disk is using a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Direction {
    In,
    Out,
}

/// One line of the frame table.
#[derive(Clone, Debug)]
pub(super) struct Info {
    pub(super) holds: Holds,
    /// The reverse map.
    pub(super) maps: Vec<Mapping>,
    /// Locked entries that name the frame, and a call in progress that needs it:
    /// while there are any, the frame is no victim.
    pub(super) pins: u32,
    /// A disk reads or writes it: no victim, and not freed before it is done.
    pub(super) io: Option<(IoId, Direction)>,
    /// A slot with a copy of the content, which is valid unless the frame is dirty.
    pub(super) slot: Option<Slot>,
    /// Written to by an entry that does not map it any more. What entries know that
    /// do map it is in their D bits: ask [`Mm::is_dirty`].
    pub(super) dirty: bool,
    /// Read from a disk for this space, which has not come back for it yet. Until
    /// then others are better victims, or the read would have been for nothing.
    pub(super) claim: Option<SpaceId>,
    /// When it was taken from the free list, for first in, first out.
    pub(super) since: u64,
}

impl Info {
    const FREE: Info = Info {
        holds: Holds::Nothing,
        maps: Vec::new(),
        pins: 0,
        io: None,
        slot: None,
        dirty: false,
        claim: None,
        since: 0,
    };
}

/// All frames.
#[derive(Debug)]
pub(super) struct Frames {
    first: Ppn,
    table: Vec<Info>,
    free: Vec<Frame>,
    taken: u64,
}

impl Index<Frame> for Frames {
    type Output = Info;
    fn index(&self, frame: Frame) -> &Info {
        &self.table[frame.0 as usize]
    }
}

impl IndexMut<Frame> for Frames {
    fn index_mut(&mut self, frame: Frame) -> &mut Info {
        &mut self.table[frame.0 as usize]
    }
}

impl Frames {
    pub(super) fn new(first: Ppn, count: u32) -> Self {
        let table = (0..count).map(|_| Info::FREE).collect();
        // The last of the list is taken first: frame 0.
        let free = (0..count).rev().map(Frame).collect();
        Self {
            first,
            table,
            free,
            taken: 0,
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.table.len() as u32
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Frame> + use<> {
        (0..self.count()).map(Frame)
    }

    pub(super) fn free(&self) -> &[Frame] {
        &self.free
    }

    pub(super) fn ppn(&self, frame: Frame) -> Ppn {
        Ppn(self.first.0 + u64::from(frame.0))
    }

    /// The frame at `ppn`; `None` for pages of the kernel, like that of zeros.
    pub(super) fn at(&self, ppn: Ppn) -> Option<Frame> {
        let number = ppn.0.checked_sub(self.first.0)?;
        (number < self.table.len() as u64).then_some(Frame(number as u32))
    }

    /// A frame from the free list.
    pub(super) fn take(&mut self, holds: Holds) -> Option<Frame> {
        let frame = self.free.pop()?;
        self.taken += 1;
        let since = self.taken;
        let info = &mut self[frame];
        (info.holds, info.since) = (holds, since);
        Some(frame)
    }

    /// Puts a frame that nobody refers to back on the free list.
    pub(super) fn give_back(&mut self, frame: Frame) {
        let info = &mut self[frame];
        assert!(
            info.maps.is_empty() && info.pins == 0 && info.io.is_none() && info.slot.is_none(),
            "{frame:?} is freed while in use: {info:?}"
        );
        // The list keeps its room, so that the next fault need not allocate any.
        let maps = core::mem::take(&mut info.maps);
        *info = Info { maps, ..Info::FREE };
        self.free.push(frame);
    }
}

impl<M: PhysMemory> Mm<M> {
    /// Those who share an anonymous frame: entries that map it, and entries that name
    /// its slot, whose owners will find the frame there when they come.
    pub(super) fn sharers(&self, frame: Frame) -> usize {
        let info = &self.frames[frame];
        let waiting = info.slot.map_or(0, |slot| self.slots[slot].refs);
        info.maps.len() + waiting as usize
    }

    /// Whether the frame was written to since its content was last on a disk.
    pub(super) fn is_dirty(&self, frame: Frame) -> bool {
        let info = &self.frames[frame];
        info.dirty
            || info
                .maps
                .iter()
                .any(|&mapping| self.entry(mapping).has(Pte::D))
    }

    /// The entry of a page; all zero where there is no table.
    pub(super) fn entry(&self, mapping: Mapping) -> Pte {
        let root = self.space(mapping.space).root;
        table::find(&self.mem, root, mapping.page).map_or(Pte::NONE, |at| at.read(&self.mem))
    }

    /// Changes the entry of a page for which there are tables.
    pub(super) fn set_entry(&mut self, mapping: Mapping, pte: Pte) {
        let root = self.space(mapping.space).root;
        let at = table::find(&self.mem, root, mapping.page).expect("tables were made before");
        at.write(&mut self.mem, pte);
    }

    /// Takes a mapping out of the reverse map of `frame`, whose entry was `pte` and
    /// becomes `instead`; what the entry knew goes into the frame table.
    ///
    /// The hart may know the old entry: flushed at once.
    pub(super) fn unmap_frame(&mut self, frame: Frame, mapping: Mapping, instead: Pte) {
        let pte = self.entry(mapping);
        self.set_entry(mapping, instead);
        self.flush_page(mapping);
        let info = &mut self.frames[frame];
        let place = info.maps.iter().position(|&other| other == mapping);
        info.maps
            .swap_remove(place.expect("the reverse map has every mapping"));
        info.dirty |= pte.has(Pte::D);
        info.pins -= u32::from(pte.has(Pte::LOCKED));
        self.space_mut(mapping.space).resident -= 1;
    }

    /// Makes the entry of a page zero: the page is unmapped, or dropped, whatever it
    /// is. Frames and slots that nobody refers to any more become free.
    pub(super) fn drop_entry(&mut self, mapping: Mapping) {
        let pte = self.entry(mapping);
        if let Some(slot) = pte.slot() {
            self.set_entry(mapping, Pte::NONE);
            self.slots[slot].refs -= 1;
            self.release_slot(slot);
        } else if let Some(frame) = self.frames.at(pte.ppn()) {
            self.unmap_frame(frame, mapping, Pte::NONE);
            self.release_frame(frame);
        } else {
            self.set_entry(mapping, Pte::NONE);
            self.flush_page(mapping);
        }
    }

    /// Frees an anonymous frame, and its slot, if nobody refers to either. While a
    /// disk uses the frame it stays, and is looked at again when the disk is done.
    pub(super) fn release_frame(&mut self, frame: Frame) {
        let info = &self.frames[frame];
        if info.holds == Holds::Anonymous && info.io.is_none() && self.sharers(frame) == 0 {
            self.detach_slot(frame);
            self.frames.give_back(frame);
        }
    }
}
