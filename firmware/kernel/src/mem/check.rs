//! What must always be true.
//!
//! The same facts stand in several places, so that each can be found fast: an entry
//! names a frame, and the frame's reverse map names the page. [`Mm::check`] counts
//! everything anew from the page tables, the areas and the objects, and compares. It
//! is slow, and changes nothing; tests call it after every step.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::cache::Place;
use super::frame::Holds;
use super::space::EVERYTHING;
use super::{Frame, Mm, Page, PhysMemory, Pte, Slot, SpaceId, Vma};

/// What the page tables and objects say.
#[derive(Default)]
struct Found {
    maps: BTreeMap<Frame, Vec<(SpaceId, Page)>>,
    pins: BTreeMap<Frame, u32>,
    /// Entries that name a slot, of tables and objects.
    slots: BTreeMap<Slot, u32>,
    objects: BTreeSet<Frame>,
    /// Frames that are looked at when one is needed that no running process maps.
    looked_at: BTreeSet<Frame>,
    /// The free lists.
    free_frames: BTreeSet<Frame>,
    free_slots: BTreeSet<Slot>,
}

/// Fails with a message if something is not so.
macro_rules! ensure {
    ($what:expr, $($message:tt)*) => {
        if !$what {
            return Err(format!($($message)*));
        }
    };
}

