//! System instructions: environment calls, CSR accesses, trap returns, fences
//! and hints.
//!
//! Source: RISC-V Unprivileged ISA, "Zicsr", "Zifencei", "Zawrs"; Privileged
//! ISA, "Machine-Mode Privileged Instructions", "Supervisor Instructions",
//! "Svinval".
#![allow(non_snake_case, reason = "handlers are named like the variants of Op")]

use pagewalk_isa::ExceptionCause;
use pagewalk_mmu::{Privilege, VirtAddr};

use crate::csr::{Illegal, Operation, mstatus};
use crate::engine::block::{BlockRef, Cursor, Flow};
use crate::trap::Exception;
use crate::{Env, Hart, Stop};

/// Raises an illegal-instruction exception with the instruction in `xtval`.
#[cold]
pub(crate) fn illegal(h: &mut Hart, _env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    let raw = u64::from(b.detail(e).raw);
    h.raise(
        e,
        b,
        Exception::new(ExceptionCause::IllegalInstruction, raw),
    )
}

/// Nothing to see: fences (one hart runs at a time, and own stores reach
/// fetch at once), hints, prefetches.
pub(crate) fn nop(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    e.next(h, env, b)
}

/// May-be-operations (Zimop) write zero.
pub(crate) fn may_be(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    h.x.set(e.entry().rd, 0);
    e.next(h, env, b)
}

pub(crate) fn Ecall(h: &mut Hart, _env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    let cause = match h.privilege {
        Privilege::User => ExceptionCause::EcallFromU,
        Privilege::Supervisor => ExceptionCause::EcallFromS,
        Privilege::Machine => ExceptionCause::EcallFromM,
    };
    h.raise(e, b, Exception::new(cause, 0))
}

/// CHOICE(spec): `xtval` gets the address of the `ebreak`, as on Spike and
/// QEMU.
pub(crate) fn Ebreak(h: &mut Hart, _env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    h.unwind(e, b);
    let pc = h.pc;
    h.take_exception(Exception::new(ExceptionCause::Breakpoint, pc));
    None
}

pub(crate) fn Mret(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    if h.privilege < Privilege::Machine {
        return illegal(h, env, e, b);
    }
    h.leave_after(e, b);
    h.return_from(Privilege::Machine);
    None
}

pub(crate) fn Sret(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    if !may_supervise(h, mstatus::TSR) {
        return illegal(h, env, e, b);
    }
    h.leave_after(e, b);
    h.return_from(Privilege::Supervisor);
    None
}

/// Whether an instruction of S-mode is allowed where the hart is; `trap` is
/// the bit of `mstatus` that forbids it to S-mode itself.
fn may_supervise(h: &Hart, trap: u64) -> bool {
    match h.privilege {
        Privilege::Machine => true,
        Privilege::Supervisor => h.csrs.mstatus & trap == 0,
        Privilege::User => false,
    }
}

/// CHOICE(spec): with TW set, `wfi` below M-mode is illegal at once, and in
/// U-mode always.
pub(crate) fn Wfi(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    if !may_supervise(h, mstatus::TW) {
        return illegal(h, env, e, b);
    }
    h.leave_after(e, b);
    if !h.is_woken(&env.bus.clock, h.now(env)) {
        h.stop = Some(Stop::Wait);
    }
    None
}

/// `pause`, `wrs.nto` and `wrs.sto`: the hart waits for what another one will
/// do, and gives its turn away for that. The waits for a reservation may end
/// for any reason, and end with the next turn.
pub(crate) fn give_way(h: &mut Hart, _: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    h.stop = Some(Stop::Yield);
    h.leave_after(e, b)
}

pub(crate) fn SfenceVma(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    if !may_supervise(h, mstatus::TVM) {
        return illegal(h, env, e, b);
    }
    let i = e.entry();
    let va = VirtAddr(h.x.get(i.rs1));
    let asid = h.x.get(i.rs2) as u16;
    // x0 as a register number, not as a value, means "all".
    match (i.rs1.number(), i.rs2.number()) {
        (0, 0) => h.tlb.flush_all(),
        (0, _) => h.tlb.flush_asid(asid),
        (_, _) => h.tlb.flush_page(va),
    }
    h.leave_after(e, b)
}

/// The fences of Svinval order what `sinval.vma` does at once.
pub(crate) fn fence_of_svinval(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    if h.privilege == Privilege::User {
        return illegal(h, env, e, b);
    }
    e.next(h, env, b)
}

macro_rules! csr_accesses {
    ($($op:ident($i:ident, $h:ident) => $operation:expr;)*) => {$(
        pub(crate) fn $op($h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let $i = e.entry();
            let operation = $operation;
            access_csr($h, env, e, b, operation)
        }
    )*};
}

// rs1 as a register number decides whether set and clear write at all.
csr_accesses! {
    Csrrw(i, h) => Operation::Write(h.x.get(i.rs1));
    Csrrs(i, h) => if i.rs1.number() == 0 { Operation::Read } else { Operation::Set(h.x.get(i.rs1)) };
    Csrrc(i, h) => if i.rs1.number() == 0 { Operation::Read } else { Operation::Clear(h.x.get(i.rs1)) };
    Csrrwi(i, _h) => Operation::Write(u64::from(i.rs1.number()));
    Csrrsi(i, _h) => if i.rs1.number() == 0 { Operation::Read } else { Operation::Set(u64::from(i.rs1.number())) };
    Csrrci(i, _h) => if i.rs1.number() == 0 { Operation::Read } else { Operation::Clear(u64::from(i.rs1.number())) };
}

fn access_csr(
    h: &mut Hart,
    env: &mut Env<'_>,
    e: Cursor,
    b: BlockRef,
    operation: Operation,
) -> Flow {
    let i = e.entry();
    let retired = h.retired_before(e, b);
    let now = pagewalk_bus::Instant(retired.wrapping_add(env.skew));
    let ticks = env.bus.clock.ticks(now);
    let number = (i.imm & 0xfff) as u16;
    match h.access_csr(number, operation, retired, ticks) {
        Err(Illegal) => illegal(h, env, e, b),
        Ok(old) => {
            h.x.set(i.rd, old);
            if operation == Operation::Read {
                return h.follow(env, b, 0, b.end_offset() as i64);
            }
            // What was written may enable an interrupt or change the context.
            h.leave_after(e, b)
        }
    }
}
