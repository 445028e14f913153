//! A guest that fences as the specification demands cannot tell whether
//! translations are remembered.
//!
//! Random programs in M-mode change page tables, `satp`, `mstatus`, PMP and
//! `menvcfg`, each followed by a fence that suffices, and access memory by
//! MPRV and by excursions to S- and U-mode. Each runs twice: as it is, and with
//! every translation forgotten before every instruction.
//!
//! Source: Privileged ISA, "Supervisor Memory-Management Fence Instruction",
//! with the rules for what needs a fence, and which form of it.

use pagewalk_hart::{AdPolicy, Stop};
use pagewalk_isa::{Csr, IsaSet, Op};
use pagewalk_mmu::{Mode, PhysAddr, Pte, VirtAddr};

use crate::asm::{addi, csr, i, jal, plain, r, s};
use crate::board::{BASE, Board, State};
use crate::random::Random;

const PROGRAMS: u64 = if cfg!(debug_assertions) { 250 } else { 4000 };
const ACTIONS: usize = 150;
const LENGTH: u64 = 6000;

/// 2 MiB of RAM, so that a superpage can cover it.
const PAGES: u64 = 512;
const HANDLER: u64 = BASE;
const PROGRAM: u64 = BASE + 0x1000;
/// Constants of the program, read one after the other.
const CONSTANTS: u64 = BASE + 0xa000;
const TABLES: u64 = BASE + 0x1_0000;
/// 16 pages that are mapped, aligned so that they can be one NAPOT page.
const FRAMES: u64 = BASE + 0x4_0000;
/// Where the handler notes traps.
const LOG: u64 = BASE + 0x8_0000;

/// Registers with a meaning throughout.
const LOG_AT: u8 = 2;
const CONTINUE: u8 = 3;
const CONSTANT_AT: u8 = 4;
const MPRV_MPP: u8 = 29;
const TEMPORARY: u8 = 31;

/// The first page of the 16 that are sometimes one NAPOT page.
const NAPOT_VA: u64 = 0x1_0000;
/// The 2 MiB that are sometimes one superpage.
const SUPER_VA: u64 = 0x20_0000;
/// In the same place of the TLB as pages of the others.
const CONFLICT_VA: u64 = 0x40_0000;

/// Page tables of one address space.
struct Space {
    root: u64,
    asid: u64,
    mode: Mode,
    napot: bool,
    superpage: bool,
    super_pointer: u64,
}

struct Builder<'a> {
    random: &'a mut Random,
    board: &'a mut Board,
    code: Vec<u32>,
    constants: Vec<u64>,
    next_table: u64,
    spaces: Vec<Space>,
    /// Whether there may be global pages, which a fence with an ASID spares. They are
    /// the same in all address spaces, which are one then, under two ASIDs.
    globals: bool,
    /// The space that `satp` names, or named before it was Bare.
    current: usize,
}

