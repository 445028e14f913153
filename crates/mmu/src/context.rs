//! What a translation depends on besides memory: the kind of access, the
//! effective privilege and the address-translation state of the hart.
//!
//! Sources: The RISC-V Instruction Set Manual, Volume II: Privileged
//! Architecture, Supervisor-Level ISA version 1.13, "Supervisor Address
//! Translation and Protection (`satp`) Register", and Machine-Level ISA
//! version 1.13, "Memory Privilege in `mstatus` Register".

use core::fmt;

use crate::{PhysAddr, Privilege};

/// A virtual address: what an instruction names.
///
/// A separate type, so that it is never taken for a [`PhysAddr`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct VirtAddr(pub u64);

impl VirtAddr {
    /// The offset in the 4 KiB page.
    #[inline]
    pub const fn page_offset(self) -> u64 {
        self.0 & (crate::PAGE_SIZE - 1)
    }

    /// The index into the page table of `level` (VPN\[level\], 9 bits).
    #[inline]
    pub const fn vpn(self, level: u8) -> u64 {
        self.0 >> (crate::PAGE_SHIFT as u32 + VPN_BITS * level as u32) & ((1 << VPN_BITS) - 1)
    }
}

impl fmt::Display for VirtAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::LowerHex for VirtAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

/// Bits of a virtual address that one level of the page table translates.
pub(crate) const VPN_BITS: u32 = 9;

/// Why memory is accessed; decides the permission that is needed and the
/// exception that a failure raises.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Access {
    /// An instruction fetch.
    Fetch,
    /// A load or a load-reserved.
    Load,
    /// A store, a store-conditional, an AMO or `cbo.zero`: everything whose
    /// failure is a store/AMO exception.
    Store,
}

impl Access {
    /// All three, for tables and tests.
    pub const ALL: [Access; 3] = [Access::Fetch, Access::Load, Access::Store];

    /// The word for people: `fetch`, `load` or `store`.
    pub const fn name(self) -> &'static str {
        match self {
            Access::Fetch => "fetch",
            Access::Load => "load",
            Access::Store => "store",
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The address-translation scheme of `satp.MODE`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Mode {
    /// No translation: virtual addresses are physical addresses.
    #[default]
    Bare,
    /// Three levels, 39-bit virtual addresses.
    Sv39,
    /// Four levels, 48-bit virtual addresses.
    Sv48,
    /// Five levels, 57-bit virtual addresses.
    Sv57,
}

impl Mode {
    /// All modes, for tables and tests.
    pub const ALL: [Mode; 4] = [Mode::Bare, Mode::Sv39, Mode::Sv48, Mode::Sv57];

    /// The mode that a value of `satp` names; `None` for a reserved encoding
    /// (a write of which leaves `satp` as it is).
    #[inline]
    pub const fn from_satp(satp: u64) -> Option<Mode> {
        match satp >> SATP_MODE_SHIFT {
            0 => Some(Mode::Bare),
            8 => Some(Mode::Sv39),
            9 => Some(Mode::Sv48),
            10 => Some(Mode::Sv57),
            _ => None,
        }
    }

    /// The encoding in `satp.MODE`.
    pub const fn satp_bits(self) -> u64 {
        match self {
            Mode::Bare => 0,
            Mode::Sv39 => 8,
            Mode::Sv48 => 9,
            Mode::Sv57 => 10,
        }
    }

    /// How many levels of page tables there are: 0 for [`Mode::Bare`].
    #[inline]
    pub const fn levels(self) -> u8 {
        match self {
            Mode::Bare => 0,
            Mode::Sv39 => 3,
            Mode::Sv48 => 4,
            Mode::Sv57 => 5,
        }
    }

    /// Bits of a virtual address that take part in translation; those above
    /// must all equal the highest of them. 64 for [`Mode::Bare`].
    #[inline]
    pub const fn va_bits(self) -> u32 {
        match self {
            Mode::Bare => 64,
            _ => crate::PAGE_SHIFT as u32 + VPN_BITS * self.levels() as u32,
        }
    }

    /// Whether the bits of `va` above [`va_bits`](Self::va_bits) are a sign
    /// extension.
    #[inline]
    pub const fn is_canonical(self, va: VirtAddr) -> bool {
        let unused = 64 - self.va_bits();
        ((va.0 as i64) << unused) >> unused == va.0 as i64
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Bare => "Bare",
            Mode::Sv39 => "Sv39",
            Mode::Sv48 => "Sv48",
            Mode::Sv57 => "Sv57",
        })
    }
}

const SATP_MODE_SHIFT: u32 = 60;
const SATP_ASID_SHIFT: u32 = 44;
const SATP_PPN_MASK: u64 = (1 << SATP_ASID_SHIFT) - 1;

/// What a translation depends on besides memory and PMP.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Context {
    /// The scheme of `satp.MODE`.
    pub mode: Mode,
    /// The address of the root page table, `satp.PPN` × 4096.
    pub root: PhysAddr,
    /// The address-space identifier, `satp.ASID`.
    pub asid: u16,
    /// The *effective* privilege: for loads and stores, MPRV is already
    /// taken into account.
    pub privilege: Privilege,
    /// `mstatus.SUM`: S-mode may touch user pages.
    pub sum: bool,
    /// `mstatus.MXR`: loads may read executable pages.
    pub mxr: bool,
    /// `menvcfg.ADUE`: the walk sets A and D itself (Svadu); otherwise a
    /// clear bit is a page fault (Svade).
    pub hardware_ad: bool,
    /// `menvcfg.PBMTE`: PTE bits 62:61 are memory types (Svpbmt).
    pub pbmte: bool,
    /// Svnapot is part of the ISA: PTE bit 63 is N.
    pub svnapot: bool,
}

impl Context {
    /// A context without translation for `privilege`: the state after reset,
    /// and the start for building others.
    pub const fn bare(privilege: Privilege) -> Context {
        Context {
            mode: Mode::Bare,
            root: PhysAddr(0),
            asid: 0,
            privilege,
            sum: false,
            mxr: false,
            hardware_ad: false,
            pbmte: false,
            svnapot: false,
        }
    }

    /// This context with mode, root and ASID of a value of `satp`; `None` if
    /// its MODE is reserved.
    pub const fn with_satp(self, satp: u64) -> Option<Context> {
        match Mode::from_satp(satp) {
            None => None,
            Some(mode) => Some(Context {
                mode,
                root: PhysAddr((satp & SATP_PPN_MASK) << crate::PAGE_SHIFT),
                asid: (satp >> SATP_ASID_SHIFT) as u16,
                ..self
            }),
        }
    }

    /// The value of `satp` that this context comes from.
    pub const fn satp(&self) -> u64 {
        self.mode.satp_bits() << SATP_MODE_SHIFT
            | (self.asid as u64) << SATP_ASID_SHIFT
            | self.root.0 >> crate::PAGE_SHIFT & SATP_PPN_MASK
    }

    /// Whether addresses are translated at all: not in Bare mode, and never
    /// in M-mode.
    #[inline]
    pub fn translates(&self) -> bool {
        self.mode != Mode::Bare && self.privilege != Privilege::Machine
    }
}
