//! Units of one instruction that comes straight from the table.

use pagewalk_isa::table::{COMPRESSED_ROWS, CompressedRow, ROWS, Row};
use pagewalk_isa::{Extension, Format, Insn, IsaSet, Op, Requirement, Slot, decode, encode};

use super::Context;
use crate::diff::code::{Item, Unit, plain, with};
use crate::diff::differences::Choice;
use crate::diff::layout::fixed;
use crate::diff::values;

/// The instructions of a hart, by what a program can do with them.
pub(super) struct Tables {
    integer: Vec<&'static Row>,
    float: Vec<&'static Row>,
    hints: Vec<&'static Row>,
    /// Loads, stores, AMOs and cache-block instructions.
    pub(super) memory: Vec<&'static Row>,
    pub(super) has_reservations: bool,
    compressed: Vec<&'static CompressedRow>,
    pub(super) compressed_memory: Vec<&'static CompressedRow>,
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Use {
    Integer,
    Float,
    Hint,
    Memory,
    Reservation,
    /// Units that know more than the table make these.
    Other,
}

fn use_of(row: &Row) -> Use {
    match row.op {
        Op::ScW | Op::ScD => return Use::Reservation,
        Op::Pause | Op::NtlP1 | Op::NtlPall | Op::NtlS1 | Op::NtlAll | Op::WrsNto | Op::WrsSto => {
            return Use::Hint;
        }
        _ => {}
    }
    match row.format {
        Format::Lr => Use::Reservation,
        Format::Load | Format::Store | Format::FLoad | Format::FStore => Use::Memory,
        Format::Amo | Format::AmoPair | Format::Cbo => Use::Memory,
        Format::Fence | Format::FenceI | Format::Prefetch => Use::Hint,
        Format::Nullary | Format::J | Format::Jalr | Format::B => Use::Other,
        Format::Csr | Format::CsrImm | Format::Sfence => Use::Other,
        _ if is_float(row) => Use::Float,
        _ => Use::Integer,
    }
}

fn is_float(row: &Row) -> bool {
    let shape = row.shape;
    shape.has_rm || [shape.rd, shape.rs1, shape.rs2].contains(&Slot::F)
}

/// Is it an instruction of this extension, or of a named part of it?
fn belongs(requirement: Requirement, extension: Extension) -> bool {
    let names =
        |extension| requirement.all().contains(extension) || requirement.any().contains(extension);
    let has_parts = matches!(extension, Extension::M | Extension::A | Extension::C);
    names(extension) || has_parts && extension.implies().iter().copied().any(names)
}

impl Tables {
    pub(super) fn new(isa: IsaSet, only: Option<Extension>) -> Self {
        let wanted = |requirement: Requirement| {
            requirement.is_met_by(isa) && only.is_none_or(|only| belongs(requirement, only))
        };
        let rows = |wish: Use| {
            let rows = ROWS.iter().filter(|row| wanted(row.requirement));
            rows.filter(|row| use_of(row) == wish).collect::<Vec<_>>()
        };
        let compressed = |wish: &[Use]| {
            let rows = COMPRESSED_ROWS.iter().filter(|row| wanted(row.requirement));
            rows.filter(|row| wish.contains(&use_of(row.expands_to.row())))
                .collect()
        };
        Self {
            integer: rows(Use::Integer),
            float: rows(Use::Float),
            hints: rows(Use::Hint),
            memory: rows(Use::Memory),
            has_reservations: !rows(Use::Reservation).is_empty(),
            compressed: compressed(&[Use::Integer, Use::Hint]),
            compressed_memory: compressed(&[Use::Memory]),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.integer.is_empty()
            && self.float.is_empty()
            && self.hints.is_empty()
            && self.memory.is_empty()
            && !self.has_reservations
            && self.compressed.is_empty()
            && self.compressed_memory.is_empty()
    }
}

impl Context<'_> {
    /// An instruction of this row, all operands random but the destination
    /// one that may be written.
    pub(super) fn instruction(&mut self, row: &Row) -> Option<Insn> {
        // Some operands are reserved, or another row's.
        for _ in 0..20 {
            let word = row.pattern.value | self.random.next() as u32 & !row.pattern.mask;
            let Some(mut insn) = decode(word, self.wishes.isa) else {
                continue;
            };
            if row.shape.has_rm && self.random.percent(40) {
                insn.rm = 7;
            }
            if row.shape.rd == Slot::X && self.is_kept(&insn) {
                insn.rd = if self.random.percent(5) {
                    0
                } else {
                    self.free()
                };
            }
            let made = decode(encode(&insn), self.wishes.isa);
            if let Some(insn) = made.filter(|made| made.op == row.op && !self.is_kept(made)) {
                return Some(insn);
            }
        }
        None
    }

