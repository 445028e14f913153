//! Page tables of Sv39: what the hart sees of an address space.
//!
//! Source: Privileged Architecture, Supervisor-Level ISA version 1.13, "Sv39:
//! Page-Based 39-bit Virtual-Memory System". Three levels of tables with 512 entries
//! of 64 bits; each level uses nine bits of the page number. An entry of the two
//! upper levels points to a table, one of the lowest names a page of memory.
//!
//! An entry with V = 0 means nothing to the hart, so the kernel may write into it
//! where the page is:
//!
//! | entry | meaning |
//! |---|---|
//! | V = 1 | in memory, at PPN |
//! | all zero | not there: never touched, or its content is in a file |
//! | V = 0, bit 1 = 1, slot in bits 53:10 | swapped out to that slot |
//!
//! An area without any permission has entries with R but without U: the page stays
//! where it is, and no access of a process succeeds.

use super::{Page, Pages, PhysMemory, Ppn, Prot, Slot};

/// An entry of a page table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pte(pub u64);

impl Pte {
    /// Nothing.
    pub const NONE: Pte = Pte(0);
    /// V: valid.
    pub const V: u64 = 1 << 0;
    /// R: readable.
    pub const R: u64 = 1 << 1;
    /// W: writable.
    pub const W: u64 = 1 << 2;
    /// X: executable.
    pub const X: u64 = 1 << 3;
    /// U: for processes.
    pub const U: u64 = 1 << 4;
    /// G: the same in all address spaces.
    pub const G: u64 = 1 << 5;
    /// A: accessed since the bit was cleared.
    pub const A: u64 = 1 << 6;
    /// D: written since the bit was cleared.
    pub const D: u64 = 1 << 7;
    /// The first of the two bits that are left to software: the frame is pinned for
    /// the sake of this entry, whose area is locked.
    pub const LOCKED: u64 = 1 << 8;

    const SWAPPED: u64 = 1 << 1;
    const PPN_SHIFT: u32 = 10;
    const PPN_MASK: u64 = (1 << 44) - 1;

    /// A valid entry for `page`.
    pub const fn new(page: Ppn, bits: u64) -> Pte {
        Pte(page.0 << Self::PPN_SHIFT | bits | Self::V)
    }

    /// The entry of a page that is in a slot.
    pub const fn swapped(slot: Slot) -> Pte {
        Pte((slot.0 as u64) << Self::PPN_SHIFT | Self::SWAPPED)
    }

    /// Nothing: neither in memory nor swapped out.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether any of `bits` is set.
    pub const fn has(self, bits: u64) -> bool {
        self.0 & bits != 0
    }

    /// In memory.
    pub const fn is_present(self) -> bool {
        self.has(Self::V)
    }

    /// The page that a valid entry names.
    pub const fn ppn(self) -> Ppn {
        Ppn(self.0 >> Self::PPN_SHIFT & Self::PPN_MASK)
    }

    /// The slot, if the page is swapped out.
    pub const fn slot(self) -> Option<Slot> {
        if self.is_present() || self.is_none() {
            return None;
        }
        Some(Slot((self.0 >> Self::PPN_SHIFT) as u32))
    }

    /// The entry with `bits` set.
    pub const fn with(self, bits: u64) -> Pte {
        Pte(self.0 | bits)
    }

    /// The entry with `bits` cleared.
    pub const fn without(self, bits: u64) -> Pte {
        Pte(self.0 & !bits)
    }

    /// R, X and U for an area with `prot`. W is for those to decide who know
    /// whether the page is shared.
    pub(super) fn permissions(prot: Prot) -> u64 {
        match (prot.read, prot.execute) {
            (true, true) => Self::U | Self::R | Self::X,
            (true, false) => Self::U | Self::R,
            (false, true) => Self::U | Self::X,
            (false, false) => Self::R,
        }
    }
}

/// The levels, from the root to the entries of pages.
const ROOT_LEVEL: u32 = 2;
const ENTRIES: u64 = 512;

/// Where an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct EntryAt {
    table: Ppn,
    index: usize,
}

impl EntryAt {
    fn of(table: Ppn, page: Page, level: u32) -> EntryAt {
        let index = (page.0 >> (9 * level) & (ENTRIES - 1)) as usize;
        EntryAt { table, index }
    }

