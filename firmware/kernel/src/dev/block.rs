//! A disk: virtio-blk over virtio-mmio.
//!
//! Source: *Virtual I/O Device (VIRTIO)*, version 1.2, sections 3.1 (starting a
//! device), 4.2 (MMIO), 5.2 (block device).

use super::Slot;
use super::queue::{self, Buffer, Queue};
use crate::arch::{DirectMap, DmaPage, Registers};
use crate::mem::{IoError, IoId, IoRequest, PAGE_SIZE};

/// Registers (section 4.2.2).
mod register {
    pub(super) const MAGIC: u64 = 0x000;
    pub(super) const VERSION: u64 = 0x004;
    pub(super) const DEVICE_ID: u64 = 0x008;
    pub(super) const DRIVER_FEATURES: u64 = 0x020;
    pub(super) const DRIVER_FEATURES_SEL: u64 = 0x024;
    pub(super) const QUEUE_SEL: u64 = 0x030;
    pub(super) const QUEUE_NUM_MAX: u64 = 0x034;
    pub(super) const QUEUE_NUM: u64 = 0x038;
    pub(super) const QUEUE_READY: u64 = 0x044;
    pub(super) const QUEUE_NOTIFY: u64 = 0x050;
    pub(super) const INTERRUPT_STATUS: u64 = 0x060;
    pub(super) const INTERRUPT_ACK: u64 = 0x064;
    pub(super) const STATUS: u64 = 0x070;
    /// Descriptors, available ring, used ring: low halves; high ones 4 further.
    pub(super) const QUEUE_TABLES: [u64; 3] = [0x080, 0x090, 0x0a0];
    pub(super) const CONFIG: u64 = 0x100;
}

const MAGIC: u32 = 0x7472_6976;
const VERSION: u32 = 2;
const BLOCK_DEVICE: u32 = 2;

/// Status bits (section 2.1).
const ACKNOWLEDGE: u32 = 1;
const DRIVER: u32 = 2;
const DRIVER_OK: u32 = 4;
const FEATURES_OK: u32 = 8;

/// Types of requests, and the status of those that went well (section 5.2.6).
const IN: u32 = 0;
const OUT: u32 = 1;
const OK: u8 = 0;

/// Each request has three descriptors: what is asked, the data, how it went.
const PER_REQUEST: u16 = 3;
const REQUESTS: u16 = queue::SIZE / PER_REQUEST;
/// In the page of requests: headers of 16 bytes, then bytes for the status.
const STATUS_AT: usize = 16 * REQUESTS as usize;

/// A disk.
#[derive(Debug)]
pub(crate) struct Block {
    registers: Registers,
    source: u32,
    queue: Queue,
    page: DmaPage,
    /// What each request is for; `None` if it is free.
    requests: [Option<IoId>; REQUESTS as usize],
    sectors: u64,
    /// A page for reads before there are processes.
    scratch: DmaPage,
}

impl Block {
    /// How many sectors the disk at these registers has, if one is there.
    pub(crate) fn capacity_at(registers: Registers) -> Option<u64> {
        let is = |register, value: u32| registers.read::<u32>(register) == value;
        let here = is(register::MAGIC, MAGIC)
            && is(register::VERSION, VERSION)
            && is(register::DEVICE_ID, BLOCK_DEVICE);
        here.then(|| {
            let half = |offset| u64::from(registers.read::<u32>(register::CONFIG + offset));
            half(4) << 32 | half(0)
        })
    }

