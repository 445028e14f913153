//! What must hold for every row of the instruction table.

use pagewalk_isa::pattern::Pattern;
use pagewalk_isa::table::{COMPRESSED_ROWS, ROWS};
use pagewalk_isa::{Extension, Format, Insn, IsaSet, Op, Slot, decode, encode};
use proptest::prelude::*;
use std::collections::HashSet;

/// Words that match `pattern`: free bits all zero, all one, and mixed ones.
fn matching(pattern: Pattern, width: u32) -> impl Iterator<Item = u32> {
    let all = u32::MAX >> (32 - width);
    let free = !pattern.mask & all;
    // A multiplicative generator is enough to mix bits.
    let mixed = (1u64..400).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 29) as u32);
    [0, all]
        .into_iter()
        .chain(mixed)
        .map(move |bits| pattern.value | bits & free)
}

/// Does `op` stand in the chain of refinements from `special` to its base?
fn is_base_of(op: Op, special: Op) -> bool {
    let next = special.row().refines;
    next.is_some_and(|base| base == op || is_base_of(op, base))
}

#[test]
fn words_of_a_row_decode_to_its_operation_and_back() {
    for row in &ROWS {
        assert_eq!(
            row.pattern.value & 0b11,
            0b11,
            "{}: not a 32-bit encoding",
            row.op
        );
        let mut decoded = 0;
        for word in matching(row.pattern, 32) {
            let Some(insn) = decode(word, IsaSet::ANNOUNCED) else {
                assert!(
                    is_reserved(row.format, word),
                    "{}: {word:#x} is illegal",
                    row.op
                );
                continue;
            };
            assert!(
                insn.op == row.op || is_base_of(row.op, insn.op),
                "{}: {word:#x}",
                row.op
            );
            assert_eq!((insn.raw, insn.len), (word, 4));
            assert_eq!(encode(&insn), word, "{}", row.op);
            decoded += usize::from(insn.op == row.op);
        }
        assert!(decoded > 0, "{}: nothing decodes", row.op);
    }
}

/// The operands that the manual reserves.
fn is_reserved(format: Format, word: u32) -> bool {
    let rm = word >> 12 & 7;
    let has_odd_register = word & (1 << 7 | 1 << 20) != 0;
    (format.shape().has_rm && matches!(rm, 5 | 6))
        || (format == Format::AmoPair && has_odd_register)
}

#[test]
fn halfwords_of_a_row_decode_to_its_expansion() {
    for row in &COMPRESSED_ROWS {
        assert_ne!(
            row.pattern.value & 0b11,
            0b11,
            "{}: not a 16-bit encoding",
            row.mnemonic
        );
        let as_this = matching(row.pattern, 16)
            .filter_map(|word| decode(word, IsaSet::ANNOUNCED))
            .filter(|insn| insn.op == row.expands_to)
            .count();
        assert!(as_this > 0, "{}: nothing decodes", row.mnemonic);
    }
}

#[test]
fn rows_overlap_only_where_one_refines_the_other() {
    for (i, one) in ROWS.iter().enumerate() {
        for other in &ROWS[i + 1..] {
            if one.pattern.overlaps(other.pattern) {
                let declared = is_base_of(one.op, other.op) || is_base_of(other.op, one.op);
                assert!(declared, "{} and {} overlap", one.op, other.op);
            }
        }
        if let Some(base) = one.refines {
            assert!(
                one.pattern.refines(base.row().pattern),
                "{} is no {base}",
                one.op
            );
            assert_ne!(one.pattern, base.row().pattern, "{} hides {base}", one.op);
        }
    }
}

#[test]
fn compressed_rows_overlap_only_where_one_refines_the_other() {
    let find = |name: &str| {
        COMPRESSED_ROWS
            .iter()
            .find(|row| row.mnemonic == name)
            .expect("refines a known row")
    };
    let is_base_of = |base: &str, special: &str| {
        std::iter::successors(find(special).refines, |&name| find(name).refines)
            .any(|name| name == base)
    };
    for (i, one) in COMPRESSED_ROWS.iter().enumerate() {
        for other in &COMPRESSED_ROWS[i + 1..] {
            if one.pattern.overlaps(other.pattern) {
                let declared = is_base_of(one.mnemonic, other.mnemonic)
                    || is_base_of(other.mnemonic, one.mnemonic);
                assert!(declared, "{} and {} overlap", one.mnemonic, other.mnemonic);
            }
        }
        if let Some(base) = one.refines {
            assert!(
                one.pattern.refines(find(base).pattern),
                "{} is no {base}",
                one.mnemonic
            );
        }
    }
}

