//! The frame table: what each frame of memory holds, and who maps it.
//!
//! Frames are numbered from zero. A frame counts the entries of page tables that name
//! it. Who they are is not written down: it follows from what the frame holds and from
//! the areas of all spaces ([`Mm::each_mapping`]). This is the *reverse map*, the way
//! back from memory to page tables, without which a page that is shared could not be
//! taken from all who share it. It costs nothing when a page is mapped or unmapped,
//! and most frames are mapped by one space, whose number they know.
//!
//! This is what the seed calls physical memory: "the page in which the offending
//! address lies has not been mapped to physical memory" means that no frame has
//! that page in its reverse map.
//!
//! Frames in use stand in a queue, by age, from which victims are taken (`evict.rs`).

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use super::space::Reader;
use super::table::Entry;
use super::{IoId, Mm, ObjectId, Page, PhysMemory, Ppn, Pte, Slot, SpaceId};

/// The number of a frame in the pool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Frame(pub u32);

/// What a frame holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(super) enum Holds {
    /// Nothing: it is on the free list.
    Nothing,
    /// Memory of processes that belongs to no object: it goes when the last one
    /// who refers to it goes. All who share it have it from one process by fork, and
    /// so at the same page, unless they have moved it since ([`super::Vma::moved`]).
    Anonymous { origin: Page },
    /// Page `index` of a file or of shared memory: it is found through the object,
    /// and stays when nobody maps it.
    Object {
        object: ObjectId,
        index: u64,
        /// The root disk has the same: it can be dropped, and read again.
        on_disk: bool,
    },
}

impl Holds {
    /// Whether it is memory of processes.
    pub(super) fn is_anonymous(self) -> bool {
        matches!(self, Holds::Anonymous { .. })
    }

    /// Whether the root disk has the same.
    pub(super) fn is_on_disk(self) -> bool {
        matches!(self, Holds::Object { on_disk: true, .. })
    }
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
    /// To be changed by [`Frames::change`] only, as `pins` are.
    pub(super) holds: Holds,
    /// Entries that name the frame.
    pub(super) maps: u32,
    /// One of the spaces whose entries do, if it is known.
    pub(super) owner: Option<SpaceId>,
    /// Locked entries that name the frame: while there are any, it is no victim.
    pub(super) pins: u32,
    /// A disk reads or writes it: no victim, and not freed before it is done.
    pub(super) io: Option<(IoId, Direction)>,
    /// A slot with a copy of the content, which is valid unless the frame is dirty.
    pub(super) slot: Option<Slot>,
    /// Written to by the kernel, or by an entry that does not map it any more. What
    /// entries know that do map it is in their D bits.
    pub(super) dirty: bool,
    /// Read from a disk for somebody who has not come back for it yet. Until then
    /// others are better victims, or the read would have been for nothing.
    pub(super) claim: Option<Reader>,
    /// Its place in the queue: neighbours, and when it came there.
    older: Frame,
    newer: Frame,
    since: u64,
}

crate::publish::publish!(tag Holds);
crate::publish::publish!("frame": Info { holds, maps, owner, pins, slot, dirty });

impl Info {
    const FREE: Info = Info {
        holds: Holds::Nothing,
        maps: 0,
        owner: None,
        pins: 0,
        io: None,
        slot: None,
        dirty: false,
        claim: None,
        older: Frame(0),
        newer: Frame(0),
        since: 0,
    };

    /// It can be dropped whenever somebody needs it.
    pub(super) fn is_spare(&self) -> bool {
        self.holds.is_on_disk() && self.pins == 0
    }
}

/// All frames.
#[derive(Debug)]
pub(super) struct Frames {
    first: Ppn,
    /// The last line is that of no frame. It closes the queue to a ring: before it is
    /// the newest frame in use, behind it the oldest.
    table: Vec<Info>,
    free: Vec<Frame>,
    /// Those that can be dropped whenever somebody needs them.
    spare: usize,
    queued: u64,
    /// Where to look for frames that no running process maps. All that can be evicted
    /// stand here or are newer.
    idle: Option<Frame>,
}

