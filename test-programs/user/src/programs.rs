//! The list of the programs: for tests, and for a tour.

use pagewalk_guest_abi::signal;

/// What a program makes visible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shows {
    /// Words of "PageFault", the text that the handler was written after.
    Sentence(&'static str),
    /// A row of the handler's table, or a rule that follows from it.
    Rule(&'static str),
}

/// The meanings that a page fault can have: the four points of "PageFault".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// The page is the process's, and not in memory.
    NotInMemory,
    /// No memory was ever allocated there.
    NeverAllocated,
    /// There is memory, and not for this access.
    Forbidden,
    /// The page is shared until somebody writes to it.
    CopyOnWrite,
}

impl Meaning {
    /// All of them, in the order of "PageFault".
    pub const ALL: [Meaning; 4] = [
        Meaning::NotInMemory,
        Meaning::NeverAllocated,
        Meaning::Forbidden,
        Meaning::CopyOnWrite,
    ];

    /// A heading.
    pub const fn title(self) -> &'static str {
        match self {
            Meaning::NotInMemory => "The page is not in memory",
            Meaning::NeverAllocated => "There never was a page",
            Meaning::Forbidden => "The page does not allow it",
            Meaning::CopyOnWrite => "The page is shared until somebody writes",
        }
    }

    /// What the kernel makes of such a fault, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Meaning::NotInMemory => {
                "The process may use the page, but no frame holds it: the kernel finds one, fills \
                 it with zeros, from a file or from swap, maps it, and the process goes on."
            }
            Meaning::NeverAllocated => {
                "The process never asked for memory there: that is a segmentation fault."
            }
            Meaning::Forbidden => {
                "There is memory, but the process may not write, read or execute it: that, too, \
                 is a segmentation fault."
            }
            Meaning::CopyOnWrite => {
                "After fork two processes share their pages, read-only; who writes to one gets a \
                 copy, and goes on."
            }
        }
    }
}

/// A program, and what is to be expected of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Program {
    /// Its name, that of its file in `src/bin`.
    pub name: &'static str,
    /// What one sees, in a line.
    pub title: &'static str,
    /// Which meaning of a page fault it is about.
    pub meaning: Meaning,
    /// Why it is here.
    pub shows: Shows,
    /// Its exit status; 128 and the signal, if a signal ends it.
    pub status: u8,
    /// Options of the command line with which it shows most. It runs with any.
    pub options: &'static [&'static str],
}

/// The status of a process that SIGSEGV ended.
const SEGV: u8 = (signal::STATUS_BASE + signal::SIGSEGV) as u8;

/// So few frames that a few hundred pages do not fit.
const SCARCE: &[&str] = &["--frames", "256", "--swap", "16M"];
/// So little of both that memory runs out soon.
const OUT: &[&str] = &["--frames", "256", "--swap", "1M"];
/// Twice 16 MiB, and some more.
const PLENTY: &[&str] = &["--frames", "8704"];
const ANY: &[&str] = &[];

