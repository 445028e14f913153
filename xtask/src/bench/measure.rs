//! The runs: row by row, round by round, and in each round everybody once.

use std::time::Duration;

use super::{
    contestant::Contestant,
    count,
    programs::{Programs, Row},
    report::{ContestantReport, Measurement, RowReport, median},
};

/// Times that the start-up of a contestant is measured.
const STARTUP_RUNS: usize = 7;
/// Who takes longer to start will not run anything.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(20);
/// The row that needs nothing set up.
const STARTUP_ROW: &str = "fib";

/// How much is measured.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) rounds: u32,
    pub(super) timeout: Duration,
    /// Whether host instructions are counted.
    pub(super) count: bool,
}

/// Those who measure, and with what.
pub(super) struct Sitting<'a> {
    pub(super) contestants: &'a [Contestant],
    pub(super) startups: &'a [ContestantReport],
    pub(super) programs: &'a Programs,
    pub(super) effort: Effort,
}

/// Measures how long a contestant takes for a program that does nothing.
pub(super) fn startup(contestant: &Contestant, programs: &Programs) -> ContestantReport {
    let row = Row::all()
        .into_iter()
        .find(|row| row.title() == STARTUP_ROW);
    let row = row.expect("the row is in the list");
    // The first run brings the files into the host's cache; it does not count.
    let times: Result<Vec<f64>, _> = (0..=STARTUP_RUNS)
        .map(|_| {
            let words = programs.words(row, 0, contestant.form())?;
            let run = contestant.run(&words, STARTUP_TIMEOUT)?;
            row.parse(&run.output, 0)?;
            anyhow::Ok(run.seconds)
        })
        .collect();
    let (startup_seconds, error) = match times {
        Ok(times) => (median(&times[1..]), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    ContestantReport {
        name: contestant.name().to_owned(),
        form: contestant.form(),
        version: contestant.version(),
        startup_seconds,
        error,
    }
}

impl Sitting<'_> {
    /// Measures a row.
    pub(super) fn measure(&self, row: Row) -> RowReport {
        let mut measurements: Vec<_> = self
            .contestants
            .iter()
            .zip(self.startups)
            .filter(|(contestant, _)| row.is_for(contestant))
            .map(|(contestant, startup)| (contestant, Measurement::new(startup)))
            .collect();
        for _ in 0..self.effort.rounds {
            for (contestant, measurement) in &mut measurements {
                if measurement.error.is_none() {
                    let result = self.run(row, contestant, measurement);
                    measurement.error = result.err().map(|error| format!("{error:#}"));
                }
            }
        }
        if self.effort.count {
            for (contestant, measurement) in &mut measurements {
                self.count(row, contestant, measurement);
            }
        }
        let measurements = measurements.into_iter().map(|(_, measurement)| measurement);
        RowReport::new(row, measurements.collect())
    }

    /// Adds a run without a unit and one with all.
    fn run(
        &self,
        row: Row,
        contestant: &Contestant,
        measurement: &mut Measurement,
    ) -> anyhow::Result<()> {
        let Some(units) = row.units() else {
            let startup = Row::all()
                .into_iter()
                .find(|row| row.title() == STARTUP_ROW);
            let startup = startup.expect("the row is in the list");
            let words = self.programs.words(startup, 0, contestant.form())?;
            let run = contestant.run(&words, self.effort.timeout)?;
            startup.parse(&run.output, 0)?;
            measurement.seconds.push(run.seconds_to_output);
            return Ok(());
        };
        let run = |units| {
            let words = self.programs.words(row, units, contestant.form())?;
            let run = contestant.run(&words, self.effort.timeout)?;
            let line = row.parse(&run.output, units)?;
            anyhow::Ok((run.seconds, line))
        };
        let (setup, _) = run(0)?;
        let (seconds, line) = run(units)?;
        measurement.setup_seconds.push(setup);
        measurement.seconds.push(seconds);
        measurement.guest_nanoseconds = line.nanoseconds;
        if contestant.counts_instructions() {
            measurement.instructions_before = line.before;
            measurement.instructions = line.instructions;
        }
        Ok(())
    }

    /// Counts host instructions, where guest instructions are known.
    fn count(&self, row: Row, contestant: &Contestant, measurement: &mut Measurement) {
        let (Some(units), Some(before)) = (row.units(), measurement.instructions_before) else {
            return;
        };
        let words = self.programs.words(row, units, contestant.form());
        let path = contestant.path();
        match words.and_then(|words| count::host_instructions_per_instruction(path, &words, before))
        {
            Ok(ratio) => measurement.host_instructions_per_instruction = Some(ratio),
            Err(error) => {
                eprintln!("{} on {}: {error:#}", row.title(), contestant.name());
            }
        }
    }
}
