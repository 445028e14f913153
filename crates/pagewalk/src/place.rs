//! Addresses in words: the symbol, the instruction.

use std::fmt::Write;

use pagewalk_machine::isa::{IsaSet, disassemble_word};
use pagewalk_machine::loader::{Place, Program};
use pagewalk_machine::mmu::Privilege;
use pagewalk_machine::{Config, Machine};

use crate::size::grouped;

/// A machine, and the names of what runs on it.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) machine: &'a Machine,
    /// If it is more than flat binaries.
    pub(crate) program: Option<&'a Program>,
    pub(crate) board: &'a Config,
}

impl<'a> Scene<'a> {
    /// The symbol at an address.
    fn symbol(&self, address: u64) -> Option<Place<'a>> {
        self.program?.symbols.locate(address)
    }

    /// `0x80000010 <main+0x10>`. Code that runs at another address than it was
    /// linked for is known by where it lies in memory.
    pub(crate) fn place(&self, hart: usize, privilege: Privilege, pc: u64) -> String {
        let mut text = format!("{pc:#x}");
        let place = self.symbol(pc).or_else(|| {
            let pa = self.machine.code_address(hart, privilege, pc)?;
            self.symbol(pa)
        });
        if let Some(place) = place {
            write!(text, " <{place}>").expect("writing to a string");
        }
        text
    }

    /// `0x80002000 <table+0x8>`, for data.
    pub(crate) fn address(&self, address: u64) -> String {
        match self.symbol(address) {
            Some(place) => format!("{address:#x} <{place}>"),
            None => format!("{address:#x}"),
        }
    }

    /// The instruction at `pc` in assembly language, if it can be fetched.
    pub(crate) fn instruction(&self, hart: usize, privilege: Privilege, pc: u64) -> Option<String> {
        let raw = self.machine.instruction_at(hart, privilege, pc)?;
        Some(assembly(raw, pc, self.board.isa))
    }

    /// Where each hart is, a line each.
    pub(crate) fn harts(&self) -> Vec<String> {
        let harts = self.machine.harts().enumerate();
        harts
            .map(|(index, hart)| {
                let (privilege, pc) = (hart.privilege(), hart.pc());
                let mut line = format!(
                    "hart {index} at {} in {privilege}, after {} instructions",
                    self.place(index, privilege, pc),
                    grouped(hart.retired()),
                );
                if let Some(next) = self.instruction(index, privilege, pc) {
                    write!(line, "; next: {next}").expect("writing to a string");
                }
                line
            })
            .collect()
    }
}

/// An instruction in assembly language; what is none, as it lies in memory.
pub(crate) fn assembly(raw: u32, pc: u64, isa: IsaSet) -> String {
    disassemble_word(raw, pc, isa).to_string()
}
