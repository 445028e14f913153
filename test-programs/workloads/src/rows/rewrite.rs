//! Code that is written, made visible to instruction fetches, and called.

use crate::{Meter, Work, Workload, checksum::Checksum, services::Services};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "rewrite",
    unit: "2,000 rewrites of code, flushed and called",
    units: 50,
    expected: 0x6bdb_8518_f127_1835,
    work: Work::Ask(run),
};

const REWRITES: u16 = 2_000;

fn run(services: &mut dyn Services, meter: &mut Meter<'_>) {
    meter.measure(&mut || {
        let mut checksum = Checksum::new();
        for result in 0..REWRITES {
            checksum.add(services.rewrite(result));
        }
        checksum.finish()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::fake::digests;

    #[test]
    fn expected_digest_is_that_of_the_numbers() {
        let mut checksum = Checksum::new();
        (0..2_000).for_each(|result| checksum.add(result));
        let digest = checksum.finish();
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn stale_code_is_seen() {
        let (right, wrong) = digests(&WORKLOAD);
        assert_eq!(right, WORKLOAD.expected);
        assert_ne!(wrong, WORKLOAD.expected);
    }
}
