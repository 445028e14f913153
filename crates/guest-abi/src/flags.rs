//! Flags and constants of system calls.
#![allow(
    missing_docs,
    reason = "the names are Linux's: see the manual of the call that a group is named after"
)]

/// Declares constants of one type.
macro_rules! flags {
    ($type:ty: $($name:ident = $value:expr;)*) => {
        $(pub const $name: $type = $value;)*
    };
}
pub(crate) use flags;

// mmap, mprotect
flags! { u64:
    PROT_READ = 1;
    PROT_WRITE = 2;
    PROT_EXEC = 4;
    MAP_SHARED = 1;
    MAP_PRIVATE = 2;
    MAP_SHARED_VALIDATE = 3;
    MAP_TYPE = 15;
    MAP_FIXED = 0x10;
    MAP_ANONYMOUS = 0x20;
    MAP_GROWSDOWN = 0x100;
    MAP_LOCKED = 0x2000;
    MAP_NORESERVE = 0x4000;
    MAP_POPULATE = 0x8000;
    MAP_STACK = 0x2_0000;
    MAP_FIXED_NOREPLACE = 0x10_0000;
}

// madvise
flags! { u64:
    MADV_NORMAL = 0;
    MADV_RANDOM = 1;
    MADV_SEQUENTIAL = 2;
    MADV_WILLNEED = 3;
    MADV_DONTNEED = 4;
    MADV_FREE = 8;
    MADV_MERGEABLE = 12;
    MADV_HUGEPAGE = 14;
    MADV_NOHUGEPAGE = 15;
    MADV_DODUMP = 17;
    MADV_COLD = 20;
    MADV_PAGEOUT = 21;
}

// clone
flags! { u64:
    CSIGNAL = 0xff;
    CLONE_VM = 0x100;
    CLONE_FS = 0x200;
    CLONE_FILES = 0x400;
    CLONE_SIGHAND = 0x800;
    CLONE_VFORK = 0x4000;
    CLONE_THREAD = 0x1_0000;
    CLONE_SYSVSEM = 0x4_0000;
    CLONE_SETTLS = 0x8_0000;
    CLONE_PARENT_SETTID = 0x10_0000;
    CLONE_CHILD_CLEARTID = 0x20_0000;
    CLONE_DETACHED = 0x40_0000;
    CLONE_CHILD_SETTID = 0x100_0000;
    CLONE_CLEAR_SIGHAND = 1 << 32;
}

// mremap
flags! { u64:
    MREMAP_MAYMOVE = 1;
    MREMAP_FIXED = 2;
    MREMAP_DONTUNMAP = 4;
}

// waitid
flags! { u64:
    P_ALL = 0;
    P_PID = 1;
    P_PGID = 2;
    WEXITED = 4;
    WNOWAIT = 0x100_0000;
}

// setitimer, timer_create
flags! { u64:
    ITIMER_REAL = 0;
    SIGEV_SIGNAL = 0;
    SIGEV_NONE = 1;
    SIGEV_THREAD_ID = 4;
}

// prctl
flags! { u64:
    PR_SET_NAME = 15;
    PR_GET_NAME = 16;
}

// riscv_hwprobe
flags! { u64:
    RISCV_HWPROBE_WHICH_CPUS = 1;
}

// prlimit64
flags! { u64:
    RLIMIT_STACK = 3;
    RLIMIT_CORE = 4;
    RLIMIT_NPROC = 6;
    RLIMIT_NOFILE = 7;
    RLIMIT_SIGPENDING = 11;
    RLIMIT_LAST = 15;
}

// wait4
flags! { u64:
    WNOHANG = 1;
    WUNTRACED = 2;
    WCONTINUED = 8;
}

// futex
flags! { u64:
    FUTEX_WAIT = 0;
    FUTEX_WAKE = 1;
    FUTEX_REQUEUE = 3;
    FUTEX_CMP_REQUEUE = 4;
    FUTEX_WAIT_BITSET = 9;
    FUTEX_WAKE_BITSET = 10;
    FUTEX_PRIVATE_FLAG = 128;
    FUTEX_CLOCK_REALTIME = 256;
    FUTEX_WAITERS = 0x8000_0000;
    FUTEX_OWNER_DIED = 0x4000_0000;
    FUTEX_TID_MASK = 0x3fff_ffff;
}

