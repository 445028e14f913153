//! From bytes to a [`Program`].
//!
//! goblin knows the layout of the structures; that they lie within the file
//! is checked here, before it sees them.

use goblin::container::{Container, Ctx, Endian};
use goblin::elf::header::{
    ELFCLASS32, ELFCLASS64, ELFDATA2LSB, ELFDATA2MSB, EM_RISCV, ET_CORE, ET_DYN, ET_EXEC, ET_REL,
    Header as RawHeader, machine_to_str,
};
use goblin::elf::program_header::{PF_R, PF_W, PF_X, PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_NULL};
use goblin::elf::section_header::{
    SHT_DYNSYM, SHT_NOBITS, SHT_NULL, SHT_STRTAB, SHT_SYMTAB, SectionHeader,
};
use goblin::elf::{Elf, ProgramHeader, Symtab};

use crate::attributes;
use crate::strings::{StringTable, printable};
use crate::{Detail, Kind, LoadError, Part, Problem, Program, Section, Segment, Symbols};

/// `sizeof(Elf64_Ehdr)`.
pub(crate) const HEADER_SIZE: u64 = 64;
const PROGRAM_HEADER_SIZE: u16 = 56;
const SECTION_HEADER_SIZE: u16 = 64;
const SYMBOL_SIZE: u64 = 24;
/// `e_phnum` when the real number does not fit it.
const PN_XNUM: u16 = 0xffff;
/// `e_shstrndx` of a file whose sections have no names.
const SHN_UNDEF: u16 = 0;
/// Attributes of the object (psABI, Sections).
const SHT_RISCV_ATTRIBUTES: u32 = 0x7000_0003;

const MAGIC: [u8; 4] = *b"\x7fELF";
const ELF64_LE: Ctx = Ctx {
    container: Container::Big,
    le: Endian::Little,
};

impl Program {
    /// Parses an executable; `name` is for messages.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Program, LoadError> {
        parse(name, bytes).map_err(|problem| LoadError {
            file: name.to_owned(),
            problem,
        })
    }
}

fn parse(name: &str, bytes: &[u8]) -> Result<Program, Problem> {
    let file = File { bytes };
    let header = Header::parse(bytes)?;
    let program_headers = file.program_headers(&header.0)?;
    let segments = file.segments(&program_headers)?;
    let section_headers = file.section_headers(&header.0)?;
    let sections = file.sections(&header.0, &section_headers)?;
    let symbols = file.symbols(&section_headers, &segments)?;
    let mut program = Program {
        name: name.to_owned(),
        kind: header.kind(),
        entry: header.0.e_entry,
        flags: header.0.e_flags,
        arch: file.arch(&section_headers),
        segments,
        sections,
        symbols,
        tohost: None,
        fromhost: None,
        interpreter: file.interpreter(&program_headers)?,
        dynamic: program_headers
            .iter()
            .any(|header| header.p_type == PT_DYNAMIC),
    };
    if is_library(&program) {
        return Err(Problem::SharedLibrary);
    }
    let physical = |symbol: &str| {
        let vaddr = program.symbols.address(symbol)?;
        Some(program.paddr_of(vaddr).unwrap_or(vaddr))
    };
    (program.tohost, program.fromhost) = (physical("tohost"), physical("fromhost"));
    Ok(program)
}

/// Whether nothing tells where to start.
///
/// Entry 0 alone does not: firmware that relocates itself is linked at 0 and
/// begins with its first instruction. A shared library has its headers there.
fn is_library(program: &Program) -> bool {
    let no_entry =
        program.entry_paddr().is_none() || program.bytes_at(program.entry, 4) == Some(&MAGIC);
    program.kind == Kind::PositionIndependent
        && program.interpreter.is_none()
        && program.entry == 0
        && no_entry
}

/// A header of an RV64 executable: what it says about the kind of file is
/// checked, what it says about places in the file is not.
pub(crate) struct Header(RawHeader);

