//! The run loop, and the way from an address to a decoded block.
//!
//! [`Hart::run_loop`] deals with everything that is not the execution of a
//! block: interrupts, traps of fetches, blocks that do not exist yet, the end
//! of the budget. [`Hart::chain`] goes from block to block as long as there is
//! nothing of that kind. The last act of a block is to call the first handler
//! of the next one, which compiles to a jump.
//!
//! # Stack
//! Nothing guarantees that such a call compiles to a jump. So the budget is
//! dealt out in slices of [`SLICE`] instructions, after which the chain
//! returns: were no call a jump, the stack would hold a frame for each
//! instruction of a slice, and no more.
//!
//! # Counting
//! A block is paid for when it is entered; what it does not execute is paid
//! back when it is left early. A block longer than the remaining budget is not
//! entered: its instructions are executed one by one. So a run of N
//! instructions ends after exactly N.

pub(crate) mod block;
mod decode;
mod meter;

use pagewalk_bus::{PAGE_SIZE, PhysAddr, Width};

use crate::hart::{Env, Hart, Stop};
use crate::trap::Exception;
use block::{BlockRef, Blocks, Cursor, Detail, Flow};
pub(crate) use meter::{Kind, Meter};

/// Most instructions between two returns to [`Hart::chain`].
const SLICE: u64 = 4096;
const _: () = assert!(
    SLICE + (block::MAX_LEN as u64) < 1 << 16,
    "what a meter can count"
);

/// Entries of the jump cache; a power of two.
const JUMPS: usize = 2048;

/// The last block entered at a virtual address.
#[derive(Clone, Copy, Debug)]
struct Jump {
    pc: u64,
    /// [`pagewalk_mmu::tlb::Tlb::fetch_generation`] at that time.
    generation: u64,
    block: Option<BlockRef>,
}

/// Where indirect jumps and jumps to other pages went.
#[derive(Debug)]
pub(crate) struct JumpCache([Jump; JUMPS]);

impl JumpCache {
    const EMPTY: Jump = Jump {
        pc: 0,
        generation: 0,
        block: None,
    };

    pub(crate) fn new() -> Self {
        Self([Self::EMPTY; JUMPS])
    }

    pub(crate) fn clear(&mut self) {
        self.0.fill(Self::EMPTY);
    }

    #[inline(always)]
    fn index(pc: u64) -> usize {
        ((pc >> 1) ^ (pc >> 12)) as usize & (JUMPS - 1)
    }

    #[inline(always)]
    fn find(&self, pc: u64, generation: u64) -> Flow {
        let jump = &self.0[Self::index(pc)];
        if jump.pc == pc && jump.generation == generation {
            jump.block
        } else {
            None
        }
    }

    fn enter(&mut self, pc: u64, generation: u64, block: BlockRef) {
        self.0[Self::index(pc)] = Jump {
            pc,
            generation,
            block: Some(block),
        };
    }
}

/// Why there is no block to enter.
enum NoBlock {
    /// The fetch raised an exception.
    Fault(Exception),
    /// The instruction has to be executed alone: it crosses a page, or its
    /// page is not fetched as a whole.
    Alone,
}

/// Whether the instruction at `pa` reaches into the next page.
fn crosses_page(env: &Env<'_>, pa: PhysAddr) -> bool {
    pa.0 % PAGE_SIZE == PAGE_SIZE - 2
        && env
            .bus
            .ram
            .read(pa, Width::B2)
            .is_some_and(|parcel| parcel & 3 == 3)
}

impl Default for Blocks {
    fn default() -> Self {
        Self::with_stale_handler(stale)
    }
}

/// The handler of a stale block: looks its address up again.
fn stale(h: &mut Hart, _env: &mut Env<'_>, _e: Cursor, b: BlockRef) -> Flow {
    h.pc = h.page_base | b.offset();
    None
}

/// [`Hart::follow`] where there is no link yet, or never will be since the
/// target is in another page.
#[cold]
#[inline(never)]
fn follow_unlinked(
    h: &mut Hart,
    env: &mut Env<'_>,
    b: BlockRef,
    which: usize,
    offset: i64,
) -> Flow {
    let pc = h.page_base.wrapping_add(offset as u64);
    if (0..0x1000).contains(&offset) {
        h.link_from = Some((b, which));
        h.pc = pc;
        return None;
    }
    h.goto(env, pc)
}

