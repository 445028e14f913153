use super::*;
use crate::Waited;
use pagewalk_bus::{Bus, Lines, PhysAddr, Ram};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

const BASE: PhysAddr = PhysAddr(0x1000_0000);
const IRQ: Line = Line { word: 1, bit: 10 };

/// What is at the other end.
#[derive(Debug, Default)]
struct Host {
    output: Vec<u8>,
    input: VecDeque<u8>,
    /// A terminal: more may come.
    is_live: bool,
    /// How often it was asked for input.
    asked: usize,
}

#[derive(Clone, Debug)]
struct Script(Rc<RefCell<Host>>);

impl Console for Script {
    fn write(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().output.extend(bytes);
    }

    fn read(&mut self) -> Input {
        let mut host = self.0.borrow_mut();
        host.asked += 1;
        match host.input.pop_front() {
            Some(byte) => Input::Byte(byte),
            None if host.is_live => Input::Empty,
            None => Input::End,
        }
    }

    fn has_input(&self) -> bool {
        !self.0.borrow().input.is_empty()
    }

    fn wait(&mut self, _: Option<Duration>) -> Waited {
        Waited::Over
    }
}

/// A port, its other end, and the time.
struct Board {
    bus: Bus,
    host: Rc<RefCell<Host>>,
    now: Instant,
}

impl Board {
    /// A port on a file with `input`.
    fn new(input: &[u8]) -> Self {
        let host = Rc::new(RefCell::new(Host {
            input: input.iter().copied().collect(),
            ..Host::default()
        }));
        let console = SharedConsole::new(Box::new(Script(host.clone())));
        let ram = Ram::new(PhysAddr(0x8000_0000), 4096).expect("one page");
        let mut bus = Bus::new(ram, Lines::new(2));
        bus.map(BASE, Uart::SIZE, Box::new(Uart::new(IRQ, console)))
            .expect("room");
        let now = Instant(0);
        Self { bus, host, now }
    }

    /// A port on a terminal where nobody has typed yet.
    fn terminal() -> Self {
        let board = Self::new(&[]);
        board.host.borrow_mut().is_live = true;
        board
    }

    /// Somebody types, and the machine notices.
    fn types(&mut self, text: &[u8]) {
        self.host.borrow_mut().input.extend(text);
        self.bus.refresh(self.now);
    }

    fn read(&mut self, offset: u64) -> u8 {
        let value = self
            .bus
            .read_device(BASE.offset(offset), Width::B1, self.now);
        value.expect("a register") as u8
    }

    fn write(&mut self, offset: u64, value: u8) {
        let at = BASE.offset(offset);
        self.bus
            .write_device(at, Width::B1, value.into(), self.now)
            .expect("a register");
    }

    /// Lets time pass, with all events on the way.
    fn pass(&mut self, nanoseconds: u64) {
        let end = self.now.after(nanoseconds);
        while let Some(due) = self.bus.deadline().filter(|due| *due <= end) {
            self.bus.tick(due);
        }
        self.now = end;
    }

    fn interrupts(&self) -> bool {
        self.bus.lines.word(IRQ.word) >> IRQ.bit & 1 != 0
    }

    fn asked(&self) -> usize {
        self.host.borrow().asked
    }

    fn loop_back(&mut self) {
        self.write(offset::MCR, mcr::LOOP);
    }

    fn send(&mut self, text: &[u8]) {
        for &byte in text {
            self.write(offset::RBR_THR_DLL, byte);
        }
    }

    /// Reads as a driver does that polls.
    fn receive(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        while self.read(offset::LSR) & lsr::DR != 0 {
            text.push(self.read(offset::RBR_THR_DLL));
        }
        text
    }

    /// 115,200 baud, 8 bits, no parity: a character takes 86,805 ns.
    fn set_line(&mut self) {
        self.write(offset::LCR, lcr::DLAB);
        self.write(offset::RBR_THR_DLL, 2);
        self.write(offset::IER_DLM, 0);
        self.write(offset::LCR, 3);
    }
}

const FOUR_CHARACTERS: u64 = 347_222;

