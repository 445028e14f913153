//! The results on stdout: failures, a table by group, and the last line.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use anyhow::Context;

use super::Report;
use super::one::Failure;

/// Most lines of a test's output that are shown; the JUnit file has more.
const SHOWN_LINES: usize = 20;

/// What was run, for people.
pub(super) struct Summary<'a> {
    pub(super) reports: &'a [Report],
    pub(super) skipped: usize,
    pub(super) wall: Duration,
}

/// How many tests of a group passed and failed.
#[derive(Clone, Copy, Default)]
struct Counts {
    passed: usize,
    failed: usize,
}

impl Counts {
    fn add(&mut self, report: &Report) {
        match report.result {
            Ok(()) => self.passed += 1,
            Err(_) => self.failed += 1,
        }
    }
}

impl Summary<'_> {
    /// Prints everything. `false` if nobody reads it.
    pub(super) fn print(&self) -> anyhow::Result<bool> {
        let mut out = BufWriter::new(io::stdout());
        match self.write(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            written => {
                written.context("cannot write the results to stdout")?;
                Ok(true)
            }
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for report in self.reports {
            if let Err(failure) = &report.result {
                write_failure(out, report, failure)?;
            }
        }
        self.write_table(out)?;
        let tests = self.reports.len();
        write!(out, "{tests} tests in {:.2} s", self.wall.as_secs_f64())?;
        if self.skipped > 0 {
            write!(out, ", {} other files skipped", self.skipped)?;
        }
        let total = self.total();
        writeln!(out, "\n{} passed, {} failed", total.passed, total.failed)
    }

    fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        let mut groups: BTreeMap<&str, Counts> = BTreeMap::new();
        for report in self.reports {
            groups.entry(&report.test.group).or_default().add(report);
        }
        let width = groups.keys().map(|group| group.chars().count()).max();
        let width = width.unwrap_or(0).max("group".len());
        writeln!(out, "{:width$}  passed  failed  total", "group")?;
        for (group, Counts { passed, failed }) in groups {
            let total = passed + failed;
            writeln!(out, "{group:width$}  {passed:>6}  {failed:>6}  {total:>5}")?;
        }
        Ok(())
    }

    fn total(&self) -> Counts {
        let mut total = Counts::default();
        for report in self.reports {
            total.add(report);
        }
        total
    }
}

fn write_failure(out: &mut impl Write, report: &Report, failure: &Failure) -> io::Result<()> {
    let test = &report.test;
    writeln!(out, "FAILED {}: {}", test.name, failure.headline)?;
    writeln!(out, "  file: {}", test.path.display())?;
    for line in &failure.details {
        writeln!(out, "  {line}")?;
    }
    if !failure.output.is_empty() {
        let lines: Vec<&str> = failure.output.lines().collect();
        let hidden = lines.len().saturating_sub(SHOWN_LINES);
        match hidden {
            0 => writeln!(out, "  output:")?,
            _ => writeln!(out, "  output (the last {SHOWN_LINES} lines):")?,
        }
        for line in &lines[hidden..] {
            writeln!(out, "  | {line}")?;
        }
    }
    writeln!(out)
}
