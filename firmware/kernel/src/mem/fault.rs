//! The page-fault handler: the seed, as code.
//!
//! > A PageFault is triggered by the MMU when it intercepts a memory access by a
//! > process in an OperatingSystem with VirtualMemory. It may do so for a number of
//! > reasons.
//!
//! There are six, the rows of [`Row`]; which one it is follows from the area of the
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

use super::frame::{Holds, Mapping};
use super::{Access, Backing, Event, Frame, Kind, Mm, Page, PhysMemory, Ppn, Prot, Pte};
use super::{Resolution, Segv, Slot, SpaceId, Stop, USER_END, Vma, Why, table};
use crate::probe::probe;

/// A fault on a page of an area that allows the access.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) space: SpaceId,
    pub(super) page: Page,
    pub(super) access: Access,
    pub(super) vma: Vma,
}

impl Fault {
    pub(super) fn mapping(&self) -> Mapping {
        Mapping {
            space: self.space,
            page: self.page,
        }
    }

    /// A page that is mapped without anybody having asked for it: as if loaded.
    pub(super) fn quiet<M: PhysMemory>(mm: &Mm<M>, mapping: Mapping) -> Fault {
        let vma = mm.space(mapping.space).vmas.find(mapping.page);
        let vma = *vma.expect("entries are only in areas");
        Fault {
            space: mapping.space,
            page: mapping.page,
            access: Access::Load,
            vma,
        }
    }
}

