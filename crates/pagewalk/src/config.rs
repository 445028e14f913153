//! What was typed, resolved once: nothing behind this point looks at arguments
//! or at the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use pagewalk_guest_images::{self as guests, Image};
use pagewalk_machine::{Config as Board, isa::IsaSet};

use crate::args::{Ad, BoardArgs, RunArgs, Shard, StatsFormat, TestArgs};
use crate::file;

/// What `pagewalk run` does.
#[derive(Debug)]
pub(crate) struct RunConfig {
    pub(crate) board: Board,
    pub(crate) program: Source,
    pub(crate) max_instructions: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) stats: Option<StatsReport>,
    pub(crate) status_file: Option<PathBuf>,
}

/// Where a program comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// An ELF file.
    File(PathBuf),
    /// One of the programs in this executable.
    Builtin(&'static Image),
}

/// How and where to report what a run has cost.
#[derive(Debug)]
pub(crate) struct StatsReport {
    pub(crate) format: StatsFormat,
    /// A file, or stderr.
    pub(crate) file: Option<PathBuf>,
}

impl RunConfig {
    pub(crate) fn resolve(args: RunArgs) -> anyhow::Result<Self> {
        let program = match &args.builtin {
            Some(name) => Source::Builtin(builtin(name)?),
            None => Source::File(file_of(&args.command)?),
        };
        for file in [&args.stats_file, &args.status_file].into_iter().flatten() {
            file::check_writable(file)?;
        }
        let default_format = args.stats_file.as_ref().map(|_| StatsFormat::Json);
        let stats = args.stats.or(default_format).map(|format| StatsReport {
            format,
            file: args.stats_file,
        });
        Ok(Self {
            board: board(&args.board, args.ad),
            program,
            max_instructions: args.max_instructions,
            timeout: args.timeout,
            stats,
            status_file: args.status_file,
        })
    }
}

/// The program in this executable that is called `name`.
fn builtin(name: &str) -> anyhow::Result<&'static Image> {
    match guests::image(name) {
        Err(missing) if guests::problem().is_none() => {
            let names: Vec<&str> = guests::images().iter().map(|image| image.name).collect();
            bail!("{missing}\n  there are: {}", names.join(" "))
        }
        image => Ok(image?),
    }
}

/// The file that a command line names.
fn file_of(command: &[OsString]) -> anyhow::Result<PathBuf> {
    let (program, arguments) = command
        .split_first()
        .context("a program is needed: clap sees to it that there is one")?;
    let program = PathBuf::from(program);
    refuse_arguments(&program, arguments)?;
    Ok(program)
}

/// A bare-metal program has no convention by which it could get arguments.
/// Better to say so than to run something else than what was meant.
fn refuse_arguments(program: &Path, arguments: &[OsString]) -> anyhow::Result<()> {
    let Some(first) = arguments.first() else {
        return Ok(());
    };
    let (program, first) = (program.display(), first.to_string_lossy());
    if first.starts_with('-') {
        bail!(
            "`{first}` stands behind the program, as an argument for it, and a bare-metal program \
             takes none\n  help: options of pagewalk stand before the program: \
             pagewalk run {first} … {program}"
        );
    }
    bail!(
        "`{first}` would be an argument for {program}, but a bare-metal program takes none\n  \
         help: put what it needs into its data"
    );
}

/// What `pagewalk test` does.
#[derive(Debug)]
pub(crate) struct TestConfig {
    pub(crate) board: Board,
    pub(crate) max_instructions: u64,
    pub(crate) jobs: usize,
    pub(crate) filters: Vec<String>,
    pub(crate) shard: Option<Shard>,
    pub(crate) junit: Option<PathBuf>,
    pub(crate) paths: Vec<PathBuf>,
}

impl TestConfig {
    pub(crate) fn resolve(args: TestArgs) -> anyhow::Result<Self> {
        if let Some(file) = &args.junit {
            file::check_writable(file)?;
        }
        let jobs = match args.jobs {
            Some(jobs) => usize::from(jobs),
            // One at a time is slow, but always right.
            None => thread::available_parallelism().map_or(1, usize::from),
        };
        Ok(Self {
            board: board(&args.board, args.ad),
            max_instructions: args.max_instructions,
            jobs,
            filters: args.filter,
            shard: args.shard,
            junit: args.junit,
            paths: args.paths,
        })
    }
}

fn board(args: &BoardArgs, ad: Ad) -> Board {
    Board {
        memory: args.memory,
        harts: usize::from(args.harts),
        isa: args.isa.unwrap_or(IsaSet::ANNOUNCED),
        ad: ad.into(),
        ..Board::default()
    }
}
