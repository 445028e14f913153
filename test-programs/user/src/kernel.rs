//! System calls with a `Result`.
#![allow(
    unsafe_code,
    reason = "what the kernel does to memory is beyond the compiler"
)]

use crate::arch;
use crate::error::{Answer, Refused};

/// Results from -4095 to -1 are errors (Linux, `include/linux/err.h`).
const LEAST_ERROR: isize = -4095;

/// Makes a system call; `call` is its name, for the error.
///
/// # Safety
///
/// The kernel reads and writes memory as the call says; it must be memory that the
/// caller may lend.
pub(crate) unsafe fn ask<const N: usize>(
    call: &'static str,
    number: usize,
    arguments: [usize; N],
) -> Answer {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&arguments);
    // SAFETY: the caller's promise.
    refused_or(call, unsafe { arch::system_call(number, all) })
}

/// The answer to a call, from what the kernel left in `a0`.
pub(crate) fn refused_or(call: &'static str, result: isize) -> Answer {
    match result {
        LEAST_ERROR..0 => Err(Refused {
            call,
            errno: -result as i32,
        }),
        _ => Ok(result as usize),
    }
}
