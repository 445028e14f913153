//! What of a program is listed.

use std::ops::Range;

use anyhow::{Context, bail};
use pagewalk_machine::loader::{Content, Program, Symbol};

use super::DisasmArgs;
use crate::program_file::ProgramFile;

/// Bytes at an address: a section, or a segment of a file without sections.
pub(super) struct Region<'a> {
    /// `section .text` or `segment 0`.
    pub(super) title: String,
    /// What addresses without a symbol are counted from.
    pub(super) name: String,
    pub(super) address: u64,
    /// What it holds where mapping symbols do not tell.
    pub(super) content: Content,
    pub(super) bytes: &'a [u8],
}

impl Region<'_> {
    /// The address behind it; its bytes do not wrap around.
    pub(super) fn end(&self) -> u64 {
        self.address + self.bytes.len() as u64
    }
}

/// The sections that hold instructions, or all; without sections the segments.
pub(super) fn regions(file: &ProgramFile, all: bool) -> anyhow::Result<Vec<Region<'_>>> {
    let ProgramFile { program, bytes } = file;
    let sections = program.sections.iter().filter(|s| s.executable || all);
    let mut regions: Vec<Region<'_>> = sections
        .map(|section| Region {
            title: format!("section {}", section.name),
            name: section.name.clone(),
            address: section.address,
            content: match section.executable {
                true => Content::Code,
                false => Content::Data,
            },
            bytes: section.bytes(bytes),
        })
        .collect();
    if program.sections.is_empty() {
        // Flags do not bind a program that has the board for itself, and some
        // linker scripts leave them out.
        let has_code = program.segments.iter().any(|s| s.executable);
        let segments = program.segments.iter();
        let segments = segments.filter(|s| s.executable || all || !has_code);
        regions.extend(segments.map(|segment| Region {
            title: format!("segment {}", segment.index),
            name: format!("segment{}", segment.index),
            address: segment.vaddr,
            content: Content::Code,
            bytes: &segment.data,
        }));
    }
    // A section header is not checked against the end of the address space.
    regions.retain(|region| {
        let size = region.bytes.len() as u64;
        size > 0 && region.address.checked_add(size).is_some()
    });
    if regions.is_empty() {
        bail!(
            "{}: has no executable section or segment; --all shows the others",
            program.name
        );
    }
    Ok(regions)
}

/// The addresses that are asked for, each range within one region or more.
pub(super) fn ranges(
    args: &DisasmArgs,
    program: &Program,
    regions: &[Region<'_>],
) -> anyhow::Result<Vec<Range<u64>>> {
    let mut ranges = Vec::new();
    for name in &args.symbol {
        let before = ranges.len();
        ranges.extend(named(program, name).filter_map(|symbol| extent(program, regions, symbol)));
        if ranges.len() == before {
            bail!("{}", no_such_symbol(program, name));
        }
    }
    if args.symbol.is_empty() {
        let address = |text: &Option<String>, option| {
            let parse = |text: &String| parse_address(program, text).context(option);
            text.as_ref().map(parse).transpose()
        };
        let start = address(&args.start, "--start")?.unwrap_or(0);
        let stop = address(&args.stop, "--stop")?.unwrap_or(u64::MAX);
        ranges.push(start..stop);
    }
    let is_in = |region: &Region<'_>, range: &Range<u64>| {
        range.start.max(region.address) < range.end.min(region.end())
    };
    let is_something = |range| regions.iter().any(|region| is_in(region, range));
    if !ranges.iter().any(is_something) {
        let list: Vec<String> = regions
            .iter()
            .map(|r| format!("{} {:#x}..{:#x}", r.name, r.address, r.end()))
            .collect();
        bail!(
            "{}: nothing to show there; there are {}",
            program.name,
            list.join(", ")
        );
    }
    Ok(ranges)
}

/// The symbols that are meant by a name: as it is in the file, or demangled.
fn named<'a>(program: &'a Program, name: &str) -> impl Iterator<Item = Symbol<'a>> {
    program
        .symbols
        .iter()
        .filter(move |symbol| symbol.name == name || symbol.to_string() == name)
}

/// The addresses that belong to a symbol: its size or, without one, all up to
/// the next symbol or the end of its section.
fn extent(program: &Program, regions: &[Region<'_>], symbol: Symbol<'_>) -> Option<Range<u64>> {
    let start = symbol.address;
    let region = regions
        .iter()
        .find(|region| (region.address..region.end()).contains(&start))?;
    let end = match symbol.size {
        0 => {
            let mut later = program.symbols.iter().map(|other| other.address);
            later.find(|&address| address > start).unwrap_or(u64::MAX)
        }
        size => start.saturating_add(size),
    };
    Some(start..end.min(region.end()))
}

fn no_such_symbol(program: &Program, name: &str) -> String {
    const SHOWN: usize = 5;
    let file = &program.name;
    if program.symbols.is_empty() {
        return format!("{file}: has no symbols (was it stripped?); name addresses with --start");
    }
    if named(program, name).next().is_some() {
        return format!("{file}: `{name}` is not in a section that is shown; try --all");
    }
    let wanted = name.to_lowercase();
    let names = program.symbols.iter().map(|symbol| symbol.to_string());
    let similar: Vec<String> = names
        .filter(|name| name.to_lowercase().contains(&wanted))
        .take(SHOWN)
        .collect();
    let help = match similar.is_empty() {
        true => "`pagewalk info --symbols` lists all".to_owned(),
        false => format!("similar ones are {}", similar.join(", ")),
    };
    format!("{file}: there is no symbol `{name}`; {help}")
}

/// An address: `0x80000010`, `main` or `main+0x10`.
fn parse_address(program: &Program, text: &str) -> anyhow::Result<u64> {
    let number = |text: &str| {
        let digits = text.strip_prefix("0x")?.replace('_', "");
        u64::from_str_radix(&digits, 16).ok()
    };
    if let Some(address) = number(text) {
        return Ok(address);
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        bail!("`{text}` is no address; it is written as in 0x80000010");
    }
    let (name, offset) = match text.rsplit_once('+') {
        Some((name, offset)) => match number(offset) {
            Some(offset) => (name, offset),
            None => bail!("`{offset}` in `{text}` is no offset; it is written as in main+0x10"),
        },
        None => (text, 0),
    };
    match named(program, name).next() {
        Some(symbol) => Ok(symbol.address.wrapping_add(offset)),
        None => bail!("{}", no_such_symbol(program, name)),
    }
}
