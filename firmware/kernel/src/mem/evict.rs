//! Eviction: whose page goes when memory is full.
//!
//! > …the page is unmapped for this process and mapped in another's address space
//! > which needs more memory. This is called swapping out the page in question. The
//! > PageFault handler in the Kernel resolves this situation by swapping out another
//! > page in a currently dormant process…
//!
//! So the pages of dormant processes go first, with those that nobody maps: as long
//! as there is one of them, no running process loses anything. Among them a policy
//! chooses. Frames in use stand in a queue in the order in which they came. *First in,
//! first out* takes the oldest. *Second chance* does the same, but a page that was
//! accessed lately, which its A bit tells, loses the bit and goes to the end of the
//! queue instead.
//!
//! No choice looks at all frames each time. Which processes run changes more seldom
//! than pages go, so it is remembered from where on there may be frames of dormant
//! ones ([`Frames::may_be_idle`](super::frame::Frames::may_be_idle)): each time that a
//! process falls asleep the queue is gone through once.
//!
//! What the victim costs depends on whether its content is also elsewhere. A page of
//! a file, or one with a valid copy in a slot, is just dropped; anything else is
//! written to a slot first, and the frame is free when that is done.

use super::frame::{Holds, Info};
use super::space::Reader;
use super::{
    Event, Frame, IoId, Mm, PAGES_OF_AN_INSTRUCTION, PhysMemory, Pte, SpaceId, Stop, Wait,
};
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
    random: u64,
    /// A frame that a call in progress needs.
    kept: Option<Frame>,
    /// Frames of dormant processes were passed over only because all slots were full.
    lacked_room: bool,
    favourite: Option<Favourite>,
    /// The space whose fault is being resolved, and whether it has found no frame.
    asker: Option<SpaceId>,
    found_none: bool,
}

/// A space that keeps the pages that it got last.
///
/// An instruction may need four pages at once. Where there are few frames and many
/// processes, each could lose the first while it waits for the second, for ever. So
/// one at a time is helped to get all, the first that has to wait when there is none.
#[derive(Debug)]
struct Favourite {
    who: Reader,
    frames: [Option<Frame>; PAGES_OF_AN_INSTRUCTION],
    /// Pages that it still gets, or waits of others, before it is another's turn.
    left: u32,
    /// It waits for a frame: the next one that becomes free is left to it.
    hungry: bool,
}

impl Evictor {
    /// Random numbers that are tried before the queue is asked.
    const TRIES: u32 = 64;
    /// Pages for a favourite, and waits of others: more than enough for an instruction.
    const FAVOURS: u32 = 256;

