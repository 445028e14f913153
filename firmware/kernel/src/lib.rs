//! The guest kernel.
//!
//! - [`mem`] is the paging core: it answers page faults, swaps, shares and copies
//!   pages. It is plain Rust without a notion of the machine, and tested on the host.
//! - [`elf`], [`stack`], [`fs`], [`tty`], [`options`], [`plan`], [`kernel_map`] are plain
//!   Rust, too: what a program file says, what a process starts with, where files are,
//!   what a terminal does with keys, what the command line asks for, who gets which
//!   memory, the kernel's own page table.
//! - `arch` is what only the hart can do, with all unsafe code; `dev` are the drivers.
//! - `boot` goes from the first instruction to the first process, `task` runs
//!   processes, `trap` looks at why they came back, `sys` answers their calls.
//!
//! Begin with `task/schedule.rs`: the kernel is one loop.
#![no_std]

extern crate alloc;

pub mod elf;
pub mod fs;
pub mod hwprobe;
pub mod kernel_map;
pub mod mem;
pub mod options;
pub mod plan;
mod probe;
mod publish;
pub mod script;
pub mod stack;
pub mod tty;

#[cfg(target_os = "none")]
mod arch;
#[cfg(target_os = "none")]
mod boot;
#[cfg(target_os = "none")]
mod console;
#[cfg(target_os = "none")]
mod dev;
#[cfg(target_os = "none")]
mod sys;
#[cfg(target_os = "none")]
mod task;
#[cfg(target_os = "none")]
mod trap;
