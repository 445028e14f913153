//! Open files.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicU32, Ordering};

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::flags::{O_ACCMODE, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY};

use super::{Pid, room};
use crate::fs::device::Device;
use crate::fs::node::{Held, NodeId};
use crate::fs::proc::Entry;

/// What can be open.
#[derive(Debug)]
pub(crate) enum File {
    /// Standard input, output or error of the first process.
    Stream(Port),
    /// A file or directory of the tree.
    Node(Held),
    /// One end of a pipe.
    Pipe(PipeEnd),
    /// A file of `/dev`.
    Device(Device, Held),
    /// A directory of `/proc`.
    ProcDirectory(Entry),
    /// What a file said when it was opened (`/proc`).
    Text(Vec<u8>),
    /// `/proc/<pid>/pagemap`.
    Pagemap(Pid),
}

/// An open file; descriptors that were duplicated share it.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) file: File,
    /// Where the next read or write is.
    pub(crate) offset: Cell<u64>,
    /// As open was asked for.
    pub(crate) flags: Cell<u64>,
}

impl Open {
    pub(crate) fn new(file: File, flags: u64) -> Rc<Open> {
        Rc::new(Open {
            file,
            offset: Cell::new(0),
            flags: Cell::new(flags),
        })
    }

    pub(crate) fn can_read(&self) -> bool {
        self.flags.get() & O_ACCMODE != O_WRONLY && self.flags.get() & O_PATH == 0
    }

    pub(crate) fn can_write(&self) -> bool {
        self.flags.get() & O_ACCMODE != O_RDONLY && self.flags.get() & O_PATH == 0
    }

    /// Whether calls fail that would have to wait.
    pub(crate) fn is_impatient(&self) -> bool {
        self.flags.get() & O_NONBLOCK != 0
    }
}

/// Numbers of pipes that have lost an end, and whose other end has not been told.
pub(crate) type ClosedPipes = Rc<RefCell<Vec<u32>>>;

/// Pipes that there have been.
static NUMBERS: AtomicU32 = AtomicU32::new(1);

/// What is on its way through a pipe.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) bytes: VecDeque<u8>,
    pub(crate) readers: u32,
    pub(crate) writers: u32,
}

impl Pipe {
    /// Bytes that a pipe holds, as on Linux.
    pub(crate) const ROOM: usize = 64 << 10;
}

/// Which end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// One end of a pipe.
#[derive(Debug)]
pub(crate) struct PipeEnd {
    /// The inode number of the pipe.
    number: u32,
    pub(crate) pipe: Rc<RefCell<Pipe>>,
    direction: Direction,
    closed: ClosedPipes,
}

impl PipeEnd {
    /// Both ends of a new pipe, the one to read from first.
    ///
    /// # Errors
    /// ENFILE if the kernel's heap has no room for what it may hold.
    pub(crate) fn pair(closed: &ClosedPipes) -> Result<(PipeEnd, PipeEnd), Errno> {
        room(Pipe::ROOM).map_err(|_| Errno::ENFILE)?;
        let pipe = Rc::new(RefCell::new(Pipe {
            bytes: VecDeque::with_capacity(Pipe::ROOM),
            readers: 1,
            writers: 1,
        }));
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let end = |direction| PipeEnd {
            number,
            pipe: Rc::clone(&pipe),
            direction,
            closed: Rc::clone(closed),
        };
        Ok((end(Direction::Read), end(Direction::Write)))
    }
}

impl PipeEnd {
    /// The inode number of the pipe.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }
}

impl Drop for PipeEnd {
    fn drop(&mut self) {
        let mut pipe = self.pipe.borrow_mut();
        match self.direction {
            Direction::Read => pipe.readers -= 1,
            Direction::Write => pipe.writers -= 1,
        }
        self.closed.borrow_mut().push(self.number);
    }
}

/// What a descriptor stands for.
#[derive(Clone, Debug)]
struct Descriptor {
    open: Rc<Open>,
    close_on_exec: bool,
}

