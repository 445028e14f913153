//! Locking, dropping and asking about pages: mlock, madvise, mincore.

use super::PAGES_OF_AN_INSTRUCTION;
use super::cache::Place;
use super::frame::Holds;
use super::space::check_range;
use super::table::Entry;
use super::{Access, Backing, Error, Frame, Mm, Page, Pages, PhysMemory, Prot, Pte};
use super::{Slot, SpaceId, Stop, Vma};

/// Where a page of a space is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageState {
    /// Nowhere: not touched, not loaded, or dropped.
    Absent,
    /// In a frame that it maps.
    Frame(Frame),
    /// The page of zeros, or one of the kernel.
    Kernel,
    /// Swapped out.
    Slot(Slot),
}

/// How much there is of a range.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Usage {
    /// Pages that it maps in frames.
    pub resident: u64,
    /// Pages whose entries name slots.
    pub swapped: u64,
}

/// What all frames and slots are used for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    /// Frames of the pool.
    pub frames: usize,
    /// Frames that hold nothing.
    pub free_frames: usize,
    /// Frames with pages of files: the page cache.
    pub cached: usize,
    /// Frames that are locked.
    pub locked: usize,
    /// Slots of the swap disk, bad ones left out.
    pub slots: usize,
    /// Slots that hold nothing.
    pub free_slots: usize,
}

impl<M: PhysMemory> Mm<M> {
    /// What all frames and slots are used for.
    pub fn summary(&self) -> Summary {
        let frames = |what: &dyn Fn(Frame) -> bool| self.frames.all().filter(|&f| what(f)).count();
        Summary {
            frames: self.frames.count() as usize,
            free_frames: self.frames.free().len(),
            cached: frames(&|frame| matches!(self.frames[frame].holds, Holds::Object { .. })),
            locked: frames(&|frame| self.frames[frame].pins > 0),
            slots: self.slots.all().count() - self.slots.bad,
            free_slots: self.slots.free().len(),
        }
    }

    /// Slots that a page could not be written to.
    pub fn bad_slots(&self) -> usize {
        self.slots.bad
    }

    /// Locks `pages`: what is in memory stays. To bring in the rest, call
    /// [`Mm::populate`] next.
    ///
    /// # Errors
    /// [`Error::BadRange`]; [`Error::NoMemory`] if not all of it is mapped;
    /// [`Error::Locked`] if too little would be left for everybody.
    pub fn lock(&mut self, space: SpaceId, pages: Pages) -> Result<(), Error> {
        let pages = self.check_covered(space, pages)?;
        let vmas = self.space(space).vmas.within(&pages);
        let locked = vmas
            .filter(|vma| vma.locked)
            .map(|vma| vma.end.min(pages.end).0 - vma.start.max(pages.start).0);
        let most = self.lockable_pages().min(self.available() as u64);
        if pages.end.0 - pages.start.0 - locked.sum::<u64>() > most {
            return Err(Error::Locked);
        }
        self.set_locked(space, &pages, true);
        Ok(())
    }

    /// Unlocks `pages`.
    ///
    /// # Errors
    /// [`Error::BadRange`]; [`Error::NoMemory`] if not all of it is mapped.
    pub fn unlock(&mut self, space: SpaceId, pages: Pages) -> Result<(), Error> {
        let pages = self.check_covered(space, pages)?;
        self.set_locked(space, &pages, false);
        Ok(())
    }

    fn set_locked(&mut self, space: SpaceId, pages: &Pages, locked: bool) {
        self.space_mut(space)
            .vmas
            .change(pages, |vma| vma.locked = locked);
        let mut walk = self.walk(space, pages.clone());
        while let Some(entry) = walk.next(&self.mem) {
            let pte = entry.pte;
            let frame = pte.is_present().then(|| self.frames.at(pte.ppn()));
            if let Some(frame) = frame.flatten()
                && pte.has(Pte::LOCKED) != locked
            {
                // The hart does not look at this bit: no flush.
                entry.write(&mut self.mem, Pte(pte.0 ^ Pte::LOCKED));
                self.frames.change(frame, |info| {
                    info.pins = if locked { info.pins + 1 } else { info.pins - 1 };
                });
                self.frames.may_be_idle(frame);
            }
        }
    }

