//! Each row of the page-fault handler, with exact counts.

mod world;

use pagewalk_kernel::mem::{
    Access, BusCause, IoError, Page, PageState, Placement, Prot, Resolution, SegvCode, Sharing,
    SpaceId, Stop, Wait, What, Why,
};
use world::{Ad, World, at, config, disk_byte};

fn word_of_disk(offset: u64) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| disk_byte(offset + i as u64)))
}

fn text(file: pagewalk_kernel::mem::ObjectId) -> What {
    What::File {
        file,
        first: 0,
        sharing: Sharing::Private,
    }
}

#[test]
fn a_page_of_a_file_is_read_once_and_shared_by_all() {
    let mut w = World::with_frames(16);
    let file = w.mm.add_file(8, 3 * 4096);
    let (a, b) = (w.space(), w.space());
    for space in [a, b] {
        w.map(space, 0x100, 3, Prot::READ_EXECUTE, text(file));
    }
    assert_eq!(w.fetch(a, at(0x101)), word_of_disk(8 * 512 + 4096));
    assert_eq!(w.load(b, at(0x101)), word_of_disk(8 * 512 + 4096));
    assert_eq!(
        w.load(b, at(0x101) + 4088),
        word_of_disk(8 * 512 + 4096 + 4088)
    );
    assert_eq!(w.counted(a), [("major", 1), ("file_load", 1)]);
    assert_eq!(w.counted(b), [("minor", 1)]);
    assert_eq!(w.reads, 1);
    assert_eq!(
        w.mm.page_state(a, Page(0x101)),
        w.mm.page_state(b, Page(0x101))
    );
    w.check();
}

#[test]
fn a_file_ends_in_zeros_and_then_in_a_bus_error() {
    let mut w = World::with_frames(16);
    // 4096 + 1000 bytes: the last sector has 24 bytes of the file.
    let file = w.mm.add_file(0, 5096);
    let a = w.space();
    w.map(a, 0x100, 4, Prot::READ, text(file));
    assert_eq!(w.load(a, at(0x101) + 992), word_of_disk(5088));
    assert_eq!(w.load(a, at(0x101) + 1000), 0);
    assert_eq!(w.load(a, at(0x101) + 1024), 0);
    assert_eq!(w.load(a, at(0x101) + 4088), 0);
    let beyond = w.access(a, at(0x102), Access::Load, 0);
    assert_eq!(beyond, Err(Stop::Bus(BusCause::BeyondFile)));
    w.check();
}

#[test]
fn a_store_to_a_private_file_takes_two_rows_and_leaves_the_file_alone() {
    let mut w = World::with_frames(16);
    let file = w.mm.add_file(0, 4096);
    let (a, b) = (w.space(), w.space());
    for space in [a, b] {
        w.map(space, 0x100, 1, Prot::READ_WRITE, text(file));
    }
    w.store(a, at(0x100), 7);
    assert_eq!(
        w.counted(a),
        [
            ("minor", 1),
            ("major", 1),
            ("file_load", 1),
            ("cow_copy", 1)
        ]
    );
    assert_eq!(w.load(a, at(0x100)), 7);
    assert_eq!(w.load(a, at(0x100) + 8), word_of_disk(8));
    assert_eq!(w.load(b, at(0x100)), word_of_disk(0));
    w.check();
}

#[test]
fn reads_of_untouched_memory_share_one_page_of_zeros() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.anonymous(a, 0x100, 100);
    for page in 0x100..0x164 {
        assert_eq!(w.load(a, at(page)), 0);
        assert_eq!(w.mm.page_state(a, Page(page)), PageState::Kernel);
    }
    assert_eq!(w.counted(a), [("minor", 100), ("zero_fill", 100)]);
    // The first write to one of them is a copy of the page of zeros.
    w.store(a, at(0x120), 1);
    assert_eq!(w.load(a, at(0x121)), 0);
    assert_eq!(
        w.counted(a),
        [("minor", 101), ("zero_fill", 100), ("cow_copy", 1)]
    );
    w.check();
}

