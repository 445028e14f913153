//! Whole boards: time, several harts, and guests that get nowhere.

#[allow(dead_code, reason = "shared with the tests of the hart")]
#[path = "../../../hart/tests/hart/asm.rs"]
mod asm;
mod board;
mod chaos;
mod firmware;
mod harts;
mod stack;
mod time;
mod verdicts;
