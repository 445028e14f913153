//! The run loop: turns of harts, deadlines, and how a run ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{self, Duration};

use pagewalk_bus::{Instant, PowerRequest, PowerSource};
use pagewalk_devices::{Console, Htif, Waited};
use pagewalk_hart::{Env, Stop, Verdict};

use crate::Machine;
use crate::host_time::HostTime;

/// Most instructions between two looks at the stop flag and at input.
const SLICE: u64 = 5_000_000;

/// Most instructions between two looks at the host's clock: a fraction of a
/// millisecond.
const SLICE_OF_HOST_TIME: u64 = 100_000;

/// The host is asleep for no longer at a time: a guest may set its timer to the
/// year 3000.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Nobody who waits with a guest notices less than this: disks are faster.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

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

/// Which hart's turn it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Turn {
    hart: usize,
    /// Instructions that it may still execute in this turn.
    left: u64,
}

impl Turn {
    /// The turn after which that of hart 0 comes.
    pub(crate) fn before_first(harts: usize) -> Self {
        Self {
            hart: harts - 1,
            left: 0,
        }
    }
}

impl Machine {
    /// Runs until the guest ends, gives up or a limit is reached. A run that
    /// a limit ended can be continued by another call: the guest cannot tell.
    pub fn run(&mut self, limits: &Limits) -> Outcome {
        let start = self.retired();
        self.host_time.resume(self.now);
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

    /// Part of a turn of one hart, for at most `left` instructions, or what
    /// comes after waiting if no hart has anything to do.
    fn proceed(&mut self, left: u64) -> Option<Outcome> {
        self.look_at_host();
        if let Some(outcome) = self.events() {
            return Some(outcome);
        }
        self.wake();
        match self.take_turn() {
            Some(index) => self.run_hart(index, left),
            None => self.pass_time(),
        }
    }

    /// Takes over what the host has: the time, if it is the host's, and input.
    fn look_at_host(&mut self) {
        if let Some(now) = self.host_time.now() {
            self.now = self.now.max(now);
        }
        if self.input.has_input() {
            self.bus.refresh(self.now);
            if let Some(htif) = &mut self.htif {
                htif.refresh(self.now, &mut self.bus.ram, &mut self.console);
                self.settle_htif();
            }
        }
    }

    /// The hart whose turn it is. The turn goes round from hart to hart; those
    /// that wait are passed over, and no time passes for them.
    fn take_turn(&mut self) -> Option<usize> {
        let count = self.harts.len();
        let Turn { hart, left } = self.turn;
        if left > 0 && self.idle[hart] == Idle::Runs {
            return Some(hart);
        }
        let mut others = (1..=count).map(|step| (hart + step) % count);
        let next = others.find(|index| self.idle[*index] == Idle::Runs)?;
        if next != hart {
            // What the others will store, it does not see.
            self.harts[hart].drop_reservation();
        }
        let left = if count == 1 { u64::MAX } else { self.quantum };
        self.turn = Turn { hart: next, left };
        Some(next)
    }

    /// Lets a hart execute up to the next event, the end of its turn, or for
    /// `left` instructions.
    fn run_hart(&mut self, index: usize, left: u64) -> Option<Outcome> {
        let now = self.now;
        let slice = match self.host_time {
            HostTime::Ignored | HostTime::Awaited => SLICE,
            HostTime::Followed { .. } => SLICE_OF_HOST_TIME,
        };
        let event = self.next_event(Some(index));
        let event = event.map_or(slice, |due| due.since(now));
        let budget = event.min(slice).min(self.turn.left).min(left);
        let hart = &mut self.harts[index];
        hart.set_lines(self.bus.lines.word(index));
        let before = hart.retired();
        let mut env = Env {
            bus: &mut self.bus,
            blocks: &mut self.blocks,
            skew: now.0.wrapping_sub(before),
        };
        let stop = hart.run(&mut env, budget);
        let ran = hart.retired() - before;
        self.now = now.after(ran);
        self.turn.left -= ran;
        self.stopped(index, stop)
    }

    /// Acts on why a hart came back.
    fn stopped(&mut self, index: usize, stop: Stop) -> Option<Outcome> {
        match stop {
            Stop::Budget => None,
            Stop::Attention => self.attend(),
            Stop::Yield => {
                self.turn.left = 0;
                None
            }
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

    /// Looks at what devices and watched words have to say after a hart has
    /// touched them.
    fn attend(&mut self) -> Option<Outcome> {
        for (pa, len) in self.bus.ram.take_watch_hits() {
            let Some(htif) = &mut self.htif else { continue };
            let request = htif.written(pa, len, self.now, &mut self.bus.ram, &mut self.console);
            self.settle_htif();
            if let Some(request) = request {
                self.bus.power.get_or_insert(request);
            }
        }
        self.notice_device_writes();
        self.power()
    }

    /// A device may have written where a hart holds a reservation.
    fn notice_device_writes(&mut self) {
        if self.bus.take_device_writes() {
            self.drop_reservations();
        }
    }

    /// What HTIF itself has written is no command, but a hart may hold a
    /// reservation there. It never writes without a write to a watched word.
    fn settle_htif(&mut self) {
        if !self.bus.ram.take_watch_hits().is_empty() {
            self.drop_reservations();
        }
    }

    fn drop_reservations(&mut self) {
        for hart in &mut self.harts {
            hart.drop_reservation();
        }
    }

    fn power(&mut self) -> Option<Outcome> {
        Some(match self.bus.power.take()? {
            PowerRequest::Exit { code, source } => Outcome::Exit { code, source },
            PowerRequest::Reset => Outcome::Reset,
        })
    }

    /// Lets devices do what is due.
    fn events(&mut self) -> Option<Outcome> {
        self.bus.tick(self.now);
        if let Some(htif) = &mut self.htif {
            let request = htif.tick(self.now, &mut self.bus.ram, &mut self.console);
            self.settle_htif();
            if let Some(request) = request {
                self.bus.power.get_or_insert(request);
            }
        }
        self.notice_device_writes();
        self.power()
    }

    /// The next event later than now: of the board, of hart `running`, or of
    /// one that waits. Those wake at the event itself, not at some later look at
    /// them: another hart may set the timer back in between.
    fn next_event(&mut self, running: Option<usize>) -> Option<Instant> {
        let board = self.event_of_board();
        let harts = self.harts.iter().zip(&self.idle).enumerate();
        let concerned =
            harts.filter(|(index, (_, idle))| **idle == Idle::Waits || Some(*index) == running);
        let own = concerned
            .filter_map(|(_, (hart, _))| hart.deadline(&self.bus.clock, self.now))
            .filter(|due| *due > self.now);
        own.chain(board).min()
    }

    /// The next event of a device, later than now.
    fn event_of_board(&mut self) -> Option<Instant> {
        let htif = self.htif.as_ref().and_then(Htif::deadline);
        let all = [self.bus.deadline(), htif];
        let later = |due: &Instant| *due > self.now;
        all.into_iter().flatten().filter(later).min()
    }

    /// Wakes the harts that wait for what is pending now.
    fn wake(&mut self) {
        for (index, hart) in self.harts.iter_mut().enumerate() {
            if self.idle[index] == Idle::Waits {
                hart.set_lines(self.bus.lines.word(index));
                if hart.is_woken(&self.bus.clock, self.now) {
                    self.idle[index] = Idle::Runs;
                }
            }
        }
    }

    /// No hart has anything to do: goes on at the next event, or when there is
    /// input.
    fn pass_time(&mut self) -> Option<Outcome> {
        let next = self.next_event(None).filter(|due| *due < NEVER);
        match (next, self.host_time) {
            (Some(due), HostTime::Ignored) => self.now = due,
            (Some(due), HostTime::Awaited) => self.wait_with_guest(due),
            (Some(due), HostTime::Followed { .. }) => {
                let limit = Duration::from_nanos(due.since(self.now));
                self.input.wait(Some(limit.min(LONGEST_WAIT)));
            }
            (None, _) => return self.wait_for_input(),
        }
        None
    }

    /// Nothing happens until `due`, unless there is input: time passes, here and there.
    fn wait_with_guest(&mut self, due: Instant) {
        let left = Duration::from_nanos(due.since(self.now));
        if left < SHORTEST_WAIT {
            self.now = due;
            return;
        }
        let limit = left.min(LONGEST_WAIT);
        let start = time::Instant::now();
        let passed = match self.input.wait(Some(limit)) {
            Waited::Input => start.elapsed().min(limit),
            Waited::Over | Waited::Never => limit,
        };
        self.now = self.now.after(passed.as_nanos() as u64);
    }

    /// Only input can make a difference.
    fn wait_for_input(&mut self) -> Option<Outcome> {
        if self.input.wait(None) == Waited::Never {
            return Some(self.hopeless());
        }
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
    use std::time::{Duration, Instant};

    use super::{Limits, Outcome};
    use crate::loader::Program;
    use crate::{ClockSource, Config, Machine, map};

    /// Two blocks that follow each other for ever.
    const LOOP: [u32; 5] = [
        0x0015_0513, // addi a0, a0, 1
        0x0040_006f, // j .+4
        0x0015_8593, // addi a1, a1, 1
        0x0016_0613, // addi a2, a2, 1
        0xff1f_f06f, // j .-16
    ];

    /// Sets its timer to 50 ms later, waits, and begins anew.
    const SLEEPER: [u32; 10] = [
        0x0200_4537, // lui a0, 0x2004: mtimecmp
        0x0200_c5b7, // lui a1, 0x200c: behind mtime
        0x0800_0293, // li t0, 0x80: MTIE
        0x3042_a073, // csrs mie, t0
        0xff85_b603, // ld a2, -8(a1)
        0x0007_a6b7, // lui a3, 0x7a: so many tenths of a microsecond
        0x00d6_0633, // add a2, a2, a3
        0x00c5_3023, // sd a2, 0(a0)
        0x1050_0073, // wfi
        0xfedf_f06f, // j .-20
    ];

    #[test]
    fn who_waits_with_the_guest_sees_the_same_run() {
        let program = Program::parse("sleeper", &map::tiny_elf(&SLEEPER)).expect("a good file");
        let run = |clock| {
            let config = Config {
                clock,
                ..Config::default()
            };
            let mut machine = Machine::new(&config).expect("a small board");
            machine.load(&program).expect("it fits");
            let start = Instant::now();
            assert_eq!(machine.run(&Limits::instructions(40)), Outcome::Budget);
            (machine.now, start.elapsed())
        };
        let skipped = run(ClockSource::Virtual);
        let awaited = run(ClockSource::Paced);
        assert_eq!(awaited.0, skipped.0);
        assert!(awaited.1 >= Duration::from_millis(200), "{:?}", awaited.1);
    }

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
