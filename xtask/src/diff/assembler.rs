//! Instructions one after another, with labels.

use pagewalk_isa::{Csr, Op};

use super::code::{constant, csr, plain, with};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Label(usize);

/// Position-independent code, made of 32-bit instructions.
pub(super) struct Assembler {
    words: Vec<u32>,
    labels: Vec<Option<usize>>,
    branches: Vec<(usize, Branch)>,
}

struct Branch {
    op: Op,
    rd: u8,
    rs1: u8,
    rs2: u8,
    to: Label,
}

impl Assembler {
    pub(super) fn new() -> Self {
        Self {
            words: Vec::new(),
            labels: Vec::new(),
            branches: Vec::new(),
        }
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// The label is here.
    pub(super) fn bind(&mut self, label: Label) {
        let previous = self.labels[label.0].replace(self.words.len());
        assert!(previous.is_none(), "a label is at one place");
    }

    pub(super) fn word(&mut self, word: u32) {
        self.words.push(word);
    }

    pub(super) fn nullary(&mut self, op: Op) {
        self.word(plain(op));
    }

    /// `op rd, rs1, rs2`.
    pub(super) fn rrr(&mut self, op: Op, rd: u8, rs1: u8, rs2: u8) {
        self.word(with(op, rd, rs1, rs2, 0));
    }

    /// `op rd, rs1, imm`, and loads.
    pub(super) fn rri(&mut self, op: Op, rd: u8, rs1: u8, imm: i32) {
        self.word(with(op, rd, rs1, 0, imm));
    }

    pub(super) fn load(&mut self, rd: u8, base: u8, offset: usize) {
        assert!(offset < 2048, "an offset has 12 bits");
        self.rri(Op::Ld, rd, base, offset as i32);
    }

    pub(super) fn store(&mut self, op: Op, rs2: u8, base: u8, offset: usize) {
        assert!(offset < 2048, "an offset has 12 bits");
        self.word(with(op, 0, base, rs2, offset as i32));
    }

    pub(super) fn csr(&mut self, op: Op, rd: u8, number: Csr, rs1: u8) {
        self.word(csr(op, rd, number, rs1));
    }

    pub(super) fn read_csr(&mut self, rd: u8, number: Csr) {
        self.csr(Op::Csrrs, rd, number, 0);
    }

    pub(super) fn write_csr(&mut self, number: Csr, rs1: u8) {
        self.csr(Op::Csrrw, 0, number, rs1);
    }

    pub(super) fn constant(&mut self, rd: u8, value: u64) {
        self.words.extend(constant(rd, value));
    }

    pub(super) fn branch(&mut self, op: Op, rs1: u8, rs2: u8, to: Label) {
        let branch = Branch {
            op,
            rd: 0,
            rs1,
            rs2,
            to,
        };
        self.branches.push((self.words.len(), branch));
        self.word(0);
    }

    pub(super) fn jump(&mut self, to: Label) {
        self.branch(Op::Jal, 0, 0, to);
    }

    /// `mtvec` = label. The scratch register is written.
    pub(super) fn set_vector(&mut self, scratch: u8, to: Label) {
        self.rri(Op::Auipc, scratch, 0, 0);
        let from = self.words.len() - 1;
        let branch = Branch {
            op: Op::Addi,
            rd: scratch,
            rs1: scratch,
            rs2: 0,
            to,
        };
        self.branches.push((from + 1, branch));
        self.word(0);
        self.write_csr(Csr::Mtvec, scratch);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        for (at, branch) in &self.branches {
            let to = self.labels[branch.to.0].expect("every label is bound");
            // An addi completes the auipc before it.
            let from = if branch.op == Op::Addi { at - 1 } else { *at };
            let offset = 4 * (to as i32 - from as i32);
            self.words[*at] = with(branch.op, branch.rd, branch.rs1, branch.rs2, offset);
        }
        self.words
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect()
    }
}
