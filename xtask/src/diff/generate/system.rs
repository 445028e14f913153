//! Units of the privileged architecture: CSRs, modes, interrupts, and what is
//! illegal.

use std::collections::HashMap;
use std::ops::Range;

use pagewalk_isa::csr::{Csr, fields};
use pagewalk_isa::table::ROWS;
use pagewalk_isa::{Extension, Op, Privilege, Slot, decode};

use super::paging::Vm;
use super::{Context, Guards, Wishes};
use crate::diff::code::{Item, Place, Unit, csr as csr_word, plain, with};
use crate::diff::differences::Choice;
use crate::diff::layout::{DATA_PAGES, PAGE, fixed};
use crate::diff::values;

/// The exceptions that programs delegate. Not `ecall` from S, by which S-mode
/// hands its traps over, and not access faults of fetches, which the handler
/// of S-mode itself could have.
pub(super) const DELEGABLE: u64 = 0b1011_0001_1111_1100;
/// The counters that S and U may be given: those of events, which stand
/// still. Those that run differ from emulator to emulator.
const COUNTERS: u64 = 0x7fff8;
/// cycle and instret.
const EXACT_COUNTERS: u64 = 0b101;

const PMP_ALL: u64 = 0x1f;
/// PMP entries that guard something.
const GUARDS: u64 = 6;
/// Numbers of CSRs of the debug specification.
const TRIGGERS: Range<i32> = 0x7a0..0x7b0;
const TRIGGER_CONTEXTS: [i32; 2] = [0x5a8, 0x6a8];

const SSIP: u64 = fields::MIP_SSIP;
const MPP_BIT: u32 = fields::MSTATUS_MPP.trailing_zeros();

