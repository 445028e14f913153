//! What only the hart and its assembly language can do: the first instructions, the
//! way to a process and back, CSRs, registers of devices, memory by address.
//!
//! All `unsafe` code of the kernel is here. What these modules offer is safe to call
//! under the rules that they state.

mod copy;
mod csr;
mod entry;
mod heap;
pub(crate) mod layout;
mod memory;
mod mmio;
mod paging;
mod report;
mod user;

pub(crate) use csr::{identity, idle, interrupt_pending, set_timer, set_up_programs, time};
pub(crate) use heap::{
    free_bytes as heap_free_bytes, give as give_heap, has_room as heap_has_room,
    is_low as heap_is_low,
};
pub(crate) use memory::{DirectMap, DmaPage, bytes_of, bytes_of_mut, device_tree};
pub(crate) use mmio::Registers;
pub(crate) use paging::{asid_bits, flush, kernel_image, use_root};
pub(crate) use report::{Console, power_off, set_console, set_finisher};
pub(crate) use user::{Frame, Trap, enable_interrupts, name_of as name_of_exception, run};
