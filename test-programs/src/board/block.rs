//! A block device behind a virtio-mmio slot (Virtual I/O Device (VIRTIO)
//! Version 1.2, sections 2.7 "Split Virtqueues", 4.2.2 "MMIO Device Register
//! Layout" and 5.2 "Block Device"), with up to [`MAX_DEPTH`] requests of one
//! block of 4 KiB in flight.

use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering, fence};

use super::{Registers, plic, trap, virtio, virtio_source, wait_for_interrupt};

/// Bytes of a block, the unit of all requests.
pub const BLOCK_SIZE: usize = 4096;
/// Bytes of a sector, the unit of the device's addresses.
const SECTOR_SIZE: usize = 512;
/// Most requests in flight.
pub const MAX_DEPTH: usize = 32;
/// Entries of the queue: a request takes three.
const QUEUE_SIZE: usize = 128;
/// Descriptors of one request: header, data, status.
const CHAIN: usize = 3;
const _: () = assert!(MAX_DEPTH * CHAIN <= QUEUE_SIZE);

// Offsets of registers.
const MAGIC: usize = 0x000;
const VERSION: usize = 0x004;
const DEVICE_ID: usize = 0x008;
const DEVICE_FEATURES: usize = 0x010;
const DEVICE_FEATURES_SEL: usize = 0x014;
const DRIVER_FEATURES: usize = 0x020;
const DRIVER_FEATURES_SEL: usize = 0x024;
const QUEUE_SEL: usize = 0x030;
const QUEUE_SIZE_MAX: usize = 0x034;
const QUEUE_SIZE_REGISTER: usize = 0x038;
const QUEUE_READY: usize = 0x044;
const QUEUE_NOTIFY: usize = 0x050;
const INTERRUPT_STATUS: usize = 0x060;
const INTERRUPT_ACK: usize = 0x064;
const STATUS: usize = 0x070;
const QUEUE_DESC: usize = 0x080;
const QUEUE_DRIVER: usize = 0x090;
const QUEUE_DEVICE: usize = 0x0a0;
const CONFIG_CAPACITY: usize = 0x100;

const MAGIC_VALUE: u32 = 0x7472_6976;
const BLOCK_DEVICE: u32 = 2;

// Bits of the device's status.
const ACKNOWLEDGE: u32 = 1;
const DRIVER: u32 = 2;
const DRIVER_OK: u32 = 4;
const FEATURES_OK: u32 = 8;

// Features.
const BLK_FLUSH: u64 = 1 << 9;
const RING_EVENT_IDX: u64 = 1 << 29;
const VERSION_1: u64 = 1 << 32;

// Flags of a descriptor.
const NEXT: u16 = 1;
const DEVICE_WRITES: u16 = 2;

/// The flag of the used ring: no notification is wanted.
const NO_NOTIFY: u16 = 1;

/// What a request does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// Reads the block of this number into the buffer.
    Read(u64),
    /// Writes the buffer to the block of this number.
    Write(u64),
    /// Makes what was written last.
    Flush,
}

/// Why there is no such device, or a request failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// The slot has no block device with the interface of version 2.
    NoDevice,
    /// The device does not take the features that were asked for.
    Features,
    /// The queue cannot be as long as this driver needs it.
    Queue,
    /// A request ended with this status.
    Status(u8),
}

/// A descriptor as two words: the address; length, flags and next in one.
struct Descriptor([AtomicU64; 2]);

/// All that the device reads and writes.
#[repr(C, align(4096))]
struct Shared {
    descriptors: [Descriptor; QUEUE_SIZE],
    available_flags: AtomicU16,
    available_index: AtomicU16,
    available: [AtomicU16; QUEUE_SIZE],
    /// With event index: the used index that is worth an interrupt.
    used_event: AtomicU16,
    used: Used,
    headers: [[AtomicU64; 2]; MAX_DEPTH],
    statuses: [AtomicU8; MAX_DEPTH],
    buffers: [Buffer; MAX_DEPTH],
}

#[repr(C, align(4))]
struct Used {
    flags: AtomicU16,
    index: AtomicU16,
    /// Number of the chain's first descriptor, bytes written.
    ring: [[AtomicU32; 2]; QUEUE_SIZE],
    /// With event index: the available index that is worth a notification.
    available_event: AtomicU16,
}

/// Memory for one block.
#[repr(C, align(4096))]
pub struct Buffer([AtomicU64; BLOCK_SIZE / 8]);

impl Buffer {
    /// The word number `index` of the block.
    #[must_use]
    pub fn word(&self, index: usize) -> &AtomicU64 {
        &self.0[index]
    }
}

