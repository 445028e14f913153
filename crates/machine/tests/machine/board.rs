//! Boards with a few instructions in memory.

use pagewalk_isa::{Csr, Op};
use pagewalk_machine::loader::Program;
use pagewalk_machine::{Config, FINISHER_BASE, Limits, Machine, Outcome, RAM_BASE, Width};

use crate::asm::{addi, csr, i, s};

/// Where tests put data: constants for [`Code::constant`] first.
pub(crate) const DATA: u64 = RAM_BASE + 0x1_0000;
/// Points at [`DATA`] from the start.
const CONSTANTS: u8 = 31;

/// Instructions that are put together piece by piece.
#[derive(Default)]
pub(crate) struct Code {
    pub(crate) words: Vec<u32>,
    constants: Vec<u64>,
}

impl Code {
    pub(crate) fn new() -> Self {
        let mut code = Self::default();
        // x31 = DATA, from the pc, which is RAM_BASE.
        code.push(i(Op::Auipc, CONSTANTS, 0, (DATA - RAM_BASE) as i32));
        code
    }

    pub(crate) fn push(&mut self, word: u32) {
        self.words.push(word);
    }

    pub(crate) fn extend(&mut self, words: impl IntoIterator<Item = u32>) {
        self.words.extend(words);
    }

    /// `rd = value`, by one instruction.
    pub(crate) fn constant(&mut self, rd: u8, value: u64) {
        let offset = 8 * self.constants.len() as i32;
        self.constants.push(value);
        self.push(i(Op::Ld, rd, CONSTANTS, offset));
    }

    /// `csr = value`, by way of x30.
    pub(crate) fn set(&mut self, register: Csr, value: u64) {
        self.constant(30, value);
        self.push(csr(Op::Csrrw, 0, register, 30));
    }

    /// Bytes from the start to here.
    pub(crate) fn here(&self) -> u64 {
        4 * self.words.len() as u64
    }

    /// Goes on at `offset` from the start.
    pub(crate) fn at(&mut self, offset: u64) {
        assert!(offset >= self.here());
        self.words.resize(offset as usize / 4, addi(0, 0, 0));
    }

    /// Ends the run with status 0.
    pub(crate) fn pass(&mut self) {
        self.constant(30, 0x5555);
        self.constant(29, FINISHER_BASE);
        self.push(s(Op::Sw, 30, 29, 0));
    }

    /// This as a program.
    pub(crate) fn program(&self) -> Program {
        let mut program = Program::parse("test", &pagewalk_machine::doc_elf()).expect("an ELF");
        program.tohost = None;
        let mut data: Vec<u8> = self
            .words
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        assert!(data.len() as u64 <= DATA - RAM_BASE);
        data.resize((DATA - RAM_BASE) as usize, 0);
        data.extend(self.constants.iter().flat_map(|value| value.to_le_bytes()));
        let segment = &mut program.segments[0];
        segment.mem_size = data.len() as u64;
        segment.data = data;
        program
    }

    /// A board with this in memory.
    pub(crate) fn machine(&self, config: &Config) -> Machine {
        let mut machine = Machine::new(config).expect("a board");
        machine.load(&self.program()).expect("it fits");
        machine
    }
}

pub(crate) fn small(harts: usize) -> Config {
    Config {
        memory: 4 << 20,
        harts,
        ..Config::default()
    }
}

/// Runs to the end; a guest that goes on for ever fails the test.
pub(crate) fn finish(machine: &mut Machine) -> Outcome {
    match machine.run(&Limits::instructions(50_000_000)) {
        Outcome::Budget => panic!("no end: pc {:#x}", machine.hart(0).pc()),
        outcome => outcome,
    }
}

pub(crate) fn word(machine: &Machine, address: u64) -> u64 {
    machine.read(address, Width::B8).expect("RAM")
}
