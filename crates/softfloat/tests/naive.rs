//! Independent, naive models that need no C compiler.
//!
//! * Rounding: sums, products, quotients and roots of binary16 numbers are
//!   exact in the host's binary64, or close enough to tell all roundings
//!   apart; they are rounded by looking for the neighbours among all binary16
//!   numbers, and tininess is judged by the definition.
//! * What has no counterpart in other libraries (minimum, maximum,
//!   classification, modular conversion, inexact rounding to integral values)
//!   is done by the host's `f64` functions.

mod common;

use std::num::FpCategory;
use std::sync::LazyLock;

use common::cases::{Cases, Layout};
use pagewalk_softfloat::{F16, F32, F64, Flags, Rounding};

/// The finite magnitudes of binary16 in order: by their definition, and after
/// them what the next one would be if the exponent had no upper bound.
static MAGNITUDES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    (0..=0x7c00u16)
        .map(|bits| {
            let (field, frac) = (i32::from(bits >> 10), f64::from(bits & 0x3ff));
            match field {
                0 => frac * 2f64.powi(-24),
                _ => (frac + 1024.0) * 2f64.powi(field - 25),
            }
        })
        .collect()
});

/// The numbers of binary16 just below the smallest normal one if the exponent
/// had no lower bound: twice as dense as the subnormals.
static BELOW_NORMAL: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let smallest = MAGNITUDES[0x400];
    (0..=1024)
        .map(|i| smallest * (0.5 + f64::from(i) / 2048.0))
        .collect()
});

fn half(x: F16) -> f64 {
    let magnitude = match x.0 & 0x7fff {
        bits @ 0..0x7c00 => MAGNITUDES[usize::from(bits)],
        0x7c00 => f64::INFINITY,
        _ => f64::NAN,
    };
    if x.is_negative() {
        -magnitude
    } else {
        magnitude
    }
}

/// The index of the number that `magnitude` is rounded to in a sorted list,
/// whose even indices are the even numbers.
fn choose(list: &[f64], magnitude: f64, negative: bool, rm: Rounding) -> usize {
    let above = list.partition_point(|&candidate| candidate < magnitude);
    if above == list.len() || list[above] == magnitude || above == 0 {
        return above.min(list.len() - 1);
    }
    let below = above - 1;
    let (down, up) = (magnitude - list[below], list[above] - magnitude);
    let away = match rm {
        Rounding::Rne => up < down || (up == down && above % 2 == 0),
        Rounding::Rtz => false,
        Rounding::Rdn => negative,
        Rounding::Rup => !negative,
        Rounding::Rmm => up <= down,
    };
    if away { above } else { below }
}

/// Rounds a finite nonzero number to binary16 by the definitions.
fn round(exact: f64, rm: Rounding) -> (F16, Flags) {
    let negative = exact.is_sign_negative();
    let magnitude = exact.abs();
    let sign = u16::from(negative) << 15;
    let infinity = MAGNITUDES.len() - 1;
    let index = choose(&MAGNITUDES, magnitude, negative, rm);
    if index == infinity {
        let to_infinity = match rm {
            Rounding::Rne | Rounding::Rmm => true,
            Rounding::Rtz => false,
            Rounding::Rdn => negative,
            Rounding::Rup => !negative,
        };
        let delivered = infinity - usize::from(!to_infinity);
        return (F16(sign | delivered as u16), Flags::OF | Flags::NX);
    }
    let mut flags = Flags::NONE;
    if MAGNITUDES[index] != magnitude {
        flags |= Flags::NX;
        let tiny = magnitude < BELOW_NORMAL[0]
            || (magnitude < MAGNITUDES[0x400]
                && choose(&BELOW_NORMAL, magnitude, negative, rm) < 1024);
        if tiny {
            flags |= Flags::UF;
        }
    }
    (F16(sign | index as u16), flags)
}

/// Holds a binary16 operation against the model on finite operands.
fn hold_half(
    exact: impl Fn(f64, f64) -> f64,
    operation: impl Fn(F16, F16, Rounding, &mut Flags) -> F16,
) {
    let mut cases = Cases::new(16);
    let count = common::count("PAGEWALK_FLOAT_CASES", 60_000);
    let mut compared = 0;
    for _ in 0..count {
        let a = cases.float(Layout::F16);
        let b = F16(cases.partner(Layout::F16, a) as u16);
        let a = F16(a as u16);
        let result = exact(half(a), half(b));
        if !result.is_finite() || result == 0.0 {
            continue;
        }
        compared += 1;
        for rm in Rounding::ALL {
            let mut fl = Flags::NONE;
            let ours = operation(a, b, rm, &mut fl);
            assert_eq!((ours, fl), round(result, rm), "{rm:?} {a:x?} {b:x?}");
        }
    }
    assert!(
        compared >= count / 4,
        "the model applies to too few cases: {compared}"
    );
}

