//! Traps: exceptions and interrupts, delegation, `mret` and `sret`.
//!
//! Source: Privileged ISA, "Machine Trap Vector Base-Address Register",
//! "Machine Trap Delegation Registers", "Privilege and Global Interrupt-Enable
//! Stack in mstatus Register", "Trap-Return Instructions".

use pagewalk_isa::{Cause, ExceptionCause, InterruptCause};
use pagewalk_mmu::{Fault, Privilege};

use crate::csr::mstatus;
use crate::{Env, Hart, Stop};

/// An exception that an instruction raises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exception {
    /// The cause.
    pub cause: ExceptionCause,
    /// What `xtval` gets.
    pub tval: u64,
}

impl Exception {
    /// An exception with its `xtval`.
    #[must_use]
    pub fn new(cause: ExceptionCause, tval: u64) -> Self {
        Self { cause, tval }
    }
}

/// A trap that was taken.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Trap {
    /// Why.
    pub cause: Cause,
    /// What `xtval` got.
    pub tval: u64,
    /// What `xepc` got: the instruction that trapped, or the next one.
    pub pc: u64,
    /// The privilege before.
    pub from: Privilege,
    /// The privilege that handles it.
    pub to: Privilege,
    /// Where the handler begins.
    pub handler: u64,
    /// Instructions retired before.
    pub retired: u64,
    /// The rule that failed, for page and access faults.
    pub fault: Option<Fault>,
}

/// Why a guest can make no progress.
#[derive(Clone, PartialEq, Debug)]
pub enum Verdict {
    /// Every attempt to handle a trap ends in the same trap again.
    TrapLoop {
        /// The trap with which it began.
        first: Trap,
        /// The trap that repeats.
        last: Trap,
        /// How often it was taken without one return.
        times: u64,
    },
    /// It waits for an interrupt, and nothing is armed that could send one.
    WaitsForNothing {
        /// The address behind the `wfi`.
        pc: u64,
    },
    /// It jumps to itself with interrupts off.
    Parked {
        /// The address of the jump.
        pc: u64,
    },
}

impl Hart {
    /// Takes an exception of the instruction at `self.pc`.
    pub(crate) fn take_exception(&mut self, exception: Exception) {
        let fault = self.fault.take();
        let number = exception.cause.number();
        self.counts.exceptions[usize::from(number & 31)] += 1;
        let delegated = self.csrs.medeleg >> number & 1 != 0;
        let trap = self.trap(
            Cause::Exception(exception.cause),
            exception.tval,
            delegated,
            fault,
        );
        if self.is_hopeless(&trap) {
            self.stop = Some(Stop::Verdict(Box::new(Verdict::TrapLoop {
                first: self.streak.first().copied().unwrap_or(trap),
                last: trap,
                times: self.streak.times(),
            })));
        }
    }

    /// Takes the interrupt that is pending, enabled and of the highest
    /// priority, and says whether there was one. Between two instructions
    /// only.
    pub(crate) fn take_interrupt(&mut self, env: &Env<'_>) -> bool {
        let pending = self.pending(env, self.now(env)) & self.csrs.mie;
        if pending == 0 {
            return false;
        }
        let status = self.csrs.mstatus;
        let machine_enabled = self.privilege < Privilege::Machine || status & mstatus::MIE != 0;
        let supervisor_enabled = match self.privilege {
            Privilege::User => true,
            Privilege::Supervisor => status & mstatus::SIE != 0,
            Privilege::Machine => false,
        };
        let to_machine = if machine_enabled {
            pending & !self.csrs.mideleg
        } else {
            0
        };
        let to_supervisor = if supervisor_enabled {
            pending & self.csrs.mideleg
        } else {
            0
        };
        let (candidates, delegated) = if to_machine != 0 {
            (to_machine, false)
        } else {
            (to_supervisor, true)
        };
        let cause = InterruptCause::BY_PRIORITY
            .into_iter()
            .find(|cause| candidates >> cause.number() & 1 != 0);
        if let Some(cause) = cause {
            self.counts.interrupts[usize::from(cause.number() & 15)] += 1;
            self.streak.end();
            self.trap(Cause::Interrupt(cause), 0, delegated, None);
        }
        cause.is_some()
    }

    fn trap(&mut self, cause: Cause, tval: u64, delegated: bool, fault: Option<Fault>) -> Trap {
        let to = if delegated && self.privilege <= Privilege::Supervisor {
            Privilege::Supervisor
        } else {
            Privilege::Machine
        };
        let from = self.privilege;
        let handler = self.csrs.enter_trap(from, to, cause, self.pc, tval);
        let trap = Trap {
            cause,
            tval,
            pc: self.pc,
            from,
            to,
            handler,
            retired: self.retired(),
            fault,
        };
        self.last_trap = Some(trap);
        self.privilege = to;
        self.pc = handler;
        self.context_changed();
        trap
    }

    /// `mret` or `sret`, whose preconditions have been checked.
    pub(crate) fn return_from(&mut self, level: Privilege) {
        let (privilege, pc) = self.csrs.leave_trap(level);
        self.privilege = privilege;
        self.pc = pc;
        self.reservation = None;
        self.streak.end();
        self.context_changed();
    }
}
