//! The whole console, at pipes, files and pseudo-terminals.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::panic;
use std::thread;
use std::time::{Duration, Instant};

use pagewalk_machine::{ClockSource, Console, Input, Waited};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::{Screen, Typing};
use crate::stop::{Requests, StopReason};

/// Both ends of a pseudo-terminal: the user's, and the program's.
fn pty() -> (File, OwnedFd) {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&user).expect("it is ours");
    unlockpt(&user).expect("it is ours");
    let name = ptsname(&user, Vec::new()).expect("it has a name");
    let program = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty());
    (File::from(user), program.expect("its other end"))
}

/// All there is to know of a terminal.
fn modes(terminal: &OwnedFd) -> String {
    format!("{:?}", tcgetattr(terminal).expect("it is a terminal"))
}

fn is_raw(terminal: &OwnedFd) -> bool {
    let modes = tcgetattr(terminal).expect("it is a terminal").local_modes;
    !modes.intersects(LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHO)
}

fn null() -> OwnedFd {
    File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
        .expect("there is one")
        .into()
}

fn screen(stdin: OwnedFd, stdout: OwnedFd) -> (Screen, Requests) {
    let stop = Requests::of_nobody();
    let screen = Screen::between(
        [stdin, stdout, null()],
        Typing::Keys,
        &stop,
        ClockSource::Virtual,
    );
    (screen, stop)
}

/// The next byte that is typed or written.
fn next(screen: &mut Screen) -> Input {
    loop {
        match screen.read() {
            Input::Empty => assert_ne!(screen.wait(None), Waited::Never),
            input => return input,
        }
    }
}

#[test]
fn a_terminal_is_raw_from_the_first_question_to_the_end() {
    let (mut user, terminal) = pty();
    // Not what a fresh terminal is: it is to be just this again.
    let mut unusual = tcgetattr(&terminal).expect("it is a terminal");
    unusual.local_modes -= LocalModes::ECHOE;
    tcsetattr(&terminal, OptionalActions::Now, &unusual).expect("modes can be set");
    let before = modes(&terminal);

    let (mut screen, _) = screen(terminal.try_clone().expect("a copy"), null());
    screen.write(b"nothing is asked");
    assert_eq!(screen.wait(None), Waited::Never);
    assert_eq!(modes(&terminal), before);
    assert_eq!(screen.read(), Input::Empty);
    assert!(is_raw(&terminal));
    user.write_all(b"\x03\r").expect("it takes keys");
    assert_eq!(next(&mut screen), Input::Byte(3));
    assert_eq!(next(&mut screen), Input::Byte(b'\r'));
    screen.finish().expect("all is shown");
    assert_eq!(modes(&terminal), before);
}

#[test]
fn a_terminal_can_be_taken_before_the_first_question() {
    let (_user, terminal) = pty();
    let (screen, _) = screen(terminal.try_clone().expect("a copy"), null());
    screen.take_terminal();
    assert!(is_raw(&terminal));
}

#[test]
fn a_dropped_console_restores_the_terminal() {
    let (_user, terminal) = pty();
    let before = modes(&terminal);
    let (mut screen, _) = screen(terminal.try_clone().expect("a copy"), null());
    let machines = screen.clone();
    screen.read();
    drop(screen);
    assert!(is_raw(&terminal), "the machine still has it");
    drop(machines);
    assert_eq!(modes(&terminal), before);
}

#[test]
fn a_panic_restores_the_terminal_before_its_message() {
    let (_user, terminal) = pty();
    let before = modes(&terminal);
    let copy = terminal.try_clone().expect("a copy");
    // The console lives on: it is not its drop that restores.
    let (_screen, panicked) = thread::scope(|scope| {
        let run = scope.spawn(|| {
            let (mut screen, _) = screen(copy, null());
            screen.take_terminal();
            assert!(is_raw(&terminal));
            let panicked = panic::catch_unwind(|| panic!("part of the test"));
            screen.write(b"still here");
            assert_eq!(modes(&terminal), before);
            panicked.is_err()
        });
        ((), run.join())
    });
    assert!(panicked.expect("modes were as before"));
}

#[test]
fn ctrl_a_x_stops_though_nobody_reads() {
    let (mut user, terminal) = pty();
    let (screen, stop) = screen(terminal, null());
    screen.take_terminal();
    user.write_all(&vec![b'z'; 3000]).expect("it takes keys");
    user.write_all(b"\x01x").expect("it takes keys");
    let start = Instant::now();
    while !stop.is_raised() {
        assert!(start.elapsed() < Duration::from_secs(20), "no stop");
        thread::sleep(Duration::from_millis(1));
    }
    assert!(stop.is_urgent());
}

#[test]
fn a_terminal_that_goes_away_is_the_end() {
    let (user, terminal) = pty();
    let (mut screen, _) = screen(terminal, null());
    assert_eq!(screen.read(), Input::Empty);
    drop(user);
    assert_eq!(next(&mut screen), Input::End);
    screen.finish().expect("nothing is left to be shown");
}

#[test]
fn a_file_is_always_ready_and_left_where_the_guest_is() {
    let path = std::env::temp_dir().join(format!("pagewalk-input-{}", std::process::id()));
    fs::write(&path, "abcdef").expect("it can be written");
    let mut file = File::open(&path).expect("it is there");
    fs::remove_file(&path).expect("it is ours");
    let copy = file.try_clone().expect("a copy").into();
    let (mut screen, _) = screen(copy, null());
    for byte in *b"abc" {
        assert_eq!(screen.read(), Input::Byte(byte));
        assert!(!screen.has_input());
        assert_eq!(screen.wait(None), Waited::Never);
    }
    screen.finish().expect("all is shown");
    let mut rest = String::new();
    file.read_to_string(&mut rest).expect("it can be read");
    assert_eq!(rest, "def");
}

