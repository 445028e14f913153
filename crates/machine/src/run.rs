//! The run loop: turns of harts, deadlines, and how a run ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pagewalk_bus::{Instant, PowerRequest, PowerSource};
use pagewalk_hart::{Env, Stop, Verdict};

use crate::Machine;

/// Most instructions between two looks at the stop flag with one hart.
const SLICE: u64 = 5_000_000;

/// Nobody waits for an event from here on, 292 years after reset: it would
/// leave no time to do anything.
const NEVER: Instant = Instant(1 << 63);

/// A flag by which another thread or a signal handler stops a run.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Asks the run to stop between two instructions.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for a signal handler.
    #[must_use]
    pub fn inner(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// What bounds a run besides the guest itself.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Instructions that all harts together may retire in this run.
    pub instructions: Option<u64>,
    /// Stops the run when raised.
    pub stop: StopFlag,
}

impl Limits {
    /// At most `count` instructions.
    #[must_use]
    pub fn instructions(count: u64) -> Self {
        Self {
            instructions: Some(count),
            stop: StopFlag::default(),
        }
    }
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The guest ended it.
    Exit {
        /// Its status, zero for success.
        code: u64,
        /// The device that it used.
        source: PowerSource,
    },
    /// The guest asked for a reset of the board.
    Reset,
    /// The guest can make no progress.
    Verdict {
        /// The hart that shows it.
        hart: usize,
        /// Why.
        verdict: Box<Verdict>,
    },
    /// The instructions of [`Limits::instructions`] are used up.
    Budget,
    /// [`Limits::stop`] was raised.
    Interrupted,
}

/// Whether a hart has anything to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Idle {
    /// It executes instructions.
    Runs,
    /// It waits for an interrupt.
    Waits,
    /// It jumps to itself with interrupts off, for ever.
    Parked,
}

/// Whose turn it is, where a round of turns has begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Turn {
    hart: usize,
    /// The hart's time.
    now: Instant,
}

impl Machine {
    /// Runs until the guest ends, gives up or a limit is reached. A run that
    /// a limit ended can be continued by another call: the guest cannot tell.
    pub fn run(&mut self, limits: &Limits) -> Outcome {
        let start = self.retired();
        loop {
            if limits.stop.is_raised() {
                return Outcome::Interrupted;
            }
            let used = self.retired() - start;
            let left = limits
                .instructions
                .map_or(u64::MAX, |most| most.saturating_sub(used));
            if left == 0 {
                return Outcome::Budget;
            }
            if let Some(outcome) = self.proceed(left) {
                return outcome;
            }
        }
    }

    /// Part of a turn of one hart, for at most `left` instructions, or a skip
    /// to the next event if no hart has anything to do.
    fn proceed(&mut self, left: u64) -> Option<Outcome> {
        if self.turn.is_none() {
            self.bus.refresh(self.now);
            if let Some(outcome) = self.events(self.now) {
                return Some(outcome);
            }
            self.wake(self.now);
            if self.idle.iter().all(|idle| *idle != Idle::Runs) {
                return self.skip();
            }
        }
        let turn = self.turn.take().unwrap_or(Turn {
            hart: 0,
            now: self.now,
        });
        let (turn, outcome) = self.continue_turn(turn, left);
        let over = turn.now >= self.end_of_round() || self.idle[turn.hart] != Idle::Runs;
        if over {
            self.end_turn(turn);
        } else {
            self.turn = Some(turn);
        }
        outcome
    }

    /// The time of hart `index`, as far as it has come.
    pub(crate) fn time_of(&self, index: usize) -> Instant {
        match self.turn {
            Some(turn) if index < turn.hart => self.end_of_round(),
            Some(turn) if index == turn.hart => turn.now,
            _ => self.now,
        }
    }

    /// Virtual time at which the turns of this round end.
    fn end_of_round(&self) -> Instant {
        self.now.after(if self.harts.len() == 1 {
            SLICE
        } else {
            self.quantum
        })
    }

    /// Gives the turn to the next hart, or begins a new round.
    fn end_turn(&mut self, turn: Turn) {
        if self.harts.len() == 1 {
            // Time stops where the hart does.
            self.now = turn.now;
            return;
        }
        self.harts[turn.hart].drop_reservation();
        if turn.hart + 1 < self.harts.len() {
            self.turn = Some(Turn {
                hart: turn.hart + 1,
                now: self.now,
            });
        } else {
            self.now = self.end_of_round();
        }
    }

    /// Runs the hart until the end of its turn, until it has nothing to do, or
    /// for `left` instructions.
    fn continue_turn(&mut self, turn: Turn, left: u64) -> (Turn, Option<Outcome>) {
        let Turn { hart: index, .. } = turn;
        let (mut now, mut left) = (turn.now, left);
        let end = self.end_of_round();
        if self.harts.len() > 1 {
            // Levels are those of the hart before, whose time was another.
            self.bus.refresh(now);
        }
        while now < end && left > 0 && self.idle[index] == Idle::Runs {
            if let Some(outcome) = self.events(now) {
                return (Turn { hart: index, now }, Some(outcome));
            }
            let deadline = self.deadline(index, now).map_or(end, |due| due.min(end));
            let hart = &mut self.harts[index];
            hart.set_lines(self.bus.lines.word(index));
            let before = hart.retired();
            let mut env = Env {
                bus: &mut self.bus,
                blocks: &mut self.blocks,
                skew: now.0.wrapping_sub(before),
            };
            let stop = hart.run(&mut env, deadline.since(now).min(left));
            let ran = hart.retired() - before;
            now = now.after(ran);
            left -= ran;
            if let Some(outcome) = self.stopped(index, stop, now) {
                return (Turn { hart: index, now }, Some(outcome));
            }
        }
        (Turn { hart: index, now }, None)
    }

