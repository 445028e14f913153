//! Hand-known edge cases, operation by operation.

use pagewalk_softfloat::Rounding::{Rdn, Rmm, Rne, Rtz, Rup};
use pagewalk_softfloat::{F16, F32, F64, Flags, Rounding};

const NONE: Flags = Flags::NONE;
const NX: Flags = Flags::NX;
const NV: Flags = Flags::NV;
const DZ: Flags = Flags::DZ;

fn uf_nx() -> Flags {
    Flags::UF | Flags::NX
}

fn of_nx() -> Flags {
    Flags::OF | Flags::NX
}

fn d(value: f64) -> F64 {
    F64(value.to_bits())
}

fn s(value: f32) -> F32 {
    F32(value.to_bits())
}

const INF: F64 = F64(0x7ff0_0000_0000_0000);
const MAX: F64 = F64(0x7fef_ffff_ffff_ffff);
const MIN_NORMAL: F64 = F64(0x0010_0000_0000_0000);
const MIN_SUBNORMAL: F64 = F64(1);
const QNAN: F64 = F64(0xfff8_dead_beef_0001);
const SNAN: F64 = F64(0x7ff0_0000_0000_0001);
const CANONICAL: F64 = F64::CANONICAL_NAN;

/// The result and the flags of one operation, starting with none.
fn run<R>(operation: impl FnOnce(&mut Flags) -> R) -> (R, Flags) {
    let mut fl = Flags::NONE;
    let value = operation(&mut fl);
    (value, fl)
}

#[test]
fn rounding_modes_decode_from_frm() {
    for rm in Rounding::ALL {
        assert_eq!(Rounding::from_bits(rm as u8), Some(rm));
    }
    for reserved in 5..=255 {
        assert_eq!(Rounding::from_bits(reserved), None);
    }
}

#[test]
fn flags_are_laid_out_as_fflags() {
    let all = Flags::NV | Flags::DZ | Flags::OF | Flags::UF | Flags::NX;
    assert_eq!(all.bits(), 0x1f);
    assert_eq!(Flags::from_bits(0xff), all);
    assert_eq!(
        (Flags::NV.bits(), Flags::DZ.bits(), Flags::NX.bits()),
        (16, 8, 1)
    );
    assert_eq!(format!("{:?}", Flags::UF | Flags::NX), "{UF, NX}");
    assert!(all.contains(of_nx()) && !NX.contains(of_nx()) && NONE.is_empty());
}

#[test]
fn canonical_nans() {
    assert_eq!(F16::CANONICAL_NAN, F16(0x7e00));
    assert_eq!(F32::CANONICAL_NAN, F32(0x7fc0_0000));
    assert_eq!(F64::CANONICAL_NAN, F64(0x7ff8_0000_0000_0000));
}

#[test]
fn add_rounds_in_every_mode() {
    let half_ulp = d(f64::EPSILON / 2.0);
    let above_one = d(1.0 + f64::EPSILON);
    let expected = [
        (Rne, 1.0),
        (Rtz, 1.0),
        (Rdn, 1.0),
        (Rup, above_one_f64()),
        (Rmm, above_one_f64()),
    ];
    for (rm, value) in expected {
        assert_eq!(
            run(|fl| d(1.0).add(half_ulp, rm, fl)),
            (d(value), NX),
            "{rm:?}"
        );
    }
    // The tie above an odd last bit goes up.
    let two_above = d(1.0 + 2.0 * f64::EPSILON);
    assert_eq!(run(|fl| above_one.add(half_ulp, Rne, fl)), (two_above, NX));
}

fn above_one_f64() -> f64 {
    1.0 + f64::EPSILON
}

#[test]
fn add_signs_of_zero() {
    for rm in Rounding::ALL {
        let difference = d(if rm == Rdn { -0.0 } else { 0.0 });
        assert_eq!(run(|fl| d(1.5).sub(d(1.5), rm, fl)), (difference, NONE));
        assert_eq!(run(|fl| d(0.0).add(d(-0.0), rm, fl)), (difference, NONE));
        assert_eq!(run(|fl| d(-0.0).add(d(-0.0), rm, fl)), (d(-0.0), NONE));
        assert_eq!(run(|fl| d(0.0).add(d(0.0), rm, fl)), (d(0.0), NONE));
    }
}

