//! Instructions of a program, and their places in memory.

use pagewalk_isa::{Csr, Insn, IsaSet, Op, decode, encode};

use super::layout::fixed::LOOP_COUNTER;

/// A piece of code that is kept or dropped as a whole, and that jumps lead
/// to the beginning of.
#[derive(Clone, Debug, Default)]
pub(super) struct Unit {
    pub(super) items: Vec<Item>,
}

/// One instruction, or a few that belong together.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// A 32-bit instruction.
    Word(u32),
    /// A 16-bit instruction.
    Half(u16),
    /// A branch or jump, without its offset.
    Jump(u32, Place),
    /// The address of a place into a register.
    Address(u8, Place),
    /// A constant into a register.
    Constant(u8, u64),
    /// The end of loop number `.0`: counts down, and goes back if it must.
    LoopEnd(usize),
    /// The start of loop number `.0`, and how often it runs.
    LoopStart(usize, u64),
}

/// Where a jump leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This many units ahead; 0 is the end of the unit.
    Ahead(usize),
    /// An item of the same unit.
    Item(usize),
}

impl Unit {
    pub(super) fn new(items: impl Into<Vec<Item>>) -> Self {
        Self {
            items: items.into(),
        }
    }

    pub(super) fn word(word: u32) -> Self {
        Self::new([Item::Word(word)])
    }

    fn starts_loop(&self, number: usize) -> bool {
        let starts = |item: &Item| matches!(item, Item::LoopStart(n, _) if *n == number);
        self.items.iter().any(starts)
    }
}

/// Puts units one after another, and an `ecall` behind the last.
pub(super) fn assemble(units: &[Unit]) -> Vec<u8> {
    // Of each unit, and of the end.
    let mut offsets = Vec::with_capacity(units.len() + 1);
    let mut end = 0;
    for unit in units {
        offsets.push(end);
        end += unit.items.iter().map(Item::size).sum::<u64>();
    }
    offsets.push(end);
    let mut bytes = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        for item in &unit.items {
            let at = bytes.len() as i64;
            let distance = |place: Place| {
                let to = match place {
                    Place::Ahead(count) => offsets[(index + 1 + count).min(units.len())],
                    Place::Item(number) => {
                        let before = unit.items[..number].iter();
                        offsets[index] + before.map(Item::size).sum::<u64>()
                    }
                };
                to as i64 - at
            };
            let back = |number: usize| {
                let start = units.iter().position(|unit| unit.starts_loop(number))?;
                Some(offsets[start + 1] as i64 - at)
            };
            item.emit(&mut bytes, distance, back);
        }
    }
    bytes.extend(plain(Op::Ecall).to_le_bytes());
    bytes
}

impl Item {
    fn size(&self) -> u64 {
        match self {
            Self::Word(_) | Self::LoopStart(..) => 4,
            Self::Half(_) => 2,
            Self::Jump(word, _) => {
                if word & 3 == 3 {
                    4
                } else {
                    2
                }
            }
            Self::Address(..) | Self::LoopEnd(_) => 8,
            Self::Constant(register, value) => 4 * constant(*register, *value).len() as u64,
        }
    }

    fn emit(
        &self,
        bytes: &mut Vec<u8>,
        distance: impl Fn(Place) -> i64,
        back: impl Fn(usize) -> Option<i64>,
    ) {
        let mut words = |words: &[u32]| {
            for word in words {
                bytes.extend(word.to_le_bytes());
            }
        };
        match *self {
            Self::Word(word) => words(&[word]),
            Self::Half(half) => bytes.extend(half.to_le_bytes()),
            Self::Jump(raw, place) => {
                let mut insn =
                    decode(raw, IsaSet::ANNOUNCED).expect("jumps are made from the table");
                insn.imm = distance(place) as i32;
                let encoded = encode(&insn).to_le_bytes();
                bytes.extend(&encoded[..usize::from(insn.len)]);
            }
            Self::Address(register, place) => {
                let offset = distance(place) as i32;
                words(&[
                    with(Op::Auipc, register, 0, 0, 0),
                    with(Op::Addi, register, register, 0, offset),
                ]);
            }
            Self::Constant(register, value) => words(&constant(register, value)),
            Self::LoopStart(_, count) => {
                words(&[with(Op::Addi, LOOP_COUNTER, 0, 0, count as i32)]);
            }
            Self::LoopEnd(number) => {
                // A loop whose start is gone runs once.
                let offset = back(number).map_or(4, |offset| offset as i32 - 4);
                words(&[
                    with(Op::Addi, LOOP_COUNTER, LOOP_COUNTER, 0, -1),
                    with(Op::Blt, 0, 0, LOOP_COUNTER, offset),
                ]);
            }
        }
    }
}

