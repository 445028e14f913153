//! Registers of devices.
#![allow(unsafe_code, reason = "loads and stores at fixed addresses")]

use core::arch::asm;

/// The registers of a device, which begin at some address.
///
/// A value of this type exists for the devices of this board only: that is
/// what makes its loads and stores safe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Registers {
    address: usize,
    /// Bytes of address space that are the device's.
    size: usize,
}

/// Defines a load and a store of one width. Each stands between two fences, so
/// that it keeps its place among the accesses to memory that a device makes or
/// sees.
macro_rules! accesses {
    ($read:ident, $load:literal, $write:ident, $store:literal, $type:ty) => {
        #[doc = concat!("Reads the register at `offset` with `", $load, "`.")]
        #[must_use]
        pub fn $read(self, offset: usize) -> $type {
            let address = self.register(offset, size_of::<$type>());
            let value: $type;
            // SAFETY: there is a device, which a load cannot harm Rust by.
            unsafe {
                asm!(concat!($load, " {value}, 0({address})"), "fence i, iorw",
                     value = lateout(reg) value, address = in(reg) address,
                     options(nostack));
            }
            value
        }

        #[doc = concat!("Writes the register at `offset` with `", $store, "`.")]
        pub fn $write(self, offset: usize, value: $type) {
            let address = self.register(offset, size_of::<$type>());
            // SAFETY: there is a device. What it does to memory is told to
            // Rust by the atomics that a driver shares with it, or by this,
            // which may have changed all memory.
            unsafe {
                asm!("fence iorw, o", concat!($store, " {value}, 0({address})"),
                     value = in(reg) value, address = in(reg) address,
                     options(nostack));
            }
        }
    };
}

impl Registers {
    pub(super) const fn at(address: usize, size: usize) -> Self {
        Self { address, size }
    }

    /// The address of the first register.
    #[must_use]
    pub const fn address(self) -> usize {
        self.address
    }

    /// Bytes of address space that are the device's.
    #[must_use]
    pub const fn size(self) -> usize {
        self.size
    }

    fn register(self, offset: usize, width: usize) -> usize {
        assert!(offset + width <= self.size, "no register at {offset:#x}");
        self.address + offset
    }

    accesses!(read8, "lbu", write8, "sb", u8);
    accesses!(read32, "lwu", write32, "sw", u32);
    accesses!(read64, "ld", write64, "sd", u64);
}
