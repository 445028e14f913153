//! Fused multiply-add (IEEE 754-2019, 5.4.1 and 7.2).

use super::{Format, invalid, propagate};
use crate::env::{Flags, Rounding};
use crate::round::{jam_halves, round_pack, shift_right_jam_wide};

/// `a * b + c`, rounded once.
#[inline]
pub fn mul_add<F: Format>(a: F, b: F, c: F, rm: Rounding, fl: &mut Flags) -> F {
    let negative = a.negative() != b.negative();
    if a.infinite_or_nan() || b.infinite_or_nan() || c.infinite_or_nan() {
        return mul_add_special(negative, a, b, c, fl);
    }
    let (exp_a, sig_a) = a.decompose();
    let (exp_b, sig_b) = b.decompose();
    let (exp_c, sig_c) = c.decompose();
    // Both terms as multiples of 2^(exp - 125), their leading bits at bit 125
    // or 126, so that bit 127 is there for a carry. The operands have zeros at
    // the end to spare.
    let product = (u128::from(sig_a) * u128::from(sig_b)) >> 1;
    let addend = u128::from(sig_c) << 62;
    if product == 0 {
        return add_to_zero(negative, c, rm);
    }
    let exp_product = exp_a + exp_b;
    let exp = exp_product.max(exp_c);
    let product = shift_right_jam_wide(product, (exp - exp_product) as u32);
    let addend = shift_right_jam_wide(addend, (exp - exp_c) as u32);
    let (negative, sum) = if negative == c.negative() {
        (negative, product + addend)
    } else if product >= addend {
        (negative, product - addend)
    } else {
        (!negative, addend - product)
    };
    if sum == 0 {
        return F::signed(rm == Rounding::Rdn, 0);
    }
    let shift = sum.leading_zeros();
    round_pack(
        negative,
        exp + 2 - shift as i32,
        jam_halves(sum << shift),
        rm,
        fl,
    )
}

/// A zero product plus a finite addend: exact, except for the sign of zero.
fn add_to_zero<F: Format>(negative: bool, c: F, rm: Rounding) -> F {
    if c.magnitude() != 0 || negative == c.negative() {
        return c;
    }
    F::signed(rm == Rounding::Rdn, 0)
}

#[inline(never)]
fn mul_add_special<F: Format>(negative: bool, a: F, b: F, c: F, fl: &mut Flags) -> F {
    let infinity_a = a.magnitude() == F::INFINITY;
    let infinity_b = b.magnitude() == F::INFINITY;
    // "The fused multiply-add instructions must set the invalid operation
    // exception flag when the multiplicands are ∞ and zero, even when the
    // addend is a quiet NaN" (Unprivileged Architecture, chapter F).
    if (infinity_a && b.magnitude() == 0) || (a.magnitude() == 0 && infinity_b) {
        return invalid(fl);
    }
    if a.nan() || b.nan() || c.nan() {
        if c.signaling() {
            *fl |= Flags::NV;
        }
        return propagate(a, b, fl);
    }
    if !infinity_a && !infinity_b {
        return c;
    }
    if c.infinite_or_nan() && c.negative() != negative {
        return invalid(fl);
    }
    F::signed(negative, F::INFINITY)
}