#[test]
fn add_specials() {
    assert_eq!(run(|fl| INF.add(d(1.0), Rne, fl)), (INF, NONE));
    assert_eq!(run(|fl| d(1.0).sub(INF, Rne, fl)), (INF.negate(), NONE));
    assert_eq!(run(|fl| INF.sub(INF, Rne, fl)), (CANONICAL, NV));
    assert_eq!(run(|fl| QNAN.add(INF, Rne, fl)), (CANONICAL, NONE));
    assert_eq!(run(|fl| d(1.0).add(SNAN, Rne, fl)), (CANONICAL, NV));
}

#[test]
fn add_overflows_by_mode() {
    for (rm, positive, negative) in [
        (Rne, INF, INF),
        (Rtz, MAX, MAX),
        (Rdn, MAX, INF),
        (Rup, INF, MAX),
        (Rmm, INF, INF),
    ] {
        assert_eq!(
            run(|fl| MAX.add(MAX, rm, fl)),
            (positive, of_nx()),
            "{rm:?}"
        );
        let sum = run(|fl| MAX.negate().sub(MAX, rm, fl));
        assert_eq!(sum, (negative.negate(), of_nx()), "{rm:?}");
    }
}

#[test]
fn add_of_subnormals_is_exact() {
    let sum = run(|fl| F64(0x000f_ffff_ffff_ffff).add(MIN_SUBNORMAL, Rne, fl));
    assert_eq!(sum, (MIN_NORMAL, NONE));
    let difference = run(|fl| MIN_NORMAL.sub(MIN_SUBNORMAL, Rne, fl));
    assert_eq!(difference, (F64(0x000f_ffff_ffff_ffff), NONE));
}

#[test]
fn flags_only_accumulate() {
    let mut fl = Flags::DZ;
    assert_eq!(d(1.0).div(d(3.0), Rne, &mut fl), d(1.0 / 3.0));
    assert_eq!(fl, Flags::DZ | NX);
    assert_eq!(d(2.0).mul(d(3.0), Rne, &mut fl), d(6.0));
    assert_eq!(fl, Flags::DZ | NX);
}

#[test]
fn mul_specials() {
    assert_eq!(run(|fl| INF.mul(d(0.0), Rne, fl)), (CANONICAL, NV));
    assert_eq!(run(|fl| INF.mul(d(-2.0), Rne, fl)), (INF.negate(), NONE));
    assert_eq!(run(|fl| d(-0.0).mul(d(5.0), Rne, fl)), (d(-0.0), NONE));
    assert_eq!(run(|fl| SNAN.mul(QNAN, Rne, fl)), (CANONICAL, NV));
}

#[test]
fn tininess_is_detected_after_rounding() {
    // (1 - 2^-53) * the smallest normal is halfway between the largest
    // subnormal and the smallest normal. It needs 53 bits, so it is tiny even
    // if rounded with an unbounded exponent, although it rounds to a normal.
    let below_one = d(1.0 - f64::EPSILON / 2.0);
    assert_eq!(
        run(|fl| below_one.mul(MIN_NORMAL, Rne, fl)),
        (MIN_NORMAL, uf_nx())
    );
    // A product with more bits that rounds up to 2^-1022 in 53 bits is not.
    let a = F64(0x3fef_ffff_ffff_fffe); // 1 - 2^-52
    let b = F64(0x0010_0000_0000_0001); // 2^-1022 * (1 + 2^-52)
    assert_eq!(run(|fl| a.mul(b, Rne, fl)), (MIN_NORMAL, NX));
    assert_eq!(run(|fl| a.mul(b, Rup, fl)), (MIN_NORMAL, NX));
    let down = F64(0x000f_ffff_ffff_ffff);
    assert_eq!(run(|fl| a.mul(b, Rtz, fl)), (down, uf_nx()));
}

#[test]
fn underflow_to_the_smallest_normal_is_seen_with_nx_accrued() {
    // The host gives a normal number here, and no hint of UF.
    let mut fl = NX;
    let below_one = d(1.0 - f64::EPSILON / 2.0);
    assert_eq!(below_one.mul(MIN_NORMAL, Rne, &mut fl), MIN_NORMAL);
    assert_eq!(fl, uf_nx());

    let mut fl = NX;
    let below_two = F64(0x001f_ffff_ffff_ffff); // 2^-1022 * (2 - 2^-52)
    assert_eq!(below_two.div(d(2.0), Rne, &mut fl), MIN_NORMAL);
    assert_eq!(fl, uf_nx());

    let mut fl = NX;
    assert_eq!(
        below_one.mul_add(MIN_NORMAL, d(0.0), Rne, &mut fl),
        MIN_NORMAL
    );
    assert_eq!(fl, uf_nx());
}

