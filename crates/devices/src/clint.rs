//! The core-local interruptor: software interrupts and the timer.
//!
//! Source: "SiFive E31/U54 Core Complex Manual", chapter CLINT; the layout
//! that QEMU's `virt` has:
//!
//! | offset | register |
//! |---|---|
//! | 0x0000 + 4 × hart | `msip`, 32 bits, bit 0 raises the software interrupt |
//! | 0x4000 + 8 × hart | `mtimecmp`, 64 bits |
//! | 0xbff8 | `mtime`, 64 bits |
//!
//! 64-bit registers can be accessed as a whole or by halves. Those of harts that
//! the board does not have read as zero and ignore writes, as in QEMU: a guest
//! can find out by `msip` how many harts there are.

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Width};

use crate::complaints::Complaints;

const MSIP: u64 = 0;
const MTIMECMP: u64 = 0x4000;
const MTIME: u64 = 0xbff8;

/// One hart's part of the CLINT.
#[derive(Clone, Debug)]
struct HartPart {
    software: Line,
    timer: Line,
    msip: bool,
    mtimecmp: u64,
    /// The level of `timer`.
    due: bool,
    /// When the timer will read `mtimecmp`, while it is not due.
    due_at: Instant,
}

/// A CLINT for a number of harts.
#[derive(Debug)]
pub struct Clint {
    harts: Vec<HartPart>,
    complaints: Complaints,
}

/// Accesses to registers of harts that there are not of which the log tells.
const WARNINGS: u32 = 10;

/// What an offset names.
enum Register {
    Msip(usize),
    Mtimecmp(usize),
    Mtime,
    /// That of a hart that there is not.
    Absent,
}

impl Clint {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x1_0000;

    /// A CLINT that raises, for each hart, a software and a timer line.
    #[must_use]
    pub fn new(lines: impl IntoIterator<Item = (Line, Line)>) -> Self {
        let part = |(software, timer)| HartPart {
            software,
            timer,
            msip: false,
            mtimecmp: u64::MAX,
            due: false,
            due_at: Instant(u64::MAX),
        };
        Self {
            harts: lines.into_iter().map(part).collect(),
            complaints: Complaints::new(WARNINGS),
        }
    }

    /// The register at `offset`, and the position of the access in it.
    fn decode(&self, offset: u64, width: Width) -> Result<(Register, u64), BusFault> {
        let (register, size, base) = if offset < MTIMECMP {
            let index = offset / 4;
            let hart = self.hart(index).map(Register::Msip);
            (hart, 4, MSIP + index * 4)
        } else if offset < MTIME {
            let index = (offset - MTIMECMP) / 8;
            let hart = self.hart(index).map(Register::Mtimecmp);
            (hart, 8, MTIMECMP + index * 8)
        } else {
            (Some(Register::Mtime), 8, MTIME)
        };
        let position = offset - base;
        let fits = width.bytes() >= 4 && position + width.bytes() <= size;
        if fits {
            Ok((register.unwrap_or(Register::Absent), position))
        } else {
            Err(BusFault)
        }
    }

    /// The number `index` if there is such a hart.
    fn hart(&self, index: u64) -> Option<usize> {
        let index = usize::try_from(index).ok()?;
        (index < self.harts.len()).then_some(index)
    }

    /// Sets the timer lines to what the timer says.
    fn update(&mut self, cx: &mut DeviceCx<'_>) {
        let ticks = cx.clock.ticks(cx.now);
        for hart in &mut self.harts {
            hart.due = ticks >= hart.mtimecmp;
            hart.due_at = cx.clock.instant(cx.now, hart.mtimecmp);
            cx.lines.set(hart.timer, hart.due);
            cx.lines.set(hart.software, hart.msip);
        }
    }

    fn value(&self, register: &Register, cx: &DeviceCx<'_>) -> u64 {
        match *register {
            Register::Msip(hart) => u64::from(self.harts[hart].msip),
            Register::Mtimecmp(hart) => self.harts[hart].mtimecmp,
            Register::Mtime => cx.clock.ticks(cx.now),
            Register::Absent => 0,
        }
    }

    /// Tells of an access to the register of a hart that there is not.
    fn complain(&mut self, register: &Register, offset: u64) {
        if let Register::Absent = register {
            self.complaints.say(|end| {
                log::warn!(target: "guest", "CLINT: no hart has a register at {offset:#x}{end}");
            });
        }
    }
}

