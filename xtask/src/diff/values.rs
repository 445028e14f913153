//! Values that are near the edges, where the mistakes are.

use super::random::Random;

/// A value of an integer register.
pub(super) fn integer(random: &mut Random) -> u64 {
    let bit = random.below(64);
    match random.below(10) {
        0 => random.next(),
        1 => random.pick(&[0, 1, 2, 3, 7, 8, 63, 64, 255, 4095]),
        2 => (random.pick(&[0, 1, 2, 3, 8, 64]) as u64).wrapping_neg(),
        3 => 1 << bit,
        4 => (1 << bit) - 1,
        5 => !(1 << bit),
        6 => random.pick(&[
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0xffff_ffff_8000_0000,
            0xffff_ffff_7fff_ffff,
            0x7fff_ffff_ffff_ffff,
            0x8000_0000_0000_0000,
            0x8000_0000_0000_0001,
        ]),
        7 => random.next() >> bit,
        8 => (random.next() as i64 >> bit) as u64,
        _ => random.pick(&[
            0x5555_5555_5555_5555,
            0xaaaa_aaaa_aaaa_aaaa,
            0x0123_4567_89ab_cdef,
            0x0000_ffff_0000_ffff,
            0x00ff_00ff_00ff_00ff,
            0x8080_8080_8080_8080,
        ]),
    }
}

/// A value of a floating-point register: of each width, properly boxed most
/// of the time.
pub(super) fn float(random: &mut Random) -> u64 {
    match random.below(16) {
        0..5 => bits(random, 11, 52),
        5..10 => 0xffff_ffff_0000_0000 | bits(random, 8, 23),
        10..14 => 0xffff_ffff_ffff_0000 | bits(random, 5, 10),
        14 => random.next(),
        _ => random.pick(&[0, 0x7fc0_0000, 0xffff_0000_7fc0_0000, u64::MAX]),
    }
}

/// The bits of a binary floating-point number with fields of these widths.
fn bits(random: &mut Random, exponent_width: u32, fraction_width: u32) -> u64 {
    let largest = (1u64 << exponent_width) - 1;
    let bias = largest >> 1;
    let exponent = match random.below(8) {
        0 => 0,
        1 => largest,
        2 => random.pick(&[1, largest - 1]),
        3 => bias + random.below(3) - 1,
        // Near where all bits of the fraction count as integers.
        4 => (bias + u64::from(fraction_width) + random.below(5) - 2).min(largest),
        5 => (bias + random.pick(&[31, 32, 63, 64])).min(largest),
        _ => random.below(largest + 1),
    };
    let mask = (1u64 << fraction_width) - 1;
    let fraction = match random.below(6) {
        0 => 0,
        1 => mask,
        2 => 1 << random.below(u64::from(fraction_width)),
        3 => mask >> random.below(u64::from(fraction_width)),
        4 => mask << random.below(u64::from(fraction_width)) & mask,
        _ => random.next() & mask,
    };
    let sign = random.below(2) << (exponent_width + fraction_width);
    sign | exponent << fraction_width | fraction
}

/// Memory full of both kinds.
pub(super) fn memory(random: &mut Random, bytes: usize) -> Vec<u8> {
    let mut memory = Vec::with_capacity(bytes);
    while memory.len() < bytes {
        let value = if random.percent(50) {
            float(random)
        } else {
            integer(random)
        };
        memory.extend(value.to_le_bytes());
    }
    memory
}