#[test]
fn underflow_by_mode() {
    for (rm, value) in [(Rne, 0), (Rtz, 0), (Rdn, 0), (Rup, 1), (Rmm, 1)] {
        let product = run(|fl| MIN_SUBNORMAL.mul(d(0.5), rm, fl));
        assert_eq!(product, (F64(value), uf_nx()), "{rm:?}");
    }
    // Exact subnormal results raise nothing.
    assert_eq!(
        run(|fl| MIN_NORMAL.mul(d(0.5), Rne, fl)),
        (F64(1 << 51), NONE)
    );
}

#[test]
fn div_edges() {
    assert_eq!(run(|fl| d(1.0).div(d(0.0), Rne, fl)), (INF, DZ));
    assert_eq!(run(|fl| d(1.0).div(d(-0.0), Rne, fl)), (INF.negate(), DZ));
    assert_eq!(run(|fl| d(0.0).div(d(0.0), Rne, fl)), (CANONICAL, NV));
    assert_eq!(run(|fl| INF.div(INF, Rne, fl)), (CANONICAL, NV));
    assert_eq!(run(|fl| INF.div(d(0.0), Rne, fl)), (INF, NONE));
    assert_eq!(run(|fl| d(-3.0).div(INF, Rne, fl)), (d(-0.0), NONE));
    assert_eq!(run(|fl| d(6.0).div(d(-2.0), Rne, fl)), (d(-3.0), NONE));
    assert_eq!(run(|fl| MAX.div(MIN_SUBNORMAL, Rtz, fl)), (MAX, of_nx()));
    assert_eq!(run(|fl| d(0.0).div(SNAN, Rne, fl)), (CANONICAL, NV));
}

#[test]
fn sqrt_edges() {
    assert_eq!(run(|fl| d(-0.0).sqrt(Rne, fl)), (d(-0.0), NONE));
    assert_eq!(run(|fl| d(0.0).sqrt(Rne, fl)), (d(0.0), NONE));
    assert_eq!(run(|fl| INF.sqrt(Rne, fl)), (INF, NONE));
    assert_eq!(run(|fl| d(-1.0).sqrt(Rne, fl)), (CANONICAL, NV));
    assert_eq!(run(|fl| INF.negate().sqrt(Rne, fl)), (CANONICAL, NV));
    assert_eq!(run(|fl| QNAN.sqrt(Rne, fl)), (CANONICAL, NONE));
    assert_eq!(run(|fl| d(6.25).sqrt(Rne, fl)), (d(2.5), NONE));
    assert_eq!(
        run(|fl| d(2.0).sqrt(Rne, fl)),
        (d(std::f64::consts::SQRT_2), NX)
    );
    assert_eq!(
        run(|fl| MIN_SUBNORMAL.sqrt(Rne, fl)),
        (d(2f64.powi(-537)), NONE)
    );
}

#[test]
fn mul_add_rounds_once() {
    let a = d(1.0 + f64::EPSILON);
    // (1 + e)^2 - (1 + 2e) = e^2, which two roundings would lose.
    let c = d(-(1.0 + 2.0 * f64::EPSILON));
    let expected = d(f64::EPSILON * f64::EPSILON);
    assert_eq!(run(|fl| a.mul_add(a, c, Rne, fl)), (expected, NONE));
}

