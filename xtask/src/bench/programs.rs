//! The benchmark programs: from the embedded images to files, and what a
//! program says about its run.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use anyhow::Context;
use pagewalk_guest_images as images;
use serde::Serialize;

/// Begins the name of each benchmark.
const PREFIX: &str = "bench-";
/// Ends the name of a benchmark with its data in the page of its code.
const SHARED_SUFFIX: &str = "-shared";

/// The benchmark of block devices, which is no computation and has one link.
const BLOCK: &str = "bench-block";

/// How a benchmark was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Link {
    /// Code and data in pages of their own.
    Separate,
    /// Data in the page of the code.
    Shared,
}

/// A program in a file.
pub(super) struct Program {
    /// The benchmark's name, with `-shared` for the second link.
    pub(super) name: String,
    pub(super) path: PathBuf,
}

impl Program {
    /// The name without the link, and the link.
    pub(super) fn workload_and_link(&self) -> (&str, Link) {
        match self.name.strip_suffix(SHARED_SUFFIX) {
            Some(workload) => (workload, Link::Shared),
            None => (&self.name, Link::Separate),
        }
    }
}

/// All programs that a measurement needs, in a temporary directory that goes
/// away with this.
pub(super) struct Programs {
    directory: PathBuf,
    hello: Program,
    benchmarks: Vec<Program>,
    block: Program,
}

impl Programs {
    /// Writes the programs whose name contains `filter` to files.
    pub(super) fn unpack(filter: Option<&str>) -> anyhow::Result<Self> {
        let directory = env::temp_dir().join(format!("pagewalk-bench-{}", process::id()));
        fs::create_dir_all(&directory)
            .with_context(|| format!("creating {}", directory.display()))?;
        let mut programs = Self {
            hello: write(&directory, images::image("hello")?, "hello")?,
            benchmarks: Vec::new(),
            block: write(&directory, images::image(BLOCK)?, BLOCK)?,
            directory,
        };
        for image in images::images() {
            let Some(name) = image.name.strip_prefix(PREFIX) else {
                continue;
            };
            if image.name == BLOCK {
                continue;
            }
            if image.group == images::TEST_PROGRAMS && filter.is_none_or(|text| name.contains(text))
            {
                let program = write(&programs.directory, image, name)?;
                programs.benchmarks.push(program);
            }
        }
        if let Some(problem) = images::problem() {
            eprintln!("warning: {problem}");
        }
        Ok(programs)
    }

    /// The program that does next to nothing.
    pub(super) fn hello(&self) -> &Program {
        &self.hello
    }

    /// The benchmarks, each with its second link behind it.
    pub(super) fn benchmarks(&self) -> &[Program] {
        &self.benchmarks
    }

    /// The program that makes requests of a block device.
    pub(super) fn block(&self) -> &Program {
        &self.block
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        // What is left in the directory for temporary files does no harm.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn write(directory: &Path, image: &images::Image, name: &str) -> anyhow::Result<Program> {
    let path = directory.join(image.name);
    fs::write(&path, image.bytes).with_context(|| format!("writing {}", path.display()))?;
    Ok(Program {
        name: name.to_owned(),
        path,
    })
}

/// Finds what follows `key` in what an emulator printed.
pub(super) fn find_value(output: &str, key: &str) -> anyhow::Result<String> {
    let mut words = output.split_whitespace();
    let value = words.find_map(|word| word.strip_prefix(key));
    let value = value.map(str::to_owned);
    value.with_context(|| format!("no `{key}` in the output `{}`", output.trim()))
}

/// What a benchmark prints: `NAME checksum=0x… instret=…`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) checksum: String,
    pub(super) instret: u64,
}

/// Finds a benchmark's line in what an emulator printed.
pub(super) fn parse_line(output: &str) -> anyhow::Result<Line> {
    let line = output.lines().find_map(|line| {
        let value = |key| {
            line.split_whitespace()
                .find_map(|word| word.strip_prefix(key))
        };
        Some(Line {
            checksum: value("checksum=")?.to_owned(),
            instret: value("instret=")?.parse().ok()?,
        })
    });
    line.with_context(|| format!("no line of the benchmark in the output `{}`", output.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line_among_others() {
        let output = "welcome to an emulator\nqsort checksum=0x27e0 instret=1124600585\n\nbye\n";
        let line = parse_line(output).unwrap();
        assert_eq!(line.checksum, "0x27e0");
        assert_eq!(line.instret, 1_124_600_585);
    }

    #[test]
    fn output_without_the_line_is_quoted() {
        let error = parse_line("unexpected trap: mcause=0x2\n").unwrap_err();
        assert!(error.to_string().contains("mcause=0x2"), "{error}");
    }

    #[test]
    fn every_benchmark_is_linked_twice() {
        let programs = Programs::unpack(None).unwrap();
        let links = |wanted| {
            let pairs = programs.benchmarks().iter().map(Program::workload_and_link);
            pairs
                .filter(|(_, link)| *link == wanted)
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
        };
        assert_eq!(links(Link::Separate), links(Link::Shared));
        assert_eq!(links(Link::Shared).len(), 6);
    }
}
