//! Multiplication (IEEE 754-2019, 5.4.1).

use super::{Format, invalid, propagate};
use crate::env::{Flags, Rounding};
use crate::round::{jam_halves, round_pack};

/// `a * b`.
#[inline]
pub fn mul<F: Format>(a: F, b: F, rm: Rounding, fl: &mut Flags) -> F {
    let negative = a.negative() != b.negative();
    if a.infinite_or_nan() || b.infinite_or_nan() {
        return mul_special(negative, a, b, fl);
    }
    let (exp_a, sig_a) = a.decompose();
    let (exp_b, sig_b) = b.decompose();
    let product = u128::from(sig_a) * u128::from(sig_b);
    if product == 0 {
        return F::signed(negative, 0);
    }
    // The product of two numbers in [1, 2) is in [1, 4).
    let shift = product.leading_zeros();
    let exp = exp_a + exp_b + 1 - shift as i32;
    round_pack(negative, exp, jam_halves(product << shift), rm, fl)
}

#[inline(never)]
fn mul_special<F: Format>(negative: bool, a: F, b: F, fl: &mut Flags) -> F {
    if a.nan() || b.nan() {
        return propagate(a, b, fl);
    }
    if a.magnitude() == 0 || b.magnitude() == 0 {
        return invalid(fl);
    }
    F::signed(negative, F::INFINITY)
}
