//! A 16550A serial port.
//!
//! Source: National Semiconductor, "PC16550D Universal Asynchronous
//! Receiver/Transmitter with FIFOs", June 1995, section 8; wired as on QEMU's
//! `virt`: registers are one byte apart, the clock has 3.6864 MHz, carrier
//! detect, data set ready and clear to send are always there. It has two ends:
//! registers (`spec`), and a [`Console`] of the host.
//!
//! *Output* takes no virtual time: the transmitter is always empty.
//!
//! *Input* is not asked for before the guest shows that it wants some: it
//! enables the receive interrupt, reads the receiver buffer, or reads the line
//! status twice with no output between, which is what polling looks like. Then
//! the console is asked for a byte every [`INPUT_INTERVAL`] of virtual time
//! while there is room, so when a byte arrives depends on the guest alone. If
//! a console has nothing at the moment, it is asked again when the bus
//! refreshes; if it has nothing any more, it is not asked again before reset.
//!
//! What the data sheet leaves open, and where QEMU differs:
//!
//! - Wider accesses reach the register at their offset with their lowest byte;
//!   the other bytes read as zero. There are eight registers, nothing beyond
//!   them. Both as on QEMU.
//! - After reset the scratch register is 0 and the divisor 12, the modem
//!   control register 0 (on QEMU, 8). Divisor 0 counts as 1 where time is
//!   concerned.
//! - A guest that has never read the interrupt identification ends the interrupt
//!   for an empty transmitter by reading the line status, which shows the same.
//!   By the data sheet the interrupt lasts until a write, or a read of the
//!   identification; but QEMU's interrupt controller takes a level that stays for
//!   one request, not for one after the other as ours does, and there are drivers
//!   that have only ever met that: xv6's of 2022 would be interrupted for ever.
//! - The receiver buffer reads as 0 when it is empty (on QEMU, without FIFOs,
//!   as the last character).
//! - No parity, framing and break errors occur, so bits 2, 3, 4 and 7 of the
//!   line status are never set. Overruns occur in loopback only: the console
//!   waits.
//! - A console's byte does not arrive during loopback.
//! - Changed line parameters count for the character timeout from the next
//!   character on.
//! - Changes of modem lines are noted in loopback too (section 8.8); on QEMU
//!   never.

mod receiver;
mod spec;
#[cfg(test)]
mod tests;

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Width};

use crate::{Console, Input, SharedConsole};
use receiver::Receiver;
use spec::{fcr, ier, iir, lcr, lsr, mcr, msr, offset};

/// Virtual nanoseconds between two bytes of input.
pub const INPUT_INTERVAL: u64 = 100_000;

/// The divisor after reset.
const DIVISOR: u16 = 12;

/// What is known of the console's next byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Source {
    /// It will be asked for when the guest wants it and there is room.
    Idle,
    /// It will be asked for at this time.
    Armed(Instant),
    /// The console had none; it will be asked again in ticks.
    Waiting,
    /// The console will have none any more.
    Ended,
}

/// A 16550A serial port.
#[derive(Debug)]
pub struct Uart {
    irq: Line,
    console: SharedConsole,
    receiver: Receiver,
    source: Source,
    /// The guest has shown that it wants input.
    interested: bool,
    /// The guest has read the line status since its last output.
    polled: bool,
    /// The interrupt for an empty transmitter, enabled or not.
    thr_empty: bool,
    /// The guest has read the interrupt identification, as most drivers do.
    identifies: bool,
    ier: u8,
    fcr: u8,
    lcr: u8,
    mcr: u8,
    /// What has changed in the modem status: its lower four bits.
    modem_changes: u8,
    scr: u8,
    divisor: u16,
}

impl Uart {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x100;

    /// A port that raises `irq` and whose other end is `console`.
    #[must_use]
    pub fn new(irq: Line, console: SharedConsole) -> Self {
        Self {
            irq,
            console,
            receiver: Receiver::default(),
            source: Source::Idle,
            interested: false,
            polled: false,
            thr_empty: false,
            identifies: false,
            ier: 0,
            fcr: 0,
            lcr: 0,
            mcr: 0,
            modem_changes: 0,
            scr: 0,
            divisor: DIVISOR,
        }
    }

    fn has_fifos(&self) -> bool {
        self.fcr & fcr::ENABLE != 0
    }

    fn has_divisor_access(&self) -> bool {
        self.lcr & lcr::DLAB != 0
    }

    fn is_loopback(&self) -> bool {
        self.mcr & mcr::LOOP != 0
    }