fn check_reset(board: &mut Board) {
    assert!(!board.interrupts());
    assert_eq!(board.bus.deadline(), None);
    let expected = [0, 0, iir::NONE, 0, 0, 0x60, 0xb0, 0];
    for (offset, expected) in (0..).zip(expected) {
        assert_eq!(board.read(offset), expected, "offset {offset}");
    }
}

#[test]
fn registers_after_reset() {
    let mut board = Board::new(&[]);
    check_reset(&mut board);
}

#[test]
fn registers_keep_the_bits_that_there_are() {
    let mut board = Board::new(&[]);
    for (offset, kept) in [
        (offset::IER_DLM, 0x0f),
        (offset::LCR, 0xff),
        (offset::MCR, 0x1f),
        (offset::SCR, 0xff),
    ] {
        board.write(offset, 0xff);
        assert_eq!(board.read(offset), kept, "offset {offset}");
        board.write(offset, 0);
        assert_eq!(board.read(offset), 0, "offset {offset}");
    }
    board.write(offset::LSR, 0xff);
    assert_eq!(board.read(offset::LSR), lsr::THRE | lsr::TEMT);
}

#[test]
fn the_divisor_is_behind_dlab() {
    let mut board = Board::new(&[]);
    board.write(offset::LCR, lcr::DLAB);
    assert_eq!(board.read(offset::RBR_THR_DLL), 12);
    board.write(offset::RBR_THR_DLL, 0x34);
    board.write(offset::IER_DLM, 0x12);
    assert_eq!(board.read(offset::RBR_THR_DLL), 0x34);
    assert_eq!(board.read(offset::IER_DLM), 0x12);
    board.write(offset::LCR, 0);
    assert_eq!(board.read(offset::IER_DLM), 0);
    assert!(board.host.borrow().output.is_empty());
    assert_eq!(board.bus.deadline(), None, "that was no wish for input");
}

#[test]
fn wider_accesses_reach_one_register() {
    let mut board = Board::new(&[]);
    board
        .bus
        .write_device(BASE.offset(4), Width::B4, 0x5a5a_5a0f, Instant(0))
        .unwrap();
    assert_eq!(board.read(offset::MCR), 0x0f);
    assert_eq!(board.read(offset::SCR), 0);
    for (offset, width, value) in [
        (0, Width::B8, 0),
        (2, Width::B2, 0x01),
        (4, Width::B4, 0x0f),
        (6, Width::B2, 0xb0),
    ] {
        let read = board
            .bus
            .read_device(BASE.offset(offset), width, Instant(0));
        assert_eq!(read, Ok(value), "offset {offset}");
    }
}

#[test]
fn beyond_the_registers_is_nothing() {
    let mut board = Board::new(&[]);
    for offset in [8, 9, 0x10, 0xf8] {
        for width in [Width::B1, Width::B8] {
            if offset % width.bytes() != 0 {
                continue;
            }
            let at = BASE.offset(offset);
            assert_eq!(board.bus.read_device(at, width, Instant(0)), Err(BusFault));
            assert_eq!(
                board.bus.write_device(at, width, 0, Instant(0)),
                Err(BusFault)
            );
        }
    }
}

#[test]
fn output_goes_to_the_console() {
    let mut board = Board::new(&[]);
    for &byte in b"hello\n" {
        assert_ne!(board.read(offset::LSR) & lsr::THRE, 0);
        board.write(offset::RBR_THR_DLL, byte);
    }
    assert_eq!(board.host.borrow().output, b"hello\n");
    board.pass(10 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 0, "a program that only prints");
}

#[test]
fn loopback_keeps_output_inside() {
    let mut board = Board::new(&[]);
    board.loop_back();
    board.send(b"x");
    assert_eq!(board.read(offset::LSR), 0x61);
    assert_eq!(board.read(offset::RBR_THR_DLL), b'x');
    assert_eq!(board.read(offset::LSR), 0x60);
    assert!(board.host.borrow().output.is_empty());
}

