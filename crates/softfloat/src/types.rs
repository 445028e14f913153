//! The public types and their methods: the fast path first, else the exact
//! code, out of line.

use crate::constants;
use crate::env::{Accrual, Flags, Rounding};
use crate::exact;
use crate::fast::{Fast, note_exact_run};
use crate::format::Format;

/// A binary16 value (half precision, Zfh), as its bit pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct F16(pub u16);

/// A binary32 value (single precision, F), as its bit pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct F32(pub u32);

/// A binary64 value (double precision, D), as its bit pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct F64(pub u64);

/// Methods that try the fast path and fall back on a copy of the exact code
/// that is compiled once, in this crate, and kept out of the caller's loop.
/// The flags go there and come back by value: a caller that keeps them in a
/// local variable needs no place on the stack for it.
macro_rules! fast_or_exact {
    ($($(#[$doc:meta])* fn $name:ident(self $(, $arg:ident: $ty:ty)*; $rm:ident) -> $ret:ty = $($exact:ident)::+;)*) => {
        $(
            $(#[$doc])*
            #[inline]
            #[must_use]
            pub fn $name(self $(, $arg: $ty)*, rm: Rounding, fl: &mut impl Accrual) -> $ret {
                #[cold]
                #[inline(never)]
                fn slow(this: $rm $(, $arg: $ty)*, rm: Rounding, mut fl: Flags) -> ($ret, Flags) {
                    note_exact_run();
                    ($($exact)::+(this $(, $arg)*, rm, &mut fl), fl)
                }
                match Fast::$name(self $(, $arg)*, rm, fl.accrued()) {
                    Some(value) => value,
                    None => fl.exactly(|flags| slow(self $(, $arg)*, rm, flags)),
                }
            }
        )*
    };
}

macro_rules! impl_float {
    ($name:ident, $bits:ty) => {
        impl $name {
            /// The NaN that every operation produces.
            pub const CANONICAL_NAN: $name =
                $name((<$name as Format>::INFINITY | <$name as Format>::QUIET) as $bits);

            /// The value with this bit pattern.
            #[inline]
            #[must_use]
            pub const fn from_bits(bits: $bits) -> $name {
                $name(bits)
            }

            /// The bit pattern.
            #[inline]
            #[must_use]
            pub const fn to_bits(self) -> $bits {
                self.0
            }

            /// Whether this is a NaN.
            #[inline]
            #[must_use]
            pub fn is_nan(self) -> bool {
                self.nan()
            }

            /// Whether this is a signaling NaN.
            #[inline]
            #[must_use]
            pub fn is_signaling_nan(self) -> bool {
                self.signaling()
            }

            /// Whether the sign bit is set, NaN or not.
            #[inline]
            #[must_use]
            pub fn is_negative(self) -> bool {
                self.negative()
            }

            /// With the opposite sign, NaN or not.
            #[inline]
            #[must_use]
            pub fn negate(self) -> $name {
                self.negated()
            }

            /// With the sign of `rhs` (FSGNJ).
            #[inline]
            #[must_use]
            pub fn with_sign_of(self, rhs: $name) -> $name {
                $name::signed(rhs.negative(), self.magnitude())
            }

            /// With the opposite of the sign of `rhs` (FSGNJN).
            #[inline]
            #[must_use]
            pub fn with_sign_not_of(self, rhs: $name) -> $name {
                $name::signed(!rhs.negative(), self.magnitude())
            }

            /// With the product of both signs (FSGNJX).
            #[inline]
            #[must_use]
            pub fn with_sign_xor(self, rhs: $name) -> $name {
                $name::signed(self.negative() != rhs.negative(), self.magnitude())
            }

            /// `self == rhs`; NV for signaling NaNs alone (FEQ).
            #[inline]
            #[must_use]
            pub fn eq(self, rhs: $name, fl: &mut Flags) -> bool {
                exact::eq(self, rhs, fl)
            }

            /// `self < rhs`; NV for any NaN (FLT).
            #[inline]
            #[must_use]
            pub fn lt(self, rhs: $name, fl: &mut Flags) -> bool {
                exact::lt(self, rhs, fl)
            }

            /// `self <= rhs`; NV for any NaN (FLE).
            #[inline]
            #[must_use]
            pub fn le(self, rhs: $name, fl: &mut Flags) -> bool {
                exact::le(self, rhs, fl)
            }

            /// `self < rhs`; NV for signaling NaNs alone (Zfa, FLTQ).
            #[inline]
            #[must_use]
            pub fn ltq(self, rhs: $name, fl: &mut Flags) -> bool {
                exact::ltq(self, rhs, fl)
            }

            /// `self <= rhs`; NV for signaling NaNs alone (Zfa, FLEQ).
            #[inline]
            #[must_use]
            pub fn leq(self, rhs: $name, fl: &mut Flags) -> bool {
                exact::leq(self, rhs, fl)
            }

            /// The smaller one; the other one if one is a NaN (FMIN).
            #[inline]
            #[must_use]
            pub fn min(self, rhs: $name, fl: &mut Flags) -> $name {
                fl.exactly(|fl| by_value(exact::min, self, rhs, fl))
            }

            /// The larger one; the other one if one is a NaN (FMAX).
            #[inline]
            #[must_use]
            pub fn max(self, rhs: $name, fl: &mut Flags) -> $name {
                fl.exactly(|fl| by_value(exact::max, self, rhs, fl))
            }

            /// The smaller one; NaN if one is a NaN (Zfa, FMINM).
            #[inline]
            #[must_use]
            pub fn minm(self, rhs: $name, fl: &mut Flags) -> $name {
                fl.exactly(|fl| by_value(exact::minm, self, rhs, fl))
            }

            /// The larger one; NaN if one is a NaN (Zfa, FMAXM).
            #[inline]
            #[must_use]
            pub fn maxm(self, rhs: $name, fl: &mut Flags) -> $name {
                fl.exactly(|fl| by_value(exact::maxm, self, rhs, fl))
            }

            /// The mask that FCLASS returns: one bit of ten.
            #[inline]
            #[must_use]
            pub fn classify(self) -> u16 {
                exact::classify(self)
            }

            /// The constant of this index, of which only the low five bits
            /// count (Zfa, FLI).
            #[must_use]
            pub fn load_immediate(index: u8) -> $name {
                constants::load_immediate(index)
            }

            /// Rounded to an integral value; never NX (Zfa, FROUND).
            #[inline]
            #[must_use]
            pub fn round_to_integral(self, rm: Rounding, fl: &mut impl Accrual) -> $name {
                #[inline(never)]
                fn slow(this: $name, rm: Rounding, mut fl: Flags) -> ($name, Flags) {
                    (exact::round_to_integral(this, rm, &mut fl), fl)
                }
                fl.exactly(|flags| slow(self, rm, flags))
            }

            /// Rounded to an integral value; NX if that changes the value
            /// (Zfa, FROUNDNX).
            #[inline]
            #[must_use]
            pub fn round_to_integral_exact(self, rm: Rounding, fl: &mut impl Accrual) -> $name {
                #[inline(never)]
                fn slow(this: $name, rm: Rounding, mut fl: Flags) -> ($name, Flags) {
                    (exact::round_to_integral_exact(this, rm, &mut fl), fl)
                }
                fl.exactly(|flags| slow(self, rm, flags))
            }

            fast_or_exact! {
                /// `self + rhs`.
                fn add(self, rhs: $name; $name) -> $name = exact::add;
                /// `self - rhs`.
                fn sub(self, rhs: $name; $name) -> $name = exact::sub;
                /// `self * rhs`.
                fn mul(self, rhs: $name; $name) -> $name = exact::mul;
                /// `self / rhs`.
                fn div(self, rhs: $name; $name) -> $name = exact::div;
                /// The square root.
                fn sqrt(self; $name) -> $name = exact::sqrt;
                /// `self * b + c`, rounded once; NV for ∞ times zero even if
                /// `c` is a quiet NaN.
                fn mul_add(self, b: $name, c: $name; $name) -> $name = exact::mul_add;
                /// As a signed 32-bit integer (FCVT.W): NaN and what is too
                /// large saturate with NV.
                fn to_i32(self; $name) -> i32 = exact::to_i32;
                /// As an unsigned 32-bit integer (FCVT.WU).
                fn to_u32(self; $name) -> u32 = exact::to_u32;
                /// As a signed 64-bit integer (FCVT.L).
                fn to_i64(self; $name) -> i64 = exact::to_i64;
                /// As an unsigned 64-bit integer (FCVT.LU).
                fn to_u64(self; $name) -> u64 = exact::to_u64;
                /// In binary16 (FCVT.H).
                fn to_f16(self; $name) -> F16 = exact::convert;
                /// In binary32 (FCVT.S).
                fn to_f32(self; $name) -> F32 = exact::convert;
                /// In binary64 (FCVT.D).
                fn to_f64(self; $name) -> F64 = exact::convert;
            }

            from_integer! {
                /// The value of a signed 32-bit integer (FCVT.fmt.W).
                fn from_i32(i32) -> $name;
                /// The value of an unsigned 32-bit integer (FCVT.fmt.WU).
                fn from_u32(u32) -> $name;
                /// The value of a signed 64-bit integer (FCVT.fmt.L).
                fn from_i64(i64) -> $name;
                /// The value of an unsigned 64-bit integer (FCVT.fmt.LU).
                fn from_u64(u64) -> $name;
            }
        }
    };
}

/// An operation of the exact code that takes flags and returns them by value.
#[inline(never)]
fn by_value<F>(operation: fn(F, F, &mut Flags) -> F, a: F, b: F, mut fl: Flags) -> (F, Flags) {
    (operation(a, b, &mut fl), fl)
}

/// [`fast_or_exact!`] for the conversions from integers.
macro_rules! from_integer {
    ($($(#[$doc:meta])* fn $name:ident($int:ty) -> $float:ident;)*) => {
        $(
            $(#[$doc])*
            #[inline]
            #[must_use]
            pub fn $name(v: $int, rm: Rounding, fl: &mut impl Accrual) -> $float {
                #[cold]
                #[inline(never)]
                fn slow(v: $int, rm: Rounding, mut fl: Flags) -> ($float, Flags) {
                    note_exact_run();
                    (exact::$name(v, rm, &mut fl), fl)
                }
                match <$float as Fast>::$name(v, rm, fl.accrued()) {
                    Some(value) => value,
                    None => fl.exactly(|flags| slow(v, rm, flags)),
                }
            }
        )*
    };
}

/// NaN boxing: a narrower value in a 64-bit register has ones above it, and
/// what has not is read as the canonical NaN (Unprivileged Architecture,
/// chapter D, "NaN Boxing of Narrower Values").
macro_rules! impl_boxing {
    ($name:ident, $bits:ty) => {
        impl $name {
            const BOX: u64 = !(<$bits>::MAX as u64);

            /// The value in a register: the canonical NaN unless boxed.
            #[inline]
            #[must_use]
            pub const fn from_boxed(register: u64) -> $name {
                if register >= Self::BOX {
                    $name(register as $bits)
                } else {
                    Self::CANONICAL_NAN
                }
            }

            /// The register that holds this value.
            #[inline]
            #[must_use]
            pub const fn to_boxed(self) -> u64 {
                Self::BOX | self.0 as u64
            }
        }
    };
}

impl_float!(F16, u16);
impl_float!(F32, u32);
impl_float!(F64, u64);
impl_boxing!(F16, u16);
impl_boxing!(F32, u32);

impl F64 {
    /// The integer towards zero, modulo 2^32; zero for infinities and NaNs;
    /// flags as [`F64::to_i32`] with [`Rounding::Rtz`] (Zfa, FCVTMOD.W.D).
    #[must_use]
    pub fn to_i32_modular(self, fl: &mut Flags) -> i32 {
        exact::to_i32_modular(self, fl)
    }
}