/// The six reasons of a page fault.
enum Row {
    /// 1: a page of a file (or of shared memory) that is not mapped yet.
    NotLoaded(Fault),
    /// 2: anonymous memory that was never touched.
    Untouched(Fault),
    /// 3: swapped out to a slot.
    SwappedOut(Fault, Slot),
    /// 4: a store to a page that is read-only because it is shared.
    CopyOnWrite(Fault, Pte),
    /// 5: the entry allows it, only A or D is missing (or nothing at all).
    AccessedDirty(Fault, Pte),
    /// 6: a segmentation fault.
    Forbidden(Segv),
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
        probe!("fault", space.0, address, access as u8);
        let resolution = match self.row(space, address, access) {
            Row::NotLoaded(at) => self.load(&at)?,
            Row::Untouched(at) => self.zero_fill(&at)?,
            Row::SwappedOut(at, slot) => self.swap_in(&at, slot)?,
            Row::CopyOnWrite(at, pte) => self.copy_on_write(&at, pte)?,
            Row::AccessedDirty(at, pte) => self.mark(&at, pte),
            Row::Forbidden(segv) => return self.segmentation_fault(space, segv),
        };
        self.count_resolution(space, resolution);
        Ok(resolution)
    }

    /// Which of the rows it is.
    fn row(&mut self, space: SpaceId, address: u64, access: Access) -> Row {
        let page = Page::of(address);
        let vma = match self.permit(space, page, access) {
            Ok(vma) => vma,
            Err(why) => {
                let (above, _) = self.space(space).vmas.around(page);
                return Row::Forbidden(Segv {
                    why,
                    access,
                    page,
                    vma: above.copied(),
                });
            }
        };
        let at = Fault {
            space,
            page,
            access,
            vma,
        };
        let pte = self.entry(at.mapping());
        if let Some(slot) = pte.slot() {
            return Row::SwappedOut(at, slot);
        }
        if pte.is_none() {
            return match vma.backing {
                Backing::Anonymous => Row::Untouched(at),
                Backing::Object { .. } | Backing::Kernel(_) => Row::NotLoaded(at),
            };
        }
        if access == Access::Store && !pte.has(Pte::W) {
            return Row::CopyOnWrite(at, pte);
        }
        Row::AccessedDirty(at, pte)
    }

    /// The area that allows the access, or why there is none.
    fn permit(&mut self, space: SpaceId, page: Page, access: Access) -> Result<Vma, Why> {
        if page >= USER_END {
            return Err(Why::NotOfProcesses);
        }
        let found = self.space(space).vmas.find(page).copied();
        let vma = match found {
            Some(vma) => vma,
            None if page == Page(0) => return Err(Why::NullPage),
            None => self.grow_stack(space, page)?,
        };
        let prot = vma.prot;
        match access {
            _ if prot == Prot::NONE => Err(Why::NoAccess),
            Access::Load if !prot.read => Err(Why::ReadOfExecuteOnly),
            Access::Store if !prot.write && !prot.read => Err(Why::WriteToExecuteOnly),
            Access::Store if !prot.write => Err(Why::WriteToReadOnly),
            Access::Fetch if !prot.execute => Err(Why::ExecuteOfData),
            Access::Load | Access::Store | Access::Fetch => Ok(vma),
        }
    }

    /// The stack above `page`, grown down to it; an error if there is none, or it
    /// may not.
    fn grow_stack(&mut self, space: SpaceId, page: Page) -> Result<Vma, Why> {
        let (above, below) = self.space(space).vmas.around(page);
        let Some(&vma) = above else {
            return Err(Why::NeverMapped);
        };
        let Kind::Stack { floor } = vma.kind else {
            return Err(Why::NeverMapped);
        };
        if page.next() < floor {
            return Err(Why::NeverMapped);
        }
        let touches = below.is_some_and(|below| below.end >= page);
        let growth = vma.start.0 - page.0;
        let unlockable = vma.locked && growth > self.lockable_pages();
        if page < floor || touches || unlockable {
            return Err(Why::StackOverflow);
        }
        self.space_mut(space).vmas.grow_down(vma.start, page);
        Ok(Vma { start: page, ..vma })
    }

    /// Row two: never touched. Reading shows zeros, and one page of zeros is enough
    /// for everybody who only reads; who writes gets a frame.
    fn zero_fill(&mut self, at: &Fault) -> Result<Resolution, Stop> {
        self.make_entry(at.mapping())?;
        if at.access != Access::Store {
            self.map_kernel_page(at, self.zero);
            probe!("zero_page", at.space.0, at.page.0);
            return Ok(Resolution::ZeroFilled { frame: None });
        }
        let frame = self.take_new_frame(Holds::Anonymous)?;
        self.clear(frame);
        self.map_frame(at, frame);
        probe!("zero_fill", at.space.0, at.page.0, frame.0);
        Ok(Resolution::ZeroFilled { frame: Some(frame) })
    }

    /// Row five: sets A, and D for a store, as the hart would.
    ///
    /// A TLB may keep the entry as it was: flushed.
    fn mark(&mut self, at: &Fault, pte: Pte) -> Resolution {
        let marked = pte.with(marks(at.access));
        self.set_entry(at.mapping(), marked);
        self.flush_page(at.mapping());
        probe!("marked", at.space.0, at.page.0);
        if marked == pte {
            Resolution::Nothing
        } else {
            Resolution::Marked
        }
    }

    /// Row six.
    ///
    /// > This type of PageFault is known as a SegmentationFault. Similarly, a
    /// > SegmentationFault may happen if the process tried to write to read-only or
    /// > execute-only memory, or to read from execute-only memory.
    fn segmentation_fault(&mut self, space: SpaceId, segv: Segv) -> Result<Resolution, Stop> {
        self.count(Some(space), Event::Segv);
        let Segv {
            page, access, why, ..
        } = segv;
        probe!("segv", space.0, page.0, access as u8, why as u8);
        Err(Stop::Segv(segv))
    }

    /// The entry with which the kernel may access a page in the name of the process,
    /// if nothing has to be done for it but A and D, which are set.
    pub(super) fn entry_for_kernel(
        &mut self,
        space: SpaceId,
        address: u64,
        access: Access,
    ) -> Result<Option<Pte>, Stop> {
        match self.row(space, address, access) {
            Row::AccessedDirty(at, pte) => {
                // No flush: a hart that has the old entry sets the bits once more.
                self.set_entry(at.mapping(), pte.with(marks(access)));
                Ok(Some(pte))
            }
            Row::Forbidden(segv) => Err(Stop::Segv(segv)),
            _ => Ok(None),
        }
    }

    /// Tables down to the entry of a page.
    pub(super) fn make_entry(&mut self, mapping: Mapping) -> Result<(), Stop> {
        let root = self.space(mapping.space).root;
        table::make(&mut self.mem, root, mapping.page)
            .map(drop)
            .ok_or(Stop::OutOfMemory)
    }

    /// Maps `frame` as the fault needs it: readable and executable as its area is,
    /// writable only if no other would see it. Whether this space has waited for the
    /// frame to be read.
    ///
    /// The entry was not valid before. A TLB may know that, and fault once more; that
    /// ends in row five, which flushes: cheaper than a flush each time.
    pub(super) fn map_frame(&mut self, at: &Fault, frame: Frame) -> bool {
        let info = &mut self.frames[frame];
        info.maps.push(at.mapping());
        let read = info.claim.take_if(|claim| *claim == at.space).is_some();
        let mut bits = Pte::permissions(at.vma.prot) | Pte::A;
        if at.vma.locked {
            info.pins += 1;
            bits |= Pte::LOCKED;
        }
        if self.may_write(&at.vma, frame) {
            bits |= Pte::W | marks(at.access);
        }
        self.set_entry(at.mapping(), Pte::new(self.frames.ppn(frame), bits));
        self.space_mut(at.space).resident += 1;
        read
    }

    /// Maps a page that is in nobody's pool, never to be written.
    pub(super) fn map_kernel_page(&mut self, at: &Fault, page: Ppn) {
        let bits = Pte::permissions(at.vma.prot) | Pte::A;
        self.set_entry(at.mapping(), Pte::new(page, bits));
    }

    pub(super) fn clear(&mut self, frame: Frame) {
        self.mem.bytes_mut(self.frames.ppn(frame)).fill(0);
    }
}

/// The bits that a hart sets for an access.
fn marks(access: Access) -> u64 {
    match access {
        Access::Load | Access::Fetch => Pte::A,
        Access::Store => Pte::A | Pte::D,
    }
}
