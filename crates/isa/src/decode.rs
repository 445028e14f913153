//! Decoding and encoding.
//!
//! An index that is built at compile time leads from a few bits of a word to
//! the rows that it can match, the most specific ones first.

use crate::pattern::Pattern;
use crate::table::{COMPRESSED_ROWS, COMPRESSED_TABLE, CompressedRow, Op, ROWS, TABLE};
use crate::{Insn, IsaSet};

/// Decodes the instruction at the start of `raw`: a compressed one if the low
/// two bits are not both set, in which case the upper half is ignored.
///
/// `None` means that a hart with this `isa` has no such instruction: unknown,
/// reserved, of an extension that is not there, or longer than 32 bits.
/// Whether a known instruction may be executed (privilege, FS, CSR access)
/// is not asked here.
#[must_use]
pub fn decode(raw: u32, isa: IsaSet) -> Option<Insn> {
    if raw & 0b11 == 0b11 {
        decode_word(raw, isa)
    } else {
        decode_halfword(raw & 0xffff, isa)
    }
}

fn decode_word(raw: u32, isa: IsaSet) -> Option<Insn> {
    for &number in WORD_INDEX.candidates(word_bucket(raw)) {
        let row = &ROWS[number as usize];
        if !row.pattern.matches(raw) || !row.requirement.is_met_by(isa) {
            continue;
        }
        if !row.format.accepts(raw) {
            return None;
        }
        let shape = &row.shape;
        let [rd, rs1, rs2, rs3, rm] = shape.fields(raw);
        return Some(Insn {
            op: row.op,
            len: 4,
            raw,
            rd,
            rs1,
            rs2,
            rs3,
            rm,
            imm: shape.imm.extract(raw),
        });
    }
    None
}

fn decode_halfword(raw: u32, isa: IsaSet) -> Option<Insn> {
    let row = compressed_row(raw, isa)?;
    let ([rd, rs1, rs2], imm) = row.shape.operands(raw)?;
    Some(Insn {
        op: row.expands_to,
        len: 2,
        raw,
        rd,
        rs1,
        rs2,
        rs3: 0,
        rm: 0,
        imm,
    })
}

/// The row that the 16-bit instruction in the low half of `raw` comes from,
/// if its fixed bits match one. Reserved operands are not looked at.
pub(crate) fn compressed_row(raw: u32, isa: IsaSet) -> Option<&'static CompressedRow> {
    HALFWORD_INDEX
        .candidates(halfword_bucket(raw))
        .iter()
        .map(|&number| &COMPRESSED_ROWS[number as usize])
        .find(|row| row.pattern.matches(raw) && row.requirement.is_met_by(isa))
}

/// The word of an instruction: fixed bits from the table, operands from the
/// fields of `insn`, and unused bits (and aq, rl) from its `raw`.
///
/// For every word that decodes, `encode` gives the same word again. Operands
/// that do not fit their field lose their upper bits. A compressed
/// instruction keeps its compressed form.
#[must_use]
pub fn encode(insn: &Insn) -> u32 {
    if insn.is_compressed() {
        return encode_halfword(insn);
    }
    let row = insn.op.row();
    let shape = &row.shape;
    let unused = insn.raw & !row.pattern.mask & !shape.operand_mask();
    let fields = [insn.rd, insn.rs1, insn.rs2, insn.rs3, insn.rm];
    row.pattern.value | unused | shape.word(fields, insn.imm) & !row.pattern.mask
}

fn encode_halfword(insn: &Insn) -> u32 {
    let raw = insn.raw & 0xffff;
    // Which row it was depends on the announced ISA (c.ntl or c.add), but
    // the expansion says which of them.
    let row = HALFWORD_INDEX
        .candidates(halfword_bucket(raw))
        .iter()
        .map(|&number| &COMPRESSED_ROWS[number as usize])
        .find(|row| row.pattern.matches(raw) && row.expands_to == insn.op);
    match row {
        Some(row) => row
            .shape
            .replace(raw, [insn.rd, insn.rs1, insn.rs2], insn.imm),
        None => raw,
    }
}

/// For each bucket the numbers of the rows that a word of it can match.
struct Index<const BUCKETS: usize, const ENTRIES: usize> {
    starts: [u16; BUCKETS],
    ends: [u16; BUCKETS],
    rows: [u16; ENTRIES],
}

impl<const BUCKETS: usize, const ENTRIES: usize> Index<BUCKETS, ENTRIES> {
    /// The rows whose pattern is possible in a bucket, those with the most
    /// fixed bits first, so that a refinement precedes what it refines.
    /// `keys[bucket]` are the bits that all words of the bucket share.
    const fn new<const ROWS: usize>(patterns: [Pattern; ROWS], keys: [Pattern; BUCKETS]) -> Self {
        let order = most_specific_first(patterns);
        let mut index = Self {
            starts: [0; BUCKETS],
            ends: [0; BUCKETS],
            rows: [0; ENTRIES],
        };
        let mut used = 0;
        let mut bucket = 0;
        while bucket < BUCKETS {
            index.starts[bucket] = used as u16;
            let mut i = 0;
            while i < ROWS {
                if patterns[order[i] as usize].overlaps(keys[bucket]) {
                    index.rows[used] = order[i];
                    used += 1;
                }
                i += 1;
            }
            index.ends[bucket] = used as u16;
            bucket += 1;
        }
        assert!(used == ENTRIES, "the index has no spare entries");
        index
    }

    fn candidates(&self, bucket: usize) -> &[u16] {
        &self.rows[self.starts[bucket] as usize..self.ends[bucket] as usize]
    }
}

