//! Files: what they are called, and what they are.
//!
//! | file | the one thing that it explains |
//! |---|---|
//! | `node.rs` | files, directories, links and devices, whatever they are called |
//! | `tree.rs` | names: made, removed and moved |
//! | `path.rs` | from a path to a node |
//! | `tar.rs` | the format of the root disk |
//! | `archive.rs` | the tree that the kernel begins with |
//! | `device.rs` | files of `/dev` |
//! | `proc.rs` | names of `/proc` |
//!
//! Nothing here has the content of a file: the paging core does (`mem/file.rs`).

pub mod archive;
pub mod device;
pub mod node;
pub mod path;
pub mod proc;
pub mod tar;
#[cfg(test)]
mod tests;
pub mod tree;
