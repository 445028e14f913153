//! Golden tests of the disassembler: `disassembly.txt` holds encodings and
//! the text that they must have.

use pagewalk_isa::table::COMPRESSED_ROWS;
use pagewalk_isa::{IsaSet, Op, decode, disassemble_word};
use std::collections::HashSet;

const PC: u64 = 0x8000_0000;

/// The encodings of the golden file with their texts.
fn golden() -> impl Iterator<Item = (u32, &'static str)> {
    include_str!("disassembly.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (word, text) = line.trim_start().split_once(' ').expect("word and text");
            (
                u32::from_str_radix(word, 16).expect("hexadecimal word"),
                text,
            )
        })
}

#[test]
fn every_word_has_its_golden_text() {
    let mut wrong = Vec::new();
    for (word, text) in golden() {
        let ours = disassemble_word(word, PC, IsaSet::ANNOUNCED).to_string();
        if ours != text {
            wrong.push(format!("{word:08x}: {ours}, not {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_instruction_is_in_the_golden_file() {
    let decoded = golden().filter_map(|(word, _)| decode(word, IsaSet::ANNOUNCED));
    let seen: HashSet<Op> = decoded
        .filter(|insn| insn.len == 4)
        .map(|insn| insn.op)
        .collect();
    for &op in Op::ALL {
        assert!(seen.contains(&op), "no line for {op}");
    }
    for row in &COMPRESSED_ROWS {
        let has_line = golden().any(|(word, _)| word >> 16 == 0 && row.pattern.matches(word));
        assert!(has_line, "no line for {}", row.mnemonic);
    }
}

#[test]
fn without_a_pc_targets_are_relative() {
    for (word, text) in [
        (0x0080_006f, "j .+8"),
        (0xff5f_f0ef, "jal .-12"),
        (0x00b5_0463, "beq a0,a1,.+8"),
        (0x0000_a001, "j .+0"),
    ] {
        let insn = decode(word, IsaSet::ANNOUNCED).expect("decodes");
        assert_eq!(insn.to_string(), text);
    }
}

#[test]
fn targets_wrap_around_the_address_space() {
    let text = disassemble_word(0xff5f_f0ef, 4, IsaSet::ANNOUNCED).to_string();
    assert_eq!(text, "jal 0xfffffffffffffff8");
}

#[test]
fn an_instruction_of_an_extension_that_is_off_is_data() {
    let isa: IsaSet = "rv64imac".parse().expect("an ISA string");
    for (word, text) in [
        (0x0201_0553, ".4byte 0x2010553"),
        (0x0805_853b, ".4byte 0x805853b"),
        (0x3108, ".2byte 0x3108"),
        (0x00b5_0533, "add a0,a0,a1"),
        (0x0100_000f, "fence w,unknown"),
        (0x0020_0033, "add zero,zero,sp"),
    ] {
        assert_eq!(disassemble_word(word, PC, isa).to_string(), text);
    }
}
