//! `pagewalk disasm`: a listing in the form of `objdump -d`.

mod annotate;
mod listing;
mod select;
mod source;

use std::io::{self, BufWriter};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use pagewalk_machine::isa::IsaSet;
use pagewalk_machine::loader::{Lines, NoLines};

use crate::ending;
use crate::program_file::{ProgramArgs, ProgramFile};
use crate::terminal::say;
use listing::Listing;

/// What `pagewalk disasm` takes.
#[derive(Debug, Args)]
#[command(
    override_usage = "pagewalk disasm [OPTIONS] <FILE>\n       \
                      pagewalk disasm [OPTIONS] --builtin <NAME>",
    after_help = EXAMPLES,
)]
pub(crate) struct DisasmArgs {
    /// Show only this function or label, by its name as it is shown or as it is
    /// in the file; can be given several times
    #[arg(long, value_name = "NAME", conflicts_with_all = ["start", "stop"])]
    symbol: Vec<String>,

    /// Begin at this address: 0x80000010, main or main+0x10
    #[arg(long, value_name = "ADDRESS")]
    start: Option<String>,

    /// Stop before this address
    #[arg(long, value_name = "ADDRESS")]
    stop: Option<String>,

    /// Show the text of the source lines, too, where the files can be found
    #[arg(short = 'S', long)]
    source: bool,

    /// Show into which functions an inlined function was inlined
    #[arg(long, conflicts_with = "no_lines")]
    inlines: bool,

    /// Leave out file names and line numbers
    ///
    /// They are shown where the file has debugging information, and where the
    /// line changes.
    #[arg(long, conflicts_with = "source")]
    no_lines: bool,

    /// Leave out the bytes of instructions
    #[arg(long)]
    no_raw: bool,

    /// Show names as they are in the file
    #[arg(long)]
    no_demangle: bool,

    /// Show data sections, too
    #[arg(long)]
    all: bool,

    /// Extensions that instructions are known of, as in rv64gc_zba_zbb
    /// [default: all there are]
    #[arg(long, value_name = "STRING", hide_default_value = true)]
    isa: Option<IsaSet>,

    #[command(flatten)]
    program: ProgramArgs,
}

const EXAMPLES: &str = "\
Exit status:
  0    all is shown
  2    bad input or usage
  141  stdout was closed

Examples:
  pagewalk disasm kernel.elf | less
  pagewalk disasm --symbol main --source hello.elf
  pagewalk disasm --start 0x80000000 --stop trap_vector kernel.elf
  pagewalk disasm --builtin hello --symbol _start

  The same form as objdump has, for a comparison:
    pagewalk disasm --no-lines --no-demangle kernel.elf | diff - objdump.txt";

/// How a listing looks.
#[derive(Clone, Copy, Debug)]
struct Style {
    isa: IsaSet,
    raw: bool,
    demangle: bool,
    inlines: bool,
    source: bool,
}

/// Writes the listing to stdout.
pub(crate) fn run(args: &DisasmArgs) -> anyhow::Result<ExitCode> {
    let file = ProgramFile::open(&args.program)?;
    let regions = select::regions(&file, args.all)?;
    let ranges = select::ranges(args, &file.program, &regions)?;
    let lines = if args.no_lines { None } else { lines(&file)? };
    if args.source && lines.is_none() {
        say(format_args!(
            "note: --source has no effect: the file has no debugging information"
        ));
    }
    let style = Style {
        isa: args.isa.unwrap_or(IsaSet::ANNOUNCED),
        raw: !args.no_raw,
        demangle: !args.no_demangle,
        inlines: args.inlines,
        source: args.source,
    };
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut listing = Listing::new(out, &file.program, lines.as_ref(), style);
    match listing
        .write(&regions, &ranges)
        .and_then(|()| listing.finish())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(ending::OUTPUT_CLOSED.into());
        }
        written => written.context("cannot write the listing to stdout")?,
    }
    if let Some(path) = listing.missing_source() {
        say(format_args!("note: cannot read the source file {path}"));
    }
    if let Some(problem) = lines.as_ref().and_then(Lines::problem) {
        say(format_args!(
            "note: the debugging information is damaged, and lines are missing: {problem}"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is known of source lines. That there are none is nothing to speak of.
fn lines(file: &ProgramFile) -> anyhow::Result<Option<Lines>> {
    match Lines::parse(file.bytes.clone()) {
        Ok(lines) => Ok(Some(lines)),
        Err(NoLines::Absent) => Ok(None),
        Err(problem) => {
            say(format_args!("note: no source lines: {problem}"));
            Ok(None)
        }
    }
}
