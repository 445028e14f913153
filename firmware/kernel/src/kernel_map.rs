//! The kernel's own page table: large pages where they fit, rights by section.

use core::ops::Range;

use crate::mem::{PAGE_SIZE, PhysMemory, Ppn, Pte};

/// What the kernel may do there. None of it is for processes; A and D are set, so
/// that the hart never has anything to add; G, since it is the same in all spaces.
const COMMON: u64 = Pte::A | Pte::D | Pte::G;
/// `r-x`
pub const CODE: u64 = Pte::R | Pte::X | COMMON;
/// `r--`
pub const CONSTANTS: u64 = Pte::R | COMMON;
/// `rw-`
pub const DATA: u64 = Pte::R | Pte::W | COMMON;

const PAGE: u64 = PAGE_SIZE as u64;

/// Maps the physical addresses `range`, whole pages, at `base` more than they are, by
/// the largest pages that fit (Privileged Architecture, "Sv39": 1 GiB, 2 MiB, 4 KiB).
/// `None` if there are not enough pages for tables.
///
/// # Panics
/// If something is mapped there already.
pub fn map<M: PhysMemory>(
    mem: &mut M,
    root: Ppn,
    base: u64,
    range: Range<u64>,
    bits: u64,
) -> Option<()> {
    let mut at = range.start / PAGE * PAGE;
    let end = range.end.next_multiple_of(PAGE);
    while at < end {
        let va = base.wrapping_add(at);
        let fits = |level: &u32| {
            let size = PAGE << (9 * level);
            at.is_multiple_of(size) && va.is_multiple_of(size) && size <= end - at
        };
        let level = (0..=2).rev().find(fits).expect("a page fits always");
        map_one(mem, root, va, level, Pte::new(Ppn(at / PAGE), bits))?;
        at += PAGE << (9 * level);
    }
    Some(())
}

/// Maps one page of some size.
fn map_one<M: PhysMemory>(mem: &mut M, root: Ppn, va: u64, level: u32, leaf: Pte) -> Option<()> {
    let index = |level: u32| ((va / PAGE) >> (9 * level)) as usize & 511;
    let mut table = root;
    for upper in (level + 1..=2).rev() {
        let mut pte = Pte(mem.read_entry(table, index(upper)));
        if pte.is_none() {
            pte = Pte::new(mem.alloc_table()?, 0);
            mem.write_entry(table, index(upper), pte.0);
        }
        assert!(!pte.has(Pte::R | Pte::X), "{va:#x} is in a larger page");
        table = pte.ppn();
    }
    assert_eq!(mem.read_entry(table, index(level)), 0, "{va:#x}");
    mem.write_entry(table, index(level), leaf.0);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Tables, numbered from 1.
    struct Tables(Vec<[u64; 512]>);

    impl PhysMemory for Tables {
        fn alloc_table(&mut self) -> Option<Ppn> {
            self.0.push([0; 512]);
            Some(Ppn(self.0.len() as u64 - 1))
        }
        fn free_table(&mut self, _: Ppn) {}
        fn read_entry(&self, table: Ppn, index: usize) -> u64 {
            self.0[table.0 as usize][index]
        }
        fn write_entry(&mut self, table: Ppn, index: usize, entry: u64) {
            self.0[table.0 as usize][index] = entry;
        }
        fn bytes(&self, _: Ppn) -> &[u8; PAGE_SIZE] {
            unreachable!("only entries are looked at")
        }
        fn bytes_mut(&mut self, _: Ppn) -> &mut [u8; PAGE_SIZE] {
            unreachable!("only entries are looked at")
        }
        fn copy(&mut self, _: Ppn, _: Ppn) {}
    }

    /// The entry that translates an address, with its level.
    fn walk(mem: &Tables, va: u64) -> Option<(u32, Pte)> {
        let mut table = Ppn(1);
        for level in (0..=2).rev() {
            let pte = Pte(mem.read_entry(table, (va >> (12 + 9 * level)) as usize & 511));
            if !pte.is_present() {
                return None;
            }
            if pte.has(Pte::R | Pte::X) {
                return Some((level, pte));
            }
            table = pte.ppn();
        }
        None
    }

    #[test]
    fn the_largest_pages_that_fit_are_used() {
        let mut mem = Tables(vec![[0; 512]; 2]);
        let base = 0xffff_ffc0_0000_0000;
        // A page below 2 MiB, then 1 GiB, then 2 MiB and a page.
        let range = 0x7fff_f000..0xc020_1000u64;
        map(&mut mem, Ppn(1), base, range.clone(), DATA).unwrap();
        for (pa, level) in [
            (0x7fff_f000, 0),
            (0x8000_0000, 2),
            (0xbfff_f000, 2),
            (0xc000_0000, 1),
            (0xc020_0000, 0),
        ] {
            let (found, pte) = walk(&mem, base + pa).expect("mapped");
            assert_eq!(found, level, "{pa:#x}");
            assert_eq!(pte.ppn().0, pa >> 12 >> (9 * level) << (9 * level));
            assert!(pte.has(Pte::W) && pte.has(Pte::G) && !pte.has(Pte::U | Pte::X));
        }
        assert_eq!(walk(&mem, base + range.start - 1), None);
        assert_eq!(walk(&mem, base + range.end), None);
    }
}