impl Builder<'_> {
    /// Emits `rd = value`.
    fn constant(&mut self, rd: u8, value: u64) {
        self.constants.push(value);
        self.code.push(i(Op::Ld, rd, CONSTANT_AT, 0));
        self.code.push(addi(CONSTANT_AT, CONSTANT_AT, 8));
    }

    fn new_table(&mut self) -> u64 {
        let table = self.next_table;
        self.next_table += 0x1000;
        assert!(self.next_table <= FRAMES, "room for page tables");
        table
    }

    fn new_space(&mut self, mode: Mode, asid: u64) -> Space {
        let root = self.new_table();
        let mut space = Space {
            root,
            asid,
            mode,
            napot: false,
            superpage: false,
            super_pointer: 0,
        };
        for va in [0, NAPOT_VA, SUPER_VA, CONFLICT_VA, u64::MAX] {
            self.slot(&space, va, 0);
        }
        let slot = self.slot(&space, SUPER_VA, 1);
        space.super_pointer = self.board.read(slot);
        space
    }

    /// The address of the entry of `level` for `va`; makes the tables above.
    fn slot(&mut self, space: &Space, va: u64, level: u8) -> u64 {
        let mut table = space.root;
        let mut at = space.mode.levels() - 1;
        loop {
            let slot = table + 8 * VirtAddr(va).vpn(at);
            if at == level {
                return slot;
            }
            if self.board.read(slot) == 0 {
                let next = self.new_table();
                self.board.write(slot, Pte::new(PhysAddr(next), Pte::V).0);
            }
            table = Pte(self.board.read(slot)).address().0;
            at -= 1;
        }
    }

    /// A page that the guest can reach, more or less.
    fn page(&mut self) -> u64 {
        let most = if self.random.percent(80) { 3 } else { 16 };
        let index = self.random.below(most) << 12;
        match self.random.below(10) {
            0..4 => NAPOT_VA + index,
            4..7 => SUPER_VA + index + (FRAMES & 0x1f_ffff),
            7..9 => CONFLICT_VA + (NAPOT_VA & 0x1f_ffff) + index,
            _ => self.random.pick(&[0, 0u64.wrapping_sub(0x1000)]),
        }
    }

    /// An address in such a page, or one that has no translation.
    fn address(&mut self) -> u64 {
        if self.random.percent(3) {
            return self
                .random
                .pick(&[1 << 38, (1 << 38) - 4, 1 << 47, 1 << 56, u64::MAX - 3]);
        }
        let offset = match self.random.below(4) {
            0 => 0xff9 + self.random.below(7),
            1 => self.random.below(0x1000),
            _ => 0x800 + 8 * self.random.below(16),
        };
        self.page().wrapping_add(offset)
    }

    /// Permissions and A, D, U, G: mostly such that something works.
    fn leaf_bits(&mut self) -> u64 {
        let mut bits = Pte::V | Pte::A | Pte::D | Pte::R | Pte::W | Pte::X;
        for (bit, percent) in [
            (Pte::V, 3),
            (Pte::A, 5),
            (Pte::D, 15),
            (Pte::R, 6),
            (Pte::W, 10),
            (Pte::X, 10),
        ] {
            if self.random.percent(percent) {
                bits &= !bit;
            }
        }
        if self.random.percent(50) {
            bits |= Pte::U;
        }
        if self.globals && self.random.percent(20) {
            bits |= Pte::G;
        }
        bits
    }

    fn fence(&mut self, va: Option<u64>, asid: Option<u64>) {
        let (mut rs1, mut rs2) = (0, 0);
        if let Some(va) = va {
            rs1 = 7;
            self.constant(rs1, va);
        }
        if let Some(asid) = asid {
            rs2 = 8;
            self.constant(rs2, asid);
        }
        let op = self
            .random
            .pick(&[Op::SfenceVma, Op::SfenceVma, Op::SinvalVma]);
        self.code.push(r(op, 0, rs1, rs2));
    }

    /// Emits the change of one or more leaves, the first for `va`, that were
    /// `old`, and a fence that reaches all of them. `va` may only be named if
    /// one page of the old mapping covered all.
    fn change(&mut self, slots: &[(u64, u64)], asid: u64, va: Option<u64>) {
        for (slot, value) in slots {
            self.constant(5, *slot);
            self.constant(6, *value);
            self.code.push(s(Op::Sd, 6, 5, 0));
        }
        let va = va.filter(|_| self.random.percent(90));
        let with_asid = !self.globals && self.random.percent(50);
        self.fence(va, with_asid.then_some(asid));
    }

    /// Mostly the space that `satp` names.
    fn some_space(&mut self) -> usize {
        if self.random.percent(80) {
            self.current
        } else {
            self.random.below(self.spaces.len() as u64) as usize
        }
    }

    fn change_page(&mut self, va: u64) {
        let number = self.some_space();
        let space = self.spaces.remove(number);
        let in_napot = va & !0xffff == NAPOT_VA && space.napot;
        let in_super = va & !0x1f_ffff == SUPER_VA && space.superpage;
        if !in_napot && !in_super {
            let frame = match self.random.below(20) {
                0 => 0x1000_0000,
                1 => BASE + PAGES * 0x1000,
                _ => FRAMES + (self.random.below(16) << 12),
            };
            let value = Pte::new(PhysAddr(frame), self.leaf_bits()).0;
            let slot = self.slot(&space, va, 0);
            self.change(&[(slot, value)], space.asid, Some(va));
        }
        self.spaces.insert(number, space);
    }

    /// The 16 pages at `NAPOT_VA` become one page, or 16 again.
    fn change_napot(&mut self) {
        let number = self.some_space();
        let mut space = self.spaces.remove(number);
        let was_one = space.napot;
        space.napot = self.random.percent(60);
        let bits = self.leaf_bits();
        let mut slots = Vec::new();
        for index in 0..16 {
            let slot = self.slot(&space, NAPOT_VA + (index << 12), 0);
            let value = if space.napot {
                Pte::new(PhysAddr(FRAMES + 0x8000), bits | Pte::N)
            } else {
                Pte::new(PhysAddr(FRAMES + ((15 - index) << 12)), self.leaf_bits())
            };
            slots.push((slot, value.0));
        }
        let va = was_one.then_some(NAPOT_VA + (self.random.below(16) << 12));
        self.change(&slots, space.asid, va);
        self.spaces.insert(number, space);
    }

    /// The 2 MiB at `SUPER_VA` become one page, or a table of pages again.
    fn change_superpage(&mut self) {
        let number = self.some_space();
        let mut space = self.spaces.remove(number);
        let was_one = space.superpage;
        space.superpage = self.random.percent(60);
        let slot = self.slot(&space, SUPER_VA, 1);
        let value = if space.superpage {
            let misaligned = if self.random.percent(10) { 0x1000 } else { 0 };
            Pte::new(PhysAddr(BASE + misaligned), self.superpage_bits()).0
        } else {
            space.super_pointer
        };
        let va = was_one.then_some(SUPER_VA + (self.random.below(512) << 12));
        self.change(&[(slot, value)], space.asid, va);
        self.spaces.insert(number, space);
    }

    /// The superpage also maps the page tables, which nobody may write
    /// without a fence.
    fn superpage_bits(&mut self) -> u64 {
        self.leaf_bits() & !(Pte::W | Pte::D)
    }

    fn change_satp(&mut self) {
        let number = self.random.below(self.spaces.len() as u64) as usize;
        let other = u64::from(self.globals && self.random.percent(50));
        let space = &self.spaces[number];
        let asid = space.asid + other;
        let satp = space.mode.satp_bits() << 60 | asid << 44 | space.root >> 12;
        let value = if self.random.percent(5) { 0 } else { satp };
        self.constant(5, value);
        self.code.push(csr(Op::Csrrw, 0, Csr::Satp, 5));
        self.current = number;
    }

    fn change_status(&mut self) {
        const SUM_MXR: u64 = 1 << 18 | 1 << 19;
        self.constant(5, SUM_MXR);
        self.code.push(csr(Op::Csrrc, 0, Csr::Mstatus, 5));
        let bits = self.random.next() & SUM_MXR;
        self.constant(5, bits);
        self.code.push(csr(Op::Csrrs, 0, Csr::Mstatus, 5));
    }

    /// The same access before and after `change`, which is about the mapping
    /// of `va`.
    fn around(&mut self, va: u64, change: impl FnOnce(&mut Self)) {
        let va = va.wrapping_add(0x800 + 8 * self.random.below(16));
        let status = self.random.below(2) << 11 | 1 << 17;
        let access = if self.random.percent(40) {
            s(Op::Sw, 10, 5, 0)
        } else {
            i(Op::Ld, 9, 5, 0)
        };
        self.access_by_mprv(va, status, &[access]);
        change(self);
        self.access_by_mprv(va, status, &[access]);
    }

    /// Emits accesses at `va`, with these bits of `mstatus`.
    fn access_by_mprv(&mut self, va: u64, status: u64, accesses: &[u32]) {
        self.constant(5, va);
        self.constant(6, status);
        self.code.push(csr(Op::Csrrc, 0, Csr::Mstatus, MPRV_MPP));
        self.code.push(csr(Op::Csrrs, 0, Csr::Mstatus, 6));
        for access in accesses {
            self.code.push(*access);
            self.code.push(r(Op::Add, 10, 10, 9));
        }
        self.code.push(csr(Op::Csrrc, 0, Csr::Mstatus, MPRV_MPP));
    }

    /// Loads, stores and atomics, mostly by MPRV.
    fn access(&mut self) {
        let va = self.address();
        let mpp = self.random.pick(&[0, 1, 1, 3]) << 11;
        let mprv = if self.random.percent(95) { 1 << 17 } else { 0 };
        let accesses: Vec<u32> = (0..=self.random.below(2))
            .map(|_| self.access_instruction())
            .collect();
        self.access_by_mprv(va, mpp | mprv, &accesses);
    }

    fn access_instruction(&mut self) -> u32 {
        match self.random.below(16) {
            0 => i(Op::LrD, 9, 5, 0),
            1 => r(Op::ScD, 9, 5, 10),
            2 => r(Op::AmoaddW, 9, 5, 10),
            3 => r(Op::AmoswapD, 9, 5, 10),
            4 => i(Op::CboZero, 0, 5, 0),
            5 => i(Op::CboFlush, 0, 5, 0),
            6..10 => {
                let op = self.random.pick(&[Op::Sb, Op::Sh, Op::Sw, Op::Sd]);
                s(op, 10, 5, 0)
            }
            _ => {
                let op = self.random.pick(&[Op::Lbu, Op::Lh, Op::Lw, Op::Ld, Op::Ld]);
                i(op, 9, 5, 0)
            }
        }
    }

    /// Executes code in a page in S- or U-mode, until it traps.
    fn excursion(&mut self) {
        let va = self
            .page()
            .wrapping_add(self.random.pick(&[0x40, 0x40, 0xffe]));
        self.constant(5, va);
        self.code.push(csr(Op::Csrrw, 0, Csr::Mepc, 5));
        self.code.push(csr(Op::Csrrc, 0, Csr::Mstatus, MPRV_MPP));
        let mpp = self.random.below(2) << 11;
        self.constant(5, mpp);
        self.code.push(csr(Op::Csrrs, 0, Csr::Mstatus, 5));
        self.code.push(i(Op::Auipc, CONTINUE, 0, 0));
        self.code.push(addi(CONTINUE, CONTINUE, 12));
        self.code.push(plain(Op::Mret));
    }

    fn change_pmp(&mut self) {
        let start = FRAMES + (self.random.below(16) << 12);
        let region = match self.random.below(3) {
            0 => start >> 2 | 0x1ff,
            1 => (start + 0x800) >> 2 | 0x3,
            _ => FRAMES >> 2 | 0x1fff,
        };
        self.constant(5, region);
        self.code.push(csr(Op::Csrrw, 0, Csr::Pmpaddr(0), 5));
        let permissions = self
            .random
            .pick(&[0x18, 0x19, 0x1b, 0x1d, 0x1f, 0, 0, 0, 0, 0]);
        self.constant(5, 0x1f00 | permissions);
        self.code.push(csr(Op::Csrrw, 0, Csr::Pmpcfg(0), 5));
        self.fence(None, None);
    }

    fn change_adue(&mut self) {
        self.constant(5, 1 << 61);
        let op = self.random.pick(&[Op::Csrrs, Op::Csrrs, Op::Csrrc]);
        self.code.push(csr(op, 0, Csr::Menvcfg, 5));
        self.fence(None, None);
    }

    fn action(&mut self) {
        match self.random.below(100) {
            0..20 => {
                let va = self.page();
                self.around(va, |builder| builder.change_page(va));
            }
            20..23 => {
                let va = NAPOT_VA + (self.random.below(16) << 12);
                self.around(va, Self::change_napot);
            }
            23..27 => {
                let va = SUPER_VA + (FRAMES & 0x1f_ffff) + (self.random.below(16) << 12);
                self.around(va, Self::change_superpage);
            }
            27..35 => self.change_satp(),
            35..47 => self.change_status(),
            47..80 => self.access(),
            80..97 => self.excursion(),
            97 | 98 => {
                let va = self.page();
                self.around(va, Self::change_pmp);
            }
            _ => self.change_adue(),
        }
    }
}

