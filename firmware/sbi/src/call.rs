//! The calls of the Supervisor Binary Interface, version 2.0: base, time,
//! system reset, debug console, and the legacy calls that small kernels use.
#![allow(
    unsafe_code,
    reason = "the debug console copies from and to the supervisor's memory"
)]

use crate::board::{self, Power};
use crate::hart::Registers;
use crate::{csr, timer};

/// Version 2.0 (chapter 4).
const SPEC_VERSION: u64 = 2 << 24;
/// "PW": no number is registered for this implementation.
const IMPLEMENTATION: u64 = 0x5057;
const IMPLEMENTATION_VERSION: u64 = 1;

/// Errors (chapter 3).
#[derive(Clone, Copy)]
enum Error {
    NotSupported = -2,
    InvalidParam = -3,
}

type Result = core::result::Result<u64, Error>;

/// Extension numbers: the ASCII codes of their names.
const BASE: u64 = 0x10;
const TIME: u64 = 0x5449_4d45;
const SRST: u64 = 0x5352_5354;
const DBCN: u64 = 0x4442_434e;
/// Legacy calls are extensions of one function (chapter 5).
const LEGACY: core::ops::RangeInclusive<u64> = 0..=8;

/// Answers the call in `registers`: extension in a7, function in a6, the
/// result in a0 and a1.
pub(crate) fn answer(registers: &mut Registers) {
    let (extension, function) = (registers.a(7), registers.a(6));
    if LEGACY.contains(&extension) {
        registers.x[10] = legacy(extension, registers.a(0)) as u64;
        return;
    }
    let (a0, a1, a2) = (registers.a(0), registers.a(1), registers.a(2));
    let result = match extension {
        BASE => base(function, a0),
        TIME if function == 0 => {
            timer::set(a0);
            Ok(0)
        }
        SRST if function == 0 => system_reset(a0, a1),
        DBCN => debug_console(function, a0, a1, a2),
        _ => Err(Error::NotSupported),
    };
    let (error, value) = match result {
        Ok(value) => (0, value),
        Err(error) => (error as i64, 0),
    };
    registers.x[10] = error as u64;
    registers.x[11] = value;
}

/// Chapter 4.
fn base(function: u64, extension: u64) -> Result {
    Ok(match function {
        0 => SPEC_VERSION,
        1 => IMPLEMENTATION,
        2 => IMPLEMENTATION_VERSION,
        3 => {
            let here = LEGACY.contains(&extension) || [BASE, TIME, SRST, DBCN].contains(&extension);
            here.into()
        }
        4 => csr::read::<{ csr::MVENDORID }>(),
        5 => csr::read::<{ csr::MARCHID }>(),
        6 => csr::read::<{ csr::MIMPID }>(),
        _ => return Err(Error::NotSupported),
    })
}

/// Chapter 10. Only a bad argument makes it return.
fn system_reset(kind: u64, reason: u64) -> Result {
    // All arguments of this call are 32 bits wide.
    match (kind as u32, reason as u32) {
        (0, 0) => board::power(Power::Off),
        (0, 1) => board::power(Power::OffAfterFailure),
        (1 | 2, 0 | 1) => board::power(Power::Reset),
        _ => Err(Error::InvalidParam),
    }
}

/// Most bytes that one call of the debug console copies: the supervisor has
/// its interrupts off meanwhile.
const MOST: u64 = 4096;

/// Chapter 12.
fn debug_console(function: u64, a0: u64, a1: u64, a2: u64) -> Result {
    // The high half of an address is for supervisors of 32 bits.
    let memory = || {
        let pointer = (a2 == 0).then(|| board::memory(a1, a0)).flatten();
        pointer.ok_or(Error::InvalidParam)
    };
    match function {
        0 => {
            let from = memory()?;
            let count = a0.min(MOST);
            for offset in 0..count as usize {
                // SAFETY: `board::memory` has said that all of it is memory.
                board::put(unsafe { from.add(offset).read_volatile() });
            }
            Ok(count)
        }
        1 => {
            let to = memory()?;
            let mut count = 0;
            while count < a0.min(MOST)
                && let Some(byte) = board::get()
            {
                // SAFETY: as above; the firmware's own memory is not part of it.
                unsafe { to.add(count as usize).write_volatile(byte) };
                count += 1;
            }
            Ok(count)
        }
        2 => {
            board::put(a0 as u8);
            Ok(0)
        }
        _ => Err(Error::NotSupported),
    }
}

/// Chapter 5. The masks of harts are not looked at: one hart runs.
fn legacy(number: u64, a0: u64) -> i64 {
    match number {
        0 => timer::set(a0),
        1 => board::put(a0 as u8),
        2 => return board::get().map_or(-1, i64::from),
        3 => csr::clear::<{ csr::MIP }>(csr::SSI),
        4 => csr::set::<{ csr::MIP }>(csr::SSI),
        5..=7 => fence(),
        _ => board::power(Power::Off),
    }
    0
}

/// The remote fences, for the hart that asks.
fn fence() {
    // SAFETY: forgetting translations and decoded instructions changes nothing
    // but time.
    unsafe { core::arch::asm!("fence.i", "sfence.vma", options(nostack)) };
}
