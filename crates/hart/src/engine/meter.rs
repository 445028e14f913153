//! What blocks cost, instructions and data accesses, in one number: counting
//! both takes no more host instructions than counting one.

/// A number of instructions, in the low half, and how many of them access
/// memory, in the high half.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Charge(u64);

const HALF: u32 = 32;

impl Charge {
    pub(crate) const NONE: Self = Self(0);

    /// The charge for instructions that each access memory or do not.
    pub(crate) fn of(accesses: impl Iterator<Item = bool>) -> Self {
        Self(
            accesses
                .map(|accesses| 1 | u64::from(accesses) << HALF)
                .sum(),
        )
    }

    #[inline(always)]
    pub(crate) fn instructions(self) -> u64 {
        self.0 & u64::from(u32::MAX)
    }
}

/// Instructions that may still be executed, in the low half, and minus the
/// accesses made, modulo 2^32, in the high half.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter(u64);

impl Meter {
    /// Instructions that may still be executed.
    #[inline(always)]
    pub(crate) fn budget(self) -> u64 {
        self.0 & u64::from(u32::MAX)
    }

    /// Pays `charge` if the budget allows, and says whether it did.
    #[inline(always)]
    pub(crate) fn pay(&mut self, charge: Charge) -> bool {
        let enough = self.0 as u32 >= charge.0 as u32;
        if enough {
            self.0 = self.0.wrapping_sub(charge.0);
        }
        enough
    }

    /// Takes `charge` back: its instructions were not executed.
    pub(crate) fn pay_back(&mut self, charge: Charge) {
        self.0 = self.0.wrapping_add(charge.0);
    }

    /// Adds to the budget, which stays far below 2^32.
    pub(crate) fn allow(&mut self, instructions: u64) {
        self.0 = self.0.wrapping_add(instructions);
    }

    /// The accesses made since the last call.
    pub(crate) fn take_accesses(&mut self) -> u64 {
        let accesses = (self.0 >> HALF) as u32;
        self.0 = self.budget();
        u64::from(accesses.wrapping_neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_counts_are_kept_apart() {
        let charge = Charge::of([true, false, true].into_iter());
        let last = Charge::of([true].into_iter());
        let mut meter = Meter::default();
        meter.allow(7);
        assert!(meter.pay(charge) && meter.pay(charge) && !meter.pay(charge));
        assert_eq!(meter.budget(), 1);
        meter.pay_back(last);
        assert_eq!(meter.budget(), 2);
        assert_eq!(meter.take_accesses(), 3);
        assert_eq!(meter.take_accesses(), 0);
        assert_eq!(meter.budget(), 2);
        assert!(meter.pay(last));
        assert_eq!(meter.take_accesses(), 1);
    }
}
