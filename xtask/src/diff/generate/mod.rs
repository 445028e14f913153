//! Makes random programs.
//!
//! A program is a list of units, each of an instruction or a few that belong
//! together. It runs in any mode, with or without translation, and what it
//! does is the same on every hart that follows the specification: where the
//! specification leaves a choice, the generator keeps away from it, or
//! `differences` knows of it.

mod control;
mod memory;
mod paging;
mod system;
mod table;

use std::collections::HashMap;

use pagewalk_isa::csr::{Csr, fields};
use pagewalk_isa::{Extension, IsaSet, Privilege};

use super::code::Unit;
use super::differences::{Choice, avoids};
use super::layout::{DATA_PAGES, PAGE, RELAY, Slot, fixed, mode_name};
use super::peer::Kind;
use super::program::Program;
use super::random::Random;
use super::values;
use paging::Vm;
use table::Tables;

/// What programs are to be like.
pub(super) struct Wishes {
    pub(super) isa: IsaSet,
    /// Only instructions of this extension, besides what surrounds them.
    pub(super) only: Option<Extension>,
    /// The emulators that must agree with ours.
    pub(super) peers: Vec<Kind>,
}

impl Wishes {
    /// Must programs keep away from this?
    fn avoids(&self, choice: Choice) -> bool {
        self.peers.iter().any(|peer| avoids(*peer, choice))
    }
}

/// Makes the programs of a run.
pub(super) struct Generator {
    wishes: Wishes,
    seed: u64,
    tables: Tables,
}

/// A program that is being made.
struct Context<'a> {
    random: Random,
    wishes: &'a Wishes,
    tables: &'a Tables,
    slot: Slot,
    home: Privilege,
    vm: Option<Vm>,
    /// What the registers of [`fixed::POINTERS`] hold.
    pointers: HashMap<u8, Pointer>,
    loops: usize,
    open_loop: Option<usize>,
    /// S may neither fence nor write satp.
    tvm: bool,
    tw: bool,
    ssip_is_delegated: bool,
    /// It may go on in another mode than its own.
    may_have_left: bool,
    has_waited: bool,
    guards: Guards,
}

/// What the entries of PMP forbid parts of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guards {
    None,
    Data,
    /// The PTEs of the windows.
    Tables,
}

/// An address in a register that stays as it is.
#[derive(Clone, Copy)]
struct Pointer {
    address: u64,
    /// Pages below and above that may be used as well.
    pages: (i64, i64),
}

const FS_BIT: u32 = fields::MSTATUS_FS.trailing_zeros();

