//! The results as tables of text.

use std::fmt;

use super::{
    block,
    report::{Measurement, NATIVE, Report, RowReport, Spread},
};

/// A table: its first row is the heading, its first column are names.
pub(super) struct Table {
    pub(super) title: String,
    pub(super) rows: Vec<Vec<String>>,
}

/// A cell without a value; where somebody failed the reason is among the problems.
const NO_VALUE: &str = "-";

impl Report {
    /// All tables that have something to tell.
    pub(super) fn tables(&self) -> Vec<Table> {
        let rounds = self.rounds;
        let table = |title: &str, rows| Table {
            title: format!("{title}:"),
            rows,
        };
        let time = format!(
            "Milliseconds a unit without start-up and set-up, medians, rounds: {rounds} \
             [least–most]"
        );
        let requests = format!(
            "Block devices, requests of 4 KiB a second, medians, rounds: {rounds} (our speed / \
             the peer's)"
        );
        let tables = [
            table(&time, self.figures(|m| m.unit.map(milliseconds))),
            table(
                "Time of a unit / time on the host itself",
                self.times_native(),
            ),
            table("MIPS (our speed / the peer's)", self.speeds()),
            table(
                "Time of the shared link / time of the separate link",
                self.figures(|m| m.shared_over_separate.map(ratio)),
            ),
            table(
                "Host instructions per guest instruction",
                self.figures(|m| {
                    m.host_instructions_per_instruction
                        .map(|n| format!("{n:.1}"))
                }),
            ),
            table(&requests, self.requests()),
        ];
        tables
            .into_iter()
            .filter(|table| table.rows.len() > 1)
            .collect()
    }

    /// A table of one figure: a row for each that has it, a column for each contestant
    /// that has it anywhere.
    fn figures(&self, figure: impl Fn(&Measurement) -> Option<String>) -> Vec<Vec<String>> {
        let cell = |row: &RowReport, name: &str| row.of(name).and_then(&figure);
        let names: Vec<&str> = self.contestants.iter().map(|c| c.name.as_str()).collect();
        let has_any = |name: &&str| self.rows.iter().any(|row| cell(row, name).is_some());
        let names: Vec<&str> = names.into_iter().filter(has_any).collect();
        let mut rows = vec![heading("row", &names)];
        for row in &self.rows {
            let cells: Vec<_> = names.iter().map(|name| cell(row, name)).collect();
            if cells.iter().any(Option::is_some) {
                let cells = cells
                    .into_iter()
                    .map(|cell| cell.unwrap_or(NO_VALUE.to_owned()));
                rows.push([row.title.clone()].into_iter().chain(cells).collect());
            }
        }
        rows
    }

    /// Adds the geometric means of a figure below the columns of a table.
    fn add_means(
        &self,
        rows: &mut Vec<Vec<String>>,
        figure: impl Fn(&Measurement) -> Option<f64> + Copy,
        cell: fn(f64) -> String,
    ) {
        let means = rows[0][1..].iter().map(|name| self.mean(name, figure));
        let means: Vec<_> = means.map(|mean| mean.map(|(mean, _)| cell(mean))).collect();
        if means.iter().any(Option::is_some) {
            let cells = means.into_iter().map(Option::unwrap_or_default);
            rows.push(
                ["geometric mean".to_owned()]
                    .into_iter()
                    .chain(cells)
                    .collect(),
            );
        }
    }

    fn times_native(&self) -> Vec<Vec<String>> {
        let mut rows = self.figures(|m| m.times_native.map(ratio));
        self.add_means(&mut rows, |m| m.times_native, ratio);
        rows
    }

    fn speeds(&self) -> Vec<Vec<String>> {
        let mut rows = self.figures(|m| (m.contestant != NATIVE).then(|| m.speed())?);
        let is_peer = |m: &Measurement| m.contestant != NATIVE;
        let figure = |m: &Measurement| m.our_speed_ratio.filter(|_| is_peer(m));
        self.add_means(&mut rows, figure, brackets);
        rows
    }

    fn requests(&self) -> Vec<Vec<String>> {
        let Some(first) = self.blocks.first() else {
            return vec![Vec::new()];
        };
        let names: Vec<&str> = first
            .measurements
            .iter()
            .map(|m| m.contestant.as_str())
            .collect();
        let mut rows = vec![heading("requests", &names)];
        for row in &self.blocks {
            let cells = row.measurements.iter().map(block::Measurement::speed);
            let cells = cells.map(|cell| cell.unwrap_or(NO_VALUE.to_owned()));
            rows.push([row.order.name()].into_iter().chain(cells).collect());
        }
        rows
    }
}

