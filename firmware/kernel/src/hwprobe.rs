//! What `riscv_hwprobe` tells programs of the hart.
//!
//! Source: Linux, Documentation/arch/riscv/hwprobe.rst. Keys that mean nothing here
//! become -1, so that programs can ask for what only newer kernels know.

/// Extensions that have a bit of [`IMA_EXT_0`], by their names in the device tree.
const BITS: &[(&str, u32)] = &[
    ("c", 1),
    ("v", 2),
    ("zba", 3),
    ("zbb", 4),
    ("zbs", 5),
    ("zicboz", 6),
    ("zbc", 7),
    ("zbkb", 8),
    ("zbkc", 9),
    ("zbkx", 10),
    ("zfh", 27),
    ("zfhmin", 28),
    ("zihintntl", 29),
    ("zfa", 32),
    ("zacas", 34),
    ("zicond", 35),
    ("zihintpause", 36),
    ("zimop", 42),
    ("zca", 43),
    ("zcb", 44),
    ("zcd", 45),
    ("zcmop", 47),
    ("zawrs", 48),
];

/// The vendor, architecture and implementation of the hart.
const MVENDORID: i64 = 0;
const MIMPID: i64 = 2;
/// The base: IMA as user programs have it.
const BASE_BEHAVIOR: i64 = 3;
/// Which extensions there are.
const IMA_EXT_0: i64 = 4;
/// How fast misaligned accesses are; two ways to ask.
const CPUPERF_0: i64 = 5;
const MISALIGNED_SCALAR_PERF: i64 = 9;
/// Misaligned accesses take no more instructions than others.
const MISALIGNED_FAST: u64 = 3;
/// Bytes that `cbo.zero` makes zero.
const ZICBOZ_BLOCK_SIZE: i64 = 6;
/// The last address of the half that processes have.
const HIGHEST_VIRT_ADDRESS: i64 = 7;
/// Ticks of the `time` CSR in a second.
const TIME_CSR_FREQ: i64 = 8;

/// What is known of the hart.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Hart {
    /// `mvendorid`, `marchid`, `mimpid`.
    pub identity: [u64; 3],
    /// The bits of its extensions.
    pub extensions: u64,
    /// Bytes that `cbo.zero` makes zero; 0 without Zicboz.
    pub zero_block: u64,
    /// Ticks of the `time` CSR in a second.
    pub ticks_per_second: u64,
}

/// The bits of extensions with these names.
pub fn extensions<'a>(names: impl Iterator<Item = &'a [u8]>) -> u64 {
    let bit = |name: &[u8]| {
        let mut all = BITS.iter();
        all.find(|(known, _)| known.as_bytes() == name)
            .map_or(0, |(_, bit)| 1 << bit)
    };
    let (mut bits, mut floats) = (0, 0);
    for name in names {
        bits |= bit(name);
        // The lowest bit says both F and D.
        floats += u32::from(matches!(name, b"f" | b"d"));
    }
    bits | u64::from(floats == 2)
}

impl Hart {
    /// The value of a key; `None` for one that means nothing.
    pub fn value(&self, key: i64) -> Option<u64> {
        Some(match key {
            MVENDORID..=MIMPID => self.identity[key as usize],
            BASE_BEHAVIOR => 1,
            IMA_EXT_0 => self.extensions,
            CPUPERF_0 | MISALIGNED_SCALAR_PERF => MISALIGNED_FAST,
            ZICBOZ_BLOCK_SIZE => self.zero_block,
            HIGHEST_VIRT_ADDRESS => crate::mem::USER_END.address() - 1,
            TIME_CSR_FREQ => self.ticks_per_second,
            _ => return None,
        })
    }

    /// Whether the hart has what a pair of key and value asks for.
    pub fn has(&self, key: i64, value: u64) -> bool {
        let own = self.value(key);
        match key {
            BASE_BEHAVIOR | IMA_EXT_0 | CPUPERF_0 => own.is_some_and(|own| own & value == value),
            _ => own == Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(names: &[&str]) -> u64 {
        extensions(names.iter().map(|name| name.as_bytes()))
    }

    #[test]
    fn extensions_have_their_bits() {
        assert_eq!(bits(&["i", "m", "a", "f"]), 0, "F alone is nothing");
        assert_eq!(bits(&["f", "d"]), 1);
        assert_eq!(
            bits(&["d", "c", "f", "zfh", "svpbmt"]),
            1 | 1 << 1 | 1 << 27
        );
    }

    #[test]
    fn keys_are_told_or_unknown() {
        let hart = Hart {
            extensions: 0b1001,
            ticks_per_second: 10,
            ..Hart::default()
        };
        assert_eq!(hart.value(0), Some(0));
        assert_eq!(hart.value(4), Some(0b1001));
        assert_eq!(hart.value(7), Some((1 << 38) - 1));
        assert_eq!((hart.value(10), hart.value(-1)), (None, None));
        assert!(hart.has(4, 0b1000) && !hart.has(4, 0b10));
        assert!(hart.has(8, 10) && !hart.has(8, 2) && !hart.has(99, 0));
    }
}
