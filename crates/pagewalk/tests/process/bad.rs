//! What cannot be run, or not like that.

use std::fs;

use crate::program;
use crate::support::{Dir, pagewalk};

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