impl Hart {
    pub(crate) fn run_loop(&mut self, env: &mut Env<'_>) -> Stop {
        loop {
            if let Some(stop) = self.stop.take() {
                return stop;
            }
            env.blocks.drop_if_full(&mut env.bus.ram);
            self.forget_dropped_blocks(env.blocks);
            // A link leads where the block that asks for it goes, which an
            // interrupt or an instruction executed alone does not.
            let link = self.link_from.take();
            let interrupted = self.take_interrupt(env);
            self.refill();
            if self.meter.budget() == 0 {
                return Stop::Budget;
            }
            match self.block_at_pc(env) {
                // The walk has set A in a watched word.
                Ok(_) if self.stop.is_some() => {}
                Ok(block) => {
                    if let Some((from, which)) = link
                        && !interrupted
                    {
                        from.set_link(which, block);
                    }
                    self.chain(env, block);
                }
                Err(NoBlock::Fault(exception)) => self.take_exception(exception),
                Err(NoBlock::Alone) => self.step(env),
            }
        }
    }

    /// Adds up what the meter has counted.
    pub(crate) fn count_executed(&mut self) {
        let executed = self.meter.take_executed();
        self.counts.accesses += executed.accesses;
        self.counts.floats += executed.floats;
    }

    /// Deals out the next slice of the budget.
    fn refill(&mut self) {
        self.count_executed();
        let slice = self
            .held_back
            .min(SLICE.saturating_sub(self.meter.budget()));
        self.meter.allow(slice);
        self.held_back -= slice;
    }

    /// Executes blocks until one does not name its successor.
    fn chain(&mut self, env: &mut Env<'_>, first: BlockRef) {
        let mut next = Some(first);
        while let Some(block) = next {
            let len = block.charge().instructions();
            if self.meter.budget() < len {
                self.refill();
            }
            if self.meter.budget() < len {
                self.pc = self.page_base | block.offset();
                if self.meter.budget() > 0 {
                    self.step(env);
                }
                return;
            }
            next = self.enter(env, block);
        }
    }

    /// Executes `block`, in the current page, and what follows it, or returns
    /// it if that is more than the budget allows.
    #[inline(always)]
    fn enter(&mut self, env: &mut Env<'_>, block: BlockRef) -> Flow {
        if self.meter.pay(block.charge()) {
            (block.first())(self, env, block.start(), block)
        } else {
            Some(block)
        }
    }

    /// The block that begins at `self.pc`; makes its page the current one.
    fn block_at_pc(&mut self, env: &mut Env<'_>) -> Result<BlockRef, NoBlock> {
        let pc = self.pc;
        self.page_base = pc & !0xfff;
        let generation = self.tlb.fetch_generation();
        if let Some(block) = self.jumps.find(pc, generation)
            && !block.is_stale()
        {
            return Ok(block);
        }
        let pa = match self.tlb.fetch(pc) {
            Some(pa) => pa,
            None => {
                self.fetch_address(env, pc, 2).map_err(NoBlock::Fault)?;
                // Not in the TLB even so: the page is not under one rule.
                self.tlb.fetch(pc).ok_or(NoBlock::Alone)?
            }
        };
        if crosses_page(env, pa) {
            return Err(NoBlock::Alone);
        }
        let block = match env.blocks.find(pa) {
            Some(block) => block,
            None => self.decode_at(env, pa)?,
        };
        self.jumps.enter(pc, self.tlb.fetch_generation(), block);
        Ok(block)
    }

    fn decode_at(&mut self, env: &mut Env<'_>, pa: PhysAddr) -> Result<BlockRef, NoBlock> {
        let new = decode::block(&env.bus.ram, pa, self.config.isa).ok_or(NoBlock::Alone)?;
        self.counts.blocks += 1;
        let page = new.page;
        let (block, more_granules) = env.blocks.add(new, &mut env.bus.ram);
        if more_granules && let Some(host) = env.bus.ram.host_addr(page) {
            // Other harts find out when they run next.
            self.tlb.forget_stores_to(host);
            self.special_growth = env.bus.ram.special_growth();
        }
        Ok(block)
    }

