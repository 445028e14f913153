//! Why a file cannot be loaded, in words: what is wrong, where, and the way
//! out.

use std::fmt;
use std::io;

/// A file that cannot be loaded, and why.
///
/// Displays as `file: problem; way out`, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct LoadError {
    /// The file, as the user named it.
    pub file: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What all messages about the wrong kind of file end with.
const BUILD_RV64: &str = "Pagewalk runs 64-bit little-endian RISC-V ELF executables; build with \
     `cargo build --target riscv64gc-unknown-none-elf` or `riscv64-unknown-elf-gcc`";

/// What all messages about a damaged file end with.
const BUILD_AGAIN: &str = "the file is truncated or damaged; build or copy it again";

/// What is wrong with a file.
///
/// Segments carry their index in the program header table and sections theirs
/// in the section header table, as `readelf -lS` prints them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No such file.
    #[error("no such file; check the path")]
    Missing,
    /// A directory where a file is expected.
    #[error("is a directory; name the ELF executable in it")]
    Directory,
    /// A pipe, a socket or a device.
    #[error("is not a regular file; copy its contents to a file first")]
    NotRegular,
    /// The host cannot read the file.
    #[error("cannot be read: {0}; check its permissions and the disk")]
    Read(io::Error),

    /// No byte in the file.
    #[error("is empty; {BUILD_RV64}")]
    Empty,
    /// The magic number is another one.
    #[error(
        "is not an ELF file (it starts with {:02x} {:02x} {:02x} {:02x}, not 7f 45 4c 46); {BUILD_RV64}",
        magic[0], magic[1], magic[2], magic[3]
    )]
    NotElf {
        /// The first four bytes, padded with zeros.
        magic: [u8; 4],
    },
    /// ELF for 32-bit machines.
    #[error("is a 32-bit ELF file; {BUILD_RV64}")]
    Bits32,
    /// ELF for big-endian machines.
    #[error("is a big-endian ELF file; {BUILD_RV64}")]
    BigEndian,
    /// An identification byte or a version that no ELF specification defines.
    #[error("has {value} as {field} at offset {offset:#x}, which no ELF file has; {BUILD_AGAIN}")]
    Identification {
        /// The field.
        field: &'static str,
        /// Where it is in the file.
        offset: u64,
        /// What it holds.
        value: u32,
    },
    /// ELF for another processor.
    #[error("is for another processor ({name}, e_machine {machine}), not for RISC-V; {BUILD_RV64}")]
    Machine {
        /// `e_machine`.
        machine: u16,
        /// Its usual name.
        name: &'static str,
    },
    /// `ET_REL`: the linker has not seen it yet.
    #[error("is a relocatable object file; link it to an executable first")]
    Relocatable,
    /// `ET_CORE`.
    #[error("is a core dump; name the executable that it came from")]
    CoreDump,
    /// `ET_DYN` without an entry point.
    #[error("is a shared library without an entry point; name an executable")]
    SharedLibrary,
    /// Another `e_type`.
    #[error("has ELF type {0:#x}, which is no executable; {BUILD_RV64}")]
    UnknownType(u16),

    /// A part of the file lies behind its end.
    #[error(
        "{part} should be at offset {offset:#x}, {size:#x} bytes long, but the file has only \
         {file_size:#x} bytes; {BUILD_AGAIN}"
    )]
    OutsideFile {
        /// What is missing.
        part: Part,
        /// Where it should begin.
        offset: u64,
        /// How long it should be.
        size: u64,
        /// How long the file is.
        file_size: u64,
    },
    /// Table entries of an unexpected size.
    #[error("{part} has entries of {found} bytes instead of {expected}; {BUILD_AGAIN}")]
    EntrySize {
        /// Which table.
        part: Part,
        /// What the file says.
        found: u64,
        /// What ELF64 says.
        expected: u64,
    },
    /// `PN_XNUM`, or `e_shnum` 0: more than 65 thousand headers.
    #[error(
        "{0} needs extended numbering (more than 65 thousand entries); link with a linker script \
         that merges input sections"
    )]
    ExtendedNumbering(Part),
    /// Nothing would be loaded.
    #[error(
        "has no segment to load (no PT_LOAD program header with a size); link it to an executable"
    )]
    NoSegments,
    /// `p_filesz` is greater than `p_memsz`.
    #[error(
        "segment {segment} has {file_size:#x} bytes in the file but only {memory_size:#x} in memory; \
         {BUILD_AGAIN}"
    )]
    FileSizeExceedsMemorySize {
        /// Index of the program header.
        segment: u16,
        /// `p_filesz`.
        file_size: u64,
        /// `p_memsz`.
        memory_size: u64,
    },
    /// The end of a segment does not fit 64 bits.
    #[error(
        "segment {segment} wraps around the end of the {space} address space ({address:#x} + \
         {size:#x} bytes); correct the addresses in the linker script"
    )]
    Wraps {
        /// Index of the program header.
        segment: u16,
        /// "physical" or "virtual".
        space: &'static str,
        /// Where it begins.
        address: u64,
        /// `p_memsz`.
        size: u64,
    },
    /// Segments share so many file bytes that loading would multiply the file.
    #[error(
        "the segments up to segment {segment} load more bytes ({loaded:#x}) than the file has \
         ({file_size:#x}); {BUILD_AGAIN}"
    )]
    SegmentsShareBytes {
        /// Index of the first program header that is too much.
        segment: u16,
        /// Sum of `p_filesz` so far.
        loaded: u64,
        /// How long the file is.
        file_size: u64,
    },
    /// A section or symbol table that contradicts itself.
    #[error("{part} is inconsistent: {detail}; {BUILD_AGAIN}, or remove its tables with `strip`")]
    Inconsistent {
        /// What.
        part: Part,
        /// How.
        detail: Detail,
    },

    /// A segment where the board has no memory.
    #[error(
        "segment {segment} at {first:#x}..={last:#x} does not fit the memory of the board ({memory}); {}",
        if *position_independent {
            "the program is position-independent: link it for a fixed address in that memory, without -pie"
        } else {
            "link it for an address in that memory, or give the board more"
        }
    )]
    OutsideMemory {
        /// Index of the program header.
        segment: u16,
        /// First physical address.
        first: u64,
        /// Last physical address.
        last: u64,
        /// The memory there is, in words.
        memory: String,
        /// The program is `ET_DYN`, the usual reason for an address near 0.
        position_independent: bool,
    },
    /// Two segments want the same memory.
    #[error(
        "segment {segment} at {first:#x}..={last:#x} overlaps segment {other}, which ends at \
         {other_last:#x}; correct the addresses in the linker script"
    )]
    Overlap {
        /// Index of the program header of the later one in memory.
        segment: u16,
        /// Its first physical address.
        first: u64,
        /// Its last physical address.
        last: u64,
        /// Index of the program header of the earlier one in memory.
        other: u16,
        /// Its last physical address.
        other_last: u64,
    },
    /// The program would start where it has no code.
    #[error(
        "the entry point {entry:#x} lies in no segment's bytes ({segments}); name the entry \
         symbol with `ENTRY(…)` in the linker script or with `-e`"
    )]
    EntryOutside {
        /// `e_entry`.
        entry: u64,
        /// The segments, in words.
        segments: String,
    },
    /// Instructions begin at even addresses.
    #[error(
        "the entry point {entry:#x} is odd, but instructions are aligned to 2 bytes; correct the \
         entry symbol in the linker script"
    )]
    EntryMisaligned {
        /// `e_entry`, or the physical address that it is loaded at.
        entry: u64,
    },
}

