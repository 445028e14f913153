//! What drivers do.

use super::*;

/// As Linux finds out what it has: drivers/tty/serial/8250.
#[test]
fn a_driver_recognises_a_16550a() {
    let mut board = Board::new(b"input");
    // Is there a port, and does loopback work?
    board.write(offset::IER_DLM, 0);
    assert_eq!(board.read(offset::IER_DLM), 0);
    board.write(offset::IER_DLM, 0x0f);
    assert_eq!(board.read(offset::IER_DLM), 0x0f);
    board.write(offset::IER_DLM, 0);
    board.write(offset::MCR, mcr::LOOP | mcr::OUT2 | mcr::RTS);
    assert_eq!(board.read(offset::MSR) & 0xf0, 0x90);
    board.write(offset::MCR, 0);
    // No extended registers of newer chips: 0xbf would select them.
    board.write(offset::LCR, 0xbf);
    board.write(offset::IIR_FCR, 0);
    board.write(offset::LCR, 0);
    board.write(offset::IIR_FCR, fcr::ENABLE);
    assert_eq!(board.read(offset::IIR_FCR) >> 6, 3, "a 16550A");
    for latch in [lcr::DLAB, 0xbf] {
        board.write(offset::LCR, latch);
        assert_ne!(board.read(offset::IIR_FCR), 0, "no EFR");
    }
    // No 64 byte FIFO of a 16750.
    board.write(offset::IIR_FCR, fcr::ENABLE | 0x20);
    assert_eq!(board.read(offset::IIR_FCR) & 0x20, 0);
    board.write(offset::LCR, 0);
    board.write(offset::IIR_FCR, fcr::ENABLE);
    // No UART enable bit of an XScale.
    board.write(offset::IER_DLM, 0x40);
    assert_eq!(board.read(offset::IER_DLM) & 0x40, 0);
    // Is the interrupt of the transmitter raised each time it is enabled?
    for _ in 0..2 {
        board.write(offset::IER_DLM, ier::ETBEI);
        assert_eq!(board.read(offset::IIR_FCR) & 0x0f, iir::THR_EMPTY);
        board.write(offset::IER_DLM, 0);
    }
}

/// A board with a PLIC, and a driver that does everything in its interrupt
/// handler, as that of xv6 does.
struct Driver {
    board: Board,
    output: VecDeque<u8>,
    input: Vec<u8>,
}

const PLIC: u64 = 0x0c00_0000;
const PRIORITY: u64 = PLIC + 4 * IRQ.bit as u64;
const ENABLES: u64 = PLIC + 0x2000;
const CLAIM: u64 = PLIC + 0x20_0004;
/// The PLIC's line to the hart.
const EXTERNAL: Line = Line { word: 0, bit: 11 };

impl Driver {
    fn new(input: &[u8]) -> Self {
        let mut board = Board::new(input);
        let sources = Line { bit: 0, ..IRQ };
        let plic = crate::Plic::new(sources, 64, [EXTERNAL]);
        board
            .bus
            .map_controller(PhysAddr(PLIC), crate::Plic::SIZE, Box::new(plic))
            .expect("room");
        let mut driver = Self {
            board,
            output: VecDeque::new(),
            input: Vec::new(),
        };
        driver.write_plic(PRIORITY, 1);
        driver.write_plic(ENABLES, 1 << IRQ.bit);
        driver.board.write(offset::IIR_FCR, fcr::ENABLE);
        driver.board.write(offset::IER_DLM, ier::ERBFI | ier::ETBEI);
        driver
    }

    fn write_plic(&mut self, at: u64, value: u64) {
        self.board
            .bus
            .write_device(PhysAddr(at), Width::B4, value, self.board.now)
            .expect("a register");
    }

    fn claim(&mut self) -> u64 {
        self.board
            .bus
            .read_device(PhysAddr(CLAIM), Width::B4, self.board.now)
            .expect("a register")
    }

    /// Sends the next byte, if there is one.
    fn start(&mut self) {
        if let Some(byte) = self.output.pop_front() {
            self.board.write(offset::RBR_THR_DLL, byte);
        }
    }

    fn handle(&mut self) {
        assert_eq!(self.claim(), u64::from(IRQ.bit));
        self.board.read(offset::IIR_FCR);
        self.input.extend(self.board.receive());
        self.start();
        self.write_plic(CLAIM, IRQ.bit.into());
    }

    /// Handles interrupts until there are none; how many it were.
    fn serve(&mut self) -> usize {
        let mut handled = 0;
        while self.board.bus.lines.word(EXTERNAL.word) >> EXTERNAL.bit & 1 != 0 {
            self.handle();
            handled += 1;
            assert!(handled < 100, "an interrupt storm");
        }
        handled
    }
}

#[test]
fn a_driver_sends_by_interrupts() {
    let mut driver = Driver::new(&[]);
    assert_eq!(driver.serve(), 1, "the transmitter is empty");
    driver.output.extend(b"hello");
    assert_eq!(driver.serve(), 0, "that is known");
    driver.start();
    assert_eq!(driver.serve(), 5, "one for each byte");
    assert_eq!(driver.board.host.borrow().output, b"hello");
}

#[test]
fn a_driver_receives_by_interrupts() {
    let mut driver = Driver::new(b"ls\n");
    driver.serve();
    for received in 1..=3 {
        driver.board.pass(INPUT_INTERVAL);
        assert_eq!(driver.serve(), 1);
        assert_eq!(driver.input.len(), received);
    }
    driver.board.pass(10 * INPUT_INTERVAL);
    assert_eq!(driver.serve(), 0);
    assert_eq!(driver.input, b"ls\n");
}
