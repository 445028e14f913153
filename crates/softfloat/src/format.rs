//! What the code that is written once for all formats knows about one of them.

use crate::types::{F16, F32, F64};

/// An IEEE 754 binary interchange format, as a bit pattern in the low bits of
/// a `u64`. Sealed: the arithmetic holds for significands of at most 53 bits.
pub trait Format: Copy + sealed::Sealed {
    /// Bits of the exponent field.
    const EXP_BITS: u32;
    /// Bits of the trailing significand field.
    const FRAC_BITS: u32;

    /// The bit pattern, zero-extended.
    fn raw(self) -> u64;
    /// The value with this bit pattern; higher bits are ignored.
    fn from_raw(raw: u64) -> Self;

    /// What the exponent field adds to the exponent of a normal number.
    const BIAS: i32 = (1 << (Self::EXP_BITS - 1)) - 1;
    /// The sign bit.
    const SIGN: u64 = 1 << (Self::EXP_BITS + Self::FRAC_BITS);
    /// The leading bit of a normal number's significand, one above its field.
    const IMPLICIT: u64 = 1 << Self::FRAC_BITS;
    /// The magnitude of infinity: the exponent field all ones.
    const INFINITY: u64 = ((1 << Self::EXP_BITS) - 1) << Self::FRAC_BITS;
    /// The bit that tells quiet NaNs from signaling ones.
    const QUIET: u64 = 1 << (Self::FRAC_BITS - 1);
    /// The bits below the format's last place in a significand whose leading
    /// bit is bit 63.
    const GUARD_BITS: u32 = 63 - Self::FRAC_BITS;

    /// The bit pattern without the sign.
    #[inline]
    fn magnitude(self) -> u64 {
        self.raw() & (Self::SIGN - 1)
    }

    /// Whether the sign bit is set.
    #[inline]
    fn negative(self) -> bool {
        self.raw() & Self::SIGN != 0
    }

    /// The value with the opposite sign, NaN or not.
    #[inline]
    fn negated(self) -> Self {
        Self::from_raw(self.raw() ^ Self::SIGN)
    }

    /// Whether this is a NaN.
    #[inline]
    fn nan(self) -> bool {
        self.magnitude() > Self::INFINITY
    }

    /// Whether this is a signaling NaN.
    #[inline]
    fn signaling(self) -> bool {
        self.nan() && self.raw() & Self::QUIET == 0
    }

    /// Whether this is an infinity or a NaN.
    #[inline]
    fn infinite_or_nan(self) -> bool {
        self.magnitude() >= Self::INFINITY
    }

    /// The NaN that operations produce: positive, quiet, payload zero.
    #[inline]
    fn canonical_nan() -> Self {
        Self::from_raw(Self::INFINITY | Self::QUIET)
    }

    /// A value from its sign and its bit pattern without the sign.
    #[inline]
    fn signed(negative: bool, magnitude: u64) -> Self {
        Self::from_raw((u64::from(negative) << (Self::EXP_BITS + Self::FRAC_BITS)) | magnitude)
    }

    /// A finite value as `(exp, sig)` with magnitude `sig / 2^63 * 2^exp`;
    /// `sig` has its leading bit at bit 63, or is zero for zero.
    #[inline]
    fn decompose(self) -> (i32, u64) {
        let magnitude = self.magnitude();
        let field = (magnitude >> Self::FRAC_BITS) as i32;
        let frac = magnitude & (Self::IMPLICIT - 1);
        if field != 0 {
            return (
                field - Self::BIAS,
                (frac | Self::IMPLICIT) << Self::GUARD_BITS,
            );
        }
        if frac == 0 {
            // Far below everything, so that a zero addend never decides an
            // alignment; not so far that sums of exponents overflow.
            return (-0x1_0000, 0);
        }
        let shift = frac.leading_zeros();
        let exp = 64 - shift as i32 - Self::BIAS - Self::FRAC_BITS as i32;
        (exp, frac << shift)
    }
}

macro_rules! impl_format {
    ($name:ident, $bits:ty, $exp:literal, $frac:literal) => {
        impl sealed::Sealed for $name {}

        impl Format for $name {
            const EXP_BITS: u32 = $exp;
            const FRAC_BITS: u32 = $frac;

            #[inline]
            fn raw(self) -> u64 {
                u64::from(self.0)
            }

            #[inline]
            fn from_raw(raw: u64) -> Self {
                $name(raw as $bits)
            }
        }
    };
}

impl_format!(F16, u16, 5, 10);
impl_format!(F32, u32, 8, 23);
impl_format!(F64, u64, 11, 52);

mod sealed {
    /// Keeps [`super::Format`] to the three formats of this crate.
    pub trait Sealed {}
}
