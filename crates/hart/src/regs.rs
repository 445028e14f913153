//! The registers, indexed without a bounds check.
#![allow(
    unsafe_code,
    reason = "two register accesses an instruction: the index type carries the proof"
)]

/// Number of a register that instructions may write: 0 to 31, or
/// [`Reg::SCRATCH`]. Never anything else, which is what makes indexing with it
/// safe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct Reg(u8);

impl Reg {
    /// Takes the writes that go to `x0`, so that no write needs a test.
    const SCRATCH: Self = Self(32);

    /// Register `number` as a source.
    ///
    /// # Panics
    /// If `number` is above 31.
    pub(crate) fn source(number: u8) -> Self {
        assert!(number < 32, "register number {number}");
        Self(number)
    }

    /// Register `number` as a destination of integer results.
    ///
    /// # Panics
    /// If `number` is above 31.
    pub(crate) fn destination(number: u8) -> Self {
        assert!(number < 32, "register number {number}");
        if number == 0 {
            Self::SCRATCH
        } else {
            Self(number)
        }
    }

    /// The number as an instruction has it: 0 for the scratch register.
    pub(crate) fn number(self) -> u8 {
        self.0 % 32
    }
}

/// `x0` to `x31`, and the scratch register behind them.
#[derive(Clone, Debug)]
#[repr(transparent)]
pub(crate) struct XRegs([u64; 33]);

impl XRegs {
    pub(crate) const ZERO: Self = Self([0; 33]);

    #[inline(always)]
    pub(crate) fn get(&self, reg: Reg) -> u64 {
        // SAFETY: a `Reg` is at most 32.
        unsafe { *self.0.get_unchecked(usize::from(reg.0)) }
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, reg: Reg, value: u64) {
        debug_assert!(reg.0 != 0, "x0 is never a destination");
        // SAFETY: a `Reg` is at most 32.
        unsafe { *self.0.get_unchecked_mut(usize::from(reg.0)) = value };
    }

    /// The architectural registers.
    pub(crate) fn as_array(&self) -> &[u64; 32] {
        self.0.first_chunk().expect("33 registers hold 32")
    }
}

/// `f0` to `f31`, raw bits, and a place behind them that nothing uses: it is
/// there since a [`Reg`] may be the scratch register.
#[derive(Clone, Debug)]
#[repr(transparent)]
pub(crate) struct FRegs([u64; 33]);

impl FRegs {
    pub(crate) const ZERO: Self = Self([0; 33]);

    #[inline(always)]
    pub(crate) fn get(&self, reg: Reg) -> u64 {
        // SAFETY: a `Reg` is at most 32.
        unsafe { *self.0.get_unchecked(usize::from(reg.0)) }
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, reg: Reg, value: u64) {
        // SAFETY: a `Reg` is at most 32.
        unsafe { *self.0.get_unchecked_mut(usize::from(reg.0)) = value };
    }

    /// The architectural registers.
    pub(crate) fn as_array(&self) -> &[u64; 32] {
        self.0.first_chunk().expect("33 registers hold 32")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x0_stays_zero_and_the_scratch_register_is_not_architectural() {
        let mut x = XRegs::ZERO;
        x.set(Reg::destination(0), 7);
        x.set(Reg::destination(31), 9);
        assert_eq!(x.get(Reg::source(0)), 0);
        assert_eq!(x.as_array()[0], 0);
        assert_eq!(x.as_array()[31], 9);
        assert_eq!(Reg::destination(0).number(), 0);
    }
}
