//! The kernel's last words: the console, the end of the run, and traps of the kernel
//! itself, which are always bugs.
#![allow(
    unsafe_code,
    reason = "a naked function, and devices that must work when nothing else does"
)]

use core::fmt::Write;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU64, Ordering};

use super::{Registers, csr};

/// Registers of a 16550 (PC16550D data sheet).
const THR: u64 = 0;
const LSR: u64 = 5;
const LSR_THR_EMPTY: u8 = 1 << 5;

/// What the test finisher does with what is written to it.
const FINISHER_PASS: u32 = 0x5555;
const FINISHER_FAIL: u32 = 0x3333;

/// The exit status of a run that a bug in the kernel has ended.
const BUG: u32 = 101;

static UART: AtomicU64 = AtomicU64::new(0);
static FINISHER: AtomicU64 = AtomicU64::new(0);

/// Says where the UART is.
///
/// # Safety
/// As [`Registers::new`].
pub(crate) unsafe fn set_console(base: u64) {
    UART.store(base, Ordering::Relaxed);
}

/// Says where the test finisher is.
///
/// # Safety
/// As [`Registers::new`].
pub(crate) unsafe fn set_finisher(base: u64) {
    FINISHER.store(base, Ordering::Relaxed);
}

fn registers(base: &AtomicU64) -> Option<Registers> {
    let base = base.load(Ordering::Relaxed);
    // SAFETY: see `set_console` and `set_finisher`.
    (base != 0).then(|| unsafe { Registers::new(base, 8) })
}

/// Writes to the UART.
pub(crate) struct Console;

impl Write for Console {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let Some(uart) = registers(&UART) else {
            return Ok(());
        };
        for byte in text.bytes() {
            while uart.read::<u8>(LSR) & LSR_THR_EMPTY == 0 {}
            uart.write(THR, byte);
        }
        Ok(())
    }
}

/// Ends the run with an exit status.
pub(crate) fn power_off(status: u32) -> ! {
    if let Some(finisher) = registers(&FINISHER) {
        let value = match status {
            0 => FINISHER_PASS,
            _ => status << 16 | FINISHER_FAIL,
        };
        finisher.write(0, value);
    }
    loop {
        csr::idle();
    }
}

/// Traps of the kernel come here: on a stack of its own, since the usual one may be
/// what is broken.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn trap_entry() {
    core::arch::naked_asm!(
        ".balign 4",
        "   mv a0, ra",
        "   mv a1, sp",
        "   la sp, __report_stack_top",
        "   j {report}",
        report = sym kernel_trap,
    )
}

extern "C" fn kernel_trap(ra: u64, sp: u64) -> ! {
    let (cause, pc, value) = (
        csr::read!("scause"),
        csr::read!("sepc"),
        csr::read!("stval"),
    );
    let _ = writeln!(
        Console,
        "@report the kernel has a bug: trap {cause:#x} at pc {pc:#x}, value {value:#x}, ra {ra:#x}, sp {sp:#x}"
    );
    power_off(BUG)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Console, "@report the kernel has a bug: {}", OneLine(info));
    power_off(BUG)
}

/// Text without ends of lines, as a record needs it.
struct OneLine<'a, T>(&'a T);

impl<T: core::fmt::Display> core::fmt::Display for OneLine<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        struct Blanks<'a, 'b>(&'a mut core::fmt::Formatter<'b>);
        impl Write for Blanks<'_, '_> {
            fn write_str(&mut self, text: &str) -> core::fmt::Result {
                text.split_inclusive('\n').try_for_each(|line| {
                    let (line, end) = match line.strip_suffix('\n') {
                        Some(line) => (line, " "),
                        None => (line, ""),
                    };
                    self.0.write_str(line)?;
                    self.0.write_str(end)
                })
            }
        }
        write!(Blanks(f), "{}", self.0)
    }
}
