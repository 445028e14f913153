//! Time is exact: what is due at an instant happens between the same two
//! instructions, whatever blocks and pieces the run consists of.

use pagewalk_isa::{Csr, Op};
use pagewalk_machine::{CLINT_BASE, Config, Limits, Machine, Outcome, RAM_BASE, Verdict};

use crate::asm::{addi, csr, i, jal, nop, plain, s};
use crate::board::{Code, finish, small, word};

const MTIMECMP: u64 = CLINT_BASE + 0x4000;
const HANDLER: u64 = 0x1000;
const LOOP: u64 = 0x2000;
const MIE: u64 = 1 << 3;
const MTIE: u64 = 1 << 7;
const STIE: u64 = 1 << 5;

/// Which timer.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Timer {
    Mtimecmp,
    Stimecmp,
}

/// A loop of `length` instructions, interrupted at `ticks`; the handler ends
/// the run.
fn interrupted_loop(timer: Timer, length: u64, ticks: u64) -> Code {
    let mut code = Code::new();
    code.set(Csr::Mtvec, RAM_BASE + HANDLER);
    code.set(Csr::Menvcfg, 1 << 63);
    code.set(Csr::Mie, if timer == Timer::Mtimecmp { MTIE } else { STIE });
    match timer {
        Timer::Stimecmp => code.set(Csr::Stimecmp, ticks),
        Timer::Mtimecmp => {
            code.constant(5, MTIMECMP);
            code.constant(6, ticks);
            code.push(s(Op::Sd, 6, 5, 0));
        }
    }
    code.set(Csr::Mstatus, MIE);
    code.push(jal(0, (LOOP - code.here()) as i32));
    code.at(HANDLER);
    code.pass();
    code.at(LOOP);
    code.extend((1..length).map(|n| addi(10, 10, n as i32)));
    code.push(jal(0, -4 * (length as i32 - 1)));
    code
}

/// Instructions before the interrupt.
fn interrupted_at(machine: &Machine) -> u64 {
    machine.hart(0).last_trap().expect("an interrupt").retired
}

#[test]
fn a_timer_interrupts_at_its_instruction_whatever_the_blocks() {
    for timer in [Timer::Mtimecmp, Timer::Stimecmp] {
        for length in (1..80).chain([200, 700]) {
            let ticks = 3 + length % 7;
            let mut machine = interrupted_loop(timer, length, ticks).machine(&small(1));
            assert!(matches!(
                finish(&mut machine),
                Outcome::Exit { code: 0, .. }
            ));
            assert_eq!(interrupted_at(&machine), 100 * ticks, "{timer:?}, {length}");
        }
    }
}

#[test]
fn a_run_in_pieces_is_interrupted_at_the_same_instruction() {
    for timer in [Timer::Mtimecmp, Timer::Stimecmp] {
        for piece in [1, 2, 3, 7, 64, 99, 100, 101] {
            let mut machine = interrupted_loop(timer, 5, 9).machine(&small(1));
            while machine.run(&Limits::instructions(piece)) == Outcome::Budget {}
            assert_eq!(
                interrupted_at(&machine),
                900,
                "{timer:?}, pieces of {piece}"
            );
        }
    }
}

/// The timer is due when `wfi` ends, a little before, a little after: it never
/// waits in vain.
#[test]
fn a_wait_ends_when_the_timer_is_due_at_that_very_moment() {
    for timer in [Timer::Mtimecmp, Timer::Stimecmp] {
        for nops in 60..130 {
            let mut code = interrupted_loop(timer, 1, 1);
            code.words.truncate(LOOP as usize / 4);
            code.extend((0..nops).map(|_| nop()));
            code.push(plain(Op::Wfi));
            code.push(jal(0, -4));
            let mut machine = code.machine(&small(1));
            let outcome = finish(&mut machine);
            assert!(
                matches!(outcome, Outcome::Exit { code: 0, .. }),
                "{timer:?} after {nops} nops: {outcome:?}"
            );
        }
    }
}

/// A time that virtual time cannot reach without leaving anything to do.
#[test]
fn a_wait_until_the_end_of_time_is_a_wait_for_nothing() {
    for ticks in [u64::MAX / 100, u64::MAX / 100 - 1, u64::MAX - 1, 1 << 62] {
        for timer in [Timer::Mtimecmp, Timer::Stimecmp] {
            let mut code = interrupted_loop(timer, 1, ticks);
            code.words.truncate(LOOP as usize / 4);
            code.push(plain(Op::Wfi));
            code.push(jal(0, -4));
            let outcome = finish(&mut code.machine(&small(1)));
            let Outcome::Verdict { verdict, .. } = outcome else {
                panic!("{timer:?} at {ticks}: {outcome:?}");
            };
            assert!(matches!(*verdict, Verdict::WaitsForNothing { .. }));
        }
    }
}

