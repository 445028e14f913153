//! Mappings that are resized and moved keep what is in their pages.

mod world;

use pagewalk_kernel::mem::{
    Error, MayMove, Page, Pages, Placement, Prot, Sharing, SpaceId, Stop, USER_END, What,
};
use world::{Ad, World, at, config, disk_byte};

fn pages(start: u64, end: u64) -> Pages {
    Page(start)..Page(end)
}

/// Stores a number of its own in every page.
fn fill(w: &mut World, space: SpaceId, range: Pages) {
    for page in range.start.0..range.end.0 {
        w.store(space, at(page), 1000 + page);
    }
}

/// The pages from `now` on are those that were filled from `then` on.
fn verify(w: &mut World, space: SpaceId, then: Pages, now: u64) {
    for (number, page) in (then.start.0..then.end.0).enumerate() {
        assert_eq!(w.load(space, at(now + number as u64)), 1000 + page);
    }
}

fn is_gone(w: &mut World, space: SpaceId, page: u64) {
    let access = w.access(space, at(page), pagewalk_kernel::mem::Access::Load, 0);
    assert!(matches!(access, Err(Stop::Segv(_))), "{access:?}");
}

#[test]
fn it_grows_where_it_is_if_there_is_room() {
    let mut w = World::with_frames(16);
    let a = w.space();
    w.anonymous(a, 0x100, 2);
    fill(&mut w, a, pages(0x100, 0x102));
    let grown = w.mm.resize(a, pages(0x100, 0x102), 4, MayMove::No);
    assert_eq!(grown, Ok(Page(0x100)));
    assert_eq!(w.mm.vmas(a).len(), 1);
    verify(&mut w, a, pages(0x100, 0x102), 0x100);
    assert_eq!(w.load(a, at(0x103)), 0);
    let shrunk = w.mm.resize(a, pages(0x100, 0x104), 1, MayMove::No);
    assert_eq!(shrunk, Ok(Page(0x100)));
    is_gone(&mut w, a, 0x101);
    w.check();
}

#[test]
fn it_moves_if_it_must_and_may() {
    for ad in [Ad::Hardware, Ad::Fault] {
        let mut w = World::new(&config(16, 16), 256, ad);
        let a = w.space();
        w.anonymous(a, 0x100, 3);
        w.map(a, 0x103, 1, Prot::READ, What::Anonymous);
        fill(&mut w, a, pages(0x100, 0x103));
        let old = pages(0x101, 0x103);
        let stays = w.mm.resize(a, old.clone(), 5, MayMove::No);
        assert_eq!(stays, Err(Error::NoMemory));
        let moved = w.mm.resize(a, old.clone(), 5, MayMove::Yes).unwrap();
        assert_eq!(moved, Page(USER_END.0 - 5));
        w.check();
        // The hart has forgotten the old place.
        is_gone(&mut w, a, 0x101);
        verify(&mut w, a, pages(0x100, 0x101), 0x100);
        verify(&mut w, a, old, moved.0);
        w.store(a, at(moved.0 + 4), 7);
        w.check();
        w.mm.destroy(a);
        w.check();
    }
}

#[test]
fn swapped_and_shared_pages_move_too() {
    let mut w = World::new(&config(8, 64), 256, Ad::Hardware);
    let a = w.space();
    w.anonymous(a, 0x100, 24);
    let old = pages(0x100, 0x118);
    fill(&mut w, a, old.clone());
    let child = w.mm.fork(a).unwrap();
    w.mm.move_to(a, old.clone(), 24, Page(0x4_0000)).unwrap();
    w.check();
    verify(&mut w, a, old.clone(), 0x4_0000);
    verify(&mut w, child, old.clone(), 0x100);
    // Each has its own from now on.
    w.store(a, at(0x4_0000), 5);
    assert_eq!(w.load(child, at(0x100)), 1000 + 0x100);
    w.mm.move_to(a, pages(0x4_0000, 0x4_0018), 2, Page(0x100))
        .unwrap();
    assert_eq!(w.load(a, at(0x100)), 5);
    is_gone(&mut w, a, 0x102);
    w.mm.destroy(a);
    w.mm.destroy(child);
    w.check();
}

#[test]
fn files_and_shared_memory_keep_their_place_in_the_object() {
    let mut w = World::with_frames(16);
    let a = w.space();
    let file = w.mm.add_file(0, 8 * 4096);
    let what = What::File {
        file,
        first: 0,
        sharing: Sharing::Private,
    };
    w.map(a, 0x100, 8, Prot::READ, what);
    let moved = w.mm.move_to(a, pages(0x102, 0x104), 3, Page(0x800));
    assert_eq!(moved, Ok(Page(0x800)));
    for page in 0..3 {
        let first = w.load(a, at(0x800 + page)) as u8;
        assert_eq!(first, disk_byte((2 + page) * 4096));
    }
    let shared = w.mm.map(
        a,
        2,
        Prot::READ_WRITE,
        Placement::Anywhere,
        What::SharedMemory,
    );
    let shared = shared.unwrap();
    let child = w.mm.fork(a).unwrap();
    let old = shared..Page(shared.0 + 2);
    w.mm.move_to(a, old, 2, Page(0x900)).unwrap();
    w.store(a, at(0x901), 9);
    assert_eq!(w.load(child, at(shared.0 + 1)), 9);
    w.check();
}

#[test]
fn what_cannot_be_moved_stays() {
    let mut w = World::with_frames(16);
    let a = w.space();
    w.anonymous(a, 0x100, 4);
    fill(&mut w, a, pages(0x100, 0x104));
    let resize = |w: &mut World, old| w.mm.resize(a, old, 9, MayMove::Yes);
    assert_eq!(resize(&mut w, pages(0x102, 0x106)), Err(Error::Unmapped));
    assert_eq!(resize(&mut w, pages(0x200, 0x201)), Err(Error::Unmapped));
    assert_eq!(resize(&mut w, pages(0x104, 0x104)), Err(Error::BadRange));
    let old = pages(0x100, 0x104);
    for (count, to) in [(4, 0x103), (6, 0xfe), (4, 0), (4, USER_END.0 - 3)] {
        let moved = w.mm.move_to(a, old.clone(), count, Page(to));
        assert_eq!(moved, Err(Error::BadRange), "{count} to {to:#x}");
    }
    let huge = w.mm.resize(a, old.clone(), 1 << 26, MayMove::Yes);
    assert_eq!(huge, Err(Error::NoMemory));
    verify(&mut w, a, old, 0x100);
    w.check();
}

#[test]
fn without_tables_nothing_moves() {
    // The zero page and three tables; one more is there, two would be needed.
    let mut w = World::new(&config(8, 8), 5, Ad::Hardware);
    let a = w.space();
    w.anonymous(a, 0x100, 1);
    w.store(a, at(0x100), 5);
    let moved = w.mm.move_to(a, pages(0x100, 0x101), 1, Page(0x200_0000));
    assert_eq!(moved, Err(Error::NoMemory));
    assert_eq!(w.load(a, at(0x100)), 5);
    w.check();
}