impl Header {
    /// Parses the first bytes of a file, of which [`HEADER_SIZE`] are enough.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Header, Problem> {
        if bytes.is_empty() {
            return Err(Problem::Empty);
        }
        if !bytes.starts_with(&MAGIC[..bytes.len().min(4)]) {
            let mut magic = [0; 4];
            magic[..bytes.len().min(4)].copy_from_slice(&bytes[..bytes.len().min(4)]);
            return Err(Problem::NotElf { magic });
        }
        check_identification(bytes)?;
        let truncated = |_| Problem::OutsideFile {
            part: Part::Header,
            offset: 0,
            size: HEADER_SIZE,
            file_size: bytes.len() as u64,
        };
        let header = Elf::parse_header(bytes).map_err(truncated)?;
        if header.e_version != 1 {
            let value = header.e_version;
            return Err(Problem::Identification {
                field: "e_version",
                offset: 20,
                value,
            });
        }
        if header.e_machine != EM_RISCV {
            let machine = header.e_machine;
            return Err(Problem::Machine {
                machine,
                name: machine_to_str(machine),
            });
        }
        match header.e_type {
            ET_EXEC | ET_DYN => Ok(Header(header)),
            ET_REL => Err(Problem::Relocatable),
            ET_CORE => Err(Problem::CoreDump),
            other => Err(Problem::UnknownType(other)),
        }
    }

    fn kind(&self) -> Kind {
        match self.0.e_type {
            ET_DYN => Kind::PositionIndependent,
            _ => Kind::Fixed,
        }
    }
}

/// Checks class, byte order and version as far as the bytes reach: a 32-bit
/// file may be shorter than a 64-bit header, and is still named for what it is.
fn check_identification(bytes: &[u8]) -> Result<(), Problem> {
    let wrong = |field, offset: usize| Problem::Identification {
        field,
        offset: offset as u64,
        value: u32::from(bytes[offset]),
    };
    match bytes.get(4) {
        None | Some(&ELFCLASS64) => {}
        Some(&ELFCLASS32) => return Err(Problem::Bits32),
        Some(_) => return Err(wrong("EI_CLASS", 4)),
    }
    match bytes.get(5) {
        None | Some(&ELFDATA2LSB) => {}
        Some(&ELFDATA2MSB) => return Err(Problem::BigEndian),
        Some(_) => return Err(wrong("EI_DATA", 5)),
    }
    match bytes.get(6) {
        None | Some(1) => Ok(()),
        Some(_) => Err(wrong("EI_VERSION", 6)),
    }
}

/// The bytes of a whole file; the only place that slices them.
pub(crate) struct File<'a> {
    pub(crate) bytes: &'a [u8],
}

