//! Files.

pub mod proc;
pub mod tar;
pub mod tree;
