//! One physical page under several virtual addresses, and one virtual address
//! on several physical pages: blocks belong to the physical ones.

use pagewalk_hart::Stop;
use pagewalk_isa::{Csr, Op};
use pagewalk_mmu::{PhysAddr, Pte};

use crate::asm::{addi, csr, i, jal, li, plain, ret, s};
use crate::board::{BASE, Board};

const TABLES: u64 = BASE + 0x10_0000;
/// Two pages with code.
const FIRST: u64 = BASE + 0x4000;
const SECOND: u64 = BASE + 0x5000;
const VA: u64 = 0x40_0000;
/// In the same place of both levels of the TLB as [`VA`], and enough of them to take
/// all of it.
const RIVALS: [u64; 4] = [
    0x10_0140_0000,
    0x20_0240_0000,
    0x30_0340_0000,
    0x08_00c0_0000,
];
const ALIAS: u64 = 0x60_3000;
const ALL: u64 = Pte::V | Pte::R | Pte::W | Pte::X | Pte::A | Pte::D;

/// A board whose hart has Sv39 on and executes what follows in S-mode; traps
/// end in a `j .` at `BASE`.
fn board() -> Board {
    let mut board = Board::new(512, 1);
    board.code(BASE, &[jal(0, 0)]);
    let registers = [
        (Csr::Mtvec, BASE),
        (Csr::Pmpaddr(0), u64::MAX),
        (Csr::Pmpcfg(0), 0x1f),
        (Csr::Satp, 8 << 60 | TABLES >> 12),
        (Csr::Mstatus, 1 << 11),
        (Csr::Mepc, VA),
    ];
    let mut code = Vec::new();
    for (number, (register, value)) in (20..).zip(registers) {
        board.harts[0].set_x(number, value);
        code.push(csr(Op::Csrrw, 0, register, number));
    }
    code.push(plain(Op::Mret));
    board.code(BASE + 0x100, &code);
    let pages = [(VA, FIRST), (ALIAS, FIRST)].into_iter();
    for (va, pa) in pages.chain(RIVALS.map(|va| (va, BASE + 0x6000))) {
        board.map(TABLES, va, pa, ALL);
    }
    board.code(BASE + 0x6010, &[plain(Op::Ecall)]);
    board
}

/// Executes from `pc` in S-mode up to a trap.
fn go(board: &mut Board, pc: u64) {
    let hart = &mut board.harts[0];
    hart.set_x(25, pc);
    board.call(0, BASE + 0x100);
}

/// Other pages take the places of [`VA`] in the TLB, and leave that in the jump cache.
fn crowd_out(board: &mut Board) {
    for va in RIVALS {
        go(board, va + 0x10);
    }
}

#[test]
fn a_store_through_another_address_of_the_page_changes_the_code() {
    let mut board = board();
    let function = [li(10, 1), ret()];
    board.code(FIRST + 0x400, &function);
    board.code(
        FIRST,
        &[
            i(Op::Jalr, 1, 5, 0),
            addi(11, 10, 0),
            s(Op::Sw, 7, 6, 0),
            i(Op::Jalr, 1, 5, 0),
            plain(Op::Ecall),
        ],
    );
    let hart = &mut board.harts[0];
    hart.set_x(5, VA + 0x400);
    hart.set_x(6, ALIAS + 0x400);
    hart.set_x(7, u64::from(li(10, 2)));
    go(&mut board, VA);
    assert_eq!((board.x(0, 11), board.x(0, 10)), (1, 2));
}

