//! Addition and subtraction (IEEE 754-2019, 5.4.1 and 6.3).

use super::{Format, invalid, propagate};
use crate::env::{Flags, Rounding};
use crate::round::{round_pack, shift_right_jam};

/// `a + b`.
#[inline]
pub fn add<F: Format>(a: F, b: F, rm: Rounding, fl: &mut Flags) -> F {
    if a.infinite_or_nan() || b.infinite_or_nan() {
        return add_special(a, b, fl);
    }
    let (large, small) = if a.magnitude() >= b.magnitude() {
        (a, b)
    } else {
        (b, a)
    };
    let (field, sig) = align(large);
    let (small_field, small_sig) = align(small);
    let small_sig = shift_right_jam(small_sig, field - small_field);
    let opposite = a.negative() != b.negative();
    let sum = if opposite {
        sig - small_sig
    } else {
        sig + small_sig
    };
    let negative = large.negative();
    if sum == 0 {
        let negative = if opposite {
            rm == Rounding::Rdn
        } else {
            negative
        };
        return F::signed(negative, 0);
    }
    let shift = sum.leading_zeros();
    let exp = field as i32 + 1 - shift as i32 - F::BIAS;
    round_pack(negative, exp, sum << shift, rm, fl)
}

/// `a - b`.
#[inline]
pub fn sub<F: Format>(a: F, b: F, rm: Rounding, fl: &mut Flags) -> F {
    add(a, b.negated(), rm, fl)
}

/// A finite value as exponent field and significand, the implicit bit at bit
/// 62 to leave room for a carry. Subnormals need no normalising here: they
/// share the exponent of field 1.
#[inline]
fn align<F: Format>(value: F) -> (u32, u64) {
    let magnitude = value.magnitude();
    let field = (magnitude >> F::FRAC_BITS) as u32;
    let normal = u64::from(field != 0);
    let frac = magnitude & (F::IMPLICIT - 1);
    let sig = (frac | (normal << F::FRAC_BITS)) << (F::GUARD_BITS - 1);
    (field.max(1), sig)
}

#[inline(never)]
fn add_special<F: Format>(a: F, b: F, fl: &mut Flags) -> F {
    if a.nan() || b.nan() {
        return propagate(a, b, fl);
    }
    if !b.infinite_or_nan() {
        return a;
    }
    if a.infinite_or_nan() && a.negative() != b.negative() {
        return invalid(fl);
    }
    b
}
