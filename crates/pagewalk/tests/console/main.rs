//! The real program with somebody at its console: at pseudo-terminals, pipes
//! and files.

mod pty;
mod streams;
mod terminal;
