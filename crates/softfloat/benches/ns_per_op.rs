//! Nanoseconds per operation: throughput over operands of ordinary size, for
//! the exact code and for the methods with NX accrued (fast path) and clear.
//!
//! `cargo bench -p pagewalk-softfloat`

use std::hint::black_box;
use std::time::Instant;

use pagewalk_softfloat::{F16, F32, F64, Flags, Rounding, exact};

const OPERANDS: usize = 1024;
const ROUNDS: usize = 2000;

/// Operands in [1/4, 4) with full significands.
fn operands(exp_bits: u32, frac_bits: u32) -> Vec<u64> {
    let bias = (1u64 << (exp_bits - 1)) - 1;
    let mut state = 1u64;
    (0..OPERANDS + 2)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bits = state >> 5;
            let exp = bias - 2 + (bits >> 54) % 4;
            (exp << frac_bits) | (bits & ((1 << frac_bits) - 1))
        })
        .collect()
}

/// The best of several rounds, in nanoseconds per call.
fn time(mut one: impl FnMut(usize) -> u64) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut sum = 0u64;
        for i in 0..OPERANDS {
            sum = sum.wrapping_add(one(i));
        }
        black_box(sum);
        best = best.min(start.elapsed().as_nanos() as f64 / OPERANDS as f64);
    }
    best
}

macro_rules! row {
    ($name:expr, $exact:expr, $method:expr) => {{
        let (exact, method) = ($exact, $method);
        let exact = time(|i| exact(i, &mut Flags::NX.clone()));
        let with_nx = time(|i| method(i, black_box(&mut Flags::NX.clone())));
        let without = time(|i| method(i, black_box(&mut Flags::NONE.clone())));
        println!("{:<24}{exact:>8.1}{with_nx:>12.1}{without:>12.1}", $name);
    }};
}

macro_rules! format_rows {
    ($float:ident, $bits:ty, $exp:literal, $frac:literal) => {{
        let raw = operands($exp, $frac);
        let x: Vec<$float> = raw.iter().map(|&bits| $float(bits as $bits)).collect();
        let rm = black_box(Rounding::Rne);
        let name = |op: &str| format!("{}::{op}", stringify!($float));
        macro_rules! binary {
            ($op:ident) => {
                row!(
                    name(stringify!($op)),
                    |i: usize, fl: &mut Flags| exact::$op(x[i], x[i + 1], rm, fl).0 as u64,
                    |i: usize, fl: &mut Flags| x[i].$op(x[i + 1], rm, fl).0 as u64
                )
            };
        }
        binary!(add);
        binary!(sub);
        binary!(mul);
        binary!(div);
        row!(
            name("sqrt"),
            |i: usize, fl: &mut Flags| exact::sqrt(x[i], rm, fl).0 as u64,
            |i: usize, fl: &mut Flags| x[i].sqrt(rm, fl).0 as u64
        );
        row!(
            name("mul_add"),
            |i: usize, fl: &mut Flags| exact::mul_add(x[i], x[i + 1], x[i + 2], rm, fl).0 as u64,
            |i: usize, fl: &mut Flags| x[i].mul_add(x[i + 1], x[i + 2], rm, fl).0 as u64
        );
        row!(
            name("lt"),
            |i: usize, fl: &mut Flags| u64::from(exact::lt(x[i], x[i + 1], fl)),
            |i: usize, fl: &mut Flags| u64::from(x[i].lt(x[i + 1], fl))
        );
        row!(
            name("min"),
            |i: usize, fl: &mut Flags| exact::min(x[i], x[i + 1], fl).0 as u64,
            |i: usize, fl: &mut Flags| x[i].min(x[i + 1], fl).0 as u64
        );
        let towards_zero = black_box(Rounding::Rtz);
        row!(
            name("to_i64 (RTZ)"),
            |i: usize, fl: &mut Flags| exact::to_i64(x[i], towards_zero, fl) as u64,
            |i: usize, fl: &mut Flags| x[i].to_i64(towards_zero, fl) as u64
        );
        row!(
            name("from_i64"),
            |i: usize, fl: &mut Flags| exact::from_i64::<$float>(raw[i] as i64, rm, fl).0 as u64,
            |i: usize, fl: &mut Flags| $float::from_i64(raw[i] as i64, rm, fl).0 as u64
        );
        row!(
            name("round_to_integral"),
            |i: usize, fl: &mut Flags| exact::round_to_integral(x[i], rm, fl).0 as u64,
            |i: usize, fl: &mut Flags| x[i].round_to_integral(rm, fl).0 as u64
        );
    }};
}

fn main() {
    println!(
        "{:<24}{:>8}{:>12}{:>12}",
        "ns per operation", "exact", "NX accrued", "NX clear"
    );
    format_rows!(F16, u16, 5, 10);
    format_rows!(F32, u32, 8, 23);
    format_rows!(F64, u64, 11, 52);
}
