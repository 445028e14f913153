mod model;

use alloc::string::String;
use alloc::vec::Vec;

use pagewalk_guest_abi::signal::{SIGINT, SIGQUIT, SIGTSTP};
use pagewalk_guest_abi::terminal::*;

use super::{ROOM, Settings, Tty};

/// A terminal with changed settings.
fn with(change: impl FnOnce(&mut Settings)) -> Tty {
    let mut tty = Tty::default();
    let mut settings = tty.settings().clone();
    change(&mut settings);
    tty.set(settings);
    tty
}

fn raw(least: u8, tenths: u8) -> Tty {
    with(|settings| {
        settings.local &= !(ICANON | ECHO | ISIG);
        settings.characters[VMIN] = least;
        settings.characters[VTIME] = tenths;
    })
}

/// Types; the signals that come of it.
fn types(tty: &mut Tty, keys: impl AsRef<[u8]>) -> Vec<u32> {
    let bytes = keys.as_ref().iter();
    bytes.filter_map(|byte| tty.receive(*byte)).collect()
}

/// What one read gets; `None` if it has to wait.
fn read(tty: &mut Tty, len: usize) -> Option<String> {
    let count = tty.readable(len)?;
    let mut bytes = alloc::vec![0; count];
    assert_eq!(tty.take(&mut bytes), count, "as promised");
    Some(String::from_utf8(bytes).expect("text"))
}

fn echo(tty: &mut Tty) -> String {
    String::from_utf8(tty.take_echo()).expect("text")
}

#[test]
fn a_line_is_read_when_it_is_complete() {
    let mut tty = Tty::default();
    types(&mut tty, "ab");
    assert_eq!(read(&mut tty, 10), None);
    types(&mut tty, "c\rnext\n");
    assert_eq!(read(&mut tty, 2).as_deref(), Some("ab"));
    assert_eq!(read(&mut tty, 10).as_deref(), Some("c\n"));
    assert_eq!(read(&mut tty, 10).as_deref(), Some("next\n"));
    assert_eq!(read(&mut tty, 10), None);
    assert_eq!(echo(&mut tty), "abc\r\nnext\r\n");
}

#[test]
fn a_line_can_be_edited_until_then() {
    for (keys, line, shown) in [
        ("ab\x7fc\n", "ac\n", "ab\x08 \x08c\r\n"),
        ("ab\x08\x7f\x7fc\n", "c\n", "ab\x08 \x08\x08 \x08c\r\n"),
        ("aé\x7f\x7fb\n", "b\n", "aé\x08 \x08\x08 \x08b\r\n"),
        ("a\x01\x7f\n", "a\n", "a^A\x08 \x08\x08 \x08\r\n"),
        ("a\t\x7fb\n", "ab\n", "a\t\x08\x08\x08\x08\x08\x08\x08b\r\n"),
        ("ab\x15c\n", "c\n", "ab\x08 \x08\x08 \x08c\r\n"),
        (
            "a b, \x17c\n",
            "a c\n",
            "a b, \x08 \x08\x08 \x08\x08 \x08c\r\n",
        ),
        ("a\x16\x7f\x16\x03\n", "a\x7f\x03\n", "a^\x08^?^\x08^C\r\n"),
        ("ab\x12\n", "ab\n", "ab^R\r\nab\r\n"),
        ("\x7f\x15\x17\n", "\n", "\r\n"),
    ] {
        let mut tty = Tty::default();
        assert_eq!(types(&mut tty, keys), []);
        assert_eq!(read(&mut tty, 99).as_deref(), Some(line), "{keys:?}");
        assert_eq!(echo(&mut tty), shown, "{keys:?}");
    }
}

