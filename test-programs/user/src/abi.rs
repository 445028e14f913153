//! The numbers of the contract with the kernel: Linux on riscv64.
//!
//! Source: Linux 6.12, `include/uapi/asm-generic` (`unistd.h`, `errno-base.h`,
//! `errno.h`, `mman-common.h`, `fcntl.h`, `signal.h`) and
//! `arch/riscv/include/uapi/asm`.

/// System calls: what goes into `a7`.
pub mod call {
    #![allow(missing_docs, reason = "the names are those of the system calls")]

    pub const OPENAT: usize = 56;
    pub const CLOSE: usize = 57;
    pub const PIPE2: usize = 59;
    pub const LSEEK: usize = 62;
    pub const READ: usize = 63;
    pub const WRITE: usize = 64;
    pub const FTRUNCATE: usize = 46;
    pub const EXIT: usize = 93;
    pub const EXIT_GROUP: usize = 94;
    pub const FUTEX: usize = 98;
    pub const NANOSLEEP: usize = 101;
    pub const CLOCK_GETTIME: usize = 113;
    pub const SCHED_YIELD: usize = 124;
    pub const KILL: usize = 129;
    pub const RT_SIGACTION: usize = 134;
    pub const GETRUSAGE: usize = 165;
    pub const GETPID: usize = 172;
    pub const GETTID: usize = 178;
    pub const BRK: usize = 214;
    pub const MUNMAP: usize = 215;
    pub const CLONE: usize = 220;
    pub const EXECVE: usize = 221;
    pub const MMAP: usize = 222;
    pub const MPROTECT: usize = 226;
    pub const MLOCK: usize = 228;
    pub const MUNLOCK: usize = 229;
    pub const MINCORE: usize = 232;
    pub const MADVISE: usize = 233;
    pub const WAIT4: usize = 260;
}

/// Errors that programs here know by name; others are shown as numbers.
pub const ERRORS: &[(i32, &str, &str)] = &[
    (1, "EPERM", "not permitted"),
    (2, "ENOENT", "no such file"),
    (4, "EINTR", "interrupted"),
    (9, "EBADF", "no such file descriptor"),
    (10, "ECHILD", "no child"),
    (11, "EAGAIN", "try again"),
    (12, "ENOMEM", "out of memory, or not mapped"),
    (13, "EACCES", "not allowed"),
    (14, "EFAULT", "bad address"),
    (17, "EEXIST", "exists"),
    (22, "EINVAL", "invalid argument"),
    (28, "ENOSPC", "no space left"),
    (30, "EROFS", "read-only"),
    (38, "ENOSYS", "not implemented"),
];
/// A page is not mapped, or there is no memory.
pub const ENOMEM: i32 = 12;
/// Try again; fork: too many processes, or no memory.
pub const EAGAIN: i32 = 11;
/// The kernel could not copy from or to the process.
pub const EFAULT: i32 = 14;

/// `openat`: relative to the working directory.
pub const AT_FDCWD: isize = -100;
/// `openat`: to read and write.
pub const O_RDWR: usize = 2;
/// `openat`: make it if it is not there.
pub const O_CREAT: usize = 0o100;
/// `openat`: and forget what was in it.
pub const O_TRUNC: usize = 0o1000;

/// Pages that can be read.
pub const PROT_READ: usize = 1;
/// Pages that can be written.
pub const PROT_WRITE: usize = 2;
/// Pages that can be executed.
pub const PROT_EXEC: usize = 4;

/// `mmap`: writes are seen by all who map it.
pub const MAP_SHARED: usize = 1;
/// `mmap`: writes stay in this process.
pub const MAP_PRIVATE: usize = 2;
/// `mmap`: exactly there, over what was there.
pub const MAP_FIXED: usize = 0x10;
/// `mmap`: no file.
pub const MAP_ANONYMOUS: usize = 0x20;
/// `mmap`: no promise that there will be memory.
pub const MAP_NORESERVE: usize = 0x4000;

/// `madvise`: forget what is in the pages.
pub const MADV_DONTNEED: usize = 4;

/// A write to a pipe that nobody reads.
pub const SIGPIPE: u8 = 13;
/// Cannot be caught.
pub const SIGKILL: u8 = 9;
/// An access that is not allowed.
pub const SIGSEGV: u8 = 11;
/// A child has ended.
pub const SIGCHLD: u8 = 17;
/// The handler gets a `siginfo` and a `ucontext`.
pub const SA_SIGINFO: usize = 4;
/// The signal is not held back while its handler runs.
pub const SA_NODEFER: usize = 0x4000_0000;
/// No memory is mapped at the address.
pub const SEGV_MAPERR: i32 = 1;
/// There is memory, but not for such an access.
pub const SEGV_ACCERR: i32 = 2;

/// Offsets in `siginfo_t`: the number of the signal is first.
pub const SIGINFO_CODE: usize = 8;
/// The address of the access.
pub const SIGINFO_ADDRESS: usize = 16;
/// Offset in `ucontext_t` of the integer registers: `pc`, then `x1` to `x31`.
pub const UCONTEXT_REGISTERS: usize = 176;

/// `clone`: one address space for both.
pub const CLONE_VM: usize = 0x100;
/// `clone`: one working directory.
pub const CLONE_FS: usize = 0x200;
/// `clone`: one table of file descriptors.
pub const CLONE_FILES: usize = 0x400;
/// `clone`: one table of signal handlers.
pub const CLONE_SIGHAND: usize = 0x800;
/// `clone`: a thread of the same process.
pub const CLONE_THREAD: usize = 0x1_0000;
/// `clone`: `tp` of the new thread is given.
pub const CLONE_SETTLS: usize = 0x8_0000;
/// `clone`: a word is zeroed, and its futex woken, when the thread ends.
pub const CLONE_CHILD_CLEARTID: usize = 0x20_0000;

/// `futex`: sleep while the word has this value.
pub const FUTEX_WAIT: usize = 0;
/// `futex`: wake so many.
pub const FUTEX_WAKE: usize = 1;

/// `clock_gettime`: the clock that never goes back.
pub const CLOCK_MONOTONIC: usize = 1;
/// `getrusage`: this process.
pub const RUSAGE_SELF: usize = 0;
/// Words in `struct rusage`; that of minor faults, that of major ones.
pub const RUSAGE_WORDS: usize = 18;
/// Index of `ru_minflt`.
pub const RUSAGE_MINOR: usize = 8;
/// Index of `ru_majflt`.
pub const RUSAGE_MAJOR: usize = 9;

/// Auxiliary vector: the end.
pub const AT_NULL: usize = 0;
/// Auxiliary vector: bytes in a page.
pub const AT_PAGESZ: usize = 6;
