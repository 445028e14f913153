//! A disk: virtio-blk.
//!
//! Source: *Virtual I/O Device (VIRTIO)*, version 1.2, section 5.2.

use super::Slot;
use super::queue::{self, Buffer, Queue};
use super::transport::Transport;
use crate::arch::{DirectMap, DmaPage, Registers};
use crate::console::log;
use crate::mem::{IoError, IoId, IoRequest, PAGE_SIZE};

const BLOCK_DEVICE: u32 = 2;
const REQUEST_QUEUE: u16 = 0;

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
    /// What it is for: "root" or "swap".
    name: &'static str,
    transport: Transport,
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
        Transport::is(registers, BLOCK_DEVICE).then(|| {
            let half = |offset| u64::from(Transport::config(registers, offset));
            half(4) << 32 | half(0)
        })
    }

    /// Starts the disk in a slot, if one is there.
    pub(crate) fn new(name: &'static str, slot: &Slot, memory: &mut DirectMap) -> Option<Block> {
        let sectors = Self::capacity_at(slot.registers)?;
        let transport = Transport::start(slot, BLOCK_DEVICE, 0)?;
        let queue = Queue::new(memory)?;
        transport.add_queue(REQUEST_QUEUE, &queue)?;
        transport.go();
        Some(Block {
            name,
            transport,
            queue,
            page: DmaPage::new(memory)?,
            requests: [None; REQUESTS as usize],
            sectors,
            scratch: DmaPage::new(memory)?,
        })
    }

    /// Its interrupt source at the PLIC.
    pub(crate) fn source(&self) -> u32 {
        self.transport.source()
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
        self.transport.notify(REQUEST_QUEUE);
    }

    /// Takes back the interrupt, which has come.
    pub(crate) fn acknowledge(&mut self) {
        self.transport.acknowledge();
    }

    /// A transfer that is done.
    pub(crate) fn take_done(&mut self) -> Option<(IoId, Result<(), IoError>)> {
        let (first, _) = self.queue.take_used()?;
        let number = usize::from(first / PER_REQUEST);
        // A device that uses what it was not given is out of its mind.
        let id = self.requests.get_mut(number)?.take()?;
        Some((id, self.status(number)))
    }

    fn status(&self, number: usize) -> Result<(), IoError> {
        if self.page.read::<u8>(STATUS_AT + number) == OK {
            return Ok(());
        }
        let header = 16 * number;
        let verb = match self.page.read(header) {
            OUT => "write",
            _ => "read",
        };
        let sector: u64 = self.page.read(header + 8);
        log!("{} disk: cannot {verb} sector {sector}", self.name);
        Err(IoError)
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
