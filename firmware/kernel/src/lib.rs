//! The guest kernel.
//!
//! - [`mem`] is the paging core: it answers page faults, swaps, shares and copies
//!   pages. It is plain Rust without a notion of the machine, and tested on the host.
#![no_std]

extern crate alloc;

pub mod mem;
