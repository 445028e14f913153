//! Privilege modes (RISC-V privileged specification, Privilege Levels).

use core::fmt;

/// A privilege mode, with its encoding in `mstatus.MPP`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Privilege {
    /// U-mode: programs.
    User = 0,
    /// S-mode: the operating system.
    Supervisor = 1,
    /// M-mode: the firmware. Its accesses are not translated.
    Machine = 3,
}

impl Privilege {
    /// The mode that a 2-bit field names; `None` for the reserved encoding 2.
    #[inline]
    pub const fn from_bits(bits: u64) -> Option<Privilege> {
        match bits {
            0 => Some(Privilege::User),
            1 => Some(Privilege::Supervisor),
            3 => Some(Privilege::Machine),
            _ => None,
        }
    }

    /// `U`, `S` or `M`.
    pub const fn letter(self) -> char {
        match self {
            Privilege::User => 'U',
            Privilege::Supervisor => 'S',
            Privilege::Machine => 'M',
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-mode", self.letter())
    }
}
