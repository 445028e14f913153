//! Firmware and the program behind it, and the ports of a board.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pagewalk_isa::Op;
use pagewalk_machine::disk::MemoryDisk;
use pagewalk_machine::loader::Program;
use pagewalk_machine::{
    BootError, Config, Console, FINISHER_BASE, Input, Limits, Machine, Outcome, PORTS_SLOT,
    Payload, Port, RAM_BASE, SharedConsole, SharedDisk, Waited,
};

use crate::asm::{i, r, s};
use crate::board::{Code, small};

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

/// A console at which nobody sits.
#[derive(Debug)]
struct Nobody;

impl Console for Nobody {
    fn write(&mut self, _: &[u8]) {}

    fn read(&mut self) -> Input {
        Input::End
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, _: Option<Duration>) -> Waited {
        Waited::Never
    }
}

/// The device ID in virtio slot `slot`, which the guest ends with.
fn device_in(slot: u64, disks: &[SharedDisk], ports: &[Port]) -> u64 {
    let mut code = Code::new();
    code.constant(1, 0x1000_1008 + 0x1000 * slot);
    code.push(i(Op::Lw, 2, 1, 0));
    // The finisher takes the status in the upper half.
    code.push(i(Op::Slli, 2, 2, 16));
    code.constant(3, 0x3333);
    code.push(r(Op::Or, 2, 2, 3));
    code.constant(1, FINISHER_BASE);
    code.push(s(Op::Sw, 2, 1, 0));
    let mut machine = Machine::with_ports(&small(1), disks, ports).expect("a board");
    machine.load(&code.program()).expect("it fits");
    match machine.run(&Limits::instructions(100)) {
        Outcome::Exit { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ports_have_a_slot_that_no_disk_gets() {
    let disk = || -> SharedDisk { Rc::new(RefCell::new(MemoryDisk::new(vec![0; 512]))) };
    let port = Port {
        name: "stdin",
        has_input: true,
        terminal: None,
        end: SharedConsole::new(Box::new(Nobody)),
    };
    let ports = [port];
    let slot = u64::from(PORTS_SLOT);
    assert_eq!(device_in(slot, &[disk(), disk()], &ports), 3);
    assert_eq!(device_in(slot - 1, &[disk(), disk()], &ports), 2);
    assert_eq!(device_in(slot, &[disk(), disk(), disk()], &[]), 2);
    let disks = [disk(), disk(), disk()];
    let error = Machine::with_ports(&small(1), &disks, &ports).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a board with ports has room for 2 drives, not 3"
    );
}