#[test]
fn a_file_ends() {
    let (mut screen, _) = screen(null(), null());
    assert_eq!(screen.read(), Input::End);
    assert_eq!(screen.read(), Input::End);
    assert_eq!(screen.wait(None), Waited::Never);
}

#[test]
fn a_directory_has_no_input() {
    let directory = File::open("/").expect("there is one").into();
    let (mut screen, _) = screen(directory, null());
    assert_eq!(screen.read(), Input::End);
}

#[test]
fn a_pipe_is_waited_for() {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    let (mut screen, _) = screen(reader.into(), null());
    writer.write_all(b"a").expect("there is room");
    assert_eq!(screen.read(), Input::Byte(b'a'));
    let script = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        writer.write_all(b"b").expect("there is room");
    });
    assert_eq!(screen.read(), Input::Byte(b'b'));
    script.join().expect("it has written");
    assert_eq!(screen.read(), Input::End);
}

#[test]
fn a_pipe_that_may_wait_for_us_does_not_hold_the_guest() {
    let (stdin, mut script) = io::pipe().expect("a pipe");
    let (mut listener, stdout) = io::pipe().expect("a pipe");
    let (mut screen, _) = screen(stdin.into(), stdout.into());
    let script = thread::spawn(move || {
        let mut prompt = [0; 2];
        listener.read_exact(&mut prompt).expect("a prompt");
        assert_eq!(&prompt, b"$ ");
        thread::sleep(Duration::from_millis(150));
        script.write_all(b"ls\n").expect("there is room");
    });
    assert_eq!(
        screen.read(),
        Input::Empty,
        "the script waits for the prompt"
    );
    assert!(!screen.has_input());
    // Not a whole line, and yet it gets there.
    screen.write(b"$ ");
    assert_eq!(screen.wait(None), Waited::Input);
    assert!(screen.has_input());
    for byte in *b"ls\n" {
        assert_eq!(screen.read(), Input::Byte(byte));
    }
    script.join().expect("it has got its prompt");
    assert_eq!(screen.read(), Input::End);
}

#[test]
fn the_hosts_clock_waits_for_nobody() {
    let start = Instant::now();
    // Each of them would wait for 100 ms before it loses its patience.
    for _ in 0..50 {
        let (stdin, _script) = io::pipe().expect("a pipe");
        let stop = Requests::of_nobody();
        let mut screen = Screen::between(
            [stdin.into(), null(), null()],
            Typing::Keys,
            &stop,
            ClockSource::Host,
        );
        assert_eq!(screen.read(), Input::Empty);
    }
    assert!(start.elapsed() < Duration::from_millis(4_900));
}

#[test]
fn a_full_pipe_does_not_hold_a_stop() {
    let (listener, stdout) = io::pipe().expect("a pipe");
    let (mut screen, stop) = screen(null(), stdout.into());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        stop.stop(StopReason::Timeout);
    });
    screen.write(&vec![b'x'; 1 << 20]);
    screen.finish().expect("it was to be stopped");
    drop(listener);
}

#[test]
fn output_after_the_last_text_is_not_shown() {
    let (mut listener, stdout) = io::pipe().expect("a pipe");
    let (mut screen, stop) = screen(null(), stdout.into());
    screen.stop_after(b"PASSED");
    screen.write(b"test 1 PASS");
    assert!(!stop.is_raised());
    screen.write(b"ED, test 2");
    screen.write(b" FAILED");
    assert!(stop.is_raised() && !stop.is_urgent());
    screen.finish().expect("all is shown");
    drop(screen);
    let mut text = String::new();
    // The thread for beginnings of lines keeps the pipe open for a moment.
    listener.read_to_string(&mut text).expect("it ends");
    assert_eq!(text, "test 1 PASSED");
}

#[test]
fn nobody_reads_any_more() {
    let (listener, stdout) = io::pipe().expect("a pipe");
    let (mut screen, stop) = screen(null(), stdout.into());
    drop(listener);
    screen.write(b"a line\n");
    assert!(stop.is_raised());
    let error = screen.finish().expect_err("it was not shown");
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn what_we_say_after_the_guest_begins_on_a_line_of_its_own() {
    for (until, shown) in [
        (b"done".as_slice(), "all done\r\n"),
        (b"more", "all done, it says\r\n"),
    ] {
        let (mut user, terminal) = pty();
        let (mut screen, _) = screen(null(), terminal);
        screen.stop_after(until);
        screen.write(b"all done, it says");
        screen.finish().expect("all is shown");
        let mut text = vec![0; shown.len()];
        user.read_exact(&mut text).expect("it is shown");
        assert_eq!(String::from_utf8(text).expect("UTF-8"), shown);
    }
}

#[test]
fn a_run_that_fails_still_shows_what_the_guest_has_printed() {
    let (mut listener, stdout) = io::pipe().expect("a pipe");
    let (mut screen, _) = screen(null(), stdout.into());
    screen.write(b"last words");
    drop(screen);
    let mut text = [0; 10];
    listener.read_exact(&mut text).expect("they are shown");
    assert_eq!(&text, b"last words");
}
