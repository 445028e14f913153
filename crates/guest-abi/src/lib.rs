//! What the guest kernel, the programs that run on it, and the tools that watch it
//! agree on, as tables.
//!
//! - [`Syscall`], [`Errno`], [`signal`], [`flags`], [`terminal`], [`layout`]: the
//!   system-call interface of Linux on RISC-V (64 bits), so that ordinary programs run.
//! - [`counter`], [`option`], [`record`]: what is our own, the counters of a
//!   process, the words of the kernel's command line, and the lines by which the
//!   kernel speaks to the tool outside.
//! - [`board`]: which disk and which stream is where.
//! - [`probe`]: what a watcher outside can see of the kernel, and where.
//!
//! Numbers and structures: Linux, include/uapi/asm-generic and
//! arch/riscv/include/uapi.
#![cfg_attr(not(test), no_std)]

pub mod board;
pub mod counter;
mod errno;
pub mod flags;
pub mod layout;
pub mod option;
pub mod probe;
pub mod record;
pub mod signal;
mod syscall;
pub mod terminal;

pub use errno::Errno;
pub use syscall::Syscall;
