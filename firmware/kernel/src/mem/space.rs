//! Address spaces: the memory of a process.
//!
//! A space is a page table and a list of areas. Processes refer to spaces (threads
//! share one); the core knows nothing of processes but whether one is dormant.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::asid::Ticket;
use super::table::{self, Entry, Walk};
use super::vma::Vmas;
use super::{Backing, Counters, Error, Kind, Mm, ObjectId, PAGE_SIZE, Page, Pages, PhysMemory};
use super::{Ppn, Prot, Pte, USER_END, Vma};

/// All pages that a space can have.
pub(super) const EVERYTHING: Pages = Page(0)..USER_END;

/// The number of an address space; used again after it is destroyed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SpaceId(pub u32);

/// A space that waits for a page to be read, or did when it was still there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reader {
    space: SpaceId,
    serial: u32,
}

/// An address space.
#[derive(Debug)]
pub(super) struct Space {
    /// No other space with its number has it, now or later.
    serial: u32,
    pub(super) root: Ppn,
    pub(super) vmas: Vmas,
    /// The heap, in bytes.
    pub(super) heap: Range<u64>,
    /// Its process is not going to run soon.
    pub(super) dormant: bool,
    /// Entries that name frames of the pool.
    pub(super) resident: usize,
    pub(super) counters: Counters,
    pub(super) ticket: Option<Ticket>,
}

crate::publish::publish!("space": Space { root, vmas, dormant, resident });

/// Where to map something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placement {
    /// Wherever there is room.
    Anywhere,
    /// There if it is free, else anywhere.
    Hint(Page),
    /// There; what was there is unmapped (MAP_FIXED).
    Fixed(Page),
    /// There, or not at all (MAP_FIXED_NOREPLACE).
    FixedIfFree(Page),
}

/// Who sees what is written to a mapping of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sharing {
    /// The process alone.
    Private,
    /// All; the file was opened for writing.
    Shared,
    /// All would, but the file was opened only for reading.
    ReadOnly,
}

/// What to map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// Zeros of its own.
    Anonymous,
    /// Zeros that it shares with the children it will have.
    SharedMemory,
    /// A file, from page `first`.
    File {
        /// Which.
        file: ObjectId,
        /// The page of the file that is mapped first.
        first: u64,
        /// Who sees what is written.
        sharing: Sharing,
    },
    /// Pages of the kernel, from this one.
    Kernel(Ppn),
    /// A stack that may grow to `limit` pages in all.
    Stack {
        /// Not less than what is mapped at once.
        limit: u64,
    },
}

impl<M: PhysMemory> Mm<M> {
    /// An empty address space.
    ///
    /// # Errors
    /// [`Error::NoMemory`]: no page table.
    pub fn create_space(&mut self) -> Result<SpaceId, Error> {
        let root = self.mem.alloc_root().ok_or(Error::NoMemory)?;
        let free = self.spaces.iter().position(Option::is_none);
        let number = free.unwrap_or_else(|| {
            self.spaces.push(None);
            self.spaces.len() - 1
        });
        self.serials += 1;
        self.spaces[number] = Some(Box::new(Space {
            serial: self.serials,
            root,
            vmas: Vmas::default(),
            heap: 0..0,
            dormant: false,
            resident: 0,
            counters: Counters::default(),
            ticket: None,
        }));
        Ok(SpaceId(number as u32))
    }

    /// Takes an address space down. It must not be in `satp` any more.
    pub fn destroy(&mut self, space: SpaceId) {
        if self.is_favourite(space) {
            self.end_favour();
        }
        // What the hart knows of it nobody will use: no flushes.
        self.space_mut(space).ticket = None;
        while let Some(pages) = self.space(space).vmas.all().last().map(Vma::pages) {
            self.unmap_checked(space, &pages);
        }
        let gone = self.spaces[space.0 as usize].take();
        let gone = gone.expect("the space exists");
        self.mem.free_table(gone.root);
        self.others.add_all(&gone.counters);
        // What was read for it is nobody's now.
        self.frames.all_may_be_idle();
    }

    /// Says whether the process of a space is not going to run soon: its pages are
    /// then the first to be evicted.
    pub fn set_dormant(&mut self, space: SpaceId, dormant: bool) {
        let known = self.space_mut(space);
        known.dormant = dormant;
        if dormant && known.resident > 0 {
            self.frames.all_may_be_idle();
            if self.is_favourite(space) {
                self.end_favour();
            }
        }
    }

    /// A space, as one for which a disk reads.
    pub(super) fn reader(&self, space: SpaceId) -> Reader {
        let serial = self.space(space).serial;
        Reader { space, serial }
    }

    /// Whether the space is still there.
    pub(super) fn is_alive(&self, reader: Reader) -> bool {
        let space = self.spaces[reader.space.0 as usize].as_ref();
        space.is_some_and(|space| space.serial == reader.serial)
    }

