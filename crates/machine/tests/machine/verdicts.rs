//! Guests that get nowhere end with a verdict, and guests that work do not.

use pagewalk_isa::{Cause, Csr, ExceptionCause, Op};
use pagewalk_machine::{Outcome, RAM_BASE, Verdict};

use crate::asm::{addi, csr, i, jal, li, nop, plain, r, s};
use crate::board::{Code, DATA, finish, small};

const HANDLER: u64 = 0x1000;
const SP: u8 = 2;

/// Causes of the first trap and of the one that repeats.
fn trap_loop(name: &str, code: &Code) -> (ExceptionCause, ExceptionCause) {
    let mut machine = code.machine(&small(1));
    let outcome = finish(&mut machine);
    let Outcome::Verdict { hart: 0, verdict } = outcome else {
        panic!("{name}: {outcome:?}");
    };
    let Verdict::TrapLoop { first, last, times } = *verdict else {
        panic!("{name}: {verdict:?}");
    };
    assert!(times > 0, "{name}");
    match (first.cause, last.cause) {
        (Cause::Exception(first), Cause::Exception(last)) => (first, last),
        causes => panic!("{name}: {causes:?}"),
    }
}

/// A handler behind `mtvec`, and `body` that gets there.
fn with_handler(handler: &[u32], body: impl FnOnce(&mut Code)) -> Code {
    let mut code = Code::new();
    code.set(Csr::Mtvec, RAM_BASE + HANDLER);
    code.constant(SP, DATA + 0x8000);
    body(&mut code);
    code.at(HANDLER);
    code.extend(handler.iter().copied());
    code
}

use ExceptionCause::{
    EcallFromM, IllegalInstruction, InstructionAccessFault, InstructionPageFault, LoadAccessFault,
    StoreAccessFault,
};

#[test]
fn a_jump_to_where_nothing_is() {
    let mut code = Code::new();
    code.constant(5, 0x4000_0000);
    code.push(i(Op::Jalr, 0, 5, 0));
    assert_eq!(trap_loop("nowhere", &code).0, InstructionAccessFault);
}

#[test]
fn a_handler_that_traps_at_once() {
    let code = with_handler(&[i(Op::Ld, 5, 0, 0)], |code| code.push(plain(Op::Ecall)));
    assert_eq!(trap_loop("handler", &code), (EcallFromM, LoadAccessFault));
}

#[test]
fn a_handler_that_saves_registers_below_a_bad_stack_pointer() {
    let handler = [addi(SP, SP, -256), s(Op::Sd, 1, SP, 0)];
    let code = with_handler(&handler, |code| {
        code.constant(SP, 0x4000_0000);
        code.push(plain(Op::Ecall));
    });
    assert_eq!(trap_loop("bad sp", &code), (EcallFromM, StoreAccessFault));
}

/// Saves registers well, on a stack of its own that it begins anew each time:
/// memory is written, but nothing changes.
#[test]
fn a_handler_that_saves_to_the_same_place_and_traps() {
    let handler = [
        csr(Op::Csrrw, SP, Csr::Mscratch, SP),
        s(Op::Sd, 1, SP, 0),
        csr(Op::Csrrs, 5, Csr::Mcause, 0),
        s(Op::Sd, 5, SP, 8),
        csr(Op::Csrrw, SP, Csr::Mscratch, SP),
        i(Op::Ld, 5, 0, 0),
    ];
    let code = with_handler(&handler, |code| {
        code.set(Csr::Mscratch, DATA + 0x4000);
        code.push(plain(Op::Ecall));
    });
    assert_eq!(
        trap_loop("same place", &code),
        (EcallFromM, LoadAccessFault)
    );
}

/// Pushes a frame and traps, again and again: memory changes all the time.
#[test]
fn a_handler_that_pushes_frames_and_traps() {
    let handler = [addi(SP, SP, -16), s(Op::Sd, SP, SP, 0), i(Op::Ld, 5, 0, 0)];
    let code = with_handler(&handler, |code| {
        code.constant(SP, RAM_BASE + (3 << 20));
        code.push(plain(Op::Ecall));
    });
    assert_eq!(trap_loop("frames", &code), (EcallFromM, LoadAccessFault));
}

