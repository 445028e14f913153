//! `pagewalk completions SHELL`.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::ending;

/// Prints a completion script.
pub(crate) fn print(shell: Shell) -> anyhow::Result<ExitCode> {
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pagewalk", &mut script);
    match io::stdout().write_all(&script) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ending::OUTPUT_CLOSED.into()),
        written => {
            written.context("cannot write the completion script")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
