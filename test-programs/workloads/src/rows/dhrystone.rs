//! Dhrystone 2.1 (R. P. Weicker, "Dhrystone: a synthetic systems programming
//! benchmark", CACM 27 (1984); version 2.1 of 1988): the mix of assignments,
//! branches, calls and string operations of systems programs.
//!
//! The statements are Weicker's; the types are Rust's. Pointers to records are
//! numbers of records, strings are arrays of 30 bytes without a terminator, and
//! the global variables are one struct that is passed along. As Weicker's rules
//! demand, none of his procedures is inlined.

use core::hint::black_box;

use crate::{Meter, Work, Workload, checksum::Checksum, static_cell::StaticCell};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "dhrystone",
    unit: "200,000 runs of Dhrystone",
    units: 5,
    expected: 0x754b_5a5b_6054_323b,
    work: Work::Compute { words: 0, run },
};

/// Runs through the main loop in a unit.
const RUNS: i32 = 200_000;

type Text = [u8; 30];

/// The value of a record that no procedure changes.
const SOME_TEXT: Text = *b"DHRYSTONE PROGRAM, SOME STRING";
const FIRST_TEXT: Text = *b"DHRYSTONE PROGRAM, 1'ST STRING";
const SECOND_TEXT: Text = *b"DHRYSTONE PROGRAM, 2'ND STRING";
const THIRD_TEXT: Text = *b"DHRYSTONE PROGRAM, 3'RD STRING";

/// Weicker's enumeration.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Ident {
    One,
    Two,
    Three,
    Four,
    #[expect(dead_code, reason = "declared and handled by Weicker, never made")]
    Five,
}

/// Names one of the two records.
#[derive(Clone, Copy)]
#[repr(usize)]
enum RecordPointer {
    Glob,
    Next,
}

/// The first of Weicker's variants of a record, the only one that is used.
#[derive(Clone, Copy)]
struct Record {
    pointer: RecordPointer,
    discriminant: Ident,
    ident: Ident,
    int: i32,
    text: Text,
}

impl Record {
    const EMPTY: Self = Self {
        pointer: RecordPointer::Glob,
        discriminant: Ident::One,
        ident: Ident::One,
        int: 0,
        text: [0; 30],
    };
}

/// The global variables. The large arrays come last, so that the others lie
/// next to the code in the programs that are linked that way.
#[repr(C)]
struct Globals {
    int: i32,
    boolean: bool,
    char_1: u8,
    char_2: u8,
    records: [Record; 2],
    array_1: [i32; 50],
    array_2: [[i32; 50]; 50],
}

/// The local variables of the main program that it prints at its end.
struct Locals {
    int_1: i32,
    int_2: i32,
    int_3: i32,
    ident: Ident,
    text_1: Text,
    text_2: Text,
}

impl Globals {
    const EMPTY: Self = Self {
        int: 0,
        boolean: false,
        char_1: 0,
        char_2: 0,
        records: [Record::EMPTY; 2],
        array_1: [0; 50],
        array_2: [[0; 50]; 50],
    };

    fn set_up(&mut self) {
        self.records[RecordPointer::Glob as usize] = Record {
            pointer: RecordPointer::Next,
            discriminant: Ident::One,
            ident: Ident::Three,
            int: 40,
            text: SOME_TEXT,
        };
        self.array_2[8][7] = 10;
    }

    fn record(&mut self, pointer: RecordPointer) -> &mut Record {
        &mut self.records[pointer as usize]
    }

    #[inline(never)]
    fn main_loop(&mut self, runs: i32) -> Locals {
        let mut locals = Locals {
            int_1: 0,
            int_2: 0,
            int_3: 0,
            ident: Ident::One,
            text_1: black_box(FIRST_TEXT),
            text_2: [0; 30],
        };
        for run in 1..=runs {
            self.main_step(run, &mut locals);
        }
        locals
    }

    fn main_step(&mut self, run: i32, locals: &mut Locals) {
        self.proc_5();
        self.proc_4();
        locals.int_1 = 2;
        locals.int_2 = 3;
        locals.text_2 = SECOND_TEXT;
        locals.ident = Ident::Two;
        self.boolean = !self.func_2(&locals.text_1, &locals.text_2);
        while locals.int_1 < locals.int_2 {
            locals.int_3 = 5 * locals.int_1 - locals.int_2;
            proc_7(locals.int_1, locals.int_2, &mut locals.int_3);
            locals.int_1 += 1;
        }
        self.proc_8(locals.int_1, locals.int_3);
        self.proc_1(RecordPointer::Glob);
        for char_index in b'A'..=self.char_2 {
            if locals.ident == self.func_1(char_index, b'C') {
                // Never happens, as the compiler cannot know.
                self.proc_6(Ident::One, &mut locals.ident);
                locals.text_2 = THIRD_TEXT;
                locals.int_2 = run;
                self.int = run;
            }
        }
        locals.int_2 *= locals.int_1;
        locals.int_1 = locals.int_2 / locals.int_3;
        locals.int_2 = 7 * (locals.int_2 - locals.int_3) - locals.int_1;
        self.proc_2(&mut locals.int_1);
    }

    #[inline(never)]
    fn proc_1(&mut self, pointer: RecordPointer) {
        let next = self.record(pointer).pointer;
        *self.record(next) = *self.record(RecordPointer::Glob);
        self.record(pointer).int = 5;
        self.record(next).int = self.record(pointer).int;
        self.record(next).pointer = self.record(pointer).pointer;
        let mut copy = self.record(next).pointer;
        self.proc_3(&mut copy);
        self.record(next).pointer = copy;
        if self.record(next).discriminant == Ident::One {
            self.record(next).int = 6;
            let mut ident = self.record(next).ident;
            self.proc_6(self.records[pointer as usize].ident, &mut ident);
            self.record(next).ident = ident;
            self.record(next).pointer = self.record(RecordPointer::Glob).pointer;
            let record = self.record(next);
            proc_7(record.int, 10, &mut record.int);
        } else {
            *self.record(pointer) = *self.record(next);
        }
    }

