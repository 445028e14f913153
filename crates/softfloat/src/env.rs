//! Rounding modes and exception flags: the two fields of `fcsr`
//! (Unprivileged Architecture, "Floating-Point Control and Status Register").

use core::fmt;
use core::ops::{BitOr, BitOrAssign};

/// How a result that does not fit its format is rounded. The numbers are the
/// encodings of `frm` and of the `rm` field of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Rounding {
    /// To nearest, ties to even.
    Rne = 0,
    /// Towards zero.
    Rtz = 1,
    /// Down, towards −∞.
    Rdn = 2,
    /// Up, towards +∞.
    Rup = 3,
    /// To nearest, ties to the larger magnitude.
    Rmm = 4,
}

impl Rounding {
    /// All rounding modes in the order of their encodings.
    pub const ALL: [Rounding; 5] = [
        Rounding::Rne,
        Rounding::Rtz,
        Rounding::Rdn,
        Rounding::Rup,
        Rounding::Rmm,
    ];

    /// Decodes a static rounding mode; `None` for the reserved encodings 5
    /// and 6 and for 7 (DYN), which the caller resolves.
    #[inline]
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Rounding> {
        match bits {
            0 => Some(Rounding::Rne),
            1 => Some(Rounding::Rtz),
            2 => Some(Rounding::Rdn),
            3 => Some(Rounding::Rup),
            4 => Some(Rounding::Rmm),
            _ => None,
        }
    }
}

/// A set of IEEE exception flags, laid out as in `fflags`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// No exception.
    pub const NONE: Flags = Flags(0);
    /// Inexact.
    pub const NX: Flags = Flags(1);
    /// Underflow.
    pub const UF: Flags = Flags(2);
    /// Overflow.
    pub const OF: Flags = Flags(4);
    /// Divide by zero.
    pub const DZ: Flags = Flags(8);
    /// Invalid operation.
    pub const NV: Flags = Flags(16);

    /// The flags of a value of `fflags`; other bits are ignored.
    #[inline]
    #[must_use]
    pub const fn from_bits(bits: u8) -> Flags {
        Flags(bits & 0x1f)
    }

    /// The value of `fflags`.
    #[inline]
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether every flag of `other` is set.
    #[inline]
    #[must_use]
    pub const fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no flag is set.
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Sets [`Flags::NX`] if the result was inexact, without a branch.
    #[inline]
    pub(crate) fn raise_inexact_if(&mut self, inexact: bool) {
        self.0 |= u8::from(inexact);
    }
}

impl BitOr for Flags {
    type Output = Flags;

    #[inline]
    fn bitor(self, rhs: Flags) -> Flags {
        Flags(self.0 | rhs.0)
    }
}

impl BitOrAssign for Flags {
    #[inline]
    fn bitor_assign(&mut self, rhs: Flags) {
        self.0 |= rhs.0;
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Flags, &str); 5] = [
            (Flags::NV, "NV"),
            (Flags::DZ, "DZ"),
            (Flags::OF, "OF"),
            (Flags::UF, "UF"),
            (Flags::NX, "NX"),
        ];
        let mut set = f.debug_set();
        for (flag, name) in NAMES {
            if self.contains(flag) {
                set.entry(&format_args!("{name}"));
            }
        }
        set.finish()
    }
}

/// Where an operation finds the flags that are set already, and leaves those
/// that it raises: [`Flags`], or [`Quick`] for callers that have a better place
/// for the exact code than the middle of their own.
pub trait Accrual {
    /// The flags that are set.
    fn accrued(&self) -> Flags;

    /// The result of an operation that needs the exact code, which `compute`
    /// calls with the flags that are set; it returns them with those raised.
    fn exactly<T: Default>(&mut self, compute: impl FnOnce(Flags) -> (T, Flags)) -> T;
}

impl Accrual for Flags {
    #[inline(always)]
    fn accrued(&self) -> Flags {
        *self
    }

    #[inline(always)]
    fn exactly<T: Default>(&mut self, compute: impl FnOnce(Flags) -> (T, Flags)) -> T {
        let (value, flags) = compute(*self);
        *self = flags;
        value
    }
}

/// Only tries: an operation that needs the exact code has some value and is
/// remembered, so that the caller can do everything again with [`Flags`].
///
/// ```
/// use pagewalk_softfloat::{F64, Flags, Quick, Rounding};
///
/// let (one, three) = (F64(1.0f64.to_bits()), F64(3.0f64.to_bits()));
/// let mut quick = Quick::new(Flags::NONE);
/// let _ = one.div(three, Rounding::Rne, &mut quick);
/// assert!(!quick.is_known(), "raises NX");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Quick {
    accrued: Flags,
    known: bool,
}

impl Quick {
    /// With these flags set already.
    #[inline(always)]
    #[must_use]
    pub fn new(accrued: Flags) -> Self {
        Self {
            accrued,
            known: true,
        }
    }

    /// Whether no operation needed the exact code: then all values are right
    /// and no flag was raised.
    #[inline(always)]
    #[must_use]
    pub fn is_known(self) -> bool {
        self.known
    }
}

impl Accrual for Quick {
    #[inline(always)]
    fn accrued(&self) -> Flags {
        self.accrued
    }

    #[inline(always)]
    fn exactly<T: Default>(&mut self, _: impl FnOnce(Flags) -> (T, Flags)) -> T {
        self.known = false;
        T::default()
    }
}
