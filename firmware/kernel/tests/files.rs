//! Files that are written to: by memory, by calls, and cut.

mod world;

use pagewalk_kernel::mem::{
    Access, BusCause, Error, ObjectId, PAGE_SIZE, Page, Placement, Prot, Sharing, SpaceId, Stop,
    What,
};
use world::{Ad, World, at, config, disk_byte};

const SIZE: u64 = PAGE_SIZE as u64;

/// Calls that move bytes, as the kernel makes them: again after each wait.
impl World {
    fn until_done<R>(&mut self, mut call: impl FnMut(&mut Self) -> Result<R, Stop>) -> R {
        loop {
            match call(self) {
                Ok(result) => return result,
                Err(Stop::Wait(_)) => self.work(),
                Err(stop) => panic!("{stop:?}"),
            }
        }
    }

    fn write(&mut self, space: SpaceId, file: ObjectId, offset: u64, bytes: &[u8]) {
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            done += self.until_done(|w| w.mm.write_file(space, file, at, &bytes[done..]));
        }
    }

    fn read(&mut self, space: SpaceId, file: ObjectId, offset: u64, len: usize) -> Vec<u8> {
        let (mut out, mut done) = (vec![0; len], 0);
        loop {
            let at = offset + done as u64;
            match self.until_done(|w| w.mm.read_file(space, file, at, &mut out[done..])) {
                0 => break,
                count => done += count,
            }
        }
        out.truncate(done);
        out
    }

    fn cut(&mut self, space: SpaceId, file: ObjectId, size: u64) {
        self.until_done(|w| w.mm.set_file_size(space, file, size));
        self.check();
    }

    fn read_word(&mut self, space: SpaceId, file: ObjectId, offset: u64) -> u64 {
        let bytes = self.read(space, file, offset, 8);
        u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
    }

    /// Fills memory with other pages, so that what was there has to go.
    fn push_out(&mut self, space: SpaceId) {
        for page in 0x800..0x820 {
            self.store(space, at(page), page);
        }
        self.check();
    }
}

fn map(file: ObjectId, first: u64, sharing: Sharing) -> What {
    What::File {
        file,
        first,
        sharing,
    }
}

#[test]
fn memory_and_calls_see_the_same_bytes_and_the_root_disk_is_never_written() {
    for ad in [Ad::Hardware, Ad::Fault] {
        let mut w = World::new(&config(8, 64), 64, ad);
        let file = w.mm.add_file(3, 2 * SIZE);
        let (a, b) = (w.space(), w.space());
        w.map(a, 0x100, 2, Prot::READ_WRITE, map(file, 0, Sharing::Shared));
        w.map(
            b,
            0x200,
            2,
            Prot::READ_WRITE,
            map(file, 0, Sharing::Private),
        );
        w.anonymous(a, 0x800, 0x20);
        assert_eq!(w.load(a, at(0x100)) as u8, disk_byte(3 * 512));
        w.store(a, at(0x100), 5);
        assert_eq!(w.load(b, at(0x200)), 5, "nobody has written to the copy");
        assert_eq!(w.read_word(b, file, 0), 5);
        w.write(b, file, SIZE, &7u64.to_le_bytes());
        assert_eq!(w.load(a, at(0x101)), 7);
        w.store(b, at(0x200), 9);
        assert_eq!((w.load(a, at(0x100)), w.load(b, at(0x200))), (5, 9));
        assert!(!w.mm.is_as_on_disk(file));
        w.push_out(a);
        assert_eq!(w.read_word(a, file, SIZE), 7, "from its slot");
        assert_eq!((w.load(a, at(0x100)), w.load(b, at(0x200))), (5, 9));
        // What nobody has changed is as it was.
        assert_eq!(
            w.read(a, file, SIZE + 8, 1)[0],
            disk_byte(3 * 512 + SIZE + 8)
        );
        w.check();
    }
}

#[test]
fn a_page_that_was_only_read_is_dropped_and_a_write_is_noticed() {
    let mut w = World::with_frames(8);
    let file = w.mm.add_file(0, SIZE);
    let a = w.space();
    w.map(a, 0x100, 1, Prot::READ_WRITE, map(file, 0, Sharing::Shared));
    w.anonymous(a, 0x800, 0x20);
    w.load(a, at(0x100));
    w.push_out(a);
    let (reads, writes) = (w.reads, w.writes);
    w.load(a, at(0x100));
    w.store(a, at(0x100), 5);
    assert_eq!((w.reads, w.mm.is_as_on_disk(file)), (reads + 1, false));
    w.push_out(a);
    assert!(w.writes > writes);
    assert_eq!(w.load(a, at(0x100)), 5);
}

#[test]
fn who_opened_for_reading_never_gets_a_shared_page_to_write_to() {
    let mut w = World::with_frames(8);
    let file = w.mm.add_file(0, SIZE);
    let a = w.space();
    let what = map(file, 0, Sharing::ReadOnly);
    let refused = w.mm.map(a, 1, Prot::READ_WRITE, Placement::Anywhere, what);
    assert_eq!(refused, Err(Error::ReadOnlyFile));
    w.map(a, 0x100, 1, Prot::READ, what);
    let protect = |w: &mut World, page, prot| w.mm.protect(a, Page(page)..Page(page + 1), prot);
    assert_eq!(
        protect(&mut w, 0x100, Prot::READ_WRITE),
        Err(Error::ReadOnlyFile)
    );
    w.map(a, 0x101, 1, Prot::READ, map(file, 0, Sharing::Shared));
    assert_eq!(protect(&mut w, 0x101, Prot::READ_WRITE), Ok(()));
    w.store(a, at(0x101), 5);
    assert_eq!(w.load(a, at(0x100)), 5);
}