#[test]
fn mnemonics_are_unique_and_variants_spell_them() {
    let mut seen = HashSet::new();
    let names = ROWS.iter().map(|row| row.mnemonic);
    for name in names.chain(COMPRESSED_ROWS.iter().map(|row| row.mnemonic)) {
        assert!(seen.insert(name), "{name} is there twice");
    }
    for &op in Op::ALL {
        let spelled: String = op.mnemonic().split('.').map(capitalized).collect();
        assert_eq!(format!("{op:?}"), spelled);
    }
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

#[test]
fn every_extension_with_instructions_has_rows() {
    let without_rows = [
        Extension::A,
        Extension::C,
        Extension::Ziccid,
        Extension::Zicclsm,
        Extension::Zicntr,
        Extension::Zihpm,
        Extension::Sstc,
        Extension::Svade,
        Extension::Svadu,
        Extension::Svnapot,
        Extension::Svpbmt,
    ];
    let requirements = ROWS.iter().map(|row| row.requirement);
    let named: Vec<_> = requirements
        .chain(COMPRESSED_ROWS.iter().map(|row| row.requirement))
        .flat_map(|needs| needs.all().iter().chain(needs.any().iter()))
        .collect();
    for &extension in Extension::ALL {
        let expected = !without_rows.contains(&extension);
        assert_eq!(named.contains(&extension), expected, "{extension:?}");
    }
}

#[test]
fn an_instruction_goes_with_its_extension() {
    for row in &ROWS {
        let Some(word) = matching(row.pattern, 32)
            .find(|&word| decode(word, IsaSet::ANNOUNCED).is_some_and(|insn| insn.op == row.op))
        else {
            panic!("{}: nothing decodes", row.op);
        };
        for &extension in Extension::ALL {
            let isa = IsaSet::ANNOUNCED.without(extension);
            let decoded = decode(word, isa).map(|insn| insn.op);
            if row.requirement.is_met_by(isa) {
                assert_eq!(decoded, Some(row.op), "without {extension:?}");
            } else {
                assert_eq!(decoded, row.refines, "without {extension:?}");
            }
        }
    }
}

#[test]
fn reserved_words_are_illegal() {
    for (word, why) in [
        (0x0000_5053, "fadd.s with rm 5"),
        (0x0000_6043, "fmadd.s with rm 6"),
        (0x2800_40af, "amocas.q with odd rd"),
        (0x2810_402f, "amocas.q with odd rs2"),
        (0x1010_202f, "lr.w with rs2"),
        (0x0205_151b, "slliw by 32"),
        (0x0205_551b, "srliw by 32"),
        (0x4205_551b, "sraiw by 32"),
        (0x0405_1513, "slli by 64"),
        (0x3020_0173, "mret with rd"),
        (0x1205_00f3, "sfence.vma with rd"),
        (0x0000_2063, "branch with funct3 2"),
        (0x0000_7003, "load with funct3 7"),
        (0x0000_4023, "store with funct3 4"),
        (0x0000_1067, "jalr with funct3 1"),
        (0x0820_0533, "funct7 of no operation"),
        (0x0000_4073, "system with funct3 4 and no may-be-operation"),
        (0xe210_00d3, "fmv.x.d with rs2 1"),
        (0x0600_0053, "fadd.q"),
        (0x2200_0073, "hypervisor fence"),
        (0x0000_0057, "vector"),
        (0x0000_001f, "longer than 32 bits"),
        (0xffff_ffff, "longer than 32 bits"),
    ] {
        assert_eq!(decode(word, IsaSet::ANNOUNCED), None, "{why}");
    }
}

#[test]
fn reserved_halfwords_are_illegal() {
    for (word, why) in [
        (0x0000, "all zeros"),
        (0x0004, "c.addi4spn with imm 0"),
        (0x2001, "c.addiw with rd 0"),
        (0x6101, "c.addi16sp with imm 0"),
        (0x6201, "c.lui with imm 0 and an even register"),
        (0x6801, "c.lui of x16 with imm 0"),
        (0x4002, "c.lwsp with rd 0"),
        (0x6002, "c.ldsp with rd 0"),
        (0x8002, "c.jr with rs1 0"),
        (0x9c79, "Zcb unary 6"),
        (0x9c7d, "Zcb unary 7"),
        (0x8c40, "c.sh with bit 6"),
        (0x9000, "quadrant 0, funct3 4, bits 12 to 10 of no row"),
    ] {
        assert_eq!(decode(word, IsaSet::ANNOUNCED), None, "{why}");
    }
}

#[test]
fn rv32_encodings_mean_what_they_mean_on_rv64() {
    let op = |word| decode(word, IsaSet::ANNOUNCED).map(|insn| insn.op);
    assert_eq!(op(0x2501), Some(Op::Addiw), "c.jal");
    assert_eq!(op(0x6108), Some(Op::Ld), "c.flw");
    assert_eq!(op(0xe108), Some(Op::Sd), "c.fsw");
    assert_eq!(op(0xe210_00d3), None, "fmvh.x.d");
}

#[test]
fn a_maybe_operation_knows_its_number() {
    let numbers = |base: u32, bits: &'static [u32]| {
        (0..1u32 << bits.len()).map(move |n| {
            let spread = bits.iter().enumerate().map(|(i, &bit)| (n >> i & 1) << bit);
            let word = base | spread.sum::<u32>();
            (
                n,
                decode(word, IsaSet::ANNOUNCED).expect("a may-be-operation"),
            )
        })
    };
    for (n, insn) in numbers(0x81c0_4073, &[20, 21, 26, 27, 30]) {
        assert_eq!((insn.op, insn.imm as u32), (Op::MopR, n));
    }
    for (n, insn) in numbers(0x8200_4073, &[26, 27, 30]) {
        assert_eq!((insn.op, insn.imm as u32), (Op::MopRr, n));
    }
    for n in (1..16).step_by(2) {
        let insn = decode(0x6001 | n << 7, IsaSet::ANNOUNCED).expect("c.mop");
        assert_eq!(
            (insn.op, insn.rd, insn.rs1, insn.imm as u32),
            (Op::MopR, 0, 0, n)
        );
    }
}

