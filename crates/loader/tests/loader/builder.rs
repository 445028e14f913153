//! Writes small ELF files, good ones and bad ones.

pub(crate) const ET_EXEC: u16 = 2;
pub(crate) const ET_DYN: u16 = 3;
pub(crate) const EM_RISCV: u16 = 243;
pub(crate) const PT_LOAD: u32 = 1;
pub(crate) const PT_DYNAMIC: u32 = 2;
pub(crate) const PT_INTERP: u32 = 3;
pub(crate) const R: u32 = 4;
pub(crate) const W: u32 = 2;
pub(crate) const X: u32 = 1;
pub(crate) const SHN_ABS: u16 = 0xfff1;

pub(crate) const RAM: u64 = 0x8000_0000;

pub(crate) const HEADER_SIZE: usize = 64;
pub(crate) const PROGRAM_HEADER_SIZE: usize = 56;
pub(crate) const SECTION_HEADER_SIZE: usize = 64;
pub(crate) const SYMBOL_SIZE: usize = 24;

/// Offsets of fields in the ELF header.
pub(crate) mod field {
    pub(crate) const EI_CLASS: usize = 4;
    pub(crate) const EI_DATA: usize = 5;
    pub(crate) const EI_VERSION: usize = 6;
    pub(crate) const E_TYPE: usize = 16;
    pub(crate) const E_MACHINE: usize = 18;
    pub(crate) const E_VERSION: usize = 20;
    pub(crate) const E_ENTRY: usize = 24;
    pub(crate) const E_PHOFF: usize = 32;
    pub(crate) const E_SHOFF: usize = 40;
    pub(crate) const E_PHENTSIZE: usize = 54;
    pub(crate) const E_PHNUM: usize = 56;
    pub(crate) const E_SHENTSIZE: usize = 58;
    pub(crate) const E_SHNUM: usize = 60;
    pub(crate) const E_SHSTRNDX: usize = 62;

    /// Offsets in a program header.
    pub(crate) const P_OFFSET: usize = 8;
    pub(crate) const P_VADDR: usize = 16;
    pub(crate) const P_PADDR: usize = 24;
    pub(crate) const P_FILESZ: usize = 32;
    pub(crate) const P_MEMSZ: usize = 40;

    /// Offsets in a section header.
    pub(crate) const SH_NAME: usize = 0;
    pub(crate) const SH_TYPE: usize = 4;
    pub(crate) const SH_OFFSET: usize = 24;
    pub(crate) const SH_SIZE: usize = 32;
    pub(crate) const SH_LINK: usize = 40;
    pub(crate) const SH_ENTSIZE: usize = 56;
}

/// An ELF file to be written.
#[derive(Clone)]
pub(crate) struct Elf {
    pub(crate) kind: u16,
    pub(crate) entry: u64,
    pub(crate) segments: Vec<Seg>,
    pub(crate) symbols: Vec<Sym>,
    /// Write section headers, names and symbols.
    pub(crate) sections: bool,
    /// Sections that are not loaded: name, type, flags, bytes.
    pub(crate) unloaded: Vec<(&'static str, u32, u64, Vec<u8>)>,
}

/// A program header and what it loads.
#[derive(Clone)]
pub(crate) struct Seg {
    pub(crate) kind: u32,
    pub(crate) flags: u32,
    pub(crate) paddr: u64,
    pub(crate) vaddr: u64,
    pub(crate) data: Vec<u8>,
    pub(crate) mem_size: u64,
}

/// A symbol.
#[derive(Clone)]
pub(crate) struct Sym {
    pub(crate) name: &'static str,
    pub(crate) value: u64,
    pub(crate) size: u64,
    pub(crate) info: u8,
    pub(crate) section: u16,
}

impl Seg {
    pub(crate) fn load(address: u64, flags: u32, data: &[u8], mem_size: u64) -> Seg {
        let (kind, data) = (PT_LOAD, data.to_vec());
        Seg {
            kind,
            flags,
            paddr: address,
            vaddr: address,
            data,
            mem_size,
        }
    }
}

pub(crate) fn label(name: &'static str, value: u64) -> Sym {
    Sym {
        name,
        value,
        size: 0,
        info: 0x10,
        section: 1,
    }
}

pub(crate) fn function(name: &'static str, value: u64, size: u64) -> Sym {
    Sym {
        name,
        value,
        size,
        info: 0x12,
        section: 1,
    }
}

impl Elf {
    /// A bare-metal program of code and data with some symbols.
    pub(crate) fn good() -> Elf {
        let code: Vec<u8> = (0..16u8).flat_map(|i| [0x13, 0x05, 0x05, i]).collect();
        Elf {
            kind: ET_EXEC,
            entry: RAM,
            segments: vec![
                Seg::load(RAM, R | X, &code, 64),
                Seg::load(RAM + 0x1000, R | W, b"data of the program.....", 0x100),
            ],
            symbols: vec![
                function("_start", RAM, 16),
                function("trap_handler", RAM + 16, 48),
                label("tohost", RAM + 0x1000),
                label("fromhost", RAM + 0x1008),
                label("begin_signature", RAM + 0x1010),
                label("end_signature", RAM + 0x1020),
            ],
            sections: true,
            unloaded: Vec::new(),
        }
    }