const INTERCEPTED: Shows = Shows::Sentence(
    "A PageFault is triggered by the MMU when it intercepts a memory access by a process in an \
     OperatingSystem with VirtualMemory.",
);
const NOT_MAPPED: Shows = Shows::Sentence(
    "The page in which the offending address lies has not been mapped to physical memory by the \
     OperatingSystem.",
);
const SWAPPED: Shows = Shows::Sentence(
    "the content of the page has been written to HardDisk, and the page is unmapped for this \
     process and mapped in another's address space which needs more memory.",
);
const DORMANT: Shows = Shows::Sentence(
    "The PageFault handler in the Kernel resolves this situation by swapping out another page in \
     a currently dormant process, loading the content of the current process's swapped out page \
     into the now free page, and mapping this page into the process's address space at the right \
     location.",
);
const RESUMED: Shows = Shows::Sentence(
    "Then, it resumes the process which was interrupted by the PageFault, which doesn't notice \
     nary a thing of these happenings.",
);
const NEVER_ALLOCATED: Shows = Shows::Sentence(
    "in this case no memory was ever allocated to it at that stretch in its address space. This \
     type of PageFault is known as a SegmentationFault.",
);
const WRITE_FORBIDDEN: Shows = Shows::Sentence(
    "a SegmentationFault may happen if the process tried to write to read-only or execute-only \
     memory",
);
const READ_FORBIDDEN: Shows = Shows::Sentence(
    "a SegmentationFault may happen if the process tried [...] to read from execute-only memory.",
);
const FORK: Shows = Shows::Sentence(
    "creating a new process on Unix systems happens by duplicating the running process by way of \
     the fork(2) system call.",
);
const YORE: Shows = Shows::Sentence(
    "In order to avoid excessive fork(2) runtime cost of yore, modern Kernels don't copy the \
     entire memory used by the forked process",
);
const COPY_ON_WRITE: Shows = Shows::Sentence(
    "When a process PageFaults by trying to write to such a shared page, the processes are given \
     individual copies of that page, marked read-write this time.",
);
const MARKED_READ_ONLY: Shows = Shows::Sentence(
    "implement transparent CopyOnWrite by marking all the pages shared between several processes \
     as read-only.",
);

const fn row(
    name: &'static str,
    title: &'static str,
    meaning: Meaning,
    shows: Shows,
    status: u8,
    options: &'static [&'static str],
) -> Program {
    Program {
        name,
        title,
        meaning,
        shows,
        status,
        options,
    }
}

/// Programs that show nothing but numbers: no part of a tour.
pub const BENCHMARKS: &[&str] = &["bench", "costs"];

/// Programs for tests of the kernel alone.
pub const TESTS: &[&str] = &["exhaust", "lines"];

