//! Does a program fit a board?

use crate::{Kind, LoadError, Problem, Program, Segment};

/// A range of physical addresses with memory behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// What messages call it, for instance `ram`.
    pub name: String,
    /// Its first address.
    pub start: u64,
    /// Its size in bytes.
    pub size: u64,
}

impl Region {
    /// Whether all addresses of a segment are in it.
    fn contains(&self, segment: &Segment) -> bool {
        let end = u128::from(self.start) + u128::from(self.size);
        self.start <= segment.paddr && u128::from(segment.last_paddr()) < end
    }
}

impl Program {
    /// Checks that the program can be loaded into memory and started there:
    /// each segment within one region, no two of them at the same place, and
    /// an entry point that is even and in the bytes of a segment.
    pub fn check_fits(&self, memory: &[Region]) -> Result<(), LoadError> {
        self.check_memory(memory)
            .and_then(|()| self.check_overlap())
            .and_then(|()| self.check_entry())
            .map_err(|problem| LoadError {
                file: self.name.clone(),
                problem,
            })
    }

    fn check_memory(&self, memory: &[Region]) -> Result<(), Problem> {
        let outside = |segment: &&Segment| !memory.iter().any(|region| region.contains(segment));
        match self.segments.iter().find(outside) {
            None => Ok(()),
            Some(segment) => Err(Problem::OutsideMemory {
                segment: segment.index,
                first: segment.paddr,
                last: segment.last_paddr(),
                memory: list(memory.iter().map(|region| {
                    let last = region.start.saturating_add(region.size.saturating_sub(1));
                    format!("{} {:#x}..={last:#x}", region.name, region.start)
                })),
                position_independent: self.kind == Kind::PositionIndependent,
            }),
        }
    }

    fn check_overlap(&self) -> Result<(), Problem> {
        let mut by_address: Vec<&Segment> = self.segments.iter().collect();
        by_address.sort_by_key(|segment| segment.paddr);
        // Neighbours are enough: if any two overlap, some two neighbours do.
        match by_address
            .windows(2)
            .find(|pair| pair[1].paddr <= pair[0].last_paddr())
        {
            None => Ok(()),
            Some(pair) => Err(Problem::Overlap {
                segment: pair[1].index,
                first: pair[1].paddr,
                last: pair[1].last_paddr(),
                other: pair[0].index,
                other_last: pair[0].last_paddr(),
            }),
        }
    }

    fn check_entry(&self) -> Result<(), Problem> {
        // With compressed instructions IALIGN is 16 (unprivileged
        // specification, Base Instruction-Length Encoding): only bit 0 must be
        // clear. A segment may move an even virtual address to an odd physical one.
        let start = self.entry_paddr();
        let addresses = [Some(self.entry), start];
        if let Some(entry) = addresses
            .into_iter()
            .flatten()
            .find(|address| address & 1 != 0)
        {
            return Err(Problem::EntryMisaligned { entry });
        }
        if start.is_some() {
            return Ok(());
        }
        Err(Problem::EntryOutside {
            entry: self.entry,
            segments: list(self.segments.iter().map(|segment| {
                let (first, last) = (segment.vaddr, segment.last_vaddr());
                format!("segment {} at {first:#x}..={last:#x}", segment.index)
            })),
        })
    }
}

/// Joins the first few with commas; "there is none" for none.
fn list(mut items: impl Iterator<Item = String>) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = items.by_ref().take(SHOWN).collect();
    match (shown.is_empty(), items.count()) {
        (true, _) => "there is none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}