    /// When a character will have waited for too long that arrives `now`: in
    /// the time of four characters (section 8.11).
    fn timeout(&self, now: Instant) -> Instant {
        let clocks = u64::from(self.divisor.max(1)) * spec::CLOCKS_PER_BIT;
        let bits = 4 * lcr::frame_bits(self.lcr);
        now.after(clocks * bits * 1_000_000_000 / spec::CLOCK_HZ)
    }

    /// The pending and enabled interrupt of the highest priority (table IV).
    fn interrupt(&self) -> u8 {
        let enabled = |bit| self.ier & bit != 0;
        let trigger = if self.has_fifos() {
            fcr::trigger(self.fcr)
        } else {
            1
        };
        if enabled(ier::ELSI) && self.receiver.overrun {
            iir::LINE_STATUS
        } else if enabled(ier::ERBFI) && self.receiver.len() >= trigger {
            iir::RECEIVED_DATA
        } else if enabled(ier::ERBFI) && self.receiver.has_timed_out() {
            iir::CHARACTER_TIMEOUT
        } else if enabled(ier::ETBEI) && self.thr_empty {
            iir::THR_EMPTY
        } else if enabled(ier::EDSSI) && self.modem_changes != 0 {
            iir::MODEM_STATUS
        } else {
            iir::NONE
        }
    }

    /// The modem lines: the upper four bits of the modem status.
    fn modem_lines(&self) -> u8 {
        if !self.is_loopback() {
            return msr::DCD | msr::DSR | msr::CTS;
        }
        let wires = [
            (mcr::RTS, msr::CTS),
            (mcr::DTR, msr::DSR),
            (mcr::OUT1, msr::RI),
            (mcr::OUT2, msr::DCD),
        ];
        let high = wires.iter().filter(|(output, _)| self.mcr & output != 0);
        high.fold(0, |lines, (_, input)| lines | input)
    }

    fn read_register(&mut self, offset: u64, now: Instant) -> Result<u8, BusFault> {
        let [low, high] = self.divisor.to_le_bytes();
        Ok(match offset {
            offset::RBR_THR_DLL if self.has_divisor_access() => low,
            offset::RBR_THR_DLL => self.read_receiver(now),
            offset::IER_DLM if self.has_divisor_access() => high,
            offset::IER_DLM => self.ier,
            offset::IIR_FCR => self.read_interrupt(),
            offset::LCR => self.lcr,
            offset::MCR => self.mcr,
            offset::LSR => self.read_line_status(),
            offset::MSR => self.read_modem_status(),
            offset::SCR => self.scr,
            _ => return Err(BusFault),
        })
    }

    fn write_register(&mut self, offset: u64, value: u8, now: Instant) -> Result<(), BusFault> {
        let [low, high] = self.divisor.to_le_bytes();
        match offset {
            offset::RBR_THR_DLL if self.has_divisor_access() => {
                self.divisor = u16::from_le_bytes([value, high]);
            }
            offset::RBR_THR_DLL => self.transmit(value, now),
            offset::IER_DLM if self.has_divisor_access() => {
                self.divisor = u16::from_le_bytes([low, value]);
            }
            offset::IER_DLM => self.set_interrupt_enable(value),
            offset::IIR_FCR => self.set_fifo_control(value),
            offset::LCR => self.lcr = value,
            offset::MCR => self.set_modem_control(value),
            // Status is for reading.
            offset::LSR | offset::MSR => {}
            offset::SCR => self.scr = value,
            _ => return Err(BusFault),
        }
        Ok(())
    }

    fn set_modem_control(&mut self, value: u8) {
        let before = self.modem_lines();
        self.mcr = value & mcr::ALL;
        let after = self.modem_lines();
        let changed = before ^ after;
        for (line, change) in [
            (msr::CTS, msr::DCTS),
            (msr::DSR, msr::DDSR),
            (msr::DCD, msr::DDCD),
        ] {
            if changed & line != 0 {
                self.modem_changes |= change;
            }
        }
        // Of the ring indicator only the end counts.
        if changed & before & msr::RI != 0 {
            self.modem_changes |= msr::TERI;
        }
    }

    fn set_fifo_control(&mut self, value: u8) {
        let enable = value & fcr::ENABLE != 0;
        let value = if enable { value } else { 0 };
        if enable != self.has_fifos() || value & fcr::CLEAR_RECEIVER != 0 {
            self.receiver.clear(enable);
        }
        self.fcr = value;
    }

