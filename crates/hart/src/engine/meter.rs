//! What blocks cost, instructions, data accesses and floating-point operations, in one
//! number: counting all takes no more host instructions than counting one.

/// A number of instructions, in the low half, and how many of them are of each kind,
/// in the two quarters above.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Charge(u64);

const HALF: u32 = 32;
const QUARTER: u32 = 16;

/// Kinds of instructions that are counted apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A load, store or atomic.
    Access,
    /// A floating-point operation that rounds.
    Float,
    Other,
}

/// How many of each kind were executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Executed {
    pub(crate) accesses: u64,
    pub(crate) floats: u64,
}

impl Charge {
    pub(crate) const NONE: Self = Self(0);

    /// The charge for instructions of these kinds.
    pub(crate) fn of(kinds: impl Iterator<Item = Kind>) -> Self {
        let charge = |kind| match kind {
            Kind::Access => 1 | 1 << HALF,
            Kind::Float => 1 | 1 << (HALF + QUARTER),
            Kind::Other => 1,
        };
        Self(kinds.map(charge).sum())
    }

    #[inline(always)]
    pub(crate) fn instructions(self) -> u64 {
        self.0 & u64::from(u32::MAX)
    }
}

/// Instructions that may still be executed, in the low half, and minus what was
/// executed of each kind, modulo 2^32, in the high half.
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

    /// Adds to the budget, which stays below 2^16, so that no count can be larger.
    pub(crate) fn allow(&mut self, instructions: u64) {
        self.0 = self.0.wrapping_add(instructions);
    }

    /// What was executed since the last call.
    pub(crate) fn take_executed(&mut self) -> Executed {
        let counts = u64::from(((self.0 >> HALF) as u32).wrapping_neg());
        self.0 = self.budget();
        Executed {
            accesses: counts & ((1 << QUARTER) - 1),
            floats: counts >> QUARTER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executed(accesses: u64, floats: u64) -> Executed {
        Executed { accesses, floats }
    }

    #[test]
    fn the_counts_are_kept_apart() {
        let charge = Charge::of([Kind::Access, Kind::Other, Kind::Access].into_iter());
        let last = Charge::of([Kind::Access].into_iter());
        let float = Charge::of([Kind::Float].into_iter());
        let mut meter = Meter::default();
        meter.allow(7);
        assert!(meter.pay(charge) && meter.pay(charge) && !meter.pay(charge));
        assert_eq!(meter.budget(), 1);
        meter.pay_back(last);
        assert_eq!(meter.budget(), 2);
        assert_eq!(meter.take_executed(), executed(3, 0));
        assert_eq!(meter.take_executed(), executed(0, 0));
        assert_eq!(meter.budget(), 2);
        assert!(meter.pay(last) && meter.pay(float));
        assert_eq!(meter.take_executed(), executed(1, 1));
    }

    #[test]
    fn a_slice_of_one_kind_fits() {
        for (kind, expected) in [
            (Kind::Access, executed(4096, 0)),
            (Kind::Float, executed(0, 4096)),
        ] {
            let mut meter = Meter::default();
            meter.allow(4096);
            assert!(meter.pay(Charge::of([kind; 4096].into_iter())));
            assert_eq!((meter.budget(), meter.take_executed()), (0, expected));
        }
    }
}
