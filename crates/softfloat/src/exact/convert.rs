//! Conversions between formats, to and from integers, and to integral values
//! (IEEE 754-2019, 5.4.1, 5.4.2, 5.8 and 5.9).

use super::{Format, propagate};
use crate::env::{Flags, Rounding};
use crate::round::{round_pack, round_to_integer};
use crate::types::F64;

/// The value of `a` in another format (FCVT between formats).
#[inline]
pub fn convert<F: Format, G: Format>(a: F, rm: Rounding, fl: &mut Flags) -> G {
    if a.nan() {
        propagate(a, a, fl);
        return G::canonical_nan();
    }
    let negative = a.negative();
    if a.infinite_or_nan() {
        return G::signed(negative, G::INFINITY);
    }
    if a.magnitude() == 0 {
        return G::signed(negative, 0);
    }
    let (exp, sig) = a.decompose();
    round_pack(negative, exp, sig, rm, fl)
}

/// `±magnitude` in the format.
#[inline]
fn from_magnitude<F: Format>(negative: bool, magnitude: u64, rm: Rounding, fl: &mut Flags) -> F {
    if magnitude == 0 {
        return F::from_raw(0);
    }
    let shift = magnitude.leading_zeros();
    round_pack(negative, 63 - shift as i32, magnitude << shift, rm, fl)
}

/// The value of a signed 32-bit integer (FCVT.fmt.W).
#[inline]
pub fn from_i32<F: Format>(v: i32, rm: Rounding, fl: &mut Flags) -> F {
    from_magnitude(v < 0, u64::from(v.unsigned_abs()), rm, fl)
}

/// The value of an unsigned 32-bit integer (FCVT.fmt.WU).
#[inline]
pub fn from_u32<F: Format>(v: u32, rm: Rounding, fl: &mut Flags) -> F {
    from_magnitude(false, u64::from(v), rm, fl)
}

/// The value of a signed 64-bit integer (FCVT.fmt.L).
#[inline]
pub fn from_i64<F: Format>(v: i64, rm: Rounding, fl: &mut Flags) -> F {
    from_magnitude(v < 0, v.unsigned_abs(), rm, fl)
}

/// The value of an unsigned 64-bit integer (FCVT.fmt.LU).
#[inline]
pub fn from_u64<F: Format>(v: u64, rm: Rounding, fl: &mut Flags) -> F {
    from_magnitude(false, v, rm, fl)
}

/// The integers that a conversion can deliver: from `-lowest` to `highest`.
#[derive(Clone, Copy)]
struct Range {
    lowest: u64,
    highest: u64,
}

impl Range {
    const I32: Range = Range {
        lowest: 1 << 31,
        highest: (1 << 31) - 1,
    };
    const U32: Range = Range {
        lowest: 0,
        highest: (1 << 32) - 1,
    };
    const I64: Range = Range {
        lowest: 1 << 63,
        highest: (1 << 63) - 1,
    };
    const U64: Range = Range {
        lowest: 0,
        highest: u64::MAX,
    };
}

/// Rounds to an integer in two's complement. What is out of range, also after
/// rounding, raises NV alone and delivers the nearest end of the range, NaN
/// the upper end (Unprivileged Architecture, chapter F, "Domains of
/// float-to-integer conversions").
#[inline]
fn to_integer<F: Format>(a: F, range: Range, rm: Rounding, fl: &mut Flags) -> u64 {
    let negative = a.negative() && !a.nan();
    let limit = if negative {
        range.lowest
    } else {
        range.highest
    };
    if !a.infinite_or_nan() {
        let (exp, sig) = a.decompose();
        if exp <= 63 {
            let (integer, inexact) = round_to_integer(sig, (63 - exp) as u32, negative, rm);
            if integer <= limit {
                fl.raise_inexact_if(inexact);
                return if negative {
                    integer.wrapping_neg()
                } else {
                    integer
                };
            }
        }
    }
    *fl |= Flags::NV;
    if negative {
        limit.wrapping_neg()
    } else {
        limit
    }
}

/// As a signed 32-bit integer (FCVT.W).
#[inline]
pub fn to_i32<F: Format>(a: F, rm: Rounding, fl: &mut Flags) -> i32 {
    to_integer(a, Range::I32, rm, fl) as i32
}

/// As an unsigned 32-bit integer (FCVT.WU).
#[inline]
pub fn to_u32<F: Format>(a: F, rm: Rounding, fl: &mut Flags) -> u32 {
    to_integer(a, Range::U32, rm, fl) as u32
}

/// As a signed 64-bit integer (FCVT.L).
#[inline]
pub fn to_i64<F: Format>(a: F, rm: Rounding, fl: &mut Flags) -> i64 {
    to_integer(a, Range::I64, rm, fl) as i64
}

/// As an unsigned 64-bit integer (FCVT.LU).
#[inline]
pub fn to_u64<F: Format>(a: F, rm: Rounding, fl: &mut Flags) -> u64 {
    to_integer(a, Range::U64, rm, fl)
}

/// The integer towards zero, modulo 2^32, and zero for infinities and NaNs;
/// flags as [`to_i32`] with [`Rounding::Rtz`] (Zfa, FCVTMOD.W.D).
#[inline]
pub fn to_i32_modular(a: F64, fl: &mut Flags) -> i32 {
    to_i32(a, Rounding::Rtz, fl);
    if a.infinite_or_nan() {
        return 0;
    }
    let (exp, sig) = a.decompose();
    let integer = match exp {
        ..0 => 0,
        0..=63 => sig >> (63 - exp),
        64..=126 => sig << (exp - 63),
        _ => 0,
    };
    let signed = if a.negative() {
        integer.wrapping_neg()
    } else {
        integer
    };
    signed as i32
}

/// Rounds to an integral value in the same format; never NX (Zfa, FROUND).
#[inline]
pub fn round_to_integral<F: Format>(a: F, rm: Rounding, fl: &mut Flags) -> F {
    integral(a, rm, fl).0
}

/// Rounds to an integral value in the same format; NX if that changes the
/// value (Zfa, FROUNDNX).
#[inline]
pub fn round_to_integral_exact<F: Format>(a: F, rm: Rounding, fl: &mut Flags) -> F {
    let (value, inexact) = integral(a, rm, fl);
    fl.raise_inexact_if(inexact);
    value
}

/// The integral value, and whether it differs from the operand.
#[inline]
fn integral<F: Format>(a: F, rm: Rounding, fl: &mut Flags) -> (F, bool) {
    if a.nan() {
        return (propagate(a, a, fl), false);
    }
    // From 2^FRAC_BITS on, every number is an integer, as is zero.
    let first_integral = (F::BIAS as u64 + u64::from(F::FRAC_BITS)) << F::FRAC_BITS;
    if a.magnitude() >= first_integral || a.magnitude() == 0 {
        return (a, false);
    }
    let negative = a.negative();
    let (exp, sig) = a.decompose();
    let (integer, inexact) = round_to_integer(sig, (63 - exp) as u32, negative, rm);
    // Small enough to be exact, so the rounding mode does not matter here.
    let value: F = from_magnitude(negative, integer, rm, fl);
    (F::signed(negative, value.magnitude()), inexact)
}
