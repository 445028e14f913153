//! The host end of a disk.

use std::cell::RefCell;
use std::fmt::Debug;
use std::io;
use std::rc::Rc;

/// Bytes in a sector: the unit of addresses on a disk, and what is written as
/// a whole or not at all.
pub const SECTOR_SIZE: u64 = 512;

/// An array of sectors.
///
/// Offsets and lengths are in bytes, multiples of [`SECTOR_SIZE`], and within
/// [`Disk::size`]: the device has checked that.
pub trait Disk: Debug {
    /// Size in bytes, a multiple of [`SECTOR_SIZE`]; it never changes.
    fn size(&self) -> u64;

    /// Whether [`Disk::write`] always fails.
    fn is_read_only(&self) -> bool;

    /// Reads `out.len()` bytes at `offset`.
    ///
    /// # Errors
    /// What the host says; part of `out` may be overwritten.
    fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes `bytes` at `offset`. They may be lost until [`Disk::flush`].
    ///
    /// # Errors
    /// What the host says; any of the sectors may have been written, each as a
    /// whole.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Brings everything that was written to stable storage.
    ///
    /// # Errors
    /// What the host says: nothing is known of what was written since the last
    /// success.
    fn flush(&mut self) -> io::Result<()>;

    /// What the guest can know it by, at most 20 bytes.
    fn id(&self) -> &str;
}

/// A disk that outlives the board: a guest that resets the board finds it as
/// it was.
pub type SharedDisk = Rc<RefCell<dyn Disk>>;
