//! Reading and writing CSRs as instructions do.

use pagewalk_bus::{Clock, Instant};
use pagewalk_isa::csr::{Csr, fields};
use pagewalk_mmu::{Mode, Privilege};
use pagewalk_softfloat::Flags;

use super::{AdPolicy, SEIP, STIP, mstatus};
use crate::{Hart, Stop};

/// What a CSR instruction does with the register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    /// Reads without writing.
    Read,
    /// Replaces it.
    Write(u64),
    /// Sets these bits.
    Set(u64),
    /// Clears these bits.
    Clear(u64),
}

/// The access raises an illegal-instruction exception.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Illegal;

/// When an access takes place: instructions retired before it, and what the
/// timer reads.
#[derive(Clone, Copy)]
struct Moment {
    retired: u64,
    ticks: u64,
}

/// Bits of `mcounteren` and `mcountinhibit`.
const CY: u64 = 1 << 0;
const TM: u64 = 1 << 1;
const IR: u64 = 1 << 2;

impl Hart {
    /// Carries out the CSR instruction before which `retired` instructions
    /// have retired, and returns the old value.
    pub(crate) fn access_csr(
        &mut self,
        number: u16,
        operation: Operation,
        retired: u64,
        ticks: u64,
    ) -> Result<u64, Illegal> {
        let csr = Csr::lookup(number, self.config.isa).ok_or(Illegal)?;
        let writes = operation != Operation::Read;
        self.check_access(csr, writes)?;
        let at = Moment { retired, ticks };
        let old = self.read_csr(csr, at);
        if tells_time(csr) {
            self.streak.note_change();
        }
        // A read-modify-write of `mip` takes SEIP without the line.
        let base = if csr == Csr::Mip {
            old & !SEIP | self.csrs.mip & SEIP
        } else {
            old
        };
        match operation {
            Operation::Read => {}
            Operation::Write(value) => self.write_csr(csr, value, at),
            Operation::Set(bits) => self.write_csr(csr, base | bits, at),
            Operation::Clear(bits) => self.write_csr(csr, base & !bits, at),
        }
        Ok(old)
    }

    /// Whether the register is there for this hart, at this privilege, for
    /// this kind of access.
    fn check_access(&self, csr: Csr, writes: bool) -> Result<(), Illegal> {
        let allowed = self.privilege >= csr.min_privilege()
            && !(writes && csr.is_read_only())
            && self.is_enabled(csr);
        if allowed { Ok(()) } else { Err(Illegal) }
    }

    /// Registers that another register can switch off.
    fn is_enabled(&self, csr: Csr) -> bool {
        let csrs = &self.csrs;
        match csr {
            Csr::Fflags | Csr::Frm | Csr::Fcsr => !self.fp.is_off(),
            Csr::Satp => self.privilege == Privilege::Machine || csrs.mstatus & mstatus::TVM == 0,
            Csr::Stimecmp => {
                self.privilege == Privilege::Machine
                    || csrs.menvcfg & fields::MENVCFG_STCE != 0 && csrs.mcounteren & TM != 0
            }
            Csr::Cycle => self.is_counter_enabled(0),
            Csr::Time => self.is_counter_enabled(1),
            Csr::Instret => self.is_counter_enabled(2),
            Csr::Hpmcounter(n) => self.is_counter_enabled(n),
            _ => true,
        }
    }

    fn is_counter_enabled(&self, counter: u8) -> bool {
        let machine = self.csrs.mcounteren >> counter & 1 != 0;
        match self.privilege {
            Privilege::Machine => true,
            Privilege::Supervisor => machine,
            Privilege::User => machine && self.csrs.scounteren >> counter & 1 != 0,
        }
    }

    /// What an instruction in M-mode would read from `csr` at `now`.
    #[must_use]
    pub fn csr(&self, csr: Csr, clock: &Clock, now: Instant) -> u64 {
        let ticks = clock.ticks(now);
        let retired = self.retired();
        self.read_csr(csr, Moment { retired, ticks })
    }

