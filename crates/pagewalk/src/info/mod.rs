//! `pagewalk info`: what a program is, and how it would be run.

mod facts;
mod json;
mod text;

use std::process::ExitCode;

use clap::Args;
use pagewalk_machine::Config as Board;
use pagewalk_machine::loader::Notes;

use crate::kind::{As, classify};
use crate::program_file::{ProgramArgs, ProgramFile};
use crate::{size, terminal};
use facts::Facts;

/// What `pagewalk info` takes.
#[derive(Debug, Args)]
#[command(
    override_usage = "pagewalk info [OPTIONS] <FILE>\n       \
                      pagewalk info [OPTIONS] --builtin <NAME>",
    after_help = EXAMPLES,
)]
pub(crate) struct InfoArgs {
    /// Take it for a program of this kind, whatever it looks like
    #[arg(long = "as", value_name = "KIND")]
    wanted: Option<As>,

    /// Size of RAM of the board that it is for
    #[arg(short, long, value_name = "SIZE", default_value = "128M", value_parser = size::parse_memory)]
    memory: u64,

    /// List all symbols by address
    #[arg(long)]
    symbols: bool,

    /// Print one line of JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    program: ProgramArgs,
}

const EXAMPLES: &str = "\
Exit status:
  0    all is said
  2    bad input or usage
  141  stdout was closed

Examples:
  pagewalk info hello.elf
  pagewalk info -m 512M kernel.elf
  pagewalk info --symbols kernel.elf | grep trap
  pagewalk info --json kernel.elf | jq .entry.address
  pagewalk info --builtin hello";

/// Says it on stdout.
pub(crate) fn run(args: &InfoArgs) -> anyhow::Result<ExitCode> {
    let file = ProgramFile::open(&args.program)?;
    let board = Board {
        memory: args.memory,
        ..Board::default()
    };
    let facts = Facts {
        file: &file,
        board: &board,
        kind: classify(&file.program, &board, args.wanted),
        published: Notes::parse(&file.bytes),
    };
    let text = match args.json {
        true => json::report(&facts, args.symbols),
        false => text::report(&facts, args.symbols),
    };
    terminal::print(&text)
}
