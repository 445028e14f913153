//! What a process asks for besides touching pages: areas and their permissions,
//! the heap, locks, copies by the kernel, fork in both ways, ASIDs, policies.

mod world;

use pagewalk_kernel::mem::{
    Access, Asid, Backing, Error, Event, Flush, Kind, Page, PageState, Partial, Placement, Policy,
    Ppn, Prot, Sharing, SpaceId, Stop, USER_END, Wait, What, Why,
};
use world::{Ad, World, at, config};

fn extents(w: &World, space: SpaceId) -> Vec<(u64, u64)> {
    w.mm.vmas(space)
        .iter()
        .map(|vma| (vma.start.0, vma.end.0))
        .collect()
}

#[test]
fn areas_split_and_merge() {
    let mut w = World::with_frames(16);
    let a = w.space();
    w.anonymous(a, 0x100, 10);
    for page in 0x100..0x10a {
        w.store(a, at(page), page);
    }
    w.mm.protect(a, Page(0x103)..Page(0x105), Prot::READ)
        .unwrap();
    assert_eq!(
        extents(&w, a),
        [(0x100, 0x103), (0x103, 0x105), (0x105, 0x10a)]
    );
    let refused = w.access(a, at(0x103), Access::Store, 0);
    assert!(matches!(refused, Err(Stop::Segv(segv)) if segv.why == Why::WriteToReadOnly));
    w.mm.protect(a, Page(0x103)..Page(0x105), Prot::READ_WRITE)
        .unwrap();
    assert_eq!(extents(&w, a), [(0x100, 0x10a)]);
    // The pages are its own: writing to them again is no fault.
    let minor = w.mm.counters(a).get(Event::Minor);
    w.store(a, at(0x103), 9);
    assert_eq!(w.mm.counters(a).get(Event::Minor), minor);
    w.mm.unmap(a, Page(0x104)..Page(0x106)).unwrap();
    assert_eq!(extents(&w, a), [(0x100, 0x104), (0x106, 0x10a)]);
    assert!(w.access(a, at(0x104), Access::Load, 0).is_err());
    assert_eq!((w.load(a, at(0x103)), w.load(a, at(0x106))), (9, 0x106));
    assert_eq!(
        w.mm.protect(a, Page(0x103)..Page(0x107), Prot::READ),
        Err(Error::NoMemory)
    );
    w.check();
}

#[test]
fn a_file_that_is_split_keeps_its_pages_in_place() {
    let mut w = World::with_frames(16);
    let file = w.mm.add_file(0, 8 * 4096);
    let a = w.space();
    w.map(
        a,
        0x100,
        8,
        Prot::READ,
        What::File {
            file,
            first: 0,
            sharing: Sharing::Private,
        },
    );
    let before: Vec<u64> = (0x100..0x108).map(|page| w.load(a, at(page))).collect();
    w.mm.protect(a, Page(0x102)..Page(0x104), Prot::READ_EXECUTE)
        .unwrap();
    let Backing::Object { first, .. } = w.mm.vmas(a)[2].backing else {
        panic!()
    };
    assert_eq!(first, 4);
    let after: Vec<u64> = (0x100..0x108).map(|page| w.load(a, at(page))).collect();
    assert_eq!(before, after);
    w.mm.protect(a, Page(0x102)..Page(0x104), Prot::READ)
        .unwrap();
    assert_eq!(extents(&w, a), [(0x100, 0x108)]);
}

