//! Every reason not to load a file, with the words that the user reads.

use std::fs;
use std::path::PathBuf;

use pagewalk_loader::{Detail, Part, Problem, Program};

use crate::builder::*;
use crate::invariants::check_message;

/// What is wrong with these bytes.
fn refuse(bytes: &[u8]) -> Problem {
    let error = Program::parse("test.elf", bytes).expect_err("must be refused");
    check_message(&error.to_string());
    error.problem
}

/// What is wrong with a good program after one change.
fn refuse_edited(edit: impl FnOnce(&mut Vec<u8>)) -> Problem {
    let mut bytes = Elf::good().build();
    edit(&mut bytes);
    refuse(&bytes)
}

/// What is wrong with a file; `contents` `None`: do not create it.
fn refuse_file(name: &str, contents: Option<&[u8]>) -> String {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = directory.join(name);
    if let Some(contents) = contents {
        fs::write(&path, contents).unwrap();
    }
    let message = Program::from_file(&path)
        .expect_err("must be refused")
        .to_string();
    let prefix = format!("{}: ", path.display());
    message
        .strip_prefix(&prefix)
        .expect("a message begins with the file")
        .to_owned()
}

#[test]
fn empty_file() {
    let message = refuse_file("empty.elf", Some(b""));
    assert!(
        message.starts_with("is empty; Pagewalk runs 64-bit little-endian RISC-V"),
        "{message}"
    );
}

#[test]
fn missing_file() {
    assert_eq!(
        refuse_file("no-such.elf", None),
        "no such file; check the path"
    );
}

#[test]
fn directory() {
    let error = Program::from_file(env!("CARGO_TARGET_TMPDIR")).unwrap_err();
    assert!(matches!(error.problem, Problem::Directory), "{error}");
}

