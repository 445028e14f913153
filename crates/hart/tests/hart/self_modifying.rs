//! Code that changes: whoever writes it, however, the next fetch sees it
//! (Ziccid for the hart itself; other harts owe a `fence.i`, ours need none).

use pagewalk_bus::{PhysAddr, Width};
use pagewalk_hart::Blocks;
use pagewalk_isa::Op::{
    AmoaddW, AmocasW, AmoswapD, CboZero, Fsw, Jalr, Ld, LrW, Sb, ScW, Sd, Sh, Sw,
};
use pagewalk_isa::{Csr, Op};

use crate::asm::{addi, csr, i, jal, li, nop, r, ret, s};
use crate::board::{BASE, Board};

/// A function that returns 1 in a0, with a cache block for itself.
const FUNCTION: u64 = BASE + 0x1040;
/// A place for data on a page of its own.
const DATA: u64 = BASE + 0x4000;

const A0: u8 = 10;
/// Where the function is.
const FN: u8 = 5;
/// What to write.
const NEW: u8 = 6;
/// What the function returned first, and then.
const FIRST: u8 = 20;
const SECOND: u8 = 21;

/// Calls the function, executes `patch`, calls the function again, parks.
/// `patch` finds the address of the function in `FN` and an instruction that
/// returns 2 in `NEW`.
fn call_patch_call(patch: &[u32]) -> Vec<u32> {
    let call = |result| [i(Jalr, 1, FN, 0), addi(result, A0, 0)];
    let mut code = Vec::new();
    code.extend(call(FIRST));
    code.extend(patch);
    code.extend(call(SECOND));
    code.push(jal(0, 0));
    code
}

fn board_with(main: &[u32]) -> Board {
    let mut board = Board::new(16, 2);
    board.code(BASE, main);
    board.code(FUNCTION, &[li(A0, 1), ret()]);
    for hart in &mut board.harts {
        hart.set_x(FN, FUNCTION);
        hart.set_x(NEW, u64::from(li(A0, 2)));
    }
    board
}

fn check_patch(name: &str, patch: &[u32]) {
    let mut board = board_with(&call_patch_call(patch));
    // FS = Initial, for `fsw`.
    board.code(
        BASE + 0x3000,
        &[csr(Op::Csrrw, 0, Csr::Mstatus, 7), jal(0, 0)],
    );
    board.harts[0].set_x(7, 1 << 13);
    board.call(0, BASE + 0x3000);
    board.call(0, BASE);
    assert_eq!(board.x(0, FIRST.into()), 1, "{name}: before");
    assert_eq!(board.x(0, SECOND.into()), 2, "{name}: after");
}

#[test]
fn own_writes_of_every_kind_reach_the_next_fetch() {
    check_patch("sw", &[s(Sw, NEW, FN, 0)]);
    check_patch(
        "sd",
        &[
            i(Ld, 8, FN, 0),
            i(Op::Srli, 8, 8, 32),
            i(Op::Slli, 8, 8, 32),
            r(Op::Or, 8, 8, NEW),
            s(Sd, 8, FN, 0),
        ],
    );
    check_patch("sh", &[i(Op::Srli, 8, NEW, 16), s(Sh, 8, FN, 2)]);
    check_patch("sb", &[i(Op::Srli, 8, NEW, 16), s(Sb, 8, FN, 2)]);
    // Twice: the second one goes through whatever the first has remembered.
    check_patch("sw sw", &[s(Sw, 0, FN, 0), s(Sw, NEW, FN, 0)]);
    check_patch(
        "misaligned sw",
        &[
            i(Op::Lhu, 8, FN, -2),
            i(Op::Slli, 9, NEW, 16),
            r(Op::Or, 8, 8, 9),
            s(Sw, 8, FN, -2),
            i(Op::Srli, 8, NEW, 16),
            s(Sh, 8, FN, 2),
        ],
    );
    check_patch(
        "amoswap.d",
        &[
            i(Op::Lwu, 8, FN, 4),
            i(Op::Slli, 8, 8, 32),
            r(Op::Or, 8, 8, NEW),
            r(AmoswapD, 0, FN, 8),
        ],
    );
    check_patch(
        "amoadd.w",
        &[
            i(Op::Lw, 8, FN, 0),
            r(Op::Subw, 8, NEW, 8),
            r(AmoaddW, 0, FN, 8),
        ],
    );
    check_patch("amocas.w", &[i(Op::Lw, 8, FN, 0), r(AmocasW, 8, FN, NEW)]);
    check_patch("sc.w", &[i(LrW, 8, FN, 0), r(ScW, 9, FN, NEW)]);
    check_patch("fsw", &[i(Op::FmvWX, 1, NEW, 0), s(Fsw, 1, FN, 0)]);
}

