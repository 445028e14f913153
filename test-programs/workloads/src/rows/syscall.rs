//! The cheapest system call that no library can answer by itself.

use crate::{Meter, Work, Workload, checksum::Checksum, services::Services};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "syscall",
    unit: "40,000 getppid",
    units: 20,
    expected: 0x1b34_0709_7811_347a,
    work: Work::Ask(run),
};

const CALLS: u64 = 40_000;

/// The parent's number is another one each time that the program runs: digested is
/// what is the same.
fn digest(are_all_alike: bool) -> u64 {
    let mut checksum = Checksum::new();
    checksum.add(CALLS);
    checksum.add(are_all_alike.into());
    checksum.finish()
}

fn run(services: &mut dyn Services, meter: &mut Meter<'_>) {
    let parent = services.parent();
    meter.measure(&mut || {
        let mut differences = 0;
        for _ in 0..CALLS {
            differences |= services.parent() ^ parent;
        }
        digest(differences == 0)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::fake::digests;

    #[test]
    fn expected_digest_is_that_of_one_parent() {
        let digest = digest(true);
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn a_wrong_answer_is_seen() {
        let (right, wrong) = digests(&WORKLOAD);
        assert_eq!(right, WORKLOAD.expected);
        assert_ne!(wrong, WORKLOAD.expected);
    }
}
