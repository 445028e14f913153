//! Eviction: whose page goes when memory is full.
//!
//! > …the page is unmapped for this process and mapped in another's address space
//! > which needs more memory. This is called swapping out the page in question. The
//! > PageFault handler in the Kernel resolves this situation by swapping out another
//! > page in a currently dormant process…
//!
//! So the pages of dormant processes go first, with those that nobody maps: as long
//! as there is one of them, no running process loses anything. Among them a policy
//! chooses. *Second chance* lets a hand go around the frames; a page that was
//! accessed since the hand came by, which its A bit tells, loses the bit and stays
//! until the next time around.
//!
//! What the victim costs depends on whether its content is also elsewhere. A page of
//! a file, or one with a valid copy in a slot, is just dropped; anything else is
//! written to a slot first, and the frame is free when that is done.

use super::frame::Holds;
use super::{Event, Frame, IoId, Mm, PAGES_OF_AN_INSTRUCTION, PhysMemory, Pte, Stop, Wait};
use crate::probe::probe;

/// How victims are chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// Second chance by the A bit.
    Clock,
    /// The frame that was taken first, accessed or not.
    Fifo,
    /// Any, by a generator with this seed.
    Random(u64),
}

/// The policy and what it remembers.
#[derive(Debug)]
pub(super) struct Evictor {
    policy: Policy,
    hand: u32,
    random: u64,
}

impl Evictor {
    pub(super) fn new(policy: Policy) -> Self {
        let seed = if let Policy::Random(seed) = policy {
            seed
        } else {
            0
        };
        Self {
            policy,
            hand: 0,
            random: seed,
        }
    }

    /// SplitMix64.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
}

/// Which frames are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Those that no running process maps.
    Dormant,
    /// All that nobody is about to come back for.
    Common,
    /// All.
    Claimed,
}

impl<M: PhysMemory> Mm<M> {
    /// A frame, from the free list or from somebody else. Its content is undefined.
    pub(super) fn take_frame(&mut self, holds: Holds) -> Result<Frame, Stop> {
        loop {
            if let Some(frame) = self.frames.take(holds) {
                return Ok(frame);
            }
            let Some(victim) = self.choose_victim() else {
                return Err(self.nothing_to_evict());
            };
            if let Some(io) = self.evict(victim) {
                return Err(Stop::Wait(Wait::Io(io)));
            }
        }
    }

    /// A frame for content that was nowhere before, which fills memory up by one more
    /// page.
    ///
    /// The last places, in memory or on the swap disk, are not given away for that.
    /// To bring a page in when all is full, another must have somewhere to go; and
    /// pages of files need some frames, or one instruction would never get all that
    /// it needs.
    pub(super) fn take_new_frame(&mut self, holds: Holds) -> Result<Frame, Stop> {
        if !self.has_room(0) {
            return Err(self.nothing_to_evict());
        }
        self.take_frame(holds)
    }

    /// Whether there could be more than `spare` new pages of anonymous memory.
    pub(super) fn has_room(&self, spare: usize) -> bool {
        // Counting all is slow, and seldom needed.
        let free = self.frames.free().len() + self.slots.free().len();
        free > PAGES_OF_AN_INSTRUCTION + spare || self.available() > spare
    }

    /// How many more pages of anonymous memory there could be, in frames and slots,
    /// if nobody gives any back. Some are kept for those that come and go.
    pub fn available(&self) -> usize {
        let frames = self.frames.all().filter(|&frame| {
            let info = &self.frames[frame];
            info.holds == Holds::Nothing || (self.has_file(frame) && info.pins == 0)
        });
        let slots = self.slots.all().filter(|&slot| self.is_spare(slot));
        let places = frames.count() + self.slots.free().len() + slots.count();
        places.saturating_sub(PAGES_OF_AN_INSTRUCTION)
    }

    /// All is pinned, on its way between memory and disk, or has no place to go.
    pub(super) fn nothing_to_evict(&self) -> Stop {
        if self.io.is_idle() {
            Stop::OutOfMemory
        } else {
            Stop::Wait(Wait::Any)
        }
    }

    fn choose_victim(&mut self) -> Option<Frame> {
        let room = self.has_slot_room();
        let dormant = if self.some_dormant() {
            self.choose(Class::Dormant, room)
        } else {
            None
        };
        let common = dormant.or_else(|| self.choose(Class::Common, room));
        // Those who have claims come back as soon as they run; only if nothing else
        // would ever move, they lose them.
        common.or_else(|| {
            self.io
                .is_idle()
                .then(|| self.choose(Class::Claimed, room))?
        })
    }

