//! Loads and stores of integer and floating-point registers, and cache-block
//! operations.
//!
//! Source: RISC-V Unprivileged ISA, "Load and Store Instructions", "F", "D",
//! "Zfh", and "CMO Extensions". Misaligned accesses to RAM are carried out
//! (Zicclsm).
#![allow(non_snake_case, reason = "handlers are named like the variants of Op")]

use pagewalk_bus::{PAGE_SIZE, Width};
use pagewalk_mmu::tlb::FailedProbe;
use pagewalk_mmu::{Access, Privilege};

use pagewalk_isa::csr::fields::{ENVCFG_CBCFE, ENVCFG_CBIE, ENVCFG_CBZE};

use super::Attempt;
use super::float::{box16, box32, make_dirty};
use super::system::illegal;
use crate::engine::block::{BlockRef, Cursor, Entry, Flow};
use crate::lsu::{Purpose, host_read, host_write};
use crate::trap::Exception;
use crate::{Env, Hart};

/// The address that a load or store names.
#[inline(always)]
fn address(h: &Hart, i: &Entry) -> u64 {
    h.x.get(i.rs1).wrapping_add(i64::from(i.imm) as u64)
}

/// Virtual time of the instruction at `e`.
fn time_at(h: &Hart, env: &Env<'_>, e: Cursor, b: BlockRef) -> u64 {
    h.retired_before(e, b).wrapping_add(env.skew)
}

/// Defines a load as three handlers, for TLB hits, for misaligned ones and hits
/// in the second level, and for the rest: `Name, misaligned, slow: type from memory => register`.
macro_rules! loads {
    ($($op:ident, $second:ident, $slow:ident: $t:ty => |$value:ident| $result:expr, $regs:ident, $ready:path => $otherwise:path;)*) => {$(
        pub(crate) enum $op {}

        impl Attempt for $op {
            #[inline(always)]
            fn attempt(h: &mut Hart, i: &Entry) -> bool {
                if !$ready(h) {
                    return false;
                }
                let Some(at) = h.tlb.load::<{ size_of::<$t>() as u64 }>(address(h, i)) else {
                    return false;
                };
                let $value = host_read::<$t>(at);
                h.$regs.set(i.rd, $result);
                true
            }

            #[inline(always)]
            fn otherwise(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
                if $ready(h) {
                    $second(h, env, e, b)
                } else {
                    $otherwise(h, env, e, b)
                }
            }
        }

        #[inline]
        pub(crate) fn $op(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            if <$op as Attempt>::attempt(h, e.entry()) {
                e.next(h, env, b)
            } else {
                <$op as Attempt>::otherwise(h, env, e, b)
            }
        }

        #[inline(never)]
        fn $second(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            let (va, size) = (address(h, i), size_of::<$t>() as u64);
            // No closure: what it captures would need a place on the stack.
            let mut known = h.tlb.load_misaligned(va, size);
            if known.is_none() {
                known = h.recall_data(env, va, size, Access::Load);
            }
            match known {
                Some(at) => {
                    let $value = host_read::<$t>(at);
                    h.$regs.set(i.rd, $result);
                    e.next(h, env, b)
                }
                None => $slow(h, env, e, b),
            }
        }

        #[cold]
        #[inline(never)]
        fn $slow(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            let va = address(h, i);
            let now = time_at(h, env, e, b);
            let result = h.load_slow::<$t>(env, va, now).map(|raw| {
                let $value = raw as $t;
                h.$regs.set(i.rd, $result);
            });
            h.resume(env, e, b, result)
        }
    )*};
}

