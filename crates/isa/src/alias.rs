//! Pseudo-instructions: other names that assembly language has for an
//! instruction with certain operands.
//!
//! RISC-V unprivileged specification, RISC-V Assembly Programmer's Handbook,
//! as far as GNU objdump prints them.

use crate::csr::Csr;
use crate::disasm::Operand;
use crate::{Insn, Op};

type Alias = (&'static str, &'static [Operand]);

const ZERO: u8 = 0;
const RA: u8 = 1;
/// The compressed may-be-operations: their numbers are odd.
const C_MOP: [&str; 8] = [
    "c.mop.1", "c.mop.3", "c.mop.5", "c.mop.7", "c.mop.9", "c.mop.11", "c.mop.13", "c.mop.15",
];

/// The name and the operands to print instead of those of `insn.op`.
pub(crate) fn alias(insn: &Insn) -> Option<Alias> {
    compressed_hint(insn)
        .or_else(|| integer(insn))
        .or_else(|| control_transfer(insn))
        .or_else(|| csr(insn))
        .or_else(|| floating_point(insn))
        .or_else(|| system(insn))
}

/// Compressed encodings that do nothing keep their own name, for another one
/// would hide that they are hints (C, Compressed Instructions: HINT).
fn compressed_hint(insn: &Insn) -> Option<Alias> {
    use Operand::*;
    if !insn.is_compressed() {
        return None;
    }
    let Insn {
        rd, rs1, imm, raw, ..
    } = *insn;
    let is_c_li = raw >> 13 == 0b010;
    Some(match insn.op {
        Op::MopR => (C_MOP[(imm >> 1) as usize & 7], &[]),
        Op::Addi if rd == ZERO && is_c_li => ("c.li", &[Rd, Imm]),
        Op::Addi if rd == ZERO && imm != 0 => ("c.nop", &[Imm]),
        Op::Lui if rd == ZERO => ("c.lui", &[Rd, Upper]),
        Op::Slli if imm == 0 => ("c.slli64", &[Rd]),
        Op::Slli if rd == ZERO => ("c.slli", &[Rd, Shamt]),
        Op::Srli if imm == 0 => ("c.srli64", &[Rd]),
        Op::Srai if imm == 0 => ("c.srai64", &[Rd]),
        Op::Add if rd == ZERO && rs1 == ZERO && raw >> 12 == 0b1000 => ("c.mv", &[Rd, Rs2]),
        Op::Add if rd == ZERO => ("c.add", &[Rd, Rs2]),
        _ => return None,
    })
}

fn integer(insn: &Insn) -> Option<Alias> {
    use Operand::*;
    let Insn {
        rd, rs1, rs2, imm, ..
    } = *insn;
    Some(match insn.op {
        Op::Addi if (rd, rs1, imm) == (ZERO, ZERO, 0) => ("nop", &[]),
        Op::Addi if rs1 == ZERO => ("li", &[Rd, Imm]),
        Op::Addi if imm == 0 && !insn.is_compressed() => ("mv", &[Rd, Rs1]),
        // Assemblers make `mv` from the compressed form alone.
        Op::Add if insn.is_compressed() && rs1 == ZERO => ("mv", &[Rd, Rs2]),
        Op::Addiw if imm == 0 => ("sext.w", &[Rd, Rs1]),
        Op::AddUw if rs2 == ZERO => ("zext.w", &[Rd, Rs1]),
        Op::Xori if imm == -1 => ("not", &[Rd, Rs1]),
        Op::Andi if imm == 255 => ("zext.b", &[Rd, Rs1]),
        Op::Sub if rs1 == ZERO => ("neg", &[Rd, Rs2]),
        Op::Subw if rs1 == ZERO => ("negw", &[Rd, Rs2]),
        Op::Sltiu if imm == 1 => ("seqz", &[Rd, Rs1]),
        Op::Sltu if rs1 == ZERO => ("snez", &[Rd, Rs2]),
        Op::Slt if rs2 == ZERO => ("sltz", &[Rd, Rs1]),
        Op::Slt if rs1 == ZERO => ("sgtz", &[Rd, Rs2]),
        _ => return None,
    })
}

fn control_transfer(insn: &Insn) -> Option<Alias> {
    use Operand::*;
    let Insn {
        rd, rs1, rs2, imm, ..
    } = *insn;
    Some(match insn.op {
        Op::Jal if rd == ZERO => ("j", &[Target]),
        Op::Jal if rd == RA => ("jal", &[Target]),
        Op::Jalr if (rd, rs1, imm) == (ZERO, RA, 0) => ("ret", &[]),
        Op::Jalr if (rd, imm) == (ZERO, 0) => ("jr", &[Rs1]),
        Op::Jalr if rd == ZERO => ("jr", &[Memory]),
        Op::Jalr if (rd, imm) == (RA, 0) => ("jalr", &[Rs1]),
        Op::Jalr if rd == RA => ("jalr", &[Memory]),
        Op::Jalr if imm == 0 => ("jalr", &[Rd, Rs1]),
        Op::Beq if rs2 == ZERO => ("beqz", &[Rs1, Target]),
        Op::Bne if rs2 == ZERO => ("bnez", &[Rs1, Target]),
        Op::Blt if rs2 == ZERO => ("bltz", &[Rs1, Target]),
        Op::Bge if rs1 == ZERO => ("blez", &[Rs2, Target]),
        Op::Bge if rs2 == ZERO => ("bgez", &[Rs1, Target]),
        Op::Blt if rs1 == ZERO => ("bgtz", &[Rs2, Target]),
        _ => return None,
    })
}

