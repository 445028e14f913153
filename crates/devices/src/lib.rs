//! The devices of a board.
//!
//! A device knows offsets into its window, never addresses; the machine maps
//! it and wires its lines. What a device needs of the host (a console) is a
//! trait with an in-memory stand-in for tests.

mod clint;
mod finisher;
mod htif;

pub use clint::Clint;
pub use finisher::Finisher;
pub use htif::{Console, Htif};
