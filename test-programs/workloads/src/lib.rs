//! The benchmarks: what they compute, free of where they run.
//!
//! A [`Workload`] does the same piece of work, its *unit*, again and again, and
//! digests each one's result. The [`Meter`] counts the units, looks at the clock
//! before the first and after the last, and compares each digest with the right one,
//! which the tests beside each workload derive in a second way: by other code or from
//! published results.
//!
//! Who runs them is a *front end*, of which there are three: programs without an
//! operating system (`test-programs/src/bin/bench-*.rs`), a process for any kernel
//! that speaks Linux's language, and a program of the host (both:
//! `test-programs/user/src/bin/bench`). A front end lends memory, a clock, and the
//! [`Services`] of its kernel.
//!
//! Each algorithm was written from its published description. The linker script
//! `test-programs/layout/shared.ld` knows this crate's name and those of `run` and of
//! the meter: it keeps all other functions together as the hot code.
#![cfg_attr(target_os = "none", no_std)]

mod checksum;
mod memory;
mod meter;
pub mod random;
mod rows;
mod services;
pub mod static_cell;

pub use meter::{Meter, Reading, Report};
pub use rows::*;
pub use services::Services;

/// A benchmark.
#[derive(Debug)]
pub struct Workload {
    /// How it is called, in a word.
    pub name: &'static str,
    /// What a unit of it is.
    pub unit: &'static str,
    /// So many units take long enough to be timed.
    pub units: u64,
    /// The digest of each unit if every instruction was right.
    pub expected: u64,
    /// What it does.
    pub work: Work,
}

/// What a workload does, and what it needs for that.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// It computes, in so much memory besides its own variables.
    Compute {
        /// How many words of 64 bits, whatever is in them.
        words: usize,
        /// The work.
        run: fn(&mut [u64], &mut Meter<'_>),
    },
    /// It asks a kernel.
    Ask(fn(&mut dyn Services, &mut Meter<'_>)),
}

/// All workloads that are units of the common comparison, in its order.
pub const COMMON: [&Workload; 15] = [
    &dhrystone::WORKLOAD,
    &coremark::WORKLOAD,
    &sieve::WORKLOAD,
    &qsort::WORKLOAD,
    &hash::WORKLOAD,
    &chase::WORKLOAD,
    &triad::WORKLOAD,
    &matmul::WORKLOAD,
    &nbody::WORKLOAD,
    &bytecode::WORKLOAD,
    &fib::WORKLOAD,
    &syscall::WORKLOAD,
    &fork::WORKLOAD,
    &fault::WORKLOAD,
    &rewrite::WORKLOAD,
];

/// More of them, which say something of an emulator alone.
pub const MORE: [&Workload; 3] = [&memcpy::WORKLOAD, &spmv::WORKLOAD, &towers::WORKLOAD];

/// Finds a workload by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Workload> {
    let mut all = COMMON.into_iter().chain(MORE);
    all.find(|workload| workload.name == name)
}

/// Begins the place of a bare-metal program in which the number of its units stands:
/// 8 bytes behind these, little-endian; [`USUAL_UNITS`] for [`Workload::units`]. Such a
/// program gets no arguments, so who wants another number writes it into the file.
pub const UNITS_MARK: [u8; 16] = *b"pagewalk: units=";
/// As many units as are usual.
pub const USUAL_UNITS: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_words() {
        let mut names: Vec<_> = COMMON.iter().chain(&MORE).map(|w| w.name).collect();
        for name in &names {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
            assert_eq!(find(name).map(|found| found.name), Some(*name));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMON.len() + MORE.len());
    }
}
