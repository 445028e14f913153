//! The fast path on hosts that have one.

use super::Fast;
use crate::env::{Flags, Rounding};
use crate::format::Format;
use crate::types::{F32, F64};

/// Whether the operation may be inexact without the caller seeing it, and
/// the host rounds it as asked.
#[inline(always)]
fn may_round(rm: Rounding, accrued: Flags) -> bool {
    rm == Rounding::Rne && accrued.contains(Flags::NX)
}

/// Whether a result says by itself that none of OF, UF, DZ and NV was raised:
/// finite, normal, and not the smallest normal number.
#[inline(always)]
fn in_range<F: Format>(result: F) -> bool {
    let first = F::IMPLICIT << 1;
    result.magnitude().wrapping_sub(first) < F::INFINITY - first
}

/// Whether the product of the significands certainly needs no more bits than
/// the format has: each has `FRAC_BITS + 1` less its trailing zeros.
#[inline(always)]
fn product_fits<F: Format>(a: F, b: F) -> bool {
    let zeros = |value: F| (value.raw() | F::IMPLICIT).trailing_zeros();
    zeros(a) + zeros(b) > F::FRAC_BITS
}

/// Whether a product is zero because a factor is, which raises no flag.
#[inline(always)]
fn is_zero_product<F: Format>(a: F, b: F, product: F) -> bool {
    product.magnitude() == 0 && (a.magnitude() == 0 || b.magnitude() == 0)
}

/// What rounding took from `sum`, the rounded `a + b` (Knuth's TwoSum). It is
/// zero exactly if nothing was taken: additions cannot underflow, and an
/// overflow on the way makes it infinite or NaN.
macro_rules! two_sum_residue {
    ($a:expr, $b:expr, $sum:expr) => {{
        let b_part = $sum - $a;
        let a_part = $sum - b_part;
        ($a - a_part) + ($b - b_part)
    }};
}

macro_rules! impl_fast {
    ($name:ident, $host:ident) => {
        impl $name {
            #[inline(always)]
            fn host(self) -> $host {
                $host::from_bits(self.0)
            }

            #[inline(always)]
            fn from_host(value: $host) -> $name {
                $name(value.to_bits())
            }
        }

        impl Fast for $name {
            /// A sum that is tiny is exact, so that it can raise NX alone if
            /// it is finite.
            #[inline(always)]
            fn add(self, rhs: $name, rm: Rounding, accrued: Flags) -> Option<$name> {
                let (a, b) = (self.host(), rhs.host());
                let sum = a + b;
                let known = rm == Rounding::Rne
                    && sum.is_finite()
                    && (accrued.contains(Flags::NX) || two_sum_residue!(a, b, sum) == 0.0);
                known.then(|| $name::from_host(sum))
            }

            #[inline(always)]
            fn sub(self, rhs: $name, rm: Rounding, accrued: Flags) -> Option<$name> {
                Fast::add(self, rhs.negated(), rm, accrued)
            }

            #[inline(always)]
            fn mul(self, rhs: $name, rm: Rounding, accrued: Flags) -> Option<$name> {
                let product = $name::from_host(self.host() * rhs.host());
                let known = rm == Rounding::Rne
                    && (in_range(product)
                        && (accrued.contains(Flags::NX) || product_fits(self, rhs))
                        || is_zero_product(self, rhs, product));
                known.then_some(product)
            }

            /// Exact if the quotient times the divisor is the dividend, and
            /// that product is exact itself.
            #[inline(always)]
            fn div(self, rhs: $name, rm: Rounding, accrued: Flags) -> Option<$name> {
                let quotient = $name::from_host(self.host() / rhs.host());
                let exact = || {
                    in_range(self)
                        && product_fits(quotient, rhs)
                        && quotient.host() * rhs.host() == self.host()
                };
                let known = rm == Rounding::Rne
                    && in_range(quotient)
                    && (accrued.contains(Flags::NX) || exact());
                known.then_some(quotient)
            }

            /// The root of a positive number (zero and infinity included) can
            /// raise NX alone. Exact if its square is the operand, and that
            /// square is exact itself.
            #[cfg(feature = "std")]
            #[inline(always)]
            fn sqrt(self, rm: Rounding, accrued: Flags) -> Option<$name> {
                let root = $name::from_host(self.host().sqrt());
                let exact = || {
                    in_range(self)
                        && product_fits(root, root)
                        && root.host() * root.host() == self.host()
                };
                let known = rm == Rounding::Rne
                    && self.raw() <= $name::INFINITY
                    && (accrued.contains(Flags::NX) || exact());
                known.then_some(root)
            }

            #[inline(always)]
            fn mul_add(self, b: $name, c: $name, rm: Rounding, accrued: Flags) -> Option<$name> {
                self.fused(b, c, rm, accrued)
            }

            #[inline(always)]
            fn to_i32(self, rm: Rounding, accrued: Flags) -> Option<i32> {
                let value = f64::from(self.host());
                let integer = value as i32;
                let in_range = value > -2_147_483_649.0 && value < 2_147_483_648.0;
                truncated(f64::from(integer) == value, in_range, rm, accrued).then_some(integer)
            }

            #[inline(always)]
            fn to_u32(self, rm: Rounding, accrued: Flags) -> Option<u32> {
                let value = f64::from(self.host());
                let integer = value as u32;
                let in_range = value > -1.0 && value < 4_294_967_296.0;
                truncated(f64::from(integer) == value, in_range, rm, accrued).then_some(integer)
            }

            // 2^63 and 2^64 are not in the range of the integers, but are what
            // the largest of these round to when converted back.
            #[inline(always)]
            fn to_i64(self, rm: Rounding, accrued: Flags) -> Option<i64> {
                let value = f64::from(self.host());
                let integer = value as i64;
                let in_range = value.abs() < 9_223_372_036_854_775_808.0;
                let exact = in_range && integer as f64 == value;
                truncated(exact, in_range, rm, accrued).then_some(integer)
            }

            #[inline(always)]
            fn to_u64(self, rm: Rounding, accrued: Flags) -> Option<u64> {
                let value = f64::from(self.host());
                let integer = value as u64;
                let in_range = value > -1.0 && value < 18_446_744_073_709_551_616.0;
                let exact = in_range && integer as f64 == value;
                truncated(exact, in_range, rm, accrued).then_some(integer)
            }

            #[inline(always)]
            fn to_f32(self, rm: Rounding, accrued: Flags) -> Option<F32> {
                let narrow = F32::from_host(self.host() as f32);
                let exact = f64::from(narrow.host()) == f64::from(self.host());
                let known = exact || (may_round(rm, accrued) && in_range(narrow));
                known.then_some(narrow)
            }

            #[inline(always)]
            fn to_f64(self, _rm: Rounding, _accrued: Flags) -> Option<F64> {
                (!self.nan()).then(|| F64::from_host(self.host().into()))
            }

            #[inline(always)]
            fn from_i32(v: i32, rm: Rounding, accrued: Flags) -> Option<$name> {
                let value = v as $host;
                let known = f64::from(value) == f64::from(v) || may_round(rm, accrued);
                known.then(|| $name::from_host(value))
            }

            #[inline(always)]
            fn from_u32(v: u32, rm: Rounding, accrued: Flags) -> Option<$name> {
                let value = v as $host;
                let known = f64::from(value) == f64::from(v) || may_round(rm, accrued);
                known.then(|| $name::from_host(value))
            }

            #[inline(always)]
            fn from_i64(v: i64, rm: Rounding, accrued: Flags) -> Option<$name> {
                let exact = v.unsigned_abs() <= $name::IMPLICIT << 1;
                (exact || may_round(rm, accrued)).then(|| $name::from_host(v as $host))
            }

            #[inline(always)]
            fn from_u64(v: u64, rm: Rounding, accrued: Flags) -> Option<$name> {
                let exact = v <= $name::IMPLICIT << 1;
                (exact || may_round(rm, accrued)).then(|| $name::from_host(v as $host))
            }
        }
    };
}

