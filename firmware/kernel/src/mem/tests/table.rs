use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::mem::table::{count, find, make, next_used, prune};
use crate::mem::{PAGE_SIZE, Page, PhysMemory, Ppn, Prot, Pte, Slot, USER_END};

/// Page tables and nothing else.
struct Tables {
    pool: u64,
    tables: BTreeMap<Ppn, Vec<u64>>,
}

impl Tables {
    fn new(pool: u64) -> (Tables, Ppn) {
        let mut tables = Tables {
            pool,
            tables: BTreeMap::new(),
        };
        let root = tables.alloc_table().unwrap();
        (tables, root)
    }

    fn set(&mut self, root: Ppn, page: u64, pte: Pte) {
        make(self, root, Page(page)).unwrap().write(self, pte);
    }
}

impl PhysMemory for Tables {
    fn alloc_table(&mut self) -> Option<Ppn> {
        self.pool = self.pool.checked_sub(1)?;
        let table = Ppn(0x1000 + self.pool);
        self.tables.insert(table, [0; 512].into());
        Some(table)
    }

    fn free_table(&mut self, table: Ppn) {
        assert!(self.tables.remove(&table).is_some());
    }

    fn read_entry(&self, table: Ppn, index: usize) -> u64 {
        self.tables[&table][index]
    }

    fn write_entry(&mut self, table: Ppn, index: usize, entry: u64) {
        self.tables.get_mut(&table).unwrap()[index] = entry;
    }

    fn bytes(&self, _: Ppn) -> &[u8; PAGE_SIZE] {
        unreachable!("tables are read by entries")
    }

    fn bytes_mut(&mut self, _: Ppn) -> &mut [u8; PAGE_SIZE] {
        unreachable!("tables are written by entries")
    }

    fn copy(&mut self, _: Ppn, _: Ppn) {
        unreachable!("tables are not copied")
    }
}

#[test]
fn entries_say_what_they_mean() {
    let slot = Pte::swapped(Slot(u32::MAX));
    assert_eq!(
        (slot.slot(), slot.is_present(), slot.is_none()),
        (Some(Slot(u32::MAX)), false, false)
    );
    assert_eq!(Pte::swapped(Slot(0)).slot(), Some(Slot(0)));
    let page = Pte::new(Ppn((1 << 44) - 1), Pte::R | Pte::D);
    assert_eq!((page.slot(), page.ppn()), (None, Ppn((1 << 44) - 1)));
    assert_eq!(page.0, 0x003f_ffff_ffff_fc83);
    assert_eq!(Pte::NONE.slot(), None);
    // Bits as the specification has them: a page that only executes is X without R,
    // and none is a pointer (R, W and X zero) by mistake.
    assert_eq!(Pte::permissions(Prot::EXECUTE), 0b11000);
    assert_eq!(Pte::permissions(Prot::READ_EXECUTE), 0b11010);
    assert_eq!(Pte::permissions(Prot::NONE), 0b00010);
}

#[test]
fn tables_are_made_on_the_way_and_entries_found_again() {
    let (mut mem, root) = Tables::new(16);
    assert!(find(&mem, root, Page(0x123)).is_none());
    let pages = [0x123, 0x1ff, 0x200, 0x3_ffff, 0x4_0000, USER_END.0 - 1];
    for page in pages {
        mem.set(root, page, Pte::swapped(Slot(page as u32)));
    }
    for page in pages {
        let at = find(&mem, root, Page(page)).unwrap();
        assert_eq!(at.read(&mem).slot(), Some(Slot(page as u32)));
    }
    assert_eq!(find(&mem, root, Page(0x124)).unwrap().read(&mem), Pte::NONE);
    // The places are those of the specification: nine bits a level.
    let middle = Pte(mem.read_entry(root, 1)).ppn();
    let last = Pte(mem.read_entry(middle, 0)).ppn();
    assert_eq!(Pte(mem.read_entry(last, 0)).slot(), Some(Slot(0x4_0000)));
    assert_eq!(count(&mem, root), mem.tables.len());
}

#[test]
fn entries_that_are_used_are_found_in_order_and_nothing_else() {
    let (mut mem, root) = Tables::new(16);
    let pages = [5, 0x1ff, 0x200, 0x201, 0x3_ffff, 0x4_0000, USER_END.0 - 1];
    for page in pages {
        mem.set(root, page, Pte::swapped(Slot(1)));
    }
    mem.set(root, 0x7_0000, Pte::NONE);
    let used = |start, end| {
        let (mut found, mut left) = (Vec::new(), Page(start)..Page(end));
        while let Some((page, _)) = next_used(&mem, root, &left) {
            found.push(page.0);
            left.start = Page(page.0 + 1);
        }
        found
    };
    assert_eq!(used(0, USER_END.0), pages);
    assert_eq!(used(6, 0x200), [0x1ff]);
    assert_eq!(used(0x200, 0x4_0000), [0x200, 0x201, 0x3_ffff]);
    assert_eq!(used(0x202, 0x3_ffff), []);
    assert_eq!(used(0x4_0001, USER_END.0 - 1), []);
}

#[test]
fn empty_tables_are_freed_where_they_were_asked_for() {
    let (mut mem, root) = Tables::new(16);
    for page in [0x100, 0x200, 0x4_0000] {
        mem.set(root, page, Pte::NONE);
    }
    mem.set(root, 0x300, Pte::swapped(Slot(1)));
    assert_eq!(mem.tables.len(), 1 + 2 + 3);
    prune(&mut mem, root, &(Page(0x100)..Page(0x101)));
    assert_eq!(mem.tables.len(), 1 + 2 + 2);
    prune(&mut mem, root, &(Page(0)..USER_END));
    assert_eq!(
        mem.tables.len(),
        3,
        "one entry is left, and what leads to it"
    );
    assert_eq!(
        find(&mem, root, Page(0x300)).unwrap().read(&mem).slot(),
        Some(Slot(1))
    );
}

#[test]
fn no_memory_for_a_table() {
    let (mut mem, root) = Tables::new(2);
    assert!(make(&mut mem, root, Page(0)).is_none());
    prune(&mut mem, root, &(Page(0)..USER_END));
    assert_eq!(mem.tables.len(), 1);
}
