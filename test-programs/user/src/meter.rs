//! Counting the instructions of the hart, those of the kernel included.

use crate::arch;
use crate::pagewalk::Counters;

/// Instructions that an emulator executes in a tick, if an instruction takes it a
/// nanosecond (Pagewalk; QEMU with `-icount shift=0`) and the timer has 10 MHz.
const PER_TICK: u64 = 100;

/// Reads a counter of instructions.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// Our kernel lends processes the counter itself. Elsewhere time has to do, which
    /// goes on while the hart waits.
    exact: bool,
}

impl Meter {
    /// One that is good for this kernel.
    pub fn new() -> Meter {
        let exact = Counters::read().is_some();
        Meter { exact }
    }

    /// Instructions since some moment in the past.
    pub fn now(self) -> u64 {
        if self.exact {
            arch::retired()
        } else {
            PER_TICK * arch::ticks()
        }
    }

    /// The same, where it is no guess.
    pub fn exactly(self) -> Option<u64> {
        self.exact.then(|| self.now())
    }

    /// Instructions for each of `times` rounds of `work`.
    pub fn each<T, E>(
        self,
        times: usize,
        mut work: impl FnMut() -> Result<T, E>,
    ) -> Result<u64, E> {
        let start = self.now();
        for _ in 0..times {
            work()?;
        }
        Ok((self.now() - start) / times as u64)
    }
}

impl Default for Meter {
    fn default() -> Meter {
        Meter::new()
    }
}
