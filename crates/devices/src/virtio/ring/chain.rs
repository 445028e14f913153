//! Chains of descriptors.

use pagewalk_bus::{PhysAddr, Ram};

use super::{Ring, RingError};

/// `VIRTQ_DESC_F_NEXT`: the chain goes on.
const NEXT: u16 = 1;
/// `VIRTQ_DESC_F_WRITE`: the buffer is for the device to write.
const WRITE: u16 = 2;
/// `VIRTQ_DESC_F_INDIRECT`: the buffer is a table of descriptors.
const INDIRECT: u16 = 4;

/// Bytes of a descriptor.
const DESCRIPTOR: u32 = 16;

/// One descriptor, as it is in memory.
#[derive(Clone, Copy, Debug)]
struct Descriptor {
    address: PhysAddr,
    len: u32,
    flags: u16,
    next: u16,
}

/// A table of descriptors: that of the ring, or an indirect one.
#[derive(Clone, Copy, Debug)]
struct Table {
    base: PhysAddr,
    count: u16,
}

impl Table {
    fn get(self, ram: &Ram, index: u16) -> Result<Descriptor, RingError> {
        let count = self.count;
        if index >= count {
            return Err(RingError::Index { index, count });
        }
        let mut bytes = [0; DESCRIPTOR as usize];
        let at = self.base.offset(u64::from(DESCRIPTOR) * u64::from(index));
        // A table lies in RAM as a whole, or was never made.
        ram.read_bytes(at, &mut bytes)
            .ok_or(RingError::BufferOutsideRam {
                address: at,
                len: DESCRIPTOR,
            })?;
        let number = |from: usize, to: usize| {
            let low_to_high = bytes[from..to].iter().rev();
            low_to_high.fold(0, |value, &byte| value << 8 | u64::from(byte))
        };
        Ok(Descriptor {
            address: PhysAddr(number(0, 8)),
            len: number(8, 12) as u32,
            flags: number(12, 14) as u16,
            next: number(14, 16) as u16,
        })
    }
}

/// A piece of guest memory, in RAM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Where it begins.
    pub address: PhysAddr,
    /// Its size in bytes, not 0.
    pub len: u32,
}

/// The device-readable or the device-writable buffers of a chain. How they are
/// cut into segments has no meaning (2.7.4): they are one string of bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Buffers {
    segments: Vec<Segment>,
    len: u32,
}

impl Buffers {
    /// All bytes of all segments.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is not a byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The segments, in their order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    fn push(&mut self, address: PhysAddr, len: u32) {
        self.segments.push(Segment { address, len });
        self.len += len;
    }

    /// The pieces of memory that hold the `len` bytes from `offset` on; `None`
    /// if there are not so many.
    fn pieces(&self, offset: u32, len: usize) -> Option<impl Iterator<Item = (PhysAddr, usize)>> {
        let end = u64::from(offset) + len as u64;
        if end > u64::from(self.len) {
            return None;
        }
        let mut start = 0;
        Some(self.segments.iter().filter_map(move |segment| {
            let (from, to) = (start, start + u64::from(segment.len));
            start = to;
            let (first, last) = (from.max(offset.into()), to.min(end));
            (first < last).then(|| {
                let address = segment.address.offset(first - from);
                (address, (last - first) as usize)
            })
        }))
    }

    /// Copies bytes from `offset` on to `out`. `None`, with part of `out`
    /// overwritten, if there are not so many.
    pub fn read(&self, ram: &Ram, offset: u32, mut out: &mut [u8]) -> Option<()> {
        for (address, len) in self.pieces(offset, out.len())? {
            let (now, later) = out.split_at_mut(len);
            ram.read_bytes(address, now)?;
            out = later;
        }
        Some(())
    }

    /// Copies `bytes` to `offset`. `None`, and nothing written, if there is no
    /// room for them.
    pub fn write(&self, ram: &mut Ram, offset: u32, mut bytes: &[u8]) -> Option<()> {
        for (address, len) in self.pieces(offset, bytes.len())? {
            let (now, later) = bytes.split_at(len);
            ram.write_bytes(address, now)?;
            bytes = later;
        }
        Some(())
    }
}

/// A chain of buffers that was taken from a ring.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Chain {
    /// The number of its first descriptor, by which the driver knows it.
    pub head: u16,
    /// What the device may read.
    pub readable: Buffers,
    /// What it may write.
    pub writable: Buffers,
}

impl Chain {
    fn push(&mut self, ram: &Ram, descriptor: Descriptor) -> Result<(), RingError> {
        let Descriptor {
            address,
            len,
            flags,
            ..
        } = descriptor;
        let total = self.readable.len.checked_add(self.writable.len);
        if total.and_then(|total| total.checked_add(len)).is_none() {
            return Err(RingError::ChainTooLarge);
        }
        let writable = flags & WRITE != 0;
        if !writable && !self.writable.segments.is_empty() {
            return Err(RingError::ReadableAfterWritable);
        }
        // The specification does not say what a buffer of no bytes is; nothing
        // is ever read or written there.
        if len == 0 {
            return Ok(());
        }
        if !ram.contains(address, len.into()) {
            return Err(RingError::BufferOutsideRam { address, len });
        }
        let buffers = if writable {
            &mut self.writable
        } else {
            &mut self.readable
        };
        buffers.push(address, len);
        Ok(())
    }
}

impl Ring {
    /// The chain that begins with descriptor `head`, checked as a whole.
    pub(super) fn chain(&self, ram: &Ram, head: u16) -> Result<Chain, RingError> {
        let mut chain = Chain {
            head,
            ..Chain::default()
        };
        let mut table = Table {
            base: self.descriptors,
            count: self.size,
        };
        let mut is_indirect = false;
        let mut index = head;
        // 2.7.5.3.1: as many buffers as the queue has entries, at most. A loop
        // gets no further, either.
        let mut left = self.size;
        loop {
            let descriptor = table.get(ram, index)?;
            if descriptor.flags & INDIRECT != 0 {
                if is_indirect {
                    return Err(RingError::Indirect);
                }
                table = self.indirect_table(ram, descriptor)?;
                is_indirect = true;
                index = 0;
                continue;
            }
            left = left.checked_sub(1).ok_or(RingError::ChainTooLong)?;
            chain.push(ram, descriptor)?;
            if descriptor.flags & NEXT == 0 {
                return Ok(chain);
            }
            index = descriptor.next;
        }
    }

    /// The table that the last descriptor of the ring's own table refers to.
    /// Its WRITE flag means nothing (2.7.5.3.2).
    fn indirect_table(&self, ram: &Ram, descriptor: Descriptor) -> Result<Table, RingError> {
        let Descriptor {
            address,
            len,
            flags,
            ..
        } = descriptor;
        if !self.features.indirect || flags & NEXT != 0 {
            return Err(RingError::Indirect);
        }
        let bad = RingError::IndirectTable { address, len };
        let count = u16::try_from(len / DESCRIPTOR).map_err(|_| bad)?;
        let is_table = len % DESCRIPTOR == 0 && (1..=self.size).contains(&count);
        if !is_table || !ram.contains(address, len.into()) {
            return Err(bad);
        }
        Ok(Table {
            base: address,
            count,
        })
    }
}
