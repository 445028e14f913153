//! What all programs have in common: the code that starts a program, handles
//! its traps in M-mode, and dumps its state at its end.
//!
//! Traps that a program has delegated to S-mode come here too: their handler
//! is an `ecall`.

use pagewalk_isa::csr::fields::MSTATUS_FS;
use pagewalk_isa::{Csr, Extension, IsaSet, Op};

use super::assembler::{Assembler, Label};
use super::layout::{
    BLOCK_SIZE, DUMP_BLOCKS, DUMP_CSRS, DUMP_F, DUMP_LOG, DUMP_TRAPS, DUMP_X, ENDED, LOG_ENTRIES,
    SAVE, SIGNATURE, SIGNATURE_END, TOHOST, VARIABLES, dumped, fixed,
};

/// Words of a program's descriptor.
pub(super) mod descriptor {
    pub(in super::super) const CSRS: usize = 0;
    pub(in super::super) const F: usize = 64;
    pub(in super::super) const X: usize = 96;
    /// The dump of the program.
    pub(in super::super) const DUMP: usize = 128;
    /// The code: address that the program sees, size, physical address.
    pub(in super::super) const CODE: usize = 129;
    pub(in super::super) const CODE_SIZE: usize = 130;
    pub(in super::super) const CODE_PHYSICAL: usize = 131;
    /// Address of the instruction that ends the program.
    pub(in super::super) const END: usize = 132;
    /// Address of the trap handler of S-mode.
    pub(in super::super) const RELAY: usize = 133;
    /// The program's privilege, as `mstatus.MPP`.
    pub(in super::super) const HOME: usize = 134;
    /// Memory to be summed up in the dump: from, to.
    pub(in super::super) const MEMORY: usize = 135;
    pub(in super::super) const MEMORY_END: usize = 136;
    /// Descriptor of the next program, or 0.
    pub(in super::super) const NEXT: usize = 137;
    pub(in super::super) const WORDS: usize = 138;
}

/// The CSRs that a program starts with, in this order; `mstatus` comes last.
pub(super) const INITIAL: &[Csr] = &[
    Csr::Mcountinhibit,
    Csr::Fcsr,
    Csr::Medeleg,
    Csr::Mideleg,
    Csr::Mie,
    Csr::Mip,
    Csr::Menvcfg,
    Csr::Senvcfg,
    Csr::Mcounteren,
    Csr::Scounteren,
    Csr::Stvec,
    Csr::Stimecmp,
    Csr::Sepc,
    Csr::Scause,
    Csr::Stval,
    Csr::Satp,
    Csr::Pmpcfg(0),
    Csr::Pmpcfg(2),
    Csr::Pmpaddr(0),
    Csr::Pmpaddr(1),
    Csr::Pmpaddr(2),
    Csr::Pmpaddr(3),
    Csr::Pmpaddr(4),
    Csr::Pmpaddr(5),
    Csr::Pmpaddr(15),
    Csr::Mepc,
    Csr::Mcause,
    Csr::Mtval,
    Csr::Minstret,
    Csr::Mcycle,
    Csr::Mstatus,
];

/// Variables of the runtime: the next descriptor, then the argument blocks of
/// two semihosting calls and a file name.
const OPEN_BLOCK: usize = 16;
const WRITE_BLOCK: usize = 48;
const FILE_NAME: usize = 80;

/// Places in the save area behind the integer registers.
const SAVED_STATUS: usize = 256;
const SAVED_DESCRIPTOR: usize = 264;

const MPP: u64 = 3 << 11;
const SPP_TO_MPP: i32 = 11 - 8;
const SPP: i32 = 1 << 8;
const MACHINE_TIMER_COMPARE: u64 = 0x0200_4000;
const FINISHER: u64 = 0x0010_0000;
const FINISHER_PASS: u64 = 0x5555;
const EXIT_SUCCESS: u64 = 1;
const ECALL_FROM_S: i32 = 9;
const INSTRUCTION_PAGE_FAULT: i32 = 12;

const SAVED: std::ops::Range<u8> = 1..32;

/// The code at the start of RAM.
pub(super) fn code(isa: IsaSet) -> Vec<u8> {
    let mut a = Assembler::new();
    let runtime = Runtime { isa };
    let (handler, next, ended) = (a.label(), a.label(), a.label());
    a.set_vector(5, handler);
    a.constant(5, MACHINE_TIMER_COMPARE);
    a.rri(Op::Addi, 6, 0, -1);
    a.store(Op::Sd, 6, 5, 0);
    a.bind(next);
    runtime.start_next(&mut a, ended);
    a.bind(handler);
    runtime.handle(&mut a, next);
    a.bind(ended);
    runtime.end(&mut a);
    a.finish()
}

