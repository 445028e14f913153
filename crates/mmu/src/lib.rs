//! Virtual memory of RV64: from a virtual address to the bytes in memory, or
//! to the name of the rule that forbids it.
//!
//! - [`translate`] is the page walk of Sv39, Sv48 and Sv57, its steps numbered
//!   as in the privileged specification. It is what a TLB miss costs, so it
//!   carries no more than the answer. [`probe`] is the same without the A/D
//!   update, for an access that must pass its checks on two pages first.
//! - A failure is a [`Fault`], and its [`Reason`] names the one rule that
//!   failed, where the architecture has only a cause number.
//! - [`Pmp`] is physical memory protection, which also guards the accesses of
//!   the walk itself.
//! - [`diagnose`] tells the full story of a walk, level by level, without
//!   side effects; nothing pays for it unless somebody asks.
//!
//! How the walk reaches memory is its caller's business ([`PteMemory`]): this
//! crate holds no memory, and what it knows of harts is in [`Context`].

mod context;
mod diagnose;
mod pmp;
mod pte;
mod reason;
pub mod tlb;
mod walk;

pub use context::{Access, Context, Mode, VirtAddr};
pub use diagnose::{AdUpdate, PteView, Step, Walk, diagnose};
pub use pagewalk_bus::{PAGE_SIZE, PhysAddr};
pub use pagewalk_isa::{ExceptionCause, Privilege};
pub use pmp::{Pmp, PmpDenied};
pub use pte::{Pbmt, Perms, Pte};
pub use reason::{Fault, FaultKind, Reason};
pub use walk::{NoMemory, PteMemory, Translation, probe, translate};

/// log2 of [`PAGE_SIZE`].
pub const PAGE_SHIFT: u8 = PAGE_SIZE.trailing_zeros() as u8;

/// Bits of a physical address: PPN and page offset of a Sv39 PTE.
pub const PHYS_ADDR_BITS: u32 = 56;
