//! Quicksort of pseudo-random integers.
//!
//! C. A. R. Hoare, "Quicksort", The Computer Journal 5 (1962), with the usual
//! refinements of R. Sedgewick, "Implementing Quicksort programs", CACM 21
//! (1978): the median of three as pivot, insertion sort for short parts, and
//! recursion into the shorter part only.

use crate::{bench::Workload, checksum::Checksum, random::Random, static_cell::StaticCell};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "qsort",
    run,
    expected: 0x27e0_2152_bff3_68fc,
};

/// Numbers sorted at a time: half a page of them, so that they fit beside code.
const LEN: usize = 512;
/// Times that a new set of numbers is sorted.
const ROUNDS: u64 = 24_000;
/// Parts up to this length are left to insertion sort.
const SHORT: usize = 10;

static NUMBERS: StaticCell<[i32; LEN]> = StaticCell::new([0; LEN]);

fn run() -> u64 {
    sort_rounds(NUMBERS.take(), ROUNDS, quicksort)
}

/// Fills and sorts `rounds` times; digests numbers all over the results.
fn sort_rounds(numbers: &mut [i32; LEN], rounds: u64, sort: impl Fn(&mut [i32])) -> u64 {
    let mut random = Random::new(0);
    let mut checksum = Checksum::new();
    for _ in 0..rounds {
        numbers.fill_with(|| random.next() as i32);
        sort(numbers);
        for number in numbers.iter().step_by(8) {
            checksum.add(*number as u64);
        }
    }
    checksum.finish()
}

#[inline(never)]
fn quicksort(mut numbers: &mut [i32]) {
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
fn partition(numbers: &mut [i32]) -> usize {
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

fn median(a: i32, b: i32, c: i32) -> i32 {
    a.min(b).max(a.max(b).min(c))
}

fn insertion_sort(numbers: &mut [i32]) {
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

    #[test]
    fn expected_checksum_is_that_of_the_library_sort() {
        let checksum = sort_rounds(&mut [0; LEN], ROUNDS, <[i32]>::sort_unstable);
        assert_eq!(checksum, WORKLOAD.expected, "{checksum:#018x}");
    }

    #[test]
    fn quicksort_sorts() {
        let mut random = Random::new(1);
        for len in 0..300 {
            // Few different values, so that many are equal to the pivot.
            let mut numbers: Vec<i32> = (0..len).map(|_| random.below(50) as i32).collect();
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            quicksort(&mut numbers);
            assert_eq!(numbers, sorted);
        }
    }

    #[test]
    fn the_program_gives_the_expected_checksum() {
        assert_eq!(run(), WORKLOAD.expected);
    }
}
