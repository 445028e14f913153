//! Virtio devices.

mod block;
mod mmio;

pub use block::Block;
pub use mmio::Mmio;

/// The register interface of a transport.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Interface {
    /// Version 2, that of virtio 1.0 and later.
    #[default]
    Modern,
    /// Version 1, from before virtio 1.0.
    Legacy,
}

/// What a virtio device does behind its transport.
pub trait Function: std::fmt::Debug {}
