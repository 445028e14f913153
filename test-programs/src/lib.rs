//! Bare-metal programs for an RV64GC hart in M-mode, and what they share.
//!
//! - `runtime` (guest only) starts a program, prints, and ends the run.
//! - `counters` (guest only) reads the hart's counters.
//! - [`workloads`] are the benchmarks. They are plain Rust without a notion of
//!   the machine, so that the same code is tested on the host.
//! - [`bench`](mod@bench) is the frame around one benchmark, [`entry!`] that
//!   around any program.
//! - `board` (guest only) drives the devices of QEMU's `virt` machine, for the
//!   programs that test such devices ([`board!`]).
//!
//! On a host every other program is an ordinary executable that does the same work
//! natively: a second opinion on a checksum, and the native speed.
#![cfg_attr(target_os = "none", no_std)]

pub mod bench;
#[cfg(target_os = "none")]
pub mod board;
#[cfg(target_os = "none")]
pub mod counters;
#[cfg(target_os = "none")]
pub mod runtime;
pub mod workloads;

mod checksum;
mod entry;
pub mod random;
pub mod static_cell;

#[cfg(not(target_os = "none"))]
pub use std::{print, println};