/// What is in each page that is mapped: code that loads and stores beside
/// itself, and the second half of an instruction that begins in the page
/// before.
fn fill_frames(board: &mut Board) {
    for number in 0..16 {
        let frame = FRAMES + (number << 12);
        let across = addi(20, 20, 1);
        let mut bytes = (across >> 16).to_le_bytes()[..2].to_vec();
        bytes.extend(plain(Op::Ecall).to_le_bytes());
        let ram = &mut board.bus.ram;
        ram.write_bytes(PhysAddr(frame), &bytes).expect("RAM");
        ram.write_bytes(PhysAddr(frame + 0xffe), &across.to_le_bytes()[..2])
            .expect("RAM");
        let step = number as i32 + 1;
        board.code(
            frame + 0x40,
            &[
                i(Op::Auipc, 21, 0, 0),
                i(Op::Ld, 22, 21, 0x7c0),
                addi(22, 22, step),
                s(Op::Sd, 22, 21, 0x7c0),
                s(Op::Sd, 22, 21, 0x20),
                i(Op::Ld, 23, 21, 0x7c8),
                r(Op::Add, 20, 20, 23),
                plain(Op::Ecall),
            ],
        );
    }
}

/// Notes the trap; goes on behind it in M-mode, or ends an excursion.
fn handler() -> Vec<u32> {
    let note = |register, offset| {
        [
            csr(Op::Csrrs, TEMPORARY, register, 0),
            s(Op::Sd, TEMPORARY, LOG_AT, offset),
        ]
    };
    let mut code = Vec::new();
    code.extend(note(Csr::Mcause, 0));
    code.extend(note(Csr::Mtval, 8));
    code.extend(note(Csr::Mepc, 16));
    code.extend([
        addi(LOG_AT, LOG_AT, 24),
        csr(Op::Csrrs, TEMPORARY, Csr::Mstatus, 0),
        i(Op::Srli, TEMPORARY, TEMPORARY, 11),
        i(Op::Andi, TEMPORARY, TEMPORARY, 3),
        addi(TEMPORARY, TEMPORARY, -3),
        s(Op::Beq, 0, TEMPORARY, 24),
        csr(Op::Csrrw, 0, Csr::Mepc, CONTINUE),
        addi(TEMPORARY, 0, 3),
        i(Op::Slli, TEMPORARY, TEMPORARY, 11),
        csr(Op::Csrrs, 0, Csr::Mstatus, TEMPORARY),
        plain(Op::Mret),
        csr(Op::Csrrs, TEMPORARY, Csr::Mepc, 0),
        addi(TEMPORARY, TEMPORARY, 4),
        csr(Op::Csrrw, 0, Csr::Mepc, TEMPORARY),
        plain(Op::Mret),
    ]);
    code
}