    fn read_csr(&self, csr: Csr, at: Moment) -> u64 {
        let csrs = &self.csrs;
        match csr {
            Csr::Fflags => u64::from(self.fp.flags.bits()),
            Csr::Frm => u64::from(self.fp.frm),
            Csr::Fcsr => u64::from(self.fp.frm) << 5 | u64::from(self.fp.flags.bits()),
            Csr::Cycle | Csr::Mcycle => csrs.mcycle.read(at.retired),
            Csr::Instret | Csr::Minstret => csrs.minstret.read(at.retired),
            Csr::Time => at.ticks,
            Csr::Sstatus => mstatus::with_sd(csrs.mstatus) & mstatus::SSTATUS_VISIBLE,
            Csr::Sie => csrs.mie & csrs.mideleg,
            Csr::Stvec => csrs.stvec,
            Csr::Scounteren => csrs.scounteren,
            Csr::Senvcfg => csrs.senvcfg,
            Csr::Sscratch => csrs.sscratch,
            Csr::Sepc => csrs.sepc,
            Csr::Scause => csrs.scause,
            Csr::Stval => csrs.stval,
            Csr::Sip => csrs.mip(self.lines, at.ticks) & csrs.mideleg,
            Csr::Stimecmp => csrs.stimecmp,
            Csr::Satp => csrs.satp,
            Csr::Misa => csr.reset_value(self.config.isa),
            Csr::Mhartid => self.config.id,
            Csr::Mstatus => mstatus::with_sd(csrs.mstatus),
            Csr::Medeleg => csrs.medeleg,
            Csr::Mideleg => csrs.mideleg,
            Csr::Mie => csrs.mie,
            Csr::Mtvec => csrs.mtvec,
            Csr::Mcounteren => csrs.mcounteren,
            Csr::Menvcfg => csrs.menvcfg,
            Csr::Mscratch => csrs.mscratch,
            Csr::Mepc => csrs.mepc,
            Csr::Mcause => csrs.mcause,
            Csr::Mtval => csrs.mtval,
            Csr::Mip => csrs.mip(self.lines, at.ticks),
            Csr::Mcountinhibit => csrs.mcountinhibit,
            Csr::Pmpcfg(n) => self.pmp.read_cfg(usize::from(n)),
            Csr::Pmpaddr(n) => self.pmp.read_addr(usize::from(n)),
            // Nothing counts events, and there are no triggers.
            Csr::Hpmcounter(_) | Csr::Mhpmcounter(_) | Csr::Mhpmevent(_) => 0,
            Csr::Tselect | Csr::Tdata1 | Csr::Tdata2 | Csr::Tdata3 => 0,
            Csr::Mvendorid | Csr::Marchid | Csr::Mimpid | Csr::Mconfigptr => 0,
        }
    }

