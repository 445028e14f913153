//! Ends with the status that the word `exit_status` of its data holds.
//!
//! A bare-metal program has no arguments. A test that wants another status
//! than 42 changes the word, found by its symbol, before it loads the program.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![allow(unsafe_code, reason = "the symbol of the status has a fixed name")]

use core::sync::atomic::{AtomicU64, Ordering};

// SAFETY: no other symbol has this name.
#[unsafe(no_mangle)]
#[allow(
    non_upper_case_globals,
    reason = "named as the symbol that tests look for"
)]
static exit_status: AtomicU64 = AtomicU64::new(42);

fn program() -> u64 {
    exit_status.load(Ordering::Relaxed)
}

pagewalk_test_programs::entry!(program);
