//! Raw images: opening and locking.

use std::fmt;
use std::fs::{self, File, FileType, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;

use super::image::{Image, MAX_LENGTH};
use super::{Disk, SECTOR_SIZE};

/// What a guest may do with a disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Read and write. Nobody else may have the image open.
    ReadWrite,
    /// Only read. Others may do so, too.
    ReadOnly,
}

/// A raw image: byte n of a file of the host, or of a block device, is byte n
/// of the disk.
///
/// A file whose size is not a multiple of [`SECTOR_SIZE`] ends with a sector
/// that is padded with zeros; a write to it makes the file longer.
///
/// # Locks
/// As long as the disk exists, its file is locked: for it alone with
/// [`Access::ReadWrite`], shared with other readers with
/// [`Access::ReadOnly`]. The locks are those of `flock(2)`: they bind other
/// users of this library and of `flock(1)`, but not programs that lock
/// otherwise or not at all, QEMU among them. They end with the process,
/// however it ends.
///
/// # What a flush promises
/// [`Disk::flush`] returns after `fdatasync(2)`. Once one has failed, all later
/// ones fail, too: the host reports lost data only once, and a later success
/// would say nothing about it. What was not flushed is still written by the
/// host in its own time, unless the host itself dies.
#[derive(Debug)]
pub struct FileDisk {
    image: Image<File>,
}

impl FileDisk {
    /// Opens an image and locks it.
    ///
    /// # Errors
    /// [`DiskError`] if it is no file or block device that can be opened like
    /// that, has no bytes, or is in use.
    pub fn open(path: impl AsRef<Path>, access: Access) -> Result<Self, DiskError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let opened = open(path, access).and_then(|(file, length)| {
            lock(&file, access, &name)?;
            Ok((file, length))
        });
        let (file, length) = match opened {
            Ok(opened) => opened,
            Err(problem) => {
                return Err(DiskError {
                    file: name,
                    problem,
                });
            }
        };
        warn_of_format(&file, &name);
        if !length.is_multiple_of(SECTOR_SIZE) {
            log::warn!(
                target: "disk",
                "{name}: its size of {length} bytes is no multiple of {SECTOR_SIZE}: the rest of \
                 the last sector reads as zeros, and the file grows when that is written"
            );
        }
        let id = id_of(path);
        Ok(Self {
            image: Image::new(file, name, id, access, length),
        })
    }

    /// The file, as it was named.
    #[must_use]
    pub fn name(&self) -> &str {
        self.image.name()
    }
}

impl Disk for FileDisk {
    fn size(&self) -> u64 {
        self.image.size()
    }

    fn is_read_only(&self) -> bool {
        self.image.is_read_only()
    }

    /// Fails for what is missing, too, if the file has become shorter since it
    /// was opened.
    fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.image.read(offset, out)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.image.write(offset, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.image.flush()
    }

    /// The first 20 characters of the file's name, without its directory. What
    /// is not printable ASCII is replaced by `_`: virtio demands ASCII.
    fn id(&self) -> &str {
        self.image.id()
    }
}

/// A disk image that cannot be used, and why.
///
/// Displays as `file: problem; way out`, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct DiskError {
    /// The file, as the user named it.
    pub file: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a disk image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No such file.
    #[error("no such file; check the path, or make an empty disk: `truncate -s 64M FILE`")]
    Missing,
    /// A directory where a file is expected.
    #[error("is a directory; name the disk image in it")]
    Directory,
    /// A pipe, a socket, a character device.
    #[error("is neither a file nor a block device; copy its contents to a file first")]
    NotStorage,
    /// The host does not let us read it.
    #[error("cannot be read: {0}; check its permissions")]
    NotReadable(io::Error),
    /// The host does not let us write it, but we may read it.
    #[error(
        "cannot be written: {0}; check its permissions, or open it read-only (`,ro`) or with \
         `--snapshot`"
    )]
    NotWritable(io::Error),
    /// It cannot be opened for another reason.
    #[error("cannot be opened: {0}; check the path and the disk it is on")]
    Open(io::Error),
    /// No byte in it.
    #[error(
        "is empty, and a disk has at least one sector; make it larger, for instance with \
         `truncate -s 64M FILE`"
    )]
    Empty,
    /// The end of its last sector has no offset that the host can express.
    #[error("has {0} bytes, and a disk has at most {MAX_LENGTH}; use a smaller image")]
    TooLarge(u64),
    /// Somebody else has locked it.
    #[error("is in use: {0}")]
    InUse(User),
    /// It cannot be locked, though nobody is in the way.
    #[error("cannot be locked: {0}; copy it to a file system that has locks")]
    Lock(io::Error),
}

/// Who is in the way of a disk image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum User {
    /// Somebody who may write it.
    Writer,
    /// One or more who only read it.
    Readers,
}

impl fmt::Display for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            User::Writer => {
                "another process, or another drive of this run, has it open for writing; wait \
                 until that has ended, or use a copy (`,ro` and `--snapshot` need an image that \
                 nobody writes, too)"
            }
            User::Readers => {
                "another process, or another drive of this run, reads it and relies on it not to \
                 change; wait until that has ended, use a copy, or read it as well (`,ro` or \
                 `--snapshot`)"
            }
        })
    }
}