#[test]
fn placements() {
    let mut w = World::with_frames(8);
    let a = w.space();
    let mut map = |count, placement| w.mm.map(a, count, Prot::READ, placement, What::Anonymous);
    let top = USER_END.0;
    assert_eq!(map(4, Placement::Anywhere), Ok(Page(top - 4)));
    assert_eq!(map(4, Placement::Hint(Page(0x100))), Ok(Page(0x100)));
    assert_eq!(map(4, Placement::Hint(Page(0x102))), Ok(Page(top - 8)));
    assert_eq!(
        map(4, Placement::FixedIfFree(Page(0x0fe))),
        Err(Error::Exists)
    );
    assert_eq!(map(2, Placement::Fixed(Page(0x101))), Ok(Page(0x101)));
    for bad in [0, 1 << 26, u64::MAX - 1] {
        assert_eq!(map(2, Placement::Fixed(Page(bad))), Err(Error::BadRange));
    }
    assert_eq!(map(0, Placement::Anywhere), Err(Error::BadRange));
    assert_eq!(map(1 << 26, Placement::Anywhere), Err(Error::NoMemory));
    assert_eq!(map(u64::MAX, Placement::Anywhere), Err(Error::NoMemory));
    // Room between two areas, and what a stack has reserved.
    w.map(
        a,
        0x3ff_f000,
        1,
        Prot::READ_WRITE,
        What::Stack { limit: 0x100 },
    );
    let count = (top - 8) - 0x3ff_f001;
    let between =
        w.mm.map(a, count, Prot::READ, Placement::Anywhere, What::Anonymous);
    assert_eq!(between, Ok(Page(0x3ff_f001)));
    let below =
        w.mm.map(a, 1, Prot::READ, Placement::Anywhere, What::Anonymous);
    assert_eq!(below, Ok(Page(0x3ff_f001 - 0x100 - 2)));
    w.check();
}

#[test]
fn there_is_an_end_to_areas() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.anonymous(a, 0x100, 4000);
    let mut holes = 0;
    while w
        .mm
        .unmap(a, Page(0x101 + 2 * holes)..Page(0x102 + 2 * holes))
        .is_ok()
    {
        holes += 1;
    }
    assert!((1000..1100).contains(&holes), "{holes}");
    // What makes no more of them goes on.
    let last = Page(0x100 + 2 * holes);
    assert_eq!(w.mm.unmap(a, Page(0x100)..Page(0x101)), Ok(()));
    assert_eq!(w.mm.unmap(a, last..Page(0x100 + 4000)), Ok(()));
    w.check();
}

#[test]
fn the_heap_moves_its_end() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.mm.set_heap(a, 0x10_0010);
    assert_eq!(w.mm.brk(a, 0), 0x10_0010);
    assert_eq!(w.mm.brk(a, 0x10_4008), 0x10_4008);
    assert_eq!(extents(&w, a), [(0x101, 0x105)]);
    assert_eq!(w.mm.vmas(a)[0].kind, Kind::Heap);
    w.store(a, 0x10_4000, 7);
    assert_eq!(w.mm.brk(a, 0x10_2000), 0x10_2000);
    assert_eq!(w.mm.brk(a, 0x10_5000), 0x10_5000);
    assert_eq!(w.load(a, 0x10_4000), 0, "what was given back is forgotten");
    // 8 frames and 64 slots, of which none is used, and four are kept.
    assert_eq!(w.mm.brk(a, 0x10_5000 + 69 * 4096), 0x10_5000);
    assert_eq!(w.mm.brk(a, 0x10_5000 + 68 * 4096), 0x10_5000 + 68 * 4096);
    w.map(a, 0x200, 1, Prot::READ, What::Anonymous);
    assert_eq!(
        w.mm.brk(a, 0x20_1000),
        0x10_5000 + 68 * 4096,
        "something is in the way"
    );
    w.check();
}

#[test]
fn locked_pages_stay_and_some_frames_are_left() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.anonymous(a, 0x100, 4);
    w.anonymous(a, 0x200, 40);
    assert_eq!(w.mm.lock(a, Page(0x100)..Page(0x104)), Ok(()));
    assert_eq!(w.mm.populate(a, Page(0x100)..Page(0x104)), Ok(()));
    assert_eq!(w.mm.lock(a, Page(0x200)..Page(0x201)), Err(Error::Locked));
    let before: Vec<PageState> = (0x100..0x104)
        .map(|p| w.mm.page_state(a, Page(p)))
        .collect();
    for page in 0x200..0x228 {
        w.store(a, at(page), page);
        w.check();
    }
    let after: Vec<PageState> = (0x100..0x104)
        .map(|p| w.mm.page_state(a, Page(p)))
        .collect();
    assert_eq!(before, after);
    assert_eq!(
        w.mm.discard(a, Page(0x100)..Page(0x101)),
        Err(Error::Locked)
    );
    assert_eq!(w.mm.unlock(a, Page(0x100)..Page(0x104)), Ok(()));
    for page in 0x200..0x228 {
        assert_eq!(w.load(a, at(page)), page);
    }
    assert!(matches!(
        w.mm.page_state(a, Page(0x100)),
        PageState::Slot(_)
    ));
    w.check();
}

