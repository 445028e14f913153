//! Virtio devices.
//!
//! Source: "Virtual I/O Device (VIRTIO) Version 1.2"; numbers in parentheses
//! here and below are its sections. Four layers, each of which can be used and
//! tested alone:
//!
//! | layer | where | knows |
//! |---|---|---|
//! | ring | [`ring`] | split virtqueues in guest memory (2.7), no devices |
//! | transport | [`Mmio`] | registers (4.2), status and features (2.1, 2.2), interrupts |
//! | request | `block/request.rs`, `console/control.rs` | what a driver asks for and whether it may |
//! | execution | [`Block`], [`Console`] | the host end |
//!
//! Ring and transport are the same for all devices; what a device does is a
//! [`Function`]. A guest controls everything in a virtqueue, so each address,
//! index and length is checked before it is used. What a correct driver can
//! never do breaks the queue: the device does nothing more and asks to be
//! reset ([`ring::RingError`]).

mod block;
mod console;
mod function;
mod mmio;
#[cfg(test)]
mod mock;
pub mod ring;
mod spec;

pub use block::Block;
pub use console::{Console, Port, Window};
pub use function::{Function, FunctionCx};
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
