//! How a fault, or another operation, can end.
//!
//! An access is resolved, and is tried again ([`Resolution`]), or something keeps it
//! from succeeding ([`Stop`]). A change of an address space is done or refused
//! ([`Error`]).

use super::{Frame, Page, Slot, Vma, Wait};

/// What was tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Reading (a load page fault, cause 13).
    Load,
    /// Writing (a store or AMO page fault, cause 15).
    Store,
    /// Executing (an instruction page fault, cause 12).
    Fetch,
}

/// How a fault was resolved; the access can be tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// Row one: a page of a file or of the kernel is mapped (the latter has no
    /// frame); `read` says that it had to be read from the disk.
    Loaded {
        /// Where it is.
        frame: Option<Frame>,
        /// From the disk.
        read: bool,
    },
    /// Row two: zeros. Without a frame: the page of zeros that all share.
    ZeroFilled {
        /// Where it is.
        frame: Option<Frame>,
    },
    /// Row three: the page was in a slot; `read` is false if it was still, or
    /// already, in memory.
    SwappedIn {
        /// Where it is.
        frame: Frame,
        /// Where it was.
        slot: Slot,
        /// From the disk.
        read: bool,
    },
    /// Row four: copied; without `from` it was the page of zeros.
    Copied {
        /// The frame that is shared.
        from: Option<Frame>,
        /// The copy.
        to: Frame,
    },
    /// Row four: nobody shared the frame any more.
    Reused {
        /// Which is writable now.
        frame: Frame,
    },
    /// Row five: A, or A and D, are set.
    Marked,
    /// Nothing was wrong: the hart had an old entry, or somebody else came first.
    Nothing,
}

/// A segmentation fault: row six.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segv {
    /// Why.
    pub why: Why,
    /// What was tried.
    pub access: Access,
    /// Where.
    pub page: Page,
    /// The area that forbids it, or the one above that the page might have been for.
    pub vma: Option<Vma>,
}

/// Why an access is a segmentation fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Page zero, which is never mapped: a null pointer.
    NullPage,
    /// In no area.
    NeverMapped,
    /// In no area, but in the guard of a stack, which has grown as far as it may.
    StackOverflow,
    /// Not in the half of the address space that belongs to processes.
    NotOfProcesses,
    /// An area without permissions.
    NoAccess,
    /// A store to `r--` or `r-x`.
    WriteToReadOnly,
    /// A store to `--x`.
    WriteToExecuteOnly,
    /// A load from `--x`.
    ReadOfExecuteOnly,
    /// A fetch from `r--` or `rw-`.
    ExecuteOfData,
    /// Below a stack that would grow if it were not locked: no more can be locked.
    TooMuchLocked,
}

// Watchers have names for them.
const _: () = {
    use pagewalk_guest_abi::probe::{ACCESSES, REASONS};
    assert!(Why::TooMuchLocked as usize + 1 == REASONS.len());
    assert!(Access::Fetch as usize + 1 == ACCESSES.len());
};

/// `si_code` of SIGSEGV.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegvCode {
    /// SEGV_MAPERR: nothing is there.
    MapErr,
    /// SEGV_ACCERR: not allowed.
    AccErr,
}

impl Why {
    /// What a signal handler is told.
    pub fn code(self) -> SegvCode {
        match self {
            Why::NullPage
            | Why::NeverMapped
            | Why::StackOverflow
            | Why::TooMuchLocked
            | Why::NotOfProcesses => SegvCode::MapErr,
            Why::NoAccess
            | Why::WriteToReadOnly
            | Why::WriteToExecuteOnly
            | Why::ReadOfExecuteOnly
            | Why::ExecuteOfData => SegvCode::AccErr,
        }
    }
}

/// Why a page cannot be had although it may be accessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BusCause {
    /// It lies behind the last page of the file.
    BeyondFile,
    /// The disk could not read the file.
    FileRead,
    /// The disk could not read the slot.
    SwapRead,
}

/// Why an access or another operation does not succeed now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// It has to wait: sleep until then, and do the same again.
    Wait(Wait),
    /// The process may not do that: SIGSEGV.
    Segv(Segv),
    /// The page exists, its content cannot be had: SIGBUS.
    Bus(BusCause),
    /// No frame, no slot or no page table can be had, and waiting does not help.
    OutOfMemory,
}

/// Why a change of an address space was refused; it has changed nothing then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// The range is empty, not in the half of processes, or touches page zero (EINVAL).
    BadRange,
    /// No memory, no room at addresses, or a hole where there must be none (ENOMEM).
    NoMemory,
    /// What is to be moved is no area, or not a whole one (EFAULT).
    Unmapped,
    /// Something is mapped there already (EEXIST).
    Exists,
    /// A shared mapping of a file that was opened for reading cannot be writable (EACCES).
    ReadOnlyFile,
    /// Locked pages are not dropped (EINVAL), and not more than some are locked (ENOMEM).
    Locked,
}