#[test]
fn the_kernel_obeys_the_rules_of_the_process() {
    let mut w = World::with_frames(8);
    let parent = w.space();
    w.anonymous(parent, 0x100, 2);
    w.map(parent, 0x102, 1, Prot::READ, What::Anonymous);
    w.map(parent, 0x110, 1, Prot::EXECUTE, What::Anonymous);
    w.store(parent, at(0x101) + 4088, 5);
    let child = w.mm.fork(parent).unwrap();
    // read(2) into a page that is shared after fork.
    assert_eq!(w.mm.copy_out(child, b"hello", at(0x101) - 2), Ok(()));
    let mut bytes = [0; 5];
    assert_eq!(w.mm.copy_in(child, at(0x101) - 2, &mut bytes), Ok(()));
    assert_eq!(&bytes, b"hello");
    assert_eq!(w.mm.copy_in(parent, at(0x101) - 2, &mut bytes), Ok(()));
    assert_eq!(bytes, [0; 5]);
    assert_eq!(
        w.counted(child),
        [("minor", 2), ("zero_fill", 1), ("cow_copy", 1)]
    );
    // What the process may not do, and how far it got.
    let result = w.mm.copy_out(child, &[1; 4], at(0x102) - 3);
    let Err(Partial {
        done: 3,
        stop: Stop::Segv(segv),
    }) = result
    else {
        panic!("{result:?}")
    };
    assert_eq!((segv.why, segv.page), (Why::WriteToReadOnly, Page(0x102)));
    let result = w.mm.copy_in(child, at(0x110), &mut bytes);
    let Err(Partial {
        done: 0,
        stop: Stop::Segv(segv),
    }) = result
    else {
        panic!("{result:?}")
    };
    assert_eq!(segv.why, Why::ReadOfExecuteOnly);
    let wrapped = w.mm.copy_in(child, u64::MAX - 1, &mut bytes);
    assert!(matches!(
        wrapped,
        Err(Partial {
            done: 0,
            stop: Stop::Segv(_)
        })
    ));
    assert_eq!(
        w.mm.counters(child).get(Event::Segv),
        0,
        "EFAULT is no segmentation fault"
    );
    w.check();
}

#[test]
fn a_copy_longer_than_memory_comes_to_its_end() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.anonymous(a, 0x100, 40);
    let bytes: Vec<u8> = (0..40 * 4096u32).map(|i| (i / 7) as u8).collect();
    let mut done = 0;
    while let Err(Partial { done: more, stop }) =
        w.mm.copy_out(a, &bytes[done..], at(0x100) + done as u64)
    {
        assert!(matches!(stop, Stop::Wait(_)));
        done += more;
        w.work();
    }
    let (mut back, mut done) = (vec![0; bytes.len()], 0);
    while let Err(Partial { done: more, .. }) =
        w.mm.copy_in(a, at(0x100) + done as u64, &mut back[done..])
    {
        done += more;
        w.work();
    }
    assert_eq!(bytes, back);
}

#[test]
fn files_are_read_through_the_cache() {
    let mut w = World::with_frames(8);
    let file = w.mm.add_file(4, 5000);
    let a = w.space();
    w.map(
        a,
        0x100,
        2,
        Prot::READ,
        What::File {
            file,
            first: 0,
            sharing: Sharing::Private,
        },
    );
    let read = |w: &mut World, offset, out: &mut [u8]| loop {
        match w.mm.read_file(a, file, offset, out) {
            Err(Stop::Wait(_)) => w.work(),
            other => return other.unwrap(),
        }
    };
    let mut out = [0; 200];
    assert_eq!(read(&mut w, 4000, &mut out), 96, "to the end of the page");
    assert_eq!(out[0], world::disk_byte(2048 + 4000));
    assert_eq!(read(&mut w, 4096, &mut out), 200);
    assert_eq!(read(&mut w, 4900, &mut out), 100, "to the end of the file");
    assert_eq!(read(&mut w, 5000, &mut out), 0);
    assert_eq!(read(&mut w, u64::MAX, &mut out), 0);
    w.load(a, at(0x100));
    assert_eq!(
        w.counted(a),
        [("minor", 1)],
        "what was read is not read again"
    );
    assert_eq!(w.mm.is_in_core(a, Page(0x101)), Some(true));
    assert_eq!(w.mm.is_in_core(a, Page(0x102)), None);
    let summary = w.mm.summary();
    assert_eq!(
        (summary.frames, summary.free_frames, summary.cached),
        (8, 6, 2)
    );
    assert_eq!(
        (summary.slots, summary.free_slots, summary.locked),
        (64, 64, 0)
    );
    let what = What::File {
        file,
        first: u64::MAX,
        sharing: Sharing::Private,
    };
    let refused = w.mm.map(a, 1, Prot::READ, Placement::Anywhere, what);
    assert_eq!(refused, Err(Error::BadRange));
}

