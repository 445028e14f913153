//! The page-fault handler: the seed, as code.
//!
//! > A PageFault is triggered by the MMU when it intercepts a memory access by a
//! > process in an OperatingSystem with VirtualMemory. It may do so for a number of
//! > reasons.
//!
//! There are six, the rows of [`Row`] and the error of [`Mm::look`]; which one it is
//! follows from the area of the
//! page and its page-table entry alone. One fault is answered by one row. Where two
//! things have to happen, as when a process writes to a page of a file that is not
//! loaded yet, the first row resumes the process, which faults again for the second.
//!
//! > Then, it resumes the process which was interrupted by the PageFault, which
//! > doesn't notice nary a thing of these happenings.
//!
//! Counting does not depend on who maintains the A and D bits. Rows one to four set
//! both as the access needs, so that it does not fault for them again; where the
//! hart sets them by itself (Svadu), row five never happens; where it faults instead
//! (Svade), row five does nothing else and is counted apart. An access that row four
//! answers is one that the hart refuses for want of W, before it looks at A and D.

use super::frame::Holds;
use super::table::Entry;
use super::{Access, Backing, Event, Frame, Kind, Mm, Page, PhysMemory, Ppn, Prot, Pte};
use super::{Resolution, Segv, Slot, SpaceId, Stop, USER_END, Vma, Why};
use crate::probe::probe;

/// A fault on a page of an area that allows the access.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) entry: Entry,
    pub(super) access: Access,
    pub(super) vma: Vma,
}

impl Fault {
    /// A page that is mapped without anybody having asked for it: as if loaded.
    pub(super) fn quiet<M: PhysMemory>(mm: &Mm<M>, entry: Entry) -> Fault {
        Fault {
            entry,
            access: Access::Load,
            vma: mm.area_of(&entry),
        }
    }

    /// What a frame is to hold that becomes the process's own.
    pub(super) fn anonymous(&self) -> Holds {
        self.vma.copy_of(self.entry.page)
    }

    /// Which of the rows it is.
    fn row(&self) -> Row {
        let pte = self.entry.pte;
        if let Some(slot) = pte.slot() {
            return Row::SwappedOut(slot);
        }
        if pte.is_none() {
            return match self.vma.backing {
                Backing::Anonymous => Row::Untouched,
                Backing::Object { .. } | Backing::Kernel(_) => Row::NotLoaded,
            };
        }
        if self.access == Access::Store && !pte.has(Pte::W) {
            return Row::CopyOnWrite;
        }
        Row::AccessedDirty
    }
}

/// The reasons of a page fault, but for the sixth: a segmentation fault.
enum Row {
    /// 1: a page of a file (or of shared memory) that is not mapped yet.
    NotLoaded,
    /// 2: anonymous memory that was never touched.
    Untouched,
    /// 3: swapped out to a slot.
    SwappedOut(Slot),
    /// 4: a store to a page that is read-only because it is shared.
    CopyOnWrite,
    /// 5: the entry allows it, only A or D is missing (or nothing at all).
    AccessedDirty,
}

impl<M: PhysMemory> Mm<M> {
    /// Answers a page fault at `address`.
    ///
    /// # Errors
    /// What keeps the access from succeeding. After [`Stop::Wait`], the same call is
    /// to be made again.
    pub fn fault(
        &mut self,
        space: SpaceId,
        address: u64,
        access: Access,
    ) -> Result<Resolution, Stop> {
        probe!(free "fault", space.0, address, access as u8);
        let at = self.look(space, Page::of(address), access);
        let at = at.inspect_err(|stop| self.count_segv(space, stop))?;
        self.resolve(&at)
    }

    fn resolve(&mut self, at: &Fault) -> Result<Resolution, Stop> {
        self.set_asker(Some(at.entry.space));
        let result = match at.row() {
            Row::AccessedDirty => Ok(self.mark(at)),
            Row::NotLoaded => self.load(at),
            Row::Untouched => self.zero_fill(at),
            Row::SwappedOut(slot) => self.swap_in(at, slot),
            Row::CopyOnWrite => self.copy_on_write(at),
        };
        match result {
            Ok(resolution) => self.count_resolution(at.entry.space, resolution),
            Err(Stop::Wait(_)) => self.favour(at.entry.space),
            Err(_) => {}
        }
        self.set_asker(None);
        result
    }

    /// The entry with which the kernel may access a page in the name of the process:
    /// what has to be done for that is done, and A and D are set. A segmentation fault
    /// is not counted, since it becomes EFAULT.
    pub(super) fn entry_for_kernel(
        &mut self,
        space: SpaceId,
        page: Page,
        access: Access,
    ) -> Result<Pte, Stop> {
        loop {
            let at = self.look(space, page, access)?;
            if let Row::AccessedDirty = at.row() {
                // No flush: a hart that has the old entry sets the bits once more.
                at.entry
                    .write(&mut self.mem, at.entry.pte.with(marks(access)));
                return Ok(at.entry.pte);
            }
            probe!(free "fault", space.0, page.address(), access as u8);
            self.resolve(&at)?;
        }
    }

    /// Looks at the area and the entry of a page: everything that is known of the
    /// fault. Row six is an error.
    ///
    /// > This type of PageFault is known as a SegmentationFault. Similarly, a
    /// > SegmentationFault may happen if the process tried to write to read-only or
    /// > execute-only memory, or to read from execute-only memory.
    fn look(&mut self, space: SpaceId, page: Page, access: Access) -> Result<Fault, Stop> {
        let area = self.permit(space, page, access).map_err(|why| {
            let (above, _) = self.space(space).vmas.around(page);
            Stop::Segv(Segv {
                why,
                access,
                page,
                vma: above.copied(),
            })
        })?;
        let known = self.space(space);
        let (root, vma) = (known.root, known.vmas.all()[area]);
        let entry = Entry::make(&mut self.mem, space, root, page).ok_or(Stop::OutOfMemory)?;
        Ok(Fault { entry, access, vma })
    }