#[test]
fn half_sums_and_differences() {
    hold_half(|a, b| a + b, F16::add);
    hold_half(|a, b| a - b, F16::sub);
}

#[test]
fn half_products() {
    hold_half(|a, b| a * b, F16::mul);
}

#[test]
fn half_quotients() {
    hold_half(|a, b| a / b, F16::div);
}

#[test]
fn half_roots() {
    hold_half(|a, _| a.sqrt(), |a, _, rm, fl| a.sqrt(rm, fl));
}

#[test]
fn half_from_double() {
    let mut cases = Cases::new(64);
    for _ in 0..common::count("PAGEWALK_FLOAT_CASES", 60_000) {
        let a = F64(cases.for_target(Layout::F64, Layout::F16));
        let exact = f64::from_bits(a.0);
        if !exact.is_finite() || exact == 0.0 {
            continue;
        }
        for rm in Rounding::ALL {
            let mut fl = Flags::NONE;
            assert_eq!(
                (a.to_f16(rm, &mut fl), fl),
                round(exact, rm),
                "{rm:?} {a:x?}"
            );
        }
    }
}

/// Rounding to an integral value by the host.
fn integral(x: f64, rm: Rounding) -> f64 {
    match rm {
        Rounding::Rne => x.round_ties_even(),
        Rounding::Rtz => x.trunc(),
        Rounding::Rdn => x.floor(),
        Rounding::Rup => x.ceil(),
        Rounding::Rmm => x.round(),
    }
}

macro_rules! against_host {
    ($module:ident: $float:ident, $bits:ty, $host:expr) => {
        mod $module {
            use super::*;

            type Float = $float;

            fn each_pair(mut check: impl FnMut(Float, f64, Float, f64)) {
                let host = $host;
                let mut cases = Cases::new(7);
                for _ in 0..common::count("PAGEWALK_FLOAT_CASES", 60_000) {
                    let a = cases.float(Layout::$float);
                    let b = cases.partner(Layout::$float, a);
                    let (a, b) = ($float(a as $bits), $float(b as $bits));
                    check(a, host(a), b, host(b));
                }
            }

            fn nan_flags(a: Float, b: Float) -> Flags {
                let signaling = a.is_signaling_nan() || b.is_signaling_nan();
                if signaling { Flags::NV } else { Flags::NONE }
            }

            #[test]
            fn minimum_and_maximum() {
                each_pair(|a, x, b, y| {
                    let a_first = x < y || (x == y && x.is_sign_negative());
                    let (small, large) = if a_first { (a, b) } else { (b, a) };
                    let nan = Float::CANONICAL_NAN;
                    let (numbers, nans) = match (x.is_nan(), y.is_nan()) {
                        (false, false) => ((small, large), (small, large)),
                        (true, false) => ((b, b), (nan, nan)),
                        (false, true) => ((a, a), (nan, nan)),
                        (true, true) => ((nan, nan), (nan, nan)),
                    };
                    let operations: [(fn(Float, Float, &mut Flags) -> Float, Float); 4] = [
                        (Float::min, numbers.0),
                        (Float::max, numbers.1),
                        (Float::minm, nans.0),
                        (Float::maxm, nans.1),
                    ];
                    for (index, (operation, expected)) in operations.into_iter().enumerate() {
                        let mut fl = Flags::NONE;
                        let result = operation(a, b, &mut fl);
                        assert_eq!(
                            (result, fl),
                            (expected, nan_flags(a, b)),
                            "operation {index} of {a:x?} {b:x?}"
                        );
                    }
                });
            }

            #[test]
            fn comparisons() {
                each_pair(|a, x, b, y| {
                    let quiet = nan_flags(a, b);
                    let signaling = if x.is_nan() || y.is_nan() {
                        Flags::NV
                    } else {
                        Flags::NONE
                    };
                    let operations: [(fn(Float, Float, &mut Flags) -> bool, bool, Flags); 5] = [
                        (Float::eq, x == y, quiet),
                        (Float::lt, x < y, signaling),
                        (Float::le, x <= y, signaling),
                        (Float::ltq, x < y, quiet),
                        (Float::leq, x <= y, quiet),
                    ];
                    for (index, (operation, expected, flags)) in operations.into_iter().enumerate()
                    {
                        let mut fl = Flags::NONE;
                        let result = operation(a, b, &mut fl);
                        assert_eq!(
                            (result, fl),
                            (expected, flags),
                            "operation {index} of {a:x?} {b:x?}"
                        );
                    }
                });
            }

            #[test]
            fn integral_values() {
                each_pair(|a, x, _, _| {
                    for rm in Rounding::ALL {
                        let (mut fl, mut fl_exact) = (Flags::NONE, Flags::NONE);
                        let result = a.round_to_integral(rm, &mut fl);
                        assert_eq!(a.round_to_integral_exact(rm, &mut fl_exact), result);
                        if x.is_nan() {
                            assert_eq!((result, fl), (Float::CANONICAL_NAN, nan_flags(a, a)));
                            assert_eq!(fl_exact, fl);
                            continue;
                        }
                        let expected = integral(x, rm);
                        assert_eq!(
                            ($host)(result).to_bits(),
                            expected.to_bits(),
                            "{rm:?} {a:x?}"
                        );
                        let nx = if expected == x {
                            Flags::NONE
                        } else {
                            Flags::NX
                        };
                        assert_eq!((fl, fl_exact), (Flags::NONE, nx), "{rm:?} {a:x?}");
                    }
                });
            }
        }
    };
}

