//! What holds for every guest, whatever it does to the registers of CLINT,
//! PLIC, RTC and UART. The fuzz target `registers` includes this file.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use pagewalk_bus::{Bus, Device, Instant, Line, Lines, PhysAddr, Ram, Width};
use pagewalk_devices::uart::INPUT_INTERVAL;
use pagewalk_devices::{Clint, Console, Input, Plic, Rtc, SharedConsole, Uart, Waited};

const HARTS: usize = 2;
/// Interrupt sources; a number between two words of lines.
const SOURCES: u32 = 96;
const UART_SOURCE: u32 = 10;
const RTC_SOURCE: u32 = 11;
const CONTEXTS: u64 = 2 * HARTS as u64;

/// A device, and where its registers are: the fuzzer shall not have to find
/// them in 6 MiB.
pub(crate) struct Place {
    base: u64,
    pub(crate) size: u64,
    registers: &'static [u64],
}

const PLIC: u64 = 0x0c00_0000;
const RTC: u64 = 0x10_1000;
const UART: u64 = 0x1000_0000;
pub(crate) const PLACES: [Place; 4] = [
    Place {
        base: 0x200_0000,
        size: Clint::SIZE,
        registers: &[0, 0x4000, 0x4008, 0xbff8],
    },
    Place {
        base: PLIC,
        size: Plic::SIZE,
        registers: &[
            0, 40, 44, 0x1000, 0x2000, 0x2080, 0x20_0000, 0x20_0004, 0x20_1000, 0x20_1004,
        ],
    },
    Place {
        base: RTC,
        size: Rtc::SIZE,
        registers: &[0],
    },
    Place {
        base: UART,
        size: Uart::SIZE,
        registers: &[0],
    },
];

pub(crate) const WIDTHS: [Width; 4] = [Width::B1, Width::B2, Width::B4, Width::B8];

/// What the other end of the UART has.
#[derive(Clone, Debug)]
struct Typist {
    /// Bytes to come; a file has all of them from the start.
    left: Rc<Cell<u64>>,
    asked: Rc<Cell<u64>>,
    is_terminal: bool,
}

impl Console for Typist {
    fn write(&mut self, _: &[u8]) {}

    fn read(&mut self) -> Input {
        self.asked.set(self.asked.get() + 1);
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Input::Byte(left as u8)
            }
            None if self.is_terminal => Input::Empty,
            None => Input::End,
        }
    }

    fn has_input(&self) -> bool {
        self.left.get() > 0
    }

    fn wait(&mut self, _: Option<Duration>) -> Waited {
        Waited::Over
    }
}

/// The four devices, wired as on the board.
pub(crate) struct Board {
    bus: Bus,
    start: Instant,
    now: Instant,
    typist: Typist,
}

fn source_line(source: u32) -> Line {
    Line {
        word: HARTS + source as usize / 64,
        bit: (source % 64) as u8,
    }
}

fn context_line(context: u64) -> Line {
    let bit = if context.is_multiple_of(2) { 11 } else { 9 };
    let word = context as usize / 2;
    Line { word, bit }
}

impl Board {
    /// A board whose time is `start`.
    pub(crate) fn new(start: Instant, is_terminal: bool) -> Self {
        let typist = Typist {
            left: Rc::new(Cell::new(if is_terminal { 0 } else { 100 })),
            asked: Rc::default(),
            is_terminal,
        };
        let console = SharedConsole::new(Box::new(typist.clone()));
        let ram = Ram::new(PhysAddr(0x8000_0000), 4096).expect("one page");
        let mut bus = Bus::new(ram, Lines::new(HARTS + SOURCES.div_ceil(64) as usize));
        let timers = (0..HARTS).map(|word| (Line { word, bit: 3 }, Line { word, bit: 7 }));
        let contexts = (0..CONTEXTS).map(context_line);
        let plic = Plic::new(source_line(0), SOURCES, contexts);
        let rtc = Rtc::new(source_line(RTC_SOURCE), 1 << 60);
        let uart = Uart::new(source_line(UART_SOURCE), console);
        let devices: [Box<dyn Device>; PLACES.len()] = [
            Box::new(Clint::new(timers)),
            Box::new(plic),
            Box::new(rtc),
            Box::new(uart),
        ];
        for (place, device) in PLACES.iter().zip(devices) {
            let map = if place.base == PLIC {
                Bus::map_controller
            } else {
                Bus::map
            };
            map(&mut bus, PhysAddr(place.base), place.size, device).expect("room for all");
        }
        Self {
            bus,
            start,
            now: start,
            typist,
        }
    }

    /// Lets time pass, with all events on the way.
    fn pass(&mut self, nanoseconds: u64) {
        let end = self.now.after(nanoseconds);
        // Timers that the guest has set in the past may be due at once.
        self.bus.tick(self.now);
        while let Some(due) = self.bus.deadline().filter(|due| *due <= end) {
            if due == Instant(u64::MAX) {
                break;
            }
            assert!(due > self.now, "{due:?} again and again");
            self.now = due;
            self.bus.tick(due);
        }
        self.now = end;
    }

