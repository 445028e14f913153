//! Executables: what of an ELF file matters to start it.
//!
//! Source: *System V Application Binary Interface*, "Object Files" and "Program
//! Loading"; RISC-V ELF psABI. Static executables only, at fixed addresses or
//! position-independent.

use alloc::vec::Vec;

use crate::mem::{PAGE_SIZE, Page, Pages, Prot, USER_END};

/// Bytes of the file header.
pub const HEADER_SIZE: usize = 64;
/// Bytes of a program header.
const PROGRAM_HEADER_SIZE: usize = 56;
/// More program headers than this nobody has.
const MOST_HEADERS: u16 = 64;

/// Where a position-independent executable goes.
const PIE_BASE: u64 = 0x2a_aaaa_a000;

const PAGE: u64 = PAGE_SIZE as u64;

/// Why a file cannot be run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem {
    /// It is no ELF file.
    NotElf,
    /// It is not for 64-bit RISC-V.
    OtherMachine,
    /// It is neither an executable nor position-independent.
    NotExecutable,
    /// It needs a dynamic linker, which there is none of.
    Dynamic,
    /// Its headers make no sense, or say more than the file has.
    Broken,
    /// A segment is not in the half of the address space that is for processes, or
    /// not placed in pages as it is in the file.
    Misplaced,
}

impl Problem {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Problem::NotElf => "not an ELF file",
            Problem::OtherMachine => "not for 64-bit RISC-V",
            Problem::NotExecutable => "not an executable",
            Problem::Dynamic => "dynamically linked: link it with -static",
            Problem::Broken => "the file is truncated or broken",
            Problem::Misplaced => "a segment does not fit the address space",
        }
    }
}

/// What is loaded where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Its first byte in memory.
    pub address: u64,
    /// Its bytes in memory.
    pub mem_size: u64,
    /// Its first byte in the file.
    pub offset: u64,
    /// Its bytes in the file; the rest is zeros.
    pub file_size: u64,
    /// What may be done with it.
    pub prot: Prot,
}

impl Segment {
    /// The pages that have bytes of the file.
    pub fn file_pages(&self) -> Option<Pages> {
        (self.file_size > 0).then(|| self.pages_to(self.file_size))
    }

    /// The pages behind them, of zeros.
    pub fn zero_pages(&self) -> Option<Pages> {
        let all = self.pages_to(self.mem_size);
        let start = self.file_pages().map_or(all.start, |file| file.end);
        (start < all.end).then_some(start..all.end)
    }

    fn pages_to(&self, size: u64) -> Pages {
        Page::of(self.address)..Page((self.address + size).div_ceil(PAGE))
    }
}

/// The file header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    entry: u64,
    bias: u64,
    /// Where the program headers are in the file.
    pub headers_at: u64,
    /// How many there are.
    pub count: u16,
}

/// An executable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Executable {
    /// The first instruction.
    pub entry: u64,
    /// Where the program headers are in memory, if they are; for the auxiliary vector.
    pub headers: u64,
    /// How many there are.
    pub header_count: u16,
    /// What is loaded, in the order of the file.
    pub segments: Vec<Segment>,
    /// The first page behind all of them: where the heap begins.
    pub end: Page,
    /// It asks for a stack whose pages can be executed.
    pub stack_is_code: bool,
}

impl Executable {
    /// Whether it asks for memory that can be both written and executed.
    pub fn has_writable_code(&self) -> bool {
        let mut segments = self.segments.iter();
        self.stack_is_code || segments.any(|segment| segment.prot.write && segment.prot.execute)
    }
}

/// Bytes of all program headers.
impl Header {
    /// Bytes of all program headers.
    pub fn headers_size(&self) -> usize {
        usize::from(self.count) * PROGRAM_HEADER_SIZE
    }

    /// Reads the first bytes of a file.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub fn parse(bytes: &[u8]) -> Result<Header, Problem> {
        if bytes.get(..4) != Some(b"\x7fELF") {
            return Err(Problem::NotElf);
        }
        if bytes.len() < HEADER_SIZE {
            return Err(Problem::Broken);
        }
        const RISC_V: u16 = 243;
        if bytes[4..6] != [2, 1] || half(bytes, 18) != RISC_V {
            return Err(Problem::OtherMachine);
        }
        let bias = match half(bytes, 16) {
            2 => 0,
            3 => PIE_BASE,
            _ => return Err(Problem::NotExecutable),
        };
        let header = Header {
            entry: double(bytes, 24).wrapping_add(bias),
            bias,
            headers_at: double(bytes, 32),
            count: half(bytes, 56),
        };
        let right_size = usize::from(half(bytes, 54)) == PROGRAM_HEADER_SIZE;
        if !right_size || header.count == 0 || header.count > MOST_HEADERS {
            return Err(Problem::Broken);
        }
        Ok(header)
    }

    /// Reads the program headers of a file of `file_len` bytes.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub fn executable(&self, bytes: &[u8], file_len: u64) -> Result<Executable, Problem> {
        const LOAD: u32 = 1;
        const INTERP: u32 = 3;
        const GNU_STACK: u32 = 0x6474_e551;
        let mut segments = Vec::new();
        let (mut headers, mut stack_is_code) = (0, false);
        for header in bytes.chunks_exact(PROGRAM_HEADER_SIZE) {
            match word(header, 0) {
                INTERP => return Err(Problem::Dynamic),
                GNU_STACK => stack_is_code = word(header, 4) & 1 != 0,
                LOAD => {
                    let segment = self.segment(header, file_len)?;
                    if let Some(in_segment) = self.headers_at.checked_sub(segment.offset)
                        && in_segment < segment.file_size
                    {
                        headers = segment.address + in_segment;
                    }
                    if segment.mem_size > 0 {
                        segments.push(segment);
                    }
                }
                _ => {}
            }
        }
        let ends = segments.iter().map(|s| s.address + s.mem_size);
        let end = Page(ends.max().ok_or(Problem::Broken)?.div_ceil(PAGE));
        Ok(Executable {
            entry: self.entry,
            headers,
            header_count: self.count,
            segments,
            end,
            stack_is_code,
        })
    }

    fn segment(&self, header: &[u8], file_len: u64) -> Result<Segment, Problem> {
        let (flags, offset, address) = (word(header, 4), double(header, 8), double(header, 16));
        let (file_size, mem_size) = (double(header, 32), double(header, 40));
        let in_file = offset
            .checked_add(file_size)
            .is_some_and(|end| end <= file_len);
        if !in_file || file_size > mem_size {
            return Err(Problem::Broken);
        }
        let address = address.checked_add(self.bias).ok_or(Problem::Misplaced)?;
        let end = address.checked_add(mem_size).ok_or(Problem::Misplaced)?;
        let in_space = address >= PAGE && end <= USER_END.address();
        if !in_space || address % PAGE != offset % PAGE {
            return Err(Problem::Misplaced);
        }
        Ok(Segment {
            address,
            mem_size,
            offset,
            file_size,
            prot: Prot {
                read: flags & 4 != 0,
                write: flags & 2 != 0,
                execute: flags & 1 != 0,
            },
        })
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at)) | u32::from(half(bytes, at + 2)) << 16
}

