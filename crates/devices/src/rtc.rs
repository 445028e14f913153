//! The goldfish real-time clock.

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Width};

/// The goldfish real-time clock.
#[derive(Debug)]
pub struct Rtc;

impl Rtc {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x1000;

    /// A new one.
    #[must_use]
    pub fn new(_irq: Line, _start: u64) -> Self {
        Self
    }
}

impl Device for Rtc {
    fn name(&self) -> &'static str {
        "Rtc"
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
