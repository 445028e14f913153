//! A world for the paging core to live in: memory, two disks, and a hart with a TLB
//! that keeps everything until it is told to forget.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::HashMap;

use pagewalk_kernel::mem::{
    Access, Asid, Config, Disk, Event, Flush, IoError, IoRequest, Mm, PAGE_SIZE, Page, PhysMemory,
    Placement, Policy, Ppn, Prot, Pte, SpaceId, Stop, What,
};

const FIRST_TABLE: u64 = 0x8_0000;
const FIRST_FRAME: u64 = 0x9_0000;
pub(crate) const SECTOR: usize = 512;

/// Physical memory: a pool of tables, then frames.
pub(crate) struct Ram {
    tables: Vec<[u8; PAGE_SIZE]>,
    free: Vec<u64>,
    frames: Vec<[u8; PAGE_SIZE]>,
}

impl Ram {
    fn new(tables: usize, frames: usize) -> Ram {
        Ram {
            tables: vec![[0; PAGE_SIZE]; tables],
            free: (0..tables as u64).collect(),
            frames: vec![[0xa5; PAGE_SIZE]; frames],
        }
    }

    pub(crate) fn tables_in_use(&self) -> usize {
        self.tables.len() - self.free.len()
    }
}

impl PhysMemory for Ram {
    fn alloc_table(&mut self) -> Option<Ppn> {
        let number = self.free.pop()?;
        self.tables[number as usize] = [0; PAGE_SIZE];
        Some(Ppn(FIRST_TABLE + number))
    }

    fn free_table(&mut self, table: Ppn) {
        let number = table.0 - FIRST_TABLE;
        assert!(!self.free.contains(&number), "freed twice");
        self.tables[number as usize] = [0xff; PAGE_SIZE];
        self.free.push(number);
    }

    fn read_entry(&self, table: Ppn, index: usize) -> u64 {
        let page = &self.tables[(table.0 - FIRST_TABLE) as usize];
        u64::from_le_bytes(page[index * 8..][..8].try_into().unwrap())
    }

    fn write_entry(&mut self, table: Ppn, index: usize, entry: u64) {
        let page = &mut self.tables[(table.0 - FIRST_TABLE) as usize];
        page[index * 8..][..8].copy_from_slice(&entry.to_le_bytes());
    }

    fn bytes(&self, page: Ppn) -> &[u8; PAGE_SIZE] {
        match page.0.checked_sub(FIRST_FRAME) {
            Some(frame) => &self.frames[frame as usize],
            None => &self.tables[(page.0 - FIRST_TABLE) as usize],
        }
    }

    fn bytes_mut(&mut self, page: Ppn) -> &mut [u8; PAGE_SIZE] {
        let frame = page
            .0
            .checked_sub(FIRST_FRAME)
            .expect("only frames are written to");
        &mut self.frames[frame as usize]
    }

    fn copy(&mut self, from: Ppn, to: Ppn) {
        *self.bytes_mut(to) = *self.bytes(from);
    }
}

/// Who maintains A and D.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ad {
    /// The hart (Svadu).
    Hardware,
    /// The kernel (Svade).
    Fault,
}

pub(crate) struct World {
    pub(crate) mm: Mm<Ram>,
    pub(crate) ad: Ad,
    tlb: HashMap<(Asid, Page), Pte>,
    swap: Vec<[u8; PAGE_SIZE]>,
    /// Taken from the core and not reported yet; of writes, what memory was then.
    pub(crate) requests: Vec<(IoRequest, [u8; PAGE_SIZE])>,
    /// Requests that the disks have done.
    pub(crate) reads: u64,
    pub(crate) writes: u64,
}

pub(crate) fn config(frames: u32, swap_slots: u32) -> Config {
    let first_frame = Ppn(FIRST_FRAME);
    Config {
        first_frame,
        frames,
        swap_slots,
        asid_bits: 16,
        policy: Policy::Clock,
    }
}

