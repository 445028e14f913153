//! Physical memory protection: 16 entries with a grain of 4 bytes.
//!
//! Source: Privileged Architecture, Machine-Level ISA version 1.13, "Physical
//! Memory Protection".
//!
//! CHOICE(spec): 16 entries, G = 0, all off and unlocked after reset. The
//! reserved combination R=0 W=1 is stored with W cleared.

use crate::pte::Perms;
use crate::{Access, PAGE_SIZE, PhysAddr, Privilege};

/// The entries `pmp0cfg`/`pmpaddr0` and on of one hart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pmp {
    cfg: [u8; Pmp::ENTRIES],
    addr: [u64; Pmp::ENTRIES],
    /// What the registers mean, derived from them at each write.
    ranges: [Range; Pmp::ENTRIES],
    /// Bit i: entry i matches at least one address.
    active: u16,
}

/// The bytes from `start` up to, not including, `end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Range {
    start: u64,
    end: u64,
}

/// PMP forbids an access.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PmpDenied {
    /// The entry that decided: the lowest-numbered one that matches a byte of
    /// the access. `None` if none does, which forbids the access to S and U.
    pub entry: Option<u8>,
}

/// `pmpcfg` bits 2:0: what the entry permits, laid out as in [`Perms`].
const CFG_PERMS: u8 = 0b111;
const CFG_R: u8 = 1 << 0;
const CFG_W: u8 = 1 << 1;
/// `pmpcfg` bits 4:3: how the entry matches addresses.
const CFG_A_SHIFT: u32 = 3;
const CFG_A: u8 = 0b11 << CFG_A_SHIFT;
const A_OFF: u8 = 0;
const A_TOR: u8 = 1;
const A_NA4: u8 = 2;
/// `pmpcfg` bit 7: locked until reset, and binding for M-mode too.
const CFG_L: u8 = 1 << 7;
/// The bits of `pmpcfg` that exist; 6:5 read as zero.
const CFG_IMPLEMENTED: u8 = CFG_PERMS | CFG_A | CFG_L;
/// A register holds bits 55:2 of an address.
const ADDR_SHIFT: u32 = 2;
const ADDR_IMPLEMENTED: u64 = (1 << (crate::PHYS_ADDR_BITS - ADDR_SHIFT)) - 1;
/// Entries in one 64-bit `pmpcfg` register.
const ENTRIES_PER_REGISTER: usize = 8;

impl Default for Pmp {
    fn default() -> Pmp {
        Pmp::new()
    }
}

impl Pmp {
    /// How many entries there are.
    pub const ENTRIES: usize = 16;

    /// The state after reset: all entries off, none locked. M-mode may do
    /// everything, S and U nothing.
    pub const fn new() -> Pmp {
        Pmp {
            cfg: [0; Pmp::ENTRIES],
            addr: [0; Pmp::ENTRIES],
            ranges: [Range { start: 0, end: 0 }; Pmp::ENTRIES],
            active: 0,
        }
    }

    /// Entry 0 lets all modes do everything everywhere: what firmware sets up
    /// that does not care for protection.
    pub fn open() -> Pmp {
        const NAPOT_RWX: u64 = 0b11 << CFG_A_SHIFT | CFG_PERMS as u64;
        let mut pmp = Pmp::new();
        pmp.write_addr(0, u64::MAX);
        pmp.write_cfg(0, NAPOT_RWX);
        pmp
    }

    /// Reads the CSR `pmpcfg<register>`. On RV64 only even registers exist;
    /// those beyond the last entry read as zero.
    ///
    /// # Panics
    ///
    /// If `register` is odd: that CSR is illegal, and its access traps.
    pub fn read_cfg(&self, register: usize) -> u64 {
        let first = first_entry(register);
        let mut bytes = [0; ENTRIES_PER_REGISTER];
        if let Some(cfg) = self.cfg.get(first..first + ENTRIES_PER_REGISTER) {
            bytes.copy_from_slice(cfg);
        }
        u64::from_le_bytes(bytes)
    }

    /// Writes the CSR `pmpcfg<register>`, except entries that are locked. Says
    /// whether anything changed (and cached permissions are therefore stale).
    ///
    /// # Panics
    ///
    /// If `register` is odd: that CSR is illegal, and its access traps.
    pub fn write_cfg(&mut self, register: usize, value: u64) -> bool {
        let before = self.cfg;
        let entries = self.cfg.iter_mut().skip(first_entry(register));
        for (cfg, byte) in entries.zip(value.to_le_bytes()) {
            if *cfg & CFG_L == 0 {
                *cfg = legal_cfg(byte);
            }
        }
        self.derive();
        self.cfg != before
    }

    /// Reads the CSR `pmpaddr<entry>`; zero beyond the last entry.
    pub fn read_addr(&self, entry: usize) -> u64 {
        self.addr.get(entry).copied().unwrap_or(0)
    }

    /// Writes the CSR `pmpaddr<entry>`, unless the entry is locked or is the
    /// bottom of a locked top-of-range entry. Says whether anything changed.
    pub fn write_addr(&mut self, entry: usize, value: u64) -> bool {
        if entry >= Pmp::ENTRIES || self.is_addr_locked(entry) {
            return false;
        }
        let value = value & ADDR_IMPLEMENTED;
        let changed = self.addr[entry] != value;
        self.addr[entry] = value;
        self.derive();
        changed
    }

