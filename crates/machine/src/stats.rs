//! What a run has cost, in numbers of the guest.

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