/// Byte `offset` of the root disk.
pub(crate) fn disk_byte(offset: u64) -> u8 {
    (offset.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8 | 1
}

impl World {
    pub(crate) fn new(config: &Config, tables: usize, ad: Ad) -> World {
        let mm = Mm::new(Ram::new(tables, config.frames as usize), config).unwrap();
        World {
            mm,
            ad,
            tlb: HashMap::new(),
            swap: vec![[0xc3; PAGE_SIZE]; config.swap_slots as usize],
            requests: Vec::new(),
            reads: 0,
            writes: 0,
        }
    }

    /// A world with `frames` and enough of everything else.
    pub(crate) fn with_frames(frames: u32) -> World {
        World::new(&config(frames, 64), 256, Ad::Hardware)
    }

    /// One access of eight bytes by the hart; a store stores `value`. A fault comes
    /// back as an error.
    pub(crate) fn hart(
        &mut self,
        space: SpaceId,
        va: u64,
        access: Access,
        value: u64,
    ) -> Option<u64> {
        let (root, asid) = self.mm.activate(space);
        for flush in self.mm.take_flushes() {
            match flush {
                Flush::Page { asid, page } => drop(self.tlb.remove(&(asid, page))),
                Flush::Space(asid) => self.tlb.retain(|&(of, _), _| of != asid),
                Flush::All => self.tlb.clear(),
            }
        }
        let page = Page::of(va);
        let needed = match access {
            Access::Load => Pte::R,
            Access::Store => Pte::W,
            Access::Fetch => Pte::X,
        };
        let marks = if access == Access::Store {
            Pte::A | Pte::D
        } else {
            Pte::A
        };
        let allows = |pte: Pte| pte.has(Pte::V) && pte.has(Pte::U) && pte.has(needed);
        let mut pte = match self.tlb.get(&(asid, page)) {
            Some(&known) => known,
            None => self.walk(root, page).map(|(_, _, pte)| pte)?,
        };
        if !allows(pte) {
            return None;
        }
        if pte.0 & marks != marks {
            if self.ad == Ad::Fault {
                return None;
            }
            // The hart reads the entry again to write the bits.
            let (table, index, now) = self.walk(root, page)?;
            if !allows(now) {
                return None;
            }
            pte = now.with(marks);
            self.mm.memory_mut().write_entry(table, index, pte.0);
        }
        self.tlb.insert((asid, page), pte);
        let offset = (va % PAGE_SIZE as u64) as usize;
        if access == Access::Store {
            let bytes = self.mm.memory_mut().bytes_mut(pte.ppn());
            bytes[offset..][..8].copy_from_slice(&value.to_le_bytes());
        }
        let bytes = self.mm.memory().bytes(pte.ppn());
        Some(u64::from_le_bytes(bytes[offset..][..8].try_into().unwrap()))
    }

    fn walk(&self, root: Ppn, page: Page) -> Option<(Ppn, usize, Pte)> {
        let mut table = root;
        for level in [2, 1] {
            let index = (page.0 >> (9 * level)) as usize & 511;
            let pte = Pte(self.mm.memory().read_entry(table, index));
            assert!(!pte.has(Pte::R | Pte::W | Pte::X));
            if !pte.is_present() {
                return None;
            }
            table = pte.ppn();
        }
        let index = page.0 as usize & 511;
        let pte = Pte(self.mm.memory().read_entry(table, index));
        assert!(
            !pte.is_present() || pte.has(Pte::R | Pte::X),
            "a pointer at the last level"
        );
        assert!(
            !pte.is_present() || !pte.has(Pte::W) || pte.has(Pte::R),
            "reserved"
        );
        pte.is_present().then_some((table, index, pte))
    }

    /// An access as a process makes it: faults are answered until it succeeds or the
    /// core says that it has to stop.
    pub(crate) fn try_access(
        &mut self,
        space: SpaceId,
        va: u64,
        access: Access,
        value: u64,
    ) -> Result<u64, Stop> {
        for _ in 0..8 {
            if let Some(value) = self.hart(space, va, access, value) {
                return Ok(value);
            }
            self.mm.fault(space, va, access)?;
        }
        panic!("{access:?} at {va:#x} faults for ever");
    }

    /// The same; disks work while it waits.
    pub(crate) fn access(
        &mut self,
        space: SpaceId,
        va: u64,
        access: Access,
        value: u64,
    ) -> Result<u64, Stop> {
        for _ in 0..1000 {
            match self.try_access(space, va, access, value) {
                Err(Stop::Wait(_)) => self.work(),
                other => return other,
            }
        }
        panic!("{access:?} at {va:#x} waits for ever");
    }

    pub(crate) fn load(&mut self, space: SpaceId, va: u64) -> u64 {
        self.access(space, va, Access::Load, 0).unwrap()
    }

    pub(crate) fn fetch(&mut self, space: SpaceId, va: u64) -> u64 {
        self.access(space, va, Access::Fetch, 0).unwrap()
    }

    pub(crate) fn store(&mut self, space: SpaceId, va: u64, value: u64) {
        self.access(space, va, Access::Store, value).unwrap();
    }

    /// Disks do everything that was asked of them, and `check` holds after each.
    pub(crate) fn work(&mut self) {
        self.take_requests();
        assert!(!self.requests.is_empty(), "waits for nothing");
        while !self.requests.is_empty() {
            self.complete(0, Ok(()));
            self.take_requests();
        }
    }

    pub(crate) fn take_requests(&mut self) {
        while let Some(request) = self.mm.next_io() {
            let content = *self.mm.memory().bytes(request.frame);
            self.requests.push((request, content));
        }
    }

    /// A disk does one of the requests.
    pub(crate) fn complete(&mut self, number: usize, result: Result<(), IoError>) {
        let (request, early) = self.requests.remove(number);
        let len = request.sectors as usize * SECTOR;
        let start = request.sector * SECTOR as u64;
        let slot = (start / PAGE_SIZE as u64) as usize;
        match (request.disk, request.write) {
            (Disk::Root, true) => panic!("the root disk is never written to"),
            (Disk::Root, false) => {
                let bytes = self.mm.memory_mut().bytes_mut(request.frame);
                // A read that fails may have written anything.
                let wrong = u8::from(result.is_err());
                for (at, byte) in bytes[..len].iter_mut().enumerate() {
                    *byte = disk_byte(start + at as u64) ^ wrong;
                }
                self.reads += 1;
            }
            (Disk::Swap, false) => {
                let mut page = self.swap[slot];
                if result.is_err() {
                    page[7] ^= 1;
                }
                *self.mm.memory_mut().bytes_mut(request.frame) = page;
                self.reads += 1;
            }
            (Disk::Swap, true) => {
                // One half as memory was at first, one as it is now: what is written
                // to while it goes out must not be trusted.
                let now = *self.mm.memory().bytes(request.frame);
                self.swap[slot][..2048].copy_from_slice(&early[..2048]);
                self.swap[slot][2048..].copy_from_slice(&now[2048..]);
                if result.is_err() {
                    self.swap[slot][9] ^= 1;
                }
                self.writes += 1;
            }
        }
        self.mm.io_done(request.id, result);
        self.check();
    }

    #[track_caller]
    pub(crate) fn check(&self) {
        if let Err(wrong) = self.mm.check() {
            panic!("{wrong}");
        }
        assert_eq!(
            self.mm.tables(),
            self.mm.memory().tables_in_use(),
            "page tables"
        );
    }

    pub(crate) fn space(&mut self) -> SpaceId {
        self.mm.create_space().unwrap()
    }

    /// Maps `count` pages of anonymous memory at page `at`.
    pub(crate) fn anonymous(&mut self, space: SpaceId, at: u64, count: u64) {
        self.map(space, at, count, Prot::READ_WRITE, What::Anonymous);
    }

    pub(crate) fn map(&mut self, space: SpaceId, at: u64, count: u64, prot: Prot, what: What) {
        let placement = Placement::FixedIfFree(Page(at));
        assert_eq!(
            self.mm.map(space, count, prot, placement, what),
            Ok(Page(at))
        );
    }

    /// Counters of a space that are not zero, flushes left out.
    pub(crate) fn counted(&self, space: SpaceId) -> Vec<(&'static str, u64)> {
        let counters = self.mm.counters(space);
        let events = Event::ALL
            .into_iter()
            .filter(|&event| event != Event::Flush);
        let all = events.map(|event| (event.name(), counters.get(event)));
        all.filter(|&(_, count)| count > 0).collect()
    }
}

/// The first address of a page.
pub(crate) fn at(page: u64) -> u64 {
    Page(page).address()
}
