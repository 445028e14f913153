//! `pagewalk run` and `pagewalk boot`, which differ in their configuration only.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use pagewalk_machine::{ClockSource, Console, Limits, Machine, Outcome, Port, SharedDisk};

use crate::config::{RunConfig, StatsReport};
use crate::console::{Screen, Typing};
use crate::drive;
use crate::ending::{self, Ending};
use crate::file;
use crate::payload::Loaded;
use crate::place::Scene;
use crate::process::{Messages, ports};
use crate::size::grouped;
use crate::stats::Cost;
use crate::stop::{Stop, signal_name};
use crate::story::{self, Story};
use crate::terminal::{say, say_raw};

/// Runs a guest, and reports how it ended; or writes its device tree.
pub(crate) fn run(config: &RunConfig) -> anyhow::Result<ExitCode> {
    if let Some(path) = &config.dump_dtb {
        return dump_device_tree(config, path);
    }
    let (ending, _) = run_reported(config)?;
    Ok(ending.status().into())
}

/// Runs a guest, and writes how it ended to where the user wants it.
pub(crate) fn run_reported(config: &RunConfig) -> anyhow::Result<(Ending, Cost)> {
    let mut cost = Cost::default();
    let result = run_guest(config, &mut cost);
    if let Some(path) = &config.status_file {
        let written = ending::write_status(path, &result);
        // What went wrong first is what the user hears of.
        if result.is_ok() {
            written?;
        }
    }
    Ok((result?, cost))
}

