//! The host end of a disk: a trait, and what there is behind it.
//!
//! [`FileDisk`] is a raw image, [`Overlay`] keeps what is written to another
//! disk in memory, [`MemoryDisk`] is nothing but memory.

#[doc(hidden)]
pub mod fake;
mod file;
mod image;
mod memory;
mod overlay;

pub use file::{Access, DiskError, FileDisk, Problem, User};
pub use memory::MemoryDisk;
pub use overlay::Overlay;

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

/// Checks what the device should have seen to.
///
/// # Panics
/// If it did not: a write behind the end would make an image larger, and one
/// of half a sector would tear it.
#[track_caller]
fn assert_within(size: u64, offset: u64, len: usize) {
    let end = offset.checked_add(len as u64);
    assert!(
        end.is_some_and(|end| end <= size),
        "{len} bytes at {offset:#x} of a disk of {size:#x} bytes: the device has checked that"
    );
    assert!(
        offset.is_multiple_of(SECTOR_SIZE) && (len as u64).is_multiple_of(SECTOR_SIZE),
        "{len} bytes at {offset:#x} are no whole sectors: the device has checked that"
    );
}
