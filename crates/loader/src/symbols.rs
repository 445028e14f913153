//! Names of addresses.

use std::cmp::Reverse;
use std::fmt;

use goblin::elf::section_header::{SHN_ABS, SHN_COMMON, SHN_UNDEF};
use goblin::elf::sym::{
    STB_LOCAL, STB_WEAK, STT_FILE, STT_FUNC, STT_GNU_IFUNC, STT_OBJECT, STT_SECTION, STT_TLS,
};
use goblin::elf::{Sym, Symtab};

use crate::Segment;
use crate::mapping::{Content, Mapping};
use crate::strings::StringTable;

/// What linkers and assemblers write into symbol tables for themselves:
/// mapping symbols (psABI, Mapping Symbol) and local labels.
const INTERNAL_PREFIXES: [&str; 3] = ["$x", "$d", ".L"];

/// The symbols of a program, by name and by address.
///
/// Sections, files, undefined and thread-local symbols, local labels and the
/// mapping symbols `$x` and `$d` are left out; what the last say is known to
/// [`Symbols::content`].
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    names: StringTable,
    /// By address, and at one address the best first; see [`Entry::rank`].
    entries: Vec<Entry>,
    /// Which symbol an address belongs to, in ascending order: each holds from
    /// its first address up to the next one's.
    owners: Vec<Owner>,
    mapping: Mapping,
}

/// A named address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Symbol<'a> {
    /// The name as it is in the file. `Display` shows it demangled.
    pub name: &'a str,
    /// The value: a virtual address or, for absolute symbols, any number.
    pub address: u64,
    /// The size in bytes, 0 if unknown.
    pub size: u64,
    /// Function, data or neither.
    pub kind: SymbolKind,
    /// Local, weak or global.
    pub binding: Binding,
    /// In no section (`SHN_ABS`): perhaps a constant and not an address.
    pub absolute: bool,
}

/// What a symbol names; in the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymbolKind {
    /// A label of an assembler or linker script (`STT_NOTYPE`).
    Label,
    /// A variable (`STT_OBJECT`).
    Object,
    /// A function (`STT_FUNC`).
    Function,
}

/// Who sees a symbol; in the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    /// Its own source file.
    Local,
    /// All, unless there is another one.
    Weak,
    /// All.
    Global,
}

/// An address in terms of the symbol that it belongs to: `trap_handler+0x1c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The symbol.
    pub symbol: Symbol<'a>,
    /// The distance from it in bytes.
    pub offset: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    address: u64,
    size: u64,
    /// Offset into the names.
    name: u32,
    kind: SymbolKind,
    binding: Binding,
    /// See [`Symbol::absolute`].
    absolute: bool,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    first: u64,
    /// Index into the entries.
    entry: Option<u32>,
}

impl Symbols {
    /// The symbol of this name; of several, the global one.
    pub fn by_name(&self, name: &str) -> Option<Symbol<'_>> {
        // A linear search: few names are asked for in the life of a program,
        // and an index of names would cost a hostile file's square.
        self.entries
            .iter()
            .filter(|entry| self.names.is(entry.name, name))
            .max_by_key(|entry| (entry.binding, Reverse(entry.address)))
            .map(|entry| self.symbol(entry))
    }

    /// The value of the symbol of this name.
    pub fn address(&self, name: &str) -> Option<u64> {
        Some(self.by_name(name)?.address)
    }

    /// The symbol that an address belongs to.
    ///
    /// That is the nearest symbol at or before it. A symbol with a size holds
    /// as many bytes, and behind them an enclosing symbol goes on; one without
    /// goes up to the next symbol or the end of the enclosing one. Nothing
    /// goes beyond the end of its segment.
    pub fn locate(&self, address: u64) -> Option<Place<'_>> {
        let after = self.owners.partition_point(|owner| owner.first <= address);
        let owner = self.owners.get(after.checked_sub(1)?)?;
        let entry = &self.entries[owner.entry? as usize];
        Some(Place {
            symbol: self.symbol(entry),
            offset: address - entry.address,
        })
    }

    /// What mapping symbols say that an address holds, and the next address
    /// where they say something else.
    ///
    /// Each speaks for what follows it in its section (psABI, Mapping Symbol);
    /// `section_start` is the first address of that section. Where there is
    /// none, nothing is known.
    pub fn content(&self, address: u64, section_start: u64) -> (Option<Content>, Option<u64>) {
        self.mapping.content(address, section_start)
    }

    /// All symbols by address, and at one address the preferred one first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Symbol<'_>> {
        self.entries.iter().map(|entry| self.symbol(entry))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none, as in a stripped file.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Makes the tables. Names must be within `names`, and the ranges of
    /// segments must not wrap around.
    pub(crate) fn new(names: StringTable, table: &Symtab<'_>, segments: &[Segment]) -> Symbols {
        let mapping = Mapping::new(&names, table.iter());
        let mut entries: Vec<Entry> = table
            .iter()
            .filter_map(|symbol| Entry::new(&symbol))
            .filter(|entry| {
                let internal = |prefix| names.starts_with(entry.name, prefix);
                !names.is(entry.name, "") && !INTERNAL_PREFIXES.into_iter().any(internal)
            })
            .collect();
        entries.sort_by_key(|entry| (entry.address, Reverse(entry.rank())));
        let owners = owners(&entries, &address_ranges(segments));
        Symbols {
            names,
            entries,
            owners,
            mapping,
        }
    }

    fn symbol(&self, entry: &Entry) -> Symbol<'_> {
        Symbol {
            name: self.names.get(entry.name),
            address: entry.address,
            size: entry.size,
            kind: entry.kind,
            binding: entry.binding,
            absolute: entry.absolute,
        }
    }
}