against_host!(binary16: F16, u16, half);
against_host!(binary32: F32, u32, |x: F32| f64::from(f32::from_bits(x.0)));
against_host!(binary64: F64, u64, |x: F64| f64::from_bits(x.0));

/// The bit of FCLASS by the host's idea of the class.
fn class_bit(negative: bool, category: FpCategory, quiet: bool) -> u16 {
    let bit = match (category, negative) {
        (FpCategory::Infinite, true) => 0,
        (FpCategory::Normal, true) => 1,
        (FpCategory::Subnormal, true) => 2,
        (FpCategory::Zero, true) => 3,
        (FpCategory::Zero, false) => 4,
        (FpCategory::Subnormal, false) => 5,
        (FpCategory::Normal, false) => 6,
        (FpCategory::Infinite, false) => 7,
        (FpCategory::Nan, _) => 8 + u16::from(quiet),
    };
    1 << bit
}

#[test]
fn classes() {
    let mut cases = Cases::new(10);
    for _ in 0..common::count("PAGEWALK_FLOAT_CASES", 60_000) {
        let single = cases.float(Layout::F32) as u32;
        let host = f32::from_bits(single);
        let expected = class_bit(
            host.is_sign_negative(),
            host.classify(),
            single & 1 << 22 != 0,
        );
        assert_eq!(F32(single).classify(), expected, "{single:#x}");

        let double = cases.float(Layout::F64);
        let host = f64::from_bits(double);
        let expected = class_bit(
            host.is_sign_negative(),
            host.classify(),
            double & 1 << 51 != 0,
        );
        assert_eq!(F64(double).classify(), expected, "{double:#x}");
    }
    for half in 0..=u16::MAX {
        let category = match half & 0x7fff {
            0 => FpCategory::Zero,
            1..0x400 => FpCategory::Subnormal,
            0x400..0x7c00 => FpCategory::Normal,
            0x7c00 => FpCategory::Infinite,
            _ => FpCategory::Nan,
        };
        let expected = class_bit(half >> 15 != 0, category, half & 1 << 9 != 0);
        assert_eq!(F16(half).classify(), expected, "{half:#x}");
    }
}

#[test]
fn modular_conversions() {
    let mut cases = Cases::new(32);
    for _ in 0..common::count("PAGEWALK_FLOAT_CASES", 60_000) {
        let a = F64(cases.float(Layout::F64));
        let x = f64::from_bits(a.0);
        let truncated = x.trunc();
        let (expected, flags) = if !x.is_finite() {
            (0, Flags::NV)
        } else {
            // The remainder of a division by a power of two is exact.
            let value = (truncated % 4_294_967_296.0) as i64 as i32;
            let in_range = truncated == f64::from(truncated as i32);
            let flags = match (in_range, truncated == x) {
                (false, _) => Flags::NV,
                (true, false) => Flags::NX,
                (true, true) => Flags::NONE,
            };
            (value, flags)
        };
        let mut fl = Flags::NONE;
        assert_eq!((a.to_i32_modular(&mut fl), fl), (expected, flags), "{x:e}");
    }
}
