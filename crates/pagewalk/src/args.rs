//! What can be typed: the text of `--help` is written here.

mod guest;
mod process;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use pagewalk_machine::AdPolicy;

use crate::demo::DemoArgs;
use crate::disasm::DisasmArgs;
use crate::info::InfoArgs;
use crate::kind::As;
use crate::{logging, size, version};
pub(crate) use guest::{Bios, BoardArgs, Clock, GuestArgs, MachineArgs, ReportArgs, StatsFormat};
pub(crate) use process::ProcessArgs;

/// Runs 64-bit RISC-V programs on an emulated board.
///
/// The board has up to 8 harts (RV64GC with M, S and U mode, Sv39, Sv48 and
/// Sv57 page tables) and the memory map of QEMU's `virt` machine: RAM at
/// 0x8000_0000, CLINT, PLIC, a 16550 UART, eight virtio-mmio slots for drives, a
/// real-time clock, a test finisher, and HTIF where a program has the symbol
/// `tohost`.
///
/// Two runs of the same program with the same options and the same input execute
/// exactly the same instructions: time is counted in instructions, not in seconds,
/// unless `--clock host` says otherwise.
#[derive(Debug, Parser)]
#[command(
    name = "pagewalk",
    version = version::SHORT,
    long_version = version::long(),
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = TOP_EXAMPLES,
)]
pub(crate) struct Cli {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,

    /// What to log to stderr, for example `debug` or `guest=info`
    ///
    /// A level (off, error, warn, info, debug, trace) or a list of
    /// TARGET=LEVEL. Wins over the environment variable RUST_LOG, which has
    /// the same form. Without either, warnings and errors are logged.
    #[arg(long, global = true, value_name = "FILTER", value_parser = logging::parse_filter)]
    pub(crate) log: Option<String>,
}

const TOP_EXAMPLES: &str = "\
Examples:
  pagewalk run prog.elf arg …          run a program for Linux, or a bare-metal one
  pagewalk run --stats bench.elf       … and count what it does
  pagewalk boot kernel                 start a kernel on the terminal
  pagewalk test riscv-tests/isa        run a directory of tests
  pagewalk demo                        a tour through what a page fault can mean
  pagewalk info kernel.elf             what is in a file, and how it would be run
  pagewalk disasm kernel.elf | less    … and its instructions
  pagewalk run --help                  all options, exit statuses, examples";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program to its end
    ///
    /// A program for an operating system, a static executable for Linux, runs as a
    /// process of the built-in kernel, with arguments, environment, standard streams
    /// and the files of --root. Its exit status is ours, 128 and more if a signal
    /// killed it. The kernel loads its pages as they are touched, shares them after
    /// fork and swaps them; --frames, --swap, --evict and --fork say how.
    ///
    /// At a terminal, a process finds one: lines that can be edited, or keys; Ctrl-C
    /// is its SIGINT, Ctrl-D an end of file; and a wait takes as long as it says.
    /// Ctrl-A x ends the run, Ctrl-A h shows what else there is.
    ///
    /// A bare-metal program is an ELF executable linked for addresses in RAM, or what
    /// --load puts there. All harts start in M-mode at its entry point, with their
    /// number in a0 and the address of the device tree in a1. It ends the run by a
    /// store to the test finisher or to its symbol `tohost` (HTIF); what it prints
    /// through the UART or HTIF goes to stdout. A reset that it asks of the test
    /// finisher starts it anew on a fresh board, with the drives as they are.
    ///
    /// `pagewalk info` says which of the two a program is, and why.
    ///
    /// A guest that can make no progress any more, because it waits for nothing or
    /// traps again and again at one place, is stopped with a verdict that says why.
    ///
    /// Options stand before the program.
    Run(Box<RunArgs>),
    /// Start a kernel, as `qemu-system-riscv64 -M virt -bios none` does
    ///
    /// The kernel is an ELF executable that begins in M-mode, or what --load puts
    /// into memory. All is as for `pagewalk run`, but for the terminal, if there is
    /// one: the guest gets all keys from the start, and the host's time, since
    /// somebody waits for it. Ctrl-A x quits, Ctrl-A h shows what else there is.
    Boot(Box<BootArgs>),
    /// Run tests: ELF files with a `tohost` symbol
    ///
    /// These report success or the number of the case that failed through the
    /// symbol, as the official riscv-tests do. In a directory, every RISC-V ELF
    /// executable that has it is a test, in subdirectories too; other files and
    /// what is hidden are skipped. A file that is named itself must be a test.
    ///
    /// The tests run in parallel, each on a board of its own. What they print is
    /// shown only for those that fail. The last line on stdout is
    /// `N passed, M failed`.
    Test(Box<TestArgs>),
    /// Show what a page fault can mean, by programs that come with Pagewalk
    ///
    /// Each program makes the built-in kernel do one thing (load a page, swap it, copy it,
    /// refuse it), and checks that it was done. Without a name the tour is shown; with
    /// one the program is run, and the kernel's work is told in words.
    Demo(DemoArgs),
    /// Show what a program is made of, and how it would be run
    ///
    /// Bare metal on the board, if it has a symbol `tohost` or a segment in the
    /// board's RAM; as a process of the built-in kernel otherwise, static-pie
    /// included. A program that asks for a dynamic linker cannot be run.
    Info(Box<InfoArgs>),
    /// List the instructions of a program, in the form of `objdump -d`
    ///
    /// With symbols, targets of jumps, addresses that two instructions make
    /// together and, where the file has debugging information, source lines.
    /// Data among instructions is shown as data where mapping symbols tell.
    Disasm(Box<DisasmArgs>),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

