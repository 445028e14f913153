//! The whole machine on arbitrary guests: registers, CSRs, page tables, ISA,
//! number of harts and code come from the input.
//!
//! `cargo +nightly fuzz run machine`. No guest may make the emulator panic,
//! hang, exceed its budget or write outside the guest's memory; and a run in
//! pieces is the same as one in a whole.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/machine/tests/machine/chaos.rs"]
mod chaos;

fuzz_target!(|bytes: &[u8]| {
    chaos::check(bytes);
});
