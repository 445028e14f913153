//! The console and the end of a program that talks through HTIF, the
//! host-target interface of Spike: the host watches the word `tohost`. A
//! program ends by writing its exit status there, shifted left by one, with bit
//! 0 set. An even value is the address of eight words that describe a system
//! call for the host to make; the host answers by writing `fromhost`.

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

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

/// Asks for the end of the run with this exit status.
pub(super) fn exit(status: u64) {
    TOHOST.store(status << 1 | 1, Ordering::SeqCst);
}

/// Has the host write one byte, and waits until it has done so.
///
/// One byte a call, because this is the only form of the call that QEMU's HTIF
/// knows; Spike takes any length.
pub(super) fn write_byte(byte: u8) {
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
