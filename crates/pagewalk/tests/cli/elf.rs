//! Writes small ELF executables: code at the start of RAM, data in the page
//! behind it, their sections and a symbol table.

pub(crate) const RAM: u64 = 0x8000_0000;
pub(crate) const DATA: u64 = RAM + 0x1000;

/// Offsets in the file header.
pub(crate) const EI_CLASS: usize = 4;
pub(crate) const EI_DATA: usize = 5;
pub(crate) const E_TYPE: usize = 16;
pub(crate) const E_MACHINE: usize = 18;

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const SECTION_HEADER: usize = 64;

/// A program to be written.
#[derive(Clone)]
pub(crate) struct Elf {
    code: Vec<u32>,
    data: Vec<u64>,
    pub(crate) code_address: u64,
    pub(crate) data_address: u64,
    /// A program interpreter, as in programs for Linux.
    pub(crate) interpreter: Option<&'static str>,
    symbols: Vec<(&'static str, u64)>,
}

impl Elf {
    /// Code, with the symbol `_start`.
    pub(crate) fn new(code: &[u32]) -> Self {
        Self {
            code: code.to_vec(),
            data: Vec::new(),
            code_address: RAM,
            data_address: DATA,
            interpreter: None,
            symbols: vec![("_start", RAM)],
        }
    }

    /// Sets the words at [`DATA`]; zeros follow up to the end of the next page.
    pub(crate) fn data(mut self, words: &[u64]) -> Self {
        self.data = words.to_vec();
        self
    }

    pub(crate) fn symbol(mut self, name: &'static str, address: u64) -> Self {
        self.symbols.push((name, address));
        self
    }

    /// With `tohost` as the first word of the data.
    pub(crate) fn tohost(self) -> Self {
        self.symbol("tohost", DATA)
    }

    /// The bytes of the file.
    pub(crate) fn build(&self) -> Vec<u8> {
        let code: Vec<u8> = self
            .code
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let data: Vec<u8> = self
            .data
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let interpreter = self.interpreter.map(|path| format!("{path}\0"));
        let segments = 2 + usize::from(interpreter.is_some());
        let mut file = vec![0; HEADER + segments * PROGRAM_HEADER];

        let mut headers = Vec::new();
        let code_offset = append(&mut file, &code);
        let code_size = code.len() as u64;
        headers.push((1, 5, code_offset, self.code_address, code_size, code_size));
        let data_offset = append(&mut file, &data);
        let data_size = data.len() as u64;
        headers.push((1, 6, data_offset, self.data_address, data_size, 0x2000));
        if let Some(path) = &interpreter {
            let offset = append(&mut file, path.as_bytes());
            headers.push((3, 4, offset, 0, path.len() as u64, path.len() as u64));
        }
        for (index, (kind, flags, offset, address, size, memory)) in headers.iter().enumerate() {
            let at = HEADER + index * PROGRAM_HEADER;
            put32(&mut file, at, *kind);
            put32(&mut file, at + 4, *flags);
            put64s(
                &mut file,
                at + 8,
                &[*offset, *address, *address, *size, *memory, 1],
            );
        }

        let (symbols, names) = self.symbol_table();
        let symbols_offset = append(&mut file, &symbols);
        let names_offset = append(&mut file, &names);
        let section_names = b"\0.text\0.data\0.symtab\0.strtab\0.shstrtab\0";
        let section_names_offset = append(&mut file, section_names);
        let sections = file.len();
        // Name, type, flags, address, offset, size, link, entry size.
        let headers = [
            [0; 8],
            [1, 1, 6, self.code_address, code_offset, code_size, 0, 0],
            [7, 1, 3, self.data_address, data_offset, data_size, 0, 0],
            [13, 2, 0, 0, symbols_offset, symbols.len() as u64, 4, 24],
            [21, 3, 0, 0, names_offset, names.len() as u64, 0, 0],
            [
                29,
                3,
                0,
                0,
                section_names_offset,
                section_names.len() as u64,
                0,
                0,
            ],
        ];
        file.resize(sections + headers.len() * SECTION_HEADER, 0);
        for (index, header) in headers.iter().enumerate() {
            let [name, kind, place @ .., link, entry_size] = header;
            let at = sections + index * SECTION_HEADER;
            put32(&mut file, at, *name as u32);
            put32(&mut file, at + 4, *kind as u32);
            put64s(&mut file, at + 8, place);
            put32(&mut file, at + 40, *link as u32);
            put64s(&mut file, at + 56, &[*entry_size]);
        }

        file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        put16s(&mut file, 16, &[2, 243]); // ET_EXEC, EM_RISCV
        put32(&mut file, 20, 1);
        put64s(
            &mut file,
            24,
            &[self.code_address, HEADER as u64, sections as u64],
        );
        let sizes = [
            HEADER,
            PROGRAM_HEADER,
            segments,
            SECTION_HEADER,
            headers.len(),
            headers.len() - 1,
        ];
        put16s(&mut file, 52, &sizes.map(|size| size as u16));
        file
    }

    /// The index of the section that an address is in, or `SHN_ABS`.
    fn section_of(&self, address: u64) -> u16 {
        let is_in = |start: u64, words: usize| (start..start + words as u64).contains(&address);
        if is_in(self.code_address, 4 * self.code.len()) {
            1
        } else if is_in(self.data_address, 8 * self.data.len()) {
            2
        } else {
            0xfff1
        }
    }

    fn symbol_table(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut table, mut names) = (vec![0; 24], vec![0]);
        for (name, address) in &self.symbols {
            table.extend((names.len() as u32).to_le_bytes());
            table.extend([0x10, 0]); // STB_GLOBAL
            table.extend(self.section_of(*address).to_le_bytes());
            table.extend(address.to_le_bytes());
            table.extend(0_u64.to_le_bytes());
            names.extend(name.as_bytes());
            names.push(0);
        }
        (table, names)
    }
}

fn append(file: &mut Vec<u8>, bytes: &[u8]) -> u64 {
    let offset = file.len() as u64;
    file.extend(bytes);
    offset
}

fn put16s(file: &mut [u8], at: usize, values: &[u16]) {
    for (index, value) in values.iter().enumerate() {
        file[at + 2 * index..][..2].copy_from_slice(&value.to_le_bytes());
    }
}

fn put32(file: &mut [u8], at: usize, value: u32) {
    file[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put64s(file: &mut [u8], at: usize, values: &[u64]) {
    for (index, value) in values.iter().enumerate() {
        file[at + 8 * index..][..8].copy_from_slice(&value.to_le_bytes());
    }
}
