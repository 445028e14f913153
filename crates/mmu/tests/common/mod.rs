//! Page tables in a fake memory, for all tests of the walk.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this module"
)]

use std::collections::{BTreeMap, BTreeSet};

use pagewalk_mmu::{
    Access, Context, Mode, NoMemory, PAGE_SIZE, PhysAddr, Pmp, Privilege, Pte, PteMemory, PteView,
    Reason, VirtAddr,
};

/// Memory for page tables: words that exist, pages that are read-only, what
/// happens at the leaf, and what another hart does meanwhile.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Memory {
    pub words: BTreeMap<u64, u64>,
    /// First addresses of pages that cannot be written.
    pub read_only: BTreeSet<u64>,
    /// What the memory attributes say of every access.
    pub leaf_refusal: Option<Reason>,
    /// The value that another hart writes into an entry just before the first
    /// compare-and-swap of it.
    pub interference: Option<u64>,
}

impl Memory {
    fn is_read_only(&self, pa: PhysAddr) -> bool {
        self.read_only.contains(&(pa.0 / PAGE_SIZE * PAGE_SIZE))
    }
}

impl PteMemory for Memory {
    fn read_pte(&mut self, pa: PhysAddr) -> Result<u64, NoMemory> {
        self.peek_pte(pa)
    }

    fn compare_and_swap_pte(
        &mut self,
        pa: PhysAddr,
        expected: u64,
        new: u64,
    ) -> Result<bool, NoMemory> {
        if self.is_read_only(pa) {
            return Err(NoMemory);
        }
        let interference = self.interference.take();
        let word = self.words.get_mut(&pa.0).ok_or(NoMemory)?;
        if let Some(value) = interference {
            *word = value;
        }
        if *word != expected {
            return Ok(false);
        }
        *word = new;
        Ok(true)
    }

    fn is_pte_writable(&mut self, pa: PhysAddr) -> bool {
        PteView::is_pte_writable(self, pa)
    }

    fn check_leaf(&mut self, pa: PhysAddr, len: u64, access: Access) -> Result<(), Reason> {
        PteView::check_leaf(self, pa, len, access)
    }
}

impl PteView for Memory {
    fn peek_pte(&self, pa: PhysAddr) -> Result<u64, NoMemory> {
        assert_eq!(pa.0 % 8, 0, "entries are aligned");
        self.words.get(&pa.0).copied().ok_or(NoMemory)
    }

    fn is_pte_writable(&self, pa: PhysAddr) -> bool {
        !self.is_read_only(pa)
    }

    fn check_leaf(&self, _: PhysAddr, _: u64, _: Access) -> Result<(), Reason> {
        match self.leaf_refusal {
            None => Ok(()),
            Some(reason) => Err(reason),
        }
    }
}

/// Bits of a base page that S-mode may use in every way.
pub const PAGE: u64 = Pte::V | Pte::R | Pte::W | Pte::X | Pte::A | Pte::D;
/// Where the page is that [`Scene::new`] maps.
pub const PAGE_PA: u64 = 0x8123_4000;
/// The root of the page tables; the table of each deeper level is in the page
/// after.
pub const ROOT: u64 = 0x8000_0000;

/// All that a translation takes, to be changed in one point and tried.
#[derive(Clone, Debug)]
pub struct Scene {
    pub va: VirtAddr,
    pub len: u64,
    pub access: Access,
    pub cx: Context,
    pub pmp: Pmp,
    pub mem: Memory,
}

impl Scene {
    /// An 8-byte load by S-mode at a page that allows everything, under Svade
    /// with Svnapot and Svpbmt.
    pub fn new(mode: Mode) -> Scene {
        let mut scene = Scene {
            va: VirtAddr(0x12_3456_7890 & !7),
            len: 8,
            access: Access::Load,
            cx: Context {
                mode,
                root: PhysAddr(ROOT),
                asid: 1,
                pbmte: true,
                svnapot: true,
                ..Context::bare(Privilege::Supervisor)
            },
            pmp: Pmp::open(),
            mem: Memory::default(),
        };
        for level in (1..mode.levels()).rev() {
            let next = scene.table(level - 1);
            scene.set(level, Pte::new(next, Pte::V));
        }
        scene.set(0, Pte::new(PhysAddr(PAGE_PA), PAGE));
        scene
    }

    /// The table of a level.
    pub fn table(&self, level: u8) -> PhysAddr {
        let depth = u64::from(self.cx.mode.levels() - 1 - level);
        PhysAddr(ROOT + depth * PAGE_SIZE)
    }

    /// Where the entry for `va` is.
    pub fn pte_addr(&self, level: u8) -> PhysAddr {
        PhysAddr(self.table(level).0 + self.va.vpn(level) * Pte::SIZE)
    }

    /// The entry for `va`.
    pub fn get(&self, level: u8) -> Pte {
        Pte(self.mem.words[&self.pte_addr(level).0])
    }

    /// Writes the entry for `va`.
    pub fn set(&mut self, level: u8, pte: Pte) {
        self.mem.words.insert(self.pte_addr(level).0, pte.0);
    }

    /// Sets bits of the entry for `va`.
    pub fn add(&mut self, level: u8, bits: u64) {
        self.set(level, Pte(self.get(level).0 | bits));
    }

    /// Clears bits of the entry for `va`.
    pub fn remove(&mut self, level: u8, bits: u64) {
        self.set(level, Pte(self.get(level).0 & !bits));
    }

    /// PMP entry 0 gives the 8 bytes at `pa` these permissions (R, W, X from
    /// bit 0); all else is open.
    pub fn protect(&mut self, pa: PhysAddr, perms: u64) {
        const NAPOT: u64 = 3 << 3;
        self.pmp = Pmp::new();
        self.pmp.write_addr(0, pa.0 >> 3 << 1);
        self.pmp.write_addr(1, u64::MAX);
        self.pmp.write_cfg(0, (NAPOT | 7) << 8 | NAPOT | perms);
    }

    pub fn translate(&mut self) -> Result<pagewalk_mmu::Translation, pagewalk_mmu::Fault> {
        let Scene {
            va,
            len,
            access,
            cx,
            pmp,
            mem,
        } = self;
        pagewalk_mmu::translate(*va, *len, *access, cx, pmp, mem)
    }

    pub fn probe(&mut self) -> Result<PhysAddr, pagewalk_mmu::Fault> {
        let Scene {
            va,
            len,
            access,
            cx,
            pmp,
            mem,
        } = self;
        pagewalk_mmu::probe(*va, *len, *access, cx, pmp, mem)
    }

    pub fn diagnose(&self) -> pagewalk_mmu::Walk {
        let Scene {
            va,
            len,
            access,
            cx,
            pmp,
            mem,
        } = self;
        pagewalk_mmu::diagnose(*va, *len, *access, cx, pmp, mem)
    }
}
