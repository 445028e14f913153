//! The virtio block device (5.2) on a [`Disk`](crate::disk::Disk).
//!
//! Requests are served one after the other. One is taken when the driver
//! notifies, and checked; after a time that depends on the request alone it is
//! carried out, answered, and the next is taken. So the order of everything
//! that a guest sees is a function of what the guest did, and one event does the
//! work of one request.
//!
//! Offered are SEG_MAX, BLK_SIZE, FLUSH, CONFIG_WCE, and RO for a disk that
//! cannot be written. What QEMU 10 offers besides, and we do not: GEOMETRY and
//! TOPOLOGY (no cylinders, no sectors larger than 512 bytes to speak of),
//! DISCARD and WRITE_ZEROES (a host end has no such operation), MQ where there
//! are several queues, and SCSI to legacy drivers. QEMU counts all device-writable
//! bytes as written, whatever became of the request; here it is those that were.

mod request;
#[cfg(test)]
mod tests;

use std::io;

use pagewalk_bus::{Instant, Ram};

use self::request::{ID_LEN, Limits, Refusal, Request, Status};
use super::function::{Function, FunctionCx};
use super::ring::{Chain, Ring, RingError};
use crate::complaints::Complaints;
use crate::disk::{SECTOR_SIZE, SharedDisk};

/// Feature bits (5.2.3).
mod feature {
    pub(super) const SEG_MAX: u64 = 1 << 2;
    pub(super) const RO: u64 = 1 << 5;
    pub(super) const BLK_SIZE: u64 = 1 << 6;
    pub(super) const FLUSH: u64 = 1 << 9;
    pub(super) const CONFIG_WCE: u64 = 1 << 11;
}

/// The configuration space (5.2.4): offsets of what is in it, and its size.
mod config {
    pub(super) const CAPACITY: usize = 0;
    pub(super) const SEG_MAX: usize = 12;
    pub(super) const BLK_SIZE: usize = 20;
    pub(super) const WRITEBACK: usize = 32;
    pub(super) const SIZE: usize = 60;
}

const DEVICE_ID: u32 = 2;

/// The only virtqueue.
const QUEUE: u16 = 0;

/// Most segments of data in a request: what header and status leave of a queue.
const SEGMENTS: u32 = Ring::MAX_SIZE as u32 - 2;

/// Bytes that go through the host at a time: whole sectors.
const BUFFER: usize = 128 * SECTOR_SIZE as usize;

/// A virtio block device.
#[derive(Debug)]
pub struct Block {
    disk: SharedDisk,
    state: State,
    /// On the way between disk and guest memory.
    buffer: Vec<u8>,
    /// Requests that were refused.
    refusals: Complaints,
    /// Requests at which the host failed.
    failures: Complaints,
}

/// Everything that a driver can change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct State {
    /// What the driver has chosen.
    features: u64,
    /// A write need not be on stable storage when it is complete (5.2.5).
    is_write_back: bool,
    current: Option<Current>,
}

/// The request that is being served.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Current {
    chain: Chain,
    request: Result<Request, Refusal>,
    /// A write of this request is complete when its data is on stable storage:
    /// what the driver had chosen when it made the request (5.2.6.2).
    is_write_through: bool,
    due: Instant,
}

/// How a request ended, and how many bytes of data were written to the guest.
type Outcome = (Status, u32);

impl Block {
    /// One in front of `disk`.
    #[must_use]
    pub fn new(disk: SharedDisk) -> Self {
        Self {
            disk,
            state: State::default(),
            buffer: vec![0; BUFFER],
            refusals: Complaints::new(8),
            failures: Complaints::new(32),
        }
    }

    fn limits(&self) -> Limits {
        let disk = self.disk.borrow();
        Limits {
            size: disk.size(),
            is_read_only: disk.is_read_only(),
        }
    }

    /// Takes the next request, if none is being served.
    fn start(&mut self, cx: &mut FunctionCx<'_>) {
        if self.state.current.is_some() {
            return;
        }
        let Some(chain) = cx.take(QUEUE) else {
            return;
        };
        if chain.writable.is_empty() {
            cx.fail(QUEUE, RingError::NoRoom);
            return;
        }
        let request = Request::parse(cx.ram, &chain, self.limits());
        if let Err(refusal) = request {
            self.refusals.say(
                |end| log::warn!(target: "guest", "virtio-blk: request refused: {refusal}{end}"),
            );
        }
        let is_write_through = !self.state.is_write_back;
        let duration = Request::duration(request, is_write_through);
        self.state.current = Some(Current {
            chain,
            request,
            is_write_through,
            due: cx.now.after(duration),
        });
    }

    /// Carries out and answers a request.
    fn finish(&mut self, cx: &mut FunctionCx<'_>, current: &Current) {
        let chain = &current.chain;
        let (status, moved) = match current.request {
            Ok(Request::Read { offset, len }) => self.read(cx.ram, chain, offset, len),
            Ok(Request::Write { offset, len }) => {
                let written = self.write(cx.ram, chain, offset, len);
                match written {
                    Status::Ok if current.is_write_through => (self.flush(), 0),
                    status => (status, 0),
                }
            }
            Ok(Request::Flush) => (self.flush(), 0),
            Ok(Request::Id { len }) => self.id(cx.ram, chain, len),
            Err(refusal) => (refusal.status(), 0),
        };
        let last = chain.writable.len() - 1;
        let answered = chain.writable.write(cx.ram, last, &[status as u8]);
        let answer = u32::from(answered.is_some());
        cx.give_back(QUEUE, chain.head, moved + answer);
    }