    /// Executes the one instruction at `self.pc`, wherever its bytes lie.
    pub(crate) fn step(&mut self, env: &mut Env<'_>) {
        let pc = self.pc;
        self.page_base = pc & !0xfff;
        let raw = match self.fetch_alone(env) {
            Ok(raw) => raw,
            Err(exception) => return self.take_exception(exception),
        };
        let isa = self.config.isa;
        let offset = pc & 0xfff;
        let block = env
            .blocks
            .single(raw, offset, || decode::alone(raw, offset, isa));
        let paid = self.meter.pay(block.charge());
        debug_assert!(paid, "there is budget for one instruction");
        if let Some(next) = (block.first())(self, env, block.start(), block) {
            self.pc = self.page_base | next.offset();
        }
    }

    fn fetch_alone(&mut self, env: &mut Env<'_>) -> Result<u32, Exception> {
        let pc = self.pc;
        let low = u32::from(self.fetch_parcel(env, pc)?);
        if low & 3 == 3 {
            let high = self.fetch_parcel(env, pc.wrapping_add(2))?;
            Ok(low | u32::from(high) << 16)
        } else {
            Ok(low)
        }
    }

    fn fetch_parcel(&mut self, env: &mut Env<'_>, va: u64) -> Result<u16, Exception> {
        let pa = match self.tlb.fetch(va) {
            Some(pa) => pa,
            None => self.fetch_address(env, va, 2)?,
        };
        let parcel = env.bus.ram.read(pa, Width::B2);
        Ok(parcel.expect("a fetch that was allowed is of RAM") as u16)
    }

    /// Goes on at `pc`, anywhere.
    #[inline(always)]
    pub(crate) fn goto(&mut self, env: &mut Env<'_>, pc: u64) -> Flow {
        match self.jumps.find(pc, self.tlb.fetch_generation()) {
            Some(block) => {
                self.page_base = pc & !0xfff;
                self.enter(env, block)
            }
            None => {
                self.pc = pc;
                None
            }
        }
    }

    /// Goes on at `offset` from the start of the current page, by link
    /// `which` of `b` if that is inside the page.
    #[inline(always)]
    pub(crate) fn follow(
        &mut self,
        env: &mut Env<'_>,
        b: BlockRef,
        which: usize,
        offset: i64,
    ) -> Flow {
        match b.link(which) {
            Some(next) => self.enter(env, next),
            None => follow_unlinked(self, env, b, which, offset),
        }
    }

    /// Instructions retired before the one at `e`.
    pub(crate) fn retired_before(&self, e: Cursor, b: BlockRef) -> u64 {
        let rest = b.instructions_from(b.index_of(e));
        self.retired().wrapping_sub(rest)
    }

    /// The instruction at `e` does not retire: pays back for it and what
    /// follows, and puts `pc` on it.
    pub(crate) fn unwind(&mut self, e: Cursor, b: BlockRef) {
        self.meter.pay_back(b.charge_from(b.index_of(e)));
        self.pc = self.page_base.wrapping_add(u64::from(b.detail(e).offset));
    }

    /// The instruction at `e` retires and is the last one for now: pays back
    /// for what follows, and puts `pc` behind it.
    pub(crate) fn leave_after(&mut self, e: Cursor, b: BlockRef) -> Flow {
        self.meter.pay_back(b.charge_from(b.index_of(e) + 1));
        let Detail { offset, len, .. } = b.detail(e);
        self.pc = self
            .page_base
            .wrapping_add(u64::from(offset) + u64::from(len));
        self.leave = false;
        None
    }

    /// The instruction at `e` raises `exception`.
    #[cold]
    pub(crate) fn raise(&mut self, e: Cursor, b: BlockRef, exception: Exception) -> Flow {
        self.unwind(e, b);
        self.leave = false;
        self.take_exception(exception);
        None
    }

    /// A slow instruction at `e` is done: goes on behind it, in the block if
    /// that is still good.
    pub(crate) fn resume(
        &mut self,
        env: &mut Env<'_>,
        e: Cursor,
        b: BlockRef,
        result: Result<(), Exception>,
    ) -> Flow {
        match result {
            Ok(()) if self.leave || b.is_stale() => self.leave_after(e, b),
            Ok(()) => e.next(self, env, b),
            Err(exception) => self.raise(e, b, exception),
        }
    }
}