/// A device that refuses a store has not changed. With and without an
/// instruction before it.
#[test]
fn a_handler_whose_store_a_device_refuses() {
    let store = s(Op::Sd, 0, 5, 0);
    for handler in [vec![store], vec![nop(), store]] {
        let code = with_handler(&handler, |code| {
            code.constant(5, pagewalk_machine::CLINT_BASE + 0x1f8);
            code.push(plain(Op::Ecall));
        });
        assert_eq!(trap_loop("refused", &code), (EcallFromM, StoreAccessFault));
    }
}

/// Each kind of trap leads to the other.
#[test]
fn a_handler_with_two_ways_to_trap() {
    let handler = [
        csr(Op::Csrrs, 5, Csr::Mcause, 0),
        addi(5, 5, -2),
        s(Op::Beq, 0, 5, 8),
        0,
        i(Op::Ld, 5, 0, 0),
    ];
    let code = with_handler(&handler, |code| code.push(plain(Op::Ecall)));
    let (first, last) = trap_loop("two ways", &code);
    assert_eq!(first, EcallFromM);
    assert!([IllegalInstruction, LoadAccessFault].contains(&last));
}

#[test]
fn a_supervisor_that_unmaps_the_code_it_executes() {
    const ROOT: u64 = RAM_BASE + 0x3000;
    let mut code = Code::new();
    code.set(Csr::Mtvec, RAM_BASE + HANDLER);
    code.set(Csr::Pmpaddr(0), u64::MAX);
    code.set(Csr::Pmpcfg(0), 0x1f);
    code.set(Csr::Medeleg, 0xb3ff);
    code.set(Csr::Stvec, RAM_BASE + 0x800);
    // A gigabyte page that maps RAM to itself.
    code.constant(5, ROOT + 16);
    code.constant(6, RAM_BASE >> 2 | 0xcf);
    code.push(s(Op::Sd, 6, 5, 0));
    code.set(Csr::Satp, 8 << 60 | ROOT >> 12);
    code.set(Csr::Mepc, RAM_BASE + 0x400);
    code.set(Csr::Mstatus, 1 << 11);
    code.push(plain(Op::Mret));
    code.at(0x400);
    code.push(s(Op::Sd, 0, 5, 0));
    code.push(r(Op::SfenceVma, 0, 0, 0));
    code.push(nop());
    let causes = trap_loop("unmap", &code);
    assert_eq!(causes, (InstructionPageFault, InstructionPageFault));
}

