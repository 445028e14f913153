//! Two loops of J. D. McCalpin's STREAM, on three arrays that lie exactly 8 MiB apart:
//! the worst that can be for a table that looks at some bits of an address.

use crate::{
    Meter, Work, Workload,
    checksum::Checksum,
    memory::{view, words},
};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "triad",
    unit: "8 × (triad + copy) of three 8 MiB arrays, 8 MiB apart",
    units: 4,
    expected: 0x2875_05d5_6afd_75a5,
    work: Work::Compute {
        words: words(3 * LEN * 8),
        run,
    },
};

/// Numbers of an array: 8 MiB.
const LEN: usize = 1 << 20;
/// The factor of each round. Each undoes what the one before it did, so that all units
/// do the same.
const FACTORS: [f64; 8] = [1.5, -1.5, 2.5, -2.5, 3.5, -3.5, 4.5, -4.5];
/// One of so many numbers is looked at.
const SAMPLE: usize = 1021;

#[inline(never)]
fn triad(to: &mut [f64], from: &[f64], scaled: &[f64], factor: f64) {
    for ((to, from), scaled) in to.iter_mut().zip(from).zip(scaled) {
        *to = from + factor * scaled;
    }
}

/// Number by number: the library's way to copy is another benchmark.
#[inline(never)]
fn copy(to: &mut [f64], from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = core::hint::black_box(*from);
    }
}

fn run(memory: &mut [u64], meter: &mut Meter<'_>) {
    let (a, rest) = view(memory).split_at_mut(LEN);
    let (b, c) = rest.split_at_mut(LEN);
    a.fill(0.0);
    for index in 0..LEN {
        (b[index], c[index]) = (index as f64, (index % 1000) as f64);
    }
    meter.measure(&mut || {
        let mut checksum = Checksum::new();
        for factor in FACTORS {
            triad(a, b, c, factor);
            copy(b, a);
            for sample in b.iter().step_by(SAMPLE) {
                checksum.add(sample.to_bits());
            }
        }
        checksum.finish()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    /// All values are multiples of a half, exact in integers, too.
    #[test]
    fn expected_digest_is_that_of_integers() {
        let mut checksum = Checksum::new();
        for (round, factor) in FACTORS.into_iter().enumerate() {
            for index in (0..LEN as i64).step_by(SAMPLE) {
                let added = (2.0 * factor) as i64 * (index % 1000);
                let halves = 2 * index + if round % 2 == 0 { added } else { 0 };
                checksum.add((halves as f64 / 2.0).to_bits());
            }
        }
        let digest = checksum.finish();
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
