//! Several harts: the same run twice is the same, in pieces or not.

use std::time::Duration;

use pagewalk_isa::{Csr, Op};
use pagewalk_machine::{
    CLINT_BASE, Config, Console, FINISHER_BASE, Input, Limits, Machine, Outcome, RAM_BASE, Waited,
};

use crate::asm::{addi, csr, i, plain, r, s};
use crate::board::{Code, DATA, finish, small, word};

const COUNTER: u64 = DATA + 0x8000;
const ROUNDS: u64 = 3000;

/// Each hart adds 1 to a counter `ROUNDS` times with `add`, and the last one
/// ends the run.
fn count_together(add: &[u32], harts: u64) -> Code {
    let mut code = Code::new();
    code.constant(5, COUNTER);
    code.constant(6, ROUNDS);
    code.constant(8, 1);
    let start = code.here();
    code.extend(add.iter().copied());
    code.push(addi(6, 6, -1));
    let back = start as i32 - code.here() as i32;
    code.push(s(Op::Bne, 0, 6, back));
    // One more has done its part.
    code.push(r(Op::AmoaddD, 7, 5, 8));
    code.push(addi(7, 7, 1));
    code.constant(9, (ROUNDS + 1) * harts);
    code.push(s(Op::Beq, 9, 7, 8));
    code.push(crate::asm::jal(0, 0));
    code.pass();
    code
}

fn lr_sc() -> Vec<u32> {
    vec![
        i(Op::LrD, 7, 5, 0),
        addi(7, 7, 1),
        r(Op::ScD, 10, 5, 7),
        s(Op::Bne, 0, 10, -12),
    ]
}

fn config(harts: usize, quantum: u64) -> Config {
    Config {
        quantum,
        ..small(harts)
    }
}

#[test]
fn atomic_additions_of_several_harts_all_count() {
    let amo = vec![r(Op::AmoaddD, 7, 5, 8)];
    for (name, add) in [("lr/sc", lr_sc()), ("amoadd", amo)] {
        for harts in [1, 2, 3, 8] {
            for quantum in [5, 17, 100, 2000] {
                let code = count_together(&add, harts);
                let mut machine = code.machine(&config(harts as usize, quantum));
                let outcome = finish(&mut machine);
                assert!(
                    matches!(outcome, Outcome::Exit { code: 0, .. }),
                    "{outcome:?}"
                );
                let sum = word(&machine, COUNTER);
                assert_eq!(
                    sum,
                    (ROUNDS + 1) * harts,
                    "{name}, {harts} harts, {quantum}"
                );
            }
        }
    }
}

/// Everything that a guest could find out.
fn state(machine: &Machine) -> Vec<u64> {
    let mut state = vec![machine.retired(), word(machine, COUNTER)];
    for (index, hart) in machine.harts().enumerate() {
        state.extend([hart.pc(), hart.retired()]);
        state.extend(hart.x());
        state.extend(Csr::ALL.map(|csr| machine.csr(index, csr)));
    }
    state
}

/// Harts that look at the time, contend and interrupt each other.
fn busy(harts: u64) -> Code {
    let mut code = Code::new();
    code.set(Csr::Mtvec, RAM_BASE + 0x1000);
    code.set(Csr::Mie, 1 << 3 | 1 << 7);
    code.push(csr(Op::Csrrs, 9, Csr::Mhartid, 0));
    code.constant(5, COUNTER);
    code.constant(11, CLINT_BASE);
    code.constant(15, harts);
    code.constant(13, CLINT_BASE + 0x4000);
    code.push(i(Op::Slli, 14, 9, 3));
    code.push(r(Op::Add, 13, 13, 14));
    code.push(addi(8, 0, 1));
    code.set(Csr::Mstatus, 1 << 3);
    let start = code.here();
    code.extend(lr_sc());
    code.push(csr(Op::Csrrs, 16, Csr::Time, 0));
    code.push(r(Op::Add, 17, 17, 16));
    // Every 16th round: an interrupt for the next hart; then a wait for a
    // while or for the next interrupt, whichever is first.
    code.push(i(Op::Andi, 18, 7, 15));
    code.push(s(Op::Bne, 0, 18, 40));
    code.push(addi(12, 9, 1));
    code.push(r(Op::Remu, 12, 12, 15));
    code.push(i(Op::Slli, 12, 12, 2));
    code.push(r(Op::Add, 12, 12, 11));
    code.push(s(Op::Sw, 8, 12, 0));
    code.push(addi(16, 16, 3));
    code.push(s(Op::Sd, 16, 13, 0));
    code.push(plain(Op::Wfi));
    code.push(addi(19, 19, 1));
    let back = start as i32 - code.here() as i32;
    code.push(crate::asm::jal(0, back));
    code.at(0x1000);
    // The handler takes both interrupts away and counts.
    code.push(i(Op::Slli, 20, 9, 2));
    code.push(r(Op::Add, 20, 20, 11));
    code.push(s(Op::Sw, 0, 20, 0));
    code.push(addi(21, 0, -1));
    code.push(s(Op::Sd, 21, 13, 0));
    code.push(addi(22, 22, 1));
    code.push(plain(Op::Mret));
    code
}