    /// The file. Behind the header come the program headers, the segments,
    /// the symbol table (section 1 + number of loaded segments), its names,
    /// the section names and, last, the section headers.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut file = vec![0; HEADER_SIZE + PROGRAM_HEADER_SIZE * self.segments.len()];
        file[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\0");
        let mut sections = Sections::default();
        for (index, segment) in self.segments.iter().enumerate() {
            let offset = append(&mut file, &segment.data);
            let at = HEADER_SIZE + PROGRAM_HEADER_SIZE * index;
            put32(&mut file, at, segment.kind);
            put32(&mut file, at + 4, segment.flags);
            let size = segment.data.len() as u64;
            let fields = [
                offset,
                segment.vaddr,
                segment.paddr,
                size,
                segment.mem_size,
                1,
            ];
            put64s(&mut file, at + 8, &fields);
            if segment.kind == PT_LOAD {
                let code = segment.flags & X != 0;
                let flags = if code { 6 } else { 3 };
                let name = if code { ".text" } else { ".data" };
                sections.add(name, 1, [flags, segment.vaddr, offset, size], [0, 0]);
            }
        }
        put64s(
            &mut file,
            field::E_ENTRY,
            &[self.entry, HEADER_SIZE as u64, 0],
        );
        put16(&mut file, field::E_TYPE, self.kind);
        put16(&mut file, field::E_MACHINE, EM_RISCV);
        put32(&mut file, field::E_VERSION, 1);
        put16(&mut file, 52, HEADER_SIZE as u16);
        put16(&mut file, field::E_PHENTSIZE, PROGRAM_HEADER_SIZE as u16);
        put16(&mut file, field::E_PHNUM, self.segments.len() as u16);
        if self.sections {
            self.write_sections(&mut file, sections);
        }
        file
    }

    fn write_sections(&self, file: &mut Vec<u8>, mut sections: Sections) {
        let (table, names) = self.symbol_table();
        let offset = append(file, &table);
        let link = sections.count() + 1;
        let place = [0, 0, offset, table.len() as u64];
        sections.add(".symtab", 2, place, [link, SYMBOL_SIZE as u64]);
        let offset = append(file, &names);
        sections.add(".strtab", 3, [0, 0, offset, names.len() as u64], [0, 0]);
        for (name, kind, flags, bytes) in &self.unloaded {
            let offset = append(file, bytes);
            sections.add(name, *kind, [*flags, 0, offset, bytes.len() as u64], [0, 0]);
        }
        // Its size includes its own name.
        let size = sections.names.len() as u64 + ".shstrtab".len() as u64 + 1;
        sections.add(".shstrtab", 3, [0, 0, file.len() as u64, size], [0, 0]);
        append(file, &sections.names);
        let offset = append(file, &sections.headers);
        put64s(file, field::E_SHOFF, &[offset]);
        put16(file, field::E_SHENTSIZE, SECTION_HEADER_SIZE as u16);
        put16(file, field::E_SHNUM, sections.count() as u16);
        put16(file, field::E_SHSTRNDX, sections.count() as u16 - 1);
    }

    fn symbol_table(&self) -> (Vec<u8>, Vec<u8>) {
        let mut table = vec![0; SYMBOL_SIZE];
        let mut names = vec![0];
        for symbol in &self.symbols {
            table.extend((names.len() as u32).to_le_bytes());
            table.extend([symbol.info, 0]);
            table.extend(symbol.section.to_le_bytes());
            table.extend(symbol.value.to_le_bytes());
            table.extend(symbol.size.to_le_bytes());
            names.extend(symbol.name.as_bytes());
            names.push(0);
        }
        (table, names)
    }
}

/// Section headers and their names, as far as they are known.
struct Sections {
    headers: Vec<u8>,
    names: Vec<u8>,
}

impl Default for Sections {
    fn default() -> Sections {
        Sections {
            headers: vec![0; SECTION_HEADER_SIZE],
            names: vec![0],
        }
    }
}

impl Sections {
    /// `place`: flags, address, offset, size; `table`: link, entry size.
    fn add(&mut self, name: &str, kind: u32, place: [u64; 4], table: [u64; 2]) {
        let start = self.headers.len();
        self.headers.resize(start + SECTION_HEADER_SIZE, 0);
        put32(&mut self.headers, start, self.names.len() as u32);
        put32(&mut self.headers, start + 4, kind);
        put64s(&mut self.headers, start + 8, &place);
        put64s(
            &mut self.headers,
            start + field::SH_LINK,
            &[table[0], 1, table[1]],
        );
        self.names.extend(name.as_bytes());
        self.names.push(0);
    }

    fn count(&self) -> u64 {
        (self.headers.len() / SECTION_HEADER_SIZE) as u64
    }
}

/// The offset in a file of a field of the program header `index`.
pub(crate) fn in_segment(index: usize, field: usize) -> usize {
    HEADER_SIZE + PROGRAM_HEADER_SIZE * index + field
}

/// The offset in a file of a field of the section header `index`.
pub(crate) fn in_section(file: &[u8], index: usize, field: usize) -> usize {
    let bytes = file[field::E_SHOFF..][..8].try_into().unwrap();
    u64::from_le_bytes(bytes) as usize + SECTION_HEADER_SIZE * index + field
}

pub(crate) fn put16(file: &mut [u8], offset: usize, value: u16) {
    file[offset..offset + 2].copy_from_slice(&value.to_le_bytes());
}

pub(crate) fn put32(file: &mut [u8], offset: usize, value: u32) {
    file[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
}

pub(crate) fn put64(file: &mut [u8], offset: usize, value: u64) {
    put64s(file, offset, &[value]);
}

fn put64s(file: &mut [u8], offset: usize, values: &[u64]) {
    for (field, value) in file[offset..].chunks_mut(8).zip(values) {
        field.copy_from_slice(&value.to_le_bytes());
    }
}

fn append(file: &mut Vec<u8>, bytes: &[u8]) -> u64 {
    let offset = file.len() as u64;
    file.extend(bytes);
    offset
}