#[test]
fn a_write_to_untouched_memory_is_one_fault() {
    for ad in [Ad::Hardware, Ad::Fault] {
        let mut w = World::new(&config(8, 8), 64, ad);
        let a = w.space();
        w.anonymous(a, 0x100, 1);
        w.store(a, at(0x100), 5);
        w.store(a, at(0x100) + 8, 6);
        assert_eq!((w.load(a, at(0x100)), w.load(a, at(0x100) + 16)), (5, 0));
        assert_eq!(w.counted(a), [("minor", 1), ("zero_fill", 1)]);
    }
}

#[test]
fn swapped_out_and_in_again() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.anonymous(a, 0x100, 32);
    for page in 0..32 {
        w.store(a, at(0x100 + page), 1000 + page);
        w.check();
    }
    assert_eq!(
        w.counted(a),
        [("minor", 32), ("zero_fill", 32), ("swap_out", 24)]
    );
    for page in 0..32 {
        assert_eq!(w.load(a, at(0x100 + page)), 1000 + page);
    }
    // Cyclic access is the worst case: each page is gone when its turn comes.
    let counted = w.counted(a);
    assert_eq!(counted[..2], [("minor", 32), ("major", 32)]);
    assert!(counted.contains(&("swap_in", 32)));
    // All in memory is clean now and has a slot: nothing needs to be written.
    let writes = w.writes;
    for page in 0..8 {
        assert_eq!(w.load(a, at(0x100 + page)), 1000 + page);
    }
    assert_eq!(w.writes, writes);
    assert!(w.mm.counters(a).get(pagewalk_kernel::mem::Event::CleanDrop) >= 8);
    w.check();
}

#[test]
fn a_stale_copy_in_a_slot_is_written_anew() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.anonymous(a, 0x100, 16);
    for round in 1..5 {
        for page in 0..16 {
            w.store(a, at(0x100 + page), round * 100 + page);
        }
    }
    for page in 0..16 {
        assert_eq!(w.load(a, at(0x100 + page)), 400 + page);
    }
    w.check();
}

/// Pushes everything of `space` out by touching pages of another.
fn squeeze(w: &mut World, space: SpaceId) -> SpaceId {
    let other = w.space();
    w.mm.set_dormant(space, true);
    w.anonymous(other, 0x9000, 64);
    for page in 0..8 {
        w.store(other, at(0x9000 + page), page);
    }
    w.mm.set_dormant(space, false);
    other
}

#[test]
fn the_page_of_a_dormant_process_goes_first() {
    let mut w = World::with_frames(8);
    let (sleeper, runner) = (w.space(), w.space());
    w.anonymous(sleeper, 0x100, 4);
    w.anonymous(runner, 0x200, 32);
    for page in 0..4 {
        w.store(sleeper, at(0x100 + page), page);
        w.store(runner, at(0x200 + page), page);
    }
    w.mm.set_dormant(sleeper, true);
    for page in 4..8 {
        w.store(runner, at(0x200 + page), page);
        assert_eq!(w.mm.usage(runner, Page(0)..Page(0x1000)).swapped, 0);
    }
    assert_eq!(w.mm.usage(sleeper, Page(0)..Page(0x1000)).swapped, 4);
    // Frame n held a page of the sleeper, which is in slot s now.
    assert!(matches!(
        w.mm.page_state(sleeper, Page(0x100)),
        PageState::Slot(_)
    ));
    w.store(runner, at(0x208), 8);
    assert_eq!(w.mm.usage(runner, Page(0)..Page(0x1000)).swapped, 1);
    w.mm.set_dormant(sleeper, false);
    for page in 0..4 {
        assert_eq!(w.load(sleeper, at(0x100 + page)), page);
    }
    w.check();
}

#[test]
fn a_write_to_a_shared_page_copies_it_and_the_last_owner_keeps_it() {
    for ad in [Ad::Hardware, Ad::Fault] {
        let mut w = World::new(&config(8, 8), 64, ad);
        let parent = w.space();
        w.anonymous(parent, 0x100, 2);
        w.store(parent, at(0x100), 1);
        let child = w.mm.fork(parent).unwrap();
        w.check();
        assert_eq!(
            w.mm.page_state(parent, Page(0x100)),
            w.mm.page_state(child, Page(0x100))
        );
        assert_eq!(
            (w.load(parent, at(0x100)), w.load(child, at(0x100))),
            (1, 1)
        );
        // The parent is read-only too.
        w.store(parent, at(0x100), 2);
        assert_eq!(
            (w.load(parent, at(0x100)), w.load(child, at(0x100))),
            (2, 1)
        );
        w.store(child, at(0x100), 3);
        assert_eq!(
            (w.load(parent, at(0x100)), w.load(child, at(0x100))),
            (2, 3)
        );
        w.store(child, at(0x101), 4);
        assert_eq!(w.load(parent, at(0x101)), 0);
        let of_parent = [("minor", 3), ("zero_fill", 2), ("cow_copy", 1)];
        assert_eq!(w.counted(parent), of_parent);
        assert_eq!(
            w.counted(child),
            [("minor", 2), ("zero_fill", 1), ("cow_reuse", 1)]
        );
        w.check();
    }
}