    fn is_addr_locked(&self, entry: usize) -> bool {
        let is_locked = |cfg: &u8| cfg & CFG_L != 0;
        is_locked(&self.cfg[entry])
            || self
                .cfg
                .get(entry + 1)
                .is_some_and(|next| is_locked(next) && matching(*next) == A_TOR)
    }

    /// Brings what is derived from the registers up to date.
    fn derive(&mut self) {
        self.active = 0;
        for entry in 0..Pmp::ENTRIES {
            self.ranges[entry] = self.range_of(entry);
            if self.ranges[entry].start < self.ranges[entry].end {
                self.active |= 1 << entry;
            }
        }
    }

    /// "Address Matching": the bytes that an entry is about.
    fn range_of(&self, entry: usize) -> Range {
        let addr = self.addr[entry];
        match matching(self.cfg[entry]) {
            A_OFF => Range::default(),
            A_TOR => {
                let below = if entry == 0 { 0 } else { self.addr[entry - 1] };
                Range {
                    start: below << ADDR_SHIFT,
                    end: addr << ADDR_SHIFT,
                }
            }
            A_NA4 => Range::naturally_aligned(addr << ADDR_SHIFT, ADDR_SHIFT),
            // NAPOT: each low one bit doubles the size, from 8 bytes up.
            _ => {
                let size_log2 = addr.trailing_ones() + 1 + ADDR_SHIFT;
                Range::naturally_aligned(addr << ADDR_SHIFT, size_log2)
            }
        }
    }

    /// Whether no entry matches any address: M-mode may do everything, S and
    /// U nothing.
    #[inline]
    pub fn is_trivial(&self) -> bool {
        self.active == 0
    }

    /// Whether `len` bytes from `pa` on may be accessed: "Priority and
    /// Matching Logic". The lowest-numbered entry that matches any byte
    /// decides, and it has to match them all.
    ///
    /// # Errors
    ///
    /// If not, with the entry that decided.
    #[inline]
    pub fn check(
        &self,
        pa: PhysAddr,
        len: u64,
        access: Access,
        privilege: Privilege,
    ) -> Result<(), PmpDenied> {
        let bytes = Range {
            start: pa.0,
            end: pa.0.saturating_add(len),
        };
        let Some(entry) = self.first_match(bytes) else {
            return default_perms(privilege)
                .allow(access)
                .then_some(())
                .ok_or(PmpDenied { entry: None });
        };
        let allowed =
            self.ranges[entry].contains(bytes) && self.perms_of(entry, privilege).allow(access);
        if allowed {
            Ok(())
        } else {
            Err(PmpDenied {
                entry: Some(entry as u8),
            })
        }
    }

    /// What `privilege` may do on the 4 KiB page that holds `page`, if the
    /// whole page is under one rule. Only then may a TLB hold the page:
    /// otherwise the answer depends on the bytes of the access.
    pub fn uniform(&self, page: PhysAddr, privilege: Privilege) -> Option<Perms> {
        let start = page.page().0;
        let bytes = Range {
            start,
            end: start.saturating_add(PAGE_SIZE),
        };
        match self.first_match(bytes) {
            None => Some(default_perms(privilege)),
            Some(entry) => self.ranges[entry]
                .contains(bytes)
                .then(|| self.perms_of(entry, privilege)),
        }
    }

    /// The lowest-numbered entry that matches any of `bytes`.
    #[inline]
    fn first_match(&self, bytes: Range) -> Option<usize> {
        let mut left = self.active;
        while left != 0 {
            let entry = left.trailing_zeros() as usize % Pmp::ENTRIES;
            if self.ranges[entry].overlaps(bytes) {
                return Some(entry);
            }
            left &= left - 1;
        }
        None
    }

    /// What an entry lets `privilege` do on the bytes that it matches.
    #[inline]
    fn perms_of(&self, entry: usize, privilege: Privilege) -> Perms {
        let cfg = self.cfg[entry];
        if privilege == Privilege::Machine && cfg & CFG_L == 0 {
            return Perms::RWX;
        }
        Perms::from_bits(cfg & CFG_PERMS)
    }
}

impl Range {
    fn naturally_aligned(address: u64, size_log2: u32) -> Range {
        let size = 1 << size_log2;
        let start = address & !(size - 1);
        Range {
            start,
            end: start + size,
        }
    }

    #[inline]
    fn overlaps(self, other: Range) -> bool {
        self.start < other.end && other.start < self.end
    }

    #[inline]
    fn contains(self, other: Range) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// What is allowed where no entry matches.
#[inline]
fn default_perms(privilege: Privilege) -> Perms {
    match privilege {
        Privilege::Machine => Perms::RWX,
        Privilege::Supervisor | Privilege::User => Perms::NONE,
    }
}

/// The A field of a `pmpcfg` byte.
fn matching(cfg: u8) -> u8 {
    (cfg & CFG_A) >> CFG_A_SHIFT
}

/// The value that a write of `byte` stores.
fn legal_cfg(byte: u8) -> u8 {
    let write_only = byte & (CFG_R | CFG_W) == CFG_W;
    let reserved = if write_only { CFG_W } else { 0 };
    byte & CFG_IMPLEMENTED & !reserved
}

/// The first entry of `pmpcfg<register>`: RV64 packs eight into each even
/// register.
fn first_entry(register: usize) -> usize {
    assert!(
        register.is_multiple_of(2),
        "pmpcfg{register} does not exist on RV64"
    );
    register / 2 * ENTRIES_PER_REGISTER
}