/// The page table changes, and no fence says so: it is free to the hart which
/// of the two pages it executes. But nothing of that may stay behind for those
/// who have the old page under another address.
#[test]
fn a_mapping_that_changed_without_a_fence_leaves_no_links_behind() {
    let mut board = board();
    for (page, result) in [(FIRST, 1), (SECOND, 2)] {
        let branch = [s(Op::Bne, 0, 5, 0x40), plain(Op::Ecall)];
        board.code(page, &branch);
        board.code(page + 0x40, &[li(10, result), plain(Op::Ecall)]);
    }
    // Not taken: the branch stays without a link to its target.
    board.harts[0].set_x(5, 0);
    go(&mut board, VA);
    board.map(TABLES, VA, SECOND, ALL);
    crowd_out(&mut board);
    // Taken, from the old page as far as the hart knows, to the new one.
    board.harts[0].set_x(5, 1);
    go(&mut board, VA);
    go(&mut board, ALIAS);
    assert_eq!(board.x(0, 10), 1, "the code of the first page");
}

/// A fetch that faults leaves no link to the handler behind.
#[test]
fn a_page_that_was_gone_for_a_while_is_executed_as_before() {
    let mut board = board();
    board.code(FIRST, &[s(Op::Bne, 0, 5, 0x40), plain(Op::Ecall)]);
    board.code(FIRST + 0x40, &[li(10, 1), plain(Op::Ecall)]);
    board.harts[0].set_x(5, 0);
    go(&mut board, VA);
    board.map(TABLES, VA, FIRST, 0);
    crowd_out(&mut board);
    board.harts[0].set_x(5, 1);
    go(&mut board, VA);
    assert_eq!(board.csr(0, Csr::Mcause), 12, "the fetch of the target");
    assert_eq!(board.csr(0, Csr::Mepc), VA + 0x40);
    board.map(TABLES, VA, FIRST, ALL);
    go(&mut board, VA);
    assert_eq!(board.x(0, 10), 1);
    assert_eq!(board.csr(0, Csr::Mcause), 9, "the ecall");
}

/// A watched word that a fetch writes to, by its walk, stops the run before
/// another instruction is executed.
#[test]
fn the_walk_of_a_fetch_that_writes_to_a_watched_word_is_noticed_at_once() {
    let mut board = board();
    let entry = board.map(TABLES, VA, FIRST, ALL & !Pte::A);
    board.code(FIRST, &[addi(10, 10, 1), jal(0, -4)]);
    board.bus.ram.watch(PhysAddr(entry), 8);
    board.harts[0].set_x(25, VA);
    board.harts[0].set_pc(BASE + 0x100);
    assert_eq!(board.run(0, 1000), Stop::Attention);
    assert_eq!((board.harts[0].pc(), board.x(0, 10)), (VA, 0));
    assert_eq!(board.bus.ram.take_watch_hits(), [(PhysAddr(entry), 8)]);
    assert_eq!(board.run(0, 1000), Stop::Budget);
    assert_eq!(board.x(0, 10), 500);
}

/// The walk sets A in an entry that is also executed: `ld x0, 0x200(x5)` turns
/// into a floating-point instruction, which is illegal while FS is off.
#[test]
fn the_walk_that_sets_a_bit_in_code_changes_the_code() {
    let mut board = board();
    let page = BASE + (5 << 5 | 3 << 2) * 0x1000;
    let entry = board.map(TABLES, ALIAS, page, Pte::V | Pte::R);
    assert_eq!(board.read(entry) as u32, i(Op::Ld, 0, 5, 0x200));
    // Sets up `mtvec`.
    go(&mut board, RIVALS[0] + 0x10);
    board.harts[0].set_x(5, BASE);
    board.call(0, entry);
    assert_eq!(board.csr(0, Csr::Mcause), 2);
    assert_eq!(board.csr(0, Csr::Mepc), entry + 4, "behind the load");
    // A load from there, in S-mode.
    board.code(FIRST, &[i(Op::Ld, 11, 6, 0), plain(Op::Ecall)]);
    board.harts[0].set_x(6, ALIAS);
    go(&mut board, VA);
    assert_eq!(board.read(entry) & Pte::A, Pte::A);
    board.call(0, entry);
    assert_eq!(board.csr(0, Csr::Mepc), entry, "what was the load");
}
