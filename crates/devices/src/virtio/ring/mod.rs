//! Split virtqueues, from the side of the device (2.7).
//!
//! A ring is three areas of guest memory. The driver writes the *descriptor
//! table* (buffers, linked to chains) and the *available ring* (heads of chains
//! for the device), the device the *used ring* (heads of chains that it is done
//! with). A chain is checked as a whole and copied when it is taken: whatever
//! the driver does to the descriptors afterwards changes nothing.
//!
//! | area | bytes | alignment |
//! |---|---|---|
//! | descriptor table | 16 × size: address 8, length 4, flags 2, next 2 | 16 |
//! | available ring | 6 + 2 × size: flags 2, idx 2, heads, `used_event` 2 | 2 |
//! | used ring | 6 + 8 × size: flags 2, idx 2, (head 4, length 4) each, `avail_event` 2 | 4 |

mod chain;
#[cfg(test)]
mod tests;

use pagewalk_bus::{PhysAddr, Ram, Width};

pub use chain::{Buffers, Chain, Segment};

/// `VIRTQ_USED_F_NO_NOTIFY`, in the flags of the used ring.
const NO_NOTIFY: u64 = 1;
/// `VIRTQ_AVAIL_F_NO_INTERRUPT`, in the flags of the available ring.
const NO_INTERRUPT: u64 = 1;
/// Where `idx` is, in the available and in the used ring.
const IDX: u64 = 2;
/// Where the entries begin, in the available and in the used ring.
const ENTRIES: u64 = 4;

/// A driver has broken a virtqueue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RingError {
    /// 2.7: a power of two, not above what the device allows.
    #[error("{size} is no size for it: a power of two up to {max} is")]
    Size {
        /// What the driver wants.
        size: u32,
        /// What the device allows.
        max: u16,
    },
    /// 2.7: an area is not aligned.
    #[error("its {area} at {address} is not aligned to {align} bytes")]
    Misaligned {
        /// Which of the three.
        area: &'static str,
        /// Where the driver has put it.
        address: PhysAddr,
        /// What its address should be a multiple of.
        align: u64,
    },
    /// An area, or part of it, is not RAM.
    #[error("its {area} at {address}, {len} bytes, is not in RAM")]
    AreaOutsideRam {
        /// Which of the three.
        area: &'static str,
        /// Where the driver has put it.
        address: PhysAddr,
        /// Its size in bytes.
        len: u64,
    },
    /// 4.2.4: the alignment of the used ring in the legacy layout.
    #[error("{0} is no alignment: it has to be a power of two")]
    Alignment(u32),
    /// More chains available than the ring has entries.
    #[error("its available index is {ahead} ahead, more than the size of the queue")]
    TooFarAhead {
        /// How many chains there would be.
        ahead: u16,
    },
    /// A chain or link beyond the table.
    #[error("descriptor {index} of a table of {count}")]
    Index {
        /// The number of the descriptor.
        index: u16,
        /// How many there are.
        count: u16,
    },
    /// 2.7.5.3.1: a loop, or a chain longer than the queue.
    #[error("a chain has more descriptors than the queue, or a loop")]
    ChainTooLong,
    /// 2.7.4.2: a driver-readable buffer after a device-writable one.
    #[error("a device-readable buffer follows a device-writable one")]
    ReadableAfterWritable,
    /// A buffer, or part of it, is not RAM.
    #[error("a buffer at {address}, {len} bytes, is not in RAM")]
    BufferOutsideRam {
        /// Where.
        address: PhysAddr,
        /// Its size in bytes.
        len: u32,
    },
    /// 2.7.5: more than 2^32 - 1 bytes in a chain.
    #[error("a chain has 4 GiB or more")]
    ChainTooLarge,
    /// 2.7.5.3: indirect without the feature, nested, or with NEXT.
    #[error("a descriptor is indirect where it may not be")]
    Indirect,
    /// 2.7.5.3: an indirect table of a wrong size or outside RAM.
    #[error("an indirect table at {address}, {len} bytes, is no table in RAM")]
    IndirectTable {
        /// Where.
        address: PhysAddr,
        /// Its size in bytes.
        len: u32,
    },
    /// A chain that has no room for the answer.
    #[error("a request has no room for its status")]
    NoRoom,
}

