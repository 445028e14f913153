//! Files of `/dev`.

/// A device that has nothing behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// Takes everything, has nothing.
    Null,
    /// Takes everything, has zeros.
    Zero,
    /// Takes nothing, has zeros.
    Full,
    /// Random numbers.
    Random,
}

/// Names in `/dev`, with the numbers that Linux gives the devices (`mknod`).
pub(super) const DEVICES: [(&[u8], Device, u32); 5] = [
    (b"null", Device::Null, 3),
    (b"zero", Device::Zero, 5),
    (b"full", Device::Full, 7),
    (b"random", Device::Random, 8),
    (b"urandom", Device::Random, 9),
];

/// Links in `/dev`.
pub(super) const LINKS: [(&[u8], &[u8]); 4] = [
    (b"fd", b"/proc/self/fd"),
    (b"stdin", b"/proc/self/fd/0"),
    (b"stdout", b"/proc/self/fd/1"),
    (b"stderr", b"/proc/self/fd/2"),
];

impl Device {
    /// `st_rdev`: memory devices have major number 1.
    pub fn number(self) -> u64 {
        let known = DEVICES.iter().find(|(_, device, _)| *device == self);
        1 << 8 | known.map_or(0, |(_, _, minor)| u64::from(*minor))
    }
}
