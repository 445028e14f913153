//! A hash table with open addressing and linear probing (W. W. Peterson, "Addressing
//! for random-access storage", IBM Journal of Research and Development 1 (1957)), half
//! full, larger than most caches.

use crate::{Meter, Work, Workload, checksum::Checksum, memory::words, random::Random};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "hash",
    unit: "800,000 probes in a table of 16 MiB",
    units: 16,
    expected: 0x453c_7462_97a2_48a8,
    work: Work::Compute {
        words: words(SLOTS * 16),
        run,
    },
};

/// Slots of the table, each a key and a value; a power of two.
const SLOTS: usize = 1 << 20;
/// Keys in it.
const KEYS: u64 = SLOTS as u64 / 2;
/// Keys looked for in a unit; about half of them are there.
const PROBES: usize = 800_000;
/// The key of a slot that is free.
const FREE: u64 = 0;

/// The key of number `index`: different ones for different numbers, and not
/// [`FREE`], which is that of a number outside of all that are used.
fn key(index: u64) -> u64 {
    Random::new(index).next()
}

/// Where to look for a key first: multiplicative hashing, D. E. Knuth, "The Art of
/// Computer Programming", vol. 3, section 6.4.
fn home(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SLOTS.trailing_zeros())) as usize
}

struct Table<'a>(&'a mut [[u64; 2]]);

impl Table<'_> {
    #[inline(never)]
    fn insert(&mut self, key: u64, value: u64) {
        let mut at = home(key);
        while self.0[at][0] != FREE {
            at = (at + 1) % SLOTS;
        }
        self.0[at] = [key, value];
    }

    fn find(&self, key: u64) -> Option<u64> {
        let mut at = home(key);
        loop {
            match self.0[at] {
                [found, value] if found == key => return Some(value),
                [FREE, _] => return None,
                _ => at = (at + 1) % SLOTS,
            }
        }
    }

    #[inline(never)]
    fn probe(&self) -> u64 {
        let mut random = Random::new(0);
        let (mut found, mut sum) = (0, 0);
        for _ in 0..PROBES {
            if let Some(value) = self.find(key(random.below(2 * KEYS))) {
                found += 1;
                sum += value;
            }
        }
        digest(found, sum)
    }
}

fn digest(found: u64, sum: u64) -> u64 {
    let mut checksum = Checksum::new();
    checksum.add(found);
    checksum.add(sum);
    checksum.finish()
}

fn run(memory: &mut [u64], meter: &mut Meter<'_>) {
    let (slots, _) = memory.as_chunks_mut();
    slots.fill([FREE; 2]);
    let mut table = Table(slots);
    for index in 0..KEYS {
        table.insert(key(index), index);
    }
    meter.measure(&mut || table.probe());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    /// Without a table: the keys of the first numbers are there, others are not.
    #[test]
    fn expected_digest_is_that_of_the_numbers_themselves() {
        let mut random = Random::new(0);
        let probed: Vec<u64> = (0..PROBES).map(|_| random.below(2 * KEYS)).collect();
        let found: Vec<u64> = probed.into_iter().filter(|index| *index < KEYS).collect();
        assert!(found.len().abs_diff(PROBES / 2) < PROBES / 100);
        let digest = digest(found.len() as u64, found.iter().sum());
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn keys_differ_and_no_slot_that_is_used_looks_free() {
        let mut keys: Vec<u64> = (0..2 * KEYS).map(key).collect();
        keys.sort_unstable();
        assert_ne!(keys[0], FREE);
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