/// The open files of a process, by number.
#[derive(Clone, Default, Debug)]
pub(crate) struct Descriptors(Vec<Option<Descriptor>>);

impl Descriptors {
    /// Open files that a process may have.
    pub(crate) const MOST: usize = 1024;

    /// Standard input, output and error, with what each is open for.
    pub(crate) fn standard(flags: [u64; 3]) -> Descriptors {
        let open = |(port, flags)| {
            Some(Descriptor {
                open: Open::new(File::Stream(port), flags),
                close_on_exec: false,
            })
        };
        Descriptors(Port::ALL.into_iter().zip(flags).map(open).collect())
    }

    /// An open file.
    pub(crate) fn get(&self, number: u64) -> Result<Rc<Open>, Errno> {
        Ok(Rc::clone(&self.find(number)?.open))
    }

    fn find(&self, number: u64) -> Result<&Descriptor, Errno> {
        // A descriptor is an int: the upper half of the register does not count.
        let entry = self.0.get(number as u32 as usize);
        entry.and_then(Option::as_ref).ok_or(Errno::EBADF)
    }

    /// Numbers that are in use.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        let all = (0..).zip(&self.0);
        all.filter_map(|(number, entry)| entry.as_ref().map(|_| number))
    }

    /// Whether a file of the tree is open for writing.
    pub(crate) fn writes_to(&self, node: NodeId) -> bool {
        let mut all = self.0.iter().flatten();
        all.any(|entry| match &entry.open.file {
            File::Node(of) => of.id() == node && entry.open.can_write(),
            _ => false,
        })
    }

    /// Opens with the lowest number, `least` or above, that is free.
    pub(crate) fn add(
        &mut self,
        open: Rc<Open>,
        close_on_exec: bool,
        least: usize,
    ) -> Result<u64, Errno> {
        let free = (least..self.0.len()).find(|&number| self.0[number].is_none());
        let number = free.unwrap_or(self.0.len().max(least));
        self.set(number as u64, open, close_on_exec)?;
        Ok(number as u64)
    }

    /// Opens with this number; what was open with it before.
    pub(crate) fn set(
        &mut self,
        number: u64,
        open: Rc<Open>,
        close_on_exec: bool,
    ) -> Result<Option<Rc<Open>>, Errno> {
        let number = number as usize;
        if number >= Self::MOST {
            return Err(Errno::EMFILE);
        }
        if number >= self.0.len() {
            self.0.resize(number + 1, None);
        }
        let new = Descriptor {
            open,
            close_on_exec,
        };
        Ok(self.0[number].replace(new).map(|old| old.open))
    }

    /// Closes; what was open.
    pub(crate) fn close(&mut self, number: u64) -> Result<Rc<Open>, Errno> {
        let entry = self.0.get_mut(number as u32 as usize);
        let old = entry.and_then(Option::take).ok_or(Errno::EBADF)?;
        Ok(old.open)
    }

    pub(crate) fn close_on_exec(&self, number: u64) -> Result<bool, Errno> {
        Ok(self.find(number)?.close_on_exec)
    }

    pub(crate) fn set_close_on_exec(&mut self, number: u64, value: bool) -> Result<(), Errno> {
        self.find(number)?;
        if let Some(Some(entry)) = self.0.get_mut(number as u32 as usize) {
            entry.close_on_exec = value;
        }
        Ok(())
    }

    /// Closes what is not to be open in a new program.
    pub(super) fn close_for_exec(&mut self) -> Vec<Rc<Open>> {
        let entries = self.0.iter_mut();
        let closed = entries.filter_map(|entry| entry.take_if(|old| old.close_on_exec));
        closed.map(|old| old.open).collect()
    }

    /// Closes everything.
    pub(super) fn close_all(&mut self) -> Vec<Rc<Open>> {
        let all = core::mem::take(&mut self.0);
        all.into_iter().flatten().map(|old| old.open).collect()
    }
}