/// The variables before the first program.
pub(super) fn variables(first_descriptor: u64) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    let mut put = |offset: usize, value: u64| {
        bytes[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
    };
    put(0, first_descriptor);
    const NAME: &[u8] = b":tt";
    const WRITE: u64 = 4;
    put(OPEN_BLOCK, VARIABLES + FILE_NAME as u64);
    put(OPEN_BLOCK + 8, WRITE);
    put(OPEN_BLOCK + 16, NAME.len() as u64);
    put(WRITE_BLOCK + 8, SIGNATURE);
    put(WRITE_BLOCK + 16, SIGNATURE_END - SIGNATURE);
    bytes[FILE_NAME..FILE_NAME + NAME.len()].copy_from_slice(NAME);
    bytes
}

struct Runtime {
    isa: IsaSet,
}

impl Runtime {
    /// Load and store of a whole floating-point register, if there are any.
    fn float_access(&self) -> Option<(Op, Op)> {
        if self.isa.contains(Extension::D) {
            Some((Op::Fld, Op::Fsd))
        } else if self.isa.contains(Extension::F) {
            Some((Op::Flw, Op::Fsw))
        } else {
            None
        }
    }

    /// Starts the program whose descriptor is next.
    fn start_next(&self, a: &mut Assembler, ended: Label) {
        const DESCRIPTOR: u8 = 31;
        const SCRATCH: u8 = 30;
        let word = |index: usize| 8 * index;
        a.constant(SCRATCH, VARIABLES);
        a.load(DESCRIPTOR, SCRATCH, 0);
        a.branch(Op::Beq, DESCRIPTOR, 0, ended);
        a.load(29, DESCRIPTOR, word(descriptor::NEXT));
        a.store(Op::Sd, 29, SCRATCH, 0);
        a.constant(SCRATCH, SAVE);
        a.write_csr(Csr::Mscratch, SCRATCH);
        a.store(Op::Sd, DESCRIPTOR, SCRATCH, SAVED_DESCRIPTOR);
        if self.isa.contains(Extension::Zalrsc) {
            // Ends a reservation that the last program may have left.
            a.rrr(Op::ScW, 0, SCRATCH, 0);
        }
        if let Some((load, _)) = self.float_access() {
            a.constant(SCRATCH, MSTATUS_FS);
            a.csr(Op::Csrrs, 0, Csr::Mstatus, SCRATCH);
            for number in 0..32 {
                let offset = word(descriptor::F + usize::from(number)) as i32;
                a.rri(load, number, DESCRIPTOR, offset);
            }
        }
        for (index, csr) in INITIAL.iter().enumerate() {
            if csr.exists(self.isa) {
                a.load(SCRATCH, DESCRIPTOR, word(descriptor::CSRS + index));
                a.write_csr(*csr, SCRATCH);
            }
        }
        a.rrr(Op::SfenceVma, 0, 0, 0);
        for number in SAVED {
            if number != DESCRIPTOR {
                a.load(
                    number,
                    DESCRIPTOR,
                    word(descriptor::X + usize::from(number)),
                );
            }
        }
        a.load(
            DESCRIPTOR,
            DESCRIPTOR,
            word(descriptor::X + usize::from(DESCRIPTOR)),
        );
        a.nullary(Op::Mret);
    }

