//! Page tables of random programs, and units that change them.
//!
//! One table of the lowest level maps everything that a program uses: windows
//! of random entries, a NAPOT range, the table itself, and the code. The
//! tables above hold superpages too. A second set of tables, if there is one,
//! has other windows and other address-space identifiers.

use pagewalk_isa::csr::fields;
use pagewalk_isa::{Csr, Op, Privilege};

use super::{Context, Pointer, Wishes};
use crate::diff::code::{Item, Unit, csr as csr_word, plain, with};
use crate::diff::differences::Choice;
use crate::diff::layout::{CODE_ROOM, DATA_PAGES, PAGE, RELAY, Slot};
use crate::diff::random::Random;

// Bits of a PTE (privileged specification, Sv39, Svnapot, Svpbmt).
const V: u64 = 1 << 0;
const R: u64 = 1 << 1;
const W: u64 = 1 << 2;
const X: u64 = 1 << 3;
const U: u64 = 1 << 4;
const A: u64 = 1 << 6;
const D: u64 = 1 << 7;
const RSW: u64 = 3 << 8;
const RESERVED_BIT: u32 = 54;
const PBMT_BIT: u32 = 61;
const N: u64 = 1 << 63;

// Entries of the lowest table.
const WINDOWS: u64 = 32;
const NAPOT: u64 = 32;
const NAPOT_PAGES: u64 = 16;
const TABLE: u64 = 64;
const CODE: u64 = 128;
const RELAY_PAGE: u64 = 160;
// Entries of the table above, behind the one that leads to the lowest.
const MEGAPAGE: u64 = 1;
const FLAWED_MEGAPAGE: u64 = 2;
const FLAWED_POINTER: u64 = 3;

const ENTRIES: u64 = 512;
const SATP_MODE_BIT: u32 = 60;
const SATP_ASID_BIT: u32 = 44;

/// An address space.
pub(super) struct Vm {
    levels: u64,
    /// Address of the first window.
    base: u64,
    slot: Slot,
    /// Physical addresses of the root and of the lowest table, for each set.
    sets: Vec<(u64, u64)>,
    /// Pages of the other kinds.
    areas: Vec<u64>,
    home: Privilege,
    /// Windows, of any set, that must keep A, D and W.
    delicate: Vec<u64>,
    /// Absent memory is behind writable pages only.
    atomics_order: bool,
    /// NAPOT encodings that do not exist have A and D set.
    napot_order: bool,
    /// Every leaf has A and D set from the start.
    settled: bool,
}

/// The memory that tables are written to.
struct Tables<'a> {
    start: u64,
    memory: &'a mut Vec<u8>,
}

impl Tables<'_> {
    /// A new page of zeros: its physical address.
    fn page(&mut self) -> u64 {
        let address = self.start + self.memory.len() as u64;
        self.memory.resize(self.memory.len() + PAGE as usize, 0);
        address
    }

    fn set(&mut self, table: u64, entry: u64, pte: u64) {
        let offset = (table - self.start + 8 * entry) as usize;
        self.memory[offset..offset + 8].copy_from_slice(&pte.to_le_bytes());
    }
}

/// A PTE that leads to this physical address.
fn pte(physical: u64, flags: u64) -> u64 {
    physical >> 12 << 10 | flags
}

/// Sign-extends an address of so many levels.
fn canonical(levels: u64, address: u64) -> u64 {
    let unused = 64 - (12 + 9 * levels);
    ((address << unused) as i64 >> unused) as u64
}

