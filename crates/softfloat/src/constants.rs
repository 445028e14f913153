//! The constants of the Zfa load-immediate instructions (Unprivileged
//! Architecture, chapter Zfa, "Load-Immediate Instructions").

use crate::env::{Flags, Rounding};
use crate::exact::{self, Format};
use crate::types::F64;

/// The table by the index in the `rs1` field. Entry 1 stands for the smallest
/// positive normal number of the format, whatever that is.
const TABLE: [f64; 32] = [
    -1.0,
    0.0,
    1.0 / 65536.0,
    1.0 / 32768.0,
    1.0 / 256.0,
    1.0 / 128.0,
    0.0625,
    0.125,
    0.25,
    0.3125,
    0.375,
    0.4375,
    0.5,
    0.625,
    0.75,
    0.875,
    1.0,
    1.25,
    1.5,
    1.75,
    2.0,
    2.5,
    3.0,
    4.0,
    8.0,
    16.0,
    128.0,
    256.0,
    32768.0,
    65536.0,
    f64::INFINITY,
    f64::NAN,
];

/// Where the table has the smallest positive normal number.
const SMALLEST_NORMAL: usize = 1;

/// The constant of this index; only the low five bits count. A constant too
/// large for the format (65536 in binary16) is infinity.
pub(crate) fn load_immediate<F: Format>(index: u8) -> F {
    let index = usize::from(index) % TABLE.len();
    if index == SMALLEST_NORMAL {
        return F::from_raw(F::IMPLICIT);
    }
    let constant = F64(TABLE[index].to_bits());
    // Loading a constant raises nothing.
    exact::convert(constant, Rounding::Rne, &mut Flags::NONE.clone())
}
