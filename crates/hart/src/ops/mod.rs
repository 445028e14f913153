//! What each instruction does.
//!
//! A function here is a [`Handler`](crate::engine::block::Handler) named like
//! the variant of [`pagewalk_isa::Op`] that it executes;
//! [`handler`](self::table::handler) picks it when a block is decoded. The
//! macros keep the way from one instruction to the next out of sight, so that
//! a line reads as the manual does.
//!
//! A handler on the fast path makes no call but its last, so that it needs no
//! stack frame; whatever is rare is the last call to a `#[cold]` handler of
//! the same shape.

pub(crate) mod atomic;
pub(crate) mod bits;
pub(crate) mod float;
pub(crate) mod flow;
pub(crate) mod fused;
pub(crate) mod int;
pub(crate) mod mem;
pub(crate) mod system;
pub(crate) mod table;

use crate::engine::block::{BlockRef, Cursor, Entry, Flow};
use crate::{Env, Hart};

/// An instruction that can stand in front of another one in a fused handler
/// (see [`fused`]). It is implemented by a type without values, named like the
/// handler.
pub(crate) trait Attempt {
    /// Executes the instruction and says yes; or, where that takes more than
    /// the fast path, does nothing and says no.
    fn attempt(h: &mut Hart, i: &Entry) -> bool;

    /// Executes the instruction after an attempt that said no, and what follows
    /// it in the block.
    fn otherwise(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow;
}

/// Defines handlers that compute one integer register from others:
/// `Name(entry, hart) => value`.
macro_rules! compute {
    ($($op:ident($i:ident, $h:ident) => $value:expr;)*) => {$(
        pub(crate) enum $op {}

        impl $crate::ops::Attempt for $op {
            #[inline(always)]
            fn attempt($h: &mut $crate::Hart, $i: &$crate::engine::block::Entry) -> bool {
                let value: u64 = $value;
                $h.x.set($i.rd, value);
                true
            }

            #[inline(always)]
            fn otherwise(
                h: &mut $crate::Hart,
                env: &mut $crate::Env<'_>,
                e: $crate::engine::block::Cursor,
                b: $crate::engine::block::BlockRef,
            ) -> $crate::engine::block::Flow {
                $op(h, env, e, b)
            }
        }

        #[inline]
        pub(crate) fn $op(
            h: &mut $crate::Hart,
            env: &mut $crate::Env<'_>,
            e: $crate::engine::block::Cursor,
            b: $crate::engine::block::BlockRef,
        ) -> $crate::engine::block::Flow {
            <$op as $crate::ops::Attempt>::attempt(h, e.entry());
            e.next(h, env, b)
        }
    )*};
}
pub(crate) use compute;

/// Defines handlers of the form rd = f(rs1, rs2).
macro_rules! two_sources {
    ($($op:ident = |$a:ident, $b:ident| $value:expr;)*) => {
        $crate::ops::compute! {$(
            $op(i, h) => {
                let ($a, $b) = (h.x.get(i.rs1), h.x.get(i.rs2));
                $value
            };
        )*}
    };
}
pub(crate) use two_sources;

/// Defines handlers of the form rd = f(rs1, immediate).
macro_rules! one_source {
    ($($op:ident = |$a:ident, $imm:ident| $value:expr;)*) => {
        $crate::ops::compute! {$(
            $op(i, h) => {
                let ($a, $imm) = (h.x.get(i.rs1), i64::from(i.imm) as u64);
                $value
            };
        )*}
    };
}
pub(crate) use one_source;

/// A 32-bit result, sign-extended to 64 bits as RV64 keeps words.
#[inline(always)]
pub(crate) fn word(value: u32) -> u64 {
    i64::from(value as i32) as u64
}
