//! A virtio console under an arbitrary driver.
//!
//! Input: a byte that chooses features and host ends, then steps of the driver.
//! `cargo +nightly fuzz run ports`. What has to hold is in
//! `crates/devices/tests/ports/invariants.rs`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/devices/tests/ports/invariants.rs"]
mod invariants;

fuzz_target!(|bytes: &[u8]| {
    invariants::check(bytes);
});
