//! Drivers for the devices of QEMU's `virt` machine, as small as the programs
//! that test such devices need them: for one hart in M-mode, without a heap.

pub mod block;
pub mod clint;
mod mmio;
pub mod plic;
pub mod trap;
pub mod uart;

use core::arch::asm;

pub use mmio::Registers;

/// The test finisher.
const FINISHER: Registers = Registers::at(0x0010_0000, 0x1000);
/// Written to the finisher: the end of a run that went well.
const FINISHER_PASS: u32 = 0x5555;
/// Written to the finisher with a status in the upper half: the other end.
const FINISHER_FAIL: u32 = 0x3333;

/// How many virtio-mmio slots there are.
pub const VIRTIO_SLOTS: usize = 8;

/// The registers of virtio-mmio slot `slot`.
#[must_use]
pub const fn virtio(slot: usize) -> Registers {
    Registers::at(0x1000_1000 + 0x1000 * slot, 0x1000)
}

/// The PLIC's source for virtio-mmio slot `slot`.
#[must_use]
pub const fn virtio_source(slot: usize) -> u32 {
    1 + slot as u32
}

/// Asks for the end of the run; a status has 16 bits here.
pub(crate) fn exit(status: u64) {
    let word = match status {
        0 => FINISHER_PASS,
        _ => FINISHER_FAIL | (status as u32) << 16,
    };
    FINISHER.write32(0, word);
}

/// Waits until an interrupt that `mie` enables is pending; with interrupts off
/// in `mstatus` it is not taken.
#[allow(unsafe_code, reason = "an instruction that Rust does not know")]
pub fn wait_for_interrupt() {
    // SAFETY: it touches neither memory nor registers.
    unsafe { asm!("wfi", options(nostack)) };
}

/// This hart's number.
#[must_use]
#[allow(unsafe_code, reason = "reads a CSR with inline assembly")]
pub fn hart() -> usize {
    let hart;
    // SAFETY: reading this CSR has no effect.
    unsafe { asm!("csrr {}, mhartid", out(reg) hart, options(nomem, nostack)) };
    hart
}
