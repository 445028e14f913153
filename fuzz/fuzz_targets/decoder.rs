//! The decoder on arbitrary words, under arbitrary sets of extensions.
//!
//! Input: 8 bytes that choose the extensions, then words of 4 bytes.
//! `cargo +nightly fuzz run decoder`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pagewalk_isa::{Extension, Insn, IsaSet, Op, decode, disassemble, disassemble_word, encode};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, words)) = bytes.split_first_chunk::<8>() else {
        return;
    };
    let isa = chosen(u64::from_le_bytes(*choice));
    let mut previous = None;
    for word in words.as_chunks::<4>().0 {
        let word = u32::from_le_bytes(*word);
        check(word, isa);
        if let Some(previous) = previous {
            check_crafted(previous, word);
        }
        previous = Some(word);
    }
});

fn chosen(bits: u64) -> IsaSet {
    let extensions = (0..)
        .zip(Extension::ALL)
        .filter(|(index, _)| bits >> index & 1 != 0);
    extensions.fold(IsaSet::BASE, |isa, (_, &extension)| isa.with(extension))
}

fn check(word: u32, isa: IsaSet) {
    let pc = u64::from(word).rotate_right(word & 63);
    check_text(&disassemble_word(word, pc, isa).to_string());
    let all = decode(word, IsaSet::ANNOUNCED);
    let Some(insn) = decode(word, isa) else {
        return;
    };
    assert!(
        all.is_some(),
        "{word:#010x}: more extensions must not remove an instruction"
    );
    let raw = if insn.len == 2 { word & 0xffff } else { word };
    assert_eq!(insn.len, if word & 3 == 3 { 4 } else { 2 });
    assert_eq!(insn.raw, raw);
    assert_eq!(encode(&insn), raw, "{insn:?}");
    assert!(
        [insn.rd, insn.rs1, insn.rs2, insn.rs3]
            .iter()
            .all(|&register| register < 32)
    );
    assert!(insn.rm < 8);
    check_text(&insn.to_string());
    check_text(&disassemble(&insn, pc).to_string());
}

/// One line of assembly language: a mnemonic or a directive, then operands.
fn check_text(text: &str) {
    assert!(
        text.starts_with(|c: char| c == '.' || c.is_ascii_lowercase()),
        "{text:?}"
    );
    assert!(
        text.bytes()
            .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)),
        "{text:?}"
    );
    assert_eq!(text.trim_end(), text, "no operand is missing");
}

/// An instruction with operands out of nowhere: encoding cuts them to size,
/// and what decodes as the same operation has the same word.
fn check_crafted(fields: u32, word: u32) {
    let op = Op::ALL[fields as usize % Op::COUNT];
    let [rd, rs1, rs2, rs3] = word.to_le_bytes();
    let rm = (fields >> 16) as u8;
    let imm = (word ^ fields.rotate_left(7)) as i32;
    let insn = Insn {
        rd,
        rs1,
        rs2,
        rs3,
        rm,
        imm,
        ..Insn::new(op)
    };
    let word = encode(&insn);
    assert_eq!(word & 3, 3, "{op:?}");
    check(word, IsaSet::ANNOUNCED);
}
