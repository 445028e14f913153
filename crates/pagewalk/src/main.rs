//! The command line: `pagewalk run`, `boot`, `test`, `demo`, `info`, `disasm`, `completions`.
//!
//! [`args`] says what can be typed; [`config`] resolves it once into what the
//! subcommands need, one file each.

mod args;
mod completions;
mod config;
mod console;
mod date;
mod demo;
mod disasm;
mod drive;
mod ending;
mod file;
mod illegal;
mod info;
mod kind;
mod logging;
mod payload;
mod place;
mod process;
mod program_file;
mod run;
mod size;
mod stats;
mod stop;
mod story;
mod terminal;
mod test;
mod version;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Cli, Command};
use config::{RunConfig, TestConfig};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    logging::init(cli.log.as_deref());
    if let Err(error) = stop::outlive_file_limit() {
        log::warn!("cannot watch for the limit of file sizes: {error}");
    }
    let result = match cli.command {
        Command::Run(args) => RunConfig::resolve_run(*args).and_then(|config| run::run(&config)),
        Command::Boot(args) => RunConfig::resolve_boot(*args).and_then(|config| run::run(&config)),
        Command::Test(args) => TestConfig::resolve(*args).and_then(|config| test::run(&config)),
        Command::Demo(args) => demo::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Disasm(args) => disasm::run(&args),
        Command::Completions { shell } => completions::print(shell),
    };
    result.unwrap_or_else(|error| {
        terminal::say(format_args!("error: {error:#}"));
        ending::BAD_INPUT.into()
    })
}

/// Prints what clap has to say: help, the version, or what is wrong with the
/// arguments, in the form of our other errors.
fn usage(error: &clap::Error) -> ExitCode {
    let is_error =
        error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_error {
        terminal::say_prefix();
    }
    // Nobody listens: there is nobody to tell about it.
    let _ = error.print();
    if error.exit_code() == 0 {
        ExitCode::SUCCESS
    } else {
        ending::BAD_INPUT.into()
    }
}