/// Opens what can be a disk, and asks how long it is.
fn open(path: &Path, access: Access) -> Result<(File, u64), Problem> {
    // Before it is opened, since opening a pipe waits for its other end, and
    // opening a device may do something.
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Problem::Missing,
        ErrorKind::PermissionDenied => Problem::NotReadable(error),
        _ => Problem::Open(error),
    })?;
    check_type(metadata.file_type())?;
    let mut file = match access {
        Access::ReadOnly => File::open(path),
        Access::ReadWrite => OpenOptions::new().read(true).write(true).open(path),
    }
    .map_err(|error| refusal(error, path, access))?;
    // The size of a block device is not in its metadata.
    let length = file.seek(SeekFrom::End(0)).map_err(Problem::Open)?;
    check_length(length)?;
    Ok((file, length))
}

fn check_type(kind: FileType) -> Result<(), Problem> {
    if kind.is_dir() {
        Err(Problem::Directory)
    } else if kind.is_file() || kind.is_block_device() {
        Ok(())
    } else {
        Err(Problem::NotStorage)
    }
}

fn check_length(length: u64) -> Result<(), Problem> {
    match length {
        0 => Err(Problem::Empty),
        1..=MAX_LENGTH => Ok(()),
        _ => Err(Problem::TooLarge(length)),
    }
}

/// Why a file that is there cannot be opened.
fn refusal(error: io::Error, path: &Path, access: Access) -> Problem {
    let is_forbidden = matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    );
    match access {
        _ if !is_forbidden => Problem::Open(error),
        Access::ReadWrite if File::open(path).is_ok() => Problem::NotWritable(error),
        _ => Problem::NotReadable(error),
    }
}

/// Locks an image for as long as it is open.
fn lock(file: &File, access: Access, name: &str) -> Result<(), Problem> {
    let locked = match access {
        Access::ReadWrite => file.try_lock(),
        Access::ReadOnly => file.try_lock_shared(),
    };
    match locked {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Problem::InUse(who_has(file))),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
            log::warn!(
                target: "disk",
                "{name}: its file system has no locks: see to it that nobody else writes it"
            );
            Ok(())
        }
        Err(TryLockError::Error(error)) => Err(Problem::Lock(error)),
    }
}

/// Who has a file that could not be locked. A guess if they leave or arrive at
/// this moment, but it only chooses the words.
fn who_has(file: &File) -> User {
    match file.try_lock_shared() {
        Ok(()) => User::Readers,
        Err(_) => User::Writer,
    }
}

/// First bytes of files that are no raw images: what it is, and the command
/// that makes a raw image of it.
const FORMATS: &[(&[u8], &str, &str)] = &[
    (b"QFI\xfb", "a qcow2 image", "qemu-img convert -O raw"),
    (b"KDMV", "a VMDK image", "qemu-img convert -O raw"),
    (b"COWD", "a VMDK image", "qemu-img convert -O raw"),
    (
        b"# Disk Descript",
        "a VMDK image",
        "qemu-img convert -O raw",
    ),
    (b"vhdxfile", "a VHDX image", "qemu-img convert -O raw"),
    (b"conectix", "a VHD image", "qemu-img convert -O raw"),
    (b"<<< ", "a VDI image", "qemu-img convert -O raw"),
    (b"\x1f\x8b", "compressed by gzip", "gunzip"),
    (b"\xfd7zXZ\0", "compressed by xz", "unxz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unzstd"),
    (b"BZh", "compressed by bzip2", "bunzip2"),
];

/// Says so if an image seems to be of another format than raw. It is used all
/// the same: what is in a raw image is nobody's business but the guest's.
fn warn_of_format(file: &File, name: &str) {
    let mut start = [0; 16];
    // What cannot be read fails later, where somebody can be told about it.
    let length = file.read_at(&mut start, 0).unwrap_or(0);
    let start = &start[..length];
    let known = FORMATS.iter().find(|(magic, ..)| start.starts_with(magic));
    if let Some((_, format, command)) = known {
        log::warn!(
            target: "disk",
            "{name}: looks as if it were {format}, but is used as a raw image: the guest sees its \
             bytes as they are; `{command}` makes a raw image of it"
        );
    }
}

/// What a guest knows a disk by.
fn id_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let printable = |c: char| {
        if c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '_'
        }
    };
    name.chars().map(printable).take(MAX_ID).collect()
}

/// Bytes of an id that a virtio block device can tell.
const MAX_ID: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_last_sector_has_an_offset() {
        assert!(matches!(check_length(0), Err(Problem::Empty)));
        for good in [1, 512, MAX_LENGTH] {
            assert!(check_length(good).is_ok(), "{good}");
            assert!(
                i64::try_from(good.next_multiple_of(SECTOR_SIZE)).is_ok(),
                "{good}"
            );
        }
        for bad in [MAX_LENGTH + 1, i64::MAX as u64, u64::MAX] {
            assert!(
                matches!(check_length(bad), Err(Problem::TooLarge(_))),
                "{bad}"
            );
        }
    }
}