#[test]
#[cfg(unix)]
fn device_is_not_read() {
    let error = Program::from_file("/dev/zero").unwrap_err();
    assert!(matches!(error.problem, Problem::NotRegular), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn unreadable_file() {
    // A regular file whose first page nobody can read, not even root.
    let error = Program::from_file("/proc/self/mem").unwrap_err();
    assert!(matches!(error.problem, Problem::Read(_)), "{error}");
}

#[test]
fn file_without_elf_magic_says_how_it_starts() {
    let message = refuse_file("script.elf", Some(b"#!/bin/sh\n"));
    assert!(
        message.starts_with("is not an ELF file (it starts with 23 21 2f 62,"),
        "{message}"
    );
    assert!(matches!(
        refuse(b"MZ"),
        Problem::NotElf {
            magic: [b'M', b'Z', 0, 0]
        }
    ));
}

#[test]
fn wrong_class() {
    assert!(matches!(
        refuse_edited(|file| file[field::EI_CLASS] = 1),
        Problem::Bits32
    ));
    // A 32-bit header is only 52 bytes long.
    assert!(matches!(refuse(b"\x7fELF\x01\x01\x01"), Problem::Bits32));
    let problem = refuse_edited(|file| file[field::EI_CLASS] = 9);
    let message = "has 9 as EI_CLASS at offset 0x4, which no ELF file has";
    assert!(problem.to_string().starts_with(message), "{problem}");
}

#[test]
fn wrong_byte_order() {
    assert!(matches!(
        refuse_edited(|file| file[field::EI_DATA] = 2),
        Problem::BigEndian
    ));
    let problem = refuse_edited(|file| file[field::EI_DATA] = 0);
    assert!(matches!(
        problem,
        Problem::Identification {
            field: "EI_DATA",
            ..
        }
    ));
}

#[test]
fn wrong_version() {
    let problem = refuse_edited(|file| file[field::EI_VERSION] = 2);
    assert!(matches!(
        problem,
        Problem::Identification {
            field: "EI_VERSION",
            ..
        }
    ));
    let problem = refuse_edited(|file| file[field::E_VERSION + 1] = 1);
    let Problem::Identification {
        offset: 20,
        value: 0x101,
        ..
    } = problem
    else {
        panic!("{problem}");
    };
}

#[test]
fn other_processor_is_named() {
    let problem = refuse_edited(|file| put16(file, field::E_MACHINE, 62));
    let message = "is for another processor (X86_64, e_machine 62), not for RISC-V; ";
    assert!(problem.to_string().starts_with(message), "{problem}");
}

#[test]
fn what_is_not_an_executable() {
    let of_type = |kind| refuse_edited(|file| put16(file, field::E_TYPE, kind));
    assert!(matches!(of_type(1), Problem::Relocatable));
    assert!(matches!(of_type(4), Problem::CoreDump));
    assert!(matches!(of_type(0), Problem::UnknownType(0)));
    assert!(matches!(of_type(0xff00), Problem::UnknownType(0xff00)));
}

#[test]
fn shared_library_without_entry() {
    let mut library = Elf {
        kind: ET_DYN,
        entry: 0,
        ..Elf::good()
    };
    assert!(matches!(refuse(&library.build()), Problem::SharedLibrary));
    // The usual layout: the first segment begins with the ELF header.
    library.segments[0].paddr = 0;
    library.segments[0].vaddr = 0;
    let mut bytes = library.build();
    put64(&mut bytes, in_segment(0, field::P_OFFSET), 0);
    assert!(matches!(refuse(&bytes), Problem::SharedLibrary));
}

#[test]
fn program_headers_out_of_the_file() {
    for offset in [0x10_0000, u64::MAX, u64::MAX - 111] {
        let problem = refuse_edited(|file| put64(file, field::E_PHOFF, offset));
        let Problem::OutsideFile {
            part: Part::ProgramHeaders,
            offset: o,
            size: 112,
            ..
        } = problem
        else {
            panic!("{problem}");
        };
        assert_eq!(o, offset);
    }
    let problem = refuse_edited(|file| put16(file, field::E_PHNUM, 0xfffe));
    assert!(matches!(
        problem,
        Problem::OutsideFile {
            part: Part::ProgramHeaders,
            ..
        }
    ));
}

#[test]
fn too_many_headers() {
    let problem = refuse_edited(|file| put16(file, field::E_PHNUM, 0xffff));
    assert!(matches!(
        problem,
        Problem::ExtendedNumbering(Part::ProgramHeaders)
    ));
    let problem = refuse_edited(|file| put16(file, field::E_SHNUM, 0));
    assert!(matches!(
        problem,
        Problem::ExtendedNumbering(Part::SectionHeaders)
    ));
}

#[test]
fn wrong_entry_sizes() {
    let problem = refuse_edited(|file| put16(file, field::E_PHENTSIZE, 32));
    let message = "the program header table has entries of 32 bytes instead of 56; ";
    assert!(problem.to_string().starts_with(message), "{problem}");
    let problem = refuse_edited(|file| put16(file, field::E_SHENTSIZE, 40));
    assert!(matches!(
        problem,
        Problem::EntrySize {
            part: Part::SectionHeaders,
            found: 40,
            ..
        }
    ));
    let problem = refuse_edited(|file| {
        let at = in_section(file, 3, field::SH_ENTSIZE);
        put64(file, at, 16);
    });
    assert!(matches!(
        problem,
        Problem::EntrySize {
            part: Part::Section(3),
            found: 16,
            ..
        }
    ));
}

#[test]
fn nothing_to_load() {
    assert!(matches!(
        refuse_edited(|file| put16(file, field::E_PHNUM, 0)),
        Problem::NoSegments
    ));
    let only_note = Elf {
        segments: vec![Seg {
            kind: 4,
            ..Seg::load(RAM, R, b"note", 4)
        }],
        ..Elf::good()
    };
    assert!(matches!(refuse(&only_note.build()), Problem::NoSegments));
    let only_empty = Elf {
        segments: vec![Seg::load(RAM, R | X, b"", 0)],
        ..Elf::good()
    };
    assert!(matches!(refuse(&only_empty.build()), Problem::NoSegments));
}

#[test]
fn segment_out_of_the_file() {
    let problem = refuse_edited(|file| put64(file, in_segment(1, field::P_OFFSET), 0x1000));
    let message = "segment 1 should be at offset 0x1000, 0x18 bytes long, but the file has only 0x";
    assert!(problem.to_string().starts_with(message), "{problem}");
    let problem = refuse_edited(|file| put64(file, in_segment(1, field::P_OFFSET), u64::MAX));
    assert!(matches!(
        problem,
        Problem::OutsideFile {
            part: Part::Segment(1),
            ..
        }
    ));
    let problem = refuse_edited(|file| {
        put64(file, in_segment(0, field::P_FILESZ), u64::MAX - 8);
        put64(file, in_segment(0, field::P_MEMSZ), u64::MAX);
    });
    assert!(matches!(
        problem,
        Problem::OutsideFile {
            part: Part::Segment(0),
            ..
        }
    ));
}

#[test]
fn segment_larger_in_file_than_in_memory() {
    let problem = refuse_edited(|file| put64(file, in_segment(1, field::P_MEMSZ), 8));
    let message = "segment 1 has 0x18 bytes in the file but only 0x8 in memory; ";
    assert!(problem.to_string().starts_with(message), "{problem}");
}

#[test]
fn segment_that_wraps_around() {
    for (field, name) in [(field::P_PADDR, "physical"), (field::P_VADDR, "virtual")] {
        let problem = refuse_edited(|file| put64(file, in_segment(1, field), u64::MAX - 0xfe));
        let Problem::Wraps {
            segment: 1,
            space,
            size: 0x100,
            ..
        } = problem
        else {
            panic!("{problem}");
        };
        assert_eq!(space, name);
    }
    let problem = refuse_edited(|file| put64(file, in_segment(1, field::P_MEMSZ), u64::MAX));
    assert!(matches!(problem, Problem::Wraps { size: u64::MAX, .. }));
}

#[test]
fn segments_that_all_load_the_same_bytes() {
    let mut program = Elf::good();
    program.segments = vec![Seg::load(RAM, R | X, &[0x13; 64], 64); 40];
    let mut bytes = program.build();
    let size = bytes.len() as u64;
    for index in 0..40 {
        put64(&mut bytes, in_segment(index, field::P_OFFSET), 0);
        put64(&mut bytes, in_segment(index, field::P_FILESZ), size / 2);
        put64(&mut bytes, in_segment(index, field::P_MEMSZ), size);
    }
    let problem = refuse(&bytes);
    assert!(
        matches!(problem, Problem::SegmentsShareBytes { segment: 2, .. }),
        "{problem}"
    );
}

#[test]
fn section_headers_out_of_the_file() {
    let problem = refuse_edited(|file| put64(file, field::E_SHOFF, u64::MAX - 2));
    assert!(matches!(
        problem,
        Problem::OutsideFile {
            part: Part::SectionHeaders,
            ..
        }
    ));
    let problem = refuse_edited(|file| put16(file, field::E_SHNUM, 0xffff));
    assert!(matches!(
        problem,
        Problem::OutsideFile {
            part: Part::SectionHeaders,
            ..
        }
    ));
}

#[test]
fn section_out_of_the_file() {
    for (field, value) in [
        (field::SH_OFFSET, 0x10_0000),
        (field::SH_SIZE, u64::MAX - 24),
    ] {
        let problem = refuse_edited(|file| {
            let at = in_section(file, 3, field);
            put64(file, at, value);
        });
        assert!(
            matches!(
                problem,
                Problem::OutsideFile {
                    part: Part::Section(3),
                    ..
                }
            ),
            "{problem}"
        );
    }
}

/// The contradiction in a good program after a change to a section header.
fn refuse_section(index: usize, field: usize, value: u32) -> (Part, Detail) {
    let problem = refuse_edited(|file| {
        let at = in_section(file, index, field);
        put32(file, at, value);
    });
    let Problem::Inconsistent { part, detail } = problem else {
        panic!("{problem}")
    };
    (part, detail)
}

#[test]
fn names_that_are_nowhere() {
    let (symbols, names, section_names) = (3, 4, 5);
    // The link of the symbol table leads out of the table, or to a non-table.
    for wrong in [99, 1] {
        let found = refuse_section(symbols, field::SH_LINK, wrong);
        assert_eq!(found, (Part::Section(3), Detail::NoStringTable(wrong)));
    }
    let problem = refuse_edited(|file| put16(file, field::E_SHSTRNDX, 2));
    let message = "the section header table is inconsistent: it should name a string table";
    assert!(problem.to_string().starts_with(message), "{problem}");
    let found = refuse_section(1, field::SH_NAME, 0xffff_fff0);
    let detail = Detail::NameOutside {
        entry: 1,
        offset: 0xffff_fff0,
    };
    assert_eq!(found, (Part::SectionHeaders, detail));
    // The names of the null symbol and of `_start` take 8 bytes.
    let found = refuse_section(names, field::SH_SIZE, 8);
    let detail = Detail::NameOutside {
        entry: 2,
        offset: 8,
    };
    assert_eq!(found, (Part::Section(3), detail));
    for table in [names, section_names] {
        let (part, detail) = refuse_section(table, field::SH_SIZE, 5);
        assert_eq!(
            (part, detail),
            (Part::Section(table as u16), Detail::UnendedString)
        );
    }
}

#[test]
fn symbol_table_that_ends_within_a_symbol() {
    let found = refuse_section(3, field::SH_SIZE, 47);
    assert_eq!(found, (Part::Section(3), Detail::PartialEntry(47)));
}

#[test]
fn section_kinds_do_not_matter_to_loading() {
    let mut bytes = Elf::good().build();
    let at = in_section(&bytes, 3, field::SH_TYPE);
    put32(&mut bytes, at, 0x7000_0003);
    let program = Program::parse("test.elf", &bytes).unwrap();
    assert!(program.symbols.is_empty() && program.tohost.is_none());
}
