//! What the kernel says on its UART: lines for the log, and records for us.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pagewalk_guest_abi::{counter, record};
use pagewalk_machine::{Console, Input, Waited};

use crate::console::Screen;
use crate::terminal::line_end;

/// Bytes of a line, at most: the rest counts as another one.
const LONGEST: usize = 64 << 10;

/// A process that has ended, and what has happened to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Exit {
    pub(crate) pid: u64,
    pub(crate) name: String,
    pub(crate) status: u64,
    /// In the order of [`counter::ALL`].
    pub(crate) counters: [u64; counter::ALL.len()],
}

/// The other end of the kernel's UART. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Messages(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    screen: Screen,
    /// A line that has not ended yet.
    line: Vec<u8>,
    exits: Vec<Exit>,
}

impl Messages {
    /// Nothing has been said yet; what is for the user goes to `screen`.
    pub(crate) fn new(screen: Screen) -> Self {
        Self(Rc::new(RefCell::new(State {
            screen,
            line: Vec::new(),
            exits: Vec::new(),
        })))
    }

    /// The processes that have ended, in their order. What was said last counts even
    /// if it is half a line.
    pub(crate) fn finish(&self) -> Vec<Exit> {
        let mut state = self.0.borrow_mut();
        state.end_line();
        std::mem::take(&mut state.exits)
    }
}

impl State {
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            return;
        }
        let Some(words) = line.strip_prefix(&[record::MARK as u8]) else {
            log::info!(target: "kernel", "{}", String::from_utf8_lossy(line));
            return;
        };
        let end = words.iter().position(|byte| *byte == b' ');
        let (kind, rest) = words.split_at(end.unwrap_or(words.len()));
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        self.record(&String::from_utf8_lossy(kind), rest);
    }

    fn record(&mut self, kind: &str, rest: &[u8]) {
        match kind {
            record::REPORT => {
                let line = [rest, line_end().as_bytes()].concat();
                self.screen.write_error(&line);
            }
            record::STDOUT => {
                let bytes: Vec<u8> = record::decode(rest).collect();
                self.screen.write(&bytes);
            }
            record::STDERR => {
                let bytes: Vec<u8> = record::decode(rest).collect();
                self.screen.write_error(&bytes);
            }
            record::EXIT => self.exits.push(Exit::parse(rest)),
            _ => {
                let rest = String::from_utf8_lossy(rest);
                log::debug!(target: "kernel", "{}{kind} {rest}", record::MARK);
            }
        }
    }
}

impl Console for Messages {
    fn write(&mut self, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        for byte in bytes {
            if *byte != b'\n' {
                state.line.push(*byte);
            }
            if *byte == b'\n' || state.line.len() == LONGEST {
                state.end_line();
            }
        }
    }

    fn read(&mut self) -> Input {
        Input::End
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, _: Option<Duration>) -> Waited {
        // Input is waited for at the ports.
        Waited::Never
    }
}

impl Exit {
    /// Reads words `key=value`; a word that means nothing is passed over.
    fn parse(words: &[u8]) -> Self {
        let mut exit = Self {
            pid: 0,
            name: String::new(),
            status: 0,
            counters: Default::default(),
        };
        for word in words.split(|byte| *byte == b' ') {
            let mut parts = word.splitn(2, |byte| *byte == b'=');
            let key = parts.next().unwrap_or_default();
            let value = parts.next().unwrap_or_default();
            let number = || std::str::from_utf8(value).ok()?.parse().ok();
            match key {
                b"pid" => exit.pid = number().unwrap_or(0),
                b"status" => exit.status = number().unwrap_or(0),
                b"name" => {
                    let name: Vec<u8> = record::decode(value).collect();
                    exit.name = String::from_utf8_lossy(&name).into_owned();
                }
                _ => {
                    let mut known = counter::ALL.iter();
                    let index = known.position(|(name, _)| name.as_bytes() == key);
                    if let (Some(index), Some(number)) = (index, number()) {
                        exit.counters[index] = number;
                    }
                }
            }
        }
        exit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_has_its_counters_in_the_order_of_the_table() {
        let exit = Exit::parse(b"pid=2 name=a%20b status=139 cow_copy=12 minor=3 new=1 x");
        assert_eq!((exit.pid, exit.status), (2, 139));
        assert_eq!(exit.name, "a b");
        let named = |wanted: &str| {
            let index = counter::ALL.iter().position(|(name, _)| *name == wanted);
            exit.counters[index.expect("it is in the table")]
        };
        assert_eq!(
            [named("minor"), named("cow_copy"), named("major")],
            [3, 12, 0]
        );
    }
}
