//! A virtio console and an arbitrary driver: rings, descriptors, messages and the
//! passing of time are made of the input. Whatever it does, nothing panics, one event
//! moves a bounded number of bytes, no event lies in the past, the bytes that the
//! host gave are used in their order, none is taken before a port is open, and the
//! same input has the same end. That nothing outside of RAM is touched is a promise
//! of `Ram`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pagewalk_bus::{Bus, Instant, Line, Lines, PAGE_SIZE, PhysAddr, Ram, Width};
use pagewalk_devices::virtio::{self, Interface, Mmio, Port, Window};
use pagewalk_devices::{Console, Input, SharedConsole, Waited};

const RAM: u64 = 0x8000_0000;
const RAM_SIZE: u64 = 32 * PAGE_SIZE;
const SLOT: PhysAddr = PhysAddr(0x1000_1000);
const IRQ: Line = Line { word: 0, bit: 9 };

const QUEUES: u64 = 8;
/// Entries of each queue.
const SIZE: u64 = 8;
/// Where buffers are: behind the rings, which have a page each.
const BUFFERS: u64 = RAM + QUEUES * PAGE_SIZE;

/// Most bytes that an event moves: 4 KiB each way for each of three ports.
const MOST: u64 = 6 * 4096;

/// The input, as numbers; zeros follow at its end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn half(&mut self) -> u16 {
        u16::from(self.byte()) | u16::from(self.byte()) << 8
    }
}

/// The host ends: what was moved, and what is to come.
#[derive(Debug, Default)]
struct Ends {
    /// Bytes moved by the last call into the device.
    moved: u64,
    /// A sum of all output.
    sum: u64,
    /// How many bytes of input were taken.
    taken: u64,
    /// How many there are until input pauses, and whether it ends there.
    there: u64,
    has_ended: bool,
    is_hungry: bool,
}

#[derive(Clone, Debug)]
struct End(Rc<RefCell<Ends>>);

impl Console for End {
    fn write(&mut self, bytes: &[u8]) {
        let mut ends = self.0.borrow_mut();
        ends.moved += bytes.len() as u64;
        ends.sum = fold(ends.sum, bytes);
    }

    fn read(&mut self) -> Input {
        let mut ends = self.0.borrow_mut();
        ends.is_hungry = false;
        if ends.taken < ends.there {
            ends.moved += 1;
            ends.taken += 1;
            return Input::Byte(ends.taken as u8);
        }
        if ends.has_ended {
            return Input::End;
        }
        ends.is_hungry = true;
        Input::Empty
    }

    fn has_input(&self) -> bool {
        let ends = self.0.borrow();
        ends.is_hungry && (ends.taken < ends.there || ends.has_ended)
    }

    fn wait(&mut self, _: Option<Duration>) -> Waited {
        unreachable!("devices do not wait")
    }
}

