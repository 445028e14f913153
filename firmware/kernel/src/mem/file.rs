//! Files as read, write and truncate see them.
//!
//! They use the same pages as those who map the file (`cache.rs`), so all see the same
//! bytes at once. One call moves bytes of one page, and keeps nothing from one call to
//! the next: a file that is larger than memory can be written and read, however few
//! frames there are.

use super::cache::{Object, Place};
use super::{Frame, Mm, ObjectId, PAGE_SIZE, PhysMemory, SpaceId, Stop};

const PAGE: u64 = PAGE_SIZE as u64;

/// Of so many frames, files leave one to processes.
const SPARE_SHARE: usize = 8;

impl<M: PhysMemory> Mm<M> {
    /// Makes a file without bytes.
    pub fn create_file(&mut self) -> ObjectId {
        self.add_file(0, 0)
    }

    /// Bytes of a file.
    pub fn file_size(&self, file: ObjectId) -> u64 {
        self.object(file).size
    }

    /// Pages that a file has on the root disk, in frames or in slots.
    pub fn file_pages(&self, file: ObjectId) -> u64 {
        let Object { on_disk, pages, .. } = self.object(file);
        let on_disk = on_disk.div_ceil(PAGE);
        on_disk + pages.range(on_disk..).count() as u64
    }

    /// Whether a file is as the root disk has it.
    pub fn is_as_on_disk(&self, file: ObjectId) -> bool {
        let Object {
            size,
            on_disk,
            pages,
            ..
        } = self.object(file);
        let is_own = |place: &Place| match place {
            Place::Frame(frame) => !self.has_file(*frame),
            Place::Slot(_) => true,
            Place::Failed(_) => false,
        };
        size == on_disk && !pages.values().any(is_own)
    }

    /// How many more pages files can have.
    pub fn room_for_files(&self) -> usize {
        self.available().saturating_sub(self.spare_for_processes())
    }

    fn spare_for_processes(&self) -> usize {
        self.frames.count() as usize / SPARE_SHARE
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
        let (index, start) = (offset / PAGE, (offset % PAGE) as usize);
        let object = self.object(file);
        let left = object.size.saturating_sub(offset);
        let count = left.min((PAGE_SIZE - start).min(out.len()) as u64) as usize;
        if count == 0 {
            return Ok(0);
        }
        if object.on_disk(index).is_none() && !object.pages.contains_key(&index) {
            // A page that was never written to: reading does not make it.
            out[..count].fill(0);
            return Ok(count);
        }
        let frame = self.page_of_file(space, file, index)?;
        let page = self.mem.bytes(self.frames.ppn(frame));
        out[..count].copy_from_slice(&page[start..][..count]);
        Ok(count)
    }

    /// Writes to a file at `offset` for `space`; how many bytes, at most to the end of
    /// the page. The file becomes longer if it has to.
    ///
    /// # Errors
    /// As [`Mm::fault`]. [`Stop::OutOfMemory`]: files have no more room.
    pub fn write_file(
        &mut self,
        space: SpaceId,
        file: ObjectId,
        offset: u64,
        bytes: &[u8],
    ) -> Result<usize, Stop> {
        let (index, start) = (offset / PAGE, (offset % PAGE) as usize);
        let count = bytes.len().min(PAGE_SIZE - start);
        if !self.is_own(file, index) && self.room_for_files() == 0 {
            return Err(self.nothing_to_evict());
        }
        let (end, size) = (offset + count as u64, self.file_size(file));
        // A page behind the end can only be had if the end is behind it.
        self.object_mut(file).size = size.max(end);
        let frame = self.page_of_file(space, file, index).and_then(|frame| {
            self.make_own(frame)?;
            Ok(frame)
        });
        let frame = frame.inspect_err(|_| self.object_mut(file).size = size)?;
        self.frames[frame].dirty = true;
        let page = self.mem.bytes_mut(self.frames.ppn(frame));
        page[start..][..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    /// Makes a file longer, by zeros, or shorter: who maps pages that it has no more
    /// has them no more, not even copies.
    ///
    /// # Errors
    /// As [`Mm::fault`]; nothing has changed then.
    pub fn set_file_size(&mut self, space: SpaceId, file: ObjectId, size: u64) -> Result<(), Stop> {
        if size < self.file_size(file) {
            self.clear_behind(space, file, size)?;
            self.cut(file, size.div_ceil(PAGE));
        }
        let object = self.object_mut(file);
        object.on_disk = object.on_disk.min(size);
        object.size = size;
        Ok(())
    }

    /// Clears the page in which a file is to end, behind the end: if it becomes longer
    /// again there are zeros.
    fn clear_behind(&mut self, space: SpaceId, file: ObjectId, size: u64) -> Result<(), Stop> {
        let (index, start) = (size / PAGE, (size % PAGE) as usize);
        let place = self.object(file).pages.get(&index);
        if start == 0 || !matches!(place, Some(Place::Frame(_) | Place::Slot(_))) {
            return Ok(());
        }
        let frame = self.page_of_file(space, file, index)?;
        self.mem.bytes_mut(self.frames.ppn(frame))[start..].fill(0);
        self.frames[frame].dirty |= !self.has_file(frame);
        Ok(())
    }

    /// Takes the pages of a file from `first` on away from all who have them.
    fn cut(&mut self, file: ObjectId, first: u64) {
        for space in self.space_ids() {
            let vmas = self.space(space).vmas.all().iter();
            let ranges: alloc::vec::Vec<_> =
                vmas.filter_map(|vma| vma.pages_from(file, first)).collect();
            for pages in ranges {
                self.drop_entries(space, &pages);
            }
        }
        let gone = self.object_mut(file).pages.split_off(&first);
        for place in gone.into_values() {
            self.forget_page(place);
        }
    }

    /// Whether a page of a file is not what the root disk has, and takes room already.
    fn is_own(&self, file: ObjectId, index: u64) -> bool {
        match self.object(file).pages.get(&index) {
            Some(Place::Frame(frame)) => !self.has_file(*frame),
            Some(Place::Slot(_)) => true,
            Some(Place::Failed(_)) | None => false,
        }
    }

    /// The frame with a page of a file, for a call that uses it at once.
    fn page_of_file(&mut self, space: SpaceId, file: ObjectId, index: u64) -> Result<Frame, Stop> {
        let frame = self.page_of_object(space, file, index)?;
        self.take_claim(frame, space);
        Ok(frame)
    }
}