    #[inline(never)]
    fn proc_2(&mut self, int: &mut i32) {
        let mut local = *int + 10;
        let mut ident = Ident::Two;
        while ident != Ident::One {
            if self.char_1 == b'A' {
                local -= 1;
                *int = local - self.int;
                ident = Ident::One;
            }
        }
    }

    #[inline(never)]
    fn proc_3(&mut self, pointer: &mut RecordPointer) {
        *pointer = self.record(RecordPointer::Glob).pointer;
        proc_7(
            10,
            self.int,
            &mut self.records[RecordPointer::Glob as usize].int,
        );
    }

    #[inline(never)]
    fn proc_4(&mut self) {
        self.boolean |= self.char_1 == b'A';
        self.char_2 = b'B';
    }

    #[inline(never)]
    fn proc_5(&mut self) {
        self.char_1 = b'A';
        self.boolean = false;
    }

    #[inline(never)]
    fn proc_6(&mut self, ident: Ident, result: &mut Ident) {
        *result = if func_3(ident) { ident } else { Ident::Four };
        match ident {
            Ident::One => *result = Ident::One,
            Ident::Two if self.int > 100 => *result = Ident::One,
            Ident::Two => *result = Ident::Four,
            Ident::Three => *result = Ident::Two,
            Ident::Four => {}
            Ident::Five => *result = Ident::Three,
        }
    }

    #[inline(never)]
    fn proc_8(&mut self, int_1: i32, int_2: i32) {
        let at = (int_1 + 5) as usize;
        self.array_1[at] = int_2;
        self.array_1[at + 1] = self.array_1[at];
        self.array_1[at + 30] = at as i32;
        for index in at..=at + 1 {
            self.array_2[at][index] = at as i32;
        }
        self.array_2[at][at - 1] += 1;
        self.array_2[at + 20][at] = self.array_1[at];
        self.int = 5;
    }

    #[inline(never)]
    fn func_1(&mut self, char_1: u8, char_2: u8) -> Ident {
        let copy = char_1;
        if copy != char_2 {
            Ident::One
        } else {
            self.char_1 = copy;
            Ident::Two
        }
    }

    #[inline(never)]
    fn func_2(&mut self, text_1: &Text, text_2: &Text) -> bool {
        let mut at = 2;
        let mut char = 0;
        while at <= 2 {
            if self.func_1(text_1[at], text_2[at + 1]) == Ident::One {
                char = b'A';
                at += 1;
            }
        }
        if (b'W'..b'Z').contains(&char) {
            at = 7;
        }
        if char == b'R' {
            return true;
        }
        if text_1 > text_2 {
            self.int = at as i32 + 7;
            return true;
        }
        false
    }

    /// Digests what Weicker's program prints at its end for inspection.
    fn checksum(&self, locals: &Locals) -> u64 {
        let mut checksum = Checksum::new();
        for int in [
            self.int,
            i32::from(self.boolean),
            i32::from(self.char_1),
            i32::from(self.char_2),
            self.array_1[8],
            self.array_2[8][7],
        ] {
            checksum.add(int as u64);
        }
        for record in &self.records {
            checksum.add(record.discriminant as u64);
            checksum.add(record.ident as u64);
            checksum.add(record.int as u64);
            add_text(&mut checksum, &record.text);
        }
        for int in [locals.int_1, locals.int_2, locals.int_3] {
            checksum.add(int as u64);
        }
        checksum.add(locals.ident as u64);
        add_text(&mut checksum, &locals.text_1);
        add_text(&mut checksum, &locals.text_2);
        checksum.finish()
    }
}

#[inline(never)]
fn proc_7(int_1: i32, int_2: i32, result: &mut i32) {
    let local = int_1 + 2;
    *result = int_2 + local;
}

#[inline(never)]
fn func_3(ident: Ident) -> bool {
    let copy = ident;
    copy == Ident::Three
}

fn add_text(checksum: &mut Checksum, text: &Text) {
    text.iter().for_each(|byte| checksum.add(u64::from(*byte)));
}

static GLOBALS: StaticCell<Globals> = StaticCell::new(Globals::EMPTY);

fn run(_: &mut [u64], meter: &mut Meter<'_>) {
    let globals = GLOBALS.take();
    meter.measure(&mut || {
        globals.set_up();
        let locals = globals.main_loop(black_box(RUNS));
        globals.checksum(&locals)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    /// The final values that Weicker's program prints next to what it found.
    #[test]
    fn expected_checksum_is_that_of_the_published_outcome() {
        let record = |ident, int| Record {
            pointer: RecordPointer::Next,
            discriminant: Ident::One,
            ident,
            int,
            text: SOME_TEXT,
        };
        let mut globals = Globals {
            int: 5,
            boolean: true,
            char_1: b'A',
            char_2: b'B',
            records: [record(Ident::Three, 17), record(Ident::Two, 18)],
            ..Globals::EMPTY
        };
        globals.array_1[8] = 7;
        globals.array_2[8][7] = RUNS + 10;
        let locals = Locals {
            int_1: 5,
            int_2: 13,
            int_3: 7,
            ident: Ident::Two,
            text_1: FIRST_TEXT,
            text_2: SECOND_TEXT,
        };
        let checksum = globals.checksum(&locals);
        assert_eq!(checksum, WORKLOAD.expected, "{checksum:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
