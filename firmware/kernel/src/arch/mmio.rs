//! Registers of devices.
#![allow(unsafe_code, reason = "registers are reached by address")]

use core::ptr;

use super::layout::DIRECT_MAP;

/// The registers of a device. What a driver does with them is its own business: the
/// device reaches memory only where it is told to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registers {
    base: u64,
    size: u64,
}

impl Registers {
    /// The registers at a physical address.
    ///
    /// # Safety
    /// A device is there, not memory, as the device tree says, and the kernel's
    /// tables map it.
    pub(crate) unsafe fn new(base: u64, size: u64) -> Registers {
        Registers { base, size }
    }

    /// Reads the register of type `T` at `offset`.
    pub(crate) fn read<T: Copy>(self, offset: u64) -> T {
        // SAFETY: see `new`.
        unsafe { self.at::<T>(offset).read_volatile() }
    }

    /// Writes a register.
    pub(crate) fn write<T: Copy>(self, offset: u64, value: T) {
        // SAFETY: see `new`.
        unsafe { self.at::<T>(offset).write_volatile(value) };
    }

    fn at<T>(self, offset: u64) -> *mut T {
        assert!(offset + size_of::<T>() as u64 <= self.size);
        ptr::with_exposed_provenance_mut((DIRECT_MAP + self.base + offset) as usize)
    }
}
