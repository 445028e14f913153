//! Writes ELF executables.

/// A part of memory.
pub(super) struct Segment {
    pub(super) address: u64,
    pub(super) bytes: Vec<u8>,
}

/// A name of an address, and the size of what is there.
pub(super) struct Symbol {
    pub(super) name: &'static str,
    pub(super) value: u64,
    pub(super) size: u64,
}

const HEADER: u64 = 64;
const PROGRAM_HEADER: u64 = 56;
const SYMBOL: u64 = 24;
const SECTION_NAMES: &[u8] = b"\0.symtab\0.strtab\0.shstrtab\0";

/// An RV64 executable of these segments and symbols (System V ABI, gABI 4.1,
/// chapters 4 and 5).
pub(super) fn write(entry: u64, segments: &[Segment], symbols: &[Symbol]) -> Vec<u8> {
    let mut strings = vec![0];
    let mut table = vec![0; SYMBOL as usize];
    for symbol in symbols {
        table.extend((strings.len() as u32).to_le_bytes());
        table.extend([0x11, 0]); // STB_GLOBAL, STT_OBJECT
        table.extend(0xfff1_u16.to_le_bytes()); // SHN_ABS
        table.extend(symbol.value.to_le_bytes());
        table.extend(symbol.size.to_le_bytes());
        strings.extend(symbol.name.as_bytes());
        strings.push(0);
    }
    let mut headers = Vec::new();
    let mut body = Vec::new();
    let body_start = HEADER + PROGRAM_HEADER * segments.len() as u64;
    for segment in segments {
        let size = segment.bytes.len() as u64;
        headers.extend(1_u32.to_le_bytes()); // PT_LOAD
        headers.extend(7_u32.to_le_bytes()); // read, write, execute
        let offset = body_start + body.len() as u64;
        for value in [offset, segment.address, segment.address, size, size, 8] {
            headers.extend(value.to_le_bytes());
        }
        body.extend(&segment.bytes);
    }
    let mut place = |bytes: &[u8]| {
        let at = body_start + body.len() as u64;
        body.extend(bytes);
        body.resize(body.len().next_multiple_of(8), 0);
        (at, bytes.len() as u64)
    };
    let symbols_at = place(&table);
    let strings_at = place(&strings);
    let names_at = place(SECTION_NAMES);
    let sections_at = body_start + body.len() as u64;

    let mut file = Vec::new();
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend(2_u16.to_le_bytes()); // ET_EXEC
    file.extend(243_u16.to_le_bytes()); // EM_RISCV
    file.extend(1_u32.to_le_bytes());
    for value in [entry, HEADER, sections_at] {
        file.extend(value.to_le_bytes());
    }
    file.extend(5_u32.to_le_bytes()); // RVC, double-float ABI
    for value in [64, 56, segments.len() as u16, 64, 4, 3] {
        file.extend(value.to_le_bytes());
    }
    file.extend(headers);
    file.extend(body);
    file.extend([0; 64]);
    // Name, type, place, link, info, entry size.
    for (name, kind, (offset, size), link, info, entry_size) in [
        (1_u32, 2_u32, symbols_at, 2_u32, 1_u32, SYMBOL),
        (9, 3, strings_at, 0, 0, 0),
        (17, 3, names_at, 0, 0, 0),
    ] {
        file.extend(name.to_le_bytes());
        file.extend(kind.to_le_bytes());
        for value in [0, 0, offset, size] {
            file.extend(value.to_le_bytes());
        }
        file.extend(link.to_le_bytes());
        file.extend(info.to_le_bytes());
        for value in [8, entry_size] {
            file.extend(value.to_le_bytes());
        }
    }
    file
}
