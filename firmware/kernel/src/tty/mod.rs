//! The terminal: what is between the keys and a program that reads.
//!
//! Source: POSIX.1-2024, chapter 11, "General Terminal Interface"; termios(3). A program
//! that reads gets whole lines (*canonical* mode), which their author can edit until
//! Enter, or keys as they are typed. Some keys are no input but signals, for the
//! processes in the foreground. What is typed is shown: a terminal prints only what is
//! sent to it.
//!
//! This is plain Rust that moves bytes: in by [`Tty::receive`], out by [`Tty::take`] and
//! [`Tty::take_echo`]. What Linux has and this has not: flow control (^S, ^Q), breaks
//! and parity, upper case only, delays, and jobs in the background that may not read.

mod settings;
#[cfg(test)]
mod tests;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use pagewalk_guest_abi::signal::{SIGINT, SIGQUIT, SIGTSTP};
use pagewalk_guest_abi::terminal::*;

pub use settings::Settings;

/// Bytes that wait to be read, at most, as on Linux.
const ROOM: usize = 4095;

/// A terminal.
#[derive(Default, Debug)]
pub struct Tty {
    settings: Settings,
    /// The line that is being edited.
    line: Vec<u8>,
    /// The next byte means itself.
    is_literal: bool,
    /// What can be read.
    ready: VecDeque<u8>,
    /// In canonical mode: the lengths of the lines in it. An end of file that was typed
    /// ends a line, too, maybe an empty one.
    lines: VecDeque<usize>,
    /// What is to be shown.
    echo: Vec<u8>,
}

/// How much of a line goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Erase {
    Character,
    Word,
    Line,
}

/// The bytes of a UTF-8 character but the first.
fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

impl Tty {
    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes the settings. What was typed before them is not lost: of lines, keys are
    /// made, and of all keys one line.
    pub fn set(&mut self, settings: Settings) {
        let was_canonical = self.settings.is_canonical();
        self.settings = settings;
        if was_canonical != self.settings.is_canonical() {
            self.ready.extend(mem::take(&mut self.line));
            self.lines.clear();
            self.is_literal = false;
            if !was_canonical && !self.ready.is_empty() {
                self.lines.push_back(self.ready.len());
            }
        }
    }

    // --- from the keys ---------------------------------------------------------------

    /// Whether [`Tty::receive`] may be called. If lines wait to be read and there is no
    /// room for more, the keys have to wait, too.
    pub fn has_room(&self) -> bool {
        self.ready.len() + self.line.len() < ROOM
            || self.settings.is_canonical() && self.lines.is_empty()
    }

    /// A byte was typed. A signal that it stands for is returned.
    pub fn receive(&mut self, byte: u8) -> Option<u32> {
        if mem::take(&mut self.is_literal) {
            self.put(byte);
            return None;
        }
        let byte = match byte {
            b'\r' if self.settings.input & IGNCR != 0 => return None,
            b'\r' if self.settings.input & ICRNL != 0 => b'\n',
            b'\n' if self.settings.input & INLCR != 0 => b'\r',
            byte => byte,
        };
        if let Some(signal) = self.signal(byte) {
            if !self.settings.has(NOFLSH) {
                self.flush_input();
            }
            self.show(byte);
            return Some(signal);
        }
        if self.settings.is_canonical() {
            self.edit(byte);
        } else {
            self.ready.push_back(byte);
            self.show(byte);
        }
        None
    }

    fn signal(&self, byte: u8) -> Option<u32> {
        let signals = [(VINTR, SIGINT), (VQUIT, SIGQUIT), (VSUSP, SIGTSTP)];
        let is = |(index, _): &(usize, u32)| self.settings.is(*index, byte);
        let found = signals.into_iter().find(is);
        found
            .filter(|_| self.settings.has(ISIG))
            .map(|(_, signal)| signal)
    }

    /// A byte that is part of a line, or changes it.
    fn edit(&mut self, byte: u8) {
        let is = |index| self.settings.is(index, byte);
        let extended = |index| self.settings.has(IEXTEN) && is(index);
        // Keyboards do not agree on which of the two their erase key sends.
        let is_backspace = byte == 0x08 && self.settings.characters[VERASE] == 0x7f;
        if is(VERASE) || is_backspace {
            self.erase(Erase::Character);
        } else if is(VKILL) {
            self.erase(Erase::Line);
        } else if extended(VWERASE) {
            self.erase(Erase::Word);
        } else if extended(VREPRINT) {
            self.reprint(byte);
        } else if extended(VLNEXT) {
            self.is_literal = true;
            self.print(b"^\x08");
        } else if is(VEOF) {
            self.end_line();
        } else if byte == b'\n' || is(VEOL) || extended(VEOL2) {
            self.line.push(byte);
            self.show(byte);
            self.end_line();
        } else {
            self.put(byte);
        }
    }

    /// A byte for the line, if there is room: there must be some for its end.
    fn put(&mut self, byte: u8) {
        if self.ready.len() + self.line.len() < ROOM - 1 {
            self.line.push(byte);
            self.show(byte);
        }
    }

    fn end_line(&mut self) {
        self.lines.push_back(self.line.len());
        self.ready.extend(mem::take(&mut self.line));
    }

    fn erase(&mut self, what: Erase) {
        if what == Erase::Line && !self.settings.has(ECHOE | ECHOK | ECHOKE) {
            // Only the key is seen, and a new line.
            self.line.clear();
            self.show(self.settings.characters[VKILL]);
            if self.settings.has(ECHOK) {
                self.print(b"\n");
            }
            return;
        }
        let mut in_word = false;
        while let Some(&first) = self.line.get(self.last_character()) {
            let is_word = first.is_ascii_alphanumeric() || first == b'_' || !first.is_ascii();
            if what == Erase::Word && in_word && !is_word {
                break;
            }
            in_word |= is_word;
            self.erase_character();
            if what == Erase::Character {
                break;
            }
        }
    }

