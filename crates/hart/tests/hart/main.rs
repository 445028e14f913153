//! A hart as its users see it: what it executes, and that no guest can tell
//! how.

mod aliases;
mod asm;
mod board;
mod budgets;
mod edges;
mod generate;
mod random;
mod self_modifying;
mod translations;
