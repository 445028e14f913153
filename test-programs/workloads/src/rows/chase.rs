//! A chain of loads of which each depends on the one before, all over 64 MiB.
//!
//! Every line of 64 bytes holds the place of another one, so that all of them are one
//! cycle: a random cyclic permutation by S. Sattolo, "An algorithm to generate a random
//! cyclic permutation", Information Processing Letters 22 (1986).

use crate::{Meter, Work, Workload, checksum::Checksum, memory::words, random::Random};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "chase",
    unit: "500,000 dependent loads in 64 MiB",
    units: 10,
    expected: 0xf7b7_0d4d_00e7_48cf,
    work: Work::Compute { words: WORDS, run },
};

const WORDS: usize = words(64 << 20);
/// Words of a line.
const LINE: usize = 8;
/// Loads of a unit: not quite half of all lines.
const LOADS: usize = 500_000;

/// Makes one cycle of all lines: the first word of each is the index of that of the
/// next.
#[inline(never)]
fn set_up(words: &mut [u64]) {
    for line in (0..WORDS).step_by(LINE) {
        words[line] = line as u64;
    }
    let mut random = Random::new(4);
    for last in (1..WORDS / LINE).rev() {
        let other = random.below(last as u64) as usize;
        words.swap(last * LINE, other * LINE);
    }
}

#[inline(never)]
fn chase(words: &[u64]) -> u64 {
    let mut at = 0;
    for _ in 0..LOADS {
        at = words[at] as usize;
    }
    at as u64
}

fn digest(end: u64) -> u64 {
    let mut checksum = Checksum::new();
    checksum.add(end);
    checksum.finish()
}

fn run(memory: &mut [u64], meter: &mut Meter<'_>) {
    set_up(memory);
    meter.measure(&mut || digest(chase(memory)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    /// The same permutation as numbers of lines; as a list in the order of the cycle
    /// it tells the end without a walk.
    #[test]
    fn expected_digest_is_that_of_the_cycle_as_a_list() {
        let lines = WORDS / LINE;
        let mut next: Vec<usize> = (0..lines).collect();
        let mut random = Random::new(4);
        for last in (1..lines).rev() {
            next.swap(random.below(last as u64) as usize, last);
        }
        let cycle: Vec<usize> = std::iter::successors(Some(0), |line| Some(next[*line]))
            .take(lines)
            .collect();
        let mut sorted = cycle.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..lines), "one cycle of all lines");
        let digest = digest((cycle[LOADS] * LINE) as u64);
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
