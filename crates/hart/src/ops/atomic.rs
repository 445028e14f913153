//! Atomic memory operations: A, Zabha, Zacas.
//!
//! Source: RISC-V Unprivileged ISA, "A Extension for Atomic Instructions",
//! "Zacas", "Zabha". One hart runs at a time, so that everything here is
//! atomic and ordered as strongly as any `aq` and `rl` could ask.
//!
//! CHOICE(spec): a misaligned atomic raises an address-misaligned exception,
//! before translation. The reservation set is the naturally aligned 64 bytes
//! around the word; it is lost by any SC, `mret`, `sret`, and at the end of
//! the hart's turn. An AMO to a device raises an access fault.
#![allow(non_snake_case, reason = "handlers are named like the variants of Op")]

use pagewalk_bus::{GRANULE_SIZE, PhysAddr, Width};
use pagewalk_mmu::Access;

use crate::engine::block::{BlockRef, Cursor, Flow};
use crate::lsu::{Int, host_read, host_write};
use crate::trap::Exception;
use crate::{Env, Hart};

/// Sign-extends the value of a type to a register.
trait Extend: Int {
    fn extend(self) -> u64;
}
impl Extend for i8 {
    #[inline(always)]
    fn extend(self) -> u64 {
        i64::from(self) as u64
    }
}
impl Extend for i16 {
    #[inline(always)]
    fn extend(self) -> u64 {
        i64::from(self) as u64
    }
}
impl Extend for i32 {
    #[inline(always)]
    fn extend(self) -> u64 {
        i64::from(self) as u64
    }
}
impl Extend for i64 {
    #[inline(always)]
    fn extend(self) -> u64 {
        self as u64
    }
}

/// Replaces the value at `va` by what `change` makes of it, and returns the
/// old one.
fn modify<T: Extend>(
    h: &mut Hart,
    env: &mut Env<'_>,
    va: u64,
    change: impl FnOnce(T) -> T,
) -> Result<T, Exception> {
    let pa = h.atomic_address(env, va, T::SIZE, Access::Store)?;
    let old = T::truncate(read(env, pa, T::WIDTH));
    let new = change(old).extend();
    h.note_store(new != old.extend());
    env.bus.ram.write(pa, T::WIDTH, new);
    h.after_ram_write(env);
    Ok(old)
}

fn read(env: &Env<'_>, pa: PhysAddr, width: Width) -> u64 {
    env.bus
        .ram
        .read(pa, width)
        .expect("an atomic access that was allowed is of RAM")
}

/// Defines `amo` handlers: old and operand give the new value.
macro_rules! amos {
    ($($op:ident, $slow:ident: $t:ty = |$old:ident, $operand:ident| $new:expr;)*) => {$(
        pub(crate) fn $op(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            match h.tlb.store::<{ <$t as Int>::SIZE }>(h.x.get(i.rs1)) {
                Ok(at) => {
                    let ($old, $operand) = (host_read::<$t>(at), h.x.get(i.rs2) as $t);
                    host_write::<$t>(at, $new);
                    h.x.set(i.rd, $old.extend());
                    e.next(h, env, b)
                }
                Err(_) => $slow(h, env, e, b),
            }
        }

        #[cold]
        fn $slow(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let i = e.entry();
            let (va, $operand) = (h.x.get(i.rs1), h.x.get(i.rs2) as $t);
            let result = modify::<$t>(h, env, va, |$old| $new);
            let result = result.map(|old| h.x.set(i.rd, old.extend()));
            h.resume(env, e, b, result)
        }
    )*};
}

/// Defines the nine AMOs of one size.
macro_rules! amos_of_size {
    ($t:ty, $unsigned:ty:
        $swap:ident $swap_slow:ident $add:ident $add_slow:ident $xor:ident $xor_slow:ident
        $and:ident $and_slow:ident $or:ident $or_slow:ident $min:ident $min_slow:ident
        $max:ident $max_slow:ident $minu:ident $minu_slow:ident $maxu:ident $maxu_slow:ident) => {
        amos! {
            $swap, $swap_slow: $t = |_old, operand| operand;
            $add, $add_slow: $t = |old, operand| old.wrapping_add(operand);
            $xor, $xor_slow: $t = |old, operand| old ^ operand;
            $and, $and_slow: $t = |old, operand| old & operand;
            $or, $or_slow: $t = |old, operand| old | operand;
            $min, $min_slow: $t = |old, operand| old.min(operand);
            $max, $max_slow: $t = |old, operand| old.max(operand);
            $minu, $minu_slow: $t = |old, operand| (old as $unsigned).min(operand as $unsigned) as $t;
            $maxu, $maxu_slow: $t = |old, operand| (old as $unsigned).max(operand as $unsigned) as $t;
        }
    };
}