#[test]
fn a_fork_that_finds_no_tables_leaves_no_trace() {
    // The zero page, three tables for the parent, two for a child.
    let mut w = World::new(&config(8, 8), 6, Ad::Hardware);
    let parent = w.space();
    w.anonymous(parent, 0x100, 1);
    w.store(parent, at(0x100), 5);
    assert_eq!(w.mm.fork(parent), Err(Error::NoMemory));
    w.check();
    w.store(parent, at(0x100), 6);
    assert_eq!(
        w.counted(parent),
        [("minor", 1), ("zero_fill", 1)],
        "it may still write"
    );
}

#[test]
fn a_fork_finds_memory_full() {
    let mut w = World::new(&config(8, 4), 64, Ad::Hardware);
    let parent = w.space();
    w.anonymous(parent, 0x100, 20);
    // Twelve places, four of which are kept for pages that come and go.
    for page in 0..8 {
        w.store(parent, at(0x100 + page), page);
    }
    assert_eq!(w.mm.available(), 0);
    assert_eq!(w.mm.fork(parent), Err(Error::NoMemory));
    assert_eq!(
        w.access(parent, at(0x10c), Access::Store, 1),
        Err(Stop::OutOfMemory)
    );
    // Everything else goes on.
    for page in 0..8 {
        assert_eq!(w.load(parent, at(0x100 + page)), page);
        w.store(parent, at(0x100 + page) + 8, page);
    }
    assert_eq!(w.load(parent, at(0x110)), 0);
    // An instruction at the end of a page that reads at the end of another: all four
    // pages of the file can be there at once.
    let file = w.mm.add_file(0, 8 * 4096);
    let what = What::File {
        file,
        first: 0,
        sharing: Sharing::Private,
    };
    w.map(parent, 0x200, 8, Prot::READ_EXECUTE, what);
    for page in [0x200, 0x201, 0x204, 0x205] {
        w.fetch(parent, at(page));
    }
    let kept = w.mm.usage(parent, Page(0x200)..Page(0x208));
    assert_eq!(kept.resident, 4);
    w.mm.unmap(parent, Page(0x100)..Page(0x101)).unwrap();
    w.store(parent, at(0x10c), 1);
    w.check();
}

#[test]
fn fork_as_it_was_once_copies_all() {
    let mut w = World::with_frames(8);
    let parent = w.space();
    w.anonymous(parent, 0x100, 20);
    for page in 0..20 {
        w.store(parent, at(0x100 + page), page);
    }
    let child = w.mm.fork(parent).unwrap();
    while let Err(stop) = w.mm.unshare(child) {
        assert!(matches!(stop, Stop::Wait(_)));
        w.work();
    }
    w.check();
    assert_eq!(w.mm.counters(child).get(Event::ForkCopy), 20);
    let before = [parent, child].map(|space| w.mm.counters(space));
    for page in 0..20 {
        w.store(parent, at(0x100 + page), 100 + page);
        w.store(child, at(0x100 + page), 200 + page);
        assert_eq!(w.load(parent, at(0x100 + page)), 100 + page);
    }
    for (space, before) in [parent, child].into_iter().zip(before) {
        for event in [Event::CowCopy, Event::CowReuse] {
            assert_eq!(
                w.mm.counters(space).get(event),
                before.get(event),
                "{event:?}"
            );
        }
    }
}