    /// Starts the disk in a slot, if one is there.
    pub(crate) fn new(slot: &Slot, memory: &mut DirectMap) -> Option<Block> {
        let registers = slot.registers;
        let sectors = Self::capacity_at(registers)?;
        let queue = Queue::new(memory)?;
        registers.write(register::STATUS, 0u32);
        registers.write(register::STATUS, ACKNOWLEDGE | DRIVER);
        // Of all features only VIRTIO_F_VERSION_1, bit 32.
        for (half, features) in [(0u32, 0u32), (1, 1)] {
            registers.write(register::DRIVER_FEATURES_SEL, half);
            registers.write(register::DRIVER_FEATURES, features);
        }
        registers.write(register::STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
        if registers.read::<u32>(register::STATUS) & FEATURES_OK == 0 {
            return None;
        }
        registers.write(register::QUEUE_SEL, 0u32);
        if registers.read::<u32>(register::QUEUE_NUM_MAX) < u32::from(queue::SIZE) {
            return None;
        }
        registers.write(register::QUEUE_NUM, u32::from(queue::SIZE));
        for (register, address) in register::QUEUE_TABLES.into_iter().zip(queue.addresses()) {
            registers.write(register, address as u32);
            registers.write(register + 4, (address >> 32) as u32);
        }
        registers.write(register::QUEUE_READY, 1u32);
        let status = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
        registers.write(register::STATUS, status);
        Some(Block {
            registers,
            source: slot.source,
            queue,
            page: DmaPage::new(memory)?,
            requests: [None; REQUESTS as usize],
            sectors,
            scratch: DmaPage::new(memory)?,
        })
    }

    /// Its interrupt source at the PLIC.
    pub(crate) fn source(&self) -> u32 {
        self.source
    }

    /// How many sectors it has.
    pub(crate) fn sectors(&self) -> u64 {
        self.sectors
    }

    /// Asks for a transfer; whether there was room for it.
    pub(crate) fn submit(&mut self, request: &IoRequest) -> bool {
        let address = request.frame.0 * PAGE_SIZE as u64;
        let Some(number) = self.requests.iter().position(Option::is_none) else {
            return false;
        };
        self.requests[number] = Some(request.id);
        let len = request.sectors * 512;
        self.start(number, request.sector, address, len, request.write);
        true
    }

    fn start(&mut self, number: usize, sector: u64, address: u64, len: u32, write: bool) {
        let header = 16 * number;
        self.page.write(header, if write { OUT } else { IN });
        self.page.write(header + 4, 0u32);
        self.page.write(header + 8, sector);
        let status = STATUS_AT + number;
        self.page.write(status, !OK);
        let buffer = |address, len, device_writes| Buffer {
            address,
            len,
            device_writes,
        };
        let buffers = [
            buffer(self.page.address(header), 16, false),
            buffer(address, len, !write),
            buffer(self.page.address(status), 1, true),
        ];
        self.queue.offer(PER_REQUEST * number as u16, &buffers);
        self.registers.write(register::QUEUE_NOTIFY, 0u32);
    }

    /// Takes back the interrupt, which has come.
    pub(crate) fn acknowledge(&mut self) {
        let status: u32 = self.registers.read(register::INTERRUPT_STATUS);
        self.registers.write(register::INTERRUPT_ACK, status);
    }

    /// A transfer that is done.
    pub(crate) fn take_done(&mut self) -> Option<(IoId, Result<(), IoError>)> {
        let first = self.queue.take_used()?;
        let number = usize::from(first / PER_REQUEST);
        // A device that uses what it was not given is out of its mind.
        let id = self.requests.get_mut(number)?.take()?;
        Some((id, self.status(number)))
    }

    fn status(&self, number: usize) -> Result<(), IoError> {
        if self.page.read::<u8>(STATUS_AT + number) == OK {
            Ok(())
        } else {
            Err(IoError)
        }
    }

    /// Reads sectors and waits for them, as long as nobody else uses the disk; at most
    /// a page.
    pub(crate) fn read_now(&mut self, sector: u64, out: &mut [u8]) -> Result<(), IoError> {
        let len = out.len().next_multiple_of(512);
        assert!(len <= PAGE_SIZE && self.requests.iter().all(Option::is_none));
        if sector + len as u64 / 512 > self.sectors {
            return Err(IoError);
        }
        self.start(0, sector, self.scratch.address(0), len as u32, false);
        while self.queue.take_used().is_none() {
            crate::arch::idle();
        }
        self.acknowledge();
        self.status(0)?;
        self.scratch.read_bytes(0, out);
        Ok(())
    }
}
