//! Random programs that do a little of everything: compute, load and store
//! (also into their own code, across pages, to a device), jump, read and write
//! CSRs, change privilege, trap.
//!
//! Registers `x28` to `x31` belong to the trap handler, which goes on behind
//! the instruction that trapped and sets up the pointers again.

use pagewalk_isa::{Csr, Extension, Format, Insn, IsaSet, Op, decode, encode};

use crate::asm::{addi, csr, i, plain, r};
use crate::board::{BASE, Board};
use crate::random::Random;

/// The trap handler.
const HANDLER: u64 = BASE;
/// What the pointers are set to.
const POINTERS: u64 = BASE + 0x800;
/// The program: two pages, so that 13 bits of an address are an offset.
pub(crate) const CODE: u64 = BASE + 0x2000;
const CODE_SIZE: u64 = 0x2000;
const DATA: u64 = BASE + 0x4000;
/// Where tests map a device.
pub(crate) const DEVICE: u64 = 0x1000_0000;
/// Pages of RAM that a program wants.
pub(crate) const PAGES: u64 = 16;

/// The registers that point somewhere.
const POINTER_REGISTERS: std::ops::RangeInclusive<u8> = 8..=13;
/// Registers that instructions may write.
const WRITABLE: u64 = 28;
const TABLE: u8 = 28;
const MPP: u8 = 29;
const CODE_BASE: u8 = 30;
const SCRATCH: u8 = 31;

/// Puts a random program into memory, and hart 0 at its start.
pub(crate) fn program(random: &mut Random, board: &mut Board, isa: IsaSet) {
    let mut handler = vec![
        csr(Op::Csrrs, SCRATCH, Csr::Mepc, 0),
        addi(SCRATCH, SCRATCH, 4),
        i(Op::Slli, SCRATCH, SCRATCH, 51),
        i(Op::Srli, SCRATCH, SCRATCH, 51),
        r(Op::Or, SCRATCH, SCRATCH, CODE_BASE),
        csr(Op::Csrrw, 0, Csr::Mepc, SCRATCH),
    ];
    if random.percent(70) {
        // Back to M-mode, whatever trapped.
        handler.push(csr(Op::Csrrs, 0, Csr::Mstatus, MPP));
    }
    for (index, pointer) in POINTER_REGISTERS.enumerate() {
        handler.push(i(Op::Ld, pointer, TABLE, 8 * index as i32));
    }
    handler.push(plain(Op::Mret));
    board.code(HANDLER, &handler);
    let pointers = [
        CODE + 8 * random.below(CODE_SIZE / 8),
        CODE + 0x1000 - 4,
        DATA + 0x100,
        DATA + 0x1000 - 4,
        DEVICE,
        DATA + random.below(0x3000),
    ];
    for (index, pointer) in pointers.into_iter().enumerate() {
        board.write(POINTERS + 8 * index as u64, pointer);
    }
    let mut generator = Generator::new(random, isa);
    let mut at = CODE;
    while at < CODE + CODE_SIZE - 4 {
        let word = generator.instruction();
        board.code(at, &[word]);
        at += if word & 3 == 3 { 4 } else { 2 };
    }
    // The start: sets up what the handler needs.
    let start = BASE + 0x1000;
    let set_up = [
        (Csr::Mtvec, HANDLER),
        (Csr::Stvec, HANDLER),
        (Csr::Pmpaddr(0), u64::MAX),
        (Csr::Pmpcfg(0), 0x1f),
        (Csr::Mcounteren, 7),
        (Csr::Mepc, CODE),
        (Csr::Mie, 0xaaa),
        (Csr::Mstatus, 3 << 11 | 3 << 13 | 1 << 7),
    ];
    let hart = &mut board.harts[0];
    let mut code = Vec::new();
    for (index, (register, value)) in set_up.into_iter().enumerate() {
        let number = 14 + index as u8;
        hart.set_x(number, value);
        code.push(csr(Op::Csrrw, 0, register, number));
    }
    for (index, pointer) in POINTER_REGISTERS.enumerate() {
        hart.set_x(pointer, pointers[index]);
    }
    code.push(plain(Op::Mret));
    hart.set_x(TABLE, POINTERS);
    hart.set_x(MPP, 3 << 11);
    hart.set_x(CODE_BASE, CODE);
    hart.set_pc(start);
    board.code(start, &code);
}

struct Generator<'a> {
    random: &'a mut Random,
    isa: IsaSet,
    compute: Vec<Op>,
    float: Vec<Op>,
    memory: Vec<Op>,
    atomic: Vec<Op>,
}

impl<'a> Generator<'a> {
    fn new(random: &'a mut Random, isa: IsaSet) -> Self {
        let of = |formats: &[Format]| -> Vec<Op> {
            let exists = |op: &Op| op.extension().is_met_by(isa);
            let ops = Op::ALL.iter().copied().filter(exists);
            ops.filter(|op| formats.contains(&op.format())).collect()
        };
        use Format as F;
        Self {
            random,
            isa,
            compute: of(&[F::I, F::Shift5, F::Shift6, F::R, F::Unary, F::U, F::MopR]),
            float: of(&[
                F::F4,
                F::FBinaryRm,
                F::FBinary,
                F::FUnaryRm,
                F::FCompare,
                F::FToXRm,
                F::FToX,
                F::XToFRm,
                F::XToF,
                F::Fli,
            ]),
            memory: of(&[F::Load, F::Store, F::FLoad, F::FStore]),
            atomic: of(&[F::Amo, F::Lr, F::AmoPair, F::Cbo]),
        }
    }

