//! Files of `/dev`.

/// A device.
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
    /// The terminal of the process that opens it.
    Terminal,
}

/// Names in `/dev`, with the minor numbers that Linux gives the devices (`mknod`).
pub(super) const DEVICES: [(&[u8], Device, u32); 6] = [
    (b"null", Device::Null, 3),
    (b"zero", Device::Zero, 5),
    (b"full", Device::Full, 7),
    (b"random", Device::Random, 8),
    (b"urandom", Device::Random, 9),
    (b"tty", Device::Terminal, 0),
];

/// Links in `/dev`.
pub(super) const LINKS: [(&[u8], &[u8]); 4] = [
    (b"fd", b"/proc/self/fd"),
    (b"stdin", b"/proc/self/fd/0"),
    (b"stdout", b"/proc/self/fd/1"),
    (b"stderr", b"/proc/self/fd/2"),
];

impl Device {
    /// `st_rdev`: memory devices have major number 1, other names of terminals 5.
    pub fn number(self) -> u64 {
        let known = DEVICES.iter().find(|(_, device, _)| *device == self);
        let major = if self == Device::Terminal { 5 } else { 1 };
        major << 8 | known.map_or(0, |(_, _, minor)| u64::from(*minor))
    }
}
