//! Operand layouts of the 16-bit instructions.
//!
//! RISC-V unprivileged specification, C, Compressed Instruction Formats and
//! the sections of the single instructions. Reserved operands are rejected
//! here; hints are not, they decode as the instruction that they look like.

use crate::pattern::{ImmLayout, pieces};

/// Where a register operand of the expansion comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Always this register.
    Fixed(u8),
    /// Five bits from this bit on.
    Full(u8),
    /// Three bits from this bit on name x8 to x15.
    Prime(u8),
}

impl Source {
    const fn extract(self, word: u32) -> u8 {
        match self {
            Self::Fixed(number) => number,
            Self::Full(bit) => (word >> bit & 31) as u8,
            Self::Prime(bit) => (word >> bit & 7) as u8 + 8,
        }
    }

    /// `word` with the bits of this operand replaced.
    const fn replace(self, word: u32, number: u8) -> u32 {
        match self {
            Self::Fixed(_) => word,
            Self::Full(bit) => word & !(31 << bit) | (number as u32 & 31) << bit,
            Self::Prime(bit) => word & !(7 << bit) | (number as u32 & 7) << bit,
        }
    }
}

/// The operands of the expansion of a 16-bit instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompressedShape {
    rd: Source,
    rs1: Source,
    rs2: Source,
    imm: ImmLayout,
    reserved: Reserved,
}

/// The operand values that make an encoding reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reserved {
    Nothing,
    /// rd = 0.
    RdZero,
    /// rs1 = 0.
    Rs1Zero,
    /// rs2 = 0: another instruction.
    Rs2Zero,
    /// imm = 0.
    ImmZero,
}

impl CompressedShape {
    const fn new(rd: Source, rs1: Source, rs2: Source) -> Self {
        Self {
            rd,
            rs1,
            rs2,
            imm: ImmLayout::NONE,
            reserved: Reserved::Nothing,
        }
    }

    const fn imm(self, imm: ImmLayout) -> Self {
        Self { imm, ..self }
    }

    const fn reserved(self, reserved: Reserved) -> Self {
        Self { reserved, ..self }
    }

    /// rd, rs1, rs2 and the immediate of the expansion, unless they are
    /// reserved.
    pub(crate) const fn operands(&self, word: u32) -> Option<([u8; 3], i32)> {
        let rd = self.rd.extract(word);
        let rs1 = self.rs1.extract(word);
        let rs2 = self.rs2.extract(word);
        let imm = self.imm.extract(word);
        let reserved = match self.reserved {
            Reserved::Nothing => false,
            Reserved::RdZero => rd == 0,
            Reserved::Rs1Zero => rs1 == 0,
            Reserved::Rs2Zero => rs2 == 0,
            Reserved::ImmZero => imm == 0,
        };
        if reserved {
            return None;
        }
        Some(([rd, rs1, rs2], imm))
    }

    /// `word` with its operands replaced.
    pub(crate) const fn replace(&self, word: u32, registers: [u8; 3], imm: i32) -> u32 {
        let [rd, rs1, rs2] = registers;
        let word = self.rs1.replace(word, rs1);
        let word = self.rd.replace(word, rd);
        let word = self.rs2.replace(word, rs2);
        word & !self.imm.mask() | self.imm.insert(imm)
    }
}

const ZERO: Source = Source::Fixed(0);
const RA: Source = Source::Fixed(1);
const SP: Source = Source::Fixed(2);
/// rd or rs1 of the formats with full register fields.
const HIGH: Source = Source::Full(7);
/// rs2 of the formats with full register fields.
const LOW: Source = Source::Full(2);
/// rs1' or rd'/rs1'.
const HIGH_PRIME: Source = Source::Prime(7);
/// rs2' or rd'.
const LOW_PRIME: Source = Source::Prime(2);

