//! What can be a disk, what cannot, and what the user is told.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use pagewalk_devices::disk::{Access, Disk, FileDisk, Problem};

use crate::logged::logged;
use crate::support::{Dir, SECTOR, pattern};

#[track_caller]
fn refused(path: &Path, access: Access) -> (Problem, String) {
    let error = FileDisk::open(path, access).expect_err("it is no disk");
    let text = error.to_string();
    assert!(text.starts_with(&path.display().to_string()), "{text}");
    assert!(!text.contains('\n'), "{text}");
    (error.problem, text)
}

#[test]
fn a_file_that_is_missing_is_refused_and_not_made() {
    let dir = Dir::new("missing");
    let path = dir.path("no.img");
    for access in [Access::ReadOnly, Access::ReadWrite] {
        let (problem, text) = refused(&path, access);
        assert!(matches!(problem, Problem::Missing), "{problem:?}");
        assert!(text.contains("truncate -s 64M"), "{text}");
    }
    assert!(!path.exists());
}

#[test]
fn a_path_through_a_file_is_refused() {
    let dir = Dir::new("through");
    let path = dir.file("a.img", "x").join("b.img");
    let (problem, _) = refused(&path, Access::ReadWrite);
    assert!(matches!(problem, Problem::Open(_)), "{problem:?}");
}

#[test]
fn a_directory_is_refused() {
    let dir = Dir::new("directory");
    let (problem, text) = refused(&dir.path(""), Access::ReadWrite);
    assert!(matches!(problem, Problem::Directory), "{problem:?}");
    assert!(text.contains("name the disk image in it"), "{text}");
}

#[test]
fn an_empty_file_is_refused() {
    let dir = Dir::new("empty");
    let (problem, text) = refused(&dir.file("empty.img", ""), Access::ReadWrite);
    assert!(matches!(problem, Problem::Empty), "{problem:?}");
    assert!(text.contains("truncate"), "{text}");
}

#[test]
fn a_character_device_is_refused() {
    for device in ["/dev/null", "/dev/zero"] {
        let (problem, _) = refused(Path::new(device), Access::ReadWrite);
        assert!(matches!(problem, Problem::NotStorage), "{problem:?}");
    }
}

#[test]
fn a_file_that_may_not_be_written_is_refused_with_the_ways_out() {
    let dir = Dir::new("permissions");
    let path = dir.file("a.img", pattern(SECTOR));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("it is ours");
    if File::options().write(true).open(&path).is_ok() {
        eprintln!("SKIPPED: needs a user whom permissions bind (this one may do everything)");
        return;
    }
    let (problem, text) = refused(&path, Access::ReadWrite);
    assert!(matches!(problem, Problem::NotWritable(_)), "{problem:?}");
    assert!(
        text.contains("`,ro`") && text.contains("`--snapshot`"),
        "{text}"
    );
    FileDisk::open(&path, Access::ReadOnly).expect("that is the way out");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("it is ours");
    for access in [Access::ReadOnly, Access::ReadWrite] {
        let (problem, text) = refused(&path, access);
        assert!(matches!(problem, Problem::NotReadable(_)), "{problem:?}");
        assert!(!text.contains("`,ro`"), "{text}");
    }
}

#[test]
fn a_link_is_what_it_points_to() {
    let dir = Dir::new("link");
    let image = dir.file("a.img", pattern(SECTOR));
    let link = dir.path("link.img");
    std::os::unix::fs::symlink(&image, &link).expect("links can be made");
    let mut disk = FileDisk::open(&link, Access::ReadWrite).expect("it is an image");
    disk.write(0, &[7; SECTOR]).expect("it can be written");
    assert_eq!(fs::read(&image).expect("it is there"), [7; SECTOR]);
}

#[test]
fn size_and_bytes_are_those_of_the_file() {
    let dir = Dir::new("size");
    let bytes = pattern(5 * SECTOR);
    let path = dir.file("a.img", &bytes);
    let (disk, log) = logged(|| FileDisk::open(&path, Access::ReadOnly));
    assert_eq!(log, [""; 0]);
    let mut disk = disk.expect("it is an image");
    assert_eq!(disk.size(), 5 * SECTOR as u64);
    assert_eq!(disk.name(), path.display().to_string());
    let mut out = vec![0; 3 * SECTOR];
    disk.read(2 * SECTOR as u64, &mut out)
        .expect("it can be read");
    assert_eq!(out, bytes[2 * SECTOR..]);
}

