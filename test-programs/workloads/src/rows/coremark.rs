//! A mix of what programs of small machines do, after the published description of
//! EEMBC's CoreMark (S. Gal-On, M. Levy, "Exploring CoreMark", 2012): a linked list is
//! searched, reversed and sorted, small matrices are multiplied, a state machine reads
//! numbers from a text, and a CRC digests all results.
//!
//! Own code, own data, own sizes: its figures are not CoreMark's.

use core::hint::black_box;

use crate::{Meter, Work, Workload, checksum::Checksum, random::Random};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "coremark",
    unit: "2,000 rounds of lists, matrices, state machine and CRC",
    units: 4,
    expected: 0x2073_104e_3f5c_4d7c,
    work: Work::Compute { words: 0, run },
};

/// Rounds of a unit; the number of a round changes what is computed in it.
const ROUNDS: u16 = 2_000;

// --- lists ----------------------------------------------------------------------

/// Items of the list.
const ITEMS: usize = 48;
/// Values that are looked for in a round.
const SEARCHES: u16 = 12;
/// Behind the last item.
const NOWHERE: u8 = u8::MAX;

#[derive(Clone, Copy)]
struct Item {
    next: u8,
    /// Its place in the beginning.
    place: u16,
    value: u16,
}

type Order = fn(&Item, &Item) -> bool;

/// Items that are linked by their numbers.
struct List {
    items: [Item; ITEMS],
    head: u8,
}

impl List {
    fn new(values: &[u16; ITEMS]) -> Self {
        let mut items = [Item {
            next: NOWHERE,
            place: 0,
            value: 0,
        }; ITEMS];
        for (place, item) in items.iter_mut().enumerate() {
            item.place = place as u16;
            item.value = values[place];
            if place + 1 < ITEMS {
                item.next = place as u8 + 1;
            }
        }
        Self { items, head: 0 }
    }

    fn item(&mut self, number: u8) -> &mut Item {
        &mut self.items[usize::from(number)]
    }

    /// The place of the first item of a value.
    #[inline(never)]
    fn find(&mut self, value: u16) -> Option<u16> {
        let mut at = self.head;
        while at != NOWHERE {
            let item = self.item(at);
            if item.value == value {
                return Some(item.place);
            }
            at = item.next;
        }
        None
    }

    #[inline(never)]
    fn reverse(&mut self) {
        let (mut done, mut rest) = (NOWHERE, self.head);
        while rest != NOWHERE {
            let next = core::mem::replace(&mut self.item(rest).next, done);
            (done, rest) = (rest, next);
        }
        self.head = done;
    }

    fn sort(&mut self, is_before: Order) {
        self.head = self.sorted(self.head, ITEMS, is_before);
    }

    /// Sorts the `count` items that begin with `head`, by merging; returns the new head.
    #[inline(never)]
    fn sorted(&mut self, head: u8, count: usize, is_before: Order) -> u8 {
        if count == 1 {
            self.item(head).next = NOWHERE;
            return head;
        }
        let mut middle = head;
        for _ in 0..count / 2 {
            middle = self.item(middle).next;
        }
        let left = self.sorted(head, count / 2, is_before);
        let right = self.sorted(middle, count - count / 2, is_before);
        self.merged(left, right, is_before)
    }

    #[inline(never)]
    fn merged(&mut self, mut left: u8, mut right: u8, is_before: Order) -> u8 {
        let (mut head, mut last) = (NOWHERE, NOWHERE);
        while left != NOWHERE || right != NOWHERE {
            // Equal ones stay in their order.
            let takes_right = left == NOWHERE
                || right != NOWHERE && {
                    let (left, right) = (*self.item(left), *self.item(right));
                    is_before(&right, &left)
                };
            let from = if takes_right { &mut right } else { &mut left };
            let taken = *from;
            *from = self.item(taken).next;
            if last == NOWHERE {
                head = taken;
            } else {
                self.item(last).next = taken;
            }
            last = taken;
        }
        head
    }

    fn digest(&mut self, crc: &mut Crc) {
        let mut at = self.head;
        while at != NOWHERE {
            let item = *self.item(at);
            crc.add(item.place);
            crc.add(item.value);
            at = item.next;
        }
    }

    fn work(&mut self, round: u16, crc: &mut Crc) {
        for search in 0..SEARCHES {
            let found = self.find(value_to_find(round, search));
            crc.add(found.unwrap_or(u16::MAX));
        }
        self.reverse();
        self.sort(|a, b| a.value < b.value);
        self.digest(crc);
        self.sort(|a, b| a.place < b.place);
    }
}

/// Values are below 64, so that some of them are in the list.
fn value_to_find(round: u16, search: u16) -> u16 {
    (round.wrapping_mul(7) + search * 5) % 64
}

// --- matrices -------------------------------------------------------------------

/// Rows and columns.
const SIZE: usize = 9;

type Matrix = [[i16; SIZE]; SIZE];
type Products = [[i32; SIZE]; SIZE];

struct Matrices {
    a: Matrix,
    b: Matrix,
    product: Products,
}

impl Matrices {
    #[inline(never)]
    fn scale(&mut self, factor: i16) {
        for (row, to) in self.a.iter().zip(&mut self.product) {
            for (number, to) in row.iter().zip(to) {
                *to = i32::from(*number) * i32::from(factor);
            }
        }
    }

