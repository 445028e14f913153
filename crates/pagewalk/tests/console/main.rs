//! The real program with somebody at its console: at pseudo-terminals, pipes
//! and files.

#[allow(dead_code, reason = "shared with the tests of processes")]
mod pty;
mod streams;
mod terminal;
