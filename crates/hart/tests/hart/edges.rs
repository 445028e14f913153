//! Where ranges end: pages, the address space, regions of PMP.

use pagewalk_isa::{Csr, Op};
use pagewalk_mmu::Pte;

use crate::asm::{csr, i, jal, li, nop, plain, s};
use crate::board::{BASE, Board};

const TABLES: u64 = BASE + 0x10_0000;
const HANDLER: u64 = BASE;
const PROGRAM: u64 = BASE + 0x100;
const READ_WRITE: u64 = Pte::V | Pte::R | Pte::W | Pte::A;
/// The registers that hold an address and data.
const ADDRESS: u8 = 5;
const DATA: u8 = 6;

/// Executes one instruction on data in M-mode under MPRV, with the privilege
/// of S-mode, Sv39 and these PMP entries. Traps end in `j .`.
fn access(board: &mut Board, pmp: [(u64, u64); 2], instruction: u32) {
    board.code(HANDLER, &[jal(0, 0)]);
    let mut code = Vec::new();
    let registers = [
        (Csr::Mtvec, HANDLER),
        (Csr::Mcause, 0),
        (Csr::Menvcfg, 1 << 61 | 0xf0),
        (Csr::Pmpaddr(0), pmp[0].0),
        (Csr::Pmpaddr(1), pmp[1].0),
        (Csr::Pmpcfg(0), pmp[0].1 | pmp[1].1 << 8),
        (Csr::Satp, 8 << 60 | TABLES >> 12),
        (Csr::Mstatus, 1 << 11 | 1 << 17),
    ];
    for (number, (register, value)) in (20..).zip(registers) {
        board.harts[0].set_x(number, value);
        code.push(csr(Op::Csrrw, 0, register, number));
    }
    code.extend([instruction, jal(0, 0)]);
    board.code(PROGRAM, &code);
    board.call(0, PROGRAM);
}

const OPEN: [(u64, u64); 2] = [(0, 0), (u64::MAX, 0x1f)];

/// D says that a page was written to. A zeroed block of which PMP forbids a
/// part writes nothing.
#[test]
fn a_block_that_may_not_be_zeroed_leaves_the_page_clean() {
    let (va, page) = (0x40_0000, BASE + 0x4000);
    let mut board = Board::new(512, 1);
    let leaf = board.map(TABLES, va, page, READ_WRITE);
    board.write(page, 7);
    board.harts[0].set_x(ADDRESS, va + 8);
    let zero = i(Op::CboZero, 0, ADDRESS, 0);
    // The last 8 bytes of the block are read-only.
    let last = (page + 56) >> 2;
    access(&mut board, [(last, 0x19), OPEN[1]], zero);
    assert_eq!(board.csr(0, Csr::Mcause), 7);
    assert_eq!(board.csr(0, Csr::Mtval), va + 8);
    assert_eq!(board.read(page), 7);
    assert_eq!(board.read(leaf) & Pte::D, 0);
    access(&mut board, OPEN, zero);
    assert_eq!(board.csr(0, Csr::Mcause), 0);
    assert_eq!(board.read(page), 0);
    assert_eq!(board.read(leaf) & Pte::D, Pte::D);
}

/// The bytes on both sides of the end of the address space are neighbours.
#[test]
fn accesses_wrap_around_at_the_end_of_the_address_space() {
    let top = 0xffff_ffff_ffff_f000;
    let (first, second) = (BASE + 0x4000, BASE + 0x6000);
    let mut board = Board::new(512, 1);
    let leaves = [
        board.map(TABLES, top, first, READ_WRITE),
        board.map(TABLES, 0, second, READ_WRITE),
    ];
    board.harts[0].set_x(ADDRESS, top + 0xffc);
    board.harts[0].set_x(DATA, 0x0123_4567_89ab_cdef);
    // Once by the walk, once by the TLB.
    for _ in 0..2 {
        access(&mut board, OPEN, s(Op::Sd, DATA, ADDRESS, 0));
        assert_eq!(board.csr(0, Csr::Mcause), 0);
        access(&mut board, OPEN, i(Op::Ld, 7, ADDRESS, 0));
        assert_eq!(board.x(0, 7), 0x0123_4567_89ab_cdef);
    }
    assert_eq!(board.read(first + 0xff8), 0x89ab_cdef << 32);
    assert_eq!(board.read(second), 0x0123_4567);
    // Without the second page, nothing of it happens.
    board.write(leaves[0], Pte(board.read(leaves[0])).0 & !Pte::D);
    board.write(leaves[1], 0);
    board.harts[0].forget_translations();
    board.harts[0].set_x(DATA, 0);
    access(&mut board, OPEN, s(Op::Sd, DATA, ADDRESS, 0));
    assert_eq!(
        (board.csr(0, Csr::Mcause), board.csr(0, Csr::Mtval)),
        (15, 0)
    );
    assert_eq!(board.read(first + 0xff8), 0x89ab_cdef << 32);
    assert_eq!(
        board.read(leaves[0]) & Pte::D,
        0,
        "the first page stays clean"
    );
}

