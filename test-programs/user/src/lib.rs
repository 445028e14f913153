//! Processes for the guest kernel, and what they stand on.
//!
//! Each program in `src/bin` shows one sentence of the text that the kernel's page
//! fault handler was written after, or one row of its table: it tells what it does
//! and sees, checks itself, and ends with status 0, or with a reason and 1. [`PROGRAMS`]
//! is the list of all.
//!
//! The kernel speaks Linux's language, so the programs run on any Linux for
//! riscv64. What only our kernel can tell (see [`pagewalk`]) they leave out there,
//! and say so.
//!
//! - [`entry`] starts a program, [`console`] prints, [`error`] has what can fail.
//! - [`memory`], [`process`], [`mod@file`], [`thread`], [`heap`] are system calls in
//!   the words of Rust.
//! - [`segv`] makes accesses that go wrong.
//! - [`pagewalk`] asks the kernel what it did, [`meter`] what that took.
//!
//! On a host this compiles, so that the list can be read there, and does nothing.
#![cfg_attr(target_os = "none", no_std)]

#[doc(hidden)]
pub extern crate alloc;
#[doc(hidden)]
pub use alloc::format;

mod arch;
pub mod code;
pub mod console;
pub mod entry;
pub mod error;
pub mod execute_only;
pub mod file;
pub mod heap;
pub mod image;
mod kernel;
mod layout;
pub mod memory;
pub mod meter;
pub mod pagewalk;
pub mod prelude;
pub mod process;
mod programs;
pub mod random;
pub mod segv;
pub mod terminal;
pub mod thread;

pub use pagewalk_guest_abi as abi;
pub use programs::{BENCHMARKS, Meaning, PROGRAMS, Program, Shows, TESTS};
