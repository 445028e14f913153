//! `cargo xtask bench`: how fast `pagewalk run` executes the benchmarks of
//! test-programs, beside other emulators in the same sitting.
//!
//! `docs/benchmarks.md` explains what is measured and how to read it.

mod block;
mod contestant;
mod count;
mod programs;
mod report;
mod table;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use self::{
    contestant::{Contestant, Peer},
    programs::{Program, Programs},
    report::{ContestantReport, Measurement, ProgramReport, Report},
};
use crate::machine::{self, Machine};

/// Times that the start-up of a contestant is measured.
const STARTUP_RUNS: usize = 7;

/// A contestant that takes longer to start will not run anything.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(20);

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only what has this in its name, such as `qsort`, `-shared` or `block`
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    filter: Option<String>,

    /// Times that every program runs on every contestant
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Another emulator to run beside ours: `spike…`, `qemu…` and `pagewalk…`
    /// are run as these want to be, every other NAME as `PATH PROGRAM`
    #[arg(long = "peer", value_name = "NAME=PATH")]
    peers: Vec<Peer>,

    /// Seconds after which a run counts as failed
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    timeout: u64,

    /// Count also host instructions per guest instruction, with valgrind
    #[arg(long)]
    count: bool,

    /// Write the results to this file, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let pagewalk = build_pagewalk()?;
    let programs = Programs::unpack(arguments.filter.as_deref())?;
    let ours = Peer::new("pagewalk", pagewalk.clone());
    let contestants: Vec<_> = std::iter::once(&ours)
        .chain(&arguments.peers)
        .map(Contestant::new)
        .collect();

    let startups: Vec<_> = contestants
        .iter()
        .map(|contestant| measure_startup(contestant, programs.hello()))
        .collect();
    let reports = measure(&contestants, &startups, programs.benchmarks(), arguments);
    let timeout = Duration::from_secs(arguments.timeout);
    let blocks = block::measure(
        &contestants,
        &startups,
        programs.block(),
        arguments.filter.as_deref(),
        (arguments.rounds, timeout),
    )?;
    let is_empty = reports.is_empty() && blocks.is_empty();
    ensure!(!is_empty, "no benchmark of this name");
    let mut report = Report {
        machine: Machine::detect(),
        commit: commit(),
        rounds: arguments.rounds,
        contestants: startups,
        programs: reports,
        blocks,
        problems: Vec::new(),
    };
    if arguments.count {
        count(&pagewalk, programs.benchmarks(), &mut report.programs);
    }
    report.evaluate();
    print!("{report}");
    if let Some(file) = &arguments.json {
        let text = serde_json::to_string_pretty(&report)?;
        fs::write(file, text + "\n").with_context(|| format!("writing {}", file.display()))?;
    }
    ensure!(report.ours_passed(), "pagewalk failed on a program");
    Ok(())
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What is checked out, marked if there are changes on top; `None` outside git.
fn commit() -> Option<String> {
    let mut git = Command::new("git");
    git.args([
        "describe",
        "--always",
        "--dirty",
        "--abbrev=12",
        "--exclude=*",
    ]);
    machine::first_line(git.current_dir(workspace()))
}

/// Builds the command line as users get it; returns the executable's path.
fn build_pagewalk() -> anyhow::Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--package",
            "pagewalk",
            "--bin",
            "pagewalk",
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .context("running cargo")?;
    if !output.status.success() {
        bail!("pagewalk does not build");
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo built pagewalk without naming the executable")
}

/// Measures how long a contestant takes for a program that does next to
/// nothing: the median, which is later subtracted from every time.
fn measure_startup(contestant: &Contestant, hello: &Program) -> ContestantReport {
    // The first run brings the files into the host's cache; it does not count.
    let times: Result<Vec<_>, _> = (0..=STARTUP_RUNS)
        .map(|_| {
            contestant
                .run(&hello.path, STARTUP_TIMEOUT)
                .map(|run| run.seconds)
        })
        .collect();
    let (startup_seconds, error) = match times {
        Ok(times) => (report::median(&times[1..]), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    ContestantReport {
        name: contestant.name().to_owned(),
        path: contestant.path().to_owned(),
        version: contestant.version(),
        startup_seconds,
        error,
    }
}

/// Runs all programs on all contestants, round by round. Contestants take
/// turns at each program, so that a disturbance meets all of them alike.
fn measure(
    contestants: &[Contestant],
    startups: &[ContestantReport],
    programs: &[Program],
    arguments: &Arguments,
) -> Vec<ProgramReport> {
    let mut reports: Vec<_> = programs
        .iter()
        .map(|program| ProgramReport::new(program, startups))
        .collect();
    let rounds = arguments.rounds;
    let timeout = Duration::from_secs(arguments.timeout);
    for round in 1..=rounds {
        for (program, report) in programs.iter().zip(&mut reports) {
            eprintln!("round {round} of {rounds}: {}", program.name);
            for (contestant, measurement) in contestants.iter().zip(&mut report.measurements) {
                measure_once(contestant, program, timeout, measurement);
            }
        }
    }
    reports
}

/// Adds one run to a measurement, unless an earlier one has failed.
fn measure_once(
    contestant: &Contestant,
    program: &Program,
    timeout: Duration,
    measurement: &mut Measurement,
) {
    if measurement.error.is_some() {
        return;
    }
    let outcome = contestant
        .run(&program.path, timeout)
        .and_then(|run| Ok((run.seconds, programs::parse_line(&run.output)?)));
    match outcome {
        Ok((seconds, line)) => {
            measurement.seconds.push(seconds);
            measurement.checksum = Some(line.checksum);
            measurement.instret = contestant.counts_instructions().then_some(line.instret);
        }
        Err(error) => {
            let error = format!("{error:#}");
            eprintln!("  {} failed: {error}", contestant.name());
            measurement.error = Some(error);
        }
    }
}

fn count(pagewalk: &Path, programs: &[Program], reports: &mut [ProgramReport]) {
    for (program, report) in programs.iter().zip(reports) {
        eprintln!("counting: {}", program.name);
        match count::host_instructions_per_instruction(pagewalk, &program.path) {
            Ok(ratio) => report.host_instructions_per_instruction = Some(ratio),
            Err(error) => eprintln!("  counting failed: {error:#}"),
        }
    }
}
