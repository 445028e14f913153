//! `Mm::check` can fail: each test breaks what must always be true, behind the back of
//! the paging core, and reads what is found.

mod world;

use pagewalk_kernel::mem::{Page, PageState, PhysMemory, Ppn, Pte, SpaceId};
use world::{World, at};

/// A process with pages in memory and on the swap disk.
fn world() -> (World, SpaceId) {
    let mut w = World::with_frames(8);
    let space = w.space();
    w.anonymous(space, 0x100, 12);
    for page in 0..12 {
        w.store(space, at(0x100 + page), page);
    }
    w.check();
    (w, space)
}

/// Its pages that are in memory, or those that are not.
fn pages(w: &World, space: SpaceId, in_memory: bool) -> Vec<Page> {
    let is_there = |page| matches!(w.mm.page_state(space, page), PageState::Frame(_));
    let all = (0x100..0x10c).map(Page);
    all.filter(|&page| is_there(page) == in_memory).collect()
}

/// Where the entry of a page is, and the entry.
fn entry(w: &mut World, space: SpaceId, page: Page) -> (Ppn, usize, Pte) {
    let (mut table, _) = w.mm.activate(space);
    for level in [2, 1] {
        let index = (page.0 >> (9 * level)) as usize & 511;
        table = Pte(w.mm.memory().read_entry(table, index)).ppn();
    }
    let index = page.0 as usize & 511;
    let entry = Pte(w.mm.memory().read_entry(table, index));
    (table, index, entry)
}

fn set(w: &mut World, space: SpaceId, page: Page, new: Pte) {
    let (table, index, _) = entry(w, space, page);
    w.mm.memory_mut().write_entry(table, index, new.0);
}

#[test]
fn what_processes_use_is_counted_until_they_have_ended() {
    let (mut w, space) = world();
    let resident = pages(&w, space, true).len();
    let swapped = pages(&w, space, false).len();
    assert_eq!(w.mm.used_by_processes(), (resident, swapped));
    let child = w.mm.fork(space).expect("memory");
    w.mm.destroy(space);
    assert_eq!(w.mm.used_by_processes(), (resident, swapped), "the child's");
    w.mm.destroy(child);
    assert_eq!(w.mm.used_by_processes(), (0, 0));
    w.check();
}

#[track_caller]
fn finds(w: &World, words: &str) {
    let found = w.mm.check().expect_err("a bug that is not found");
    assert!(found.contains(words), "{found}");
}

#[test]
fn a_frame_that_nobody_maps_any_more() {
    let (mut w, space) = world();
    let page = pages(&w, space, true)[0];
    set(&mut w, space, page, Pte::NONE);
    finds(&w, "pages, not");
}

#[test]
fn a_frame_that_is_mapped_once_more_than_it_knows() {
    let (mut w, space) = world();
    let resident = pages(&w, space, true);
    let (_, _, one) = entry(&mut w, space, resident[0]);
    set(&mut w, space, resident[1], one);
    finds(&w, "Frame(");
}

#[test]
fn a_slot_that_no_entry_names_any_more() {
    let (mut w, space) = world();
    let page = pages(&w, space, false)[0];
    set(&mut w, space, page, Pte::NONE);
    finds(&w, "Slot(");
}

#[test]
fn a_slot_that_is_named_once_more_than_it_knows() {
    let (mut w, space) = world();
    let swapped = pages(&w, space, false);
    let (_, _, one) = entry(&mut w, space, swapped[0]);
    set(&mut w, space, swapped[1], one);
    finds(&w, "Slot(");
}

#[test]
fn an_entry_where_there_is_no_area() {
    let (mut w, space) = world();
    let (_, _, one) = entry(&mut w, space, Page(0x100));
    set(&mut w, space, Page(0x110), one);
    finds(&w, "no area");
}

#[test]
fn a_free_frame_that_is_mapped() {
    let (mut w, space) = world();
    let page = pages(&w, space, true)[0];
    let (_, _, stale) = entry(&mut w, space, page);
    w.mm.unmap(space, Page(0x100)..Page(0x10c))
        .expect("a range");
    w.check();
    w.anonymous(space, 0x100, 12);
    w.store(space, at(0x10b), 1);
    let (_, _, fresh) = entry(&mut w, space, Page(0x10b));
    // The frame of before, or its neighbour: all but one are free.
    let is_taken = stale.ppn() == fresh.ppn();
    let bits = stale.0 & 0x3ff;
    let free = Ppn(stale.ppn().0 ^ u64::from(is_taken));
    set(&mut w, space, Page(0x100), Pte(free.0 << 10 | bits));
    finds(&w, "is free, and mapped");
}

#[test]
fn more_rights_than_the_area_has() {
    let (mut w, space) = world();
    let page = pages(&w, space, true)[0];
    let (_, _, one) = entry(&mut w, space, page);
    set(&mut w, space, page, one.with(Pte::X));
    finds(&w, "in Vma");
}
