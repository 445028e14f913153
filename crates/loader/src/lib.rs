//! Reads RV64 ELF executables: what a board needs to run one, what a tool
//! needs to talk about one, and, for every file that cannot be loaded, why.
//!
//! [`Program::from_file`] accepts exactly the well-formed executables: every
//! table and every section that the file announces must be there, debugging
//! sections included, because a file that was cut short is not what its author
//! built. Whether the program also fits a certain board is a second question:
//! [`Program::check_fits`].
//!
//! [`Lines`] knows which line of the source an instruction was made from. It is
//! apart from [`Program`], because few of those who run a program ask for it.
//!
//! [`Notes`] has what a kernel publishes of itself for those who watch it.
//!
//! Files are hostile until proven otherwise: all offsets and sizes are checked
//! in 64 bits before anything is copied, and what is copied is bounded by a
//! small multiple of the file's size, whatever its headers say.
//!
//! Structures follow the *System V ABI*, chapters 4 and 5 (the ELF-64 object
//! file format), and the *RISC-V ELF psABI specification*, version 1.0, chapter
//! ELF Object Files.

mod attributes;
mod error;
mod file;
mod fits;
mod lines;
mod mapping;
mod notes;
mod parse;
mod program;
mod strings;
mod symbols;

pub use error::{Detail, LoadError, Part, Problem};
pub use file::read_file;
pub use fits::Region;
pub use lines::{Frame, Lines, NoLines, SourceLine};
pub use mapping::Content;
pub use notes::{
    Field, Item, NoteProblem, Notes, NotesError, Read, Root, Shape, Structure, TracePoint,
    WalkError,
};
pub use program::{Kind, Program, Section, Segment};
pub use symbols::{Binding, Place, Symbol, SymbolKind, Symbols};
