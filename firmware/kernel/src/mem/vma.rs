//! Areas: what a process asked for.
//!
//! An address space is a list of areas ("VMAs"), stretches of pages that were
//! asked for in one way: with which permissions, and what is behind them. The list
//! says what *may* be; page tables say what is there at the moment.
//!
//! > However, in this case no memory was ever allocated to it at that stretch in
//! > its address space.
//!
//! That is: the page lies in no area.

use alloc::string::String;
use alloc::vec::Vec;

use super::frame::Holds;
use super::{ObjectId, Page, Pages, Ppn, USER_END};

/// What a process may do with the pages of an area.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Prot {
    /// Loads.
    pub read: bool,
    /// Stores. The hart has no pages that can be written and not read (the encoding
    /// is reserved), so this gives `read` too, as everywhere on RISC-V.
    pub write: bool,
    /// Fetches. Alone it makes execute-only pages.
    pub execute: bool,
}

crate::publish::publish!("prot": Prot { read, write, execute });

impl Prot {
    /// No access at all.
    pub const NONE: Prot = Prot {
        read: false,
        write: false,
        execute: false,
    };
    /// `r--`
    pub const READ: Prot = Prot {
        read: true,
        ..Prot::NONE
    };
    /// `rw-`
    pub const READ_WRITE: Prot = Prot {
        write: true,
        ..Prot::READ
    };
    /// `r-x`
    pub const READ_EXECUTE: Prot = Prot {
        execute: true,
        ..Prot::READ
    };
    /// `--x`
    pub const EXECUTE: Prot = Prot {
        execute: true,
        ..Prot::NONE
    };

    /// What the hart makes of it: who may write may read.
    pub(super) fn as_hart_sees(self) -> Prot {
        Prot {
            read: self.read || self.write,
            ..self
        }
    }
}

/// What is behind an area.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Backing {
    /// Zeros, until they are written to.
    Anonymous,
    /// Pages of a file, or of memory that is shared across fork; `first` is that of
    /// the area's first page.
    Object {
        /// Which.
        object: ObjectId,
        /// Index of the page.
        first: u64,
    },
    /// Pages of the kernel that it lends to processes, like that from which they
    /// return from signal handlers.
    Kernel(Ppn),
}

/// How an area behaves at its ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Kind {
    /// It stays as it is.
    Plain,
    /// The heap that brk moves the end of.
    Heap,
    /// It grows down when a page below it is touched, to `floor` at most. The page
    /// below the floor, and the one above the next area down, guard it: they are
    /// never mapped.
    Stack {
        /// The lowest page that it may get.
        floor: Page,
    },
}

/// An area.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vma {
    /// Its first page.
    pub start: Page,
    /// The page behind its last.
    pub end: Page,
    /// What is allowed.
    pub prot: Prot,
    /// What is behind it.
    pub backing: Backing,
    /// Writes go to the object and are seen by all; else they go to copies.
    pub shared: bool,
    /// Its file was opened for reading only: it can never be shared and writable.
    pub read_only: bool,
    /// Its pages stay in memory.
    pub locked: bool,
    /// How it grows.
    pub kind: Kind,
    /// How many pages below its place it was made (mremap moves areas), modulo 2^64.
    /// Its pages keep the name that they had there, since others may share them.
    pub moved: u64,
}

crate::publish::publish!(tag Backing);
crate::publish::publish!(tag Kind);
crate::publish::publish!("vma": Vma { start, end, prot, backing, shared, locked, kind });

impl Vma {
    /// What may be done there, in the letters of `/proc/self/maps`: `r-xp`.
    pub fn letters(&self) -> String {
        let flag = |is: bool, letter| if is { letter } else { '-' };
        let sharing = if self.shared { 's' } else { 'p' };
        let Prot {
            read,
            write,
            execute,
        } = self.prot;
        [
            flag(read, 'r'),
            flag(write, 'w'),
            flag(execute, 'x'),
            sharing,
        ]
        .into_iter()
        .collect()
    }

