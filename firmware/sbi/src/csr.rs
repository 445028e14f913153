//! Control and status registers by name.
#![allow(
    unsafe_code,
    reason = "the instructions that reach CSRs exist in assembly language only"
)]

use core::arch::asm;

/// A CSR that the firmware uses, by its number.
///
/// It writes only those that decide over the supervisor, never what its own
/// code and data depend on: that is why the functions below are safe.
pub(crate) type Number = u16;

/// Declares the CSRs.
macro_rules! csrs {
    ($($name:ident = $number:literal;)*) => {
        $(pub(crate) const $name: Number = $number;)*
    };
}

csrs! {
    MEDELEG = 0x302;
    MIDELEG = 0x303;
    MIE = 0x304;
    MCOUNTEREN = 0x306;
    MENVCFG = 0x30a;
    MEPC = 0x341;
    MCAUSE = 0x342;
    MTVAL = 0x343;
    MIP = 0x344;
    PMPCFG0 = 0x3a0;
    PMPADDR0 = 0x3b0;
    PMPADDR1 = 0x3b1;
    MVENDORID = 0xf11;
    MARCHID = 0xf12;
    MIMPID = 0xf13;
    STIMECMP = 0x14d;
}

/// Reads a CSR.
pub(crate) fn read<const CSR: Number>() -> u64 {
    let value: u64;
    // SAFETY: reading a CSR that M-mode has changes nothing.
    unsafe { asm!("csrr {}, {}", out(reg) value, const CSR, options(nomem, nostack)) };
    value
}

/// Writes a CSR.
pub(crate) fn write<const CSR: Number>(value: u64) {
    // SAFETY: see `Number`.
    unsafe { asm!("csrw {}, {}", const CSR, in(reg) value, options(nostack)) };
}

/// Sets bits of a CSR.
pub(crate) fn set<const CSR: Number>(bits: u64) {
    // SAFETY: see `Number`.
    unsafe { asm!("csrs {}, {}", const CSR, in(reg) bits, options(nostack)) };
}

/// Clears bits of a CSR.
pub(crate) fn clear<const CSR: Number>(bits: u64) {
    // SAFETY: see `Number`.
    unsafe { asm!("csrc {}, {}", const CSR, in(reg) bits, options(nostack)) };
}

/// `mstatus.MPP`.
pub(crate) const MSTATUS_MPP: u64 = 0b11 << 11;
/// `mstatus.MPP` for S-mode.
pub(crate) const MSTATUS_MPP_S: u64 = 0b01 << 11;
/// The supervisor software interrupt in `mip` and `mie`.
pub(crate) const SSI: u64 = 1 << 1;
/// The supervisor timer interrupt.
pub(crate) const STI: u64 = 1 << 5;
/// The machine timer interrupt.
pub(crate) const MTI: u64 = 1 << 7;
/// The supervisor external interrupt.
pub(crate) const SEI: u64 = 1 << 9;
/// `menvcfg.STCE`: the supervisor has a timer of its own.
pub(crate) const MENVCFG_STCE: u64 = 1 << 63;
