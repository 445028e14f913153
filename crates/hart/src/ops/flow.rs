//! Branches and jumps.
//!
//! Source: RISC-V Unprivileged ISA, "Control Transfer Instructions". The
//! immediate of an entry counts from the start of the page (see
//! `engine::decode`), so that a branch inside its page needs no pc.
#![allow(non_snake_case, reason = "handlers are named like the variants of Op")]

use pagewalk_isa::ExceptionCause;

use crate::engine::block::{BlockRef, Cursor, Flow};
use crate::trap::Exception;
use crate::{Env, Hart, Stop};

macro_rules! branches {
    ($($op:ident = |$a:ident, $b:ident| $taken:expr;)*) => {$(
        #[inline]
        pub(crate) fn $op(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            let ($a, $b) = (h.x.get(i.rs1), h.x.get(i.rs2));
            if $taken {
                h.follow(env, b, 1, i64::from(i.imm))
            } else {
                h.follow(env, b, 0, b.end_offset() as i64)
            }
        }
    )*};
}

branches! {
    Beq = |a, b| a == b;
    Bne = |a, b| a != b;
    Blt = |a, b| (a as i64) < (b as i64);
    Bge = |a, b| (a as i64) >= (b as i64);
    Bltu = |a, b| a < b;
    Bgeu = |a, b| a >= b;
}

/// The address behind the last instruction of `b`.
#[inline(always)]
fn return_address(h: &Hart, b: BlockRef) -> u64 {
    h.page_base.wrapping_add(b.end_offset())
}

pub(crate) fn Jal(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    let i = e.entry();
    let link = return_address(h, b);
    h.x.set(i.rd, link);
    h.follow(env, b, 1, i64::from(i.imm))
}

#[inline]
pub(crate) fn Jalr(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    let i = e.entry();
    let target = h.x.get(i.rs1).wrapping_add(i64::from(i.imm) as u64) & !1;
    let link = return_address(h, b);
    h.x.set(i.rd, link);
    h.goto(env, target)
}

/// `j .`: with interrupts off, nothing will ever happen again.
pub(crate) fn jump_to_self(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    if h.can_be_interrupted() {
        return Jal(h, env, e, b);
    }
    h.unwind(e, b);
    h.stop = Some(Stop::Parked);
    None
}

/// Without C, a taken branch or jump to an address that is no multiple of 4
/// raises an exception, and nothing else happens.
fn misaligned(h: &mut Hart, e: Cursor, b: BlockRef, target: u64) -> Flow {
    let cause = ExceptionCause::InstructionAddressMisaligned;
    h.raise(e, b, Exception::new(cause, target))
}

macro_rules! aligned_branches {
    ($($name:ident = |$a:ident, $b:ident| $taken:expr;)*) => {$(
        /// The branch, without C and with a misaligned target.
        pub(crate) fn $name(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            let ($a, $b) = (h.x.get(i.rs1), h.x.get(i.rs2));
            if $taken {
                misaligned(h, e, b, h.page_base.wrapping_add(i64::from(i.imm) as u64))
            } else {
                h.follow(env, b, 0, b.end_offset() as i64)
            }
        }
    )*};
}

aligned_branches! {
    beq_misaligned = |a, b| a == b;
    bne_misaligned = |a, b| a != b;
    blt_misaligned = |a, b| (a as i64) < (b as i64);
    bge_misaligned = |a, b| (a as i64) >= (b as i64);
    bltu_misaligned = |a, b| a < b;
    bgeu_misaligned = |a, b| a >= b;
}

/// `jal`, without C and with a misaligned target.
pub(crate) fn jal_misaligned(h: &mut Hart, _env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    misaligned(
        h,
        e,
        b,
        h.page_base.wrapping_add(i64::from(e.entry().imm) as u64),
    )
}

/// `jalr` without C.
pub(crate) fn jalr_aligned(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    let i = e.entry();
    let target = h.x.get(i.rs1).wrapping_add(i64::from(i.imm) as u64) & !1;
    if target & 2 != 0 {
        misaligned(h, e, b, target)
    } else {
        Jalr(h, env, e, b)
    }
}
