use super::*;
use pagewalk_bus::{Bus, Lines, PhysAddr, Ram};

const BASE: PhysAddr = PhysAddr(0x0c00_0000);
const MEIP: u8 = 11;
const SEIP: u8 = 9;
const NOW: Instant = Instant(0);

pub(super) const COUNT: u32 = 96;
/// Where the lines of sources begin: behind the words of two harts.
const SOURCES: usize = 2;

/// A PLIC with four contexts: M and S of two harts.
pub(super) struct Board(Bus);

impl Board {
    pub(super) fn new() -> Self {
        let ram = Ram::new(PhysAddr(0x8000_0000), 4096).expect("one page");
        let mut bus = Bus::new(ram, Lines::new(SOURCES + 2));
        let sources = Line {
            word: SOURCES,
            bit: 0,
        };
        let contexts = (0..2).flat_map(|word| [MEIP, SEIP].map(|bit| Line { word, bit }));
        let plic = Plic::new(sources, COUNT, contexts);
        bus.map_controller(BASE, Plic::SIZE, Box::new(plic))
            .expect("room");
        Self(bus)
    }

    /// A source's device sets its level, and the bus tells the controller.
    pub(super) fn level(&mut self, source: u32, high: bool) {
        let line = Line {
            word: SOURCES + source as usize / 64,
            bit: (source % 64) as u8,
        };
        self.0.lines.set(line, high);
        self.0.refresh(NOW);
    }

    pub(super) fn read(&mut self, offset: u64) -> u32 {
        let value = self.0.read_device(BASE.offset(offset), Width::B4, NOW);
        value.expect("32 bits") as u32
    }

    pub(super) fn write(&mut self, offset: u64, value: u32) {
        let at = BASE.offset(offset);
        self.0
            .write_device(at, Width::B4, value.into(), NOW)
            .expect("32 bits");
    }

    pub(super) fn set_priority(&mut self, source: u32, priority: u32) {
        self.write(4 * u64::from(source), priority);
    }

    /// Enables `source` for `context`, with priority 1.
    fn enable(&mut self, context: u64, source: u32) {
        let at = enables(context, source);
        let others = self.read(at);
        self.write(at, others | 1 << (source % 32));
        self.set_priority(source, 1);
    }

    pub(super) fn is_pending(&mut self, source: u32) -> bool {
        let word = self.read(PENDING + 4 * u64::from(source / 32));
        word >> (source % 32) & 1 != 0
    }

    pub(super) fn claim(&mut self, context: u64) -> u32 {
        self.read(claim(context))
    }

    pub(super) fn complete(&mut self, context: u64, source: u32) {
        self.write(claim(context), source);
    }

    pub(super) fn is_notified(&self, context: u64) -> bool {
        let bit = if context.is_multiple_of(2) {
            MEIP
        } else {
            SEIP
        };
        self.0.lines.word(context as usize / 2) >> bit & 1 != 0
    }
}

pub(super) fn enables(context: u64, source: u32) -> u64 {
    ENABLES + ENABLES_STRIDE * context + 4 * u64::from(source / 32)
}

pub(super) fn threshold(context: u64) -> u64 {
    CONTEXTS + CONTEXT_STRIDE * context
}

fn claim(context: u64) -> u64 {
    threshold(context) + 4
}

#[test]
fn a_level_is_claimed_and_completed() {
    let mut board = Board::new();
    board.enable(1, 10);
    assert!(!board.is_notified(1));
    board.level(10, true);
    assert!(board.is_pending(10));
    assert!(board.is_notified(1));
    assert_eq!(board.0.lines.word(0), 1 << SEIP, "nobody else is notified");
    assert_eq!(board.claim(1), 10);
    assert!(!board.is_pending(10), "claimed");
    assert!(!board.is_notified(1));
    assert_eq!(board.claim(1), 0, "nothing more");
    board.level(10, false);
    board.complete(1, 10);
    assert!(!board.is_notified(1));
}

#[test]
fn a_level_that_stays_high_is_pending_again_after_completion() {
    let mut board = Board::new();
    board.enable(0, 3);
    board.level(3, true);
    assert_eq!(board.claim(0), 3);
    board.level(3, false);
    board.level(3, true);
    assert!(!board.is_pending(3), "the gateway is closed");
    board.complete(0, 3);
    assert!(board.is_pending(3));
    assert!(board.is_notified(0));
    assert_eq!(board.claim(0), 3);
}

#[test]
fn a_request_outlives_its_level() {
    let mut board = Board::new();
    board.enable(0, 95);
    board.level(95, true);
    board.level(95, false);
    assert!(board.is_pending(95));
    assert_eq!(board.claim(0), 95);
    board.complete(0, 95);
    assert!(!board.is_pending(95));
}

#[test]
fn a_source_that_is_not_enabled_is_pending_for_later() {
    let mut board = Board::new();
    board.level(64, true);
    assert!(board.is_pending(64));
    assert_eq!(board.claim(0), 0);
    assert!(!board.is_notified(0));
    board.enable(0, 64);
    assert!(board.is_notified(0));
    board.write(enables(0, 64), 0);
    assert!(!board.is_notified(0));
}