impl Vm {
    /// Random page tables behind the data in `memory`.
    pub(super) fn build(
        random: &mut Random,
        wishes: &Wishes,
        slot: Slot,
        home: Privilege,
        settled: bool,
        memory: &mut Vec<u8>,
    ) -> Self {
        let levels = random.pick(&[3, 3, 3, 3, 4, 5]);
        // Not where M-mode sees RAM, nor where a jump with a small offset
        // leads to the other end of the address space.
        let top = random.pick(&[5, 6, 100, 253, 256, 300, 509]);
        let above = random.below(ENTRIES - 8);
        let upper = (0..levels - 2).fold(0, |path, level| {
            let entry = if level == 0 {
                top
            } else {
                random.below(ENTRIES - 2)
            };
            path << 9 | entry
        });
        let base = canonical(levels, (upper << 9 | above) << 21);
        let mut vm = Self {
            levels,
            base,
            slot,
            sets: Vec::new(),
            areas: Vec::new(),
            home,
            delicate: Vec::new(),
            atomics_order: false,
            napot_order: false,
            settled,
        };
        let mut tables = Tables {
            start: slot.memory(),
            memory,
        };
        vm.napot_order = wishes.avoids(Choice::NapotOrder);
        vm.atomics_order = wishes.avoids(Choice::AtomicsOrder);
        let sets = if random.percent(30) { 2 } else { 1 };
        let upper_path: Vec<u64> = (0..levels - 2)
            .map(|level| upper >> (9 * (levels - 3 - level)) & (ENTRIES - 1))
            .collect();
        for _ in 0..sets {
            vm.add_set(random, &mut tables, &upper_path, above);
        }
        vm.areas = vec![
            base + NAPOT * PAGE + (slot.memory() & 0xffff),
            base + (MEGAPAGE << 21) + (slot.memory() & 0x1f_ffff),
            vm.gigapage(slot.memory()),
            base + (FLAWED_MEGAPAGE << 21),
            base + (FLAWED_POINTER << 21),
        ];
        vm
    }

    /// Where the gigapage beside the tables shows a physical address.
    fn gigapage(&self, physical: u64) -> u64 {
        let next = (self.base >> 30) + 1;
        canonical(self.levels, next << 30 | physical & 0x3fff_ffff)
    }

    fn add_set(
        &mut self,
        random: &mut Random,
        tables: &mut Tables<'_>,
        upper_path: &[u64],
        above: u64,
    ) {
        let root = tables.page();
        let mut table = root;
        for (level, entry) in upper_path.iter().enumerate() {
            if level == upper_path.len() - 1 {
                let flags = self.superpage_flags(random);
                tables.set(table, entry + 1, pte(self.slot.memory() >> 30 << 30, flags));
            }
            let next = tables.page();
            tables.set(table, *entry, pte(next, V));
            table = next;
        }
        let lowest = tables.page();
        tables.set(table, above, pte(lowest, V));
        let data = self.slot.memory();
        let flags = self.superpage_flags(random);
        tables.set(table, above + MEGAPAGE, pte(data >> 21 << 21, flags));
        let flags = self.superpage_flags(random);
        tables.set(
            table,
            above + FLAWED_MEGAPAGE,
            pte(data >> 12 << 12 | PAGE, flags),
        );
        let flaw = random.pick(&[A, D, U, A | D | U, 1 << PBMT_BIT, N, 1 << RESERVED_BIT]);
        tables.set(table, above + FLAWED_POINTER, pte(lowest, V | flaw));
        self.fill_lowest(random, tables, lowest);
        self.sets.push((root, lowest));
    }

