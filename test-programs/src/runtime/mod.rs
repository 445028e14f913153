//! What a program stands on: start code, console and exit, and an end with a
//! failure for panics and unexpected traps.
//!
//! A program talks to its host in one of two ways ([`Host`]): through HTIF,
//! which Spike and QEMU's `spike` machine have, or with the devices of QEMU's
//! `virt` machine. Pagewalk has both.
#![allow(
    unsafe_code,
    reason = "start code in assembly, symbols with fixed names, what the program defines"
)]

mod htif;

use core::{
    arch::global_asm,
    fmt::{self, Write},
    mem::offset_of,
    panic::PanicInfo,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::board;

/// Exit status after a panic, as the standard library has it.
const STATUS_PANIC: u64 = 101;
/// Exit status after a trap that the program does not expect.
const STATUS_TRAP: u64 = 102;

/// How a program prints and ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Host {
    /// Through the words `tohost` and `fromhost`.
    Htif,
    /// With the UART and the test finisher of the `virt` machine.
    Virt,
}

/// What the start code has to know of a program; [`entry!`](crate::entry) and
/// [`board!`](crate::board!) write it.
#[repr(C)]
#[derive(Debug)]
pub struct Program {
    /// Run by hart 0; returns the exit status.
    pub main: fn() -> u64,
    /// Run by every other hart, with its number. Without it, and after it,
    /// such a hart sleeps.
    pub others: Option<extern "C" fn(usize)>,
    /// How it prints and ends.
    pub host: Host,
}

/// Harts that may run [`Program::others`], hart 0 included.
pub const MAX_HARTS: usize = 8;

/// Bytes of stack of each hart but hart 0: a part of the program's stack far
/// from its top.
const OTHER_STACK: usize = 4096;
/// Bytes from the top of the stack of hart 0 to that of hart 1.
const FIRST_OTHER_STACK: usize = 32 << 10;

// Hart 0 runs the program in M-mode, with floating point enabled and traps led
// to a place that reports them. Memory that the program file does not fill has
// been zeroed by whoever loaded it, as the ELF format says.
global_asm!(
    ".pushsection .text.start, \"ax\", @progbits",
    ".globl _start",
    "_start:",
    "    csrw mie, zero",
    "    la   t0, 4f",
    "    csrw mtvec, t0",
    "    li   t0, 0x2000", // mstatus.FS = 1 (Initial)
    "    csrs mstatus, t0",
    "    csrw fcsr, zero",
    "    csrr a0, mhartid",
    "    la   sp, __stack_top",
    "    bnez a0, 2f",
    "    call {start}",
    "2:  li   t0, {max_harts}",
    "    bgeu a0, t0, 3f",
    "    la   t1, pagewalk_program",
    "    ld   t1, {others}(t1)",
    "    beqz t1, 3f",
    "    li   t0, {first_other_stack}",
    "    sub  sp, sp, t0",
    "    addi t0, a0, -1",
    "    slli t0, t0, 12",
    "    sub  sp, sp, t0",
    "    jalr t1",
    "3:  wfi",
    "    j    3b",
    "    .balign 4", // mtvec holds multiples of four
    "4:  csrr a0, mcause",
    "    csrr a1, mepc",
    "    csrr a2, mtval",
    "    la   sp, __stack_top", // what was there is of no use any more
    "    call {trap}",
    ".popsection",
    start = sym start,
    max_harts = const MAX_HARTS,
    others = const offset_of!(Program, others),
    first_other_stack = const FIRST_OTHER_STACK,
    trap = sym report_trap,
);

const _: () = assert!(OTHER_STACK == 1 << 12);
const _: () = assert!(FIRST_OTHER_STACK + (MAX_HARTS - 1) * OTHER_STACK <= 64 << 10);

// SAFETY: the macros define this static, once a program, with this type, and
// it never changes.
unsafe extern "Rust" {
    #[link_name = "pagewalk_program"]
    safe static PROGRAM: Program;
}

extern "C" fn start() -> ! {
    exit((PROGRAM.main)())
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

/// Lends the memory behind the program, so many words of it, whatever is in them. A
/// board that has less answers the first access to what is missing with a trap.
///
/// # Panics
///
/// When it has been lent before.
pub fn memory(words: usize) -> &'static mut [u64] {
    static IS_LENT: AtomicBool = AtomicBool::new(false);
    // SAFETY: the linker script defines it; only its address is used.
    unsafe extern "C" {
        static __free_start: u8;
    }
    assert!(!IS_LENT.swap(true, Ordering::AcqRel), "memory is lent once");
    // SAFETY: the script aligns it to a page. Nothing of the program lies behind it,
    // and the flag makes sure that nobody else gets it.
    unsafe { core::slice::from_raw_parts_mut((&raw const __free_start).cast_mut().cast(), words) }
}

/// Ends the run with this exit status.
pub fn exit(status: u64) -> ! {
    match PROGRAM.host {
        Host::Htif => htif::exit(status),
        Host::Virt => board::exit(status),
    }
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
        let write_byte = match PROGRAM.host {
            Host::Htif => htif::write_byte,
            Host::Virt => board::uart::write_byte,
        };
        text.bytes().for_each(write_byte);
        Ok(())
    }
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
