//! The towers of Hanoi (É. Lucas, 1883): a tower of discs moves from one peg to
//! another by way of a third, and no disc ever lies on a smaller one.
//!
//! Recursive, with the discs really moved and the rule checked at each move.

use core::hint::black_box;

use crate::{Meter, Work, Workload, checksum::Checksum, static_cell::StaticCell};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "towers",
    unit: "500 × towers of Hanoi with 12 discs",
    units: 5,
    expected: 0x5e4b_dbb9_e6bd_316d,
    work: Work::Compute { words: 0, run },
};

/// Discs of the tower.
const DISCS: usize = 12;
/// Times that the tower moves in a unit, each time on to the next peg.
const ROUNDS: usize = 500;

/// One peg: the sizes of its discs, the lowest first.
struct Peg {
    discs: [u8; DISCS],
    height: usize,
}

/// The three pegs, and the number of moves made.
struct Board {
    pegs: [Peg; 3],
    moves: u64,
}

impl Board {
    const EMPTY: Self = Self {
        pegs: [const {
            Peg {
                discs: [0; DISCS],
                height: 0,
            }
        }; 3],
        moves: 0,
    };

    /// Puts the whole tower on the first peg.
    fn set_up(&mut self) {
        *self = Self::EMPTY;
        for size in (1..=DISCS).rev() {
            self.pegs[0].push(size as u8);
        }
    }

    /// Moves the upper `count` discs of peg `from` to peg `to`.
    #[inline(never)]
    fn move_tower(&mut self, count: usize, from: usize, to: usize) {
        let other = 3 - from - to;
        if count > 1 {
            self.move_tower(count - 1, from, other);
        }
        let disc = self.pegs[from].pop();
        self.pegs[to].push(disc);
        self.moves += 1;
        if count > 1 {
            self.move_tower(count - 1, other, to);
        }
    }

    fn checksum(&self) -> u64 {
        let mut checksum = Checksum::new();
        checksum.add(self.moves);
        for peg in &self.pegs {
            checksum.add(peg.height as u64);
            for disc in &peg.discs[..peg.height] {
                checksum.add(u64::from(*disc));
            }
        }
        checksum.finish()
    }
}

impl Peg {
    #[inline(never)]
    fn push(&mut self, disc: u8) {
        if self.height > 0 {
            assert!(
                self.discs[self.height - 1] > disc,
                "a disc on a smaller one"
            );
        }
        self.discs[self.height] = disc;
        self.height += 1;
    }

    #[inline(never)]
    fn pop(&mut self) -> u8 {
        self.height -= 1;
        self.discs[self.height]
    }
}

static BOARD: StaticCell<Board> = StaticCell::new(Board::EMPTY);

fn run(_: &mut [u64], meter: &mut Meter<'_>) {
    let board = BOARD.take();
    meter.measure(&mut || {
        board.set_up();
        for round in 0..ROUNDS {
            board.move_tower(black_box(DISCS), round % 3, (round + 1) % 3);
        }
        board.checksum()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    /// A tower of n discs takes 2ⁿ - 1 moves, and after so many rounds it is
    /// whole on the peg that the last round led to.
    #[test]
    fn expected_checksum_is_that_of_the_known_outcome() {
        let mut board = Board::EMPTY;
        board.moves = ((1 << DISCS) - 1) * ROUNDS as u64;
        let peg = &mut board.pegs[ROUNDS % 3];
        for place in 0..DISCS {
            peg.discs[place] = (DISCS - place) as u8;
        }
        peg.height = DISCS;
        let checksum = board.checksum();
        assert_eq!(checksum, WORKLOAD.expected, "{checksum:#018x}");
    }

    #[test]
    #[should_panic(expected = "a disc on a smaller one")]
    fn the_rule_is_checked() {
        let mut board = Board::EMPTY;
        board.set_up();
        for _ in 0..2 {
            let disc = board.pegs[0].pop();
            board.pegs[1].push(disc);
        }
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
