//! The fast path: the host's floating point, where value *and* flags are
//! known to be those of the exact code.
//!
//! # What is relied on
//!
//! Rust evaluates `f32` and `f64` arithmetic on x86-64 and aarch64 with SSE2
//! or Advanced SIMD scalar instructions in the default environment: IEEE 754,
//! round to nearest even, subnormals neither flushed nor read as zero. The
//! compiler neither contracts `a * b + c` nor reorders nor keeps extra
//! precision. (x87 has extra precision: no other host has a fast path.) The
//! bits of a NaN are the host's own, so no NaN is ever taken from it.
//!
//! # The rule
//!
//! A method gives `Some(value)` only if the exact operation has this value
//! and raises no flag that is not set in `accrued`; it never raises one. So
//! NX must be set already, or the operation be known to be exact. The first
//! inexact operation of a program goes to the exact code, which sets NX.
//!
//! For the rounded operations, `in_range` then excludes all that can raise
//! OF, UF, DZ or NV: the last two give an infinity or a NaN, as do operands of
//! that kind or a zero divisor; OF under round to nearest gives an infinity;
//! and UF is raised only for results that are zero, subnormal, or, rounded up
//! to it, the smallest normal number.

use crate::env::{Flags, Rounding};
use crate::format::Format;
use crate::types::{F16, F32, F64};

#[cfg(feature = "std")]
std::thread_local! {
    static EXACT_RUNS: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

/// How many operations of this thread the fast path did not know.
#[cfg(feature = "std")]
#[must_use]
pub fn exact_runs() -> u64 {
    EXACT_RUNS.get()
}

#[inline]
pub(crate) fn note_exact_run() {
    #[cfg(feature = "std")]
    EXACT_RUNS.set(EXACT_RUNS.get() + 1);
}

/// Declares operations that are not known unless an implementation says so.
macro_rules! unknown_by_default {
    ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*) => {
        $(
            #[inline]
            fn $name($($arg: $ty,)* rm: Rounding, accrued: Flags) -> Option<$ret> {
                let _ = ($($arg,)* rm, accrued);
                None
            }
        )*
    };
}

/// The operations that may be known without the exact code.
pub(crate) trait Fast: Format {
    unknown_by_default! {
        fn add(self: Self, rhs: Self) -> Self;
        fn sub(self: Self, rhs: Self) -> Self;
        fn mul(self: Self, rhs: Self) -> Self;
        fn div(self: Self, rhs: Self) -> Self;
        fn sqrt(self: Self) -> Self;
        fn mul_add(self: Self, b: Self, c: Self) -> Self;
        fn to_i32(self: Self) -> i32;
        fn to_u32(self: Self) -> u32;
        fn to_i64(self: Self) -> i64;
        fn to_u64(self: Self) -> u64;
        fn to_f16(self: Self) -> F16;
        fn to_f32(self: Self) -> F32;
        fn to_f64(self: Self) -> F64;
        fn from_i32(v: i32) -> Self;
        fn from_u32(v: u32) -> Self;
        fn from_i64(v: i64) -> Self;
        fn from_u64(v: u64) -> Self;
    }
}

// Few hosts have binary16.
impl Fast for F16 {}
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl Fast for F32 {}
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl Fast for F64 {}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod host;