#[test]
fn mul_add_specials() {
    let zero = d(0.0);
    assert_eq!(run(|fl| INF.mul_add(zero, QNAN, Rne, fl)), (CANONICAL, NV));
    assert_eq!(
        run(|fl| zero.mul_add(INF, d(1.0), Rne, fl)),
        (CANONICAL, NV)
    );
    assert_eq!(
        run(|fl| QNAN.mul_add(zero, d(1.0), Rne, fl)),
        (CANONICAL, NONE)
    );
    assert_eq!(
        run(|fl| d(1.0).mul_add(zero, SNAN, Rne, fl)),
        (CANONICAL, NV)
    );
    assert_eq!(
        run(|fl| INF.mul_add(d(2.0), INF.negate(), Rne, fl)),
        (CANONICAL, NV)
    );
    assert_eq!(
        run(|fl| MAX.mul_add(MAX, INF.negate(), Rne, fl)),
        (INF.negate(), NONE)
    );
    assert_eq!(
        run(|fl| d(2.0).mul_add(d(3.0), d(-6.0), Rdn, fl)),
        (d(-0.0), NONE)
    );
    assert_eq!(
        run(|fl| d(2.0).mul_add(d(3.0), d(-6.0), Rne, fl)),
        (zero, NONE)
    );
    assert_eq!(
        run(|fl| zero.mul_add(d(-3.0), d(-0.0), Rne, fl)),
        (d(-0.0), NONE)
    );
}

#[test]
fn min_and_max() {
    let (zero, minus_zero) = (d(0.0), d(-0.0));
    assert_eq!(run(|fl| zero.min(minus_zero, fl)), (minus_zero, NONE));
    assert_eq!(run(|fl| minus_zero.max(zero, fl)), (zero, NONE));
    assert_eq!(run(|fl| QNAN.min(d(1.0), fl)), (d(1.0), NONE));
    assert_eq!(run(|fl| d(1.0).max(SNAN, fl)), (d(1.0), NV));
    assert_eq!(run(|fl| QNAN.max(QNAN, fl)), (CANONICAL, NONE));
    assert_eq!(run(|fl| QNAN.minm(d(1.0), fl)), (CANONICAL, NONE));
    assert_eq!(run(|fl| d(1.0).maxm(SNAN, fl)), (CANONICAL, NV));
    assert_eq!(run(|fl| d(-1.0).minm(d(1.0), fl)), (d(-1.0), NONE));
}

#[test]
fn comparisons_of_nans() {
    let one = d(1.0);
    assert_eq!(run(|fl| QNAN.eq(one, fl)), (false, NONE));
    assert_eq!(run(|fl| SNAN.eq(one, fl)), (false, NV));
    assert_eq!(run(|fl| QNAN.lt(one, fl)), (false, NV));
    assert_eq!(run(|fl| one.le(QNAN, fl)), (false, NV));
    assert_eq!(run(|fl| QNAN.ltq(one, fl)), (false, NONE));
    assert_eq!(run(|fl| one.leq(SNAN, fl)), (false, NV));
    assert_eq!(run(|fl| d(0.0).eq(d(-0.0), fl)), (true, NONE));
    assert_eq!(run(|fl| d(-0.0).lt(d(0.0), fl)), (false, NONE));
    assert_eq!(run(|fl| INF.negate().le(MAX, fl)), (true, NONE));
}

#[test]
fn to_integers_saturate() {
    assert_eq!(run(|fl| QNAN.to_i32(Rne, fl)), (i32::MAX, NV));
    assert_eq!(run(|fl| QNAN.to_u64(Rne, fl)), (u64::MAX, NV));
    assert_eq!(run(|fl| INF.negate().to_i64(Rne, fl)), (i64::MIN, NV));
    assert_eq!(run(|fl| INF.negate().to_u32(Rne, fl)), (0, NV));
    assert_eq!(run(|fl| d(2147483648.0).to_i32(Rne, fl)), (i32::MAX, NV));
    assert_eq!(run(|fl| d(-2147483648.0).to_i32(Rne, fl)), (i32::MIN, NONE));
    assert_eq!(run(|fl| d(-2147483648.5).to_i32(Rtz, fl)), (i32::MIN, NX));
    assert_eq!(run(|fl| d(-2147483648.5).to_i32(Rdn, fl)), (i32::MIN, NV));
    assert_eq!(run(|fl| d(2147483647.5).to_i32(Rne, fl)), (i32::MAX, NV));
    assert_eq!(
        run(|fl| d(9223372036854775808.0).to_i64(Rtz, fl)),
        (i64::MAX, NV)
    );
    assert_eq!(
        run(|fl| d(18446744073709551616.0).to_u64(Rtz, fl)),
        (u64::MAX, NV)
    );
}