#[test]
fn loopback_connects_modem_lines() {
    let mut board = Board::new(&[]);
    for (outputs, inputs) in [
        (mcr::RTS | mcr::OUT2, msr::CTS | msr::DCD),
        (mcr::DTR, msr::DSR),
        (mcr::OUT1, msr::RI),
        (0, 0),
    ] {
        board.write(offset::MCR, mcr::LOOP | outputs);
        assert_eq!(board.read(offset::MSR) & 0xf0, inputs, "{outputs:#x}");
    }
}

#[test]
fn changes_of_modem_lines_interrupt_until_they_are_read() {
    let mut board = Board::new(&[]);
    board.write(offset::IER_DLM, ier::EDSSI);
    board.loop_back();
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), iir::MODEM_STATUS);
    assert_eq!(
        board.read(offset::MSR),
        msr::DCTS | msr::DDSR | msr::DDCD,
        "three lines fell"
    );
    assert!(!board.interrupts());
    board.write(offset::MCR, mcr::LOOP | mcr::OUT1);
    assert_eq!(board.read(offset::MSR), msr::RI, "a ring begins");
    board.loop_back();
    assert_eq!(board.read(offset::MSR), msr::TERI, "and ends");
    board.write(offset::MCR, 0);
    assert_eq!(board.read(offset::MSR), 0xb0 | 0x0b);
    assert_eq!(board.read(offset::MSR), 0xb0);
}

#[test]
fn without_a_fifo_the_second_character_overruns_the_first() {
    let mut board = Board::new(&[]);
    board.loop_back();
    board.send(b"ab");
    assert_eq!(board.read(offset::LSR), 0x63);
    assert_eq!(board.read(offset::LSR), 0x61, "told once");
    assert_eq!(board.receive(), b"b");
}

#[test]
fn a_full_fifo_keeps_what_it_has() {
    let mut board = Board::new(&[]);
    board.write(offset::IER_DLM, ier::ELSI);
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.loop_back();
    board.send(b"0123456789abcdef");
    assert!(!board.interrupts());
    board.send(b"g");
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), 0xc0 | iir::LINE_STATUS);
    assert_eq!(board.read(offset::LSR), 0x63);
    assert!(!board.interrupts());
    assert_eq!(board.receive(), b"0123456789abcdef");
}

#[test]
fn fifos_are_cleared_by_command_and_by_enabling() {
    let mut board = Board::new(&[]);
    board.loop_back();
    for value in [fcr::ENABLE, fcr::ENABLE | fcr::CLEAR_RECEIVER, 0] {
        board.send(b"x");
        assert_eq!(board.read(offset::LSR) & lsr::DR, lsr::DR);
        board.write(offset::IIR_FCR, value);
        assert_eq!(board.read(offset::LSR) & lsr::DR, 0, "{value:#x}");
    }
    board.write(offset::IIR_FCR, 0xfe);
    assert_eq!(board.read(offset::IIR_FCR), iir::NONE, "without bit 0, off");
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.send(b"x");
    board.write(offset::IIR_FCR, fcr::ENABLE);
    assert_eq!(board.receive(), b"x", "already enabled, not cleared");
}

#[test]
fn the_trigger_level_raises_the_interrupt() {
    for (bits, level) in [(0, 1), (0x40, 4), (0x80, 8), (0xc0, 14)] {
        let mut board = Board::new(&[]);
        board.write(offset::IIR_FCR, fcr::ENABLE | bits);
        board.write(offset::IER_DLM, ier::ERBFI);
        board.loop_back();
        board.send(&vec![b'x'; level - 1]);
        assert!(!board.interrupts(), "level {level}");
        board.send(b"y");
        assert!(board.interrupts(), "level {level}");
        assert_eq!(board.read(offset::IIR_FCR), 0xc0 | iir::RECEIVED_DATA);
        board.read(offset::RBR_THR_DLL);
        assert!(!board.interrupts(), "level {level}");
    }
}

