//! The goldfish real-time clock.
//!
//! Source: QEMU's and Linux's `google,goldfish-rtc`. Nanoseconds since 1970, in
//! halves; registers have 32 bits and accept no other width:
//!
//! | offset | register |
//! |---|---|
//! | 0x00 | time, low half; reading it also latches the high half |
//! | 0x04 | time, high half |
//! | 0x08 | alarm, low half; writing it sets the alarm |
//! | 0x0c | alarm, high half, to be written first |
//! | 0x10 | bit 0 enables the interrupt |
//! | 0x14 | a write calls the alarm off |
//! | 0x18 | bit 0: an alarm is set and has not come yet |
//! | 0x1c | a write takes the interrupt back |
//!
//! The interrupt is pending from the time of the alarm until it is taken back.
//! An alarm in the past comes at once. As on QEMU, registers for writing read
//! as zero, and what is written to the status is ignored.
//!
//! When the guest sets the time, an alarm that it has set stays at the time
//! that was written. On QEMU it stays as far away as it was.

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Width};

#[cfg(test)]
mod tests;

const TIME_LOW: u64 = 0x00;
const TIME_HIGH: u64 = 0x04;
const ALARM_LOW: u64 = 0x08;
const ALARM_HIGH: u64 = 0x0c;
const IRQ_ENABLED: u64 = 0x10;
const CLEAR_ALARM: u64 = 0x14;
const ALARM_STATUS: u64 = 0x18;
const CLEAR_INTERRUPT: u64 = 0x1c;

/// The goldfish real-time clock.
#[derive(Debug)]
pub struct Rtc {
    irq: Line,
    /// The time at reset.
    start: u64,
    /// The time at [`Instant::ZERO`].
    origin: u64,
    /// The high half of the time when the low half was last read.
    latched: u32,
    alarm: u64,
    /// When the alarm comes that is set.
    due: Option<Instant>,
    pending: bool,
    enabled: bool,
}

impl Rtc {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x1000;

    /// A clock that raises `irq` and reads `start` nanoseconds since 1970 at
    /// [`Instant::ZERO`].
    #[must_use]
    pub fn new(irq: Line, start: u64) -> Self {
        Self {
            irq,
            start,
            origin: start,
            latched: 0,
            alarm: 0,
            due: None,
            pending: false,
            enabled: false,
        }
    }

    /// Nanoseconds since 1970; after 584 years they begin anew.
    fn time(&self, now: Instant) -> u64 {
        self.origin.wrapping_add(now.0)
    }

    fn set_time(&mut self, now: Instant, time: u64) {
        self.origin = time.wrapping_sub(now.0);
        if self.due.is_some() {
            self.arm(now);
        }
    }

    /// Sets the alarm; one in the past comes at once.
    fn arm(&mut self, now: Instant) {
        let distance = self.alarm.saturating_sub(self.time(now));
        self.due = Some(now.after(distance));
    }

    /// Notes an alarm whose time has come.
    fn advance(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            self.pending = true;
        }
    }

    fn read_register(&mut self, offset: u64, now: Instant) -> Result<u32, BusFault> {
        Ok(match offset {
            TIME_LOW => {
                let time = self.time(now);
                self.latched = high(time);
                low(time)
            }
            TIME_HIGH => self.latched,
            ALARM_LOW => low(self.alarm),
            ALARM_HIGH => high(self.alarm),
            IRQ_ENABLED => self.enabled.into(),
            ALARM_STATUS => self.due.is_some().into(),
            CLEAR_ALARM | CLEAR_INTERRUPT => 0,
            _ => return Err(BusFault),
        })
    }

    fn write_register(&mut self, offset: u64, value: u32, now: Instant) -> Result<(), BusFault> {
        match offset {
            TIME_LOW => self.set_time(now, join(high(self.time(now)), value)),
            TIME_HIGH => self.set_time(now, join(value, low(self.time(now)))),
            ALARM_LOW => {
                self.alarm = join(high(self.alarm), value);
                self.arm(now);
            }
            ALARM_HIGH => self.alarm = join(value, low(self.alarm)),
            IRQ_ENABLED => self.enabled = value & 1 != 0,
            CLEAR_ALARM => self.due = None,
            ALARM_STATUS => {}
            CLEAR_INTERRUPT => self.pending = false,
            _ => return Err(BusFault),
        }
        // Time or alarm may have been set so that the alarm is due.
        self.advance(now);
        Ok(())
    }

    fn settle(&self, cx: &mut DeviceCx<'_>) {
        cx.lines.set(self.irq, self.pending && self.enabled);
    }
}

impl Device for Rtc {
    fn name(&self) -> &'static str {
        "RTC"
    }

    fn read(&mut self, cx: &mut DeviceCx<'_>, offset: u64, width: Width) -> Result<u64, BusFault> {
        self.advance(cx.now);
        self.settle(cx);
        match width {
            Width::B4 => Ok(self.read_register(offset, cx.now)?.into()),
            Width::B8 => {
                let low = self.read_register(offset, cx.now)?;
                Ok(join(self.read_register(offset + 4, cx.now)?, low))
            }
            Width::B1 | Width::B2 => Err(BusFault),
        }
    }

    fn write(
        &mut self,
        cx: &mut DeviceCx<'_>,
        offset: u64,
        width: Width,
        value: u64,
    ) -> Result<(), BusFault> {
        self.advance(cx.now);
        let result = match width {
            Width::B4 => self.write_register(offset, low(value), cx.now),
            Width::B8 => self
                .write_register(offset, low(value), cx.now)
                .and_then(|()| self.write_register(offset + 4, high(value), cx.now)),
            Width::B1 | Width::B2 => Err(BusFault),
        };
        self.settle(cx);
        result
    }

    fn deadline(&self, _: &Clock) -> Option<Instant> {
        // Nobody notices an alarm whose interrupt is not enabled.
        self.due.filter(|_| self.enabled)
    }

    fn tick(&mut self, cx: &mut DeviceCx<'_>) {
        self.advance(cx.now);
        self.settle(cx);
    }

    fn reset(&mut self) {
        *self = Self::new(self.irq, self.start);
    }
}

fn high(value: u64) -> u32 {
    (value >> 32) as u32
}

fn low(value: u64) -> u32 {
    value as u32
}

fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
