//! Objects: pages that are found by what they are, not by who has them.
//!
//! A file is an object, and so is memory that processes share across fork. Any area
//! that maps page `index` of an object finds it here: in a frame, in which case all
//! map that one (this is how the text of a program is in memory once, however many
//! run it), in a slot of the swap disk, or nowhere yet. A frame with a page of a
//! file stays when nobody maps it, for the next one who does; that is the *page
//! cache*.
//!
//! What is nowhere comes from the root disk, as far as that has the file, and is zeros
//! behind that. Nothing goes back there: a page that is about to be written to becomes
//! the object's *own* ([`Mm::make_own`]), and needs a slot from then on when it has to
//! leave its frame, as anonymous memory does. So a file that programs make is an object
//! with nothing on the root disk, and shared memory is a file without a name.
//!
//! Behind the last byte of a file its last page reads as zeros, and there are no pages
//! behind that.

use alloc::collections::BTreeMap;

use super::fault::Fault;
use super::frame::{Direction, Holds};
use super::io::{SECTOR_SIZE, Target};
use super::space::Reader;
use super::table::Entry;
use super::{Access, Backing, BusCause, Frame, Mm, PAGE_SIZE, Page, PhysMemory, Resolution, Slot};
use super::{SpaceId, Stop, Wait};
use crate::probe::probe;

/// The number of a file, or of shared memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub u32);

/// Where a page of an object is, if it is anywhere but in its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Frame(Frame),
    Slot(Slot),
    /// The disk could not read it for somebody who has not been told yet.
    Failed(Reader),
}

/// An object and those of its pages that are somewhere.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// Its bytes.
    pub(super) size: u64,
    /// Where the root disk has the first of them, and how many.
    pub(super) first_sector: u64,
    pub(super) on_disk: u64,
    /// The tree of files knows it; else it lasts as long as some area maps it.
    pub(super) kept: bool,
    pub(super) pages: BTreeMap<u64, Place>,
}

impl Object {
    /// How many pages it can have.
    pub(super) fn page_count(&self) -> u64 {
        self.size.div_ceil(PAGE_SIZE as u64)
    }

    /// The sectors of a page that the root disk has.
    pub(super) fn on_disk(&self, index: u64) -> Option<Target> {
        Target::of_file(self.first_sector, self.on_disk, index)
    }
}

impl<M: PhysMemory> Mm<M> {
    /// Makes known a file of `length` bytes that begins at a sector of the root disk.
    pub fn add_file(&mut self, first_sector: u64, length: u64) -> ObjectId {
        self.add_object(Object {
            size: length,
            first_sector,
            on_disk: length,
            kept: true,
            pages: BTreeMap::new(),
        })
    }

    /// New memory to be shared.
    pub(super) fn add_memory(&mut self, pages: u64) -> ObjectId {
        self.add_object(Object {
            size: pages * PAGE_SIZE as u64,
            first_sector: 0,
            on_disk: 0,
            kept: false,
            pages: BTreeMap::new(),
        })
    }

    fn add_object(&mut self, object: Object) -> ObjectId {
        let number = self
            .objects
            .iter()
            .position(Option::is_none)
            .unwrap_or_else(|| {
                self.objects.push(None);
                self.objects.len() - 1
            });
        self.objects[number] = Some(object);
        ObjectId(number as u32)
    }

    pub(super) fn object(&self, object: ObjectId) -> &Object {
        self.objects[object.0 as usize]
            .as_ref()
            .expect("areas refer to objects that exist")
    }

    pub(super) fn object_mut(&mut self, object: ObjectId) -> &mut Object {
        self.objects[object.0 as usize]
            .as_mut()
            .expect("areas refer to objects that exist")
    }

    /// Whether a frame holds what can be read from the root disk again.
    pub(super) fn has_file(&self, frame: Frame) -> bool {
        self.frames[frame].holds.is_on_disk()
    }

