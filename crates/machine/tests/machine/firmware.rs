//! Firmware and the program behind it.

use pagewalk_machine::loader::Program;
use pagewalk_machine::{BootError, Config, Machine, Payload, RAM_BASE};

use crate::board::small;

/// A program, moved up by `offset`.
fn program(name: &str, offset: u64) -> Program {
    let mut program = Program::parse(name, &pagewalk_machine::doc_elf()).expect("an ELF");
    program.entry += offset;
    program.tohost = None;
    for segment in &mut program.segments {
        segment.vaddr += offset;
        segment.paddr += offset;
    }
    program
}

#[test]
fn firmware_starts_and_is_told_of_the_program() {
    let (firmware, kernel) = (program("fw", 0), program("kernel", 0x10_0000));
    let payload = Payload {
        program: Some(&kernel),
        firmware: Some(&firmware),
        ..Payload::default()
    };
    let mut machine = Machine::new(&small(2)).expect("a board");
    machine.boot(&payload).expect("both fit");
    for hart in machine.harts() {
        assert_eq!(hart.pc(), firmware.entry);
        assert_eq!(hart.x()[10], hart.id());
        assert_eq!(hart.x()[12], kernel.entry);
    }
    for start in [firmware.segments[0].paddr, kernel.segments[0].paddr] {
        let mut bytes = [0; 4];
        machine.read_bytes(start, &mut bytes).expect("RAM");
        assert_eq!(bytes, kernel.segments[0].data[..4]);
    }
    let tree = small(2).device_tree(&payload).expect("both fit");
    let has = |text: &[u8]| tree.windows(text.len()).any(|window| window == text);
    assert!(has(b"firmware@80000000"));
    assert_eq!(firmware.segments[0].paddr, RAM_BASE);
}

#[test]
fn firmware_and_program_do_not_share_memory() {
    let (firmware, kernel) = (program("fw", 0), program("kernel", 0x1000));
    let payload = Payload {
        program: Some(&kernel),
        firmware: Some(&firmware),
        ..Payload::default()
    };
    let error = Config::default().check_payload(&payload).unwrap_err();
    assert_eq!(error.to_string(), "fw and kernel overlap at 0x80001000");
}

#[test]
fn an_argument_with_a_zero_byte_is_refused() {
    let argv = [b"a".to_vec(), b"b\0c".to_vec()];
    let payload = Payload {
        argv: &argv,
        ..Payload::default()
    };
    let error = Config::default().check_payload(&payload).unwrap_err();
    assert!(matches!(error, BootError::Argument(text) if text == "b\0c"));
}
