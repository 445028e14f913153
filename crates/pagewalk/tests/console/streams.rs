//! Files and pipes as the console.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::pty::{Running, pagewalk};

/// A guest that copies its input, until Ctrl-D, behind a prompt.
const COPIER: [&str; 3] = ["run", "--builtin", "cat"];

/// A file with this content, open, at its start.
fn file(name: &str, content: &[u8]) -> File {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("it can be written");
    File::open(path).expect("it is there")
}

fn piped(command: &mut Command) -> Running {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    Running::start(command.stderr(Stdio::piped()))
}

/// All that comes out.
fn all(from: &mut Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut from = from.take().expect("a pipe");
    from.read_to_end(&mut bytes).expect("it can be read");
    bytes
}

fn errors(child: &mut Child) -> String {
    String::from_utf8(all(&mut child.stderr)).expect("UTF-8")
}

#[test]
fn every_byte_passes_both_ways_at_once() {
    let mut bytes: Vec<u8> = (0..100_000_u32)
        .map(|index| ((index * 7919) >> 3) as u8)
        .collect();
    bytes.retain(|byte| *byte != 0x04);
    bytes.push(0x04);
    let mut run = piped(&mut pagewalk(COPIER));
    let mut stdin = run.child().stdin.take().expect("a pipe");
    let input = bytes.clone();
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = all(&mut run.child().stdout);
    writer.join().expect("no panic").expect("all was taken");
    assert_eq!(run.ends(), 0);
    assert!(output.starts_with(b"> "));
    assert!(output[2..] == bytes[..bytes.len() - 1]);
}

/// Instructions and output of a run with this input.
fn measure(stdin: Stdio, input: Option<&[u8]>) -> (Value, Vec<u8>) {
    let mut command = pagewalk(["run", "--stats=json", "--builtin", "cat"]);
    let command = command.stdin(stdin).stdout(Stdio::piped());
    let mut run = Running::start(command.stderr(Stdio::piped()));
    if let Some(input) = input {
        // In pieces, none of which comes too late.
        let mut stdin = run.child().stdin.take().expect("a pipe");
        for piece in input.chunks(5) {
            stdin.write_all(piece).expect("it is taken");
            thread::sleep(Duration::from_millis(7));
        }
    }
    let output = all(&mut run.child().stdout);
    assert_eq!(run.ends(), 0);
    let stats: Value = serde_json::from_str(&errors(run.child())).expect("JSON");
    (stats["instructions"].clone(), output)
}

#[test]
fn a_run_is_a_function_of_its_input_not_of_how_it_comes() {
    let input = b"one line\nand another one\x04";
    let first = measure(file("function", input).into(), None);
    assert_eq!(first.1, b"> one line\nand another one");
    for _ in 0..3 {
        assert_eq!(measure(file("function", input).into(), None), first);
        assert_eq!(measure(Stdio::piped(), Some(input)), first);
    }
}

#[test]
fn input_may_come_late() {
    let mut run = piped(pagewalk(COPIER).args(["--log", "console=info"]));
    let mut stdin = run.child().stdin.take().expect("a pipe");
    for _ in 0..2 {
        thread::sleep(Duration::from_millis(400));
        stdin.write_all(b"late").expect("it is taken");
    }
    stdin.write_all(b"\x04").expect("it is taken");
    assert_eq!(all(&mut run.child().stdout), b"> latelate");
    assert_eq!(run.ends(), 0);
    let errors = errors(run.child());
    assert_eq!(
        errors
            .matches("[info console] input came later than 100ms")
            .count(),
        1,
        "{errors}"
    );
}

#[test]
fn a_script_can_wait_for_a_prompt() {
    let mut run = piped(&mut pagewalk(COPIER));
    let mut stdin = run.child().stdin.take().expect("a pipe");
    let stdout = run.child().stdout.as_mut().expect("a pipe");
    let mut shown = [0; 2];
    stdout.read_exact(&mut shown).expect("a prompt");
    assert_eq!(&shown, b"> ");
    for question in *b"abc" {
        thread::sleep(Duration::from_millis(120));
        stdin.write_all(&[question]).expect("it is taken");
        let mut answer = [0];
        stdout.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer, [question]);
    }
    stdin.write_all(b"\x04").expect("it is taken");
    assert_eq!(run.ends(), 0);
}

