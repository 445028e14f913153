//! Disassembly in the syntax of the GNU tools, usual pseudo-instructions
//! included.

use crate::alias::alias;
use crate::csr::Csr;
use crate::decode::decode;
use crate::format::{Format, Slot};
use crate::reg::{f_name, x_name};
use crate::{Insn, IsaSet, Op};
use core::fmt;

/// An operand as assembly language writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Rd,
    Rs1,
    Rs2,
    Rs3,
    /// The immediate in decimal.
    Imm,
    /// A shift amount in hexadecimal.
    Shamt,
    /// The upper 20 bits of the immediate in hexadecimal.
    Upper,
    /// The address that a branch or jump leads to.
    Target,
    /// `imm(rs1)`.
    Memory,
    /// `(rs1)`.
    Address,
    /// Name or number of a CSR.
    CsrName,
    /// The number in the rs1 field.
    Uimm,
    /// The rounding mode; nothing if it is the dynamic one.
    Rm,
    /// The rounding mode; nothing if it is rne, for nothing is rounded.
    RmExact,
    /// A rounding mode that is part of the opcode.
    Rtz,
    /// The accesses before and after a fence.
    Predecessor,
    Successor,
    /// The constant that fli loads.
    Constant,
}

/// The operands of a format in the order of assembly language.
pub(crate) const fn syntax(format: Format) -> &'static [Operand] {
    use Operand::*;
    match format {
        Format::Nullary | Format::FenceI => &[],
        Format::U => &[Rd, Upper],
        Format::J => &[Rd, Target],
        Format::Jalr | Format::Load | Format::FLoad => &[Rd, Memory],
        Format::B => &[Rs1, Rs2, Target],
        Format::I => &[Rd, Rs1, Imm],
        Format::Shift6 | Format::Shift5 => &[Rd, Rs1, Shamt],
        Format::R | Format::FBinary | Format::FCompare | Format::MopRr => &[Rd, Rs1, Rs2],
        Format::Unary | Format::MopR | Format::FToX | Format::XToF => &[Rd, Rs1],
        Format::Store | Format::FStore => &[Rs2, Memory],
        Format::Fence => &[Predecessor, Successor],
        Format::Csr => &[Rd, CsrName, Rs1],
        Format::CsrImm => &[Rd, CsrName, Uimm],
        Format::Sfence => &[Rs1, Rs2],
        Format::Lr => &[Rd, Address],
        Format::Amo | Format::AmoPair => &[Rd, Rs2, Address],
        Format::Cbo => &[Address],
        Format::Prefetch => &[Memory],
        Format::F4 => &[Rd, Rs1, Rs2, Rs3, Rm],
        Format::FBinaryRm => &[Rd, Rs1, Rs2, Rm],
        Format::FUnaryRm | Format::FToXRm | Format::XToFRm => &[Rd, Rs1, Rm],
        Format::FUnaryExact | Format::XToFExact => &[Rd, Rs1, RmExact],
        Format::FToXRtz => &[Rd, Rs1, Rtz],
        Format::Fli => &[Rd, Constant],
    }
}

/// The text of an instruction: see [`disassemble`].
#[derive(Clone, Copy, Debug)]
pub struct Disassembly {
    insn: Insn,
    pc: Option<u64>,
}

/// The text of `insn` at address `pc`, which targets of branches and jumps
/// are relative to.
#[must_use]
pub const fn disassemble(insn: &Insn, pc: u64) -> Disassembly {
    Disassembly {
        insn: *insn,
        pc: Some(pc),
    }
}

/// As [`disassemble`], with targets relative to `.`, the instruction itself.
impl fmt::Display for Insn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Disassembly {
            insn: *self,
            pc: None,
        }
        .fmt(f)
    }
}

impl fmt::Display for Disassembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let insn = &self.insn;
        let operands = match alias(insn) {
            Some((mnemonic, operands)) => {
                f.write_str(mnemonic)?;
                operands
            }
            None => {
                self.write_mnemonic(f)?;
                syntax(insn.op.format())
            }
        };
        let mut separator = ' ';
        for &operand in operands {
            let hidden = match operand {
                Operand::Rm => insn.rm == DYN,
                Operand::RmExact => insn.rm == RNE,
                _ => false,
            };
            if !hidden {
                write!(f, "{separator}")?;
                self.write_operand(f, operand)?;
                separator = ',';
            }
        }
        Ok(())
    }
}

const RNE: u8 = 0;
const DYN: u8 = 7;

/// The values of the `rm` field (F, Floating-Point Control and Status
/// Register).
const ROUNDING_MODES: [&str; 8] = [
    "rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown", "dyn",
];

