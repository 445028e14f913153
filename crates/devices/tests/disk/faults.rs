//! What a guest learns of a host that fails, and what is left after a power
//! cut.

use std::fs::{self, File};
use std::io::ErrorKind;

use pagewalk_devices::disk::fake::{Asked, FakeFile};
use pagewalk_devices::disk::{Access, Disk, FileDisk, MemoryDisk, Overlay};

use crate::logged::logged;
use crate::support::{Dir, SECTOR, pattern};

#[test]
fn what_was_flushed_survives_a_power_cut() {
    let file = FakeFile::new(pattern(4 * SECTOR));
    let mut disk = file.disk(Access::ReadWrite);
    disk.write(0, &[1; SECTOR]).expect("it can be written");
    assert_eq!(file.stable(), pattern(4 * SECTOR), "before the flush");
    disk.flush().expect("it can be flushed");
    disk.write(SECTOR as u64, &[2; SECTOR])
        .expect("it can be written");

    file.cut_power(|_| false);
    let mut expected = pattern(4 * SECTOR);
    expected[..SECTOR].fill(1);
    assert_eq!(file.contents(), expected);
}

#[test]
fn what_was_not_flushed_survives_by_sectors() {
    let file = FakeFile::new(vec![0; 4 * SECTOR]);
    let mut disk = file.disk(Access::ReadWrite);
    let written = disk.write(0, &[1; 4 * SECTOR]);
    written.expect("it can be written");
    file.cut_power(|sector| sector % 2 == 1);
    let sectors: Vec<u8> = file.contents().chunks(SECTOR).map(|s| s[0]).collect();
    assert_eq!(sectors, [0, 1, 0, 1]);
}

#[test]
fn a_padded_sector_that_was_flushed_survives_as_a_whole() {
    let file = FakeFile::new(pattern(SECTOR + 10));
    let mut disk = file.disk(Access::ReadWrite);
    disk.write(SECTOR as u64, &[4; SECTOR])
        .expect("it can be written");
    disk.flush().expect("it can be flushed");
    file.cut_power(|_| false);
    assert_eq!(file.contents()[SECTOR..], [4; SECTOR]);
    let asked = file.asked();
    let grown = 2 * SECTOR as u64;
    let store = Asked::Store {
        offset: SECTOR as u64,
        len: SECTOR,
    };
    assert_eq!(asked, [Asked::Grow(grown), store, Asked::Sync]);
}

#[test]
fn a_request_is_one_write() {
    let file = FakeFile::new(pattern(64 * SECTOR));
    let mut disk = file.disk(Access::ReadWrite);
    disk.write(SECTOR as u64, &[4; 40 * SECTOR])
        .expect("it can be written");
    let store = Asked::Store {
        offset: SECTOR as u64,
        len: 40 * SECTOR,
    };
    assert_eq!(file.asked(), [store]);
}

#[test]
fn after_a_flush_that_failed_no_flush_succeeds() {
    let file = FakeFile::new(pattern(SECTOR));
    let mut disk = file.disk(Access::ReadWrite);
    disk.write(0, &[1; SECTOR]).expect("it can be written");
    file.fail_syncs(1);
    let (result, log) = logged(|| disk.flush());
    result.expect_err("the host has failed");
    assert!(
        matches!(&log[..], [line] if line.starts_with("[ERROR] fake.img: flush failed: ")),
        "{log:?}"
    );
    let (result, log) = logged(|| disk.flush());
    let error = result.expect_err("the host would say that all is well");
    assert!(
        error.to_string().contains("an earlier flush has failed"),
        "{error}"
    );
    assert_eq!(log, [""; 0], "once is enough");

    file.cut_power(|_| true);
    assert_eq!(file.contents(), pattern(SECTOR), "it was lost indeed");
}

#[test]
fn a_bad_sector_fails_alone() {
    let file = FakeFile::new(pattern(8 * SECTOR));
    file.break_sector(5);
    let mut disk = file.disk(Access::ReadWrite);
    let mut out = vec![0; 8 * SECTOR];
    disk.read(0, &mut out).expect_err("a sector is bad");
    disk.read(0, &mut out[..5 * SECTOR])
        .expect("others are not");
    assert_eq!(out[..5 * SECTOR], pattern(8 * SECTOR)[..5 * SECTOR]);
    disk.write(5 * SECTOR as u64, &[0; SECTOR])
        .expect_err("it is bad");
    disk.write(6 * SECTOR as u64, &[0; SECTOR])
        .expect("others are not");
    disk.flush().expect("what could be written was written");
}

