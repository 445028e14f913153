//! The text of source files, as far as they can be found.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;

/// Files that were asked for.
#[derive(Default)]
pub(super) struct Sources {
    /// Their lines; none of what cannot be read.
    files: HashMap<String, Vec<String>>,
    missing: Option<String>,
}

impl Sources {
    /// A line of a file, counted from 1.
    pub(super) fn line(&mut self, path: &str, number: u32) -> Option<&str> {
        if !self.files.contains_key(path) {
            let lines = read(path);
            if lines.is_none() && self.missing.is_none() {
                self.missing = Some(path.to_owned());
            }
            self.files
                .insert(path.to_owned(), lines.unwrap_or_default());
        }
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.files.get(path)?.get(index).map(String::as_str)
    }

    /// The first file that could not be read.
    pub(super) fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }
}

/// The lines of a file, fit for a terminal.
///
/// A program names its sources, so whoever wrote it can name anything: what is
/// no ordinary file of an ordinary size is not read.
fn read(path: &str) -> Option<Vec<String>> {
    const LARGEST: u64 = 16 << 20;
    let there = fs::metadata(path).ok()?;
    if !there.is_file() || there.len() > LARGEST {
        return None;
    }
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(there.len()).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let is_unfit = |c: char| c.is_control() && c != '\t';
    Some(
        text.lines()
            .map(|line| line.replace(is_unfit, "?"))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_one_and_missing_files_have_none() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/disasm/source.rs");
        let mut sources = Sources::default();
        let first = "//! The text of source files, as far as they can be found.";
        assert_eq!(sources.line(path, 1), Some(first));
        assert_eq!(sources.line(path, 0), None);
        assert_eq!(sources.line(path, u32::MAX), None);
        assert_eq!(sources.missing(), None);
        for unfit in ["/nowhere/at/all.c", "/", "/dev/zero", ""] {
            assert_eq!(sources.line(unfit, 1), None, "{unfit}");
        }
        assert_eq!(sources.missing(), Some("/nowhere/at/all.c"));
    }
}
