//! The results: their evaluation, the table, and the JSON file.

use std::{fmt, path::PathBuf};

use serde::Serialize;

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
    }

    /// Whether every program ended well on our emulator.
    pub(super) fn ours_passed(&self) -> bool {
        self.contestants[0].error.is_none()
            && self
                .programs
                .iter()
                .all(|program| program.measurements[0].error.is_none())
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
        let checksums = self.measurements.iter().map(|m| (m, m.checksum.clone()));
        let counts = self
            .measurements
            .iter()
            .map(|m| (m, m.instret.map(|n| n.to_string())));
        let mut problems = first_differences("checksum", checksums);
        problems.extend(first_differences("instret", counts));
        problems
            .iter()
            .map(|problem| format!("{}: {problem}", self.name))
            .collect()
    }
}

fn first_differences<'a>(
    what: &str,
    values: impl Iterator<Item = (&'a Measurement, Option<String>)>,
) -> Vec<String> {
    let mut known = values.filter_map(|(m, value)| Some((&m.contestant, value?)));
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

fn geometric_mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().map(|value| value.ln()).sum();
    (!values.is_empty()).then(|| (sum / values.len() as f64).exp())
}

// --- the table ----------------------------------------------------------------

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_circumstances(f)?;
        writeln!(
            f,
            "\nMIPS, medians of {} rounds (our speed / the peer's):\n",
            self.rounds
        )?;
        write_table(f, &self.speed_rows())?;
        let links = self.link_rows();
        if links.len() > 1 {
            writeln!(
                f,
                "\nTime of the shared link / time of the separate link:\n"
            )?;
            write_table(f, &links)?;
        }
        let counts = self.count_rows();
        if counts.len() > 1 {
            writeln!(f, "\nHost instructions per guest instruction:\n")?;
            write_table(f, &counts)?;
        }
        self.write_problems(f)
    }
}

/// A table's cell without a value; the reason is among the problems.
const NO_VALUE: &str = "-";

impl Report {
    fn write_circumstances(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "machine: {}", self.machine)?;
        if let Some(commit) = &self.commit {
            writeln!(f, "commit: {commit}")?;
        }
        for contestant in &self.contestants {
            let version = contestant.version.as_deref().unwrap_or("version unknown");
            write!(f, "{}: {version}", contestant.name)?;
            match contestant.startup_seconds {
                Some(seconds) => writeln!(f, ", start-up {:.1} ms", seconds * 1e3)?,
                None => writeln!(f, ", does not start")?,
            }
        }
        Ok(())
    }

    fn heading(&self, first: &[&str]) -> Vec<String> {
        let names = self.contestants.iter().map(|c| c.name.as_str());
        first
            .iter()
            .copied()
            .chain(names)
            .map(str::to_owned)
            .collect()
    }

    fn speed_rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![self.heading(&["program", "instructions"])];
        for program in &self.programs {
            let count = program
                .instructions
                .map_or(NO_VALUE.to_owned(), |n| n.to_string());
            let mut row = vec![program.title(), count];
            row.extend(program.measurements.iter().map(Measurement::speed));
            rows.push(row);
        }
        for link in [Link::Separate, Link::Shared] {
            let title = format!("geometric mean{}", link.suffix());
            let mut row = vec![title, String::new()];
            let means: Vec<_> = (0..self.contestants.len())
                .map(|contestant| self.mean_ratio(link, contestant))
                .collect();
            if means.iter().any(Option::is_some) {
                row.extend(
                    means
                        .iter()
                        .map(|mean| mean.map_or(String::new(), brackets)),
                );
                rows.push(row);
            }
        }
        rows
    }

    /// The geometric mean of our speed over a contestant's.
    fn mean_ratio(&self, link: Link, contestant: usize) -> Option<f64> {
        let programs = self.programs.iter().filter(|program| program.link == link);
        let ratios = programs.filter_map(|p| p.measurements[contestant].our_speed_ratio);
        geometric_mean(&ratios.collect::<Vec<_>>())
    }

    fn link_rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![self.heading(&["program"])];
        for program in &self.programs {
            let ratios = program.measurements.iter().map(|m| m.shared_over_separate);
            if ratios.clone().any(|ratio| ratio.is_some()) {
                let mut row = vec![program.name.clone()];
                row.extend(ratios.map(|r| r.map_or(NO_VALUE.to_owned(), |r| format!("{r:.2}"))));
                rows.push(row);
            }
        }
        rows
    }

    fn count_rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![vec!["program".to_owned(), self.contestants[0].name.clone()]];
        for program in &self.programs {
            if let Some(ratio) = program.host_instructions_per_instruction {
                rows.push(vec![program.title(), format!("{ratio:.1}")]);
            }
        }
        rows
    }

    fn write_problems(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut problems = Vec::new();
        for contestant in &self.contestants {
            let error = contestant.error.iter();
            problems.extend(error.map(|error| format!("{}: {error}", contestant.name)));
        }
        for program in &self.programs {
            let measurements = program.measurements.iter().zip(&self.contestants);
            // Once is enough for a contestant that runs no program.
            for (measurement, _) in measurements.filter(|(_, c)| c.error.is_none()) {
                let place = format!("{} on {}", program.title(), measurement.contestant);
                let error = measurement.error.iter();
                problems.extend(error.map(|error| format!("{place}: {error}")));
            }
        }
        problems.extend(self.problems.iter().cloned());
        if !problems.is_empty() {
            writeln!(f, "\nProblems:\n")?;
        }
        problems
            .iter()
            .try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl ProgramReport {
    fn title(&self) -> String {
        format!("{}{}", self.name, self.link.suffix())
    }
}

impl Link {
    fn suffix(self) -> &'static str {
        match self {
            Self::Separate => "",
            Self::Shared => " (shared)",
        }
    }
}

impl Measurement {
    fn speed(&self) -> String {
        match (self.mips, self.our_speed_ratio) {
            (Some(mips), Some(ratio)) => format!("{mips:.1} {}", brackets(ratio)),
            (Some(mips), None) => format!("{mips:.1}"),
            (None, _) => NO_VALUE.to_owned(),
        }
    }
}

fn brackets(ratio: f64) -> String {
    format!("({ratio:.2})")
}

/// Writes rows with the first column to the left and the others to the right.
fn write_table(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<_> = (0..rows[0].len()).map(width).collect();
    for row in rows {
        let (first, others) = row.split_first().expect("a row has a title");
        write!(f, "{first:<width$}", width = widths[0])?;
        for (cell, width) in others.iter().zip(&widths[1..]) {
            write!(f, "  {cell:>width$}")?;
        }
        writeln!(f)?;
    }
    Ok(())
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

    #[test]
    fn tables_are_aligned() {
        struct Table;
        impl fmt::Display for Table {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
                write_table(f, &[row("program", "MIPS"), row("a", "12345.6")])
            }
        }
        assert_eq!(Table.to_string(), "program     MIPS\na        12345.6\n");
    }
}
