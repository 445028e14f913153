//! Words of the kernel's command line, each `key=value`.

/// Frames for pages of processes and files.
pub const FRAMES: &str = "frames";
/// How victims are chosen: one of [`EVICT_POLICIES`].
pub const EVICT: &str = "evict";
/// The values of [`EVICT`].
pub const EVICT_POLICIES: [&str; 3] = ["clock", "fifo", "random"];
/// What fork does with pages: one of [`FORK_WAYS`].
pub const FORK: &str = "fork";
/// The values of [`FORK`].
pub const FORK_WAYS: [&str; 2] = ["cow", "copy"];
/// Bits of the ASID field that are used, if the hart has them.
pub const ASID_BITS: &str = "asid-bits";
/// What `evict=random` begins with.
pub const SEED: &str = "seed";
/// Whether invariants are checked whenever a process ends: `check=1`.
pub const CHECK: &str = "check";
/// The file of the first program: an absolute path in the root archive,
/// [encoded](crate::record::encode). Its arguments are in the device tree.
pub const INIT: &str = "init";
/// The file of one more program that is started with the first, as for [`INIT`]. Its
/// only argument is this path. May be said several times.
pub const ALSO: &str = "also";
/// The least value of [`FRAMES`]: one instruction can need four pages at once, and
/// some can be locked.
pub const LEAST_FRAMES: u32 = 8;
