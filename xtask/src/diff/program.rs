//! A random program, and the ELF that holds many of them.

use std::collections::HashMap;

use pagewalk_isa::csr::Csr;
use pagewalk_isa::{IsaSet, Op, Privilege};

use super::code::{Unit, assemble, plain};
use super::elf::{self, Segment, Symbol};
use super::layout::{
    CODE_ROOM, DUMP_BLOCKS, DUMP_WORDS, FROMHOST, RELAY, RUNTIME, SIGNATURE, SIGNATURE_END, Slot,
    TOHOST, VARIABLES,
};
use super::runtime::{self, INITIAL, descriptor};

/// A program, with the state that it starts in.
#[derive(Clone)]
pub(super) struct Program {
    /// Its number in the run.
    pub(super) index: u64,
    /// The privilege that it starts in.
    pub(super) home: Privilege,
    /// How it came to be, for a report.
    pub(super) style: String,
    /// Registers that do not start as zero.
    pub(super) csrs: HashMap<Csr, u64>,
    pub(super) x: [u64; 32],
    pub(super) f: [u64; 32],
    pub(super) units: Vec<Unit>,
    /// Data pages and page tables.
    pub(super) memory: Vec<u8>,
    /// Where the program sees its code and the handler of S-mode.
    pub(super) code_address: u64,
    pub(super) relay_address: u64,
}

impl Program {
    pub(super) fn slot(&self) -> Slot {
        Slot::of(self.index)
    }

    /// How many instructions it has.
    pub(super) fn instructions(&self) -> u64 {
        let code = assemble(&self.units);
        let mut rest = &code[..];
        let mut count = 0;
        while let Some(first) = rest.first() {
            rest = &rest[if first & 3 == 3 { 4 } else { 2 }..];
            count += 1;
        }
        count
    }

    /// The same program with other units.
    pub(super) fn with_units(&self, units: Vec<Unit>) -> Self {
        Self {
            units,
            ..self.clone()
        }
    }

    /// The descriptor that the runtime reads.
    fn descriptor(&self, code_size: u64, next: u64) -> Vec<u8> {
        let mut words = vec![0; descriptor::WORDS];
        let end = self.code_address + code_size - 4;
        let slot = self.slot();
        for (index, csr) in INITIAL.iter().enumerate() {
            words[descriptor::CSRS + index] = match csr {
                Csr::Mepc => self.code_address,
                Csr::Stvec => self.relay_address,
                Csr::Mstatus => self.csrs.get(csr).copied().unwrap_or(0) | self.home_bits(),
                _ => self.csrs.get(csr).copied().unwrap_or(0),
            };
        }
        words[descriptor::F..descriptor::F + 32].copy_from_slice(&self.f);
        words[descriptor::X..descriptor::X + 32].copy_from_slice(&self.x);
        words[descriptor::X + usize::from(super::layout::fixed::RESUME)] = end;
        words[descriptor::DUMP] = slot.dump();
        words[descriptor::CODE] = self.code_address;
        words[descriptor::CODE_SIZE] = code_size;
        words[descriptor::CODE_PHYSICAL] = slot.code();
        words[descriptor::END] = end;
        words[descriptor::RELAY] = self.relay_address;
        words[descriptor::HOME] = self.home_bits();
        words[descriptor::MEMORY] = slot.memory();
        words[descriptor::MEMORY_END] = slot.memory() + self.memory.len() as u64;
        words[descriptor::NEXT] = next;
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn home_bits(&self) -> u64 {
        (self.home as u64) << 11
    }
}

/// The programs as one executable. Their slots are all different.
pub(super) fn executable(programs: &[&Program], isa: IsaSet) -> Vec<u8> {
    let first = programs
        .first()
        .map_or(0, |first| first.slot().descriptor());
    let mut segments = vec![
        segment(RUNTIME, runtime::code(isa)),
        segment(TOHOST, vec![0; 128]),
        segment(VARIABLES, runtime::variables(first)),
        segment(RELAY, plain(Op::Ecall).to_le_bytes().to_vec()),
        segment(SIGNATURE, vec![0; (SIGNATURE_END - SIGNATURE) as usize]),
    ];
    for (number, program) in programs.iter().enumerate() {
        let slot = program.slot();
        let next = programs
            .get(number + 1)
            .map_or(0, |next| next.slot().descriptor());
        let code = assemble(&program.units);
        assert!(code.len() as u64 <= CODE_ROOM, "a program is not that long");
        let blocks = program.memory.len() as u64 / super::layout::BLOCK_SIZE;
        assert!(
            DUMP_BLOCKS + blocks as usize <= DUMP_WORDS,
            "all is summed up"
        );
        let descriptor = program.descriptor(code.len() as u64, next);
        segments.push(segment(slot.code(), code));
        segments.push(segment(slot.descriptor(), descriptor));
        segments.push(segment(slot.memory(), program.memory.clone()));
    }
    let symbol = |name, value, size| Symbol { name, value, size };
    let symbols = [
        symbol("tohost", TOHOST, 8),
        symbol("fromhost", FROMHOST, 8),
        symbol("begin_signature", SIGNATURE, 0),
        symbol("end_signature", SIGNATURE_END, 0),
    ];
    elf::write(RUNTIME, &segments, &symbols)
}

fn segment(address: u64, bytes: Vec<u8>) -> Segment {
    Segment { address, bytes }
}