/// The constants of fli by the rs1 field (Zfa, Load-Immediate Instructions),
/// as assemblers write them; `min` is the smallest normal number.
const FLI_CONSTANTS: [&str; 32] = [
    "-1.0",
    "min",
    "1.52587890625e-05",
    "3.0517578125e-05",
    "0.00390625",
    "0.0078125",
    "0.0625",
    "0.125",
    "0.25",
    "0.3125",
    "0.375",
    "0.4375",
    "0.5",
    "0.625",
    "0.75",
    "0.875",
    "1.0",
    "1.25",
    "1.5",
    "1.75",
    "2.0",
    "2.5",
    "3.0",
    "4.0",
    "8.0",
    "16.0",
    "128.0",
    "256.0",
    "32768.0",
    "65536.0",
    "inf",
    "nan",
];

impl Disassembly {
    /// The name with what belongs to it: aq and rl, N of a may-be-operation.
    fn write_mnemonic(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let insn = &self.insn;
        f.write_str(insn.op.mnemonic())?;
        match insn.op.format() {
            Format::Lr | Format::Amo | Format::AmoPair => {
                f.write_str(match (insn.aq(), insn.rl()) {
                    (false, false) => "",
                    (true, false) => ".aq",
                    (false, true) => ".rl",
                    (true, true) => ".aqrl",
                })
            }
            Format::MopR | Format::MopRr => write!(f, ".{}", insn.imm),
            _ => Ok(()),
        }
    }

    fn write_operand(&self, f: &mut fmt::Formatter<'_>, operand: Operand) -> fmt::Result {
        let insn = &self.insn;
        let shape = insn.op.format().shape();
        match operand {
            Operand::Rd => f.write_str(register(shape.rd, insn.rd)),
            Operand::Rs1 => f.write_str(register(shape.rs1, insn.rs1)),
            Operand::Rs2 => f.write_str(register(shape.rs2, insn.rs2)),
            Operand::Rs3 => f.write_str(register(shape.rs3, insn.rs3)),
            Operand::Imm => write!(f, "{}", insn.imm),
            Operand::Shamt => write!(f, "{:#x}", insn.imm),
            Operand::Upper => write!(f, "{:#x}", insn.imm as u32 >> 12),
            Operand::Target => self.write_target(f),
            Operand::Memory => write!(f, "{}({})", insn.imm, x_name(insn.rs1)),
            Operand::Address => write!(f, "({})", x_name(insn.rs1)),
            Operand::CsrName => match Csr::from_number(insn.csr()) {
                Some(csr) => f.write_str(csr.name()),
                None => write!(f, "{:#x}", insn.csr()),
            },
            Operand::Uimm => write!(f, "{}", insn.rs1),
            Operand::Rm | Operand::RmExact => f.write_str(ROUNDING_MODES[usize::from(insn.rm & 7)]),
            Operand::Rtz => f.write_str("rtz"),
            Operand::Predecessor => write_accesses(f, insn.imm >> 4),
            Operand::Successor => write_accesses(f, insn.imm),
            Operand::Constant => f.write_str(FLI_CONSTANTS[usize::from(insn.rs1 & 31)]),
        }
    }

    fn write_target(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.insn.imm;
        match self.pc {
            Some(pc) => write!(f, "{:#x}", pc.wrapping_add_signed(offset.into())),
            None => write!(f, ".{offset:+}"),
        }
    }
}

fn register(slot: Slot, number: u8) -> &'static str {
    match slot {
        Slot::F => f_name(number),
        Slot::X | Slot::Number | Slot::Unused => x_name(number),
    }
}

/// The letters of a fence's four access bits.
fn write_accesses(f: &mut fmt::Formatter<'_>, bits: i32) -> fmt::Result {
    if bits & 0b1111 == 0 {
        return f.write_str("unknown");
    }
    for (bit, letter) in [(3, "i"), (2, "o"), (1, "r"), (0, "w")] {
        if bits & 1 << bit != 0 {
            f.write_str(letter)?;
        }
    }
    Ok(())
}

/// The text of a word of memory: see [`disassemble_word`].
#[derive(Clone, Copy, Debug)]
pub struct WordDisassembly {
    raw: u32,
    insn: Option<Insn>,
    pc: u64,
}

/// The text of what stands at address `pc`: the instruction that starts in
/// `raw`, or a data directive if a hart with `isa` has none such.
#[must_use]
pub fn disassemble_word(raw: u32, pc: u64, isa: IsaSet) -> WordDisassembly {
    WordDisassembly {
        raw,
        insn: decode(raw, isa),
        pc,
    }
}

impl fmt::Display for WordDisassembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.insn {
            Some(insn) => disassemble(&insn, self.pc).fmt(f),
            None if self.raw & 0xffff == 0 => f.write_str("unimp"),
            None if self.raw & 0b11 == 0b11 => write!(f, ".4byte {:#x}", self.raw),
            None => write!(f, ".2byte {:#x}", self.raw & 0xffff),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.mnemonic())
    }
}
