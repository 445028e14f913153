//! The platform-level interrupt controller.
//!
//! Source: *RISC-V Platform-Level Interrupt Controller Specification*, version 1.0.

use crate::arch::Registers;

/// The context of hart 0 in S-mode.
const CONTEXT: u64 = 1;

const PRIORITY: u64 = 0;
const ENABLE: u64 = 0x2000 + 0x80 * CONTEXT;
const THRESHOLD: u64 = 0x20_0000 + 0x1000 * CONTEXT;
const CLAIM: u64 = THRESHOLD + 4;

/// The controller.
#[derive(Debug)]
pub(crate) struct Plic {
    registers: Registers,
}

impl Plic {
    pub(crate) fn new(registers: Registers) -> Plic {
        registers.write(THRESHOLD, 0u32);
        Plic { registers }
    }

    /// Lets a source interrupt.
    pub(crate) fn enable(&mut self, source: u32) {
        self.registers.write(PRIORITY + 4 * u64::from(source), 1u32);
        let word = ENABLE + 4 * u64::from(source / 32);
        let enabled: u32 = self.registers.read(word);
        self.registers.write(word, enabled | 1 << (source % 32));
    }

    /// Takes the interrupt of a source, if one is waiting.
    pub(crate) fn claim(&mut self) -> Option<u32> {
        let source: u32 = self.registers.read(CLAIM);
        (source != 0).then_some(source)
    }

    /// The source may interrupt again.
    pub(crate) fn complete(&mut self, source: u32) {
        self.registers.write(CLAIM, source);
    }
}
