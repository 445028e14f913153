//! Tests of the loader on files made here, byte by byte, and on files that
//! fuzzing found.

mod allocation;
mod builder;
mod errors;
mod fits;
mod invariants;
mod lines;
mod mutation;
mod notes;
mod parse;
mod replay;
mod symbols;
mod truncation;