    /// The number of the area that allows the access, or why there is none.
    fn permit(&mut self, space: SpaceId, page: Page, access: Access) -> Result<usize, Why> {
        if page >= USER_END {
            return Err(Why::NotOfProcesses);
        }
        let vmas = &self.space(space).vmas;
        let area = vmas.index(page);
        match vmas.all().get(area) {
            Some(vma) if vma.start <= page => {}
            _ if page == Page(0) => return Err(Why::NullPage),
            Some(above) => self.grow_stack(space, page, *above)?,
            None => return Err(Why::NeverMapped),
        }
        let prot = self.space(space).vmas.all()[area].prot;
        match access {
            _ if prot == Prot::NONE => Err(Why::NoAccess),
            Access::Load if !prot.read => Err(Why::ReadOfExecuteOnly),
            Access::Store if !prot.write && !prot.read => Err(Why::WriteToExecuteOnly),
            Access::Store if !prot.write => Err(Why::WriteToReadOnly),
            Access::Fetch if !prot.execute => Err(Why::ExecuteOfData),
            Access::Load | Access::Store | Access::Fetch => Ok(area),
        }
    }

    /// Lets the area `above` grow down to `page`; an error if it is no stack, or may
    /// not.
    fn grow_stack(&mut self, space: SpaceId, page: Page, above: Vma) -> Result<(), Why> {
        let Kind::Stack { floor } = above.kind else {
            return Err(Why::NeverMapped);
        };
        if page.next() < floor {
            return Err(Why::NeverMapped);
        }
        let (_, below) = self.space(space).vmas.around(page);
        let touches = below.is_some_and(|below| below.end >= page);
        if page < floor || touches {
            return Err(Why::StackOverflow);
        }
        if above.locked && above.start.0 - page.0 > self.lockable_pages() {
            return Err(Why::TooMuchLocked);
        }
        self.space_mut(space).vmas.grow_down(above.start, page);
        Ok(())
    }

    /// Row two: never touched. Reading shows zeros, and one page of zeros is enough
    /// for everybody who only reads; who writes gets a frame.
    fn zero_fill(&mut self, at: &Fault) -> Result<Resolution, Stop> {
        let Entry { space, page, .. } = at.entry;
        if at.access != Access::Store {
            self.map_kernel_page(at, self.zero);
            probe!("zero_page", space.0, page.0);
            return Ok(Resolution::ZeroFilled { frame: None });
        }
        let frame = self.take_new_frame(at.anonymous(), None)?;
        self.clear(frame);
        self.map_frame(at, frame);
        probe!("zero_fill", space.0, page.0, frame.0);
        Ok(Resolution::ZeroFilled { frame: Some(frame) })
    }

    /// Row five: sets A, and D for a store, as the hart would.
    ///
    /// A TLB may keep the entry as it was: flushed.
    fn mark(&mut self, at: &Fault) -> Resolution {
        let Entry {
            space, page, pte, ..
        } = at.entry;
        let marked = pte.with(marks(at.access));
        self.change_entry(&at.entry, marked);
        probe!("marked", space.0, page.0);
        if marked == pte {
            Resolution::Nothing
        } else {
            Resolution::Marked
        }
    }

    fn count_segv(&mut self, space: SpaceId, stop: &Stop) {
        if let Stop::Segv(Segv {
            page, access, why, ..
        }) = *stop
        {
            probe!("segv", space.0, page.0, access as u8, why as u8);
            self.count(Some(space), Event::Segv);
        }
    }

    /// Maps `frame` as the fault needs it: readable and executable as its area is,
    /// writable only if no other would see it. Whether this space has waited for the
    /// frame to be read.
    ///
    /// The entry was not valid before. A TLB may know that, and fault once more; that
    /// ends in row five, which flushes: cheaper than a flush each time.
    pub(super) fn map_frame(&mut self, at: &Fault, frame: Frame) -> bool {
        let space = at.entry.space;
        let known = self.space_mut(space);
        known.resident += 1;
        let dormant = known.dormant;
        let read = self.take_claim(frame, space);
        let info = &mut self.frames[frame];
        info.maps += 1;
        info.owner.get_or_insert(space);
        let mut bits = Pte::permissions(at.vma.prot) | Pte::A;
        if at.vma.locked {
            self.frames.change(frame, |info| info.pins += 1);
            bits |= Pte::LOCKED;
        }
        if self.may_write(&at.vma, frame) {
            bits |= Pte::W | marks(at.access);
        }
        if dormant {
            self.frames.may_be_idle(frame);
        }
        self.favour_with(space, frame);
        let pte = Pte::new(self.frames.ppn(frame), bits);
        at.entry.write(&mut self.mem, pte);
        read
    }

    /// Maps a page that is in nobody's pool, never to be written.
    pub(super) fn map_kernel_page(&mut self, at: &Fault, page: Ppn) {
        let bits = Pte::permissions(at.vma.prot) | Pte::A;
        at.entry.write(&mut self.mem, Pte::new(page, bits));
    }

    pub(super) fn clear(&mut self, frame: Frame) {
        self.mem.clear(self.frames.ppn(frame));
    }
}

/// The bits that a hart sets for an access.
fn marks(access: Access) -> u64 {
    match access {
        Access::Load | Access::Fetch => Pte::A,
        Access::Store => Pte::A | Pte::D,
    }
}