    /// Prepares a page for being written to: from now on it is the object's own, and
    /// not what the root disk has.
    ///
    /// # Errors
    /// As [`Mm::fault`]: it fills memory up by one page.
    pub(super) fn make_own(&mut self, frame: Frame) -> Result<(), Stop> {
        if self.has_file(frame) && self.available() == 0 {
            return Err(self.nothing_to_evict());
        }
        self.frames.change(frame, |info| {
            if let Holds::Object { on_disk, .. } = &mut info.holds {
                *on_disk = false;
            }
        });
        Ok(())
    }

    /// Row one: not loaded. The page is found or read, and mapped.
    pub(super) fn load(&mut self, at: &Fault) -> Result<Resolution, Stop> {
        let Entry { space, page, .. } = at.entry;
        let (object, index) = match at.vma.behind(page) {
            Backing::Object { object, first } => (object, first),
            Backing::Kernel(page) => {
                self.map_kernel_page(at, page);
                probe!("lent", at.entry.space.0, at.entry.page.0);
                return Ok(Resolution::Loaded {
                    frame: None,
                    read: false,
                });
            }
            Backing::Anonymous => unreachable!("anonymous memory is not loaded"),
        };
        let is_new = !self.object(object).pages.contains_key(&index);
        let frame = self.page_of_object(space, object, index)?;
        if at.vma.shared && at.access == Access::Store {
            self.make_own(frame)?;
        }
        let read = self.map_frame(at, frame);
        let slot = self.frames[frame].slot;
        Ok(if is_new {
            probe!("zero_fill", space.0, page.0, frame.0);
            Resolution::ZeroFilled { frame: Some(frame) }
        } else if let (Some(slot), true) = (slot, read) {
            probe!("swap_in", space.0, page.0, frame.0, slot.0, read as u8);
            Resolution::SwappedIn { frame, slot, read }
        } else {
            probe!("loaded", space.0, page.0, frame.0, read as u8);
            let frame = Some(frame);
            Resolution::Loaded { frame, read }
        })
    }

    /// The frame with a page of an object.
    pub(super) fn page_of_object(
        &mut self,
        space: SpaceId,
        object: ObjectId,
        index: u64,
    ) -> Result<Frame, Stop> {
        let holds = |on_disk| Holds::Object {
            object,
            index,
            on_disk,
        };
        let known = self.object(object);
        let target = known.on_disk(index);
        match known.pages.get(&index) {
            Some(&Place::Frame(frame)) => return self.ready(frame),
            Some(&Place::Slot(slot)) => return self.frame_of_slot(space, slot, holds(false)),
            Some(&Place::Failed(reader)) if reader == self.reader(space) => {
                self.object_mut(object).pages.remove(&index);
                return Err(Stop::Bus(BusCause::FileRead));
            }
            _ if index >= known.page_count() => return Err(Stop::Bus(BusCause::BeyondFile)),
            Some(&Place::Failed(_)) | None => {}
        }
        let frame = match target {
            Some(_) => self.take_frame(holds(true))?,
            None => self.take_new_frame(holds(false), None)?,
        };
        self.object_mut(object)
            .pages
            .insert(index, Place::Frame(frame));
        if let Some(target) = target {
            let io = self.start_io(frame, Direction::In, target, Some(self.reader(space)));
            return Err(Stop::Wait(Wait::Io(io)));
        }
        self.clear(frame);
        self.frames.may_be_idle(frame);
        Ok(frame)
    }

    /// The file's bytes end within the frame: what the last sector has behind them
    /// is none of the process's business.
    pub(super) fn clear_behind_end(&mut self, frame: Frame) {
        let Holds::Object {
            object,
            index,
            on_disk: true,
        } = self.frames[frame].holds
        else {
            return;
        };
        let left = self.object(object).on_disk - index * PAGE_SIZE as u64;
        let valid = left.min(PAGE_SIZE as u64) as usize;
        self.mem.bytes_mut(self.frames.ppn(frame))[valid..].fill(0);
    }