    /// Where the last character of the line begins.
    fn last_character(&self) -> usize {
        let is_utf8 = self.settings.input & IUTF8 != 0;
        let begins = |byte: &u8| !(is_utf8 && continues(*byte));
        self.line.iter().rposition(begins).unwrap_or(0)
    }

    fn erase_character(&mut self) {
        let start = self.last_character();
        let first = self.line[start];
        self.line.truncate(start);
        if !self.settings.has(ECHOE) {
            self.show(self.settings.characters[VERASE]);
            return;
        }
        let columns = match first {
            // As if the line began at the left edge.
            b'\t' => 8 - self.columns(&self.line) % 8,
            _ => self.columns(&[first]),
        };
        for _ in 0..columns {
            self.print(if first == b'\t' {
                b"\x08"
            } else {
                b"\x08 \x08"
            });
        }
    }

    /// Columns that a text takes at the left edge.
    fn columns(&self, text: &[u8]) -> usize {
        let is_utf8 = self.settings.input & IUTF8 != 0;
        text.iter().fold(0, |column, &byte| match byte {
            b'\t' => column / 8 * 8 + 8,
            _ if byte.is_ascii_control() && !self.settings.has(ECHOCTL) => column,
            _ if byte.is_ascii_control() => column + 2,
            _ if is_utf8 && continues(byte) => column,
            _ => column + 1,
        })
    }

    /// Shows the line once more.
    fn reprint(&mut self, key: u8) {
        self.show(key);
        self.print(b"\n");
        for index in 0..self.line.len() {
            self.show(self.line[index]);
        }
    }

    // --- to the screen ---------------------------------------------------------------

    /// Shows a byte that was typed.
    fn show(&mut self, byte: u8) {
        let is_shown = self.settings.has(ECHO);
        match byte {
            b'\n' if self.settings.has(ECHONL | ICANON) && !is_shown => {
                self.settings.process(&[byte], &mut self.echo);
            }
            b'\n' | b'\t' => self.print(&[byte]),
            _ if byte.is_ascii_control() && self.settings.has(ECHOCTL) => {
                self.print(&[b'^', byte ^ 0x40]);
            }
            _ => self.print(&[byte]),
        }
    }

    /// Shows something, if what is typed is to be shown.
    fn print(&mut self, bytes: &[u8]) {
        if self.settings.has(ECHO) {
            self.settings.process(bytes, &mut self.echo);
        }
    }

    /// What is to be shown of what was typed.
    pub fn take_echo(&mut self) -> Vec<u8> {
        mem::take(&mut self.echo)
    }

    // --- to programs -----------------------------------------------------------------

    /// How many bytes a read of `len` bytes gets now: none at an end of file that was
    /// typed. `None` if it has to wait.
    pub fn readable(&self, len: usize) -> Option<usize> {
        if self.settings.is_canonical() {
            return self.lines.front().map(|line| len.min(*line));
        }
        let least = match self.patience() {
            Some(_) => self.least().max(1),
            None => self.least(),
        };
        let count = self.ready.len().min(len);
        (count >= least.min(len)).then_some(count)
    }

    /// How many bytes a program has to wait for if it gets keys.
    fn least(&self) -> usize {
        self.settings.characters[VMIN].into()
    }

    /// If a read does not wait for ever: after how many tenths of a second it takes what
    /// there is. The time begins anew with each byte; if it need not get any, it begins
    /// with the read itself.
    pub fn patience(&self) -> Option<u8> {
        let tenths = self.settings.characters[VTIME];
        let is_running = self.least() == 0 || !self.ready.is_empty();
        (!self.settings.is_canonical() && tenths > 0 && is_running).then_some(tenths)
    }

    /// Bytes that have been typed and can be read, of all lines.
    pub fn available(&self) -> usize {
        self.ready.len()
    }

    /// Whether a read need not wait, for one who waits for more than one file.
    pub fn is_ready(&self) -> bool {
        match self.settings.is_canonical() {
            true => !self.lines.is_empty(),
            false => {
                let is_timed = self.settings.characters[VTIME] > 0;
                let least = if is_timed { 1 } else { self.least().max(1) };
                self.ready.len() >= least
            }
        }
    }

    /// Takes what a read gets; how many bytes.
    pub fn take(&mut self, out: &mut [u8]) -> usize {
        let mut count = self.ready.len().min(out.len());
        if let Some(line) = self.lines.front_mut() {
            count = count.min(*line);
            *line -= count;
            // An end of file is seen once, behind a line not at all.
            if *line == 0 {
                self.lines.pop_front();
            }
        } else if self.settings.is_canonical() {
            return 0;
        }
        for (to, byte) in out.iter_mut().zip(self.ready.drain(..count)) {
            *to = byte;
        }
        count
    }

    /// Forgets what was typed and not read.
    pub fn flush_input(&mut self) {
        self.line.clear();
        self.ready.clear();
        self.lines.clear();
        self.is_literal = false;
    }
}

impl Settings {
    /// Adds to `to` what is sent to the terminal for `bytes` of a program.
    pub fn process(&self, bytes: &[u8], to: &mut Vec<u8>) {
        for &byte in bytes {
            if byte == b'\n' && self.output & (OPOST | ONLCR) == OPOST | ONLCR {
                to.push(b'\r');
            }
            to.push(byte);
        }
    }
}
