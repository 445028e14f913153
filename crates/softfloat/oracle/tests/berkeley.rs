//! Every operation that Berkeley SoftFloat has, in every format and rounding
//! mode, on edge-weighted operands: values and flags must be the same. Both
//! the exact code and the methods with their fast path are held against it.
//!
//! `PAGEWALK_ORACLE_CASES` is the number of cases for each operation, format
//! and rounding mode (default 50 000: about 20 million cases in all), and
//! `PAGEWALK_ORACLE_SEED` selects another stream.

#[path = "../../tests/common/cases.rs"]
mod cases;

use std::fmt::Debug;

use cases::{Cases, Layout};
use pagewalk_softfloat::{Flags, Rounding, exact};
use softfloat_wrapper::{ExceptionFlags, Float, RoundingMode};

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => default,
    }
}

fn berkeley_mode(rm: Rounding) -> RoundingMode {
    match rm {
        Rounding::Rne => RoundingMode::TiesToEven,
        Rounding::Rtz => RoundingMode::TowardZero,
        Rounding::Rdn => RoundingMode::TowardNegative,
        Rounding::Rup => RoundingMode::TowardPositive,
        Rounding::Rmm => RoundingMode::TiesToAway,
    }
}

/// Runs one operation of Berkeley SoftFloat; its flags are laid out as ours.
fn berkeley<R>(operation: impl FnOnce() -> R) -> (R, u8) {
    ExceptionFlags::from_bits(0).set();
    let result = operation();
    let mut flags = ExceptionFlags::default();
    flags.get();
    (result, flags.to_bits())
}

/// Holds both of our ways to do one operation against what Berkeley says.
fn hold<R: PartialEq + Debug>(
    case: &dyn Debug,
    expected: (R, u8),
    exact: impl FnOnce(&mut Flags) -> R,
    method: impl Fn(&mut Flags) -> R,
) {
    let (value, flags) = (expected.0, expected.1);
    let mut fl = Flags::NONE;
    let ours = exact(&mut fl);
    assert_eq!((&ours, fl.bits()), (&value, flags), "exact: {case:x?}");
    for accrued in [Flags::NONE, Flags::NX] {
        let mut fl = accrued;
        let ours = method(&mut fl);
        assert_eq!(
            (&ours, fl.bits()),
            (&value, flags | accrued.bits()),
            "method, {accrued:?} accrued: {case:x?}"
        );
    }
}

/// Runs `one` on the configured number of cases in each rounding mode.
fn in_all_modes(name: &str, mut one: impl FnMut(&mut Cases, Rounding)) {
    let count = setting("PAGEWALK_ORACLE_CASES", 50_000);
    let seed = setting("PAGEWALK_ORACLE_SEED", 1);
    for rm in Rounding::ALL {
        let mut cases = Cases::new(seed.wrapping_mul(0x1_0001).wrapping_add(rm as u64));
        for _ in 0..count {
            one(&mut cases, rm);
        }
    }
    println!(
        "{name}: {} cases, no difference",
        count * Rounding::ALL.len() as u64
    );
}