/// All others, in the order of a tour.
pub const PROGRAMS: &[Program] = &[
    row(
        "hello-process",
        "a process says hello, and what it was started with",
        Meaning::NotInMemory,
        Shows::Rule("A process starts with arguments, an environment and a stack."),
        0,
        ANY,
    ),
    row(
        "first-touch",
        "each first access to a page is a fault, each later one is not",
        Meaning::NotInMemory,
        INTERCEPTED,
        0,
        ANY,
    ),
    row(
        "demand-zero",
        "memory that was asked for is there when it is touched, and all zeros",
        Meaning::NotInMemory,
        NOT_MAPPED,
        0,
        ANY,
    ),
    row(
        "sparse",
        "a gigabyte of addresses, of which a few pages are memory",
        Meaning::NotInMemory,
        NOT_MAPPED,
        0,
        ANY,
    ),
    row(
        "areas",
        "a process looks at the list of its areas",
        Meaning::NotInMemory,
        Shows::Rule("The list of areas says what may be; page tables say what is there."),
        0,
        ANY,
    ),
    row(
        "exec-lazy",
        "a program's file is read page by page, as it is touched",
        Meaning::NotInMemory,
        Shows::Rule("Not present, and the area belongs to a file: read the page, map it, resume."),
        0,
        ANY,
    ),
    row(
        "text-sharing",
        "two processes of one program execute the same frames",
        Meaning::NotInMemory,
        Shows::Rule("Pages of a file are shared between processes."),
        0,
        ANY,
    ),
    row(
        "mmap-file",
        "a file as memory, private and shared",
        Meaning::NotInMemory,
        Shows::Rule("Not present, and the area belongs to a file: read the page, map it, resume."),
        0,
        ANY,
    ),
    row(
        "mincore",
        "a process asks which of its pages are in memory",
        Meaning::NotInMemory,
        NOT_MAPPED,
        0,
        ANY,
    ),
    row(
        "resume-exact",
        "a fault interrupts every form of load and store, and no register changes",
        Meaning::NotInMemory,
        RESUMED,
        0,
        ANY,
    ),
    row(
        "swap-thrash",
        "more memory than there is: pages go to disk and come back unharmed",
        Meaning::NotInMemory,
        SWAPPED,
        0,
        SCARCE,
    ),
    row(
        "dormant-victim",
        "the pages of a process that sleeps make room for one that runs",
        Meaning::NotInMemory,
        DORMANT,
        0,
        SCARCE,
    ),
    row(
        "clean-drop",
        "a page that was not changed since it was read is dropped, not written",
        Meaning::NotInMemory,
        Shows::Rule(
            "A clean page with a valid slot or a file behind it is dropped without a write.",
        ),
        0,
        SCARCE,
    ),
    row(
        "fork-cow",
        "after fork pages are shared until one side writes",
        Meaning::CopyOnWrite,
        COPY_ON_WRITE,
        0,
        ANY,
    ),
    row(
        "fork-tree",
        "eight generations share a page, and each gets its own by writing",
        Meaning::CopyOnWrite,
        MARKED_READ_ONLY,
        0,
        ANY,
    ),
    row(
        "fork-cost",
        "what fork costs with 1 and with 16 MiB",
        Meaning::CopyOnWrite,
        YORE,
        0,
        PLENTY,
    ),
    row(
        "cow-after-swap",
        "pages that are shared after fork go to disk and come back shared",
        Meaning::CopyOnWrite,
        MARKED_READ_ONLY,
        0,
        SCARCE,
    ),
    row(
        "pipe-copyout-cow",
        "the kernel, too, copies a shared page before it writes to it",
        Meaning::CopyOnWrite,
        COPY_ON_WRITE,
        0,
        ANY,
    ),
    row(
        "threads",
        "threads share one address space, fork copies it",
        Meaning::CopyOnWrite,
        FORK,
        0,
        ANY,
    ),
    row(
        "stack-grow",
        "the stack gets pages as it grows",
        Meaning::NotInMemory,
        NOT_MAPPED,
        0,
        ANY,
    ),
    row(
        "segv-unmapped",
        "a load from where there never was memory",
        Meaning::NeverAllocated,
        NEVER_ALLOCATED,
        SEGV,
        ANY,
    ),
    row(
        "null-deref",
        "a load through a null pointer: that page is never mapped",
        Meaning::NeverAllocated,
        NEVER_ALLOCATED,
        SEGV,
        ANY,
    ),
    row(
        "stack-overflow",
        "a stack without end meets its guard page",
        Meaning::NeverAllocated,
        NEVER_ALLOCATED,
        SEGV,
        ANY,
    ),
    row(
        "segv-write-rodata",
        "a store to a constant",
        Meaning::Forbidden,
        WRITE_FORBIDDEN,
        SEGV,
        ANY,
    ),
    row(
        "segv-write-xonly",
        "a store to an instruction that can only be executed",
        Meaning::Forbidden,
        WRITE_FORBIDDEN,
        SEGV,
        ANY,
    ),
    row(
        "segv-read-xonly",
        "a load of an instruction that can only be executed",
        Meaning::Forbidden,
        READ_FORBIDDEN,
        SEGV,
        ANY,
    ),
    row(
        "segv-exec-data",
        "a call into data",
        Meaning::Forbidden,
        Shows::Rule("An instruction is fetched from memory that may not be executed."),
        SEGV,
        ANY,
    ),
    row(
        "segv-handler",
        "a process repairs its own faults",
        Meaning::NeverAllocated,
        Shows::Rule("A segmentation fault goes to the process's handler, if there is one."),
        0,
        ANY,
    ),
    row(
        "efault",
        "the kernel obeys the rights of a process when it copies for it",
        Meaning::Forbidden,
        Shows::Rule("The kernel's own copies obey the rules for the process's accesses."),
        0,
        ANY,
    ),
    row(
        "oom-fork",
        "with all memory in use fork and brk fail, and work again later",
        Meaning::CopyOnWrite,
        FORK,
        0,
        OUT,
    ),
    row(
        "oom-kill",
        "with all memory in use the largest process ends, the others go on",
        Meaning::NotInMemory,
        Shows::Rule("Out of memory: a fault ends the largest process with a report."),
        0,
        OUT,
    ),
    row(
        "fuzz-mm",
        "thousands of random operations on memory, compared with a model",
        Meaning::NotInMemory,
        RESUMED,
        0,
        SCARCE,
    ),
];
