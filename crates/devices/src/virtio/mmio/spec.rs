//! The registers of virtio over MMIO (4.2.2, legacy: 4.2.4).

use crate::virtio::Interface;

/// `MagicValue`: "virt".
pub(super) const MAGIC: u32 = 0x7472_6976;
/// `VendorID`: "QEMU", which some drivers insist on.
pub(super) const VENDOR: u32 = 0x554d_4551;

/// Bits of `InterruptStatus`.
pub(super) mod interrupt {
    /// Buffers were given back.
    pub(in super::super) const USED: u32 = 1;
    /// The configuration, or NEEDS_RESET, has changed.
    pub(in super::super) const CONFIG: u32 = 2;
}

/// A register. All have 32 bits, except for the configuration space, which is
/// none of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Register {
    MagicValue,
    Version,
    DeviceId,
    VendorId,
    DeviceFeatures,
    DeviceFeaturesSel,
    DriverFeatures,
    DriverFeaturesSel,
    GuestPageSize,
    QueueSel,
    QueueNumMax,
    QueueNum,
    QueueAlign,
    QueuePfn,
    QueueReady,
    QueueNotify,
    InterruptStatus,
    InterruptAck,
    Status,
    QueueDescLow,
    QueueDescHigh,
    QueueDriverLow,
    QueueDriverHigh,
    QueueDeviceLow,
    QueueDeviceHigh,
    /// Selects a region of shared memory; there are none.
    ShmSel,
    /// The four words of length and address of the selected region.
    Shm,
    ConfigGeneration,
}

impl Register {
    /// Where the configuration space begins.
    pub(super) const CONFIG: u64 = 0x100;

    /// The register at `offset`.
    pub(super) fn at(offset: u64, interface: Interface) -> Option<Self> {
        use Register as R;
        let register = match offset {
            0x000 => R::MagicValue,
            0x004 => R::Version,
            0x008 => R::DeviceId,
            0x00c => R::VendorId,
            0x010 => R::DeviceFeatures,
            0x014 => R::DeviceFeaturesSel,
            0x020 => R::DriverFeatures,
            0x024 => R::DriverFeaturesSel,
            0x030 => R::QueueSel,
            0x034 => R::QueueNumMax,
            0x038 => R::QueueNum,
            0x050 => R::QueueNotify,
            0x060 => R::InterruptStatus,
            0x064 => R::InterruptAck,
            0x070 => R::Status,
            // Legacy devices have none, but drivers for both read it.
            0x0fc => R::ConfigGeneration,
            _ => match interface {
                Interface::Modern => return Self::modern(offset),
                Interface::Legacy => return Self::legacy(offset),
            },
        };
        Some(register)
    }

    fn modern(offset: u64) -> Option<Self> {
        use Register as R;
        Some(match offset {
            0x044 => R::QueueReady,
            0x080 => R::QueueDescLow,
            0x084 => R::QueueDescHigh,
            0x090 => R::QueueDriverLow,
            0x094 => R::QueueDriverHigh,
            0x0a0 => R::QueueDeviceLow,
            0x0a4 => R::QueueDeviceHigh,
            0x0ac => R::ShmSel,
            0x0b0 | 0x0b4 | 0x0b8 | 0x0bc => R::Shm,
            _ => return None,
        })
    }

    fn legacy(offset: u64) -> Option<Self> {
        use Register as R;
        Some(match offset {
            0x028 => R::GuestPageSize,
            0x03c => R::QueueAlign,
            0x040 => R::QueuePfn,
            _ => return None,
        })
    }
}