    /// Would it write a register that must stay as it is?
    pub(super) fn is_kept(&self, insn: &Insn) -> bool {
        let shape = insn.op.row().shape;
        let pair = insn.op.format() == Format::AmoPair;
        shape.rd == Slot::X
            && (fixed::is_fixed(insn.rd) || pair && insn.rd != 0 && fixed::is_fixed(insn.rd + 1))
    }

    /// A compressed instruction of this row that fits.
    pub(super) fn halfword(
        &mut self,
        row: &CompressedRow,
        fits: impl Fn(&Insn) -> bool,
    ) -> Option<Insn> {
        for _ in 0..200 {
            let mask = row.pattern.mask | 0xffff_0000;
            let raw = row.pattern.value | self.random.next() as u32 & !mask;
            let insn = decode(raw, self.wishes.isa)
                .filter(|insn| insn.op == row.expands_to && !self.is_kept(insn) && fits(insn));
            if insn.is_some() {
                return insn;
            }
        }
        None
    }

    fn one_of(&mut self, rows: &[&'static Row]) -> Option<Unit> {
        let insn = pick(&mut self.random, rows).and_then(|row| self.instruction(row))?;
        Some(Unit::word(insn.raw))
    }
}

pub(super) fn pick<T>(random: &mut super::Random, rows: &[&'static T]) -> Option<&'static T> {
    (!rows.is_empty()).then(|| random.pick(rows))
}

pub(super) fn integer(context: &mut Context<'_>) -> Option<Unit> {
    let row = pick(&mut context.random, &context.tables.integer)?;
    let rotates_word = matches!(row.op, Op::Rolw | Op::Rorw | Op::Roriw);
    if rotates_word && context.wishes.avoids(Choice::WordRotations) {
        return None;
    }
    Some(Unit::word(context.instruction(row)?.raw))
}

pub(super) fn float(context: &mut Context<'_>) -> Option<Unit> {
    let row = pick(&mut context.random, &context.tables.float)?;
    let is_round = row.mnemonic.starts_with("fround");
    if is_round && context.wishes.avoids(Choice::RoundingFlags) {
        return None;
    }
    Some(Unit::word(context.instruction(row)?.raw))
}

pub(super) fn hint(context: &mut Context<'_>) -> Option<Unit> {
    let unit = context.one_of(&context.tables.hints)?;
    let waits = |item: &Item| matches!(item, Item::Word(word) if *word == plain(Op::WrsNto));
    let avoided = context.tw && context.wishes.avoids(Choice::TimeoutOfWait);
    (!avoided || !unit.items.iter().any(waits)).then_some(unit)
}

pub(super) fn compressed(context: &mut Context<'_>) -> Option<Unit> {
    let row = pick(&mut context.random, &context.tables.compressed)?;
    let insn = context.halfword(row, |_| true)?;
    Some(Unit::new([Item::Half(insn.raw as u16)]))
}

/// A fresh value in a register.
pub(super) fn refresh(context: &mut Context<'_>) -> Option<Unit> {
    let register = context.free();
    if context.has(Extension::D) && context.random.percent(50) {
        let value = values::float(&mut context.random);
        let float = context.random.below(32) as u8;
        let load = Item::Word(with(Op::FmvDX, float, register, 0, 0));
        return Some(Unit::new([Item::Constant(register, value), load]));
    }
    let value = values::integer(&mut context.random);
    Some(Unit::new([Item::Constant(register, value)]))
}
