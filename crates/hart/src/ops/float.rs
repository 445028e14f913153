//! Floating point: F, D, Zfh, Zfa.
//!
//! Source: RISC-V Unprivileged ISA, chapters "F", "D", "Zfh", "Zfa". Values
//! and flags are [`pagewalk_softfloat`]'s; here are NaN boxing, rounding modes
//! and the FS field of `mstatus`.
//!
//! CHOICE(spec): FS becomes Dirty by every instruction that writes a
//! floating-point register, and by others only if they change `fflags`.
#![allow(non_snake_case, reason = "handlers are named like the variants of Op")]

use pagewalk_softfloat::{F16, F32, F64, Flags, Quick, Rounding};

use crate::csr::mstatus;
use crate::engine::block::{BlockRef, Cursor, Entry, Flow};
use crate::ops::system::illegal;
use crate::ops::word;
use crate::regs::Reg;
use crate::{Env, Hart};

/// The floating-point control state.
#[derive(Clone, Debug)]
pub(crate) struct FpState {
    /// `mstatus.FS`, kept where it is quick to look at.
    pub(crate) fs: u64,
    pub(crate) flags: Flags,
    /// `frm`: 3 bits, which may name no rounding mode.
    pub(crate) frm: u8,
}

const FS_DIRTY: u64 = 3;

impl FpState {
    pub(crate) fn new(status: u64) -> Self {
        let fs = (status & mstatus::FS) >> mstatus::FS.trailing_zeros();
        Self {
            fs,
            flags: Flags::NONE,
            frm: 0,
        }
    }

    #[inline(always)]
    pub(crate) fn is_dirty(&self) -> bool {
        self.fs == FS_DIRTY
    }

    #[inline(always)]
    pub(crate) fn is_off(&self) -> bool {
        self.fs == 0
    }

    /// The rounding mode that an `rm` field asks for; 7 is the dynamic one.
    #[inline(always)]
    fn rounding(&self, rm: u8) -> Option<Rounding> {
        Rounding::from_bits(if rm == 7 { self.frm } else { rm })
    }
}

impl Hart {
    /// Floating-point state was written.
    pub(crate) fn mark_float_dirty(&mut self) {
        self.csrs.mstatus |= mstatus::FS;
        self.fp.fs = FS_DIRTY;
    }

    #[inline(always)]
    fn set_flags(&mut self, flags: Flags) {
        if flags != self.fp.flags {
            self.fp.flags = flags;
            self.mark_float_dirty();
        }
    }
}

/// An instruction that writes a floating-point register found FS not Dirty:
/// makes it so, if it is not Off, and executes the instruction again.
#[cold]
pub(crate) fn make_dirty(h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
    if h.fp.is_off() {
        return illegal(h, env, e, b);
    }
    h.mark_float_dirty();
    (e.entry().handler)(h, env, e, b)
}

/// A binary16 value as a register holds it.
#[inline(always)]
pub(crate) fn box16(bits: u16) -> u64 {
    F16(bits).to_boxed()
}

/// A binary32 value as a register holds it.
#[inline(always)]
pub(crate) fn box32(bits: u32) -> u64 {
    F32(bits).to_boxed()
}

/// A format in a 64-bit register.
trait Boxed: Copy {
    fn read(register: u64) -> Self;
    fn write(self) -> u64;
}

impl Boxed for F16 {
    #[inline(always)]
    fn read(register: u64) -> Self {
        Self::from_boxed(register)
    }
    #[inline(always)]
    fn write(self) -> u64 {
        self.to_boxed()
    }
}

impl Boxed for F32 {
    #[inline(always)]
    fn read(register: u64) -> Self {
        Self::from_boxed(register)
    }
    #[inline(always)]
    fn write(self) -> u64 {
        self.to_boxed()
    }
}

impl Boxed for F64 {
    #[inline(always)]
    fn read(register: u64) -> Self {
        Self(register)
    }
    #[inline(always)]
    fn write(self) -> u64 {
        self.0
    }
}

#[inline(always)]
fn source<T: Boxed>(h: &Hart, reg: Reg) -> T {
    T::read(h.f.get(reg))
}

/// The third source of a fused multiply-add.
#[inline(always)]
fn third<T: Boxed>(h: &Hart, i: &Entry) -> T {
    T::read(h.f.get(Reg::source(i.imm as u8 & 31)))
}

/// Defines handlers whose result is a floating-point register:
/// `Name(entry, hart, rounding, flags) => value`; without `rounding` the
/// `rm` field does not matter.
macro_rules! to_float {
    ($($op:ident($i:ident, $h:ident, $fl:ident $(, $rm:ident)?) => $value:expr;)*) => {$(
        handlers_of! { $op($i, $h, $fl $(, $rm)?) =>
            $value.write(),
            unless $h.fp.is_dirty() => make_dirty,
            |flags, value| { $h.fp.flags = flags; $h.f.set($i.rd, value); }
        }
    )*};
}

