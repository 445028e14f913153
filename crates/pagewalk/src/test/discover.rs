//! Finds tests: RISC-V ELF executables with the symbol `tohost`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use pagewalk_machine::loader::{LoadError, Problem, Program};

use crate::config::TestConfig;

/// A test, not loaded yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Test {
    /// The name of the file.
    pub(super) name: String,
    /// What the table of results puts together.
    pub(super) group: String,
    pub(super) path: PathBuf,
}

/// What there is at the paths that the user named.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Sorted by path, each once.
    pub(super) tests: Vec<Test>,
    /// Files in directories that are no tests.
    pub(super) skipped: usize,
}

/// Looks at all paths.
pub(super) fn find(config: &TestConfig) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for path in &config.paths {
        if path.is_dir() {
            find_in_directory(path, &mut found)?;
        } else {
            let program = Program::from_file(path)?;
            config.board.check(&program)?;
            if program.tohost.is_none() {
                bail!(
                    "{}: is no test: it has no symbol `tohost` to report to{}",
                    path.display(),
                    if program.symbols.is_empty() {
                        " (it has no symbols at all; was it stripped?)"
                    } else {
                        "\n  help: `pagewalk run` runs programs of any kind"
                    }
                );
            }
            found.tests.push(Test::new(path));
        }
    }
    found.tests.sort_by(|a, b| a.path.cmp(&b.path));
    found.tests.dedup_by(|a, b| a.path == b.path);
    Ok(found)
}

fn find_in_directory(directory: &Path, found: &mut Found) -> anyhow::Result<()> {
    let listing = || format!("cannot list the directory {}", directory.display());
    for entry in fs::read_dir(directory).with_context(listing)? {
        let entry = entry.with_context(listing)?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        // A link to a directory is not followed: it may lead in a circle.
        if entry.file_type().with_context(listing)?.is_dir() {
            find_in_directory(&path, found)?;
        } else if path.is_file() && is_test(&path) {
            found.tests.push(Test::new(&path));
        } else {
            found.skipped += 1;
        }
    }
    Ok(())
}

/// Whether a file in a directory is a test. One that is damaged counts as
/// one: it fails when it is run, instead of being missed by nobody.
fn is_test(path: &Path) -> bool {
    match Program::from_file(path) {
        Ok(program) => program.tohost.is_some(),
        Err(LoadError { problem, .. }) => {
            let is_something_else = matches!(
                problem,
                Problem::Empty
                    | Problem::NotElf { .. }
                    | Problem::NotRegular
                    | Problem::Directory
                    | Problem::Bits32
                    | Problem::BigEndian
                    | Problem::Machine { .. }
                    | Problem::Relocatable
                    | Problem::CoreDump
                    | Problem::SharedLibrary
                    | Problem::UnknownType(_)
            );
            !is_something_else
        }
    }
}

impl Test {
    fn new(path: &Path) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy().into_owned();
        Self {
            group: group_of(&name, path),
            name,
            path: path.to_owned(),
        }
    }
}

/// `rv64ui-p` for `rv64ui-p-add`, as the official suite names its tests; `ui`
/// for `ui-add`; the directory for a name without a dash.
fn group_of(name: &str, path: &Path) -> String {
    for environment in ["-p-", "-v-"] {
        if let Some(start) = name.find(environment) {
            return name[..start + 2].to_owned();
        }
    }
    if let Some((group, _)) = name.split_once('-').filter(|(group, _)| !group.is_empty()) {
        return group.to_owned();
    }
    let directory = path.parent().and_then(Path::file_name);
    directory.map_or_else(
        || "tests".to_owned(),
        |directory| directory.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_from_names() {
        for (path, group) in [
            ("isa/rv64ui-p-add", "rv64ui-p"),
            ("isa/rv64ui-v-add", "rv64ui-v"),
            ("isa/rv64mi-p-ld-misaligned", "rv64mi-p"),
            ("programs/ui-add-sub", "ui"),
            ("benchmarks/towers.riscv", "benchmarks"),
            ("towers.riscv", "tests"),
            ("isa/-odd", "isa"),
        ] {
            assert_eq!(Test::new(Path::new(path)).group, group, "{path}");
        }
    }
}
