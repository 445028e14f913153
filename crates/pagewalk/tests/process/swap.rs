//! The swap disk when the host does not play along, and what is left of it after a run.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{Dir, Run, command};

/// Who runs in an empty directory, which is also where temporary files would go.
fn command_in(dir: &Path) -> Command {
    let mut command = command();
    command.current_dir(dir).env("TMPDIR", dir).arg("run");
    command
}

/// Runs under a limit for the size of files, in blocks of 512 bytes. `trap` is what the
/// shell does with the signal for it.
fn run_limited(dir: &Path, trap: &str, blocks: u32, arguments: &[&str]) -> Run {
    let script = format!("{trap} ulimit -f {blocks}; exec \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_pagewalk"), "run"]);
    let output = shell.args(arguments).current_dir(dir).output();
    output.expect("it starts").into()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("it is there");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("a name").file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn places_that_are_no_swap_disk() {
    let dir = Dir::new("swap-places");
    fs::create_dir(dir.path().join("folder")).expect("it can be made");
    dir.file("file", "text");
    dir.file("empty", "");
    symlink("nowhere/at/all", dir.path().join("dangling")).expect("links can be made");
    let before = names(dir.path());
    for (swap, expected) in [
        (
            "folder",
            "folder: is a directory; name the disk image in it",
        ),
        (
            "folder,64K",
            "folder: is a directory; name the disk image in it",
        ),
        ("file/in,64K", "file/in: "),
        ("empty", "empty: "),
        (
            "file",
            "file: is too small for a swap disk, which needs 4096 bytes",
        ),
        ("/dev/null", "/dev/null: is neither a file nor a block"),
        (
            "dangling,64K",
            "cannot create the swap file dangling: File exists",
        ),
        (
            "folder/none/x,64K",
            "cannot create the swap file folder/none/x",
        ),
        ("/proc/swap,64K", "cannot create the swap file /proc/swap"),
    ] {
        let mut command = command_in(dir.path());
        command.args(["--swap", swap, "--builtin", "hello-process"]);
        let run: Run = command.output().expect("it starts").into();
        run.exits_with(2).says(expected);
        assert_eq!(run.stdout, "", "{swap}: nothing has run");
        assert_eq!(names(dir.path()), before, "{swap}: nothing is left behind");
    }
}

#[test]
fn a_host_without_room_creates_no_half_of_a_file() {
    let dir = Dir::new("swap-no-room");
    for trap in ["", "trap '' XFSZ;"] {
        let arguments = ["--swap", "new,4M", "--builtin", "hello-process"];
        run_limited(dir.path(), trap, 16, &arguments)
            .exits_with(2)
            .says("cannot create the swap file new with 4194304 bytes: File too large");
        assert_eq!(names(dir.path()), [""; 0], "{trap}");
    }
}

/// A sparse file looks as if there were room, and there is none when pages are written.
#[test]
fn a_host_that_is_full_while_pages_are_swapped_is_told() {
    let dir = Dir::new("swap-full");
    let file = File::create(dir.path().join("sparse")).expect("it can be made");
    file.set_len(4 << 20).expect("it can be long");
    drop(file);
    for trap in ["", "trap '' XFSZ;"] {
        let arguments = ["--frames", "64", "--swap", "sparse"];
        let program = ["--builtin", "swap-thrash"];
        let run = run_limited(dir.path(), trap, 256, &[&arguments[..], &program].concat());
        run.exits_with(137)
            .says("sparse: write at sector 256: File too large")
            .says("out of memory: killed process 1 (swap-thrash), which has ")
            .says("pages that were to be swapped out could not be written: ");
        assert!(!run.stdout.contains("hold what I wrote"), "{run:#?}");
    }
    // With enough for the program it does not matter that some pages do not go out.
    let arguments = ["--frames", "512", "--swap", "sparse"];
    let program = ["--builtin", "swap-thrash", "2240"];
    let run = run_limited(dir.path(), "", 1024, &[&arguments[..], &program].concat());
    run.exits_with(0)
        .prints("All 560 pages hold what I wrote to them last.");
}

/// Begins to run, and has printed something.
fn start(dir: &Path, arguments: &[&str]) -> Child {
    let mut command = command_in(dir);
    command.args(arguments);
    command.args(["--builtin", "lines", "computes"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child = command.stderr(Stdio::piped()).spawn();
    let mut child = child.expect("it starts");
    let stdout = child.stdout.as_mut().expect("a pipe");
    stdout.read_exact(&mut [0; 10]).expect("it says something");
    child
}

fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.expect("there is kill").success());
}

fn end(child: Child) -> Run {
    child.wait_with_output().expect("it ends").into()
}

#[test]
fn signals_leave_only_the_swap_file_that_was_named() {
    let dir = Dir::new("swap-signals");
    for (number, status, words) in [
        ("-INT", 130, "stopped by Ctrl-C"),
        ("-TERM", 143, "stopped by SIGTERM"),
        ("-HUP", 129, "stopped by SIGHUP"),
    ] {
        let child = start(dir.path(), &["--swap", "1M"]);
        assert_eq!(names(dir.path()), [""; 0], "it is memory");
        signal(&child, number);
        end(child).exits_with(status).says(words);
        assert_eq!(names(dir.path()), [""; 0], "{number}");
    }
    let child = start(dir.path(), &["--swap", "mine,64K"]);
    let mut second = command_in(dir.path());
    second.args(["--swap", "mine", "--builtin", "hello-process"]);
    Run::from(second.output().expect("it starts"))
        .exits_with(2)
        .says("mine: is in use");
    signal(&child, "-INT");
    end(child).exits_with(130);
    assert_eq!(names(dir.path()), ["mine"]);
    let output = second.output().expect("it starts");
    Run::from(output).exits_with(0);
    let len = fs::metadata(dir.path().join("mine")).expect("it is there");
    assert_eq!(len.len(), 64 << 10);
}

#[test]
fn endings_of_all_kinds_leave_nothing() {
    let dir = Dir::new("swap-endings");
    for (arguments, status) in [
        (&["--builtin", "segv-unmapped"][..], 139),
        (&["--expect", "segv==7", "--builtin", "hello-process"], 1),
        (&["--max-instructions", "1M", "--builtin", "swap-thrash"], 4),
        (
            &["--append", "nonsense=1", "--builtin", "hello-process"],
            125,
        ),
        (&["--frames", "9M", "--builtin", "hello-process"], 2),
        (&["no-such-program"], 2),
    ] {
        let mut command = command_in(dir.path());
        let output = command.args(["--swap", "1M"]).args(arguments).output();
        Run::from(output.expect("it starts")).exits_with(status);
        assert_eq!(names(dir.path()), [""; 0], "{arguments:?}");
    }
}

#[test]
fn nobody_reads_what_a_process_that_swaps_prints() {
    let dir = Dir::new("swap-closed");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = command_in(dir.path());
    command.args(["--frames", "64", "--swap", "8M", "--builtin", "swap-thrash"]);
    let status = command.stdout(writer).status().expect("it starts");
    assert_eq!(status.code(), Some(141));
    assert_eq!(names(dir.path()), [""; 0]);
}
