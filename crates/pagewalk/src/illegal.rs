//! Why an instruction is illegal: what is known from its encoding alone.

use pagewalk_machine::isa::{Csr, Extension, Format, Insn, IsaSet, decode};
use pagewalk_machine::mmu::Privilege;

/// A sentence without its full stop. `raw` is zero where `xtval` does not
/// tell the instruction.
pub(crate) fn why(raw: u32, isa: IsaSet, privilege: Privilege) -> String {
    match decode(raw, isa) {
        Some(insn) => why_forbidden(&insn, isa, privilege),
        None if raw & 0xffff == 0 => {
            "memory that holds zeros was executed; zero is no instruction".to_owned()
        }
        None => why_unknown(raw, isa),
    }
}

fn why_unknown(raw: u32, isa: IsaSet) -> String {
    let would_help = |extension: &&Extension| decode(raw, isa.with(**extension)).is_some();
    let names: Vec<&str> = Extension::ALL
        .iter()
        .filter(would_help)
        .map(|extension| extension.name())
        .collect();
    if names.is_empty() {
        return "there is no such instruction in the ISA of this board".to_owned();
    }
    format!(
        "the instruction needs the extension {}, which --isa leaves out",
        names.join(" or ")
    )
}

fn why_forbidden(insn: &Insn, isa: IsaSet, privilege: Privilege) -> String {
    if matches!(insn.op.format(), Format::Csr | Format::CsrImm) {
        return why_no_csr(insn.csr(), isa, privilege);
    }
    let is_float = decode(insn.raw, isa.without(Extension::F)).is_none();
    if is_float {
        return "the floating-point unit is off (mstatus.FS = 0), or the rounding mode is reserved"
            .to_owned();
    }
    format!("the instruction exists, but is not allowed in {privilege} as the hart is set up")
}

fn why_no_csr(number: u16, isa: IsaSet, privilege: Privilege) -> String {
    match Csr::from_number(number) {
        None => format!("there is no CSR {number:#x} on this board"),
        Some(csr) if !csr.exists(isa) => {
            format!(
                "the CSR {} belongs to an extension that --isa leaves out",
                csr.name()
            )
        }
        Some(csr) => format!(
            "the CSR {} cannot be accessed like this in {privilege} as the hart is set up",
            csr.name()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_sentence() {
        let small: IsaSet = "rv64ima_zicsr".parse().expect("an ISA string");
        let full = IsaSet::ANNOUNCED;
        let user = Privilege::User;
        for (raw, isa, expected) in [
            (0, full, "zeros"),
            (0xffff_ffff, full, "no such instruction"),
            (0x20c5_a733, small, "needs the extension zba,"),
            (0x00c5_8533, full, "not allowed in U-mode"),
            (0x3020_0073, full, "not allowed in U-mode"), // mret
            (0x0000_0053, full, "mstatus.FS = 0"),        // fadd.s
            (
                0x3000_2573,
                full,
                "CSR mstatus cannot be accessed like this in U-mode",
            ),
            (0x0030_2573, small, "CSR fcsr belongs to an extension"),
            (0x5c0_02573, full, "no CSR 0x5c0"),
        ] {
            let sentence = why(raw, isa, user);
            assert!(sentence.contains(expected), "{raw:#x}: {sentence}");
        }
    }
}