#[test]
fn a_zeroed_block_of_code_is_gone() {
    let mut board = board_with(&call_patch_call(&[i(CboZero, 0, FN, 0)]));
    board.code(BASE + 0x200, &[jal(0, 0)]);
    board.code(
        BASE + 0x3000,
        &[csr(Op::Csrrw, 0, Csr::Mtvec, 7), jal(0, 0)],
    );
    board.harts[0].set_x(7, BASE + 0x200);
    board.call(0, BASE + 0x3000);
    board.call(0, BASE);
    assert_eq!(board.x(0, FIRST.into()), 1);
    assert_eq!(board.csr(0, Csr::Mcause), 2, "illegal instruction");
    assert_eq!(board.csr(0, Csr::Mepc), FUNCTION);
}

#[test]
fn a_store_changes_the_very_next_instruction() {
    // FN points at the instruction behind the store, in the same block.
    let code = [
        li(A0, 1),
        s(Sw, NEW, FN, 0),
        li(A0, 1),
        addi(SECOND, A0, 0),
        jal(0, 0),
    ];
    let mut board = board_with(&code);
    board.harts[0].set_x(FN, BASE + 8);
    board.call(0, BASE);
    assert_eq!(board.x(0, SECOND.into()), 2);
    assert_eq!(board.harts[0].retired(), 4);
}

#[test]
fn a_block_that_a_loop_rewrites_again_and_again_is_current_each_time() {
    // Each round adds 1 to the immediate of `li a0, 0` behind it: the sum of
    // what was returned tells.
    let code = [
        i(Op::Lw, 8, FN, 0),
        r(Op::Add, 8, 8, 9),
        s(Sw, 8, FN, 0),
        li(A0, 0),
        r(Op::Add, 11, 11, A0),
        addi(12, 12, -1),
        s(Op::Bne, 0, 12, -24),
        jal(0, 0),
    ];
    let mut board = board_with(&code);
    board.harts[0].set_x(FN, BASE + 12);
    board.harts[0].set_x(9, 1 << 20);
    board.harts[0].set_x(12, 1000);
    board.call(0, BASE);
    assert_eq!(board.x(0, 11), (1..=1000).sum::<u64>());
}

#[test]
fn a_store_across_a_page_reaches_code_on_both_sides() {
    // The function begins 4 bytes before a page end.
    let at = BASE + 0x2000 - 4;
    let ret2 = [i(Op::Slli, 9, 9, 32), r(Op::Or, 8, NEW, 9), s(Sd, 8, FN, 0)];
    let mut board = board_with(&call_patch_call(&ret2));
    // Before: returns 1 from the second page; after: 2 from the first, and
    // then an instruction that doubles it instead of a nop.
    board.code(at, &[li(A0, 1), nop(), ret()]);
    board.harts[0].set_x(FN, at);
    board.harts[0].set_x(9, u64::from(r(Op::Add, A0, A0, A0)));
    board.call(0, BASE);
    assert_eq!(board.x(0, FIRST.into()), 1);
    assert_eq!(board.x(0, SECOND.into()), 4);
}

