//! The hart's counters (Privileged ISA, "Hardware performance monitor";
//! Unprivileged ISA, "Zicntr").
//!
//! The two that machine mode may write are read by their machine names, which
//! every hart has: `cycle` and `instret` belong to Zicntr and trap where that
//! is not announced (`spike --isa=rv64gc`).
#![allow(unsafe_code, reason = "reads CSRs with inline assembly")]

use core::arch::asm;

/// Defines a function that reads one counter.
macro_rules! counter {
    ($(#[$doc:meta])* $name:ident, $read:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name() -> u64 {
            let value;
            // SAFETY: reading a counter has no effect on memory or registers
            // other than the destination. `nomem` is left out on purpose: it
            // keeps the read in its place among the work that it measures.
            unsafe { asm!($read, out(reg) value, options(nostack)) };
            value
        }
    };
}

counter! {
    /// Clock cycles since some moment in the past.
    cycle, "csrr {}, mcycle"
}
counter! {
    /// Instructions retired since some moment in the past.
    instret, "csrr {}, minstret"
}
counter! {
    /// Ticks of the platform's real-time counter; needs Zicntr.
    time, "rdtime {}"
}