#[test]
fn accesses_do_not_reach_into_the_canonical_hole() {
    let last = (1 << 38) - 0x1000;
    let mut board = Board::new(512, 1);
    let leaf = board.map(TABLES, last, BASE + 0x4000, READ_WRITE);
    board.harts[0].set_x(ADDRESS, last + 0xffa);
    board.harts[0].set_x(DATA, u64::MAX);
    for (instruction, cause) in [
        (i(Op::Ld, 7, ADDRESS, 0), 13),
        (s(Op::Sd, DATA, ADDRESS, 0), 15),
    ] {
        access(&mut board, OPEN, instruction);
        assert_eq!(board.csr(0, Csr::Mcause), cause);
        assert_eq!(board.csr(0, Csr::Mtval), 1 << 38, "the second page");
    }
    assert_eq!(board.read(BASE + 0x4ff8), 0);
    assert_eq!(board.read(leaf) & Pte::D, 0);
}

/// The instruction at the end of the address space is followed by that at 0.
#[test]
fn execution_wraps_around_at_the_end_of_the_address_space() {
    let top = 0xffff_ffff_ffff_f000;
    let mut board = Board::new(512, 1);
    let code = Pte::V | Pte::R | Pte::X | Pte::A;
    board.map(TABLES, top, BASE + 0x4000, code);
    board.map(TABLES, 0, BASE + 0x6000, code);
    // The last four instructions of the page, of which one crosses its end.
    for (at, word) in [
        (BASE + 0x4ff2, nop()),
        (BASE + 0x4ff6, li(10, 1)),
        (BASE + 0x4ffa, i(Op::Auipc, 11, 0, 0)),
    ] {
        let pa = pagewalk_bus::PhysAddr(at);
        board
            .bus
            .ram
            .write_bytes(pa, &word.to_le_bytes())
            .expect("RAM");
    }
    let across = i(Op::Auipc, 12, 0, 0).to_le_bytes();
    let half = |at| pagewalk_bus::PhysAddr(at);
    board
        .bus
        .ram
        .write_bytes(half(BASE + 0x4ffe), &across[..2])
        .expect("RAM");
    board
        .bus
        .ram
        .write_bytes(half(BASE + 0x6000), &across[2..])
        .expect("RAM");
    let end = plain(Op::Ecall).to_le_bytes();
    board
        .bus
        .ram
        .write_bytes(half(BASE + 0x6002), &end)
        .expect("RAM");
    board.code(HANDLER, &[jal(0, 0)]);
    let mut set_up = Vec::new();
    for (number, (register, value)) in (20..).zip([
        (Csr::Mtvec, HANDLER),
        (Csr::Pmpaddr(0), u64::MAX),
        (Csr::Pmpcfg(0), 0x1f),
        (Csr::Satp, 8 << 60 | TABLES >> 12),
        (Csr::Mepc, top + 0xff2),
        (Csr::Mstatus, 1 << 11),
    ]) {
        board.harts[0].set_x(number, value);
        set_up.push(csr(Op::Csrrw, 0, register, number));
    }
    set_up.push(plain(Op::Mret));
    board.code(PROGRAM, &set_up);
    board.call(0, PROGRAM);
    assert_eq!((board.csr(0, Csr::Mcause), board.csr(0, Csr::Mepc)), (9, 2));
    assert_eq!(board.x(0, 10), 1);
    assert_eq!((board.x(0, 11), board.x(0, 12)), (top + 0xffa, top + 0xffe));
}

#[test]
fn an_odd_pc_is_that_of_the_instruction_there() {
    let mut board = Board::new(1, 1);
    // Up to the last byte of RAM.
    board.code(BASE + 0xffc, &[jal(0, 0)]);
    for pc in [BASE + 0xffd, BASE + 0xfff] {
        board.harts[0].set_pc(pc);
        assert_eq!(board.harts[0].pc(), pc & !1);
        board.run(0, 1);
    }
}
