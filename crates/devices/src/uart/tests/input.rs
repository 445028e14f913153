//! When bytes of the console arrive.

use super::*;

#[test]
fn enabling_the_receive_interrupt_starts_input() {
    let mut board = Board::new(b"ab");
    board.pass(10 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 0, "the guest has not shown interest");
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.write(offset::IER_DLM, ier::ERBFI);
    let start = board.now;
    assert_eq!(board.bus.deadline(), Some(start.after(INPUT_INTERVAL)));
    board.pass(INPUT_INTERVAL - 1);
    assert!(!board.interrupts());
    board.pass(1);
    assert!(board.interrupts());
    assert_eq!(board.read(offset::RBR_THR_DLL), b'a');
    assert!(!board.interrupts());
    assert_eq!(board.bus.deadline(), Some(start.after(2 * INPUT_INTERVAL)));
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.receive(), b"b");
    board.pass(10 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 3, "after the end it is not asked again");
    assert_eq!(board.bus.deadline(), None);
    board.bus.refresh(board.now);
    assert_eq!(board.asked(), 3);
}

#[test]
fn input_waits_while_the_receiver_is_full() {
    let mut board = Board::new(&[b'x'; 40]);
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.write(offset::IER_DLM, ier::ERBFI);
    board.pass(100 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 16);
    let timeout_over = board.bus.deadline();
    assert_eq!(timeout_over, None, "full, and its timeout is over");
    board.read(offset::RBR_THR_DLL);
    board.pass(100 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 17);
    let mut received = 1;
    loop {
        let some = board.receive().len();
        if some == 0 {
            break;
        }
        received += some;
        board.pass(100 * INPUT_INTERVAL);
    }
    assert_eq!(received, 40);
    assert_eq!(board.read(offset::LSR) & lsr::OE, 0, "nothing was lost");
}

#[test]
fn without_a_fifo_input_comes_one_by_one() {
    let mut board = Board::new(b"abc");
    board.write(offset::IER_DLM, ier::ERBFI);
    for expected in b"abc" {
        board.pass(INPUT_INTERVAL - 1);
        assert!(!board.interrupts());
        board.pass(5 * INPUT_INTERVAL);
        assert!(board.interrupts());
        assert_eq!(board.read(offset::RBR_THR_DLL), *expected);
        assert!(!board.interrupts());
    }
}

#[test]
fn reading_or_polling_shows_interest_too() {
    let mut reader = Board::new(b"a");
    assert_eq!(reader.read(offset::RBR_THR_DLL), 0);
    assert_eq!(reader.bus.deadline(), Some(Instant(INPUT_INTERVAL)));

    let mut poller = Board::new(b"a");
    poller.read(offset::LSR);
    poller.send(b">");
    poller.read(offset::LSR);
    assert_eq!(poller.bus.deadline(), None, "it waits for the transmitter");
    poller.read(offset::IIR_FCR);
    poller.read(offset::LSR);
    assert_eq!(poller.bus.deadline(), Some(Instant(INPUT_INTERVAL)));
    poller.pass(INPUT_INTERVAL);
    assert_eq!(poller.receive(), b"a");
}

#[test]
fn a_terminal_is_asked_when_it_has_something() {
    let mut board = Board::terminal();
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.write(offset::IER_DLM, ier::ERBFI);
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.asked(), 1);
    assert_eq!(board.bus.deadline(), None, "when is not known");
    board.pass(5 * INPUT_INTERVAL + 7);
    assert_eq!(board.asked(), 1);
    board.types(b"ls");
    assert!(board.interrupts(), "the first byte is there at once");
    assert_eq!(board.receive(), b"l");
    assert_eq!(
        board.bus.deadline(),
        Some(board.now.after(INPUT_INTERVAL)),
        "the others follow at the interval"
    );
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.receive(), b"s");
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.bus.deadline(), None);
    board.types(b"\n");
    assert_eq!(board.receive(), b"\n");
}

#[test]
fn a_terminal_that_nobody_wants_to_read_is_not_asked() {
    let mut board = Board::terminal();
    board.types(b"x");
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.asked(), 0);
}

#[test]
fn input_waits_for_the_end_of_loopback() {
    let mut board = Board::new(b"a");
    board.write(offset::IER_DLM, ier::ERBFI);
    board.loop_back();
    board.pass(10 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 0);
    board.write(offset::MCR, 0);
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.receive(), b"a");
}

#[test]
fn a_late_access_sees_what_was_due() {
    let mut board = Board::new(b"a");
    board.write(offset::IER_DLM, ier::ERBFI);
    board.now = Instant(INPUT_INTERVAL);
    assert_eq!(board.read(offset::LSR) & lsr::DR, lsr::DR);
    assert!(board.interrupts());
}