fn double(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: u16) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(16, 0);
        bytes.extend(kind.to_le_bytes());
        bytes.extend(243u16.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        for value in [0x1_0100u64, 64, 0] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(0u32.to_le_bytes());
        for value in [64u16, 56, 2, 64, 0, 0] {
            bytes.extend(value.to_le_bytes());
        }
        bytes
    }

    fn program_header(kind: u32, flags: u32, values: [u64; 4]) -> Vec<u8> {
        let [offset, address, file_size, mem_size] = values;
        let mut bytes = Vec::new();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(flags.to_le_bytes());
        for value in [offset, address, address, file_size, mem_size, 4096] {
            bytes.extend(value.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn an_executable_is_read() {
        let parsed = Header::parse(&header(2)).unwrap();
        assert_eq!((parsed.headers_at, parsed.headers_size()), (64, 112));
        let mut headers = program_header(1, 5, [0, 0x1_0000, 0x234, 0x234]);
        headers.extend(program_header(1, 6, [0x234, 0x1_2234, 0x10, 0x3000]));
        let executable = parsed.executable(&headers, 0x244).unwrap();
        assert_eq!(executable.entry, 0x1_0100);
        assert_eq!(executable.headers, 0x1_0040);
        assert_eq!(executable.end, Page(0x16));
        assert!(!executable.has_writable_code());
        let [text, data] = executable.segments[..] else {
            panic!("two segments: {executable:?}")
        };
        assert_eq!(
            (text.prot, data.prot),
            (Prot::READ_EXECUTE, Prot::READ_WRITE)
        );
        assert_eq!(text.file_pages(), Some(Page(0x10)..Page(0x11)));
        assert_eq!(text.zero_pages(), None);
        assert_eq!(data.file_pages(), Some(Page(0x12)..Page(0x13)));
        assert_eq!(data.zero_pages(), Some(Page(0x13)..Page(0x16)));
        let mut with_stack = headers.clone();
        with_stack.extend(program_header(0x6474_e551, 7, [0; 4]));
        let with_stack = parsed.executable(&with_stack, 0x244).unwrap();
        assert!(with_stack.has_writable_code());
        let pie = Header::parse(&header(3)).unwrap();
        let moved = pie.executable(&headers, 0x244).unwrap();
        assert_eq!(moved.entry, 0x1_0100 + PIE_BASE);
        assert_eq!(moved.segments[1].address, 0x1_2234 + PIE_BASE);
    }

    #[test]
    fn what_cannot_be_run_is_told() {
        let good = header(2);
        assert_eq!(Header::parse(b"#!/bin/sh"), Err(Problem::NotElf));
        assert_eq!(Header::parse(&good[..63]), Err(Problem::Broken));
        assert_eq!(Header::parse(&header(1)), Err(Problem::NotExecutable));
        let mut other = good.clone();
        other[18] = 62;
        assert_eq!(Header::parse(&other), Err(Problem::OtherMachine));
        let parsed = Header::parse(&good).unwrap();
        let error = |header: Vec<u8>| parsed.executable(&header, 0x1000).unwrap_err();
        assert_eq!(error(program_header(3, 4, [0; 4])), Problem::Dynamic);
        assert_eq!(error(Vec::new()), Problem::Broken);
        let load = |values| error(program_header(1, 5, values));
        assert_eq!(load([0x800, 0x1_0800, 0x801, 0x801]), Problem::Broken);
        assert_eq!(load([0, 0x1_0000, 2, 1]), Problem::Broken);
        assert_eq!(load([0, 0, 1, 1]), Problem::Misplaced);
        assert_eq!(load([0, 0x1_0800, 1, 1]), Problem::Misplaced);
        assert_eq!(load([0, 0x1_0000, 1, u64::MAX]), Problem::Misplaced);
        assert_eq!(load([u64::MAX, 0x1_0fff, 1, 1]), Problem::Broken);
    }
}