macro_rules! against_berkeley {
    ($format:ident: $ours:ident, $bits:ty, $layout:expr) => {
        mod $format {
            use super::*;
            use pagewalk_softfloat::$ours as Ours;
            use softfloat_wrapper::$ours as Theirs;

            const LAYOUT: Layout = $layout;

            fn ours(raw: u64) -> Ours {
                Ours(raw as $bits)
            }

            fn theirs(raw: u64) -> Theirs {
                Theirs::from_bits(raw as $bits)
            }

            fn result((value, flags): (Theirs, u8)) -> (Ours, u8) {
                (Ours(value.to_bits()), flags)
            }

            fn name(operation: &str) -> String {
                format!("{}.{operation}", stringify!($format))
            }

            against_berkeley!(@binary add add);
            against_berkeley!(@binary sub sub);
            against_berkeley!(@binary mul mul);

            against_berkeley!(@compare eq eq);
            against_berkeley!(@compare lt lt);
            against_berkeley!(@compare le le);
            against_berkeley!(@compare ltq lt_quiet);
            against_berkeley!(@compare leq le_quiet);

            against_berkeley!(@to_integer to_i32);
            against_berkeley!(@to_integer to_u32);
            against_berkeley!(@to_integer to_i64);
            against_berkeley!(@to_integer to_u64);

            against_berkeley!(@from_integer from_i32 i32);
            against_berkeley!(@from_integer from_u32 u32);
            against_berkeley!(@from_integer from_i64 i64);
            against_berkeley!(@from_integer from_u64 u64);

            against_berkeley!(@convert to_f16 F16);
            against_berkeley!(@convert to_f32 F32);
            against_berkeley!(@convert to_f64 F64);

            #[test]
            fn div() {
                in_all_modes(&name("div"), |cases, rm| {
                    let b = cases.float(LAYOUT);
                    let mut a = cases.partner(LAYOUT, b);
                    if cases.bits() % 4 == 0 {
                        // Near an exact quotient, a.
                        let product = exact::mul(ours(a), ours(b), rm, &mut Flags::NONE.clone());
                        a = cases.neighbour(LAYOUT, product.0.into());
                    }
                    let mode = berkeley_mode(rm);
                    hold(
                        &(rm, a, b),
                        result(berkeley(|| theirs(a).div(theirs(b), mode))),
                        |fl| exact::div(ours(a), ours(b), rm, fl),
                        |fl| ours(a).div(ours(b), rm, fl),
                    );
                });
            }

            #[test]
            fn sqrt() {
                in_all_modes(&name("sqrt"), |cases, rm| {
                    let mut a = cases.float(LAYOUT);
                    if cases.bits() % 4 == 0 {
                        // Near a square.
                        let square = exact::mul(ours(a), ours(a), rm, &mut Flags::NONE.clone());
                        a = cases.neighbour(LAYOUT, square.0.into());
                    }
                    let mode = berkeley_mode(rm);
                    hold(
                        &(rm, a),
                        result(berkeley(|| theirs(a).sqrt(mode))),
                        |fl| exact::sqrt(ours(a), rm, fl),
                        |fl| ours(a).sqrt(rm, fl),
                    );
                });
            }

            #[test]
            fn mul_add() {
                in_all_modes(&name("mul_add"), |cases, rm| {
                    let a = cases.float(LAYOUT);
                    let b = cases.partner(LAYOUT, a);
                    let product = exact::mul(ours(a), ours(b), rm, &mut Flags::NONE.clone());
                    let c = match cases.bits() % 4 {
                        0 => cases.neighbour(LAYOUT, product.0.into()),
                        1 => cases.partner(LAYOUT, product.0.into()),
                        _ => cases.partner(LAYOUT, a),
                    };
                    let mode = berkeley_mode(rm);
                    hold(
                        &(rm, a, b, c),
                        result(berkeley(|| theirs(a).fused_mul_add(theirs(b), theirs(c), mode))),
                        |fl| exact::mul_add(ours(a), ours(b), ours(c), rm, fl),
                        |fl| ours(a).mul_add(ours(b), ours(c), rm, fl),
                    );
                });
            }

            /// Theirs never raises NX here, which is FROUND.
            #[test]
            fn round_to_integral() {
                in_all_modes(&name("round_to_integral"), |cases, rm| {
                    let a = cases.float(LAYOUT);
                    let mode = berkeley_mode(rm);
                    hold(
                        &(rm, a),
                        result(berkeley(|| theirs(a).round_to_integral(mode))),
                        |fl| exact::round_to_integral(ours(a), rm, fl),
                        |fl| ours(a).round_to_integral(rm, fl),
                    );
                });
            }
        }
    };

    (@binary $op:ident $their_op:ident) => {
        #[test]
        fn $op() {
            in_all_modes(&name(stringify!($op)), |cases, rm| {
                let a = cases.float(LAYOUT);
                let b = cases.partner(LAYOUT, a);
                let mode = berkeley_mode(rm);
                hold(
                    &(rm, a, b),
                    result(berkeley(|| theirs(a).$their_op(theirs(b), mode))),
                    |fl| exact::$op(ours(a), ours(b), rm, fl),
                    |fl| ours(a).$op(ours(b), rm, fl),
                );
            });
        }
    };

    (@compare $op:ident $their_op:ident) => {
        #[test]
        fn $op() {
            in_all_modes(&name(stringify!($op)), |cases, rm| {
                let a = cases.float(LAYOUT);
                let b = cases.partner(LAYOUT, a);
                hold(
                    &(rm, a, b),
                    berkeley(|| theirs(a).$their_op(theirs(b))),
                    |fl| exact::$op(ours(a), ours(b), fl),
                    |fl| ours(a).$op(ours(b), fl),
                );
            });
        }
    };

    (@to_integer $op:ident) => {
        #[test]
        fn $op() {
            in_all_modes(&name(stringify!($op)), |cases, rm| {
                let a = cases.float(LAYOUT);
                let mode = berkeley_mode(rm);
                hold(
                    &(rm, a),
                    berkeley(|| theirs(a).$op(mode, true)),
                    |fl| exact::$op(ours(a), rm, fl),
                    |fl| ours(a).$op(rm, fl),
                );
            });
        }
    };

    (@from_integer $op:ident $int:ty) => {
        #[test]
        fn $op() {
            in_all_modes(&name(stringify!($op)), |cases, rm| {
                let v = cases.integer() as $int;
                let mode = berkeley_mode(rm);
                hold(
                    &(rm, v),
                    result(berkeley(|| Theirs::$op(v, mode))),
                    |fl| exact::$op(v, rm, fl),
                    |fl| Ours::$op(v, rm, fl),
                );
            });
        }
    };

    (@convert $op:ident $target:ident) => {
        #[test]
        fn $op() {
            use pagewalk_softfloat::$target as Target;
            if LAYOUT.frac_bits == Layout::$target.frac_bits {
                // No such instruction, and theirs does not canonicalise.
                return;
            }
            in_all_modes(&name(stringify!($op)), |cases, rm| {
                let a = cases.for_target(LAYOUT, Layout::$target);
                let mode = berkeley_mode(rm);
                let (value, flags) = berkeley(|| theirs(a).$op(mode));
                hold(
                    &(rm, a),
                    (Target(value.to_bits()), flags),
                    |fl| exact::convert::<Ours, Target>(ours(a), rm, fl),
                    |fl| ours(a).$op(rm, fl),
                );
            });
        }
    };
}

against_berkeley!(binary16: F16, u16, Layout::F16);
against_berkeley!(binary32: F32, u32, Layout::F32);
against_berkeley!(binary64: F64, u64, Layout::F64);