impl<'a> File<'a> {
    /// A part of the file, or the error that says that it is not there.
    fn slice(&self, part: Part, offset: u64, size: u64) -> Result<&'a [u8], Problem> {
        let file_size = self.bytes.len() as u64;
        match offset.checked_add(size) {
            // Both fit usize, as they do not exceed the length of a slice.
            Some(end) if end <= file_size => Ok(&self.bytes[offset as usize..end as usize]),
            _ => Err(Problem::OutsideFile {
                part,
                offset,
                size,
                file_size,
            }),
        }
    }

    fn program_headers(&self, header: &RawHeader) -> Result<Vec<ProgramHeader>, Problem> {
        let part = Part::ProgramHeaders;
        match header.e_phnum {
            0 => return Err(Problem::NoSegments),
            PN_XNUM => return Err(Problem::ExtendedNumbering(part)),
            _ => check_entry_size(part, header.e_phentsize, PROGRAM_HEADER_SIZE)?,
        }
        let count = header.e_phnum;
        let size = u64::from(count) * u64::from(PROGRAM_HEADER_SIZE);
        let table = self.slice(part, header.e_phoff, size)?;
        let headers = ProgramHeader::parse(table, 0, usize::from(count), ELF64_LE);
        Ok(headers.expect("the table has exactly the size of its entries"))
    }

    /// Checks all segments and copies those that are loaded.
    fn segments(&self, headers: &[ProgramHeader]) -> Result<Vec<Segment>, Problem> {
        let file_size = self.bytes.len() as u64;
        let mut loaded: u64 = 0;
        let mut segments = Vec::new();
        for (index, header) in (0..)
            .zip(headers)
            .filter(|(_, header)| header.p_type != PT_NULL)
        {
            let data = self.slice(Part::Segment(index), header.p_offset, header.p_filesz)?;
            if header.p_type != PT_LOAD {
                continue;
            }
            check_memory_range(index, header)?;
            // Neither summand exceeds the size of the file.
            loaded += data.len() as u64;
            if loaded > file_size {
                return Err(Problem::SegmentsShareBytes {
                    segment: index,
                    loaded,
                    file_size,
                });
            }
            // Linkers leave segments of size 0 behind, at any address.
            if header.p_memsz > 0 {
                segments.push(segment(index, header, data));
            }
        }
        if segments.is_empty() {
            Err(Problem::NoSegments)
        } else {
            Ok(segments)
        }
    }

    fn interpreter(&self, headers: &[ProgramHeader]) -> Result<Option<String>, Problem> {
        let Some((index, header)) = (0..)
            .zip(headers)
            .find(|(_, header)| header.p_type == PT_INTERP)
        else {
            return Ok(None);
        };
        let text = self.slice(Part::Segment(index), header.p_offset, header.p_filesz)?;
        let path = text.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(Some(printable(path)))
    }

    /// All section headers, each known to describe bytes within the file.
    fn section_headers(&self, header: &RawHeader) -> Result<Vec<SectionHeader>, Problem> {
        let part = Part::SectionHeaders;
        match (header.e_shoff, header.e_shnum) {
            (0, 0) => return Ok(Vec::new()),
            (_, 0) => return Err(Problem::ExtendedNumbering(part)),
            _ => check_entry_size(part, header.e_shentsize, SECTION_HEADER_SIZE)?,
        }
        let count = header.e_shnum;
        let size = u64::from(count) * u64::from(SECTION_HEADER_SIZE);
        let table = self.slice(part, header.e_shoff, size)?;
        let headers = SectionHeader::parse_from(table, 0, usize::from(count), ELF64_LE)
            .expect("the table has exactly the size of its entries");
        for (index, section) in (0..).zip(&headers) {
            if !matches!(section.sh_type, SHT_NULL | SHT_NOBITS) {
                self.section_bytes(index, section)?;
            }
        }
        Ok(headers)
    }

    fn section_bytes(&self, index: u16, section: &SectionHeader) -> Result<&'a [u8], Problem> {
        self.slice(Part::Section(index), section.sh_offset, section.sh_size)
    }

    /// The sections that are in memory at run time.
    fn sections(
        &self,
        header: &RawHeader,
        headers: &[SectionHeader],
    ) -> Result<Vec<Section>, Problem> {
        let part = Part::SectionHeaders;
        let names = match header.e_shstrndx {
            SHN_UNDEF => StringTable::default(),
            index => self.string_table(part, headers, u32::from(index))?,
        };
        let mut names_size = 0;
        let mut sections = Vec::new();
        for (entry, section) in (0..).zip(headers) {
            if section.sh_type == SHT_NULL || !section.is_alloc() {
                continue;
            }
            let offset = section.sh_name as u64;
            if offset >= names.len() as u64 && offset != 0 {
                return Err(inconsistent(part, Detail::NameOutside { entry, offset }));
            }
            let name = names.get(offset as u32);
            names_size += name.len();
            if names_size > self.bytes.len() {
                return Err(inconsistent(part, Detail::NamesTooLong));
            }
            sections.push(Section {
                name: name.to_owned(),
                address: section.sh_addr,
                size: section.sh_size,
                offset: section.sh_offset,
                writable: section.is_writable(),
                executable: section.is_executable(),
                zeros: section.sh_type == SHT_NOBITS,
            });
        }
        Ok(sections)
    }

    /// Copies the string table in section `index`, which `part` refers to.
    fn string_table(
        &self,
        part: Part,
        headers: &[SectionHeader],
        index: u32,
    ) -> Result<StringTable, Problem> {
        let section = headers
            .get(index as usize)
            .filter(|section| section.sh_type == SHT_STRTAB)
            .ok_or_else(|| inconsistent(part, Detail::NoStringTable(index)))?;
        // A section found by its index in a table of at most 65535.
        let index = index as u16;
        StringTable::new(self.section_bytes(index, section)?)
            .ok_or_else(|| inconsistent(Part::Section(index), Detail::UnendedString))
    }

    /// The names and headers of sections that are not in memory at run time.
    pub(crate) fn unloaded_sections(&self) -> Result<Vec<(String, SectionHeader)>, Problem> {
        let header = Header::parse(self.bytes)?.0;
        let headers = self.section_headers(&header)?;
        if header.e_shstrndx == SHN_UNDEF {
            return Ok(Vec::new());
        }
        let part = Part::SectionHeaders;
        let names = self.string_table(part, &headers, u32::from(header.e_shstrndx))?;
        // No name that anybody asks for is longer, and copies stay small.
        const LONGEST: usize = 32;
        let sections = headers.into_iter().filter_map(|section| {
            let name = names.get(section.sh_name as u32);
            let is_wanted = !section.is_alloc()
                && name.len() <= LONGEST
                && !matches!(section.sh_type, SHT_NULL | SHT_NOBITS);
            is_wanted.then(|| (name.to_owned(), section))
        });
        Ok(sections.collect())
    }

    /// The ISA string in the section of RISC-V attributes.
    fn arch(&self, headers: &[SectionHeader]) -> Option<String> {
        let (index, section) = (0..)
            .zip(headers)
            .find(|(_, section)| section.sh_type == SHT_RISCV_ATTRIBUTES)?;
        attributes::arch(self.section_bytes(index, section).ok()?)
    }

    /// The symbols of the full table or, in a stripped dynamic executable, of
    /// the dynamic one.
    fn symbols(&self, headers: &[SectionHeader], segments: &[Segment]) -> Result<Symbols, Problem> {
        let find = |kind| {
            (0..)
                .zip(headers)
                .find(|(_, section)| section.sh_type == kind)
        };
        let Some((index, section)) = find(SHT_SYMTAB).or_else(|| find(SHT_DYNSYM)) else {
            return Ok(Symbols::default());
        };
        let part = Part::Section(index);
        check_entry_size(part, section.sh_entsize, SYMBOL_SIZE)?;
        if section.sh_size % SYMBOL_SIZE != 0 {
            return Err(inconsistent(part, Detail::PartialEntry(section.sh_size)));
        }
        let table = self.section_bytes(index, section)?;
        if table.is_empty() {
            return Ok(Symbols::default());
        }
        let names = self.string_table(part, headers, section.sh_link)?;
        let count = table.len() / SYMBOL_SIZE as usize;
        let table = Symtab::parse(table, 0, count, ELF64_LE)
            .expect("the table has exactly the size of its entries");
        for (entry, symbol) in (0..).zip(table.iter()) {
            let offset = symbol.st_name as u64;
            if offset >= names.len() as u64 && offset != 0 {
                return Err(inconsistent(part, Detail::NameOutside { entry, offset }));
            }
        }
        Ok(Symbols::new(names, &table, segments))
    }
}

