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