    /// Anonymous memory that the process alone sees.
    pub(super) fn anonymous(pages: Pages, prot: Prot) -> Vma {
        Vma {
            start: pages.start,
            end: pages.end,
            prot: prot.as_hart_sees(),
            backing: Backing::Anonymous,
            shared: false,
            read_only: false,
            locked: false,
            kind: Kind::Plain,
            moved: 0,
        }
    }

    /// Its pages.
    pub fn pages(&self) -> Pages {
        self.start..self.end
    }

    /// The object that it maps.
    pub(super) fn object(&self) -> Option<ObjectId> {
        match self.backing {
            Backing::Object { object, .. } => Some(object),
            Backing::Anonymous | Backing::Kernel(_) => None,
        }
    }

    /// What is behind one of its pages.
    pub(super) fn behind(&self, page: Page) -> Backing {
        let offset = page.0 - self.start.0;
        match self.backing {
            Backing::Anonymous => Backing::Anonymous,
            Backing::Object { object, first } => Backing::Object {
                object,
                first: first + offset,
            },
            Backing::Kernel(ppn) => Backing::Kernel(Ppn(ppn.0 + offset)),
        }
    }

    /// What a frame holds that has a copy of one of its pages.
    pub(super) fn copy_of(&self, page: Page) -> Holds {
        let origin = Page(page.0.wrapping_sub(self.moved));
        Holds::Anonymous { origin }
    }

    /// Its page that can be in a frame with such content.
    pub(super) fn page_with(&self, holds: Holds) -> Option<Page> {
        let page = match (holds, self.backing) {
            (Holds::Anonymous { origin }, _) => origin.0.wrapping_add(self.moved),
            (
                Holds::Object { object, index, .. },
                Backing::Object {
                    object: mapped,
                    first,
                },
            ) if object == mapped => self.start.0.checked_add(index.checked_sub(first)?)?,
            _ => return None,
        };
        Some(Page(page)).filter(|page| self.pages().contains(page))
    }

    /// Its pages with page `first` of an object, or what comes behind that.
    pub(super) fn pages_from(&self, object: ObjectId, first: u64) -> Option<Pages> {
        let Backing::Object {
            object: mapped,
            first: own,
        } = self.backing
        else {
            return None;
        };
        let start = Page(self.start.0 + first.saturating_sub(own));
        (mapped == object && start < self.end).then_some(start..self.end)
    }

    /// The first page that others should stay away from.
    fn reserved_from(&self) -> Page {
        match self.kind {
            Kind::Stack { floor } => self.start.min(Page(floor.0 - 1)),
            Kind::Plain | Kind::Heap => self.start,
        }
    }

    /// Whether `next`, which begins where this ends, is more of the same.
    fn continues_in(&self, next: &Vma) -> bool {
        let alike = Vma {
            start: self.start,
            end: self.end,
            backing: self.backing,
            ..*next
        };
        let same_backing = match (self.behind(self.end), next.backing) {
            (Backing::Kernel(_), _) => false,
            (behind, backing) => behind == backing,
        };
        self.end == next.start && *self == alike && same_backing
    }
}

/// The areas of an address space, in order; they do not overlap.
#[derive(Clone, Default, Debug)]
pub(super) struct Vmas(Vec<Vma>);

crate::publish::publish!("vmas": Vmas { 0 });

impl Vmas {
    /// Areas that a space can have, so that no process fills the kernel's memory.
    const MOST: usize = 1024;

    pub(super) fn all(&self) -> &[Vma] {
        &self.0
    }