/// The features that change how a ring works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RingFeatures {
    /// `VIRTIO_F_INDIRECT_DESC`.
    pub indirect: bool,
    /// `VIRTIO_F_EVENT_IDX`.
    pub event_index: bool,
}

/// Where a driver has put the areas of a ring.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Number of entries.
    pub size: u32,
    /// The descriptor table.
    pub descriptors: PhysAddr,
    /// The available ring.
    pub available: PhysAddr,
    /// The used ring.
    pub used: PhysAddr,
}

impl Layout {
    /// The legacy layout (2.7.2): one piece of memory at `base`, the used ring
    /// aligned to `align` bytes.
    ///
    /// # Errors
    /// [`RingError::Alignment`] if `align` is not a power of two.
    pub fn legacy(base: u64, size: u32, align: u32) -> Result<Self, RingError> {
        if !align.is_power_of_two() {
            return Err(RingError::Alignment(align));
        }
        // An overflow leads out of RAM, which is found out later.
        let mask = u64::from(align) - 1;
        let available = base.wrapping_add(16 * u64::from(size));
        let end = available.wrapping_add(available_len(size));
        Ok(Self {
            size,
            descriptors: PhysAddr(base),
            available: PhysAddr(available),
            used: PhysAddr(end.wrapping_add(mask) & !mask),
        })
    }
}

fn available_len(size: u32) -> u64 {
    6 + 2 * u64::from(size)
}

fn used_len(size: u32) -> u64 {
    6 + 8 * u64::from(size)
}

/// The device's side of a split virtqueue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ring {
    /// A power of two up to [`Ring::MAX_SIZE`].
    size: u16,
    descriptors: PhysAddr,
    available: PhysAddr,
    used: PhysAddr,
    features: RingFeatures,
    /// Chains taken since the start, modulo 2^16.
    taken: u16,
    /// Chains given back since the start, modulo 2^16.
    given_back: u16,
    /// Whether the used ring's flags say that the driver need not notify.
    quiet: bool,
}

impl Ring {
    /// The most entries that a ring of ours can have.
    pub const MAX_SIZE: u16 = 256;

    /// A ring in its initial state: no chain was ever taken.
    ///
    /// # Errors
    /// [`RingError`] if the size is not a power of two up to `max`, or an area
    /// is not aligned or not in RAM.
    pub fn new(ram: &Ram, layout: Layout, max: u16) -> Result<Self, RingError> {
        let Layout {
            size,
            descriptors,
            available,
            used,
        } = layout;
        let max = max.min(Self::MAX_SIZE);
        let refused = RingError::Size { size, max };
        let entries = u16::try_from(size).map_err(|_| refused)?;
        if !entries.is_power_of_two() || entries > max {
            return Err(refused);
        }
        let areas = [
            ("descriptor table", descriptors, 16, 16 * u64::from(size)),
            ("available ring", available, 2, available_len(size)),
            ("used ring", used, 4, used_len(size)),
        ];
        for (area, address, align, len) in areas {
            if !address.0.is_multiple_of(align) {
                return Err(RingError::Misaligned {
                    area,
                    address,
                    align,
                });
            }
            if !ram.contains(address, len) {
                return Err(RingError::AreaOutsideRam { area, address, len });
            }
        }
        Ok(Self {
            size: entries,
            descriptors,
            available,
            used,
            features: RingFeatures::default(),
            taken: 0,
            given_back: 0,
            quiet: false,
        })
    }

    /// From now on, works with `features`.
    pub fn set_features(&mut self, features: RingFeatures) {
        self.features = features;
    }

    /// The number of entries.
    #[must_use]
    pub fn size(&self) -> u16 {
        self.size
    }

