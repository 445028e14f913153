//! Source lines, from debugging information that is made here, byte by byte:
//! DWARF version 4, sound or not.

use std::time::{Duration, Instant};

use pagewalk_loader::{Frame, Lines, NoLines, Program, SourceLine};
use proptest::prelude::*;

use crate::builder::*;

const SHT_PROGBITS: u32 = 1;
const SHF_COMPRESSED: u64 = 1 << 11;

/// Debugging information of one unit or more.
#[derive(Clone, Default)]
pub(crate) struct Debug {
    info: Vec<u8>,
    abbrev: Vec<u8>,
    line: Vec<u8>,
    ranges: Vec<u8>,
}

/// Abbreviations 1 to 4: a unit with a range, a function, an inlined function,
/// and a unit with a list of ranges.
#[rustfmt::skip]
const ABBREVIATIONS: &[u8] = &[
    1, 0x11, 1, 0x03, 0x08, 0x1b, 0x08, 0x11, 0x01, 0x12, 0x07, 0x10, 0x17, 0, 0,
    2, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0,
    3, 0x1d, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0x58, 0x0b, 0x59, 0x0b, 0, 0,
    4, 0x11, 0, 0x11, 0x01, 0x55, 0x17, 0, 0,
    0,
];

/// A unit of these entries.
fn unit(entries: &[u8]) -> Vec<u8> {
    let mut unit = Vec::new();
    unit.extend((7 + entries.len() as u32).to_le_bytes());
    unit.extend(4u16.to_le_bytes());
    unit.extend(0u32.to_le_bytes());
    unit.push(8);
    unit.extend(entries);
    unit
}

/// The attributes low_pc and high_pc.
fn range(start: u64, size: u64) -> Vec<u8> {
    [start.to_le_bytes(), size.to_le_bytes()].concat()
}

/// A line program over `files`, in which these rows follow each other.
fn line_program(files: &[&str], rows: &[(u64, u8, i8)], end: u64) -> Vec<u8> {
    let mut header = vec![1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0];
    for file in files {
        header.extend(file.as_bytes());
        header.extend([0, 0, 0, 0]);
    }
    header.push(0);
    let mut code = Vec::new();
    let mut current = 1;
    let set_address = |code: &mut Vec<u8>, address: u64| {
        code.extend([0, 9, 2]);
        code.extend(address.to_le_bytes());
    };
    for &(address, file, line) in rows {
        set_address(&mut code, address);
        code.extend([4, file, 3, (line - current) as u8 & 0x7f, 1]);
        current = line;
    }
    set_address(&mut code, end);
    code.extend([0, 1, 1]);
    let mut program = Vec::new();
    program.extend((6 + header.len() as u32 + code.len() as u32).to_le_bytes());
    program.extend(4u16.to_le_bytes());
    program.extend((header.len() as u32).to_le_bytes());
    program.extend(header);
    program.extend(code);
    program
}

/// `_start` in a.c, with `helper` of b.h inlined into its second half.
pub(crate) fn good() -> Debug {
    let mut entries = b"\x01a.c\0/src\0".to_vec();
    entries.extend(range(RAM, 16));
    entries.extend(0u32.to_le_bytes());
    entries.extend(b"\x02_start\0");
    entries.extend(range(RAM, 16));
    entries.extend(b"\x03helper\0");
    entries.extend(range(RAM + 8, 8));
    // Called in line 11 of a.c.
    entries.extend([1, 11]);
    entries.extend([0, 0, 0]);
    Debug {
        info: unit(&entries),
        abbrev: ABBREVIATIONS.to_vec(),
        line: line_program(
            &["a.c", "b.h"],
            &[(RAM, 1, 10), (RAM + 4, 1, 11), (RAM + 8, 2, 5)],
            RAM + 16,
        ),
        ranges: Vec::new(),
    }
}

impl Debug {
    pub(crate) fn elf(&self) -> Elf {
        let section = |name, bytes: &Vec<u8>| (name, SHT_PROGBITS, 0, bytes.clone());
        Elf {
            unloaded: vec![
                section(".debug_info", &self.info),
                section(".debug_abbrev", &self.abbrev),
                section(".debug_line", &self.line),
                section(".debug_ranges", &self.ranges),
            ],
            ..Elf::good()
        }
    }

    fn lines(&self) -> Lines {
        let file = self.elf().build();
        Program::parse("test.elf", &file).expect("the rest of the file is sound");
        Lines::parse(file).expect("there is debugging information")
    }
}

fn at(file: &str, line: u32) -> Option<SourceLine> {
    Some(SourceLine {
        file: file.to_owned(),
        line,
        column: 0,
    })
}

#[test]
fn each_address_has_the_line_before_it() {
    let lines = good().lines();
    for (offset, expected) in [
        (0, at("/src/a.c", 10)),
        (2, at("/src/a.c", 10)),
        (4, at("/src/a.c", 11)),
        (8, at("/src/b.h", 5)),
        (15, at("/src/b.h", 5)),
        (16, None),
    ] {
        assert_eq!(lines.find(RAM + offset), expected, "{offset}");
    }
    for address in [0, RAM - 1, u64::MAX - 1, u64::MAX] {
        assert_eq!(lines.find(address), None, "{address:#x}");
        assert_eq!(lines.frames(address), [], "{address:#x}");
    }
    assert_eq!(lines.problem(), None);
}

