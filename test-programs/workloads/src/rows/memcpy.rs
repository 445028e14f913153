//! Copying memory by the library's `memcpy`, the one that every Rust program
//! for a target without an operating system has.
//!
//! Blocks of pseudo-random length move between pseudo-random places of two
//! buffers, three of four to places of the same alignment as they came from.

use crate::{Meter, Work, Workload, checksum::Checksum, random::Random, static_cell::StaticCell};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "memcpy",
    unit: "400,000 blocks of up to 512 bytes, copied",
    units: 5,
    expected: 0xc9a6_9632_30a9_99ec,
    work: Work::Compute { words: 0, run },
};

/// Bytes of a buffer. The two together fit beside code in one page.
const LEN: usize = 1024;
/// Blocks copied in a unit.
const ROUNDS: u64 = 400_000;

/// The two buffers, aligned alike wherever the linker puts them.
#[repr(C, align(64))]
struct Buffers {
    to: [u8; LEN],
    from: [u8; LEN],
}

/// One block: its length and places.
struct Block {
    to: usize,
    from: usize,
    len: usize,
}

impl Block {
    /// The next block. One of four is placed at any two bytes, which differ in
    /// alignment more often than not; the others lie at multiples of eight.
    fn next(random: &mut Random) -> Self {
        let bits = random.next();
        let any_place = bits & 3 == 0;
        let mask = if any_place { usize::MAX } else { !7 };
        let place = |shift: u32| ((bits >> shift) as usize % (LEN / 2)) & mask;
        Self {
            to: place(8),
            from: place(24),
            len: (bits >> 40) as usize % (LEN / 2),
        }
    }
}

static BUFFERS: StaticCell<Buffers> = StaticCell::new(Buffers {
    to: [0; LEN],
    from: [0; LEN],
});

fn run(_: &mut [u64], meter: &mut Meter<'_>) {
    let buffers = BUFFERS.take();
    meter.measure(&mut || copy_rounds(buffers, ROUNDS, <[u8]>::copy_from_slice));
}

/// Copies `rounds` blocks and digests both buffers. The source changes by a byte
/// after each block, so that every block differs from those before.
fn copy_rounds(buffers: &mut Buffers, rounds: u64, copy: impl Fn(&mut [u8], &[u8])) -> u64 {
    let mut random = Random::new(3);
    buffers.to.fill(0);
    buffers.from.fill_with(|| random.next() as u8);
    for round in 0..rounds {
        let block = Block::next(&mut random);
        let to = &mut buffers.to[block.to..block.to + block.len];
        copy(to, &buffers.from[block.from..block.from + block.len]);
        buffers.from[block.from] = round as u8;
    }
    let mut checksum = Checksum::new();
    for byte in buffers.to.iter().chain(&buffers.from) {
        checksum.add(u64::from(*byte));
    }
    checksum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    const EMPTY: Buffers = Buffers {
        to: [0; LEN],
        from: [0; LEN],
    };

    #[test]
    fn expected_checksum_is_that_of_copying_byte_by_byte() {
        let checksum = copy_rounds(&mut { EMPTY }, ROUNDS, |to, from| {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        });
        assert_eq!(checksum, WORKLOAD.expected, "{checksum:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
