//! Decoded blocks: straight runs of instructions, ready to execute.
//!
//! A block is an array of [`Entry`]s. An entry is a [`Handler`], the function
//! that executes the instruction, and its operands. The last act of a handler
//! is to call the handler of the next entry, which compiles to a jump; the
//! last entry of a block ends the run and names the block that follows.
//!
//! Blocks are keyed by *physical* address and never leave their page, so that
//! they survive every change of address space. They hold no virtual address:
//! a pc is the hart's current virtual page plus an offset.
//!
//! # Stale blocks
//!
//! A store into a block makes it *stale*: it is no longer found, and whoever
//! still has a reference (a link, a jump cache) enters
//! it at no cost and is sent to look the address up again. The memory stays
//! until all blocks are dropped together, which happens only while no hart
//! runs inside a block and changes [`Blocks::generation`], upon which each
//! hart drops its references.
#![allow(
    unsafe_code,
    reason = "blocks refer to each other; the pool owns them all, and this module is its safe interface"
)]

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use pagewalk_bus::{PhysAddr, Ram, granule_mask};
use pagewalk_isa::Op;

use super::meter::{Charge, Kind};
use crate::ops::table;
use crate::regs::Reg;
use crate::{Env, Hart};

/// What a handler returns: the block to go on with, or `None` to go back to
/// the run loop with the hart's pc set.
pub(crate) type Flow = Option<BlockRef>;

/// Executes one instruction and what follows it in the block.
pub(crate) type Handler = fn(&mut Hart, &mut Env<'_>, Cursor, BlockRef) -> Flow;

/// Most instructions in a block.
pub(crate) const MAX_LEN: usize = 64;

/// All blocks are dropped when they hold this many instructions, with
/// [`OVERHEAD`] for each.
const MAX_TOTAL: usize = 8 << 20;

/// What a block costs besides its instructions, counted in instructions.
const OVERHEAD: usize = 8;

/// Blocks of one instruction that are kept at a time.
const SINGLES: usize = 1024;

/// One decoded instruction: 16 bytes, four to a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Entry {
    pub(crate) handler: Handler,
    /// The immediate; of `auipc`, `jal` and branches relative to the page; of
    /// instructions with three sources the number of the third.
    pub(crate) imm: i32,
    pub(crate) rd: Reg,
    pub(crate) rs1: Reg,
    pub(crate) rs2: Reg,
    /// The `rm` field of floating-point instructions.
    pub(crate) rm: u8,
}

/// What only slow paths want to know of an instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Detail {
    pub(crate) raw: u32,
    /// Offset in the page.
    pub(crate) offset: u16,
    /// Length in bytes, 2 or 4.
    pub(crate) len: u8,
    pub(crate) op: Option<Op>,
}

impl Detail {
    fn kind(&self) -> Kind {
        self.op.map_or(Kind::Other, table::kind)
    }
}

/// A position in a block: always that of a live entry.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Cursor(NonNull<Entry>);

impl Cursor {
    #[inline(always)]
    pub(crate) fn entry<'a>(self) -> &'a Entry {
        // SAFETY: a cursor is made by `Block::start` and moved by `after`
        // alone, which stays inside the block; blocks
        // outlive the run that executes them, and entries are never written.
        unsafe { self.0.as_ref() }
    }

    /// Executes the rest of the block, from the entry after this one.
    ///
    /// For handlers of instructions: the entry behind the last of them, whose
    /// handler leaves the block, is the only one that must not come here.
    #[inline(always)]
    pub(crate) fn next(self, h: &mut Hart, env: &mut Env<'_>, b: BlockRef) -> Flow {
        let after = self.after();
        (after.entry().handler)(h, env, after, b)
    }

    /// The entry after this one, which is an instruction's.
    #[inline(always)]
    pub(crate) fn after(self) -> Self {
        // SAFETY: this entry is an instruction's, and `Blocks::allocate` has
        // seen to it that there is one more.
        Self(unsafe { self.0.add(1) })
    }
}

/// A decoded block.
#[derive(Debug)]
pub(crate) struct Block {
    entries: Box<[Entry]>,
    details: Box<[Detail]>,
    /// What one pass costs; nothing once stale.
    charge: Cell<Charge>,
    first: Cell<Handler>,
    /// Where control goes from here inside the same virtual page: 0 straight
    /// on, 1 by the taken branch or jump.
    links: [Cell<Flow>; 2],
    page: PhysAddr,
    start: u16,
    end: u16,
    linkable: bool,
}

