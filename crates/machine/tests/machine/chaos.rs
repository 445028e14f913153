//! Boards made of arbitrary bytes: whatever the guest is, the emulator does
//! not panic, comes to an end, keeps to its budget, and writes nowhere but to
//! the guest's memory. The fuzz target `machine` looks for exceptions; the test
//! tries some numbers of its own.

use std::hint::black_box;

use pagewalk_bus::{PhysAddr, Ram};
use pagewalk_isa::{Csr, Extension, Insn, IsaSet, Op, encode};
use pagewalk_machine::loader::Program;
use pagewalk_machine::{AdPolicy, Config, Limits, Machine, Outcome, RAM_BASE};

const PAGES: u64 = 64;
/// Set-up, constants for it, and three levels of page tables: a page each.
const CONSTANTS: u64 = RAM_BASE + 0x1000;
const ROOT: u64 = RAM_BASE + 0x2000;
const CODE: u64 = RAM_BASE + 0x5000;
const DATA: u64 = RAM_BASE + 0x1_0000;
const INSTRUCTIONS: u64 = 4000;

/// The input, as numbers; zeros follow at its end.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let len = N.min(self.0.len());
        let (now, later) = self.0.split_at(len);
        bytes[..len].copy_from_slice(now);
        self.0 = later;
        bytes
    }

    fn byte(&mut self) -> u8 {
        self.bytes::<1>()[0]
    }

    fn double(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// An address that leads somewhere, mostly.
    fn address(&mut self) -> u64 {
        let base = self.pick(&[
            CODE,
            CODE,
            DATA,
            DATA,
            DATA + 0xfff,
            ROOT,
            0x0200_0000,
            0x0200_4000,
            0x0010_0000,
            RAM_BASE + PAGES * 0x1000 - 8,
            0,
            u64::MAX - 7,
            (1 << 38) - 8,
        ]);
        base.wrapping_add(u64::from(self.byte()) * 2)
    }

    /// One instruction, or a word that may be none.
    fn instruction(&mut self) -> u32 {
        let [low, high, rd, rs1, rs2, rm, imm_low, imm_high] = self.bytes();
        let number = usize::from(u16::from_le_bytes([low, high]));
        let Some(op) = Op::ALL.get(number % (Op::ALL.len() + 8)) else {
            return u32::from_le_bytes([rd, rs1, rs2, rm]);
        };
        let imm = i32::from(i16::from_le_bytes([imm_low, imm_high]));
        let imm = match rm >> 6 {
            // A register that exists, for CSR instructions.
            0 => i32::from(Csr::ALL[imm as usize % Csr::ALL.len()].number()),
            1 => imm & !7,
            2 => imm >> 8,
            _ => imm,
        };
        encode(&Insn {
            rd: rd & 31,
            // Half of the bases point somewhere.
            rs1: if rs1 & 0x80 == 0 {
                8 + (rs1 & 7)
            } else {
                rs1 & 31
            },
            rs2: rs2 & 31,
            rs3: rs2 >> 3,
            rm: rm & 7,
            imm,
            ..Insn::new(*op)
        })
    }
}

fn config(input: &mut Input<'_>) -> Config {
    let mut isa = IsaSet::ANNOUNCED;
    let without = input.double();
    for (number, extension) in Extension::ALL.iter().enumerate() {
        // Three draws in a row: mostly, most extensions are there.
        let bits = without.rotate_right(number as u32);
        if bits & 0b111 == 0b111 && *extension != Extension::I {
            isa = isa.without(*extension);
        }
    }
    Config {
        memory: PAGES * 0x1000,
        harts: 1 + usize::from(input.byte() % 3),
        isa,
        ad: input.pick(&[AdPolicy::Hardware, AdPolicy::Fault, AdPolicy::Guest]),
        quantum: 1 + u64::from(input.byte()),
        ..Config::default()
    }
}

/// Mostly in the program itself.
fn handler(input: &mut Input<'_>) -> u64 {
    let near = CODE + 4 * u64::from(input.byte());
    let far = input.address() & !2;
    input.pick(&[near, near, near, near | 1, far])
}

