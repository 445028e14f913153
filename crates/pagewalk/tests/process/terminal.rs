//! Processes at a terminal: somebody types, and the kernel's terminal does with it what
//! Linux's would.

use std::process::{Command, Stdio};

use rustix::process::Signal;
use rustix::termios::Winsize;

use crate::program;
use crate::pty::{Pty, Running, wait_until};
use crate::support::{Dir, command};

/// `lines` with an argument.
fn lines(dir: &Dir, how: &str) -> Command {
    let mut command = command();
    command.arg("run").arg(program(dir, "lines")).arg(how);
    command
}

fn size(rows: u16, columns: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

#[test]
fn lines_are_shown_and_edited_by_the_guest() {
    let dir = Dir::new("terminal-lines");
    let pty = Pty::new();
    let before = pty.modes();
    pty.resize(size(30, 100));
    let mut run = Running::at(&pty, &mut lines(&dir, ""));
    pty.shows("Terminals: [true, true, true].\r\n30 rows, 100 columns.\r\n");
    assert!(pty.is_raw());
    pty.types("helko\x7f\x7flo\r");
    pty.shows("helko\x08 \x08\x08 \x08lo\r\nRead hello\\n after 0 interrupts.\r\n");
    pty.types("one é\x7f\x7fé two\x17\n");
    pty.shows("Read one\\xc3\\xa9 \\n after");
    pty.types("ab\x04\x04");
    pty.shows("Read ab after 0 interrupts.\r\nEnd of file.\r\n");
    pty.types("on\n\x04");
    pty.shows("Read on\\n after 0 interrupts.\r\nEnd of file.\r\n");
    assert_eq!(run.ends(), 0);
    assert_eq!(pty.modes(), before);
    assert_eq!(pty.rest(), "", "nothing more is said");
}

#[test]
fn ctrl_c_ends_a_process_that_reads_and_one_that_does_not() {
    let dir = Dir::new("terminal-interrupt");
    for (how, last) in [("", "columns.\r\n"), ("computes", "I compute.\r\n")] {
        for (key, shown, status) in [("\x03", "^C\r\n", 130), ("\x1c", "^\\\r\n", 131)] {
            let pty = Pty::new();
            let before = pty.modes();
            let mut run = Running::at(&pty, &mut lines(&dir, how));
            pty.shows(last);
            pty.types(["typed ahead\n", key].concat());
            assert_eq!(run.ends(), status, "{how}");
            pty.shows(shown);
            assert_eq!(pty.rest(), "", "{how}");
            assert_eq!(pty.modes(), before);
        }
    }
}

#[test]
fn a_handler_ends_a_read_or_does_not() {
    let dir = Dir::new("terminal-handler");
    let pty = Pty::new();
    let mut run = Running::at(&pty, &mut lines(&dir, "interrupts"));
    pty.shows("columns.\r\n");
    pty.types("lost\x03");
    pty.shows("lost^C1 interrupts, 0 resizes: ");
    pty.types("\x1akept\n");
    pty.shows("Read kept\\n after 1 interrupts.\r\n");
    pty.resize(size(50, 132));
    run.signal(Signal::WINCH);
    pty.shows("1 interrupts, 1 resizes: 50 rows, 132 columns.\r\n");
    pty.types("\x04\x04");
    assert_eq!(run.ends(), 0);
    let pty = Pty::new();
    let mut run = Running::at(&pty, &mut lines(&dir, "restarts"));
    pty.shows("columns.\r\n");
    pty.types("\x03");
    pty.shows("^C");
    pty.types("ab\n");
    pty.shows("ab\r\nRead ab\\n after 1 interrupts.\r\n");
    pty.types("\x03");
    // Who presses it twice may look for a way out.
    pty.shows("Ctrl-A x ends the run, Ctrl-A h for help\r\n");
    pty.types("\x04\x04");
    assert_eq!(run.ends(), 0);
}

#[test]
fn a_program_may_want_keys() {
    let dir = Dir::new("terminal-keys");
    let pty = Pty::new();
    let before = pty.modes();
    let mut run = Running::at(&pty, &mut lines(&dir, "keys"));
    // Without output processing a line feed goes down and nowhere else.
    pty.shows("Keys, please.\r\n");
    for (keys, got) in [
        ("\x03", "\\x03"),
        ("\x04", "\\x04"),
        ("\x7f", "\\x7f"),
        ("é", "\\xc3\\xa9"),
        ("\x01\x01", "\\x01"),
        ("\x1b[A", "\\x1b[A"),
        ("\r", "\\n"),
    ] {
        pty.types(keys);
        pty.shows(format!("Got {got}\r\n"));
    }
    pty.types("q");
    pty.shows("Got q\r\nDone.\r\n");
    assert_eq!(run.ends(), 0);
    assert_eq!((pty.rest(), pty.modes()), (String::new(), before));
}

#[test]
fn a_read_of_keys_may_lose_patience() {
    let dir = Dir::new("terminal-patience");
    let pty = Pty::new();
    let mut run = Running::at(&pty, &mut lines(&dir, "pairs"));
    pty.shows("Keys, please.\r\n");
    pty.types("a");
    pty.shows("Got a\r\n");
    pty.types("bq");
    pty.shows("Got bq\r\n");
    assert_eq!(run.ends(), 0);
}

#[test]
fn each_stream_tells_whether_it_is_a_terminal() {
    let dir = Dir::new("terminal-streams");
    let pty = Pty::new();
    let mut command = lines(&dir, "");
    command.stdin(pty.end()).stdout(Stdio::piped());
    let child = command.stderr(pty.end()).spawn().expect("it starts");
    wait_until("raw terminal", || pty.is_raw());
    pty.types("typed\n");
    pty.shows("typed\r\n");
    pty.types("\x04\x04");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        text.starts_with("Terminals: [true, false, true].\n"),
        "{text}"
    );
    assert!(
        text.contains("Read typed\\n after 0 interrupts.\n"),
        "{text}"
    );
    assert!(!text.contains("\ntyped"), "the echo is no output: {text}");
    assert_eq!(pty.rest(), "");

    let pty = Pty::new();
    let before = pty.modes();
    let mut command = lines(&dir, "");
    let command = command.stdin(Stdio::null()).stdout(pty.end());
    let mut run = Running::start(command.stderr(Stdio::null()));
    pty.shows("Terminals: [false, true, false].\r\nEnd of file.\r\n");
    assert_eq!(run.ends(), 0);
    assert_eq!(pty.modes(), before);
}

