//! Objects: pages that are found by what they are, not by who has them.
//!
//! A file is an object, and so is memory that processes share across fork. Any area
//! that maps page `index` of an object finds it here: in a frame, in which case all
//! map that one (this is how the text of a program is in memory once, however many
//! run it), in a slot of the swap disk, or nowhere yet. A frame with a page of a
//! file stays when nobody maps it, for the next one who does; that is the *page
//! cache*.
//!
//! Files are what the root disk has, and never written to. The page of a file
//! behind its last byte reads as zeros, and there are no pages behind that.

use alloc::collections::BTreeMap;

use super::fault::Fault;
use super::frame::{Direction, Holds};
use super::io::{SECTOR_SIZE, Target};
use super::{Backing, BusCause, Frame, Mm, PAGE_SIZE, PhysMemory, Resolution, Slot};
use super::{SpaceId, Stop, Vma, Wait};
use crate::probe::probe;

/// The number of a file, or of shared memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub u32);

/// Where a page of an object is, if it is anywhere but in its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Frame(Frame),
    Slot(Slot),
    /// The disk could not read it for this space, which has not been told yet.
    Failed(SpaceId),
}

/// Where the content of an object comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// The root disk.
    File { first_sector: u64, length: u64 },
    /// Zeros.
    Memory,
}

/// An object and those of its pages that are somewhere.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) source: Source,
    pub(super) pages: BTreeMap<u64, Place>,
}

impl<M: PhysMemory> Mm<M> {
    /// Makes known a file of `length` bytes that begins at a sector of the root disk.
    pub fn add_file(&mut self, first_sector: u64, length: u64) -> ObjectId {
        self.add_object(Source::File {
            first_sector,
            length,
        })
    }

    /// New memory to be shared.
    pub(super) fn add_memory(&mut self) -> ObjectId {
        self.add_object(Source::Memory)
    }

