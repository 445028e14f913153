//! Software and timer interrupts between and for harts (RISC-V ACLINT 1.0).

use super::Registers;

const CLINT: Registers = Registers::at(0x0200_0000, 0x1_0000);
const MTIMECMP: usize = 0x4000;
const MTIME: usize = 0xbff8;

/// Raises or lowers the software interrupt of hart `hart`.
pub fn set_software_interrupt(hart: usize, is_raised: bool) {
    CLINT.write32(4 * hart, is_raised.into());
}

/// How many harts there are: those whose software interrupt can be raised.
/// For hart 0, while no other hart has enabled that interrupt.
#[must_use]
pub fn harts(at_most: usize) -> usize {
    let exists = |hart: &usize| {
        set_software_interrupt(*hart, true);
        let exists = CLINT.read32(4 * hart) & 1 != 0;
        set_software_interrupt(*hart, false);
        exists
    };
    (0..at_most).take_while(exists).count()
}

/// Ticks of the board's timer: 10 million in a second.
#[must_use]
pub fn now() -> u64 {
    CLINT.read64(MTIME)
}

/// The timer interrupt of hart `hart` is pending from tick `ticks` on.
pub fn set_timer(hart: usize, ticks: u64) {
    CLINT.write64(MTIMECMP + 8 * hart, ticks);
}
