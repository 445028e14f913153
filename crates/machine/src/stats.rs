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
    /// Loads, stores and atomics that the TLB answered.
    pub tlb_hits: u64,
    /// Those that it did not: to pages that it does not hold, to devices, and
    /// those that raised an exception.
    pub tlb_misses: u64,
    /// Floating-point operations that round.
    pub floats: u64,
    /// Those of them that needed the exact code; the host's floating point did the rest.
    pub floats_exact: u64,
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
        self.tlb_hits += other.tlb_hits;
        self.tlb_misses += other.tlb_misses;
        self.floats += other.floats;
        self.floats_exact += other.floats_exact;
        self.walks += other.walks;
        self.blocks += other.blocks;
    }
}

/// The exceptions of loads, stores and atomics.
const DATA_FAULTS: [ExceptionCause; 6] = [
    ExceptionCause::LoadAddressMisaligned,
    ExceptionCause::LoadAccessFault,
    ExceptionCause::StoreAddressMisaligned,
    ExceptionCause::StoreAccessFault,
    ExceptionCause::LoadPageFault,
    ExceptionCause::StorePageFault,
];

fn exceptions_of(machine: &Machine, cause: ExceptionCause) -> u64 {
    let index = usize::from(cause.number());
    let counts = machine.harts().map(|hart| hart.counts().exceptions[index]);
    counts.sum()
}

impl Machine {
    /// What the machine has counted since it was built.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let sum = |field: fn(&Counts) -> u64| self.harts().map(|hart| field(hart.counts())).sum();
        let exceptions = ExceptionCause::ALL
            .iter()
            .map(|&cause| (cause.name(), exceptions_of(self, cause)));
        let interrupts = InterruptCause::ALL.iter().map(|cause| {
            let index = usize::from(cause.number());
            let count = self
                .harts()
                .map(|hart| hart.counts().interrupts[index])
                .sum();
            (cause.name(), count)
        });
        // An access that raised an exception did not retire.
        let faults: u64 = DATA_FAULTS
            .iter()
            .map(|&cause| exceptions_of(self, cause))
            .sum();
        let tlb_misses: u64 = sum(|counts| counts.tlb_misses);
        let accesses: u64 = sum(|counts| counts.accesses);
        let attempts = accesses + faults;
        Stats {
            instructions: self.retired(),
            traps: exceptions
                .chain(interrupts)
                .filter(|(_, count)| *count > 0)
                .collect(),
            tlb_hits: attempts.saturating_sub(tlb_misses),
            tlb_misses,
            floats: sum(|counts| counts.floats),
            floats_exact: sum(|counts| counts.floats_exact),
            walks: sum(|counts| counts.walks),
            blocks: sum(|counts| counts.blocks),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Limits, Outcome, map};

    #[test]
    fn tlb_hits_and_misses_add_up_to_the_accesses() {
        let elf = map::tiny_elf(&[
            0x0000_1597, // auipc a1, 1: the page of tohost
            0x0640_0613, // li a2, 100
            0x0085_b683, // ld a3, 8(a1)
            0xfff6_0613, // addi a2, a2, -1
            0xfe06_1ce3, // bnez a2, the load
            0x0550_0513, // li a0, 85
            0x00a5_b023, // sd a0, 0(a1): to a watched word
            0x0000_006f, // j .
        ]);
        let program = pagewalk_loader::Program::parse("loop", &elf).expect("a good ELF");
        let mut machine = Machine::new(&Config::default()).expect("a small board");
        machine.load(&program).expect("it fits");
        let outcome = machine.run(&Limits::instructions(1000));
        assert!(matches!(outcome, Outcome::Exit { .. }), "{outcome:?}");
        let stats = machine.stats();
        assert_eq!((stats.tlb_hits, stats.tlb_misses), (99, 2));
    }

    #[test]
    fn counts_of_one_cause_are_added() {
        let first = Stats {
            instructions: 3,
            traps: vec![("Breakpoint", 1)],
            tlb_hits: 10,
            tlb_misses: 1,
            floats: 3,
            floats_exact: 1,
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
            tlb_hits: 20,
            tlb_misses: 2,
            floats: 6,
            floats_exact: 2,
            walks: 2,
            blocks: 2,
        };
        assert_eq!(sum, expected);
    }
}