/// With one hart, `instret`, `cycle` and 100 × `time` go together until `wfi`.
#[test]
fn counters_count_every_instruction_once() {
    let mut code = Code::new();
    code.extend([
        csr(Op::Csrrs, 10, Csr::Instret, 0),
        csr(Op::Csrrs, 11, Csr::Cycle, 0),
        nop(),
        csr(Op::Csrrs, 12, Csr::Minstret, 0),
        csr(Op::Csrrw, 0, Csr::Minstret, 0),
        csr(Op::Csrrs, 13, Csr::Minstret, 0),
        csr(Op::Csrrs, 14, Csr::Minstret, 0),
    ]);
    let back = code.here();
    code.push(csr(Op::Csrrs, 15, Csr::Time, 0));
    code.push(s(Op::Beq, 0, 15, -4));
    code.push(csr(Op::Csrrs, 16, Csr::Mcycle, 0));
    code.pass();
    let mut machine = code.machine(&small(1));
    finish(&mut machine);
    let x = machine.hart(0).x();
    assert_eq!((x[10], x[11], x[12]), (1, 2, 4));
    assert_eq!((x[13], x[14]), (0, 1), "what was written, and one more");
    // `time` changes at the 100th instruction.
    let first = back / 4;
    let rounds = (100 - first).div_ceil(2);
    assert_eq!((x[15], x[16]), (1, first + 2 * rounds + 2));
}

/// Harts take turns, and each has a time of its own: the timer of one is not
/// early because another has been ahead and looked at the CLINT.
#[test]
fn the_timer_of_a_hart_is_never_early() {
    let mut code = Code::new();
    code.push(csr(Op::Csrrs, 9, Csr::Mhartid, 0));
    code.constant(5, CLINT_BASE + 0xbff8);
    code.push(s(Op::Bne, 0, 9, 12));
    // Hart 0 looks at the time, for ever.
    code.push(i(Op::Ld, 6, 5, 0));
    code.push(jal(0, -4));
    // Hart 1 sets its timer again and again; its handler compares.
    code.set(Csr::Mtvec, RAM_BASE + HANDLER);
    code.set(Csr::Mie, MTIE);
    code.set(Csr::Mstatus, MIE);
    code.constant(20, MTIMECMP + 8);
    code.push(csr(Op::Csrrs, 21, Csr::Time, 0));
    code.push(addi(21, 21, 7));
    code.push(s(Op::Sd, 21, 20, 0));
    code.push(nop());
    code.push(jal(0, -4));
    code.at(HANDLER);
    code.push(csr(Op::Csrrs, 22, Csr::Time, 0));
    code.push(s(Op::Bltu, 21, 22, 20));
    code.push(addi(21, 22, 7));
    code.push(s(Op::Sd, 21, 20, 0));
    code.push(addi(23, 23, 1));
    code.push(plain(Op::Mret));
    // Early: ends the run.
    code.pass();
    let mut machine = code.machine(&small(2));
    let outcome = machine.run(&Limits::instructions(300_000));
    assert_eq!(
        outcome,
        Outcome::Budget,
        "time {} is before {}",
        machine.hart(1).x()[22],
        machine.hart(1).x()[21]
    );
    assert!(machine.hart(1).x()[23] > 100, "interrupts");
}

/// A symbol may have any address.
#[test]
fn a_tohost_where_there_is_no_ram_is_nobody() {
    use pagewalk_machine::loader::Program;
    for tohost in [u64::MAX - 3, 0, RAM_BASE - 4, RAM_BASE + (4 << 20) - 4] {
        let mut program = Program::parse("test", &pagewalk_machine::doc_elf()).expect("an ELF");
        program.tohost = Some(tohost);
        program.fromhost = Some(tohost);
        let config = Config {
            memory: 4 << 20,
            ..Config::default()
        };
        let mut machine = Machine::new(&config).expect("a board");
        machine.load(&program).expect("it fits");
        let outcome = machine.run(&Limits::instructions(1000));
        assert!(matches!(outcome, Outcome::Verdict { .. }), "{outcome:?}");
        assert_eq!(word(&machine, RAM_BASE + 0x1000), 85, "{tohost:#x}");
    }
}