fn last_verdict(code: &Code, harts: usize) -> Verdict {
    match finish(&mut code.machine(&small(harts))) {
        Outcome::Verdict { verdict, .. } => *verdict,
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn a_wait_with_nothing_armed() {
    let mut code = Code::new();
    code.set(Csr::Mie, 0xaaa);
    code.push(plain(Op::Wfi));
    for harts in [1, 3] {
        let verdict = last_verdict(&code, harts);
        let pc = RAM_BASE + code.here();
        assert_eq!(verdict, Verdict::WaitsForNothing { pc });
    }
}

#[test]
fn harts_that_all_jump_to_themselves() {
    let mut code = Code::new();
    code.push(jal(0, 0));
    for harts in [1, 4] {
        let pc = RAM_BASE + 4;
        assert_eq!(last_verdict(&code, harts), Verdict::Parked { pc });
    }
}

#[test]
fn harts_of_which_some_wait_and_some_are_parked() {
    let mut code = Code::new();
    code.push(csr(Op::Csrrs, 9, Csr::Mhartid, 0));
    code.push(s(Op::Beq, 0, 9, 8));
    code.push(plain(Op::Wfi));
    code.push(jal(0, 0));
    let verdict = last_verdict(&code, 3);
    assert!(
        matches!(verdict, Verdict::WaitsForNothing { .. }),
        "{verdict:?}"
    );
}

const CALLS: u64 = 50_000;

/// Programs that take a trap [`CALLS`] times and never return from it by
/// `mret`: the handler jumps back. `count` counts down and leaves what is left
/// in x7, which the handler overwrites, so that registers alone tell nothing.
fn check_calls(name: &str, prepare: impl FnOnce(&mut Code), count: &[u32]) {
    let mut code = Code::new();
    code.set(Csr::Mtvec, RAM_BASE + HANDLER);
    code.constant(5, DATA + 0x800);
    code.constant(6, CALLS);
    code.push(s(Op::Sd, 6, 5, 0));
    prepare(&mut code);
    code.push(li(6, 0));
    let start = code.here() as i32;
    code.extend(count.iter().copied());
    code.push(s(Op::Beq, 0, 7, 12));
    code.push(li(7, 0));
    code.push(plain(Op::Ecall));
    code.push(nop());
    code.pass();
    code.at(HANDLER);
    code.push(jal(0, start - HANDLER as i32));
    let mut machine = code.machine(&small(1));
    let outcome = finish(&mut machine);
    assert!(
        matches!(outcome, Outcome::Exit { code: 0, .. }),
        "{name}: {outcome:?}"
    );
    let calls = machine.hart(0).counts().exceptions[11];
    assert_eq!(calls, CALLS - 1, "{name}");
}

#[test]
fn a_program_that_counts_in_memory_gets_somewhere() {
    let count = [i(Op::Ld, 7, 5, 0), addi(7, 7, -1), s(Op::Sd, 7, 5, 0)];
    check_calls("memory", |_| {}, &count);
    let count = [li(7, -1), r(Op::AmoaddD, 7, 5, 7), addi(7, 7, -1)];
    check_calls("amo", |_| {}, &count);
    // In a page with code, where stores take another way.
    let beside = |code: &mut Code| {
        code.constant(5, RAM_BASE + 0x800);
        code.constant(6, CALLS);
        code.push(s(Op::Sd, 6, 5, 0));
    };
    let count = [i(Op::Ld, 7, 5, 0), addi(7, 7, -1), s(Op::Sd, 7, 5, 0)];
    check_calls("beside code", beside, &count);
    // The store does not change anything, but for one byte in 256.
    let count = [
        i(Op::Lwu, 7, 5, 0),
        addi(7, 7, -1),
        s(Op::Sw, 7, 5, 0),
        s(Op::Sh, 7, 5, 0),
    ];
    check_calls("twice", |_| {}, &count);
    let count = [
        i(Op::LrD, 7, 5, 0),
        addi(7, 7, -1),
        r(Op::ScD, 8, 5, 7),
        li(8, 0),
    ];
    check_calls("lr/sc", |_| {}, &count);
}

#[test]
fn a_program_that_counts_in_a_register_gets_somewhere() {
    let prepare = |code: &mut Code| code.set(Csr::Mscratch, CALLS);
    let count = [
        csr(Op::Csrrs, 7, Csr::Mscratch, 0),
        addi(7, 7, -1),
        csr(Op::Csrrw, 0, Csr::Mscratch, 7),
    ];
    check_calls("csr", prepare, &count);
    let prepare = |code: &mut Code| {
        code.set(Csr::Mstatus, 1 << 13);
        code.constant(7, CALLS);
        code.push(i(Op::FmvDX, 1, 7, 0));
    };
    let count = [i(Op::FmvXD, 7, 1, 0), addi(7, 7, -1), i(Op::FmvDX, 1, 7, 0)];
    check_calls("f1", prepare, &count);
    let prepare = |code: &mut Code| code.constant(9, CALLS);
    check_calls("x9", prepare, &[addi(9, 9, -1), addi(7, 9, 0)]);
}

/// Waits by traps until the time has come.
#[test]
fn a_program_that_waits_for_the_time_gets_somewhere() {
    let mut code = Code::new();
    code.set(Csr::Mtvec, RAM_BASE + HANDLER);
    code.constant(9, 5000);
    let start = code.here() as i32;
    code.push(csr(Op::Csrrs, 7, Csr::Time, 0));
    code.push(s(Op::Bltu, 9, 7, 12));
    code.push(li(7, 0));
    code.push(plain(Op::Ecall));
    code.pass();
    code.at(HANDLER);
    code.push(jal(0, start - HANDLER as i32));
    let mut machine = code.machine(&small(1));
    let outcome = finish(&mut machine);
    assert!(
        matches!(outcome, Outcome::Exit { code: 0, .. }),
        "{outcome:?}"
    );
}
