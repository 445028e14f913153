//! The rows and their programs: from the embedded images to files, and what a program
//! says about its run.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, ensure};
use pagewalk_guest_images as images;
use pagewalk_workloads::{COMMON, MORE, UNITS_MARK, Work, Workload};
use serde::{Deserialize, Serialize};

use super::contestant::{Contestant, Form};

/// Begins the name of each bare-metal benchmark.
const PREFIX: &str = "bench-";
/// Ends the name of a benchmark with its data in the page of its code.
const SHARED_SUFFIX: &str = "-shared";
/// The process that is all benchmarks.
const PROCESS: &str = "bench";
/// The benchmark of block devices, which is no computation and has one link.
const BLOCK: &str = "bench-block";

/// Workloads that exist in the second link, too.
const LINKED_TWICE: [&str; 5] = ["dhrystone", "memcpy", "nbody", "spmv", "towers"];

/// How a bare-metal benchmark was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Link {
    /// Code and data in pages of their own.
    Separate,
    /// Data in the page of the code.
    Shared,
}

/// What is measured in a row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    workload: Option<&'static Workload>,
    /// Whether it is one of the common comparison, which the means are made of.
    pub(super) is_common: bool,
    pub(super) link: Link,
}

impl Row {
    /// From the start of the emulator to the first byte that a process prints.
    const BOOT: Self = Self {
        workload: None,
        is_common: false,
        link: Link::Separate,
    };

    /// All rows, those of the common comparison first.
    pub(super) fn all() -> Vec<Self> {
        let row = |workload, is_common, link| Self {
            workload: Some(workload),
            is_common,
            link,
        };
        let separate = |workload, is_common| row(workload, is_common, Link::Separate);
        let common = COMMON.into_iter().map(|workload| separate(workload, true));
        let more = MORE.into_iter().map(|workload| separate(workload, false));
        let all = COMMON.into_iter().chain(MORE);
        let shared = all.filter(|workload| LINKED_TWICE.contains(&workload.name));
        let shared = shared.map(|workload| row(workload, false, Link::Shared));
        common
            .chain([Self::BOOT])
            .chain(more)
            .chain(shared)
            .collect()
    }

    /// What stands in the first column, and what `--filter` looks at.
    pub(super) fn title(self) -> String {
        let suffix = match self.link {
            Link::Separate => "",
            Link::Shared => SHARED_SUFFIX,
        };
        format!(
            "{}{suffix}",
            self.workload.map_or("boot", |workload| workload.name)
        )
    }

    pub(super) fn unit(self) -> &'static str {
        let boot = "from the start of the emulator to a process's first byte";
        self.workload.map_or(boot, |workload| workload.unit)
    }

    /// Units of a run; `None` for what is measured in another way.
    pub(super) fn units(self) -> Option<u64> {
        self.workload.map(|workload| workload.units)
    }

    /// Whether there is such a thing on this contestant.
    pub(super) fn is_for(self, contestant: &Contestant) -> bool {
        let Some(workload) = self.workload else {
            return contestant.boots_a_kernel();
        };
        let asks_a_kernel = matches!(workload.work, Work::Ask(_));
        match contestant.form() {
            Form::BareMetal => !asks_a_kernel,
            Form::Process => self.is_common,
            Form::Native => {
                let code_is_known = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
                self.link == Link::Separate
                    && (cfg!(unix) || !asks_a_kernel)
                    && (code_is_known || workload.name != "rewrite")
            }
        }
    }

    /// The units that a run has done and what came out of them, from its output.
    pub(super) fn parse(self, output: &str, units: u64) -> anyhow::Result<Line> {
        let line = Line::find(output)?;
        ensure!(
            line.units == units,
            "{} units instead of {units}",
            line.units
        );
        let expected = self
            .workload
            .filter(|_| units > 0)
            .map(|workload| workload.expected);
        if let Some(expected) = expected.filter(|expected| Some(*expected) != line.digest) {
            let digest = line
                .digest
                .map_or("no digest".to_owned(), |d| format!("digest {d:#018x}"));
            anyhow::bail!("{digest} instead of {expected:#018x}");
        }
        Ok(line)
    }
}

/// All programs that a measurement needs, in a temporary directory that goes away
/// with this.
pub(super) struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// Makes the directory, and in it the programs that are the same for all runs.
    pub(super) fn unpack() -> anyhow::Result<Self> {
        let directory = env::temp_dir().join(format!("pagewalk-bench-{}", process::id()));
        fs::create_dir_all(&directory)
            .with_context(|| format!("creating {}", directory.display()))?;
        let programs = Self { directory };
        for name in [PROCESS, BLOCK] {
            write(&programs.directory.join(name), images::image(name)?.bytes)?;
        }
        if let Some(problem) = images::problem() {
            eprintln!("warning: {problem}");
        }
        Ok(programs)
    }

    /// The program that makes requests of a block device.
    pub(super) fn block(&self) -> PathBuf {
        self.directory.join(BLOCK)
    }

    /// The words after a contestant's own with which it does so many units of a row.
    pub(super) fn words(&self, row: Row, units: u64, form: Form) -> anyhow::Result<Vec<OsString>> {
        let arguments = [row.title().into(), units.to_string().into()];
        Ok(match form {
            Form::BareMetal => vec![self.bare_metal(row, units)?.into()],
            Form::Process => {
                let program = self.directory.join(PROCESS).into();
                [program].into_iter().chain(arguments).collect()
            }
            Form::Native => arguments.into(),
        })
    }

    /// The file of a bare-metal program that does so many units.
    fn bare_metal(&self, row: Row, units: u64) -> anyhow::Result<PathBuf> {
        let name = format!("{PREFIX}{}", row.title());
        let path = self.directory.join(format!("{name}-{units}"));
        if !path.exists() {
            let image = with_units(images::image(&name)?.bytes, units);
            write(
                &path,
                &image.with_context(|| format!("{name} takes no units"))?,
            )?;
        }
        Ok(path)
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        // What is left in the directory for temporary files does no harm.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Writes a program, to be executed by whoever asks the file whether it may be.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        fs::write(path, bytes)?;
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        std::io::Result::Ok(())
    };
    write().with_context(|| format!("writing {}", path.display()))
}