#[test]
fn a_file_that_is_cut_takes_its_pages_from_all_who_have_them() {
    let mut w = World::with_frames(8);
    let file = w.mm.create_file();
    let (a, b) = (w.space(), w.space());
    w.anonymous(a, 0x800, 0x20);
    w.write(a, file, 0, &[1; 3 * PAGE_SIZE]);
    w.map(a, 0x100, 4, Prot::READ_WRITE, map(file, 0, Sharing::Shared));
    w.map(
        b,
        0x200,
        2,
        Prot::READ_WRITE,
        map(file, 1, Sharing::Private),
    );
    w.store(b, at(0x201), 5);
    let bus = |w: &mut World, space, page| {
        w.access(space, at(page), Access::Load, 0) == Err(Stop::Bus(BusCause::BeyondFile))
    };
    assert!(bus(&mut w, a, 0x103), "behind the last page");
    w.push_out(a);
    w.cut(a, file, SIZE + 100);
    assert!(
        bus(&mut w, a, 0x102) && bus(&mut w, b, 0x201),
        "the copy, too"
    );
    assert_eq!(w.mm.file_pages(file), 2);
    w.cut(a, file, 4 * SIZE);
    assert_eq!(w.load(b, at(0x201)), 0, "zeros again");
    let bytes = w.read(a, file, SIZE, PAGE_SIZE);
    assert_eq!(bytes[..100], [1; 100]);
    assert_eq!(bytes[100..], [0; PAGE_SIZE - 100]);
    let free = w.mm.available();
    assert_eq!(w.read(a, file, 3 * SIZE, 9999), [0; PAGE_SIZE]);
    assert_eq!(w.mm.available(), free, "reading a hole makes no page");
    w.cut(a, file, 0);
    assert_eq!((w.mm.file_pages(file), w.read(a, file, 0, 9).len()), (0, 0));
}

#[test]
fn a_file_of_the_root_disk_that_was_cut_does_not_grow_back() {
    let mut w = World::with_frames(8);
    let file = w.mm.add_file(0, 2 * SIZE);
    let a = w.space();
    w.map(a, 0x100, 2, Prot::READ, map(file, 0, Sharing::Shared));
    // A read that is under way when the page goes.
    assert!(w.try_access(a, at(0x101), Access::Load, 0).is_err());
    w.cut(a, file, 10);
    w.cut(a, file, 2 * SIZE);
    w.work();
    let mut expected: Vec<u8> = (0..10).map(disk_byte).collect();
    expected.resize(2 * PAGE_SIZE, 0);
    assert_eq!(w.read(a, file, 0, 3 * PAGE_SIZE), expected);
    assert_eq!(w.load(a, at(0x101)), 0);
}

#[test]
fn a_file_larger_than_memory_goes_through_few_frames() {
    let mut w = World::with_frames(8);
    let file = w.mm.create_file();
    let a = w.space();
    let bytes: Vec<u8> = (0..20 * SIZE).map(disk_byte).collect();
    w.write(a, file, 0, &bytes);
    assert_eq!(w.read(a, file, 0, bytes.len()), bytes);
    w.check();
    w.mm.forget_file(file);
    w.mm.destroy(a);
    assert_eq!(w.mm.available(), 8 + 64 - 4, "all is free again");
}

#[test]
fn files_do_not_take_the_last_frames() {
    let mut w = World::new(&config(32, 0), 64, Ad::Hardware);
    let file = w.mm.create_file();
    let a = w.space();
    let mut size = 0;
    let stop = loop {
        match w.mm.write_file(a, file, size, &[1; PAGE_SIZE]) {
            Ok(count) => size += count as u64,
            Err(stop) => break stop,
        }
    };
    assert_eq!((stop, w.mm.room_for_files()), (Stop::OutOfMemory, 0));
    assert_eq!(w.mm.file_size(file), size, "as long as what was written");
    w.write(a, file, size - SIZE, &[2; 9]);
    w.anonymous(a, 0x100, 2);
    w.store(a, at(0x100), 1);
    w.store(a, at(0x101), 1);
}

#[test]
fn a_file_that_nobody_knows_lasts_as_long_as_it_is_mapped() {
    let mut w = World::with_frames(8);
    let file = w.mm.create_file();
    let a = w.space();
    let all = w.mm.available();
    w.write(a, file, 0, &5u64.to_le_bytes());
    w.map(a, 0x100, 1, Prot::READ_WRITE, map(file, 0, Sharing::Shared));
    w.mm.forget_file(file);
    let child = w.mm.fork(a).unwrap();
    w.mm.destroy(a);
    assert_eq!(w.load(child, at(0x100)), 5);
    w.check();
    w.mm.destroy(child);
    w.check();
    assert_eq!(w.mm.available(), all);
}
