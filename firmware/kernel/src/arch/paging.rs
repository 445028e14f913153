//! What the hart knows of page tables: `satp` and the TLB.
#![allow(
    unsafe_code,
    reason = "satp, fences and the linker's symbols need assembly language"
)]

use core::arch::asm;
use core::ops::Range;

use super::csr;
use super::layout::KERNEL_OFFSET;
use crate::mem::{Asid, Flush, Ppn};

unsafe extern "C" {
    static __text_start: u8;
    static __rodata_start: u8;
    static __data_start: u8;
    static __stack_guard: u8;
    static __kernel_end: u8;
}

/// Where the parts of the kernel are, by physical address.
pub(crate) struct Image {
    pub(crate) text: Range<u64>,
    pub(crate) rodata: Range<u64>,
    /// Data below the page that guards the stack, and data above it.
    pub(crate) data: [Range<u64>; 2],
}

/// Where the kernel is.
pub(crate) fn kernel_image() -> Image {
    let place = |symbol: *const u8| symbol.addr() as u64 - KERNEL_OFFSET;
    let text = place(&raw const __text_start);
    let rodata = place(&raw const __rodata_start);
    let data = place(&raw const __data_start);
    let guard = place(&raw const __stack_guard);
    let end = place(&raw const __kernel_end);
    Image {
        text: text..rodata,
        rodata: rodata..data,
        data: [data..guard, guard + 4096..end],
    }
}

/// Switches to the address space with this root table.
///
/// # Safety
/// Its upper half is the kernel's.
pub(crate) unsafe fn use_root(root: Ppn, asid: Asid) {
    // SAFETY: the caller's.
    unsafe { csr::set_satp(csr::satp(root, asid.0)) };
}

/// Makes the hart forget translations.
pub(crate) fn flush(flush: Flush) {
    // SAFETY: forgetting changes nothing but time.
    unsafe {
        match flush {
            Flush::Page { asid, page } => {
                asm!("sfence.vma {}, {}", in(reg) page.address(), in(reg) u64::from(asid.0), options(nostack));
            }
            Flush::Space(asid) => {
                asm!("sfence.vma zero, {}", in(reg) u64::from(asid.0), options(nostack));
            }
            Flush::All => asm!("sfence.vma", options(nostack)),
        }
    }
}

/// How many bits of an ASID the hart has. `root` is the table in use.
pub(crate) fn asid_bits(root: Ppn) -> u32 {
    let set = |asid| {
        // SAFETY: the table stays the same; with whatever ASID, the kernel's entries
        // are global.
        unsafe { csr::set_satp(csr::satp(root, asid)) };
    };
    set(u16::MAX);
    let bits = (csr::read!("satp") >> 44 & 0xffff).count_ones();
    set(0);
    bits
}
