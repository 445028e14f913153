//! Parsing needs memory in proportion to the file, whatever its headers say.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use pagewalk_loader::Program;

use crate::builder::*;

/// Counts what each thread holds, since tests run on several.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // Threads also allocate while they end, when the counters are gone.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        PEAK.with(|peak| peak.set(peak.get().max(held.get())));
    });
}

#[expect(unsafe_code, reason = "the only way to count allocations; tests only")]
// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Asserts that parsing holds at most six times the size of the file, and a
/// little for messages, at any time.
pub(crate) fn check(bytes: &[u8]) {
    let before = HELD.get();
    PEAK.set(before);
    let result = Program::parse("test.elf", bytes);
    let peak = usize::try_from(PEAK.get() - before).unwrap();
    drop(result);
    let allowed = 6 * bytes.len() + 4096;
    assert!(
        peak <= allowed,
        "{peak} bytes held to parse {}",
        bytes.len()
    );
}

#[test]
fn good_program_and_huge_memory_sizes_cost_little() {
    let mut elf = Elf::good();
    check(&elf.build());
    elf.segments[0].mem_size = 1 << 60;
    elf.segments[1].mem_size = 1 << 60;
    check(&elf.build());
}

#[test]
fn many_symbols_cost_little() {
    let mut elf = Elf::good();
    elf.symbols = (0..10_000)
        .map(|i| function("f", RAM + i % 64, 1 + i % 7))
        .collect();
    check(&elf.build());
    elf.symbols = (0..10_000).map(|i| label("f", RAM + i % 64)).collect();
    check(&elf.build());
}

#[test]
fn many_symbols_may_share_a_long_name() {
    const COUNT: usize = 4096;
    let mut elf = Elf::good();
    elf.symbols = (0..COUNT as u64).map(|i| label("", RAM + i % 64)).collect();
    let mut bytes = elf.build();
    let name = bytes.len();
    bytes.extend([b'a'; 1 << 16]);
    bytes.push(0);
    let at = in_section(&bytes, 4, field::SH_OFFSET);
    put64(&mut bytes, at, name as u64);
    put64(&mut bytes, at + 8, (1 << 16) + 1);
    check(&bytes);
    let program = Program::parse("test.elf", &bytes).unwrap();
    assert_eq!(program.symbols.len(), COUNT);
    assert_eq!(program.symbols.by_name("aaa"), None);
}

#[test]
fn many_sections_may_not_share_a_long_name() {
    let mut elf = Elf::good();
    elf.segments = vec![Seg::load(RAM, R | X, &[0x13], 1); 1000];
    let mut bytes = elf.build();
    let names = 1003;
    let start = bytes.len();
    bytes.extend([b'a'; 1 << 16]);
    bytes.push(0);
    let at = in_section(&bytes, names, field::SH_OFFSET);
    put64(&mut bytes, at, start as u64);
    put64(&mut bytes, at + 8, (1 << 16) + 1);
    check(&bytes);
    let error = Program::parse("test.elf", &bytes).unwrap_err().to_string();
    assert!(
        error.contains("the names of the sections are longer than the file"),
        "{error}"
    );
}