/// Sets CSRs and leaves M-mode, or comes back to it.
fn set_up(input: &mut Input<'_>) -> (Vec<u32>, Vec<u64>) {
    let open = input.byte() & 1 != 0;
    let satp = 8 << 60 | u64::from(input.byte()) << 44 | ROOT >> 12;
    let registers = [
        (Csr::Mtvec, handler(input)),
        (Csr::Stvec, handler(input)),
        (Csr::Medeleg, input.double()),
        (Csr::Mideleg, input.double()),
        (Csr::Mie, input.double()),
        (Csr::Menvcfg, input.double()),
        (Csr::Senvcfg, input.double()),
        (Csr::Mcounteren, input.double()),
        (Csr::Stimecmp, u64::from(input.byte())),
        (
            Csr::Pmpaddr(0),
            if open { u64::MAX } else { input.address() >> 2 },
        ),
        (Csr::Pmpaddr(1), u64::MAX),
        (
            Csr::Pmpcfg(0),
            if open {
                0x1f1f
            } else {
                input.double() & 0x1f9f
            },
        ),
        (Csr::Satp, input.pick(&[0, satp, satp])),
        (
            Csr::Mepc,
            input.pick(&[CODE, CODE, CODE + 0x40, CODE + 0xffe]),
        ),
        (Csr::Mstatus, input.double()),
    ];
    let mut code = Vec::new();
    let mut constants = Vec::new();
    let immediate = |op, rd, rs1, imm| {
        encode(&Insn {
            rd,
            rs1,
            imm,
            ..Insn::new(op)
        })
    };
    code.push(immediate(Op::Auipc, 31, 0, 0x1000));
    let mut load = |code: &mut Vec<u32>, rd, value| {
        code.push(immediate(Op::Ld, rd, 31, 8 * constants.len() as i32));
        constants.push(value);
    };
    for (csr, value) in registers {
        load(&mut code, 30, value);
        code.push(immediate(Op::Csrrw, 0, 30, i32::from(csr.number())));
    }
    for register in 1..30 {
        let value = if (8..16).contains(&register) {
            input.address()
        } else {
            input.double()
        };
        load(&mut code, register, value);
    }
    code.push(encode(&Insn::new(Op::Mret)));
    (code, constants)
}

/// Tables that map RAM to itself, with permissions of all kinds.
fn tables(input: &mut Input<'_>) -> Vec<u8> {
    const TABLE: usize = 512;
    let mut entries = vec![0_u64; 3 * TABLE];
    let leaf = |address: u64, bits: u8| address >> 2 | u64::from(bits);
    let flags = |input: &mut Input<'_>| input.pick(&[0xcf, 0xdf, 0xc7, 0xcb, 0x0f, 0x1f, 0x4f, 0]);
    let pointer = |number: u64| (ROOT + number * 0x1000) >> 2 | 1;
    let is_deep = input.byte() & 3 != 0;
    entries[2] = if is_deep {
        pointer(1)
    } else {
        leaf(RAM_BASE, flags(input))
    };
    entries[0] = leaf(0, 0xc7);
    entries[TABLE] = pointer(2);
    entries[TABLE + 1] = leaf(RAM_BASE, flags(input));
    for page in 0..PAGES as usize {
        let bits = if input.byte() & 1 == 0 {
            0xcf
        } else {
            flags(input)
        };
        let target = if input.byte() & 0x1f == 0 {
            input.byte() % 64
        } else {
            page as u8
        };
        entries[2 * TABLE + page] = leaf(RAM_BASE + u64::from(target) * 0x1000, bits);
    }
    entries[511] = pointer(0);
    entries
        .iter()
        .flat_map(|entry| entry.to_le_bytes())
        .collect()
}

/// A machine as the bytes say.
fn build(bytes: &[u8]) -> Machine {
    let mut input = Input(bytes);
    let config = config(&mut input);
    let (code, constants) = set_up(&mut input);
    let tables = tables(&mut input);
    let mut memory = vec![0; (DATA - RAM_BASE) as usize];
    let mut put = |address: u64, bytes: &[u8]| {
        let at = (address - RAM_BASE) as usize;
        memory[at..at + bytes.len()].copy_from_slice(bytes);
    };
    let code: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    put(RAM_BASE, &code);
    let constants: Vec<u8> = constants
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    put(CONSTANTS, &constants);
    put(ROOT, &tables);
    let mut at = CODE;
    while !input.0.is_empty() && at + 4 <= DATA {
        let word = input.instruction();
        put(at, &word.to_le_bytes());
        at += if word & 3 == 3 { 4 } else { 2 };
    }
    let mut program = Program::parse("chaos", &pagewalk_machine::doc_elf()).expect("an ELF");
    program.tohost = Some(DATA + 0x800);
    program.fromhost = Some(DATA + 0x840);
    let segment = &mut program.segments[0];
    segment.mem_size = memory.len() as u64;
    segment.data = memory;
    let mut machine = Machine::new(&config).expect("a small board");
    machine.load(&program).expect("it fits");
    machine
}