#[test]
fn the_ways_out_are_those_of_every_run() {
    let dir = Dir::new("terminal-out");
    for how in ["computes", "keys"] {
        for (signal, status, said) in [
            (None, 0, "pagewalk: stopped by Ctrl-A x\r\n"),
            (Some(Signal::INT), 130, "pagewalk: stopped by Ctrl-C\r\n"),
            (Some(Signal::TERM), 143, "pagewalk: stopped by SIGTERM\r\n"),
        ] {
            let pty = Pty::new();
            let before = pty.modes();
            let mut run = Running::at(&pty, &mut lines(&dir, how));
            pty.shows("Terminals:");
            pty.types("\x01h");
            // The terminal is bare: whoever prints goes to the left edge, too.
            pty.shows("Ctrl-A x       ends the run\r\nCtrl-A h       shows this help\r\n");
            match signal {
                Some(signal) => run.signal(signal),
                None => pty.types("\x01x"),
            }
            assert_eq!(run.ends(), status, "{how} {signal:?}");
            pty.shows(said);
            assert_eq!(pty.modes(), before);
        }
    }
}

#[test]
fn a_report_of_the_kernel_begins_at_the_left_edge() {
    let pty = Pty::new();
    let mut command = command();
    command.args(["run", "--builtin", "null-deref"]);
    let mut run = Running::at(&pty, &mut command);
    assert_eq!(run.ends(), 139);
    pty.shows("segmentation fault");
    let rest = pty.rest();
    let bare = rest.matches('\n').count() - rest.matches("\r\n").count();
    assert_eq!(bare, 0, "{rest:?}");
}

#[test]
fn a_wait_takes_its_time() {
    let dir = Dir::new("terminal-wait");
    let start = std::time::Instant::now();
    let pty = Pty::new();
    let mut run = Running::at(&pty, &mut lines(&dir, "sleeps"));
    pty.shows("I sleep.\r\n");
    assert_eq!(run.ends(), 0);
    assert!(start.elapsed() >= std::time::Duration::from_millis(500));
    // A long one can be interrupted.
    let pty = Pty::new();
    let mut run = Running::at(&pty, lines(&dir, "sleeps").arg("3600"));
    pty.shows("I sleep.\r\n");
    pty.types("\x03");
    assert_eq!(run.ends(), 130);
}
