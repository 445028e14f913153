//! What a RISC-V instruction is: one table, and everything that follows from
//! it. There is no state here, no memory and no execution.
//!
//! - [`table`] has one row per instruction. The macros there make the [`Op`]
//!   enum and the row arrays out of it.
//! - [`decode`] and [`encode`] go between words and [`Insn`]; an index over
//!   the rows is built at compile time.
//! - [`disassemble`] writes an instruction in the syntax of the GNU tools.
//! - [`Extension`] and [`IsaSet`] say what a hart has, and read and write ISA
//!   strings.
//! - [`csr`] has one row per control and status register, [`cause`] one per
//!   exception and interrupt, [`reg`] the names of registers.
//! - [`docs`] prints the tables for `docs/instructions.md` and `docs/csrs.md`.
//!
//! The specification is the RISC-V Instruction Set Manual, volumes I and II;
//! sections are cited by their titles, since their numbers change between
//! releases.
//!
//! ```
//! use pagewalk_isa::{IsaSet, Op, decode, disassemble, encode};
//!
//! let isa: IsaSet = "rv64gc_zba".parse().unwrap();
//! let insn = decode(0x00c5_8533, isa).unwrap();
//! assert_eq!((insn.op, insn.rd, insn.rs1, insn.rs2), (Op::Add, 10, 11, 12));
//! assert_eq!(disassemble(&insn, 0x8000_0000).to_string(), "add a0,a1,a2");
//! assert_eq!(encode(&insn), 0x00c5_8533);
//!
//! // A compressed instruction is the one that it stands for, 2 bytes long.
//! let insn = decode(0x8082, isa).unwrap();
//! assert_eq!((insn.op, insn.len, insn.rs1), (Op::Jalr, 2, 1));
//! assert_eq!(insn.to_string(), "ret");
//! ```
//!
//! # Invariants
//!
//! - Exactly one row matches a word that decodes, the most specific one. Rows
//!   overlap only where one says that it `refines` the other.
//! - `encode(decode(word)) == word`: fields that a legal encoding does not use
//!   stay in [`Insn::raw`].
//! - Decoding depends on the [`IsaSet`] alone. Privilege, FS, CSR access and
//!   a reserved value in `frm` are tested when an instruction is executed.
//! - No engine sees a compressed operation, and no `Op` is missing from the
//!   interpreter: it matches on `Op` without a wildcard.
//!
//! # Adding an instruction
//!
//! 1. If its extension is new, add a row to `extension.rs`.
//! 2. Add its row to `table.rs`, under its section; a new operand format goes
//!    to `format.rs`, its assembly syntax to `disasm.rs`.
//! 3. Give it a meaning: the interpreter does not compile before.
//! 4. Add a line to `tests/disassembly.txt` and run the tests with
//!    `UPDATE_DOCS=1`.
//!
//! The guide in `docs/adding-an-instruction.md` goes through an example.
#![no_std]

mod alias;
pub mod cause;
mod compressed;
pub mod csr;
mod decode;
mod disasm;
pub mod docs;
mod extension;
mod format;
mod insn;
mod isa_string;
pub mod pattern;
mod privilege;
pub mod reg;
pub mod table;

pub use cause::{Cause, ExceptionCause, InterruptCause};
pub use csr::Csr;
pub use decode::{decode, encode};
pub use disasm::{Disassembly, WordDisassembly, disassemble, disassemble_word};
pub use extension::{Extension, IsaSet, Requirement};
pub use format::{Format, Shape, Slot};
pub use insn::Insn;
pub use isa_string::{ParseIsaError, ParseIsaErrorKind};
pub use privilege::Privilege;
pub use table::Op;
