//! Page faults: memory that was asked for is touched page by page, and given back.

use crate::{Meter, Work, Workload, checksum::Checksum, services::Services};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "fault",
    unit: "4,096 page faults",
    units: 10,
    expected: 0xeb1b_bd4e_9e7b_5fdf,
    work: Work::Ask(run),
};

const PAGES: usize = 4096;
/// Words of a page.
const WORDS: usize = 512;

/// What is stored in a page.
fn stamp(page: usize) -> u64 {
    page as u64 * 3 + 1
}

fn run(services: &mut dyn Services, meter: &mut Meter<'_>) {
    meter.measure(&mut || {
        let mut checksum = Checksum::new();
        services.with_pages(PAGES, &mut |memory| {
            let pages = || (0..PAGES).map(|page| page * WORDS);
            for (page, word) in pages().enumerate() {
                memory[word] += stamp(page);
            }
            let sum = pages().fold(0, |sum: u64, word| sum.wrapping_add(memory[word]));
            checksum.add(sum);
        });
        checksum.finish()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::fake::digests;

    #[test]
    fn expected_digest_is_that_of_the_sum_by_formula() {
        let mut checksum = Checksum::new();
        checksum.add(3 * 4096 * 4095 / 2 + 4096);
        let digest = checksum.finish();
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn pages_that_are_not_zero_are_seen() {
        let (right, wrong) = digests(&WORKLOAD);
        assert_eq!(right, WORKLOAD.expected);
        assert_ne!(wrong, WORKLOAD.expected);
    }
}
