//! All programs, under every policy for the A and D bits, with frames in plenty and
//! with so few that pages come and go all the time.
//!
//! Each program checks the contents of its memory, and where it can what the kernel
//! counted. It is not believed here: [`EXPECTED`] has what is to be counted, and how
//! many page faults the hart itself must have raised in the area that the program
//! is about. The rest of a program (its text, its stack) depends on the compiler;
//! but who maintains A and D must not change a number there, either.

use std::ops::Range;

use pagewalk_machine::AdPolicy;
use pagewalk_machine::isa::ExceptionCause::{LoadPageFault, StorePageFault};
use pagewalk_user_programs::{PROGRAMS, Program};

use crate::board::{Run, Setup, run, run_watched};

const POLICIES: [AdPolicy; 3] = [AdPolicy::Hardware, AdPolicy::Fault, AdPolicy::Guest];

/// Counters on which policies agree: all but those of faults for A or D, and of the
/// flushes that follow from them.
const AGREED: [&str; 11] = [
    "minor",
    "major",
    "zero_fill",
    "file_load",
    "cow_copy",
    "cow_reuse",
    "swap_in",
    "swap_out",
    "clean_drop",
    "segv",
    "fork_copy",
];
/// The others.
const APART: [&str; 2] = ["ad_only=", "flushes="];

/// An area of a program, and the page faults in it from beginning to end, in all
/// processes.
struct Area {
    /// What the program says in front of the area's address.
    at: &'static str,
    pages: u64,
    loads: usize,
    stores: usize,
}

const fn area(at: &'static str, pages: u64, loads: usize, stores: usize) -> Area {
    Area {
        at,
        pages,
        loads,
        stores,
    }
}

/// What is to be seen of a program with frames in plenty.
struct Expected {
    name: &'static str,
    areas: &'static [Area],
    /// Parts of what it says, without the counters of [`APART`].
    says: &'static [&'static str],
}

const EXPECTED: &[Expected] = &[
    Expected {
        name: "first-touch",
        // One for each page, at the first write, and none later.
        areas: &[area("pages at ", 8, 0, 8)],
        says: &["The first time: minor=8 zero_fill=8. The second: nothing. Reading: nothing."],
    },
    Expected {
        name: "demand-zero",
        // Read, written, and read again after the contents were given back.
        areas: &[area("pages at ", 8, 16, 8)],
        says: &[
            "The first of them is nowhere.",
            "Reading: minor=8 zero_fill=8: one page of zeros for all. Writing: minor=8 cow_copy=8.",
        ],
    },
    Expected {
        name: "sparse",
        areas: &[area("From ", 1 << 18, 0, 16)],
        says: &["Counted: minor=16 zero_fill=16."],
    },
    Expected {
        name: "exec-lazy",
        // Three, then the other 61.
        areas: &[area("pages, for ", 64, 64, 0)],
        says: &[
            "Of the table 3 pages are in memory now.",
            "Counted: major=3 file_load=3.",
        ],
    },
    Expected {
        name: "mincore",
        areas: &[area("pages at ", 8, 0, 3)],
        says: &["In memory: [].", "In memory: [1, 2, 6]."],
    },
    Expected {
        name: "fork-cow",
        // Four pages filled, two copied for the child, four taken back by the parent;
        // those that the child only read were shared all the time.
        areas: &[area("pages at ", 4, 0, 10)],
        says: &[
            "Child: counted meanwhile: minor=2 cow_copy=2.",
            "being their last owner: minor=4 cow_reuse=4.",
        ],
    },
    Expected {
        name: "fork-tree",
        // Nine processes write to the first page, one to the second.
        areas: &[
            area("Each generation writes to ", 1, 0, 9),
            area("none to ", 1, 0, 1),
        ],
        says: &[],
    },
    Expected {
        name: "pipe-copyout-cow",
        // The copy is made by the kernel, without a trap.
        areas: &[area("share the page at ", 1, 0, 1)],
        says: &["Child: counted: minor=1 cow_copy=1."],
    },
    Expected {
        name: "threads",
        // One for each thread, and one for the child that writes to a copy.
        areas: &[area("page each at ", 4, 0, 5)],
        says: &[],
    },
    Expected {
        name: "segv-handler",
        // Loads: nowhere, zeros, ---. Stores: r--, a copy of the zeros, three new
        // pages, ---.
        areas: &[area("nothing at ", 4, 3, 6)],
        says: &[],
    },
    Expected {
        name: "clean-drop",
        areas: &[],
        // 512 frames: twice as many pages, all of which are written out once, and then
        // only dropped, each time around.
        says: &[
            "I fill 1024 pages, and read them and 16 of my file.",
            "When I filled them: minor=1024 zero_fill=1024 ",
            "Reading, pass 2: major=1040 file_load=16 swap_in=1024 clean_drop=1040.",
        ],
    },
    Expected {
        name: "dormant-victim",
        areas: &[],
        // B takes frames, and loses none.
        says: &["B: counted: minor=384 zero_fill=384."],
    },
];

/// Programs that need no more than the least number of frames.
const FIT: &[&str] = &[
    "hello-process",
    "areas",
    "segv-unmapped",
    "null-deref",
    "segv-write-rodata",
    "segv-write-xonly",
    "segv-read-xonly",
    "segv-exec-data",
];

/// Frames that are plenty, and yet so few that a program that wants to can fill them.
fn plenty(program: &Program) -> u32 {
    match program.name {
        // Twice 16 MiB, and some more.
        "fork-cost" => 8704,
        _ => 512,
    }
}

