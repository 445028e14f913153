//! The host's clock as the guest's.

use std::time;

use pagewalk_bus::Instant;

use crate::ClockSource;

/// Whether virtual time follows the host's clock, and how they belong together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HostTime {
    /// Virtual time counts instructions.
    Ignored,
    /// It does, and the host waits with the guest.
    Awaited,
    /// Virtual time is at least what has passed on the host since `start`.
    ///
    /// Between two looks at the host's clock it counts instructions, so it is
    /// never set back: a guest that executes more than an instruction in a
    /// nanosecond gets ahead of the host until it waits.
    Followed {
        /// When virtual time was zero.
        start: time::Instant,
    },
}

impl HostTime {
    pub(crate) fn new(source: ClockSource) -> Self {
        match source {
            ClockSource::Virtual => Self::Ignored,
            ClockSource::Paced => Self::Awaited,
            ClockSource::Host => Self::Followed {
                start: time::Instant::now(),
            },
        }
    }

    /// A run goes on at `now`: time has not passed while nothing ran.
    pub(crate) fn resume(&mut self, now: Instant) {
        if let Self::Followed { start } = self {
            let present = time::Instant::now();
            let past = time::Duration::from_nanos(now.0);
            *start = present.checked_sub(past).unwrap_or(present);
        }
    }

    /// The time, if it is the host's.
    pub(crate) fn now(self) -> Option<Instant> {
        match self {
            Self::Ignored | Self::Awaited => None,
            Self::Followed { start } => {
                let nanoseconds = start.elapsed().as_nanos();
                Some(Instant(u64::try_from(nanoseconds).unwrap_or(u64::MAX)))
            }
        }
    }
}
