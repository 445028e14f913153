//! The results and their evaluation. Serialized, they are the JSON file; as text, the
//! tables (`table.rs`), the plot (`plot.rs`) and the documents (`documents.rs`).

use std::{collections::BTreeMap, fmt::Display};

use serde::{Deserialize, Serialize};

use super::{
    block,
    contestant::Form,
    programs::{Link, Row},
};
use crate::machine::Machine;

/// The version of the JSON file. Another meaning of a field, or a field less, is
/// another version.
pub(super) const FORMAT: u32 = 1;

/// Everything that a measurement found.
#[derive(Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) format: u32,
    /// The day, in UTC.
    pub(super) date: Option<String>,
    pub(super) machine: Machine,
    pub(super) commit: Option<String>,
    pub(super) rounds: u32,
    pub(super) contestants: Vec<ContestantReport>,
    pub(super) rows: Vec<RowReport>,
    pub(super) blocks: Vec<block::Row>,
    /// What the contestants disagree about, and other doubts.
    pub(super) problems: Vec<String>,
}

/// Somebody who took part.
#[derive(Serialize, Deserialize)]
pub(super) struct ContestantReport {
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) version: Option<String>,
    /// From start to end of a program that does nothing.
    pub(super) startup_seconds: Option<f64>,
    /// Why the start-up could not be measured.
    pub(super) error: Option<String>,
}

/// The results of one row.
#[derive(Serialize, Deserialize)]
pub(super) struct RowReport {
    pub(super) title: String,
    /// What a unit is.
    pub(super) unit: String,
    pub(super) link: Link,
    /// Whether it is one of the common comparison, which the means are made of.
    pub(super) is_common: bool,
    /// Units of each run.
    pub(super) units: u64,
    /// Of those who take part in this row.
    pub(super) measurements: Vec<Measurement>,
}

/// The results of one row for one contestant.
#[derive(Serialize, Deserialize)]
pub(super) struct Measurement {
    pub(super) contestant: String,
    pub(super) form: Form,
    /// Wall time of the process in each round, start-up and set-up included.
    pub(super) seconds: Vec<f64>,
    /// The same without a unit.
    pub(super) setup_seconds: Vec<f64>,
    /// Guest instructions before the first unit, where they can be counted.
    pub(super) instructions_before: Option<u64>,
    /// Guest instructions of all units, where they can be counted.
    pub(super) instructions: Option<u64>,
    /// All units by the guest's clock, which under Pagewalk counts instructions.
    pub(super) guest_nanoseconds: Option<u64>,
    pub(super) host_instructions_per_instruction: Option<f64>,
    /// Time of a unit: without start-up and set-up.
    pub(super) unit: Option<Spread>,
    /// Millions of guest instructions a second.
    pub(super) mips: Option<f64>,
    /// Time of a unit over that on the host.
    pub(super) times_native: Option<f64>,
    /// Our speed over that of this contestant, both with programs of the same form.
    pub(super) our_speed_ratio: Option<f64>,
    /// For the second link: its time over that of the first.
    pub(super) shared_over_separate: Option<f64>,
    pub(super) error: Option<String>,
}

/// Seconds: the median of all rounds, the least, the most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl RowReport {
    pub(super) fn new(row: Row, measurements: Vec<Measurement>) -> Self {
        Self {
            title: row.title(),
            unit: row.unit().to_owned(),
            link: row.link,
            is_common: row.is_common,
            units: row.units().unwrap_or(1),
            measurements,
        }
    }

    /// What a contestant did in this row, if it takes part.
    pub(super) fn of(&self, contestant: &str) -> Option<&Measurement> {
        self.measurements
            .iter()
            .find(|m| m.contestant == contestant)
    }
}

impl Measurement {
    /// No result yet; never one if the contestant does not start.
    pub(super) fn new(contestant: &ContestantReport) -> Self {
        let error = contestant.error.as_ref();
        Self {
            contestant: contestant.name.clone(),
            form: contestant.form,
            seconds: Vec::new(),
            setup_seconds: Vec::new(),
            instructions_before: None,
            instructions: None,
            guest_nanoseconds: None,
            host_instructions_per_instruction: None,
            unit: None,
            mips: None,
            times_native: None,
            our_speed_ratio: None,
            shared_over_separate: None,
            error: error.map(|_| "does not start".to_owned()),
        }
    }

    fn evaluate(&mut self, units: u64) {
        if self.error.is_some() {
            return;
        }
        let setup = median(&self.setup_seconds).unwrap_or(0.0);
        let unit = |seconds: f64| (seconds - setup) / units as f64;
        let least = self.seconds.iter().copied().reduce(f64::min);
        let most = self.seconds.iter().copied().reduce(f64::max);
        self.unit = median(&self.seconds)
            .zip(least.zip(most))
            .map(|(median, (least, most))| Spread {
                median: unit(median),
                min: unit(least),
                max: unit(most),
            })
            .filter(|spread| spread.median > 0.0);
    }
}

// --- evaluation -------------------------------------------------------------

impl Report {
    /// Computes all that follows from the times and counts, anew.
    pub(super) fn evaluate(&mut self) {
        self.problems.clear();
        for row in &mut self.rows {
            row.evaluate();
            self.problems.extend(row.problems());
        }
        self.compare_links();
        for row in &mut self.blocks {
            self.problems.extend(row.evaluate());
        }
    }

