//! Mistakes that random programs have found (`cargo xtask diff`), each as a
//! small program of its own.

use pagewalk_isa::{Csr, ExceptionCause, Insn, Op, encode};
use pagewalk_machine::loader::Program;
use pagewalk_machine::{Config, Limits, Machine, Outcome};

const RAM: u64 = 0x8000_0000;
const TOHOST: u64 = RAM + 0x1000;
const ROOT: u64 = RAM + 0x2000;

/// `op rd, rs1, imm`.
fn rri(op: Op, rd: u8, rs1: u8, imm: i32) -> u32 {
    let insn = Insn {
        rd,
        rs1,
        imm,
        ..Insn::new(op)
    };
    encode(&insn)
}

/// `csrw csr, rs1`.
fn write_csr(csr: Csr, rs1: u8) -> u32 {
    rri(Op::Csrrw, 0, rs1, i32::from(csr.number()))
}

/// `rd` = a multiple of 4096 with up to 32 bits, zero-extended.
fn page_address(rd: u8, address: u64) -> [u32; 3] {
    [
        rri(Op::Lui, rd, 0, address as u32 as i32),
        rri(Op::Slli, rd, rd, 32),
        rri(Op::Srli, rd, rd, 32),
    ]
}

/// An ELF with these words at the start of RAM, and others at `ROOT`.
fn elf(code: &[u32], root: &[u64]) -> Vec<u8> {
    let mut memory: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    memory.resize((ROOT - RAM) as usize, 0);
    memory.extend(root.iter().flat_map(|word| word.to_le_bytes()));
    memory.resize(memory.len().next_multiple_of(8), 0);
    let (names, size) = (b"\0tohost\0\0", memory.len() as u64);
    let doubles = |values: &[u64]| -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    };
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xf3\0\x01\0\0\0".to_vec();
    const BODY: u64 = 64 + 56;
    let symbols = BODY + size;
    file.extend(doubles(&[RAM, 64, symbols + 48 + 16]));
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 3, 0, 2, 0]);
    file.extend([1, 0, 0, 0, 7, 0, 0, 0]);
    file.extend(doubles(&[BODY, RAM, RAM, size, size, 8]));
    file.extend(memory);
    file.extend([0; 24]);
    file.extend([1, 0, 0, 0, 0x10, 0, 0xf1, 0xff]);
    file.extend(doubles(&[TOHOST, 8]));
    file.extend(names);
    file.resize((symbols + 48 + 16) as usize, 0);
    file.extend([0; 64]);
    file.extend([0, 0, 0, 0, 2, 0, 0, 0]);
    file.extend(doubles(&[0, 0, symbols, 48]));
    file.extend([2, 0, 0, 0, 1, 0, 0, 0]);
    file.extend(doubles(&[8, 24]));
    file.extend([0, 0, 0, 0, 3, 0, 0, 0]);
    file.extend(doubles(&[0, 0, symbols + 48, names.len() as u64, 0, 1, 0]));
    file
}

/// Runs `body`, and behind it `handler`, to which traps lead too. Returns the
/// registers in the end.
fn run(body: &[u32], handler: &[u32], root: &[u64]) -> [u64; 32] {
    const HANDLER: u8 = 31;
    let mut code = vec![
        rri(Op::Auipc, HANDLER, 0, 0),
        rri(Op::Addi, HANDLER, HANDLER, 4 * (3 + body.len() as i32)),
        write_csr(Csr::Mtvec, HANDLER),
    ];
    code.extend(body);
    code.extend(handler);
    code.push(write_csr(Csr::Mstatus, 0));
    code.extend(page_address(HANDLER, TOHOST));
    code.push(rri(Op::Addi, 30, 0, 1));
    let store = Insn {
        rs1: HANDLER,
        rs2: 30,
        ..Insn::new(Op::Sd)
    };
    code.push(encode(&store));
    code.push(encode(&Insn::new(Op::Jal)));
    let program = Program::parse("found.elf", &elf(&code, root)).expect("a good ELF");
    let mut machine = Machine::new(&Config::default()).expect("a good configuration");
    machine.load(&program).expect("it fits");
    let outcome = machine.run(&Limits::instructions(10_000));
    assert!(
        matches!(outcome, Outcome::Exit { code: 0, .. }),
        "{outcome:?}"
    );
    *machine.hart(0).x()
}

/// CMO, Page-Fault, Guest-Page-Fault, and Access-Fault Exceptions: a
/// management instruction raises a page fault only if the page tables allow
/// no access at all. Here they allow to read, but no memory is there.
#[test]
fn a_cache_block_of_a_readable_page_without_memory_is_an_access_fault() {
    const READABLE: u64 = 0b100_0011;
    const NO_MEMORY: u64 = 0x20_0000_0000;
    const GIGAPAGE: u64 = 1 << 30;
    const MPRV_WITH_MPP_S: u64 = 1 << 17 | 1 << 11;
    const SV39: u64 = 8 << 60;
    for op in [Op::CboClean, Op::CboFlush, Op::CboInval] {
        let mut body = Vec::new();
        // Everything is open in PMP.
        body.extend([
            rri(Op::Addi, 5, 0, -1),
            write_csr(Csr::Pmpaddr(0), 5),
            rri(Op::Addi, 5, 0, 0x1f),
            write_csr(Csr::Pmpcfg(0), 5),
        ]);
        body.extend([
            rri(Op::Addi, 5, 0, (SV39 >> 60) as i32),
            rri(Op::Slli, 5, 5, 60 - 19),
            rri(Op::Addi, 5, 5, (ROOT >> 12 >> 19) as i32),
            rri(Op::Slli, 5, 5, 19),
            rri(Op::Addi, 5, 5, (ROOT >> 12 & 0x7ff) as i32),
            write_csr(Csr::Satp, 5),
        ]);
        body.extend(page_address(10, GIGAPAGE));
        body.extend([
            rri(Op::Addi, 5, 0, (MPRV_WITH_MPP_S >> 11) as i32),
            rri(Op::Slli, 5, 5, 11),
            write_csr(Csr::Mstatus, 5),
            rri(op, 0, 10, 0),
        ]);
        let handler = [
            rri(Op::Csrrs, 11, 0, i32::from(Csr::Mcause.number())),
            rri(Op::Csrrs, 12, 0, i32::from(Csr::Mtval.number())),
        ];
        let root = [0, NO_MEMORY >> 12 << 10 | READABLE];
        let x = run(&body, &handler, &root);
        let cause = u64::from(ExceptionCause::StoreAccessFault.number());
        assert_eq!((x[11], x[12]), (cause, GIGAPAGE), "{op:?}");
    }
}
