//! Memory and harts without the rest of a machine.

use pagewalk_bus::{Bus, Instant, Lines, PhysAddr, Ram, Width};
use pagewalk_hart::{AdPolicy, Blocks, Config, Counts, Env, Hart, Stop};
use pagewalk_isa::{Csr, IsaSet};
use pagewalk_mmu::{Privilege, Pte, VirtAddr};

/// Where RAM begins.
pub(crate) const BASE: u64 = 0x8000_0000;

/// Some harts at [`BASE`], in M-mode, and memory for them.
pub(crate) struct Board {
    pub(crate) bus: Bus,
    pub(crate) blocks: Blocks,
    pub(crate) harts: Vec<Box<Hart>>,
    /// Virtual time minus instructions retired.
    pub(crate) skew: u64,
    /// How many tables [`Board::map`] has made.
    tables: u64,
}

/// Everything of a hart that a guest could find out.
#[derive(PartialEq, Debug)]
pub(crate) struct State {
    pub(crate) retired: u64,
    pub(crate) pc: u64,
    pub(crate) privilege: Privilege,
    pub(crate) x: [u64; 32],
    pub(crate) f: [u64; 32],
    pub(crate) csrs: Vec<(&'static str, u64)>,
    pub(crate) traps: ([u64; 32], [u64; 16]),
}

impl Board {
    pub(crate) fn new(pages: u64, harts: u64) -> Self {
        Self::with(pages, harts, IsaSet::ANNOUNCED, AdPolicy::Hardware)
    }

    pub(crate) fn with(pages: u64, harts: u64, isa: IsaSet, ad: AdPolicy) -> Self {
        let ram = Ram::new(PhysAddr(BASE), pages * 4096).expect("a small mapping");
        let harts = (0..harts).map(|id| {
            Hart::new(Config {
                id,
                isa,
                ad,
                reset_pc: BASE,
            })
        });
        Self {
            bus: Bus::new(ram, Lines::new(1)),
            blocks: Blocks::default(),
            harts: harts.collect(),
            skew: 0,
            tables: 0,
        }
    }

    /// Puts instructions at `at`.
    pub(crate) fn code(&mut self, at: u64, words: &[u32]) {
        for (index, word) in words.iter().enumerate() {
            let pa = PhysAddr(at + 4 * index as u64);
            self.bus
                .ram
                .write(pa, Width::B4, u64::from(*word))
                .expect("code fits into RAM");
        }
    }

    pub(crate) fn write(&mut self, at: u64, value: u64) {
        self.bus
            .ram
            .write(PhysAddr(at), Width::B8, value)
            .expect("RAM");
    }

    pub(crate) fn read(&self, at: u64) -> u64 {
        self.bus.ram.read(PhysAddr(at), Width::B8).expect("RAM")
    }

    /// Maps the page of `va` to that of `pa` in the Sv39 tables at `root`, and
    /// returns where the leaf is. More tables go behind the root, a page each.
    pub(crate) fn map(&mut self, root: u64, va: u64, pa: u64, bits: u64) -> u64 {
        let mut table = root;
        for level in [2, 1] {
            let slot = table + 8 * VirtAddr(va).vpn(level);
            if self.read(slot) == 0 {
                self.tables += 1;
                let next = root + 0x1000 * self.tables;
                self.write(slot, Pte::new(PhysAddr(next), Pte::V).0);
            }
            table = Pte(self.read(slot)).address().0;
        }
        let leaf = table + 8 * VirtAddr(va).vpn(0);
        self.write(leaf, Pte::new(PhysAddr(pa), bits).0);
        leaf
    }

    /// Runs hart `index` for at most `budget` instructions.
    pub(crate) fn run(&mut self, index: usize, budget: u64) -> Stop {
        let mut env = Env {
            bus: &mut self.bus,
            blocks: &mut self.blocks,
            skew: self.skew,
        };
        self.harts[index].run(&mut env, budget)
    }

    /// Runs hart `index` from `pc` to a `j .`, with budgets that leave blocks
    /// whole.
    pub(crate) fn call(&mut self, index: usize, pc: u64) {
        self.harts[index].set_pc(pc);
        for _ in 0..100 {
            match self.run(index, 1_000_000) {
                Stop::Parked => return,
                Stop::Verdict(verdict) => panic!("{verdict:?}"),
                _ => {}
            }
        }
        panic!("no end: {:#x}", self.harts[index].pc());
    }

    pub(crate) fn x(&self, hart: usize, number: usize) -> u64 {
        self.harts[hart].x()[number]
    }

    pub(crate) fn csr(&self, hart: usize, csr: Csr) -> u64 {
        let hart = &self.harts[hart];
        let now = Instant(hart.retired().wrapping_add(self.skew));
        hart.csr(csr, &self.bus.clock, now)
    }

    pub(crate) fn state(&self, index: usize) -> State {
        let hart = &self.harts[index];
        let Counts {
            exceptions,
            interrupts,
            ..
        } = *hart.counts();
        State {
            retired: hart.retired(),
            pc: hart.pc(),
            privilege: hart.privilege(),
            x: *hart.x(),
            f: *hart.f(),
            csrs: Csr::ALL
                .into_iter()
                .map(|csr| (csr.name(), self.csr(index, csr)))
                .collect(),
            traps: (exceptions, interrupts),
        }
    }

    pub(crate) fn memory(&self) -> Vec<u8> {
        let size = self.bus.ram.size() as usize;
        let mut bytes = vec![0; size];
        self.bus
            .ram
            .read_bytes(PhysAddr(BASE), &mut bytes)
            .expect("all of RAM");
        bytes
    }
}
