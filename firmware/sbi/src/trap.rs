//! What comes to M-mode: calls of the supervisor, the timer, and what nobody
//! expects.

use core::fmt::Write;

use crate::board::{self, Console, Power};
use crate::hart::Registers;
use crate::{call, csr, timer};

const INTERRUPT: u64 = 1 << 63;
const MACHINE_TIMER: u64 = INTERRUPT | 7;
const CALL_FROM_S: u64 = 9;

/// Handles a trap. The registers are those of the supervisor, to be changed.
pub(crate) extern "C" fn trap(registers: &mut Registers) {
    match csr::read::<{ csr::MCAUSE }>() {
        CALL_FROM_S => {
            call::answer(registers);
            csr::write::<{ csr::MEPC }>(csr::read::<{ csr::MEPC }>() + 4);
        }
        MACHINE_TIMER => timer::interrupted(),
        cause => unexpected(cause),
    }
}

/// Nothing that the supervisor does comes here, so the firmware is wrong, or
/// the board.
fn unexpected(cause: u64) -> ! {
    let (pc, value) = (csr::read::<{ csr::MEPC }>(), csr::read::<{ csr::MTVAL }>());
    let _ = writeln!(
        Console,
        "firmware: unexpected trap, mcause {cause:#x}, mepc {pc:#x}, mtval {value:#x}"
    );
    board::power(Power::OffAfterFailure)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Console, "firmware: {info}");
    board::power(Power::OffAfterFailure)
}
