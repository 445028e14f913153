//! The command line: `pagewalk run`, `pagewalk test`, `pagewalk completions`.
//!
//! [`args`] says what can be typed; [`config`] resolves it once into what the
//! subcommands need, one file each.

mod args;
mod completions;
mod config;
mod console;
mod ending;
mod file;
mod logging;
mod place;
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

use args::{Cli, Command};
use config::{RunConfig, TestConfig};

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::init(cli.log.as_deref());
    let result = match cli.command {
        Command::Run(args) => RunConfig::resolve(*args).and_then(|config| run::run(&config)),
        Command::Test(args) => TestConfig::resolve(*args).and_then(|config| test::run(&config)),
        Command::Completions { shell } => completions::print(shell),
    };
    result.unwrap_or_else(|error| {
        terminal::say(format_args!("error: {error:#}"));
        ending::BAD_INPUT.into()
    })
}