fn dump_device_tree(config: &RunConfig, path: &Path) -> anyhow::Result<ExitCode> {
    let loaded = load(config)?;
    let tree = config.board.device_tree(&loaded.payload())?;
    if path.as_os_str() != file::STDOUT {
        file::write_atomically(path, &tree)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut stdout = io::stdout();
    match stdout.write_all(&tree).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(Ending::OutputClosed.status().into())
        }
        written => {
            written.context("cannot write the device tree to stdout")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn run_guest(config: &RunConfig, cost: &mut Cost) -> anyhow::Result<Ending> {
    let loaded = load(config)?;
    let disks = match &loaded.process {
        Some(process) => process.disks()?,
        None => drive::open_all(&config.drives, config.writes)?,
    };
    let stop = Stop::watch(config.timeout)?;
    let typing = match &loaded.process {
        Some(_) => Typing::Terminal,
        None => Typing::Keys,
    };
    let screen = Screen::new(&stop, typing, config.board.clock);
    let screen = screen.context("cannot use stdin and stdout")?;
    if let Some(text) = &config.until {
        screen.stop_after(text.as_bytes());
    }
    if config.takes_terminal || loaded.process.is_some() {
        screen.take_terminal();
    }
    let console = match &loaded.process {
        Some(_) => Host::Streams(ports(&screen), Messages::new(screen.clone())),
        None => Host::Screen(screen.clone()),
    };
    let (machine, outcome) = run_boots(config, &loaded, &disks, &stop, &console, cost)?;
    if let Host::Streams(_, messages) = &console {
        cost.processes = Some(messages.finish());
    }
    if let Err(error) = screen.finish() {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Ok(Ending::OutputClosed);
        }
        return Err(error).context("cannot write what the guest prints to stdout");
    }
    let scene = Scene {
        machine: &machine,
        program: loaded.program(),
        board: &config.board,
    };
    let ending = end_of(&outcome, &stop);
    explain(config, scene, &outcome, ending);
    // To our kernel, faults for A and D bits are everyday work.
    if cost.processes.is_none() && matches!(ending, Ending::Guest { code: 1.., .. }) {
        hint_at_ad(scene);
    }
    let ending = check_expectations(config, cost, ending);
    if let Some(report) = &config.stats {
        report_cost(report, cost)?;
    }
    Ok(ending)
}

/// Reads what the board starts with, and makes sure that it fits.
fn load(config: &RunConfig) -> anyhow::Result<Loaded> {
    let loaded = Loaded::read(config)?;
    if let Some(program) = loaded.program() {
        log::info!(
            target: "loader",
            "{}: entry {:#x}, {} segments, {} symbols, {}",
            program.name,
            program.entry,
            program.segments.len(),
            program.symbols.len(),
            match program.tohost {
                Some(tohost) => format!("tohost at {tohost:#x}"),
                None => "no tohost".to_owned(),
            },
        );
    }
    loaded.check(&config.board)?;
    Ok(loaded)
}

/// Runs the guest, and from its start on a fresh board each time that it asks
/// for a reset; what it has written to its disks is still there.
fn run_boots(
    config: &RunConfig,
    loaded: &Loaded,
    disks: &[SharedDisk],
    stop: &Stop,
    host: &Host,
    cost: &mut Cost,
) -> anyhow::Result<(Machine, Outcome)> {
    let mut board = config.board.clone();
    if loaded.process.is_some() && config.paces_processes {
        board.clock = ClockSource::Paced;
    }
    loop {
        let mut machine =
            Machine::with_ports(&board, disks, host.ports()).context("cannot build the board")?;
        machine.set_console(host.console());
        machine.boot(&loaded.payload())?;
        let used = cost.guest.instructions;
        let limits = Limits {
            instructions: config
                .max_instructions
                .map(|most| most.saturating_sub(used)),
            stop: stop.flag().clone(),
        };
        let start = Instant::now();
        let outcome = machine.run(&limits);
        cost.wall += start.elapsed();
        cost.guest += &machine.stats();
        if outcome != Outcome::Reset {
            return Ok((machine, outcome));
        }
        cost.resets += 1;
        log::info!(target: "machine", "reset number {} by the guest", cost.resets);
    }
}

/// The host's ends of what the guest prints and reads.
enum Host {
    /// The guest's console is ours.
    Screen(Screen),
    /// The streams of processes are ours, and the console has the kernel's messages.
    Streams(Vec<Port>, Messages),
}

impl Host {
    fn ports(&self) -> &[Port] {
        match self {
            Host::Screen(_) => &[],
            Host::Streams(ports, _) => ports,
        }
    }

    fn console(&self) -> Box<dyn Console> {
        match self {
            Host::Screen(screen) => Box::new(screen.clone()),
            Host::Streams(_, messages) => Box::new(messages.clone()),
        }
    }
}

/// What becomes of the ending when counters are not what they should be. A run that
/// did not come to its end has failed anyway.
fn check_expectations(config: &RunConfig, cost: &Cost, ending: Ending) -> Ending {
    let (Ending::Guest { .. }, Some(exits)) = (ending, &cost.processes) else {
        return ending;
    };
    let mut checked = ending;
    for expectation in &config.process.expect {
        if let Err(difference) = expectation.check(exits) {
            say(format_args!("{difference}"));
            checked = Ending::Unexpected;
        }
    }
    checked
}

fn end_of(outcome: &Outcome, stop: &Stop) -> Ending {
    match outcome {
        Outcome::Exit { code, source } => Ending::Guest {
            source: *source,
            code: *code,
        },
        Outcome::Verdict { .. } => Ending::Verdict,
        Outcome::Budget => Ending::Budget,
        Outcome::Reset => unreachable!("a reset is followed by another boot"),
        Outcome::Interrupted => match stop.reason() {
            Some(reason) => reason.into(),
            None => unreachable!("a failing screen has been dealt with before"),
        },
    }
}

/// Says what the exit status alone does not.
fn explain(config: &RunConfig, scene: Scene<'_>, outcome: &Outcome, ending: Ending) {
    match (outcome, ending) {
        (_, Ending::Guest { code, .. }) => explain_exit(code, ending.status()),
        (Outcome::Verdict { hart, verdict }, _) => {
            let Story { headline, lines } = story::verdict(scene, *hart, verdict);
            say(format_args!("verdict: {headline}"));
            for line in lines {
                say_raw(format_args!("  {line}"));
            }
        }
        (_, Ending::Budget) => {
            let budget = grouped(config.max_instructions.unwrap_or(0));
            stopped(
                scene,
                &format!(": the budget of {budget} instructions is used up"),
            );
        }
        (_, Ending::Timeout) => {
            let limit = config.timeout.unwrap_or_default();
            stopped(scene, &format!(": the time limit of {limit:?} is over"));
        }
        (_, Ending::Signal(number)) => {
            stopped(scene, &format!(" by {}", signal_name(number)));
        }
        (_, Ending::Quit) => stopped(scene, " by Ctrl-A x"),
        (_, Ending::Verdict | Ending::OutputClosed | Ending::Printed | Ending::Unexpected) => {}
    }
}

fn stopped(scene: Scene<'_>, why: &str) {
    say(format_args!("stopped{why}"));
    for line in scene.harts() {
        say_raw(format_args!("  {line}"));
    }
}

fn explain_exit(code: u64, status: u8) {
    if code != u64::from(status) {
        say(format_args!(
            "the guest ended with status {code} ({code:#x}), which does not fit 8 bits; ours is \
             {status}"
        ));
    }
}

fn hint_at_ad(scene: Scene<'_>) {
    let traps = scene.machine.harts().filter_map(|hart| hart.last_trap());
    if let Some(hint) = story::ad_hint(scene, traps) {
        say(format_args!(
            "the last trap was a fault because of a clear A or D bit. {hint}"
        ));
    }
}

fn report_cost(report: &StatsReport, cost: &Cost) -> anyhow::Result<()> {
    let text = cost.report(report.format);
    match &report.file {
        Some(path) => file::write_atomically(path, format!("{text}\n").as_bytes()),
        None => {
            say_raw(format_args!("{text}"));
            Ok(())
        }
    }
}
