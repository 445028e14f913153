//! The paging core: what stands behind every page of every process.
//!
//! A process believes that it has memory wherever it asked for some. The truth is
//! a few frames of physical memory, a swap disk and a disk with files, and this
//! module moves pages between them so that the belief holds. The hart finds out
//! first: an access that its page tables do not allow is a *page fault*, and
//! [`Mm::fault`] in `fault.rs` is the place to begin reading. Then, as it calls them:
//!
//! | file | the one thing that it explains |
//! |---|---|
//! | `fault.rs` | why an access faulted: six rows, and what to do in each |
//! | `outcome.rs` | how it can end |
//! | `vma.rs` | what a process asked for: areas with permissions |
//! | `table.rs` | what the hart sees: page tables of Sv39 |
//! | `frame.rs` | what a frame of memory holds, and who maps it |
//! | `cow.rs` | one frame for many processes, until one of them writes |
//! | `fork.rs` | a second process from one |
//! | `swap.rs` | slots of the swap disk, and who refers to them |
//! | `evict.rs` | whose page goes when memory is full |
//! | `cache.rs` | pages of files and of shared memory |
//! | `file.rs` | reading, writing and cutting files |
//! | `io.rs` | disk requests, and what happens when they are done |
//! | `space.rs` | address spaces: create, map, unmap, protect, grow, destroy |
//! | `remap.rs` | other sizes and places for what is mapped |
//! | `user.rs` | the kernel's own accesses to memory of a process |
//! | `advise.rs` | locking, dropping and asking about pages |
//! | `asid.rs` | names of address spaces in the TLB, and what must be flushed |
//! | `counters.rs` | what happened how often |
//! | `check.rs` | what must always be true |
//!
//! Nothing here blocks, and nothing here knows of processes or devices. A call that
//! has to wait for a disk leaves a request for the driver ([`Mm::next_io`]), undoes
//! nothing, and returns [`Stop::Wait`]; when the driver has reported the request as
//! done ([`Mm::io_done`]), the same call is made again and gets further.
//!
//! Two errors, never mixed: what a process did wrong or what has run out is a
//! [`Stop`], an [`Error`]; an assertion that fails is a bug of the kernel.

mod advise;
mod asid;
mod cache;
mod check;
mod counters;
mod cow;
mod evict;
mod fault;
mod file;
mod fork;
mod frame;
mod io;
mod outcome;
mod remap;
mod space;
mod swap;
mod table;
#[cfg(test)]
mod tests;
mod user;
mod vma;

pub use advise::{PageState, Summary, Usage};
pub use asid::{Asid, Flush};
pub use cache::ObjectId;
pub use counters::{Counters, Event};
pub use evict::Policy;
pub use frame::Frame;
pub use io::{Disk, IoError, IoId, IoRequest, Wait};
pub use outcome::{Access, BusCause, Error, Resolution, Segv, SegvCode, Stop, Why};
pub use remap::MayMove;
pub use space::{Placement, Sharing, SpaceId, What};
pub use swap::Slot;
pub use table::Pte;
pub use user::{Partial, Slice};
pub use vma::{Backing, Kind, Prot, Vma};

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

/// Bytes in a page, a frame and a slot.
pub const PAGE_SIZE: usize = 4096;

/// Pages that one instruction can need at once: its own two, and two of its operand.
/// As many frames can always be had for pages that come and go.
const PAGES_OF_AN_INSTRUCTION: usize = 4;

/// The least pool of frames: some for pages that come and go, some to be locked.
pub const MIN_FRAMES: u32 = pagewalk_guest_abi::option::LEAST_FRAMES;

/// The first page behind the lower half of Sv39, which belongs to processes.
pub const USER_END: Page = Page(1 << 26);

/// A page of an address space: a virtual address without its last 12 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Page(pub u64);

/// Some pages in a row, the end not included.
pub type Pages = Range<Page>;

impl Page {
    /// The page in which a virtual address lies.
    pub const fn of(address: u64) -> Page {
        Page(address / PAGE_SIZE as u64)
    }

    /// The first address of the page.
    pub const fn address(self) -> u64 {
        self.0 * PAGE_SIZE as u64
    }