/// An instruction of any operation; its operands may exceed their fields.
fn any_insn() -> impl Strategy<Value = Insn> {
    (0..Op::COUNT, any::<[u8; 4]>(), 0..8u8, any::<i32>()).prop_map(|(op, registers, rm, imm)| {
        let mut insn = Insn::new(Op::ALL[op]);
        [insn.rd, insn.rs1, insn.rs2, insn.rs3] = registers;
        insn.rm = rm;
        insn.imm = imm;
        insn
    })
}

/// A word that matches some row.
fn any_matching_word() -> impl Strategy<Value = u32> {
    let words = (0..Op::COUNT).prop_map(|op| ROWS[op].pattern);
    let halfwords = (0..COMPRESSED_ROWS.len()).prop_map(|row| COMPRESSED_ROWS[row].pattern);
    (prop_oneof![words, halfwords], any::<u32>())
        .prop_map(|(pattern, bits)| pattern.value | bits & !pattern.mask)
}

fn any_isa() -> impl Strategy<Value = IsaSet> {
    any::<u64>().prop_map(|keep| {
        let kept = |extension: &Extension| keep >> *extension as u8 & 1 != 0;
        let kept: Vec<_> = Extension::ALL.iter().copied().filter(kept).collect();
        IsaSet::from_extensions(&kept)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Encoding cuts operands to their fields; what is left comes back.
    #[test]
    fn operands_survive_encoding(insn in any_insn()) {
        let word = encode(&insn);
        let Some(decoded) = decode(word, IsaSet::ANNOUNCED) else {
            prop_assert!(is_reserved(insn.op.format(), word), "{}", insn.op);
            return Ok(());
        };
        if decoded.op != insn.op {
            prop_assert!(is_base_of(insn.op, decoded.op), "{} {}", insn.op, decoded.op);
            return Ok(());
        }
        let shape = insn.op.format().shape();
        for (slot, given, got) in [
            (shape.rd, insn.rd, decoded.rd),
            (shape.rs1, insn.rs1, decoded.rs1),
            (shape.rs2, insn.rs2, decoded.rs2),
            (shape.rs3, insn.rs3, decoded.rs3),
        ] {
            prop_assert_eq!(got, if slot == Slot::Unused { 0 } else { given & 31 });
        }
        prop_assert_eq!(decoded.rm, if shape.has_rm { insn.rm } else { 0 });
        // The operands alone make the word, without the word they came from.
        let raw = Insn::new(insn.op).raw;
        prop_assert_eq!(encode(&Insn { raw, ..decoded }), word);
    }

    /// With fewer extensions a word is illegal, or what it was, or what its
    /// instruction refines.
    #[test]
    fn fewer_extensions_change_no_meaning(word in any_matching_word(), isa in any_isa()) {
        if let Some(insn) = decode(word, isa) {
            let full = decode(word, IsaSet::ANNOUNCED).expect("has more extensions");
            prop_assert!(full == insn || is_base_of(insn.op, full.op));
            prop_assert_eq!(encode(&insn), insn.raw);
        }
    }
}