#[test]
fn a_page_that_was_swapped_out_while_shared_comes_back_to_all_and_stays_shared() {
    let mut w = World::with_frames(8);
    let parent = w.space();
    w.anonymous(parent, 0x100, 1);
    w.store(parent, at(0x100), 77);
    let child = w.mm.fork(parent).unwrap();
    w.mm.set_dormant(parent, true);
    let other = squeeze(&mut w, child);
    w.mm.set_dormant(parent, false);
    let PageState::Slot(slot) = w.mm.page_state(parent, Page(0x100)) else {
        panic!("not out")
    };
    assert_eq!(w.mm.page_state(child, Page(0x100)), PageState::Slot(slot));
    w.mm.destroy(other);
    let reads = w.reads;
    assert_eq!(w.load(child, at(0x100)), 77);
    assert_eq!(w.load(parent, at(0x100)), 77);
    assert_eq!(w.reads, reads + 1, "one read for both");
    assert_eq!(
        w.mm.page_state(parent, Page(0x100)),
        w.mm.page_state(child, Page(0x100))
    );
    assert_eq!(w.counted(child)[..2], [("major", 1), ("swap_in", 1)]);
    w.store(child, at(0x100), 78);
    w.store(parent, at(0x100) + 8, 79);
    assert_eq!(
        (w.load(parent, at(0x100)), w.load(child, at(0x100) + 8)),
        (77, 0)
    );
    assert!(w.counted(child).contains(&("cow_copy", 1)));
    assert!(w.counted(parent).contains(&("cow_reuse", 1)));
    w.check();
}

#[test]
fn one_writer_while_the_others_are_still_out() {
    let mut w = World::with_frames(8);
    let parent = w.space();
    w.anonymous(parent, 0x100, 1);
    w.store(parent, at(0x100), 77);
    let child = w.mm.fork(parent).unwrap();
    w.mm.set_dormant(parent, true);
    let other = squeeze(&mut w, child);
    w.mm.destroy(other);
    // The parent's entry still names the slot: the child is not alone.
    w.store(child, at(0x100), 78);
    assert_eq!(w.load(parent, at(0x100)), 77);
    assert_eq!(w.load(child, at(0x100)), 78);
    w.check();
}

#[test]
fn only_the_bits_are_missing() {
    let mut w = World::new(&config(8, 8), 64, Ad::Fault);
    let file = w.mm.add_file(0, 4096);
    let a = w.space();
    w.anonymous(a, 0x100, 1);
    w.map(a, 0x200, 1, Prot::READ, text(file));
    w.store(a, at(0x100), 5);
    let other = squeeze(&mut w, a);
    w.mm.destroy(other);
    assert_eq!(w.load(a, at(0x100)), 5);
    assert_eq!(
        w.mm.fault(a, at(0x100), Access::Store),
        Ok(Resolution::Marked)
    );
    assert_eq!(
        w.mm.fault(a, at(0x100), Access::Store),
        Ok(Resolution::Nothing)
    );
    w.store(a, at(0x100), 6);
    let counted = w.counted(a);
    assert!(counted.contains(&("ad_only", 1)), "{counted:?}");
    assert!(counted.contains(&("minor", 1)), "{counted:?}");
}

