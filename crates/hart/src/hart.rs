//! The state of a hart, and what it needs of its surroundings.

use pagewalk_bus::{Bus, Clock, Instant, PhysAddr};
use pagewalk_isa::IsaSet;
use pagewalk_mmu::tlb::Tlb;
use pagewalk_mmu::{Fault, Pmp, Privilege};

use crate::csr::{AdPolicy, Csrs, mstatus};
use crate::engine::block::{BlockRef, Blocks};
use crate::engine::{JumpCache, Meter};
use crate::ops::float::FpState;
use crate::regs::{FRegs, XRegs};
use crate::streak::Streak;
use crate::trap::{Trap, Verdict};

/// What distinguishes one hart from another, fixed for its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// `mhartid`, and the word of the interrupt lines that is this hart's.
    pub id: u64,
    /// What it announces; nothing else decodes.
    pub isa: IsaSet,
    /// Who sets the A and D bits of PTEs.
    pub ad: AdPolicy,
    /// The pc after reset.
    pub reset_pc: u64,
}

/// What a hart needs of its surroundings for one run.
#[derive(Debug)]
pub struct Env<'a> {
    /// Memory and devices.
    pub bus: &'a mut Bus,
    /// The decoded blocks of the machine.
    pub blocks: &'a mut Blocks,
    /// Virtual time minus instructions retired by this hart (wrapping): an
    /// instruction that is the n-th to retire executes at time n + skew.
    pub skew: u64,
}

impl Env<'_> {
    /// Makes the blocks stale that were written over since the last call.
    pub(crate) fn forget_overwritten_code(&mut self) {
        for (pa, len) in self.bus.ram.take_code_writes() {
            self.blocks.memory_written(pa, len, &mut self.bus.ram);
        }
    }
}

/// Why [`Hart::run`] came back.
#[derive(Clone, PartialEq, Debug)]
pub enum Stop {
    /// The budget is used up to the last instruction.
    Budget,
    /// A device was accessed, a watched word written, or a deadline of the
    /// hart's own timer changed: the machine should look at devices, lines
    /// and deadlines before it goes on.
    Attention,
    /// The hart has nothing useful to do before another one has had its turn
    /// (`pause`, `wrs.nto`, `wrs.sto`).
    Yield,
    /// The hart waits for an interrupt (`wfi`).
    Wait,
    /// The hart jumps to itself with interrupts off; it will never do
    /// anything else.
    Parked,
    /// The guest can make no progress any more.
    Verdict(Box<Verdict>),
}

/// What a hart has counted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Exceptions taken, by cause number.
    pub exceptions: [u64; 32],
    /// Interrupts taken, by cause number.
    pub interrupts: [u64; 16],
    /// Loads, stores and atomics that retired.
    pub accesses: u64,
    /// Loads, stores and atomics that the TLB did not answer, those that
    /// raised an exception included.
    pub tlb_misses: u64,
    /// Floating-point operations that round, and retired.
    pub floats: u64,
    /// Those of them that needed the exact code, because the host's floating point
    /// does not tell all: [`pagewalk_softfloat::exact_runs`].
    pub floats_exact: u64,
    /// Page walks.
    pub walks: u64,
    /// Blocks decoded.
    pub blocks: u64,
}

/// One RISC-V hart: architectural state, and what is derived from it.
#[derive(Debug)]
#[repr(C)]
pub struct Hart {
    pub(crate) x: XRegs,
    /// What may still be executed in this slice of the run.
    pub(crate) meter: Meter,
    /// The virtual page of the running block.
    pub(crate) page_base: u64,
    pub(crate) fp: FpState,
    pub(crate) f: FRegs,
    pub(crate) tlb: Tlb,
    pub(crate) jumps: JumpCache,
    /// The address of the next instruction; up to date outside of blocks.
    pub(crate) pc: u64,
    pub(crate) privilege: Privilege,
    pub(crate) csrs: Csrs,
    pub(crate) pmp: Pmp,
    /// Instructions that may retire in later slices.
    pub(crate) held_back: u64,
    /// Instructions retired when the budget of this run is used up.
    pub(crate) end: u64,
    /// The interrupt lines, as the bits of `mip`.
    pub(crate) lines: u64,
    /// The granule that LR reserved.
    pub(crate) reservation: Option<PhysAddr>,
    /// The instruction at hand must be the last of its block.
    pub(crate) leave: bool,
    /// Why to leave the run loop.
    pub(crate) stop: Option<Stop>,
    /// The block and link by which the run loop was reached.
    pub(crate) link_from: Option<(BlockRef, usize)>,
    pub(crate) config: Config,
    pub(crate) counts: Counts,
    pub(crate) last_trap: Option<Trap>,
    /// The story behind the exception that is about to be taken.
    pub(crate) fault: Option<Fault>,
    pub(crate) streak: Streak,
    ram_id: u64,
    /// [`pagewalk_bus::Ram::special_growth`] when the store entries of the TLB
    /// were last known to spare all special granules.
    pub(crate) special_growth: u64,
    block_generation: u64,
}

impl Hart {
    /// A hart in the state after reset.
    #[must_use]
    pub fn new(config: Config) -> Box<Self> {
        let csrs = Csrs::reset(&config);
        let pmp = Pmp::default();
        let (data, code) = csrs.contexts(Privilege::Machine, config.isa);
        Box::new(Self {
            x: XRegs::ZERO,
            meter: Meter::default(),
            page_base: config.reset_pc & !0xfff,
            fp: FpState::new(csrs.mstatus),
            f: FRegs::ZERO,
            tlb: Tlb::new(data, code),
            jumps: JumpCache::new(),
            pc: config.reset_pc & !1,
            privilege: Privilege::Machine,
            csrs,
            pmp,
            held_back: 0,
            end: 0,
            lines: 0,
            reservation: None,
            leave: false,
            stop: None,
            link_from: None,
            config,
            counts: Counts::default(),
            last_trap: None,
            fault: None,
            streak: Streak::default(),
            ram_id: 0,
            special_growth: 0,
            block_generation: 0,
        })
    }

