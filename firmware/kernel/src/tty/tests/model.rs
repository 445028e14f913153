//! Random keys, against a terminal that is as simple as possible: what is read must be
//! the same, and what is shown must be the line that is being edited.

use alloc::string::String;
use alloc::vec::Vec;

use super::{raw, with};
use crate::tty::{Settings, Tty};
use pagewalk_guest_abi::terminal::NOFLSH;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) as usize % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Lines of whole characters, of which the last is being edited.
#[derive(Default)]
struct Model {
    is_raw: bool,
    keeps: bool,
    done: Vec<Vec<char>>,
    line: Vec<char>,
}

impl Model {
    fn key(&mut self, key: char) {
        let key = if key == '\r' { '\n' } else { key };
        match key {
            _ if self.is_raw => self.line.push(key),
            '\x03' if self.keeps => {}
            '\x03' => (self.done, self.line) = Default::default(),
            '\x08' | '\x7f' => {
                self.line.pop();
            }
            '\x15' => self.line.clear(),
            '\x17' => {
                let is_word =
                    |key: &char| key.is_ascii_alphanumeric() || *key == '_' || *key > '\x7f';
                while self.line.last().is_some_and(|key| !is_word(key)) {
                    self.line.pop();
                }
                while self.line.last().is_some_and(is_word) {
                    self.line.pop();
                }
            }
            '\x04' => self.done.push(core::mem::take(&mut self.line)),
            _ => {
                self.line.push(key);
                if key == '\n' {
                    self.done.push(core::mem::take(&mut self.line));
                }
            }
        }
    }

    fn read(&mut self) -> Option<String> {
        if self.is_raw {
            let is_there = !self.line.is_empty();
            return is_there.then(|| self.line.drain(..).collect());
        }
        let is_there = !self.done.is_empty();
        is_there.then(|| self.done.remove(0).into_iter().collect())
    }

    fn switch(&mut self) {
        let mut all: Vec<char> = self.done.drain(..).flatten().collect();
        all.append(&mut self.line);
        self.is_raw = !self.is_raw;
        match self.is_raw {
            true => self.line = all,
            false if all.is_empty() => {}
            false => self.done.push(all),
        }
    }

    /// What is to be seen of the line.
    fn shown(&self) -> String {
        let mut shown = String::new();
        for &key in &self.line {
            match key {
                '\x01' => shown.push_str("^A"),
                key => shown.push(key),
            }
        }
        shown
    }
}

/// The last row of a screen.
#[derive(Default)]
struct Screen {
    row: Vec<char>,
    column: usize,
}

impl Screen {
    fn show(&mut self, text: &str) {
        for what in text.chars() {
            match what {
                '\n' => *self = Screen::default(),
                '\r' => self.column = 0,
                '\x08' => self.column -= 1,
                _ => {
                    self.row.resize(self.row.len().max(self.column + 1), ' ');
                    self.row[self.column] = what;
                    self.column += 1;
                }
            }
        }
    }

    fn line(&self) -> String {
        let all: String = self.row.iter().collect();
        String::from(all.trim_end_matches(' '))
    }
}

const KEYS: [char; 20] = [
    'a', 'b', '_', ' ', '-', 'é', '€', '😀', '\x01', '\n', '\r', '\x08', '\x7f', '\x15', '\x17',
    '\x04', 'c', 'd', '7', '\x03',
];

fn play(seed: u64) {
    let mut random = Random(seed);
    let keeps = random.below(2) == 0;
    let settings: Settings = with(|settings| {
        if keeps {
            settings.local |= NOFLSH;
        }
    })
    .settings()
    .clone();
    let mut tty = Tty::default();
    tty.set(settings.clone());
    let mut model = Model {
        keeps,
        ..Model::default()
    };
    let mut screen = Screen::default();
    for step in 0..200 {
        let what = format_args!("seed {seed}, step {step}");
        match random.below(20) {
            0..=15 => {
                let key = random.of(&KEYS);
                model.key(key);
                let mut bytes = [0; 4];
                for byte in key.encode_utf8(&mut bytes).bytes() {
                    tty.receive(byte);
                }
                screen.show(&String::from_utf8(tty.take_echo()).expect("text"));
                if !model.is_raw && (key == '\x03' || key == '\x04') {
                    // The line goes on behind it on the screen: as if it had been
                    // shown anew.
                    screen = Screen::default();
                    screen.show(&model.shown());
                }
                if !model.is_raw {
                    assert_eq!(screen.line(), model.shown().trim_end_matches(' '), "{what}");
                }
            }
            16..=18 => {
                let expected = model.read();
                let mut bytes = [0; 1024];
                let count = tty.readable(bytes.len());
                let read = count.map(|count| {
                    assert_eq!(tty.take(&mut bytes[..count]), count, "{what}");
                    String::from_utf8(bytes[..count].to_vec()).expect("text")
                });
                assert_eq!(read, expected, "{what}");
            }
            _ => {
                let is_raw = !model.is_raw;
                tty.set(if is_raw {
                    raw(1, 0).settings().clone()
                } else {
                    settings.clone()
                });
                model.switch();
                screen = Screen::default();
            }
        }
    }
}

#[test]
fn random_keys_do_what_a_simple_terminal_does() {
    for seed in 0..5_000 {
        play(seed);
    }
}
