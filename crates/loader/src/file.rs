//! From a path to bytes.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::parse::{HEADER_SIZE, Header};
use crate::{LoadError, Problem, Program};

impl Program {
    /// Reads and parses an executable; see [`read_file`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Program, LoadError> {
        let path = path.as_ref();
        let bytes = read_file(path)?;
        Program::parse(&path.display().to_string(), &bytes)
    }
}

/// Reads a file that [`Program::parse`] may accept, for those that need its
/// bytes, too.
///
/// The header is looked at before the rest is read, so that a disk image given
/// by mistake costs neither time nor memory.
pub fn read_file(path: impl AsRef<Path>) -> Result<Vec<u8>, LoadError> {
    let path = path.as_ref();
    read(path).map_err(|problem| LoadError {
        file: path.display().to_string(),
        problem,
    })
}

/// The whole of a regular file that begins with an acceptable ELF header.
fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    // Asked before opening: opening a pipe would wait for a writer.
    let kind = fs::metadata(path).map_err(from_io)?.file_type();
    if kind.is_dir() {
        return Err(Problem::Directory);
    }
    if !kind.is_file() {
        return Err(Problem::NotRegular);
    }
    let mut file = File::open(path).map_err(from_io)?;
    let mut bytes = Vec::new();
    file.by_ref()
        .take(HEADER_SIZE)
        .read_to_end(&mut bytes)
        .map_err(from_io)?;
    Header::parse(&bytes)?;
    file.read_to_end(&mut bytes).map_err(from_io)?;
    Ok(bytes)
}

fn from_io(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing,
        _ => Problem::Read(error),
    }
}