    /// Logs a trap and goes on behind the instruction, or where the program
    /// wants to go on if nothing could be fetched.
    fn handle(&self, a: &mut Assembler, next: Label) {
        const SAVED_AT: u8 = 5;
        const DESC: u8 = 7;
        const CAUSE: u8 = 8;
        const EPC: u8 = 9;
        const TVAL: u8 = 10;
        const STATUS: u8 = 11;
        const T0: u8 = 13;
        const T1: u8 = 14;
        const DUMP: u8 = 15;
        const T2: u8 = 16;
        let (finish, direct, resume, leave) = (a.label(), a.label(), a.label(), a.label());

        // MPRV must be off before the first store, which takes a register
        // more than mscratch can free: sscratch is the other one. Its bits
        // make the save area's address clear MPRV and nothing else.
        a.csr(Op::Csrrw, 5, Csr::Mscratch, 5);
        a.csr(Op::Csrrw, 6, Csr::Sscratch, 6);
        a.csr(Op::Csrrc, 6, Csr::Mstatus, SAVED_AT);
        a.store(Op::Sd, 6, SAVED_AT, SAVED_STATUS);
        a.read_csr(6, Csr::Sscratch);
        a.store(Op::Sd, 6, SAVED_AT, 8 * 6);
        a.read_csr(6, Csr::Mscratch);
        a.store(Op::Sd, 6, SAVED_AT, 8 * 5);
        a.write_csr(Csr::Mscratch, SAVED_AT);
        for number in SAVED.filter(|number| ![5, 6].contains(number)) {
            a.store(Op::Sd, number, SAVED_AT, 8 * usize::from(number));
        }

        a.load(DESC, SAVED_AT, SAVED_DESCRIPTOR);
        a.read_csr(CAUSE, Csr::Mcause);
        a.read_csr(EPC, Csr::Mepc);
        a.read_csr(TVAL, Csr::Mtval);
        a.load(STATUS, SAVED_AT, SAVED_STATUS);

        // A trap that S-mode has passed on: go back as `sret` would.
        a.rri(Op::Addi, T0, 0, ECALL_FROM_S);
        a.branch(Op::Bne, CAUSE, T0, direct);
        a.load(T0, DESC, 8 * descriptor::RELAY);
        a.branch(Op::Bne, EPC, T0, direct);
        a.read_csr(CAUSE, Csr::Scause);
        a.read_csr(EPC, Csr::Sepc);
        a.read_csr(TVAL, Csr::Stval);
        a.rri(Op::Andi, T0, STATUS, SPP);
        a.rri(Op::Slli, T0, T0, SPP_TO_MPP);
        a.constant(T1, !MPP);
        a.rrr(Op::And, STATUS, STATUS, T1);
        a.rrr(Op::Or, STATUS, STATUS, T0);
        a.bind(direct);

        a.load(T0, DESC, 8 * descriptor::END);
        a.branch(Op::Beq, EPC, T0, finish);
        a.load(DUMP, DESC, 8 * descriptor::DUMP);
        a.load(T0, DUMP, 8 * DUMP_TRAPS);
        a.rri(Op::Addi, T1, 0, LOG_ENTRIES as i32);
        a.branch(Op::Bgeu, T0, T1, finish);
        a.rri(Op::Slli, T2, T0, 5);
        a.rrr(Op::Add, T2, T2, DUMP);
        for (field, register) in [CAUSE, EPC, TVAL, STATUS].into_iter().enumerate() {
            a.store(Op::Sd, register, T2, 8 * (DUMP_LOG + field));
        }
        a.rri(Op::Addi, T0, T0, 1);
        a.store(Op::Sd, T0, DUMP, 8 * DUMP_TRAPS);

        // An interrupt comes once.
        let exception = a.label();
        a.branch(Op::Bge, CAUSE, 0, exception);
        a.write_csr(Csr::Mie, 0);
        a.jump(leave);
        a.bind(exception);
        a.rri(Op::Sltiu, T0, CAUSE, 2);
        a.branch(Op::Bne, T0, 0, resume);
        a.rri(Op::Addi, T0, 0, INSTRUCTION_PAGE_FAULT);
        a.branch(Op::Beq, CAUSE, T0, resume);
        a.load(T0, DESC, 8 * descriptor::CODE);
        a.rrr(Op::Sub, T0, EPC, T0);
        a.load(T1, DESC, 8 * descriptor::CODE_SIZE);
        a.branch(Op::Bgeu, T0, T1, resume);
        a.load(T1, DESC, 8 * descriptor::CODE_PHYSICAL);
        a.rrr(Op::Add, T0, T0, T1);
        a.rri(Op::Lhu, T0, T0, 0);
        // Two bytes, or four if the low bits are 11.
        a.rri(Op::Andi, T0, T0, 3);
        a.rri(Op::Addi, T0, T0, 1);
        a.rri(Op::Srli, T0, T0, 2);
        a.rri(Op::Slli, T0, T0, 1);
        a.rri(Op::Addi, T0, T0, 2);
        a.rrr(Op::Add, EPC, EPC, T0);
        a.jump(leave);

        a.bind(resume);
        a.load(EPC, SAVED_AT, 8 * usize::from(fixed::RESUME));
        a.constant(T1, !MPP);
        a.rrr(Op::And, STATUS, STATUS, T1);
        a.load(T0, DESC, 8 * descriptor::HOME);
        a.rrr(Op::Or, STATUS, STATUS, T0);

        a.bind(leave);
        a.write_csr(Csr::Mepc, EPC);
        a.store(Op::Sd, STATUS, SAVED_AT, SAVED_STATUS);
        for number in SAVED.filter(|number| ![5, 6].contains(number)) {
            a.load(number, SAVED_AT, 8 * usize::from(number));
        }
        a.load(6, SAVED_AT, 8 * 6);
        a.write_csr(Csr::Sscratch, 6);
        a.load(6, SAVED_AT, 8 * 5);
        a.write_csr(Csr::Mscratch, 6);
        a.load(6, SAVED_AT, SAVED_STATUS);
        a.write_csr(Csr::Mstatus, 6);
        a.read_csr(6, Csr::Sscratch);
        a.csr(Op::Csrrw, 5, Csr::Mscratch, 5);
        a.nullary(Op::Mret);

        a.bind(finish);
        self.dump(a, [DESC, SAVED_AT, EPC]);
        a.jump(next);
    }

