//! Registers of CLINT, PLIC, RTC and UART under arbitrary accesses, at any time.
//!
//! Input: a byte that chooses the start and the console, then steps of 12
//! bytes. `cargo +nightly fuzz run registers`. What has to hold is in
//! `crates/devices/tests/registers/invariants.rs`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/devices/tests/registers/invariants.rs"]
mod invariants;

fuzz_target!(|bytes: &[u8]| {
    invariants::check(bytes);
});
