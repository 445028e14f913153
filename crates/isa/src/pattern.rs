//! Bit patterns of encodings, written as text and checked by the compiler.

/// The fixed bits of an encoding: a word matches when its bits under `mask`
/// are those of `value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Ones where the pattern fixes a bit.
    pub mask: u32,
    /// The fixed bits; zero where the mask is zero.
    pub value: u32,
}

impl Pattern {
    /// Reads a pattern of `width` characters, the most significant bit first:
    /// `0` and `1` are fixed bits, `.` is an operand or an unused bit.
    ///
    /// # Panics
    ///
    /// On another length or another character. The tables call this in
    /// constants, so that a wrong pattern does not compile.
    #[must_use]
    pub const fn parse(text: &str, width: usize) -> Self {
        let bytes = text.as_bytes();
        assert!(bytes.len() == width, "a pattern has one character a bit");
        let (mut mask, mut value) = (0, 0);
        let mut i = 0;
        while i < width {
            mask <<= 1;
            value <<= 1;
            match bytes[i] {
                b'0' => mask |= 1,
                b'1' => {
                    mask |= 1;
                    value |= 1;
                }
                b'.' => {}
                _ => panic!("a pattern is made of the characters 0, 1 and ."),
            }
            i += 1;
        }
        Self { mask, value }
    }

    /// Does `word` have all fixed bits?
    #[must_use]
    pub const fn matches(self, word: u32) -> bool {
        word & self.mask == self.value
    }

    /// Is there a word that matches both patterns?
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        (self.value ^ other.value) & self.mask & other.mask == 0
    }

    /// Does every word that matches `self` match `other` too?
    #[must_use]
    pub const fn refines(self, other: Self) -> bool {
        self.overlaps(other) && self.mask & other.mask == other.mask
    }
}

/// A run of bits that an instruction word and its immediate share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Lowest bit in the instruction word.
    pub(crate) word_bit: u8,
    /// Lowest bit in the immediate.
    pub(crate) imm_bit: u8,
    /// Number of bits.
    pub(crate) width: u8,
}

/// Where the bits of an immediate stand in the instruction word. Decoding and
/// encoding read the same description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImmLayout {
    pub(crate) pieces: &'static [Piece],
    /// Bits of a signed immediate, 0 for an unsigned one.
    signed_width: u8,
    /// Bits that the encoding implies without holding them.
    implied: i32,
}

impl ImmLayout {
    /// No immediate: always zero.
    pub(crate) const NONE: Self = Self::unsigned(&[]);

    /// A zero-extended immediate.
    pub(crate) const fn unsigned(pieces: &'static [Piece]) -> Self {
        Self {
            pieces,
            signed_width: 0,
            implied: 0,
        }
    }

    /// An immediate of `width` bits, sign-extended.
    pub(crate) const fn signed(width: u8, pieces: &'static [Piece]) -> Self {
        Self {
            pieces,
            signed_width: width,
            implied: 0,
        }
    }

    /// Bits that are always set in the immediate.
    pub(crate) const fn implying(self, implied: i32) -> Self {
        Self { implied, ..self }
    }

    /// The immediate in `word`.
    pub(crate) const fn extract(&self, word: u32) -> i32 {
        let mut imm = 0;
        let mut i = 0;
        while i < self.pieces.len() {
            let piece = self.pieces[i];
            let bits = (word >> piece.word_bit) & low_bits(piece.width);
            imm |= bits << piece.imm_bit;
            i += 1;
        }
        let imm = imm as i32 | self.implied;
        if self.signed_width == 0 {
            return imm;
        }
        let unused = 32 - self.signed_width;
        (imm << unused) >> unused
    }

    /// The bits of the instruction word that hold `imm`.
    pub(crate) const fn insert(&self, imm: i32) -> u32 {
        let mut word = 0;
        let mut i = 0;
        while i < self.pieces.len() {
            let piece = self.pieces[i];
            let bits = (imm as u32 >> piece.imm_bit) & low_bits(piece.width);
            word |= bits << piece.word_bit;
            i += 1;
        }
        word
    }

    /// All bits of the instruction word that belong to the immediate.
    pub(crate) const fn mask(&self) -> u32 {
        self.insert(-1)
    }
}

/// A layout written as the manual draws it: `word_bit: imm_bit width` for
/// each run of bits.
macro_rules! pieces {
    ($($word_bit:literal <- $imm_bit:literal, $width:literal);* $(;)?) => {
        &[$($crate::pattern::Piece { word_bit: $word_bit, imm_bit: $imm_bit, width: $width }),*]
    };
}
pub(crate) use pieces;

const fn low_bits(width: u8) -> u32 {
    (1 << width) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_mask_and_value() {
        let pattern = Pattern::parse("1.0.", 4);
        assert_eq!(
            pattern,
            Pattern {
                mask: 0b1010,
                value: 0b1000
            }
        );
        assert!(pattern.matches(0b1101));
        assert!(!pattern.matches(0b1110));
    }

    #[test]
    fn refinement_is_one_way() {
        let (base, special) = (Pattern::parse("1...", 4), Pattern::parse("1.0.", 4));
        assert!(special.refines(base) && !base.refines(special));
        assert!(!special.overlaps(Pattern::parse("0...", 4)));
    }

    #[test]
    fn a_layout_scatters_what_it_gathers() {
        let branch = ImmLayout::signed(13, pieces![8 <- 1, 4; 25 <- 5, 6; 7 <- 11, 1; 31 <- 12, 1]);
        assert_eq!(branch.mask(), 0xfe00_0f80);
        for imm in (-4096..4096).step_by(2) {
            assert_eq!(branch.extract(branch.insert(imm)), imm);
        }
    }
}
