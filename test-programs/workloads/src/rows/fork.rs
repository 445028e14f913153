//! Processes that do nothing but end.

use crate::{Meter, Work, Workload, checksum::Checksum, services::Services};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "fork",
    unit: "50 × fork, exit, wait",
    units: 10,
    expected: 0xef94_cd2b_7088_d5ea,
    work: Work::Ask(run),
};

const CHILDREN: u8 = 50;

fn run(services: &mut dyn Services, meter: &mut Meter<'_>) {
    meter.measure(&mut || {
        let mut checksum = Checksum::new();
        for status in 0..CHILDREN {
            checksum.add(services.child(status).into());
        }
        checksum.finish()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::fake::digests;

    #[test]
    fn expected_digest_is_that_of_the_statuses() {
        let mut checksum = Checksum::new();
        (0..50).for_each(|status| checksum.add(status));
        let digest = checksum.finish();
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn a_wrong_answer_is_seen() {
        let (right, wrong) = digests(&WORKLOAD);
        assert_eq!(right, WORKLOAD.expected);
        assert_ne!(wrong, WORKLOAD.expected);
    }
}
