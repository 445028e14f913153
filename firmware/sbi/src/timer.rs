//! The supervisor's timer: its own one where the hart has it (Sstc), else the
//! machine timer, whose interrupts are passed on.

use crate::{board, csr};

/// Lets the supervisor have a timer of its own, if there is one.
pub(crate) fn set_up() {
    csr::set::<{ csr::MENVCFG }>(csr::MENVCFG_STCE);
}

fn has_own() -> bool {
    csr::read::<{ csr::MENVCFG }>() & csr::MENVCFG_STCE != 0
}

/// Interrupts the supervisor when the timer reads `ticks`; an interrupt that
/// is pending is taken back.
pub(crate) fn set(ticks: u64) {
    if has_own() {
        csr::write::<{ csr::STIMECMP }>(ticks);
        return;
    }
    csr::clear::<{ csr::MIP }>(csr::STI);
    board::set_machine_timer(ticks);
    csr::set::<{ csr::MIE }>(csr::MTI);
}

/// The machine timer has interrupted.
pub(crate) fn interrupted() {
    csr::clear::<{ csr::MIE }>(csr::MTI);
    csr::set::<{ csr::MIP }>(csr::STI);
}
