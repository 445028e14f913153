//! ASIDs, and what must be flushed from the TLB.
//!
//! Source: Privileged Architecture, Supervisor-Level ISA version 1.13, "Supervisor
//! Memory-Management Fence Instruction". The TLB marks its entries with the ASID of
//! the address space, so that a switch to another space flushes nothing. There are
//! only as many ASIDs as the hart has bits for (perhaps none). They are given out in
//! *generations*: when all are used, the next space starts a new generation, with
//! one flush of everything, and all others get a new ASID when they run next.
//!
//! The rule that keeps stale translations out: whoever changes an entry that was
//! valid asks for a flush of its page, at the place of the change, and the arch layer
//! executes all that was asked for ([`Mm::take_flushes`]) before the next instruction
//! of any process. Three changes need none. An entry that was not valid before: see
//! [`Mm::fault`], row five. A space without an ASID of the present generation: the
//! hart has nothing of it. A space that is destroyed: its ASID is not given out again
//! before the flush at the next generation.

use alloc::vec::{Drain, Vec};

use super::{Event, Mm, Page, PhysMemory, Ppn, SpaceId};

/// An address-space identifier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Asid(pub u16);

/// Something for the arch layer to flush, by `sfence.vma`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flush {
    /// One page of a space: `sfence.vma va, asid`.
    Page {
        /// The space.
        asid: Asid,
        /// The page.
        page: Page,
    },
    /// All of a space: `sfence.vma x0, asid`.
    Space(Asid),
    /// Everything: `sfence.vma x0, x0`.
    All,
}

/// An ASID and the generation in which it is valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ticket {
    generation: u64,
    asid: Asid,
}

/// Which ASIDs are given out.
#[derive(Debug)]
pub(super) struct Asids {
    most: u32,
    generation: u64,
    next: u32,
}

impl Asids {
    pub(super) fn new(bits: u32) -> Self {
        assert!(bits <= 16, "the ASID field has 16 bits at most");
        let mut asids = Self {
            most: (1 << bits) - 1,
            generation: 1,
            next: 0,
        };
        asids.next = asids.first();
        asids
    }

    /// 0 is left to the kernel, unless there is nothing else.
    fn first(&self) -> u32 {
        self.most.min(1)
    }
}

/// Flushes that were asked for.
#[derive(Debug)]
pub(super) struct Flushes(Vec<Flush>);

impl Flushes {
    /// More single pages than this are not worth it.
    const MOST: usize = 32;

    pub(super) fn new() -> Flushes {
        Flushes(Vec::with_capacity(Self::MOST))
    }

    fn push_page(&mut self, asid: Asid, page: Page) {
        match self.0.last() {
            Some(Flush::All) => {}
            Some(Flush::Space(of)) if *of == asid => {}
            _ if self.0.len() < Self::MOST => self.0.push(Flush::Page { asid, page }),
            _ => self.push_space(asid),
        }
    }

    fn push_space(&mut self, asid: Asid) {
        self.0.retain(|other| match *other {
            Flush::Page { asid: of, .. } | Flush::Space(of) => of != asid,
            Flush::All => true,
        });
        if self.0.len() < Self::MOST {
            self.0.push(Flush::Space(asid));
        } else {
            self.push_all();
        }
    }

    fn push_all(&mut self) {
        self.0.clear();
        self.0.push(Flush::All);
    }
}

impl<M: PhysMemory> Mm<M> {
    /// What goes into `satp` to run a space: its root table and its ASID. To be asked
    /// before each return to a process, since both the ASID and what must be flushed
    /// may have changed.
    pub fn activate(&mut self, space: SpaceId) -> (Ppn, Asid) {
        let known = self.spaces[space.0 as usize].as_mut();
        let known = known.expect("the space exists");
        let ticket = match known.ticket {
            Some(ticket) if ticket.generation == self.asids.generation => ticket,
            _ => {
                if self.asids.next > self.asids.most {
                    self.asids.generation += 1;
                    self.asids.next = self.asids.first();
                    self.flushes.push_all();
                }
                let asid = Asid(self.asids.next as u16);
                self.asids.next += 1;
                let generation = self.asids.generation;
                *known.ticket.insert(Ticket { generation, asid })
            }
        };
        (known.root, ticket.asid)
    }

    /// The flushes that were asked for, to be executed before the next instruction of
    /// a process, after `satp` is set.
    pub fn take_flushes(&mut self) -> Drain<'_, Flush> {
        self.flushes.0.drain(..)
    }

    /// The ASID under which the hart may have entries of a space.
    fn live_asid(&self, space: SpaceId) -> Option<Asid> {
        let ticket = self.space(space).ticket?;
        (ticket.generation == self.asids.generation).then_some(ticket.asid)
    }

    /// The entry of a page was changed, and the hart may know the old one.
    pub(super) fn flush_page(&mut self, space: SpaceId, page: Page) {
        if let Some(asid) = self.live_asid(space) {
            self.flushes.push_page(asid, page);
            self.count(Some(space), Event::Flush);
        }
    }

    /// The same for many pages of a space.
    pub(super) fn flush_space(&mut self, space: SpaceId) {
        if let Some(asid) = self.live_asid(space) {
            self.flushes.push_space(asid);
            self.count(Some(space), Event::Flush);
        }
    }
}
