//! `encode(decode(word)) == word` for every word that decodes.

use pagewalk_isa::{IsaSet, decode, encode};

/// Number of 32-bit words to try: few without optimisation.
const WORDS: u64 = if cfg!(debug_assertions) {
    4_000_000
} else {
    100_000_000
};

fn check(word: u32, isa: IsaSet) -> bool {
    let Some(insn) = decode(word, isa) else {
        return false;
    };
    let length = if word & 0b11 == 0b11 { 4 } else { 2 };
    assert_eq!(u32::from(insn.len), length, "{word:#x}");
    assert_eq!(encode(&insn), word, "{insn:?}");
    true
}

#[test]
fn halfwords_survive_and_as_many_decode_as_the_manual_says() {
    let count = |isa| {
        (0..=0xffff)
            .filter(|&word| word & 0b11 != 0b11 && check(word, isa))
            .count()
    };

    // Three quadrants of eight times 2048 halfwords, without the reserved:
    let quadrants = 3 * 8 * 2048;
    let addi4spn_zero = 8;
    let quadrant_0_funct3_4 = 2048;
    let addiw_x0 = 64;
    let lui_zero = 32;
    let misc_alu = 2 * 64;
    let lwsp_x0 = 64;
    let ldsp_x0 = 64;
    let jr_x0 = 1;
    let rv64imafdc = quadrants
        - (addi4spn_zero + quadrant_0_funct3_4 + addiw_x0 + lui_zero)
        - (misc_alu + lwsp_x0 + ldsp_x0 + jr_x0);
    assert_eq!(count("rv64imafdc".parse().unwrap()), rv64imafdc);

    let without_d = rv64imafdc - 4 * 2048;
    assert_eq!(count("rv64imac".parse().unwrap()), without_d);

    // Zcb: two byte accesses with two bits of offset, three halfword accesses
    // with one, c.mul, and six unary operations. Zcmop: eight.
    let zcb = 2 * 256 + 3 * 128 + 64 + 6 * 8;
    let zcmop = 8;
    assert_eq!(count(IsaSet::ANNOUNCED), rv64imafdc + zcb + zcmop);

    assert_eq!(count(IsaSet::BASE), 0);
}

#[test]
fn words_survive() {
    // An odd stride visits its words once; the second pass is scattered.
    let stride = ((1 << 32) / WORDS) | 1;
    let strided = (0..WORDS / 2).map(|n| (n * stride * 2) as u32 | 0b11);
    let scattered =
        (0..WORDS / 2).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32 | 0b11);
    let decoded = strided
        .chain(scattered)
        .filter(|&word| check(word, IsaSet::ANNOUNCED))
        .count() as u64;
    assert!(
        decoded > WORDS / 4,
        "only {decoded} of {WORDS} words decode"
    );
}
