//! What a kernel publishes, and notes that are none.

use pagewalk_loader::{NoteProblem, Notes, NotesError, Shape, WalkError};
use proptest::prelude::*;

use crate::builder::*;

const SHT_NOTE: u32 = 7;
const TRACE_POINT: u32 = 0x101;
const STRUCTURE: u32 = 0x201;
const ROOT: u32 = 0x301;

/// A note with its alignment.
fn note(owner: &str, kind: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend((owner.len() as u32 + 1).to_le_bytes());
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(kind.to_le_bytes());
    for part in [[owner.as_bytes(), b"\0"].concat(), content.to_vec()] {
        bytes.extend(&part);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

fn point(address: u64, texts: &[u8]) -> Vec<u8> {
    let content = [&address.to_le_bytes(), texts].concat();
    note("Pagewalk", TRACE_POINT, &content)
}

fn structure(size: u32, offsets: &[u32], texts: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    for number in [size, offsets.len() as u32].iter().chain(offsets) {
        content.extend(number.to_le_bytes());
    }
    content.extend(texts);
    note("Pagewalk", STRUCTURE, &content)
}

fn root(address: u64, texts: &[u8]) -> Vec<u8> {
    let content = [&address.to_le_bytes(), texts].concat();
    note("Pagewalk", ROOT, &content)
}

fn file(sections: &[(&'static str, Vec<u8>)]) -> Vec<u8> {
    let mut elf = Elf::good();
    for (name, bytes) in sections {
        elf.unloaded.push((name, SHT_NOTE, 0, bytes.clone()));
    }
    elf.build()
}

fn parse(section: &[u8]) -> Result<Notes, NotesError> {
    Notes::parse(&file(&[(".note.pagewalk", section.to_vec())]))
}

fn good() -> Vec<u8> {
    [
        point(0x30, b"cow_reuse\0s1 a0 s11 \0"),
        note("GNU", 3, b"something else"),
        point(0x20, b"clean_drop\0t6 \0"),
        point(0, b"clean_drop\0t6 \0"),
        point(0x30, b"clean_drop\0a1\0"),
        structure(24, &[0, 8], b"frame\0maps\0[frame]\0slot\0?u32\0"),
        root(0x40, b"frames\0[*frame]\0"),
    ]
    .concat()
}

#[test]
fn notes_are_read() {
    let notes = parse(&good()).expect("they are good");
    let addresses = notes.trace_points.iter().map(|point| point.address);
    assert_eq!(addresses.collect::<Vec<_>>(), [0x20, 0x30, 0x30]);
    assert_eq!(notes.at(0x30).len(), 2);
    assert!(notes.at(0x28).is_empty());
    assert_eq!(notes.named("clean_drop").count(), 2);
    let reuse = notes.named("cow_reuse").next().expect("there is one");
    assert_eq!(reuse.registers, [9, 10, 27]);
    let mut x = [0; 32];
    (x[9], x[10]) = (u64::MAX, u64::MAX);
    assert_eq!(reuse.argument(&x, "space"), Some(u64::from(u32::MAX)));
    assert_eq!(reuse.argument(&x, "page"), Some(u64::MAX));
    assert_eq!(reuse.argument(&x, "slot"), None);
    let frame = &notes.structures[0];
    assert_eq!((frame.name.as_str(), frame.size), ("frame", 24));
    let slot = frame.field("slot").expect("it has one");
    assert_eq!((slot.offset, &slot.shape), (8, &Shape::Optional));
    let inner = Shape::Pointer(Box::new(Shape::Structure("frame".to_owned())));
    assert_eq!(notes.roots[0].shape, Shape::List(Box::new(inner)));
}

#[test]
fn other_programs_publish_nothing() {
    assert_eq!(
        Notes::parse(&Elf::good().build()).expect("a good file"),
        Notes::default()
    );
    let elsewhere = file(&[(".note.other", good())]);
    assert_eq!(
        Notes::parse(&elsewhere).expect("a good file"),
        Notes::default()
    );
}

#[track_caller]
fn fails(section: &[u8], problem: NoteProblem) {
    match parse(section) {
        Err(NotesError::Note { problem: found, .. } | NotesError::Together(found)) => {
            assert_eq!(found, problem);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_mistake_has_a_name() {
    use NoteProblem::*;
    fails(&point(0, b"cow\0\0"), UnknownProbe("cow".to_owned()));
    fails(
        &point(0, b"clean_drop\0x5\0"),
        UnknownRegister {
            probe: "clean_drop".to_owned(),
            register: "x5".to_owned(),
        },
    );
    fails(
        &point(0, b"cow_reuse\0s1 s2\0"),
        Arguments {
            probe: "cow_reuse".to_owned(),
            expected: 3,
            found: 2,
        },
    );
    fails(&point(0, b"cow_reuse\0s1"), BadText);
    fails(&point(0, b"\x1b[2J\0\0"), BadText);
    fails(&note("Pagewalk", 0x102, b""), UnknownType(0x102));
    fails(&good()[..8], Truncated);
    fails(&good()[..30], Truncated);
    fails(&note("Pagewalk", STRUCTURE, &[255; 8]), Truncated);
    let bad = |text: &str| BadShape(text.to_owned());
    fails(&root(0, b"x\0[frame]\0"), bad("frame"));
    fails(&root(0, b"x\0[u8\0"), bad("[u8"));
    fails(&root(0, b"x\0*******u8\0"), bad("*u8"));
    let outside = structure(8, &[8], b"s\0f\0u8\0");
    fails(&outside, BadStructure("s".to_owned()));
    let once = structure(8, &[0], b"s\0f\0u8\0");
    fails(&[once.clone(), once].concat(), BadStructure("s".to_owned()));
}

#[test]
fn sections_that_lie_over_each_other_are_refused() {
    let names = [".note.pagewalk", ".note.pagewalk.a", ".note.pagewalk.b"];
    // Notes of others, so many that they are most of the file.
    let long = note("GNU", 3, &[0; 4096]);
    let mut bytes = file(&names.map(|name| (name, Vec::new())));
    // Behind those of a good file: none, .text, .data, .symtab, .strtab.
    let notes = 5..5 + names.len();
    let offset = bytes.len() as u64;
    bytes.extend(&long);
    for index in notes {
        let kind = in_section(&bytes, index, field::SH_TYPE);
        assert_eq!(bytes[kind..kind + 4], SHT_NOTE.to_le_bytes());
        let size = in_section(&bytes, index, field::SH_SIZE);
        let place = in_section(&bytes, index, field::SH_OFFSET);
        put64(&mut bytes, size, long.len() as u64);
        put64(&mut bytes, place, offset);
    }
    let error = Notes::parse(&bytes).expect_err("they share bytes");
    assert!(
        matches!(error, NotesError::Together(NoteProblem::SharedBytes)),
        "{error}"
    );
}

/// A list of two frames at 0x40, the first with slot 7, and a memory for them.
fn tables() -> (Notes, Vec<u8>) {
    let section = [
        structure(24, &[16, 0], b"[]\0pointer\0u64\0length\0u64\0"),
        structure(8, &[0, 4], b"?u32\0is_some\0u32\0value\0u32\0"),
        structure(16, &[0, 8], b"frame\0next\0*frame\0slot\0?u32\0"),
        root(0x1040, b"frames\0[frame]\0"),
        root(0x1000, b"direct_map\0u8\0"),
        root(0x10_0000, b"kernel_offset\0u8\0"),
    ];
    let mut memory = vec![0; 0x100];
    put64(&mut memory, 0x40, 2);
    put64(&mut memory, 0x50, 0x1080);
    put64(&mut memory, 0x80, 0x1090);
    put64(&mut memory, 0x88, 7 << 32 | 1);
    (parse(&section.concat()).expect("they are good"), memory)
}

#[test]
fn tables_are_walked() {
    let (notes, memory) = tables();
    let read = |address: u64, out: &mut [u8]| {
        let start = notes.physical(address)? as usize;
        out.copy_from_slice(memory.get(start..start.checked_add(out.len())?)?);
        Some(())
    };
    assert_eq!(notes.physical(0x10_0030), Some(0x30));
    assert_eq!(notes.physical(0xfff), None);
    let list = notes.root("frames", &read).expect("it is published");
    let frames: Vec<_> = list.items().expect("it is a list").collect();
    assert_eq!(frames.len(), 2);
    let slot = |index: usize| frames[index].field("slot")?.optional();
    assert_eq!((slot(0), slot(1)), (Ok(Some(7)), Ok(None)));
    let next = |index: usize| frames[index].field("next")?.target();
    let target = next(0).ok().flatten().expect("it leads on");
    assert_eq!(target.address(), frames[1].address());
    assert!(next(1).expect("null").is_none());
    let unpublished = WalkError::Unpublished("frame.pins".to_owned());
    assert_eq!(frames[0].field("pins").err(), Some(unpublished));
    let error = frames[0].number().expect_err("it is a structure");
    assert!(error.to_string().ends_with("has `frame`"), "{error}");
    assert!(notes.root("threads", &read).is_err());
}

#[test]
fn tables_that_lie_end_where_memory_does() {
    let (notes, mut memory) = tables();
    for (at, value) in [(0x40, u64::MAX), (0x50, u64::MAX - 8), (0x50, 0x1080)] {
        put64(&mut memory, at, value);
        let read = |address: u64, out: &mut [u8]| {
            let start = notes.physical(address)? as usize;
            out.copy_from_slice(memory.get(start..start.checked_add(out.len())?)?);
            Some(())
        };
        let list = notes.root("frames", &read).expect("it is published");
        assert!(list.items().expect("it is a list").count() <= 8);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_notes_do_no_harm(damages in prop::collection::vec((any::<usize>(), any::<u8>()), 1..5), end in any::<usize>()) {
        let mut section = good();
        for (at, byte) in damages {
            let at = at % section.len();
            section[at] = byte;
        }
        // Whatever comes of it, it comes without a panic.
        let _ = parse(&section);
        section.truncate(end % section.len());
        let _ = parse(&section);
    }
}
