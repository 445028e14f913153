//! Registers and bits of the PC16550D.
//!
//! Source: National Semiconductor, "PC16550D Universal Asynchronous
//! Receiver/Transmitter with FIFOs", June 1995, section 8 (registers) and
//! table II (summary). Names are the data sheet's.

/// Offsets. Several registers share one; the divisor latch is there while
/// [`lcr::DLAB`] is set.
pub(super) mod offset {
    /// Receiver buffer (read), transmitter holding register (write), divisor
    /// latch, low byte.
    pub(crate) const RBR_THR_DLL: u64 = 0;
    /// Interrupt enable; divisor latch, high byte.
    pub(crate) const IER_DLM: u64 = 1;
    /// Interrupt identification (read), FIFO control (write).
    pub(crate) const IIR_FCR: u64 = 2;
    /// Line control.
    pub(crate) const LCR: u64 = 3;
    /// Modem control.
    pub(crate) const MCR: u64 = 4;
    /// Line status.
    pub(crate) const LSR: u64 = 5;
    /// Modem status.
    pub(crate) const MSR: u64 = 6;
    /// Scratch.
    pub(crate) const SCR: u64 = 7;
}

/// Interrupt enable register.
pub(super) mod ier {
    /// Received data available, and the character timeout.
    pub(crate) const ERBFI: u8 = 1 << 0;
    /// Transmitter holding register empty.
    pub(crate) const ETBEI: u8 = 1 << 1;
    /// Receiver line status.
    pub(crate) const ELSI: u8 = 1 << 2;
    /// Modem status.
    pub(crate) const EDSSI: u8 = 1 << 3;
    /// The bits that there are.
    pub(crate) const ALL: u8 = ERBFI | ETBEI | ELSI | EDSSI;
}

/// Interrupt identification register: bits 3 to 0 name the pending interrupt
/// of the highest priority (table IV).
pub(super) mod iir {
    /// None is pending.
    pub(crate) const NONE: u8 = 0b0001;
    /// An overrun.
    pub(crate) const LINE_STATUS: u8 = 0b0110;
    /// As many characters as the trigger level says.
    pub(crate) const RECEIVED_DATA: u8 = 0b0100;
    /// Fewer, but for four characters' time.
    pub(crate) const CHARACTER_TIMEOUT: u8 = 0b1100;
    /// The transmitter holding register is empty.
    pub(crate) const THR_EMPTY: u8 = 0b0010;
    /// A modem line has changed.
    pub(crate) const MODEM_STATUS: u8 = 0b0000;
    /// Set while FIFOs are enabled.
    pub(crate) const FIFOS: u8 = 0b1100_0000;
}

/// FIFO control register.
pub(super) mod fcr {
    /// Enables both FIFOs; without it no other bit counts.
    pub(crate) const ENABLE: u8 = 1 << 0;
    /// Clears the receiver FIFO.
    pub(crate) const CLEAR_RECEIVER: u8 = 1 << 1;

    /// Characters in the receiver FIFO that raise an interrupt: bits 7 and 6.
    pub(crate) fn trigger(value: u8) -> usize {
        [1, 4, 8, 14][usize::from(value >> 6)]
    }
}

/// Line control register.
pub(super) mod lcr {
    /// Parity enable.
    pub(crate) const PEN: u8 = 1 << 3;
    /// Two stop bits.
    pub(crate) const STB: u8 = 1 << 2;
    /// Divisor latch access.
    pub(crate) const DLAB: u8 = 1 << 7;

    /// Bits of one character on the wire: start, word, parity and stop bits.
    /// One and a half stop bits, those of words of five bits, count as two.
    pub(crate) fn frame_bits(value: u8) -> u64 {
        let word = 5 + u64::from(value & 3);
        let parity = u64::from(value & PEN != 0);
        let stop = 1 + u64::from(value & STB != 0);
        1 + word + parity + stop
    }
}

/// Modem control register.
pub(super) mod mcr {
    /// Data terminal ready.
    pub(crate) const DTR: u8 = 1 << 0;
    /// Request to send.
    pub(crate) const RTS: u8 = 1 << 1;
    /// Auxiliary outputs, connected to nothing.
    pub(crate) const OUT1: u8 = 1 << 2;
    /// See [`OUT1`].
    pub(crate) const OUT2: u8 = 1 << 3;
    /// Loopback: outputs are connected to inputs inside of the UART.
    pub(crate) const LOOP: u8 = 1 << 4;
    /// The bits that there are.
    pub(crate) const ALL: u8 = DTR | RTS | OUT1 | OUT2 | LOOP;
}

/// Line status register.
pub(super) mod lsr {
    /// Data ready: there is a character to be read.
    pub(crate) const DR: u8 = 1 << 0;
    /// Overrun error: a character was lost.
    pub(crate) const OE: u8 = 1 << 1;
    /// Transmitter holding register empty.
    pub(crate) const THRE: u8 = 1 << 5;
    /// Transmitter empty.
    pub(crate) const TEMT: u8 = 1 << 6;
}

/// Modem status register.
pub(super) mod msr {
    /// Delta clear to send.
    pub(crate) const DCTS: u8 = 1 << 0;
    /// Delta data set ready.
    pub(crate) const DDSR: u8 = 1 << 1;
    /// Trailing edge of the ring indicator.
    pub(crate) const TERI: u8 = 1 << 2;
    /// Delta data carrier detect.
    pub(crate) const DDCD: u8 = 1 << 3;
    /// Clear to send.
    pub(crate) const CTS: u8 = 1 << 4;
    /// Data set ready.
    pub(crate) const DSR: u8 = 1 << 5;
    /// Ring indicator.
    pub(crate) const RI: u8 = 1 << 6;
    /// Data carrier detect.
    pub(crate) const DCD: u8 = 1 << 7;
}

/// Characters that each FIFO holds.
pub(super) const FIFO_SIZE: usize = 16;

/// The clock that the divisor divides, in Hz; that of QEMU's `virt`.
pub(super) const CLOCK_HZ: u64 = 3_686_400;

/// Periods of the divided clock in one bit.
pub(super) const CLOCKS_PER_BIT: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_long_as_line_control_says() {
        for (value, bits) in [(0b011, 10), (0, 7), (0b1111, 12), (0x83, 10)] {
            assert_eq!(lcr::frame_bits(value), bits, "{value:#x}");
        }
    }

    #[test]
    fn trigger_levels_are_the_two_upper_bits() {
        assert_eq!([0x01, 0x41, 0x81, 0xff].map(fcr::trigger), [1, 4, 8, 14]);
    }
}