fn csr(insn: &Insn) -> Option<Alias> {
    use Operand::*;
    let Insn { op, rd, rs1, .. } = *insn;
    let csr = if matches!(
        op,
        Op::Csrrw | Op::Csrrs | Op::Csrrc | Op::Csrrwi | Op::Csrrsi | Op::Csrrci
    ) {
        Csr::from_number(insn.csr())
    } else {
        return None;
    };
    Some(match (op, csr) {
        // The customary illegal instruction: a write to a read-only CSR.
        (Op::Csrrw, Some(Csr::Cycle)) if (rd, rs1) == (ZERO, ZERO) => ("unimp", &[]),
        (Op::Csrrs, Some(Csr::Cycle)) if rs1 == ZERO => ("rdcycle", &[Rd]),
        (Op::Csrrs, Some(Csr::Time)) if rs1 == ZERO => ("rdtime", &[Rd]),
        (Op::Csrrs, Some(Csr::Instret)) if rs1 == ZERO => ("rdinstret", &[Rd]),
        (Op::Csrrs, Some(Csr::Fcsr)) if rs1 == ZERO => ("frcsr", &[Rd]),
        (Op::Csrrs, Some(Csr::Frm)) if rs1 == ZERO => ("frrm", &[Rd]),
        (Op::Csrrs, Some(Csr::Fflags)) if rs1 == ZERO => ("frflags", &[Rd]),
        (Op::Csrrw, Some(Csr::Fcsr)) if rd == ZERO => ("fscsr", &[Rs1]),
        (Op::Csrrw, Some(Csr::Fcsr)) => ("fscsr", &[Rd, Rs1]),
        (Op::Csrrw, Some(Csr::Frm)) if rd == ZERO => ("fsrm", &[Rs1]),
        (Op::Csrrw, Some(Csr::Frm)) => ("fsrm", &[Rd, Rs1]),
        (Op::Csrrw, Some(Csr::Fflags)) if rd == ZERO => ("fsflags", &[Rs1]),
        (Op::Csrrw, Some(Csr::Fflags)) => ("fsflags", &[Rd, Rs1]),
        (Op::Csrrwi, Some(Csr::Frm)) => ("fsrmi", &[Rd, Uimm]),
        (Op::Csrrwi, Some(Csr::Fflags)) => ("fsflagsi", &[Rd, Uimm]),
        (Op::Csrrs, _) if rs1 == ZERO => ("csrr", &[Rd, CsrName]),
        (Op::Csrrw, _) if rd == ZERO => ("csrw", &[CsrName, Rs1]),
        (Op::Csrrs, _) if rd == ZERO => ("csrs", &[CsrName, Rs1]),
        (Op::Csrrc, _) if rd == ZERO => ("csrc", &[CsrName, Rs1]),
        (Op::Csrrwi, _) if rd == ZERO => ("csrwi", &[CsrName, Uimm]),
        (Op::Csrrsi, _) if rd == ZERO => ("csrsi", &[CsrName, Uimm]),
        (Op::Csrrci, _) if rd == ZERO => ("csrci", &[CsrName, Uimm]),
        _ => return None,
    })
}

fn floating_point(insn: &Insn) -> Option<Alias> {
    use Operand::*;
    if insn.rs1 != insn.rs2 {
        return None;
    }
    Some(match insn.op {
        Op::FsgnjS => ("fmv.s", &[Rd, Rs1]),
        Op::FsgnjD => ("fmv.d", &[Rd, Rs1]),
        Op::FsgnjH => ("fmv.h", &[Rd, Rs1]),
        Op::FsgnjnS => ("fneg.s", &[Rd, Rs1]),
        Op::FsgnjnD => ("fneg.d", &[Rd, Rs1]),
        Op::FsgnjnH => ("fneg.h", &[Rd, Rs1]),
        Op::FsgnjxS => ("fabs.s", &[Rd, Rs1]),
        Op::FsgnjxD => ("fabs.d", &[Rd, Rs1]),
        Op::FsgnjxH => ("fabs.h", &[Rd, Rs1]),
        _ => return None,
    })
}

fn system(insn: &Insn) -> Option<Alias> {
    use Operand::*;
    /// fm, pred and succ of fences with a name of their own.
    const IORW_IORW: i32 = 0x0ff;
    const TSO: i32 = 0x833;
    Some(match insn.op {
        Op::Fence if insn.imm == IORW_IORW => ("fence", &[]),
        Op::Fence if insn.imm == TSO => ("fence.tso", &[]),
        Op::SfenceVma if (insn.rs1, insn.rs2) == (ZERO, ZERO) => ("sfence.vma", &[]),
        Op::SfenceVma if insn.rs2 == ZERO => ("sfence.vma", &[Rs1]),
        _ => return None,
    })
}