/// Defines handlers whose result is an integer register.
macro_rules! to_integer {
    ($($op:ident($i:ident, $h:ident, $fl:ident $(, $rm:ident)?) => $value:expr;)*) => {$(
        handlers_of! { $op($i, $h, $fl $(, $rm)?) =>
            $value,
            unless !$h.fp.is_off() => illegal,
            |flags, value| { $h.set_flags(flags); $h.x.set($i.rd, value); }
        }
    )*};
}

/// Defines the handler of one instruction, or two for one that rounds: that of
/// the fast path, which needs no frame, and behind it the one that raises
/// flags.
macro_rules! handlers_of {
    ($op:ident($i:ident, $h:ident, $fl:ident) => $value:expr,
        unless $ready:expr => $otherwise:path, |$flags:ident, $result:ident| $done:block) => {
        pub(crate) fn $op($h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            let $i = e.entry();
            if !$ready {
                return $otherwise($h, env, e, b);
            }
            let mut $flags = $h.fp.flags;
            let $fl = &mut $flags;
            let $result: u64 = $value;
            $done
            e.next($h, env, b)
        }
    };
    ($op:ident($i:ident, $h:ident, $fl:ident, $rm:ident) => $value:expr,
        unless $ready:expr => $otherwise:path, |$flags:ident, $result:ident| $done:block) => {
        pub(crate) fn $op($h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
            #[cold]
            #[inline(never)]
            fn exactly($h: &mut Hart, env: &mut Env<'_>, e: Cursor, b: BlockRef) -> Flow {
                let $i = e.entry();
                let Some($rm) = $h.fp.rounding($i.rm) else {
                    return illegal($h, env, e, b);
                };
                let mut $flags = $h.fp.flags;
                let $fl = &mut $flags;
                let $result: u64 = $value;
                $done
                e.next($h, env, b)
            }
            let $i = e.entry();
            if !$ready {
                return $otherwise($h, env, e, b);
            }
            let Some($rm) = $h.fp.rounding($i.rm) else {
                return illegal($h, env, e, b);
            };
            let $flags = $h.fp.flags;
            let mut quick = Quick::new($flags);
            let $fl = &mut quick;
            let $result: u64 = $value;
            if !quick.is_known() {
                return exactly($h, env, e, b);
            }
            $done
            e.next($h, env, b)
        }
    };
}

/// Defines the instructions that every format has.
macro_rules! in_format {
    ($t:ident, $signed:ident, $bits:ident:
        $add:ident $sub:ident $mul:ident $div:ident $sqrt:ident
        $madd:ident $msub:ident $nmsub:ident $nmadd:ident
        $sgnj:ident $sgnjn:ident $sgnjx:ident $min:ident $max:ident
        $eq:ident $lt:ident $le:ident $class:ident
        $cvt_w:ident $cvt_wu:ident $cvt_l:ident $cvt_lu:ident
        $from_w:ident $from_wu:ident $from_l:ident $from_lu:ident
        $to_x:ident $from_x:ident
        $li:ident $minm:ident $maxm:ident $round:ident $roundnx:ident $ltq:ident $leq:ident) => {
        to_float! {
            $add(i, h, fl, rm) => source::<$t>(h, i.rs1).add(source(h, i.rs2), rm, fl);
            $sub(i, h, fl, rm) => source::<$t>(h, i.rs1).sub(source(h, i.rs2), rm, fl);
            $mul(i, h, fl, rm) => source::<$t>(h, i.rs1).mul(source(h, i.rs2), rm, fl);
            $div(i, h, fl, rm) => source::<$t>(h, i.rs1).div(source(h, i.rs2), rm, fl);
            $sqrt(i, h, fl, rm) => source::<$t>(h, i.rs1).sqrt(rm, fl);
            $madd(i, h, fl, rm) =>
                source::<$t>(h, i.rs1).mul_add(source(h, i.rs2), third(h, i), rm, fl);
            $msub(i, h, fl, rm) =>
                source::<$t>(h, i.rs1).mul_add(source(h, i.rs2), third::<$t>(h, i).negate(), rm, fl);
            $nmsub(i, h, fl, rm) =>
                source::<$t>(h, i.rs1).negate().mul_add(source(h, i.rs2), third(h, i), rm, fl);
            $nmadd(i, h, fl, rm) => source::<$t>(h, i.rs1)
                .negate()
                .mul_add(source(h, i.rs2), third::<$t>(h, i).negate(), rm, fl);
            $sgnj(i, h, _fl) => source::<$t>(h, i.rs1).with_sign_of(source(h, i.rs2));
            $sgnjn(i, h, _fl) => source::<$t>(h, i.rs1).with_sign_not_of(source(h, i.rs2));
            $sgnjx(i, h, _fl) => source::<$t>(h, i.rs1).with_sign_xor(source(h, i.rs2));
            $min(i, h, fl) => source::<$t>(h, i.rs1).min(source(h, i.rs2), fl);
            $max(i, h, fl) => source::<$t>(h, i.rs1).max(source(h, i.rs2), fl);
            $minm(i, h, fl) => source::<$t>(h, i.rs1).minm(source(h, i.rs2), fl);
            $maxm(i, h, fl) => source::<$t>(h, i.rs1).maxm(source(h, i.rs2), fl);
            $from_w(i, h, fl, rm) => $t::from_i32(h.x.get(i.rs1) as i32, rm, fl);
            $from_wu(i, h, fl, rm) => $t::from_u32(h.x.get(i.rs1) as u32, rm, fl);
            $from_l(i, h, fl, rm) => $t::from_i64(h.x.get(i.rs1) as i64, rm, fl);
            $from_lu(i, h, fl, rm) => $t::from_u64(h.x.get(i.rs1), rm, fl);
            $from_x(i, h, _fl) => $t(h.x.get(i.rs1) as $bits);
            // The register number of rs1 is the index into the table.
            $li(i, h, _fl) => $t::load_immediate(i.rs1.number());
            $round(i, h, fl, rm) => source::<$t>(h, i.rs1).round_to_integral(rm, fl);
            $roundnx(i, h, fl, rm) => source::<$t>(h, i.rs1).round_to_integral_exact(rm, fl);
        }
        to_integer! {
            $eq(i, h, fl) => u64::from(source::<$t>(h, i.rs1).eq(source(h, i.rs2), fl));
            $lt(i, h, fl) => u64::from(source::<$t>(h, i.rs1).lt(source(h, i.rs2), fl));
            $le(i, h, fl) => u64::from(source::<$t>(h, i.rs1).le(source(h, i.rs2), fl));
            $ltq(i, h, fl) => u64::from(source::<$t>(h, i.rs1).ltq(source(h, i.rs2), fl));
            $leq(i, h, fl) => u64::from(source::<$t>(h, i.rs1).leq(source(h, i.rs2), fl));
            $class(i, h, _fl) => u64::from(source::<$t>(h, i.rs1).classify());
            $cvt_w(i, h, fl, rm) => word(source::<$t>(h, i.rs1).to_i32(rm, fl) as u32);
            $cvt_wu(i, h, fl, rm) => word(source::<$t>(h, i.rs1).to_u32(rm, fl));
            $cvt_l(i, h, fl, rm) => source::<$t>(h, i.rs1).to_i64(rm, fl) as u64;
            $cvt_lu(i, h, fl, rm) => source::<$t>(h, i.rs1).to_u64(rm, fl);
            // Moves take the bits as they are, boxed or not.
            $to_x(i, h, _fl) => i64::from(h.f.get(i.rs1) as $signed) as u64;
        }
    };
}

