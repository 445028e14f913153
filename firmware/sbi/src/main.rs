//! The firmware: runs in M-mode, keeps itself out of the supervisor's reach,
//! starts it, and answers its calls.
//!
//! Source: *RISC-V Supervisor Binary Interface Specification*, version 2.0.
//!
//! The way of a start: `hart` (registers, stack) → `start` (what board is this,
//! what may the supervisor do) → the supervisor. The way of a call: `hart` (saves
//! registers) → `trap` → `call`.
//!
//! It runs one hart; the others sleep.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod board;
#[cfg(target_os = "none")]
mod call;
#[cfg(target_os = "none")]
mod csr;
#[cfg(target_os = "none")]
mod hart;
#[cfg(target_os = "none")]
mod start;
#[cfg(target_os = "none")]
mod timer;
#[cfg(target_os = "none")]
mod trap;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this is firmware for a RISC-V board: it does nothing on a host");
    std::process::exit(2);
}
