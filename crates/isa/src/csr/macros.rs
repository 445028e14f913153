//! The macro that makes [`Csr`](super::Csr) out of its table.

/// The type of the number in a variant that stands for a family.
macro_rules! number_of {
    ($n:ident) => {
        u8
    };
}
pub(super) use number_of;

/// Appends one register, or a family of them, to an array.
macro_rules! push {
    ($all:ident, $used:ident, $variant:ident) => {
        $all[$used] = Csr::$variant;
        $used += 1;
    };
    ($all:ident, $used:ident, $variant:ident, $low:literal, $high:literal, $step:literal) => {
        let mut number = $low;
        while number < $high {
            $all[$used] = Csr::$variant(number);
            $used += 1;
            number += $step;
        }
    };
}
pub(super) use push;

/// Number of registers of a row.
macro_rules! count {
    () => {
        1
    };
    ($low:literal, $high:literal, $step:literal) => {
        ($high - $low) / $step
    };
}
pub(super) use count;

macro_rules! csrs {
    ($isa:ident => $(
        section $section:literal needs $needs:tt {
            $( $variant:ident $(($n:ident in $low:literal .. $high:literal step $step:literal))?
               $name:literal = $number:expr, reset $reset:expr,
               write [$($extension:ident : $mask:expr),*], $doc:literal; )+
        }
    )+) => {
        use $crate::csr::macros::{count, number_of, push};
        use $crate::extension::{Extension, IsaSet, Requirement, needs};

        /// A control and status register that exists on some hart of ours.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Csr {
            $($(
                #[doc = concat!("`", $name, "`: ", $doc, " (", $section, ").")]
                $variant $((number_of!($n)))?,
            )+)+
        }

        /// How many registers there are.
        const COUNT: usize = 0 $($( + count!($($low, $high, $step)?) )+)+;

        impl Csr {
            /// All registers, families in full, in the order of the table.
            pub const ALL: [Self; COUNT] = {
                let mut all = [Csr::Fflags; COUNT];
                let mut used = 0;
                $($( push!(all, used, $variant $(, $low, $high, $step)?); )+)+
                assert!(used == COUNT);
                all
            };

            /// The number that CSR instructions name it by.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self {$($(
                    Self::$variant $(($n))? => { $( let $n = $n as u16; )? $number }
                )+)+}
            }

            /// The value after reset of a hart that has `isa`. `mhartid` and
            /// `menvcfg.ADUE` are the board's to choose.
            #[must_use]
            pub const fn reset_value(self, $isa: IsaSet) -> u64 {
                match self {$($( Self::$variant $(($n))? => { $( let _ = $n; )? $reset } )+)+}
            }

            /// The bits that a write can change on a hart that has `isa`. The
            /// others keep their value.
            #[must_use]
            pub const fn write_mask(self, isa: IsaSet) -> u64 {
                let mut mask = 0;
                match self {$($(
                    Self::$variant $(($n))? => {
                        $( let $n = $n as u16; let _ = $n; )?
                        $( if isa.contains(Extension::$extension) { mask |= $mask; } )*
                    }
                )+)+}
                mask
            }

            /// What a hart needs to have it.
            #[must_use]
            pub const fn extension(self) -> Requirement {
                match self {$($( Self::$variant { .. } => needs! $needs, )+)+}
            }

            /// Where the manual describes it.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self {$($( Self::$variant { .. } => $section, )+)+}
            }

            /// The meaning in a few words.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self {$($( Self::$variant { .. } => $doc, )+)+}
            }

            /// The name without the number of a family, and that number.
            pub(crate) const fn name_parts(self) -> (&'static str, Option<u8>) {
                match self {$($(
                    Self::$variant $(($n))? => {
                        let number: Option<u8> = None;
                        $( let number = match number { None => Some($n), some => some }; )?
                        ($name, number)
                    }
                )+)+}
            }
        }
    };
}
pub(super) use csrs;
