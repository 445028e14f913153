//! Instructions call each other, and the stack does not grow.

use std::thread;

use pagewalk_isa::{Csr, Op};
use pagewalk_machine::{Limits, Machine, Outcome};

use crate::asm::{addi, csr, i, jal, r, s};
use crate::board::{Code, DATA, small};

/// In release builds every call of a handler is a jump. So it is in the
/// development profile, which optimises the hart; where that is taken away
/// (`opt-level = 0`), calls are calls, and a slice of the budget bounds the
/// stack: 1 MiB was enough for this program, 512 KiB was not.
const STACK: usize = 64 << 10;
const LENGTH: u64 = if cfg!(debug_assertions) {
    5_000_000
} else {
    100_000_000
};

/// A machine that goes to another thread once, before it has run.
struct Moved(Machine);

#[allow(
    unsafe_code,
    reason = "nothing in the machine belongs to the thread that made it"
)]
// SAFETY: the only owner goes along, and what a hart or a console remembers of
// memory belongs to the machine.
unsafe impl Send for Moved {}

/// Runs `code` for a long time on a small stack.
fn run_long(code: Code) {
    let machine = Moved(code.machine(&small(1)));
    let run = move || {
        let mut machine = machine;
        let Moved(machine) = &mut machine;
        assert_eq!(machine.run(&Limits::instructions(LENGTH)), Outcome::Budget);
        assert_eq!(machine.retired(), LENGTH);
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(run);
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn a_long_run_needs_little_stack() {
    let mut code = Code::new();
    code.constant(5, DATA + 0x2000);
    code.push(i(Op::Auipc, 6, 0, 0));
    let start = code.here();
    // Hits, misses, misaligned ones, across a page, a jump by register, an
    // AMO, floating point that is illegal: what calls something, calls.
    code.extend([
        i(Op::Ld, 7, 5, 0),
        s(Op::Sd, 7, 5, 8),
        i(Op::Ld, 7, 5, 3),
        s(Op::Sw, 7, 5, -2),
        i(Op::Ld, 8, 5, -4),
        r(Op::AmoaddD, 8, 5, 7),
        addi(9, 9, 1),
        i(Op::Andi, 10, 9, 1),
        s(Op::Bne, 0, 10, 8),
        r(Op::Mul, 11, 9, 7),
        i(Op::Jalr, 1, 6, 4 * 12),
        r(Op::Divu, 11, 11, 9),
    ]);
    let back = start as i32 - code.here() as i32;
    code.push(jal(0, back));
    run_long(code);
}

/// Results that the host's floating point knows, and others that it does not.
#[test]
fn a_long_run_of_floating_point_needs_little_stack() {
    const FS: u64 = 3 << 13;
    let mut code = Code::new();
    code.constant(5, FS);
    code.push(csr(Op::Csrrs, 0, Csr::Mstatus, 5));
    code.constant(6, 3);
    let start = code.here();
    code.extend([
        r(Op::FcvtDL, 1, 6, 0),
        r(Op::FaddD, 2, 2, 1),
        r(Op::FmulD, 3, 2, 2),
        r(Op::FdivD, 4, 1, 3),
        r(Op::FsqrtD, 5, 4, 0),
        r(Op::FmaxD, 6, 5, 1),
        r(Op::FroundD, 7, 5, 0),
        r(Op::FltD, 7, 6, 5),
        r(Op::FcvtLD, 8, 5, 0),
        r(Op::FdivD, 8, 8, 8),
        r(Op::FcvtSD, 9, 5, 0),
        // No host knows halves.
        r(Op::FcvtHD, 10, 5, 0),
        r(Op::FaddH, 11, 11, 10),
        r(Op::FltH, 9, 11, 10),
    ]);
    let back = start as i32 - code.here() as i32;
    code.push(jal(0, back));
    run_long(code);
}