/// Everything that a guest could find out, unless it has used translations: a
/// guest that does not fence may see different ones.
fn state(machine: &Machine) -> Option<(Vec<u64>, Vec<u8>)> {
    let mut state = Vec::new();
    for (index, hart) in machine.harts().enumerate() {
        if machine.csr(index, Csr::Satp) != 0 {
            return None;
        }
        state.extend([hart.retired(), hart.pc(), hart.privilege() as u64]);
        state.extend(hart.x());
        state.extend(hart.f());
        state.extend(Csr::ALL.map(|csr| machine.csr(index, csr)));
        state.extend(hart.counts().exceptions);
        state.extend(hart.counts().interrupts);
    }
    let mut memory = vec![0; (PAGES * 0x1000) as usize];
    machine.read_bytes(RAM_BASE, &mut memory).expect("RAM");
    Some((state, memory))
}

/// Runs for at most [`INSTRUCTIONS`], in pieces.
fn run(machine: &mut Machine, piece: u64) -> Outcome {
    loop {
        let before = machine.retired();
        let left = INSTRUCTIONS - before;
        let piece = piece.min(left);
        let outcome = machine.run(&Limits::instructions(piece));
        let ran = machine.retired() - before;
        assert!(ran <= piece, "{ran} instructions instead of {piece}");
        if outcome != Outcome::Budget {
            return outcome;
        }
        assert_eq!(ran, piece);
        if machine.retired() == INSTRUCTIONS {
            return outcome;
        }
    }
}

/// Memory that belongs to nobody, next to that of the guest, since mappings
/// are made side by side.
struct Neighbour(Ram);

impl Neighbour {
    fn new() -> Self {
        Self(Ram::new(PhysAddr(0), 0x1_0000).expect("a small mapping"))
    }

    fn check(&self) {
        let mut bytes = vec![0xff; 0x1_0000];
        self.0.read_bytes(PhysAddr(0), &mut bytes).expect("RAM");
        assert!(bytes.iter().all(|byte| *byte == 0), "a write outside RAM");
    }
}

/// Runs the machine that `bytes` describe. Panics if anything is wrong; says
/// how many instructions there were.
pub(crate) fn check(bytes: &[u8]) -> u64 {
    let one = Neighbour::new();
    let mut machine = build(bytes);
    let other = Neighbour::new();
    let outcome = run(&mut machine, INSTRUCTIONS);
    one.check();
    other.check();
    black_box(machine.stats());
    for index in 0..machine.harts().len() {
        let (privilege, pc) = (machine.hart(index).privilege(), machine.hart(index).pc());
        black_box(machine.instruction_at(index, privilege, pc));
    }
    let piece = 1 + u64::from(bytes.last().copied().unwrap_or(0));
    let mut again = build(bytes);
    let outcome_again = run(&mut again, piece);
    if let (Some(state), Some(state_again)) = (state(&machine), state(&again)) {
        assert_eq!(outcome, outcome_again, "in pieces of {piece}");
        assert!(
            state.0 == state_again.0,
            "another state in pieces of {piece}"
        );
        assert!(
            state.1 == state_again.1,
            "other memory in pieces of {piece}"
        );
    }
    machine.retired()
}

#[cfg(test)]
mod tests {
    use super::check;

    /// How many boards: a few seconds of them.
    const BOARDS: u64 = if cfg!(debug_assertions) { 400 } else { 4000 };

    #[test]
    fn no_guest_harms_the_emulator() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 33) as u8
        };
        let mut instructions = 0;
        for _ in 0..BOARDS {
            let bytes: Vec<u8> = (0..2500).map(|_| next()).collect();
            instructions += check(&bytes);
        }
        // Boards that trap in their first instruction would test nothing.
        assert!(instructions > 200 * BOARDS, "{instructions} instructions");
    }
}