/// Whether the integer that truncation gives is the result: if it is exact in
/// every rounding mode, else towards zero with NX set.
#[inline(always)]
fn truncated(exact: bool, in_range: bool, rm: Rounding, accrued: Flags) -> bool {
    exact || (in_range && rm == Rounding::Rtz && accrued.contains(Flags::NX))
}

impl_fast!(F32, f32);
impl_fast!(F64, f64);

impl F32 {
    /// Through binary64: it holds any product of two binary32 numbers, and a
    /// sum that is rounded to odd there is rounded correctly by the second
    /// rounding (Boldo and Melquiond, "Emulation of FMA and correctly rounded
    /// sums: proved algorithms using rounding to odd", 2008).
    #[inline(always)]
    fn fused(self, b: F32, c: F32, rm: Rounding, accrued: Flags) -> Option<F32> {
        let product = f64::from(self.host()) * f64::from(b.host());
        let addend = f64::from(c.host());
        let sum = product + addend;
        let residue = two_sum_residue!(product, addend, sum);
        let result = F32::from_host(to_odd(sum, residue) as f32);
        let exact = || residue == 0.0 && f64::from(result.host()) == sum;
        let known =
            rm == Rounding::Rne && in_range(result) && (accrued.contains(Flags::NX) || exact());
        known.then_some(result)
    }
}

/// The neighbour of `sum + residue` with an odd last bit, or that sum itself
/// if it is exact.
#[inline(always)]
fn to_odd(sum: f64, residue: f64) -> f64 {
    let bits = sum.to_bits();
    if residue == 0.0 || bits & 1 != 0 {
        return sum;
    }
    let away_from_zero = (residue > 0.0) == (sum > 0.0);
    f64::from_bits(if away_from_zero {
        bits + 1
    } else {
        bits.wrapping_sub(1)
    })
}

/// Whether `f64::mul_add` is known to be one instruction of the host: inlined,
/// or in glibc behind a call that does nothing else. Other C libraries compute
/// it in software, slower than the exact code here.
#[cfg(feature = "std")]
#[inline(always)]
fn host_has_fused() -> bool {
    #[cfg(target_arch = "x86_64")]
    return cfg!(target_env = "gnu") && std::arch::is_x86_feature_detected!("fma");
    #[cfg(target_arch = "aarch64")]
    true
}

impl F64 {
    #[cfg(feature = "std")]
    #[inline(always)]
    fn fused(self, b: F64, c: F64, rm: Rounding, accrued: Flags) -> Option<F64> {
        if may_round(rm, accrued) && host_has_fused() {
            let result = F64::from_host(self.host().mul_add(b.host(), c.host()));
            if in_range(result) {
                return Some(result);
            }
        }
        self.product_plus(b, c, rm, accrued)
    }

    #[cfg(not(feature = "std"))]
    #[inline(always)]
    fn fused(self, b: F64, c: F64, rm: Rounding, accrued: Flags) -> Option<F64> {
        self.product_plus(b, c, rm, accrued)
    }

    /// Where the product is exact, a fused multiply-add is an addition.
    #[inline(always)]
    fn product_plus(self, b: F64, c: F64, rm: Rounding, accrued: Flags) -> Option<F64> {
        let product = F64::from_host(self.host() * b.host());
        let exact = in_range(product) && product_fits(self, b) || is_zero_product(self, b, product);
        if exact {
            Fast::add(product, c, rm, accrued)
        } else {
            None
        }
    }
}
