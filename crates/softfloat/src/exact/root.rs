//! Square root (IEEE 754-2019, 5.4.1).

use super::{Format, invalid, propagate};
use crate::env::{Flags, Rounding};
use crate::round::round_pack;

/// The square root of `a`.
#[inline]
pub fn sqrt<F: Format>(a: F, rm: Rounding, fl: &mut Flags) -> F {
    if a.magnitude() == 0 {
        return a;
    }
    if a.negative() || a.infinite_or_nan() {
        return sqrt_special(a, fl);
    }
    let (exp, sig) = a.decompose();
    // Make the exponent even; significands have a zero at the end to spare.
    let odd = exp & 1;
    let radicand = sig >> (1 - odd);
    round_pack(false, exp >> 1, root::<F>(radicand), rm, fl)
}

/// `sqrt(radicand) * 2^32` with a sticky last bit, for a radicand with one of
/// its two leading bits set: the root has bit 63 set.
#[inline]
fn root<F: Format>(radicand: u64) -> u64 {
    let high = radicand.isqrt();
    let rest = radicand - high * high;
    if F::FRAC_BITS <= 23 {
        return (high << 32) | u64::from(rest != 0);
    }
    // One step of Zimmermann's Karatsuba square root (INRIA research report
    // 3805) for a radicand whose lower half is zero.
    let (low, carry) = ((rest << 31) / high, (rest << 31) % high);
    let root = (high << 32) + low;
    // What is left is (2 * carry) * 2^32 - low^2. If that is negative, the
    // root is one too large, and inexact.
    let (left, square) = (u128::from(carry) << 33, u128::from(low) * u128::from(low));
    (root - u64::from(left < square)) | u64::from(left != square)
}

#[inline(never)]
fn sqrt_special<F: Format>(a: F, fl: &mut Flags) -> F {
    if a.nan() {
        return propagate(a, a, fl);
    }
    if a.negative() { invalid(fl) } else { a }
}
