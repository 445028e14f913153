//! Processes: fork, exec, wait, exit, time.
#![allow(
    unsafe_code,
    reason = "system calls get addresses of buffers that are borrowed meanwhile"
)]

use core::ffi::{CStr, c_char};
use core::fmt;
use core::time::Duration;

use pagewalk_guest_abi::layout::Timespec;
use pagewalk_guest_abi::{Errno, Syscall, flags, signal};

use crate::entry;
use crate::error::{Answer, Outcome, Refused};
use crate::kernel::{address, ask};
use crate::layout;

/// Ends the process.
pub fn exit(status: u8) -> ! {
    loop {
        // SAFETY: it does not come back.
        let _ = unsafe { ask(Syscall::ExitGroup, [status.into()]) };
    }
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// By itself, with this status.
    Exited(u8),
    /// By a signal.
    Killed(u8),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Exited(status) => write!(f, "exited with status {status}"),
            Status::Killed(signal) => write!(f, "killed by signal {signal}"),
        }
    }
}

/// A process that was started here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Child(u64);

impl Child {
    /// Its number.
    pub fn pid(&self) -> u64 {
        self.0
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn wait(self) -> Answer<Status> {
        let mut word = 0_i32;
        let target = address(&raw mut word);
        // SAFETY: the kernel writes to `word`.
        unsafe { ask(Syscall::Wait4, [self.0, target, 0, 0]) }?;
        Ok(match (word & 0x7f) as u8 {
            0 => Status::Exited((word >> 8) as u8),
            signal => Status::Killed(signal),
        })
    }

    /// Waits for its end, which must be a good one.
    ///
    /// # Errors
    ///
    /// How it ended, if not with status 0.
    pub fn success(self) -> Outcome {
        let status = self.wait()?;
        let pid = self.0;
        crate::check!(status == Status::Exited(0), "child {pid}: {status}");
        Ok(())
    }

    /// Ends it with a signal.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn kill(&self, signal: u32) -> Answer {
        // SAFETY: no memory is concerned.
        unsafe { ask(Syscall::Kill, [self.0, signal.into()]) }
    }
}

/// Blocks a signal in this thread.
///
/// # Errors
///
/// What the kernel says.
pub fn block(signal: u32) -> Answer {
    let set = 1_u64 << (signal - 1);
    let (how, set) = (signal::SIG_BLOCK, address(&raw const set));
    // SAFETY: the kernel reads the set.
    unsafe { ask(Syscall::RtSigprocmask, [how, set, 0, 8]) }
}

/// Sends this process a signal with a value.
///
/// # Errors
///
/// What the kernel says.
pub fn queue(signal: u32, value: u64) -> Answer {
    let mut info = [0_u64; 16];
    info[1] = signal::SI_QUEUE as u32 as u64;
    info[3] = value;
    let arguments = [pid(), signal.into(), address(info.as_ptr())];
    // SAFETY: the kernel reads the structure.
    unsafe { ask(Syscall::RtSigqueueinfo, arguments) }
}

/// Forks: `None` in the child.
///
/// # Errors
///
/// What the kernel says.
fn fork() -> Answer<Option<Child>> {
    // SAFETY: it copies the address space, so neither side sees the other. Programs
    // with threads do not fork.
    let pid = unsafe { ask(Syscall::Clone, [signal::SIGCHLD.into(), 0, 0, 0, 0]) }?;
    Ok((pid != 0).then_some(Child(pid)))
}

/// Forks; the child does `work` and ends, with status 1 if that fails.
///
/// # Errors
///
/// What the kernel says about the fork.
pub fn child(work: impl FnOnce() -> Outcome) -> Answer<Child> {
    match fork()? {
        Some(child) => Ok(child),
        None => exit(entry::status(work())),
    }
}

/// Becomes another program. It returns only if that fails.
pub fn exec(path: &CStr, arguments: &[&CStr]) -> Refused {
    /// So many arguments can be given.
    const MOST: usize = 15;
    assert!(arguments.len() <= MOST, "at most {MOST} arguments");
    let mut words = [core::ptr::null::<c_char>(); MOST + 1];
    for (word, argument) in words.iter_mut().zip(arguments) {
        *word = argument.as_ptr();
    }
    let environment = [core::ptr::null::<c_char>()];
    let (path, words) = (address(path.as_ptr()), address(words.as_ptr()));
    let environment = address(environment.as_ptr());
    // SAFETY: all lists end with a null pointer, and all strings with a zero.
    let answer = unsafe { ask(Syscall::Execve, [path, words, environment]) };
    answer.expect_err("execve returns only if it failed")
}

/// The program that runs, as a path.
pub const MYSELF: &CStr = c"/proc/self/exe";

/// Starts this program anew, in this process. It returns without a failure on
/// emulators of user programs that can start none.
///
/// # Errors
///
/// What the kernel says.
pub fn start_anew(arguments: &[&CStr]) -> Outcome {
    let refused = exec(MYSELF, arguments);
    if refused.errno() == Some(Errno::ENOEXEC) {
        return Ok(());
    }
    Err(refused.into())
}

/// The number of this process.
pub fn pid() -> u64 {
    // SAFETY: no memory is concerned.
    unsafe { ask(Syscall::Getpid, []) }.unwrap_or(0)
}

/// The number of the parent process.
pub fn parent() -> u64 {
    // SAFETY: no memory is concerned.
    unsafe { ask(Syscall::Getppid, []) }.unwrap_or(0)
}

/// Lets others run.
pub fn give_way() {
    // SAFETY: no memory is concerned.
    let _ = unsafe { ask(Syscall::SchedYield, []) };
}

/// Does nothing for a while.
///
/// # Errors
///
/// What the kernel says.
pub fn sleep(time: Duration) -> Answer {
    let time = Timespec {
        sec: time.as_secs() as i64,
        nsec: time.subsec_nanos().into(),
    };
    // SAFETY: the kernel reads the structure.
    unsafe { ask(Syscall::Nanosleep, [address(&raw const time), 0]) }
}

/// The time since some moment in the past.
///
/// # Errors
///
/// What the kernel says.
pub fn now() -> Answer<Duration> {
    let mut time = Timespec::default();
    let target = address(&raw mut time);
    let clock = flags::CLOCK_MONOTONIC;
    // SAFETY: the kernel writes the structure.
    unsafe { ask(Syscall::ClockGettime, [clock, target]) }?;
    Ok(Duration::new(time.sec as u64, time.nsec as u32))
}

/// Page faults of this process so far, as `getrusage` counts them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Faults {
    /// Without a disk.
    pub minor: u64,
    /// With.
    pub major: u64,
}

/// Page faults of this process so far.
///
/// # Errors
///
/// What the kernel says.
pub fn faults() -> Answer<Faults> {
    let mut usage = [0_u64; layout::RUSAGE_WORDS];
    let target = address(usage.as_mut_ptr());
    // SAFETY: the kernel writes a `struct rusage`.
    unsafe { ask(Syscall::Getrusage, [flags::RUSAGE_SELF, target]) }?;
    Ok(Faults {
        minor: usage[layout::RUSAGE_MINOR],
        major: usage[layout::RUSAGE_MAJOR],
    })
}