impl Device for Clint {
    fn name(&self) -> &'static str {
        "CLINT"
    }

    fn read(&mut self, cx: &mut DeviceCx<'_>, offset: u64, width: Width) -> Result<u64, BusFault> {
        let (register, position) = self.decode(offset, width)?;
        self.complain(&register, offset);
        Ok(self.value(&register, cx) >> (8 * position))
    }

    fn write(
        &mut self,
        cx: &mut DeviceCx<'_>,
        offset: u64,
        width: Width,
        value: u64,
    ) -> Result<(), BusFault> {
        let (register, position) = self.decode(offset, width)?;
        self.complain(&register, offset);
        let mask = width.mask() << (8 * position);
        let merged = self.value(&register, cx) & !mask | value << (8 * position) & mask;
        match register {
            Register::Msip(hart) => self.harts[hart].msip = merged & 1 != 0,
            Register::Mtimecmp(hart) => self.harts[hart].mtimecmp = merged,
            Register::Mtime => cx.clock.set_ticks(cx.now, merged),
            Register::Absent => {}
        }
        self.update(cx);
        Ok(())
    }

    fn deadline(&self, _: &Clock) -> Option<Instant> {
        let is_waiting = |hart: &&HartPart| !hart.due && hart.mtimecmp != u64::MAX;
        let waiting = self.harts.iter().filter(is_waiting);
        waiting.map(|hart| hart.due_at).min()
    }

    fn tick(&mut self, cx: &mut DeviceCx<'_>) {
        self.update(cx);
    }

    fn reset(&mut self) {
        for hart in &mut self.harts {
            hart.msip = false;
            hart.mtimecmp = u64::MAX;
            hart.due = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pagewalk_bus::{Bus, Lines, PhysAddr, Ram};

    const BASE: PhysAddr = PhysAddr(0x200_0000);
    const SOFTWARE: u8 = 3;
    const TIMER: u8 = 7;

    fn bus(harts: usize) -> Bus {
        let ram = Ram::new(PhysAddr(0x8000_0000), 4096).expect("one page");
        let mut bus = Bus::new(ram, Lines::new(harts));
        let lines = (0..harts).map(|word| {
            (
                Line {
                    word,
                    bit: SOFTWARE,
                },
                Line { word, bit: TIMER },
            )
        });
        bus.map(BASE, Clint::SIZE, Box::new(Clint::new(lines)))
            .expect("room");
        bus
    }

    fn at(offset: u64) -> PhysAddr {
        BASE.offset(offset)
    }

    #[test]
    fn msip_raises_and_lowers_the_line_of_its_hart() {
        let mut bus = bus(2);
        bus.write_device(at(4), Width::B4, u64::MAX >> 32, Instant(0))
            .unwrap();
        assert_eq!((bus.lines.word(0), bus.lines.word(1)), (0, 1 << SOFTWARE));
        assert_eq!(bus.read_device(at(4), Width::B4, Instant(0)), Ok(1));
        bus.write_device(at(4), Width::B4, 0, Instant(0)).unwrap();
        assert_eq!(bus.lines.word(1), 0);
    }

    #[test]
    fn the_timer_line_is_high_from_mtimecmp_on() {
        let mut bus = bus(1);
        bus.write_device(at(MTIMECMP), Width::B8, 5, Instant(0))
            .unwrap();
        assert_eq!(bus.deadline(), Some(Instant(500)));
        bus.tick(Instant(499));
        assert_eq!(bus.lines.word(0), 0);
        bus.tick(Instant(500));
        assert_eq!(bus.lines.word(0), 1 << TIMER);
        assert_eq!(bus.deadline(), None, "nothing more will happen by itself");
        bus.write_device(at(MTIMECMP), Width::B8, 9, Instant(510))
            .unwrap();
        assert_eq!(bus.lines.word(0), 0);
    }

    #[test]
    fn a_timer_that_was_set_back_has_no_deadline_in_the_past() {
        let mut bus = bus(1);
        let now = Instant(1_000_000);
        bus.write_device(at(MTIME), Width::B8, 0, now).unwrap();
        bus.write_device(at(MTIMECMP), Width::B8, u64::MAX - 1, now)
            .unwrap();
        assert_eq!(bus.deadline(), Some(Instant(u64::MAX)));
        bus.write_device(at(MTIME), Width::B8, u64::MAX - 11, now)
            .unwrap();
        assert_eq!(bus.deadline(), Some(Instant(1_001_000)));
    }

    #[test]
    fn registers_of_64_bits_can_be_written_by_halves() {
        let mut bus = bus(1);
        let now = Instant(0);
        bus.write_device(at(MTIMECMP + 4), Width::B4, 0x1234, now)
            .unwrap();
        bus.write_device(at(MTIMECMP), Width::B4, 0x5678, now)
            .unwrap();
        assert_eq!(
            bus.read_device(at(MTIMECMP), Width::B8, now),
            Ok(0x1234_0000_5678)
        );
        bus.write_device(at(MTIME + 4), Width::B4, 1, Instant(700))
            .unwrap();
        assert_eq!(
            bus.read_device(at(MTIME), Width::B8, Instant(700)),
            Ok(1 << 32 | 7)
        );
        assert_eq!(
            bus.read_device(at(MTIME + 4), Width::B4, Instant(700)),
            Ok(1)
        );
    }

    #[test]
    fn what_is_no_register_is_refused() {
        let mut bus = bus(1);
        for (offset, width) in [
            (0, Width::B1),
            (0, Width::B8),
            (2, Width::B2),
            (4, Width::B8),
            (MTIMECMP + 9, Width::B4),
            (MTIME + 8, Width::B8),
            (0xfffc, Width::B4),
        ] {
            let now = Instant(0);
            assert_eq!(
                bus.read_device(at(offset), width, now),
                Err(BusFault),
                "{offset:#x}"
            );
            assert_eq!(
                bus.write_device(at(offset), width, 1, now),
                Err(BusFault),
                "{offset:#x}"
            );
        }
    }

    #[test]
    fn registers_of_absent_harts_are_zero() {
        let mut bus = bus(1);
        for (offset, width) in [
            (4, Width::B4),
            (MTIMECMP - 4, Width::B4),
            (MTIMECMP + 8, Width::B8),
            (MTIME - 4, Width::B4),
        ] {
            let now = Instant(0);
            assert_eq!(bus.write_device(at(offset), width, 1, now), Ok(()));
            assert_eq!(bus.read_device(at(offset), width, now), Ok(0));
            assert_eq!((bus.lines.word(0), bus.deadline()), (0, None));
        }
    }
}
