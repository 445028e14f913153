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

use super::{Page, Pages, PhysMemory, Ppn, Prot, Slot, SpaceId};

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

/// The place, in a table of `level`, of the entry that stands for `page`.
fn index(page: Page, level: u32) -> usize {
    (page.0 >> (9 * level) & (ENTRIES - 1)) as usize
}

/// The first page behind those that an entry of `level` stands for with `page`.
fn behind(page: Page, level: u32) -> Page {
    Page(((page.0 >> (9 * level)) + 1) << (9 * level))
}

/// The table of the lowest level for `page`; if there is none, the level of the entry
/// in which the way ends.
fn lowest<M: PhysMemory>(mem: &M, root: Ppn, page: Page) -> Result<Ppn, u32> {
    let mut table = root;
    for level in (1..=ROOT_LEVEL).rev() {
        let pte = Pte(mem.read_entry(table, index(page, level)));
        if pte.is_none() {
            return Err(level);
        }
        table = pte.ppn();
    }
    Ok(table)
}

/// An entry of the lowest level: whose it is, where it is, and what it says.
///
/// Who has one need not look for it again. It is good as long as the entry is not
/// changed by others: until the next call that can evict something, but for bits A.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) space: SpaceId,
    pub(super) page: Page,
    pub(super) pte: Pte,
    table: Ppn,
}

impl Entry {
    fn read<M: PhysMemory>(mem: &M, space: SpaceId, table: Ppn, page: Page) -> Entry {
        Entry {
            space,
            page,
            pte: Pte(mem.read_entry(table, index(page, 0))),
            table,
        }
    }

    /// The entry of `page`, if there are tables down to it.
    pub(super) fn find<M: PhysMemory>(
        mem: &M,
        space: SpaceId,
        root: Ppn,
        page: Page,
    ) -> Option<Entry> {
        let table = lowest(mem, root, page).ok()?;
        Some(Self::read(mem, space, table, page))
    }

    /// The entry of `page`; tables on the way are made. `None` if there is no memory
    /// for them; what was made until then stays, empty, until the area goes.
    pub(super) fn make<M: PhysMemory>(
        mem: &mut M,
        space: SpaceId,
        root: Ppn,
        page: Page,
    ) -> Option<Entry> {
        let mut table = root;
        for level in (1..=ROOT_LEVEL).rev() {
            let mut pte = Pte(mem.read_entry(table, index(page, level)));
            if pte.is_none() {
                pte = Pte::new(mem.alloc_table()?, 0);
                mem.write_entry(table, index(page, level), pte.0);
            }
            table = pte.ppn();
        }
        Some(Self::read(mem, space, table, page))
    }

    /// The entry of another page in the same table.
    pub(super) fn beside<M: PhysMemory>(&self, mem: &M, page: Page) -> Option<Entry> {
        let same = self.page.0 / ENTRIES == page.0 / ENTRIES;
        same.then(|| Self::read(mem, self.space, self.table, page))
    }

    pub(super) fn write<M: PhysMemory>(&self, mem: &mut M, pte: Pte) {
        mem.write_entry(self.table, index(self.page, 0), pte.0);
    }
}

/// A way through the entries of some pages that are not all zero.
#[derive(Debug)]
pub(super) struct Walk {
    space: SpaceId,
    root: Ppn,
    left: Pages,
    /// That of `left.start`, if it is known.
    table: Option<Ppn>,
}

impl Walk {
    pub(super) fn new(space: SpaceId, root: Ppn, left: Pages) -> Walk {
        Walk {
            space,
            root,
            left,
            table: None,
        }
    }

    /// The next entry. Between two calls entries may be changed, but no tables freed.
    pub(super) fn next<M: PhysMemory>(&mut self, mem: &M) -> Option<Entry> {
        while self.left.start < self.left.end {
            let first = self.left.start;
            let table = match self.table.take() {
                Some(table) => table,
                None => match lowest(mem, self.root, first) {
                    Ok(table) => table,
                    Err(level) => {
                        // Nothing in all the pages that this entry stands for.
                        self.left.start = behind(first, level);
                        continue;
                    }
                },
            };
            let end = behind(first, 1);
            for page in (first.0..end.min(self.left.end).0).map(Page) {
                let entry = Entry::read(mem, self.space, table, page);
                if !entry.pte.is_none() {
                    self.left.start = page.next();
                    self.table = (page.next() < end).then_some(table);
                    return Some(entry);
                }
            }
            self.left.start = end;
        }
        None
    }

    /// Leaves out the rest of the table that the last entry is in.
    pub(super) fn skip_table(&mut self) {
        if self.table.take().is_some() {
            self.left.start = behind(self.left.start, 1);
        }
    }
}

/// Frees the tables for any of `pages` that stand for nothing but pages of `unused`, in
/// which there is no area, and so no entry.
pub(super) fn prune<M: PhysMemory>(mem: &mut M, root: Ppn, pages: &Pages, unused: &Pages) {
    prune_level(mem, root, ROOT_LEVEL, pages, unused);
}

fn prune_level<M: PhysMemory>(mem: &mut M, table: Ppn, level: u32, pages: &Pages, unused: &Pages) {
    let mut page = pages.start;
    while page < pages.end {
        let next = behind(page, level);
        let first = Page(next.0 - (1 << (9 * level)));
        let pte = Pte(mem.read_entry(table, index(page, level)));
        if !pte.is_none() {
            if level > 1 {
                let within = page..next.min(pages.end);
                prune_level(mem, pte.ppn(), level - 1, &within, unused);
            }
            if unused.start <= first && next <= unused.end {
                mem.free_table(pte.ppn());
                mem.write_entry(table, index(page, level), 0);
            }
        }
        page = next;
    }
}

/// How many tables there are below `root`, itself included, for the lower half.
pub(super) fn count<M: PhysMemory>(mem: &M, root: Ppn) -> usize {
    let tables_in = |table: Ppn, entries: usize| {
        (0..entries)
            .map(move |index| Pte(mem.read_entry(table, index)))
            .filter(|pte| !pte.is_none())
    };
    let middle = tables_in(root, ENTRIES as usize / 2);
    1 + middle
        .map(|pte| 1 + tables_in(pte.ppn(), ENTRIES as usize).count())
        .sum::<usize>()
}
