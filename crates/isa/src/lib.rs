//! What a RISC-V instruction is.
//!
//! One table of instructions ([`table`]) from which come decoding, encoding,
//! disassembly and documentation.
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
pub mod reg;
pub mod table;

pub use cause::{Cause, ExceptionCause, InterruptCause};
pub use csr::{Csr, Privilege};
pub use decode::{decode, encode};
pub use disasm::{Disassembly, WordDisassembly, disassemble, disassemble_word};
pub use extension::{Extension, IsaSet, Requirement};
pub use format::{Format, Shape, Slot};
pub use insn::Insn;
pub use isa_string::{ParseIsaError, ParseIsaErrorKind};
pub use table::Op;
