//! Trace points: what a watcher outside can see of the kernel, and at which
//! instruction.
//!
//! A trace point is a place in the kernel's code, published as an ELF note: its name,
//! the address of an instruction, and the registers in which its arguments are just
//! before that instruction is executed. Nothing is executed for it. Who watches stops
//! the hart there, and takes the arguments from the registers. One name can have
//! several notes, since compilers copy code; whichever of them is reached counts.

/// The owner of our notes, as `n_name` has it without its NUL byte.
pub const OWNER: &str = "Pagewalk";
/// `n_type` of a trace point: `u64` address of the instruction (0 if the linker has thrown
/// that copy of the code away), then two texts that end with NUL, the name and the
/// registers of the arguments with blanks between.
pub const TRACE_POINT: u32 = 0x101;
/// `n_type` of a structure: `u32` size, `u32` number of fields, an `u32` offset for each,
/// then texts that end with NUL: its name, and name and shape of each field. Shapes are
/// `u8`, `u16`, `u32`, `u64`, `?u32` (may be missing), the name of a structure, `*` and
/// what is pointed to (null is nothing), `[…]`, a list. How lists and `?u32` are laid out
/// is said by structures of the names [`LIST`] and [`OPTIONAL`].
pub const STRUCTURE: u32 = 0x201;
/// `n_type` of a root: `u64` virtual address, then its name and shape.
pub const ROOT: u32 = 0x301;

/// The structure of a list: fields `pointer` and `length`.
pub const LIST: &str = "[]";
/// The structure of a number that may be missing: fields `is_some`, 1 or 0, and `value`.
pub const OPTIONAL: &str = "?u32";

/// What an argument is. It has [`Kind::bits`] bits; the register may have anything in
/// the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The number of an address space.
    Space,
    /// The number of a process.
    Pid,
    /// The number of a thread.
    Tid,
    /// A virtual address of the process.
    Address,
    /// A virtual page of the process: an address without its last 12 bits.
    Page,
    /// A virtual address of the kernel.
    KernelAddress,
    /// A physical page.
    Ppn,
    /// The number of a frame in the pool.
    Frame,
    /// The number of a slot of the swap disk.
    Slot,
    /// The number of a disk request.
    Io,
    /// The first sector of a disk request.
    Sector,
    /// No (0) or yes.
    Flag,
    /// What was tried: [`ACCESSES`].
    Access,
    /// Why it is a segmentation fault: [`REASONS`].
    Reason,
    /// The number of a signal.
    Signal,
    /// An exit status, as a shell shows it.
    Status,
    /// The number of a system call.
    Call,
    /// What a system call returns; -1 to -4095 are errors.
    Answer,
    /// How many.
    Count,
    /// An ASID.
    Asid,
}

impl Kind {
    /// How many bits of the register are the argument.
    pub const fn bits(self) -> u32 {
        match self {
            Kind::Address
            | Kind::Page
            | Kind::KernelAddress
            | Kind::Ppn
            | Kind::Io
            | Kind::Sector
            | Kind::Call
            | Kind::Answer
            | Kind::Count => 64,
            Kind::Space
            | Kind::Pid
            | Kind::Tid
            | Kind::Frame
            | Kind::Slot
            | Kind::Signal
            | Kind::Status => 32,
            Kind::Asid => 16,
            Kind::Flag | Kind::Access | Kind::Reason => 8,
        }
    }

    /// The argument in a register that holds `value`.
    pub const fn of(self, value: u64) -> u64 {
        value & u64::MAX >> (64 - self.bits())
    }
}

/// The values of [`Kind::Access`].
pub const ACCESSES: [&str; 3] = ["load", "store", "fetch"];

/// The values of [`Kind::Reason`].
pub const REASONS: [&str; 10] = [
    "the null page",
    "never mapped",
    "the guard of a stack",
    "not of processes",
    "no access",
    "write to read-only memory",
    "write to execute-only memory",
    "read of execute-only memory",
    "execution of data",
    "too much is locked",
];

/// A trace point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Probe {
    /// Its name.
    pub name: &'static str,
    /// What happens, or has just happened.
    pub about: &'static str,
    /// Names and kinds of its arguments.
    pub arguments: &'static [(&'static str, Kind)],
}

const SPACE: (&str, Kind) = ("space", Kind::Space);
const PAGE: (&str, Kind) = ("page", Kind::Page);
const FRAME: (&str, Kind) = ("frame", Kind::Frame);
const SLOT: (&str, Kind) = ("slot", Kind::Slot);
const READ: (&str, Kind) = ("read", Kind::Flag);
const ACCESS: (&str, Kind) = ("access", Kind::Access);
const TID: (&str, Kind) = ("tid", Kind::Tid);
const PID: (&str, Kind) = ("pid", Kind::Pid);
const IO: (&str, Kind) = ("io", Kind::Io);

