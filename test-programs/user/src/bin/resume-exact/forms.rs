//! All forms of loads and stores of RV64GC.
#![allow(
    unsafe_code,
    reason = "addresses of code come from a table that the assembler makes"
)]

use crate::machine::Anchor;

/// What a form does. The base of the address is `s0` (`sp` where that is the only
/// base that it can have), the data are in `a5` or `fa5`.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// To `a5`, sign-extended.
    Load,
    /// To `a5`, zero-extended.
    LoadUnsigned,
    /// To `fa5`, NaN-boxed.
    LoadFloat,
    /// From `a5`.
    Store,
    /// From `fa5`.
    StoreFloat,
    /// The old value to `a4`, a new one from it and `a5` to memory. Both are
    /// sign-extended before.
    Amo(fn(u64, u64) -> u64),
    /// To `a4`, with a reservation that nobody uses.
    LoadReserved,
    /// LR to `a4` and SC from `a5`, until `a3` says that it worked.
    Exchange,
}

impl Kind {
    /// Whether an address that is not a multiple of the size is allowed.
    pub(crate) fn may_be_misaligned(self) -> bool {
        !matches!(self, Kind::Amo(_) | Kind::LoadReserved | Kind::Exchange)
    }
}

/// An instruction (or a loop of LR and SC).
pub(crate) struct Form {
    pub(crate) text: &'static str,
    pub(crate) kind: Kind,
    /// How much memory it concerns.
    pub(crate) bytes: usize,
    pub(crate) anchor: Anchor,
}

/// Makes the table, and the code in the same order.
macro_rules! forms {
    ($($kind:expr, $bytes:literal, $anchor:ident $leave:literal, $text:literal;)*) => {
        pub(crate) const FORMS: &[Form] = &[$(Form {
            text: $text,
            kind: $kind,
            bytes: $bytes,
            anchor: Anchor::$anchor,
        },)*];

        #[cfg(target_os = "none")]
        core::arch::global_asm!(
            ".option push",
            ".option arch, rv64gc",
            ".pushsection .rodata.resume, \"a\", @progbits",
            ".balign 8",
            ".globl resume_forms",
            "resume_forms:",
            ".popsection",
            ".pushsection .text.resume_forms, \"ax\", @progbits",
            $(
                concat!("1: ", $text),
                concat!("j resume_leave_", $leave),
                ".pushsection .rodata.resume, \"a\", @progbits",
                ".quad 1b",
                ".popsection",
            )*
            ".popsection",
            ".option pop",
        );
    };
}

