//! From reset to the supervisor.

use core::fmt::Write;

use crate::board::{self, Console, FIRMWARE_BASE, FIRMWARE_SIZE, Power};
use crate::{csr, hart, timer};

/// PMP configuration bytes: naturally aligned power of two, with these rights.
const NAPOT: u64 = 0b11 << 3;
const RWX: u64 = 0b111;

/// Exceptions that the supervisor handles itself: all but its own calls (9)
/// and what concerns M-mode (11). Misaligned accesses, breakpoints and page
/// faults are its business.
const DELEGATED_EXCEPTIONS: u64 = 0xffff & !(1 << 9 | 1 << 10 | 1 << 11 | 1 << 14);

/// `mcounteren` and `menvcfg`: the supervisor may read all counters, and lower
/// modes may use the cache-block instructions (CBIE, CBCFE, CBZE) and Svpbmt
/// (PBMTE). ADUE is left as the board has it.
const ALL_COUNTERS: u64 = u32::MAX as u64;
const MENVCFG: u64 = 1 << 62 | 1 << 7 | 1 << 6 | 0b11 << 4;

/// Sets up the hart and enters the supervisor at `next`.
pub(crate) extern "C" fn start(hart: u64, tree: u64, next: u64) -> ! {
    if board::learn(tree).is_err() {
        // Without a device tree there is not even a console to complain on.
        hart::sleep_for_ever();
    }
    if board::memory(next, 4).is_none() {
        let _ = writeln!(Console, "firmware: there is no supervisor at {next:#x}");
        board::power(Power::OffAfterFailure);
    }
    protect();
    delegate();
    timer::set_up();
    hart::enter_supervisor(next, hart, tree)
}

/// The firmware's memory is nobody else's, everything else is the
/// supervisor's (privileged specification, "Physical Memory Protection").
fn protect() {
    let napot = |base: u64, size: u64| (base | (size / 2 - 1)) >> 2;
    csr::write::<{ csr::PMPADDR0 }>(napot(FIRMWARE_BASE, FIRMWARE_SIZE));
    csr::write::<{ csr::PMPADDR1 }>(u64::MAX >> 10);
    csr::write::<{ csr::PMPCFG0 }>((NAPOT | RWX) << 8 | NAPOT);
}

fn delegate() {
    csr::write::<{ csr::MEDELEG }>(DELEGATED_EXCEPTIONS);
    csr::write::<{ csr::MIDELEG }>(csr::SSI | csr::STI | csr::SEI);
    csr::write::<{ csr::MCOUNTEREN }>(ALL_COUNTERS);
    csr::set::<{ csr::MENVCFG }>(MENVCFG);
}
