//! `cargo xtask bench`: how fast guests run, on bare metal and under our kernel, beside
//! the host itself and other emulators in the same sitting.
//!
//! `docs/benchmarks.md` explains what is measured and how to read it.

mod block;
mod contestant;
mod count;
mod documents;
mod measure;
mod plot;
mod programs;
mod report;
mod table;

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use self::{
    contestant::{Contestant, Peer},
    measure::{Effort, Sitting},
    programs::{Programs, Row},
    report::{OURS, Report},
};
use crate::machine::{self, Machine};

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only rows that have this in their name, such as `qsort`, `-shared` or `block`
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    filter: Option<String>,

    /// Times that every contestant runs every row
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Another emulator of machines to run beside ours: `spike…`, `qemu…` and
    /// `pagewalk…` are run as these want to be, every other NAME as `PATH PROGRAM`
    #[arg(long = "peer", value_name = "NAME=PATH")]
    peers: Vec<Peer>,

    /// An emulator of processes to run beside our kernel, as `PATH PROGRAM ROW UNITS`
    #[arg(long = "user-peer", value_name = "NAME=PATH")]
    user_peers: Vec<Peer>,

    /// Seconds after which a run counts as failed
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    timeout: u64,

    /// Count also host instructions per guest instruction, with valgrind
    #[arg(long)]
    count: bool,

    /// Write the results to this file, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Plot the results to this file, too
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Measure nothing: take the results that --json has written
    #[arg(long, value_name = "FILE", conflicts_with_all = ["filter", "rounds", "peers", "user_peers", "timeout", "count"])]
    from: Option<PathBuf>,

    /// Make these results those of README.md and docs/benchmarks.md
    #[arg(long, conflicts_with = "filter")]
    update: bool,
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let report = match &arguments.from {
        Some(file) => documents::read(file)?,
        None => measure(arguments)?,
    };
    print!("{report}");
    if let Some(file) = &arguments.json {
        documents::write(file, &report)?;
    }
    if let Some(file) = &arguments.svg {
        documents::write_plot(file, &report)?;
    }
    ensure!(report.ours_passed(), "pagewalk failed on a row");
    if arguments.update {
        documents::update(&workspace(), &report)?;
    }
    Ok(())
}

fn measure(arguments: &Arguments) -> anyhow::Result<Report> {
    let [pagewalk, native] = build([
        ("pagewalk", "pagewalk"),
        ("pagewalk-user-programs", "bench"),
    ])?;
    let contestants = contestants(&pagewalk, &native, arguments)?;
    let programs = Programs::unpack()?;
    let startups: Vec<_> = contestants
        .iter()
        .map(|contestant| measure::startup(contestant, &programs))
        .collect();
    let sitting = Sitting {
        contestants: &contestants,
        startups: &startups,
        programs: &programs,
        effort: Effort {
            rounds: arguments.rounds,
            timeout: Duration::from_secs(arguments.timeout),
            count: arguments.count,
        },
    };
    let is_wanted = |name: &str| {
        let filter = arguments.filter.as_deref();
        filter.is_none_or(|text| name.contains(text))
    };
    let mut rows = Vec::new();
    for row in Row::all().into_iter().filter(|row| is_wanted(&row.title())) {
        eprintln!("{}: {}", row.title(), row.unit());
        rows.push(sitting.measure(row));
    }
    let blocks = block::measure(&sitting, is_wanted)?;
    ensure!(
        !rows.is_empty() || !blocks.is_empty(),
        "no row of this name"
    );
    let mut report = Report {
        format: report::FORMAT,
        date: machine::first_line(Command::new("date").args(["-u", "+%Y-%m-%d"])),
        machine: Machine::detect(),
        commit: commit(),
        rounds: arguments.rounds,
        contestants: startups,
        rows,
        blocks,
        problems: Vec::new(),
    };
    report.evaluate();
    Ok(report)
}

/// Ours, the host, and all peers; no two have one name.
fn contestants(
    pagewalk: &Path,
    native: &Path,
    arguments: &Arguments,
) -> anyhow::Result<Vec<Contestant>> {
    let mut all = vec![
        Contestant::machine(&Peer::new(OURS[0], pagewalk.into())),
        Contestant::kernel(pagewalk),
        Contestant::native(native),
    ];
    all.extend(arguments.peers.iter().map(Contestant::machine));
    all.extend(arguments.user_peers.iter().map(Contestant::of_processes));
    let mut names = BTreeSet::new();
    for contestant in &all {
        let name = contestant.name();
        ensure!(names.insert(name), "two contestants are called {name}");
    }
    Ok(all)
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

/// Builds programs of packages as users get them; returns where they are.
fn build<const N: usize>(wanted: [(&str, &str); N]) -> anyhow::Result<[PathBuf; N]> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "build",
        "--release",
        "--message-format",
        "json-render-diagnostics",
    ]);
    for (package, program) in wanted {
        cargo.args(["--package", package, "--bin", program]);
    }
    let output = cargo
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .context("running cargo")?;
    if !output.status.success() {
        bail!("what is to be measured does not build");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let messages: Vec<Value> = messages.collect();
    let executable = |program: &str| {
        let mut made = messages.iter().filter(|m| m["target"]["name"] == program);
        let made = made.find_map(|message| message["executable"].as_str());
        made.map(PathBuf::from)
    };
    let paths = wanted.map(|(_, program)| executable(program));
    ensure!(
        paths.iter().all(Option::is_some),
        "cargo built without naming the executables"
    );
    Ok(paths.map(Option::unwrap_or_default))
}
