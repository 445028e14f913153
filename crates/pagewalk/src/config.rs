//! What was typed, resolved once: nothing behind this point looks at arguments
//! or at the environment.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::bail;
use pagewalk_guest_abi::option;
use pagewalk_guest_images::{self as guests, Image};
use pagewalk_machine::{Config as Board, isa::IsaSet};

use crate::args::{
    Ad, Bios, BoardArgs, BootArgs, Clock, GuestArgs, MachineArgs, ProcessArgs, ReportArgs, RunArgs,
    Shard, StatsFormat, TestArgs,
};
use crate::date::Date;
use crate::drive::{Drive, Writes};
use crate::file;
use crate::kind::As;
use crate::payload::Load;
use crate::process::ProcessConfig;

/// What `pagewalk run` and `pagewalk boot` do.
#[derive(Debug)]
pub(crate) struct RunConfig {
    pub(crate) board: Board,
    pub(crate) payload: Contents,
    /// What a program that runs as a process gets.
    pub(crate) process: ProcessConfig,
    pub(crate) drives: Vec<Drive>,
    /// What becomes of what the guest writes to them.
    pub(crate) writes: Writes,
    /// The guest gets the keys of the terminal before it asks for input.
    pub(crate) takes_terminal: bool,
    /// Somebody sits there and waits with processes, and has not said what time is.
    pub(crate) paces_processes: bool,
    /// Where to write the device tree, instead of running anything.
    pub(crate) dump_dtb: Option<PathBuf>,
    pub(crate) max_instructions: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    /// What the guest prints at the end.
    pub(crate) until: Option<String>,
    pub(crate) stats: Option<StatsReport>,
    pub(crate) status_file: Option<PathBuf>,
}

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Command {
    Run,
    Boot,
}

/// What is in memory when the harts start.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) program: Option<Source>,
    /// What it is to be taken for, if not for what it looks like.
    pub(crate) wanted: Option<As>,
    pub(crate) loads: Vec<Load>,
    pub(crate) entry: Option<u64>,
    pub(crate) initrd: Option<PathBuf>,
    pub(crate) append: Option<String>,
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
    pub(crate) fn resolve_run(args: RunArgs) -> anyhow::Result<Self> {
        let mut argv = args.command;
        let program = match (&args.builtin, argv.first()) {
            (Some(name), _) => {
                argv.insert(0, name.into());
                Some(Source::Builtin(builtin(name)?))
            }
            (None, None) => None,
            (None, Some(program)) => Some(Source::File(program.into())),
        };
        let process = processes(args.process, argv, args.guest.machine.seed);
        Self::resolve(args.guest, program, args.wanted, process, Command::Run)
    }

    pub(crate) fn resolve_boot(args: BootArgs) -> anyhow::Result<Self> {
        let program = args.kernel.map(Source::File);
        // Whoever says `boot` means the board.
        let wanted = Some(As::Bare);
        let process = ProcessConfig::default();
        Self::resolve(args.guest, program, wanted, process, Command::Boot)
    }

    fn resolve(
        args: GuestArgs,
        program: Option<Source>,
        wanted: Option<As>,
        process: ProcessConfig,
        command: Command,
    ) -> anyhow::Result<Self> {
        // Somebody sits there, and seconds mean something to them.
        let is_interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
        let default_clock = match command {
            Command::Boot if is_interactive => Clock::Host,
            Command::Boot | Command::Run => Clock::Virtual,
        };
        let is_stdout = |file: &&PathBuf| file.as_os_str() == file::STDOUT;
        let dump = args
            .machine
            .dump_dtb
            .as_ref()
            .filter(|file| !is_stdout(file));
        let reports = [&args.reports.stats_file, &args.reports.status_file];
        for file in reports.into_iter().flatten().chain(dump) {
            file::check_writable(file)?;
        }
        let Bios::None = args.payload.bios;
        let payload = Contents {
            program,
            wanted,
            loads: args.payload.load,
            entry: args.payload.entry,
            initrd: args.payload.initrd,
            append: args.payload.append,
        };
        Ok(Self {
            board: guest_board(&args.board, &args.machine, default_clock),
            payload,
            process,
            drives: args.drives.drive,
            writes: if args.drives.snapshot {
                Writes::Forgotten
            } else {
                Writes::Kept
            },
            takes_terminal: command == Command::Boot,
            paces_processes: io::stdin().is_terminal() && args.machine.clock.is_none(),
            dump_dtb: args.machine.dump_dtb,
            max_instructions: args.limits.max_instructions,
            timeout: args.limits.timeout,
            until: args.limits.until,
            stats: stats_report(&args.reports),
            status_file: args.reports.status_file,
        })
    }
}

fn stats_report(args: &ReportArgs) -> Option<StatsReport> {
    let default_format = args.stats_file.as_ref().map(|_| StatsFormat::Json);
    args.stats.or(default_format).map(|format| StatsReport {
        format,
        file: args.stats_file.clone(),
    })
}

/// The program in this executable that is called `name`.
pub(crate) fn builtin(name: &str) -> anyhow::Result<&'static Image> {
    match guests::image(name) {
        Err(missing) if guests::problem().is_none() => {
            let names: Vec<&str> = guests::images().iter().map(|image| image.name).collect();
            bail!("{missing}\n  there are: {}", names.join(" "))
        }
        image => Ok(image?),
    }
}

/// What processes get: options of the kernel become words of its command line.
fn processes(args: ProcessArgs, argv: Vec<OsString>, seed: u64) -> ProcessConfig {
    let first_option = args.first();
    let words = [
        (option::FRAMES, args.frames.map(|frames| frames.to_string())),
        (option::EVICT, args.evict),
        (option::FORK, args.fork),
        (option::SEED, Some(seed.to_string())),
    ];
    let word = |(key, value): (&str, Option<String>)| Some(format!("{key}={}", value?));
    ProcessConfig {
        argv,
        env: args.env,
        root: args.root,
        swap: args.swap,
        also: args.also,
        options: words.into_iter().filter_map(word).collect(),
        expect: args.expect,
        first_option,
    }
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

fn guest_board(args: &BoardArgs, machine: &MachineArgs, default_clock: Clock) -> Board {
    let clock = machine.clock.unwrap_or(default_clock);
    Board {
        quantum: machine.quantum,
        clock: clock.into(),
        start_time: match (machine.rtc, clock) {
            (Some(Date::At(time)), _) => time,
            (Some(Date::Now), _) | (None, Clock::Host) => host_time(),
            // A constant: two runs are alike to the last register.
            (None, Clock::Virtual | Clock::Paced) => Board::START_TIME,
        },
        seed: machine.seed,
        virtio: machine.virtio.into(),
        ..board(args, machine.ad)
    }
}

/// The host's time in nanoseconds since 1970.
fn host_time() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // A host whose clock is not set is nothing to fail for.
    let since = since
        .ok()
        .and_then(|since| since.as_nanos().try_into().ok());
    since.unwrap_or(Board::START_TIME)
}
