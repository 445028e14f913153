//! Integer computation: RV64I, M, and Zicond.
//!
//! Source: RISC-V Unprivileged ISA, chapters "RV32I", "RV64I", "M Extension
//! for Integer Multiplication and Division", "Zicond".
#![allow(non_snake_case, reason = "handlers are named like the variants of Op")]

use super::{compute, one_source, two_sources, word};

compute! {
    Lui(i, _h) => i64::from(i.imm) as u64;
    // The immediate of the entry counts from the start of the page.
    Auipc(i, h) => h.page_base.wrapping_add(i64::from(i.imm) as u64);
}

one_source! {
    Addi = |a, imm| a.wrapping_add(imm);
    Slti = |a, imm| u64::from((a as i64) < imm as i64);
    Sltiu = |a, imm| u64::from(a < imm);
    Xori = |a, imm| a ^ imm;
    Ori = |a, imm| a | imm;
    Andi = |a, imm| a & imm;
    Slli = |a, imm| a << (imm & 63);
    Srli = |a, imm| a >> (imm & 63);
    Srai = |a, imm| ((a as i64) >> (imm & 63)) as u64;
    Addiw = |a, imm| word((a as u32).wrapping_add(imm as u32));
    Slliw = |a, imm| word((a as u32) << (imm & 31));
    Srliw = |a, imm| word((a as u32) >> (imm & 31));
    Sraiw = |a, imm| (i64::from(a as i32) >> (imm & 31)) as u64;
}

two_sources! {
    Add = |a, b| a.wrapping_add(b);
    Sub = |a, b| a.wrapping_sub(b);
    Sll = |a, b| a << (b & 63);
    Slt = |a, b| u64::from((a as i64) < (b as i64));
    Sltu = |a, b| u64::from(a < b);
    Xor = |a, b| a ^ b;
    Srl = |a, b| a >> (b & 63);
    Sra = |a, b| ((a as i64) >> (b & 63)) as u64;
    Or = |a, b| a | b;
    And = |a, b| a & b;
    Addw = |a, b| word((a as u32).wrapping_add(b as u32));
    Subw = |a, b| word((a as u32).wrapping_sub(b as u32));
    Sllw = |a, b| word((a as u32) << (b & 31));
    Srlw = |a, b| word((a as u32) >> (b & 31));
    Sraw = |a, b| (i64::from(a as i32) >> (b & 31)) as u64;

    Mul = |a, b| a.wrapping_mul(b);
    Mulh = |a, b| ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64;
    Mulhsu = |a, b| (i128::from(a as i64).wrapping_mul(i128::from(b)) >> 64) as u64;
    Mulhu = |a, b| ((u128::from(a) * u128::from(b)) >> 64) as u64;
    Mulw = |a, b| word((a as u32).wrapping_mul(b as u32));
    // Division by zero gives all ones and the dividend; the one signed
    // overflow gives the dividend and zero.
    Div = |a, b| if b == 0 { u64::MAX } else { (a as i64).wrapping_div(b as i64) as u64 };
    Divu = |a, b| a.checked_div(b).unwrap_or(u64::MAX);
    Rem = |a, b| if b == 0 { a } else { (a as i64).wrapping_rem(b as i64) as u64 };
    Remu = |a, b| a.checked_rem(b).unwrap_or(a);
    Divw = |a, b| if b as u32 == 0 { u64::MAX } else { word((a as i32).wrapping_div(b as i32) as u32) };
    Divuw = |a, b| word((a as u32).checked_div(b as u32).unwrap_or(u32::MAX));
    Remw = |a, b| if b as u32 == 0 { word(a as u32) } else { word((a as i32).wrapping_rem(b as i32) as u32) };
    Remuw = |a, b| word((a as u32).checked_rem(b as u32).unwrap_or(a as u32));

    CzeroEqz = |a, b| if b == 0 { 0 } else { a };
    CzeroNez = |a, b| if b != 0 { 0 } else { a };
}