/// Makes units of one kind, if the program can have them.
type Make = fn(&mut Context<'_>) -> Option<Unit>;

/// Kinds of units, and how many of 100 there are of each.
const KINDS: &[(Make, u32)] = &[
    (table::integer, 26),
    (table::compressed, 12),
    (table::float, 16),
    (table::hint, 2),
    (memory::access, 16),
    (memory::compressed, 4),
    (memory::wild, 2),
    (memory::reserved, 2),
    (table::refresh, 4),
    (control::branch, 5),
    (control::jump, 3),
    (control::nowhere, 1),
    (control::loop_edge, 2),
    (control::self_modifying, 1),
    (control::data_in_code, 2),
    (system::csr, 7),
    (system::status, 3),
    (system::illegal, 2),
    (system::environment, 1),
    (system::fence, 1),
    (system::change_mode, 1),
    (system::interrupt, 1),
    (system::wait, 1),
    (system::counter, 1),
    (paging::flip, 4),
    (paging::switch_root, 2),
];

/// The kinds that remain with `--only`.
const TABLE_KINDS: &[(Make, u32)] = &[
    (table::integer, 20),
    (table::compressed, 20),
    (table::float, 20),
    (table::hint, 2),
    (memory::access, 20),
    (memory::compressed, 10),
    (memory::reserved, 5),
    (table::refresh, 8),
];

impl Generator {
    pub(super) fn new(wishes: Wishes, seed: u64) -> Self {
        Self {
            tables: Tables::new(wishes.isa, wishes.only),
            wishes,
            seed,
        }
    }

    /// Is there any instruction to make programs of?
    pub(super) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Program number `index`.
    pub(super) fn program(&self, index: u64) -> Program {
        let mut random = Random::new(self.seed, index);
        let home = match random.below(10) {
            0..4 => Privilege::Machine,
            4..8 => Privilege::Supervisor,
            _ => Privilege::User,
        };
        let paged = match home {
            Privilege::Machine => random.percent(25),
            _ => random.percent(75),
        };
        let slot = Slot::of(index);
        let mut memory = values::memory(&mut random, (DATA_PAGES * PAGE) as usize);
        let guards = match random.below(100) {
            0..70 => Guards::None,
            70..90 => Guards::Data,
            _ if paged => Guards::Tables,
            _ => Guards::Data,
        };
        // Whether A and D are set when the access itself is forbidden is
        // left open.
        let settled = guards == Guards::Data || random.percent(30);
        let vm =
            paged.then(|| Vm::build(&mut random, &self.wishes, slot, home, settled, &mut memory));
        let mut context = Context {
            random,
            wishes: &self.wishes,
            tables: &self.tables,
            slot,
            home,
            vm,
            pointers: HashMap::new(),
            loops: 0,
            open_loop: None,
            tvm: false,
            tw: false,
            ssip_is_delegated: false,
            may_have_left: false,
            has_waited: false,
            guards,
        };
        let csrs = context.csrs();
        let x = context.x();
        let f = std::array::from_fn(|_| values::float(&mut context.random));
        let units = context.units();
        let (code_address, relay_address) = match (&context.vm, home) {
            (Some(vm), Privilege::Machine) => (slot.code(), vm.relay_address()),
            (Some(vm), _) => (vm.code_address(), vm.relay_address()),
            (None, _) => (slot.code(), RELAY),
        };
        let translation = context.vm.as_ref().map_or("Bare", Vm::name);
        let guarded = match guards {
            Guards::None => "",
            Guards::Data => ", PMP on data",
            Guards::Tables => ", PMP on page tables",
        };
        Program {
            index,
            home,
            style: format!("{}-mode, {translation}{guarded}", mode_name(home)),
            csrs,
            x,
            f,
            units,
            memory,
            code_address,
            relay_address,
        }
    }
}

impl Context<'_> {
    fn has(&self, extension: Extension) -> bool {
        self.wishes.isa.contains(extension)
    }

    /// A register that may be written.
    fn free(&mut self) -> u8 {
        self.free_except(&[])
    }

    fn free_except(&mut self, taken: &[u8]) -> u8 {
        loop {
            let register = 1 + self.random.below(31) as u8;
            if !fixed::is_fixed(register) && !taken.contains(&register) {
                return register;
            }
        }
    }

    fn pointer(&mut self) -> (u8, Pointer) {
        let register = self.random.pick(&fixed::POINTERS);
        (register, self.pointers[&register])
    }

    fn units(&mut self) -> Vec<Unit> {
        let length = self.random.pick(&[10, 20, 40, 60, 80, 100]);
        let kinds = if self.wishes.only.is_some() {
            TABLE_KINDS
        } else {
            KINDS
        };
        // Programs of few kinds find what programs of all kinds do not.
        let weights: Vec<u32> = kinds
            .iter()
            .map(|(_, weight)| match self.random.below(10) {
                0..3 => 0,
                3..9 => *weight,
                _ => weight * 5,
            })
            .collect();
        let mut units = Vec::with_capacity(length);
        // Some kinds may be impossible in this program.
        for _ in 0..length * 4 {
            if units.len() == length || weights.iter().all(|weight| *weight == 0) {
                break;
            }
            let (make, _) = kinds[self.random.weighted(&weights)];
            units.extend(make(self));
        }
        units.extend(self.end_loop());
        units
    }

    fn x(&mut self) -> [u64; 32] {
        let mut x = std::array::from_fn(|_| values::integer(&mut self.random));
        x[0] = 0;
        x[usize::from(fixed::LOOP_COUNTER)] = 0;
        for (index, register) in fixed::POINTERS.into_iter().enumerate() {
            let pointer = match &self.vm {
                // M-mode goes through the page tables only while MPRV is set.
                Some(vm) if self.home != Privilege::Machine || index != 1 => {
                    vm.pointer(&mut self.random, index < 2)
                }
                _ => self.data_pointer(),
            };
            self.pointers.insert(register, pointer);
            x[usize::from(register)] = pointer.address;
        }
        x
    }

    /// The physical address of some data.
    fn data_pointer(&mut self) -> Pointer {
        let page = 1 + self.random.below(DATA_PAGES - 2);
        let within = 64 * self.random.below(PAGE / 64);
        Pointer {
            address: self.slot.memory() + page * PAGE + within,
            pages: (0, 0),
        }
    }

    fn csrs(&mut self) -> HashMap<Csr, u64> {
        let states_of_fs = !self.wishes.avoids(Choice::StatesOfFs);
        let random = &mut self.random;
        let isa = self.wishes.isa;
        let mut csrs = HashMap::new();
        let fs = match (isa.contains(Extension::F), random.below(20)) {
            (false, _) | (true, 0) => 0,
            // Initial or Clean: what makes it Dirty shows.
            (true, 1..=4) if states_of_fs => (1 + random.below(2)) << FS_BIT,
            (true, _) => fields::MSTATUS_FS,
        };
        let mut bits = |percent: u64, mask: u64| {
            if random.percent(percent) { mask } else { 0 }
        };
        let tvm = bits(10, fields::MSTATUS_TVM);
        let tw = bits(10, fields::MSTATUS_TW);
        let tsr = bits(10, fields::MSTATUS_TSR);
        let flags = bits(50, fields::MSTATUS_SUM)
            | bits(50, fields::MSTATUS_MXR)
            | bits(50, fields::MSTATUS_SPP)
            | bits(20, fields::MSTATUS_SPIE)
            | bits(20, fields::MSTATUS_MPIE);
        (self.tvm, self.tw) = (tvm != 0, tw != 0);
        csrs.insert(Csr::Mstatus, tvm | tw | tsr | flags | fs);
        let mut envcfg = || {
            bits(80, fields::ENVCFG_CBZE)
                | bits(80, fields::ENVCFG_CBCFE)
                | bits(60, 1 << fields::ENVCFG_CBIE.trailing_zeros())
        };
        let (menvcfg, senvcfg) = (envcfg(), envcfg());
        let menvcfg = menvcfg
            | bits(50, fields::MENVCFG_ADUE)
            | bits(50, fields::MENVCFG_PBMTE)
            | bits(50, fields::MENVCFG_STCE);
        csrs.insert(Csr::Menvcfg, menvcfg & Csr::Menvcfg.write_mask(isa));
        csrs.insert(Csr::Senvcfg, senvcfg & Csr::Senvcfg.write_mask(isa));
        let delegated = bits(50, system::DELEGABLE);
        csrs.insert(Csr::Medeleg, delegated & random.next());
        let mideleg = random.next() & fields::S_INTERRUPTS;
        self.ssip_is_delegated = mideleg & fields::MIP_SSIP != 0;
        csrs.insert(Csr::Mideleg, mideleg);
        let counters = system::counters(self.wishes);
        csrs.insert(Csr::Mcounteren, random.next() & counters);
        csrs.insert(Csr::Scounteren, random.next() & counters);
        csrs.insert(Csr::Stimecmp, u64::MAX);
        csrs.insert(Csr::Fcsr, random.below(8) << 5 & 0x60 | random.below(32));
        if let Some(vm) = &self.vm {
            csrs.insert(Csr::Satp, vm.satp(0));
        }
        self.pmp(&mut csrs);
        csrs
    }
}