/// The image with another number of units; `None` if it has no single place for that.
fn with_units(image: &[u8], units: u64) -> Option<Vec<u8>> {
    let mut marks = image.windows(UNITS_MARK.len()).enumerate();
    let mut places = marks.by_ref().filter(|(_, bytes)| *bytes == UNITS_MARK);
    let (place, None) = (places.next()?.0 + UNITS_MARK.len(), places.next()) else {
        return None;
    };
    let mut image = image.to_vec();
    image
        .get_mut(place..place + 8)?
        .copy_from_slice(&units.to_le_bytes());
    Some(image)
}

/// Finds what follows `key` in what somebody printed.
pub(super) fn find_value(output: &str, key: &str) -> anyhow::Result<String> {
    let mut words = output.split_whitespace();
    let value = words.find_map(|word| word.strip_prefix(key));
    let value = value.map(str::to_owned);
    value.with_context(|| format!("no `{key}` in the output `{}`", output.trim()))
}

/// What a benchmark prints, see `pagewalk_workloads::Report`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) units: u64,
    pub(super) digest: Option<u64>,
    /// Instructions before the first unit.
    pub(super) before: Option<u64>,
    /// Instructions of all units.
    pub(super) instructions: Option<u64>,
    /// Nanoseconds of all units, by the guest's clock.
    pub(super) nanoseconds: Option<u64>,
}

impl Line {
    /// Finds a benchmark's line among what else was printed.
    fn find(output: &str) -> anyhow::Result<Self> {
        let line = output.lines().find_map(|line| {
            let value = |key| {
                line.split_whitespace()
                    .find_map(|word| word.strip_prefix(key))
            };
            let number = |key| value(key)?.parse().ok();
            Some(Self {
                units: number("units=")?,
                digest: value("digest=0x").and_then(|hex| u64::from_str_radix(hex, 16).ok()),
                before: number("before="),
                instructions: number("instructions="),
                nanoseconds: number("nanoseconds="),
            })
        });
        line.with_context(|| format!("no line of the benchmark in the output `{}`", output.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(title: &str) -> Row {
        let mut all = Row::all().into_iter();
        all.find(|row| row.title() == title).expect("a row")
    }

    #[test]
    fn finds_the_line_among_others() {
        let expected = pagewalk_workloads::find("fib").unwrap().expected;
        let output = format!(
            "welcome\nfib units=3 digest={expected:#018x} before=5 instructions=70 nanoseconds=9\n\nbye\n"
        );
        let line = row("fib").parse(&output, 3).unwrap();
        assert_eq!((line.before, line.instructions), (Some(5), Some(70)));
        assert_eq!(line.nanoseconds, Some(9));
        assert!(row("fib").parse(&output, 4).is_err());
        let without = row("fib").parse("fib units=0 before=5 instructions=2", 0);
        assert_eq!(without.unwrap().digest, None);
    }

    #[test]
    fn a_wrong_digest_and_no_digest_are_errors() {
        for (output, expected) in [
            (
                "fib units=3 digest=0x12",
                "digest 0x0000000000000012 instead of 0x",
            ),
            ("fib units=3", "no digest instead of 0x"),
            ("unexpected trap: mcause=0x2", "mcause=0x2"),
        ] {
            let error = row("fib").parse(output, 3).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn units_are_written_where_the_mark_is() {
        let mut image = vec![0; 5];
        assert_eq!(with_units(&image, 7), None);
        image.extend(UNITS_MARK);
        assert_eq!(with_units(&image, 7), None);
        image.extend([0xff; 9]);
        let with = with_units(&image, 0x0102).unwrap();
        assert_eq!(with[..21], image[..21]);
        assert_eq!(with[21..], [2, 1, 0, 0, 0, 0, 0, 0, 0xff]);
        image.extend(UNITS_MARK);
        assert_eq!(with_units(&image, 7), None);
    }

    #[test]
    fn a_bare_metal_program_does_as_many_units_as_its_file_says() {
        use pagewalk_machine::{Config, Limits, Machine, Outcome, loader::Program};

        let instructions = [0, 1, 2].map(|units| {
            let image = images::image("bench-nbody").unwrap();
            let program = Program::parse("nbody", &with_units(image.bytes, units).unwrap());
            let mut machine = Machine::new(&Config::default()).unwrap();
            machine.load(&program.unwrap()).unwrap();
            let outcome = machine.run(&Limits::instructions(100_000_000));
            assert!(
                matches!(outcome, Outcome::Exit { code: 0, .. }),
                "{outcome:?}"
            );
            machine.retired()
        });
        let [setup, once, twice] = instructions;
        let unit = once - setup;
        assert!(unit > 10_000_000, "{unit} instructions");
        assert!(
            (twice - once).abs_diff(unit) < unit / 100,
            "{instructions:?}"
        );
    }

    #[test]
    fn each_row_has_its_programs() {
        let programs = Programs::unpack().unwrap();
        let bare = Contestant::machine(&super::super::contestant::Peer::new("pagewalk", "".into()));
        for row in Row::all().into_iter().filter(|row| row.is_for(&bare)) {
            let words = programs.words(row, 1, Form::BareMetal).unwrap();
            assert!(Path::new(&words[0]).exists(), "{}", row.title());
        }
    }
}