// The layouts, as offset[5:3] at 12:10 and so on in the manual.
const OFFSET_W: ImmLayout = ImmLayout::unsigned(pieces![6 <- 2, 1; 10 <- 3, 3; 5 <- 6, 1]);
const OFFSET_D: ImmLayout = ImmLayout::unsigned(pieces![10 <- 3, 3; 5 <- 6, 2]);
const OFFSET_B: ImmLayout = ImmLayout::unsigned(pieces![6 <- 0, 1; 5 <- 1, 1]);
const OFFSET_H: ImmLayout = ImmLayout::unsigned(pieces![5 <- 1, 1]);
const OFFSET_LWSP: ImmLayout = ImmLayout::unsigned(pieces![4 <- 2, 3; 12 <- 5, 1; 2 <- 6, 2]);
const OFFSET_LDSP: ImmLayout = ImmLayout::unsigned(pieces![5 <- 3, 2; 12 <- 5, 1; 2 <- 6, 3]);
const OFFSET_SWSP: ImmLayout = ImmLayout::unsigned(pieces![9 <- 2, 4; 7 <- 6, 2]);
const OFFSET_SDSP: ImmLayout = ImmLayout::unsigned(pieces![10 <- 3, 3; 7 <- 6, 3]);
const IMM_6: ImmLayout = ImmLayout::signed(6, pieces![2 <- 0, 5; 12 <- 5, 1]);
const SHAMT_6: ImmLayout = ImmLayout::unsigned(pieces![2 <- 0, 5; 12 <- 5, 1]);
const IMM_LUI: ImmLayout = ImmLayout::signed(18, pieces![2 <- 12, 5; 12 <- 17, 1]);
const IMM_16SP: ImmLayout = ImmLayout::signed(
    10,
    pieces![6 <- 4, 1; 2 <- 5, 1; 5 <- 6, 1; 3 <- 7, 2; 12 <- 9, 1],
);
const IMM_4SPN: ImmLayout =
    ImmLayout::unsigned(pieces![6 <- 2, 1; 5 <- 3, 1; 11 <- 4, 2; 7 <- 6, 4]);
const OFFSET_J: ImmLayout = ImmLayout::signed(
    12,
    pieces![3 <- 1, 3; 11 <- 4, 1; 2 <- 5, 1; 7 <- 6, 1; 6 <- 7, 1; 9 <- 8, 2; 8 <- 10, 1; 12 <- 11, 1],
);
const OFFSET_BRANCH: ImmLayout = ImmLayout::signed(
    9,
    pieces![3 <- 1, 2; 10 <- 3, 2; 2 <- 5, 1; 5 <- 6, 2; 12 <- 8, 1],
);
/// N of c.mop.N is odd: its lowest bit is part of the opcode.
const MOP_N: ImmLayout = ImmLayout::unsigned(pieces![8 <- 1, 3]).implying(1);
const IMM_255: ImmLayout = ImmLayout::NONE.implying(255);
const IMM_ONES: ImmLayout = ImmLayout::NONE.implying(-1);

const fn shape(rd: Source, rs1: Source, rs2: Source) -> CompressedShape {
    CompressedShape::new(rd, rs1, rs2)
}

pub(crate) const C_NULLARY: CompressedShape = shape(ZERO, ZERO, ZERO);
pub(crate) const C_MOP: CompressedShape = shape(ZERO, ZERO, ZERO).imm(MOP_N);

pub(crate) const CL_W: CompressedShape = shape(LOW_PRIME, HIGH_PRIME, ZERO).imm(OFFSET_W);
pub(crate) const CL_D: CompressedShape = shape(LOW_PRIME, HIGH_PRIME, ZERO).imm(OFFSET_D);
pub(crate) const CL_B: CompressedShape = shape(LOW_PRIME, HIGH_PRIME, ZERO).imm(OFFSET_B);
pub(crate) const CL_H: CompressedShape = shape(LOW_PRIME, HIGH_PRIME, ZERO).imm(OFFSET_H);
pub(crate) const CS_W: CompressedShape = shape(ZERO, HIGH_PRIME, LOW_PRIME).imm(OFFSET_W);
pub(crate) const CS_D: CompressedShape = shape(ZERO, HIGH_PRIME, LOW_PRIME).imm(OFFSET_D);
pub(crate) const CS_B: CompressedShape = shape(ZERO, HIGH_PRIME, LOW_PRIME).imm(OFFSET_B);
pub(crate) const CS_H: CompressedShape = shape(ZERO, HIGH_PRIME, LOW_PRIME).imm(OFFSET_H);

