//! Exact IEEE 754-2019 binary16, binary32 and binary64 arithmetic with the
//! semantics of the RISC-V F, D, Zfh and Zfa extensions ("The RISC-V
//! Instruction Set Manual, Volume I: Unprivileged Architecture", chapters
//! "F", "D", "Zfh" and "Zfa").
//!
//! * All five rounding modes ([`Rounding`]) and all five exception flags
//!   ([`Flags`]); tininess is detected after rounding.
//! * Every operation that produces a NaN produces [`F64::CANONICAL_NAN`]
//!   (or its narrower sibling); payloads are never propagated.
//! * Sign injection, moves and register width are the caller's business; the
//!   sign operations and `from_boxed`/`to_boxed` help with them.
//!
//! Every operation that rounds takes the rounding mode and the *accrued*
//! flags, and only ever adds to the latter:
//!
//! ```
//! use pagewalk_softfloat::{F64, Flags, Rounding};
//!
//! let mut fflags = Flags::NONE;
//! let third = F64(1.0f64.to_bits()).div(F64(3.0f64.to_bits()), Rounding::Rup, &mut fflags);
//! assert_eq!(third, F64(0x3fd5_5555_5555_5556));
//! assert_eq!(fflags, Flags::NX);
//! ```
//!
//! # How it is built
//!
//! [`exact`] is the arithmetic: integer code, written once for all formats.
//! In front of it, the private module `fast` answers with the host's own
//! floating point where both the value and the flags are known to be the
//! same. Callers need not care: the methods of [`F16`], [`F32`] and [`F64`]
//! try the fast path first.
//!
//! # How it is tested
//!
//! `cargo test` holds the fast path against the exact code, and both against
//! known edge cases and naive models. The package in `oracle/`, which needs a
//! C compiler and CMake, holds every operation that Berkeley SoftFloat has
//! against it: `cargo test --manifest-path crates/softfloat/oracle/Cargo.toml`.
//! `cargo bench -p pagewalk-softfloat` prints nanoseconds per operation.

#![cfg_attr(not(feature = "std"), no_std)]

mod constants;
mod env;
pub mod exact;
mod fast;
mod format;
mod round;
mod types;

pub use env::{Accrual, Flags, Quick, Rounding};
#[cfg(feature = "std")]
pub use fast::exact_runs;
pub use types::{F16, F32, F64};