amos_of_size! { i8, u8:
AmoswapB amoswap_b AmoaddB amoadd_b AmoxorB amoxor_b AmoandB amoand_b AmoorB amoor_b
AmominB amomin_b AmomaxB amomax_b AmominuB amominu_b AmomaxuB amomaxu_b }
amos_of_size! { i16, u16:
AmoswapH amoswap_h AmoaddH amoadd_h AmoxorH amoxor_h AmoandH amoand_h AmoorH amoor_h
AmominH amomin_h AmomaxH amomax_h AmominuH amominu_h AmomaxuH amomaxu_h }
amos_of_size! { i32, u32:
AmoswapW amoswap_w AmoaddW amoadd_w AmoxorW amoxor_w AmoandW amoand_w AmoorW amoor_w
AmominW amomin_w AmomaxW amomax_w AmominuW amominu_w AmomaxuW amomaxu_w }
amos_of_size! { i64, u64:
AmoswapD amoswap_d AmoaddD amoadd_d AmoxorD amoxor_d AmoandD amoand_d AmoorD amoor_d
AmominD amomin_d AmomaxD amomax_d AmominuD amominu_d AmomaxuD amomaxu_d }

/// The granule of `pa`: its reservation set.
fn reservation_set(pa: PhysAddr) -> PhysAddr {
    PhysAddr(pa.0 & !(GRANULE_SIZE - 1))
}

fn load_reserved<T: Extend>(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    let i = e.entry();
    let va = h.x.get(i.rs1);
    let result = h.atomic_address(env, va, T::SIZE, Access::Load).map(|pa| {
        h.reservation = Some(reservation_set(pa));
        h.x.set(i.rd, T::truncate(read(env, pa, T::WIDTH)).extend());
    });
    h.resume(env, e, b, result)
}

fn store_conditional<T: Extend>(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    let i = e.entry();
    let va = h.x.get(i.rs1);
    let result = h.atomic_address(env, va, T::SIZE, Access::Store).map(|pa| {
        let succeeds = h.reservation == Some(reservation_set(pa));
        if succeeds {
            h.note_store(true);
            env.bus.ram.write(pa, T::WIDTH, h.x.get(i.rs2));
            h.after_ram_write(env);
        }
        h.reservation = None;
        h.x.set(i.rd, u64::from(!succeeds));
    });
    h.resume(env, e, b, result)
}

pub(crate) fn LrW(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    load_reserved::<i32>(h, env, e, b)
}

pub(crate) fn LrD(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    load_reserved::<i64>(h, env, e, b)
}

pub(crate) fn ScW(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    store_conditional::<i32>(h, env, e, b)
}

pub(crate) fn ScD(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    store_conditional::<i64>(h, env, e, b)
}

/// Compare and swap: rd holds the expected value and gets the old one.
fn compare_and_swap<T: Extend + PartialEq>(
    h: &mut Hart,
    env: &mut Env<'_>,
    e: Cursor,
    b: BlockRef,
) -> Flow {
    let i = e.entry();
    let va = h.x.get(i.rs1);
    // The destination may be the scratch register that stands for x0.
    let expected = T::truncate(h.x.as_array()[usize::from(i.rd.number())]);
    let new = T::truncate(h.x.get(i.rs2));
    let swap = |old: T| if old == expected { new } else { old };
    let result = modify::<T>(h, env, va, swap);
    let result = result.map(|old| h.x.set(i.rd, old.extend()));
    h.resume(env, e, b, result)
}

pub(crate) fn AmocasB(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    compare_and_swap::<i8>(h, env, e, b)
}

pub(crate) fn AmocasH(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    compare_and_swap::<i16>(h, env, e, b)
}

pub(crate) fn AmocasW(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    compare_and_swap::<i32>(h, env, e, b)
}

pub(crate) fn AmocasD(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    compare_and_swap::<i64>(h, env, e, b)
}

/// Compare and swap of 16 bytes in register pairs; a pair that begins with
/// `x0` reads as zero and is not written.
pub(crate) fn AmocasQ(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    let i = e.entry();
    let pair = |h: &Hart, first: u8| match first {
        0 => [0, 0],
        _ => [h.x()[usize::from(first)], h.x()[usize::from(first) | 1]],
    };
    let (rd, rs2) = (i.rd.number(), i.rs2.number());
    let (expected, new) = (pair(h, rd), pair(h, rs2));
    let va = h.x.get(i.rs1);
    let result = h.atomic_address(env, va, 16, Access::Store).map(|pa| {
        let old = [read(env, pa, Width::B8), read(env, pa.offset(8), Width::B8)];
        // A failed compare writes too: what was there, as the others do.
        let [low, high] = if old == expected { new } else { old };
        h.note_store([low, high] != old);
        env.bus.ram.write(pa, Width::B8, low);
        env.bus.ram.write(pa.offset(8), Width::B8, high);
        h.after_ram_write(env);
        if rd != 0 {
            h.set_x(rd, old[0]);
            h.set_x(rd | 1, old[1]);
        }
    });
    h.resume(env, e, b, result)
}
