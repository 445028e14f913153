//! The benchmarks as a program with arguments: `bench ROW [UNITS]`.
//!
//! The same source is a process for our kernel and for Linux, and an ordinary program
//! of the host, which tells how fast the host itself is. `cargo xtask bench` runs both.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest;
#[cfg(not(target_os = "none"))]
mod host;

#[cfg(target_os = "none")]
use guest::run;
#[cfg(target_os = "none")]
pagewalk_user_programs::program!(run);

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    host::main()
}