    fn fill_lowest(&mut self, random: &mut Random, tables: &mut Tables<'_>, lowest: u64) {
        let data = self.slot.memory();
        for entry in 0..WINDOWS {
            let flags = self.leaf_flags(random);
            let page = data + random.below(DATA_PAGES) * PAGE;
            let (physical, flaw) = match random.below(40) {
                // Not the one encoding that Svnapot has.
                0 => {
                    self.delicate.push(entry);
                    let settled = if self.napot_order { A | D } else { 0 };
                    (page & !0xffff | random.pick(&[0, 4, 12]) << 12, N | settled)
                }
                1 => (page, 1 << (RESERVED_BIT + random.below(7) as u32)),
                2 => (page, random.pick(&[1, 2, 3]) << PBMT_BIT),
                // No memory is there. Whether such an access counts is
                // left open.
                3 => {
                    self.delicate.push(entry);
                    let writable = if self.atomics_order { R | W } else { 0 };
                    (random.pick(&[0x20_0000_0000, 1 << 55]), A | D | writable)
                }
                _ => (page, 0),
            };
            tables.set(lowest, entry, pte(physical, flags) | flaw);
        }
        let flags = self.leaf_flags(random) | N;
        for entry in NAPOT..NAPOT + NAPOT_PAGES {
            tables.set(lowest, entry, pte(data & !0xffff | 8 << 12, flags));
        }
        // Supervisor pages, and code for the mode that runs it.
        tables.set(lowest, TABLE, pte(lowest, V | R | W | A | D));
        let user = if self.home == Privilege::User { U } else { 0 };
        for page in 0..CODE_ROOM / PAGE {
            let physical = self.slot.code() + page * PAGE;
            let flags = V | R | W | X | A | D | user;
            tables.set(lowest, CODE + page, pte(physical, flags));
        }
        tables.set(lowest, RELAY_PAGE, pte(RELAY, V | X | A));
    }

    /// Flags of a leaf, of which something may be wrong.
    fn leaf_flags(&self, random: &mut Random) -> u64 {
        let mut bit = |percent: u64, flag: u64| if random.percent(percent) { flag } else { 0 };
        let user = match self.home {
            Privilege::User => bit(85, U),
            _ => bit(40, U),
        };
        let valid = bit(95, V);
        let (accessed, dirty) = if self.settled {
            (A, D)
        } else {
            (bit(80, A), bit(70, D))
        };
        let permissions = random.pick(&[R | W, R | W, R | W, R | W | X, R, R | X, X, W, W | X, 0]);
        valid | accessed | dirty | user | permissions | random.next() & RSW
    }

    /// The same for where a PTE without permissions would make a table of
    /// data.
    fn superpage_flags(&self, random: &mut Random) -> u64 {
        let flags = self.leaf_flags(random);
        if flags & (R | W | X) == 0 {
            flags | R
        } else {
            flags
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }

    pub(super) fn name(&self) -> &'static str {
        match self.levels {
            3 => "Sv39",
            4 => "Sv48",
            _ => "Sv57",
        }
    }

    /// satp for a set of tables. The sets have no identifier in common.
    pub(super) fn satp(&self, set: usize) -> u64 {
        self.satp_with(set, 1 + set as u64)
    }

    fn satp_with(&self, set: usize, asid: u64) -> u64 {
        let mode = self.levels + 5;
        let (root, _) = self.sets[set];
        mode << SATP_MODE_BIT | asid << SATP_ASID_BIT | root >> 12
    }

    fn page(&self, entry: u64) -> u64 {
        self.base + entry * PAGE
    }

    pub(super) fn code_address(&self) -> u64 {
        self.page(CODE)
    }

    pub(super) fn relay_address(&self) -> u64 {
        self.page(RELAY_PAGE)
    }

    /// Physical address of the PTEs of the windows.
    pub(super) fn window_entries(&self) -> u64 {
        self.sets[0].1
    }

    /// An address for a pointer register: in a window, or elsewhere.
    pub(super) fn pointer(&self, random: &mut Random, in_window: bool) -> Pointer {
        if in_window || random.percent(40) {
            let page = 1 + random.below(WINDOWS - 2);
            let within = random.pick(&[0, 64, 2048, 4032]);
            return Pointer {
                address: self.page(page) + within,
                pages: (1 - page as i64, (WINDOWS - 2 - page) as i64),
            };
        }
        // The middle of the data, so that offsets do not leave it.
        Pointer {
            address: random.pick(&self.areas) + DATA_PAGES / 2 * PAGE,
            pages: (0, 0),
        }
    }

    /// An address that leads nowhere.
    pub(super) fn hole(&self, random: &mut Random) -> u64 {
        let beyond = 1 << (12 + 9 * self.levels - 1);
        random.pick(&[
            self.page(200),
            self.page(511) + 0xffc,
            self.base ^ beyond,
            self.base ^ 1 << 62,
            beyond,
            beyond - 4,
            !(beyond - 1),
            self.base.wrapping_add(5 << 21),
        ])
    }
}