impl Entry {
    /// A symbol that names something in the program; `None` for others.
    fn new(symbol: &Sym) -> Option<Entry> {
        let section = symbol.st_shndx as u32;
        let foreign_section = section == SHN_UNDEF || section == SHN_COMMON;
        let kind = match symbol.st_type() {
            _ if foreign_section => return None,
            STT_SECTION | STT_FILE | STT_TLS => return None,
            STT_FUNC | STT_GNU_IFUNC => SymbolKind::Function,
            STT_OBJECT => SymbolKind::Object,
            _ => SymbolKind::Label,
        };
        let binding = match symbol.st_bind() {
            STB_LOCAL => Binding::Local,
            STB_WEAK => Binding::Weak,
            _ => Binding::Global,
        };
        Some(Entry {
            address: symbol.st_value,
            size: symbol.st_size,
            // 32 bits in the file.
            name: symbol.st_name as u32,
            kind,
            binding,
            absolute: section == SHN_ABS,
        })
    }

    /// Which of several symbols at one address stands for it: the greatest.
    fn rank(&self) -> (bool, SymbolKind, Binding, u64) {
        (!self.absolute, self.kind, self.binding, self.size)
    }
}

/// A symbol with the addresses that it covers, none of them beyond its segment.
struct Span {
    last: u64,
    entry: u32,
}

/// Decides for all addresses which symbol they belong to.
fn owners(entries: &[Entry], ranges: &[(u64, u64)]) -> Vec<Owner> {
    // What is not loaded is a constant, or a table of another machine.
    let range_end = |address: u64| {
        let after = ranges.partition_point(|&(first, _)| first <= address);
        let &(_, last) = ranges.get(after.checked_sub(1)?)?;
        (address <= last).then_some(last)
    };
    // Of the symbols at one address only the first, which ranks highest.
    let mut best = (0..)
        .zip(entries)
        .filter_map(|(index, entry)| Some((index, entry, range_end(entry.address)?)))
        .peekable();
    let mut owners = Vec::new();
    let mut open: Vec<Span> = Vec::new();
    while let Some((index, entry, range_last)) = best.next() {
        while best
            .next_if(|(_, next, _)| next.address == entry.address)
            .is_some()
        {}
        close_before(Some(entry.address), &mut open, &mut owners);
        let last = match entry.size {
            0 => {
                let next = best
                    .peek()
                    .map_or(u64::MAX, |(_, next, _)| next.address - 1);
                let enclosing = open.last().map_or(u64::MAX, |span| span.last);
                next.min(enclosing)
            }
            size => entry.address.saturating_add(size - 1),
        };
        let last = last.min(range_last);
        owners.push(Owner {
            first: entry.address,
            entry: Some(index),
        });
        open.push(Span { last, entry: index });
    }
    close_before(None, &mut open, &mut owners);
    owners
}

/// Ends the open spans whose last address is before `next`, and gives what
/// follows each back to the span around it.
fn close_before(next: Option<u64>, open: &mut Vec<Span>, owners: &mut Vec<Owner>) {
    while let Some(top) = open.last() {
        let last = top.last;
        if next.is_some_and(|next| next <= last) {
            return;
        }
        while open.last().is_some_and(|span| span.last <= last) {
            open.pop();
        }
        match last.checked_add(1) {
            Some(first) if next != Some(first) => {
                owners.push(Owner {
                    first,
                    entry: open.last().map(|span| span.entry),
                });
            }
            _ => {}
        }
    }
}

/// The virtual addresses of segments, first and last, in ascending order and
/// without overlap.
fn address_ranges(segments: &[Segment]) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = segments
        .iter()
        .map(|segment| (segment.vaddr, segment.last_vaddr()))
        .collect();
    ranges.sort_unstable();
    ranges.dedup_by(|next, range| {
        let overlaps = next.0 <= range.1;
        if overlaps {
            range.1 = range.1.max(next.1);
        }
        overlaps
    });
    ranges
}

impl fmt::Display for Symbol<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The alternate form leaves out the hash, which may be the whole name.
        let demangled = format!("{:#}", rustc_demangle::demangle(self.name));
        f.pad(if demangled.is_empty() {
            self.name
        } else {
            &demangled
        })
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            0 => write!(f, "{}", self.symbol),
            offset => write!(f, "{}+{offset:#x}", self.symbol),
        }
    }
}
