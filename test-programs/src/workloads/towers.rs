//! The towers of Hanoi (É. Lucas, 1883): a tower of discs moves from one peg to
//! another by way of a third, and no disc ever lies on a smaller one.
//!
//! Recursive, with the discs really moved and the rule checked at each move.

use core::hint::black_box;

use crate::{bench::Workload, checksum::Checksum, static_cell::StaticCell};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "towers",
    run,
    expected: 0xc7b2_c992_04ed_1bc1,
};

/// Discs of the tower.
const DISCS: usize = 12;
/// Times that the tower moves, each time on to the next peg.
const ROUNDS: usize = 5_000;

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

fn run() -> u64 {
    let board = BOARD.take();
    board.set_up();
    for round in 0..ROUNDS {
        board.move_tower(black_box(DISCS), round % 3, (round + 1) % 3);
    }
    board.checksum()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_program_gives_the_expected_checksum() {
        assert_eq!(run(), WORKLOAD.expected);
    }
}
