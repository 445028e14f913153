//! The devices of a board.
//!
//! A device knows offsets into its window, never addresses; the machine maps
//! it and wires its lines. What a device needs of the host (a console, a disk)
//! is a trait with an in-memory stand-in for tests.

mod clint;
mod complaints;
mod console;
pub mod disk;
mod finisher;
mod htif;
mod plic;
mod rtc;
pub mod uart;
pub mod virtio;

pub use clint::Clint;
pub use console::{Console, Input, SharedConsole, Silent, Waited};
pub use finisher::Finisher;
pub use htif::Htif;
pub use plic::Plic;
pub use rtc::Rtc;
pub use uart::Uart;