#[test]
fn segmentation_faults_are_told_apart() {
    let mut w = World::with_frames(8);
    let a = w.space();
    let write_only = Prot {
        write: true,
        ..Prot::NONE
    };
    w.map(a, 0x100, 1, Prot::READ, What::Anonymous);
    w.map(a, 0x110, 1, Prot::READ_WRITE, What::Anonymous);
    w.map(a, 0x120, 1, Prot::EXECUTE, What::Anonymous);
    w.map(a, 0x130, 1, Prot::NONE, What::Anonymous);
    w.map(a, 0x140, 1, write_only, What::Anonymous);
    w.map(a, 0x200, 1, Prot::READ_WRITE, What::Stack { limit: 4 });
    use Access::{Fetch, Load, Store};
    use SegvCode::{AccErr, MapErr};
    let cases = [
        (0, Load, Why::NullPage, MapErr),
        (0x99, Load, Why::NeverMapped, MapErr),
        (0x101, Store, Why::NeverMapped, MapErr),
        (0x3ff_ffff, Load, Why::NeverMapped, MapErr),
        (1 << 26, Load, Why::NotOfProcesses, MapErr),
        (u64::MAX >> 12, Fetch, Why::NotOfProcesses, MapErr),
        (0x100, Store, Why::WriteToReadOnly, AccErr),
        (0x100, Fetch, Why::ExecuteOfData, AccErr),
        (0x110, Fetch, Why::ExecuteOfData, AccErr),
        (0x120, Load, Why::ReadOfExecuteOnly, AccErr),
        (0x120, Store, Why::WriteToExecuteOnly, AccErr),
        (0x130, Load, Why::NoAccess, AccErr),
        (0x130, Store, Why::NoAccess, AccErr),
        (0x1fc, Store, Why::StackOverflow, MapErr),
        (0x1fb, Store, Why::NeverMapped, MapErr),
    ];
    for (page, access, why, code) in cases {
        let Err(Stop::Segv(segv)) = w.access(a, at(page), access, 0) else {
            panic!("{page:#x}")
        };
        assert_eq!(
            (segv.why, segv.why.code()),
            (why, code),
            "{access:?} at page {page:#x}"
        );
        assert_eq!((segv.access, segv.page), (access, Page(page)));
    }
    assert_eq!(w.counted(a), [("segv", cases.len() as u64)]);
    // What is allowed is.
    assert_eq!(w.fetch(a, at(0x120)), 0);
    w.store(a, at(0x140), 3);
    assert_eq!(w.load(a, at(0x140)), 3);
    // Once they are there, pages forbid it too.
    w.load(a, at(0x100));
    for (page, access) in [
        (0x120, Load),
        (0x120, Store),
        (0x100, Store),
        (0x100, Fetch),
    ] {
        assert!(matches!(
            w.access(a, at(page), access, 0),
            Err(Stop::Segv(_))
        ));
    }
    w.check();
}

#[test]
fn a_stack_grows_down_to_its_limit_and_not_into_its_neighbour() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.map(a, 0x200, 1, Prot::READ_WRITE, What::Stack { limit: 16 });
    for page in (0x1f1..0x200).rev() {
        w.store(a, at(page), page);
    }
    assert_eq!(w.mm.vmas(a)[0].start, Page(0x1f1));
    let overflow = w.access(a, at(0x1f0), Access::Store, 0);
    assert!(matches!(overflow, Err(Stop::Segv(segv)) if segv.why == Why::StackOverflow));
    // Another stack, and something that was put into its way.
    w.map(a, 0x300, 1, Prot::READ_WRITE, What::Stack { limit: 16 });
    let wall = w.mm.map(
        a,
        1,
        Prot::READ,
        Placement::Fixed(Page(0x2f8)),
        What::Anonymous,
    );
    assert_eq!(wall, Ok(Page(0x2f8)));
    w.store(a, at(0x2fa), 1);
    let overflow = w.access(a, at(0x2f9), Access::Store, 0);
    assert!(matches!(overflow, Err(Stop::Segv(segv)) if segv.why == Why::StackOverflow));
    for page in 0x1f1..0x200 {
        assert_eq!(w.load(a, at(page)), page);
    }
    w.check();
}

#[test]
fn two_processes_wait_for_one_read() {
    let mut w = World::with_frames(8);
    let file = w.mm.add_file(0, 4096);
    let (a, b) = (w.space(), w.space());
    for space in [a, b] {
        w.map(space, 0x100, 1, Prot::READ, text(file));
    }
    let first = w.try_access(a, at(0x100), Access::Load, 0);
    assert!(matches!(first, Err(Stop::Wait(_))));
    assert_eq!(w.try_access(b, at(0x100), Access::Load, 0), first);
    w.take_requests();
    assert_eq!(w.requests.len(), 1);
    // The one who asked is killed; the other gets its page.
    w.mm.destroy(a);
    w.check();
    w.complete(0, Ok(()));
    assert_eq!(
        w.try_access(b, at(0x100), Access::Load, 0),
        Ok(word_of_disk(0))
    );
    w.check();
}