    /// Acts on why a hart came back.
    fn stopped(&mut self, index: usize, stop: Stop, now: Instant) -> Option<Outcome> {
        match stop {
            Stop::Budget => None,
            Stop::Attention => self.attend(now),
            Stop::Wait => {
                self.idle[index] = Idle::Waits;
                None
            }
            Stop::Parked => {
                self.idle[index] = Idle::Parked;
                None
            }
            Stop::Verdict(verdict) => Some(Outcome::Verdict {
                hart: index,
                verdict,
            }),
        }
    }

    /// Looks at what devices and watched words have to say.
    fn attend(&mut self, now: Instant) -> Option<Outcome> {
        for (pa, len) in self.bus.ram.take_watch_hits() {
            let Some(htif) = &mut self.htif else { continue };
            let request = htif.written(pa, len, now, &mut self.bus.ram, &mut self.console);
            // What HTIF itself wrote is no command.
            self.bus.ram.take_watch_hits();
            if let Some(request) = request {
                self.bus.power.get_or_insert(request);
            }
        }
        self.power()
    }

    fn power(&mut self) -> Option<Outcome> {
        Some(match self.bus.power.take()? {
            PowerRequest::Exit { code, source } => Outcome::Exit { code, source },
            PowerRequest::Reset => Outcome::Reset,
        })
    }

    /// Lets devices do what is due at `now`.
    fn events(&mut self, now: Instant) -> Option<Outcome> {
        self.bus.tick(now);
        if let Some(htif) = &mut self.htif {
            let request = htif.tick(now, &mut self.bus.ram, &mut self.console);
            if let Some(request) = request {
                self.bus.ram.take_watch_hits();
                self.bus.power.get_or_insert(request);
            }
        }
        self.power()
    }

    /// The next event that hart `index` may notice, later than `now`.
    fn deadline(&mut self, index: usize, now: Instant) -> Option<Instant> {
        let hart = self.harts[index].deadline(&self.bus.clock);
        let htif = self
            .htif
            .as_ref()
            .and_then(pagewalk_devices::Htif::deadline);
        let all = [self.bus.deadline(), hart, htif];
        all.into_iter().flatten().filter(|due| *due > now).min()
    }

    /// Wakes the harts that wait for what is pending at `now`.
    fn wake(&mut self, now: Instant) {
        for (index, hart) in self.harts.iter_mut().enumerate() {
            if self.idle[index] == Idle::Waits {
                hart.set_lines(self.bus.lines.word(index));
                if hart.is_woken(&self.bus.clock, now) {
                    self.idle[index] = Idle::Runs;
                }
            }
        }
    }

    /// No hart has anything to do: goes on at the next event.
    fn skip(&mut self) -> Option<Outcome> {
        let now = self.now;
        let deadlines = (0..self.harts.len()).filter_map(|index| self.deadline(index, now));
        let Some(due) = deadlines.min().filter(|due| *due < NEVER) else {
            return Some(self.hopeless());
        };
        self.now = due;
        if let Some(outcome) = self.events(due) {
            return Some(outcome);
        }
        self.wake(due);
        None
    }

    /// Nothing can ever happen any more.
    fn hopeless(&self) -> Outcome {
        let waits = self.idle.iter().position(|idle| *idle == Idle::Waits);
        let hart = waits.unwrap_or(0);
        let pc = self.harts[hart].pc();
        let verdict = if waits.is_some() {
            Verdict::WaitsForNothing { pc }
        } else {
            Verdict::Parked { pc }
        };
        Outcome::Verdict {
            hart,
            verdict: Box::new(verdict),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Outcome};
    use crate::loader::Program;
    use crate::{Config, Machine, map};

    /// Two blocks that follow each other for ever.
    const LOOP: [u32; 5] = [
        0x0015_0513, // addi a0, a0, 1
        0x0040_006f, // j .+4
        0x0015_8593, // addi a1, a1, 1
        0x0016_0613, // addi a2, a2, 1
        0xff1f_f06f, // j .-16
    ];

    #[test]
    fn a_budget_that_ends_with_a_block_is_kept() {
        let program = Program::parse("loop", &map::tiny_elf(&LOOP)).expect("a good file");
        for harts in [1, 2] {
            let config = Config {
                harts,
                quantum: 7,
                ..Config::default()
            };
            for budget in 1..100 {
                let mut machine = Machine::new(&config).expect("a small board");
                machine.load(&program).expect("it fits");
                let outcome = machine.run(&Limits::instructions(budget));
                assert_eq!(outcome, Outcome::Budget);
                assert_eq!(machine.retired(), budget, "{harts} harts");
            }
        }
    }
}
