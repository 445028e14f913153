//! Telling a trap handler that cannot get anywhere from one that works.
//!
//! A handler that traps itself, and whose traps come back to where they were
//! without an `mret` or `sret`, runs for ever if nothing has changed on the
//! way: a hart is a deterministic machine. What shows that nothing has
//! changed:
//!
//! - registers, CSRs and PMP are what they were at an earlier trap with the
//!   same cause and pc;
//! - no store has changed a byte since then, no device was accessed, and no
//!   counter read. To see each store, the TLB remembers none while a streak of
//!   traps is under suspicion.
//!
//! One kind of loop does change memory: a handler that pushes a frame each
//! time before it traps. There it is enough that the stack pointer has gone
//! down, and nothing else is different: frames that nobody ever leaves.
//!
//! And where no instruction retires between thousands of traps, there is
//! nothing that could make a difference.
//!
//! Interrupts end a streak. One that would come later, from a timer of M-mode
//! while S-mode is in such a loop, is not waited for.

use crate::Hart;
use crate::csr::Csrs;
use crate::trap::Trap;
use pagewalk_mmu::Pmp;

/// Traps without a return before anybody becomes suspicious.
const UNSUSPICIOUS: u64 = 16;

/// How often a trap may come back to where it was.
const PATIENCE: u64 = 10_000;

/// Most traps in a loop of several.
const LONGEST: u64 = 64;

/// The number of the stack pointer.
const SP: usize = 2;

/// Traps taken since the last `mret`, `sret` or interrupt.
#[derive(Clone, Default, Debug)]
pub(crate) struct Streak {
    first: Option<Trap>,
    traps: u64,
    /// What later traps are compared with, and how often it has come back.
    reference: Option<Box<Moment>>,
    times: u64,
    /// Traps since the reference that were not the same, and how many there
    /// may be until another one takes its place.
    others: u64,
    period: u64,
    /// Something has changed since the reference.
    changed: bool,
    /// Instructions retired before the last trap, and traps since then.
    retired: u64,
    at_once: u64,
}

/// Everything but memory that decides what a hart does next.
#[derive(Clone, Debug)]
struct Moment {
    trap: Trap,
    x: [u64; 32],
    f: [u64; 32],
    float_control: (u8, u8),
    csrs: Csrs,
    pmp: Pmp,
}

impl Streak {
    /// A return or an interrupt: whatever was, it went somewhere.
    pub(crate) fn end(&mut self) {
        // The loop of every guest comes by here: no more is written than must.
        if self.traps > 0 {
            self.first = None;
            self.traps = 0;
            self.period = 0;
            self.reference = None;
        }
    }

    /// Whether stores have to be compared with what they replace.
    #[inline]
    pub(crate) fn is_watching(&self) -> bool {
        self.reference.is_some() && !self.changed
    }

    /// Memory, or the world outside, is not what it was.
    #[inline]
    pub(crate) fn note_change(&mut self) {
        self.changed = true;
    }

    /// The trap with which it began.
    pub(crate) fn first(&self) -> Option<&Trap> {
        self.first.as_ref()
    }

    /// How often the same trap has come back.
    pub(crate) fn times(&self) -> u64 {
        self.times.max(self.at_once)
    }
}

impl Hart {
    /// Counts `trap`, which has just been taken; says whether it will go on
    /// like this for ever.
    pub(crate) fn is_hopeless(&mut self, trap: &Trap) -> bool {
        self.streak.first.get_or_insert(*trap);
        self.streak.traps += 1;
        if self.streak.traps < UNSUSPICIOUS {
            return false;
        }
        if self.streak.retired == trap.retired {
            self.streak.at_once += 1;
        } else {
            self.streak.retired = trap.retired;
            self.streak.at_once = 0;
        }
        if self.streak.at_once >= PATIENCE {
            return true;
        }
        if self.is_back_at_reference(trap) {
            self.streak.times += 1;
            self.streak.others = 0;
            return self.streak.times >= PATIENCE;
        }
        self.streak.others += 1;
        if self.streak.others > self.streak.period {
            self.take_reference(trap);
        }
        false
    }

    fn is_back_at_reference(&mut self, trap: &Trap) -> bool {
        let Some(reference) = &self.streak.reference else {
            return false;
        };
        let sp = self.x.as_array()[SP];
        let mut x = *self.x.as_array();
        x[SP] = reference.x[SP];
        if (reference.trap.pc, reference.trap.cause) != (trap.pc, trap.cause) || reference.x != x {
            return false;
        }
        if sp < reference.x[SP] {
            // Comes back each time with one more frame on the stack.
            self.watch_stores();
            if let Some(reference) = &mut self.streak.reference {
                reference.x[SP] = sp;
            }
            return true;
        }
        sp == reference.x[SP]
            && !self.streak.changed
            && reference.f == *self.f.as_array()
            && reference.float_control == self.float_control()
            && reference.csrs == self.csrs
            && reference.pmp == self.pmp
    }

    fn take_reference(&mut self, trap: &Trap) {
        let moment = Moment {
            trap: *trap,
            x: *self.x.as_array(),
            f: *self.f.as_array(),
            float_control: self.float_control(),
            csrs: self.csrs.clone(),
            pmp: self.pmp.clone(),
        };
        self.watch_stores();
        let streak = &mut self.streak;
        streak.reference = Some(Box::new(moment));
        streak.times = 0;
        streak.others = 0;
        streak.period = (2 * streak.period + 1).min(LONGEST);
    }

    /// From now on, the first store that changes something is noticed.
    fn watch_stores(&mut self) {
        self.streak.changed = false;
        self.tlb.forget_stores();
    }

    fn float_control(&self) -> (u8, u8) {
        (self.fp.frm, self.fp.flags.bits())
    }
}
