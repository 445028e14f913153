//! The registers of one virtqueue.

use pagewalk_bus::PhysAddr;

use crate::virtio::Interface;
use crate::virtio::ring::{Layout, RingError};

/// What a driver has said of a virtqueue, unchecked.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    /// `QueueNumMax`.
    pub(super) max: u16,
    /// `QueueNum`.
    pub(super) size: u32,
    /// `QueueDesc`.
    pub(super) descriptors: u64,
    /// `QueueDriver`.
    pub(super) available: u64,
    /// `QueueDevice`.
    pub(super) used: u64,
    /// `QueueAlign`, legacy.
    pub(super) align: u32,
    /// `QueuePFN`, legacy: the number of a page, or 0.
    pub(super) pfn: u32,
}

impl Setup {
    /// After reset: as large as it can be, and nowhere.
    pub(super) fn new(max: u16) -> Self {
        Self {
            max,
            size: u32::from(max),
            descriptors: 0,
            available: 0,
            used: 0,
            align: 0,
            pfn: 0,
        }
    }

    /// Where the areas are.
    pub(super) fn layout(&self, interface: Interface, page_size: u32) -> Result<Layout, RingError> {
        match interface {
            Interface::Modern => Ok(Layout {
                size: self.size,
                descriptors: PhysAddr(self.descriptors),
                available: PhysAddr(self.available),
                used: PhysAddr(self.used),
            }),
            Interface::Legacy => {
                let base = u64::from(self.pfn) * u64::from(page_size);
                Layout::legacy(base, self.size, self.align)
            }
        }
    }
}

/// Replaces the low half of `register`.
pub(super) fn set_low(register: &mut u64, value: u32) {
    *register = *register >> 32 << 32 | u64::from(value);
}

/// Replaces the high half of `register`.
pub(super) fn set_high(register: &mut u64, value: u32) {
    *register = *register & 0xffff_ffff | u64::from(value) << 32;
}
