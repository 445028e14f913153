//! Host instructions per guest instruction: a figure that, other than a time,
//! is the same on a busy machine.

use std::{ffi::OsString, path::Path, process::Command};

use anyhow::{Context, ensure};

/// Guest instructions of the shorter and of the longer run, counted from the first
/// unit. Their difference is free of what starting, setting up and ending costs.
const BUDGETS: [u64; 2] = [5_000_000, 25_000_000];

/// Exit status of `pagewalk run` when `--max-instructions` are used up.
const STATUS_BUDGET_USED_UP: i32 = 4;

/// Runs the beginning of a program under valgrind, twice; `before` is how many
/// instructions it executes before its first unit.
pub(super) fn host_instructions_per_instruction(
    pagewalk: &Path,
    words: &[OsString],
    before: u64,
) -> anyhow::Result<f64> {
    let [short, long] = BUDGETS;
    let counted = [
        host_instructions(pagewalk, words, before + short)?,
        host_instructions(pagewalk, words, before + long)?,
    ];
    Ok((counted[1] as f64 - counted[0] as f64) / (long - short) as f64)
}

fn host_instructions(pagewalk: &Path, words: &[OsString], budget: u64) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(pagewalk)
        .args(["run", "--max-instructions", &budget.to_string()])
        .args(words)
        .output()
        .context("running valgrind")?;
    let log = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(STATUS_BUDGET_USED_UP),
        "valgrind: {}: {}",
        output.status,
        log.lines().last().unwrap_or_default()
    );
    parse_total(&log).context("valgrind printed no total")
}

/// Finds the number in callgrind's line `==PID== Collected : NUMBER`.
fn parse_total(log: &str) -> Option<u64> {
    log.lines().find_map(|line| {
        let (_, total) = line.split_once("Collected :")?;
        total.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_total_in_a_log() {
        let log = "==7== Events    : Ir\n==7== Collected : 123456\n==7== \n";
        assert_eq!(parse_total(log), Some(123_456));
        assert_eq!(parse_total("==7== Events : Ir"), None);
    }
}