static SHARED: Shared = Shared {
    descriptors: [const { Descriptor([const { AtomicU64::new(0) }; 2]) }; QUEUE_SIZE],
    available_flags: AtomicU16::new(0),
    available_index: AtomicU16::new(0),
    available: [const { AtomicU16::new(0) }; QUEUE_SIZE],
    used_event: AtomicU16::new(0),
    used: Used {
        flags: AtomicU16::new(0),
        index: AtomicU16::new(0),
        ring: [const { [const { AtomicU32::new(0) }; 2] }; QUEUE_SIZE],
        available_event: AtomicU16::new(0),
    },
    headers: [const { [const { AtomicU64::new(0) }; 2] }; MAX_DEPTH],
    statuses: [const { AtomicU8::new(0) }; MAX_DEPTH],
    buffers: [const { Buffer([const { AtomicU64::new(0) }; BLOCK_SIZE / 8]) }; MAX_DEPTH],
};

/// The address of something as the device sees it.
fn address<T>(of: &T) -> u64 {
    core::ptr::from_ref(of) as u64
}

/// The device of one slot. One at a time: there is one queue for all.
#[derive(Debug)]
pub struct Block {
    registers: Registers,
    source: u32,
    has_event_index: bool,
    /// Requests that were put into the available ring.
    submitted: u16,
    /// The value of `submitted` at the last notification.
    announced: u16,
    /// Requests that were taken from the used ring.
    seen: u16,
}

impl Block {
    /// Sets the device of virtio-mmio slot `slot` up, and the interrupt
    /// controller for it alone.
    ///
    /// # Errors
    /// If there is none, or not one like this.
    pub fn new(slot: usize, event_index: bool) -> Result<Self, Error> {
        let registers = virtio(slot);
        let identity = [MAGIC, VERSION, DEVICE_ID].map(|offset| registers.read32(offset));
        if identity != [MAGIC_VALUE, 2, BLOCK_DEVICE] {
            return Err(Error::NoDevice);
        }
        registers.write32(STATUS, 0);
        registers.write32(STATUS, ACKNOWLEDGE);
        registers.write32(STATUS, ACKNOWLEDGE | DRIVER);
        let event_index_feature = if event_index { RING_EVENT_IDX } else { 0 };
        let features = VERSION_1 | BLK_FLUSH | event_index_feature;
        agree_on(registers, features)?;
        set_queue_up(registers)?;
        let ready = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
        registers.write32(STATUS, ready);

        let source = virtio_source(slot);
        plic::Context::machine(0).take_only(source);
        trap::enable(trap::EXTERNAL);
        Ok(Self {
            registers,
            source,
            has_event_index: event_index,
            submitted: 0,
            announced: 0,
            seen: 0,
        })
    }

