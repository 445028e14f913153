//! Who may use an image at the same time.

use pagewalk_devices::disk::{Access, Disk, FileDisk, Overlay, Problem, User};

use crate::support::{Dir, SECTOR, pattern};

use Access::{ReadOnly, ReadWrite};

#[test]
fn one_writer_or_many_readers() {
    let dir = Dir::new("locks");
    let path = dir.file("a.img", pattern(SECTOR));
    for (first, second, in_the_way) in [
        (ReadWrite, ReadWrite, Some(User::Writer)),
        (ReadWrite, ReadOnly, Some(User::Writer)),
        (ReadOnly, ReadWrite, Some(User::Readers)),
        (ReadOnly, ReadOnly, None),
    ] {
        let holder = FileDisk::open(&path, first).expect("nobody has it");
        let user = match FileDisk::open(&path, second) {
            Ok(_) => None,
            Err(error) => match error.problem {
                Problem::InUse(user) => Some(user),
                other => panic!("{other:?}"),
            },
        };
        assert_eq!(user, in_the_way, "{first:?}, then {second:?}");
        drop(holder);
        FileDisk::open(&path, second).expect("nobody has it any more");
    }
}

#[test]
fn a_refused_user_takes_no_lock_along() {
    let dir = Dir::new("locks-refused");
    let path = dir.file("a.img", pattern(SECTOR));
    let reader = FileDisk::open(&path, ReadOnly).expect("nobody has it");
    FileDisk::open(&path, ReadWrite).expect_err("somebody reads it");
    drop(reader);
    FileDisk::open(&path, ReadWrite).expect("nobody has it any more");
}

#[test]
fn the_ways_out_are_the_ones_that_help() {
    let dir = Dir::new("locks-words");
    let path = dir.file("a.img", pattern(SECTOR));
    let writer = FileDisk::open(&path, ReadWrite).expect("nobody has it");
    let text = FileDisk::open(&path, ReadWrite)
        .expect_err("in use")
        .to_string();
    assert!(text.contains("a.img: is in use: another process"), "{text}");
    assert!(
        text.contains("use a copy (`,ro` and `--snapshot` need"),
        "{text}"
    );
    drop(writer);
    let _reader = FileDisk::open(&path, ReadOnly).expect("nobody has it");
    let text = FileDisk::open(&path, ReadWrite)
        .expect_err("in use")
        .to_string();
    assert!(
        text.contains("or read it as well (`,ro` or `--snapshot`)"),
        "{text}"
    );
}

#[test]
fn overlays_share_a_base_that_nobody_writes() {
    let dir = Dir::new("locks-overlay");
    let path = dir.file("a.img", pattern(SECTOR));
    let open = || FileDisk::open(&path, ReadOnly).map(Overlay::new);
    let mut one = open().expect("nobody has it");
    let mut other = open().expect("nobody writes it");
    one.write(0, &[1; SECTOR]).expect("it goes to memory");
    let mut out = [0; SECTOR];
    other.read(0, &mut out).expect("it can be read");
    assert_eq!(out[..], pattern(SECTOR));
    FileDisk::open(&path, ReadWrite).expect_err("the overlays rely on it");
}
