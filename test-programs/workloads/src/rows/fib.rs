//! Fibonacci numbers by their definition: calls, and little else.

use core::hint::black_box;

use crate::{Meter, Work, Workload, checksum::Checksum};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "fib",
    unit: "60 × fib(24), recursive",
    units: 5,
    expected: 0xef93_7fb8_c554_6c15,
    work: Work::Compute { words: 0, run },
};

const INDEX: u64 = 24;
/// Numbers computed in a unit.
const ROUNDS: u64 = 60;

#[inline(never)]
fn fib(index: u64) -> u64 {
    if index < 2 {
        return index;
    }
    // The compiler must not see the addition, or it makes a loop of one of the calls.
    black_box(fib(index - 1)) + fib(index - 2)
}

fn digest(mut fib: impl FnMut(u64) -> u64) -> u64 {
    let mut checksum = Checksum::new();
    for _ in 0..ROUNDS {
        checksum.add(fib(black_box(INDEX)));
    }
    checksum.finish()
}

fn run(_: &mut [u64], meter: &mut Meter<'_>) {
    meter.measure(&mut || digest(fib));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    #[test]
    fn expected_digest_is_that_of_adding_up() {
        let digest = digest(|index| (0..index).fold((0, 1), |(a, b), _| (b, a + b)).0);
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
