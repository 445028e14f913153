//! Disk images: which are taken, who else may use them, and what a guest leaves
//! on them.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Dir, Run, command, pagewalk};

const SECTOR: usize = 512;

/// Bytes of an image.
const SIZE: usize = 256 * SECTOR;

/// A guest that fills every disk, or finds that it cannot.
const DRIVER: &str = "virtio-drivers";

/// Runs the guest with these drives, and what else is asked for.
#[track_caller]
fn drive(options: &[&str], drives: &[String]) -> Run {
    let drives = drives.iter().flat_map(|drive| ["--drive", drive]);
    let arguments = ["run"].into_iter().chain(options.iter().copied());
    pagewalk(arguments.chain(drives).chain(["--builtin", DRIVER]))
}

fn value(image: &Path, options: &str) -> String {
    format!("{}{options}", image.display())
}

fn untouched() -> Vec<u8> {
    (0..SIZE).map(|i| (i % 251) as u8).collect()
}

#[track_caller]
fn contents(image: &Path) -> Vec<u8> {
    fs::read(image).expect("the image is there")
}

#[test]
fn a_guest_writes_to_its_drive() {
    let dir = Dir::new("drive-written");
    let image = dir.file("a.img", untouched());
    let run = drive(&[], &[value(&image, "")]);
    run.exits_with(0)
        .prints("slot 0: modern, 256 sectors, id `a.img`")
        .prints("slot 0 passed");
    assert_eq!(contents(&image)[..2 * SECTOR], [0x55; 2 * SECTOR]);
    assert_eq!(contents(&image).len(), SIZE);
}

#[test]
fn a_read_only_drive_is_not_written() {
    let dir = Dir::new("drive-read-only");
    let image = dir.file("a.img", untouched());
    let run = drive(&["--virtio", "legacy"], &[value(&image, ",ro")]);
    run.exits_with(0)
        .prints("slot 0: legacy, 256 sectors, id `a.img`, read-only")
        .prints("slot 0 passed")
        .says("sector 0 cannot be written on a read-only disk");
    assert!(contents(&image) == untouched());
}

#[test]
fn a_snapshot_forgets_what_the_guest_wrote() {
    let dir = Dir::new("drive-snapshot");
    let image = dir.file("a.img", untouched());
    let run = drive(&["--snapshot"], &[value(&image, "")]);
    run.exits_with(0)
        .prints("256 sectors, id `a.img`\n")
        .prints("slot 0 passed");
    assert!(contents(&image) == untouched());
}

#[test]
fn drives_go_to_slots_in_their_order() {
    let dir = Dir::new("drive-order");
    let images: Vec<String> = (0..8)
        .map(|n| value(&dir.file(&format!("a,{n}.img"), untouched()), "").replace(',', ",,"))
        .collect();
    let run = drive(&[], &images);
    run.exits_with(0).prints("disks: 8");
    for n in 0..8 {
        run.prints(&format!("slot {n}: modern, 256 sectors, id `a,{n}.img`"));
    }
}

#[test]
fn an_image_that_ends_within_a_sector_is_padded_with_a_warning() {
    let dir = Dir::new("drive-odd");
    let image = dir.file("a.img", &untouched()[..SIZE - 100]);
    let run = drive(&[], &[value(&image, "")]);
    run.exits_with(0)
        .prints("256 sectors")
        .prints("slot 0 passed")
        .says("a.img: its size of 130972 bytes is no multiple of 512");
    assert_eq!(contents(&image).len(), SIZE);
}

#[test]
fn what_is_no_image_is_refused_before_anything_runs() {
    let dir = Dir::new("drive-bad");
    let image = dir.file("a.img", untouched());
    let empty = dir.file("empty.img", "");
    let nine = vec![value(&image, ",ro"); 9];
    for (drives, problem) in [
        (
            vec![value(&dir.path().join("no.img"), "")],
            "no.img: no such file",
        ),
        (vec![value(dir.path(), "")], "drive-bad: is a directory"),
        (vec![value(&empty, ",ro")], "empty.img: is empty"),
        (
            vec!["/dev/null".to_owned()],
            "/dev/null: is neither a file nor a block device",
        ),
        (
            vec![value(&image, ",rw")],
            "`rw` is no option of a drive; there is `ro`",
        ),
        (
            vec![value(&image, ""), value(&image, "")],
            "a.img: is given twice",
        ),
        (nine, "room for 8 drives, not 9"),
    ] {
        let run = drive(&[], &drives);
        run.exits_with(2).says(problem);
        assert_eq!(run.stdout, "", "{problem}");
    }
    assert!(contents(&image) == untouched());
}

#[test]
fn an_image_that_others_only_read_can_be_read() {
    let dir = Dir::new("drive-shared");
    let image = dir.file("a.img", untouched());
    let reader = File::open(&image).expect("the image is there");
    reader.lock_shared().expect("nobody has it");
    drive(&[], &[value(&image, "")])
        .exits_with(2)
        .says("a.img: is in use: another process")
        .says("or read it as well (`,ro` or `--snapshot`)");
    drive(&[], &[value(&image, ",ro")]).exits_with(0);
    drive(&["--snapshot"], &[value(&image, "")]).exits_with(0);
    assert!(contents(&image) == untouched());
}

#[test]
fn the_second_run_with_an_image_is_refused_until_the_first_has_ended() {
    let dir = Dir::new("drive-in-use");
    let image = dir.file("a.img", untouched());
    let mut first = command()
        .args(["run", "--drive", &value(&image, ""), "--builtin", "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    // Its guest greets, so its drives are open.
    let mut input = first.stdin.take().expect("it is a pipe");
    let mut output = first.stdout.take().expect("it is a pipe");
    let mut greeting = [0; 2];
    output.read_exact(&mut greeting).expect("it greets");
    assert_eq!(&greeting, b"> ");

    for (option, of_drive) in [(&[][..], ""), (&[], ",ro"), (&["--snapshot"], "")] {
        let run = drive(option, &[value(&image, of_drive)]);
        run.exits_with(2).says("a.img: is in use: another process");
        assert_eq!(run.stdout, "");
    }
    input.write_all(b"\x04").expect("it listens");
    let status = first.wait().expect("it ends");
    assert!(status.success(), "{status}");
    assert!(contents(&image) == untouched());
    drive(&[], &[value(&image, "")]).exits_with(0);
}

/// To a limit of its process, a file reacts as to a full disk.
#[test]
fn a_full_host_disk_is_an_error_for_the_guest_and_a_line_in_the_log() {
    let dir = Dir::new("drive-full");
    let image = dir.file("a.img", untouched());
    let pagewalk = command();
    // Blocks of 512 bytes; the signal would end the process.
    let script = r#"trap "" XFSZ; ulimit -f 64 && exec "$0" "$@""#;
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(pagewalk.get_program())
        .args(["run", "--drive", &value(&image, ""), "--builtin", DRIVER])
        .env_remove("RUST_LOG")
        .output()
        .expect("there is a shell");
    let run = Run::from(output);
    run.exits_with(1)
        .prints("slot 0 failed: Driver(\"write\", IoError)")
        .says("a.img: write at sector ")
        .says("File too large");
    let end = &contents(&image)[64 * SECTOR..];
    assert!(
        *end == untouched()[64 * SECTOR..],
        "nothing is written behind the limit"
    );
}