#[test]
fn eight_generations_of_forks() {
    let mut w = World::with_frames(16);
    let mut all = vec![w.space()];
    w.anonymous(all[0], 0x100, 2);
    w.store(all[0], at(0x100), 0);
    for generation in 1..=8 {
        let youngest = *all.last().unwrap();
        let child = w.mm.fork(youngest).unwrap();
        w.store(child, at(0x101), generation);
        all.push(child);
    }
    w.check();
    for (generation, &space) in all.iter().enumerate() {
        assert_eq!(w.load(space, at(0x100)), 0);
        assert_eq!(w.load(space, at(0x101)), generation as u64);
    }
    let first = w.mm.page_state(all[0], Page(0x100));
    assert!(
        all.iter()
            .all(|&space| w.mm.page_state(space, Page(0x100)) == first)
    );
}

#[test]
fn asids_run_out_and_begin_anew() {
    for (bits, generations) in [(0, [0, 0, 0, 0]), (1, [1, 1, 1, 1]), (2, [1, 2, 3, 1])] {
        let mut config = config(8, 8);
        config.asid_bits = bits;
        let mut w = World::new(&config, 64, Ad::Hardware);
        let spaces: [SpaceId; 4] = std::array::from_fn(|_| w.space());
        for (space, asid) in spaces.into_iter().zip(generations) {
            assert_eq!(w.mm.activate(space).1, Asid(asid));
            assert_eq!(w.mm.activate(space).1, Asid(asid), "it keeps what it has");
        }
        assert!(
            w.mm.take_flushes().any(|flush| flush == Flush::All),
            "{bits} bits"
        );
        // The first one has lost its ASID to another.
        let again = if bits == 2 { 2 } else { bits as u16 };
        assert_eq!(w.mm.activate(spaces[0]).1, Asid(again));
    }
}

#[test]
fn flushes_of_many_pages_become_one() {
    let mut w = World::with_frames(64);
    let a = w.space();
    w.anonymous(a, 0x100, 50);
    for page in 0..50 {
        w.store(a, at(0x100 + page), page);
    }
    let (_, asid) = w.mm.activate(a);
    w.mm.unmap(a, Page(0x100)..Page(0x103)).unwrap();
    let flushes: Vec<Flush> = w.mm.take_flushes().collect();
    let page = |page| Flush::Page {
        asid,
        page: Page(page),
    };
    assert_eq!(flushes, [page(0x100), page(0x101), page(0x102)]);
    w.mm.unmap(a, Page(0x103)..Page(0x132)).unwrap();
    let flushes: Vec<Flush> = w.mm.take_flushes().collect();
    assert_eq!(flushes, [Flush::Space(asid)]);
    assert_eq!(w.mm.counters(a).get(Event::Flush), 50);
}

/// Which of eight pages goes for a ninth, after all but two were touched again.
fn first_victim(policy: Policy) -> u64 {
    let mut config = config(8, 64);
    config.policy = policy;
    let mut w = World::new(&config, 64, Ad::Hardware);
    let a = w.space();
    w.anonymous(a, 0x100, 10);
    for page in 0..9 {
        w.store(a, at(0x100 + page), page);
    }
    // The hand has been around: no A bit is set but that of the ninth.
    for page in [1, 2, 4, 5, 7] {
        w.load(a, at(0x100 + page));
    }
    let gone = |w: &World| -> Vec<u64> {
        let out = |p: &u64| matches!(w.mm.page_state(a, Page(0x100 + p)), PageState::Slot(_));
        (0..9).filter(out).collect()
    };
    let before = gone(&w);
    w.store(a, at(0x109), 9);
    gone(&w)
        .into_iter()
        .find(|page| !before.contains(page))
        .unwrap()
}

#[test]
fn policies_choose_differently() {
    assert_eq!(
        first_victim(Policy::Clock),
        3,
        "the first that was not touched again"
    );
    assert_eq!(first_victim(Policy::Fifo), 1, "the oldest");
    let random: Vec<u64> = (0..20)
        .map(|seed| first_victim(Policy::Random(seed)))
        .collect();
    assert!(random.iter().any(|page| *page != random[0]), "{random:?}");
    assert_eq!(
        first_victim(Policy::Random(3)),
        random[3],
        "a seed is a seed"
    );
}

