//! Control and status registers.
//!
//! RISC-V privileged specification, Control and Status Registers. The rows
//! are in `csr/table.rs`.

pub mod fields;
mod macros;
mod table;

pub use table::Csr;

use crate::{IsaSet, Privilege};
use core::fmt;

/// In [`INDEX`]: there is no such register.
const ABSENT: u8 = u8::MAX;

/// Position in [`Csr::ALL`] by number.
static INDEX: [u8; 4096] = {
    assert!(Csr::ALL.len() < ABSENT as usize);
    let mut index = [ABSENT; 4096];
    let mut i = 0;
    while i < Csr::ALL.len() {
        let slot = &mut index[Csr::ALL[i].number() as usize];
        assert!(*slot == ABSENT, "two CSRs have the same number");
        *slot = i as u8;
        i += 1;
    }
    index
};

static ALL: [Csr; Csr::ALL.len()] = Csr::ALL;

static NAMES: [Name; Csr::ALL.len()] = {
    let mut names = [Name::EMPTY; Csr::ALL.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = Name::of(Csr::ALL[i]);
        i += 1;
    }
    names
};

impl Csr {
    /// The register with this number (its low 12 bits), on whatever hart.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        ALL.get(INDEX[usize::from(number & 0xfff)] as usize)
            .copied()
    }

    /// The register with this number if a hart with `isa` has it.
    #[must_use]
    pub fn lookup(number: u16, isa: IsaSet) -> Option<Self> {
        Self::from_number(number).filter(|csr| csr.exists(isa))
    }

    /// The register with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|csr| csr.name() == name)
    }

    /// Does a hart with `isa` have it?
    #[must_use]
    pub const fn exists(self, isa: IsaSet) -> bool {
        self.extension().is_met_by(isa)
    }

    /// The name in assembly language.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[INDEX[usize::from(self.number())] as usize].as_str()
    }

    /// The lowest privilege that may access it: bits 9 and 8 of the number.
    /// Other rules (counter enables, TVM, FS, …) can forbid more.
    #[must_use]
    pub const fn min_privilege(self) -> Privilege {
        match self.number() >> 8 & 0b11 {
            0 => Privilege::User,
            1 => Privilege::Supervisor,
            _ => Privilege::Machine,
        }
    }

    /// Is every write to it illegal? Bits 11 and 10 of the number say so.
    #[must_use]
    pub const fn is_read_only(self) -> bool {
        self.number() >> 10 == 0b11
    }

    /// The register that stands in for it while a virtual machine runs in
    /// VS-mode. No hart has the hypervisor extension yet.
    #[must_use]
    pub const fn vs_alias(self) -> Option<Self> {
        None
    }
}

impl fmt::Display for Csr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The name of a register, put together at compile time.
#[derive(Clone, Copy)]
struct Name {
    bytes: [u8; 16],
    len: u8,
}

impl Name {
    const EMPTY: Self = Self {
        bytes: [0; 16],
        len: 0,
    };

    const fn of(csr: Csr) -> Self {
        let (family, number) = csr.name_parts();
        let mut name = Self::EMPTY;
        let mut i = 0;
        while i < family.len() {
            name = name.push(family.as_bytes()[i]);
            i += 1;
        }
        if let Some(number) = number {
            if number >= 10 {
                name = name.push(b'0' + number / 10);
            }
            name = name.push(b'0' + number % 10);
        }
        name
    }

    const fn push(mut self, byte: u8) -> Self {
        self.bytes[self.len as usize] = byte;
        self.len += 1;
        self
    }

