//! `--swap SIZE|FILE[,SIZE]`: the disk that pages are swapped to.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, bail};
use clap::builder::{OsStringValueParser, TypedValueParser};
use pagewalk_machine::SharedDisk;
use pagewalk_machine::disk::{Access, Disk, FileDisk, Overlay};
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use crate::drive;
use crate::size;

/// Bytes of a page, which is what is swapped.
const PAGE: u64 = 4096;

/// Where pages are swapped to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Swap {
    /// Memory of the host: so many bytes, of which those are used that are written.
    Memory(u64),
    /// A file, which is created with this size if there is none.
    File { path: PathBuf, size: Option<u64> },
}

/// The parser of the option's value for clap.
pub(crate) fn parser() -> impl TypedValueParser<Value = Swap> {
    OsStringValueParser::new().try_map(parse)
}

/// Reads `SIZE`, `FILE` or `FILE,SIZE`. A comma in a file's name is doubled.
fn parse(text: OsString) -> Result<Swap, String> {
    if let Some(size) = text.to_str().filter(|text| is_size(text)) {
        return parse_size(size).map(Swap::Memory);
    }
    let mut parts = drive::split(text.as_bytes()).into_iter();
    let path = parts.next().unwrap_or_default();
    let size = parts.next();
    if path.is_empty() || parts.next().is_some() {
        return Err(
            "a size is expected, or a file, or both: 64M, swap.img or swap.img,64M; a comma in \
             the name of a file is doubled"
                .to_owned(),
        );
    }
    let size = size.map(|size| parse_size(&String::from_utf8_lossy(&size)));
    Ok(Swap::File {
        path: OsString::from_vec(path).into(),
        size: size.transpose()?,
    })
}

/// Whether a text looks like a size: digits, and at most a unit.
fn is_size(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let units = ["", "k", "kib", "m", "mib", "g", "gib", "t", "tib"];
    unit.len() < text.len() && units.contains(&unit.to_ascii_lowercase().as_str())
}

fn parse_size(text: &str) -> Result<u64, String> {
    size::parse_memory(text).map_err(|problem| match text.trim_matches(['0', '_']) {
        "" => "a swap disk has at least one page, 4K".to_owned(),
        _ => problem,
    })
}

impl Swap {
    /// Opens it, or creates it.
    pub(crate) fn open(&self) -> anyhow::Result<SharedDisk> {
        let (path, size) = match self {
            Swap::Memory(size) => {
                return Ok(Rc::new(RefCell::new(Overlay::new(Zeros { size: *size }))));
            }
            Swap::File { path, size } => (path, *size),
        };
        let is_new = match (path.metadata(), size) {
            (Err(error), Some(size)) if error.kind() == io::ErrorKind::NotFound => {
                create(path, size)?;
                true
            }
            (Err(error), None) if error.kind() == io::ErrorKind::NotFound => bail!(
                "{}: no such file\n  help: to create it, say how large it shall be: \
                 --swap {},64M",
                path.display(),
                path.display()
            ),
            _ => false,
        };
        let disk = FileDisk::open(path, Access::ReadWrite).inspect_err(|_| {
            if is_new {
                // The first error is the one to report.
                let _ = fs::remove_file(path);
            }
        })?;
        check_size(path, disk.size(), size)?;
        Ok(Rc::new(RefCell::new(disk)))
    }
}

/// Creates a swap file of which the host has all blocks, or none at all.
fn create(path: &Path, size: u64) -> anyhow::Result<()> {
    let name = path.display();
    let file =
        File::create_new(path).with_context(|| format!("cannot create the swap file {name}"))?;
    let made = match fallocate(&file, FallocateFlags::empty(), 0, size) {
        // A file system that cannot promise blocks.
        Err(Errno::OPNOTSUPP) => file.set_len(size),
        made => made.map_err(io::Error::from),
    };
    made.inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
    .with_context(|| format!("cannot create the swap file {name} with {size} bytes"))
}

fn check_size(path: &Path, found: u64, wanted: Option<u64>) -> anyhow::Result<()> {
    let name = path.display();
    if found < PAGE {
        bail!(
            "{name}: is too small for a swap disk, which needs {PAGE} bytes for each page\n  help: \
             name a file that is not there, and its size: --swap FILE,64M"
        );
    }
    match wanted {
        Some(wanted) if wanted != found => bail!(
            "{name}: is there already, and has {found} bytes instead of {wanted}\n  help: leave \
             out the size to use it as it is, or remove it"
        ),
        _ => Ok(()),
    }
}

/// A disk of nothing but zeros.
#[derive(Debug)]
struct Zeros {
    size: u64,
}

impl Disk for Zeros {
    fn size(&self) -> u64 {
        self.size
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn read(&mut self, _: u64, out: &mut [u8]) -> io::Result<()> {
        out.fill(0);
        Ok(())
    }

    fn write(&mut self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn id(&self) -> &str {
        "swap"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: Option<u64>) -> Swap {
        let path = path.into();
        Swap::File { path, size }
    }

    #[test]
    fn sizes_and_files_are_told_apart() {
        for (text, swap) in [
            ("64M", Swap::Memory(64 << 20)),
            ("4k", Swap::Memory(4096)),
            ("1", Swap::Memory(1 << 20)),
            ("./64M", file("./64M", None)),
            ("64M.img", file("64M.img", None)),
            ("swap", file("swap", None)),
            ("swap,16M", file("swap", Some(16 << 20))),
            ("a,,b,8K", file("a,b", Some(8192))),
        ] {
            assert_eq!(parse(text.into()), Ok(swap), "{text}");
        }
        for (text, expected) in [
            ("", "a size is expected"),
            (",4K", "a size is expected"),
            ("a,4K,4K", "a size is expected"),
            ("0", "at least one page"),
            ("0K", "some memory"),
            ("3K", "whole pages"),
            ("a,b", "`b` is no unit"),
        ] {
            let error = parse(text.into()).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn swap_in_memory_keeps_what_is_written() {
        let disk = Swap::Memory(1 << 40)
            .open()
            .expect("nothing is allocated yet");
        let mut disk = disk.borrow_mut();
        assert_eq!(disk.size(), 1 << 40);
        let last = (1 << 40) - 4096;
        disk.write(last, &[7; 4096]).expect("memory");
        let mut bytes = [0; 8192];
        disk.read(last - 4096, &mut bytes).expect("memory");
        assert_eq!((bytes[4095], bytes[4096]), (0, 7));
    }
}
