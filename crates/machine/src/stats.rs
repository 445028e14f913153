//! What a run has cost, in numbers of the guest.

use std::ops::AddAssign;

use pagewalk_hart::Counts;
use pagewalk_isa::{ExceptionCause, InterruptCause};

use crate::Machine;

/// Counts of all harts together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Instructions retired.
    pub instructions: u64,
    /// Traps taken, by name of the cause, those with a count above zero.
    pub traps: Vec<(&'static str, u64)>,
    /// Accesses that the TLB did not answer.
    pub tlb_misses: u64,
    /// Page walks, or their counterpart where nothing is translated.
    pub walks: u64,
    /// Blocks of instructions decoded.
    pub blocks: u64,
}

/// The counts of one machine after the other, as when a board is reset.
impl AddAssign<&Stats> for Stats {
    fn add_assign(&mut self, other: &Stats) {
        self.instructions += other.instructions;
        for (cause, count) in &other.traps {
            match self.traps.iter_mut().find(|(name, _)| name == cause) {
                Some((_, sum)) => *sum += count,
                None => self.traps.push((cause, *count)),
            }
        }
        self.tlb_misses += other.tlb_misses;
        self.walks += other.walks;
        self.blocks += other.blocks;
    }
}

impl Machine {
    /// What the machine has counted since it was built.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let sum = |field: fn(&Counts) -> u64| self.harts().map(|hart| field(hart.counts())).sum();
        let exceptions = ExceptionCause::ALL.iter().map(|cause| {
            let index = usize::from(cause.number());
            let count = self
                .harts()
                .map(|hart| hart.counts().exceptions[index])
                .sum();
            (cause.name(), count)
        });
        let interrupts = InterruptCause::ALL.iter().map(|cause| {
            let index = usize::from(cause.number());
            let count = self
                .harts()
                .map(|hart| hart.counts().interrupts[index])
                .sum();
            (cause.name(), count)
        });
        Stats {
            instructions: self.retired(),
            traps: exceptions
                .chain(interrupts)
                .filter(|(_, count)| *count > 0)
                .collect(),
            tlb_misses: sum(|counts| counts.tlb_misses),
            walks: sum(|counts| counts.walks),
            blocks: sum(|counts| counts.blocks),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_one_cause_are_added() {
        let first = Stats {
            instructions: 3,
            traps: vec![("Breakpoint", 1)],
            tlb_misses: 1,
            walks: 1,
            blocks: 1,
        };
        let second = Stats {
            traps: vec![("Illegal instruction", 5), ("Breakpoint", 2)],
            ..first.clone()
        };
        let mut sum = first;
        sum += &second;
        let expected = Stats {
            instructions: 6,
            traps: vec![("Breakpoint", 3), ("Illegal instruction", 5)],
            tlb_misses: 2,
            walks: 2,
            blocks: 2,
        };
        assert_eq!(sum, expected);
    }
}