    fn instruction(&mut self) -> u32 {
        let insn = match self.random.below(100) {
            0..30 => self.with_operands(&self.compute.clone()),
            30..38 if !self.float.is_empty() => self.with_operands(&self.float.clone()),
            38..62 => self.memory_access(),
            62..68 if !self.atomic.is_empty() => self.atomic_access(),
            68..78 => self.branch(),
            78..82 => self.jump(),
            82..92 => self.csr_access(),
            92..94 => self.system(),
            94..99 if self.isa.contains(Extension::Zca) => return self.compressed(),
            99 => return self.random.next() as u32,
            _ => self.with_operands(&self.compute.clone()),
        };
        encode(&insn)
    }

    fn destination(&mut self) -> u8 {
        match self.random.below(WRITABLE) as u8 {
            // Mostly not the pointers.
            rd if POINTER_REGISTERS.contains(&rd) && self.random.percent(80) => rd + 8,
            rd => rd,
        }
    }

    fn pointer(&mut self) -> u8 {
        if self.random.percent(97) {
            8 + self.random.below(6) as u8
        } else {
            self.random.below(32) as u8
        }
    }

    fn with_operands(&mut self, ops: &[Op]) -> Insn {
        let op = self.random.pick(ops);
        Insn {
            rd: self.destination(),
            rs1: self.random.below(32) as u8,
            rs2: self.random.below(32) as u8,
            rs3: self.random.below(32) as u8,
            rm: self.random.pick(&[0, 1, 2, 3, 4, 7, 7, 7]),
            imm: self.random.next() as i32,
            ..Insn::new(op)
        }
    }

    fn memory_access(&mut self) -> Insn {
        let insn = self.with_operands(&self.memory.clone());
        let reach = if self.random.percent(90) { 64 } else { 2047 };
        let mut imm = self.random.between(-reach, reach);
        if self.random.percent(70) {
            imm &= !7;
        }
        Insn {
            rs1: self.pointer(),
            imm,
            ..insn
        }
    }

    fn atomic_access(&mut self) -> Insn {
        let insn = self.with_operands(&self.atomic.clone());
        Insn {
            rd: insn.rd & !1,
            rs1: self.pointer(),
            rs2: insn.rs2 & !1,
            ..insn
        }
    }

    /// By up to 60 instructions, more often forward.
    fn distance(&mut self) -> i32 {
        let distance = self.random.between(-40, 160);
        let unit = if self.random.percent(90) { 4 } else { 2 };
        distance * unit
    }

    fn branch(&mut self) -> Insn {
        let op = self
            .random
            .pick(&[Op::Beq, Op::Bne, Op::Blt, Op::Bge, Op::Bltu, Op::Bgeu]);
        let insn = self.with_operands(&[op]);
        let imm = self.distance();
        Insn { imm, ..insn }
    }

    fn jump(&mut self) -> Insn {
        let rd = self.random.pick(&[0, 1, 5]);
        if self.random.percent(50) {
            return Insn {
                rd,
                imm: self.distance(),
                ..Insn::new(Op::Jal)
            };
        }
        Insn {
            rd,
            rs1: self.random.pick(&[8, 8, 9, 1, 5]),
            imm: self.random.between(-32, 64) * 4,
            ..Insn::new(Op::Jalr)
        }
    }

    fn csr_access(&mut self) -> Insn {
        use Csr::*;
        let ops = [
            Op::Csrrw,
            Op::Csrrs,
            Op::Csrrc,
            Op::Csrrwi,
            Op::Csrrsi,
            Op::Csrrci,
        ];
        let insn = self.with_operands(&ops);
        let harmless = [
            Fflags,
            Frm,
            Fcsr,
            Mscratch,
            Sscratch,
            Mcycle,
            Minstret,
            Mcountinhibit,
            Sepc,
            Scause,
            Stval,
            Mie,
            Mip,
            Sip,
            Sie,
            Stimecmp,
            Menvcfg,
            Senvcfg,
            Mcause,
            Mtval,
            Scounteren,
        ];
        let read = [
            Cycle, Time, Instret, Minstret, Mcycle, Mip, Sip, Mstatus, Sstatus, Misa, Mhartid, Mepc,
        ];
        let (csr, rs1) = match self.random.below(100) {
            0..45 => (self.random.pick(&harmless), insn.rs1),
            45..85 => (self.random.pick(&read), 0),
            85..92 => (
                self.random.pick(&[Mstatus, Sstatus, Medeleg, Mideleg]),
                insn.rs1,
            ),
            // A timer of the near future: time, plus a little.
            92..96 => (Stimecmp, 0),
            _ => (self.random.pick(&Csr::ALL), insn.rs1),
        };
        let op = if rs1 == 0 && !matches!(csr, Stimecmp) {
            Op::Csrrs
        } else {
            insn.op
        };
        Insn {
            op,
            rs1,
            imm: i32::from(csr.number()),
            ..Insn {
                raw: Insn::new(op).raw,
                ..insn
            }
        }
    }

    fn system(&mut self) -> Insn {
        let op = self.random.pick(&[
            Op::Ecall,
            Op::Ebreak,
            Op::Wfi,
            Op::Mret,
            Op::Sret,
            Op::SfenceVma,
            Op::FenceI,
            Op::Fence,
        ]);
        self.with_operands(&[op])
    }

    fn compressed(&mut self) -> u32 {
        loop {
            let word = self.random.next() as u32 & 0xffff;
            let fits = decode(word, self.isa).is_some_and(|insn| {
                word & 3 != 3 && u64::from(insn.rd) < WRITABLE && insn.op != Op::Jalr
            });
            if fits {
                return word;
            }
        }
    }
}
