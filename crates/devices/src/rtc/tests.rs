use super::*;
use pagewalk_bus::{Bus, Lines, PhysAddr, Ram};

const BASE: PhysAddr = PhysAddr(0x10_1000);
const IRQ: Line = Line { word: 1, bit: 11 };
/// In 2020, with a low half that is soon to overflow.
const START: u64 = 0x1600_0000_ffff_ff00;

struct Board {
    bus: Bus,
    now: Instant,
}

impl Board {
    fn new() -> Self {
        let ram = Ram::new(PhysAddr(0x8000_0000), 4096).expect("one page");
        let mut bus = Bus::new(ram, Lines::new(2));
        bus.map(BASE, Rtc::SIZE, Box::new(Rtc::new(IRQ, START)))
            .expect("room");
        let now = Instant(0);
        Self { bus, now }
    }

    fn read(&mut self, offset: u64) -> u32 {
        let at = BASE.offset(offset);
        let value = self.bus.read_device(at, Width::B4, self.now);
        value.expect("a register") as u32
    }

    fn write(&mut self, offset: u64, value: u32) {
        let at = BASE.offset(offset);
        self.bus
            .write_device(at, Width::B4, value.into(), self.now)
            .expect("a register");
    }

    /// Reads as drivers do: the low half first.
    fn time(&mut self) -> u64 {
        let low = self.read(TIME_LOW);
        join(self.read(TIME_HIGH), low)
    }

    fn set_time(&mut self, time: u64) {
        self.write(TIME_HIGH, high(time));
        self.write(TIME_LOW, low(time));
    }

    fn set_alarm(&mut self, time: u64) {
        self.write(ALARM_HIGH, high(time));
        self.write(ALARM_LOW, low(time));
    }

    /// Lets events happen until then.
    fn pass_to(&mut self, now: u64) {
        self.now = Instant(now);
        self.bus.tick(self.now);
    }

    fn interrupts(&self) -> bool {
        self.bus.lines.word(IRQ.word) >> IRQ.bit & 1 != 0
    }
}

#[test]
fn time_goes_on_in_nanoseconds() {
    let mut board = Board::new();
    assert_eq!(board.time(), START);
    board.pass_to(1234);
    assert_eq!(board.time(), START + 1234);
}

#[test]
fn reading_the_low_half_latches_the_high_one() {
    let mut board = Board::new();
    assert_eq!(board.read(TIME_HIGH), 0, "nothing is latched after reset");
    assert_eq!(board.read(TIME_LOW), 0xffff_ff00);
    board.pass_to(0x100);
    assert_eq!(board.read(TIME_HIGH), 0x1600_0000);
    assert_eq!(board.read(TIME_LOW), 0);
    assert_eq!(board.read(TIME_HIGH), 0x1600_0001);
}

#[test]
fn a_written_time_goes_on_from_there() {
    let mut board = Board::new();
    board.pass_to(500);
    board.set_time(0x1_0000_0002);
    assert_eq!(board.time(), 0x1_0000_0002);
    board.pass_to(600);
    assert_eq!(board.time(), 0x1_0000_0066);
}

#[test]
fn the_alarm_raises_the_line_at_its_time() {
    let mut board = Board::new();
    board.write(IRQ_ENABLED, 1);
    board.set_alarm(START + 1000);
    assert_eq!(board.read(ALARM_STATUS), 1);
    assert_eq!(board.read(ALARM_LOW), low(START + 1000));
    assert_eq!(board.read(ALARM_HIGH), high(START + 1000));
    assert_eq!(board.bus.deadline(), Some(Instant(1000)));
    board.pass_to(999);
    assert!(!board.interrupts());
    board.pass_to(1000);
    assert!(board.interrupts());
    assert_eq!(board.read(ALARM_STATUS), 0);
    assert_eq!(board.bus.deadline(), None);
    board.write(CLEAR_INTERRUPT, 0);
    assert!(!board.interrupts());
}

#[test]
fn an_alarm_in_the_past_comes_at_once() {
    let mut board = Board::new();
    board.write(IRQ_ENABLED, 1);
    board.set_alarm(START);
    assert!(board.interrupts());
    assert_eq!(board.read(ALARM_STATUS), 0);
}