#[test]
fn a_space_is_destroyed_with_pages_on_their_way() {
    let mut w = World::with_frames(8);
    let (a, b) = (w.space(), w.space());
    w.anonymous(a, 0x100, 8);
    w.anonymous(b, 0x100, 8);
    for page in 0..8 {
        w.store(a, at(0x100 + page), page);
    }
    // b makes a page of a go out, a wants it back, and both die.
    assert!(matches!(
        w.try_access(b, at(0x100), Access::Store, 1),
        Err(Stop::Wait(_))
    ));
    w.mm.destroy(a);
    w.check();
    w.mm.destroy(b);
    w.check();
    w.work();
    let c = w.space();
    w.anonymous(c, 0x100, 8);
    for page in 0..8 {
        w.store(c, at(0x100 + page), page);
    }
    assert_eq!(
        w.counted(c),
        [("minor", 8), ("zero_fill", 8)],
        "all frames are free again"
    );
}

#[test]
fn a_page_that_comes_back_while_it_goes_out_is_not_lost() {
    let mut w = World::with_frames(8);
    let (a, b) = (w.space(), w.space());
    w.anonymous(a, 0x100, 8);
    w.anonymous(b, 0x100, 8);
    for page in 0..8 {
        w.store(a, at(0x100 + page), page);
    }
    assert!(matches!(
        w.try_access(b, at(0x100), Access::Store, 1),
        Err(Stop::Wait(_))
    ));
    w.take_requests();
    let out = (0..8).find(|&p| matches!(w.mm.page_state(a, Page(0x100 + p)), PageState::Slot(_)));
    let out = out.unwrap();
    // No disk is needed, and the store makes what is being written worthless.
    assert_eq!(w.try_access(a, at(0x100 + out), Access::Store, 99), Ok(99));
    w.complete(0, Ok(()));
    assert_eq!(w.try_access(a, at(0x100 + out), Access::Load, 0), Ok(99));
    let other = squeeze(&mut w, a);
    w.mm.destroy(other);
    assert_eq!(w.load(a, at(0x100 + out)), 99);
}

#[test]
fn errors_of_disks_reach_the_process_concerned_and_nobody_else() {
    let mut w = World::with_frames(8);
    let file = w.mm.add_file(0, 4096);
    let (a, b) = (w.space(), w.space());
    for space in [a, b] {
        w.map(space, 0x200, 1, Prot::READ, text(file));
    }
    assert!(w.try_access(a, at(0x200), Access::Load, 0).is_err());
    w.take_requests();
    w.complete(0, Err(IoError));
    let told = w.try_access(a, at(0x200), Access::Load, 0);
    assert_eq!(told, Err(Stop::Bus(BusCause::FileRead)));
    assert_eq!(w.load(b, at(0x200)), word_of_disk(0));
    assert_eq!(w.load(a, at(0x200)), word_of_disk(0));
    // A slot that cannot be read.
    w.anonymous(a, 0x100, 1);
    w.store(a, at(0x100), 5);
    let other = squeeze(&mut w, a);
    w.mm.destroy(other);
    assert!(w.try_access(a, at(0x100), Access::Load, 0).is_err());
    w.take_requests();
    w.complete(0, Err(IoError));
    let told = w.try_access(a, at(0x100), Access::Load, 0);
    assert_eq!(told, Err(Stop::Bus(BusCause::SwapRead)));
    assert_eq!(w.load(a, at(0x100)), 5);
    w.check();
}