    fn set_interrupt_enable(&mut self, value: u8) {
        let value = value & ier::ALL;
        let newly = value & !self.ier;
        self.ier = value;
        // The transmitter is empty: that is news for who has just asked.
        if newly & ier::ETBEI != 0 {
            self.thr_empty = true;
        }
        self.interested |= value & ier::ERBFI != 0;
    }

    fn transmit(&mut self, character: u8, now: Instant) {
        self.polled = false;
        self.thr_empty = true;
        if self.is_loopback() {
            let timeout = self.timeout(now);
            self.receiver.receive(character, timeout);
        } else {
            self.console.write(&[character]);
        }
    }

    fn read_receiver(&mut self, now: Instant) -> u8 {
        self.interested = true;
        let timeout = self.timeout(now);
        self.receiver.take(timeout)
    }

    fn read_interrupt(&mut self) -> u8 {
        self.identifies = true;
        let interrupt = self.interrupt();
        if interrupt == iir::THR_EMPTY {
            self.thr_empty = false;
        }
        interrupt | if self.has_fifos() { iir::FIFOS } else { 0 }
    }

    fn read_line_status(&mut self) -> u8 {
        self.interested |= self.polled;
        self.polled = true;
        if !self.identifies {
            self.thr_empty = false;
        }
        let ready = if self.receiver.len() > 0 { lsr::DR } else { 0 };
        let overrun = if std::mem::take(&mut self.receiver.overrun) {
            lsr::OE
        } else {
            0
        };
        ready | overrun | lsr::THRE | lsr::TEMT
    }

    fn read_modem_status(&mut self) -> u8 {
        self.modem_lines() | std::mem::take(&mut self.modem_changes)
    }

    /// Does what is due: asks the console for a byte, or notes that characters
    /// have waited for too long.
    fn advance(&mut self, now: Instant) {
        if matches!(self.source, Source::Armed(due) if due <= now) {
            self.ask(now);
        }
        self.receiver.advance(now);
    }

    /// Takes a byte from the console.
    fn ask(&mut self, now: Instant) {
        self.source = match self.console.read() {
            Input::Byte(byte) => {
                let timeout = self.timeout(now);
                self.receiver.receive(byte, timeout);
                Source::Idle
            }
            Input::Empty => Source::Waiting,
            Input::End => Source::Ended,
        };
    }

    /// Whether a byte of the console would be welcome.
    fn is_open(&self) -> bool {
        self.interested && self.receiver.has_room() && !self.is_loopback()
    }

    /// Sets the interrupt line, and when to ask the console, to what the
    /// registers say by now.
    fn settle(&mut self, cx: &mut DeviceCx<'_>) {
        self.source = match (self.source, self.is_open()) {
            (Source::Idle, true) => Source::Armed(cx.now.after(INPUT_INTERVAL)),
            (Source::Armed(_), false) => Source::Idle,
            (source, _) => source,
        };
        cx.lines.set(self.irq, self.interrupt() != iir::NONE);
    }
}

impl Device for Uart {
    fn name(&self) -> &'static str {
        "UART"
    }

    fn read(&mut self, cx: &mut DeviceCx<'_>, offset: u64, _: Width) -> Result<u64, BusFault> {
        self.advance(cx.now);
        let value = self.read_register(offset, cx.now);
        self.settle(cx);
        Ok(value?.into())
    }

    fn write(
        &mut self,
        cx: &mut DeviceCx<'_>,
        offset: u64,
        _: Width,
        value: u64,
    ) -> Result<(), BusFault> {
        self.advance(cx.now);
        let result = self.write_register(offset, value as u8, cx.now);
        self.settle(cx);
        result
    }

    fn deadline(&self, _: &Clock) -> Option<Instant> {
        let input = match self.source {
            Source::Armed(due) => Some(due),
            Source::Idle | Source::Waiting | Source::Ended => None,
        };
        // Nobody notices a timeout whose interrupt is not enabled.
        let has_notice = self.ier & ier::ERBFI != 0;
        let timeout = self.receiver.timeout().filter(|_| has_notice);
        input.into_iter().chain(timeout).min()
    }

    fn tick(&mut self, cx: &mut DeviceCx<'_>) {
        if self.source == Source::Waiting && self.is_open() {
            self.ask(cx.now);
        }
        self.advance(cx.now);
        self.settle(cx);
    }

    fn reset(&mut self) {
        *self = Self::new(self.irq, self.console.clone());
    }
}