impl<M: PhysMemory> Mm<M> {
    /// Checks everything that must be true between two calls of the core.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn check(&self) -> Result<(), String> {
        let (free_frames, free_slots) = (self.frames.free(), self.slots.free());
        let mut found = Found {
            free_frames: free_frames.iter().copied().collect(),
            free_slots: free_slots.iter().copied().collect(),
            ..Found::default()
        };
        ensure!(
            found.free_frames.len() == free_frames.len(),
            "free twice: {free_frames:?}"
        );
        ensure!(
            found.free_slots.len() == free_slots.len(),
            "free twice: {free_slots:?}"
        );
        for space in self.space_ids() {
            self.check_areas_of(space)?;
            self.check_entries(space, &mut found)?;
        }
        self.check_objects(&mut found)?;
        self.check_room()?;
        self.check_queue(&mut found)?;
        for frame in self.frames.all() {
            self.check_frame(frame, &mut found)?;
        }
        for slot in self.slots.all() {
            self.check_slot(slot, &found)?;
        }
        for (id, frame) in self.io.under_way() {
            let known = self.frames[frame].io;
            ensure!(
                known.is_some_and(|(io, _)| io == id),
                "{id:?} uses {frame:?}: {known:?}"
            );
        }
        Ok(())
    }

    /// Frames and slots with memory of processes: none once all have ended. Frames that
    /// wait for a disk only, and pages of files, which stay, are not.
    pub fn used_by_processes(&self) -> (usize, usize) {
        let is_used = |&frame: &Frame| {
            let info = &self.frames[frame];
            info.holds.is_anonymous() && info.io.is_none()
        };
        let frames = self.frames.all().filter(is_used).count();
        let objects = self.objects.iter().flatten();
        let of_files: BTreeSet<Slot> = objects
            .flat_map(|object| object.pages.values())
            .filter_map(|place| match place {
                Place::Slot(slot) => Some(*slot),
                Place::Frame(_) | Place::Failed(_) => None,
            })
            .collect();
        let is_used = |slot: &Slot| self.slots[*slot].refs > u32::from(of_files.contains(slot));
        (frames, self.slots.all().filter(is_used).count())
    }

    /// Counts what there is room for.
    fn check_room(&self) -> Result<(), String> {
        let spare = self
            .frames
            .all()
            .filter(|&f| self.frames[f].is_spare())
            .count();
        let room = self.slots.all().filter(|&slot| {
            let info = &self.slots[slot];
            info.refs == 0 && !info.bad
        });
        let (known, room) = (
            (self.frames.spare(), self.slots.room()),
            (spare, room.count()),
        );
        ensure!(
            known == room,
            "frames and slots with room: {room:?}, not {known:?}"
        );
        Ok(())
    }

    /// Frames in use stand in the queue.
    fn check_queue(&self, found: &mut Found) -> Result<(), String> {
        let (mut queued, mut next) = (0, self.frames.oldest());
        while let Some(frame) = next {
            queued += 1;
            if self.frames.idle() == Some(frame) || !found.looked_at.is_empty() {
                found.looked_at.insert(frame);
            }
            next = self.frames.newer(frame);
        }
        let used = self.frames.count() as usize - self.frames.free().len();
        ensure!(
            queued == used,
            "{queued} frames in the queue, {used} in use"
        );
        Ok(())
    }

    fn check_areas_of(&self, space: SpaceId) -> Result<(), String> {
        let mut end = Page(1);
        for vma in self.vmas(space) {
            ensure!(
                end <= vma.start && vma.start < vma.end,
                "{space:?}: after {end:?}, {vma:?}"
            );
            ensure!(vma.prot == vma.prot.as_hart_sees(), "{space:?}: {vma:?}");
            end = vma.end;
        }
        ensure!(end <= EVERYTHING.end, "{space:?} ends at {end:?}");
        Ok(())
    }

    fn check_entries(&self, space: SpaceId, found: &mut Found) -> Result<(), String> {
        let (mut walk, mut resident) = (self.walk(space, EVERYTHING), 0);
        while let Some(entry) = walk.next(&self.mem) {
            let (page, pte) = (entry.page, entry.pte);
            let Some(vma) = self.space(space).vmas.find(page) else {
                return Err(format!("{space:?} has {pte:x?} at {page:?}, and no area"));
            };
            if let Some(slot) = pte.slot() {
                *found.slots.entry(slot).or_default() += 1;
            } else if let Some(frame) = self.frames.at(pte.ppn()) {
                resident += 1;
                found.maps.entry(frame).or_default().push((space, page));
                *found.pins.entry(frame).or_default() += u32::from(pte.has(Pte::LOCKED));
                ensure!(pte.has(Pte::LOCKED) == vma.locked, "{pte:x?} in {vma:?}");
                let is_free = self.frames[frame].holds == Holds::Nothing;
                ensure!(!is_free, "{frame:?} is free, and mapped at {page:?}");
                let write = self.may_write(vma, frame);
                ensure!(
                    write || !pte.has(Pte::W),
                    "{pte:x?} at {page:?} writes to {frame:?}"
                );
            }
            ensure!(
                permissions_agree(pte, vma),
                "{space:?} has {pte:x?} at {page:?} in {vma:?}"
            );
        }
        let known = self.space(space).resident;
        ensure!(
            resident == known,
            "{space:?} has {resident} pages, not {known}"
        );
        Ok(())
    }

    fn check_objects(&self, found: &mut Found) -> Result<(), String> {
        let objects = self.objects.iter().flatten();
        for (&index, &place) in objects.flat_map(|object| &object.pages) {
            match place {
                Place::Slot(slot) => *found.slots.entry(slot).or_default() += 1,
                Place::Frame(frame) => {
                    let holds = self.frames[frame].holds;
                    let right = matches!(holds, Holds::Object { index: of, .. } if of == index);
                    ensure!(right, "page {index} is in {frame:?}, which holds {holds:?}");
                    ensure!(
                        found.objects.insert(frame),
                        "{frame:?} holds two pages of objects"
                    );
                }
                Place::Failed(_) => {}
            }
        }
        Ok(())
    }

    fn check_frame(&self, frame: Frame, found: &mut Found) -> Result<(), String> {
        let info = &self.frames[frame];
        let entries = found.maps.remove(&frame).unwrap_or_default();
        ensure!(
            info.maps as usize == entries.len(),
            "{frame:?}: {entries:?} map it: {info:?}"
        );
        let of_area = |&(space, page): &(SpaceId, Page)| {
            let vma = self.space(space).vmas.find(page);
            vma.is_some_and(|vma| vma.page_with(info.holds) == Some(page))
        };
        ensure!(
            entries.iter().all(of_area),
            "{frame:?} is not found where it is mapped, {entries:?}: {info:?}"
        );
        let is_owner = |owner| entries.iter().any(|&(space, _)| space == owner);
        ensure!(
            info.owner.is_none_or(is_owner),
            "{frame:?} is not mapped by its owner: {info:?}"
        );
        let runs = entries.iter().any(|&(space, _)| !self.space(space).dormant);
        ensure!(
            runs || !self.is_evictable(frame) || found.looked_at.contains(&frame),
            "no running process maps {frame:?}, and it would not be found: {info:?}"
        );
        let pins = found.pins.get(&frame).copied().unwrap_or(0);
        ensure!(
            info.pins == pins,
            "{frame:?} has {pins} pins, not {}",
            info.pins
        );
        let is_free = found.free_frames.contains(&frame);
        let is_used = match info.holds {
            Holds::Nothing => false,
            Holds::Anonymous { .. } => {
                let wanted = self.sharers(frame) > 0 || info.io.is_some();
                ensure!(wanted, "{frame:?} is lost: {info:?}");
                true
            }
            Holds::Object { .. } => {
                ensure!(
                    found.objects.contains(&frame),
                    "{frame:?} is in no object: {info:?}"
                );
                true
            }
        };
        ensure!(
            is_free != is_used,
            "{frame:?} is on the free list: {is_free}; {info:?}"
        );
        ensure!(
            is_used || info.maps == 0,
            "{frame:?} is free and mapped: {info:?}"
        );
        if let Some(slot) = info.slot {
            let of = self.slots[slot].frame;
            ensure!(of == Some(frame), "{slot:?} of {frame:?} knows {of:?}");
        }
        if let Some((id, _)) = info.io {
            let known = self.io.under_way().any(|other| other == (id, frame));
            ensure!(known, "{frame:?} waits for {id:?}, which is not under way");
        }
        Ok(())
    }

    fn check_slot(&self, slot: Slot, found: &Found) -> Result<(), String> {
        let info = &self.slots[slot];
        let refs = found.slots.get(&slot).copied().unwrap_or(0);
        ensure!(
            info.refs == refs,
            "{slot:?} has {refs} references: {info:?}"
        );
        let is_free = found.free_slots.contains(&slot);
        let unused = refs == 0 && info.frame.is_none() && !info.bad;
        ensure!(
            is_free == unused,
            "{slot:?} is on the free list: {is_free}; {info:?}"
        );
        ensure!(
            self.knows_if_spare(slot),
            "{slot:?} would not be taken back: {info:?}"
        );
        if let Some(frame) = info.frame {
            let of = self.frames[frame].slot;
            ensure!(of == Some(slot), "{frame:?} of {slot:?} knows {of:?}");
        }
        Ok(())
    }
}

/// Whether an entry allows what its area does, and nothing else.
fn permissions_agree(pte: Pte, vma: &Vma) -> bool {
    let bits = Pte(pte.0 & (Pte::R | Pte::X | Pte::U)).0;
    let may_write = vma.prot.write || !pte.has(Pte::W);
    !pte.is_present() || (bits == Pte::permissions(vma.prot) && may_write)
}