    /// Writes the dump of the program that has ended.
    fn dump(&self, a: &mut Assembler, [desc, saved, epc]: [u8; 3]) {
        const DUMP: u8 = 15;
        const T0: u8 = 13;
        const SUM: u8 = 14;
        const FROM: u8 = 16;
        const TO: u8 = 17;
        const BLOCK_END: u8 = 18;
        const T1: u8 = 19;
        a.load(DUMP, desc, 8 * descriptor::DUMP);
        a.load(T0, desc, 8 * descriptor::END);
        a.rrr(Op::Sub, T0, T0, epc);
        a.rri(Op::Sltiu, T0, T0, 1);
        const { assert!(ENDED == 1, "what sltiu gives") };
        a.store(Op::Sd, T0, DUMP, 8 * DUMP_X);
        for number in SAVED {
            let index = usize::from(number);
            a.load(T0, saved, 8 * index);
            a.store(Op::Sd, T0, DUMP, 8 * (DUMP_X + index));
        }
        // FS may be off.
        if let Some((_, store)) = self.float_access() {
            a.constant(T0, MSTATUS_FS);
            a.csr(Op::Csrrs, 0, Csr::Mstatus, T0);
            for number in 0..32 {
                a.store(store, number, DUMP, 8 * (DUMP_F + usize::from(number)));
            }
        }
        for (index, csr) in dumped(self.isa) {
            a.read_csr(T0, csr);
            a.store(Op::Sd, T0, DUMP, 8 * index);
        }
        const { assert!(DUMP_CSRS + super::layout::DUMPED.len() <= DUMP_TRAPS) };
        a.write_csr(Csr::Satp, 0);
        // An access that an entry covers in part fails even in M-mode.
        a.write_csr(Csr::Pmpcfg(0), 0);
        a.rrr(Op::SfenceVma, 0, 0, 0);

        a.load(FROM, desc, 8 * descriptor::MEMORY);
        a.load(TO, desc, 8 * descriptor::MEMORY_END);
        a.constant(T0, 8 * DUMP_BLOCKS as u64);
        a.rrr(Op::Add, DUMP, DUMP, T0);
        let (block, word) = (a.label(), a.label());
        a.bind(block);
        a.rri(Op::Addi, SUM, 0, 0);
        a.rri(Op::Addi, BLOCK_END, FROM, BLOCK_SIZE as i32);
        a.bind(word);
        a.load(T0, FROM, 0);
        a.rri(Op::Slli, T1, SUM, 5);
        a.rrr(Op::Sub, SUM, T1, SUM);
        a.rrr(Op::Add, SUM, SUM, T0);
        a.rri(Op::Addi, FROM, FROM, 8);
        a.branch(Op::Bltu, FROM, BLOCK_END, word);
        a.store(Op::Sd, SUM, DUMP, 0);
        a.rri(Op::Addi, DUMP, DUMP, 8);
        a.branch(Op::Bltu, FROM, TO, block);
    }

    /// Hands the signature over and ends the run, in the way of whatever
    /// emulator this is: the others trap, or take no notice.
    fn end(&self, a: &mut Assembler) {
        const SYS_OPEN: i32 = 0x01;
        const SYS_WRITE: i32 = 0x05;
        const A0: u8 = 10;
        const A1: u8 = 11;
        let (exit, spin) = (a.label(), a.label());
        a.set_vector(5, exit);
        a.constant(8, VARIABLES);
        let call = |a: &mut Assembler, number: i32, block: usize| {
            a.rri(Op::Addi, A0, 0, number);
            a.rri(Op::Addi, A1, 8, block as i32);
            // The sequence that semihosting watches for.
            a.rri(Op::Slli, 0, 0, 0x1f);
            a.nullary(Op::Ebreak);
            a.rri(Op::Srai, 0, 0, 7);
        };
        call(a, SYS_OPEN, OPEN_BLOCK);
        a.store(Op::Sd, A0, 8, WRITE_BLOCK);
        call(a, SYS_WRITE, WRITE_BLOCK);
        a.bind(exit);
        a.set_vector(5, spin);
        a.constant(5, TOHOST);
        a.constant(6, EXIT_SUCCESS);
        a.store(Op::Sd, 6, 5, 0);
        a.constant(5, FINISHER);
        a.constant(6, FINISHER_PASS);
        a.store(Op::Sw, 6, 5, 0);
        a.bind(spin);
        a.jump(spin);
    }
}
