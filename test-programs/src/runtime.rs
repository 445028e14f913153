//! What a program stands on: start code, console and exit through HTIF, and an
//! end with a failure for panics and unexpected traps.
//!
//! HTIF, the host-target interface of Spike: the host watches the word
//! `tohost`. A program ends by writing its exit status there, shifted left by
//! one, with bit 0 set. An even value is the address of eight words that
//! describe a system call for the host to make; the host answers by writing
//! `fromhost`.
#![allow(
    unsafe_code,
    reason = "start code in assembly, symbols with fixed names, an entry that it calls"
)]

use core::{
    arch::global_asm,
    fmt::{self, Write},
    panic::PanicInfo,
    sync::atomic::{AtomicU8, AtomicU64, Ordering},
};

/// Exit status after a panic, as the standard library has it.
const STATUS_PANIC: u64 = 101;
/// Exit status after a trap, which no program here expects.
const STATUS_TRAP: u64 = 102;

/// Number of the `write` system call, as on Linux.
const SYS_WRITE: u64 = 64;
/// File descriptor of the standard output.
const STDOUT: u64 = 1;

/// Written by the program: the request to the host.
// SAFETY: no other symbol has this name, and the section is made for it.
#[unsafe(export_name = "tohost")]
#[unsafe(link_section = ".htif.tohost")]
static TOHOST: AtomicU64 = AtomicU64::new(0);

/// Written by the host: the answer.
// SAFETY: as for `TOHOST`.
#[unsafe(export_name = "fromhost")]
#[unsafe(link_section = ".htif.fromhost")]
static FROMHOST: AtomicU64 = AtomicU64::new(0);

/// Eight words, aligned so that the low bits of their address are free.
#[repr(align(64))]
struct SystemCall([AtomicU64; 8]);

/// The system call under way: number, arguments; later the result.
static SYSTEM_CALL: SystemCall = SystemCall([const { AtomicU64::new(0) }; 8]);

/// The byte that [`write_byte`] hands to the host.
static OUTPUT: AtomicU8 = AtomicU8::new(0);

// Hart 0 runs the program in M-mode, with floating point enabled and traps led
// to a place that reports them; other harts sleep. Memory that the program file
// does not fill has been zeroed by whoever loaded it, as the ELF format says.
global_asm!(
    ".pushsection .text.start, \"ax\", @progbits",
    ".globl _start",
    "_start:",
    "    csrw mie, zero",
    "    la   t0, 3f",
    "    csrw mtvec, t0",
    "    li   t0, 0x2000", // mstatus.FS = 1 (Initial)
    "    csrs mstatus, t0",
    "    csrw fcsr, zero",
    "    csrr t0, mhartid",
    "    bnez t0, 2f",
    "    la   sp, __stack_top",
    "    call {start}",
    "2:  wfi",
    "    j    2b",
    "    .balign 4", // mtvec holds multiples of four
    "3:  csrr a0, mcause",
    "    csrr a1, mepc",
    "    csrr a2, mtval",
    "    la   sp, __stack_top", // what was there is of no use any more
    "    call {trap}",
    ".popsection",
    start = sym start,
    trap = sym report_trap,
);

// SAFETY: `entry!` defines this function, once a program, with this type.
unsafe extern "Rust" {
    safe fn pagewalk_program_main() -> u64;
}

extern "C" fn start() -> ! {
    exit(pagewalk_program_main())
}

extern "C" fn report_trap(cause: u64, pc: u64, value: u64) -> ! {
    crate::println!("unexpected trap: mcause={cause:#x} mepc={pc:#x} mtval={value:#x}");
    exit(STATUS_TRAP)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    crate::println!("{info}");
    exit(STATUS_PANIC)
}

/// Ends the run with this exit status.
pub fn exit(status: u64) -> ! {
    TOHOST.store(status << 1 | 1, Ordering::SeqCst);
    loop {
        core::hint::spin_loop();
    }
}

/// Prints formatted text on the host's standard output.
///
/// This is what `print!` and `println!` call.
#[doc(hidden)]
pub fn print(text: fmt::Arguments<'_>) {
    // Writing to the console cannot fail, and a failure of a `Display` that
    // the program wrote itself leaves the text short: visible enough.
    let _ = Console.write_fmt(text);
}

struct Console;

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(write_byte);
        Ok(())
    }
}

/// Has the host write one byte, and waits until it has done so.
///
/// One byte a call, because this is the only form of the call that QEMU's HTIF
/// knows; Spike takes any length.
fn write_byte(byte: u8) {
    OUTPUT.store(byte, Ordering::Relaxed);
    let words = [SYS_WRITE, STDOUT, OUTPUT.as_ptr() as u64, 1];
    for (slot, word) in SYSTEM_CALL.0.iter().zip(words) {
        slot.store(word, Ordering::Relaxed);
    }
    // The fences of `SeqCst` keep the request before its announcement.
    TOHOST.store(SYSTEM_CALL.0.as_ptr() as u64, Ordering::SeqCst);
    while FROMHOST.load(Ordering::SeqCst) == 0 {
        core::hint::spin_loop();
    }
    FROMHOST.store(0, Ordering::SeqCst);
}

/// Prints on the console, like `std::print!`.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => { $crate::runtime::print(format_args!($($argument)*)) };
}

/// Prints a line on the console, like `std::println!`.
#[macro_export]
macro_rules! println {
    ($($argument:tt)*) => { $crate::runtime::print(format_args!("{}\n", format_args!($($argument)*))) };
}
