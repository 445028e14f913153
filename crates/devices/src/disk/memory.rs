//! A disk in memory.

use std::io;
use std::ops::Range;

use super::{Disk, SECTOR_SIZE, assert_within};

/// A disk that is nothing but memory: for tests, and for guests whose data is
/// made on the fly.
///
/// ```
/// use pagewalk_devices::disk::{Disk, MemoryDisk};
///
/// let mut disk = MemoryDisk::new(b"hello".to_vec());
/// assert_eq!(disk.size(), 512);
/// let mut sector = [0; 512];
/// disk.read(0, &mut sector)?;
/// assert_eq!(&sector[..6], b"hello\0");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemoryDisk {
    bytes: Vec<u8>,
    is_read_only: bool,
}

impl MemoryDisk {
    /// A disk with these bytes, and zeros up to the end of its last sector.
    #[must_use]
    pub fn new(mut bytes: Vec<u8>) -> Self {
        let size = bytes.len().next_multiple_of(SECTOR_SIZE as usize);
        bytes.resize(size, 0);
        Self {
            bytes,
            is_read_only: false,
        }
    }

    /// The same, but for reading alone.
    #[must_use]
    pub fn read_only(bytes: Vec<u8>) -> Self {
        Self {
            is_read_only: true,
            ..Self::new(bytes)
        }
    }

    /// All that is on it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn range(&self, offset: u64, len: usize) -> Range<usize> {
        assert_within(self.size(), offset, len);
        // It is no more than the length of a vector.
        let start = offset as usize;
        start..start + len
    }
}

impl Disk for MemoryDisk {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        out.copy_from_slice(&self.bytes[self.range(offset, out.len())]);
        Ok(())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.is_read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let range = self.range(offset, bytes.len());
        self.bytes[range].copy_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn id(&self) -> &str {
        "memory"
    }
}
