//! The methods, which try the host's floating point first, against the exact
//! code: values and flags, in every rounding mode, whatever flags are accrued.
//!
//! `PAGEWALK_FLOAT_CASES` is the number of cases for each operation, format
//! and rounding mode.

mod common;

use std::fmt::Debug;

use common::cases::{Cases, Layout};
use pagewalk_softfloat::{F16, F32, F64, Flags, Rounding, exact};

/// Holds a method against the exact code, with nothing, NX or anything
/// accrued.
fn hold<R: PartialEq + Debug>(
    case: &dyn Debug,
    anything: Flags,
    exact: impl Fn(&mut Flags) -> R,
    method: impl Fn(&mut Flags) -> R,
) {
    let mut raised = Flags::NONE;
    let value = exact(&mut raised);
    for accrued in [Flags::NONE, Flags::NX, anything] {
        let mut fl = accrued;
        let result = method(&mut fl);
        assert_eq!(
            (&result, fl),
            (&value, accrued | raised),
            "{accrued:?} accrued: {case:x?}"
        );
    }
}

fn in_all_modes(mut one: impl FnMut(&mut Cases, Rounding, Flags)) {
    for rm in Rounding::ALL {
        let mut cases = Cases::new(0xfa57 + rm as u64);
        for _ in 0..common::count("PAGEWALK_FLOAT_CASES", 60_000) {
            let anything = Flags::from_bits(cases.bits() as u8);
            one(&mut cases, rm, anything);
        }
    }
}

macro_rules! binary {
    ($($op:ident)*) => {
        $(
            #[test]
            fn $op() {
                in_all_modes(|cases, rm, anything| {
                    let a = cases.float(LAYOUT);
                    let b = cases.partner(LAYOUT, a);
                    // The first operand is near the product of the second and
                    // another, so that quotients are nearly exact at times.
                    let near = exact::mul(float(a), float(b), rm, &mut Flags::NONE.clone());
                    let near = cases.neighbour(LAYOUT, near.0.into());
                    for a in [a, near] {
                        let (a, b) = (float(a), float(b));
                        hold(
                            &(rm, a, b),
                            anything,
                            |fl| exact::$op(a, b, rm, fl),
                            |fl| a.$op(b, rm, fl),
                        );
                    }
                });
            }
        )*
    };
}

macro_rules! to_integer {
    ($($op:ident)*) => {
        $(
            #[test]
            fn $op() {
                in_all_modes(|cases, rm, anything| {
                    let a = float(cases.float(LAYOUT));
                    hold(&(rm, a), anything, |fl| exact::$op(a, rm, fl), |fl| a.$op(rm, fl));
                });
            }
        )*
    };
}

macro_rules! from_integer {
    ($($op:ident $int:ty)*) => {
        $(
            #[test]
            fn $op() {
                in_all_modes(|cases, rm, anything| {
                    let v = cases.integer() as $int;
                    hold(&(rm, v), anything, |fl| exact::$op(v, rm, fl), |fl| Float::$op(v, rm, fl));
                });
            }
        )*
    };
}

macro_rules! to_format {
    ($($op:ident $target:ident)*) => {
        $(
            #[test]
            fn $op() {
                in_all_modes(|cases, rm, anything| {
                    let a = float(cases.for_target(LAYOUT, Layout::$target));
                    hold(
                        &(rm, a),
                        anything,
                        |fl| exact::convert::<Float, $target>(a, rm, fl),
                        |fl| a.$op(rm, fl),
                    );
                });
            }
        )*
    };
}

macro_rules! format_tests {
    ($module:ident: $float:ident, $bits:ty) => {
        mod $module {
            use super::*;

            type Float = $float;
            const LAYOUT: Layout = Layout::$float;

            fn float(raw: u64) -> Float {
                $float(raw as $bits)
            }

            binary!(add sub mul div);
            to_integer!(to_i32 to_u32 to_i64 to_u64);
            from_integer!(from_i32 i32 from_u32 u32 from_i64 i64 from_u64 u64);
            to_format!(to_f16 F16 to_f32 F32 to_f64 F64);

            #[test]
            fn sqrt() {
                in_all_modes(|cases, rm, anything| {
                    let a = float(cases.float(LAYOUT));
                    let square = exact::mul(a, a, rm, &mut Flags::NONE.clone());
                    let square = float(cases.neighbour(LAYOUT, square.0.into()));
                    for a in [a, square] {
                        hold(&(rm, a), anything, |fl| exact::sqrt(a, rm, fl), |fl| a.sqrt(rm, fl));
                    }
                });
            }

            #[test]
            fn mul_add() {
                in_all_modes(|cases, rm, anything| {
                    let a = cases.float(LAYOUT);
                    let b = cases.partner(LAYOUT, a);
                    let product = exact::mul(float(a), float(b), rm, &mut Flags::NONE.clone());
                    let addends = [
                        cases.neighbour(LAYOUT, product.0.into()),
                        cases.partner(LAYOUT, product.0.into()),
                        cases.partner(LAYOUT, a),
                    ];
                    let (a, b) = (float(a), float(b));
                    for c in addends.map(float) {
                        hold(
                            &(rm, a, b, c),
                            anything,
                            |fl| exact::mul_add(a, b, c, rm, fl),
                            |fl| a.mul_add(b, c, rm, fl),
                        );
                    }
                });
            }
        }
    };
}

format_tests!(binary16: F16, u16);
format_tests!(binary32: F32, u32);
format_tests!(binary64: F64, u64);
