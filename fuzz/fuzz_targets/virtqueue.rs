//! A virtio block device under an arbitrary driver, modern or legacy.
//!
//! Input: a byte that chooses interface and disk, size and features of the
//! queue, then steps of the driver. `cargo +nightly fuzz run virtqueue`. What
//! has to hold is in `crates/devices/tests/virtqueue/invariants.rs`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/devices/tests/virtqueue/invariants.rs"]
mod invariants;

fuzz_target!(|bytes: &[u8]| {
    invariants::check(bytes);
});
