//! The arithmetic itself: exact, in integers, written once for all formats.
//!
//! The methods of [`F16`](crate::F16), [`F32`](crate::F32) and
//! [`F64`](crate::F64) are what programs should call; they come here when the
//! host's floating point cannot be shown to give the same value and flags.
//! These functions never touch the host's floating point, and so are the
//! reference for the tests of that fast path.

mod add;
mod compare;
mod convert;
mod divide;
mod fused;
mod multiply;
mod root;

pub use crate::format::Format;
pub use add::{add, sub};
pub use compare::{classify, eq, le, leq, lt, ltq, max, maxm, min, minm};
pub use convert::{
    convert, from_i32, from_i64, from_u32, from_u64, round_to_integral, round_to_integral_exact,
    to_i32, to_i32_modular, to_i64, to_u32, to_u64,
};
pub use divide::div;
pub use fused::mul_add;
pub use multiply::mul;
pub use root::sqrt;

use crate::env::Flags;

/// The result of an operation with a NaN operand: NV if one is signaling
/// (IEEE 754-2019, 6.2), and always the canonical NaN.
fn propagate<F: Format>(a: F, b: F, fl: &mut Flags) -> F {
    if a.signaling() || b.signaling() {
        *fl |= Flags::NV;
    }
    F::canonical_nan()
}

/// The result of an operation that has none (IEEE 754-2019, 7.2).
fn invalid<F: Format>(fl: &mut Flags) -> F {
    *fl |= Flags::NV;
    F::canonical_nan()
}
