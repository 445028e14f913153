//! What registers read, and what writing them does.

use super::*;

fn check_reset(board: &mut Board) {
    assert!(!board.interrupts());
    assert_eq!(board.bus.deadline(), None);
    let expected = [0, 0, iir::NONE, 0, 0, 0x60, 0xb0, 0];
    for (offset, expected) in (0..).zip(expected) {
        assert_eq!(board.read(offset), expected, "offset {offset}");
    }
}

#[test]
fn registers_after_reset() {
    let mut board = Board::new(&[]);
    check_reset(&mut board);
}

#[test]
fn registers_keep_the_bits_that_there_are() {
    let mut board = Board::new(&[]);
    for (offset, kept) in [
        (offset::IER_DLM, 0x0f),
        (offset::LCR, 0xff),
        (offset::MCR, 0x1f),
        (offset::SCR, 0xff),
    ] {
        board.write(offset, 0xff);
        assert_eq!(board.read(offset), kept, "offset {offset}");
        board.write(offset, 0);
        assert_eq!(board.read(offset), 0, "offset {offset}");
    }
    board.write(offset::LSR, 0xff);
    assert_eq!(board.read(offset::LSR), lsr::THRE | lsr::TEMT);
}

#[test]
fn the_divisor_is_behind_dlab() {
    let mut board = Board::new(&[]);
    board.write(offset::LCR, lcr::DLAB);
    assert_eq!(board.read(offset::RBR_THR_DLL), 12);
    board.write(offset::RBR_THR_DLL, 0x34);
    board.write(offset::IER_DLM, 0x12);
    assert_eq!(board.read(offset::RBR_THR_DLL), 0x34);
    assert_eq!(board.read(offset::IER_DLM), 0x12);
    board.write(offset::LCR, 0);
    assert_eq!(board.read(offset::IER_DLM), 0);
    assert!(board.host.borrow().output.is_empty());
    assert_eq!(board.bus.deadline(), None, "that was no wish for input");
}

#[test]
fn wider_accesses_reach_one_register() {
    let mut board = Board::new(&[]);
    board
        .bus
        .write_device(BASE.offset(4), Width::B4, 0x5a5a_5a0f, Instant(0))
        .unwrap();
    assert_eq!(board.read(offset::MCR), 0x0f);
    assert_eq!(board.read(offset::SCR), 0);
    for (offset, width, value) in [
        (0, Width::B8, 0),
        (2, Width::B2, 0x01),
        (4, Width::B4, 0x0f),
        (6, Width::B2, 0xb0),
    ] {
        let read = board
            .bus
            .read_device(BASE.offset(offset), width, Instant(0));
        assert_eq!(read, Ok(value), "offset {offset}");
    }
}

#[test]
fn beyond_the_registers_is_nothing() {
    let mut board = Board::new(&[]);
    for offset in [8, 9, 0x10, 0xf8] {
        for width in [Width::B1, Width::B8] {
            if offset % width.bytes() != 0 {
                continue;
            }
            let at = BASE.offset(offset);
            assert_eq!(board.bus.read_device(at, width, Instant(0)), Err(BusFault));
            assert_eq!(
                board.bus.write_device(at, width, 0, Instant(0)),
                Err(BusFault)
            );
        }
    }
}

#[test]
fn output_goes_to_the_console() {
    let mut board = Board::new(&[]);
    for &byte in b"hello\n" {
        assert_ne!(board.read(offset::LSR) & lsr::THRE, 0);
        board.write(offset::RBR_THR_DLL, byte);
    }
    assert_eq!(board.host.borrow().output, b"hello\n");
    board.pass(10 * INPUT_INTERVAL);
    assert_eq!(board.asked(), 0, "a program that only prints");
}

#[test]
fn loopback_keeps_output_inside() {
    let mut board = Board::new(&[]);
    board.loop_back();
    board.send(b"x");
    assert_eq!(board.read(offset::LSR), 0x61);
    assert_eq!(board.read(offset::RBR_THR_DLL), b'x');
    assert_eq!(board.read(offset::LSR), 0x60);
    assert!(board.host.borrow().output.is_empty());
}

#[test]
fn loopback_connects_modem_lines() {
    let mut board = Board::new(&[]);
    for (outputs, inputs) in [
        (mcr::RTS | mcr::OUT2, msr::CTS | msr::DCD),
        (mcr::DTR, msr::DSR),
        (mcr::OUT1, msr::RI),
        (0, 0),
    ] {
        board.write(offset::MCR, mcr::LOOP | outputs);
        assert_eq!(board.read(offset::MSR) & 0xf0, inputs, "{outputs:#x}");
    }
}

#[test]
fn without_a_fifo_the_second_character_overruns_the_first() {
    let mut board = Board::new(&[]);
    board.loop_back();
    board.send(b"ab");
    assert_eq!(board.read(offset::LSR), 0x63);
    assert_eq!(board.read(offset::LSR), 0x61, "told once");
    assert_eq!(board.receive(), b"b");
}

#[test]
fn a_full_fifo_keeps_what_it_has() {
    let mut board = Board::new(&[]);
    board.write(offset::IER_DLM, ier::ELSI);
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.loop_back();
    board.send(b"0123456789abcdef");
    assert!(!board.interrupts());
    board.send(b"g");
    assert!(board.interrupts());
    assert_eq!(board.read(offset::IIR_FCR), 0xc0 | iir::LINE_STATUS);
    assert_eq!(board.read(offset::LSR), 0x63);
    assert!(!board.interrupts());
    assert_eq!(board.receive(), b"0123456789abcdef");
}

#[test]
fn fifos_are_cleared_by_command_and_by_enabling() {
    let mut board = Board::new(&[]);
    board.loop_back();
    for value in [fcr::ENABLE, fcr::ENABLE | fcr::CLEAR_RECEIVER, 0] {
        board.send(b"x");
        assert_eq!(board.read(offset::LSR) & lsr::DR, lsr::DR);
        board.write(offset::IIR_FCR, value);
        assert_eq!(board.read(offset::LSR) & lsr::DR, 0, "{value:#x}");
    }
    board.write(offset::IIR_FCR, 0xfe);
    assert_eq!(board.read(offset::IIR_FCR), iir::NONE, "without bit 0, off");
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.send(b"x");
    board.write(offset::IIR_FCR, fcr::ENABLE);
    assert_eq!(board.receive(), b"x", "already enabled, not cleared");
}

#[test]
fn reset_forgets_everything_but_the_console() {
    let mut board = Board::new(b"ab");
    board.write(offset::IIR_FCR, fcr::ENABLE);
    board.write(offset::IER_DLM, ier::ALL);
    board.write(offset::SCR, 7);
    board.pass(INPUT_INTERVAL);
    board.bus.reset_devices();
    check_reset(&mut board);
    board.pass(INPUT_INTERVAL);
    assert_eq!(board.read(offset::RBR_THR_DLL), b'b');
}
