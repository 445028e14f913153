//! Control and status registers.
//!
//! [`pagewalk_isa::csr`] is the table of what exists; here is what reading
//! and writing does. WARL choices are marked `CHOICE(spec)`.
//!
//! Source: Privileged ISA, chapters "Control and Status Registers",
//! "Machine-Level ISA", "Supervisor-Level ISA", "Sstc", "Svadu".

mod access;
mod counter;
pub(crate) mod mstatus;

use pagewalk_bus::{Clock, Instant};
use pagewalk_isa::csr::{Csr, fields};
use pagewalk_isa::{Cause, Extension, InterruptCause, IsaSet};
use pagewalk_mmu::{Context, Privilege};

use crate::hart::Config;
pub(crate) use access::{Illegal, Operation};
use counter::Counter;

/// Who sets the A and D bits of page-table entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AdPolicy {
    /// Nobody but the guest: a clear bit is a page fault (Svade), and
    /// `menvcfg.ADUE` is read-only zero.
    Fault,
    /// The hart, from reset on: `menvcfg.ADUE` is one (Svadu).
    #[default]
    Hardware,
    /// The guest decides: both are there, ADUE is zero after reset.
    Guest,
}

/// STIP in `mip` and `mie`.
pub(crate) const STIP: u64 = InterruptCause::SupervisorTimer.mask();
/// SEIP in `mip` and `mie`.
pub(crate) const SEIP: u64 = InterruptCause::SupervisorExternal.mask();

/// The registers that hold state of their own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Csrs {
    pub(crate) mstatus: u64,
    pub(crate) medeleg: u64,
    pub(crate) mideleg: u64,
    pub(crate) mie: u64,
    /// The bits of `mip` that software writes: SSIP, STIP, SEIP.
    mip: u64,
    mtvec: u64,
    mcounteren: u64,
    mcountinhibit: u64,
    pub(crate) menvcfg: u64,
    mscratch: u64,
    mepc: u64,
    mcause: u64,
    mtval: u64,
    stvec: u64,
    scounteren: u64,
    pub(crate) senvcfg: u64,
    sscratch: u64,
    sepc: u64,
    scause: u64,
    stval: u64,
    stimecmp: u64,
    satp: u64,
    mcycle: Counter,
    minstret: Counter,
}

impl Csrs {
    /// The registers after reset.
    pub(crate) fn reset(config: &Config) -> Self {
        let reset = |csr: Csr| csr.reset_value(config.isa);
        let adue = config.ad == AdPolicy::Hardware && config.isa.contains(Extension::Svadu);
        Self {
            mstatus: reset(Csr::Mstatus),
            medeleg: reset(Csr::Medeleg),
            mideleg: reset(Csr::Mideleg),
            mie: reset(Csr::Mie),
            mip: reset(Csr::Mip),
            mtvec: reset(Csr::Mtvec),
            mcounteren: reset(Csr::Mcounteren),
            mcountinhibit: reset(Csr::Mcountinhibit),
            menvcfg: reset(Csr::Menvcfg) | if adue { fields::MENVCFG_ADUE } else { 0 },
            mscratch: reset(Csr::Mscratch),
            mepc: reset(Csr::Mepc),
            mcause: reset(Csr::Mcause),
            mtval: reset(Csr::Mtval),
            stvec: reset(Csr::Stvec),
            scounteren: reset(Csr::Scounteren),
            senvcfg: reset(Csr::Senvcfg),
            sscratch: reset(Csr::Sscratch),
            sepc: reset(Csr::Sepc),
            scause: reset(Csr::Scause),
            stval: reset(Csr::Stval),
            stimecmp: reset(Csr::Stimecmp),
            satp: reset(Csr::Satp),
            mcycle: Counter::default(),
            minstret: Counter::default(),
        }
    }

    /// The translation contexts of data accesses and of fetches.
    pub(crate) fn contexts(&self, privilege: Privilege, isa: IsaSet) -> (Context, Context) {
        let data_privilege = if self.mstatus & mstatus::MPRV != 0 {
            Privilege::from_bits((self.mstatus & mstatus::MPP) >> mstatus::MPP.trailing_zeros())
                .unwrap_or(privilege)
        } else {
            privilege
        };
        // MPRV changes only what M-mode does: `mret` and `sret` clear it on
        // the way to any other mode.
        let data_privilege = if privilege == Privilege::Machine {
            data_privilege
        } else {
            privilege
        };
        let mut data = self.context(data_privilege, isa);
        if data.translates() {
            data.sum = self.mstatus & mstatus::SUM != 0;
            data.mxr = self.mstatus & mstatus::MXR != 0;
        }
        (data, self.context(privilege, isa))
    }

