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

    /// When the timer will read `ticks`. An instant in the past may come out
    /// for one that it has read already.
    #[must_use]
    pub fn instant(&self, ticks: u64) -> Instant {
        // A timer that was set back is negative before the present.
        let since_reset = ticks.wrapping_sub(self.offset);
        let written_ahead = self.offset < 1 << 63 && ticks < self.offset;
        let ticks = if written_ahead { 0 } else { since_reset };
        Instant(ticks.saturating_mul(NANOSECONDS_PER_TICK))
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
        assert_eq!(clock.instant(7), Instant(700));
        assert_eq!(clock.instant(u64::MAX), Instant(u64::MAX));
    }

    #[test]
    fn a_written_timer_goes_on_from_there() {
        let mut clock = Clock::default();
        clock.set_ticks(Instant(1000), 5_000);
        assert_eq!(clock.ticks(Instant(1000)), 5_000);
        assert_eq!(clock.ticks(Instant(1300)), 5_003);
        assert_eq!(clock.instant(5_003), Instant(1300));
        assert_eq!(clock.instant(1), Instant(0), "long past");
        clock.set_ticks(Instant(2000), 0);
        assert_eq!(clock.ticks(Instant(2500)), 5);
        assert_eq!(clock.instant(5), Instant(2500));
    }
}