/// Defines a store the same way, with one more handler for stores beside
/// code.
macro_rules! stores {
    ($($op:ident, $beside:ident, $second:ident, $slow:ident: $t:ty, $regs:ident, $ready:path => $otherwise:path;)*) => {$(
        #[allow(dead_code, reason = "not every store is the first of some pair")]
        pub(crate) enum $op {}

        impl Attempt for $op {
            #[inline(always)]
            fn attempt(h: &mut Hart, i: &Entry) -> bool {
                if !$ready(h) {
                    return false;
                }
                let Ok(at) = h.tlb.store::<{ size_of::<$t>() as u64 }>(address(h, i)) else {
                    return false;
                };
                host_write::<$t>(at, h.$regs.get(i.rs2) as $t);
                true
            }

            #[inline(always)]
            fn otherwise(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
                $op(h, env, e, b)
            }
        }

        #[inline]
        pub(crate) fn $op(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            if !$ready(h) {
                return $otherwise(h, env, e, b);
            }
            match h.tlb.store::<{ size_of::<$t>() as u64 }>(address(h, i)) {
                Ok(at) => {
                    host_write::<$t>(at, h.$regs.get(i.rs2) as $t);
                    e.next(h, env, b)
                }
                Err(failed) => $beside(h, env, e, b, failed),
            }
        }

        #[inline(never)]
        fn $beside(
            h: &mut Hart,
            env: &mut Env<'_>,
            e: Cursor,
            b: BlockRef,
            failed: FailedProbe,
        ) -> Flow {
            let i = e.entry();
            match h.tlb.store_beside_special(failed) {
                Some(at) => {
                    host_write::<$t>(at, h.$regs.get(i.rs2) as $t);
                    e.next(h, env, b)
                }
                None => $second(h, env, e, b),
            }
        }

        #[inline(never)]
        fn $second(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            let (va, size) = (address(h, i), size_of::<$t>() as u64);
            let mut known = h.tlb.store_misaligned_or_special(va, size);
            if known.is_none() {
                known = h.recall_data(env, va, size, Access::Store);
            }
            match known {
                Some(at) => {
                    host_write::<$t>(at, h.$regs.get(i.rs2) as $t);
                    e.next(h, env, b)
                }
                None => $slow(h, env, e, b),
            }
        }

        #[cold]
        #[inline(never)]
        fn $slow(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            let (va, value) = (address(h, i), h.$regs.get(i.rs2));
            let now = time_at(h, env, e, b);
            let result = h.store_slow::<$t>(env, va, value, now);
            h.resume(env, e, b, result)
        }
    )*};
}

/// Integer accesses have no precondition.
#[inline(always)]
fn always(_: &Hart) -> bool {
    true
}

/// Floating-point loads need FS = Dirty, which [`make_dirty`] sees to.
#[inline(always)]
fn is_dirty(h: &Hart) -> bool {
    h.fp.is_dirty()
}

/// Floating-point stores need FS other than Off.
#[inline(always)]
fn is_on(h: &Hart) -> bool {
    !h.fp.is_off()
}

loads! {
    Lb, lb_misaligned, lb_slow: i8 => |v| i64::from(v) as u64, x, always => illegal;
    Lh, lh_misaligned, lh_slow: i16 => |v| i64::from(v) as u64, x, always => illegal;
    Lw, lw_misaligned, lw_slow: i32 => |v| i64::from(v) as u64, x, always => illegal;
    Ld, ld_misaligned, ld_slow: u64 => |v| v, x, always => illegal;
    Lbu, lbu_misaligned, lbu_slow: u8 => |v| u64::from(v), x, always => illegal;
    Lhu, lhu_misaligned, lhu_slow: u16 => |v| u64::from(v), x, always => illegal;
    Lwu, lwu_misaligned, lwu_slow: u32 => |v| u64::from(v), x, always => illegal;
    Flh, flh_misaligned, flh_slow: u16 => |v| box16(v), f, is_dirty => make_dirty;
    Flw, flw_misaligned, flw_slow: u32 => |v| box32(v), f, is_dirty => make_dirty;
    Fld, fld_misaligned, fld_slow: u64 => |v| v, f, is_dirty => make_dirty;
}