#[test]
fn all_frames_on_their_way_is_a_reason_to_wait() {
    let mut w = World::with_frames(8);
    let spaces: Vec<SpaceId> = (0..9).map(|_| w.space()).collect();
    let file = w.mm.add_file(0, 20 * 4096);
    for (number, &space) in spaces.iter().enumerate() {
        w.map(
            space,
            0x100,
            20,
            Prot::READ,
            What::File {
                file,
                first: 0,
                sharing: Sharing::ReadOnly,
            },
        );
        let wait = w.try_access(space, at(0x100 + number as u64), Access::Load, 0);
        let Err(Stop::Wait(wait)) = wait else {
            panic!("{wait:?}")
        };
        assert_eq!(wait == Wait::Any, number == 8);
    }
    w.work();
    for (number, &space) in spaces.iter().enumerate().take(8) {
        // What was read for one is there when it comes back for it.
        w.try_access(space, at(0x100 + number as u64), Access::Load, 0)
            .unwrap();
    }
    w.load(spaces[8], at(0x108));
    w.check();
}

#[test]
fn advice_to_forget() {
    let mut w = World::with_frames(8);
    let file = w.mm.add_file(0, 4096);
    let a = w.space();
    w.anonymous(a, 0x100, 1);
    w.map(
        a,
        0x101,
        1,
        Prot::READ_WRITE,
        What::File {
            file,
            first: 0,
            sharing: Sharing::Private,
        },
    );
    w.map(a, 0x102, 1, Prot::READ_WRITE, What::SharedMemory);
    let original = w.load(a, at(0x101));
    for page in 0x100..0x103 {
        w.store(a, at(page), 5);
    }
    w.mm.discard(a, Page(0x100)..Page(0x103)).unwrap();
    let found: Vec<u64> = (0x100..0x103).map(|page| w.load(a, at(page))).collect();
    assert_eq!(found, [0, original, 5]);
    assert_eq!(
        w.mm.discard(a, Page(0x100)..Page(0x104)),
        Err(Error::NoMemory)
    );
    w.check();
}

#[test]
fn pages_lent_by_the_kernel() {
    let mut w = World::with_frames(8);
    let (a, page) = (w.space(), Ppn(0x8_0003));
    w.map(a, 0x100, 1, Prot::READ_EXECUTE, What::Kernel(page));
    w.fetch(a, at(0x100));
    assert_eq!(w.counted(a), [("minor", 1)]);
    let child = w.mm.fork(a).unwrap();
    w.fetch(child, at(0x100));
    assert_eq!(w.counted(child), []);
    assert!(w.access(a, at(0x100), Access::Store, 1).is_err());
    assert_eq!(w.mm.page_state(a, Page(0x100)), PageState::Kernel);
    w.check();
}

#[test]
fn protection_none_keeps_the_page() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.anonymous(a, 0x100, 1);
    w.store(a, at(0x100), 5);
    w.mm.protect(a, Page(0x100)..Page(0x101), Prot::NONE)
        .unwrap();
    let refused = w.access(a, at(0x100), Access::Load, 0);
    assert!(matches!(refused, Err(Stop::Segv(segv)) if segv.why == Why::NoAccess));
    assert!(w.mm.copy_in(a, at(0x100), &mut [0]).is_err());
    w.check();
    w.mm.protect(a, Page(0x100)..Page(0x101), Prot::READ)
        .unwrap();
    assert_eq!(w.load(a, at(0x100)), 5);
}

#[test]
fn tables_are_freed_with_what_they_held() {
    let mut w = World::with_frames(8);
    let a = w.space();
    assert_eq!(w.mm.tables(), 2);
    for page in [0x100, 0x10_0000, 0x300_0000] {
        w.anonymous(a, page, 1);
        w.store(a, at(page), 1);
    }
    assert_eq!(w.mm.tables(), 2 + 6);
    w.mm.unmap(a, Page(0x10_0000)..Page(0x300_0001)).unwrap();
    assert_eq!(w.mm.tables(), 2 + 2);
    w.check();
    w.mm.destroy(a);
    assert_eq!(w.mm.memory().tables_in_use(), 1);
}