in_format! { F16, i16, u16:
FaddH FsubH FmulH FdivH FsqrtH FmaddH FmsubH FnmsubH FnmaddH
FsgnjH FsgnjnH FsgnjxH FminH FmaxH FeqH FltH FleH FclassH
FcvtWH FcvtWuH FcvtLH FcvtLuH FcvtHW FcvtHWu FcvtHL FcvtHLu FmvXH FmvHX
FliH FminmH FmaxmH FroundH FroundnxH FltqH FleqH }

in_format! { F32, i32, u32:
FaddS FsubS FmulS FdivS FsqrtS FmaddS FmsubS FnmsubS FnmaddS
FsgnjS FsgnjnS FsgnjxS FminS FmaxS FeqS FltS FleS FclassS
FcvtWS FcvtWuS FcvtLS FcvtLuS FcvtSW FcvtSWu FcvtSL FcvtSLu FmvXW FmvWX
FliS FminmS FmaxmS FroundS FroundnxS FltqS FleqS }

in_format! { F64, i64, u64:
FaddD FsubD FmulD FdivD FsqrtD FmaddD FmsubD FnmsubD FnmaddD
FsgnjD FsgnjnD FsgnjxD FminD FmaxD FeqD FltD FleD FclassD
FcvtWD FcvtWuD FcvtLD FcvtLuD FcvtDW FcvtDWu FcvtDL FcvtDLu FmvXD FmvDX
FliD FminmD FmaxmD FroundD FroundnxD FltqD FleqD }

to_float! {
    FcvtSD(i, h, fl, rm) => source::<F64>(h, i.rs1).to_f32(rm, fl);
    FcvtDS(i, h, fl, rm) => source::<F32>(h, i.rs1).to_f64(rm, fl);
    FcvtSH(i, h, fl, rm) => source::<F16>(h, i.rs1).to_f32(rm, fl);
    FcvtHS(i, h, fl, rm) => source::<F32>(h, i.rs1).to_f16(rm, fl);
    FcvtDH(i, h, fl, rm) => source::<F16>(h, i.rs1).to_f64(rm, fl);
    FcvtHD(i, h, fl, rm) => source::<F64>(h, i.rs1).to_f16(rm, fl);
}

to_integer! {
    FcvtmodWD(i, h, fl) => word(source::<F64>(h, i.rs1).to_i32_modular(fl) as u32);
}