pub(crate) const CI_LWSP: CompressedShape = shape(HIGH, SP, ZERO)
    .imm(OFFSET_LWSP)
    .reserved(Reserved::RdZero);
pub(crate) const CI_LDSP: CompressedShape = shape(HIGH, SP, ZERO)
    .imm(OFFSET_LDSP)
    .reserved(Reserved::RdZero);
pub(crate) const CI_FLDSP: CompressedShape = shape(HIGH, SP, ZERO).imm(OFFSET_LDSP);
pub(crate) const CSS_W: CompressedShape = shape(ZERO, SP, LOW).imm(OFFSET_SWSP);
pub(crate) const CSS_D: CompressedShape = shape(ZERO, SP, LOW).imm(OFFSET_SDSP);

pub(crate) const CI_NOP: CompressedShape = shape(ZERO, ZERO, ZERO).imm(IMM_6);
pub(crate) const CI_ADDI: CompressedShape = shape(HIGH, HIGH, ZERO).imm(IMM_6);
pub(crate) const CI_ADDIW: CompressedShape = CI_ADDI.reserved(Reserved::RdZero);
pub(crate) const CI_LI: CompressedShape = shape(HIGH, ZERO, ZERO).imm(IMM_6);
pub(crate) const CI_LUI: CompressedShape = shape(HIGH, ZERO, ZERO)
    .imm(IMM_LUI)
    .reserved(Reserved::ImmZero);
pub(crate) const CI_16SP: CompressedShape = shape(SP, SP, ZERO)
    .imm(IMM_16SP)
    .reserved(Reserved::ImmZero);
pub(crate) const CI_SLLI: CompressedShape = shape(HIGH, HIGH, ZERO).imm(SHAMT_6);
pub(crate) const CIW_4SPN: CompressedShape = shape(LOW_PRIME, SP, ZERO)
    .imm(IMM_4SPN)
    .reserved(Reserved::ImmZero);

pub(crate) const CB_SHIFT: CompressedShape = shape(HIGH_PRIME, HIGH_PRIME, ZERO).imm(SHAMT_6);
pub(crate) const CB_ANDI: CompressedShape = shape(HIGH_PRIME, HIGH_PRIME, ZERO).imm(IMM_6);
pub(crate) const CB: CompressedShape = shape(ZERO, HIGH_PRIME, ZERO).imm(OFFSET_BRANCH);
pub(crate) const CJ: CompressedShape = shape(ZERO, ZERO, ZERO).imm(OFFSET_J);

pub(crate) const CA: CompressedShape = shape(HIGH_PRIME, HIGH_PRIME, LOW_PRIME);
pub(crate) const CU: CompressedShape = shape(HIGH_PRIME, HIGH_PRIME, ZERO);
pub(crate) const CU_255: CompressedShape = CU.imm(IMM_255);
pub(crate) const CU_ONES: CompressedShape = CU.imm(IMM_ONES);

pub(crate) const CR_MV: CompressedShape = shape(HIGH, ZERO, LOW).reserved(Reserved::Rs2Zero);
pub(crate) const CR_ADD: CompressedShape = shape(HIGH, HIGH, LOW).reserved(Reserved::Rs2Zero);
pub(crate) const CR_JR: CompressedShape = shape(ZERO, HIGH, ZERO).reserved(Reserved::Rs1Zero);
pub(crate) const CR_JALR: CompressedShape = shape(RA, HIGH, ZERO).reserved(Reserved::Rs1Zero);
