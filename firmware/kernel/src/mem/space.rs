//! Address spaces: the memory of a process.
//!
//! A space is a page table and a list of areas. Processes refer to spaces (threads
//! share one); the core knows nothing of processes but whether one is dormant.

use alloc::vec::Vec;
use core::ops::Range;

use super::asid::Ticket;
use super::frame::Mapping;
use super::vma::Vmas;
use super::{Backing, Counters, Error, Kind, Mm, ObjectId, PAGE_SIZE, Page, Pages, PhysMemory};
use super::{Ppn, Prot, Pte, USER_END, Vma, table};

/// All pages that a space can have.
pub(super) const EVERYTHING: Pages = Page(0)..USER_END;

/// The number of an address space; used again after it is destroyed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SpaceId(pub u32);

/// An address space.
#[derive(Debug)]
pub(super) struct Space {
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
        let number = self
            .spaces
            .iter()
            .position(Option::is_none)
            .unwrap_or_else(|| {
                self.spaces.push(None);
                self.spaces.len() - 1
            });
        self.spaces[number] = Some(Space {
            root,
            vmas: Vmas::default(),
            heap: 0..0,
            dormant: false,
            resident: 0,
            counters: Counters::default(),
            ticket: None,
        });
        Ok(SpaceId(number as u32))
    }

    /// Takes an address space down. It must not be in `satp` any more.
    pub fn destroy(&mut self, space: SpaceId) {
        self.unmap_all(space);
        self.forget_reader(space);
        self.mem.free_table(self.space(space).root);
        self.spaces[space.0 as usize] = None;
    }

    /// Unmaps everything, as for exec.
    pub fn unmap_all(&mut self, space: SpaceId) {
        self.unmap_checked(space, &EVERYTHING);
        self.space_mut(space).heap = 0..0;
    }

    /// Says whether the process of a space is not going to run soon: its pages are
    /// then the first to be evicted.
    pub fn set_dormant(&mut self, space: SpaceId, dormant: bool) {
        self.space_mut(space).dormant = dormant;
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
        let (kind, shared) = match what {
            What::Stack { limit } => {
                let floor = pages.end.0.checked_sub(limit.max(count)).map(Page);
                (
                    Kind::Stack {
                        floor: floor.filter(|floor| floor.0 > 1).ok_or(Error::BadRange)?,
                    },
                    false,
                )
            }
            What::File { sharing, .. } => (Kind::Plain, sharing != Sharing::Private),
            What::SharedMemory => (Kind::Plain, true),
            What::Anonymous | What::Kernel(_) => (Kind::Plain, false),
        };
        if let Placement::Fixed(_) = placement {
            self.unmap_checked(space, &pages);
        }
        let backing = match what {
            What::Anonymous | What::Stack { .. } => Backing::Anonymous,
            What::SharedMemory => Backing::Object {
                object: self.add_memory(count),
                first: 0,
            },
            What::File { file, first, .. } => Backing::Object {
                object: file,
                first,
            },
            What::Kernel(page) => Backing::Kernel(page),
        };
        self.space_mut(space).vmas.insert(Vma {
            start: pages.start,
            end: pages.end,
            prot: prot.as_hart_sees(),
            backing,
            shared,
            read_only,
            locked: false,
            kind,
        });
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
        self.prune(space, pages);
        let vmas = self.space(space).vmas.within(pages);
        let may_be_last = vmas
            .filter_map(Vma::object)
            .any(|object| !self.object(object).kept);
        self.space_mut(space).vmas.remove(pages);
        if may_be_last {
            self.drop_unused_objects();
        }
    }

    /// Frees the tables of a range that have no entries.
    pub(super) fn prune(&mut self, space: SpaceId, pages: &Pages) {
        let root = self.space(space).root;
        table::prune(&mut self.mem, root, pages);
    }

    /// Makes all entries of a range zero.
    pub(super) fn drop_entries(&mut self, space: SpaceId, pages: &Pages) {
        let done = self.each_entry(space, pages, |mm, mapping, _| {
            mm.drop_entry(mapping);
            Ok::<(), Error>(())
        });
        done.expect("dropping does not fail");
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
        self.each_entry(space, &pages, |mm, mapping, pte| {
            mm.protect_entry(mapping, pte);
            Ok(())
        })
    }

    /// Makes the bits of an entry agree with its area.
    ///
    /// The hart may know the old ones, and with them what is forbidden now: flushed.
    fn protect_entry(&mut self, mapping: Mapping, pte: Pte) {
        if !pte.is_present() {
            return;
        }
        let vma = super::fault::Fault::quiet(self, mapping).vma;
        let frame = self.frames.at(pte.ppn());
        let write = frame.is_some_and(|frame| self.may_write(&vma, frame));
        let bits = Pte::permissions(vma.prot) | if write { Pte::W } else { 0 };
        let changed = pte.without(Pte::R | Pte::W | Pte::X | Pte::U).with(bits);
        if changed != pte {
            self.set_entry(mapping, changed);
            self.flush_page(mapping);
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
            start: old,
            end: new,
            prot: Prot::READ_WRITE,
            backing: Backing::Anonymous,
            shared: false,
            read_only: false,
            locked: false,
            kind: Kind::Heap,
        });
        Ok(())
    }

    /// Calls `then` for all entries of a range that are not zero, until it fails.
    pub(super) fn each_entry<E>(
        &mut self,
        space: SpaceId,
        pages: &Pages,
        mut then: impl FnMut(&mut Self, Mapping, Pte) -> Result<(), E>,
    ) -> Result<(), E> {
        let root = self.space(space).root;
        let mut left = pages.clone();
        while let Some((page, pte)) = table::next_used(&self.mem, root, &left) {
            then(self, Mapping { space, page }, pte)?;
            left.start = page.next();
        }
        Ok(())
    }

    /// One more cut must not make too many areas.
    pub(super) fn check_areas(&self, space: SpaceId) -> Result<(), Error> {
        // An area in whose middle something happens becomes three.
        let most = Vmas::MOST - 2;
        if self.space(space).vmas.all().len() <= most {
            Ok(())
        } else {
            Err(Error::NoMemory)
        }
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