/// The word of an instruction with these operands.
pub(super) fn with(op: Op, rd: u8, rs1: u8, rs2: u8, imm: i32) -> u32 {
    encode(&Insn {
        rd,
        rs1,
        rs2,
        imm,
        ..Insn::new(op)
    })
}

/// The word of an instruction without operands.
pub(super) fn plain(op: Op) -> u32 {
    with(op, 0, 0, 0, 0)
}

/// The word of `op rd, csr, rs1`.
pub(super) fn csr(op: Op, rd: u8, csr: Csr, rs1: u8) -> u32 {
    with(op, rd, rs1, 0, i32::from(csr.number()))
}

/// Instructions that put `value` into a register.
pub(super) fn constant(register: u8, value: u64) -> Vec<u32> {
    let mut words = Vec::new();
    push_constant(&mut words, register, value as i64);
    words
}

fn push_constant(words: &mut Vec<u32>, register: u8, value: i64) {
    let low = value << 52 >> 52;
    let high = value.wrapping_sub(low) >> 12;
    if i32::try_from(value).is_ok() {
        if high == 0 {
            words.push(with(Op::Addi, register, 0, 0, low as i32));
            return;
        }
        words.push(with(Op::Lui, register, 0, 0, (high << 12) as i32));
        if low != 0 {
            words.push(with(Op::Addiw, register, register, 0, low as i32));
        }
        return;
    }
    let zeros = high.trailing_zeros();
    push_constant(words, register, high >> zeros);
    let shift = 12 + zeros as i32;
    words.push(with(Op::Slli, register, register, 0, shift));
    if low != 0 {
        words.push(with(Op::Addi, register, register, 0, low as i32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::random::Random;
    use crate::diff::values;

    /// What the instructions of `constant` compute.
    fn run(words: &[u32]) -> i64 {
        words.iter().fold(0, |value, word| {
            let insn = decode(*word, IsaSet::ANNOUNCED).expect("it was just encoded");
            let imm = i64::from(insn.imm);
            match insn.op {
                Op::Lui => imm,
                Op::Addi if insn.rs1 == 0 => imm,
                Op::Addi => value.wrapping_add(imm),
                Op::Addiw => i64::from(value.wrapping_add(imm) as i32),
                Op::Slli => value << imm,
                other => panic!("{other:?} is not expected"),
            }
        })
    }

    #[test]
    fn constants_are_what_they_should_be() {
        let mut random = Random::new(1, 1);
        for _ in 0..10_000 {
            let value = values::integer(&mut random);
            assert_eq!(run(&constant(5, value)) as u64, value);
        }
    }

    #[test]
    fn jumps_lead_to_units() {
        let jump = Item::Jump(plain(Op::Jal), Place::Ahead(1));
        let nop = Unit::word(with(Op::Addi, 0, 0, 0, 0));
        let code = assemble(&[Unit::new([jump]), nop.clone(), nop]);
        let word = u32::from_le_bytes(code[..4].try_into().expect("four bytes"));
        let insn = decode(word, IsaSet::ANNOUNCED).expect("a jump");
        assert_eq!((insn.imm, code.len()), (8, 16));
    }
}
