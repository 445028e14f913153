//! Comparison, minimum and maximum, classification (IEEE 754-2019, 5.6.1,
//! 5.7.2 and 9.6).

use super::{Format, propagate};
use crate::env::Flags;

/// An integer in the order of the numbers, −0 equal to +0.
#[inline]
fn order<F: Format>(value: F) -> i64 {
    let magnitude = value.magnitude() as i64;
    if value.negative() {
        -magnitude
    } else {
        magnitude
    }
}

/// An integer in the order of the numbers, −0 below +0.
#[inline]
fn total_order<F: Format>(value: F) -> i64 {
    let magnitude = value.magnitude() as i64;
    if value.negative() {
        !magnitude
    } else {
        magnitude
    }
}

/// Whether the operands are unordered; NV for a signaling NaN.
#[inline]
fn unordered_quiet<F: Format>(a: F, b: F, fl: &mut Flags) -> bool {
    let unordered = a.nan() || b.nan();
    if unordered {
        propagate(a, b, fl);
    }
    unordered
}

/// Whether the operands are unordered; NV if so.
#[inline]
fn unordered_signaling<F: Format>(a: F, b: F, fl: &mut Flags) -> bool {
    let unordered = a.nan() || b.nan();
    if unordered {
        *fl |= Flags::NV;
    }
    unordered
}

/// `a == b`; NV for signaling NaNs alone (FEQ).
#[inline]
pub fn eq<F: Format>(a: F, b: F, fl: &mut Flags) -> bool {
    !unordered_quiet(a, b, fl) && order(a) == order(b)
}

/// `a < b`; NV for any NaN (FLT).
#[inline]
pub fn lt<F: Format>(a: F, b: F, fl: &mut Flags) -> bool {
    !unordered_signaling(a, b, fl) && order(a) < order(b)
}

/// `a <= b`; NV for any NaN (FLE).
#[inline]
pub fn le<F: Format>(a: F, b: F, fl: &mut Flags) -> bool {
    !unordered_signaling(a, b, fl) && order(a) <= order(b)
}

/// `a < b`; NV for signaling NaNs alone (Zfa, FLTQ).
#[inline]
pub fn ltq<F: Format>(a: F, b: F, fl: &mut Flags) -> bool {
    !unordered_quiet(a, b, fl) && order(a) < order(b)
}

/// `a <= b`; NV for signaling NaNs alone (Zfa, FLEQ).
#[inline]
pub fn leq<F: Format>(a: F, b: F, fl: &mut Flags) -> bool {
    !unordered_quiet(a, b, fl) && order(a) <= order(b)
}

/// The smaller operand; the other one if one is a NaN (FMIN, the operation
/// minimumNumber).
#[inline]
pub fn min<F: Format>(a: F, b: F, fl: &mut Flags) -> F {
    if a.nan() || b.nan() {
        return number(a, b, fl);
    }
    if total_order(a) < total_order(b) {
        a
    } else {
        b
    }
}

/// The larger operand; the other one if one is a NaN (FMAX, the operation
/// maximumNumber).
#[inline]
pub fn max<F: Format>(a: F, b: F, fl: &mut Flags) -> F {
    if a.nan() || b.nan() {
        return number(a, b, fl);
    }
    if total_order(a) > total_order(b) {
        a
    } else {
        b
    }
}

/// The smaller operand; NaN if one is a NaN (Zfa, FMINM).
#[inline]
pub fn minm<F: Format>(a: F, b: F, fl: &mut Flags) -> F {
    if a.nan() || b.nan() {
        return propagate(a, b, fl);
    }
    if total_order(a) < total_order(b) {
        a
    } else {
        b
    }
}

/// The larger operand; NaN if one is a NaN (Zfa, FMAXM).
#[inline]
pub fn maxm<F: Format>(a: F, b: F, fl: &mut Flags) -> F {
    if a.nan() || b.nan() {
        return propagate(a, b, fl);
    }
    if total_order(a) > total_order(b) {
        a
    } else {
        b
    }
}

/// Of two operands with a NaN among them, the one that is a number.
#[inline(never)]
fn number<F: Format>(a: F, b: F, fl: &mut Flags) -> F {
    let nan = propagate(a, b, fl);
    match (a.nan(), b.nan()) {
        (true, true) => nan,
        (true, false) => b,
        _ => a,
    }
}

/// The mask that FCLASS returns: one bit of ten (Unprivileged Architecture,
/// chapter F, "Floating-Point Classify Instruction").
#[inline]
pub fn classify<F: Format>(a: F) -> u16 {
    if a.nan() {
        return if a.signaling() { 1 << 8 } else { 1 << 9 };
    }
    let magnitude = a.magnitude();
    // How far from zero, counted from the zero of the operand's own sign.
    let distance = u32::from(magnitude != 0)
        + u32::from(magnitude >= F::IMPLICIT)
        + u32::from(magnitude == F::INFINITY);
    if a.negative() {
        1 << (3 - distance)
    } else {
        1 << (4 + distance)
    }
}