const COMPLETION_EXAMPLES: &str = "\
Examples:
  pagewalk completions bash > ~/.local/share/bash-completion/completions/pagewalk
  pagewalk completions zsh > ~/.zfunc/_pagewalk
  pagewalk completions fish > ~/.config/fish/completions/pagewalk.fish";

/// What `pagewalk run` takes.
#[derive(Debug, Args)]
#[command(
    override_usage = "pagewalk run [OPTIONS] <PROGRAM> [ARG]...\n       \
                      pagewalk run [OPTIONS] --builtin <NAME> [ARG]...\n       \
                      pagewalk run [OPTIONS] --load <FILE@ADDR>",
    after_help = format!("{EXIT_STATUS}\n\n{RUN_EXAMPLES}"),
)]
pub(crate) struct RunArgs {
    /// Run a program that comes with Pagewalk: hello, bench-qsort, si-sv39, …
    ///
    /// These are the programs of this repository, for a first look and for
    /// benchmarks and tests. A name that there is not lists all of them.
    #[arg(long, value_name = "NAME")]
    pub(crate) builtin: Option<String>,

    /// Take the program for one of this kind, whatever it looks like
    #[arg(long = "as", value_name = "KIND")]
    pub(crate) wanted: Option<As>,

    /// The ELF executable, and the arguments for it
    ///
    /// All that stands behind the name of the program is meant for it. A
    /// bare-metal program can get no arguments, and with any it is not run. With
    /// --builtin all of this are arguments.
    #[arg(
        value_name = "PROGRAM",
        required_unless_present_any = ["builtin", "load", "dump_dtb"],
        num_args = 1..,
        trailing_var_arg = true,
    )]
    pub(crate) command: Vec<OsString>,

    #[command(flatten)]
    pub(crate) process: ProcessArgs,

    #[command(flatten)]
    pub(crate) guest: GuestArgs,
}

/// What `pagewalk boot` takes.
#[derive(Debug, Args)]
#[command(
    override_usage = "pagewalk boot [OPTIONS] <KERNEL>\n       \
                      pagewalk boot [OPTIONS] --load <FILE@ADDR>",
    after_help = format!("{EXIT_STATUS}\n\n{BOOT_EXAMPLES}"),
)]
pub(crate) struct BootArgs {
    /// The kernel: an ELF executable
    #[arg(value_name = "KERNEL", required_unless_present_any = ["load", "dump_dtb"])]
    pub(crate) kernel: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) guest: GuestArgs,
}

const EXIT_STATUS: &str = "\
Exit status:
  0–255  the guest's; one that does not fit 8 bits is printed and becomes 255
  0      --until came true, or Ctrl-A x was typed
  2      bad input or usage
  3      verdict: the guest can make no progress any more
  4      --max-instructions or --timeout used up
  130    Ctrl-C (143: SIGTERM)
  141    stdout was closed
  A guest can end with these numbers, too: --status-file tells them apart.";

