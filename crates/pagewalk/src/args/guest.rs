//! What `pagewalk run` and `pagewalk boot` have in common.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use pagewalk_machine::isa::IsaSet;
use pagewalk_machine::{ClockSource, Config, VirtioInterface};

use super::Ad;
use crate::date::{self, Date};
use crate::drive::{self, Drive};
use crate::payload::{self, Load};
use crate::size;

/// A board, what is on it when it starts, and for how long it runs.
#[derive(Debug, Args)]
pub(crate) struct GuestArgs {
    #[command(flatten)]
    pub(crate) board: BoardArgs,

    #[command(flatten)]
    pub(crate) machine: MachineArgs,

    #[command(flatten)]
    pub(crate) payload: PayloadArgs,

    #[command(flatten)]
    pub(crate) drives: DriveArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) reports: ReportArgs,
}

/// What the board is made of.
#[derive(Debug, Args)]
#[command(next_help_heading = "Board")]
pub(crate) struct BoardArgs {
    /// Size of RAM: a number with K, M, G or T; without, it counts mebibytes
    #[arg(short, long, value_name = "SIZE", default_value = "128M", value_parser = size::parse_memory)]
    pub(crate) memory: u64,

    /// Number of harts
    #[arg(
        long,
        visible_alias = "smp",
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u8).range(1..=Config::MAX_HARTS as i64),
    )]
    pub(crate) harts: u8,

    /// Extensions of the harts, as in rv64gc_zba_zbb [default: all there are]
    ///
    /// Instructions and CSRs of extensions that are not named trap.
    /// `pagewalk --version` shows all that are implemented.
    #[arg(long, value_name = "STRING", hide_default_value = true)]
    pub(crate) isa: Option<IsaSet>,
}

/// More of what the board is made of.
#[derive(Debug, Args)]
#[command(next_help_heading = "Board")]
pub(crate) struct MachineArgs {
    /// Who sets the A and D bits of page-table entries
    #[arg(long, value_name = "WHO", default_value = "hardware")]
    pub(crate) ad: Ad,

    /// What time is [default: virtual; on a terminal: paced for processes, host for boot]
    #[arg(long, value_name = "WHICH")]
    pub(crate) clock: Option<Clock>,

    /// What the real-time clock shows at the start [default: as --clock goes]
    ///
    /// `now`, or a time in UTC: 2026-01-31 or 2026-01-31T12:30:00. With the host's
    /// clock the default is now; in virtual time it is the start of 2026, so that
    /// runs can be repeated.
    #[arg(long, value_name = "WHEN", value_parser = date::parse)]
    pub(crate) rtc: Option<Date>,

    /// Instructions in one turn of a hart, if there are several
    #[arg(long, value_name = "N", default_value = "2000", value_parser = parse_quantum)]
    pub(crate) quantum: u64,

    /// What the random numbers for the guest (rng-seed) are made from
    #[arg(long, value_name = "N", default_value = "0", value_parser = size::parse_address)]
    pub(crate) seed: u64,

    /// The register interface of the virtio-mmio slots
    #[arg(long, value_name = "WHICH", default_value = "modern")]
    pub(crate) virtio: Virtio,

    /// Write the device tree to a file (or `-`, stdout), and run nothing
    ///
    /// It is what the guest would find at the address in a1, as a flattened blob:
    /// `dtc -I dtb FILE` shows it. The file appears complete or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) dump_dtb: Option<PathBuf>,
}

/// What is in memory when the harts start.
#[derive(Debug, Args)]
#[command(next_help_heading = "Memory")]
pub(crate) struct PayloadArgs {
    /// Firmware: none, so that kernels start in M-mode
    #[arg(long, value_name = "WHICH", default_value = "none")]
    pub(crate) bios: Bios,

    /// Copy a file into RAM as it is (several times, if needed)
    ///
    /// ADDR is a physical address, decimal or with 0x. The last @ counts.
    #[arg(
        long,
        value_name = "FILE@ADDR",
        value_parser = OsStringValueParser::new().try_map(|text| payload::parse_load(&text)),
    )]
    pub(crate) load: Vec<Load>,

    /// Where all harts start [default: the entry of the program, or 0x80000000]
    #[arg(long, value_name = "ADDR", value_parser = parse_entry)]
    pub(crate) entry: Option<u64>,

    /// Initial RAM disk of the kernel; the device tree says where it is
    #[arg(long, value_name = "FILE")]
    pub(crate) initrd: Option<PathBuf>,

    /// Command line of the kernel (bootargs in the device tree)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) append: Option<String>,
}

