//! The interrupt controller (RISC-V Platform-Level Interrupt Controller
//! Specification 1.0.0).

use super::Registers;

const PLIC: Registers = Registers::at(0x0c00_0000, 0x60_0000);

/// One of the two receivers of interrupts of a hart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context(usize);

impl Context {
    /// The one that raises the external interrupt of M-mode.
    #[must_use]
    pub const fn machine(hart: usize) -> Self {
        Self(2 * hart)
    }

    /// The one that raises the external interrupt of S-mode.
    #[must_use]
    pub const fn supervisor(hart: usize) -> Self {
        Self(2 * hart + 1)
    }

    /// Lets the interrupts of `source` come here, those of no other source of
    /// the first 31, at priority 1.
    pub fn take_only(self, source: u32) {
        PLIC.write32(4 * source as usize, 1);
        PLIC.write32(0x2000 + 0x80 * self.0, 1 << source);
        PLIC.write32(0x20_0000 + 0x1000 * self.0, 0); // threshold
    }

    /// Lets no interrupt of the first 31 sources come here.
    pub fn take_none(self) {
        PLIC.write32(0x2000 + 0x80 * self.0, 0);
    }

    /// Takes the pending interrupt of the highest priority.
    #[must_use]
    pub fn claim(self) -> Option<u32> {
        let source = PLIC.read32(0x20_0004 + 0x1000 * self.0);
        (source != 0).then_some(source)
    }

    /// Says that the interrupt of `source` has been dealt with.
    pub fn complete(self, source: u32) {
        PLIC.write32(0x20_0004 + 0x1000 * self.0, source);
    }
}
