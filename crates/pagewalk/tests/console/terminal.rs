//! Somebody sits there and types.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::ioctl_fionread;
use rustix::process::Signal;

use crate::pty::{Pty, Running, pagewalk, wait_until};

/// A guest that copies what is typed, until Ctrl-D.
fn copier() -> Command {
    pagewalk(["run", "--builtin", "cat"])
}

/// The guest has asked for input, and the user has been told.
fn await_prompt(pty: &Pty) {
    pty.shows("Ctrl-A x ends the run, Ctrl-A h for help\r\n> ");
    assert!(pty.is_raw());
}

#[test]
fn who_only_prints_leaves_the_terminal_alone() {
    let pty = Pty::new();
    let before = pty.modes();
    pty.types("for the shell\n");
    let mut run = Running::at(&pty, &mut pagewalk(["run", "--builtin", "hello"]));
    assert_eq!(run.ends(), 0);
    pty.shows("Hello from a bare-metal hart!\r\n");
    assert_eq!(pty.modes(), before);
    let mut shell = Running::start(
        Command::new("head")
            .arg("-n1")
            .stdin(pty.end())
            .stdout(Stdio::piped()),
    );
    let mut line = String::new();
    let stdout = shell.child().stdout.as_mut().expect("a pipe");
    stdout.read_to_string(&mut line).expect("UTF-8");
    assert_eq!(line, "for the shell\n");
}

#[test]
fn each_way_to_end_restores_the_terminal() {
    for (how, status, last) in [
        (End::Keys("\x04"), 0, ""),
        (End::Keys("\x01x"), 0, "pagewalk: stopped by Ctrl-A x\r\n"),
        (End::Keys("\x01x\x01x"), 0, ""),
        (
            End::Signal(Signal::INT),
            130,
            "pagewalk: stopped by Ctrl-C\r\n",
        ),
        (
            End::Signal(Signal::TERM),
            143,
            "pagewalk: stopped by SIGTERM\r\n",
        ),
        (
            End::Signal(Signal::HUP),
            129,
            "pagewalk: stopped by SIGHUP\r\n",
        ),
        (
            End::Signal(Signal::QUIT),
            131,
            "pagewalk: stopped by SIGQUIT\r\n",
        ),
        (
            End::Option("--timeout=0.5"),
            4,
            "the time limit of 500ms is over\r\n",
        ),
    ] {
        let pty = Pty::new();
        let before = pty.modes();
        let mut command = match how {
            End::Option(option) => pagewalk(["run", option, "--builtin", "cat"]),
            _ => copier(),
        };
        let mut run = Running::at(&pty, &mut command);
        if !matches!(how, End::Option(_)) {
            await_prompt(&pty);
        }
        match how {
            End::Keys(keys) => pty.types(keys),
            End::Signal(signal) => run.signal(signal),
            End::Option(_) => {}
        }
        assert_eq!(run.ends(), status, "{how:?}");
        pty.shows(last);
        assert_eq!(pty.modes(), before, "{how:?}");
    }
}