    /// Writes what of `value` the register can hold.
    fn write_csr(&mut self, csr: Csr, value: u64, at: Moment) {
        let mask = csr.write_mask(self.config.isa);
        let value = value & mask;
        let csrs = &mut self.csrs;
        match csr {
            Csr::Fflags => self.write_fcsr(value | u64::from(self.fp.frm) << 5),
            Csr::Frm => self.write_fcsr(value << 5 | u64::from(self.fp.flags.bits())),
            Csr::Fcsr => self.write_fcsr(value),
            Csr::Mcycle => csrs.mcycle.write(value, at.retired),
            Csr::Minstret => csrs.minstret.write(value, at.retired),
            Csr::Sstatus => self.write_mstatus(self.csrs.mstatus & !mask | value),
            Csr::Mstatus => self.write_mstatus(self.csrs.mstatus & !mask | value),
            Csr::Sie => {
                let delegated = csrs.mideleg;
                let new = csrs.mie & !delegated | value & delegated;
                self.write_mie(new);
            }
            Csr::Mie => self.write_mie(value),
            Csr::Sip => {
                let writable = mask & csrs.mideleg;
                csrs.mip = csrs.mip & !writable | value & writable;
            }
            Csr::Mip => {
                // With Sstc in use, STIP follows the comparison alone.
                let fixed = if csrs.menvcfg & fields::MENVCFG_STCE != 0 {
                    STIP
                } else {
                    0
                };
                csrs.mip = csrs.mip & fixed | value & !fixed;
            }
            Csr::Stvec => csrs.stvec = value,
            Csr::Mtvec => csrs.mtvec = value,
            Csr::Scounteren => csrs.scounteren = value,
            Csr::Mcounteren => csrs.mcounteren = value,
            Csr::Mcountinhibit => {
                csrs.mcountinhibit = value;
                csrs.mcycle.set_inhibited(value & CY != 0, at.retired);
                csrs.minstret.set_inhibited(value & IR != 0, at.retired);
            }
            Csr::Senvcfg => csrs.senvcfg = legal_envcfg(csrs.senvcfg, value),
            Csr::Menvcfg => self.write_menvcfg(value),
            Csr::Sscratch => csrs.sscratch = value,
            Csr::Mscratch => csrs.mscratch = value,
            Csr::Sepc => csrs.sepc = value,
            Csr::Mepc => csrs.mepc = value,
            Csr::Scause => csrs.scause = value,
            Csr::Mcause => csrs.mcause = value,
            Csr::Stval => csrs.stval = value,
            Csr::Mtval => csrs.mtval = value,
            Csr::Stimecmp => {
                csrs.stimecmp = value;
                self.stop = Some(Stop::Attention);
            }
            Csr::Satp => {
                if Mode::from_satp(value).is_some() {
                    csrs.satp = value;
                    self.context_changed();
                }
            }
            Csr::Medeleg => csrs.medeleg = value,
            Csr::Mideleg => csrs.mideleg = value,
            Csr::Pmpcfg(n) => self.write_pmp(|pmp| pmp.write_cfg(usize::from(n), value)),
            Csr::Pmpaddr(n) => self.write_pmp(|pmp| pmp.write_addr(usize::from(n), value)),
            // Read-only by their number, or as a CHOICE(spec).
            Csr::Cycle | Csr::Time | Csr::Instret | Csr::Hpmcounter(_) => {}
            Csr::Mvendorid | Csr::Marchid | Csr::Mimpid | Csr::Mhartid | Csr::Mconfigptr => {}
            Csr::Misa | Csr::Mhpmcounter(_) | Csr::Mhpmevent(_) => {}
            Csr::Tselect | Csr::Tdata1 | Csr::Tdata2 | Csr::Tdata3 => {}
        }
    }

    fn write_fcsr(&mut self, value: u64) {
        self.fp.flags = Flags::from_bits(value as u8);
        self.fp.frm = (value >> 5) as u8 & 7;
        self.mark_float_dirty();
    }

    fn write_mie(&mut self, value: u64) {
        // The deadline of `stimecmp` counts only while it is enabled.
        if (self.csrs.mie ^ value) & STIP != 0 {
            self.stop = Some(Stop::Attention);
        }
        self.csrs.mie = value;
    }

    fn write_mstatus(&mut self, new: u64) {
        // CHOICE(spec): a reserved MPP leaves the field as it was.
        let reserved = new & mstatus::MPP == 0b10 << mstatus::MPP.trailing_zeros();
        let kept = if reserved { mstatus::MPP } else { 0 };
        self.csrs.mstatus = new & !kept | self.csrs.mstatus & kept;
        self.context_changed();
    }

    fn write_menvcfg(&mut self, value: u64) {
        let mut new = legal_envcfg(self.csrs.menvcfg, value);
        if self.config.ad == AdPolicy::Fault {
            new &= !fields::MENVCFG_ADUE;
        }
        let changed = new ^ self.csrs.menvcfg;
        self.csrs.menvcfg = new;
        if changed & (fields::MENVCFG_PBMTE | fields::MENVCFG_ADUE) != 0 {
            self.tlb.flush_all();
        }
        self.context_changed();
        self.stop = Some(Stop::Attention);
    }

    fn write_pmp(&mut self, write: impl FnOnce(&mut pagewalk_mmu::Pmp) -> bool) {
        if write(&mut self.pmp) {
            self.tlb.flush_all();
        }
    }
}

/// CHOICE(spec): the reserved value 2 of CBIE leaves the field as it was.
fn legal_envcfg(old: u64, value: u64) -> u64 {
    let reserved = value & fields::ENVCFG_CBIE == 0b10 << fields::ENVCFG_CBIE.trailing_zeros();
    let kept = if reserved { fields::ENVCFG_CBIE } else { 0 };
    value & !kept | old & kept
}

/// Whether what the register reads depends on when.
fn tells_time(csr: Csr) -> bool {
    use Csr::{Cycle, Instret, Mcycle, Minstret, Mip, Sip, Time};
    matches!(csr, Cycle | Instret | Mcycle | Minstret | Mip | Sip | Time)
}
