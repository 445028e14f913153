//! The listing itself.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::ops::Range;

use pagewalk_machine::isa::{Format, Insn, decode, disassemble_word};
use pagewalk_machine::loader::{Content, Lines, Place, Program, Symbol};

use super::Style;
use super::annotate::{Addresses, Found};
use super::select::Region;
use super::source::Sources;

/// So many zeros in a row are shown as `...`.
const SKIPPED_ZEROS: u64 = 8;
/// And fewer than so many at the end, which no instruction can be.
const SKIPPED_AT_END: u64 = 3;

/// Writes listings.
pub(super) struct Listing<'a, W> {
    out: W,
    program: &'a Program,
    lines: Option<&'a Lines>,
    style: Style,
    addresses: Addresses,
    sources: Sources,
    /// What was shown last of source lines.
    line: String,
    /// Digits that addresses are padded to.
    width: usize,
}

/// What stands at an address.
enum Item {
    Instruction(u32, u8),
    Data(u32, u8),
    /// Zeros that are not shown.
    Zeros(u64),
}

impl<'a, W: Write> Listing<'a, W> {
    pub(super) fn new(
        out: W,
        program: &'a Program,
        lines: Option<&'a Lines>,
        style: Style,
    ) -> Self {
        Self {
            out,
            program,
            lines,
            style,
            addresses: Addresses::new(program),
            sources: Sources::default(),
            line: String::new(),
            width: 0,
        }
    }

    /// Writes what is in the ranges, region by region.
    pub(super) fn write(
        &mut self,
        regions: &[Region<'_>],
        ranges: &[Range<u64>],
    ) -> io::Result<()> {
        let name = &self.program.name;
        writeln!(self.out, "\n{name}:     file format elf64-littleriscv\n")?;
        for region in regions {
            let parts = ranges.iter().filter_map(|range| {
                let start = range.start.max(region.address);
                let end = range.end.min(region.end());
                (start < end).then_some(start..end)
            });
            let mut parts = parts.peekable();
            if parts.peek().is_some() {
                writeln!(self.out, "\nDisassembly of {}:", region.title)?;
                self.width = address_width(region.end());
                parts.try_for_each(|part| self.write_part(region, part))?;
            }
        }
        Ok(())
    }

    /// Brings out what is buffered.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// The first source file that could not be read.
    pub(super) fn missing_source(&self) -> Option<&str> {
        self.sources.missing()
    }

    /// Writes a part of a region, with a heading at each symbol.
    fn write_part(&mut self, region: &Region<'_>, part: Range<u64>) -> io::Result<()> {
        let mut starts = vec![part.start];
        let symbols = self.program.symbols.iter();
        let labels = symbols.filter(|symbol| !symbol.absolute && part.contains(&symbol.address));
        starts.extend(labels.map(|symbol| symbol.address));
        starts.dedup();
        for (index, &start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(part.end);
            self.write_heading(region, start)?;
            self.write_chunk(region, start..end)?;
        }
        Ok(())
    }

    fn write_heading(&mut self, region: &Region<'_>, address: u64) -> io::Result<()> {
        self.addresses.forget();
        self.line.clear();
        match self.program.symbols.locate(address) {
            Some(place) => writeln!(self.out, "\n{address:016x} <{}>:", self.name(place)),
            None => match address - region.address {
                0 => writeln!(self.out, "\n{address:016x} <{}>:", region.name),
                offset => writeln!(self.out, "\n{address:016x} <{}+{offset:#x}>:", region.name),
            },
        }
    }

    /// Writes what stands between two headings.
    fn write_chunk(&mut self, region: &Region<'_>, chunk: Range<u64>) -> io::Result<()> {
        let mut pc = chunk.start;
        while pc < chunk.end {
            let size = match self.item(region, pc, chunk.end) {
                Item::Zeros(size) => {
                    writeln!(self.out, "\t...")?;
                    size
                }
                Item::Data(value, size) => {
                    let directive = match size {
                        4 => ".word",
                        2 => ".short",
                        _ => ".byte",
                    };
                    let digits = usize::from(size) * 2;
                    self.write_address(pc, value, size)?;
                    writeln!(self.out, "{directive}\t0x{value:0digits$x}")?;
                    size.into()
                }
                Item::Instruction(raw, size) => {
                    self.write_line_of(pc)?;
                    self.write_address(pc, raw, size)?;
                    self.write_instruction(raw, pc)?;
                    size.into()
                }
            };
            // Nothing in a region wraps around.
            pc += size;
        }
        Ok(())
    }

    /// What stands at `pc`, which is before `end`, the end of the chunk.
    fn item(&self, region: &Region<'_>, pc: u64, end: u64) -> Item {
        let bytes = &region.bytes[(pc - region.address) as usize..];
        let left = end - pc;
        let chunk = &bytes[..left as usize];
        let zeros = chunk.iter().take_while(|&&byte| byte == 0).count() as u64;
        match zeros {
            ..SKIPPED_AT_END | SKIPPED_ZEROS.. if zeros == left => return Item::Zeros(zeros),
            // Instructions may follow, and begin with zeros of theirs.
            SKIPPED_ZEROS.. => return Item::Zeros(zeros / 4 * 4),
            _ => {}
        }
        let (content, change) = self.program.symbols.content(pc, region.address);
        if content.unwrap_or(region.content) == Content::Data {
            let left = change.map_or(left, |change| left.min(change - pc));
            let size = match left {
                4.. => 4,
                2.. => 2,
                _ => 1,
            };
            return Item::Data(little_endian(&bytes[..size]), size as u8);
        }
        // The length rule (unprivileged specification, Base Instruction-Length
        // Encoding), as harts without longer instructions apply it.
        match *bytes {
            [first, _, _, _, ..] if first & 0b11 == 0b11 => {
                Item::Instruction(little_endian(&bytes[..4]), 4)
            }
            [first, _, ..] if first & 0b11 != 0b11 => {
                Item::Instruction(little_endian(&bytes[..2]), 2)
            }
            [_, _, ..] => Item::Data(little_endian(&bytes[..2]), 2),
            _ => Item::Data(little_endian(&bytes[..1]), 1),
        }
    }

    fn write_address(&mut self, pc: u64, value: u32, size: u8) -> io::Result<()> {
        write!(self.out, "{pc:width$x}:\t", width = self.width)?;
        if self.style.raw {
            // Room for two words, each piece with a space behind it.
            let digits = usize::from(size) * 2;
            let padding = 8 / usize::from(size) * (digits + 1) - digits;
            write!(self.out, "{value:0digits$x}{:padding$}\t", "")?;
        }
        Ok(())
    }

    fn write_instruction(&mut self, raw: u32, pc: u64) -> io::Result<()> {
        let insn = decode(raw, self.style.isa);
        let text = disassemble_word(raw, pc, self.style.isa).to_string();
        let target = insn.as_ref().and_then(|insn| target(insn, pc));
        let text = match target {
            Some(target) => text
                .strip_suffix(&format!("{target:#x}"))
                .expect("a target is the last operand"),
            None => &text,
        };
        match text.split_once(' ') {
            Some((mnemonic, operands)) => write!(self.out, "{mnemonic}\t{operands}")?,
            None => write!(self.out, "{text}")?,
        }
        if let Some(target) = target {
            self.write_place(target)?;
        }
        let found = insn.and_then(|insn| self.addresses.follow(&insn, pc));
        match found {
            Some(Found::Perhaps(address)) if self.program.symbols.locate(address).is_none() => {}
            Some(Found::Address(address) | Found::Perhaps(address)) => {
                write!(self.out, " # ")?;
                self.write_place(address)?;
            }
            None => {}
        }
        writeln!(self.out)
    }

    /// `80000010 <main+0x10>`.
    fn write_place(&mut self, address: u64) -> io::Result<()> {
        write!(self.out, "{address:x}")?;
        match self.program.symbols.locate(address) {
            Some(place) => write!(self.out, " <{}>", self.name(place)),
            None => Ok(()),
        }
    }

    /// Writes where in the source an instruction comes from, if that is
    /// another line than before.
    fn write_line_of(&mut self, pc: u64) -> io::Result<()> {
        let found = self.lines.and_then(|lines| Some((lines, lines.find(pc)?)));
        let Some((lines, line)) = found else {
            return Ok(());
        };
        let text = match self.style.inlines {
            true => frames(lines, pc),
            false => format!("{line}\n"),
        };
        if text == self.line {
            return Ok(());
        }
        self.out.write_all(text.as_bytes())?;
        if self.style.source
            && let Some(text) = self.sources.line(&line.file, line.line)
        {
            writeln!(self.out, "{text}")?;
        }
        self.line = text;
        Ok(())
    }

    fn name<'p>(&self, place: Place<'p>) -> Name<'p> {
        Name {
            symbol: place.symbol,
            offset: place.offset,
            demangle: self.style.demangle,
        }
    }
}

