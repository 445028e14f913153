//! What nearly every program uses.

pub use alloc::vec::Vec;

pub use crate::entry::Arguments;
pub use crate::error::Outcome;
pub use crate::memory::{PAGE, Prot, Region, Sharing};
pub use crate::pagewalk::{counting, skip};
pub use crate::{check, check_eq};

// A host has one that everybody knows.
#[cfg(target_os = "none")]
pub use crate::println;