#[test]
fn higher_priorities_come_first_and_then_lower_numbers() {
    let mut board = Board::new();
    for (source, priority) in [(1, 1), (40, 5), (41, 5), (70, 7), (80, 0)] {
        board.enable(0, source);
        board.set_priority(source, priority);
        board.level(source, true);
    }
    let order: Vec<u32> = (0..5).map(|_| board.claim(0)).collect();
    assert_eq!(order, [70, 40, 41, 1, 0], "priority 0 means never");
    board.set_priority(80, 1);
    assert_eq!(board.claim(0), 80);
}

#[test]
fn the_threshold_holds_notifications_back_but_no_claims() {
    let mut board = Board::new();
    board.enable(0, 5);
    board.set_priority(5, 3);
    board.level(5, true);
    for (value, notified) in [(2, true), (3, false), (7, false), (0, true)] {
        board.write(threshold(0), value);
        assert_eq!(board.read(threshold(0)), value);
        assert_eq!(board.is_notified(0), notified, "threshold {value}");
    }
    board.write(threshold(0), 7);
    assert_eq!(board.claim(0), 5);
}

#[test]
fn of_two_contexts_one_gets_the_source() {
    let mut board = Board::new();
    board.enable(1, 10);
    board.enable(3, 10);
    board.level(10, true);
    assert!(board.is_notified(1) && board.is_notified(3));
    assert_eq!(board.claim(3), 10);
    assert!(!board.is_notified(1) && !board.is_notified(3));
    assert_eq!(board.claim(1), 0);
    // A context that may not have the source cannot complete it.
    board.complete(0, 10);
    assert!(!board.is_pending(10));
    // One that may can, though another one has claimed it.
    board.complete(1, 10);
    assert!(board.is_notified(1) && board.is_notified(3));
    assert_eq!(board.claim(1), 10);
}

#[test]
fn completions_of_what_is_not_in_service_change_nothing() {
    let mut board = Board::new();
    board.enable(0, 10);
    board.level(10, true);
    for source in [10, 11, 0, COUNT, 1023, u32::MAX] {
        board.complete(0, source);
    }
    assert!(board.is_pending(10));
    assert_eq!(board.claim(0), 10);
    board.write(enables(0, 10), 0);
    board.complete(0, 10);
    board.enable(0, 10);
    assert_eq!(board.claim(0), 0, "it was disabled when it was completed");
    board.complete(0, 10);
    assert_eq!(board.claim(0), 10);
}

#[test]
fn registers_keep_the_bits_that_exist() {
    let mut board = Board::new();
    for source in [1, 31, 32, 95] {
        board.set_priority(source, u32::MAX);
        assert_eq!(board.read(4 * u64::from(source)), 7);
        board.set_priority(source, 8 + 2);
        assert_eq!(board.read(4 * u64::from(source)), 2);
    }
    for (word, kept) in [(0, !1), (1, !0), (2, !0), (3, 0), (31, 0)] {
        let at = enables(3, 32 * word);
        board.write(at, u32::MAX);
        assert_eq!(board.read(at), kept, "word {word}");
        assert_eq!(board.read(enables(2, 32 * word)), 0, "another context");
    }
    board.write(threshold(1), 0xff);
    assert_eq!(board.read(threshold(1)), 7);
    board.write(PENDING, u32::MAX);
    assert_eq!(board.read(PENDING), 0, "read-only");
}

#[test]
fn what_does_not_exist_reads_as_zero() {
    let mut board = Board::new();
    let absent = [
        0,
        4 * u64::from(COUNT),
        PENDING - 4,
        PENDING + 4 * 31,
        PENDING + 0x80,
        enables(4, 0),
        CONTEXTS - 4,
        threshold(0) + 8,
        threshold(4),
        claim(4),
        Plic::SIZE - 4,
    ];
    for offset in absent {
        board.write(offset, u32::MAX);
        assert_eq!(board.read(offset), 0, "{offset:#x}");
    }
}

#[test]
fn accesses_of_other_widths_are_refused() {
    let mut board = Board::new();
    for offset in [0, 8, PENDING, ENABLES, CONTEXTS, CONTEXTS + 8] {
        for width in [Width::B1, Width::B2, Width::B8] {
            let at = BASE.offset(offset);
            assert_eq!(board.0.read_device(at, width, NOW), Err(BusFault));
            assert_eq!(board.0.write_device(at, width, 1, NOW), Err(BusFault));
        }
    }
}

#[test]
fn source_0_interrupts_nobody() {
    let mut board = Board::new();
    board.write(enables(0, 0), 1);
    board.set_priority(0, 7);
    board.level(0, true);
    assert_eq!(board.read(PENDING), 0);
    assert!(!board.is_notified(0));
}

#[test]
fn reset_forgets_everything() {
    let mut board = Board::new();
    board.enable(0, 7);
    board.write(threshold(0), 3);
    board.level(7, true);
    assert_eq!(board.claim(0), 7);
    board.0.reset_devices();
    for offset in [4 * 7, PENDING, enables(0, 7), threshold(0)] {
        assert_eq!(board.read(offset), 0, "{offset:#x}");
    }
    board.enable(0, 7);
    board.level(7, true);
    assert_eq!(board.claim(0), 7, "no longer in service");
}
