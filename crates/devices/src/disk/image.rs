//! A disk in a file of the host: padding, order, and what a flush may promise.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::{Access, Disk, SECTOR_SIZE, assert_within};

/// What an image asks of a file. There are two: the host's, and one for tests
/// that forgets what was not synced.
pub(super) trait Storage: Debug {
    /// Fills `out` from `offset` on; an end of the file before that is
    /// [`io::ErrorKind::UnexpectedEof`].
    fn load(&self, out: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`.
    fn store(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes the file at least `length` bytes long, with zeros.
    fn grow(&self, length: u64) -> io::Result<()>;

    /// Returns when everything that was stored would survive a power cut.
    fn sync(&self) -> io::Result<()>;
}

impl Storage for File {
    fn load(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(out, offset)
    }

    // What keeps sectors whole: all bytes of a request go out of one buffer by
    // one `pwrite`. The host copies a page at a time, notices a kill and a
    // full disk only between two pages, and an aligned sector lies in one
    // page. So what ends early ends between two sectors, and `write_all_at`
    // goes on there (or after EINTR where it was). More cannot be promised
    // from here: whether a power cut tears a sector is up to the host's disk.
    fn store(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn grow(&self, length: u64) -> io::Result<()> {
        // Somebody who respects no locks may have appended to the file; that
        // must not be cut off.
        if self.metadata()?.len() < length {
            self.set_len(length)?;
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// A disk in a file.
///
/// If the file ends within a sector, the rest of that sector reads as zeros,
/// and the file is made longer before the sector is written for the first
/// time.
#[derive(Debug)]
pub(super) struct Image<S> {
    storage: S,
    /// The file in messages.
    name: String,
    id: String,
    access: Access,
    /// Bytes that the file has, or had when it was opened.
    length: u64,
    /// A flush has failed: the host may have thrown away what it should have
    /// written, and says so only once.
    is_lossy: bool,
}

impl<S> Image<S> {
    /// A disk of the first `length` bytes of `storage`, which are not none and
    /// not more than [`MAX_LENGTH`].
    pub(super) fn new(storage: S, name: String, id: String, access: Access, length: u64) -> Self {
        assert!((1..=MAX_LENGTH).contains(&length), "the caller checks it");
        Self {
            storage,
            name,
            id,
            access,
            length,
            is_lossy: false,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Most bytes of a file that can be a disk: offsets of the host are signed, and
/// the last sector has to end at one.
pub(super) const MAX_LENGTH: u64 = i64::MAX as u64 / SECTOR_SIZE * SECTOR_SIZE;

impl<S: Storage> Disk for Image<S> {
    fn size(&self) -> u64 {
        self.length.next_multiple_of(SECTOR_SIZE)
    }

    fn is_read_only(&self) -> bool {
        self.access == Access::ReadOnly
    }

    fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        assert_within(self.size(), offset, out.len());
        let in_file = self.length.saturating_sub(offset).min(out.len() as u64);
        // It is no more than the length of `out`.
        let (data, padding) = out.split_at_mut(in_file as usize);
        if !data.is_empty() {
            self.storage.load(data, offset).map_err(explain_end)?;
        }
        padding.fill(0);
        Ok(())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        assert_within(self.size(), offset, bytes.len());
        if self.access == Access::ReadOnly {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let end = offset + bytes.len() as u64;
        if end > self.length {
            // First the room, then the data: so the last sector is never half
            // there, whatever limit of the host the file meets.
            self.storage.grow(end)?;
            self.length = end;
        }
        self.storage.store(bytes, offset)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.access == Access::ReadOnly {
            return Ok(());
        }
        if self.is_lossy {
            return Err(io::Error::other(
                "an earlier flush has failed, and what was written before it may be lost",
            ));
        }
        self.storage.sync().inspect_err(|error| {
            self.is_lossy = true;
            log::error!(
                target: "disk",
                "{}: flush failed: {error}; what the guest wrote since the last flush may be \
                 lost, and all further flushes of this disk will fail; check the host's disk",
                self.name
            );
        })
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// A file that has become shorter since it was opened is no usual end of file.
fn explain_end(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the file is shorter than it was when it was opened",
        ),
        _ => error,
    }
}
