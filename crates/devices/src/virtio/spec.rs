//! Numbers that all virtio devices share.

/// Bits of the device status (2.1).
pub(super) mod status {
    /// The driver is set up and drives the device.
    pub(in super::super) const DRIVER_OK: u32 = 4;
    /// The driver knows all features that it wants.
    pub(in super::super) const FEATURES_OK: u32 = 8;
    /// The device cannot go on.
    pub(in super::super) const NEEDS_RESET: u32 = 64;
    /// What the driver can set: also ACKNOWLEDGE, DRIVER and FAILED.
    pub(in super::super) const OF_DRIVER: u32 = 1 | 2 | DRIVER_OK | FEATURES_OK | 128;
}

/// Feature bits of rings and transports (6).
pub(super) mod feature {
    /// Legacy drivers may lay out buffers as they like.
    pub(in super::super) const ANY_LAYOUT: u64 = 1 << 27;
    /// Tables of descriptors outside of the descriptor table.
    pub(in super::super) const INDIRECT_DESC: u64 = 1 << 28;
    /// `used_event` and `avail_event`.
    pub(in super::super) const EVENT_IDX: u64 = 1 << 29;
    /// Virtio 1.0 and later.
    pub(in super::super) const VERSION_1: u64 = 1 << 32;
}
