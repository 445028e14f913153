//! Pairs of instructions that one handler executes.
//!
//! The handler stands in the first of the two entries and reads both in place;
//! the second entry is what it would be without. So an instruction of a pair
//! that misses the TLB, or faults, is left to its own handler, which finds
//! everything as it expects it: state, entry, and the way to go on.
//!
//! Which pairs there are is a matter of measurement
//! (docs/decisions/0007-fused-pairs.md).

use pagewalk_isa::Op;

use super::flow::*;
use super::int::*;
use super::mem::*;
use super::{Attempt, float::*};
use crate::engine::block::Handler;

macro_rules! pairs {
    ($($first:ident: $($second:ident)+;)+) => {
        /// The handler that executes `first` and, behind it, `second`, if
        /// there is one.
        pub(crate) fn pair(first: Op, second: Op) -> Option<Handler> {
            let handler: Handler = match (first, second) {
                $($((Op::$first, Op::$second) => |h, env, e, b| {
                    if $first::attempt(h, e.entry()) {
                        $second(h, env, e.after(), b)
                    } else {
                        $first::otherwise(h, env, e, b)
                    }
                },)+)+
                _ => return None,
            };
            Some(handler)
        }
    };
}

pairs! {
    Addi: Addi Add Slli Sll Andi Sub Addiw Ld Lw Lbu Sd Sw Sb Auipc FmulD
        Beq Bne Blt Bge Bltu Bgeu Jalr;
    Add: Addi Add Slli Sub Auipc Ld Lw Lwu Lbu Lhu Lh Sd Sw Sb Sh Fld Fsd
        Beq Bne Blt Bge Bltu Bgeu;
    Sub: Addi Add Andi Beq Bne Blt Bge Bltu Bgeu;
    Slli: Add Addi Slli Srli Srai Or Fld;
    Srli: Add Addi Andi Xor;
    Srl: Addi;
    Sll: Or;
    Or: Addi;
    Xor: Mul Sw;
    Andi: Add Addi Andi Slli Beq Bne;
    Addiw: Addi Slli Bne;
    Mul: Add Srli;
    Lui: Addi Addiw;
    Auipc: Addi Ld Jalr;
    Slt: Beq Bne;
    Sltu: Beq Bne;
    Ld: Addi Add Andi Srl Ld Sd Beq Bne Bltu Jalr;
    Lw: Addi Add Lw Beq Bne Blt Bge;
    Lwu: Bltu Bgeu;
    Lbu: Addi Add Slli Lbu Sb Beq Bne Bltu Bgeu;
    Lh: Lh;
    Lhu: Lhu;
    Fld: Addi Add Fld Fsd FmulD FaddD FsubD;
    Sd: Addi Add Sd Ld Sb Bltu;
    Sw: Addi Sw;
    Sb: Addi Add;
    Fsd: Addi Fld Fsd FsubD;
}