/// Changes flags of a window's PTE, and fences as one must.
pub(super) fn flip(context: &mut Context<'_>) -> Option<Unit> {
    if context.tvm {
        return None;
    }
    let vm = context.vm.as_ref()?;
    let (lowest, table, base) = (vm.sets[0].1, vm.page(TABLE), vm.base);
    let is_alone = vm.sets.len() == 1;
    let entry = context.random.below(WINDOWS);
    let (is_settled, is_delicate) = (vm.settled, vm.delicate.contains(&entry));
    let address = context.free();
    let value = context.free_except(&[address]);
    let scratch = context.free_except(&[address, value]);
    let mut items = Vec::new();
    let at = match context.home {
        Privilege::User => return None,
        Privilege::Supervisor => table,
        Privilege::Machine => {
            items.push(Item::Constant(scratch, fields::MSTATUS_MPRV));
            items.push(Item::Word(csr_word(Op::Csrrc, 0, Csr::Mstatus, scratch)));
            lowest
        }
    };
    let changes = [V, X, U, R, W, R | W, R | W | X, A, D, A | D];
    let count = if is_delicate {
        4
    } else if is_settled {
        changes.len() - 3
    } else {
        changes.len()
    };
    let change = context.random.pick(&changes[..count]);
    items.extend([
        Item::Constant(address, at + 8 * entry),
        Item::Word(with(Op::Ld, value, address, 0, 0)),
        Item::Word(with(Op::Xori, value, value, 0, change as i32)),
        Item::Word(with(Op::Sd, 0, address, value, 0)),
    ]);
    let page = base + entry * PAGE + context.random.below(PAGE);
    let asid = context.random.pick(&[1, 0x1_0001]);
    match context.random.below(if is_alone { 4 } else { 2 }) {
        0 => items.push(Item::Word(plain(Op::SfenceVma))),
        1 => items.extend([
            Item::Constant(address, page),
            Item::Word(with(Op::SfenceVma, 0, address, 0, 0)),
        ]),
        // With a second set, the first is known under two identifiers.
        2 => items.extend([
            Item::Constant(scratch, asid),
            Item::Word(with(Op::SfenceVma, 0, 0, scratch, 0)),
        ]),
        _ => items.extend([
            Item::Constant(address, page),
            Item::Constant(scratch, asid),
            Item::Word(with(Op::SfenceVma, 0, address, scratch, 0)),
        ]),
    }
    Some(Unit::new(items))
}

/// Writes satp: the same tables under another identifier, the other tables,
/// or a mode that does not exist, which changes nothing.
pub(super) fn switch_root(context: &mut Context<'_>) -> Option<Unit> {
    if context.tvm || context.home == Privilege::User {
        return None;
    }
    let vm = context.vm.as_ref()?;
    if vm.sets.len() == 1 {
        return None;
    }
    let set = context.random.below(2) as usize;
    let asid = context.random.pick(&[[1, 5], [2, 0xffff]][set]);
    let mut value = vm.satp_with(set, asid);
    if context.random.percent(10) {
        value ^= 4 << SATP_MODE_BIT;
    }
    let (rd, scratch) = (context.free(), context.free());
    Some(Unit::new([
        Item::Constant(scratch, value),
        Item::Word(csr_word(Op::Csrrw, rd, Csr::Satp, scratch)),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sign_extended() {
        assert_eq!(canonical(3, 1 << 38), 0xffff_ffc0_0000_0000);
        assert_eq!(canonical(3, 1 << 37), 1 << 37);
        assert_eq!(canonical(5, 1 << 56), 0xff00_0000_0000_0000);
    }

    #[test]
    fn a_pte_keeps_the_page_number() {
        assert_eq!(pte(0x8000_1000, V | U), 0x2000_0400 | V | U);
    }
}
