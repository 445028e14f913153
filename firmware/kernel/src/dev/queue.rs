//! A virtqueue: how a driver hands buffers to a virtio device and gets them back.
//!
//! Source: *Virtual I/O Device (VIRTIO)*, version 1.2, section 2.7, "Split
//! Virtqueues". Three tables in one page of memory: descriptors (address, length,
//! flags, next), the ring of chains that are available to the device, and the ring of
//! those it has used.

use core::sync::atomic::{Ordering, fence};

use crate::arch::{DirectMap, DmaPage};

/// Descriptors in the queue; a power of two. All three tables fit a page.
pub(crate) const SIZE: u16 = 64;

const DESCRIPTORS: usize = 0;
const AVAILABLE: usize = 16 * SIZE as usize;
const USED: usize = 2048;

/// Flags of a descriptor.
const NEXT: u16 = 1;
const DEVICE_WRITES: u16 = 2;

/// A part of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffer {
    pub(crate) address: u64,
    pub(crate) len: u32,
    pub(crate) device_writes: bool,
}

/// The driver's end of a queue.
#[derive(Debug)]
pub(crate) struct Queue {
    page: DmaPage,
    /// Chains that were ever made available, and used chains that were looked at.
    available: u16,
    seen: u16,
}

impl Queue {
    pub(crate) fn new(memory: &mut DirectMap) -> Option<Queue> {
        Some(Queue {
            page: DmaPage::new(memory)?,
            available: 0,
            seen: 0,
        })
    }

    /// The addresses of descriptors, available ring, used ring.
    pub(crate) fn addresses(&self) -> [u64; 3] {
        [DESCRIPTORS, AVAILABLE, USED].map(|offset| self.page.address(offset))
    }

    /// Makes `buffers` available as a chain, in the descriptors from `first` on.
    pub(crate) fn offer(&mut self, first: u16, buffers: &[Buffer]) {
        for (number, buffer) in (first..).zip(buffers) {
            let at = DESCRIPTORS + 16 * usize::from(number);
            let is_last = usize::from(number - first) + 1 == buffers.len();
            let flags = if is_last { 0 } else { NEXT }
                | if buffer.device_writes {
                    DEVICE_WRITES
                } else {
                    0
                };
            self.page.write(at, buffer.address);
            self.page.write(at + 8, buffer.len);
            self.page.write(at + 12, flags);
            self.page.write(at + 14, number + 1);
        }
        let slot = usize::from(self.available % SIZE);
        self.page.write(AVAILABLE + 4 + 2 * slot, first);
        self.available = self.available.wrapping_add(1);
        // The device must see the chain before it sees that there is one.
        fence(Ordering::SeqCst);
        self.page.write(AVAILABLE + 2, self.available);
        fence(Ordering::SeqCst);
    }

    /// A chain that the device is done with: its first descriptor, and how many bytes
    /// the device has written to its buffers.
    pub(crate) fn take_used(&mut self) -> Option<(u16, u32)> {
        if self.page.read::<u16>(USED + 2) == self.seen {
            return None;
        }
        fence(Ordering::SeqCst);
        let slot = usize::from(self.seen % SIZE);
        self.seen = self.seen.wrapping_add(1);
        let first = self.page.read::<u32>(USED + 4 + 8 * slot) as u16;
        Some((first, self.page.read(USED + 8 + 8 * slot)))
    }
}
