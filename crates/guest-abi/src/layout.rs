//! Structures that calls pass through memory.

/// `struct stat`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[repr(C)]
#[allow(missing_docs, reason = "the names are Linux's: see stat(2)")]
pub struct Stat {
    pub dev: u64,
    pub ino: u64,
    pub mode: u32,
    pub nlink: u32,
    pub uid: u32,
    pub gid: u32,
    pub rdev: u64,
    pub pad1: u64,
    pub size: i64,
    pub blksize: i32,
    pub pad2: i32,
    pub blocks: i64,
    pub atime: Timespec,
    pub mtime: Timespec,
    pub ctime: Timespec,
    pub unused: u64,
}

/// `struct timespec`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[repr(C)]
pub struct Timespec {
    /// Seconds.
    pub sec: i64,
    /// Nanoseconds.
    pub nsec: i64,
}

impl Timespec {
    /// From nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self {
            sec: (nanos / 1_000_000_000) as i64,
            nsec: (nanos % 1_000_000_000) as i64,
        }
    }

    /// In nanoseconds; `None` if it is no time, or too long a one.
    pub const fn to_nanos(self) -> Option<u64> {
        if self.sec < 0 || self.nsec < 0 || self.nsec >= 1_000_000_000 {
            return None;
        }
        match (self.sec as u64).checked_mul(1_000_000_000) {
            Some(nanos) => nanos.checked_add(self.nsec as u64),
            None => None,
        }
    }
}

const _: () = assert!(size_of::<Stat>() == 128);
