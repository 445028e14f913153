//! Edge-weighted operands: a deterministic stream of bit patterns that sits
//! where floating point goes wrong, after the manner of TestFloat.

#![allow(dead_code, reason = "each test program uses the part it needs")]

/// The fields of a format, as the generator needs them.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// Bits of the exponent field.
    pub(crate) exp_bits: u32,
    /// Bits of the trailing significand field.
    pub(crate) frac_bits: u32,
}

impl Layout {
    pub(crate) const F16: Layout = Layout {
        exp_bits: 5,
        frac_bits: 10,
    };
    pub(crate) const F32: Layout = Layout {
        exp_bits: 8,
        frac_bits: 23,
    };
    pub(crate) const F64: Layout = Layout {
        exp_bits: 11,
        frac_bits: 52,
    };

    fn exp_max(self) -> i64 {
        (1 << self.exp_bits) - 1
    }

    fn bias(self) -> i64 {
        self.exp_max() / 2
    }

    fn frac_mask(self) -> u64 {
        (1 << self.frac_bits) - 1
    }

    fn mask(self) -> u64 {
        u64::MAX >> (63 - self.exp_bits - self.frac_bits)
    }

    fn exp_of(self, raw: u64) -> i64 {
        (raw >> self.frac_bits) as i64 & self.exp_max()
    }

    fn pack(self, sign: u64, exp: i64, frac: u64) -> u64 {
        let exp = exp.clamp(0, self.exp_max()) as u64;
        (((sign & 1) << self.exp_bits | exp) << self.frac_bits) | (frac & self.frac_mask())
    }
}

/// A stream of cases; the same seed gives the same stream.
pub(crate) struct Cases {
    state: u64,
}

impl Cases {
    pub(crate) fn new(seed: u64) -> Cases {
        Cases { state: seed }
    }

    /// 64 random bits (SplitMix64).
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(limit)) >> 64) as u64
    }

    fn near(&mut self, centre: i64, radius: i64) -> i64 {
        centre + self.below(2 * radius as u64 + 1) as i64 - radius
    }

    /// An exponent field: its ends, its middle, the places where significands
    /// of integers end, or anything.
    fn exp(&mut self, layout: Layout) -> i64 {
        let frac = i64::from(layout.frac_bits);
        match self.below(8) {
            0 => self.below(3) as i64,
            1 => layout.exp_max() - self.below(3) as i64,
            2 => self.near(layout.bias(), 2),
            3 => layout.bias() + self.near(frac, 3),
            4 => self.near(layout.bias(), frac + 3),
            5 => layout.bias() + [15, 16, 31, 32, 63, 64][self.below(6) as usize] - 1,
            _ => self.below(layout.exp_max() as u64 + 1) as i64,
        }
    }

    /// A significand: few bits set, few clear, a run of ones, a pattern near
    /// one of these, many trailing zeros, or anything.
    fn frac(&mut self, width: u32) -> u64 {
        let mask = u64::MAX >> (64 - width);
        let at = |cases: &mut Cases| 1u64 << cases.below(u64::from(width));
        let pattern = match self.below(10) {
            0 => 0,
            1 => at(self),
            2 => at(self) | at(self),
            3 => at(self).wrapping_sub(at(self)),
            4 => !(at(self) - 1),
            5 => at(self) - 1,
            6 => at(self) | (self.bits() & 3),
            7 => self.bits() << self.below(u64::from(width)),
            _ => self.bits(),
        };
        let pattern = match self.below(8) {
            0 => !pattern,
            1 => pattern.wrapping_add(1),
            2 => pattern.wrapping_sub(1),
            _ => pattern,
        };
        pattern & mask
    }

    /// One operand.
    pub(crate) fn float(&mut self, layout: Layout) -> u64 {
        let exp = self.exp(layout);
        self.float_with_exp(layout, exp)
    }

    fn float_with_exp(&mut self, layout: Layout, exp: i64) -> u64 {
        let frac = self.frac(layout.frac_bits);
        layout.pack(self.bits(), exp, frac)
    }

    /// A second operand: independent of the first, or such that the exponents
    /// are near each other, or those of the product or quotient at an edge,
    /// or the values nearly equal.
    pub(crate) fn partner(&mut self, layout: Layout, first: u64) -> u64 {
        let exp = layout.exp_of(first);
        let frac = i64::from(layout.frac_bits);
        match self.below(8) {
            0 => {
                let exp = self.near(exp, frac + 3);
                self.float_with_exp(layout, exp)
            }
            1 => {
                let exp = self.near(exp, 1);
                self.float_with_exp(layout, exp)
            }
            2 | 3 => {
                let product = self.edge_exp(layout);
                self.float_with_exp(layout, product - exp + layout.bias())
            }
            4 => {
                let quotient = self.edge_exp(layout);
                self.float_with_exp(layout, exp - quotient + layout.bias())
            }
            5 => self.neighbour(layout, first),
            _ => self.float(layout),
        }
    }

    /// An exponent near overflow or around and below the subnormals.
    fn edge_exp(&mut self, layout: Layout) -> i64 {
        match self.below(3) {
            0 => self.near(layout.exp_max() - 1, 2),
            1 => self.near(0, 2),
            _ => self.near(
                -i64::from(layout.frac_bits) / 2,
                i64::from(layout.frac_bits) / 2 + 3,
            ),
        }
    }

    /// A value a few last places from `raw`, of any sign.
    pub(crate) fn neighbour(&mut self, layout: Layout, raw: u64) -> u64 {
        let step = self.near(0, 3) as u64;
        let sign = self.bits() & (1 << (layout.exp_bits + layout.frac_bits));
        (raw.wrapping_add(step) ^ sign) & layout.mask()
    }

    /// An operand for the conversion to another format: half of the time
    /// with an exponent around the ends of that format's range.
    pub(crate) fn for_target(&mut self, layout: Layout, target: Layout) -> u64 {
        if self.bits() & 1 == 0 {
            return self.float(layout);
        }
        let exp = self.edge_exp(target) - target.bias() + layout.bias();
        self.float_with_exp(layout, exp)
    }

    /// An integer of any width: few bits, runs, neighbours of powers of two.
    pub(crate) fn integer(&mut self) -> u64 {
        let width = 1 + self.below(64) as u32;
        let sign_extension = u64::MAX << (width - 1);
        self.frac(width) | (sign_extension * (self.bits() & 1))
    }
}
