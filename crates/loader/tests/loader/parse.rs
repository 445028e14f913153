//! What a good file says.

use std::path::Path;

use pagewalk_loader::{Kind, Program};

use crate::builder::*;

pub(crate) fn parse(elf: &Elf) -> Program {
    Program::parse("test.elf", &elf.build()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn program_is_read_from_a_file() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("good.elf");
    std::fs::write(&path, Elf::good().build()).unwrap();
    let program = Program::from_file(&path).unwrap();
    assert_eq!(program.name, path.display().to_string());
    assert_eq!(
        (program.kind, program.entry, program.flags),
        (Kind::Fixed, RAM, 0)
    );
    assert_eq!((program.interpreter, program.dynamic), (None, false));
}

#[test]
fn segments_keep_bytes_addresses_and_rights() {
    let [text, data] = &parse(&Elf::good()).segments[..] else {
        panic!("two segments")
    };
    assert_eq!(
        (text.index, text.paddr, text.vaddr, text.mem_size),
        (0, RAM, RAM, 64)
    );
    assert_eq!(
        (text.readable, text.writable, text.executable),
        (true, false, true)
    );
    assert_eq!(
        (data.readable, data.writable, data.executable),
        (true, true, false)
    );
    assert_eq!(data.data, b"data of the program.....");
    assert_eq!(
        (data.index, data.mem_size, data.last_paddr()),
        (1, 0x100, RAM + 0x10ff)
    );
}

#[test]
fn segments_of_size_zero_are_left_out() {
    let mut elf = Elf::good();
    elf.segments.insert(0, Seg::load(u64::MAX, R, b"", 0));
    let indices: Vec<u16> = parse(&elf)
        .segments
        .iter()
        .map(|segment| segment.index)
        .collect();
    assert_eq!(indices, [1, 2], "and messages still count them");
}

#[test]
fn segment_may_end_with_the_address_space() {
    let mut elf = Elf::good();
    elf.segments[1].vaddr = 0u64.wrapping_sub(0x100);
    assert_eq!(parse(&elf).segments[1].last_vaddr(), u64::MAX);
}

#[test]
fn sections_in_memory_have_names() {
    let program = parse(&Elf::good());
    let names: Vec<&str> = program
        .sections
        .iter()
        .map(|section| &section.name[..])
        .collect();
    assert_eq!(names, [".text", ".data"]);
    let code: Vec<_> = program.executable_sections().collect();
    assert_eq!((code.len(), code[0].address, code[0].size), (1, RAM, 64));
    assert!(!code[0].writable && !code[0].zeros);
}

#[test]
fn stripped_program_has_no_names() {
    let program = parse(&Elf {
        sections: false,
        ..Elf::good()
    });
    assert!(program.sections.is_empty() && program.symbols.is_empty());
    assert_eq!((program.tohost, program.segments.len()), (None, 2));
}

#[test]
fn host_interface_is_found_by_symbol() {
    let program = parse(&Elf::good());
    assert_eq!(
        (program.tohost, program.fromhost),
        (Some(RAM + 0x1000), Some(RAM + 0x1008))
    );
    assert_eq!(
        program.symbols.address("begin_signature"),
        Some(RAM + 0x1010)
    );
    assert_eq!(program.symbols.address("end_signature"), Some(RAM + 0x1020));
}

/// A kernel that is linked at the top and loaded into RAM.
fn high_kernel() -> Elf {
    const HIGH: u64 = 0xffff_ffff_0000_0000;
    let mut elf = Elf::good();
    for segment in &mut elf.segments {
        segment.vaddr += HIGH;
    }
    for symbol in &mut elf.symbols {
        symbol.value += HIGH;
    }
    elf.entry += HIGH + 16;
    elf
}

#[test]
fn kernel_linked_high_starts_and_talks_at_physical_addresses() {
    let mut elf = high_kernel();
    let program = parse(&elf);
    assert_eq!(program.entry_paddr(), Some(RAM + 16));
    assert_eq!(program.tohost, Some(RAM + 0x1000));
    assert_eq!(program.paddr_of(0xffff_ffff_8000_1004), Some(RAM + 0x1004));
    assert_eq!(program.paddr_of(RAM), None);
    elf.entry = RAM + 16;
    assert_eq!(
        parse(&elf).entry_paddr(),
        Some(RAM + 16),
        "an entry that is physical already"
    );
}

#[test]
fn bytes_are_found_by_virtual_address() {
    let program = parse(&Elf::good());
    assert_eq!(program.bytes_at(RAM + 0x1000, 4), Some(&b"data"[..]));
    assert_eq!(
        program.bytes_at(RAM + 60, 4),
        Some(&[0x13, 0x05, 0x05, 15][..])
    );
    assert_eq!(
        program.bytes_at(RAM + 60, 5),
        None,
        "the next byte is in no segment"
    );
    assert_eq!(
        program.bytes_at(RAM + 0x1017, 2),
        None,
        "zeros are not in the file"
    );
    assert_eq!(program.bytes_at(RAM + 0x1000, u64::MAX), None);
}

#[test]
fn dynamic_program_says_so() {
    let mut elf = Elf {
        kind: ET_DYN,
        entry: 0x40,
        ..Elf::good()
    };
    let other = |kind, data: &[u8]| Seg {
        kind,
        ..Seg::load(RAM, R, data, data.len() as u64)
    };
    elf.segments
        .push(other(PT_INTERP, b"/lib/ld-linux-riscv64-lp64d.so.1\0"));
    elf.segments.push(other(PT_DYNAMIC, &[0; 16]));
    let program = parse(&elf);
    assert_eq!(program.kind, Kind::PositionIndependent);
    assert_eq!(
        program.interpreter.as_deref(),
        Some("/lib/ld-linux-riscv64-lp64d.so.1")
    );
    assert!(program.dynamic);
    assert_eq!(program.segments.len(), 2, "neither is loaded a second time");
}

#[test]
fn firmware_linked_at_zero_is_no_library() {
    let mut elf = Elf {
        kind: ET_DYN,
        entry: 0,
        ..Elf::good()
    };
    elf.segments[0].paddr = 0;
    elf.segments[0].vaddr = 0;
    assert_eq!(parse(&elf).entry_paddr(), Some(0));
}

#[test]
fn memory_size_costs_nothing() {
    let mut elf = Elf::good();
    elf.segments[1].mem_size = 1 << 62;
    let program = parse(&elf);
    assert_eq!(
        (program.segments[1].data.len(), program.segments[1].mem_size),
        (24, 1 << 62)
    );
}