fn build(seed: u64) -> Board {
    let mut random = Random::new(seed);
    let mut board = Board::with(PAGES, 1, IsaSet::ANNOUNCED, AdPolicy::Guest);
    board.code(HANDLER, &handler());
    fill_frames(&mut board);
    let mode = random.pick(&[Mode::Sv39, Mode::Sv39, Mode::Sv48, Mode::Sv57]);
    let mut builder = Builder {
        random: &mut random,
        board: &mut board,
        code: Vec::new(),
        constants: Vec::new(),
        next_table: TABLES,
        spaces: Vec::new(),
        globals: false,
        current: 0,
    };
    builder.globals = builder.random.percent(40);
    let asids: &[u64] = if builder.globals { &[1] } else { &[1, 2] };
    for &asid in asids {
        let space = builder.new_space(mode, asid);
        builder.spaces.push(space);
    }
    for (register, value) in [
        (Csr::Mtvec, HANDLER),
        (Csr::Pmpaddr(1), u64::MAX),
        (Csr::Pmpcfg(0), 0x1f00),
        (Csr::Menvcfg, 0xf0),
    ] {
        builder.constant(5, value);
        builder.code.push(csr(Op::Csrrw, 0, register, 5));
    }
    // Many of the pages are mapped before anything is tried.
    for _ in 0..90 {
        let va = builder.page();
        builder.change_page(va);
    }
    builder.change_satp();
    for _ in 0..ACTIONS {
        builder.action();
    }
    builder.code.push(jal(0, 0));
    let (code, constants) = (builder.code, builder.constants);
    assert!(PROGRAM + 4 * code.len() as u64 <= CONSTANTS);
    assert!(CONSTANTS + 8 * constants.len() as u64 <= TABLES);
    board.code(PROGRAM, &code);
    for (index, constant) in constants.iter().enumerate() {
        board.write(CONSTANTS + 8 * index as u64, *constant);
    }
    let hart = &mut board.harts[0];
    hart.set_x(CONSTANT_AT, CONSTANTS);
    hart.set_x(LOG_AT, LOG);
    hart.set_x(MPRV_MPP, 1 << 17 | 3 << 11);
    hart.set_x(10, 0x0123_4567_89ab_cdef);
    hart.set_pc(PROGRAM);
    board
}

