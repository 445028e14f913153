//! Rounding: the one place where a significand loses bits and NX, UF and OF
//! are raised.

use crate::env::{Flags, Rounding};
use crate::format::Format;

/// The value one half in a fraction of 64 bits.
const HALF: u64 = 1 << 63;

/// Shifts right; a one that falls off the end stays as the last bit, so that
/// every later rounding sees that something was there.
#[inline]
pub(crate) fn shift_right_jam(sig: u64, count: u32) -> u64 {
    let count = count.min(63);
    let kept = sig >> count;
    kept | u64::from(kept << count != sig)
}

/// [`shift_right_jam`] for double-width significands.
#[inline]
pub(crate) fn shift_right_jam_wide(sig: u128, count: u32) -> u128 {
    let count = count.min(127);
    let kept = sig >> count;
    kept | u128::from(kept << count != sig)
}

/// The upper half of a double-width significand, the lower one jammed into
/// its last bit.
#[inline]
pub(crate) fn jam_halves(sig: u128) -> u64 {
    (sig >> 64) as u64 | u64::from(sig as u64 != 0)
}

/// Splits `sig / 2^shift` into its integer part and its fraction, the latter
/// as a 64-bit fraction whose last bit is sticky.
#[inline]
pub(crate) fn split(sig: u64, shift: u32) -> (u64, u64) {
    match shift {
        0 => (sig, 0),
        1..=63 => (sig >> shift, sig << (64 - shift)),
        _ => (0, shift_right_jam(sig, shift - 64)),
    }
}

/// Whether a magnitude with integer part of this parity and this fraction is
/// rounded to the next larger integer.
#[inline]
pub(crate) fn rounds_up(rm: Rounding, negative: bool, odd: bool, fraction: u64) -> bool {
    match rm {
        Rounding::Rne => fraction > HALF - u64::from(odd),
        Rounding::Rtz => false,
        Rounding::Rdn => negative && fraction != 0,
        Rounding::Rup => !negative && fraction != 0,
        Rounding::Rmm => fraction >= HALF,
    }
}

/// Rounds `sig / 2^shift` to an integer; also tells whether that was inexact.
#[inline]
pub(crate) fn round_to_integer(sig: u64, shift: u32, negative: bool, rm: Rounding) -> (u64, bool) {
    let (kept, fraction) = split(sig, shift);
    let up = rounds_up(rm, negative, kept & 1 != 0, fraction);
    (kept + u64::from(up), fraction != 0)
}

/// Rounds the nonzero value `±sig / 2^63 * 2^exp` to the format and raises
/// NX, UF and OF as due. `sig` has bit 63 set; its last bit may be sticky.
#[inline]
pub(crate) fn round_pack<F: Format>(
    negative: bool,
    exp: i32,
    sig: u64,
    rm: Rounding,
    fl: &mut Flags,
) -> F {
    let biased = exp + F::BIAS;
    if biased < 1 {
        return round_pack_tiny(negative, biased, sig, rm, fl);
    }
    let (kept, inexact) = round_to_integer(sig, F::GUARD_BITS, negative, rm);
    fl.raise_inexact_if(inexact);
    // `kept` carries the implicit bit, so it adds one to the exponent field;
    // if rounding carried out of the significand, it adds two, and the
    // fraction is zero: the right encoding either way.
    let magnitude = ((biased as u64 - 1) << F::FRAC_BITS) + kept;
    if magnitude >= F::INFINITY {
        return overflow(negative, rm, fl);
    }
    F::signed(negative, magnitude)
}

/// [`round_pack`] for values below the smallest normal number.
fn round_pack_tiny<F: Format>(
    negative: bool,
    biased: i32,
    sig: u64,
    rm: Rounding,
    fl: &mut Flags,
) -> F {
    let shift = F::GUARD_BITS + (1 - biased) as u32;
    let (magnitude, inexact) = round_to_integer(sig, shift, negative, rm);
    if inexact {
        // Tininess is detected after rounding as if the exponent had no
        // lower bound (IEEE 754-2019, 7.5; Unprivileged Architecture, chapter
        // F): only a value that so rounds up to the smallest normal is not
        // tiny.
        let (unbounded, _) = round_to_integer(sig, F::GUARD_BITS, negative, rm);
        let tiny = biased < 0 || unbounded < F::IMPLICIT << 1;
        *fl |= if tiny {
            Flags::UF | Flags::NX
        } else {
            Flags::NX
        };
    }
    F::signed(negative, magnitude)
}

/// The result of an overflow: infinity, or the largest finite number where
/// the rounding mode points the other way (IEEE 754-2019, 7.4).
#[inline(never)]
fn overflow<F: Format>(negative: bool, rm: Rounding, fl: &mut Flags) -> F {
    *fl |= Flags::OF | Flags::NX;
    let to_infinity = match rm {
        Rounding::Rne | Rounding::Rmm => true,
        Rounding::Rtz => false,
        Rounding::Rdn => negative,
        Rounding::Rup => !negative,
    };
    F::signed(negative, F::INFINITY - u64::from(!to_infinity))
}