/// All trace points.
pub const PROBES: &[Probe] = &[
    Probe {
        name: "fault",
        about: "a page fault comes to the paging core, or comes again after a disk was waited for",
        arguments: &[SPACE, ("address", Kind::Address), ACCESS],
    },
    Probe {
        name: "loaded",
        about: "a page of a file or of shared memory is mapped; `read` from its disk for this",
        arguments: &[SPACE, PAGE, FRAME, READ],
    },
    Probe {
        name: "lent",
        about: "a page of the kernel is mapped, like that from which signal handlers return",
        arguments: &[SPACE, PAGE],
    },
    Probe {
        name: "zero_page",
        about: "the page of zeros, which all share, is mapped for a load",
        arguments: &[SPACE, PAGE],
    },
    Probe {
        name: "zero_fill",
        about: "a frame of zeros is mapped for a store",
        arguments: &[SPACE, PAGE, FRAME],
    },
    Probe {
        name: "swap_in",
        about: "a page that was swapped out is mapped; `read` from its slot for this",
        arguments: &[SPACE, PAGE, FRAME, SLOT, READ],
    },
    Probe {
        name: "cow_copy",
        about: "a shared page was copied for a store",
        arguments: &[SPACE, PAGE, ("from", Kind::Ppn), FRAME],
    },
    Probe {
        name: "cow_reuse",
        about: "a page that nobody shares any more is writable for its last owner",
        arguments: &[SPACE, PAGE, FRAME],
    },
    Probe {
        name: "marked",
        about: "an entry got its A or D bit, or had it all along",
        arguments: &[SPACE, PAGE],
    },
    Probe {
        name: "segv",
        about: "a segmentation fault",
        arguments: &[SPACE, PAGE, ACCESS, ("reason", Kind::Reason)],
    },
    Probe {
        name: "evict",
        about: "a frame is taken from one who maps it",
        arguments: &[FRAME, SPACE, PAGE],
    },
    Probe {
        name: "swap_out",
        about: "the content of a frame that was taken is written to a slot",
        arguments: &[FRAME, SLOT],
    },
    Probe {
        name: "clean_drop",
        about: "the content of a frame that was taken is on a disk already",
        arguments: &[FRAME],
    },
    Probe {
        name: "io_start",
        about: "a page begins its way between memory and a disk",
        arguments: &[
            IO,
            FRAME,
            ("sector", Kind::Sector),
            ("write", Kind::Flag),
            ("swap", Kind::Flag),
        ],
    },
    Probe {
        name: "io_done",
        about: "a disk is done with a page",
        arguments: &[IO, FRAME, ("good", Kind::Flag)],
    },
    Probe {
        name: "fork_begin",
        about: "an address space is about to be copied",
        arguments: &[("parent", Kind::Space)],
    },
    Probe {
        name: "fork_end",
        about: "an address space was copied",
        arguments: &[("parent", Kind::Space), ("child", Kind::Space)],
    },
    Probe {
        name: "process",
        about: "a process has a new address space: it is new itself, or has begun a program",
        arguments: &[PID, SPACE],
    },
    Probe {
        name: "exec",
        about: "a process begins a program, whose name is `length` bytes at `name`",
        arguments: &[PID, ("name", Kind::KernelAddress), ("length", Kind::Count)],
    },
    Probe {
        name: "exit",
        about: "a process ends",
        arguments: &[PID, ("status", Kind::Status)],
    },
    Probe {
        name: "run",
        about: "a thread is about to go on in its program; with another one than before, a switch",
        arguments: &[TID, SPACE, ("root", Kind::Ppn), ("asid", Kind::Asid)],
    },
    Probe {
        name: "call",
        about: "a thread makes a system call; its registers, x0 to x31, are saved at `registers`",
        arguments: &[
            TID,
            ("number", Kind::Call),
            ("registers", Kind::KernelAddress),
        ],
    },
    Probe {
        name: "answer",
        about: "a system call has its answer",
        arguments: &[TID, ("answer", Kind::Answer)],
    },
    Probe {
        name: "signal",
        about: "a thread goes on in a signal handler",
        arguments: &[TID, ("signal", Kind::Signal), ("handler", Kind::Address)],
    },
];

/// The trace point with a name.
pub const fn find(name: &str) -> Option<&'static Probe> {
    let mut index = 0;
    while index < PROBES.len() {
        if same(PROBES[index].name.as_bytes(), name.as_bytes()) {
            return Some(&PROBES[index]);
        }
        index += 1;
    }
    None
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_for_one() {
        for probe in PROBES {
            assert_eq!(find(probe.name), Some(probe));
        }
        assert_eq!(find("cow"), None);
    }

    #[test]
    fn what_else_is_in_a_register_is_not_the_argument() {
        assert_eq!(Kind::Frame.of(u64::MAX), u64::from(u32::MAX));
        assert_eq!(Kind::Page.of(u64::MAX), u64::MAX);
        assert_eq!(Kind::Flag.of(0x101), 1);
    }
}
