//! What holds for every sequence of bytes. The fuzz target includes this file.

use object::{Object, ObjectSegment, ObjectSymbol};
use pagewalk_loader::{Lines, NoLines, Notes, NotesError, Program, Region};

/// Parses, and compares what comes out with the bytes that went in and with
/// what another ELF reader says about them. Returns whether it is a program.
pub(crate) fn check(bytes: &[u8]) -> bool {
    let program = match Program::parse("test.elf", bytes) {
        Ok(program) => program,
        Err(error) => {
            check_message(&error.to_string());
            return false;
        }
    };
    let copied: usize = program
        .segments
        .iter()
        .map(|segment| segment.data.len())
        .sum();
    assert!(!program.segments.is_empty() && copied <= bytes.len());
    for segment in &program.segments {
        assert!(segment.mem_size >= segment.data.len().max(1) as u64);
        assert_eq!(segment.last_paddr() - segment.paddr, segment.mem_size - 1);
        assert_eq!(segment.last_vaddr() - segment.vaddr, segment.mem_size - 1);
    }
    check_fit(&program);
    check_symbols(&program);
    compare(&program, bytes);
    check_lines(&program, bytes);
    if let Err(NotesError::Unreadable(problem)) = Notes::parse(bytes) {
        panic!("the program was read: {problem}");
    }
    true
}

/// Whatever debugging information says, asking for lines does no harm.
fn check_lines(program: &Program, bytes: &[u8]) {
    let lines = match Lines::parse(bytes) {
        Ok(lines) => lines,
        Err(NoLines::Unreadable(problem)) => panic!("the program was read: {problem}"),
        Err(error) => return assert!(error.to_string().contains("; "), "{error}"),
    };
    for address in [program.entry, program.entry.wrapping_add(8), 0, u64::MAX] {
        lines.find(address);
        lines.frames(address);
    }
}

/// A message is one line that names the file, the problem and a way out.
pub(crate) fn check_message(message: &str) {
    let problem = message
        .strip_prefix("test.elf: ")
        .expect("a message begins with the file");
    assert!(!message.contains('\n'), "{message:?} is one line");
    assert!(
        !problem.starts_with(char::is_uppercase),
        "{message:?} is lower-case"
    );
    assert!(problem.contains("; "), "{message:?} names a way out");
}

fn check_fit(program: &Program) {
    let ram = Region {
        name: "ram".to_owned(),
        start: 0x8000_0000,
        size: 128 << 20,
    };
    match program.check_fits(&[ram]) {
        Err(error) => check_message(&error.to_string()),
        Ok(()) => {
            let start = program
                .entry_paddr()
                .expect("a program that fits has an entry");
            assert!((0x8000_0000..0x8800_0000).contains(&start) && start & 1 == 0);
        }
    }
}

fn check_symbols(program: &Program) {
    let mut last = 0;
    for symbol in program.symbols.iter().take(1000) {
        assert!(symbol.address >= last, "symbols are sorted");
        last = symbol.address;
        assert!(!symbol.name.is_empty());
        let loaded = program
            .segments
            .iter()
            .any(|segment| (segment.vaddr..=segment.last_vaddr()).contains(&symbol.address));
        let Some(place) = program.symbols.locate(symbol.address) else {
            assert!(!loaded, "a symbol in memory is found by its address");
            continue;
        };
        assert_eq!((place.symbol.address, place.offset), (symbol.address, 0));
        let shown = place.to_string();
        assert!(
            !shown.is_empty() && !shown.contains(char::is_control),
            "{shown:?}"
        );
        let next = symbol.address.saturating_add(symbol.size);
        if let Some(place) = program.symbols.locate(next) {
            assert_eq!(place.symbol.address + place.offset, next);
        }
    }
}

/// Another reader, where it accepts the file, sees the same.
fn compare(program: &Program, bytes: &[u8]) {
    let Ok(other) = object::File::parse(bytes) else {
        return;
    };
    assert_eq!(program.entry, other.entry());
    let theirs = other.segments().filter(|segment| segment.size() > 0);
    for (segment, theirs) in program.segments.iter().zip(theirs) {
        assert_eq!(
            (segment.vaddr, segment.mem_size),
            (theirs.address(), theirs.size())
        );
        assert_eq!(segment.data, theirs.data().unwrap_or_default());
    }
    for symbol in other
        .symbols()
        .filter(|symbol| symbol.is_global())
        .take(100)
    {
        let ours = symbol
            .name()
            .ok()
            .and_then(|name| program.symbols.by_name(name));
        if let Some(ours) = ours {
            assert_eq!(Ok(ours.name), symbol.name());
        }
    }
}
