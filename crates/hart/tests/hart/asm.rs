//! Instructions by name: just enough of an assembler for tests.

use pagewalk_isa::{Csr, Insn, Op, encode};

/// `op rd, rs1, rs2`, and AMOs with the address in rs1.
pub(crate) fn r(op: Op, rd: u8, rs1: u8, rs2: u8) -> u32 {
    encode(&Insn {
        rd,
        rs1,
        rs2,
        ..Insn::new(op)
    })
}

/// `op rd, rs1, imm`, loads and `jalr`.
pub(crate) fn i(op: Op, rd: u8, rs1: u8, imm: i32) -> u32 {
    encode(&Insn {
        rd,
        rs1,
        imm,
        ..Insn::new(op)
    })
}

/// `op rs2, imm(rs1)`, and branches of rs1 and rs2.
pub(crate) fn s(op: Op, rs2: u8, rs1: u8, imm: i32) -> u32 {
    encode(&Insn {
        rs1,
        rs2,
        imm,
        ..Insn::new(op)
    })
}

/// `jal rd` by `offset` bytes.
pub(crate) fn jal(rd: u8, offset: i32) -> u32 {
    i(Op::Jal, rd, 0, offset)
}

/// `op rd, csr, rs1`.
pub(crate) fn csr(op: Op, rd: u8, csr: Csr, rs1: u8) -> u32 {
    i(op, rd, rs1, i32::from(csr.number()))
}

/// An instruction without operands.
pub(crate) fn plain(op: Op) -> u32 {
    encode(&Insn::new(op))
}

/// `addi rd, rs1, imm`.
pub(crate) fn addi(rd: u8, rs1: u8, imm: i32) -> u32 {
    i(Op::Addi, rd, rs1, imm)
}

/// `li rd, imm` for 12 bits.
pub(crate) fn li(rd: u8, imm: i32) -> u32 {
    addi(rd, 0, imm)
}

/// `nop`.
pub(crate) fn nop() -> u32 {
    addi(0, 0, 0)
}

/// `ret`.
pub(crate) fn ret() -> u32 {
    i(Op::Jalr, 0, 1, 0)
}
