//! Runs that something outside of the guest ends.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::programs;
use crate::support::{Dir, Run, command, pagewalk};

#[test]
fn the_budget_is_exact() {
    let dir = Dir::new("budget");
    let program = dir.file("program", programs::spin().build());
    let program = program.to_str().expect("UTF-8");
    for (option, count) in [
        ("1", "1"),
        ("1001", "1,001"),
        ("5K", "5,000"),
        ("12_345_678", "12,345,678"),
    ] {
        pagewalk(["run", "--max-instructions", option, program])
            .exits_with(4)
            .says(&format!("the budget of {count} instructions is used up"))
            .says(&format!("in M-mode, after {count} instructions; next: "));
    }
}

#[test]
fn all_harts_share_the_budget() {
    let dir = Dir::new("budget-harts");
    let program = dir.file("program", programs::spin().build());
    let program = program.to_str().expect("UTF-8");
    let run = pagewalk(["run", "--harts", "3", "--max-instructions", "5000", program]);
    run.exits_with(4)
        .says("hart 0 at 0x80000000 <_start> in M-mode, after 2,000 instructions")
        .says("hart 1 at 0x80000000 <_start> in M-mode, after 2,000 instructions")
        .says("hart 2 at 0x80000000 <_start> in M-mode, after 1,000 instructions");
}

#[test]
fn the_time_limit_ends_a_run() {
    let dir = Dir::new("timeout");
    let program = dir.file("program", programs::spin().build());
    let program = program.to_str().expect("UTF-8");
    let start = Instant::now();
    pagewalk(["run", "--timeout", "0.1", program])
        .exits_with(4)
        .says("stopped: the time limit of 100ms is over")
        .says("hart 0 at 0x8000000");
    assert!(start.elapsed() >= Duration::from_millis(100));
}

#[test]
fn signals_end_a_run_with_a_word_on_where_it_is() {
    let dir = Dir::new("signal");
    let program = dir.file("program", programs::chatter().build());
    for (signal, status, word) in [("-INT", 130, "Ctrl-C"), ("-TERM", 143, "SIGTERM")] {
        let mut child = command()
            .arg("run")
            .arg(&program)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdout = child.stdout.take().expect("a pipe");
        // The guest prints: the signal handler has been there for a while.
        stdout
            .read_exact(&mut [0; 10])
            .expect("output of the guest");
        let drain = thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let id = child.id().to_string();
        let killed = Command::new("kill").args([signal, &id]).status();
        assert!(killed.expect("there is kill").success());
        let run: Run = child.wait_with_output().expect("it ends").into();
        drain.join().expect("no panic").expect("all was read");
        run.exits_with(status)
            .says(&format!("pagewalk: stopped by {word}"))
            .says("hart 0 at 0x800000")
            .says("<_start+0x")
            .says("in M-mode, after ");
    }
}

#[test]
fn a_closed_stdout_ends_the_run_quietly() {
    let dir = Dir::new("closed-stdout");
    let program = dir.file("program", programs::chatter().build());
    let mut child = command()
        .arg("run")
        .arg(&program)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout
        .read_exact(&mut [0; 10])
        .expect("output of the guest");
    drop(stdout);
    let run: Run = child.wait_with_output().expect("it ends").into();
    run.exits_with(141).says_nothing();
}