    /// The areas of a space, from low to high addresses.
    pub fn vmas(&self, space: SpaceId) -> &[Vma] {
        self.space(space).vmas.all()
    }

    /// Maps `count` pages of something; where it begins.
    ///
    /// # Errors
    /// [`Error::BadRange`], [`Error::NoMemory`] (no room at addresses, or too many
    /// areas), [`Error::Exists`], [`Error::ReadOnlyFile`]. Nothing is changed then.
    pub fn map(
        &mut self,
        space: SpaceId,
        count: u64,
        prot: Prot,
        placement: Placement,
        what: What,
    ) -> Result<Page, Error> {
        let read_only = matches!(
            what,
            What::File {
                sharing: Sharing::ReadOnly,
                ..
            }
        );
        if read_only && prot.write {
            return Err(Error::ReadOnlyFile);
        }
        if let What::File { first, .. } = what {
            first.checked_add(count).ok_or(Error::BadRange)?;
        }
        self.check_areas(space)?;
        let pages = self.place(space, count, placement)?;
        let mut vma = Vma::anonymous(pages.clone(), prot);
        match what {
            What::Anonymous => {}
            What::Kernel(page) => vma.backing = Backing::Kernel(page),
            What::Stack { limit } => {
                let floor = pages.end.0.checked_sub(limit.max(count)).map(Page);
                let floor = floor.filter(|floor| floor.0 > 1).ok_or(Error::BadRange)?;
                vma.kind = Kind::Stack { floor };
            }
            What::SharedMemory => vma.shared = true,
            What::File {
                file,
                first,
                sharing,
            } => {
                let object = file;
                vma.backing = Backing::Object { object, first };
                (vma.shared, vma.read_only) = (sharing != Sharing::Private, read_only);
            }
        }
        if let Placement::Fixed(_) = placement {
            self.unmap_checked(space, &pages);
        }
        if what == What::SharedMemory {
            // Not before: what no area maps is forgotten.
            let object = self.add_memory(count);
            vma.backing = Backing::Object { object, first: 0 };
        }
        self.space_mut(space).vmas.insert(vma);
        Ok(pages.start)
    }

    /// Finds the pages for a mapping.
    pub(super) fn place(
        &self,
        space: SpaceId,
        count: u64,
        placement: Placement,
    ) -> Result<Pages, Error> {
        let vmas = &self.space(space).vmas;
        let at = |start: Page| {
            let end = start.0.checked_add(count).ok_or(Error::BadRange)?;
            check_range(start..Page(end))
        };
        match placement {
            Placement::Fixed(start) => at(start),
            Placement::FixedIfFree(start) => Some(at(start)?)
                .filter(|pages| vmas.are_free(pages))
                .ok_or(Error::Exists),
            Placement::Hint(start) if at(start).is_ok_and(|pages| vmas.are_free(&pages)) => {
                at(start)
            }
            Placement::Hint(_) | Placement::Anywhere => {
                at(vmas.gap(count).ok_or(Error::NoMemory)?)
            }
        }
    }

    /// Unmaps `pages`, of which any may be mapped or not.
    ///
    /// # Errors
    /// [`Error::BadRange`]; [`Error::NoMemory`] if a hole would make too many areas.
    pub fn unmap(&mut self, space: SpaceId, pages: Pages) -> Result<(), Error> {
        let pages = check_range(pages)?;
        let first = self.space(space).vmas.find(pages.start);
        if first.is_some_and(|vma| vma.start < pages.start && pages.end < vma.end) {
            self.check_areas(space)?;
        }
        self.unmap_checked(space, &pages);
        Ok(())
    }

    fn unmap_checked(&mut self, space: SpaceId, pages: &Pages) {
        self.drop_entries(space, pages);
        let vmas = self.space(space).vmas.within(pages);
        let may_be_last = vmas
            .filter_map(Vma::object)
            .any(|object| !self.object(object).kept);
        self.space_mut(space).vmas.remove(pages);
        self.prune(space, pages);
        if may_be_last {
            self.drop_unused_objects();
        }
    }

    /// Frees the tables of a range, in which there is no area, as far as others do not
    /// need them.
    pub(super) fn prune(&mut self, space: SpaceId, pages: &Pages) {
        let known = self.space(space);
        let (root, unused) = (known.root, known.vmas.hole(pages.start));
        table::prune(&mut self.mem, root, pages, &unused);
    }

    /// Makes all entries of a range zero.
    pub(super) fn drop_entries(&mut self, space: SpaceId, pages: &Pages) {
        let mut walk = self.walk(space, pages.clone());
        while let Some(entry) = walk.next(&self.mem) {
            self.drop_entry(&entry);
        }
    }