#[test]
fn a_size_between_two_sectors_is_padded_with_zeros_that_can_be_written() {
    let dir = Dir::new("odd");
    for length in [1, 511, 513, 1000, 4 * SECTOR + 100] {
        let bytes = pattern(length);
        let path = dir.file("odd.img", &bytes);
        let (disk, log) = logged(|| FileDisk::open(&path, Access::ReadWrite));
        assert!(
            matches!(&log[..], [line] if line.contains("no multiple of 512")),
            "{log:?}"
        );
        let mut disk = disk.expect("it is an image");
        let size = length.next_multiple_of(SECTOR);
        assert_eq!(disk.size(), size as u64);

        let mut expected = bytes.clone();
        expected.resize(size, 0);
        let mut out = vec![0xee; size];
        disk.read(0, &mut out).expect("it can be read");
        assert_eq!(out, expected);
        if size > SECTOR {
            disk.write(0, &[3; SECTOR]).expect("it can be written");
            expected[..SECTOR].fill(3);
            let now = fs::read(&path).expect("it is there");
            assert!(
                now == expected[..length],
                "a write elsewhere does not make it longer"
            );
        }

        let last = size - SECTOR;
        disk.write(last as u64, &[9; SECTOR])
            .expect("it can be written");
        disk.flush().expect("it can be flushed");
        expected[last..].fill(9);
        disk.read(0, &mut out).expect("it can be read");
        assert_eq!(out, expected);
        assert_eq!(fs::read(&path).expect("it is there"), expected);
        assert_eq!(disk.size(), size as u64);
    }
}

#[test]
fn a_read_only_disk_is_not_written() {
    let dir = Dir::new("read-only");
    let bytes = pattern(1000);
    let path = dir.file("a.img", &bytes);
    let mut disk = FileDisk::open(&path, Access::ReadOnly).expect("it is an image");
    assert!(disk.is_read_only());
    for offset in [0, SECTOR as u64] {
        let error = disk
            .write(offset, &[1; SECTOR])
            .expect_err("it is read-only");
        assert_eq!(error.kind(), ErrorKind::ReadOnlyFilesystem);
    }
    disk.flush().expect("nothing was written");
    assert_eq!(fs::read(&path).expect("it is there"), bytes);
}

#[test]
fn other_formats_are_used_as_they_are_with_a_warning() {
    let dir = Dir::new("formats");
    for (start, says) in [
        (&b"QFI\xfb\0\0\0\x03"[..], "qemu-img convert -O raw"),
        (b"KDMV\x01\0\0\0", "VMDK"),
        (b"\x1f\x8b\x08\0", "gunzip"),
    ] {
        let mut bytes = start.to_vec();
        bytes.resize(SECTOR, 0x55);
        let path = dir.file("a.img", &bytes);
        let (disk, log) = logged(|| FileDisk::open(&path, Access::ReadWrite));
        assert!(matches!(&log[..], [line] if line.contains(says)), "{log:?}");
        let mut out = vec![0; SECTOR];
        let read = disk.expect("raw is raw").read(0, &mut out);
        read.expect("it can be read");
        assert_eq!(out, bytes);
    }
}

#[test]
fn ids_are_short_ascii() {
    let dir = Dir::new("ids");
    for (name, id) in [
        ("fs.img", "fs.img"),
        ("12345678901234567890", "12345678901234567890"),
        ("123456789012345678901", "12345678901234567890"),
        ("größe\t.img", "gr__e_.img"),
        ("äöüäöüäöüäöüäöüäöüäöüäöü", "____________________"),
    ] {
        let path = dir.file(name, pattern(SECTOR));
        let disk = FileDisk::open(&path, Access::ReadOnly).expect("it is an image");
        assert_eq!(disk.id(), id);
    }
}

#[test]
fn large_sparse_images_are_no_trouble() {
    let dir = Dir::new("sparse");
    let path = dir.path("large.img");
    let file = File::create(&path).expect("it can be made");
    let size = 1 << 42;
    if file.set_len(size).is_err() {
        eprintln!("SKIPPED: needs a file system with files of 4 TiB");
        return;
    }
    let mut disk = FileDisk::open(&path, Access::ReadWrite).expect("it is an image");
    assert_eq!(disk.size(), size);
    let last = size - SECTOR as u64;
    disk.write(last, &[5; SECTOR]).expect("it can be written");
    let mut out = [0; SECTOR];
    disk.read(last, &mut out).expect("it can be read");
    assert_eq!(out, [5; SECTOR]);
}