#[test]
fn characters_below_the_trigger_level_time_out() {
    let mut board = Board::new(&[]);
    board.set_line();
    board.write(offset::IIR_FCR, fcr::ENABLE | 0xc0);
    board.write(offset::IER_DLM, ier::ERBFI);
    board.loop_back();
    board.send(b"ab");
    assert_eq!(board.bus.deadline(), Some(Instant(FOUR_CHARACTERS)));
    board.pass(100);
    board.send(b"c");
    assert_eq!(board.bus.deadline(), Some(Instant(100 + FOUR_CHARACTERS)));
    board.pass(FOUR_CHARACTERS - 1);
    assert!(!board.interrupts());
    board.pass(1);
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), 0xc0 | iir::CHARACTER_TIMEOUT);
    assert_eq!(board.bus.deadline(), None);
    board.send(b"d");
    assert!(board.interrupts(), "only reading ends it");
    assert_eq!(board.read(offset::RBR_THR_DLL), b'a');
    assert!(!board.interrupts());
    board.pass(FOUR_CHARACTERS);
    assert!(board.interrupts(), "the others wait in their turn");
    assert_eq!(board.receive(), b"bcd");
    assert!(!board.interrupts());
    assert_eq!(board.bus.deadline(), None);
}

#[test]
fn a_timeout_that_nobody_wants_to_hear_of_is_no_event() {
    let mut board = Board::new(&[]);
    board.set_line();
    board.write(offset::IIR_FCR, fcr::ENABLE | 0xc0);
    board.loop_back();
    board.send(b"a");
    assert_eq!(board.bus.deadline(), None);
    board.pass(FOUR_CHARACTERS);
    board.write(offset::IER_DLM, ier::ERBFI);
    assert!(board.interrupts(), "it has happened all the same");
}

#[test]
fn interrupts_have_priorities() {
    let mut board = Board::new(&[]);
    board.loop_back();
    board.write(offset::IER_DLM, ier::ALL);
    board.send(b"ab");
    assert_eq!(board.read(offset::IIR_FCR), iir::LINE_STATUS);
    board.read(offset::LSR);
    assert_eq!(board.read(offset::IIR_FCR), iir::RECEIVED_DATA);
    board.read(offset::RBR_THR_DLL);
    assert_eq!(board.read(offset::IIR_FCR), iir::THR_EMPTY);
    assert_eq!(board.read(offset::IIR_FCR), iir::MODEM_STATUS);
    board.read(offset::MSR);
    assert_eq!(board.read(offset::IIR_FCR), iir::NONE);
    assert!(!board.interrupts());
}

#[test]
fn the_transmitter_interrupts_once_for_each_time_that_it_got_empty() {
    let mut board = Board::new(&[]);
    board.write(offset::IER_DLM, ier::ETBEI);
    assert!(board.interrupts(), "enabled while it is empty");
    assert_eq!(board.read(offset::IIR_FCR), iir::THR_EMPTY);
    assert!(!board.interrupts(), "reading says that it is known");
    board.write(offset::IER_DLM, ier::ETBEI);
    assert!(!board.interrupts(), "it was enabled already");
    board.send(b"a");
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), iir::THR_EMPTY);
    assert_eq!(board.read(offset::IIR_FCR), iir::NONE);
    board.write(offset::IER_DLM, 0);
    board.write(offset::IER_DLM, ier::ETBEI);
    assert!(board.interrupts(), "enabled again");
    board.write(offset::IER_DLM, 0);
    assert!(!board.interrupts());
}

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

#[test]
fn enabling_the_receive_interrupt_starts_input() {
    let mut board = Board::new(b"ab");
    board.pass(10 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 0, "the guest has not shown interest");
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.write(offset::IER_DLM, ier::ERBFI);
    let start = board.now;
    assert_eq!(board.bus.deadline(), Some(start.after(INPUT_INTERVAL)));
    board.pass(INPUT_INTERVAL - 1);
    assert!(!board.interrupts());
    board.pass(1);
    assert!(board.interrupts());
    assert_eq!(board.read(offset::RBR_THR_DLL), b'a');
    assert!(!board.interrupts());
    assert_eq!(board.bus.deadline(), Some(start.after(2 * INPUT_INTERVAL)));
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.receive(), b"b");
    board.pass(10 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 3, "after the end it is not asked again");
    assert_eq!(board.bus.deadline(), None);
    board.bus.refresh(board.now);
    assert_eq!(board.asked(), 3);
}

