//! Bare-metal programs for an RV64GC hart in M-mode, and what they share.
//!
//! - `runtime` (guest only) starts a program, prints, and ends the run.
//! - `counters` (guest only) reads the hart's counters.
//! - [`bench!`] makes a program of one of [`workloads`], [`entry!`] of any function.
//! - `board` (guest only) drives the devices of QEMU's `virt` machine, for the
//!   programs that test such devices ([`board!`]).
//!
//! On a host the programs of [`entry!`] are ordinary executables that do the same.
#![cfg_attr(target_os = "none", no_std)]

pub mod bench;
#[cfg(target_os = "none")]
pub mod board;
#[cfg(target_os = "none")]
pub mod counters;
#[cfg(target_os = "none")]
pub mod runtime;

mod entry;

pub use pagewalk_workloads::{self as workloads, random, static_cell};

#[cfg(not(target_os = "none"))]
pub use std::{print, println};