#[test]
fn a_page_that_cannot_be_written_out_stays() {
    let mut w = World::with_frames(8);
    let parent = w.space();
    w.anonymous(parent, 0x100, 1);
    w.store(parent, at(0x100), 5);
    let child = w.mm.fork(parent).unwrap();
    let other = w.space();
    w.anonymous(other, 0x100, 8);
    w.mm.set_dormant(parent, true);
    w.mm.set_dormant(child, true);
    for page in 0..7 {
        w.store(other, at(0x100 + page), page);
    }
    assert!(w.try_access(other, at(0x107), Access::Store, 7).is_err());
    w.take_requests();
    let PageState::Slot(bad) = w.mm.page_state(child, Page(0x100)) else {
        panic!("not out")
    };
    w.complete(0, Err(IoError));
    assert!(matches!(
        w.mm.page_state(parent, Page(0x100)),
        PageState::Frame(_)
    ));
    // The next attempt takes another slot.
    w.store(other, at(0x107), 7);
    let PageState::Slot(good) = w.mm.page_state(child, Page(0x100)) else {
        panic!("not out")
    };
    assert_ne!(good, bad);
    assert_eq!(
        (w.load(child, at(0x100)), w.load(parent, at(0x100))),
        (5, 5)
    );
    w.store(child, at(0x100), 6);
    assert_eq!(
        (w.load(child, at(0x100)), w.load(parent, at(0x100))),
        (6, 5)
    );
}

#[test]
fn memory_that_is_shared_on_purpose_stays_shared_even_through_swap() {
    let mut w = World::with_frames(8);
    let parent = w.space();
    w.map(parent, 0x100, 4, Prot::READ_WRITE, What::SharedMemory);
    w.store(parent, at(0x100), 1);
    let child = w.mm.fork(parent).unwrap();
    w.store(child, at(0x100), 2);
    w.store(child, at(0x101), 3);
    assert_eq!(
        (w.load(parent, at(0x100)), w.load(parent, at(0x101))),
        (2, 3)
    );
    w.mm.set_dormant(parent, true);
    let other = squeeze(&mut w, child);
    assert_eq!(w.mm.page_state(parent, Page(0x100)), PageState::Absent);
    w.mm.destroy(other);
    w.mm.set_dormant(parent, false);
    assert_eq!(
        (w.load(parent, at(0x100)), w.load(child, at(0x101))),
        (2, 3)
    );
    w.store(parent, at(0x101), 4);
    assert_eq!(w.load(child, at(0x101)), 4);
    assert!(w.counted(parent).contains(&("swap_in", 1)));
    w.mm.destroy(parent);
    w.check();
    assert_eq!(w.load(child, at(0x101)), 4);
    w.mm.destroy(child);
    w.check();
    assert_eq!(w.mm.available(), 8 + 64 - 4, "nothing is left of it");
}

/// Two processes that share memory with a one in it, which is on its way out; the
/// first of them has written a two meanwhile.
fn stale_copy_of_shared_memory_on_its_way(w: &mut World) -> [SpaceId; 2] {
    let a = w.space();
    w.map(a, 0x100, 1, Prot::READ_WRITE, What::SharedMemory);
    w.store(a, at(0x100), 1);
    let b = w.mm.fork(a).unwrap();
    w.mm.set_dormant(a, true);
    w.mm.set_dormant(b, true);
    let other = w.space();
    w.anonymous(other, 0x100, 8);
    for page in 0..7 {
        w.store(other, at(0x100 + page), page);
    }
    assert!(w.try_access(other, at(0x107), Access::Store, 7).is_err());
    w.take_requests();
    assert_eq!(w.try_access(a, at(0x100), Access::Store, 2), Ok(2));
    [a, b]
}

#[test]
fn shared_memory_that_is_written_to_while_it_goes_out_is_not_lost() {
    let mut w = World::with_frames(8);
    let [a, b] = stale_copy_of_shared_memory_on_its_way(&mut w);
    w.mm.destroy(a);
    w.complete(0, Ok(()));
    assert_eq!(w.load(b, at(0x100)), 2);
}

#[test]
fn shared_memory_that_is_forgotten_while_it_goes_out_is_freed() {
    let mut w = World::with_frames(8);
    for space in stale_copy_of_shared_memory_on_its_way(&mut w) {
        w.mm.destroy(space);
    }
    w.complete(0, Ok(()));
    assert_eq!(w.mm.available(), 1 + 64 - 4);
}