fn segment(index: u16, header: &ProgramHeader, data: &[u8]) -> Segment {
    Segment {
        index,
        paddr: header.p_paddr,
        vaddr: header.p_vaddr,
        data: data.to_vec(),
        mem_size: header.p_memsz,
        readable: header.p_flags & PF_R != 0,
        writable: header.p_flags & PF_W != 0,
        executable: header.p_flags & PF_X != 0,
    }
}

/// Checks that a segment's file part fits its memory, and its memory 64 bits.
fn check_memory_range(segment: u16, header: &ProgramHeader) -> Result<(), Problem> {
    let size = header.p_memsz;
    if header.p_filesz > size {
        return Err(Problem::FileSizeExceedsMemorySize {
            segment,
            file_size: header.p_filesz,
            memory_size: size,
        });
    }
    for (space, address) in [("physical", header.p_paddr), ("virtual", header.p_vaddr)] {
        // The last byte may be the last of the address space.
        if address.checked_add(size.saturating_sub(1)).is_none() {
            return Err(Problem::Wraps {
                segment,
                space,
                address,
                size,
            });
        }
    }
    Ok(())
}

fn check_entry_size(
    part: Part,
    found: impl Into<u64>,
    expected: impl Into<u64>,
) -> Result<(), Problem> {
    let (found, expected) = (found.into(), expected.into());
    if found == expected {
        Ok(())
    } else {
        Err(Problem::EntrySize {
            part,
            found,
            expected,
        })
    }
}

fn inconsistent(part: Part, detail: Detail) -> Problem {
    Problem::Inconsistent { part, detail }
}