    fn read(&mut self, at: u64) -> u64 {
        let value = self.bus.read_device(PhysAddr(at), Width::B4, self.now);
        value.expect("a register")
    }

    fn is_high(&self, line: Line) -> bool {
        self.bus.lines.word(line.word) >> line.bit & 1 != 0
    }

    /// The lines of contexts are what registers without side effects say.
    pub(crate) fn check_plic(&mut self) {
        let words = u64::from(SOURCES) / 32;
        let pending: Vec<u64> = (0..words)
            .map(|word| self.read(PLIC + 0x1000 + 4 * word))
            .collect();
        let priorities: Vec<u64> = (0..u64::from(SOURCES))
            .map(|source| self.read(PLIC + 4 * source))
            .collect();
        for context in 0..CONTEXTS {
            let threshold = self.read(PLIC + 0x20_0000 + 0x1000 * context);
            let mut notified = false;
            for word in 0..words {
                let enabled = self.read(PLIC + 0x2000 + 0x80 * context + 4 * word);
                let candidates = enabled & pending[word as usize];
                notified |= (0..32).any(|bit| {
                    let priority = priorities[(32 * word + bit) as usize];
                    candidates >> bit & 1 != 0 && priority > threshold
                });
            }
            let line = context_line(context);
            assert_eq!(self.is_high(line), notified, "context {context}");
        }
    }

    /// Bytes of a file come at the interval, however the guest asks for them.
    fn check_input(&self) {
        let most = self.now.since(self.start) / INPUT_INTERVAL;
        let in_time = self.now < Instant(u64::MAX);
        assert!(
            self.typist.is_terminal || !in_time || self.typist.asked.get() <= most,
            "the console was asked too often"
        );
    }

    /// The lines of devices are what their registers say.
    pub(crate) fn check_lines(&mut self) {
        self.check_plic();
        let interrupts = self.is_high(source_line(UART_SOURCE));
        let identified = self
            .bus
            .read_device(PhysAddr(UART + 2), Width::B1, self.now);
        assert_eq!(identified.map(|iir| iir & 1 == 0), Ok(interrupts));
        let rings = self.is_high(source_line(RTC_SOURCE));
        assert!(!rings || self.read(RTC + 0x10) == 1);
    }

    /// Reads, or writes a value. A refusal is as good as an answer.
    pub(crate) fn access(
        &mut self,
        place: &Place,
        offset: u64,
        width: Width,
        written: Option<u64>,
    ) {
        let offset = offset % place.size / width.bytes() * width.bytes();
        let at = PhysAddr(place.base + offset);
        match written {
            Some(value) => drop(self.bus.write_device(at, width, value, self.now)),
            None => drop(self.bus.read_device(at, width, self.now)),
        }
    }

    /// One step of a guest or its surroundings, from 12 bytes.
    fn step(&mut self, bytes: &[u8; 12]) {
        let [kind, time, low, high, value @ ..] = *bytes;
        let value = u64::from_le_bytes(value);
        let choice = u64::from(u16::from_le_bytes([low, high]));
        match kind % 8 {
            device @ 0..=3 => {
                let place = &PLACES[usize::from(device)];
                let width = WIDTHS[usize::from(kind >> 3 & 3)];
                let offset = if kind & 0x40 != 0 {
                    choice * 0x61
                } else {
                    let near = place.registers[usize::from(high) % place.registers.len()];
                    near + u64::from(low % 0x24)
                };
                let written = (kind & 0x20 != 0).then_some(value);
                self.access(place, offset, width, written);
            }
            4 => {
                let source = (choice % u64::from(SOURCES)) as u32;
                // The lines of UART and RTC are their own.
                if source != UART_SOURCE && source != RTC_SOURCE {
                    self.bus.lines.set(source_line(source), value & 1 != 0);
                    self.bus.refresh(self.now);
                }
            }
            5 if self.typist.is_terminal => {
                self.typist.left.set(value % 64);
                self.bus.refresh(self.now);
            }
            6 if value % 16 == 0 => self.bus.reset_devices(),
            _ => {}
        }
        self.pass(1 << (time % 24) >> 1);
    }
}

/// Does what `bytes` say, and checks what holds all the time: no panic, lines
/// that agree with registers, deadlines that lead somewhere, input in its time.
pub(crate) fn check(bytes: &[u8]) {
    let Some((&choice, steps)) = bytes.split_first() else {
        return;
    };
    let start = match choice >> 1 & 3 {
        0 => 0,
        1 => 1 << 40,
        2 => 1 << 63,
        _ => u64::MAX - 1_000_000,
    };
    let mut board = Board::new(Instant(start), choice & 1 != 0);
    for step in steps.as_chunks::<12>().0 {
        board.step(step);
        board.check_plic();
        board.check_input();
    }
    board.check_lines();
}
