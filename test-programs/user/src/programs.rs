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

/// A program, and what is to be expected of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Program {
    /// Its name, that of its file in `src/bin`.
    pub name: &'static str,
    /// What one sees, in a line.
    pub title: &'static str,
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
    shows: Shows,
    status: u8,
    options: &'static [&'static str],
) -> Program {
    Program {
        name,
        title,
        shows,
        status,
        options,
    }
}

/// Programs that show nothing but numbers: no part of a tour.
pub const BENCHMARKS: &[&str] = &["costs"];

/// All others, in the order of a tour.
pub const PROGRAMS: &[Program] = &[
    row(
        "hello-process",
        "a process says hello, and what it was started with",
        Shows::Rule("A process starts with arguments, an environment and a stack."),
        0,
        ANY,
    ),
    row(
        "first-touch",
        "each first access to a page is a fault, each later one is not",
        INTERCEPTED,
        0,
        ANY,
    ),
    row(
        "demand-zero",
        "memory that was asked for is there when it is touched, and all zeros",
        NOT_MAPPED,
        0,
        ANY,
    ),
    row(
        "sparse",
        "a gigabyte of addresses, of which a few pages are memory",
        NOT_MAPPED,
        0,
        ANY,
    ),
    row(
        "exec-lazy",
        "a program's file is read page by page, as it is touched",
        Shows::Rule("Not present, and the area belongs to a file: read the page, map it, resume."),
        0,
        ANY,
    ),
    row(
        "text-sharing",
        "two processes of one program execute the same frames",
        Shows::Rule("Pages of a file are shared between processes."),
        0,
        ANY,
    ),
    row(
        "mmap-file",
        "a file as memory, private and shared",
        Shows::Rule("Not present, and the area belongs to a file: read the page, map it, resume."),
        0,
        ANY,
    ),
    row(
        "mincore",
        "a process asks which of its pages are in memory",
        NOT_MAPPED,
        0,
        ANY,
    ),
    row(
        "resume-exact",
        "every form of load and store is interrupted by a fault, and no register changes",
        RESUMED,
        0,
        ANY,
    ),
    row(
        "swap-thrash",
        "more memory than there is: pages go to disk and come back unharmed",
        SWAPPED,
        0,
        SCARCE,
    ),
    row(
        "dormant-victim",
        "the pages of a process that sleeps make room for one that runs",
        DORMANT,
        0,
        SCARCE,
    ),
    row(
        "clean-drop",
        "a page that was not changed since it was read is dropped, not written",
        Shows::Rule(
            "A clean page with a valid slot or a file behind it is dropped without a write.",
        ),
        0,
        SCARCE,
    ),
    row(
        "fork-cow",
        "after fork pages are shared until one side writes",
        COPY_ON_WRITE,
        0,
        ANY,
    ),
    row(
        "fork-tree",
        "eight generations share a page, and each gets its own by writing",
        MARKED_READ_ONLY,
        0,
        ANY,
    ),
    row(
        "fork-cost",
        "what fork costs with 1 and with 16 MiB",
        YORE,
        0,
        PLENTY,
    ),
    row(
        "cow-after-swap",
        "pages that are shared after fork go to disk and come back shared",
        MARKED_READ_ONLY,
        0,
        SCARCE,
    ),
    row(
        "pipe-copyout-cow",
        "the kernel, too, copies a shared page before it writes to it",
        COPY_ON_WRITE,
        0,
        ANY,
    ),
    row(
        "threads",
        "threads share one address space, fork copies it",
        FORK,
        0,
        ANY,
    ),
    row(
        "stack-grow",
        "the stack gets pages as it grows",
        NOT_MAPPED,
        0,
        ANY,
    ),
    row(
        "segv-unmapped",
        "a load from where there never was memory",
        NEVER_ALLOCATED,
        SEGV,
        ANY,
    ),
    row(
        "null-deref",
        "a load through a null pointer: that page is never mapped",
        NEVER_ALLOCATED,
        SEGV,
        ANY,
    ),
    row(
        "stack-overflow",
        "a stack without end meets its guard page",
        NEVER_ALLOCATED,
        SEGV,
        ANY,
    ),
    row(
        "segv-write-rodata",
        "a store to a constant",
        WRITE_FORBIDDEN,
        SEGV,
        ANY,
    ),
    row(
        "segv-write-xonly",
        "a store to an instruction that can only be executed",
        WRITE_FORBIDDEN,
        SEGV,
        ANY,
    ),
    row(
        "segv-read-xonly",
        "a load of an instruction that can only be executed",
        READ_FORBIDDEN,
        SEGV,
        ANY,
    ),
    row(
        "segv-exec-data",
        "a call into data",
        Shows::Rule("An instruction is fetched from memory that may not be executed."),
        SEGV,
        ANY,
    ),
    row(
        "segv-handler",
        "a process repairs its own faults",
        Shows::Rule("A segmentation fault goes to the process's handler, if there is one."),
        0,
        ANY,
    ),
    row(
        "efault",
        "the kernel obeys the rights of a process when it copies for it",
        Shows::Rule("The kernel's own copies obey the rules for the process's accesses."),
        0,
        ANY,
    ),
    row(
        "oom-fork",
        "with all memory in use fork and brk fail, and work again later",
        FORK,
        0,
        OUT,
    ),
    row(
        "oom-kill",
        "with all memory in use the largest process ends, the others go on",
        Shows::Rule("Out of memory: a fault ends the largest process with a report."),
        0,
        OUT,
    ),
    row(
        "fuzz-mm",
        "thousands of random operations on memory, compared with a model",
        RESUMED,
        0,
        SCARCE,
    ),
];
