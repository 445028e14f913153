//! A virtio block device and an arbitrary driver: guest memory, registers,
//! descriptors and the passing of time are made of the input. Whatever it does,
//! nothing panics, the disk sees whole sectors of its own, one event does the
//! work of one request, and the same input has the same end. That nothing
//! outside of RAM is touched is a promise of `Ram`.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use pagewalk_bus::{Bus, Instant, Line, Lines, PAGE_SIZE, PhysAddr, Ram, Width};
use pagewalk_devices::disk::{Disk, SECTOR_SIZE};
use pagewalk_devices::virtio::{Block, Interface, Mmio};

const RAM: u64 = 0x8000_0000;
const RAM_SIZE: u64 = 16 * PAGE_SIZE;
const SLOT: PhysAddr = PhysAddr(0x1000_1000);
const IRQ: Line = Line { word: 0, bit: 9 };

/// Larger than memory, so that a request can ask for more than that.
const DISK_SIZE: u64 = 1 << 20;
/// Most bytes that one request moves: 256 descriptors of all memory.
const MOST: u64 = 256 * RAM_SIZE;

/// Registers that drivers use, modern and legacy.
const REGISTERS: [u64; 24] = [
    0x10, 0x14, 0x20, 0x24, 0x28, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0x50, 0x60, 0x64, 0x70, 0x80,
    0x84, 0x90, 0x94, 0xa0, 0xa4, 0xfc, 0x100, 0x120,
];

/// The input, as numbers; zeros follow at its end.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let len = N.min(self.0.len());
        let (now, later) = self.0.split_at(len);
        bytes[..len].copy_from_slice(now);
        self.0 = later;
        bytes
    }

    fn byte(&mut self) -> u8 {
        self.bytes::<1>()[0]
    }

    fn half(&mut self) -> u16 {
        u16::from_le_bytes(self.bytes())
    }

    fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    fn width(&mut self) -> Width {
        self.pick(&[Width::B1, Width::B2, Width::B4, Width::B8])
    }

    /// In RAM, mostly.
    fn address(&mut self) -> u64 {
        match self.byte() {
            0..240 => RAM + u64::from(self.half()) % RAM_SIZE,
            240..250 => RAM + RAM_SIZE - u64::from(self.byte()),
            250 => SLOT.0,
            251 => 0,
            252 => u64::MAX - u64::from(self.byte()),
            _ => u64::from(self.word()) << 32 | u64::from(self.word()),
        }
    }

    fn len(&mut self) -> u32 {
        match self.byte() {
            0..64 => 16,
            64..128 => 1,
            128..200 => 512 * u32::from(self.byte() % 9),
            200..250 => u32::from(self.half()),
            _ => self.word(),
        }
    }
}

/// What one call into the device has done to the disk.
#[derive(Clone, Copy, Debug, Default)]
struct Work {
    bytes: u64,
    flushes: u32,
    /// Where data began and has got to: one request is one range.
    range: Option<(u64, u64)>,
}

/// A disk that keeps a sum instead of data.
#[derive(Debug)]
struct Sum {
    sum: u64,
    work: Work,
    is_read_only: bool,
    fails_after: u32,
}

impl Sum {
    fn note(&mut self, offset: u64, len: usize) -> io::Result<()> {
        let len = len as u64;
        assert!(offset.is_multiple_of(SECTOR_SIZE) && len.is_multiple_of(SECTOR_SIZE));
        assert!(len > 0 && offset <= DISK_SIZE && len <= DISK_SIZE - offset);
        let (start, end) = self.work.range.unwrap_or((offset, offset));
        assert_eq!(end, offset, "one request is one range of the disk");
        self.work.range = Some((start, end + len));
        self.work.bytes += len;
        self.fail()
    }

    fn fail(&mut self) -> io::Result<()> {
        let Some(left) = self.fails_after.checked_sub(1) else {
            return Err(io::Error::other("no luck"));
        };
        self.fails_after = left;
        Ok(())
    }
}

impl Disk for Sum {
    fn size(&self) -> u64 {
        DISK_SIZE
    }

    fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.note(offset, out.len())?;
        out.fill((self.sum ^ (offset / SECTOR_SIZE)) as u8);
        Ok(())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        assert!(!self.is_read_only);
        self.note(offset, bytes.len())?;
        self.sum = fold(self.sum ^ offset, bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.work.flushes += 1;
        self.fail()
    }

    fn id(&self) -> &str {
        "sum"
    }
}