forms! {
    Kind::Load, 1, Sp "sp", "lb a5, 0(s0)";
    Kind::LoadUnsigned, 1, Sp "sp", "lbu a5, 0(s0)";
    Kind::Load, 2, Sp "sp", "lh a5, 0(s0)";
    Kind::LoadUnsigned, 2, Sp "sp", "lhu a5, 0(s0)";
    // Offsets that the compressed forms do not have, so that these are not compressed.
    Kind::Load, 4, Sp "sp", "lw a5, -2048(s0)";
    Kind::LoadUnsigned, 4, Sp "sp", "lwu a5, 0(s0)";
    Kind::Load, 8, Sp "sp", "ld a5, -2048(s0)";
    Kind::Load, 4, Sp "sp", "c.lw a5, 0(s0)";
    Kind::Load, 8, Sp "sp", "c.ld a5, 0(s0)";
    Kind::Load, 4, Gp "gp", "c.lwsp a5, 0(sp)";
    Kind::Load, 8, Gp "gp", "c.ldsp a5, 0(sp)";
    Kind::LoadFloat, 4, Sp "sp", "flw fa5, 0(s0)";
    Kind::LoadFloat, 8, Sp "sp", "fld fa5, -2048(s0)";
    Kind::LoadFloat, 8, Sp "sp", "c.fld fa5, 0(s0)";
    Kind::LoadFloat, 8, Gp "gp", "c.fldsp fa5, 0(sp)";
    Kind::Store, 1, Sp "sp", "sb a5, 0(s0)";
    Kind::Store, 2, Sp "sp", "sh a5, 0(s0)";
    Kind::Store, 4, Sp "sp", "sw a5, -2048(s0)";
    Kind::Store, 8, Sp "sp", "sd a5, -2048(s0)";
    Kind::Store, 4, Sp "sp", "c.sw a5, 0(s0)";
    Kind::Store, 8, Sp "sp", "c.sd a5, 0(s0)";
    Kind::Store, 4, Gp "gp", "c.swsp a5, 0(sp)";
    Kind::Store, 8, Gp "gp", "c.sdsp a5, 0(sp)";
    Kind::StoreFloat, 4, Sp "sp", "fsw fa5, 0(s0)";
    Kind::StoreFloat, 8, Sp "sp", "fsd fa5, -2048(s0)";
    Kind::StoreFloat, 8, Sp "sp", "c.fsd fa5, 0(s0)";
    Kind::StoreFloat, 8, Gp "gp", "c.fsdsp fa5, 0(sp)";
    Kind::LoadReserved, 4, Sp "sp", "lr.w a4, (s0)";
    Kind::LoadReserved, 8, Sp "sp", "lr.d a4, (s0)";
    Kind::Exchange, 4, Sp "sp", "2: lr.w a4, (s0); sc.w a3, a5, (s0); bnez a3, 2b";
    Kind::Exchange, 8, Sp "sp", "2: lr.d a4, (s0); sc.d a3, a5, (s0); bnez a3, 2b";
    Kind::Amo(|_, new| new), 4, Sp "sp", "amoswap.w a4, a5, (s0)";
    Kind::Amo(|_, new| new), 8, Sp "sp", "amoswap.d a4, a5, (s0)";
    Kind::Amo(u64::wrapping_add), 4, Sp "sp", "amoadd.w a4, a5, (s0)";
    Kind::Amo(u64::wrapping_add), 8, Sp "sp", "amoadd.d a4, a5, (s0)";
    Kind::Amo(|old, by| old ^ by), 4, Sp "sp", "amoxor.w a4, a5, (s0)";
    Kind::Amo(|old, by| old ^ by), 8, Sp "sp", "amoxor.d a4, a5, (s0)";
    Kind::Amo(|old, by| old & by), 4, Sp "sp", "amoand.w a4, a5, (s0)";
    Kind::Amo(|old, by| old & by), 8, Sp "sp", "amoand.d a4, a5, (s0)";
    Kind::Amo(|old, by| old | by), 4, Sp "sp", "amoor.w a4, a5, (s0)";
    Kind::Amo(|old, by| old | by), 8, Sp "sp", "amoor.d a4, a5, (s0)";
    Kind::Amo(signed_min), 4, Sp "sp", "amomin.w a4, a5, (s0)";
    Kind::Amo(signed_min), 8, Sp "sp", "amomin.d a4, a5, (s0)";
    Kind::Amo(signed_max), 4, Sp "sp", "amomax.w a4, a5, (s0)";
    Kind::Amo(signed_max), 8, Sp "sp", "amomax.d a4, a5, (s0)";
    // Sign extension keeps the order of unsigned words.
    Kind::Amo(u64::min), 4, Sp "sp", "amominu.w a4, a5, (s0)";
    Kind::Amo(u64::min), 8, Sp "sp", "amominu.d a4, a5, (s0)";
    Kind::Amo(u64::max), 4, Sp "sp", "amomaxu.w a4, a5, (s0)";
    Kind::Amo(u64::max), 8, Sp "sp", "amomaxu.d a4, a5, (s0)";
}

fn signed_min(a: u64, b: u64) -> u64 {
    (a as i64).min(b as i64) as u64
}

fn signed_max(a: u64, b: u64) -> u64 {
    (a as i64).max(b as i64) as u64
}

impl Form {
    /// What is added to the base register, as it stands in the text.
    pub(crate) fn offset(&self) -> i64 {
        if self.text.contains("-2048(") {
            -2048
        } else {
            0
        }
    }

    /// The number of the base register.
    pub(crate) fn base(&self) -> usize {
        match self.anchor {
            Anchor::Sp => 8,
            Anchor::Gp => 2,
        }
    }
}

/// The address of the code of a form.
#[cfg(target_os = "none")]
pub(crate) fn code(index: usize) -> u64 {
    unsafe extern "C" {
        safe static resume_forms: [u64; FORMS.len()];
    }
    resume_forms[index]
}

/// A host has no such code.
#[cfg(not(target_os = "none"))]
pub(crate) fn code(_: usize) -> u64 {
    0
}