#[test]
fn input_waits_while_the_receiver_is_full() {
    let mut board = Board::new(&[b'x'; 40]);
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.write(offset::IER_DLM, ier::ERBFI);
    board.pass(100 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 16);
    let timeout_over = board.bus.deadline();
    assert_eq!(timeout_over, None, "full, and its timeout is over");
    board.read(offset::RBR_THR_DLL);
    board.pass(100 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 17);
    let mut received = 1;
    loop {
        let some = board.receive().len();
        if some == 0 {
            break;
        }
        received += some;
        board.pass(100 * INPUT_INTERVAL);
    }
    assert_eq!(received, 40);
    assert_eq!(board.read(offset::LSR) & lsr::OE, 0, "nothing was lost");
}

#[test]
fn without_a_fifo_input_comes_one_by_one() {
    let mut board = Board::new(b"abc");
    board.write(offset::IER_DLM, ier::ERBFI);
    for expected in b"abc" {
        board.pass(INPUT_INTERVAL - 1);
        assert!(!board.interrupts());
        board.pass(5 * INPUT_INTERVAL);
        assert!(board.interrupts());
        assert_eq!(board.read(offset::RBR_THR_DLL), *expected);
        assert!(!board.interrupts());
    }
}

#[test]
fn reading_or_polling_shows_interest_too() {
    let mut reader = Board::new(b"a");
    assert_eq!(reader.read(offset::RBR_THR_DLL), 0);
    assert_eq!(reader.bus.deadline(), Some(Instant(INPUT_INTERVAL)));

    let mut poller = Board::new(b"a");
    poller.read(offset::LSR);
    poller.send(b">");
    poller.read(offset::LSR);
    assert_eq!(poller.bus.deadline(), None, "it waits for the transmitter");
    poller.read(offset::IIR_FCR);
    poller.read(offset::LSR);
    assert_eq!(poller.bus.deadline(), Some(Instant(INPUT_INTERVAL)));
    poller.pass(INPUT_INTERVAL);
    assert_eq!(poller.receive(), b"a");
}

#[test]
fn a_terminal_is_asked_when_it_has_something() {
    let mut board = Board::terminal();
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.write(offset::IER_DLM, ier::ERBFI);
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.asked(), 1);
    assert_eq!(board.bus.deadline(), None, "when is not known");
    board.pass(5 * INPUT_INTERVAL + 7);
    assert_eq!(board.asked(), 1);
    board.types(b"ls");
    assert!(board.interrupts(), "the first byte is there at once");
    assert_eq!(board.receive(), b"l");
    assert_eq!(
        board.bus.deadline(),
        Some(board.now.after(INPUT_INTERVAL)),
        "the others follow at the interval"
    );
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.receive(), b"s");
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.bus.deadline(), None);
    board.types(b"\n");
    assert_eq!(board.receive(), b"\n");
}

#[test]
fn a_terminal_that_nobody_wants_to_read_is_not_asked() {
    let mut board = Board::terminal();
    board.types(b"x");
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.asked(), 0);
}

#[test]
fn input_waits_for_the_end_of_loopback() {
    let mut board = Board::new(b"a");
    board.write(offset::IER_DLM, ier::ERBFI);
    board.loop_back();
    board.pass(10 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 0);
    board.write(offset::MCR, 0);
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.receive(), b"a");
}

#[test]
fn a_late_access_sees_what_was_due() {
    let mut board = Board::new(b"a");
    board.write(offset::IER_DLM, ier::ERBFI);
    board.now = Instant(INPUT_INTERVAL);
    assert_eq!(board.read(offset::LSR) & lsr::DR, lsr::DR);
    assert!(board.interrupts());
}

#[test]
fn reset_forgets_everything_but_the_console() {
    let mut board = Board::new(b"ab");
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.write(offset::IER_DLM, ier::ALL);
    board.write(offset::SCR, 7);
    board.pass(INPUT_INTERVAL);
    board.bus.reset_devices();
    check_reset(&mut board);
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.read(offset::RBR_THR_DLL), b'b');
}