    const fn next(self) -> Page {
        Page(self.0 + 1)
    }
}

/// A page of physical memory: a physical address without its last 12 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ppn(pub u64);

/// Physical memory. In the kernel this is the direct map; in tests, a vector.
pub trait PhysMemory {
    /// A page of zeros from the kernel's own pool, for a page table.
    fn alloc_table(&mut self) -> Option<Ppn>;

    /// The same for the top of an address space, with what every space has in its
    /// upper half: the kernel.
    fn alloc_root(&mut self) -> Option<Ppn> {
        self.alloc_table()
    }

    /// Takes a page from `alloc_table` or `alloc_root` back.
    fn free_table(&mut self, table: Ppn);

    /// Entry `index`, 0 to 511, of a page table. The hart writes entries too.
    fn read_entry(&self, table: Ppn, index: usize) -> u64;

    /// Changes an entry of a page table.
    fn write_entry(&mut self, table: Ppn, index: usize, entry: u64);

    /// The content of a page.
    fn bytes(&self, page: Ppn) -> &[u8; PAGE_SIZE];

    /// The content of a page.
    fn bytes_mut(&mut self, page: Ppn) -> &mut [u8; PAGE_SIZE];

    /// Fills a page with zeros.
    fn clear(&mut self, page: Ppn) {
        self.bytes_mut(page).fill(0);
    }

    /// Copies a page.
    fn copy(&mut self, from: Ppn, to: Ppn);
}

/// What the core has to work with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The first frame of the pool for pages of processes and files.
    pub first_frame: Ppn,
    /// Frames in the pool, at least [`MIN_FRAMES`].
    pub frames: u32,
    /// Pages that the swap disk can hold.
    pub swap_slots: u32,
    /// Bits of the ASID field of `satp`, 0 to 16.
    pub asid_bits: u32,
    /// How victims are chosen.
    pub policy: Policy,
}

/// The paging core: all address spaces, all frames, all slots.
#[derive(Debug)]
pub struct Mm<M> {
    mem: M,
    spaces: Vec<Option<Box<space::Space>>>,
    /// Spaces that there were.
    serials: u32,
    frames: frame::Frames,
    slots: swap::Slots,
    objects: Vec<Option<cache::Object>>,
    io: io::Queue,
    asids: asid::Asids,
    flushes: asid::Flushes,
    evictor: evict::Evictor,
    /// What happened to nobody, or to spaces that are no more.
    others: Counters,
    /// The page of zeros that stands for every page never written to. It is in
    /// nobody's pool and never counted.
    zero: Ppn,
}

crate::publish::publish!("mm": Mm<crate::arch::DirectMap> { spaces, frames, slots });

impl<M: PhysMemory> Mm<M> {
    /// A core without spaces.
    ///
    /// # Errors
    /// [`Error::NoMemory`] if there is no page for the shared page of zeros.
    ///
    /// # Panics
    /// If `config` has too few frames or too many bits.
    pub fn new(mut mem: M, config: &Config) -> Result<Self, Error> {
        assert!(config.frames >= MIN_FRAMES, "at least {MIN_FRAMES} frames");
        let zero = mem.alloc_table().ok_or(Error::NoMemory)?;
        Ok(Self {
            mem,
            spaces: Vec::new(),
            serials: 0,
            frames: frame::Frames::new(config.first_frame, config.frames),
            slots: swap::Slots::new(config.swap_slots),
            objects: Vec::new(),
            io: io::Queue::default(),
            asids: asid::Asids::new(config.asid_bits),
            flushes: asid::Flushes::new(),
            evictor: evict::Evictor::new(config.policy),
            others: Counters::default(),
            zero,
        })
    }

    /// Pages that serve as page tables, with that of zeros.
    pub fn tables(&self) -> usize {
        let roots = self.spaces.iter().flatten().map(|space| space.root);
        1 + roots
            .map(|root| table::count(&self.mem, root))
            .sum::<usize>()
    }

    /// Physical memory.
    pub fn memory(&self) -> &M {
        &self.mem
    }

    /// Physical memory.
    pub fn memory_mut(&mut self) -> &mut M {
        &mut self.mem
    }
}
