//! Compares what two emulators say about one program.

use std::fmt;

use super::layout::{DUMP_LOG, DUMP_TRAPS, DUMP_WORDS, LOG_ENTRIES, LOG_FIELDS, Word};

/// The first word in which two dumps differ. Traps come before registers:
/// they say when things began to differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mismatch {
    pub(super) word: Word,
    pub(super) ours: u64,
    pub(super) theirs: u64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { word, ours, theirs } = self;
        write!(f, "{word}: ours {ours:#x}, theirs {theirs:#x}")
    }
}

/// The first difference between two dumps.
pub(super) fn first_mismatch(ours: &[u64], theirs: &[u64]) -> Option<Mismatch> {
    let words = ours.iter().zip(theirs);
    if words.len() != DUMP_WORDS {
        let end = |words: &[u64]| words.len() as u64;
        return Some(Mismatch {
            word: Word::End,
            ours: end(ours),
            theirs: end(theirs),
        });
    }
    let log = DUMP_LOG..DUMP_LOG + LOG_ENTRIES * LOG_FIELDS.len();
    let order = log.chain(0..DUMP_LOG).chain(DUMP_LOG..DUMP_WORDS);
    order
        .map(|index| (index, Word::at(index)))
        .find_map(|(index, word)| {
            (ours[index] != theirs[index]).then_some(Mismatch {
                word,
                ours: ours[index],
                theirs: theirs[index],
            })
        })
}

/// The entries of a trap log, as text.
pub(super) fn traps(dump: &[u64]) -> Vec<String> {
    let count = (dump[DUMP_TRAPS] as usize).min(LOG_ENTRIES);
    let (entries, _) = dump[DUMP_LOG..].as_chunks::<{ LOG_FIELDS.len() }>();
    entries
        .iter()
        .take(count)
        .map(|entry| {
            let fields = LOG_FIELDS.iter().zip(entry);
            let fields = fields.map(|(name, value)| format!("{name} {value:#x}"));
            fields.collect::<Vec<_>>().join(", ")
        })
        .collect()
}