    fn check_covered(&mut self, space: SpaceId, pages: Pages) -> Result<Pages, Error> {
        let pages = check_range(pages)?;
        self.check_areas(space)?;
        if self.space(space).vmas.cover(&pages) {
            Ok(pages)
        } else {
            Err(Error::NoMemory)
        }
    }

    /// How many more pages can be locked.
    pub(super) fn lockable_pages(&self) -> u64 {
        let vmas = self
            .spaces
            .iter()
            .flatten()
            .flat_map(|space| space.vmas.all());
        let locked: u64 = vmas
            .filter(|vma| vma.locked)
            .map(|vma| vma.end.0 - vma.start.0)
            .sum();
        let lockable = u64::from(self.frames.count()) - PAGES_OF_AN_INSTRUCTION as u64;
        lockable.saturating_sub(locked)
    }

    /// Touches all of `pages` as far as they may be touched: those that can be
    /// written by a store, which gives them frames of their own.
    ///
    /// # Errors
    /// As [`Mm::fault`].
    pub fn populate(&mut self, space: SpaceId, pages: Pages) -> Result<(), Stop> {
        for number in pages.start.0..pages.end.0 {
            let page = Page(number);
            let Some(vma) = self.space(space).vmas.find(page) else {
                continue;
            };
            let access = match vma.prot {
                Prot { write: true, .. } => Access::Store,
                Prot { read: true, .. } => Access::Load,
                Prot { execute: true, .. } => Access::Fetch,
                _ => continue,
            };
            self.user_slice(space, page.address(), 1, access)?;
        }
        Ok(())
    }

    /// Forgets what is in `pages` (MADV_DONTNEED): anonymous memory is zeros again,
    /// files as they are on the disk; shared memory stays what it is.
    ///
    /// # Errors
    /// [`Error::BadRange`]; [`Error::NoMemory`] if not all of it is mapped;
    /// [`Error::Locked`].
    pub fn discard(&mut self, space: SpaceId, pages: Pages) -> Result<(), Error> {
        let pages = self.check_covered(space, pages)?;
        if self.space(space).vmas.within(&pages).any(|vma| vma.locked) {
            return Err(Error::Locked);
        }
        self.drop_entries(space, &pages);
        Ok(())
    }

    /// Whether an access to a page would need no disk (mincore); `None` if it is not
    /// mapped.
    pub fn is_in_core(&self, space: SpaceId, page: Page) -> Option<bool> {
        let vma = self.space(space).vmas.find(page)?;
        let pte = self.entry(space, page).map_or(Pte::NONE, |entry| entry.pte);
        if let Some(slot) = pte.slot() {
            return Some(self.slots[slot].frame.is_some());
        }
        Some(pte.is_present() || self.is_cached(vma, page))
    }

    fn is_cached(&self, vma: &Vma, page: Page) -> bool {
        let Backing::Object { object, first } = vma.behind(page) else {
            return false;
        };
        matches!(self.object(object).pages.get(&first), Some(Place::Frame(_)))
    }

    /// Where a page is.
    pub fn page_state(&self, space: SpaceId, page: Page) -> PageState {
        let pte = self.entry(space, page).map_or(Pte::NONE, |entry| entry.pte);
        if let Some(slot) = pte.slot() {
            return PageState::Slot(slot);
        }
        match self.frames.at(pte.ppn()) {
            _ if pte.is_none() => PageState::Absent,
            Some(frame) => PageState::Frame(frame),
            None => PageState::Kernel,
        }
    }

    /// How much of a range is in memory and how much swapped out, for instance of an
    /// area, or of everything below [`USER_END`](super::USER_END).
    pub fn usage(&self, space: SpaceId, pages: Pages) -> Usage {
        let (mut usage, mut walk) = (Usage::default(), self.walk(space, pages));
        while let Some(Entry { pte, .. }) = walk.next(&self.mem) {
            usage.swapped += u64::from(pte.slot().is_some());
            let frame = pte.is_present() && self.frames.at(pte.ppn()).is_some();
            usage.resident += u64::from(frame);
        }
        usage
    }
}
