//! Mapping symbols: where sections change between instructions and data.
//!
//! RISC-V ELF psABI specification, Mapping Symbol: `$x`, perhaps with an ISA
//! string behind it, begins instructions, `$d` data.

use goblin::elf::Sym;

use crate::strings::StringTable;

/// What a place in a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Instructions.
    Code,
    /// Data.
    Data,
}

/// What all mapping symbols say, in ascending order of addresses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping(Vec<(u64, Content)>);

impl Mapping {
    pub(crate) fn new(names: &StringTable, table: impl Iterator<Item = Sym>) -> Mapping {
        let mut changes: Vec<(u64, Content)> = table
            .filter_map(|symbol| {
                // 32 bits in the file.
                let name = symbol.st_name as u32;
                let is_data = names.is(name, "$d") || names.starts_with(name, "$d.");
                match is_data {
                    true => Some((symbol.st_value, Content::Data)),
                    false if names.starts_with(name, "$x") => {
                        Some((symbol.st_value, Content::Code))
                    }
                    false => None,
                }
            })
            .collect();
        // The sort is stable: of several at one address the last one counts,
        // for the ranges of those before it are empty.
        changes.sort_by_key(|&(address, _)| address);
        Mapping(changes)
    }

    /// See [`Symbols::content`](crate::Symbols::content).
    pub(crate) fn content(
        &self,
        address: u64,
        section_start: u64,
    ) -> (Option<Content>, Option<u64>) {
        let Mapping(changes) = self;
        let after = changes.partition_point(|&(change, _)| change <= address);
        let current = after.checked_sub(1).map(|index| changes[index]);
        let content = current.filter(|&(change, _)| change >= section_start);
        let next = changes.get(after).map(|&(change, _)| change);
        (content.map(|(_, content)| content), next)
    }
}