/// How programs access a CSR.
#[derive(Clone, Copy)]
enum Rule {
    /// Reading only.
    Read,
    /// Only where it is not allowed: mcounteren.TM stays clear.
    Denied,
    /// Reading only, if event counters are announced: else some have none
    /// for M-mode either.
    Events,
    /// Any value of these bits.
    Bits(u64),
    /// These bits are set or cleared, the others stay.
    Flags(u64),
    /// Only values that this function makes.
    Values(fn(&mut Context<'_>) -> u64),
    /// As `Values`; a full fence follows.
    Fenced(fn(&mut Context<'_>) -> u64),
}

const STATUS_FLAGS: u64 =
    fields::MSTATUS_SPP | fields::MSTATUS_SPIE | fields::MSTATUS_SUM | fields::MSTATUS_MXR;

const RULES: &[(Csr, Rule)] = &[
    (Csr::Fflags, Rule::Bits(0x1f)),
    (Csr::Frm, Rule::Bits(7)),
    (Csr::Fcsr, Rule::Bits(0xff)),
    (Csr::Fcsr, Rule::Bits(0x1f)),
    (Csr::Sstatus, Rule::Flags(STATUS_FLAGS)),
    (Csr::Sie, Rule::Read),
    (Csr::Sip, Rule::Read),
    (Csr::Stvec, Rule::Read),
    (Csr::Satp, Rule::Read),
    (Csr::Scounteren, Rule::Bits(COUNTERS)),
    (Csr::Senvcfg, Rule::Values(envcfg)),
    (Csr::Sepc, Rule::Values(instruction_address)),
    (Csr::Scause, Rule::Bits(u64::MAX)),
    (Csr::Stval, Rule::Bits(u64::MAX)),
    (Csr::Stimecmp, Rule::Values(never)),
    (
        Csr::Mstatus,
        Rule::Flags(STATUS_FLAGS | fields::MSTATUS_MPIE),
    ),
    (Csr::Mstatus, Rule::Flags(fields::MSTATUS_TSR)),
    (
        Csr::Medeleg,
        Rule::Values(|context| context.random.next() & DELEGABLE),
    ),
    (Csr::Mideleg, Rule::Read),
    (Csr::Mie, Rule::Read),
    (Csr::Mip, Rule::Read),
    (Csr::Mtvec, Rule::Read),
    (Csr::Mscratch, Rule::Read),
    (Csr::Mcounteren, Rule::Bits(COUNTERS)),
    (Csr::Mcountinhibit, Rule::Read),
    (Csr::Menvcfg, Rule::Fenced(menvcfg)),
    (Csr::Mepc, Rule::Values(instruction_address)),
    (Csr::Mcause, Rule::Bits(u64::MAX)),
    (Csr::Mtval, Rule::Bits(u64::MAX)),
    (Csr::Pmpcfg(0), Rule::Fenced(pmpcfg)),
    (Csr::Pmpaddr(0), Rule::Fenced(pmpaddr)),
    (Csr::Pmpaddr(3), Rule::Fenced(pmpaddr)),
    (Csr::Pmpaddr(7), Rule::Fenced(pmpaddr)),
    (Csr::Mvendorid, Rule::Read),
    (Csr::Mimpid, Rule::Read),
    (Csr::Mhartid, Rule::Read),
    (Csr::Mconfigptr, Rule::Read),
    (Csr::Time, Rule::Denied),
    (Csr::Hpmcounter(3), Rule::Read),
    (Csr::Hpmcounter(11), Rule::Read),
    (Csr::Mhpmcounter(4), Rule::Events),
];

fn envcfg(context: &mut Context<'_>) -> u64 {
    // 2 is reserved in CBIE.
    let invalidate = context.random.pick(&[0, 1, 3]) << fields::ENVCFG_CBIE.trailing_zeros();
    let flags = fields::ENVCFG_CBCFE | fields::ENVCFG_CBZE;
    (invalidate | context.random.next() & flags) & Csr::Senvcfg.write_mask(context.wishes.isa)
}

fn menvcfg(context: &mut Context<'_>) -> u64 {
    let flags = fields::MENVCFG_ADUE | fields::MENVCFG_PBMTE;
    let value = envcfg(context) | context.random.next() & flags;
    value & Csr::Menvcfg.write_mask(context.wishes.isa)
}

/// A value for an epc, with the bits that stay zero if they may be set.
fn instruction_address(context: &mut Context<'_>) -> u64 {
    let value = values::integer(&mut context.random);
    let always_zero = if context.has(Extension::Zca) { 1 } else { 3 };
    if context.wishes.avoids(Choice::EpcAlignment) {
        value & !always_zero
    } else {
        value
    }
}

/// A time that does not come.
fn never(context: &mut Context<'_>) -> u64 {
    u64::MAX - context.random.below(1000)
}

/// The first PMP entries. Writable without readable is reserved; a locked
/// entry would stay for the programs to come. A range that begins at 0 would
/// take everything that comes before the memory that is to be guarded.
fn pmpcfg(context: &mut Context<'_>) -> u64 {
    const TOR: u64 = 1;
    (0..GUARDS).fold(0, |value, index| {
        let permissions = context.random.pick(&[0, 1, 3, 4, 5, 7]);
        let mode = match context.random.below(4) {
            TOR if index == 0 => 0,
            mode => mode,
        };
        value | (permissions | mode << 3) << (8 * index)
    })
}

fn pmpaddr(context: &mut Context<'_>) -> u64 {
    let at = context.guarded_place() >> 2;
    let size = 1 << context.random.below(10);
    context.random.pick(&[at, at | (size - 1)])
}

impl Context<'_> {
    /// An address of the program's memory that an entry of PMP may guard:
    /// data, or the PTEs of its windows.
    fn guarded_place(&mut self) -> u64 {
        let guards_tables = |_: &&Vm| self.guards == Guards::Tables;
        if let Some(vm) = self.vm.as_ref().filter(guards_tables) {
            return vm.window_entries() + 8 * self.random.below(32);
        }
        let offset = self.random.below(DATA_PAGES * PAGE);
        self.slot.memory() + (offset & !(self.random.pick(&[4, 64, 4096]) - 1))
    }

    /// PMP entries that guard parts of the memory, and the last one that
    /// allows everything.
    pub(super) fn pmp(&mut self, csrs: &mut HashMap<Csr, u64>) {
        csrs.insert(Csr::Pmpcfg(2), PMP_ALL << 56);
        csrs.insert(Csr::Pmpaddr(15), fields::PMPADDR_BITS);
        if self.guards == Guards::None {
            return;
        }
        for index in 0..GUARDS {
            let address = pmpaddr(self);
            csrs.insert(Csr::Pmpaddr(index as u8), address);
        }
        csrs.insert(Csr::Pmpcfg(0), pmpcfg(self));
    }

    /// An instruction that some emulators execute without its extension.
    fn is_leniency(&self, word: u32) -> bool {
        Op::FenceI.row().pattern.matches(word) && self.wishes.avoids(Choice::AbsentFenceI)
    }

    /// A destination that is x0 half of the time.
    fn maybe(&mut self) -> u8 {
        if self.random.percent(50) {
            0
        } else {
            self.free()
        }
    }
}

fn is_pmp(csr: Csr) -> bool {
    matches!(csr, Csr::Pmpcfg(_) | Csr::Pmpaddr(_))
}

/// A CSR access of any kind that the register bears.
pub(super) fn csr(context: &mut Context<'_>) -> Option<Unit> {
    let (csr, rule) = context.random.pick(RULES);
    if !csr.exists(context.wishes.isa) || context.guards == Guards::None && is_pmp(csr) {
        return None;
    }
    let rd = context.maybe();
    let value = context.free();
    let bits = |context: &mut Context<'_>, mask: u64| values::integer(&mut context.random) & mask;
    let flag = |context: &mut Context<'_>| context.random.pick(&[Op::Csrrs, Op::Csrrc]);
    let read = Unit::word(csr_word(Op::Csrrs, rd, csr, 0));
    let write = |op: Op, new: u64| {
        vec![
            Item::Constant(value, new),
            Item::Word(csr_word(op, rd, csr, value)),
        ]
    };
    Some(match rule {
        Rule::Denied if context.home == Privilege::Machine => return None,
        Rule::Events if !context.has(Extension::Zihpm) => return None,
        Rule::Denied | Rule::Events => read,
        _ if context.random.percent(30) => read,
        // Writing what cannot be written is illegal.
        Rule::Read if csr.is_read_only() && context.random.percent(30) => {
            let op = context.random.pick(&[Op::Csrrw, Op::Csrrsi, Op::Csrrc]);
            Unit::word(csr_word(op, rd, csr, value))
        }
        Rule::Read => read,
        Rule::Bits(mask) if context.random.percent(30) => {
            let op = context.random.pick(&[Op::Csrrwi, Op::Csrrsi, Op::Csrrci]);
            let uimm = context.random.below(32) & mask;
            Unit::word(csr_word(op, rd, csr, uimm as u8))
        }
        Rule::Bits(mask) => {
            let op = context.random.pick(&[Op::Csrrw, Op::Csrrs, Op::Csrrc]);
            let new = bits(context, mask);
            Unit::new(write(op, new))
        }
        Rule::Flags(mask) => {
            let op = flag(context);
            let new = bits(context, mask);
            Unit::new(write(op, new))
        }
        Rule::Values(make) => {
            let new = make(context);
            Unit::new(write(Op::Csrrw, new))
        }
        Rule::Fenced(make) => {
            let new = make(context);
            let mut items = write(Op::Csrrw, new);
            items.push(Item::Word(plain(Op::SfenceVma)));
            Unit::new(items)
        }
    })
}

/// The fields of mstatus that change how memory and floating point behave.
pub(super) fn status(context: &mut Context<'_>) -> Option<Unit> {
    let (rd, value) = (context.maybe(), context.free());
    let (csr, is_machine) = match context.home {
        Privilege::Machine => (Csr::Mstatus, true),
        Privilege::Supervisor => (Csr::Sstatus, false),
        Privilege::User => return None,
    };
    let change = |op: Op, bits: u64| {
        [
            Item::Constant(value, bits),
            Item::Word(csr_word(op, rd, csr, value)),
        ]
    };
    let op = context.random.pick(&[Op::Csrrs, Op::Csrrc]);
    let field = match context.random.below(6) {
        0 | 1 => fields::MSTATUS_SUM,
        2 => fields::MSTATUS_MXR,
        3 if context.has(Extension::F) => fields::MSTATUS_FS,
        3 => fields::MSTATUS_MXR,
        _ if is_machine && op == Op::Csrrs => {
            let mpp = context.random.pick(&[0, 1, 1, 3]) << MPP_BIT;
            let mut items = change(Op::Csrrc, fields::MSTATUS_MPP).to_vec();
            items.extend(change(Op::Csrrs, mpp | fields::MSTATUS_MPRV));
            return Some(Unit::new(items));
        }
        _ if is_machine => fields::MSTATUS_MPRV,
        _ => fields::MSTATUS_SUM | fields::MSTATUS_MXR,
    };
    Some(Unit::new(change(op, field)))
}

/// What no hart of this ISA can execute.
pub(super) fn illegal(context: &mut Context<'_>) -> Option<Unit> {
    let isa = context.wishes.isa;
    // Longer encodings are another matter.
    let is_long = |word: u32| word & 0x1f == 0x1f;
    match context.random.below(10) {
        0 => {
            let number = context.random.below(4096) as i32;
            let is_trigger = TRIGGER_CONTEXTS.contains(&number) || TRIGGERS.contains(&number);
            let is_trigger = is_trigger && context.wishes.avoids(Choice::TriggerRegisters);
            let absent = Csr::lookup(number as u16, isa).is_none() && !is_trigger;
            let rd = context.free();
            absent.then(|| Unit::word(with(Op::Csrrs, rd, 0, 0, number)))
        }
        // Without C, a trap handler could not return behind them.
        1 | 2 if !context.has(Extension::Zca) => None,
        1 | 2 => {
            let half = context.random.next() as u32 & 0xffff;
            let illegal = half & 3 != 3 && decode(half, isa).is_none();
            illegal.then(|| Unit::new([Item::Half(half as u16)]))
        }
        3 => {
            let op = context
                .random
                .pick(&[Op::Mret, Op::Sret, Op::SfenceVma, Op::Wfi]);
            let allowed = match op {
                Op::Mret => context.home == Privilege::Machine,
                _ => context.home != Privilege::User,
            };
            (!allowed).then(|| Unit::word(plain(op)))
        }
        4 => {
            let word = context.random.next() as u32 | 3;
            let illegal = !is_long(word) && decode(word, isa).is_none();
            (illegal && !context.is_leniency(word)).then(|| Unit::word(word))
        }
        _ => {
            // One bit beside what is legal.
            let row = &ROWS[context.random.below(ROWS.len() as u64) as usize];
            let word = row.pattern.value | context.random.next() as u32 & !row.pattern.mask;
            let word = word ^ 1 << context.random.below(32);
            let illegal = word & 3 == 3 && !is_long(word) && decode(word, isa).is_none();
            let is_csr = word & 0x7f == 0x73 && word >> 12 & 3 != 0;
            (illegal && !is_csr && !context.is_leniency(word)).then(|| Unit::word(word))
        }
    }
}

pub(super) fn environment(context: &mut Context<'_>) -> Option<Unit> {
    const C_EBREAK: u16 = 0x9002;
    Some(match context.random.below(3) {
        0 => Unit::word(plain(Op::Ecall)),
        1 if context.has(Extension::Zca) => Unit::new([Item::Half(C_EBREAK)]),
        _ => Unit::word(plain(Op::Ebreak)),
    })
}

/// A fence of translations.
pub(super) fn fence(context: &mut Context<'_>) -> Option<Unit> {
    let fences = [
        Op::SfenceVma,
        Op::SfenceVma,
        Op::SinvalVma,
        Op::SfenceWInval,
        Op::SfenceInvalIr,
    ];
    let op = context.random.pick(&fences);
    let is_inert = matches!(op, Op::SfenceWInval | Op::SfenceInvalIr);
    if !op.extension().is_met_by(context.wishes.isa)
        || is_inert && context.wishes.avoids(Choice::InvalidationFences)
    {
        return None;
    }
    let row = op.row();
    let mut source = |slot: Slot| {
        if slot == Slot::X {
            context.random.below(32) as u8
        } else {
            0
        }
    };
    let (rs1, rs2) = (source(row.shape.rs1), source(row.shape.rs2));
    Some(Unit::word(with(op, 0, rs1, rs2, 0)))
}

/// A return from a trap that did not happen.
pub(super) fn change_mode(context: &mut Context<'_>) -> Option<Unit> {
    let scratch = context.free();
    let (op, epc, status, mode) = match context.home {
        Privilege::User => return None,
        Privilege::Machine if context.random.percent(70) => {
            let modes: &[u64] = if context.has_waited {
                &[3]
            } else {
                &[3, 3, 3, 0, 1]
            };
            let mode = context.random.pick(modes) << MPP_BIT;
            context.may_have_left |= mode != fields::MSTATUS_MPP;
            (
                Op::Mret,
                Csr::Mepc,
                (Csr::Mstatus, fields::MSTATUS_MPP),
                mode,
            )
        }
        // A loop could wait in the other mode.
        _ if context.has_waited => return None,
        home => {
            let mode = context
                .random
                .pick(&[0, fields::MSTATUS_SPP, fields::MSTATUS_SPP]);
            context.may_have_left = true;
            let csr = if home == Privilege::Machine {
                Csr::Mstatus
            } else {
                Csr::Sstatus
            };
            (Op::Sret, Csr::Sepc, (csr, fields::MSTATUS_SPP), mode)
        }
    };
    let (status, field) = status;
    Some(Unit::new([
        Item::Address(fixed::RESUME, Place::Ahead(0)),
        Item::Constant(scratch, field),
        Item::Word(csr_word(Op::Csrrc, 0, status, scratch)),
        Item::Constant(scratch, mode),
        Item::Word(csr_word(Op::Csrrs, 0, status, scratch)),
        Item::Address(scratch, Place::Ahead(0)),
        Item::Word(csr_word(Op::Csrrw, 0, epc, scratch)),
        Item::Word(plain(op)),
    ]))
}

/// Makes an interrupt pending and enables it, then undoes both.
pub(super) fn interrupt(context: &mut Context<'_>) -> Option<Unit> {
    let scratch = context.free();
    let (bit, enable, pending, status, global) = match context.home {
        Privilege::Machine => {
            let choices = [1 << 1, 1 << 5, 1 << 9, fields::S_INTERRUPTS];
            let single = context.wishes.avoids(Choice::InterruptsAtOnce);
            let bit = context.random.pick(&choices[..if single { 3 } else { 4 }]);
            (bit, Csr::Mie, Csr::Mip, Csr::Mstatus, fields::MSTATUS_MIE)
        }
        Privilege::Supervisor => (SSIP, Csr::Sie, Csr::Sip, Csr::Sstatus, fields::MSTATUS_SIE),
        Privilege::User => return None,
    };
    let global = global as u8;
    Some(Unit::new([
        Item::Constant(scratch, bit),
        Item::Word(csr_word(Op::Csrrs, 0, enable, scratch)),
        Item::Word(csr_word(Op::Csrrs, 0, pending, scratch)),
        Item::Word(csr_word(Op::Csrrsi, 0, status, global)),
        Item::Word(csr_word(Op::Csrrci, 0, status, global)),
        Item::Word(csr_word(Op::Csrrc, 0, pending, scratch)),
        Item::Word(csr_word(Op::Csrrc, 0, enable, scratch)),
    ]))
}

/// A wait that is over at once, or is illegal.
pub(super) fn wait(context: &mut Context<'_>) -> Option<Unit> {
    if context.may_have_left {
        return None;
    }
    let (enable, pending, status, global) = match context.home {
        Privilege::Machine => (Csr::Mie, Csr::Mip, Csr::Mstatus, fields::MSTATUS_MIE),
        Privilege::Supervisor if context.tw || context.ssip_is_delegated => {
            (Csr::Sie, Csr::Sip, Csr::Sstatus, fields::MSTATUS_SIE)
        }
        Privilege::Supervisor => return None,
        Privilege::User => return Some(Unit::word(plain(Op::Wfi))),
    };
    context.has_waited = true;
    let (global, software) = (global as u8, SSIP as u8);
    Some(Unit::new([
        Item::Word(csr_word(Op::Csrrci, 0, status, global)),
        Item::Word(csr_word(Op::Csrrsi, 0, enable, software)),
        Item::Word(csr_word(Op::Csrrsi, 0, pending, software)),
        Item::Word(plain(Op::Wfi)),
        Item::Word(csr_word(Op::Csrrci, 0, pending, software)),
        Item::Word(csr_word(Op::Csrrci, 0, enable, software)),
    ]))
}

/// A counter of cycles or instructions, if all count alike.
pub(super) fn counter(context: &mut Context<'_>) -> Option<Unit> {
    if context.wishes.avoids(Choice::RunningCounters) {
        return None;
    }
    let csr = context
        .random
        .pick(&[Csr::Cycle, Csr::Instret, Csr::Mcycle, Csr::Minstret]);
    if !csr.exists(context.wishes.isa) {
        return None;
    }
    let rd = context.free();
    let value = context.free();
    if context.random.percent(60) {
        return Some(Unit::word(csr_word(Op::Csrrs, rd, csr, 0)));
    }
    let op = context.random.pick(&[Op::Csrrw, Op::Csrrs, Op::Csrrc]);
    let new = values::integer(&mut context.random);
    Some(Unit::new([
        Item::Constant(value, new),
        Item::Word(csr_word(op, rd, csr, value)),
    ]))
}

/// The counters that mcounteren and scounteren may open.
pub(super) fn counters(wishes: &Wishes) -> u64 {
    if wishes.avoids(Choice::RunningCounters) {
        COUNTERS
    } else {
        COUNTERS | EXACT_COUNTERS
    }
}
