//! Virtual time.

/// A point in virtual time, in nanoseconds since the machine was reset.
///
/// A Pagewalk hart retires one instruction a virtual nanosecond (1 GHz), so
/// that an instant is also an exact count of instructions, and a timer
/// interrupt arrives at the same instruction in every run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Instant(pub u64);

impl Instant {
    /// The reset of the machine.
    pub const ZERO: Self = Self(0);

    /// `nanoseconds` later; stays at the end of time instead of wrapping.
    #[must_use]
    pub fn after(self, nanoseconds: u64) -> Self {
        Self(self.0.saturating_add(nanoseconds))
    }

    /// Nanoseconds from `earlier` to here; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Virtual nanoseconds in one tick of the board's timer: 10 MHz.
pub const NANOSECONDS_PER_TICK: u64 = 100;

/// The board's timer, `mtime`: ticks since reset, plus what the guest has
/// written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Clock {
    offset: u64,
}

impl Clock {
    /// The timer at `now`, in ticks.
    #[inline]
    #[must_use]
    pub fn ticks(&self, now: Instant) -> u64 {
        (now.0 / NANOSECONDS_PER_TICK).wrapping_add(self.offset)
    }

    /// Sets the timer to `ticks` at `now`.
    pub fn set_ticks(&mut self, now: Instant, ticks: u64) {
        self.offset = ticks.wrapping_sub(now.0 / NANOSECONDS_PER_TICK);
    }

    /// When the timer will next read `ticks`, from `now` on. What is too far
    /// away to be an instant is the end of time.
    #[must_use]
    pub fn instant(&self, now: Instant, ticks: u64) -> Instant {
        let distance = ticks.wrapping_sub(self.ticks(now));
        let since_reset = (now.0 / NANOSECONDS_PER_TICK).saturating_add(distance);
        Instant(since_reset.saturating_mul(NANOSECONDS_PER_TICK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timer_ticks_every_100_nanoseconds() {
        let clock = Clock::default();
        assert_eq!(clock.ticks(Instant(99)), 0);
        assert_eq!(clock.ticks(Instant(100)), 1);
        assert_eq!(clock.instant(Instant(99), 7), Instant(700));
        assert_eq!(clock.instant(Instant(99), u64::MAX), Instant(u64::MAX));
    }

    #[test]
    fn a_written_timer_goes_on_from_there() {
        let mut clock = Clock::default();
        clock.set_ticks(Instant(1000), 5_000);
        assert_eq!(clock.ticks(Instant(1000)), 5_000);
        assert_eq!(clock.ticks(Instant(1300)), 5_003);
        assert_eq!(clock.instant(Instant(1000), 5_003), Instant(1300));
        let past = clock.instant(Instant(1000), 1);
        assert_eq!(past, Instant(u64::MAX), "not before the timer overflows");
        clock.set_ticks(Instant(2000), 0);
        assert_eq!(clock.ticks(Instant(2500)), 5);
        assert_eq!(clock.instant(Instant(2000), 5), Instant(2500));
        let last = clock.instant(Instant(2000), u64::MAX - 1);
        assert_eq!(last, Instant(u64::MAX));
    }

    #[test]
    fn a_timer_that_overflows_goes_on_from_zero() {
        let mut clock = Clock::default();
        clock.set_ticks(Instant(0), u64::MAX - 9);
        assert_eq!(clock.instant(Instant(0), u64::MAX - 4), Instant(500));
        assert_eq!(clock.instant(Instant(0), 3), Instant(1300));
        assert_eq!(clock.ticks(Instant(1300)), 3);
        assert_eq!(clock.instant(Instant(1200), 3), Instant(1300));
    }
}
