//! The loader on arbitrary files. Half of the mutations write a telling value
//! into a field of an ELF structure; the others are the fuzzer's own.
//!
//! `cargo +nightly fuzz run loader corpus/loader seeds/loader`. A file that was
//! found to do harm goes to `seeds/loader` (less than 4 KiB, please): the tests
//! of the loader replay what is there.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

#[path = "../../crates/loader/tests/loader/invariants.rs"]
mod invariants;

fuzz_target!(|bytes: &[u8]| {
    invariants::check(bytes);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random(u64::from(seed) | 1 << 40);
    if size < ELF_HEADER.size || random.below(2) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    for _ in 0..=random.below(3) {
        mutate_field(&mut data[..size], &mut random);
    }
    size
});

/// The fields of a structure of ELF-64: offset and width.
struct Layout {
    size: usize,
    fields: &'static [(usize, usize)],
}

const ELF_HEADER: Layout = Layout {
    size: 64,
    fields: &[
        (16, 2),
        (18, 2),
        (24, 8),
        (32, 8),
        (40, 8),
        (54, 2),
        (56, 2),
        (58, 2),
        (60, 2),
        (62, 2),
    ],
};
const PROGRAM_HEADER: Layout = Layout {
    size: 56,
    fields: &[(0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 8)],
};
const SECTION_HEADER: Layout = Layout {
    size: 64,
    fields: &[
        (0, 4),
        (4, 4),
        (8, 8),
        (16, 8),
        (24, 8),
        (32, 8),
        (40, 4),
        (56, 8),
    ],
};
const SYMBOL: Layout = Layout {
    size: 24,
    fields: &[(0, 4), (4, 1), (6, 2), (8, 8), (16, 8)],
};

fn mutate_field(file: &mut [u8], random: &mut Random) {
    let (start, layout) = match random.below(8) {
        0 => (0, &ELF_HEADER),
        1..=3 => (entry(file, read(file, 32, 8), 56, random), &PROGRAM_HEADER),
        4..=5 => (entry(file, read(file, 40, 8), 60, random), &SECTION_HEADER),
        _ => (symbol(file, random), &SYMBOL),
    };
    let (offset, width) = layout.fields[random.below(layout.fields.len() as u64) as usize];
    let at = start.saturating_add(offset);
    let old = read(file, at, width);
    let value = match random.below(6) {
        0 => random.below(64),
        1 => file.len() as u64,
        2 => u64::MAX,
        3 => 0x8000_0000,
        4 => random.next(),
        _ => old,
    };
    let value = value.wrapping_add(random.below(9)).wrapping_sub(4);
    if let Some(field) = file.get_mut(at..at.saturating_add(width)) {
        field.copy_from_slice(&value.to_le_bytes()[..width]);
    }
}

/// Where an entry of a header table begins.
fn entry(file: &[u8], table: u64, count_at: usize, random: &mut Random) -> usize {
    let size = if count_at == 56 {
        PROGRAM_HEADER.size
    } else {
        SECTION_HEADER.size
    };
    let index = random.below(read(file, count_at, 2).clamp(1, 64)) as usize;
    (table as usize).saturating_add(index * size)
}

/// Where a symbol begins, if a section that is tried at random is a symbol table.
fn symbol(file: &[u8], random: &mut Random) -> usize {
    for _ in 0..8 {
        let section = entry(file, read(file, 40, 8), 60, random);
        if matches!(read(file, section.saturating_add(4), 4), 2 | 11) {
            let table = read(file, section.saturating_add(24), 8) as usize;
            let count = read(file, section.saturating_add(32), 8) / SYMBOL.size as u64;
            let index = random.below(count.clamp(1, 64)) as usize;
            return table.saturating_add(index * SYMBOL.size);
        }
    }
    usize::MAX
}

/// A field of the file; 0 where there is none.
fn read(file: &[u8], at: usize, width: usize) -> u64 {
    let mut bytes = [0; 8];
    if let Some(field) = file.get(at..at.saturating_add(width)) {
        bytes[..width].copy_from_slice(field);
    }
    u64::from_le_bytes(bytes)
}

/// xorshift64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