#[test]
fn a_guest_that_sleeps_is_woken_by_input() {
    let mut run = piped(&mut pagewalk(["run", "--builtin", "echo"]));
    let mut stdin = run.child().stdin.take().expect("a pipe");
    thread::sleep(Duration::from_millis(300));
    stdin.write_all(b"first\n").expect("it is taken");
    thread::sleep(Duration::from_millis(300));
    stdin.write_all(b"second\n").expect("it is taken");
    let output = String::from_utf8(all(&mut run.child().stdout)).expect("UTF-8");
    assert_eq!(run.ends(), 0);
    assert!(
        output.starts_with("M-mode:\nfirst\nS-mode:\nsecond\n"),
        "{output}"
    );
}

#[test]
fn a_guest_that_sleeps_can_be_stopped() {
    let mut run = piped(&mut pagewalk(["run", "--builtin", "echo"]));
    let stdout = run.child().stdout.as_mut().expect("a pipe");
    stdout.read_exact(&mut [0; 8]).expect("a line");
    thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    run.signal(Signal::TERM);
    assert_eq!(run.ends(), 143);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn without_input_a_guest_can_wait_for_nothing() {
    for guest in ["cat", "echo"] {
        let mut command = pagewalk(["run", "--builtin", guest]);
        let command = command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut run = Running::start(command.stderr(Stdio::piped()));
        assert_eq!(run.ends(), 3);
        let errors = errors(run.child());
        assert!(errors.starts_with("pagewalk: verdict: "), "{errors}");
    }
}

#[test]
fn nothing_is_read_that_the_guest_does_not_ask_for() {
    let mut input = file("for-the-script", b"for the script");
    let mut command = pagewalk(["run", "--builtin", "hello"]);
    let command = command.stdin(input.try_clone().expect("a copy"));
    assert_eq!(Running::start(command.stdout(Stdio::null())).ends(), 0);
    assert_eq!(input.stream_position().expect("a place"), 0);

    let mut input = file("for-both", b"guest\x04script");
    let command = &mut pagewalk(COPIER);
    let command = command.stdin(input.try_clone().expect("a copy"));
    assert_eq!(Running::start(command.stdout(Stdio::null())).ends(), 0);
    let mut rest = String::new();
    input.read_to_string(&mut rest).expect("UTF-8");
    assert_eq!(rest, "script");
}

#[test]
fn ctrl_a_is_nothing_special_in_a_file() {
    let mut command = pagewalk(COPIER);
    let command = command.stdin(file("ctrl-a", b"\x01x\x01h\x04"));
    let mut run = Running::start(command.stdout(Stdio::piped()));
    assert_eq!(all(&mut run.child().stdout), b"> \x01x\x01h");
    assert_eq!(run.ends(), 0);
}

#[test]
fn a_text_ends_a_run() {
    let mut run = piped(&mut pagewalk(["run", "--until", "two", "--builtin", "cat"]));
    let mut stdin = run.child().stdin.take().expect("a pipe");
    stdin.write_all(b"one two three").expect("it is taken");
    assert_eq!(all(&mut run.child().stdout), b"> one two");
    assert_eq!(run.ends(), 0);
    assert_eq!(errors(run.child()), "");
}

#[test]
fn a_closed_stdout_ends_a_run_that_has_input() {
    let mut run = piped(&mut pagewalk(COPIER));
    drop(run.child().stdout.take());
    let mut stdin = run.child().stdin.take().expect("a pipe");
    // It may have ended before.
    let _ = stdin.write_all(b"line\n");
    assert_eq!(run.ends(), 141);
    assert_eq!(errors(run.child()), "");
}

#[test]
fn a_signal_ends_a_run_whose_output_nobody_reads() {
    let zeros = File::open("/dev/zero").expect("there is one");
    let mut command = pagewalk(COPIER);
    let command = command.stdin(zeros).stdout(Stdio::piped());
    let mut run = Running::start(command.stderr(Stdio::piped()));
    thread::sleep(Duration::from_millis(500));
    run.signal(Signal::TERM);
    assert_eq!(run.ends(), 143);
    assert!(errors(run.child()).contains("stopped by SIGTERM"));
}

#[test]
fn signals_that_were_ignored_stay_so() {
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_pagewalk");
    command.args(["-c", "trap '' HUP; exec \"$0\" run --builtin echo", program]);
    let mut run = piped(&mut command);
    let stdout = run.child().stdout.as_mut().expect("a pipe");
    stdout.read_exact(&mut [0; 8]).expect("a line");
    run.signal(Signal::HUP);
    thread::sleep(Duration::from_millis(100));
    let mut stdin = run.child().stdin.take().expect("a pipe");
    stdin.write_all(b"first\nsecond\n").expect("it is taken");
    assert_eq!(run.ends(), 0);
}
