//! A 16550A serial port.

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Width};

use crate::SharedConsole;

/// A 16550A serial port.
#[derive(Debug)]
pub struct Uart;

impl Uart {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x100;

    /// A new one.
    #[must_use]
    pub fn new(_irq: Line, _console: SharedConsole) -> Self {
        Self
    }
}

impl Device for Uart {
    fn name(&self) -> &'static str {
        "Uart"
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
