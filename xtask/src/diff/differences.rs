//! Known differences between emulators that are no mistakes of ours, in one
//! table. A difference spreads through registers and memory, so that masking
//! words of a dump would hide little: programs keep away from it instead.
//!
//! `docs/decisions/differences.md` says who is right about each, and where
//! the specification says so.

use super::peer::Kind;

/// A difference that is expected.
pub(super) struct Difference {
    /// Its heading in the document.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "only compared with the document")
    )]
    name: &'static str,
    /// The emulators that differ from ours.
    peers: &'static [Kind],
    avoided: Choice,
}

/// What programs can keep away from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Choice {
    /// Misaligned LR, SC and AMO.
    MisalignedAtomics,
    /// Stores across a page boundary behind which they may fail.
    HalfStores,
    /// `cbo.zero` of an address that is not the first of its block.
    AddressInBlock,
    /// `wrs.nto` while TW is set.
    TimeoutOfWait,
    /// SC without a reservation where a store would fault.
    FailingStoreConditional,
    /// The same where PMP guards part of the word.
    GuardedStoreConditional,
    /// `cbo.clean`, `cbo.flush` and `cbo.inval` where no memory is.
    BlocksNowhere,
    /// AMOs that page tables and physical memory both forbid.
    AtomicsOrder,
    /// `sfence.w.inval` and `sfence.inval.ir` in U-mode.
    InvalidationFences,
    /// Several interrupts that are pending at once.
    InterruptsAtOnce,
    /// `amocas` with x0 as its destination.
    CompareWithZero,
    /// A or D clear in a PTE with N and a reserved size.
    NapotOrder,
    /// `fround` and `froundnx`.
    RoundingFlags,
    /// CSRs of triggers that ours does not have.
    TriggerRegisters,
    /// FS being Initial or Clean.
    StatesOfFs,
    /// Instructions that were just written, without `fence.i`.
    UnfencedCode,
    /// Rotations of words.
    WordRotations,
    /// `fence.i` where there is no Zifencei.
    AbsentFenceI,
    /// Bits of `mepc` and `sepc` that are always zero.
    EpcAlignment,
    /// The values of `cycle` and `instret`.
    RunningCounters,
}

/// All of them.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "Misaligned atomics",
        peers: &[Kind::Spike],
        avoided: Choice::MisalignedAtomics,
    },
    Difference {
        name: "Stores that fail in their second page",
        peers: &[Kind::Spike],
        avoided: Choice::HalfStores,
    },
    Difference {
        name: "Address of a failing cbo.zero",
        peers: &[Kind::Spike, Kind::Qemu],
        avoided: Choice::AddressInBlock,
    },
    Difference {
        name: "wrs.nto with TW",
        peers: &[Kind::Spike, Kind::Qemu],
        avoided: Choice::TimeoutOfWait,
    },
    Difference {
        name: "SC without a reservation",
        peers: &[Kind::Qemu],
        avoided: Choice::FailingStoreConditional,
    },
    Difference {
        name: "SC without a reservation to a word that PMP guards in part",
        peers: &[Kind::Spike],
        avoided: Choice::GuardedStoreConditional,
    },
    Difference {
        name: "Cache-block management where no memory is",
        peers: &[Kind::Qemu],
        avoided: Choice::BlocksNowhere,
    },
    Difference {
        name: "AMOs that are forbidden twice",
        peers: &[Kind::Qemu],
        avoided: Choice::AtomicsOrder,
    },
    Difference {
        name: "Fences of Svinval in U-mode",
        peers: &[Kind::Qemu],
        avoided: Choice::InvalidationFences,
    },
    Difference {
        name: "Priority of interrupts",
        peers: &[Kind::Qemu],
        avoided: Choice::InterruptsAtOnce,
    },
    Difference {
        name: "amocas with x0 as destination",
        peers: &[Kind::Qemu],
        avoided: Choice::CompareWithZero,
    },
    Difference {
        name: "A and D of a reserved NAPOT encoding",
        peers: &[Kind::Qemu],
        avoided: Choice::NapotOrder,
    },
    Difference {
        name: "Flags of fround and froundnx",
        peers: &[Kind::Qemu],
        avoided: Choice::RoundingFlags,
    },
    Difference {
        name: "Registers of triggers",
        peers: &[Kind::Spike, Kind::Qemu],
        avoided: Choice::TriggerRegisters,
    },
    Difference {
        name: "When FS becomes Dirty",
        peers: &[Kind::Spike, Kind::Qemu],
        avoided: Choice::StatesOfFs,
    },
    Difference {
        name: "Stores to code without a fence",
        peers: &[Kind::Qemu],
        avoided: Choice::UnfencedCode,
    },
    Difference {
        name: "Rotations of words",
        peers: &[Kind::Qemu],
        avoided: Choice::WordRotations,
    },
    Difference {
        name: "fence.i without Zifencei",
        peers: &[Kind::Spike],
        avoided: Choice::AbsentFenceI,
    },
    Difference {
        name: "Alignment of mepc and sepc",
        peers: &[Kind::Qemu],
        avoided: Choice::EpcAlignment,
    },
    Difference {
        name: "Counters",
        peers: &[Kind::Qemu],
        avoided: Choice::RunningCounters,
    },
];

/// Must programs that run on this peer keep away from it?
pub(super) fn avoids(peer: Kind, choice: Choice) -> bool {
    DIFFERENCES
        .iter()
        .any(|difference| difference.avoided == choice && difference.peers.contains(&peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_all_of_the_table_and_no_more() {
        let document = include_str!("../../../docs/decisions/differences.md");
        let headings = document
            .lines()
            .filter_map(|line| line.strip_prefix("### "));
        let mut headings: Vec<&str> = headings.collect();
        let mut names: Vec<&str> = DIFFERENCES.iter().map(|entry| entry.name).collect();
        headings.sort_unstable();
        names.sort_unstable();
        assert_eq!(headings, names);
    }
}