    fn read(&mut self, ram: &mut Ram, chain: &Chain, offset: u64, len: u32) -> Outcome {
        let mut done = 0;
        while done < len {
            let part = (len - done).min(BUFFER as u32);
            let bytes = &mut self.buffer[..part as usize];
            let at = offset + u64::from(done);
            let result = self.disk.borrow_mut().read(at, bytes);
            if let Err(error) = result {
                self.log_failure("read", Some(at), &error);
                return (Status::IoError, done);
            }
            if chain.writable.write(ram, done, bytes).is_none() {
                return (Status::IoError, done);
            }
            done += part;
        }
        (Status::Ok, done)
    }

    fn write(&mut self, ram: &Ram, chain: &Chain, offset: u64, len: u32) -> Status {
        let mut done = 0;
        while done < len {
            let part = (len - done).min(BUFFER as u32);
            let bytes = &mut self.buffer[..part as usize];
            let at = offset + u64::from(done);
            let from = Request::DATA + done;
            if chain.readable.read(ram, from, bytes).is_none() {
                return Status::IoError;
            }
            let result = self.disk.borrow_mut().write(at, bytes);
            if let Err(error) = result {
                self.log_failure("write", Some(at), &error);
                return Status::IoError;
            }
            done += part;
        }
        Status::Ok
    }

    fn flush(&mut self) -> Status {
        let result = self.disk.borrow_mut().flush();
        match result {
            Ok(()) => Status::Ok,
            Err(error) => {
                self.log_failure("flush", None, &error);
                Status::IoError
            }
        }
    }

    /// 5.2.6: the name, padded with zeros; drivers with less room get less.
    fn id(&mut self, ram: &mut Ram, chain: &Chain, len: u32) -> Outcome {
        let mut id = [0; ID_LEN as usize];
        for (place, byte) in id.iter_mut().zip(self.disk.borrow().id().bytes()) {
            *place = byte;
        }
        match chain.writable.write(ram, 0, &id[..len as usize]) {
            Some(()) => (Status::Ok, len),
            None => (Status::IoError, 0),
        }
    }

    fn log_failure(&mut self, operation: &str, offset: Option<u64>, error: &io::Error) {
        let place = offset.map_or(String::new(), |offset| {
            format!(" at sector {}", offset / SECTOR_SIZE)
        });
        let disk = self.disk.borrow();
        let id = disk.id();
        self.failures.say(|end| {
            log::warn!(target: "dev::blk", "{id}: {operation}{place}: {error}{end}");
        });
    }

    fn config(&self) -> [u8; config::SIZE] {
        let mut space = [0; config::SIZE];
        let mut put = |at: usize, bytes: &[u8]| space[at..at + bytes.len()].copy_from_slice(bytes);
        let sectors = self.limits().size / SECTOR_SIZE;
        put(config::CAPACITY, &sectors.to_le_bytes());
        put(config::SEG_MAX, &SEGMENTS.to_le_bytes());
        put(config::BLK_SIZE, &(SECTOR_SIZE as u32).to_le_bytes());
        put(config::WRITEBACK, &[self.state.is_write_back.into()]);
        space
    }
}

impl Function for Block {
    fn name(&self) -> &'static str {
        "virtio-blk"
    }

    fn device_id(&self) -> u32 {
        DEVICE_ID
    }

    fn features(&self) -> u64 {
        let read_only = if self.limits().is_read_only {
            feature::RO
        } else {
            0
        };
        feature::SEG_MAX | feature::BLK_SIZE | feature::FLUSH | feature::CONFIG_WCE | read_only
    }

    fn queue_sizes(&self) -> &[u16] {
        &[Ring::MAX_SIZE]
    }

    fn read_config(&self, offset: u64, out: &mut [u8]) {
        let config = self.config();
        let from = usize::try_from(offset).unwrap_or(config.len());
        let rest = config.get(from..).unwrap_or_default();
        for (place, &byte) in out.iter_mut().zip(rest) {
            *place = byte;
        }
    }

    fn write_config(&mut self, offset: u64, bytes: &[u8]) {
        let can_change = self.state.features & feature::CONFIG_WCE != 0;
        if let ([value], true) = (bytes, can_change && offset == config::WRITEBACK as u64) {
            self.state.is_write_back = value & 1 != 0;
        }
    }

    fn set_features(&mut self, features: u64) {
        self.state.features = features;
        // 5.2.5.2, 5.2.6.2: without FLUSH writes go through, with CONFIG_WCE
        // until the driver says otherwise.
        self.state.is_write_back = features & feature::FLUSH != 0;
    }

    fn notify(&mut self, cx: &mut FunctionCx<'_>, _: u16) {
        self.start(cx);
    }

    fn stop_queue(&mut self, _: u16) {
        self.state.current = None;
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.state.current.as_ref()?.due)
    }

    fn tick(&mut self, cx: &mut FunctionCx<'_>) {
        let now = cx.now;
        let due = self.state.current.take_if(|current| current.due <= now);
        if let Some(current) = due {
            self.finish(cx, &current);
            self.start(cx);
        }
    }

    fn reset(&mut self) {
        self.state = State::default();
    }
}