#[test]
fn a_full_host_disk_tears_no_sector() {
    let file = FakeFile::new(vec![0; 8 * SECTOR]);
    file.limit_room(3 * SECTOR as u64 + 100);
    let mut disk = file.disk(Access::ReadWrite);
    let error = disk.write(0, &[1; 8 * SECTOR]);
    assert_eq!(
        error.expect_err("it is full").kind(),
        ErrorKind::StorageFull
    );
    let sectors = file.contents();
    let sectors: Vec<&[u8]> = sectors.chunks(SECTOR).collect();
    for (index, sector) in sectors.into_iter().enumerate() {
        assert_eq!(sector, [u8::from(index < 3); SECTOR], "{index}");
    }
}

#[test]
fn a_file_that_became_shorter_fails_where_it_is_missing() {
    let dir = Dir::new("shorter");
    let bytes = pattern(4 * SECTOR + 10);
    let path = dir.file("a.img", &bytes);
    let mut disk = FileDisk::open(&path, Access::ReadWrite).expect("it is an image");
    let file = File::options().write(true).open(&path);
    let cut = file.and_then(|file| file.set_len(2 * SECTOR as u64 + 10));
    cut.expect("locks do not hinder it");

    let mut sector = [0; SECTOR];
    disk.read(SECTOR as u64, &mut sector)
        .expect("this is still there");
    assert_eq!(sector, bytes[SECTOR..2 * SECTOR]);
    for missing in 2..5 {
        let error = disk.read(missing * SECTOR as u64, &mut sector);
        let error = error.expect_err("it is gone");
        assert!(error.to_string().contains("shorter than it was"), "{error}");
    }
    // A write is as good as any: the file has the sector again.
    disk.write(3 * SECTOR as u64, &[1; SECTOR])
        .expect("it can be written");
    disk.read(3 * SECTOR as u64, &mut sector)
        .expect("it is there");
    assert_eq!(sector, [1; SECTOR]);
    assert_eq!(
        disk.size(),
        5 * SECTOR as u64,
        "the guest's disk has no other size"
    );
}

#[test]
fn what_others_appended_is_not_cut_off() {
    let dir = Dir::new("appended");
    let path = dir.file("a.img", pattern(100));
    let mut disk = FileDisk::open(&path, Access::ReadWrite).expect("it is an image");
    fs::write(&path, pattern(3 * SECTOR)).expect("locks do not hinder it");
    disk.write(0, &[1; SECTOR]).expect("it can be written");
    let mut expected = pattern(3 * SECTOR);
    expected[..SECTOR].fill(1);
    assert_eq!(fs::read(&path).expect("it is there"), expected);
}

#[test]
fn an_overlay_passes_errors_of_its_base_on_and_keeps_no_half_block() {
    let file = FakeFile::new(pattern(16 * SECTOR));
    file.break_sector(1);
    let base = file.disk(Access::ReadOnly);
    let mut disk = Overlay::new(base);
    disk.write(0, &[1; SECTOR])
        .expect_err("the rest of the block cannot be read");
    assert_eq!(disk.memory(), 0);
    let mut out = vec![0; 8 * SECTOR];
    disk.read(0, &mut out).expect_err("a sector is bad");
    disk.write(0, &[2; 8 * SECTOR])
        .expect("nothing needs to be read");
    disk.read(0, &mut out).expect("the bad sector is covered");
    assert_eq!(out, [2; 8 * SECTOR]);
    assert_eq!(disk.memory(), 4096);
}

#[test]
fn an_overlay_never_writes_its_base() {
    let file = FakeFile::new(pattern(20 * SECTOR));
    let mut disk = Overlay::new(file.disk(Access::ReadWrite));
    for offset in (0..20).step_by(3) {
        disk.write(offset * SECTOR as u64, &[9; SECTOR])
            .expect("memory");
    }
    disk.flush().expect("there is nothing to do");
    let only_loads = file
        .asked()
        .iter()
        .all(|asked| matches!(asked, Asked::Load { .. }));
    assert!(only_loads, "{:?}", file.asked());
}

#[test]
fn an_overlay_reads_what_is_untouched_in_one_go() {
    let file = FakeFile::new(pattern(64 * SECTOR));
    let mut disk = Overlay::new(file.disk(Access::ReadOnly));
    let mut out = vec![0; 64 * SECTOR];
    disk.read(0, &mut out).expect("it can be read");
    assert_eq!(out, pattern(64 * SECTOR));
    assert_eq!(file.asked().len(), 1);
}

#[test]
#[should_panic(expected = "the device has checked that")]
fn a_device_that_does_not_check_is_a_bug() {
    let mut disk = MemoryDisk::new(vec![0; SECTOR]);
    let _ = disk.read(u64::MAX - 511, &mut [0; SECTOR]);
}