#[test]
fn two_runs_of_several_harts_are_the_same_in_pieces_or_not() {
    const LENGTH: u64 = 200_000;
    for (harts, quantum) in [(1, 2000), (2, 100), (3, 7), (4, 2000), (8, 333)] {
        let code = busy(harts);
        let run = |piece: u64| {
            let mut machine = code.machine(&config(harts as usize, quantum));
            while machine.retired() < LENGTH {
                let left = LENGTH - machine.retired();
                let outcome = machine.run(&Limits::instructions(piece.min(left)));
                assert_eq!(outcome, Outcome::Budget);
            }
            assert_eq!(machine.retired(), LENGTH);
            state(&machine)
        };
        let whole = run(LENGTH);
        assert!(
            whole == run(LENGTH),
            "{harts} harts: the second run differs"
        );
        for piece in [1, 13, 1000] {
            assert!(
                whole == run(piece),
                "{harts} harts: pieces of {piece} differ"
            );
        }
    }
}

/// One byte of input.
#[derive(Debug)]
struct OneByte;

impl Console for OneByte {
    fn write(&mut self, _: &[u8]) {}

    fn read(&mut self) -> Input {
        Input::Byte(b'a')
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, _: Option<Duration>) -> Waited {
        Waited::Over
    }
}

/// A byte that HTIF delivers is not overwritten by a hart that has seen the
/// place empty before.
#[test]
fn an_answer_of_htif_ends_a_reservation() {
    const TOHOST: u64 = DATA + 0x4000;
    const FROMHOST: u64 = DATA + 0x4040;
    let mut code = Code::new();
    code.constant(5, TOHOST);
    code.constant(6, FROMHOST);
    code.constant(7, 1 << 56);
    code.constant(8, 60_000);
    // A byte is wanted; it comes after 100,000 instructions.
    code.push(s(Op::Sd, 7, 5, 0));
    code.push(i(Op::LrD, 9, 6, 0));
    code.push(addi(8, 8, -1));
    code.push(s(Op::Bne, 0, 8, -4));
    code.push(r(Op::ScD, 10, 6, 0));
    code.pass();
    let mut program = code.program();
    (program.tohost, program.fromhost) = (Some(TOHOST), Some(FROMHOST));
    let mut machine = Machine::new(&small(1)).expect("a board");
    machine.load(&program).expect("it fits");
    machine.set_console(Box::new(OneByte));
    let outcome = finish(&mut machine);
    assert!(matches!(outcome, Outcome::Exit { code: 0, .. }));
    assert_eq!(machine.hart(0).x()[10], 1, "SC fails");
    let answer = 1 << 56 | 0x100 | u64::from(b'a');
    assert_eq!(word(&machine, FROMHOST), answer);
}

