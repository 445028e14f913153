//! An interpreter of a small register machine, as a loop around a `match`: indirect jumps
//! that depend on data.

use core::hint::black_box;

use crate::{Meter, Work, Workload, checksum::Checksum};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "bytecode",
    unit: "200,000 loops of a bytecode interpreter",
    units: 10,
    expected: 0x5778_f79b_821f_3c7d,
    work: Work::Compute { words: 0, run },
};

/// Times that the program's loop is executed in a unit.
const LOOPS: u64 = 200_000;

/// What the machine can do: an operation, and three bytes for it.
mod op {
    /// To a register: a number of 16 bits, the low byte first.
    pub(super) const CONSTANT: u8 = 0;
    /// To a register: the sum of two.
    pub(super) const ADD: u8 = 1;
    pub(super) const SUBTRACT: u8 = 2;
    pub(super) const MULTIPLY: u8 = 3;
    pub(super) const XOR: u8 = 4;
    pub(super) const AND: u8 = 5;
    /// To a register: another one, shifted by so many bits.
    pub(super) const SHIFT_RIGHT: u8 = 6;
    /// To a place in the program.
    pub(super) const JUMP: u8 = 7;
    /// To a place in the program, if a register is zero.
    pub(super) const JUMP_IF_ZERO: u8 = 8;
    pub(super) const END: u8 = 9;
}

// Registers of the program.
const COUNT: u8 = 0;
const X: u8 = 1;
const SUM: u8 = 2;
const BITS: u8 = 3;
const ONE: u8 = 4;
const FACTOR: u8 = 5;
const TERM: u8 = 6;
const MASK: u8 = 7;

/// As long as `COUNT` is not zero: one less of it; `X` = (109 · `X` + 57) mod 2^16; if that
/// is odd it is added to `SUM`, else an eighth of it changes bits of `SUM`.
const PROGRAM: [[u8; 4]; 17] = [
    /*  0 */ [op::CONSTANT, ONE, 1, 0],
    /*  1 */ [op::CONSTANT, FACTOR, 109, 0],
    /*  2 */ [op::CONSTANT, TERM, 57, 0],
    /*  3 */ [op::CONSTANT, MASK, 0xff, 0xff],
    /*  4 */ [op::JUMP_IF_ZERO, 16, COUNT, 0],
    /*  5 */ [op::SUBTRACT, COUNT, COUNT, ONE],
    /*  6 */ [op::MULTIPLY, X, X, FACTOR],
    /*  7 */ [op::ADD, X, X, TERM],
    /*  8 */ [op::AND, X, X, MASK],
    /*  9 */ [op::AND, BITS, X, ONE],
    /* 10 */ [op::JUMP_IF_ZERO, 13, BITS, 0],
    /* 11 */ [op::ADD, SUM, SUM, X],
    /* 12 */ [op::JUMP, 4, 0, 0],
    /* 13 */ [op::SHIFT_RIGHT, BITS, X, 3],
    /* 14 */ [op::XOR, SUM, SUM, BITS],
    /* 15 */ [op::JUMP, 4, 0, 0],
    /* 16 */ [op::END, 0, 0, 0],
];

/// Executes a program from its start; returns the registers at its end.
#[inline(never)]
fn execute(program: &[[u8; 4]], mut registers: [u64; 8]) -> [u64; 8] {
    let at = |register: u8| usize::from(register % 8);
    let mut pc = 0;
    loop {
        let [operation, to, a, b] = program[pc];
        pc += 1;
        let (left, right) = (registers[at(a)], registers[at(b)]);
        match operation {
            op::CONSTANT => registers[at(to)] = u16::from_le_bytes([a, b]).into(),
            op::ADD => registers[at(to)] = left.wrapping_add(right),
            op::SUBTRACT => registers[at(to)] = left.wrapping_sub(right),
            op::MULTIPLY => registers[at(to)] = left.wrapping_mul(right),
            op::XOR => registers[at(to)] = left ^ right,
            op::AND => registers[at(to)] = left & right,
            op::SHIFT_RIGHT => registers[at(to)] = left.wrapping_shr(b.into()),
            op::JUMP => pc = to.into(),
            op::JUMP_IF_ZERO if left == 0 => pc = to.into(),
            op::JUMP_IF_ZERO => {}
            op::END => return registers,
            other => panic!("no operation {other}"),
        }
    }
}

fn digest(x: u64, sum: u64) -> u64 {
    let mut checksum = Checksum::new();
    checksum.add(x);
    checksum.add(sum);
    checksum.finish()
}

fn run(_: &mut [u64], meter: &mut Meter<'_>) {
    meter.measure(&mut || {
        let registers = execute(black_box(&PROGRAM), [LOOPS, 0, 0, 0, 0, 0, 0, 0]);
        digest(registers[usize::from(X)], registers[usize::from(SUM)])
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    #[test]
    fn expected_digest_is_that_of_the_program_in_rust() {
        let (mut x, mut sum) = (0_u64, 0_u64);
        for _ in 0..LOOPS {
            x = (109 * x + 57) % 65_536;
            if x % 2 == 1 {
                sum += x;
            } else {
                sum ^= x / 8;
            }
        }
        let digest = digest(x, sum);
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
