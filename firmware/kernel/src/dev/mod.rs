//! Drivers.

mod block;
mod plic;
mod queue;
mod streams;
mod transport;

pub(crate) use block::Block;
pub(crate) use plic::Plic;
pub(crate) use streams::Streams;

use crate::arch::Registers;
use crate::mem::Disk;

/// Bytes of the registers of a virtio device that drivers here use.
pub(crate) const VIRTIO_SIZE: u64 = 0x200;

/// A place for a virtio device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) registers: Registers,
    /// Its interrupt source at the PLIC.
    pub(crate) source: u32,
}

/// All devices but UART and finisher, which are to work when nothing else does.
#[derive(Debug)]
pub(crate) struct Devices {
    pub(crate) plic: Plic,
    /// The disk with files.
    pub(crate) root: Option<Block>,
    /// The disk with slots.
    pub(crate) swap: Option<Block>,
    /// Standard input, output and error.
    pub(crate) streams: Option<Streams>,
    /// A Goldfish real-time clock.
    pub(crate) clock: Option<Registers>,
}

impl Devices {
    pub(crate) fn disk(&mut self, disk: Disk) -> Option<&mut Block> {
        match disk {
            Disk::Root => self.root.as_mut(),
            Disk::Swap => self.swap.as_mut(),
        }
    }

    /// Nanoseconds since 1970, if the board knows.
    pub(crate) fn wall_clock(&self) -> u64 {
        // Reading the low half keeps the high half for the next read.
        let read = |clock: Registers| {
            let low = u64::from(clock.read::<u32>(0));
            u64::from(clock.read::<u32>(4)) << 32 | low
        };
        self.clock.map_or(0, read)
    }
}