    /// Changes what is allowed in `pages`.
    ///
    /// # Errors
    /// [`Error::BadRange`]; [`Error::NoMemory`] if not all of it is mapped, or there
    /// would be too many areas; [`Error::ReadOnlyFile`].
    pub fn protect(&mut self, space: SpaceId, pages: Pages, prot: Prot) -> Result<(), Error> {
        let pages = check_range(pages)?;
        self.check_areas(space)?;
        if !self.space(space).vmas.cover(&pages) {
            return Err(Error::NoMemory);
        }
        let vmas = &self.space(space).vmas;
        if prot.write && vmas.within(&pages).any(|vma| vma.read_only) {
            return Err(Error::ReadOnlyFile);
        }
        self.space_mut(space)
            .vmas
            .change(&pages, |vma| vma.prot = prot.as_hart_sees());
        let mut walk = self.walk(space, pages);
        while let Some(entry) = walk.next(&self.mem) {
            self.protect_entry(&entry);
        }
        Ok(())
    }

    /// Makes the bits of an entry agree with its area.
    ///
    /// The hart may know the old ones, and with them what is forbidden now: flushed.
    fn protect_entry(&mut self, entry: &Entry) {
        let pte = entry.pte;
        if !pte.is_present() {
            return;
        }
        let vma = self.area_of(entry);
        let frame = self.frames.at(pte.ppn());
        let write = frame.is_some_and(|frame| self.may_write(&vma, frame));
        let bits = Pte::permissions(vma.prot) | if write { Pte::W } else { 0 };
        let changed = pte.without(Pte::R | Pte::W | Pte::X | Pte::U).with(bits);
        if changed != pte {
            self.change_entry(entry, changed);
        }
    }

    /// Says where the heap begins that brk moves the end of.
    pub fn set_heap(&mut self, space: SpaceId, start: u64) {
        self.space_mut(space).heap = start..start;
    }

    /// Moves the end of the heap to `end`; where it is now. As with Linux's brk, it
    /// stays where it was if it cannot be moved there.
    pub fn brk(&mut self, space: SpaceId, end: u64) -> u64 {
        let heap = self.space(space).heap.clone();
        let moved = end >= heap.start && self.move_heap_end(space, &heap, end).is_ok();
        if moved {
            self.space_mut(space).heap.end = end;
        }
        self.space(space).heap.end
    }

    fn move_heap_end(&mut self, space: SpaceId, heap: &Range<u64>, end: u64) -> Result<(), Error> {
        let first_behind = |end: u64| Page(end.div_ceil(PAGE_SIZE as u64));
        let (old, new) = (first_behind(heap.end), first_behind(end));
        if new < old {
            return self.unmap(space, new..old);
        }
        if new == old {
            return Ok(());
        }
        let pages = check_range(old..new)?;
        self.check_areas(space)?;
        let vmas = &self.space(space).vmas;
        if !vmas.are_free(&pages) || new.0 - old.0 > self.available() as u64 {
            return Err(Error::NoMemory);
        }
        self.space_mut(space).vmas.insert(Vma {
            kind: Kind::Heap,
            ..Vma::anonymous(pages, Prot::READ_WRITE)
        });
        Ok(())
    }

    /// A way through all entries of a range that are not zero.
    pub(super) fn walk(&self, space: SpaceId, pages: Pages) -> Walk {
        Walk::new(space, self.space(space).root, pages)
    }

    /// The area of an entry that is not zero.
    pub(super) fn area_of(&self, entry: &Entry) -> Vma {
        let vma = self.space(entry.space).vmas.find(entry.page);
        *vma.expect("entries are only in areas")
    }

    /// One more cut must not make too many areas.
    pub(super) fn check_areas(&mut self, space: SpaceId) -> Result<(), Error> {
        let room = self.space_mut(space).vmas.has_room();
        room.then_some(()).ok_or(Error::NoMemory)
    }

    pub(super) fn space(&self, space: SpaceId) -> &Space {
        self.spaces[space.0 as usize]
            .as_ref()
            .expect("the space exists")
    }

    pub(super) fn space_mut(&mut self, space: SpaceId) -> &mut Space {
        self.spaces[space.0 as usize]
            .as_mut()
            .expect("the space exists")
    }

    pub(super) fn space_ids(&self) -> Vec<SpaceId> {
        let ids = (0..self.spaces.len() as u32).map(SpaceId);
        ids.filter(|id| self.spaces[id.0 as usize].is_some())
            .collect()
    }
}

/// Refuses what is not a range of pages of a process.
pub(super) fn check_range(pages: Pages) -> Result<Pages, Error> {
    let good = Page(0) < pages.start && pages.start < pages.end && pages.end <= USER_END;
    good.then_some(pages).ok_or(Error::BadRange)
}
