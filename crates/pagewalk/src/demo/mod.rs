//! `pagewalk demo`: the programs that come with the kernel, as a tour through what a
//! page fault can mean.

mod account;
mod tour;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser};
use pagewalk_machine::PowerSource;
use pagewalk_user_programs::{PROGRAMS, Program};

use crate::args::{Cli, Command};
use crate::config::RunConfig;
use crate::ending::Ending;
use crate::process::Exit;
use crate::{ending, run, terminal};
use tour::Line;

/// What `pagewalk demo` takes.
#[derive(Debug, Args)]
#[command(
    override_usage = "pagewalk demo\n       \
                      pagewalk demo <NAME> [OPTION OF RUN]... [ARG]...\n       \
                      pagewalk demo --all\n       \
                      pagewalk demo --list",
    after_help = EXAMPLES,
)]
pub(crate) struct DemoArgs {
    /// Run all programs, one after the other, and end with a table
    #[arg(long, conflicts_with = "name")]
    all: bool,

    /// Print the programs as JSON, for tools
    #[arg(long, conflicts_with_all = ["name", "all"])]
    list: bool,

    /// The program to run; without one, the tour is shown
    #[arg(value_name = "NAME", value_parser = names(), hide_possible_values = true)]
    name: Option<String>,

    /// Options of `pagewalk run`, and arguments for the program
    ///
    /// An option that the program is shown best with is replaced by yours.
    #[arg(
        value_name = "OPTION OF RUN",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    rest: Vec<OsString>,
}

const EXAMPLES: &str = "\
Exit status:
  0    all programs that were run ended as they should, be it by a segmentation fault
  1    one did not
  2    bad input or usage
  130  Ctrl-C (143: SIGTERM)
  141  stdout was closed
  Others are those of `pagewalk run` for a run that did not come to its end.

Examples:
  pagewalk demo
  pagewalk demo fork-cow
  pagewalk demo swap-thrash --frames 64 --evict fifo
  pagewalk demo fork-cost --fork copy --stats
  pagewalk demo --all
  pagewalk demo --list | jq -r '.[].name'";

/// The names of the programs.
fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(
        PROGRAMS
            .iter()
            .map(|program| PossibleValue::new(program.name).help(program.title)),
    )
}

/// Shows the tour, or runs some of it.
pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    if args.list {
        return terminal::print(&tour::json());
    }
    if args.all {
        return run_all();
    }
    let Some(name) = &args.name else {
        return terminal::print(&tour::text());
    };
    let program = PROGRAMS.iter().find(|program| program.name == name);
    let program = program.expect("clap knows the names");
    match run_one(program, &args.rest)? {
        Shown::Done(exits) => terminal::print(&account::of(program, &args.rest, &exits))
            .map(|code| worse(code, is_right(program, &exits))),
        Shown::Other(code) => Ok(code),
    }
}

/// What came of a run.
enum Shown {
    /// It ended by itself, with these processes.
    Done(Vec<Exit>),
    /// Anything else, of which the user has been told.
    Other(ExitCode),
}

/// Runs a program as `pagewalk run` does.
fn run_one(program: &Program, rest: &[OsString]) -> anyhow::Result<Shown> {
    let words = tour::command_line(program, rest);
    let args = match Cli::try_parse_from(words).map(|cli| cli.command) {
        Ok(Command::Run(args)) => args,
        Ok(_) => unreachable!("the second word is `run`"),
        Err(error) => return Ok(Shown::Other(crate::usage(&error))),
    };
    let config = RunConfig::resolve_run(*args)?;
    if config.dump_dtb.is_some() {
        return run::run(&config).map(Shown::Other);
    }
    let (ending, cost) = run::run_reported(&config)?;
    Ok(match (ending, cost.processes) {
        (
            Ending::Guest {
                source: PowerSource::Finisher,
                ..
            },
            Some(exits),
        ) => Shown::Done(exits),
        _ => Shown::Other(ending.status().into()),
    })
}

/// Whether the first process ended as the program should.
fn is_right(program: &Program, exits: &[Exit]) -> bool {
    status(exits) == Some(program.status.into())
}

/// The exit status of the first process.
fn status(exits: &[Exit]) -> Option<u64> {
    let first = exits.iter().find(|exit| exit.pid == 1);
    first.map(|exit| exit.status)
}

fn worse(code: ExitCode, is_right: bool) -> ExitCode {
    if is_right || code != ExitCode::SUCCESS {
        code
    } else {
        ending::UNEXPECTED.into()
    }
}

/// Runs all programs; a table at the end.
fn run_all() -> anyhow::Result<ExitCode> {
    let (mut lines, mut all_right) = (Vec::new(), true);
    for (number, program) in tour::in_order().enumerate() {
        let code = terminal::print(&tour::heading(number + 1, program))?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
        match run_one(program, &[])? {
            Shown::Done(exits) => {
                let is_right = is_right(program, &exits);
                all_right &= is_right;
                lines.push(Line {
                    program,
                    is_right,
                    exits,
                });
            }
            // The user has had enough, or nothing that follows can be any better.
            Shown::Other(code) => return Ok(code),
        }
    }
    let code = terminal::print(&tour::table(&lines))?;
    Ok(worse(code, all_right))
}