fn heading(first: &str, names: &[&str]) -> Vec<String> {
    let words = [first].into_iter().chain(names.iter().copied());
    words.map(str::to_owned).collect()
}

impl Measurement {
    /// MIPS, or our speed over it, or both.
    fn speed(&self) -> Option<String> {
        let mips = self.mips.map(|mips| format!("{mips:.0}"));
        let ratio = self.our_speed_ratio.map(brackets);
        match (mips, ratio) {
            (Some(mips), Some(ratio)) => Some(format!("{mips} {ratio}")),
            (one, other) => one.or(other),
        }
    }
}

impl block::Measurement {
    fn speed(&self) -> Option<String> {
        let speed = self
            .requests_per_second
            .map(|speed| format!("{speed:.0}"))?;
        Some(match self.our_speed_ratio {
            Some(ratio) => format!("{speed} {}", brackets(ratio)),
            None => speed,
        })
    }
}

/// `12.3 [12.0–12.9]`, with three digits or so.
fn milliseconds(spread: Spread) -> String {
    let digits = match spread.median * 1e3 {
        ..1.0 => 3,
        1.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    let number = |seconds: f64| format!("{:.digits$}", seconds * 1e3);
    let [median, min, max] = [spread.median, spread.min, spread.max].map(number);
    format!("{median} [{min}–{max}]")
}

fn ratio(ratio: f64) -> String {
    if ratio < 10.0 {
        format!("{ratio:.2}")
    } else {
        format!("{ratio:.1}")
    }
}

fn brackets(value: f64) -> String {
    format!("({})", ratio(value))
}

// --- the whole ----------------------------------------------------------------

impl Report {
    /// A line for each fact that has to be kept with the figures.
    pub(super) fn circumstances(&self) -> Vec<String> {
        let mut lines = vec![format!("machine: {}", self.machine)];
        let date = self.date.as_deref().unwrap_or("unknown");
        let commit = self.commit.as_deref().unwrap_or("unknown");
        lines.push(format!("date: {date}, commit: {commit}"));
        for contestant in &self.contestants {
            let version = contestant.version.as_deref().unwrap_or("version unknown");
            let startup = match contestant.startup_seconds {
                Some(seconds) => format!("start-up {:.1} ms", seconds * 1e3),
                None => "does not start".to_owned(),
            };
            let name = &contestant.name;
            lines.push(match name.as_str() {
                NATIVE => format!("{name}: the host, {startup}"),
                _ => format!("{name}: {version}, {startup}"),
            });
        }
        lines
    }

    fn write_problems(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.contestants.iter().filter_map(|contestant| {
            let error = contestant.error.as_ref()?;
            Some(format!("{}: {error}", contestant.name))
        });
        // Once is enough for a contestant that runs nothing.
        let others = self
            .problems
            .iter()
            .filter(|text| !text.ends_with(": does not start"));
        let problems: Vec<String> = errors.chain(others.cloned()).collect();
        if !problems.is_empty() {
            writeln!(f, "\nProblems:\n")?;
        }
        problems
            .iter()
            .try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.circumstances() {
            writeln!(f, "{line}")?;
        }
        for table in self.tables() {
            writeln!(f, "\n{}\n\n{table}", table.title)?;
        }
        self.write_problems(f)
    }
}

impl fmt::Display for Table {
    /// The first column to the left and the others to the right.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.rows[0].len()).map(width).collect();
        let lines = self.rows.iter().map(|row| {
            let (first, others) = row.split_first().expect("a row has a name");
            let cells = others.iter().zip(&widths[1..]);
            let cells = cells.map(|(cell, width)| format!("  {cell:>width$}"));
            format!(
                "{first:<width$}{}",
                cells.collect::<String>(),
                width = widths[0]
            )
        });
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::tests::example;

    #[test]
    fn tables_are_aligned() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        let table = Table {
            title: String::new(),
            rows: vec![row("row", "MIPS"), row("fib", "1234 [–]")],
        };
        assert_eq!(table.to_string(), "row      MIPS\nfib  1234 [–]");
    }

    #[test]
    fn a_report_has_a_table_of_each_kind_of_figure() {
        let tables = example().tables();
        let texts: Vec<String> = tables.iter().map(Table::to_string).collect();
        let line = |table: usize, row: usize| tables[table].rows[row].join(" ");
        assert_eq!(
            line(0, 1),
            "work 4000 [3000–49000] 8000 [8000–8000] 500 [500–500] 10000 [10000–10000]"
        );
        assert_eq!(line(1, 1), "work 8.00 16.0 20.0");
        assert_eq!(line(2, 3), "geometric mean   (2.50)");
        assert_eq!(line(3, 1), "work-shared 1.50 1.00");
        assert_eq!(tables.len(), 4, "{texts:?}");
    }
}