/// Row numbers by falling number of fixed bits, otherwise in table order.
const fn most_specific_first<const ROWS: usize>(patterns: [Pattern; ROWS]) -> [u16; ROWS] {
    let mut order = [0; ROWS];
    let mut filled = 0;
    let mut fixed_bits = u32::BITS + 1;
    while fixed_bits > 0 {
        fixed_bits -= 1;
        let mut i = 0;
        while i < ROWS {
            if patterns[i].mask.count_ones() == fixed_bits {
                order[filled] = i as u16;
                filled += 1;
            }
            i += 1;
        }
    }
    order
}

/// The number of entries that an [`Index`] needs.
const fn count_entries<const ROWS: usize, const BUCKETS: usize>(
    patterns: [Pattern; ROWS],
    keys: [Pattern; BUCKETS],
) -> usize {
    let mut count = 0;
    let mut bucket = 0;
    while bucket < BUCKETS {
        let mut i = 0;
        while i < ROWS {
            count += patterns[i].overlaps(keys[bucket]) as usize;
            i += 1;
        }
        bucket += 1;
    }
    count
}

/// Bits 6 to 2.
const MAJOR_OPCODE: u32 = 0b111_1100;
const OP_FP: u32 = 0b101_0000;
const FUNCT3_BIT: u32 = 12;
const FUNCT7_BIT: u32 = 25;
/// 32 major opcodes by funct3, then OP-FP by funct7: there funct3 is mostly a
/// rounding mode and would leave a hundred rows in a bucket.
const WORD_BUCKETS: usize = 256 + 128;
/// Quadrants by funct3.
const HALFWORD_BUCKETS: usize = 32;

const fn word_bucket(word: u32) -> usize {
    let bucket = if word & MAJOR_OPCODE == OP_FP {
        256 + (word >> FUNCT7_BIT)
    } else {
        (word & MAJOR_OPCODE) << 1 | word >> FUNCT3_BIT & 7
    };
    bucket as usize
}

/// The key of the buckets that OP-FP has by funct3: they are not used, so
/// they are kept empty by a key that no 32-bit instruction has.
const NO_WORD: Pattern = Pattern {
    mask: 0b11,
    value: 0b00,
};

const fn word_keys() -> [Pattern; WORD_BUCKETS] {
    let mut keys = [Pattern { mask: 0, value: 0 }; WORD_BUCKETS];
    let mut bucket = 0;
    while bucket < WORD_BUCKETS as u32 {
        keys[bucket as usize] = if bucket < 256 && bucket >> 1 & MAJOR_OPCODE == OP_FP {
            NO_WORD
        } else if bucket < 256 {
            Pattern {
                mask: MAJOR_OPCODE | 7 << FUNCT3_BIT,
                value: bucket >> 1 & MAJOR_OPCODE | (bucket & 7) << FUNCT3_BIT,
            }
        } else {
            Pattern {
                mask: MAJOR_OPCODE | 0x7f << FUNCT7_BIT,
                value: OP_FP | (bucket & 0x7f) << FUNCT7_BIT,
            }
        };
        bucket += 1;
    }
    keys
}

const fn halfword_bucket(word: u32) -> usize {
    ((word >> 13 & 7) << 2 | word & 0b11) as usize
}

const fn halfword_keys() -> [Pattern; HALFWORD_BUCKETS] {
    let mut keys = [Pattern { mask: 0, value: 0 }; HALFWORD_BUCKETS];
    let mut bucket = 0;
    while bucket < HALFWORD_BUCKETS as u32 {
        keys[bucket as usize] = Pattern {
            mask: 7 << 13 | 0b11,
            value: (bucket >> 2) << 13 | bucket & 0b11,
        };
        bucket += 1;
    }
    keys
}

const fn word_patterns() -> [Pattern; Op::COUNT] {
    let mut patterns = [Pattern { mask: 0, value: 0 }; Op::COUNT];
    let mut i = 0;
    while i < Op::COUNT {
        patterns[i] = TABLE[i].pattern;
        i += 1;
    }
    patterns
}

const fn halfword_patterns() -> [Pattern; COMPRESSED_TABLE.len()] {
    let mut patterns = [Pattern { mask: 0, value: 0 }; COMPRESSED_TABLE.len()];
    let mut i = 0;
    while i < COMPRESSED_TABLE.len() {
        patterns[i] = COMPRESSED_TABLE[i].pattern;
        i += 1;
    }
    patterns
}

static WORD_INDEX: Index<WORD_BUCKETS, { count_entries(word_patterns(), word_keys()) }> =
    Index::new(word_patterns(), word_keys());
static HALFWORD_INDEX: Index<
    HALFWORD_BUCKETS,
    { count_entries(halfword_patterns(), halfword_keys()) },
> = Index::new(halfword_patterns(), halfword_keys());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_in_the_bucket_whose_key_it_matches() {
        let (words, halfwords) = (word_keys(), halfword_keys());
        for word in (0..=u32::MAX).step_by(65_521) {
            assert!(words[word_bucket(word)].matches(word));
            assert!(halfwords[halfword_bucket(word)].matches(word));
        }
    }

    #[test]
    fn no_bucket_is_long() {
        for bucket in 0..WORD_BUCKETS {
            let candidates = WORD_INDEX.candidates(bucket).len();
            assert!(candidates <= 24, "{bucket}: {candidates}");
        }
        for bucket in 0..HALFWORD_BUCKETS {
            let candidates = HALFWORD_INDEX.candidates(bucket).len();
            assert!(candidates <= 24, "{bucket}: {candidates}");
        }
    }
}
