//! File descriptors: files, pipes.
#![allow(
    unsafe_code,
    reason = "system calls get addresses of buffers that are borrowed meanwhile"
)]

use core::ffi::CStr;

use crate::abi::{self, call};
use crate::error::Answer;
use crate::kernel::ask;
use crate::memory::Region;

/// An open file or one end of a pipe; closed when dropped.
#[derive(Debug)]
pub struct File(i32);

/// How to open a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// To read what is there.
    Read,
    /// Empty, to write and read.
    Create,
}

impl File {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn open(path: &CStr, mode: Mode) -> Answer<File> {
        let flags = match mode {
            Mode::Read => 0,
            Mode::Create => abi::O_RDWR | abi::O_CREAT | abi::O_TRUNC,
        };
        let (path, directory) = (path.as_ptr() as usize, abi::AT_FDCWD as usize);
        // SAFETY: the kernel reads the path, which is borrowed.
        let descriptor = unsafe { ask("openat", call::OPENAT, [directory, path, flags, 0o600]) }?;
        Ok(File(descriptor as i32))
    }

    /// Its number.
    pub fn descriptor(&self) -> i32 {
        self.0
    }

    /// Reads at most as many bytes as fit; 0 is the end.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn read(&self, buffer: &mut [u8]) -> Answer {
        read_from(self.0, buffer)
    }

    /// Fills `buffer`, or as much of it as there is.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn read_full(&self, buffer: &mut [u8]) -> Answer {
        let mut done = 0;
        while done < buffer.len() {
            match self.read(&mut buffer[done..])? {
                0 => break,
                read => done += read,
            }
        }
        Ok(done)
    }

    /// Writes, perhaps only a part.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn write(&self, bytes: &[u8]) -> Answer {
        write_to(self.0, bytes)
    }

    /// Reads to a region, or to where one was: EFAULT if it may not be written.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn read_to(&self, target: Region, bytes: usize) -> Answer {
        let (address, bytes) = (target.start(), bytes.min(target.bytes()));
        // SAFETY: Rust keeps nothing in regions.
        unsafe { ask("read", call::READ, [self.0 as usize, address, bytes]) }
    }

    /// Writes memory of a region, or of where one was: EFAULT if it may not be read.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn write_from(&self, source: Region, bytes: usize) -> Answer {
        let (address, bytes) = (source.start(), bytes.min(source.bytes()));
        // SAFETY: the kernel reads, and refuses if it may not.
        unsafe { ask("write", call::WRITE, [self.0 as usize, address, bytes]) }
    }

    /// Sets the place of the next read or write, in bytes from the start.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn seek(&self, offset: u64) -> Answer {
        // SAFETY: no memory is concerned.
        unsafe { ask("lseek", call::LSEEK, [self.0 as usize, offset as usize, 0]) }
    }

    /// Makes the file as long as this.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn set_len(&self, bytes: u64) -> Answer {
        // SAFETY: no memory is concerned.
        unsafe {
            ask(
                "ftruncate",
                call::FTRUNCATE,
                [self.0 as usize, bytes as usize],
            )
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: no memory is concerned.
        let _ = unsafe { ask("close", call::CLOSE, [self.0 as usize]) };
    }
}

/// A pipe: what is written to the second can be read from the first.
///
/// # Errors
///
/// What the kernel says.
pub fn pipe() -> Answer<(File, File)> {
    let mut ends = [0_i32; 2];
    // SAFETY: the kernel writes two numbers to the array.
    unsafe { ask("pipe2", call::PIPE2, [ends.as_mut_ptr() as usize, 0]) }?;
    Ok((File(ends[0]), File(ends[1])))
}

/// Reads from a descriptor.
///
/// # Errors
///
/// What the kernel says.
pub(crate) fn read_from(descriptor: i32, buffer: &mut [u8]) -> Answer {
    let (address, bytes) = (buffer.as_mut_ptr() as usize, buffer.len());
    // SAFETY: the kernel writes at most `bytes` to the buffer, which is borrowed.
    unsafe { ask("read", call::READ, [descriptor as usize, address, bytes]) }
}

/// Writes to a descriptor.
///
/// # Errors
///
/// What the kernel says.
pub(crate) fn write_to(descriptor: i32, bytes: &[u8]) -> Answer {
    let (address, length) = (bytes.as_ptr() as usize, bytes.len());
    // SAFETY: the kernel reads `length` bytes of the buffer, which is borrowed.
    unsafe { ask("write", call::WRITE, [descriptor as usize, address, length]) }
}