#[test]
fn an_instruction_across_a_page_is_read_anew() {
    // `li a0, imm` at the last two bytes of a page; what changes is its second
    // half, in the next page.
    let at = BASE + 0x2000 - 2;
    let mut board = board_with(&call_patch_call(&[s(Sh, 7, FN, 2)]));
    board
        .bus
        .ram
        .write(PhysAddr(at), Width::B4, u64::from(li(A0, 1)))
        .unwrap();
    board
        .bus
        .ram
        .write(PhysAddr(at + 4), Width::B4, u64::from(ret()))
        .unwrap();
    board.harts[0].set_x(FN, at);
    board.harts[0].set_x(7, u64::from(li(A0, 2) >> 16));
    board.call(0, BASE);
    assert_eq!(board.x(0, FIRST.into()), 1);
    assert_eq!(board.x(0, SECOND.into()), 2);
}

#[test]
fn data_beside_code_is_written_and_the_code_goes_on() {
    // A counter in the granule behind the function, and one in its own.
    for offset in [0x40, 0x10] {
        let code = [
            i(Jalr, 1, FN, 0),
            r(Op::Add, 11, 11, A0),
            i(Ld, 8, FN, offset),
            addi(8, 8, 1),
            s(Sd, 8, FN, offset),
            addi(12, 12, -1),
            s(Op::Bne, 0, 12, -24),
            jal(0, 0),
        ];
        let mut board = board_with(&code);
        board.harts[0].set_x(12, 500);
        board.call(0, BASE);
        assert_eq!(board.x(0, 11), 500);
        assert_eq!(board.read(FUNCTION + offset as u64), 500);
        let blocks = board.harts[0].counts().blocks;
        assert!(
            blocks < 10,
            "nothing was written to code, yet {blocks} blocks"
        );
    }
}

/// Hart 1 has written to the page of the function and remembers where that
/// is; then hart 0 executes the function for the first time; then hart 1
/// changes it.
#[test]
fn a_hart_that_wrote_to_the_page_before_it_held_code_still_changes_the_code() {
    for (name, store) in [
        ("sw", s(Sw, NEW, FN, 0)),
        ("amoswap.w", r(Op::AmoswapW, 0, FN, NEW)),
        ("misaligned", s(Sd, NEW, FN, -4)),
    ] {
        let mut board = board_with(&[i(Jalr, 1, FN, 0), jal(0, 0)]);
        let writer = BASE + 0x3000;
        board.code(writer, &[s(Sw, 0, FN, 0x100), jal(0, 0)]);
        board.code(writer + 0x100, &[store, jal(0, 0)]);
        if name == "misaligned" {
            board.harts[1].set_x(NEW, u64::from(li(A0, 2)) << 32);
        }
        board.call(1, writer);
        board.call(0, BASE);
        assert_eq!(board.x(0, A0.into()), 1, "{name}");
        board.call(1, writer + 0x100);
        board.call(0, BASE);
        assert_eq!(board.x(0, A0.into()), 2, "{name}: what hart 1 wrote");
    }
}

#[test]
fn a_word_that_is_watched_from_now_on_is_noticed_at_once() {
    let mut board = board_with(&[s(Sw, NEW, FN, 0), jal(0, 0)]);
    board.harts[0].set_x(FN, DATA);
    board.call(0, BASE);
    board.bus.ram.watch(PhysAddr(DATA), 8);
    board.harts[0].set_pc(BASE);
    board.run(0, 1);
    assert_eq!(board.bus.ram.take_watch_hits(), [(PhysAddr(DATA), 4)]);
}

/// A device that writes to memory, a debugger or a loader passes no hart.
#[test]
fn what_others_than_harts_write_is_fetched() {
    let mut board = board_with(&[i(Jalr, 1, FN, 0), jal(0, 0)]);
    board.call(0, BASE);
    board.code(FUNCTION, &[li(A0, 2)]);
    board.call(0, BASE);
    assert_eq!(board.x(0, A0.into()), 2);
}

#[test]
fn blocks_of_another_pool_are_not_mistaken_for_those_before() {
    let mut board = board_with(&[i(Jalr, 1, FN, 0), jal(0, 0)]);
    board.call(0, BASE);
    board.blocks = Blocks::default();
    board.code(FUNCTION, &[li(A0, 2)]);
    board.call(0, BASE);
    assert_eq!(board.x(0, A0.into()), 2);
}