crate::publish::publish!("frames": Frames { first, table, free });

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
        let mut table: Vec<Info> = (0..=count).map(|_| Info::FREE).collect();
        let end = &mut table[count as usize];
        (end.older, end.newer) = (Frame(count), Frame(count));
        Self {
            first,
            table,
            // The last of the list is taken first: frame 0.
            free: (0..count).rev().map(Frame).collect(),
            spare: 0,
            queued: 0,
            idle: None,
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.table.len() as u32 - 1
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Frame> + use<> {
        (0..self.count()).map(Frame)
    }

    pub(super) fn free(&self) -> &[Frame] {
        &self.free
    }

    /// How many can be dropped whenever somebody needs them.
    pub(super) fn spare(&self) -> usize {
        self.spare
    }

    pub(super) fn ppn(&self, frame: Frame) -> Ppn {
        Ppn(self.first.0 + u64::from(frame.0))
    }

    /// The frame at `ppn`; `None` for pages of the kernel, like that of zeros.
    pub(super) fn at(&self, ppn: Ppn) -> Option<Frame> {
        let number = ppn.0.checked_sub(self.first.0)?;
        (number < u64::from(self.count())).then_some(Frame(number as u32))
    }

    /// Changes what a frame holds, or its pins.
    pub(super) fn change(&mut self, frame: Frame, change: impl FnOnce(&mut Info)) {
        let info = &mut self.table[frame.0 as usize];
        self.spare -= usize::from(info.is_spare());
        change(info);
        self.spare += usize::from(info.is_spare());
    }

    /// A frame from the free list.
    pub(super) fn take(&mut self, holds: Holds) -> Option<Frame> {
        let frame = self.free.pop()?;
        self.change(frame, |info| info.holds = holds);
        self.enqueue(frame);
        Some(frame)
    }

    /// Puts a frame that nobody refers to back on the free list.
    pub(super) fn give_back(&mut self, frame: Frame) {
        let info = &self[frame];
        assert!(
            info.maps == 0 && info.pins == 0 && info.io.is_none() && info.slot.is_none(),
            "{frame:?} is freed while in use: {info:?}"
        );
        self.dequeue(frame);
        self.change(frame, |info| *info = Info::FREE);
        self.free.push(frame);
    }

    /// The oldest frame in use.
    pub(super) fn oldest(&self) -> Option<Frame> {
        self.newer(Frame(self.count()))
    }

    /// The next younger one.
    pub(super) fn newer(&self, frame: Frame) -> Option<Frame> {
        Some(self[frame].newer).filter(|newer| newer.0 < self.count())
    }

    fn enqueue(&mut self, frame: Frame) {
        let end = Frame(self.count());
        let newest = self[end].older;
        self.queued += 1;
        let since = self.queued;
        let info = &mut self[frame];
        (info.older, info.newer, info.since) = (newest, end, since);
        self[newest].newer = frame;
        self[end].older = frame;
    }

    fn dequeue(&mut self, frame: Frame) {
        if self.idle == Some(frame) {
            self.idle = self.newer(frame);
        }
        let Info { older, newer, .. } = self[frame];
        self[older].newer = newer;
        self[newer].older = older;
    }

    /// Makes a frame the newest.
    pub(super) fn renew(&mut self, frame: Frame) {
        self.dequeue(frame);
        self.enqueue(frame);
    }

    /// Where to look for frames that no running process maps, if anywhere.
    pub(super) fn idle(&self) -> Option<Frame> {
        self.idle
    }

    /// There are none from `idle()` on until behind `frame`.
    pub(super) fn pass(&mut self, frame: Frame) {
        self.idle = self.newer(frame);
    }

    /// Something has changed for a frame: perhaps no running process maps it now.
    pub(super) fn may_be_idle(&mut self, frame: Frame) {
        let since = |frame: Frame| self[frame].since;
        if self.idle.is_none_or(|idle| since(frame) < since(idle)) {
            self.idle = Some(frame);
        }
    }

    /// Something has changed for many.
    pub(super) fn all_may_be_idle(&mut self) {
        self.idle = self.oldest();
    }
}