#[test]
fn an_alarm_is_called_off() {
    let mut board = Board::new();
    board.write(IRQ_ENABLED, 1);
    board.set_alarm(START + 10);
    board.write(CLEAR_ALARM, 0);
    assert_eq!(board.read(ALARM_STATUS), 0);
    assert_eq!(board.bus.deadline(), None);
    board.pass_to(20);
    assert!(!board.interrupts());
}

#[test]
fn an_alarm_whose_interrupt_is_off_waits_for_it() {
    let mut board = Board::new();
    board.set_alarm(START + 10);
    assert_eq!(board.bus.deadline(), None);
    board.pass_to(20);
    assert_eq!(board.read(ALARM_STATUS), 0, "it has come");
    assert!(!board.interrupts());
    board.write(IRQ_ENABLED, 0xffff_ffff);
    assert_eq!(board.read(IRQ_ENABLED), 1);
    assert!(board.interrupts());
    board.write(IRQ_ENABLED, 2);
    assert!(!board.interrupts());
}

#[test]
fn an_alarm_stays_where_it_is_when_the_time_is_set() {
    let mut board = Board::new();
    board.write(IRQ_ENABLED, 1);
    board.set_alarm(START + 100);
    board.set_time(START + 60);
    assert_eq!(board.bus.deadline(), Some(Instant(40)));
    board.set_time(START - 100);
    assert_eq!(board.bus.deadline(), Some(Instant(200)));
    board.set_time(START + 100);
    assert!(board.interrupts());
}

#[test]
fn an_alarm_at_the_end_of_time_is_never_due_before() {
    let mut board = Board::new();
    board.write(IRQ_ENABLED, 1);
    board.pass_to(1000);
    board.set_time(0);
    board.set_alarm(u64::MAX);
    assert_eq!(board.bus.deadline(), Some(Instant(u64::MAX)));
    assert!(!board.interrupts());
}

#[test]
fn what_is_no_register_is_refused() {
    let mut board = Board::new();
    for (offset, width) in [
        (TIME_LOW, Width::B1),
        (TIME_LOW, Width::B2),
        (TIME_HIGH, Width::B2),
        (0x20, Width::B4),
        (0x20, Width::B8),
        (0xffc, Width::B4),
    ] {
        let at = BASE.offset(offset);
        let read = board.bus.read_device(at, width, Instant(0));
        assert_eq!(read, Err(BusFault), "{offset:#x}");
        let written = board.bus.write_device(at, width, 0, Instant(0));
        assert_eq!(written, Err(BusFault), "{offset:#x}");
    }
}

#[test]
fn an_access_of_64_bits_is_one_of_each_half() {
    let mut board = Board::new();
    let read = board.bus.read_device(BASE, Width::B8, Instant(7));
    assert_eq!(read, Ok(START + 7));
    let time = 0x1234_5678_9abc_def0;
    board
        .bus
        .write_device(BASE, Width::B8, time, Instant(7))
        .unwrap();
    board.pass_to(7);
    assert_eq!(board.time(), time);
}

#[test]
fn registers_for_one_direction_ignore_the_other() {
    let mut board = Board::new();
    board.write(ALARM_STATUS, 1);
    for offset in [ALARM_STATUS, CLEAR_ALARM, CLEAR_INTERRUPT] {
        assert_eq!(board.read(offset), 0, "{offset:#x}");
    }
}

#[test]
fn reset_gives_the_time_of_the_start_again() {
    let mut board = Board::new();
    board.set_time(5);
    board.write(IRQ_ENABLED, 1);
    board.set_alarm(7);
    board.bus.reset_devices();
    assert_eq!(board.bus.deadline(), None);
    assert_eq!(board.time(), START);
    for offset in [ALARM_LOW, ALARM_HIGH, IRQ_ENABLED, ALARM_STATUS] {
        assert_eq!(board.read(offset), 0, "{offset:#x}");
    }
    assert!(!board.interrupts());
}
