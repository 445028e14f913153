//! A port on a bus, and a script at its other end.

mod driver;
mod input;
mod interrupts;
mod registers;

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
