//! A digest of a benchmark's result.

/// Folds 64-bit words into one, each word by the FNV-1a step: `(h ^ w) * p`.
///
/// The order of the words matters, which is what a check of a sorted array or
/// of a vector needs.
#[derive(Clone, Copy)]
pub(crate) struct Checksum(u64);

impl Checksum {
    /// The FNV-1a offset basis for 64 bits.
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    /// The FNV prime for 64 bits.
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    pub(crate) fn new() -> Self {
        Self(Self::BASIS)
    }

    pub(crate) fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(Self::PRIME);
    }

    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}
