//! A RISC-V hart.
//!
//! - [`Hart`] is the architectural state and what is derived from it (TLB,
//!   jump cache); [`Hart::run`] executes instructions.
//! - [`Env`] is what a hart needs of its surroundings for one run: the bus,
//!   the decoded blocks, the time.
//! - `engine` is the interpreter's machinery: blocks of decoded instructions
//!   and the loop that runs them. `ops` says what each instruction does.
//! - `lsu` is the way of a load, store or fetch through TLB, page walk and
//!   bus; `csr` and `trap` are the privileged architecture.
//!
//! # Invariants
//! - A hart never names a device or an address of the board.
//! - The state after N instructions is a function of the state before and of
//!   what the bus answered, never of the shape of blocks.
//!
//! Specifications: The RISC-V Instruction Set Manual, Volume I (unprivileged)
//! and Volume II (privileged), 20240411 and the extensions ratified since.

mod csr;
mod engine;
mod hart;
mod inspect;
mod lsu;
mod ops;
mod regs;
mod streak;
mod trap;

pub use csr::AdPolicy;
pub use engine::block::Blocks;
pub use hart::{Config, Counts, Env, Hart, Stop};
pub use ops::mem::CACHE_BLOCK;
pub use trap::{Exception, Trap, Verdict};
