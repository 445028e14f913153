//! A program, ready to be copied into memory.

use crate::Symbols;

/// An RV64 executable.
///
/// Made by [`Program::from_file`] or [`Program::parse`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Program {
    /// The file, as the user named it.
    pub name: String,
    /// Linked for fixed addresses or not.
    pub kind: Kind,
    /// `e_entry`, a virtual address; see [`Program::entry_paddr`].
    pub entry: u64,
    /// `e_flags`: the ABI that the program was built for (psABI, File Header).
    pub flags: u32,
    /// The extensions that the program was built for, as an ISA string
    /// (psABI, RISC-V Attributes, `Tag_RISCV_arch`), if it says so.
    pub arch: Option<String>,
    /// What to copy into memory, in the order of the file; none has size 0.
    pub segments: Vec<Segment>,
    /// The sections that are in memory at run time, in the order of the file;
    /// empty in a file without section headers.
    pub sections: Vec<Section>,
    /// Names of addresses; empty in a stripped file.
    pub symbols: Symbols,
    /// Physical address of the symbol `tohost`, by which a program talks to a
    /// host-target interface (HTIF).
    pub tohost: Option<u64>,
    /// Physical address of the symbol `fromhost`.
    pub fromhost: Option<u64>,
    /// The dynamic linker that the program asks for (`PT_INTERP`). Such a
    /// program cannot run by itself.
    pub interpreter: Option<String>,
    /// The program has dynamic linking information (`PT_DYNAMIC`), as
    /// dynamically linked and static position-independent programs do.
    pub dynamic: bool,
}

/// Where a program may be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `ET_EXEC`: at the addresses that it was linked for.
    Fixed,
    /// `ET_DYN`: anywhere, after relocation.
    PositionIndependent,
}

/// A part of a program that is copied into memory (`PT_LOAD`).
///
/// Neither range wraps around, so that the `last_…` methods are exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Index in the program header table, for messages.
    pub index: u16,
    /// Where it belongs in physical memory.
    pub paddr: u64,
    /// Where the program sees it.
    pub vaddr: u64,
    /// Its bytes in the file; zeros follow up to `mem_size`.
    pub data: Vec<u8>,
    /// Its size in memory: at least 1, and not less than `data`.
    pub mem_size: u64,
    /// `PF_R`.
    pub readable: bool,
    /// `PF_W`.
    pub writable: bool,
    /// `PF_X`.
    pub executable: bool,
}

impl Segment {
    /// The last physical address in it.
    pub fn last_paddr(&self) -> u64 {
        self.paddr.saturating_add(self.mem_size.saturating_sub(1))
    }

    /// The last virtual address in it.
    pub fn last_vaddr(&self) -> u64 {
        self.vaddr.saturating_add(self.mem_size.saturating_sub(1))
    }

    /// The offset in the segment of a virtual address.
    fn offset_of_vaddr(&self, vaddr: u64) -> Option<u64> {
        vaddr
            .checked_sub(self.vaddr)
            .filter(|&offset| offset < self.mem_size)
    }
}

/// A section that is in memory at run time (`SHF_ALLOC`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name, for instance `.text`.
    pub name: String,
    /// Its virtual address.
    pub address: u64,
    /// Its size in memory.
    pub size: u64,
    /// Where its bytes begin in the file; see [`Section::bytes`].
    pub offset: u64,
    /// `SHF_WRITE`.
    pub writable: bool,
    /// `SHF_EXECINSTR`: holds instructions.
    pub executable: bool,
    /// `SHT_NOBITS`: all zeros, and not in the file.
    pub zeros: bool,
}

impl Section {
    /// Its bytes in the file that the program was parsed from; none of a
    /// section of zeros.
    pub fn bytes<'a>(&self, file: &'a [u8]) -> &'a [u8] {
        let range = || {
            let end = self.offset.checked_add(self.size)?;
            Some(usize::try_from(self.offset).ok()?..usize::try_from(end).ok()?)
        };
        match range() {
            Some(range) if !self.zeros => file.get(range).unwrap_or_default(),
            _ => &[],
        }
    }
}

impl Program {
    /// The physical address of the first instruction, if a segment has bytes
    /// from the file there.
    ///
    /// An executable segment comes first, but the flags of segments do not
    /// bind a program that starts without an operating system, and linker
    /// scripts for such programs leave them out.
    ///
    /// `e_entry` is virtual, but execution starts without translation: a
    /// kernel that is linked high and loaded low starts at the physical
    /// address that its segment gives to `e_entry`. Some linker scripts write
    /// the physical address into `e_entry` instead; that is understood too.
    pub fn entry_paddr(&self) -> Option<u64> {
        let start_in = |executable: bool, base: fn(&Segment) -> u64| {
            self.segments
                .iter()
                .filter(|segment| segment.executable == executable)
                .find_map(|segment| {
                    let offset = self.entry.checked_sub(base(segment))?;
                    (offset < segment.data.len() as u64).then(|| segment.paddr + offset)
                })
        };
        start_in(true, |segment| segment.vaddr)
            .or_else(|| start_in(true, |segment| segment.paddr))
            .or_else(|| start_in(false, |segment| segment.vaddr))
            .or_else(|| start_in(false, |segment| segment.paddr))
    }

    /// The physical address where the byte at a virtual address is loaded.
    pub fn paddr_of(&self, vaddr: u64) -> Option<u64> {
        self.segments
            .iter()
            .find_map(|segment| Some(segment.paddr + segment.offset_of_vaddr(vaddr)?))
    }

    /// The bytes from the file at a virtual address; `None` if any of them is
    /// not in the file.
    pub fn bytes_at(&self, vaddr: u64, length: u64) -> Option<&[u8]> {
        self.segments.iter().find_map(|segment| {
            let start = segment.offset_of_vaddr(vaddr)?;
            let end = start.checked_add(length)?;
            segment
                .data
                .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
        })
    }

    /// The sections that hold instructions.
    pub fn executable_sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| section.executable)
    }
}