/// With how few frames a program does all it should.
fn few_frames(program: &Program) -> u32 {
    match program.name {
        // Three children at a time, each with a stack and a heap.
        "fuzz-mm" => 16,
        "dormant-victim" => 12,
        _ => 8,
    }
}

fn run_program(program: &Program, ad: AdPolicy, options: &str, watched: bool) -> Run {
    let path = format!("/bin/{}", program.name);
    let out_of_memory = program.name.starts_with("oom-");
    let argv: &[&str] = match program.name {
        "fuzz-mm" => &[&path, "1", "400"],
        _ => &[&path],
    };
    let setup = Setup {
        options: &format!("check=1 {options}"),
        swap_pages: if out_of_memory { 256 } else { 8192 },
        ad,
        argv,
        ..Setup::default()
    };
    let run = if watched {
        run_watched(&setup)
    } else {
        run(&setup)
    };
    let name = program.name;
    assert_eq!(
        run.status,
        u64::from(program.status),
        "{name}, {ad:?}, {options}: {run:#?}"
    );
    assert!(!run.stdout.contains("FAILED"), "{name}: {run:#?}");
    run
}

/// The words of a text without the counters of [`APART`].
fn without_apart(text: &str) -> String {
    let mut words = String::new();
    for word in text.split(' ') {
        let is_apart = APART.iter().any(|name| word.starts_with(name));
        // What stands behind the number is part of the sentence.
        let rest = word.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_=".contains(c));
        if is_apart {
            words.truncate(words.trim_end().len());
            words.push_str(rest);
        } else {
            words.push_str(word);
        }
        words.push(' ');
    }
    words
}

/// Where an area is: the program has said it.
fn addresses(run: &Run, area: &Area) -> Range<u64> {
    let (_, behind) = run
        .stdout
        .split_once(area.at)
        .expect("the program says where");
    let digits = behind.trim_start_matches("0x");
    let end = digits.find(|c: char| !c.is_ascii_hexdigit());
    let start = u64::from_str_radix(&digits[..end.unwrap_or(digits.len())], 16);
    let start = start.expect("an address");
    start..start + area.pages * 4096
}

fn check(expected: &Expected, run: &Run, ad: AdPolicy) {
    let name = expected.name;
    for area in expected.areas {
        let addresses = addresses(run, area);
        let [loads, stores] =
            [LoadPageFault, StorePageFault].map(|cause| run.faults_in(&addresses, cause));
        assert_eq!(
            (loads, stores),
            (area.loads, area.stores),
            "faults of {name} with {ad:?} in {addresses:x?}: {run:#?}"
        );
    }
    let said = without_apart(&run.stdout);
    for part in expected.says {
        assert!(said.contains(part), "{name} with {ad:?}, {part:?}: {said}");
    }
}

#[test]
fn every_program_counts_what_it_should_and_policies_agree() {
    for program in PROGRAMS {
        let expected = EXPECTED.iter().find(|row| row.name == program.name);
        let options = format!("frames={}", plenty(program));
        let runs = POLICIES.map(|ad| {
            let watched = expected.is_some_and(|row| !row.areas.is_empty());
            let run = run_program(program, ad, &options, watched);
            if let Some(expected) = expected {
                check(expected, &run, ad);
            }
            run
        });
        let [hardware, others @ ..] = &runs;
        assert_eq!(
            hardware.total("ad_only"),
            0,
            "{}: {hardware:#?}",
            program.name
        );
        for other in others {
            let name = program.name;
            for counter in AGREED {
                let (one, two) = (hardware.total(counter), other.total(counter));
                assert_eq!(one, two, "{counter} of {name}: {hardware:#?} {other:#?}");
            }
            assert_eq!(by_the_kernel(hardware), by_the_kernel(other), "{name}");
        }
    }
}

/// Faults that the kernel has resolved and no program has raised: those of its own
/// accesses to memory of processes.
///
/// # Panics
/// If the hart has raised more page faults than the kernel knows of.
fn by_the_kernel(run: &Run) -> u64 {
    let resolved = ["minor", "major", "ad_only", "segv"].map(|name| run.total(name));
    let resolved: u64 = resolved.iter().sum();
    let rest = resolved.checked_sub(run.raised);
    rest.unwrap_or_else(|| {
        panic!(
            "{} faults raised, {resolved} resolved: {run:#?}",
            run.raised
        )
    })
}

fn run_with_few_frames(ad: AdPolicy, options: &str) {
    for program in PROGRAMS {
        let options = format!("frames={} {options}", few_frames(program));
        let run = run_program(program, ad, &options, false);
        let evicted = run.total("swap_out") + run.total("clean_drop");
        let fits = FIT.contains(&program.name);
        assert!(evicted > 0 || fits, "{}: {run:#?}", program.name);
    }
}

#[test]
fn few_frames_do_if_the_hart_sets_bits() {
    run_with_few_frames(AdPolicy::Hardware, "evict=clock");
}

#[test]
fn few_frames_do_if_bits_are_faults() {
    run_with_few_frames(AdPolicy::Fault, "evict=clock");
}

#[test]
fn few_frames_do_if_nobody_asked_for_bits() {
    run_with_few_frames(AdPolicy::Guest, "evict=clock");
}

#[test]
fn few_frames_do_if_the_oldest_goes() {
    run_with_few_frames(AdPolicy::Hardware, "evict=fifo asid-bits=1");
}

#[test]
fn few_frames_do_if_chance_decides_and_fork_copies() {
    run_with_few_frames(AdPolicy::Fault, "evict=random seed=7 fork=copy asid-bits=0");
}
