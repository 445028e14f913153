//! The tables as Markdown, for `docs/instructions.md` and `docs/csrs.md`.
//!
//! A test holds these files equal to what is printed here.

use crate::IsaSet;
use crate::Privilege;
use crate::csr::Csr;
use crate::disasm::{Operand, syntax};
use crate::pattern::Pattern;
use crate::table::{COMPRESSED_ROWS, ROWS};
use core::fmt::{self, Display, Write};

/// Prints all instructions, by section of the manual.
#[derive(Clone, Copy, Debug)]
pub struct InstructionTable;

impl Display for InstructionTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "# Instructions\n\n\
             Generated from `crates/isa/src/table.rs`; do not edit. Each section names the place\n\
             in the RISC-V manual and what a hart needs to have the instructions. A dot in an\n\
             encoding is a bit of an operand, or one that is ignored.\n",
        )?;
        let mut heading = None;
        for row in &ROWS {
            let above = Some((row.section, row.requirement));
            if heading != above {
                heading = above;
                write_heading(f, row.section, &row.requirement)?;
                f.write_str(
                    "| instruction | operands | encoding | meaning |\n|---|---|---|---|\n",
                )?;
            }
            write!(f, "| `{}` | ", row.mnemonic)?;
            write_operands(f, syntax(row.format))?;
            f.write_str(" | `")?;
            write_pattern(f, row.pattern, 32)?;
            write!(f, "` | {}", Cell(row.doc))?;
            if let Some(base) = row.refines {
                write!(f, "; a part of the encodings of `{base}`")?;
            }
            f.write_str(" |\n")?;
        }
        f.write_str(
            "\n# Compressed instructions\n\n\
             Each stands for a 32-bit instruction and is executed as that.\n",
        )?;
        let mut heading = None;
        for row in &COMPRESSED_ROWS {
            let above = Some((row.section, row.requirement));
            if heading != above {
                heading = above;
                write_heading(f, row.section, &row.requirement)?;
                f.write_str(
                    "| instruction | stands for | encoding | meaning |\n|---|---|---|---|\n",
                )?;
            }
            write!(f, "| `{}` | `{}` | `", row.mnemonic, row.expands_to)?;
            write_pattern(f, row.pattern, 16)?;
            write!(f, "` | {}", Cell(row.doc))?;
            if let Some(base) = row.refines {
                write!(f, "; a part of the encodings of `{base}`")?;
            }
            f.write_str(" |\n")?;
        }
        Ok(())
    }
}

fn write_heading(f: &mut fmt::Formatter<'_>, section: &str, needs: &dyn Display) -> fmt::Result {
    write!(f, "\n## {section}\n\nNeeds: {needs}\n\n")
}

fn write_operands(f: &mut fmt::Formatter<'_>, operands: &[Operand]) -> fmt::Result {
    for (i, operand) in operands.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        f.write_str(match operand {
            Operand::Rd => "rd",
            Operand::Rs1 => "rs1",
            Operand::Rs2 => "rs2",
            Operand::Rs3 => "rs3",
            Operand::Imm | Operand::Upper => "imm",
            Operand::Shamt => "shamt",
            Operand::Target => "target",
            Operand::Memory => "imm(rs1)",
            Operand::Address => "(rs1)",
            Operand::CsrName => "csr",
            Operand::Uimm => "uimm",
            Operand::Rm | Operand::RmExact => "rm",
            Operand::Rtz => "rtz",
            Operand::Predecessor => "pred",
            Operand::Successor => "succ",
            Operand::Constant => "constant",
        })?;
    }
    Ok(())
}

fn write_pattern(f: &mut fmt::Formatter<'_>, pattern: Pattern, width: u32) -> fmt::Result {
    for bit in (0..width).rev().map(|number| 1 << number) {
        f.write_char(match (pattern.mask & bit != 0, pattern.value & bit != 0) {
            (false, _) => '.',
            (true, false) => '0',
            (true, true) => '1',
        })?;
    }
    Ok(())
}

/// Prints all control and status registers, by section of the manual.
#[derive(Clone, Copy, Debug)]
pub struct CsrTable;

impl Display for CsrTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "# Control and status registers\n\n\
             Generated from `crates/isa/src/csr/table.rs`; do not edit. Any other register does\n\
             not exist: an access to it is an illegal instruction. Reset values and writable bits\n\
             are those of a hart with all extensions; without one, its registers and bits are\n\
             missing. Where a field takes only some values, a write of another one leaves it as\n\
             it was.\n",
        )?;
        let mut section = None;
        let mut rest = &Csr::ALL[..];
        while let Some(&first) = rest.first() {
            if section != Some(first.section()) {
                section = Some(first.section());
                write_heading(f, first.section(), &first.extension())?;
                f.write_str(
                    "| number | name | access | reset | writable bits | meaning |\n\
                     |---|---|---|---|---|---|\n",
                )?;
            }
            let family = rest
                .iter()
                .take_while(|csr| same_line(first, **csr))
                .count();
            write_csrs(f, first, rest[family - 1])?;
            rest = &rest[family..];
        }
        Ok(())
    }
}

/// Are the two of one family, and alike?
fn same_line(first: Csr, other: Csr) -> bool {
    let isa = IsaSet::ANNOUNCED;
    first.name_parts().0 == other.name_parts().0 && first.write_mask(isa) == other.write_mask(isa)
}

fn write_csrs(f: &mut fmt::Formatter<'_>, first: Csr, last: Csr) -> fmt::Result {
    let isa = IsaSet::ANNOUNCED;
    write!(f, "| {:#05x}", first.number())?;
    if last != first {
        write!(f, " … {:#05x}", last.number())?;
    }
    write!(f, " | `{first}`")?;
    if last != first {
        write!(f, " … `{last}`")?;
    }
    let privilege = match first.min_privilege() {
        Privilege::User => "U",
        Privilege::Supervisor => "S",
        Privilege::Machine => "M",
    };
    let access = if first.is_read_only() {
        "read"
    } else {
        "read, write"
    };
    let (reset, writable) = (first.reset_value(isa), first.write_mask(isa));
    writeln!(
        f,
        " | {privilege}: {access} | {reset:#x} | {writable:#x} | {} |",
        Cell(first.doc())
    )
}

/// A text inside a Markdown table.
struct Cell(&'static str);

impl Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character == '|' {
                f.write_char('\\')?;
            }
            f.write_char(character)?;
        }
        Ok(())
    }
}