// clock_gettime, clock_nanosleep
flags! { u64:
    CLOCK_REALTIME = 0;
    CLOCK_MONOTONIC = 1;
    CLOCK_PROCESS_CPUTIME_ID = 2;
    CLOCK_THREAD_CPUTIME_ID = 3;
    CLOCK_MONOTONIC_RAW = 4;
    CLOCK_REALTIME_COARSE = 5;
    CLOCK_MONOTONIC_COARSE = 6;
    CLOCK_BOOTTIME = 7;
    TIMER_ABSTIME = 1;
}

// open
flags! { u64:
    O_ACCMODE = 3;
    O_RDONLY = 0;
    O_WRONLY = 1;
    O_RDWR = 2;
    O_CREAT = 0o100;
    O_EXCL = 0o200;
    O_NOCTTY = 0o400;
    O_TRUNC = 0o1000;
    O_APPEND = 0o2000;
    O_NONBLOCK = 0o4000;
    O_LARGEFILE = 0o10_0000;
    O_DIRECTORY = 0o20_0000;
    O_NOFOLLOW = 0o40_0000;
    O_CLOEXEC = 0o200_0000;
    O_PATH = 0o1000_0000;
    O_TMPFILE = 0o2000_0000;
    AT_FDCWD = -100i64 as u64;
    AT_SYMLINK_NOFOLLOW = 0x100;
    AT_REMOVEDIR = 0x200;
    AT_SYMLINK_FOLLOW = 0x400;
    AT_EMPTY_PATH = 0x1000;
    SEEK_SET = 0;
    SEEK_CUR = 1;
    SEEK_END = 2;
    R_OK = 4;
    W_OK = 2;
    X_OK = 1;
}

// renameat2, fallocate, utimensat
flags! { u64:
    RENAME_NOREPLACE = 1;
    RENAME_EXCHANGE = 2;
    FALLOC_FL_KEEP_SIZE = 1;
    UTIME_NOW = 0x3fff_ffff;
    UTIME_OMIT = 0x3fff_fffe;
}

// fcntl
flags! { u64:
    F_DUPFD = 0;
    F_GETFD = 1;
    F_SETFD = 2;
    F_GETFL = 3;
    F_SETFL = 4;
    F_DUPFD_CLOEXEC = 1030;
    FD_CLOEXEC = 1;
    FIONBIO = 0x5421;
    FIONCLEX = 0x5450;
    FIOCLEX = 0x5451;
}

// st_mode
flags! { u32:
    S_IFMT = 0o17_0000;
    S_IFIFO = 0o1_0000;
    S_IFCHR = 0o2_0000;
    S_IFDIR = 0o4_0000;
    S_IFREG = 0o10_0000;
    S_IFLNK = 0o12_0000;
}

// d_type
flags! { u8:
    DT_FIFO = 1;
    DT_CHR = 2;
    DT_DIR = 4;
    DT_REG = 8;
    DT_LNK = 10;
}

// The auxiliary vector (getauxval).
flags! { u64:
    AT_NULL = 0;
    AT_PHDR = 3;
    AT_PHENT = 4;
    AT_PHNUM = 5;
    AT_PAGESZ = 6;
    AT_BASE = 7;
    AT_FLAGS = 8;
    AT_ENTRY = 9;
    AT_UID = 11;
    AT_EUID = 12;
    AT_GID = 13;
    AT_EGID = 14;
    AT_PLATFORM = 15;
    AT_HWCAP = 16;
    AT_CLKTCK = 17;
    AT_SECURE = 23;
    AT_RANDOM = 25;
    AT_EXECFN = 31;
    AT_MINSIGSTKSZ = 51;
}

// getrusage
flags! { u64:
    RUSAGE_SELF = 0;
    RUSAGE_CHILDREN = -1i64 as u64;
    RUSAGE_THREAD = 1;
}