    fn add_object(&mut self, source: Source) -> ObjectId {
        let object = Some(Object {
            source,
            pages: BTreeMap::new(),
        });
        let number = self
            .objects
            .iter()
            .position(Option::is_none)
            .unwrap_or_else(|| {
                self.objects.push(None);
                self.objects.len() - 1
            });
        self.objects[number] = object;
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

    /// Whether a frame holds what can be read from a file again.
    pub(super) fn has_file(&self, frame: Frame) -> bool {
        match self.frames[frame].holds {
            Holds::Object { object, .. } => self.object(object).source != Source::Memory,
            Holds::Anonymous | Holds::Nothing => false,
        }
    }

    /// Whether an area maps memory that is shared, not a file.
    pub(super) fn is_shared_memory(&self, vma: &Vma) -> bool {
        let object = vma.object().map(|object| self.object(object));
        object.is_some_and(|object| object.source == Source::Memory)
    }

    /// Row one: not loaded. The page is found or read, and mapped.
    pub(super) fn load(&mut self, at: &Fault) -> Result<Resolution, Stop> {
        self.make_entry(at.mapping())?;
        let (object, index) = match at.vma.behind(at.page) {
            Backing::Object { object, first } => (object, first),
            Backing::Kernel(page) => {
                self.map_kernel_page(at, page);
                return Ok(Resolution::Loaded {
                    frame: None,
                    read: false,
                });
            }
            Backing::Anonymous => unreachable!("anonymous memory is not loaded"),
        };
        let is_new = !self.object(object).pages.contains_key(&index);
        let frame = self.page_of_object(at.space, object, index)?;
        let read = self.map_frame(at, frame);
        let (Fault { space, page, .. }, slot) = (at, self.frames[frame].slot);
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
    fn page_of_object(
        &mut self,
        space: SpaceId,
        object: ObjectId,
        index: u64,
    ) -> Result<Frame, Stop> {
        let holds = Holds::Object { object, index };
        match self.object(object).pages.get(&index) {
            Some(&Place::Frame(frame)) => return self.ready(frame),
            Some(&Place::Slot(slot)) => return self.frame_of_slot(space, slot, holds),
            Some(&Place::Failed(reader)) if reader == space => {
                self.object_mut(object).pages.remove(&index);
                return Err(Stop::Bus(BusCause::FileRead));
            }
            Some(&Place::Failed(_)) | None => {}
        }
        let (frame, target) = match self.object(object).source {
            Source::Memory => (self.take_new_frame(holds)?, None),
            Source::File {
                first_sector,
                length,
            } => {
                let target = Target::of_file(first_sector, length, index);
                let target = target.ok_or(Stop::Bus(BusCause::BeyondFile))?;
                (self.take_frame(holds)?, Some(target))
            }
        };
        self.object_mut(object)
            .pages
            .insert(index, Place::Frame(frame));
        if let Some(target) = target {
            let io = self.start_io(frame, Direction::In, target, Some(space));
            return Err(Stop::Wait(Wait::Io(io)));
        }
        self.clear(frame);
        Ok(frame)
    }

    /// Reads from a file at `offset` for `space`; how many bytes there were. At the
    /// end of the file, and of a page, it is less than `out` has room for.
    ///
    /// # Errors
    /// As [`Mm::fault`].
    pub fn read_file(
        &mut self,
        space: SpaceId,
        file: ObjectId,
        offset: u64,
        out: &mut [u8],
    ) -> Result<usize, Stop> {
        let Source::File { length, .. } = self.object(file).source else {
            unreachable!("only files are read from")
        };
        let in_page = (offset % PAGE_SIZE as u64) as usize;
        let left = length
            .saturating_sub(offset)
            .min((PAGE_SIZE - in_page) as u64) as usize;
        let count = left.min(out.len());
        if count == 0 {
            return Ok(0);
        }
        let frame = self.page_of_object(space, file, offset / PAGE_SIZE as u64)?;
        self.frames[frame].claim.take_if(|claim| *claim == space);
        let page = self.mem.bytes(self.frames.ppn(frame));
        out[..count].copy_from_slice(&page[in_page..][..count]);
        Ok(count)
    }

    /// The file's bytes end within the frame: what the last sector has behind them
    /// is none of the process's business.
    pub(super) fn clear_behind_end(&mut self, frame: Frame) {
        let Holds::Object { object, index } = self.frames[frame].holds else {
            return;
        };
        let Source::File { length, .. } = self.object(object).source else {
            return;
        };
        let valid = (length - index * PAGE_SIZE as u64).min(PAGE_SIZE as u64) as usize;
        self.mem.bytes_mut(self.frames.ppn(frame))[valid..].fill(0);
    }

    /// Frees a frame whose content is on a disk and that nobody maps.
    pub(super) fn let_go(&mut self, frame: Frame) {
        if let Holds::Object { object, index } = self.frames[frame].holds {
            match self.frames[frame].slot {
                Some(slot) => self.move_to_slot(object, index, slot),
                None => drop(self.object_mut(object).pages.remove(&index)),
            }
        }
        self.detach_slot(frame);
        self.frames.give_back(frame);
    }

    fn move_to_slot(&mut self, object: ObjectId, index: u64, slot: Slot) {
        self.slots[slot].refs += 1;
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
        if let Holds::Object { object, index } = holds {
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
            self.release_slot(slot);
        }
    }

    /// Forgets what was read, or could not be read, for a space that is no more.
    pub(super) fn forget_reader(&mut self, space: SpaceId) {
        for frame in self.frames.all() {
            self.frames[frame].claim.take_if(|claim| *claim == space);
        }
        for slot in self.slots.all() {
            self.slots[slot].failed.take_if(|reader| *reader == space);
        }
        for object in self.objects.iter_mut().flatten() {
            object
                .pages
                .retain(|_, place| *place != Place::Failed(space));
        }
    }

    /// Forgets shared memory that no area maps any more.
    pub(super) fn drop_unused_memory(&mut self) {
        for number in 0..self.objects.len() {
            let id = ObjectId(number as u32);
            let Some(object) = &self.objects[number] else {
                continue;
            };
            let mut vmas = self
                .spaces
                .iter()
                .flatten()
                .flat_map(|space| space.vmas.all());
            let maps_it = |vma: &Vma| vma.object() == Some(id);
            if object.source != Source::Memory || vmas.any(maps_it) {
                continue;
            }
            let object = self.objects[number].take().expect("it was there");
            for place in object.pages.into_values() {
                match place {
                    Place::Frame(frame) => {
                        self.frames[frame].holds = Holds::Anonymous;
                        self.release_frame(frame);
                    }
                    Place::Slot(slot) => {
                        self.slots[slot].refs -= 1;
                        self.release_slot(slot);
                    }
                    Place::Failed(_) => {}
                }
            }
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
