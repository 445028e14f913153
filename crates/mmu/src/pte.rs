//! The page-table entry of Sv39, Sv48 and Sv57.
//!
//! Source: Privileged Architecture, Supervisor-Level ISA version 1.13,
//! "Sv39: Page-Based 39-bit Virtual-Memory System", "Addressing and Memory
//! Protection" (the other two use the same entry); Svnapot and Svpbmt
//! chapters for bits 63 and 62:61.

use core::fmt;

use crate::{PAGE_SHIFT, PhysAddr};

/// A page-table entry. Any value is allowed; [`translate`](crate::translate)
/// judges it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Pte(pub u64);

impl Pte {
    /// V: the entry is valid.
    pub const V: u64 = 1 << 0;
    /// R: readable.
    pub const R: u64 = 1 << 1;
    /// W: writable.
    pub const W: u64 = 1 << 2;
    /// X: executable.
    pub const X: u64 = 1 << 3;
    /// U: a page of U-mode.
    pub const U: u64 = 1 << 4;
    /// G: in all address spaces.
    pub const G: u64 = 1 << 5;
    /// A: accessed since the bit was cleared.
    pub const A: u64 = 1 << 6;
    /// D: written since the bit was cleared.
    pub const D: u64 = 1 << 7;
    /// RSW, bits 9:8: free for software.
    pub const RSW: u64 = 0b11 << 8;
    /// PPN, bits 53:10.
    pub const PPN: u64 = ((1 << 44) - 1) << Self::PPN_SHIFT;
    /// Bits 60:54, reserved, must be zero.
    pub const RESERVED: u64 = 0x7f << 54;
    /// PBMT, bits 62:61: memory type (Svpbmt).
    pub const PBMT: u64 = 0b11 << Self::PBMT_SHIFT;
    /// N: part of a naturally aligned contiguous range (Svnapot).
    pub const N: u64 = 1 << 63;

    const PPN_SHIFT: u32 = 10;
    const PBMT_SHIFT: u32 = 61;

    /// Size of an entry in bytes, PTESIZE.
    pub const SIZE: u64 = 8;

    /// An entry that points to `page` with the given low and high bits.
    pub const fn new(page: PhysAddr, bits: u64) -> Pte {
        Pte((page.0 >> PAGE_SHIFT << Self::PPN_SHIFT) & Self::PPN | bits)
    }

    /// Whether any of `bits` is set.
    #[inline]
    pub const fn has(self, bits: u64) -> bool {
        self.0 & bits != 0
    }

    /// The physical page number.
    #[inline]
    pub const fn ppn(self) -> u64 {
        (self.0 & Self::PPN) >> Self::PPN_SHIFT
    }

    /// The address of the page or table that the entry names.
    #[inline]
    pub const fn address(self) -> PhysAddr {
        PhysAddr(self.ppn() << PAGE_SHIFT)
    }

    /// Neither R, W nor X: a pointer to the next level (of a valid entry).
    #[inline]
    pub const fn is_pointer(self) -> bool {
        !self.has(Self::R | Self::W | Self::X)
    }

    /// The memory type in bits 62:61; `None` for the reserved encoding 3.
    #[inline]
    pub const fn pbmt(self) -> Option<Pbmt> {
        match (self.0 & Self::PBMT) >> Self::PBMT_SHIFT {
            0 => Some(Pbmt::Pma),
            1 => Some(Pbmt::NonCacheable),
            2 => Some(Pbmt::Io),
            _ => None,
        }
    }
}

impl From<u64> for Pte {
    fn from(raw: u64) -> Pte {
        Pte(raw)
    }
}

/// The bits as people write them, highest first, for example
/// `DA-U-WRV ppn=0x80200`: a letter for a bit that is set, `-` for one that is
/// not; rare fields only where they are not zero.
impl fmt::Display for Pte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LETTERS: [(u64, char); 8] = [
            (Pte::D, 'D'),
            (Pte::A, 'A'),
            (Pte::G, 'G'),
            (Pte::U, 'U'),
            (Pte::X, 'X'),
            (Pte::W, 'W'),
            (Pte::R, 'R'),
            (Pte::V, 'V'),
        ];
        for (bit, letter) in LETTERS {
            write!(f, "{}", if self.has(bit) { letter } else { '-' })?;
        }
        write!(f, " ppn={:#x}", self.ppn())?;
        if self.has(Self::RSW) {
            write!(f, " rsw={}", (self.0 & Self::RSW) >> 8)?;
        }
        if self.has(Self::RESERVED) {
            write!(f, " reserved={:#x}", (self.0 & Self::RESERVED) >> 54)?;
        }
        if self.has(Self::PBMT) {
            write!(f, " pbmt={}", (self.0 & Self::PBMT) >> Self::PBMT_SHIFT)?;
        }
        if self.has(Self::N) {
            write!(f, " N")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Pte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pte({:#018x}: {self})", self.0)
    }
}

/// The memory type that a leaf entry asks for (Svpbmt, "Encodings for PBMT
/// field in Sv39, Sv48, and Sv57 PTEs").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Pbmt {
    /// None: the physical memory attributes hold.
    #[default]
    Pma,
    /// NC: non-cacheable, idempotent main memory.
    NonCacheable,
    /// IO: non-cacheable, non-idempotent, strongly ordered.
    Io,
}

/// A set of permissions, in the bit order of PTE and PMP: R, W, X from bit 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Perms(u8);

impl Perms {
    /// Nothing is allowed.
    pub const NONE: Perms = Perms(0);
    /// Loads.
    pub const R: Perms = Perms(1);
    /// Stores.
    pub const W: Perms = Perms(2);
    /// Fetches.
    pub const X: Perms = Perms(4);
    /// Everything is allowed.
    pub const RWX: Perms = Perms(7);

    /// The set from three bits: R, W, X from bit 0.
    #[inline]
    pub const fn from_bits(bits: u8) -> Perms {
        Perms(bits & 7)
    }

    /// The three bits: R, W, X from bit 0.
    #[inline]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The permission that `access` needs.
    #[inline]
    pub const fn needed_by(access: crate::Access) -> Perms {
        match access {
            crate::Access::Fetch => Perms::X,
            crate::Access::Load => Perms::R,
            crate::Access::Store => Perms::W,
        }
    }

    /// Whether `access` is in the set.
    #[inline]
    pub const fn allow(self, access: crate::Access) -> bool {
        self.0 & Self::needed_by(access).0 != 0
    }
}

impl core::ops::BitOr for Perms {
    type Output = Perms;
    #[inline]
    fn bitor(self, other: Perms) -> Perms {
        Perms(self.0 | other.0)
    }
}

impl core::ops::BitOrAssign for Perms {
    #[inline]
    fn bitor_assign(&mut self, other: Perms) {
        self.0 |= other.0;
    }
}

impl core::ops::BitAnd for Perms {
    type Output = Perms;
    #[inline]
    fn bitand(self, other: Perms) -> Perms {
        Perms(self.0 & other.0)
    }
}

impl fmt::Display for Perms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (perm, letter) in [(Perms::R, 'r'), (Perms::W, 'w'), (Perms::X, 'x')] {
            let set = (*self & perm) != Perms::NONE;
            write!(f, "{}", if set { letter } else { '-' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Perms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Perms({self})")
    }
}