    /// `a * b`, each product passed through `change`.
    #[inline(always)]
    fn multiply(&mut self, change: impl Fn(i32) -> i32) {
        for (row, to) in self.a.iter().zip(&mut self.product) {
            for (column, to) in to.iter_mut().enumerate() {
                let products = row.iter().zip(&self.b);
                let products = products.map(|(a, b)| change(i32::from(*a) * i32::from(b[column])));
                *to = products.fold(0, i32::wrapping_add);
            }
        }
    }

    #[inline(never)]
    fn multiply_plainly(&mut self) {
        self.multiply(|product| product);
    }

    #[inline(never)]
    fn multiply_bits(&mut self) {
        self.multiply(|product| (product >> 2 & 0xf) * (product >> 5 & 0x7f));
    }

    #[inline(never)]
    fn add(&mut self, number: i16) {
        for to in self.a.iter_mut().flatten() {
            *to = to.wrapping_add(number);
        }
    }

    fn digest(&self, crc: &mut Crc) {
        for row in &self.product {
            crc.add(
                row.iter()
                    .fold(0_i32, |sum, number| sum.wrapping_add(*number)) as u16,
            );
        }
    }

    fn work(&mut self, round: u16, crc: &mut Crc) {
        let number = round as i16;
        self.add(number);
        self.scale(number);
        self.digest(crc);
        self.multiply_plainly();
        self.digest(crc);
        self.multiply_bits();
        self.digest(crc);
        self.add(number.wrapping_neg());
    }
}

// --- state machine --------------------------------------------------------------

/// Bytes of the text.
const TEXT: usize = 400;
/// What a text consists of: numbers, words that are none, and what is between them.
const LETTERS: [u8; 32] = *b"0123456789012345678901234,,,,.e-";

/// How far a word is read; the numbers are their places in the counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Nothing yet.
    Start,
    Sign,
    Integer,
    /// An integer and a point, perhaps with digits behind it.
    Fraction,
    /// Behind the `e`.
    Exponent,
    ExponentSign,
    /// With digits of an exponent.
    Scientific,
    /// No number.
    Invalid,
}
const STATES: usize = 8;

impl State {
    fn next(self, letter: u8) -> Self {
        match (self, letter) {
            (Self::Start | Self::Sign | Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Start, b'+' | b'-') => Self::Sign,
            (Self::Start | Self::Sign | Self::Integer, b'.') => Self::Fraction,
            (Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Integer | Self::Fraction, b'e') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::Scientific, b'0'..=b'9') => {
                Self::Scientific
            }
            _ => Self::Invalid,
        }
    }
}

/// In which state the words of a text end, and how often that is another one than in
/// the letter before.
#[inline(never)]
fn read(text: &[u8], counts: &mut [u16; STATES]) -> u16 {
    let (mut state, mut changes) = (State::Start, 0);
    for letter in text {
        if *letter == b',' {
            counts[state as usize] += 1;
            state = State::Start;
            continue;
        }
        let next = state.next(*letter);
        changes += u16::from(next != state);
        state = next;
    }
    counts[state as usize] += 1;
    changes
}

fn read_text(text: &mut [u8; TEXT], round: u16, crc: &mut Crc) {
    // Two texts: as it is, and with some letters changed.
    let spoiled = usize::from(round % 13) + 11;
    for _ in 0..2 {
        let mut counts = [0; STATES];
        crc.add(read(text, &mut counts));
        counts.iter().for_each(|count| crc.add(*count));
        text.iter_mut()
            .step_by(spoiled)
            .for_each(|letter| *letter ^= 0x1c);
    }
}

// --- the whole ------------------------------------------------------------------

/// CRC-16 with the polynomial x¹⁶ + x¹⁵ + x² + 1, lowest bit first, bit by bit.
#[derive(Clone, Copy)]
struct Crc(u16);

impl Crc {
    #[inline(never)]
    fn add(&mut self, mut word: u16) {
        for _ in 0..16 {
            let carry = (self.0 ^ word) & 1;
            self.0 >>= 1;
            if carry == 1 {
                self.0 ^= 0xa001;
            }
            word >>= 1;
        }
    }
}

/// The data that all rounds begin with.
struct Data {
    values: [u16; ITEMS],
    a: Matrix,
    b: Matrix,
    text: [u8; TEXT],
}

impl Data {
    fn new() -> Self {
        let mut random = Random::new(6);
        let mut below = |bound: u64| random.below(bound);
        Self {
            values: core::array::from_fn(|_| below(64) as u16),
            a: core::array::from_fn(|_| core::array::from_fn(|_| below(256) as i16 - 128)),
            b: core::array::from_fn(|_| core::array::from_fn(|_| below(256) as i16 - 128)),
            text: core::array::from_fn(|_| LETTERS[below(LETTERS.len() as u64) as usize]),
        }
    }
}

fn run(_: &mut [u64], meter: &mut Meter<'_>) {
    let data = black_box(Data::new());
    meter.measure(&mut || {
        let mut list = List::new(&data.values);
        let mut matrices = Matrices {
            a: data.a,
            b: data.b,
            product: [[0; SIZE]; SIZE],
        };
        let mut text = data.text;
        let mut checksum = Checksum::new();
        for round in 0..ROUNDS {
            let mut crc = Crc(u16::MAX);
            list.work(round, &mut crc);
            matrices.work(round, &mut crc);
            read_text(&mut text, round, &mut crc);
            checksum.add(crc.0.into());
        }
        checksum.finish()
    });
}

#[cfg(test)]
#[path = "coremark_tests.rs"]
mod tests;
