//! The frame around a workload: units are counted, timed and checked.
//!
//! The report is a line of words `NAME units=… digest=0x… before=… instructions=…
//! nanoseconds=…`, of which those are left out that the front end cannot know.

use core::fmt;

use crate::{Services, Work, Workload};

/// What the clocks of a front end show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Instructions executed since some moment in the past.
    pub instructions: Option<u64>,
    /// Nanoseconds since some moment in the past.
    pub nanoseconds: Option<u64>,
}

/// Measures the units of one run.
pub struct Meter<'a> {
    workload: &'a Workload,
    units: u64,
    clock: &'a dyn Fn() -> Reading,
    before: Reading,
    after: Reading,
    /// The digest of the last unit, which is the first that was wrong, if one was.
    digest: Option<u64>,
}

impl Meter<'_> {
    /// Does all units; `unit` does one and digests its result. A wrong one is the last.
    pub fn measure(&mut self, unit: &mut dyn FnMut() -> u64) {
        self.before = (self.clock)();
        for _ in 0..self.units {
            let digest = unit();
            self.digest = Some(digest);
            if digest != self.workload.expected {
                break;
            }
        }
        self.after = (self.clock)();
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Report<'a> {
    workload: &'a Workload,
    units: u64,
    before: Reading,
    after: Reading,
    digest: Option<u64>,
}

impl Workload {
    /// Runs `units` units with what a front end has: `memory` lends so many words,
    /// `clock` is looked at before and after, `services` are those of its kernel.
    ///
    /// # Panics
    ///
    /// If it asks a kernel and there is none.
    pub fn run(
        &self,
        units: u64,
        clock: &dyn Fn() -> Reading,
        memory: impl FnOnce(usize) -> &'static mut [u64],
        services: Option<&mut dyn Services>,
    ) -> Report<'_> {
        let mut meter = Meter {
            workload: self,
            units,
            clock,
            before: Reading::default(),
            after: Reading::default(),
            digest: None,
        };
        match (self.work, services) {
            (Work::Compute { words, run }, _) => run(memory(words), &mut meter),
            (Work::Ask(run), Some(services)) => run(services, &mut meter),
            (Work::Ask(_), None) => panic!("{} asks a kernel, and there is none", self.name),
        }
        Report {
            workload: self,
            units,
            before: meter.before,
            after: meter.after,
            digest: meter.digest,
        }
    }
}

impl Report<'_> {
    /// The digest of the last unit.
    #[must_use]
    pub fn digest(&self) -> Option<u64> {
        self.digest
    }

    /// Whether every unit was right.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.digest
            .is_none_or(|digest| digest == self.workload.expected)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} units={}", self.workload.name, self.units)?;
        if let Some(digest) = self.digest {
            write!(f, " digest={digest:#018x}")?;
        }
        if let (Some(before), Some(after)) = (self.before.instructions, self.after.instructions) {
            let instructions = after.wrapping_sub(before);
            write!(f, " before={before} instructions={instructions}")?;
        }
        if let (Some(before), Some(after)) = (self.before.nanoseconds, self.after.nanoseconds) {
            write!(f, " nanoseconds={}", after.wrapping_sub(before))?;
        }
        if !self.is_right() {
            write!(
                f,
                " WRONG, expected digest={:#018x}",
                self.workload.expected
            )?;
        }
        Ok(())
    }
}

/// Runs one unit of a workload on the host, as the tests do.
#[cfg(test)]
pub(crate) fn digest_of_a_unit(workload: &Workload) -> u64 {
    let memory = |words| vec![0xa5a5_a5a5_a5a5_a5a5; words].leak();
    let report = workload.run(1, &Reading::default, memory, None);
    report.digest().expect("a unit has a digest")
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    const WORKLOAD: Workload = Workload {
        name: "adding",
        unit: "an addition",
        units: 3,
        expected: 7,
        work: Work::Compute {
            words: 2,
            run: |memory, meter| {
                assert_eq!(memory.len(), 2);
                meter.measure(&mut || {
                    memory[0] += 1;
                    memory[0].min(memory[1])
                });
            },
        },
    };

    fn report(units: u64, memory: [u64; 2]) -> String {
        let steps = Cell::new(10);
        let clock = || {
            steps.set(steps.get() * 2);
            Reading {
                instructions: Some(steps.get()),
                nanoseconds: (memory[1] != 0).then_some(steps.get() / 10),
            }
        };
        let memory = |_| memory.to_vec().leak() as &mut [u64];
        let report = WORKLOAD.run(units, &clock, memory, None);
        assert_eq!(report.is_right(), !report.to_string().contains("WRONG"));
        report.to_string()
    }

    #[test]
    fn a_right_run_tells_what_it_took() {
        let line =
            "adding units=3 digest=0x0000000000000007 before=20 instructions=20 nanoseconds=2";
        assert_eq!(report(3, [8, 7]), line);
        let line = "adding units=0 before=20 instructions=20 nanoseconds=2";
        assert_eq!(report(0, [8, 7]), line);
    }

    #[test]
    fn a_wrong_unit_is_the_last() {
        let line = "adding units=3 digest=0x0000000000000000 before=20 instructions=20 WRONG, \
                    expected digest=0x0000000000000007";
        assert_eq!(report(3, [8, 0]), line);
        assert!(report(3, [5, 9]).contains("digest=0x0000000000000006 "));
    }
}