#[test]
fn to_unsigned_from_just_below_zero() {
    assert_eq!(run(|fl| d(-0.5).to_u32(Rtz, fl)), (0, NX));
    assert_eq!(run(|fl| d(-0.5).to_u32(Rne, fl)), (0, NX));
    assert_eq!(run(|fl| d(-0.5).to_u64(Rmm, fl)), (0, NV));
    assert_eq!(run(|fl| d(-0.1).to_u64(Rdn, fl)), (0, NV));
    assert_eq!(run(|fl| d(-0.0).to_u64(Rdn, fl)), (0, NONE));
    assert_eq!(run(|fl| d(-1.0).to_u32(Rtz, fl)), (0, NV));
}

#[test]
fn to_integers_round() {
    for (value, expected) in [
        (2.5, [2, 2, 2, 3, 3]),
        (-2.5, [-2, -2, -3, -2, -3]),
        (3.5, [4, 3, 3, 4, 4]),
    ] {
        for rm in Rounding::ALL {
            assert_eq!(
                run(|fl| d(value).to_i64(rm, fl)),
                (expected[rm as usize], NX)
            );
            let float = d(expected[rm as usize] as f64);
            assert_eq!(run(|fl| d(value).round_to_integral(rm, fl)), (float, NONE));
            assert_eq!(
                run(|fl| d(value).round_to_integral_exact(rm, fl)),
                (float, NX)
            );
        }
    }
}

#[test]
fn from_integers_round() {
    assert_eq!(
        run(|fl| F32::from_i32(16_777_217, Rne, fl)),
        (s(16_777_216.0), NX)
    );
    assert_eq!(
        run(|fl| F32::from_i32(16_777_217, Rup, fl)),
        (s(16_777_218.0), NX)
    );
    assert_eq!(
        run(|fl| F32::from_i64(i64::MIN, Rne, fl)),
        (s(-9.223_372e18), NONE)
    );
    assert_eq!(
        run(|fl| F64::from_u64(u64::MAX, Rne, fl)),
        (d(18446744073709551616.0), NX)
    );
    assert_eq!(
        run(|fl| F64::from_u64(u64::MAX, Rtz, fl)),
        (d(18446744073709549568.0), NX)
    );
    assert_eq!(run(|fl| F64::from_i32(0, Rdn, fl)), (d(0.0), NONE));
    assert_eq!(run(|fl| F16::from_u32(65_519, Rne, fl)), (F16(0x7bff), NX));
    assert_eq!(
        run(|fl| F16::from_u32(65_520, Rne, fl)),
        (F16(0x7c00), of_nx())
    );
}

#[test]
fn between_formats() {
    assert_eq!(run(|fl| SNAN.to_f32(Rne, fl)), (F32::CANONICAL_NAN, NV));
    assert_eq!(
        run(|fl| F32(0xffc0_0001).to_f64(Rne, fl)),
        (CANONICAL, NONE)
    );
    assert_eq!(run(|fl| F32(0x7f80_0001).to_f64(Rne, fl)), (CANONICAL, NV));
    assert_eq!(
        run(|fl| F32(1).to_f64(Rne, fl)),
        (d(f64::from(f32::from_bits(1))), NONE)
    );
    assert_eq!(run(|fl| F16(1).to_f32(Rne, fl)), (s(5.960_464_5e-8), NONE));
    assert_eq!(
        run(|fl| d(1e300).to_f32(Rtz, fl)),
        (F32(0x7f7f_ffff), of_nx())
    );
    assert_eq!(run(|fl| d(1e-300).to_f32(Rup, fl)), (F32(1), uf_nx()));
    assert_eq!(run(|fl| d(65504.0).to_f16(Rne, fl)), (F16(0x7bff), NONE));
    assert_eq!(run(|fl| INF.negate().to_f16(Rne, fl)), (F16(0xfc00), NONE));
    assert_eq!(run(|fl| d(-0.0).to_f16(Rne, fl)), (F16(0x8000), NONE));
}

#[test]
fn integral_edges() {
    assert_eq!(
        run(|fl| d(-0.25).round_to_integral(Rne, fl)),
        (d(-0.0), NONE)
    );
    assert_eq!(
        run(|fl| d(-0.25).round_to_integral_exact(Rdn, fl)),
        (d(-1.0), NX)
    );
    assert_eq!(run(|fl| MAX.round_to_integral_exact(Rne, fl)), (MAX, NONE));
    assert_eq!(run(|fl| INF.round_to_integral_exact(Rne, fl)), (INF, NONE));
    assert_eq!(run(|fl| SNAN.round_to_integral(Rne, fl)), (CANONICAL, NV));
    assert_eq!(run(|fl| QNAN.round_to_integral(Rne, fl)), (CANONICAL, NONE));
    assert_eq!(
        run(|fl| MIN_SUBNORMAL.round_to_integral_exact(Rup, fl)),
        (d(1.0), NX)
    );
}