    /// Takes the next chain. With one in hand, the driver is told that it need
    /// not notify; `None` means that there is none and that the driver was
    /// told to notify.
    ///
    /// # Errors
    /// [`RingError`] if the driver has broken the ring.
    pub fn take(&mut self, ram: &mut Ram) -> Result<Option<Chain>, RingError> {
        if self.waiting(ram)? == 0 {
            self.ask_for_notifications(ram)?;
            // The driver may have added a chain before it could see the wish
            // (2.7.10.1), so this is the last look.
            if self.waiting(ram)? == 0 {
                return Ok(None);
            }
        }
        let entry = self.available.0 + ENTRIES + 2 * u64::from(self.taken % self.size);
        let head = self.word(ram, PhysAddr(entry))?;
        let chain = self.chain(ram, head)?;
        self.taken = self.taken.wrapping_add(1);
        self.ask_for_quiet(ram)?;
        Ok(Some(chain))
    }

    /// Gives back the chain that begins with `head`, with `written` bytes
    /// written to it. Tells whether the driver wants an interrupt for it
    /// (2.7.7.2).
    ///
    /// # Errors
    /// [`RingError`] if the ring is not in RAM (any more).
    pub fn give_back(&mut self, ram: &mut Ram, head: u16, written: u32) -> Result<bool, RingError> {
        let entry = self.used.0 + ENTRIES + 8 * u64::from(self.given_back % self.size);
        let element = u64::from(head) | u64::from(written) << 32;
        self.store(ram, PhysAddr(entry), Width::B8, element)?;
        let before = self.given_back;
        self.given_back = before.wrapping_add(1);
        let idx = u64::from(self.given_back);
        self.store(ram, self.used.offset(IDX), Width::B2, idx)?;
        if !self.features.event_index {
            return Ok(self.word(ram, self.available)? & NO_INTERRUPT as u16 == 0);
        }
        let used_event = ENTRIES + 2 * u64::from(self.size);
        let event = self.word(ram, self.available.offset(used_event))?;
        Ok(event == before)
    }

    /// How many chains the driver has made available that were not taken.
    fn waiting(&self, ram: &Ram) -> Result<u16, RingError> {
        let idx = self.word(ram, self.available.offset(IDX))?;
        let ahead = idx.wrapping_sub(self.taken);
        if ahead > self.size {
            return Err(RingError::TooFarAhead { ahead });
        }
        Ok(ahead)
    }

    /// Tells the driver to notify when it adds the next chain (2.7.10).
    fn ask_for_notifications(&mut self, ram: &mut Ram) -> Result<(), RingError> {
        if self.features.event_index {
            let avail_event = ENTRIES + 8 * u64::from(self.size);
            let at = self.used.offset(avail_event);
            self.store(ram, at, Width::B2, u64::from(self.taken))?;
        }
        if self.quiet {
            self.quiet = false;
            self.store(ram, self.used, Width::B2, 0)?;
        }
        Ok(())
    }

    /// Tells the driver that notifications would be of no use. With event
    /// indexes, the one that is reached already says so.
    fn ask_for_quiet(&mut self, ram: &mut Ram) -> Result<(), RingError> {
        if !self.quiet && !self.features.event_index {
            self.quiet = true;
            self.store(ram, self.used, Width::B2, NO_NOTIFY)?;
        }
        Ok(())
    }

    /// Reads 16 bits of the ring.
    fn word(&self, ram: &Ram, at: PhysAddr) -> Result<u16, RingError> {
        let value = ram.read(at, Width::B2).ok_or(outside("ring", at, 2))?;
        Ok(value as u16)
    }

    /// Writes to the used ring.
    fn store(
        &self,
        ram: &mut Ram,
        at: PhysAddr,
        width: Width,
        value: u64,
    ) -> Result<(), RingError> {
        let missing = outside("used ring", at, width.bytes());
        ram.write(at, width, value).ok_or(missing)
    }
}

/// The ring was in RAM when it was made; a smaller RAM under it is the only way
/// to get here.
fn outside(area: &'static str, address: PhysAddr, len: u64) -> RingError {
    RingError::AreaOutsideRam { area, address, len }
}
