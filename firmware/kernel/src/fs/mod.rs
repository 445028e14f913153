//! Files.

pub mod tar;
pub mod tree;