    /// Executes until `budget` instructions have retired or something asks
    /// for attention.
    ///
    /// Afterwards the state is exactly that between two instructions.
    pub fn run(&mut self, env: &mut Env<'_>, budget: u64) -> Stop {
        self.attach(env);
        self.end = self.end.wrapping_add(budget);
        self.held_back = budget;
        let exact_runs = pagewalk_softfloat::exact_runs();
        let stop = self.run_loop(env);
        self.count_executed();
        self.counts.floats_exact += pagewalk_softfloat::exact_runs() - exact_runs;
        self.end = self.retired();
        self.meter = Meter::default();
        self.held_back = 0;
        stop
    }

    /// Drops what was remembered of another machine's memory, of blocks that
    /// are gone, and of pages in which others have decoded or watched memory
    /// since.
    fn attach(&mut self, env: &mut Env<'_>) {
        let growth = env.bus.ram.special_growth();
        if self.ram_id != env.bus.ram.id() {
            self.ram_id = env.bus.ram.id();
            self.tlb.flush_all();
            self.block_generation = 0;
        } else if self.special_growth != growth {
            self.tlb.forget_stores();
        }
        self.special_growth = growth;
        // What a device or the machine wrote passed no hart.
        env.forget_overwritten_code();
        self.forget_dropped_blocks(env.blocks);
        self.link_from = None;
    }

    pub(crate) fn forget_dropped_blocks(&mut self, blocks: &Blocks) {
        if self.block_generation != blocks.generation() {
            self.block_generation = blocks.generation();
            self.jumps.clear();
            self.link_from = None;
        }
    }

    /// Instructions retired since reset.
    #[must_use]
    pub fn retired(&self) -> u64 {
        self.end.wrapping_sub(self.meter.budget() + self.held_back)
    }

    /// The address of the next instruction.
    #[must_use]
    pub fn pc(&self) -> u64 {
        self.pc
    }

    /// Sets the address of the next instruction, which is even: the low bit is
    /// ignored, as by `jalr`.
    pub fn set_pc(&mut self, pc: u64) {
        self.pc = pc & !1;
    }

    /// The privilege mode.
    #[must_use]
    pub fn privilege(&self) -> Privilege {
        self.privilege
    }

    /// `x0` to `x31`.
    #[must_use]
    pub fn x(&self) -> &[u64; 32] {
        self.x.as_array()
    }

    /// Sets register `x<number>`; `x0` stays zero.
    ///
    /// # Panics
    /// If `number` is above 31.
    pub fn set_x(&mut self, number: u8, value: u64) {
        self.x.set(crate::regs::Reg::destination(number), value);
    }

    /// `f0` to `f31`, raw bits.
    #[must_use]
    pub fn f(&self) -> &[u64; 32] {
        self.f.as_array()
    }

    /// `mhartid`.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.config.id
    }

    /// What it has counted.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The trap taken last, if any.
    #[must_use]
    pub fn last_trap(&self) -> Option<&Trap> {
        self.last_trap.as_ref()
    }

    /// Tells the hart the levels of its interrupt lines, as bits of `mip`.
    pub fn set_lines(&mut self, lines: u64) {
        self.lines = lines;
    }

    /// When the hart's own timer (`stimecmp`) will interrupt, if it will.
    #[must_use]
    pub fn deadline(&self, clock: &Clock, now: Instant) -> Option<Instant> {
        self.csrs.stimecmp_deadline(clock, now)
    }

    /// Whether an interrupt that is enabled in `mie` is pending: `wfi` ends.
    #[must_use]
    pub fn is_woken(&self, clock: &Clock, now: Instant) -> bool {
        self.csrs.mip(self.lines, clock.ticks(now)) & self.csrs.mie != 0
    }

    /// The bits of `mip` at `now`.
    pub(crate) fn pending(&self, env: &Env<'_>, now: Instant) -> u64 {
        self.csrs.mip(self.lines, env.bus.clock.ticks(now))
    }

    /// Whether any interrupt could be taken now, were it pending.
    pub(crate) fn can_be_interrupted(&self) -> bool {
        self.csrs.can_be_interrupted(self.privilege)
    }

    /// Drops all translations that were remembered. A guest that fences as it
    /// must cannot tell; tests of that call it between instructions.
    pub fn forget_translations(&mut self) {
        self.tlb.flush_all();
    }

    /// Drops the reservation of LR, as when another hart has its turn.
    pub fn drop_reservation(&mut self) {
        self.reservation = None;
    }

    /// Virtual time between two instructions.
    pub(crate) fn now(&self, env: &Env<'_>) -> Instant {
        Instant(self.retired().wrapping_add(env.skew))
    }

    /// Brings everything up to date that follows from privilege, `mstatus`,
    /// `satp` and `menvcfg`.
    pub(crate) fn context_changed(&mut self) {
        let (data, code) = self.csrs.contexts(self.privilege, self.config.isa);
        self.tlb.select(data, code);
        self.fp.fs = (self.csrs.mstatus & mstatus::FS) >> mstatus::FS.trailing_zeros();
    }
}