#[test]
fn modular_conversion() {
    assert_eq!(run(|fl| d(4294967297.0).to_i32_modular(fl)), (1, NV));
    assert_eq!(run(|fl| d(-4294967297.5).to_i32_modular(fl)), (-1, NV));
    assert_eq!(run(|fl| d(2147483648.0).to_i32_modular(fl)), (i32::MIN, NV));
    assert_eq!(
        run(|fl| d(-2147483648.9).to_i32_modular(fl)),
        (i32::MIN, NX)
    );
    assert_eq!(run(|fl| d(-1.5).to_i32_modular(fl)), (-1, NX));
    assert_eq!(run(|fl| MAX.to_i32_modular(fl)), (0, NV));
    assert_eq!(run(|fl| INF.to_i32_modular(fl)), (0, NV));
    assert_eq!(run(|fl| QNAN.to_i32_modular(fl)), (0, NV));
    assert_eq!(run(|fl| d(-0.0).to_i32_modular(fl)), (0, NONE));
}

#[test]
fn signs_and_nan_tests_leave_nans_alone() {
    assert_eq!(SNAN.negate(), F64(SNAN.0 | 1 << 63));
    assert_eq!(QNAN.with_sign_of(d(1.0)), F64(QNAN.0 & !(1 << 63)));
    assert_eq!(d(2.0).with_sign_not_of(d(1.0)), d(-2.0));
    assert_eq!(d(-2.0).with_sign_xor(d(-1.0)), d(2.0));
    assert!(SNAN.is_nan() && SNAN.is_signaling_nan());
    assert!(QNAN.is_nan() && !QNAN.is_signaling_nan() && QNAN.is_negative());
    assert!(!INF.is_nan() && !INF.is_signaling_nan());
}

#[test]
fn nan_boxing() {
    assert_eq!(s(1.0).to_boxed(), 0xffff_ffff_3f80_0000);
    assert_eq!(F32::from_boxed(0xffff_ffff_3f80_0000), s(1.0));
    assert_eq!(F32::from_boxed(0xffff_fffe_3f80_0000), F32::CANONICAL_NAN);
    assert_eq!(F16(0x3c00).to_boxed(), 0xffff_ffff_ffff_3c00);
    assert_eq!(F16::from_boxed(0xffff_ffff_ffff_8000), F16(0x8000));
    assert_eq!(F16::from_boxed(0xffff_ffff_0000_3c00), F16::CANONICAL_NAN);
    assert_eq!(F16::from_boxed(0xffff_ffff_fffe_3c00), F16::CANONICAL_NAN);
}

#[test]
fn load_immediate_tables() {
    const HALF: [u16; 32] = [
        0xbc00, 0x0400, 0x0100, 0x0200, 0x1c00, 0x2000, 0x2c00, 0x3000, 0x3400, 0x3500, 0x3600,
        0x3700, 0x3800, 0x3900, 0x3a00, 0x3b00, 0x3c00, 0x3d00, 0x3e00, 0x3f00, 0x4000, 0x4100,
        0x4200, 0x4400, 0x4800, 0x4c00, 0x5800, 0x5c00, 0x7800, 0x7c00, 0x7c00, 0x7e00,
    ];
    for index in 0..32u8 {
        let (half, single, double) = (
            F16::load_immediate(index),
            F32::load_immediate(index),
            F64::load_immediate(index),
        );
        assert_eq!(half, F16(HALF[usize::from(index)]), "{index}");
        match index {
            1 => assert_eq!((single, double), (F32(0x0080_0000), MIN_NORMAL)),
            29 => assert_eq!((single, double), (s(65536.0), d(65536.0))),
            // All others have the same value in all formats.
            _ => {
                assert_eq!(run(|fl| half.to_f32(Rne, fl)), (single, NONE), "{index}");
                assert_eq!(run(|fl| half.to_f64(Rne, fl)), (double, NONE), "{index}");
            }
        }
    }
}