impl<M: PhysMemory> Mm<M> {
    /// Those who share an anonymous frame: entries that map it, and entries that name
    /// its slot, whose owners will find the frame there when they come.
    pub(super) fn sharers(&self, frame: Frame) -> u32 {
        let info = &self.frames[frame];
        info.maps + info.slot.map_or(0, |slot| self.slots[slot].refs)
    }

    /// The entry of a page, if there are tables down to it.
    pub(super) fn entry(&self, space: SpaceId, page: Page) -> Option<Entry> {
        Entry::find(&self.mem, space, self.space(space).root, page)
    }

    /// Changes an entry.
    ///
    /// The hart may know the old one: flushed at once.
    pub(super) fn change_entry(&mut self, entry: &Entry, pte: Pte) {
        entry.write(&mut self.mem, pte);
        self.flush_page(entry.space, entry.page);
    }

    /// Calls `then` for each entry that names a frame.
    pub(super) fn each_mapping(&mut self, frame: Frame, mut then: impl FnMut(&mut Self, &Entry)) {
        let Info {
            holds, maps, owner, ..
        } = self.frames[frame];
        let spaces = match owner {
            Some(SpaceId(owner)) if maps == 1 => owner..owner + 1,
            _ => 0..self.spaces.len() as u32,
        };
        let mut left = maps;
        for space in spaces.map(SpaceId) {
            let mut area = 0;
            while left > 0
                && let Some(entry) = self.next_mapping(frame, holds, space, &mut area)
            {
                self.frames[frame].owner = Some(space);
                left -= 1;
                then(self, &entry);
            }
        }
        assert_eq!(left, 0, "{frame:?} is mapped by no area");
    }

    /// The next entry of a space that names a frame, from area number `area` on.
    fn next_mapping(
        &self,
        frame: Frame,
        holds: Holds,
        space: SpaceId,
        area: &mut usize,
    ) -> Option<Entry> {
        let known = self.spaces[space.0 as usize].as_ref()?;
        while let Some(vma) = known.vmas.all().get(*area) {
            *area += 1;
            let entry = vma
                .page_with(holds)
                .and_then(|page| Entry::find(&self.mem, space, known.root, page));
            let names_it =
                |entry: &Entry| entry.pte.is_present() && entry.pte.ppn() == self.frames.ppn(frame);
            if let Some(entry) = entry.filter(names_it) {
                return Some(entry);
            }
        }
        None
    }

    /// Takes an entry away from the frame that it names; it becomes `instead`. What it
    /// knew goes into the frame table.
    pub(super) fn unmap_frame(&mut self, entry: &Entry, frame: Frame, instead: Pte) {
        self.change_entry(entry, instead);
        self.space_mut(entry.space).resident -= 1;
        let info = &mut self.frames[frame];
        info.maps -= 1;
        info.dirty |= entry.pte.has(Pte::D);
        if info.owner == Some(entry.space) {
            info.owner = None;
        }
        if entry.pte.has(Pte::LOCKED) {
            self.frames.change(frame, |info| info.pins -= 1);
        }
    }

    /// Makes an entry zero: the page is unmapped, or dropped, whatever it is. Frames
    /// and slots that nobody refers to any more become free.
    pub(super) fn drop_entry(&mut self, entry: &Entry) {
        if let Some(slot) = entry.pte.slot() {
            entry.write(&mut self.mem, Pte::NONE);
            self.release_slot(slot);
        } else if let Some(frame) = self.frames.at(entry.pte.ppn()) {
            self.unmap_frame(entry, frame, Pte::NONE);
            self.release_frame(frame);
        } else {
            self.change_entry(entry, Pte::NONE);
        }
    }

    /// Somebody has let go of a frame, a process or a disk. An anonymous one is freed,
    /// with its slot, if nobody refers to either. While a disk uses the frame it stays,
    /// and is looked at again when the disk is done.
    pub(super) fn release_frame(&mut self, frame: Frame) {
        let info = &self.frames[frame];
        if info.holds.is_anonymous() && info.io.is_none() && self.sharers(frame) == 0 {
            self.detach_slot(frame);
            self.frames.give_back(frame);
        } else {
            let slot = info.slot;
            self.frames.may_be_idle(frame);
            if let Some(slot) = slot {
                self.note_spare(slot);
            }
        }
    }
}