/// A part of an ELF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The first 64 bytes.
    Header,
    /// All program headers.
    ProgramHeaders,
    /// All section headers.
    SectionHeaders,
    /// What a program header describes.
    Segment(u16),
    /// What a section header describes.
    Section(u16),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Header => write!(f, "the ELF header"),
            Part::ProgramHeaders => write!(f, "the program header table"),
            Part::SectionHeaders => write!(f, "the section header table"),
            Part::Segment(index) => write!(f, "segment {index}"),
            Part::Section(index) => write!(f, "section {index}"),
        }
    }
}

/// How a section or symbol table contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Detail {
    /// A section index that leads nowhere, or to the wrong kind of section.
    #[error("it should name a string table, but names section {0}")]
    NoStringTable(u32),
    /// Strings in ELF end with a NUL byte.
    #[error("its last string has no end")]
    UnendedString,
    /// An offset behind the end of a string table.
    #[error("entry {entry} has its name at {offset:#x}, behind the end of the names")]
    NameOutside {
        /// Index of the symbol or section.
        entry: u64,
        /// Offset into the string table.
        offset: u64,
    },
    /// Names that overlap each other so much that copying multiplies the file.
    #[error("the names of the sections are longer than the file")]
    NamesTooLong,
    /// A table whose size is not a multiple of its entries.
    #[error("its size of {0:#x} bytes is not a whole number of entries")]
    PartialEntry(u64),
}