/// A hart that waits for its timer is woken when that is due, even if another
/// one sets the timer back before it ends its turn.
#[test]
fn a_timer_wakes_a_hart_although_it_is_set_back_then() {
    let mut code = Code::new();
    code.push(csr(Op::Csrrs, 9, Csr::Mhartid, 0));
    code.push(s(Op::Beq, 0, 9, 40));
    code.set(Csr::Menvcfg, 1 << 63);
    code.set(Csr::Mie, 1 << 5);
    code.set(Csr::Stimecmp, 25);
    code.push(plain(Op::Wfi));
    code.push(addi(19, 19, 1));
    code.push(crate::asm::jal(0, 0));
    // Hart 0: up to instant 2,800 or so, then the timer is zero again.
    code.constant(5, CLINT_BASE + 0xbff8);
    code.push(addi(6, 0, 1400));
    code.push(addi(6, 6, -1));
    code.push(s(Op::Bne, 0, 6, -4));
    code.push(s(Op::Sd, 0, 5, 0));
    code.push(addi(7, 7, 1));
    code.push(crate::asm::jal(0, -4));
    for piece in [1, 13, 5000] {
        let mut machine = code.machine(&config(2, 2000));
        while machine.retired() < 5000 {
            let left = 5000 - machine.retired();
            machine.run(&Limits::instructions(piece.min(left)));
        }
        assert_eq!(machine.hart(1).x()[19], 1, "pieces of {piece}");
    }
}

#[test]
fn an_interrupt_between_harts_arrives() {
    let harts = 4;
    let mut machine = busy(harts).machine(&config(harts as usize, 2000));
    assert_eq!(machine.run(&Limits::instructions(200_000)), Outcome::Budget);
    for hart in machine.harts() {
        let software = hart.counts().interrupts[3];
        assert!(software > 10, "hart {}: {software}", hart.id());
    }
}

#[test]
fn no_hart_reads_an_earlier_time_than_another_has_read() {
    // LR reads the latest time that any hart has seen, SC writes a later one;
    // it succeeds only if nobody came between.
    let mut code = Code::new();
    code.constant(5, COUNTER);
    code.constant(6, ROUNDS);
    let start = code.here();
    code.push(i(Op::LrD, 7, 5, 0));
    code.push(csr(Op::Csrrs, 16, Csr::Time, 0));
    code.push(r(Op::ScD, 10, 5, 16));
    code.push(s(Op::Bne, 0, 10, -12));
    code.push(s(Op::Bgeu, 7, 16, 20));
    code.constant(30, 1 << 16 | 0x3333);
    code.constant(29, FINISHER_BASE);
    code.push(s(Op::Sw, 30, 29, 0));
    code.push(addi(0, 0, 0));
    code.push(addi(6, 6, -1));
    let back = start as i32 - code.here() as i32;
    code.push(s(Op::Bne, 0, 6, back));
    code.pass();
    for harts in [1, 2, 8] {
        for quantum in [100, 777, 2000] {
            let mut machine = code.machine(&config(harts, quantum));
            let outcome = finish(&mut machine);
            assert!(
                matches!(outcome, Outcome::Exit { code: 0, .. }),
                "{harts} harts, {quantum}: {outcome:?}"
            );
            assert_ne!(word(&machine, COUNTER), 0);
        }
    }
}

#[test]
fn a_hart_that_pauses_leaves_the_time_to_the_others() {
    // Hart 0 counts to 100,000 and ends the run; the others wait for that.
    let waiting = |wait: u32| {
        let mut code = Code::new();
        code.push(csr(Op::Csrrs, 9, Csr::Mhartid, 0));
        code.push(s(Op::Beq, 0, 9, 12));
        code.push(wait);
        code.push(crate::asm::jal(0, -4));
        code.constant(6, 100_000);
        code.push(addi(6, 6, -1));
        code.push(s(Op::Bne, 0, 6, -4));
        code.pass();
        let mut machine = code.machine(&config(4, 2000));
        let outcome = finish(&mut machine);
        assert!(matches!(outcome, Outcome::Exit { code: 0, .. }));
        machine.hart(3).retired()
    };
    assert!(waiting(addi(1, 1, 1)) > 150_000);
    for wait in [plain(Op::Pause), plain(Op::WrsNto), plain(Op::WrsSto)] {
        assert!(waiting(wait) < 1000);
    }
}