    /// The same, if there is memory for it.
    pub(super) fn try_clone(&self) -> Option<Vmas> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(self.0.len()).ok()?;
        copy.extend_from_slice(&self.0);
        Some(Vmas(copy))
    }

    /// Whether there is room for two more, which is what a change in the middle of an
    /// area needs.
    pub(super) fn has_room(&mut self) -> bool {
        self.0.len() + 2 <= Self::MOST && self.0.try_reserve(2).is_ok()
    }

    /// The number of the first area that ends behind `page`: the one that has it, or
    /// the next one up.
    pub(super) fn index(&self, page: Page) -> usize {
        self.0.partition_point(|vma| vma.end <= page)
    }

    /// The area of a page.
    pub(super) fn find(&self, page: Page) -> Option<&Vma> {
        self.0.get(self.index(page)).filter(|vma| vma.start <= page)
    }

    /// The area nearest above a page, and the one below it.
    pub(super) fn around(&self, page: Page) -> (Option<&Vma>, Option<&Vma>) {
        let index = self.index(page);
        (
            self.0.get(index),
            index.checked_sub(1).map(|below| &self.0[below]),
        )
    }

    /// The stretch without areas that `page` lies in.
    pub(super) fn hole(&self, page: Page) -> Pages {
        let (above, below) = self.around(page);
        below.map_or(Page(0), |below| below.end)..above.map_or(USER_END, |above| above.start)
    }

    /// Moves the start of the area that begins at `from` down to `to`.
    pub(super) fn grow_down(&mut self, from: Page, to: Page) {
        let index = self.index(from);
        self.0[index].start = to;
    }

    /// The areas of which some page is in `pages`.
    pub(super) fn within(&self, pages: &Pages) -> impl Iterator<Item = &Vma> {
        let end = pages.end;
        self.0[self.index(pages.start)..]
            .iter()
            .take_while(move |vma| vma.start < end)
    }

    /// Whether every page of `pages` is in some area.
    pub(super) fn cover(&self, pages: &Pages) -> bool {
        let mut reached = pages.start;
        for vma in self.within(pages) {
            if vma.start > reached {
                return false;
            }
            reached = vma.end;
        }
        reached >= pages.end
    }

    /// Whether nobody has or has reserved any of `pages`.
    pub(super) fn are_free(&self, pages: &Pages) -> bool {
        let above = self.0.get(self.index(pages.start));
        above.is_none_or(|vma| vma.reserved_from() >= pages.end)
    }

    /// The highest place with room for `count` pages.
    pub(super) fn gap(&self, count: u64) -> Option<Page> {
        let mut end = USER_END.0;
        for vma in self.0.iter().rev() {
            if end.saturating_sub(vma.end.0) >= count {
                break;
            }
            end = end.min(vma.reserved_from().0);
        }
        let below = self.0.partition_point(|vma| vma.start.0 < end);
        let floor = below
            .checked_sub(1)
            .map_or(Self::LOWEST, |below| self.0[below].end);
        let start = end.checked_sub(count).map(Page)?;
        (start >= floor.max(Self::LOWEST)).then_some(start)
    }

    /// The lowest page that is given to those who do not ask for a place, like
    /// Linux's vm.mmap_min_addr.
    const LOWEST: Page = Page(16);

    /// Cuts areas so that none has pages both in and outside of `pages`.
    fn cut(&mut self, pages: &Pages) {
        for page in [pages.start, pages.end] {
            let index = self.index(page);
            let Some(vma) = self.0.get_mut(index).filter(|vma| vma.start < page) else {
                continue;
            };
            let upper = Vma {
                start: page,
                backing: vma.behind(page),
                ..*vma
            };
            vma.end = page;
            self.0.insert(index + 1, upper);
        }
    }

    /// Adds an area where nothing is.
    pub(super) fn insert(&mut self, vma: Vma) {
        let index = self.index(vma.start);
        self.0.insert(index, vma);
        self.merge();
    }

    /// Takes out what lies in `pages`.
    pub(super) fn remove(&mut self, pages: &Pages) {
        self.cut(pages);
        self.0
            .retain(|vma| vma.end <= pages.start || vma.start >= pages.end);
    }

    /// Changes what lies in `pages`.
    pub(super) fn change(&mut self, pages: &Pages, change: impl Fn(&mut Vma)) {
        self.cut(pages);
        let first = self.index(pages.start);
        for vma in self.0[first..]
            .iter_mut()
            .take_while(|vma| vma.start < pages.end)
        {
            change(vma);
        }
        self.merge();
    }

    /// Makes one area of neighbours that are alike.
    fn merge(&mut self) {
        self.0.dedup_by(|next, vma| {
            let same = vma.continues_in(next);
            if same {
                vma.end = next.end;
            }
            same
        });
    }
}
