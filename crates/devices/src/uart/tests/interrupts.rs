//! What raises the interrupt line, and what lowers it.

use super::*;

/// What [`Board::set_line`] makes of them.
const FOUR_CHARACTERS: u64 = 347_222;

#[test]
fn changes_of_modem_lines_interrupt_until_they_are_read() {
    let mut board = Board::new(&[]);
    board.write(offset::IER_DLM, ier::EDSSI);
    board.loop_back();
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), iir::MODEM_STATUS);
    assert_eq!(
        board.read(offset::MSR),
        msr::DCTS | msr::DDSR | msr::DDCD,
        "three lines fell"
    );
    assert!(!board.interrupts());
    board.write(offset::MCR, mcr::LOOP | mcr::OUT1);
    assert_eq!(board.read(offset::MSR), msr::RI, "a ring begins");
    board.loop_back();
    assert_eq!(board.read(offset::MSR), msr::TERI, "and ends");
    board.write(offset::MCR, 0);
    assert_eq!(board.read(offset::MSR), 0xb0 | 0x0b);
    assert_eq!(board.read(offset::MSR), 0xb0);
}

#[test]
fn the_trigger_level_raises_the_interrupt() {
    for (bits, level) in [(0, 1), (0x40, 4), (0x80, 8), (0xc0, 14)] {
        let mut board = Board::new(&[]);
        board.write(offset::IIR_FCR, fcr::ENABLE | bits);
        board.write(offset::IER_DLM, ier::ERBFI);
        board.loop_back();
        board.send(&vec![b'x'; level - 1]);
        assert!(!board.interrupts(), "level {level}");
        board.send(b"y");
        assert!(board.interrupts(), "level {level}");
        assert_eq!(board.read(offset::IIR_FCR), 0xc0 | iir::RECEIVED_DATA);
        board.read(offset::RBR_THR_DLL);
        assert!(!board.interrupts(), "level {level}");
    }
}

#[test]
fn characters_below_the_trigger_level_time_out() {
    let mut board = Board::new(&[]);
    board.set_line();
    board.write(offset::IIR_FCR, fcr::ENABLE | 0xc0);
    board.write(offset::IER_DLM, ier::ERBFI);
    board.loop_back();
    board.send(b"ab");
    assert_eq!(board.bus.deadline(), Some(Instant(FOUR_CHARACTERS)));
    board.pass(100);
    board.send(b"c");
    assert_eq!(board.bus.deadline(), Some(Instant(100 + FOUR_CHARACTERS)));
    board.pass(FOUR_CHARACTERS - 1);
    assert!(!board.interrupts());
    board.pass(1);
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), 0xc0 | iir::CHARACTER_TIMEOUT);
    assert_eq!(board.bus.deadline(), None);
    board.send(b"d");
    assert!(board.interrupts(), "only reading ends it");
    assert_eq!(board.bus.deadline(), None, "nothing more to come");
    assert_eq!(board.read(offset::RBR_THR_DLL), b'a');
    assert!(!board.interrupts());
    board.pass(FOUR_CHARACTERS);
    assert!(board.interrupts(), "the others wait in their turn");
    assert_eq!(board.receive(), b"bcd");
    assert!(!board.interrupts());
    assert_eq!(board.bus.deadline(), None);
}

#[test]
fn divisor_0_counts_as_1() {
    let mut board = Board::new(&[]);
    board.set_line();
    board.write(offset::LCR, lcr::DLAB);
    board.write(offset::RBR_THR_DLL, 0);
    board.write(offset::LCR, 3);
    board.write(offset::IIR_FCR, fcr::ENABLE | 0xc0);
    board.write(offset::IER_DLM, ier::ERBFI);
    board.loop_back();
    board.send(b"a");
    assert_eq!(board.bus.deadline(), Some(Instant(FOUR_CHARACTERS / 2)));
}

#[test]
fn a_timeout_that_nobody_wants_to_hear_of_is_no_event() {
    let mut board = Board::new(&[]);
    board.set_line();
    board.write(offset::IIR_FCR, fcr::ENABLE | 0xc0);
    board.loop_back();
    board.send(b"a");
    assert_eq!(board.bus.deadline(), None);
    board.pass(FOUR_CHARACTERS);
    board.write(offset::IER_DLM, ier::ERBFI);
    assert!(board.interrupts(), "it has happened all the same");
}

#[test]
fn interrupts_have_priorities() {
    let mut board = Board::new(&[]);
    board.loop_back();
    board.write(offset::IER_DLM, ier::ALL);
    board.send(b"ab");
    assert_eq!(board.read(offset::IIR_FCR), iir::LINE_STATUS);
    board.read(offset::LSR);
    assert_eq!(board.read(offset::IIR_FCR), iir::RECEIVED_DATA);
    board.read(offset::RBR_THR_DLL);
    assert_eq!(board.read(offset::IIR_FCR), iir::THR_EMPTY);
    assert_eq!(board.read(offset::IIR_FCR), iir::MODEM_STATUS);
    board.read(offset::MSR);
    assert_eq!(board.read(offset::IIR_FCR), iir::NONE);
    assert!(!board.interrupts());
}

#[test]
fn the_transmitter_interrupts_once_for_each_time_that_it_got_empty() {
    let mut board = Board::new(&[]);
    board.write(offset::IER_DLM, ier::ETBEI);
    assert!(board.interrupts(), "enabled while it is empty");
    assert_eq!(board.read(offset::IIR_FCR), iir::THR_EMPTY);
    assert!(!board.interrupts(), "reading says that it is known");
    board.write(offset::IER_DLM, ier::ETBEI);
    assert!(!board.interrupts(), "it was enabled already");
    board.send(b"a");
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), iir::THR_EMPTY);
    assert_eq!(board.read(offset::IIR_FCR), iir::NONE);
    board.write(offset::IER_DLM, 0);
    board.write(offset::IER_DLM, ier::ETBEI);
    assert!(board.interrupts(), "enabled again");
    board.write(offset::IER_DLM, 0);
    assert!(!board.interrupts());
}

#[test]
fn a_driver_that_only_reads_the_line_status_is_not_interrupted_for_ever() {
    let mut board = Board::new(&[]);
    board.write(offset::IER_DLM, ier::ETBEI);
    board.send(b"x");
    assert!(board.interrupts());
    board.read(offset::LSR);
    assert!(!board.interrupts());
    // One that knows the interrupt identification is left to it.
    board.read(offset::IIR_FCR);
    board.send(b"y");
    board.read(offset::LSR);
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), iir::THR_EMPTY);
    assert!(!board.interrupts());
}
