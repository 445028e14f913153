//! `pagewalk test`: finds tests, runs them in parallel, reports.

mod discover;
mod glob;
mod junit;
mod one;
mod report;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use pagewalk_machine::StopFlag;

use crate::config::TestConfig;
use crate::ending;
use crate::file;
use crate::stop::{Stop, StopReason};
use crate::terminal::say;
use discover::{Found, Test};
use one::Failure;

/// Exit status: a test failed.
const FAILED: u8 = 1;

/// A test that was run.
#[derive(Debug)]
struct Report {
    test: Test,
    result: Result<(), Failure>,
    wall: Duration,
}

/// Runs tests and reports on stdout.
pub(crate) fn run(config: &TestConfig) -> anyhow::Result<ExitCode> {
    let stop = Stop::watch(None)?;
    let found = discover::find(config)?;
    let tests = choose(config, &found)?;
    let start = Instant::now();
    let reports = run_all(config, tests, stop.flag());
    let wall = start.elapsed();
    if let Some(StopReason::Signal(number)) = stop.reason() {
        let (done, all) = (reports.len(), found.tests.len());
        say(format_args!(
            "stopped by a signal, {done} of {all} tests done"
        ));
        return Ok(ending::signalled(number).into());
    }
    if let Some(path) = &config.junit {
        file::write_atomically(path, junit::document(&reports, wall).as_bytes())?;
    }
    let summary = report::Summary {
        reports: &reports,
        skipped: found.skipped,
        wall,
    };
    if !summary.print()? {
        return Ok(ending::OUTPUT_CLOSED.into());
    }
    let any_failed = reports.iter().any(|report| report.result.is_err());
    Ok(if any_failed { FAILED } else { 0 }.into())
}

/// The tests that `--filter` and `--shard` leave.
fn choose(config: &TestConfig, found: &Found) -> anyhow::Result<Vec<Test>> {
    let is_wanted = |test: &&Test| {
        let mut filters = config.filters.iter();
        config.filters.is_empty() || filters.any(|filter| glob::matches(filter, &test.name))
    };
    let wanted: Vec<&Test> = found.tests.iter().filter(is_wanted).collect();
    if found.tests.is_empty() {
        let skipped = found.skipped;
        bail!(
            "no test found: none of {skipped} files is a RISC-V executable with a `tohost` symbol\n  \
             help: build the tests first, and name the directory that holds the ELF files"
        );
    }
    if wanted.is_empty() {
        bail!("none of {} tests matches --filter", found.tests.len());
    }
    let Some(shard) = config.shard else {
        return Ok(wanted.into_iter().cloned().collect());
    };
    let part = wanted.iter().skip(shard.index - 1).step_by(shard.count);
    let part: Vec<Test> = part.map(|test| (*test).clone()).collect();
    if part.is_empty() {
        bail!(
            "part {} of {} is empty: there are only {} tests",
            shard.index,
            shard.count,
            wanted.len()
        );
    }
    Ok(part)
}

/// Runs tests in parallel; the reports are in the order of the tests.
fn run_all(config: &TestConfig, tests: Vec<Test>, stop: &StopFlag) -> Vec<Report> {
    let bar = progress_bar(tests.len());
    let next = AtomicUsize::new(0);
    let finished = Mutex::new(Vec::with_capacity(tests.len()));
    let work = || {
        while !stop.is_raised() {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(test) = tests.get(index) else { break };
            let start = Instant::now();
            let result = one::run(config, test, stop);
            if stop.is_raised() {
                break;
            }
            let report = Report {
                test: test.clone(),
                result,
                wall: start.elapsed(),
            };
            // Half a result cannot be seen: a push is all that is done.
            let mut finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
            finished.push((index, report));
            bar.inc(1);
        }
    };
    thread::scope(|scope| {
        for _ in 0..config.jobs.min(tests.len()) {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let mut finished = finished
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    finished.sort_by_key(|(index, _)| *index);
    finished.into_iter().map(|(_, report)| report).collect()
}

/// On stderr, and only on a terminal.
fn progress_bar(tests: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} tests {elapsed}");
    ProgressBar::new(tests as u64).with_style(style.expect("the template is well-formed"))
}
