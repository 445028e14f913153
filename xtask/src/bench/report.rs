//! The results and their evaluation. Serialized, they are the JSON file; as
//! text, the tables (`table.rs`).

use std::{fmt::Display, path::PathBuf};

use serde::Serialize;

use super::block;
use super::programs::{Link, Program};
use crate::machine::Machine;

/// Everything that a measurement found. Our own `pagewalk` is the first of the
/// contestants, here and in each program's measurements.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) commit: Option<String>,
    pub(super) rounds: u32,
    pub(super) contestants: Vec<ContestantReport>,
    pub(super) programs: Vec<ProgramReport>,
    pub(super) blocks: Vec<block::Row>,
    /// What the contestants disagree about, and other doubts.
    pub(super) problems: Vec<String>,
}

/// An emulator that took part.
#[derive(Serialize)]
pub(super) struct ContestantReport {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) version: Option<String>,
    /// Subtracted from each time to get the speed.
    pub(super) startup_seconds: Option<f64>,
    /// Why the start-up could not be measured.
    pub(super) error: Option<String>,
}

/// The results of one program.
#[derive(Serialize)]
pub(super) struct ProgramReport {
    pub(super) name: String,
    pub(super) link: Link,
    /// Guest instructions, as counted by the program itself on the first
    /// contestant that counts instructions.
    pub(super) instructions: Option<u64>,
    pub(super) host_instructions_per_instruction: Option<f64>,
    pub(super) measurements: Vec<Measurement>,
}

/// The results of one program on one contestant.
#[derive(Serialize)]
pub(super) struct Measurement {
    pub(super) contestant: String,
    /// Wall time of each round, start-up included.
    pub(super) seconds: Vec<f64>,
    pub(super) checksum: Option<String>,
    /// The program's instruction count, where the contestant gives one.
    pub(super) instret: Option<u64>,
    /// Median of the times, start-up subtracted.
    pub(super) net_seconds: Option<f64>,
    /// Millions of guest instructions a second.
    pub(super) mips: Option<f64>,
    /// Our speed over that of this contestant.
    pub(super) our_speed_ratio: Option<f64>,
    /// For the second link: its net time over that of the first.
    pub(super) shared_over_separate: Option<f64>,
    pub(super) error: Option<String>,
}

impl ProgramReport {
    pub(super) fn new(program: &Program, contestants: &[ContestantReport]) -> Self {
        let (name, link) = program.workload_and_link();
        Self {
            name: name.to_owned(),
            link,
            instructions: None,
            host_instructions_per_instruction: None,
            measurements: contestants.iter().map(Measurement::new).collect(),
        }
    }
}

impl Measurement {
    /// No result yet; never one if the contestant does not start.
    fn new(contestant: &ContestantReport) -> Self {
        let error = contestant.error.as_ref();
        Self {
            contestant: contestant.name.clone(),
            seconds: Vec::new(),
            checksum: None,
            instret: None,
            net_seconds: None,
            mips: None,
            our_speed_ratio: None,
            shared_over_separate: None,
            error: error.map(|_| "does not start".to_owned()),
        }
    }
}

// --- evaluation -------------------------------------------------------------

impl Report {
    /// Computes all that follows from the times and counts.
    pub(super) fn evaluate(&mut self) {
        let startups: Vec<_> = self.contestants.iter().map(|c| c.startup_seconds).collect();
        for program in &mut self.programs {
            self.problems.extend(program.disagreements());
            program.evaluate(&startups);
        }
        self.compare_links();
        for row in &mut self.blocks {
            self.problems.extend(row.evaluate());
        }
    }

    /// Whether every program ended well on our emulator.
    pub(super) fn ours_passed(&self) -> bool {
        self.contestants[0].error.is_none()
            && self
                .programs
                .iter()
                .all(|program| program.measurements[0].error.is_none())
            && self.blocks.iter().all(block::Row::ours_passed)
    }

    fn compare_links(&mut self) {
        for second in 0..self.programs.len() {
            let shared = &self.programs[second];
            let is_first = |other: &&ProgramReport| {
                (other.name.as_str(), other.link) == (&shared.name, Link::Separate)
            };
            let Some(separate) = self.programs.iter().find(is_first) else {
                continue;
            };
            if shared.link == Link::Separate {
                continue;
            }
            if shared.instructions != separate.instructions {
                let name = &shared.name;
                let problem = format!("{name}: the two links differ in their instructions");
                self.problems.push(problem);
            }
            let pairs = shared.measurements.iter().zip(&separate.measurements);
            let ratios: Vec<_> = pairs
                .map(|(shared, separate)| Some(shared.net_seconds? / separate.net_seconds?))
                .collect();
            for (measurement, ratio) in self.programs[second].measurements.iter_mut().zip(ratios) {
                measurement.shared_over_separate = ratio;
            }
        }
    }
}

