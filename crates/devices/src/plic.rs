//! The platform-level interrupt controller.

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Width};

/// The platform-level interrupt controller.
#[derive(Debug)]
pub struct Plic;

impl Plic {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x60_0000;

    /// A new one.
    #[must_use]
    pub fn new(_sources: Line, _count: u32, _contexts: impl IntoIterator<Item = Line>) -> Self {
        Self
    }
}

impl Device for Plic {
    fn name(&self) -> &'static str {
        "Plic"
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
