//! File descriptors: files, pipes.
#![allow(
    unsafe_code,
    reason = "system calls get addresses of buffers that are borrowed meanwhile"
)]

use core::cell::RefCell;
use core::ffi::CStr;

use pagewalk_guest_abi::{Syscall, flags};

use crate::error::{Answer, Outcome};
use crate::kernel::{address, ask};
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
        let how = match mode {
            Mode::Read => flags::O_RDONLY,
            Mode::Create => flags::O_RDWR | flags::O_CREAT | flags::O_TRUNC,
        };
        let (path, directory) = (address(path.as_ptr()), flags::AT_FDCWD);
        // SAFETY: the kernel reads the path, which is borrowed.
        let descriptor = unsafe { ask(Syscall::Openat, [directory, path, how, 0o600]) }?;
        Ok(File(descriptor as i32))
    }

    /// Its number, as an argument.
    pub(crate) fn number(&self) -> u64 {
        self.0 as u64
    }

    /// Reads at most as many bytes as fit; 0 is the end.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn read(&self, buffer: &mut [u8]) -> Answer<usize> {
        read_from(self.0, buffer)
    }

    /// Fills `buffer`, or as much of it as there is.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn read_full(&self, buffer: &mut [u8]) -> Answer<usize> {
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
    pub fn write(&self, bytes: &[u8]) -> Answer<usize> {
        write_to(self.0, bytes)
    }

    /// Reads to a region, or to where one was: EFAULT if it may not be written.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn read_to(&self, target: Region, bytes: usize) -> Answer {
        let (start, bytes) = (target.start() as u64, bytes.min(target.bytes()) as u64);
        // SAFETY: Rust keeps nothing in regions.
        unsafe { ask(Syscall::Read, [self.number(), start, bytes]) }
    }

    /// Writes memory of a region, or of where one was: EFAULT if it may not be read.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn write_from(&self, source: Region, bytes: usize) -> Answer {
        let (start, bytes) = (source.start() as u64, bytes.min(source.bytes()) as u64);
        // SAFETY: the kernel reads, and refuses if it may not.
        unsafe { ask(Syscall::Write, [self.number(), start, bytes]) }
    }

    /// Sets the place of the next read or write, in bytes from the start.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn seek(&self, offset: u64) -> Answer {
        // SAFETY: no memory is concerned.
        unsafe { ask(Syscall::Lseek, [self.number(), offset, 0]) }
    }

    /// Makes the file as long as this.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn set_len(&self, bytes: u64) -> Answer {
        // SAFETY: no memory is concerned.
        unsafe { ask(Syscall::Ftruncate, [self.number(), bytes]) }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: no memory is concerned.
        let _ = unsafe { ask(Syscall::Close, [self.number()]) };
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
    unsafe { ask(Syscall::Pipe2, [address(ends.as_mut_ptr()), 0]) }?;
    Ok((File(ends[0]), File(ends[1])))
}

/// A gate between processes, made before a fork: one opens it, another waits for that.
#[derive(Debug)]
pub struct Gate {
    /// Closed by whoever opens.
    reader: RefCell<Option<File>>,
    /// Closed by whoever waits, who would otherwise wait for ever if the other dies.
    writer: RefCell<Option<File>>,
}

impl Gate {
    /// A closed one.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn new() -> Answer<Gate> {
        let (reader, writer) = pipe()?;
        Ok(Gate {
            reader: RefCell::new(Some(reader)),
            writer: RefCell::new(Some(writer)),
        })
    }

    /// Lets the one through who waits, or will.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn open(&self) -> Answer<usize> {
        self.reader.take();
        let writer = self.writer.borrow();
        writer.as_ref().map_or(Ok(0), |end| end.write(&[1]))
    }

    /// Leaves it to others: a process that has inherited it and uses it for nothing
    /// would hide from them that one of them has ended.
    pub fn leave(&self) {
        self.reader.take();
        self.writer.take();
    }

    /// Sleeps until somebody opens.
    ///
    /// # Errors
    ///
    /// If the other ended before.
    pub fn wait(&self) -> Outcome {
        self.writer.take();
        let reader = self.reader.borrow();
        let read = reader.as_ref().map_or(Ok(0), |end| end.read(&mut [0]))?;
        crate::check!(read == 1, "the other process ended too early");
        Ok(())
    }
}

/// Removes a file.
///
/// # Errors
///
/// What the kernel says.
pub fn remove(path: &CStr) -> Answer {
    let arguments = [flags::AT_FDCWD, address(path.as_ptr()), 0];
    // SAFETY: the kernel reads the path, which is borrowed.
    unsafe { ask(Syscall::Unlinkat, arguments) }
}

/// Makes a directory.
///
/// # Errors
///
/// What the kernel says.
pub fn make_directory(path: &CStr) -> Answer {
    let arguments = [flags::AT_FDCWD, address(path.as_ptr()), 0o700];
    // SAFETY: the kernel reads the path, which is borrowed.
    unsafe { ask(Syscall::Mkdirat, arguments) }
}

/// Removes a directory that is empty.
///
/// # Errors
///
/// What the kernel says.
pub fn remove_directory(path: &CStr) -> Answer {
    let path = address(path.as_ptr());
    let arguments = [flags::AT_FDCWD, path, flags::AT_REMOVEDIR];
    // SAFETY: the kernel reads the path, which is borrowed.
    unsafe { ask(Syscall::Unlinkat, arguments) }
}

/// Reads from a descriptor.
///
/// # Errors
///
/// What the kernel says.
pub(crate) fn read_from(descriptor: i32, buffer: &mut [u8]) -> Answer<usize> {
    let (start, bytes) = (address(buffer.as_mut_ptr()), buffer.len() as u64);
    // SAFETY: the kernel writes at most `bytes` to the buffer, which is borrowed.
    unsafe { ask(Syscall::Read, [descriptor as u64, start, bytes]) }.map(|read| read as usize)
}

/// Writes to a descriptor.
///
/// # Errors
///
/// What the kernel says.
pub(crate) fn write_to(descriptor: i32, bytes: &[u8]) -> Answer<usize> {
    let (start, length) = (address(bytes.as_ptr()), bytes.len() as u64);
    // SAFETY: the kernel reads `length` bytes of the buffer, which is borrowed.
    unsafe { ask(Syscall::Write, [descriptor as u64, start, length]) }
        .map(|written| written as usize)
}