fn fold(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(sum, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

struct Board {
    bus: Bus,
    ends: Rc<RefCell<Ends>>,
    window: Window,
    now: Instant,
    /// Chains made available in each queue.
    offered: [u16; QUEUES as usize],
    /// The driver may have said that it wants input.
    may_read: bool,
}

impl Board {
    fn new(is_terminal: bool) -> Self {
        let ends = Rc::new(RefCell::new(Ends::default()));
        let window = Window::default();
        let port = |(index, name)| Port {
            name,
            has_input: index == 0,
            terminal: is_terminal.then(|| window.clone()),
            end: SharedConsole::new(Box::new(End(ends.clone()))),
        };
        let ports = (0..).zip(["stdin", "stdout", "stderr"]).map(port);
        let console = virtio::Console::new(ports.collect());
        let ram = Ram::new(PhysAddr(RAM), RAM_SIZE).expect("a small memory");
        let mut bus = Bus::new(ram, Lines::new(1));
        let mmio = Mmio::new(IRQ, Interface::Modern, Some(Box::new(console)));
        bus.map(SLOT, Mmio::SIZE, Box::new(mmio)).expect("room");
        Self {
            bus,
            ends,
            window,
            now: Instant(0),
            offered: [0; QUEUES as usize],
            may_read: false,
        }
    }

    /// Calls into the device, and looks at what it has done.
    fn call<T>(&mut self, call: impl FnOnce(&mut Bus, Instant) -> T) -> T {
        let taken = self.ends.borrow().taken;
        self.ends.borrow_mut().moved = 0;
        let result = call(&mut self.bus, self.now);
        let ends = self.ends.borrow();
        assert!(ends.moved <= MOST, "{} bytes at once", ends.moved);
        assert!(self.may_read || ends.taken == taken, "nobody has asked");
        if let Some(due) = self.bus.deadline() {
            assert!(due > self.now, "an event at {due:?} in the past");
        }
        result
    }

    fn set(&mut self, offset: u64, value: u64) {
        let at = SLOT.offset(offset);
        let written = self.call(|bus, now| bus.write_device(at, Width::B4, value, now));
        assert_eq!(written, Ok(()));
    }

    fn get(&mut self, offset: u64) -> u64 {
        let at = SLOT.offset(offset);
        let read = self.call(|bus, now| bus.read_device(at, Width::B4, now));
        read.expect("a register")
    }

    fn store(&mut self, address: u64, width: Width, value: u64) {
        let stored = self.bus.ram.write(PhysAddr(address), width, value);
        stored.expect("RAM");
    }

    /// What a sane driver does to begin.
    fn start(&mut self, features: u64) {
        self.may_read |= features & 2 == 0;
        for status in [0, 1, 3] {
            self.set(0x70, status);
        }
        self.set(0x24, 0);
        self.set(0x20, features);
        self.set(0x70, 11);
        for queue in 0..QUEUES {
            let ring = RAM + queue * PAGE_SIZE;
            self.set(0x30, queue);
            self.set(0x38, SIZE);
            for (register, area) in [(0x80, 0), (0x90, 0x400), (0xa0, 0x800)] {
                self.set(register, ring + area);
            }
            self.set(0x44, 1);
            self.store(ring + 0x402, Width::B2, 0);
        }
        self.offered = [0; QUEUES as usize];
        self.set(0x70, 15);
    }

    /// Makes a chain of one or two buffers available.
    fn offer(&mut self, input: &mut Bytes<'_>, queue: u64, is_writable: bool) {
        let ring = RAM + queue * PAGE_SIZE;
        let first = u64::from(input.byte()) % SIZE;
        let second = (first + 1) % SIZE;
        let shape = input.byte();
        let flags = u64::from(is_writable) << 1;
        let flags = if shape & 0x70 == 0x70 {
            flags ^ 2
        } else {
            flags
        };
        let links = u64::from(shape & 0x80 != 0);
        let len = match shape & 3 {
            0 => 8,
            1 => u64::from(input.byte()),
            _ => u64::from(input.half() % 0x3000),
        };
        let place = BUFFERS + 0x800 * u64::from(input.byte() % 16);
        for (index, flags) in [(first, flags | links), (second, flags)] {
            self.store(ring + 16 * index, Width::B8, place);
            let rest = len | flags << 32 | second << 48;
            self.store(ring + 16 * index + 8, Width::B8, rest);
        }
        let offered = &mut self.offered[queue as usize];
        let entry = ring + 0x404 + 2 * (u64::from(*offered) % SIZE);
        *offered = offered.wrapping_add(1);
        let idx = u64::from(*offered);
        self.store(entry, Width::B2, first);
        self.store(ring + 0x402, Width::B2, idx);
        self.set(0x50, queue);
    }

    /// A control message, a sensible one as a rule.
    fn tell(&mut self, input: &mut Bytes<'_>) {
        let port = u64::from(input.byte() % 4);
        let event = [0, 3, 6, 6, 1, 9][usize::from(input.byte() % 6)];
        let value = u64::from(input.byte() % 2);
        for place in 0..16 {
            let at = BUFFERS + 0x800 * place;
            self.store(at, Width::B8, port | event << 32 | value << 48);
        }
        self.may_read |= port == 0 && event == 6 && value == 1;
        self.offer(input, 3, false);
    }

    fn step(&mut self, input: &mut Bytes<'_>, features: u64) {
        match input.byte() {
            0..60 => self.tell(input),
            60..100 => self.offer(input, 2, true),
            100..140 => self.offer(input, 0, true),
            140..180 => {
                let queue = [1, 5, 7, 4][usize::from(input.byte() % 4)];
                self.offer(input, queue, queue == 4);
            }
            180..235 => self.pass_time(),
            235..245 => {
                let more = u64::from(input.half());
                self.ends.borrow_mut().there += more;
                self.call(|bus, now| bus.refresh(now));
            }
            245 => {
                let (columns, rows) = (input.half(), input.half());
                self.window.resize(columns, rows);
                self.call(|bus, now| bus.refresh(now));
            }
            246..248 => self.ends.borrow_mut().has_ended = true,
            248..251 => self.start(features),
            251..254 => {
                let queue = u64::from(input.byte()) % (QUEUES + 1);
                self.set(0x30, queue);
                self.set(0x44, 0);
            }
            _ => {
                let (register, value) = (4 * u64::from(input.byte() % 64), input.half());
                // Whatever it now is, it may be a driver without control messages.
                self.may_read = true;
                self.set(register, u64::from(value));
            }
        }
    }

    fn pass_time(&mut self) {
        if let Some(due) = self.bus.deadline() {
            self.now = due;
            self.call(|bus, now| bus.tick(now));
        }
    }

    /// A number that tells one end from another.
    fn end(&mut self) -> u64 {
        let mut bytes = vec![0; RAM_SIZE as usize];
        let whole = self.bus.ram.read_bytes(PhysAddr(RAM), &mut bytes);
        whole.expect("all of RAM");
        let (sum, taken) = (self.ends.borrow().sum, self.ends.borrow().taken);
        let sum = fold(sum ^ taken, &bytes);
        fold(sum, &self.now.0.to_le_bytes()) ^ self.get(0x60) ^ self.get(0x70) << 8
    }
}

fn run(bytes: &[u8]) -> (u64, u64) {
    let mut input = Bytes(bytes);
    let choice = input.byte();
    let mut board = Board::new(choice & 1 != 0);
    let features = if choice & 6 == 6 { 0 } else { 2 } | u64::from(choice >> 3 & 1);
    board.start(features);
    while !input.0.is_empty() {
        board.step(&mut input, features);
    }
    let moved = board.ends.borrow().taken;
    (board.end(), moved)
}

/// Plays the driver that `bytes` describe, twice; tells how much input it got.
pub(crate) fn check(bytes: &[u8]) -> u64 {
    let (end, taken) = run(bytes);
    assert_eq!(run(bytes), (end, taken), "the same input, the same end");
    taken
}