    /// Whether everything ended well on ours: the first of the contestants, and the
    /// kernel in it.
    pub(super) fn ours_passed(&self) -> bool {
        let is_ours = |name: &str| OURS.contains(&name);
        let mut contestants = self.contestants.iter().filter(|c| is_ours(&c.name));
        let measurements = self.rows.iter().flat_map(|row| &row.measurements);
        let mut measurements = measurements.filter(|m| is_ours(&m.contestant));
        contestants.all(|contestant| contestant.error.is_none())
            && measurements.all(|measurement| measurement.error.is_none())
            && self.blocks.iter().all(block::Row::ours_passed)
    }

    fn compare_links(&mut self) {
        let separate: BTreeMap<(String, String), (f64, Option<u64>)> = self
            .rows
            .iter()
            .filter(|row| row.link == Link::Separate)
            .flat_map(|row| row.measurements.iter().map(|m| (row.title.clone(), m)))
            .filter_map(|(title, m)| {
                Some((
                    (title, m.contestant.clone()),
                    (m.unit?.median, m.instructions),
                ))
            })
            .collect();
        for row in self.rows.iter_mut().filter(|row| row.link == Link::Shared) {
            let title = row.title.trim_end_matches("-shared").to_owned();
            for measurement in &mut row.measurements {
                let key = (title.clone(), measurement.contestant.clone());
                let Some((seconds, instructions)) = separate.get(&key) else {
                    continue;
                };
                measurement.shared_over_separate =
                    measurement.unit.map(|unit| unit.median / seconds);
                let counts = measurement.instructions.zip(*instructions);
                if counts.is_some_and(|(shared, separate)| shared != separate) {
                    let problem = format!("{title}: the two links differ in their instructions");
                    self.problems.push(problem);
                }
            }
        }
    }

    /// The geometric mean of a figure of a contestant over the common rows in which it
    /// has one, and how many these are.
    pub(super) fn mean(
        &self,
        contestant: &str,
        figure: impl Fn(&Measurement) -> Option<f64>,
    ) -> Option<(f64, usize)> {
        let rows = self.rows.iter().filter(|row| row.is_in_means());
        let values: Vec<f64> = rows
            .filter_map(|row| row.of(contestant).and_then(&figure))
            .collect();
        Some((geometric_mean(&values)?, values.len()))
    }
}

/// The names of what is ours: on bare metal, and with a kernel.
pub(super) const OURS: [&str; 2] = ["pagewalk", "kernel"];
/// The name of the host.
pub(super) const NATIVE: &str = "native";
/// A common row that is left out of means: a host needs next to no time for it.
const NOT_IN_MEANS: &str = "rewrite";

impl RowReport {
    pub(super) fn is_in_means(&self) -> bool {
        self.is_common && self.title != NOT_IN_MEANS
    }

    fn evaluate(&mut self) {
        for measurement in &mut self.measurements {
            measurement.evaluate(self.units);
        }
        let time = |of: &dyn Fn(&Measurement) -> bool| {
            let found = self.measurements.iter().find(|m| of(m));
            found.and_then(|m| m.unit).map(|unit| unit.median)
        };
        let native = time(&|m| m.form == Form::Native);
        let ours = [Form::BareMetal, Form::Process].map(|form| {
            (
                form,
                time(&|m| m.form == form && OURS.contains(&&*m.contestant)),
            )
        });
        let bare_metal = self.measurements.iter().find(|m| m.form == Form::BareMetal);
        let instructions = bare_metal.and_then(|m| m.instructions);
        for measurement in &mut self.measurements {
            let Some(unit) = measurement.unit else {
                continue;
            };
            let executed = match measurement.form {
                Form::BareMetal => instructions,
                Form::Process | Form::Native => measurement.instructions,
            };
            let seconds = unit.median * self.units as f64;
            measurement.mips = executed.map(|executed| executed as f64 / seconds / 1e6);
            if measurement.form != Form::Native {
                measurement.times_native = native.map(|native| unit.median / native);
            }
            if !OURS.contains(&measurement.contestant.as_str()) {
                let mut ours = ours.iter().filter(|(form, _)| *form == measurement.form);
                let ours = ours.find_map(|(_, seconds)| *seconds);
                measurement.our_speed_ratio = ours.map(|ours| unit.median / ours);
            }
        }
    }

    /// Errors, and who saw another number of instructions on bare metal than the first
    /// one that counts them.
    fn problems(&self) -> Vec<String> {
        let errors = self.measurements.iter().filter_map(|m| {
            let error = m.error.as_ref()?;
            Some(format!("{} on {}: {error}", self.title, m.contestant))
        });
        let bare_metal = self
            .measurements
            .iter()
            .filter(|m| m.form == Form::BareMetal);
        let counts = bare_metal.map(|m| (&m.contestant, m.instructions.map(|n| n.to_string())));
        let differences = first_differences("instructions", counts);
        let differences = differences
            .iter()
            .map(|text| format!("{}: {text}", self.title));
        errors.chain(differences).collect()
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
fn geometric_mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().map(|value| value.ln()).sum();
    (!values.is_empty()).then(|| (sum / values.len() as f64).exp())
}

#[cfg(test)]
#[path = "report_tests.rs"]
pub(super) mod tests;