#[test]
fn what_the_last_writer_knew_is_not_lost_with_it() {
    for what in [What::Anonymous, What::SharedMemory] {
        let mut w = World::with_frames(8);
        let parent = w.space();
        w.map(parent, 0x100, 1, Prot::READ_WRITE, what);
        w.store(parent, at(0x100), 1);
        let other = squeeze(&mut w, parent);
        w.mm.destroy(other);
        // It has a slot with an old copy, and the parent's D bit says so.
        w.store(parent, at(0x100), 2);
        let child = w.mm.fork(parent).unwrap();
        assert_eq!(w.load(child, at(0x100)), 2);
        w.mm.destroy(parent);
        squeeze(&mut w, child);
        assert_eq!(w.load(child, at(0x100)), 2, "{what:?}");
    }
}

#[test]
fn shared_memory_whose_slot_cannot_be_read_is_still_there() {
    let mut w = World::with_frames(8);
    let a = w.space();
    w.map(a, 0x100, 1, Prot::READ_WRITE, What::SharedMemory);
    w.store(a, at(0x100), 5);
    let other = squeeze(&mut w, a);
    w.mm.destroy(other);
    assert!(w.try_access(a, at(0x100), Access::Load, 0).is_err());
    w.take_requests();
    w.complete(0, Err(IoError));
    let told = w.try_access(a, at(0x100), Access::Load, 0);
    assert_eq!(told, Err(Stop::Bus(BusCause::SwapRead)));
    assert_eq!(w.load(a, at(0x100)), 5);
}

#[test]
fn an_error_of_a_process_that_is_no_more_is_nobodys() {
    let mut w = World::with_frames(8);
    let file = w.mm.add_file(0, 4096);
    let a = w.space();
    w.map(a, 0x100, 1, Prot::READ, text(file));
    assert!(w.try_access(a, at(0x100), Access::Load, 0).is_err());
    w.take_requests();
    w.complete(0, Err(IoError));
    w.mm.destroy(a);
    let b = w.space();
    assert_eq!(a, b, "the number is used again");
    w.map(b, 0x100, 1, Prot::READ, text(file));
    assert_eq!(w.load(b, at(0x100)), word_of_disk(0));
}

#[test]
fn a_disk_that_does_not_write_any_more_is_the_end_of_memory() {
    let mut w = World::new(&config(8, 16), 64, Ad::Hardware);
    let a = w.space();
    w.anonymous(a, 0x100, 16);
    for page in 0..16 {
        w.store(a, at(0x100 + page), page);
    }
    let mut number = 0;
    let stop = loop {
        assert!(number < 1000, "it goes round and round");
        match w.try_access(a, at(0x100 + number % 16), Access::Store, number) {
            Ok(_) => number += 1,
            Err(Stop::Wait(_)) => {
                w.take_requests();
                let write = w.requests[0].0.write;
                w.complete(0, if write { Err(IoError) } else { Ok(()) });
            }
            Err(stop) => break stop,
        }
    };
    assert_eq!(stop, Stop::OutOfMemory);
}

/// Processes whose every instruction needs four pages, in the fewest frames there can
/// be: each time that one gets a page another might lose it.
#[test]
fn everybody_gets_all_pages_of_an_instruction_at_some_time() {
    const ENOUGH: u64 = 5;
    for processes in [2, 6] {
        let mut w = World::new(&config(8, 256), 256, Ad::Hardware);
        let spaces: Vec<SpaceId> = (0..processes).map(|_| w.space()).collect();
        for &space in &spaces {
            w.anonymous(space, 0x100, 4);
        }
        let mut waits = vec![None; processes];
        let mut executed = vec![0; processes];
        for _ in 0..20_000 {
            for (number, &space) in spaces.iter().enumerate() {
                if waits[number].is_some() {
                    continue;
                }
                let missing = (0x100..0x104)
                    .find(|page| w.hart(space, at(*page), Access::Store, *page).is_none());
                match missing.map(|page| w.mm.fault(space, at(page), Access::Store)) {
                    None => executed[number] += 1,
                    Some(Err(Stop::Wait(wait))) => waits[number] = Some(wait),
                    Some(result) => assert!(result.is_ok()),
                }
            }
            w.take_requests();
            if !w.requests.is_empty() {
                let id = w.requests[0].0.id;
                w.complete(0, Ok(()));
                for wait in &mut waits {
                    wait.take_if(|wait| [Wait::Any, Wait::Io(id)].contains(wait));
                }
            }
            if executed.iter().all(|count| *count >= ENOUGH) {
                break;
            }
        }
        assert!(
            executed.iter().all(|count| *count >= ENOUGH),
            "{executed:?}"
        );
    }
}
