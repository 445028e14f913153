//! What cannot be run, or not like that.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::{Dir, pagewalk};
use crate::{program, set_mode};

#[test]
fn options_of_processes_mean_nothing_to_a_bare_program() {
    for option in [
        ["--frames", "64"],
        ["--swap", "1M"],
        ["--fork", "copy"],
        ["--env", "A=1"],
    ] {
        pagewalk(["run"].iter().chain(&option).chain(&["--builtin", "hello"]))
            .exits_with(2)
            .says(&format!(
                "{} is for programs that run as processes, and hello runs",
                option[0]
            ));
    }
    pagewalk(["run", "--builtin", "hello", "x"])
        .exits_with(2)
        .says("`x` would be an argument for hello, but a bare-metal program takes none");
}

#[test]
fn options_of_the_board_mean_nothing_to_a_process() {
    for option in [
        ["--load", "x@0x80000000"],
        ["--entry", "0x80000000"],
        ["--drive", "x.img"],
    ] {
        pagewalk(
            ["run"]
                .iter()
                .chain(&option)
                .chain(&["--builtin", "hello-process"]),
        )
        .exits_with(2)
        .says(&format!(
            "{} is for the board, and this program runs as a process",
            option[0]
        ));
    }
}

#[test]
fn there_is_a_least_number_of_frames() {
    pagewalk(["run", "--frames", "7", "--builtin", "hello-process"])
        .exits_with(2)
        .says("it must be at least 8: one instruction can need 4 pages at once");
    let run = pagewalk(["run", "--frames", "1000000", "--builtin", "hello-process"]);
    run.exits_with(125)
        .says("not enough memory: there is room for");
}

#[test]
fn roots_that_are_none() {
    let dir = Dir::new("process-no-root");
    let none = dir.path().join("none");
    let text = dir.file("text", "no archive at all\n".repeat(100));
    let short = dir.file("short", "x");
    let packed = dir.file("packed", [&b"\x1f\x8b\x08"[..], &[0; 600]].concat());
    for (path, expected) in [
        (&none, "no such directory or tar archive"),
        (&text, "is neither a directory nor a tar archive"),
        (&short, "is neither a directory nor a tar archive"),
        (&packed, "is a compressed archive"),
    ] {
        let path = path.to_str().expect("UTF-8");
        pagewalk(["run", "--root", path, "--builtin", "hello-process"])
            .exits_with(2)
            .says(path)
            .says(expected);
    }
}

#[test]
fn a_program_that_is_cut_off_is_refused() {
    let dir = Dir::new("process-cut");
    let file = program(&dir, "hello-process");
    let whole = fs::read(&file).expect("it is there");
    for len in [0, 10, 63, 64, 100, 4000] {
        fs::write(&file, &whole[..len]).expect("it can be written");
        let run = pagewalk(["run".as_ref(), file.as_os_str()]);
        run.exits_with(2).says("hello-process: ");
    }
}

#[test]
fn only_processes_run_beside_a_process() {
    let dir = Dir::new("process-also-bare");
    let bare = program(&dir, "hello");
    let bare = bare.to_str().expect("UTF-8");
    pagewalk(["run", "--also", bare, "--builtin", "hello-process"])
        .exits_with(2)
        .says("--also starts processes, and this runs as a bare-metal program");
    pagewalk(["run", "--also", "no/such", "--builtin", "hello-process"])
        .exits_with(2)
        .says("no/such: no such file");
}

#[test]
fn roots_with_odd_things_in_them() {
    let dir = Dir::new("process-odd-root");
    let file = program(&dir, "root/bin/hello-process");
    let root = dir.path().join("root");
    set_mode(&file, 0o644);
    pagewalk([
        "run".as_ref(),
        "--root".as_ref(),
        root.as_os_str(),
        "hello-process".as_ref(),
    ])
    .exits_with(126)
    .says("/bin/hello-process: permission denied: it is no file that may be executed (chmod +x)");
    set_mode(&file, 0o755);
    for (target, name) in [("nowhere", "dangling"), ("ring", "ring"), ("/", "up")] {
        symlink(target, root.join(name)).expect("links can be made");
    }
    let odd = OsStr::from_bytes(b"odd \n\xff%");
    fs::write(root.join(odd), "x").expect("it can be written");
    fs::write(root.join("long".repeat(50)), "x").expect("it can be written");
    let made = Command::new("mkfifo").arg(root.join("fifo")).status();
    assert!(made.expect("there is mkfifo").success());
    let run = |place: &Path| {
        let place = place.to_str().expect("UTF-8");
        pagewalk(["run", "--root", place, "hello-process"])
    };
    run(&root).exits_with(0).says(&format!(
        "note: {} is a named pipe, and left out of the root\n",
        root.join("fifo").display()
    ));
    let tar = dir.path().join("root.tar");
    let made = Command::new("tar")
        .args(["--format=gnu", "-cf"])
        .arg(&tar)
        .args(["-C".as_ref(), root.as_os_str(), ".".as_ref()])
        .status();
    assert!(made.expect("there is tar").success());
    run(&tar).exits_with(0).says_nothing();
    // And cut off, at places that mean different things.
    let whole = fs::read(&tar).expect("it is there");
    let size = fs::metadata(file).expect("it is there").len() as usize;
    for len in [700, size / 2, size, size + 1536] {
        fs::write(&tar, &whole[..len]).expect("it can be written");
        let cut = run(&tar);
        cut.exits_with(2)
            .says("root.tar: is cut off: its last file is not all there");
        assert_eq!(cut.stdout, "");
    }
}