/// The disks of the board.
#[derive(Debug, Args)]
#[command(next_help_heading = "Drives")]
pub(crate) struct DriveArgs {
    /// A disk image for the next virtio-mmio slot (up to eight times)
    ///
    /// The image is raw: a file or a block device. Nobody else can use it as long
    /// as the run lasts; with `,ro` the guest can only read it, and other readers
    /// can share it. A comma in the name of the file is doubled.
    #[arg(long, value_name = "FILE[,ro]", value_parser = drive::parser())]
    pub(crate) drive: Vec<Drive>,

    /// Keep what the guest writes to its drives in memory, and forget it at the end
    #[arg(long)]
    pub(crate) snapshot: bool,
}

/// For how long a guest runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Stop after N instructions, those of all harts together
    ///
    /// The run ends after exactly N instructions with exit status 4. K, M, G
    /// and T stand for powers of 1000.
    #[arg(long, value_name = "N", value_parser = size::parse_count)]
    pub(crate) max_instructions: Option<u64>,

    /// Stop after this many seconds of real time, with exit status 4
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Stop when the guest has printed TEXT, with exit status 0
    #[arg(
        long,
        value_name = "TEXT",
        value_parser = NonEmptyStringValueParser::new(),
        allow_hyphen_values = true,
    )]
    pub(crate) until: Option<String>,
}

/// What is told of a run besides what the guest prints.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ReportArgs {
    /// Report instructions, traps, TLB misses and speed at the end
    ///
    /// The report goes to stderr, as text or as one line of JSON.
    #[arg(
        long,
        value_name = "FORMAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text",
    )]
    pub(crate) stats: Option<StatsFormat>,

    /// Write the report of --stats to a file instead (JSON if not said otherwise)
    #[arg(long, value_name = "FILE")]
    pub(crate) stats_file: Option<PathBuf>,

    /// Write how the run ended to a file, as JSON
    ///
    /// {"source": S, "code": N, "status": X}: S is finisher or htif where the
    /// guest ended the run; verdict, budget, timeout, until, quit, interrupt,
    /// output, expect or error otherwise. N is the guest's status in full (or X), X the exit
    /// status of pagewalk. The file appears complete or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) status_file: Option<PathBuf>,
}

/// What time is for a guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Clock {
    /// A function of the instructions that were executed: runs can be repeated
    Virtual,
    /// The same, but a wait takes as long as it says
    Paced,
    /// The host's: a wait takes as long as it says, and no two runs are alike
    Host,
}

impl From<Clock> for ClockSource {
    fn from(clock: Clock) -> Self {
        match clock {
            Clock::Virtual => ClockSource::Virtual,
            Clock::Paced => ClockSource::Paced,
            Clock::Host => ClockSource::Host,
        }
    }
}

/// How virtio-mmio slots look to a driver.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Virtio {
    /// Version 2, of virtio 1.0 and later
    Modern,
    /// Version 1, which QEMU has by default
    Legacy,
}

impl From<Virtio> for VirtioInterface {
    fn from(virtio: Virtio) -> Self {
        match virtio {
            Virtio::Modern => VirtioInterface::Modern,
            Virtio::Legacy => VirtioInterface::Legacy,
        }
    }
}

/// What stands between reset and the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Bios {
    /// Nothing: the kernel starts in M-mode
    None,
}

/// How `--stats` looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum StatsFormat {
    /// A table for people
    Text,
    /// One line of JSON
    Json,
}

/// An address where an instruction may begin.
fn parse_entry(text: &str) -> Result<u64, String> {
    let entry = size::parse_address(text)?;
    if entry % 2 != 0 {
        return Err("instructions begin at even addresses".to_owned());
    }
    Ok(entry)
}

fn parse_quantum(text: &str) -> Result<u64, String> {
    let quantum = size::parse_count(text)?;
    if quantum < Config::MIN_QUANTUM {
        return Err(format!(
            "it must be at least {}: in a shorter turn no LR/SC sequence would succeed",
            Config::MIN_QUANTUM
        ));
    }
    Ok(quantum)
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "a number of seconds is expected, for instance 10 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err("it must be more than 0 and not endless".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_long_enough_for_atomic_sequences() {
        assert_eq!(parse_quantum("100"), Ok(100));
        assert_eq!(parse_quantum("1M"), Ok(1_000_000));
        for bad in ["0", "99", "", "-5"] {
            assert!(parse_quantum(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn time_limits_are_positive_and_finite() {
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["0", "-1", "inf", "nan", "1e300", "soon", ""] {
            assert!(parse_seconds(bad).is_err(), "{bad}");
        }
    }
}
