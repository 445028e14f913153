//! The virtio-mmio transport.

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Width};

use super::{Function, Interface};

/// The virtio-mmio transport.
#[derive(Debug)]
pub struct Mmio;

impl Mmio {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x1000;

    /// A new one.
    #[must_use]
    pub fn new(_irq: Line, _interface: Interface, _function: Option<Box<dyn Function>>) -> Self {
        Self
    }
}

impl Device for Mmio {
    fn name(&self) -> &'static str {
        "Mmio"
    }

    fn read(&mut self, _: &mut DeviceCx<'_>, _: u64, _: Width) -> Result<u64, BusFault> {
        Err(BusFault)
    }

    fn write(&mut self, _: &mut DeviceCx<'_>, _: u64, _: Width, _: u64) -> Result<(), BusFault> {
        Err(BusFault)
    }

    fn deadline(&self, _: &Clock) -> Option<Instant> {
        None
    }

    fn tick(&mut self, _: &mut DeviceCx<'_>) {}

    fn reset(&mut self) {}
}
