//! The address space of the kernel, as prose.
//!
//! | virtual address | what | how |
//! |---|---|---|
//! | `0` to `0x3f_ffff_ffff` | the process that runs | its own tables |
//! | `0xffff_ffc0_0000_0000` + physical address | the direct map: all memory but the kernel's code and constants, which are read-only here too, and the registers of devices | rw- |
//! | `0xffff_ffff_8020_0000` | the kernel: code r-x, constants r--, data rw- | as linked |
//!
//! The upper half is the same in all address spaces, and global: its translations
//! survive every change of ASID.
//!
//! Physical memory, from low to high: the firmware (512 KiB, not mapped), the kernel,
//! its heap, the pool of pages for page tables and devices, the frames, and the
//! device tree at the top.

/// The virtual address of physical address 0 in the direct map.
pub(crate) const DIRECT_MAP: u64 = 0xffff_ffc0_0000_0000;
/// The entry of the root table with which the direct map begins.
pub(crate) const DIRECT_MAP_ENTRY: u64 = 256;
/// What a virtual address of the kernel's own is more than the physical one.
pub(crate) const KERNEL_OFFSET: u64 = 0xffff_ffff_0000_0000;