/// The state and memory in the end.
fn run(seed: u64, mut piece: impl FnMut(&mut Board) -> u64) -> (State, Vec<u8>) {
    let mut board = build(seed);
    while board.harts[0].retired() < LENGTH {
        let left = LENGTH - board.harts[0].retired();
        let budget = piece(&mut board).min(left);
        if matches!(board.run(0, budget), Stop::Parked | Stop::Verdict(_)) {
            break;
        }
    }
    (board.state(0), board.memory())
}

#[test]
fn remembered_translations_do_not_show() {
    let mut traps = 0;
    let mut excursions = 0;
    for seed in 0..PROGRAMS {
        let (expected, memory) = run(seed, |board| {
            board.harts[0].forget_translations();
            1
        });
        traps += expected.traps.0.iter().sum::<u64>();
        excursions += expected.traps.0[8] + expected.traps.0[9];
        let mut random = Random::new(!seed);
        for most in [u64::MAX, 40] {
            let (state, its_memory) = run(seed, |_| match most {
                u64::MAX => u64::MAX,
                _ => 1 + random.below(most),
            });
            assert_eq!(expected, state, "program {seed}, pieces up to {most}");
            assert!(memory == its_memory, "program {seed}: memory differs");
        }
    }
    // Enough went wrong, and enough went well, or this would test nothing.
    assert!(traps > 10 * PROGRAMS, "{traps} traps");
    assert!(excursions > 2 * PROGRAMS, "{excursions} excursions");
}