#[test]
fn an_end_of_file_is_seen_once() {
    let mut tty = Tty::default();
    types(&mut tty, "\x04\x04ab\x04c\n\x04");
    for expected in ["", "", "ab", "c\n", ""] {
        assert_eq!(read(&mut tty, 99).as_deref(), Some(expected));
    }
    assert_eq!(read(&mut tty, 99), None, "and then input goes on");
    types(&mut tty, "d\n");
    assert_eq!(read(&mut tty, 99).as_deref(), Some("d\n"));
    // Behind a line that was read as far as it went, there is none.
    types(&mut tty, "ab\x04");
    assert_eq!(read(&mut tty, 2).as_deref(), Some("ab"));
    assert_eq!(read(&mut tty, 2), None);
    assert_eq!(echo(&mut tty), "abc\r\nd\r\nab");
}

#[test]
fn some_keys_are_signals_and_forget_what_was_typed() {
    for (key, signal, shown) in [
        ("\x03", SIGINT, "^C"),
        ("\x1c", SIGQUIT, "^\\"),
        ("\x1a", SIGTSTP, "^Z"),
    ] {
        let mut tty = Tty::default();
        types(&mut tty, "line\nrest");
        tty.take_echo();
        assert_eq!(types(&mut tty, key), [signal]);
        assert_eq!(echo(&mut tty), shown);
        assert_eq!((read(&mut tty, 99), tty.available()), (None, 0));
        types(&mut tty, "x\n");
        assert_eq!(read(&mut tty, 99).as_deref(), Some("x\n"));
    }
    let mut tty = with(|settings| settings.local |= NOFLSH);
    assert_eq!(types(&mut tty, "li\x03ne\n"), [SIGINT]);
    assert_eq!(read(&mut tty, 99).as_deref(), Some("line\n"));
    let mut tty = with(|settings| settings.local &= !ISIG);
    assert_eq!(types(&mut tty, "\x03\n"), []);
    assert_eq!(read(&mut tty, 99).as_deref(), Some("\x03\n"));
    let mut tty = with(|settings| settings.characters[VINTR] = 0);
    assert_eq!(types(&mut tty, "\0\x03\n"), [], "zero is no character");
}

#[test]
fn keys_are_read_as_they_are_typed() {
    let mut tty = raw(1, 0);
    assert_eq!(read(&mut tty, 9), None);
    assert_eq!(types(&mut tty, "a\x7f\x04\x03"), []);
    assert_eq!(read(&mut tty, 2).as_deref(), Some("a\x7f"));
    assert_eq!(read(&mut tty, 9).as_deref(), Some("\x04\x03"));
    assert_eq!(echo(&mut tty), "");
}

#[test]
fn a_read_of_keys_waits_for_as_many_as_it_is_told() {
    let mut tty = raw(3, 0);
    types(&mut tty, "ab");
    assert_eq!((tty.readable(9), tty.is_ready()), (None, false));
    assert_eq!(tty.readable(2), Some(2), "it does not want more");
    types(&mut tty, "c");
    assert_eq!((tty.readable(9), tty.is_ready()), (Some(3), true));
    let mut tty = raw(0, 0);
    assert_eq!((tty.readable(9), tty.is_ready()), (Some(0), false));
    types(&mut tty, "a");
    assert_eq!((tty.readable(9), tty.is_ready()), (Some(1), true));
}

#[test]
fn a_read_of_keys_may_lose_patience() {
    let mut tty = raw(0, 7);
    assert_eq!((tty.readable(9), tty.patience()), (None, Some(7)));
    types(&mut tty, "a");
    assert_eq!(tty.readable(9), Some(1));
    let mut tty = raw(2, 7);
    assert_eq!((tty.readable(9), tty.patience()), (None, None));
    types(&mut tty, "a");
    assert_eq!((tty.readable(9), tty.patience()), (None, Some(7)));
    assert_eq!((tty.available(), tty.is_ready()), (1, true));
    types(&mut tty, "b");
    assert_eq!(tty.readable(9), Some(2));
    assert_eq!(raw(1, 0).patience(), None);
    assert_eq!(with(|s| s.characters[VTIME] = 7).patience(), None);
}

