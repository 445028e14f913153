//! The SiFive test finisher: a guest ends the run by one store.
//!
//! Source: QEMU's and Linux's `sifive,test0`: a write to offset 0 of 0x5555
//! ends with success, of `code << 16 | 0x3333` with failure `code`, of 0x7777
//! resets the board.

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, PowerRequest, PowerSource, Width};

use crate::complaints::Complaints;

const FAIL: u64 = 0x3333;

/// Stores without a meaning of which the log tells.
const WARNINGS: u32 = 4;

/// The device.
#[derive(Debug)]
pub struct Finisher {
    complaints: Complaints,
}

impl Default for Finisher {
    fn default() -> Self {
        Self {
            complaints: Complaints::new(WARNINGS),
        }
    }
}

impl Finisher {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x1000;
    /// What a guest stores at offset 0 to end the run with success.
    pub const PASS: u64 = 0x5555;
    /// What a guest stores at offset 0 to reset the board.
    pub const RESET: u64 = 0x7777;
}

impl Device for Finisher {
    fn name(&self) -> &'static str {
        "test finisher"
    }

    fn read(&mut self, _: &mut DeviceCx<'_>, offset: u64, width: Width) -> Result<u64, BusFault> {
        if offset == 0 && width != Width::B1 {
            Ok(0)
        } else {
            Err(BusFault)
        }
    }

    fn write(
        &mut self,
        cx: &mut DeviceCx<'_>,
        offset: u64,
        width: Width,
        value: u64,
    ) -> Result<(), BusFault> {
        if offset != 0 || width == Width::B1 {
            return Err(BusFault);
        }
        let source = PowerSource::Finisher;
        let request = match value & 0xffff {
            Self::PASS => PowerRequest::Exit { code: 0, source },
            // A failure without a code is a failure all the same.
            FAIL => PowerRequest::Exit {
                code: (value >> 16 & 0xffff).max(1),
                source,
            },
            Self::RESET => PowerRequest::Reset,
            _ => {
                self.complaints.say(|end| {
                    log::warn!(
                        target: "guest",
                        "{value:#x} means nothing to the test finisher{end}"
                    );
                });
                return Ok(());
            }
        };
        cx.power.get_or_insert(request);
        Ok(())
    }

    fn deadline(&self, _: &Clock) -> Option<Instant> {
        None
    }

    fn tick(&mut self, _: &mut DeviceCx<'_>) {}

    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use pagewalk_bus::{Bus, Lines, PhysAddr, Ram};

    #[test]
    fn values_mean_what_they_mean_on_qemu() {
        let source = PowerSource::Finisher;
        for (value, expected) in [
            (0x5555, Some(PowerRequest::Exit { code: 0, source })),
            (0x3333, Some(PowerRequest::Exit { code: 1, source })),
            (
                7 << 16 | 0x3333,
                Some(PowerRequest::Exit { code: 7, source }),
            ),
            (0x7777, Some(PowerRequest::Reset)),
            (0x1234, None),
        ] {
            let base = PhysAddr(0x10_0000);
            let ram = Ram::new(PhysAddr(0x8000_0000), 4096).expect("one page");
            let mut bus = Bus::new(ram, Lines::new(1));
            bus.map(base, Finisher::SIZE, Box::new(Finisher::default()))
                .expect("room");
            bus.write_device(base, Width::B4, value, Instant(0))
                .unwrap();
            assert_eq!(bus.power, expected, "{value:#x}");
        }
    }
}