    /// Blocks that the device has room for.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        let half = |offset| u64::from(self.registers.read32(CONFIG_CAPACITY + offset));
        (half(4) << 32 | half(0)) / (BLOCK_SIZE / SECTOR_SIZE) as u64
    }

    /// The buffer that belongs to `tag`.
    #[must_use]
    pub fn buffer(&self, tag: usize) -> &'static Buffer {
        &SHARED.buffers[tag]
    }

    /// Puts a request into the queue under the number `tag`, below
    /// [`MAX_DEPTH`], which no other one in flight has.
    pub fn submit(&mut self, tag: usize, request: Request) {
        let sectors = (BLOCK_SIZE / SECTOR_SIZE) as u64;
        let (kind, sector, data_flags) = match request {
            Request::Read(block) => (0, block * sectors, DEVICE_WRITES),
            Request::Write(block) => (1, block * sectors, 0),
            Request::Flush => (4, 0, 0),
        };
        let header = &SHARED.headers[tag];
        header[0].store(kind, Ordering::Relaxed);
        header[1].store(sector, Ordering::Relaxed);
        SHARED.statuses[tag].store(u8::MAX, Ordering::Relaxed);
        let first = tag * CHAIN;
        let describe = |index: usize, address: u64, len: usize, flags: u16, next: usize| {
            let [place, rest] = &SHARED.descriptors[index].0;
            place.store(address, Ordering::Relaxed);
            let rest_of_it = len as u64 | u64::from(flags) << 32 | (next as u64) << 48;
            rest.store(rest_of_it, Ordering::Relaxed);
        };
        let (data, status) = (first + 1, first + 2);
        let after_header = if kind == 4 { status } else { data };
        describe(first, address(header), 16, NEXT, after_header);
        let buffer = address(&SHARED.buffers[tag]);
        describe(data, buffer, BLOCK_SIZE, data_flags | NEXT, status);
        describe(status, address(&SHARED.statuses[tag]), 1, DEVICE_WRITES, 0);
        let place = usize::from(self.submitted) % QUEUE_SIZE;
        SHARED.available[place].store(first as u16, Ordering::Relaxed);
        self.submitted = self.submitted.wrapping_add(1);
        SHARED
            .available_index
            .store(self.submitted, Ordering::Release);
    }

    /// Tells the device of new requests, unless it does not want to know.
    pub fn notify(&mut self) {
        fence(Ordering::SeqCst);
        let wanted = if self.has_event_index {
            let event = SHARED.used.available_event.load(Ordering::Relaxed);
            // Section 2.7.10: whether the index has passed the event.
            let passed = self.submitted.wrapping_sub(event).wrapping_sub(1);
            passed < self.submitted.wrapping_sub(self.announced)
        } else {
            SHARED.used.flags.load(Ordering::Relaxed) & NO_NOTIFY == 0
        };
        self.announced = self.submitted;
        if wanted {
            self.registers.write32(QUEUE_NOTIFY, 0);
        }
    }

    /// The tag of a request that has ended, if there is one.
    ///
    /// # Errors
    /// If it ended badly.
    pub fn poll(&mut self) -> Option<Result<usize, Error>> {
        if SHARED.used.index.load(Ordering::Acquire) == self.seen {
            return None;
        }
        let place = usize::from(self.seen) % QUEUE_SIZE;
        let first = SHARED.used.ring[place][0].load(Ordering::Relaxed);
        self.seen = self.seen.wrapping_add(1);
        let tag = first as usize / CHAIN;
        let status = SHARED.statuses[tag].load(Ordering::Relaxed);
        Some(match status {
            0 => Ok(tag),
            status => Err(Error::Status(status)),
        })
    }

    /// Waits for an interrupt, unless requests have ended that [`Block::poll`]
    /// has not seen. With event index it asks for the interrupt when half of
    /// those in flight have ended.
    pub fn wait(&mut self) {
        if self.has_event_index {
            let in_flight = self.submitted.wrapping_sub(self.seen);
            let event = self.seen.wrapping_add(in_flight / 2);
            SHARED.used_event.store(event, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            let ended = SHARED.used.index.load(Ordering::Relaxed);
            // Too late to be told of this one.
            if ended.wrapping_sub(self.seen) > in_flight / 2 {
                return;
            }
        } else if SHARED.used.index.load(Ordering::Acquire) != self.seen {
            return;
        }
        wait_for_interrupt();
        let context = plic::Context::machine(0);
        if let Some(source) = context.claim() {
            assert_eq!(source, self.source, "only this one is enabled");
            let reasons = self.registers.read32(INTERRUPT_STATUS);
            self.registers.write32(INTERRUPT_ACK, reasons);
            context.complete(source);
        }
    }

    /// Does one request, alone in the queue, with the buffer of tag 0.
    ///
    /// # Errors
    /// If it ended badly.
    pub fn execute(&mut self, request: Request) -> Result<(), Error> {
        self.submit(0, request);
        self.notify();
        loop {
            if let Some(result) = self.poll() {
                return result.map(|_| ());
            }
            self.wait();
        }
    }
}

/// Has the device take these features.
fn agree_on(registers: Registers, features: u64) -> Result<(), Error> {
    let offered = [0, 1].map(|half| {
        registers.write32(DEVICE_FEATURES_SEL, half);
        u64::from(registers.read32(DEVICE_FEATURES))
    });
    if features & !(offered[1] << 32 | offered[0]) != 0 {
        return Err(Error::Features);
    }
    for half in [0, 1] {
        registers.write32(DRIVER_FEATURES_SEL, half);
        registers.write32(DRIVER_FEATURES, (features >> (32 * half)) as u32);
    }
    let status = ACKNOWLEDGE | DRIVER | FEATURES_OK;
    registers.write32(STATUS, status);
    match registers.read32(STATUS) & FEATURES_OK {
        0 => Err(Error::Features),
        _ => Ok(()),
    }
}

/// Gives the device its one queue.
fn set_queue_up(registers: Registers) -> Result<(), Error> {
    registers.write32(QUEUE_SEL, 0);
    if (registers.read32(QUEUE_SIZE_MAX) as usize) < QUEUE_SIZE {
        return Err(Error::Queue);
    }
    SHARED.available_index.store(0, Ordering::Relaxed);
    SHARED.used.index.store(0, Ordering::Relaxed);
    registers.write32(QUEUE_SIZE_REGISTER, QUEUE_SIZE as u32);
    for (register, place) in [
        (QUEUE_DESC, address(&SHARED.descriptors)),
        (QUEUE_DRIVER, address(&SHARED.available_flags)),
        (QUEUE_DEVICE, address(&SHARED.used)),
    ] {
        registers.write32(register, place as u32);
        registers.write32(register + 4, (place >> 32) as u32);
    }
    registers.write32(QUEUE_READY, 1);
    Ok(())
}