#[test]
fn other_settings_lose_nothing() {
    let mut tty = Tty::default();
    types(&mut tty, "one\ntwo\x04thr");
    let canonical = tty.settings().clone();
    tty.set(raw(1, 0).settings().clone());
    assert_eq!(read(&mut tty, 5).as_deref(), Some("one\nt"));
    tty.set(canonical);
    assert_eq!(read(&mut tty, 99).as_deref(), Some("wothr"));
    assert_eq!(read(&mut tty, 99), None);
    types(&mut tty, "x\n");
    assert_eq!(read(&mut tty, 99).as_deref(), Some("x\n"));
}

#[test]
fn carriage_returns_and_line_feeds_are_what_is_wanted() {
    for (flags, expected) in [
        (0, "\r\n"),
        (ICRNL, "\n\n"),
        (INLCR, "\r\r"),
        (IGNCR, "\n"),
        (ICRNL | INLCR, "\n\r"),
        (IGNCR | ICRNL | INLCR, "\r"),
    ] {
        let mut tty = raw(1, 0);
        let mut settings = tty.settings().clone();
        settings.input = flags;
        tty.set(settings);
        types(&mut tty, "\r\n");
        assert_eq!(read(&mut tty, 9).as_deref(), Some(expected), "{flags:#o}");
    }
    for (flags, expected) in [(OPOST | ONLCR, "a\r\n"), (OPOST, "a\n"), (ONLCR, "a\n")] {
        let tty = with(|settings| settings.output = flags);
        let mut sent = Vec::new();
        tty.settings().process(b"a\n", &mut sent);
        assert_eq!(sent, expected.as_bytes(), "{flags:#o}");
    }
}

#[test]
fn echo_is_what_is_wanted() {
    for (on, off, keys, shown) in [
        (0, ECHO, "ab\x7f\n", ""),
        (ECHONL, ECHO, "ab\x7f\n", "\r\n"),
        (0, ECHOE, "ab\x7f\n", "ab^?\r\n"),
        (0, ECHOKE, "ab\x15c\n", "ab^U\r\nc\r\n"),
        (0, ECHOKE | ECHOK, "ab\x15c\n", "ab^Uc\r\n"),
        (0, ECHOCTL, "\x01\x7fa\n", "\x01a\r\n"),
    ] {
        let mut tty = with(|settings| settings.local = settings.local & !off | on);
        types(&mut tty, keys);
        assert_eq!(echo(&mut tty), shown, "{keys:?}");
    }
    let mut tty = with(|settings| settings.local &= !IEXTEN);
    types(&mut tty, "a\x17\x16\x12\n");
    assert_eq!(read(&mut tty, 9).as_deref(), Some("a\x17\x16\x12\n"));
}

#[test]
fn a_line_that_is_too_long_can_be_ended_and_interrupted() {
    let mut tty = Tty::default();
    types(&mut tty, [b'a'; 2 * ROOM]);
    assert!(tty.has_room(), "there is nothing to be read");
    types(&mut tty, "\x7fb\n");
    let line = read(&mut tty, 2 * ROOM).expect("a line");
    assert_eq!((line.len(), &line[ROOM - 3..]), (ROOM, "ab\n"));
    types(&mut tty, [b'a'; 2 * ROOM]);
    assert_eq!(types(&mut tty, "\x03"), [SIGINT]);
    // Whole lines make those behind them wait.
    while tty.has_room() {
        types(&mut tty, "a line\n");
    }
    assert_eq!(tty.available(), ROOM);
    read(&mut tty, 1);
    assert!(tty.has_room());
    let mut tty = raw(1, 0);
    while tty.has_room() {
        types(&mut tty, "a");
    }
    assert_eq!(tty.available(), ROOM);
}

#[test]
fn settings_are_as_programs_know_them() {
    let settings = Settings::default();
    let bytes = settings.to_bytes();
    assert_eq!(Settings::from_bytes(&bytes), settings);
    // What `stty` shows on Linux: intr ^C at c_cc[0], erase ^? at c_cc[2].
    assert_eq!((bytes[17], bytes[19]), (3, 0x7f));
    let mut other = [0; TERMIOS2_SIZE];
    for (index, byte) in other.iter_mut().enumerate() {
        *byte = index as u8;
    }
    assert_eq!(Settings::from_bytes(&other).to_bytes(), other);
}
