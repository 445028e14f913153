//! Physical memory as a hart sees it: RAM, memory-mapped devices, the lines
//! on which devices ask for attention, and virtual time.
//!
//! The bus knows nothing of RISC-V. A device sees *offsets* into its own
//! window and a [`DeviceCx`] that lends it what it may touch: RAM for DMA, the
//! interrupt lines, the time. There are no locks and no back-references, so a
//! run is deterministic and a device can be tested alone.
//!
//! - [`Ram`] is the one door to guest memory; see there for code granules and
//!   watched addresses.
//! - [`Bus`] maps addresses to RAM or to a [`Device`].
//! - [`Lines`] are levels, never pulses.
//! - [`Instant`] counts nanoseconds of virtual time.

mod addr;
mod device;
mod map;
mod ram;
mod time;

pub use addr::{PhysAddr, Width};
pub use device::{BusFault, Device, DeviceCx, Line, Lines, PowerRequest, PowerSource};
pub use map::{Bus, MapError};
pub use ram::{GRANULE_SIZE, HostAddr, PAGE_SIZE, Ram, RamError, granule_mask};
pub use time::{Clock, Instant, NANOSECONDS_PER_TICK};
