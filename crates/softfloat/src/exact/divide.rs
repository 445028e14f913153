//! Division (IEEE 754-2019, 5.4.1 and 7.3).

use super::{Format, invalid, propagate};
use crate::env::{Flags, Rounding};
use crate::round::round_pack;

/// `a / b`.
#[inline]
pub fn div<F: Format>(a: F, b: F, rm: Rounding, fl: &mut Flags) -> F {
    let negative = a.negative() != b.negative();
    if a.infinite_or_nan() || b.infinite_or_nan() {
        return div_special(negative, a, b, fl);
    }
    let (exp_a, sig_a) = a.decompose();
    let (exp_b, sig_b) = b.decompose();
    if sig_b == 0 {
        return div_by_zero(negative, sig_a == 0, fl);
    }
    if sig_a == 0 {
        return F::signed(negative, 0);
    }
    // Scale the dividend into [divisor / 2, divisor), so that the quotient
    // has its leading bit in place. Both have zeros at the end to spare.
    let below = u32::from(sig_a < sig_b);
    let exp = exp_a - exp_b - below as i32;
    let sig = quotient::<F>(sig_a >> (1 - below), sig_b);
    round_pack(negative, exp, sig, rm, fl)
}

/// `dividend / divisor * 2^64` with a sticky last bit, for `divisor / 2 <=
/// dividend < divisor`.
#[inline]
fn quotient<F: Format>(dividend: u64, divisor: u64) -> u64 {
    if F::FRAC_BITS <= 23 {
        // With at most 24 significant bits, one division of machine words
        // gives 31 or 32 bits of quotient: more than are kept.
        let (dividend, divisor) = (dividend >> 8, divisor >> 40);
        return ((dividend / divisor) << 32) | u64::from(dividend % divisor != 0);
    }
    divide_wide(dividend, divisor)
}

/// `dividend * 2^64 / divisor` with a sticky last bit, for a divisor with bit
/// 63 set and a dividend below it.
///
/// Knuth's algorithm D with two digits of 32 bits (The Art of Computer
/// Programming, volume 2, 4.3.1); the lower half of the dividend is zero.
#[inline]
fn divide_wide(dividend: u64, divisor: u64) -> u64 {
    let (high, rest) = quotient_digit(dividend, divisor);
    let (low, rest) = quotient_digit(rest, divisor);
    (high << 32) | low | u64::from(rest != 0)
}

/// One digit: `dividend * 2^32 / divisor` and the remainder.
#[inline]
fn quotient_digit(dividend: u64, divisor: u64) -> (u64, u64) {
    let (top, bottom) = (divisor >> 32, divisor & 0xffff_ffff);
    let (mut digit, mut rest) = (dividend / top, dividend % top);
    // The estimate from the top half of the divisor is at most two too large.
    while digit * bottom > rest << 32 {
        digit -= 1;
        rest += top;
        if rest >> 32 != 0 {
            break;
        }
    }
    // The true remainder is below the divisor, so that only the low 64 bits
    // of both terms matter.
    (
        digit,
        (dividend << 32).wrapping_sub(digit.wrapping_mul(divisor)),
    )
}

#[inline(never)]
fn div_by_zero<F: Format>(negative: bool, zero_dividend: bool, fl: &mut Flags) -> F {
    if zero_dividend {
        return invalid(fl);
    }
    *fl |= Flags::DZ;
    F::signed(negative, F::INFINITY)
}

#[inline(never)]
fn div_special<F: Format>(negative: bool, a: F, b: F, fl: &mut Flags) -> F {
    if a.nan() || b.nan() {
        return propagate(a, b, fl);
    }
    match (a.infinite_or_nan(), b.infinite_or_nan()) {
        (true, true) => invalid(fl),
        (true, false) => F::signed(negative, F::INFINITY),
        _ => F::signed(negative, 0),
    }
}