    /// Whether looking for frames of [`Class::Dormant`] can find any.
    fn some_dormant(&self) -> bool {
        let spaces = self.spaces.iter().flatten();
        spaces
            .into_iter()
            .any(|space| space.dormant && space.resident > 0)
            || self
                .frames
                .all()
                .any(|frame| self.frames[frame].maps.is_empty())
    }

    fn choose(&mut self, class: Class, room: bool) -> Option<Frame> {
        match self.evictor.policy {
            Policy::Clock => self.second_chance(class, room),
            Policy::Fifo => self
                .candidates(class, room)
                .min_by_key(|&f| self.frames[f].since),
            Policy::Random(_) => {
                let count = self.candidates(class, room).count() as u64;
                let number = self.evictor.next_random().checked_rem(count)?;
                self.candidates(class, room).nth(number as usize)
            }
        }
    }

    fn candidates(&self, class: Class, room: bool) -> impl Iterator<Item = Frame> {
        self.frames
            .all()
            .filter(move |&frame| self.is_candidate(frame, class, room))
    }

    /// Whether `frame` can be evicted and is of the class; `room` says whether there
    /// is a slot for it if it needs one.
    fn is_candidate(&self, frame: Frame, class: Class, room: bool) -> bool {
        let info = &self.frames[frame];
        let can_move = info.holds != Holds::Nothing && info.pins == 0 && info.io.is_none();
        let has_place = room || info.slot.is_some() || self.has_file(frame);
        let wanted = match class {
            Class::Dormant => {
                let runs = info
                    .maps
                    .iter()
                    .any(|mapping| !self.space(mapping.space).dormant);
                info.claim.is_none() && !runs
            }
            Class::Common => info.claim.is_none(),
            Class::Claimed => true,
        };
        can_move && has_place && wanted
    }

    fn second_chance(&mut self, class: Class, room: bool) -> Option<Frame> {
        // In the second round no A bit is left.
        for _ in 0..2 * self.frames.count() {
            let frame = Frame(self.evictor.hand);
            self.evictor.hand = (frame.0 + 1) % self.frames.count();
            if self.is_candidate(frame, class, room) && !self.clear_accessed(frame) {
                return Some(frame);
            }
        }
        None
    }

    /// Clears A in all entries that map a frame; whether it was set in any.
    ///
    /// A hart that has the entry in its TLB would not set A again, and the page would
    /// look unused: flushed.
    fn clear_accessed(&mut self, frame: Frame) -> bool {
        let mut accessed = false;
        for number in 0..self.frames[frame].maps.len() {
            let mapping = self.frames[frame].maps[number];
            let pte = self.entry(mapping);
            if pte.has(Pte::A) {
                accessed = true;
                self.set_entry(mapping, pte.without(Pte::A));
                self.flush_page(mapping);
            }
        }
        accessed
    }

    /// Takes a frame from all who map it. If its content has to be written first,
    /// the request for that; else the frame is free now.
    pub(super) fn evict(&mut self, frame: Frame) -> Option<IoId> {
        let owner = self.frames[frame].maps.first().map(|mapping| mapping.space);
        let in_slot = !self.has_file(frame);
        let write = in_slot && (self.frames[frame].slot.is_none() || self.is_dirty(frame));
        if in_slot && self.frames[frame].slot.is_none() {
            self.attach_slot(frame)
                .expect("a victim without a place is not chosen");
        }
        while let Some(&mapping) = self.frames[frame].maps.last() {
            let instead = self.where_it_went(frame);
            probe!("evict", frame.0, mapping.space.0, mapping.page.0);
            self.unmap_frame(frame, mapping, instead);
        }
        if write {
            self.count(owner, Event::SwapOut);
            return Some(self.swap_out(frame));
        }
        self.count(owner, Event::CleanDrop);
        probe!("clean_drop", frame.0);
        self.let_go(frame);
        None
    }

    /// What the entries of a page say that is evicted: anonymous pages are found by
    /// their slot, others through their object.
    fn where_it_went(&mut self, frame: Frame) -> Pte {
        match (self.frames[frame].holds, self.frames[frame].slot) {
            (Holds::Anonymous, Some(slot)) => {
                self.slots[slot].refs += 1;
                Pte::swapped(slot)
            }
            _ => Pte::NONE,
        }
    }
}