impl Block {
    /// The first entry.
    #[inline(always)]
    pub(crate) fn start(&self) -> Cursor {
        // `Blocks::allocate` refuses a block without entries.
        Cursor(NonNull::from(&self.entries[..]).cast())
    }

    #[inline(always)]
    pub(crate) fn first(&self) -> Handler {
        self.first.get()
    }

    /// What one pass costs, nothing if the block is stale.
    #[inline(always)]
    pub(crate) fn charge(&self) -> Charge {
        self.charge.get()
    }

    /// What the instruction number `index` and those behind it cost when the
    /// block was entered.
    pub(crate) fn charge_from(&self, index: usize) -> Charge {
        let rest = self.details.get(index..).unwrap_or_default();
        Charge::of(rest.iter().map(Detail::kind))
    }

    /// How many instructions there are from number `index` on.
    pub(crate) fn instructions_from(&self, index: usize) -> u64 {
        self.details.len().saturating_sub(index) as u64
    }

    pub(crate) fn is_stale(&self) -> bool {
        self.charge() == Charge::NONE
    }

    /// The offset in the page at which the block begins.
    pub(crate) fn offset(&self) -> u64 {
        u64::from(self.start)
    }

    /// The offset in the page of the byte behind the block.
    pub(crate) fn end_offset(&self) -> u64 {
        u64::from(self.end)
    }

    #[inline(always)]
    pub(crate) fn link(&self, which: usize) -> Flow {
        self.links[which].get()
    }

    /// Remembers that `which` leads to `to`.
    ///
    /// Not if that is in another physical page: the virtual page has been
    /// mapped anew since this block was entered, and elsewhere the old page
    /// may be in use.
    pub(crate) fn set_link(&self, which: usize, to: BlockRef) {
        if self.linkable && !self.is_stale() && self.page == to.page {
            self.links[which].set(Some(to));
        }
    }

    fn drop_stale_links(&self) {
        for link in &self.links {
            if link.get().is_some_and(|to| to.is_stale()) {
                link.set(None);
            }
        }
    }

    /// How many instructions come before `at`.
    pub(crate) fn index_of(&self, at: Cursor) -> usize {
        let bytes = at.0.as_ptr() as usize - self.entries.as_ptr() as usize;
        bytes / size_of::<Entry>()
    }

    /// What the instruction at `at` was.
    pub(crate) fn detail(&self, at: Cursor) -> Detail {
        let index = self.index_of(at);
        // The entry behind the last instruction only leaves the block.
        self.details[index.min(self.details.len() - 1)]
    }

    fn is_single(&self, raw: u32, offset: u64) -> bool {
        self.details[0].raw == raw && self.offset() == offset
    }

    fn overlaps(&self, offset: u64, len: u64) -> bool {
        u64::from(self.start) < offset + len && offset < u64::from(self.end)
    }

    fn granules(&self) -> u64 {
        let len = u64::from(self.end - self.start);
        granule_mask(self.page.offset(u64::from(self.start)), len)
    }
}

/// A reference to a block: good until all blocks are dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct BlockRef(NonNull<Block>);

impl std::ops::Deref for BlockRef {
    type Target = Block;

    #[inline(always)]
    fn deref(&self) -> &Block {
        // SAFETY: blocks are dropped only by `Blocks::clear`, when no hart is
        // inside one; harts compare `Blocks::generation` before they use a
        // reference that they kept. Only shared references to blocks exist.
        unsafe { self.0.as_ref() }
    }
}

/// A block as the decoder hands it over: an entry for each instruction, and
/// one more, which leaves the block.
pub(crate) struct NewBlock {
    pub(crate) entries: Vec<Entry>,
    pub(crate) details: Vec<Detail>,
    pub(crate) page: PhysAddr,
}

/// Hash of an address or page number: one multiplication.
#[derive(Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = (value ^ (value >> 32))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }
}

type Map<V> = HashMap<u64, V, BuildHasherDefault<AddressHasher>>;

/// A number that no pool of this process has ever had, and not zero.
fn new_generation() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// All decoded blocks of a machine; its harts share them.
#[derive(Debug)]
pub struct Blocks {
    by_address: Map<BlockRef>,
    by_page: Map<Vec<BlockRef>>,
    pool: Vec<BlockRef>,
    total: usize,
    generation: u64,
    stale: Handler,
    singles: Box<[Flow; SINGLES]>,
}

impl Blocks {
    pub(crate) fn with_stale_handler(stale: Handler) -> Self {
        Self {
            by_address: Map::default(),
            by_page: Map::default(),
            pool: Vec::new(),
            total: 0,
            generation: new_generation(),
            stale,
            singles: Box::new([None; SINGLES]),
        }
    }

