//! The results as text.

use std::fmt;

use super::{
    programs::Link,
    report::{Measurement, ProgramReport, Report, geometric_mean},
};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_circumstances(f)?;
        let rounds = self.rounds;
        if !self.programs.is_empty() {
            writeln!(
                f,
                "\nMIPS, medians, rounds: {rounds} (our speed / the peer's):\n"
            )?;
            write_table(f, &self.speed_rows())?;
        }
        if !self.blocks.is_empty() {
            writeln!(
                f,
                "\nBlock devices, requests of 4 KiB a second, medians, rounds: {rounds} (our speed / the peer's):\n"
            )?;
            write_table(f, &self.block_rows())?;
        }
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

    fn block_rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![self.heading(&["requests", "number"])];
        for row in &self.blocks {
            let mut cells = vec![row.order.name(), row.requests.to_string()];
            cells.extend(row.measurements.iter().map(|m| {
                match (m.requests_per_second, m.our_speed_ratio) {
                    (Some(speed), Some(ratio)) => format!("{speed:.0} {}", brackets(ratio)),
                    (Some(speed), None) => format!("{speed:.0}"),
                    (None, _) => NO_VALUE.to_owned(),
                }
            }));
            rows.push(cells);
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