    fn as_str(&self) -> &str {
        let bytes = &self.bytes[..usize::from(self.len)];
        core::str::from_utf8(bytes).expect("CSR names are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Extension;

    #[test]
    fn numbers_and_names_lead_back() {
        for csr in Csr::ALL {
            assert_eq!(Csr::from_number(csr.number()), Some(csr));
            assert_eq!(Csr::from_name(csr.name()), Some(csr));
        }
        let known = (0..4096).filter(|&n| Csr::from_number(n).is_some()).count();
        assert_eq!(known, Csr::ALL.len());
    }

    #[test]
    fn families_have_the_numbers_of_the_manual() {
        for (name, number) in [
            ("hpmcounter3", 0xc03),
            ("hpmcounter31", 0xc1f),
            ("mhpmcounter3", 0xb03),
            ("mhpmcounter31", 0xb1f),
            ("mhpmevent3", 0x323),
            ("mhpmevent31", 0x33f),
            ("pmpcfg0", 0x3a0),
            ("pmpcfg14", 0x3ae),
            ("pmpaddr0", 0x3b0),
            ("pmpaddr63", 0x3ef),
        ] {
            assert_eq!(
                Csr::from_name(name).map(Csr::number),
                Some(number),
                "{name}"
            );
        }
    }

    #[test]
    fn registers_of_extensions_that_nobody_announced_do_not_exist() {
        // vstart, mseccfg, hstatus, mstateen0, scountovf, seed, pmpcfg1,
        // mcyclecfg, siselect, and instret's missing neighbour mhpmcounter 1.
        for number in [
            0x008, 0x747, 0x600, 0x30c, 0xda0, 0x015, 0x3a1, 0x321, 0x150, 0xb01,
        ] {
            assert_eq!(Csr::from_number(number), None, "{number:#x}");
        }
    }

    #[test]
    fn access_rights_come_from_the_number() {
        assert_eq!(Csr::Cycle.min_privilege(), Privilege::User);
        assert_eq!(Csr::Satp.min_privilege(), Privilege::Supervisor);
        assert_eq!(Csr::Pmpaddr(3).min_privilege(), Privilege::Machine);
        assert!(Csr::Mhartid.is_read_only() && Csr::Hpmcounter(3).is_read_only());
        assert!(!Csr::Mhpmcounter(3).is_read_only() && !Csr::Fcsr.is_read_only());
        for csr in Csr::ALL.into_iter().filter(|csr| csr.is_read_only()) {
            assert_eq!(csr.write_mask(IsaSet::ANNOUNCED), 0, "{csr}");
        }
    }

    #[test]
    fn masks_and_values_follow_the_announced_extensions() {
        let (base, full) = (IsaSet::BASE, IsaSet::ANNOUNCED);
        assert!(!Csr::Fcsr.exists(base) && Csr::Fcsr.exists(full));
        assert!(Csr::lookup(0xc00, base).is_none());
        assert_eq!(Csr::Mstatus.write_mask(full), 0x007e_79aa);
        assert_eq!(Csr::Mstatus.write_mask(base), 0x007e_19aa);
        assert_eq!(Csr::Sstatus.write_mask(full), 0x000c_6122);
        assert_eq!(Csr::Menvcfg.write_mask(full), 0xe000_0000_0000_00f1);
        assert_eq!(Csr::Menvcfg.write_mask(base), 1);
        assert_eq!(Csr::Mepc.write_mask(base), !3);
        assert_eq!(Csr::Mepc.write_mask(full), !1);
        assert_eq!(Csr::Pmpcfg(2).write_mask(full), 0x9f9f_9f9f_9f9f_9f9f);
        assert_eq!(Csr::Pmpcfg(4).write_mask(full), 0);
        assert_eq!(Csr::Pmpaddr(15).write_mask(full), (1 << 54) - 1);
        assert_eq!(Csr::Pmpaddr(16).write_mask(full), 0);
        assert_eq!(Csr::Misa.reset_value(base), 0x8000_0000_0014_0100);
        assert_eq!(Csr::Misa.reset_value(full), 0x8000_0000_0014_112f);
        let without_d = full.without(Extension::D);
        assert_eq!(Csr::Misa.reset_value(without_d), 0x8000_0000_0014_1127);
    }

    #[test]
    fn reset_values_are_legal() {
        for csr in Csr::ALL {
            let settable = csr.write_mask(IsaSet::ANNOUNCED);
            let fixed = csr.reset_value(IsaSet::ANNOUNCED) & !settable;
            let may_be_fixed = matches!(csr, Csr::Misa | Csr::Mstatus | Csr::Sstatus);
            assert!(fixed == 0 || may_be_fixed, "{csr}");
        }
    }
}