    /// Changes when all references to blocks become invalid; no two pools ever
    /// have the same.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The block that begins at `pa`.
    pub(crate) fn find(&self, pa: PhysAddr) -> Option<BlockRef> {
        self.by_address.get(&pa.0).copied()
    }

    /// Drops all blocks if they have become too many. Only the run loop may
    /// call this, while its hart is outside of every block.
    pub(crate) fn drop_if_full(&mut self, ram: &mut Ram) {
        if self.total >= MAX_TOTAL {
            self.clear(ram);
        }
    }

    fn clear(&mut self, ram: &mut Ram) {
        self.by_address.clear();
        for page in self.by_page.keys() {
            ram.set_code_granules(PhysAddr(*page), 0);
        }
        self.by_page.clear();
        self.singles.fill(None);
        self.generation = new_generation();
        self.total = 0;
        for block in self.pool.drain(..) {
            // SAFETY: made by `Box::into_raw` in `allocate`, dropped once; no
            // reference is used again (see `BlockRef`).
            drop(unsafe { Box::from_raw(block.0.as_ptr()) });
        }
    }

    fn allocate(&mut self, new: NewBlock, linkable: bool) -> BlockRef {
        let (first, last) = match (new.details.first(), new.details.last()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => unreachable!("a block has at least one instruction"),
        };
        assert_eq!(new.entries.len(), new.details.len() + 1);
        self.total += new.entries.len() + OVERHEAD;
        let block = Box::new(Block {
            charge: Cell::new(Charge::of(new.details.iter().map(Detail::kind))),
            first: Cell::new(new.entries[0].handler),
            entries: new.entries.into_boxed_slice(),
            details: new.details.into_boxed_slice(),
            links: [Cell::new(None), Cell::new(None)],
            page: new.page,
            start: first.offset,
            end: last.offset + u16::from(last.len),
            linkable,
        });
        BlockRef(NonNull::from(Box::leak(block)))
    }

    /// Keeps a new block and marks its granules in `ram`. Says whether that
    /// makes more granules special, so that store entries to the page have to
    /// go.
    pub(crate) fn add(&mut self, new: NewBlock, ram: &mut Ram) -> (BlockRef, bool) {
        let page = new.page;
        let block = self.allocate(new, true);
        self.pool.push(block);
        self.by_address.insert(page.0 + block.offset(), block);
        self.by_page.entry(page.0).or_default().push(block);
        let before = ram.special_granules(page);
        ram.set_code_granules(page, before | block.granules());
        (block, block.granules() & !before != 0)
    }

    /// A block of the one instruction `raw` at `offset` in some page, made by
    /// `decode` if there is none. Nothing leads to it and it depends on no
    /// memory, so it never becomes stale.
    pub(crate) fn single(
        &mut self,
        raw: u32,
        offset: u64,
        decode: impl FnOnce() -> NewBlock,
    ) -> BlockRef {
        let hash = raw.wrapping_mul(0x9e37_79b1) >> 20 ^ offset as u32 >> 1;
        let index = hash as usize % SINGLES;
        if let Some(block) = self.singles[index]
            && block.is_single(raw, offset)
        {
            return block;
        }
        let block = self.allocate(decode(), false);
        self.pool.push(block);
        self.singles[index] = Some(block);
        block
    }

    /// Guest memory was written: makes the blocks stale that lie there.
    pub(crate) fn memory_written(&mut self, pa: PhysAddr, len: u64, ram: &mut Ram) {
        let page = pa.page();
        let Some(blocks) = self.by_page.get_mut(&page.0) else {
            return;
        };
        let (offset, stale) = (pa.0 - page.0, self.stale);
        let mut granules = 0;
        let by_address = &mut self.by_address;
        blocks.retain(|block| {
            let hit = block.overlaps(offset, len);
            if hit {
                block.charge.set(Charge::NONE);
                block.first.set(stale);
                block.links.iter().for_each(|link| link.set(None));
                by_address.remove(&(page.0 + block.offset()));
            } else {
                granules |= block.granules();
            }
            !hit
        });
        // Nobody should have to find out at each pass that a link leads to a
        // stale block; links stay in their page.
        for block in blocks.iter() {
            block.drop_stale_links();
        }
        ram.set_code_granules(page, granules);
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        for block in self.pool.drain(..) {
            // SAFETY: as in `clear`.
            drop(unsafe { Box::from_raw(block.0.as_ptr()) });
        }
    }
}
