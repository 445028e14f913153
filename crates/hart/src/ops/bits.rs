//! Bit manipulation: Zba, Zbb, Zbc, Zbs, Zbkb, Zbkx.
//!
//! Source: RISC-V Unprivileged ISA, chapters "B Extension for Bit
//! Manipulation" and "Cryptography Extensions: Scalar".
#![allow(non_snake_case, reason = "handlers are named like the variants of Op")]

use super::{one_source, two_sources, word};

two_sources! {
    // Zba
    AddUw = |a, b| u64::from(a as u32).wrapping_add(b);
    Sh1add = |a, b| (a << 1).wrapping_add(b);
    Sh2add = |a, b| (a << 2).wrapping_add(b);
    Sh3add = |a, b| (a << 3).wrapping_add(b);
    Sh1addUw = |a, b| (u64::from(a as u32) << 1).wrapping_add(b);
    Sh2addUw = |a, b| (u64::from(a as u32) << 2).wrapping_add(b);
    Sh3addUw = |a, b| (u64::from(a as u32) << 3).wrapping_add(b);
    // Zbb, Zbkb
    Andn = |a, b| a & !b;
    Orn = |a, b| a | !b;
    Xnor = |a, b| !(a ^ b);
    Max = |a, b| (a as i64).max(b as i64) as u64;
    Maxu = |a, b| a.max(b);
    Min = |a, b| (a as i64).min(b as i64) as u64;
    Minu = |a, b| a.min(b);
    Rol = |a, b| a.rotate_left((b & 63) as u32);
    Ror = |a, b| a.rotate_right((b & 63) as u32);
    Rolw = |a, b| word((a as u32).rotate_left((b & 31) as u32));
    Rorw = |a, b| word((a as u32).rotate_right((b & 31) as u32));
    Pack = |a, b| u64::from(a as u32) | (b << 32);
    Packh = |a, b| (a & 0xff) | ((b & 0xff) << 8);
    Packw = |a, b| word((a as u32 & 0xffff) | ((b as u32) << 16));
    // Zbc
    Clmul = |a, b| carryless_product(a, b) as u64;
    Clmulh = |a, b| (carryless_product(a, b) >> 64) as u64;
    Clmulr = |a, b| (carryless_product(a, b) >> 63) as u64;
    // Zbs
    Bclr = |a, b| a & !(1 << (b & 63));
    Bext = |a, b| (a >> (b & 63)) & 1;
    Binv = |a, b| a ^ (1 << (b & 63));
    Bset = |a, b| a | (1 << (b & 63));
    // Zbkx
    Xperm8 = |a, b| permute(a, b, 8);
    Xperm4 = |a, b| permute(a, b, 4);
}

one_source! {
    SlliUw = |a, imm| u64::from(a as u32) << (imm & 63);
    Clz = |a, _imm| u64::from(a.leading_zeros());
    Ctz = |a, _imm| u64::from(a.trailing_zeros());
    Cpop = |a, _imm| u64::from(a.count_ones());
    Clzw = |a, _imm| u64::from((a as u32).leading_zeros());
    Ctzw = |a, _imm| u64::from((a as u32).trailing_zeros());
    Cpopw = |a, _imm| u64::from((a as u32).count_ones());
    SextB = |a, _imm| i64::from(a as i8) as u64;
    SextH = |a, _imm| i64::from(a as i16) as u64;
    ZextH = |a, _imm| u64::from(a as u16);
    OrcB = |a, _imm| or_combine_bytes(a);
    Rev8 = |a, _imm| a.swap_bytes();
    Brev8 = |a, _imm| a.reverse_bits().swap_bytes();
    Rori = |a, imm| a.rotate_right((imm & 63) as u32);
    Roriw = |a, imm| word((a as u32).rotate_right((imm & 31) as u32));
    Bclri = |a, imm| a & !(1 << (imm & 63));
    Bexti = |a, imm| (a >> (imm & 63)) & 1;
    Binvi = |a, imm| a ^ (1 << (imm & 63));
    Bseti = |a, imm| a | (1 << (imm & 63));
}

/// Each byte that is not zero becomes 0xff.
fn or_combine_bytes(a: u64) -> u64 {
    u64::from_le_bytes(a.to_le_bytes().map(|byte| if byte == 0 { 0 } else { 0xff }))
}

/// The 127-bit product of two polynomials over GF(2).
fn carryless_product(a: u64, b: u64) -> u128 {
    let (mut product, mut rest) = (0, b);
    while rest != 0 {
        product ^= u128::from(a) << rest.trailing_zeros();
        rest &= rest - 1;
    }
    product
}

/// For each field of `bits` bits in `indices`, that field of `table`, or zero
/// where there is none.
fn permute(table: u64, indices: u64, bits: u32) -> u64 {
    let mask = (1 << bits) - 1;
    let mut result = 0;
    for at in (0..64).step_by(bits as usize) {
        let index = (indices >> at) & mask;
        let shift = index * u64::from(bits);
        if shift < 64 {
            result |= ((table >> shift) & mask) << at;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carryless_product_of_all_ones_squares_bits_apart() {
        assert_eq!(carryless_product(0b111, 0b111), 0b10101);
        let square = carryless_product(u64::MAX, u64::MAX);
        assert_eq!(square, 0x5555_5555_5555_5555_5555_5555_5555_5555);
    }

    #[test]
    fn permute_looks_up_and_zeroes() {
        assert_eq!(
            permute(0x8877_6655_4433_2211, 0x0001_0203_0405_06ff, 8),
            0x1122_3344_5566_7700
        );
        assert_eq!(
            permute(0xfedc_ba98_7654_3210, 0x0123_4567_89ab_cdef, 4),
            0x0123_4567_89ab_cdef
        );
    }

    #[test]
    fn orc_b_combines_within_bytes() {
        assert_eq!(
            or_combine_bytes(0x0100_8000_0000_0010),
            0xff00_ff00_0000_00ff
        );
    }
}
