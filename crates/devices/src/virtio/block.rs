//! The virtio block device.

use super::Function;
use crate::disk::SharedDisk;

/// A virtio block device.
#[derive(Debug)]
pub struct Block;

impl Block {
    /// One in front of `disk`.
    #[must_use]
    pub fn new(_disk: SharedDisk) -> Self {
        Self
    }
}

impl Function for Block {}
