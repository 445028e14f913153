//! However a run is cut into pieces, and whatever blocks come of it, the guest
//! sees the same.

use std::cell::RefCell;
use std::rc::Rc;

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, PhysAddr, Width};
use pagewalk_hart::{AdPolicy, Stop};
use pagewalk_isa::{Extension, IsaSet};

use crate::board::{Board, State};
use crate::generate::{self, DEVICE, PAGES};
use crate::random::Random;

/// Programs in a run of the test, and instructions in each.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 400 } else { 4000 };
const LENGTH: u64 = 3000;

/// When a device was accessed, where, and what was written.
type Log = Rc<RefCell<Vec<(u64, u64, u64)>>>;

/// A device that tells the time and remembers who asked.
#[derive(Debug)]
struct Witness(Log);

impl Device for Witness {
    fn name(&self) -> &'static str {
        "witness"
    }
    fn read(&mut self, cx: &mut DeviceCx<'_>, offset: u64, _: Width) -> Result<u64, BusFault> {
        self.0.borrow_mut().push((cx.now.0, offset, 0));
        if offset >= 0x800 {
            Err(BusFault)
        } else {
            Ok(cx.now.0)
        }
    }
    fn write(
        &mut self,
        cx: &mut DeviceCx<'_>,
        offset: u64,
        _: Width,
        value: u64,
    ) -> Result<(), BusFault> {
        self.0.borrow_mut().push((cx.now.0, offset, value));
        // Into code, as DMA would.
        cx.ram.write(
            PhysAddr(generate::CODE + (value & 0x1ff8)),
            Width::B4,
            value >> 16,
        );
        Ok(())
    }
    fn deadline(&self, _: &Clock) -> Option<Instant> {
        None
    }
    fn tick(&mut self, _: &mut DeviceCx<'_>) {}
    fn reset(&mut self) {}
}

#[derive(PartialEq)]
struct End {
    state: State,
    memory: Vec<u8>,
    device: Vec<(u64, u64, u64)>,
    stops: Vec<String>,
}

/// Runs program `seed` in pieces of the lengths that `budget` gives.
fn run(seed: u64, mut budget: impl FnMut() -> u64) -> End {
    let mut random = Random::new(seed);
    let isa = match random.below(4) {
        0 => IsaSet::ANNOUNCED.without(Extension::Zca),
        1 => IsaSet::ANNOUNCED.without(Extension::F),
        _ => IsaSet::ANNOUNCED,
    };
    let mut board = Board::with(PAGES, 1, isa, AdPolicy::Guest);
    let log = Log::default();
    board
        .bus
        .map(PhysAddr(DEVICE), 0x1000, Box::new(Witness(Rc::clone(&log))))
        .expect("room for a device");
    board.skew = random.below(1000);
    generate::program(&mut random, &mut board, isa);
    let mut stops = Vec::new();
    let mut next_event = random.below(200);
    loop {
        let retired = board.harts[0].retired();
        if retired == next_event {
            // Interrupts, and jumps out of loops, at times that have nothing
            // to do with the pieces.
            let (lines, length) = match random.below(3) {
                0 => (random.next() & 0xaaa, 20),
                _ => (0, 200),
            };
            board.harts[0].set_lines(lines);
            if random.percent(30) {
                board.harts[0].set_pc(generate::CODE + 4 * random.below(0x700));
            }
            next_event += 1 + random.below(length);
        }
        if retired >= LENGTH {
            break;
        }
        let now = Instant(retired + board.skew);
        let deadline = board.harts[0].deadline(&board.bus.clock, now);
        let until_due = deadline.map_or(u64::MAX, |due| due.since(now));
        let piece = budget().min(next_event - retired).min(LENGTH - retired);
        let piece = if until_due == 0 {
            piece
        } else {
            piece.min(until_due)
        };
        match board.run(0, piece) {
            Stop::Budget => {}
            stop @ (Stop::Parked | Stop::Verdict(_)) => {
                stops.push(format!("{stop:?} at {}", board.harts[0].retired()));
                break;
            }
            stop => stops.push(format!("{stop:?} at {}", board.harts[0].retired())),
        }
    }
    let device = log.take();
    End {
        state: board.state(0),
        memory: board.memory(),
        device,
        stops,
    }
}

fn assert_same(seed: u64, how: &str, expected: &End, end: &End) {
    assert_eq!(expected.stops, end.stops, "program {seed}, {how}");
    assert_eq!(expected.device, end.device, "program {seed}, {how}");
    assert_eq!(expected.state, end.state, "program {seed}, {how}");
    assert!(
        expected.memory == end.memory,
        "program {seed}, {how}: memory differs"
    );
}

#[test]
fn pieces_and_blocks_do_not_show() {
    let mut retired = 0;
    for seed in 0..PROGRAMS {
        let single = run(seed, || 1);
        retired += single.state.retired;
        assert_same(seed, "in one piece", &single, &run(seed, || u64::MAX));
        let mut random = Random::new(!seed);
        let most = random.pick(&[2, 5, 20, 100, 1000]);
        let pieces = run(seed, || 1 + random.below(most));
        assert_same(seed, "in random pieces", &single, &pieces);
    }
    // Most programs get somewhere, or this would test nothing.
    assert!(retired > PROGRAMS * LENGTH / 2, "{retired} instructions");
}
