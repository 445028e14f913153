//! The serial port: a 16550A.

use super::Registers;

const UART: Registers = Registers::at(0x1000_0000, 0x100);

/// The PLIC's source for this device.
pub const SOURCE: u32 = 10;

/// Receiver buffer, transmitter holding register.
const RBR_THR: usize = 0;
/// Interrupt enable register.
const IER: usize = 1;
/// FIFO control register.
const FCR: usize = 2;
/// Line status register.
const LSR: usize = 5;

/// IER: when a byte has been received.
const IER_RECEIVED: u8 = 1 << 0;
/// FCR: FIFOs on, both emptied.
const FCR_ENABLE_AND_RESET: u8 = 0b111;
/// LSR: there is a received byte.
const LSR_DATA_READY: u8 = 1 << 0;
/// LSR: the transmitter takes a byte.
const LSR_THR_EMPTY: u8 = 1 << 5;

/// Writes one byte, and waits before that until the transmitter takes it.
pub fn write_byte(byte: u8) {
    while UART.read8(LSR) & LSR_THR_EMPTY == 0 {
        core::hint::spin_loop();
    }
    UART.write8(RBR_THR, byte);
}

/// The next byte that was received, if there is one.
#[must_use]
pub fn read_byte() -> Option<u8> {
    let is_ready = UART.read8(LSR) & LSR_DATA_READY != 0;
    is_ready.then(|| UART.read8(RBR_THR))
}

/// Turns the FIFOs on, and an interrupt for every received byte.
pub fn interrupt_when_received() {
    UART.write8(FCR, FCR_ENABLE_AND_RESET);
    UART.write8(IER, IER_RECEIVED);
}
