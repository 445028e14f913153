//! A function in a segment that can be executed and nothing else.
//!
//! Programs whose names end in `-xonly` have that segment (layout/xonly.ld).
#![allow(unsafe_code, reason = "the function is written in assembly")]

/// What [`call`] returns.
pub const ANSWER: usize = 42;

#[cfg(target_os = "none")]
mod guest {
    core::arch::global_asm!(
        ".pushsection .xonly, \"ax\", @progbits",
        ".globl pagewalk_execute_only",
        ".balign 4",
        "pagewalk_execute_only:",
        "    li   a0, {answer}",
        "    ret",
        ".popsection",
        answer = const super::ANSWER,
    );

    unsafe extern "C" {
        safe fn pagewalk_execute_only() -> usize;
    }

    /// Where the function is.
    pub fn address() -> usize {
        pagewalk_execute_only as *const () as usize
    }

    /// Calls the function.
    pub fn call() -> usize {
        pagewalk_execute_only()
    }
}
#[cfg(target_os = "none")]
pub use guest::{address, call};

#[cfg(not(target_os = "none"))]
mod host {
    /// A host has no such segment.
    pub fn address() -> usize {
        0
    }

    /// Nothing is called.
    pub fn call() -> usize {
        super::ANSWER
    }
}
#[cfg(not(target_os = "none"))]
pub use host::{address, call};
