//! Decoded instructions.

use crate::table::{Op, ROWS, Row};
use crate::{Format, Requirement};

impl Op {
    /// The row of the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The name in assembly language.
    #[must_use]
    pub fn mnemonic(self) -> &'static str {
        self.row().mnemonic
    }

    /// The operands.
    #[must_use]
    pub fn format(self) -> Format {
        self.row().format
    }

    /// What a hart needs to have it.
    #[must_use]
    pub fn extension(self) -> Requirement {
        self.row().requirement
    }

    /// The meaning in a few words.
    #[must_use]
    pub fn doc(self) -> &'static str {
        self.row().doc
    }

    /// Where the manual describes it.
    #[must_use]
    pub fn section(self) -> &'static str {
        self.row().section
    }
}

/// A decoded instruction. Fields that the operation does not use are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Insn {
    /// What it does.
    pub op: Op,
    /// Length in bytes, 2 or 4.
    pub len: u8,
    /// The word that it was decoded from; the upper half is zero for
    /// compressed instructions. This is what `xtval` gets.
    pub raw: u32,
    /// Destination register; an f register where the format says so.
    pub rd: u8,
    /// First source register, the uimm of `csrr?i`, or the constant of `fli`.
    pub rs1: u8,
    /// Second source register.
    pub rs2: u8,
    /// Third source register of fused multiply-add.
    pub rs3: u8,
    /// Rounding mode field of floating-point instructions that have one: 0 to
    /// 4, or 7 for the mode in `frm`.
    pub rm: u8,
    /// The immediate, sign-extended; shifted into place for `lui` and
    /// `auipc`; the shift amount; the CSR number; `fm`, `pred`, `succ` of
    /// `fence`; N of `mop.r.N`.
    pub imm: i32,
}

impl Insn {
    /// The 32-bit instruction `op` with all operands zero, as a start for
    /// encoding.
    #[must_use]
    pub fn new(op: Op) -> Self {
        Self {
            op,
            len: 4,
            raw: op.row().pattern.value,
            rd: 0,
            rs1: 0,
            rs2: 0,
            rs3: 0,
            rm: 0,
            imm: 0,
        }
    }

    /// Is it a 16-bit instruction?
    #[must_use]
    pub const fn is_compressed(&self) -> bool {
        self.len == 2
    }

    /// The acquire bit of an atomic instruction.
    #[must_use]
    pub const fn aq(&self) -> bool {
        self.raw & 1 << 26 != 0
    }

    /// The release bit of an atomic instruction.
    #[must_use]
    pub const fn rl(&self) -> bool {
        self.raw & 1 << 25 != 0
    }

    /// The CSR number of a Zicsr instruction.
    #[must_use]
    pub const fn csr(&self) -> u16 {
        self.imm as u16 & 0xfff
    }
}