    /// Frees a frame whose content is on a disk and that nobody maps.
    pub(super) fn let_go(&mut self, frame: Frame) {
        if let Holds::Object { object, index, .. } = self.frames[frame].holds {
            match self.frames[frame].slot {
                Some(slot) => self.move_to_slot(object, index, slot),
                None => drop(self.object_mut(object).pages.remove(&index)),
            }
        }
        self.detach_slot(frame);
        self.frames.give_back(frame);
    }

    fn move_to_slot(&mut self, object: ObjectId, index: u64, slot: Slot) {
        self.slots.refer(slot);
        self.object_mut(object)
            .pages
            .insert(index, Place::Slot(slot));
    }

    /// Frees a frame that could not be read; the one who asked for it will be told.
    pub(super) fn read_failed(&mut self, frame: Frame) {
        let info = &mut self.frames[frame];
        let (reader, slot, holds) = (info.claim.take(), info.slot, info.holds);
        if let Some(slot) = slot {
            self.slots[slot].failed = reader;
        }
        if let Holds::Object { object, index, .. } = holds {
            match (slot, reader) {
                (Some(slot), _) => self.move_to_slot(object, index, slot),
                (None, Some(reader)) => {
                    self.object_mut(object)
                        .pages
                        .insert(index, Place::Failed(reader));
                }
                (None, None) => drop(self.object_mut(object).pages.remove(&index)),
            }
        }
        // First parted, so that giving up the slot does not free the frame twice.
        self.frames[frame].slot = None;
        self.frames.give_back(frame);
        if let Some(slot) = slot {
            self.slots[slot].frame = None;
            self.free_slot(slot);
        }
    }

    /// The tree of files does not know a file any more: it goes with the last area that
    /// maps it.
    pub fn forget_file(&mut self, file: ObjectId) {
        self.object_mut(file).kept = false;
        self.drop_if_unused(file);
    }

    /// Whether any area maps an object.
    pub fn is_mapped(&self, object: ObjectId) -> bool {
        let mut spaces = self.spaces.iter().flatten();
        spaces.any(|space| {
            let mut vmas = space.vmas.all().iter();
            vmas.any(|vma| vma.object() == Some(object))
        })
    }

    /// Forgets objects that nobody knows and no area maps any more.
    pub(super) fn drop_unused_objects(&mut self) {
        for number in 0..self.objects.len() {
            self.drop_if_unused(ObjectId(number as u32));
        }
    }

    fn drop_if_unused(&mut self, id: ObjectId) {
        let object = &self.objects[id.0 as usize];
        let is_unknown = object.as_ref().is_some_and(|object| !object.kept);
        if is_unknown && !self.is_mapped(id) {
            let object = self.objects[id.0 as usize].take();
            let pages = object.expect("it was there").pages;
            for place in pages.into_values() {
                self.forget_page(place);
            }
        }
    }

    /// Forgets a page of an object that has no such page any more. A frame that a disk
    /// uses is freed when the disk is done.
    pub(super) fn forget_page(&mut self, place: Place) {
        match place {
            Place::Frame(frame) => {
                let holds = Holds::Anonymous { origin: Page(0) };
                self.frames.change(frame, |info| info.holds = holds);
                self.release_frame(frame);
            }
            Place::Slot(slot) => {
                self.release_slot(slot);
            }
            Place::Failed(_) => {}
        }
    }
}

impl Target {
    /// The sectors of page `index` of a file; `None` if it has no such page.
    fn of_file(first_sector: u64, length: u64, index: u64) -> Option<Target> {
        let start = index
            .checked_mul(PAGE_SIZE as u64)
            .filter(|&start| start < length)?;
        let bytes = (length - start).min(PAGE_SIZE as u64);
        Some(Target {
            disk: super::Disk::Root,
            sector: first_sector + start / SECTOR_SIZE,
            sectors: bytes.div_ceil(SECTOR_SIZE) as u32,
        })
    }
}
