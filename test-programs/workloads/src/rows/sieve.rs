//! The sieve of Eratosthenes, a byte for each number.

use crate::{
    Meter, Work, Workload,
    checksum::Checksum,
    memory::{view, words},
};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "sieve",
    unit: "4 sieves of 1 MiB",
    units: 8,
    expected: 0x09ae_0ab0_7361_430d,
    work: Work::Compute {
        words: words(LEN),
        run,
    },
};

/// The numbers below this are looked at.
const LEN: usize = 1 << 20;
/// Times that this is done for a unit.
const ROUNDS: usize = 4;

fn run(memory: &mut [u64], meter: &mut Meter<'_>) {
    let is_prime = view(memory);
    meter.measure(&mut || {
        let mut checksum = Checksum::new();
        for _ in 0..ROUNDS {
            sieve(is_prime);
            let primes = (0..LEN).filter(|number| is_prime[*number] != 0);
            let (count, sum) = primes.fold((0, 0), |(count, sum), prime| (count + 1, sum + prime));
            checksum.add(count);
            checksum.add(sum as u64);
        }
        checksum.finish()
    });
}

/// Leaves a byte that is not zero for each prime.
#[inline(never)]
fn sieve(is_prime: &mut [u8]) {
    is_prime.fill(1);
    is_prime[..2].fill(0);
    for number in (2..).take_while(|number| number * number < LEN) {
        if is_prime[number] != 0 {
            for multiple in is_prime[number * number..].iter_mut().step_by(number) {
                *multiple = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    #[test]
    fn expected_digest_is_that_of_trial_division() {
        let mut primes: Vec<usize> = Vec::new();
        for number in 2..LEN {
            let mut divisors = primes.iter().take_while(|prime| *prime * *prime <= number);
            if divisors.all(|prime| number % prime != 0) {
                primes.push(number);
            }
        }
        // The number of primes below 2^20 is published, OEIS A007053.
        assert_eq!(primes.len(), 82_025);
        let mut checksum = Checksum::new();
        for _ in 0..ROUNDS {
            checksum.add(primes.len() as u64);
            checksum.add(primes.iter().sum::<usize>() as u64);
        }
        let digest = checksum.finish();
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
