//! Quicksort of pseudo-random integers.
//!
//! C. A. R. Hoare, "Quicksort", The Computer Journal 5 (1962), with the usual
//! refinements of R. Sedgewick, "Implementing Quicksort programs", CACM 21
//! (1978): the median of three as pivot, insertion sort for short parts, and
//! recursion into the shorter part only.

use crate::{
    Meter, Work, Workload,
    checksum::Checksum,
    memory::{view, words},
    random::Random,
};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "qsort",
    unit: "quicksort of 256 Ki integers",
    units: 12,
    expected: 0xfcaa_2743_77a5_784c,
    work: Work::Compute {
        words: words(LEN * 4),
        run,
    },
};

/// Numbers that are sorted.
const LEN: usize = 256 << 10;
/// Parts up to this length are left to insertion sort.
const SHORT: usize = 10;

fn run(memory: &mut [u64], meter: &mut Meter<'_>) {
    let numbers = view(memory);
    meter.measure(&mut || digest(numbers, quicksort));
}

/// Fills and sorts; digests numbers all over the result.
fn digest(numbers: &mut [u32], sort: impl Fn(&mut [u32])) -> u64 {
    let mut random = Random::new(0);
    numbers.fill_with(|| random.next() as u32);
    sort(numbers);
    let mut checksum = Checksum::new();
    for number in numbers.iter().step_by(61) {
        checksum.add((*number).into());
    }
    checksum.finish()
}

#[inline(never)]
fn quicksort(mut numbers: &mut [u32]) {
    while numbers.len() > SHORT {
        let middle = partition(numbers);
        let (left, right) = numbers.split_at_mut(middle);
        let (shorter, longer) = if left.len() < right.len() {
            (left, right)
        } else {
            (right, left)
        };
        quicksort(shorter);
        numbers = longer;
    }
    insertion_sort(numbers);
}

/// Splits into numbers not above, and numbers not below, the pivot. Returns
/// where the second part begins; neither part is empty.
fn partition(numbers: &mut [u32]) -> usize {
    let last = numbers.len() - 1;
    let pivot = median(numbers[0], numbers[last / 2], numbers[last]);
    let (mut left, mut right) = (0, last);
    loop {
        while numbers[left] < pivot {
            left += 1;
        }
        while numbers[right] > pivot {
            right -= 1;
        }
        if left >= right {
            // Both at one number, the pivot, which may not be the first: the
            // last number is not below the median of three with itself in it.
            return left.max(1);
        }
        numbers.swap(left, right);
        left += 1;
        right -= 1;
    }
}

fn median(a: u32, b: u32, c: u32) -> u32 {
    a.min(b).max(a.max(b).min(c))
}

fn insertion_sort(numbers: &mut [u32]) {
    for sorted in 1..numbers.len() {
        let number = numbers[sorted];
        let mut place = sorted;
        while place > 0 && numbers[place - 1] > number {
            numbers[place] = numbers[place - 1];
            place -= 1;
        }
        numbers[place] = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    #[test]
    fn expected_digest_is_that_of_the_library_sort() {
        let digest = digest(&mut vec![0; LEN], <[u32]>::sort_unstable);
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn quicksort_sorts() {
        let mut random = Random::new(1);
        for len in 0..300 {
            // Few different values, so that many are equal to the pivot.
            let mut numbers: Vec<u32> = (0..len).map(|_| random.below(50) as u32).collect();
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            quicksort(&mut numbers);
            assert_eq!(numbers, sorted);
        }
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