    pub(super) fn new(policy: Policy) -> Self {
        let random = match policy {
            Policy::Random(seed) => seed,
            Policy::Clock | Policy::Fifo => 0,
        };
        Self {
            policy,
            random,
            kept: None,
            lacked_room: false,
            favourite: None,
            asker: None,
            found_none: false,
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
    Idle,
    /// All that nobody is about to come back for, and that the favourite does not need.
    Common,
    /// All.
    Claimed,
}

impl<M: PhysMemory> Mm<M> {
    /// A frame, from the free list or from somebody else. Its content is undefined.
    pub(super) fn take_frame(&mut self, holds: Holds) -> Result<Frame, Stop> {
        if self.gives_way() {
            return Err(Stop::Wait(Wait::Any));
        }
        loop {
            if let Some(frame) = self.frames.take(holds) {
                self.evictor.found_none = false;
                return Ok(frame);
            }
            if self.slots.bad > 0 && self.places() < PAGES_OF_AN_INSTRUCTION {
                // So many slots have turned out to be bad that pages would only take
                // each other's place.
                return Err(Stop::OutOfMemory);
            }
            self.evictor.found_none = true;
            let Some(victim) = self.choose_victim() else {
                return Err(self.nothing_to_evict());
            };
            if let Some(io) = self.evict(victim) {
                return Err(Stop::Wait(Wait::Io(io)));
            }
        }
    }

    /// A frame for content that was nowhere before, which fills memory up by one more
    /// page; `kept` is not taken for that.
    ///
    /// The last places, in memory or on the swap disk, are not given away for that.
    /// To bring a page in when all is full, another must have somewhere to go; and
    /// pages of files need some frames, or one instruction would never get all that
    /// it needs.
    pub(super) fn take_new_frame(
        &mut self,
        holds: Holds,
        kept: Option<Frame>,
    ) -> Result<Frame, Stop> {
        if self.available() == 0 {
            return Err(self.nothing_to_evict());
        }
        self.evictor.kept = kept;
        let taken = self.take_frame(holds);
        if let Some(kept) = self.evictor.kept.take() {
            // It may have been passed over.
            self.frames.may_be_idle(kept);
        }
        taken
    }

    /// How many more pages of anonymous memory there could be, in frames and slots,
    /// if nobody gives any back. Some are kept for those that come and go.
    pub fn available(&self) -> usize {
        self.places().saturating_sub(PAGES_OF_AN_INSTRUCTION)
    }

    fn places(&self) -> usize {
        self.frames.free().len() + self.frames.spare() + self.slots.room()
    }

    /// A space has to wait for a page.
    pub(super) fn favour(&mut self, space: SpaceId) {
        let hungry = core::mem::take(&mut self.evictor.found_none);
        let who = self.reader(space);
        match &mut self.evictor.favourite {
            Some(favourite) if favourite.who == who => favourite.hungry = hungry,
            // The more often others wait, the sooner it is somebody else's turn.
            Some(favourite) if favourite.left > 1 => favourite.left -= 1,
            _ => {
                self.end_favour();
                self.evictor.favourite = Some(Favourite {
                    who,
                    frames: [None; PAGES_OF_AN_INSTRUCTION],
                    left: Evictor::FAVOURS,
                    hungry,
                });
            }
        }
    }

    /// Says for which space a fault is being resolved.
    pub(super) fn set_asker(&mut self, space: Option<SpaceId>) {
        self.evictor.asker = space;
        self.evictor.found_none = false;
    }

    /// Whether the last free frame is left to another space, which will come for it.
    fn gives_way(&mut self) -> bool {
        let (Some(asker), Some(favourite)) = (self.evictor.asker.take(), &self.evictor.favourite)
        else {
            return false;
        };
        favourite.hungry
            && self.frames.free().len() == 1
            && favourite.who != self.reader(asker)
            && !self.io.is_idle()
    }

    /// A space has got a page.
    pub(super) fn favour_with(&mut self, space: SpaceId, frame: Frame) {
        if !self.is_favourite(space) {
            return;
        }
        let favourite = self.evictor.favourite.as_mut().expect("it is one");
        favourite.hungry = false;
        favourite.left -= 1;
        let is_last = favourite.left == 0;
        favourite.frames.rotate_left(1);
        let let_go = favourite.frames[PAGES_OF_AN_INSTRUCTION - 1].replace(frame);
        self.may_be_idle_if_used(let_go);
        if is_last {
            self.end_favour();
        }
    }

    /// Whether a space is the favourite.
    pub(super) fn is_favourite(&self, space: SpaceId) -> bool {
        let favourite = self.evictor.favourite.as_ref();
        favourite.is_some_and(|favourite| favourite.who == self.reader(space))
    }

    /// The favourite has had its turn, is not going to run soon, or is no more.
    pub(super) fn end_favour(&mut self) {
        if let Some(favourite) = self.evictor.favourite.take() {
            for frame in favourite.frames {
                self.may_be_idle_if_used(frame);
            }
        }
    }

    /// A frame has lost its protection. It may be free, or another's, meanwhile.
    fn may_be_idle_if_used(&mut self, frame: Option<Frame>) {
        if let Some(frame) = frame.filter(|frame| self.frames[*frame].holds != Holds::Nothing) {
            self.frames.may_be_idle(frame);
        }
    }

    fn is_favoured(&self, frame: Frame) -> bool {
        let favourite = self.evictor.favourite.as_ref();
        favourite.is_some_and(|favourite| favourite.frames.contains(&Some(frame)))
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
        if room && core::mem::take(&mut self.evictor.lacked_room) {
            self.frames.all_may_be_idle();
        }
        let idle = self.choose(Class::Idle, room);
        let common = idle.or_else(|| self.choose(Class::Common, room));
        // Those who have claims come back as soon as they run; only if nothing else
        // would ever move, they lose them.
        common.or_else(|| {
            self.io
                .is_idle()
                .then(|| self.choose(Class::Claimed, room))?
        })
    }

    /// A frame of a class that can be evicted; `room` says whether there is a slot for
    /// it if it needs one. What is passed over, or gets a second chance, goes to the
    /// end of the queue, so that nothing is looked at twice in a row.
    fn choose(&mut self, class: Class, room: bool) -> Option<Frame> {
        if class == Class::Idle {
            self.frames.idle()?;
        }
        if let Policy::Random(_) = self.evictor.policy {
            for _ in 0..Evictor::TRIES {
                let any = self.evictor.next_random() % u64::from(self.frames.count());
                let frame = Frame(any as u32);
                if self.is_candidate(frame, class, room) {
                    return Some(frame);
                }
            }
        }
        // In the second round no A bit is left.
        for _ in 0..2 * self.frames.count() {
            let frame = match class {
                Class::Idle => self.frames.idle()?,
                Class::Common | Class::Claimed => self.frames.oldest()?,
            };
            let fits = self.is_candidate(frame, class, room);
            let is_clock = self.evictor.policy == Policy::Clock;
            if fits && !(is_clock && self.clear_accessed(frame)) {
                return Some(frame);
            }
            if class == Class::Idle && !fits {
                self.evictor.lacked_room |= !room && self.is_candidate(frame, class, true);
                self.frames.pass(frame);
                continue;
            }
            self.frames.renew(frame);
            if class == Class::Idle {
                self.frames.may_be_idle(frame);
            }
        }
        None
    }

    fn is_candidate(&mut self, frame: Frame, class: Class, room: bool) -> bool {
        let info = &self.frames[frame];
        let can_move = info.holds != Holds::Nothing && info.pins == 0 && info.io.is_none();
        let claimed = info.claim.is_some_and(|reader| self.is_alive(reader));
        can_move
            && (room || self.has_place(frame))
            && self.evictor.kept != Some(frame)
            && match class {
                Class::Idle => !claimed && !self.is_favoured(frame) && !self.is_running(frame),
                Class::Common => !claimed && !self.is_favoured(frame),
                Class::Claimed => true,
            }
    }

    /// Whether the content of a frame needs no new slot when it goes.
    fn has_place(&self, frame: Frame) -> bool {
        let info = &self.frames[frame];
        info.slot.is_some() || info.holds.is_on_disk()
    }

    /// Whether a frame, if no running process maps it, would be evicted as soon as one
    /// is needed. For checks.
    pub(super) fn is_evictable(&self, frame: Frame) -> bool {
        let info = &self.frames[frame];
        let claimed = info.claim.is_some_and(|reader| self.is_alive(reader));
        let waits = self.evictor.lacked_room && !self.has_place(frame);
        info.holds != Holds::Nothing
            && info.pins == 0
            && info.io.is_none()
            && !claimed
            && !waits
            && !self.is_favoured(frame)
    }

    /// Whether a process that is going to run soon maps a frame.
    fn is_running(&mut self, frame: Frame) -> bool {
        let Info { maps, owner, .. } = self.frames[frame];
        let runs = owner.is_some_and(|owner| !self.space(owner).dormant);
        if runs || maps == 0 || (maps == 1 && owner.is_some()) {
            return runs;
        }
        let mut running = None;
        self.each_mapping(frame, |mm, entry| {
            if !mm.space(entry.space).dormant {
                running = Some(entry.space);
            }
        });
        if running.is_some() {
            // The next time it is seen at once.
            self.frames[frame].owner = running;
        }
        running.is_some()
    }

    /// Clears A in all entries that map a frame; whether it was set in any.
    ///
    /// A hart that has the entry in its TLB would not set A again, and the page would
    /// look unused: flushed.
    fn clear_accessed(&mut self, frame: Frame) -> bool {
        let mut accessed = false;
        self.each_mapping(frame, |mm, entry| {
            if entry.pte.has(Pte::A) {
                accessed = true;
                mm.change_entry(entry, entry.pte.without(Pte::A));
            }
        });
        accessed
    }

    /// Takes a frame from all who map it. If its content has to be written first,
    /// the request for that; else the frame is free now.
    pub(super) fn evict(&mut self, frame: Frame) -> Option<IoId> {
        let Info { holds, slot, .. } = self.frames[frame];
        let in_slot = !holds.is_on_disk();
        if in_slot && slot.is_none() {
            self.attach_slot(frame)
                .expect("a victim without a place is not chosen");
        }
        let mut loser = None;
        self.each_mapping(frame, |mm, entry| {
            probe!("evict", frame.0, entry.space.0, entry.page.0);
            // Anonymous pages are found by their slot, others through their object.
            let instead = match mm.frames[frame].slot {
                Some(slot) if holds.is_anonymous() => {
                    mm.slots.refer(slot);
                    Pte::swapped(slot)
                }
                _ => Pte::NONE,
            };
            mm.unmap_frame(entry, frame, instead);
            loser.get_or_insert(entry.space);
        });
        if in_slot && (slot.is_none() || self.frames[frame].dirty) {
            self.count(loser, Event::SwapOut);
            return Some(self.swap_out(frame));
        }
        self.count(loser, Event::CleanDrop);
        probe!("clean_drop", frame.0);
        self.let_go(frame);
        None
    }
}
