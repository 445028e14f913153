//! System calls with a `Result`.
#![allow(
    unsafe_code,
    reason = "what the kernel does to memory is beyond the compiler"
)]

use pagewalk_guest_abi::{Errno, Syscall};

use crate::arch;
use crate::error::{Answer, Refused};

/// Makes a system call.
///
/// # Safety
///
/// The kernel reads and writes memory as the call says; it must be memory that the
/// caller may lend.
pub(crate) unsafe fn ask<const N: usize>(call: Syscall, arguments: [u64; N]) -> Answer {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&arguments);
    // SAFETY: the caller's promise.
    answer(call, unsafe { arch::system_call(call.number(), all) })
}

/// What the kernel left in `a0` after a call.
pub(crate) fn answer(call: Syscall, a0: u64) -> Answer {
    Errno::check(a0).map_err(|number| Refused { call, number })
}

/// The address of something that the kernel reads or writes.
pub(crate) fn address<T: ?Sized>(of: *const T) -> u64 {
    of.cast::<()>() as u64
}
