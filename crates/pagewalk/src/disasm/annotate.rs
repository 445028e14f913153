//! Addresses that two instructions make together: `auipc` or `lui` and what
//! adds to it.

use pagewalk_machine::isa::{Format, Insn, Op, Slot};
use pagewalk_machine::loader::Program;

const ZERO: u8 = 0;
const GP: u8 = 3;

/// What is known of registers.
///
/// What objdump does, but for one thing: a register that something else was
/// written to is forgotten.
pub(super) struct Addresses {
    /// What `auipc` or `lui` has put there, until it is used.
    upper: [Option<u64>; 32],
    /// `__global_pointer$`, which gp holds by convention (psABI, Global-pointer
    /// Relaxation).
    global_pointer: Option<u64>,
}

/// An address, and how sure it is that it is meant as one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// Worth to be shown in any case.
    Address(u64),
    /// An absolute offset: worth it only if there is something.
    Perhaps(u64),
}

impl Addresses {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            upper: [None; 32],
            global_pointer: program.symbols.address("__global_pointer$"),
        }
    }

    /// Forgets everything, where other code begins.
    pub(super) fn forget(&mut self) {
        self.upper = [None; 32];
    }

    /// Follows the instruction at `pc`; the address that it uses or makes, if
    /// its operands do not show that.
    pub(super) fn follow(&mut self, insn: &Insn, pc: u64) -> Option<Found> {
        let found = if adds_to_base(insn) {
            self.sum(insn)
        } else {
            None
        };
        let imm = i64::from(insn.imm);
        let upper = match insn.op {
            Op::Auipc => Some(pc.wrapping_add_signed(imm)),
            Op::Lui => Some(imm as u64),
            _ => None,
        };
        if insn.op.format().shape().rd == Slot::X && insn.rd != ZERO {
            self.upper[usize::from(insn.rd & 31)] = upper;
        }
        found
    }

    fn sum(&mut self, insn: &Insn) -> Option<Found> {
        let offset = i64::from(insn.imm);
        let upper = self.upper[usize::from(insn.rs1 & 31)].take();
        let is_memory = !matches!(insn.op, Op::Addi | Op::Addiw);
        match (upper, self.global_pointer, insn.rs1) {
            (Some(upper), ..) => {
                let sum = upper.wrapping_add_signed(offset);
                let is_word = insn.op == Op::Addiw;
                let sum = if is_word { sum as i32 as u64 } else { sum };
                Some(Found::Address(sum))
            }
            (None, Some(pointer), GP) => Some(Found::Address(pointer.wrapping_add_signed(offset))),
            (None, _, ZERO) if is_memory => Some(Found::Perhaps(offset as u64)),
            _ => None,
        }
    }
}

/// Whether an instruction adds its immediate to a base register, in a form that
/// objdump gives the sum of.
fn adds_to_base(insn: &Insn) -> bool {
    match (insn.op, insn.op.format()) {
        (Op::Addi | Op::Addiw, _) if insn.is_compressed() => insn.rd == insn.rs1 && insn.imm != 0,
        (Op::Addi | Op::Addiw, _) => insn.imm != 0,
        (_, Format::Jalr | Format::Load | Format::FLoad | Format::Store | Format::FStore) => {
            !insn.is_compressed()
        }
        _ => false,
    }
}
