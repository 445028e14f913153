//! What happened how often, for each space and in total.
//!
//! Every fault that is resolved is counted once as minor, major or A/D-only, and
//! once as what was done for it. A page that is evicted is counted for one of the
//! spaces that lose it; one that nobody maps, only in the total.

use super::{Mm, PhysMemory, Resolution, SpaceId};

/// Something that is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A fault without a disk.
    Minor,
    /// A fault that read from a disk. Others who waited for the same read count it
    /// as minor.
    Major,
    /// A fault only for the A or D bit.
    AdOnly,
    /// A page of zeros: the one that all share for a read, a frame for a write.
    ZeroFill,
    /// A page read from a file.
    FileLoad,
    /// A page copied for a write: one shared after fork, one of a file, or that of
    /// zeros.
    CowCopy,
    /// A page made writable for its last owner.
    CowReuse,
    /// A page read from a slot.
    SwapIn,
    /// A page written to a slot.
    SwapOut,
    /// A page dropped from memory without a write.
    CleanDrop,
    /// A page, or a space, flushed from the TLB.
    Flush,
    /// A segmentation fault.
    Segv,
    /// A page copied by a fork that copies all.
    ForkCopy,
}

impl Event {
    /// All, in the order in which they are shown.
    pub const ALL: [Event; 13] = [
        Event::Minor,
        Event::Major,
        Event::AdOnly,
        Event::ZeroFill,
        Event::FileLoad,
        Event::CowCopy,
        Event::CowReuse,
        Event::SwapIn,
        Event::SwapOut,
        Event::CleanDrop,
        Event::Flush,
        Event::Segv,
        Event::ForkCopy,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Event::Minor => "minor",
            Event::Major => "major",
            Event::AdOnly => "ad_only",
            Event::ZeroFill => "zero_fill",
            Event::FileLoad => "file_load",
            Event::CowCopy => "cow_copy",
            Event::CowReuse => "cow_reuse",
            Event::SwapIn => "swap_in",
            Event::SwapOut => "swap_out",
            Event::CleanDrop => "clean_drop",
            Event::Flush => "flushes",
            Event::Segv => "segv",
            Event::ForkCopy => "fork_copy",
        }
    }
}

/// How often each event happened.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters([u64; Event::ALL.len()]);

impl Counters {
    /// How often `event` happened.
    pub fn get(&self, event: Event) -> u64 {
        self.0[event as usize]
    }

    /// Adds what happened to another.
    pub(super) fn add_all(&mut self, other: &Counters) {
        let both = self.0.iter_mut().zip(&other.0);
        both.for_each(|(sum, more)| *sum += more);
    }
}

impl<M: PhysMemory> Mm<M> {
    /// What happened to a space.
    pub fn counters(&self, space: SpaceId) -> Counters {
        self.space(space).counters
    }

    /// What happened to all spaces, those included that are no more.
    pub fn total(&self) -> Counters {
        let mut total = self.others;
        let spaces = self.spaces.iter().flatten();
        spaces.for_each(|space| total.add_all(&space.counters));
        total
    }

    pub(super) fn count(&mut self, space: Option<SpaceId>, event: Event) {
        let counters = match space {
            Some(space) => &mut self.space_mut(space).counters,
            None => &mut self.others,
        };
        counters.0[event as usize] += 1;
    }

    pub(super) fn count_resolution(&mut self, space: SpaceId, resolution: Resolution) {
        let (severity, deed) = match resolution {
            Resolution::Loaded { read: true, .. } => (Event::Major, Some(Event::FileLoad)),
            Resolution::Loaded { read: false, .. } => (Event::Minor, None),
            Resolution::ZeroFilled { .. } => (Event::Minor, Some(Event::ZeroFill)),
            Resolution::SwappedIn { read: true, .. } => (Event::Major, Some(Event::SwapIn)),
            Resolution::SwappedIn { read: false, .. } => (Event::Minor, None),
            Resolution::Copied { .. } => (Event::Minor, Some(Event::CowCopy)),
            Resolution::Reused { .. } => (Event::Minor, Some(Event::CowReuse)),
            Resolution::Marked => (Event::AdOnly, None),
            Resolution::Nothing => return,
        };
        self.count(Some(space), severity);
        if let Some(deed) = deed {
            self.count(Some(space), deed);
        }
    }

    /// Counts a page that was read without a fault.
    pub(super) fn count_swap_in(&mut self, space: SpaceId, resolution: Resolution) {
        if let Resolution::SwappedIn { read: true, .. } = resolution {
            self.count(Some(space), Event::SwapIn);
        }
    }
}