#[derive(Debug)]
enum End {
    Keys(&'static str),
    Signal(Signal),
    Option(&'static str),
}

#[test]
fn a_second_signal_ends_at_once_though_nobody_reads_the_output() {
    let pty = Pty::new();
    let before = pty.modes();
    let mut run = Running::start(
        copier()
            .stdin(pty.end())
            .stdout(Stdio::piped())
            .stderr(pty.end()),
    );
    pty.shows("Ctrl-A h for help\r\n");
    // More than the pipe holds comes back and is not read.
    for _ in 0..40 {
        pty.types([b'z'; 3000]);
    }
    let stdout = run.child().stdout.take().expect("a pipe");
    let (mut waiting, mut since) = (0, Instant::now());
    wait_until("full pipe", || {
        let now = ioctl_fionread(&stdout).expect("it is a pipe");
        if waiting != now {
            (waiting, since) = (now, Instant::now());
        }
        waiting > 0 && since.elapsed() > Duration::from_millis(500)
    });
    run.signal(Signal::TERM);
    thread::sleep(Duration::from_millis(50));
    assert!(pty.is_raw(), "it waits for a reader");
    run.signal(Signal::TERM);
    assert_eq!(run.ends(), 143);
    assert_eq!(pty.modes(), before);
    assert_eq!(pty.rest(), "", "it had no time to explain");
}

/// An option that loads a guest that counts for ever.
fn counter(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let code = [0x0012_8293_u32, 0xffdf_f06f]; // addi t0,t0,1; j .-4
    fs::write(&path, code.map(u32::to_le_bytes).concat()).expect("it can be written");
    format!("--load={}@0x80000000", path.display())
}

#[test]
fn ctrl_c_ends_a_program_that_never_asks() {
    let load = counter("ctrl-c.bin");
    let pty = Pty::new();
    // Keys are signals for those only whose terminal it is.
    let mut command = Command::new("setsid");
    let program = env!("CARGO_BIN_EXE_pagewalk");
    command.args(["--ctty", program, "run", &load]);
    let mut run = Running::at(&pty, &mut command);
    wait_until("program", || run.has_become("pagewalk"));
    // And has had time to begin.
    thread::sleep(Duration::from_millis(500));
    pty.types("\x03");
    assert_eq!(run.ends(), 130);
    pty.shows("pagewalk: stopped by Ctrl-C\r\n");
    assert!(!pty.is_raw());
}

#[test]
fn a_kernel_that_never_asks_can_be_left() {
    let load = counter("leave.bin");
    let pty = Pty::new();
    let before = pty.modes();
    let mut run = Running::at(&pty, &mut pagewalk(["boot", &load]));
    pty.shows("Ctrl-A x ends the run, Ctrl-A h for help\r\n");
    assert!(pty.is_raw());
    pty.types("\x03\x01h");
    pty.shows("Ctrl-C too.\r\n");
    pty.types("\x01x");
    assert_eq!(run.ends(), 0);
    pty.shows("pagewalk: stopped by Ctrl-A x\r\n");
    assert_eq!(pty.modes(), before);
}

#[test]
fn every_byte_reaches_the_guest_and_comes_back() {
    let pty = Pty::new();
    let mut run = Running::at(&pty, &mut copier());
    await_prompt(&pty);
    // Not those that the terminal changes on the way out, that end the guest,
    // or that are for us.
    let mut bytes: Vec<u8> = (0..=255).collect();
    bytes.retain(|byte| ![b'\n', b'\t', 0x04, 0x01].contains(byte));
    pty.types(&bytes);
    pty.shows(&bytes);
    let text = "Grüße, Jürgen ❤ 日本語 👩‍👩‍👧";
    pty.types(text);
    pty.shows(text);
    pty.types("\x01\x01");
    pty.shows("\x01");
    pty.types("\x01a");
    pty.shows("\x01");
    pty.types("\x04");
    assert_eq!(run.ends(), 0);
}

#[test]
fn enter_is_a_carriage_return() {
    let pty = Pty::new();
    let mut run = Running::at(&pty, &mut copier());
    await_prompt(&pty);
    pty.types("\r.");
    pty.shows("\r.");
    pty.types("\x04");
    assert_eq!(run.ends(), 0);
}

#[test]
fn help_is_shown_and_the_line_again() {
    let pty = Pty::new();
    let mut run = Running::at(&pty, &mut copier());
    await_prompt(&pty);
    pty.types("ab");
    pty.shows("ab");
    pty.types("\x01h");
    pty.shows("Ctrl-A x       ends the run\r\n");
    pty.shows("Ctrl-C too.\r\n> ab");
    pty.types("\x01z");
    pty.shows("no such command; Ctrl-A h for help\r\n> ab");
    pty.types("\x04");
    assert_eq!(run.ends(), 0);
}

#[test]
fn a_stop_from_outside_lends_the_terminal_to_the_shell() {
    let pty = Pty::new();
    let before = pty.modes();
    let mut run = Running::at(&pty, &mut copier());
    await_prompt(&pty);
    let raw = pty.modes();
    for _ in 0..3 {
        run.signal(Signal::TSTP);
        wait_until("stop", || run.is_stopped());
        assert_eq!(pty.modes(), before);
        run.signal(Signal::CONT);
        wait_until("raw terminal", || pty.modes() == raw);
        pty.types("on");
        pty.shows("on");
    }
    // Nobody can catch this one; the shell does what we cannot.
    run.signal(Signal::STOP);
    wait_until("stop", || run.is_stopped());
    run.signal(Signal::CONT);
    pty.types("\x04");
    assert_eq!(run.ends(), 0);
    assert_eq!(pty.modes(), before);
}

#[test]
fn input_and_output_at_different_terminals() {
    let (keys, screen) = (Pty::new(), Pty::new());
    let (keys_before, screen_before) = (keys.modes(), screen.modes());
    let mut run = Running::start(
        copier()
            .stdin(keys.end())
            .stdout(screen.end())
            .stderr(screen.end()),
    );
    await_raw(&keys);
    assert_eq!(screen.modes(), screen_before);
    keys.types("there");
    screen.shows("there");
    keys.types("\x01x");
    assert_eq!(run.ends(), 0);
    assert_eq!(keys.modes(), keys_before);
    assert_eq!(screen.modes(), screen_before);
}

fn await_raw(pty: &Pty) {
    wait_until("raw terminal", || pty.is_raw());
}

#[test]
fn a_terminal_that_goes_away_does_not_hold_the_run() {
    let pty = Pty::new();
    let mut run = Running::start(
        copier()
            .stdin(pty.end())
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    await_raw(&pty);
    drop(pty);
    run.signal(Signal::HUP);
    assert_eq!(run.ends(), 129);
}