const RUN_EXAMPLES: &str = "\
Examples:
  pagewalk run --builtin hello
  pagewalk run hello.elf
  pagewalk run -m 512M --harts 4 kernel.elf
  pagewalk run --load firmware.bin@0x80000000
  pagewalk run --isa rv64imac --max-instructions 10M firmware.elf
  pagewalk run --stats=json --stats-file stats.json bench.elf
  pagewalk run --ad fault --log debug kernel.elf

Examples with processes:
  pagewalk run ./a.out first second < input.txt
  pagewalk run --builtin fork-cow
  pagewalk run --root rootfs.tar --env TERM /bin/busybox sh
  pagewalk run --frames 64 --swap 16M --evict fifo --stats ./a.out
  pagewalk run --expect 'cow_copy==12' --expect 'swap_out==0' ./a.out";

const BOOT_EXAMPLES: &str = "\
Examples:
  pagewalk boot kernel.elf
  pagewalk boot --harts 3 --drive fs.img kernel/kernel
  pagewalk boot --drive root.img,ro --drive data.img --append 'root=/dev/vda' kernel.elf
  pagewalk boot --snapshot --drive fs.img kernel.elf < commands.txt
  pagewalk boot --load kernel.bin@0x80000000 --load image.bin@0x84000000
  pagewalk boot --harts 4 --dump-dtb virt.dtb";

/// What `pagewalk test` takes.
#[derive(Debug, Args)]
#[command(after_help = TEST_EXAMPLES)]
pub(crate) struct TestArgs {
    /// ELF files, or directories that contain them
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// Fail a test that has not ended after N instructions
    #[arg(long, value_name = "N", default_value = "50M", value_parser = size::parse_count)]
    pub(crate) max_instructions: u64,

    /// How many tests run at a time [default: the number of processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,

    /// Run only tests with this in their names
    ///
    /// A text that the name contains; with * or ? in it, a pattern for the whole
    /// name. Given several times, one match is enough.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) filter: Vec<String>,

    /// Run part I of N, for instance 2/4
    ///
    /// All parts together run every test once. Test number I, I+N, I+2N … of
    /// the sorted list are part I.
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    pub(crate) shard: Option<Shard>,

    /// Write the results to a file as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) board: BoardArgs,

    /// Who sets the A and D bits of page-table entries
    #[arg(long, value_name = "WHO", default_value = "guest")]
    pub(crate) ad: Ad,
}

const TEST_EXAMPLES: &str = "\
Exit status:
  0    all tests passed
  1    a test failed
  2    bad input or usage, or no test found
  130  Ctrl-C (143: SIGTERM)

Examples:
  pagewalk test riscv-tests/isa
  pagewalk test --filter 'rv64si-p-*' --ad hardware riscv-tests/isa
  pagewalk test --junit results.xml --shard 1/4 riscv-tests/isa
  pagewalk test build/my-test.elf";

/// Who sets the A and D bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Ad {
    /// The guest: a clear bit is a page fault (Svade), and menvcfg.ADUE is zero
    Fault,
    /// The hart, from reset on (Svadu with menvcfg.ADUE set), as on QEMU
    Hardware,
    /// The guest decides by menvcfg.ADUE, which is zero at reset
    Guest,
}

impl From<Ad> for AdPolicy {
    fn from(ad: Ad) -> Self {
        match ad {
            Ad::Fault => AdPolicy::Fault,
            Ad::Hardware => AdPolicy::Hardware,
            Ad::Guest => AdPolicy::Guest,
        }
    }
}

/// Part `index` (from 1) of `count`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shard {
    pub(crate) index: usize,
    pub(crate) count: usize,
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(index, count)| {
        Some(Shard {
            index: index.parse().ok()?,
            count: count.parse().ok()?,
        })
    });
    match numbers {
        Some(shard) if (1..=shard.count).contains(&shard.index) => Ok(shard),
        Some(shard) if shard.count > 0 => Err(format!("parts go from 1 to {}", shard.count)),
        _ => Err("two numbers are expected, for instance 2/4".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shards_are_counted_from_one() {
        let shard = |index, count| Ok(Shard { index, count });
        assert_eq!(parse_shard("1/1"), shard(1, 1));
        assert_eq!(parse_shard("4/4"), shard(4, 4));
        for bad in ["0/4", "5/4", "1/0", "0/0", "1", "a/b", "-1/4", "1/4/2", ""] {
            assert!(parse_shard(bad).is_err(), "{bad}");
        }
    }
}