    fn context(&self, privilege: Privilege, isa: IsaSet) -> Context {
        let bare = Context::bare(privilege);
        let translated = Context {
            hardware_ad: self.menvcfg & fields::MENVCFG_ADUE != 0,
            pbmte: self.menvcfg & fields::MENVCFG_PBMTE != 0,
            svnapot: isa.contains(Extension::Svnapot),
            ..bare
        }
        .with_satp(self.satp);
        // Where nothing is translated, all values of `satp` are one context.
        translated.filter(Context::translates).unwrap_or(bare)
    }

    /// The value of `mip` when the timer reads `ticks`, with the interrupt
    /// lines as they are.
    pub(crate) fn mip(&self, lines: u64, ticks: u64) -> u64 {
        let mut mip = self.mip | lines & (fields::S_INTERRUPTS | fields::M_INTERRUPTS);
        if self.menvcfg & fields::MENVCFG_STCE != 0 {
            let due = ticks >= self.stimecmp;
            mip = mip & !STIP | if due { STIP } else { 0 };
        }
        mip
    }

    /// When `stimecmp` will raise its interrupt, if it has not.
    pub(crate) fn stimecmp_deadline(&self, clock: &Clock, now: Instant) -> Option<Instant> {
        let armed = self.menvcfg & fields::MENVCFG_STCE != 0 && self.mie & STIP != 0;
        armed.then(|| clock.instant(now, self.stimecmp))
    }

    /// Writes what a trap to `to` writes, and returns where its handler is.
    pub(crate) fn enter_trap(
        &mut self,
        from: Privilege,
        to: Privilege,
        cause: Cause,
        pc: u64,
        tval: u64,
    ) -> u64 {
        use mstatus::{MIE, MPIE, MPP, SIE, SPIE, SPP};
        let move_bit = |status: u64, bit: u64, to: u64| {
            if status & bit != 0 {
                status | to
            } else {
                status & !to
            }
        };
        let vector = if to == Privilege::Supervisor {
            self.sepc = pc;
            self.scause = cause.to_register();
            self.stval = tval;
            let status = move_bit(self.mstatus, SIE, SPIE) & !SIE & !SPP;
            self.mstatus = status
                | if from == Privilege::Supervisor {
                    SPP
                } else {
                    0
                };
            self.stvec
        } else {
            self.mepc = pc;
            self.mcause = cause.to_register();
            self.mtval = tval;
            let status = move_bit(self.mstatus, MIE, MPIE) & !MIE & !MPP;
            self.mstatus = status | (from as u64) << MPP.trailing_zeros();
            self.mtvec
        };
        let base = vector & !0b11;
        match cause {
            Cause::Interrupt(cause) if vector & 1 != 0 => {
                base.wrapping_add(4 * u64::from(cause.number()))
            }
            _ => base,
        }
    }

    /// Undoes it: the privilege and pc to return to.
    pub(crate) fn leave_trap(&mut self, level: Privilege) -> (Privilege, u64) {
        use mstatus::{MIE, MPIE, MPP, MPRV, SIE, SPIE, SPP};
        let status = self.mstatus;
        let (to, pc) = if level == Privilege::Supervisor {
            let enabled = if status & SPIE != 0 { SIE } else { 0 };
            self.mstatus = (status & !SIE & !SPP) | enabled | SPIE;
            let to = if status & SPP != 0 {
                Privilege::Supervisor
            } else {
                Privilege::User
            };
            (to, self.sepc)
        } else {
            let enabled = if status & MPIE != 0 { MIE } else { 0 };
            self.mstatus = (status & !MIE & !MPP) | enabled | MPIE;
            let to = Privilege::from_bits((status & MPP) >> MPP.trailing_zeros());
            (
                to.expect("MPP never holds the reserved encoding"),
                self.mepc,
            )
        };
        if to != Privilege::Machine {
            self.mstatus &= !MPRV;
        }
        (to, pc)
    }

    /// Whether an interrupt could be taken at `privilege`, were it pending.
    pub(crate) fn can_be_interrupted(&self, privilege: Privilege) -> bool {
        let machine = privilege < Privilege::Machine || self.mstatus & mstatus::MIE != 0;
        let supervisor = match privilege {
            Privilege::User => true,
            Privilege::Supervisor => self.mstatus & mstatus::SIE != 0,
            Privilege::Machine => false,
        };
        machine && self.mie & !self.mideleg != 0 || supervisor && self.mie & self.mideleg != 0
    }
}