fn fold(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(sum, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

struct Board {
    bus: Bus,
    disk: Rc<RefCell<Sum>>,
    interface: Interface,
    now: Instant,
    /// Chains that the driver has made available where its ring should be.
    offered: u16,
    sum: u64,
}

impl Board {
    fn new(input: &mut Input<'_>) -> Self {
        let choice = input.byte();
        let interface = if choice & 1 == 0 {
            Interface::Modern
        } else {
            Interface::Legacy
        };
        let disk = Rc::new(RefCell::new(Sum {
            sum: 0,
            work: Work::default(),
            is_read_only: choice & 2 != 0,
            fails_after: if choice & 4 != 0 { 3 } else { u32::MAX },
        }));
        let ram = Ram::new(PhysAddr(RAM), RAM_SIZE).expect("a small memory");
        let mut bus = Bus::new(ram, Lines::new(1));
        let function = Box::new(Block::new(disk.clone()));
        let mmio = Mmio::new(IRQ, interface, Some(function));
        bus.map(SLOT, Mmio::SIZE, Box::new(mmio)).expect("room");
        Self {
            bus,
            disk,
            interface,
            now: Instant(0),
            offered: 0,
            sum: 0,
        }
    }

    /// Calls into the device, and looks at what it has done.
    fn call<T>(&mut self, call: impl FnOnce(&mut Bus, Instant) -> T) -> T {
        let was_broken = self.is_broken();
        self.disk.borrow_mut().work = Work::default();
        let result = call(&mut self.bus, self.now);
        let work = self.disk.borrow().work;
        assert!(work.bytes <= MOST && work.flushes <= 1, "{work:?}");
        assert!(!was_broken || work.bytes == 0, "a broken device rests");
        let pending = self.register(0x60);
        let line = self.bus.lines.word(IRQ.word) >> IRQ.bit & 1;
        assert_eq!(u64::from(pending != 0), line);
        if let Some(due) = self.bus.deadline() {
            assert!(due > self.now, "an event at {due:?} in the past");
            assert!(!self.is_broken());
        }
        result
    }

    fn register(&mut self, offset: u64) -> u64 {
        let read = self
            .bus
            .read_device(SLOT.offset(offset), Width::B4, self.now);
        read.expect("a register")
    }

    fn is_broken(&mut self) -> bool {
        self.register(0x70) & 64 != 0
    }

    fn set(&mut self, offset: u64, value: u64) {
        let written = self.call(|bus, now| {
            let at = SLOT.offset(offset);
            bus.write_device(at, Width::B4, value, now)
        });
        assert_eq!(written, Ok(()));
    }

    fn store(&mut self, address: u64, width: Width, value: u64) {
        // What is not RAM stays as it is.
        let _ = self.bus.ram.write(PhysAddr(address), width, value);
    }

    /// What a sane driver does to begin, with arbitrary features and size.
    fn start(&mut self, features: u32, size: u16) {
        for status in [0, 1, 3] {
            self.set(0x70, status);
        }
        self.set(0x24, 0);
        self.set(0x20, u64::from(features));
        self.set(0x70, 11);
        self.set(0x30, 0);
        self.set(0x38, u64::from(size));
        match self.interface {
            Interface::Modern => {
                for (register, area) in [(0x80, 0), (0x90, 0x1000), (0xa0, 0x2000)] {
                    self.set(register, RAM + area);
                }
                self.set(0x44, 1);
            }
            Interface::Legacy => {
                self.set(0x28, 4096);
                self.set(0x3c, 4096);
                self.set(0x40, RAM / 4096);
            }
        }
        self.offered = 0;
        let available = self.available(size);
        self.store(available + 2, Width::B2, 0);
        self.set(0x70, 15);
    }

    /// Where the available ring is after [`Board::start`].
    fn available(&mut self, size: u16) -> u64 {
        match self.interface {
            Interface::Modern => RAM + 0x1000,
            Interface::Legacy => RAM + 16 * u64::from(size),
        }
    }

    /// A request as drivers make it, in three descriptors from `first` on.
    fn request(&mut self, input: &mut Input<'_>, size: u16) {
        let place = u64::from(input.byte());
        let (header, status) = (RAM + 0x4000 + 16 * place, RAM + 0x5000 + place);
        let data = RAM + 0x6000 + 64 * place;
        let kind = input.pick(&[0, 0, 0, 0, 1, 1, 1, 4, 8, 11]);
        let sector = u64::from(input.half()) % 2100;
        let len = 512 * u64::from(input.byte() % 72);
        self.store(header, Width::B8, kind);
        self.store(header + 8, Width::B8, sector);
        let first = u16::from(input.byte()) % size.saturating_sub(2).max(1);
        let data_flags = if kind == 1 { 1 } else { 3 };
        for (index, address, len, flags) in [
            (first, header, 16, 1),
            (first + 1, data, len, data_flags),
            (first + 2, status, 1, 2),
        ] {
            let at = RAM + 16 * u64::from(index);
            let rest = len | flags << 32 | u64::from(index + 1) << 48;
            self.store(at, Width::B8, address);
            self.store(at + 8, Width::B8, rest);
        }
        self.offer(first, size);
        self.set(0x50, 0);
    }

    fn offer(&mut self, head: u16, size: u16) {
        let available = self.available(size);
        let entry = 4 + 2 * u64::from(self.offered % size.max(1));
        self.store(available + entry, Width::B2, u64::from(head));
        self.offered = self.offered.wrapping_add(1);
        self.store(available + 2, Width::B2, u64::from(self.offered));
    }

    fn step(&mut self, input: &mut Input<'_>, size: u16, features: u32) {
        match input.byte() {
            16..144 => self.request(input, size),
            144..230 => self.pass_time(),
            230..240 => self.start(features, size),
            other => self.mischief(input, size, other),
        }
    }

    fn pass_time(&mut self) {
        if let Some(due) = self.bus.deadline() {
            self.now = due;
            self.call(|bus, now| bus.tick(now));
        }
    }

    fn mischief(&mut self, input: &mut Input<'_>, size: u16, choice: u8) {
        match choice % 10 {
            0 => {
                let register = input.pick(&REGISTERS);
                let value = input.word();
                self.set(register, u64::from(value));
            }
            1 | 2 => {
                let at = RAM + 16 * u64::from(input.byte());
                let address = input.address();
                let rest = u64::from(input.len())
                    | u64::from(input.byte() & 7) << 32
                    | u64::from(input.byte()) << 48;
                self.store(at, Width::B8, address);
                self.store(at + 8, Width::B8, rest);
            }
            3 => {
                let head = u16::from(input.byte());
                self.offer(head, size);
            }
            4 => {
                let queue = u64::from(input.byte());
                self.set(0x50, queue);
            }
            5 => {
                let (address, width) = (input.address(), input.width());
                let value = u64::from_le_bytes(input.bytes());
                self.store(address, width, value);
            }
            6 => {
                let at = input.address();
                let kind = u64::from(input.byte() % 10);
                self.store(at, Width::B8, kind);
                let sector = input.half();
                self.store(at.wrapping_add(8), Width::B8, u64::from(sector) % 2100);
            }
            7 | 8 => {
                let offset = u64::from(input.half()) % Mmio::SIZE;
                let width = input.width();
                let at = SLOT.offset(offset & !(width.bytes() - 1));
                let value = u64::from_le_bytes(input.bytes());
                let read = self.call(|bus, now| bus.read_device(at, width, now));
                self.sum = fold(self.sum, &read.unwrap_or(u64::MAX).to_le_bytes());
                // A refusal is an answer.
                let _ = self.call(|bus, now| bus.write_device(at, width, value, now));
            }
            _ => {
                self.now = self.now.after(u64::from(input.half()));
                self.call(|bus, now| bus.refresh(now));
            }
        }
    }

    /// A number that tells one end from another.
    fn end(&mut self) -> u64 {
        let mut bytes = vec![0; RAM_SIZE as usize];
        let whole = self.bus.ram.read_bytes(PhysAddr(RAM), &mut bytes);
        whole.expect("all of RAM");
        let sum = fold(self.sum ^ self.disk.borrow().sum, &bytes);
        fold(sum, &self.now.0.to_le_bytes()) ^ self.register(0x60) ^ self.register(0x70) << 8
    }
}

fn run(bytes: &[u8]) -> u64 {
    let mut input = Input(bytes);
    let mut board = Board::new(&mut input);
    let size = input.pick(&[1, 2, 4, 8, 16, 64, 256, 0, 3]);
    let features = input.word();
    // With what is offered, or with anything.
    let offered = board.register(0x10) as u32;
    let features = if features & 1 == 0 {
        features & offered
    } else {
        features
    };
    board.start(features, size);
    while !input.0.is_empty() {
        board.step(&mut input, size, features);
    }
    board.end()
}

/// Plays the driver that `bytes` describe, twice.
pub(crate) fn check(bytes: &[u8]) {
    assert_eq!(run(bytes), run(bytes), "the same input, the same end");
}