#[test]
fn inlined_functions_stand_before_those_around_them() {
    let lines = good().lines();
    let frame = |function: &str, place| Frame {
        function: Some(function.to_owned()),
        place,
    };
    let start = frame("_start", at("/src/a.c", 11));
    let helper = frame("helper", at("/src/b.h", 5));
    assert_eq!(lines.frames(RAM + 8), [helper, start]);
    let alone = frame("_start", at("/src/a.c", 10));
    assert_eq!(lines.frames(RAM), [alone]);
    assert_eq!(lines.problem(), None);
}

#[test]
fn names_cannot_talk_to_the_terminal() {
    let mut debug = good();
    debug.line = line_program(&["\x1b[2J.c"], &[(RAM, 1, 10)], RAM + 16);
    assert_eq!(debug.lines().find(RAM), at("/src/?[2J.c", 10));
}

#[test]
fn files_without_readable_lines_say_why() {
    let parse = |elf: &Elf| Lines::parse(elf.build()).expect_err("no lines");
    assert!(matches!(parse(&Elf::good()), NoLines::Absent));
    let no_sections = Elf {
        sections: false,
        ..Elf::good()
    };
    assert!(matches!(parse(&no_sections), NoLines::Absent));
    let mut elf = good().elf();
    elf.unloaded[2].2 = SHF_COMPRESSED;
    let message = parse(&elf).to_string();
    assert!(message.contains("section .debug_line"), "{message}");
    assert!(message.contains("objcopy --decompress"), "{message}");
    let cut = good().elf().build();
    let error = Lines::parse(&cut[..cut.len() - 1]).expect_err("cut short");
    assert!(matches!(error, NoLines::Unreadable(_)), "{error}");
}

#[test]
fn damage_is_told_once_and_answers_nothing() {
    let mut debug = good();
    let length = debug.line.len();
    debug.line[length - 2] = 99; // an operation that goes on behind the end
    let lines = debug.lines();
    assert_eq!(lines.find(RAM), None);
    let problem = lines.problem().expect("a problem").to_owned();
    assert_eq!(lines.find(RAM + 8), None);
    assert_eq!(lines.problem(), Some(problem.as_str()));
}

#[test]
fn entries_nested_without_end_do_not_use_up_the_stack() {
    let mut entries = b"\x01a.c\0/src\0".to_vec();
    entries.extend(range(RAM, 16));
    entries.extend(0u32.to_le_bytes());
    entries.extend(b"\x02f\0");
    entries.extend(range(RAM, 16));
    for _ in 0..200_000 {
        entries.extend(b"\x03g\0");
        entries.extend(range(RAM, 16));
        entries.extend([1, 11]);
    }
    let lines = Debug {
        info: unit(&entries),
        ..good()
    }
    .lines();
    assert_eq!(lines.frames(RAM), []);
    let problem = lines.problem().expect("a problem");
    assert!(problem.contains("nested deeper"), "{problem}");
    assert_eq!(lines.find(RAM), at("/src/a.c", 10), "needs no entries");
}

/// What takes a day if it is followed, or terabytes.
fn is_given_up_soon(debug: &Debug) {
    let start = Instant::now();
    let lines = debug.lines();
    for offset in 0..1000 {
        lines.find(RAM + offset);
        lines.frames(RAM + offset);
    }
    assert!(start.elapsed() < Duration::from_secs(60));
    let problem = lines.problem().expect("a problem");
    assert!(problem.contains("too often"), "{problem}");
}

#[test]
fn units_that_share_a_long_list_of_ranges() {
    let mut one = vec![4];
    one.extend(RAM.to_le_bytes());
    one.extend(0u32.to_le_bytes());
    let mut ranges: Vec<u8> = (0..20_000).flat_map(|i| range(i, i + 1)).collect();
    ranges.extend([0; 16]);
    is_given_up_soon(&Debug {
        info: unit(&one).repeat(20_000),
        ranges,
        ..good()
    });
}

#[test]
fn files_that_share_a_long_directory() {
    let mut entries = b"\x01a.c\0".to_vec();
    entries.extend([b'd'; 500_000]);
    entries.push(0);
    entries.extend(range(RAM, 16));
    entries.extend(0u32.to_le_bytes());
    entries.push(0);
    is_given_up_soon(&Debug {
        info: unit(&entries),
        line: line_program(&["f"; 100_000], &[(RAM, 1, 10)], RAM + 16),
        ..good()
    });
}

/// Asks for everything; nothing but a panic is wrong.
fn ask(debug: &Debug) {
    let lines = debug.lines();
    for offset in 0..20 {
        lines.find(RAM + offset);
        lines.frames(RAM + offset);
    }
    lines.frames(0);
}

#[test]
fn sections_cut_at_every_byte() {
    let whole = good();
    let cut = |bytes: &[u8], length: usize| bytes[..length.min(bytes.len())].to_vec();
    for length in 0..whole
        .info
        .len()
        .max(whole.line.len())
        .max(whole.abbrev.len())
    {
        for which in 0..3 {
            let mut debug = whole.clone();
            match which {
                0 => debug.info = cut(&whole.info, length),
                1 => debug.line = cut(&whole.line, length),
                _ => debug.abbrev = cut(&whole.abbrev, length),
            }
            ask(&debug);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_sections_do_no_harm(
        damages in prop::collection::vec((0..3usize, any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut debug = good();
        for (which, at, value) in damages {
            let section = match which {
                0 => &mut debug.info,
                1 => &mut debug.line,
                _ => &mut debug.abbrev,
            };
            let at = at.index(section.len());
            section[at] = value;
        }
        ask(&debug);
    }
}