/// A place, its symbol demangled or not.
struct Name<'a> {
    symbol: Symbol<'a>,
    offset: u64,
    demangle: bool,
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.demangle {
            true => write!(f, "{}", self.symbol)?,
            false => f.write_str(self.symbol.name)?,
        }
        match self.offset {
            0 => Ok(()),
            offset => write!(f, "+{offset:#x}"),
        }
    }
}

/// The functions that an address is in, a line each, the innermost one first.
fn frames(lines: &Lines, pc: u64) -> String {
    let mut text = String::new();
    for frame in lines.frames(pc) {
        if !text.is_empty() {
            text.push_str(" (inlined by) ");
        }
        let function = frame.function.as_deref().unwrap_or("?");
        if let Some(place) = frame.place {
            text.push_str(&format!("{place} "));
        }
        text.push_str(&format!("({function})\n"));
    }
    text
}

/// Where a branch or a jump leads to.
fn target(insn: &Insn, pc: u64) -> Option<u64> {
    match insn.op.format() {
        Format::B | Format::J => Some(pc.wrapping_add_signed(insn.imm.into())),
        _ => None,
    }
}

fn little_endian(bytes: &[u8]) -> u32 {
    let mut word = [0; 4];
    word[..bytes.len()].copy_from_slice(bytes);
    u32::from_le_bytes(word)
}

/// How wide addresses up to this one are, in steps of four digits and with
/// some space before them.
fn address_width(end: u64) -> usize {
    let digits = match end {
        0 => 1,
        _ => end.ilog2() as usize / 4 + 1,
    };
    (digits / 4 * 4 + 4).min(16)
}
