//! Files that others read as soon as they see them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, bail};

/// The name that stands for stdout where a file is expected.
pub(crate) const STDOUT: &str = "-";

/// Says early, before anything has run, that a file could not be written at
/// the end.
pub(crate) fn check_writable(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        bail!("{}: is a directory; name a file in it", path.display());
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        bail!(
            "{}: there is no directory {}",
            path.display(),
            folder.display()
        );
    }
    Ok(())
}

/// Writes a file so that nobody ever sees half of it.
pub(crate) fn write_atomically(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    write(path, contents).with_context(|| format!("cannot write {}", path.display()))
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    if is_stream(path) {
        return fs::OpenOptions::new()
            .append(true)
            .open(path)?
            .write_all(contents);
    }
    // Of a link it is the target that gets the new contents.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder_of(&target).join(format!(".{name}.{}.tmp", process::id()));
    let written = fs::write(&temporary, contents).and_then(|()| fs::rename(&temporary, &target));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Whether a file is written to and not replaced by another: a pipe, a
/// terminal, or `/dev/stderr`, whatever is behind it.
fn is_stream(path: &Path) -> bool {
    let is_special = fs::metadata(path).is_ok_and(|there| !there.is_file());
    let is_of_system = ["/dev", "/proc"].iter().any(|root| path.starts_with(root));
    is_special || is_of_system
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