    pub(super) fn read<M: PhysMemory>(self, mem: &M) -> Pte {
        Pte(mem.read_entry(self.table, self.index))
    }

    pub(super) fn write<M: PhysMemory>(self, mem: &mut M, pte: Pte) {
        mem.write_entry(self.table, self.index, pte.0);
    }
}

/// The place of the entry of `page`, if there are tables down to it.
pub(super) fn find<M: PhysMemory>(mem: &M, root: Ppn, page: Page) -> Option<EntryAt> {
    let mut table = root;
    for level in (1..=ROOT_LEVEL).rev() {
        let pte = EntryAt::of(table, page, level).read(mem);
        if pte.is_none() {
            return None;
        }
        table = pte.ppn();
    }
    Some(EntryAt::of(table, page, 0))
}

/// The place of the entry of `page`; tables on the way are made. `None` if there is
/// no memory for them; what was made until then stays, empty, until the range is
/// unmapped.
pub(super) fn make<M: PhysMemory>(mem: &mut M, root: Ppn, page: Page) -> Option<EntryAt> {
    let mut table = root;
    for level in (1..=ROOT_LEVEL).rev() {
        let at = EntryAt::of(table, page, level);
        let mut pte = at.read(mem);
        if pte.is_none() {
            pte = Pte::new(mem.alloc_table()?, 0);
            at.write(mem, pte);
        }
        table = pte.ppn();
    }
    Some(EntryAt::of(table, page, 0))
}

/// The first page of `pages` whose entry is not all zero.
pub(super) fn next_used<M: PhysMemory>(mem: &M, root: Ppn, pages: &Pages) -> Option<(Page, Pte)> {
    let mut page = pages.start;
    'restart: while page < pages.end {
        let mut table = root;
        for level in (1..=ROOT_LEVEL).rev() {
            let pte = EntryAt::of(table, page, level).read(mem);
            if pte.is_none() {
                // Nothing in all the pages that this entry stands for.
                page = Page(((page.0 >> (9 * level)) + 1) << (9 * level));
                continue 'restart;
            }
            table = pte.ppn();
        }
        loop {
            let pte = EntryAt::of(table, page, 0).read(mem);
            if page >= pages.end {
                return None;
            }
            if !pte.is_none() {
                return Some((page, pte));
            }
            page = page.next();
            if page.0.is_multiple_of(ENTRIES) {
                continue 'restart;
            }
        }
    }
    None
}

/// Frees the tables in which nothing is left, as far as they stand for `pages`.
pub(super) fn prune<M: PhysMemory>(mem: &mut M, root: Ppn, pages: &Pages) {
    prune_level(mem, root, ROOT_LEVEL, Page(0), pages);
}

/// Prunes below `table`, which begins at page `base`; whether it is empty now.
fn prune_level<M: PhysMemory>(
    mem: &mut M,
    table: Ppn,
    level: u32,
    base: Page,
    pages: &Pages,
) -> bool {
    let end = Page(base.0 + (ENTRIES << (9 * level)));
    let mut page = base.max(pages.start);
    while level > 0 && page < pages.end.min(end) {
        let at = EntryAt::of(table, page, level);
        let first = Page(page.0 >> (9 * level) << (9 * level));
        let pte = at.read(mem);
        if !pte.is_none() && prune_level(mem, pte.ppn(), level - 1, first, pages) {
            mem.free_table(pte.ppn());
            at.write(mem, Pte::NONE);
        }
        page = Page(first.0 + (1 << (9 * level)));
    }
    (0..ENTRIES as usize).all(|index| EntryAt { table, index }.read(mem).is_none())
}

/// How many tables there are below `root`, itself included, for the lower half.
pub(super) fn count<M: PhysMemory>(mem: &M, root: Ppn) -> usize {
    let tables_in = |table: Ppn, entries: usize| {
        (0..entries)
            .map(move |index| EntryAt { table, index }.read(mem))
            .filter(|p| !p.is_none())
    };
    let middle = tables_in(root, ENTRIES as usize / 2);
    1 + middle
        .map(|pte| 1 + tables_in(pte.ppn(), ENTRIES as usize).count())
        .sum::<usize>()
}