stores! {
    Sb, sb_beside, sb_misaligned, sb_slow: u8, x, always => illegal;
    Sh, sh_beside, sh_misaligned, sh_slow: u16, x, always => illegal;
    Sw, sw_beside, sw_misaligned, sw_slow: u32, x, always => illegal;
    Sd, sd_beside, sd_misaligned, sd_slow: u64, x, always => illegal;
    Fsh, fsh_beside, fsh_misaligned, fsh_slow: u16, f, is_on => illegal;
    Fsw, fsw_beside, fsw_misaligned, fsw_slow: u32, f, is_on => illegal;
    Fsd, fsd_beside, fsd_misaligned, fsd_slow: u64, f, is_on => illegal;
}

/// Bytes in a cache block of the CMO extensions.
pub const CACHE_BLOCK: u64 = 64;

/// Whether an operation that needs one of `bits` is allowed where the hart
/// is.
fn is_enabled(h: &Hart, bits: u64) -> bool {
    let machine = h.csrs.menvcfg & bits != 0;
    match h.privilege {
        Privilege::Machine => true,
        Privilege::Supervisor => machine,
        Privilege::User => machine && h.csrs.senvcfg & bits != 0,
    }
}

/// There is no cache that the guest could see: a clean, flush or invalidate
/// is only its permission check. A block may be invalidated only by who may
/// also flush it, so it never loses data.
fn manage_block(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef, enable: u64) -> Flow {
    if !is_enabled(h, enable) {
        return illegal(h, env, e, b);
    }
    let va = h.x.get(e.entry().rs1);
    let result = check_block(h, env, va);
    h.resume(env, e, b, result)
}

/// A management operation needs permission to load or to store. No page can
/// be written but not read, so that a load is what to ask for; it leaves D
/// alone, as it must. Its failures are store exceptions.
fn check_block(h: &mut Hart, env: &mut Env<'_>, va: u64) -> Result<(), Exception> {
    use pagewalk_isa::ExceptionCause::{
        LoadAccessFault, LoadPageFault, StoreAccessFault, StorePageFault,
    };
    h.translate(env, va, 1, Access::Load, Purpose::MemoryOnly)
        .map(|_| ())
        .map_err(|exception| Exception {
            cause: match exception.cause {
                LoadAccessFault => StoreAccessFault,
                LoadPageFault => StorePageFault,
                other => other,
            },
            ..exception
        })
}

pub(crate) fn CboClean(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    manage_block(h, env, e, b, ENVCFG_CBCFE)
}

pub(crate) fn CboFlush(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    manage_block(h, env, e, b, ENVCFG_CBCFE)
}

pub(crate) fn CboInval(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    manage_block(h, env, e, b, ENVCFG_CBIE)
}

pub(crate) fn CboZero(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    if !is_enabled(h, ENVCFG_CBZE) {
        return illegal(h, env, e, b);
    }
    let va = h.x.get(e.entry().rs1);
    let result = zero_block(h, env, va);
    h.resume(env, e, b, result)
}

fn zero_block(h: &mut Hart, env: &mut Env<'_>, va: u64) -> Result<(), Exception> {
    const { assert!(PAGE_SIZE.is_multiple_of(CACHE_BLOCK)) };
    let start = va & !(CACHE_BLOCK - 1);
    let at_va = |exception| Exception {
        tval: va,
        ..exception
    };
    // PMP rules may be finer than a block, a translation is not: each word is
    // checked before D is set, and before the first is written.
    for word in (start..).step_by(Width::B8.bytes() as usize).take(8) {
        h.probe_store(env, word, 8, Purpose::MemoryOnly)
            .map_err(at_va)?;
    }
    let translation = h.translate(env, start, 8, Access::Store, Purpose::MemoryOnly);
    let pa = translation.map_err(at_va)?.pa;
    h.note_store(true);
    env.bus.ram.zero(pa, CACHE_BLOCK);
    h.after_ram_write(env);
    Ok(())
}
