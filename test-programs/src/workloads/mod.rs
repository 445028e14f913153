//! The benchmarks: what they compute, free of where they run.
//!
//! Each module has one [`Workload`](crate::bench::Workload) of a bit more than
//! 10⁹ guest instructions, its data in one static, and tests that derive the
//! expected checksum in a second way, by other code or from published results.
//!
//! The linker scripts know this module's name: they keep the functions below
//! it together as the hot code.

pub mod dhrystone;
pub mod memcpy;
pub mod nbody;
pub mod qsort;
pub mod spmv;
pub mod towers;