impl ProgramReport {
    fn evaluate(&mut self, startups: &[Option<f64>]) {
        self.instructions = self.measurements.iter().find_map(|m| m.instret);
        for (measurement, startup) in self.measurements.iter_mut().zip(startups) {
            let whole = if measurement.error.is_none() {
                median(&measurement.seconds)
            } else {
                None
            };
            measurement.net_seconds = whole
                .zip(*startup)
                .map(|(whole, startup)| whole - startup)
                .filter(|net| *net > 0.0);
            measurement.mips = self
                .instructions
                .zip(measurement.net_seconds)
                .map(|(instructions, net)| instructions as f64 / net / 1e6);
        }
        let ours = self.measurements[0].net_seconds;
        for peer in &mut self.measurements[1..] {
            peer.our_speed_ratio = peer.net_seconds.zip(ours).map(|(peer, ours)| peer / ours);
        }
    }

    /// Contestants that saw another result or another number of instructions
    /// than the first one that has any.
    fn disagreements(&self) -> Vec<String> {
        let name = |m: &'_ Measurement| m.contestant.clone();
        let measurements = self.measurements.iter();
        let checksums = measurements.clone().map(|m| (name(m), m.checksum.clone()));
        let counts = measurements.map(|m| (name(m), m.instret.map(|n| n.to_string())));
        let mut problems = first_differences("checksum", checksums);
        problems.extend(first_differences("instret", counts));
        problems
            .iter()
            .map(|problem| format!("{}: {problem}", self.name))
            .collect()
    }
}

/// Says whose `what` is not that of the first contestant that has any.
pub(super) fn first_differences<N: Display>(
    what: &str,
    values: impl Iterator<Item = (N, Option<String>)>,
) -> Vec<String> {
    let mut known = values.filter_map(|(name, value)| Some((name, value?)));
    let Some((first, expected)) = known.next() else {
        return Vec::new();
    };
    known
        .filter(|(_, value)| *value != expected)
        .map(|(name, value)| format!("{what} {value} on {name}, {expected} on {first}"))
        .collect()
}

/// The middle one of the values, or the mean of the middle two.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some((lower + upper) / 2.0)
}

/// The mean of ratios.
pub(super) fn geometric_mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().map(|value| value.ln()).sum();
    (!values.is_empty()).then(|| (sum / values.len() as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contestant(name: &str) -> ContestantReport {
        ContestantReport {
            name: name.to_owned(),
            path: PathBuf::new(),
            version: None,
            startup_seconds: Some(1.0),
            error: None,
        }
    }

    fn measurement(name: &str, seconds: &[f64], instret: Option<u64>) -> Measurement {
        Measurement {
            seconds: seconds.to_vec(),
            checksum: Some("0x1".to_owned()),
            instret,
            ..Measurement::new(&contestant(name))
        }
    }

    /// Two contestants with a start-up of one second; the peer does not count.
    fn report(separate: [&[f64]; 2], shared: [&[f64]; 2]) -> Report {
        let program = |link, [ours, peers]: [&[f64]; 2]| ProgramReport {
            name: "work".to_owned(),
            link,
            instructions: None,
            host_instructions_per_instruction: None,
            measurements: vec![
                measurement("pagewalk", ours, Some(2_000_000)),
                measurement("peer", peers, None),
            ],
        };
        Report {
            machine: Machine::detect(),
            commit: None,
            rounds: 3,
            contestants: vec![contestant("pagewalk"), contestant("peer")],
            programs: vec![
                program(Link::Separate, separate),
                program(Link::Shared, shared),
            ],
            blocks: Vec::new(),
            problems: Vec::new(),
        }
    }

    #[test]
    fn speeds_are_those_of_the_median_without_the_startup() {
        let mut report = report([&[9.0, 2.0, 3.0], &[5.0, 5.0, 5.0]], [&[4.0], &[9.0]]);
        report.evaluate();
        let [ours, peer] = &report.programs[0].measurements[..] else {
            panic!("two contestants")
        };
        assert_eq!((ours.net_seconds, ours.mips), (Some(2.0), Some(1.0)));
        assert_eq!((peer.mips, peer.our_speed_ratio), (Some(0.5), Some(2.0)));
        let shared = &report.programs[1].measurements;
        assert_eq!(shared[0].shared_over_separate, Some(1.5));
        assert_eq!(shared[1].shared_over_separate, Some(2.0));
        assert_eq!(report.problems, Vec::<String>::new());
    }

    #[test]
    fn a_failed_peer_has_no_speed_and_is_reported() {
        let mut report = report([&[2.0], &[]], [&[2.0], &[3.0]]);
        report.programs[0].measurements[1].error = Some("it broke".to_owned());
        report.evaluate();
        assert_eq!(report.programs[0].measurements[1].mips, None);
        assert!(report.ours_passed());
        let text = report.to_string();
        assert!(text.contains("work on peer: it broke"), "{text}");
    }

    #[test]
    fn disagreement_is_a_problem() {
        let mut report = report([&[2.0], &[3.0]], [&[2.0], &[3.0]]);
        report.programs[0].measurements[1].instret = Some(1_999_999);
        report.programs[1].measurements[1].checksum = Some("0x2".to_owned());
        report.evaluate();
        assert_eq!(
            report.problems,
            [
                "work: instret 1999999 on peer, 2000000 on pagewalk",
                "work: checksum 0x2 on peer, 0x1 on pagewalk",
            ]
        );
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
