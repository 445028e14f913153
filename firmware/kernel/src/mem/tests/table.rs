use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::mem::table::{Entry, Walk, count, prune};
use crate::mem::{PAGE_SIZE, Page, PhysMemory, Ppn, Prot, Pte, Slot, SpaceId, USER_END};

const SPACE: SpaceId = SpaceId(7);

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
        let entry = Entry::make(self, SPACE, root, Page(page)).unwrap();
        entry.write(self, pte);
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
    let find = |mem: &Tables, page| Entry::find(mem, SPACE, root, Page(page));
    assert!(find(&mem, 0x123).is_none());
    let pages = [0x123, 0x1ff, 0x200, 0x3_ffff, 0x4_0000, USER_END.0 - 1];
    for page in pages {
        mem.set(root, page, Pte::swapped(Slot(page as u32)));
    }
    for page in pages {
        let entry = find(&mem, page).unwrap();
        assert_eq!(entry.pte.slot(), Some(Slot(page as u32)));
        assert_eq!((entry.space, entry.page), (SPACE, Page(page)));
    }
    assert_eq!(find(&mem, 0x124).unwrap().pte, Pte::NONE);
    // Pages of one table are beside each other, and no others.
    let entry = find(&mem, 0x124).unwrap();
    assert_eq!(entry.beside(&mem, Page(0x1ff)), find(&mem, 0x1ff));
    assert_eq!(entry.beside(&mem, Page(0x200)), None);
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
        let mut walk = Walk::new(SPACE, root, Page(start)..Page(end));
        let next = || walk.next(&mem).map(|entry| entry.page.0);
        core::iter::from_fn(next).collect::<Vec<u64>>()
    };
    assert_eq!(used(0, USER_END.0), pages);
    assert_eq!(used(6, 0x200), [0x1ff]);
    assert_eq!(used(0x200, 0x4_0000), [0x200, 0x201, 0x3_ffff]);
    assert_eq!(used(0x202, 0x3_ffff), []);
    assert_eq!(used(0x4_0001, USER_END.0 - 1), []);
    // One page of each table is enough to know it.
    let (mut found, mut walk) = (Vec::new(), Walk::new(SPACE, root, Page(0)..USER_END));
    while let Some(entry) = walk.next(&mem) {
        found.push(entry.page.0);
        walk.skip_table();
    }
    assert_eq!(found, [5, 0x200, 0x3_ffff, 0x4_0000, USER_END.0 - 1]);
}

#[test]
fn empty_tables_are_freed_where_they_were_asked_for() {
    let (mut mem, root) = Tables::new(16);
    for page in [0x100, 0x200, 0x4_0000] {
        mem.set(root, page, Pte::NONE);
    }
    mem.set(root, 0x300, Pte::swapped(Slot(1)));
    assert_eq!(mem.tables.len(), 1 + 2 + 3);
    // An area from 0x300 on, and nothing else.
    let (below, above) = (Page(0)..Page(0x300), Page(0x301)..USER_END);
    prune(
        &mut mem,
        root,
        &(Page(0x100)..Page(0x101)),
        &(Page(1)..Page(0x300)),
    );
    assert_eq!(mem.tables.len(), 6, "something else may be in page 0");
    prune(&mut mem, root, &(Page(0x100)..Page(0x101)), &below);
    assert_eq!(mem.tables.len(), 1 + 2 + 2);
    prune(&mut mem, root, &below, &below);
    assert_eq!(mem.tables.len(), 1 + 2 + 2);
    prune(&mut mem, root, &above, &above);
    assert_eq!(
        mem.tables.len(),
        3,
        "one entry is left, and what leads to it"
    );
    let entry = Entry::find(&mem, SPACE, root, Page(0x300)).unwrap();
    assert_eq!(entry.pte.slot(), Some(Slot(1)));
}

#[test]
fn no_memory_for_a_table() {
    let (mut mem, root) = Tables::new(2);
    assert!(Entry::make(&mut mem, SPACE, root, Page(0)).is_none());
    let all = Page(0)..USER_END;
    prune(&mut mem, root, &all, &all);
    assert_eq!(mem.tables.len(), 1);
}
