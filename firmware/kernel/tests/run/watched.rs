//! The kernel, watched from outside: what its trace points say is what it counts.

use std::collections::{BTreeMap, BTreeSet};

use pagewalk_guest_abi::probe::{ACCESSES, PROBES, REASONS};
use pagewalk_machine::loader::{Notes, TracePoint, WalkError};
use pagewalk_machine::mmu::Privilege;
use pagewalk_machine::{Limits, Machine, Outcome};

use crate::board::{Run, Setup, kernel, run_by};

/// A trace point that was reached, and its arguments.
#[derive(Debug)]
struct Hit {
    name: &'static str,
    arguments: BTreeMap<&'static str, u64>,
}

impl Hit {
    fn get(&self, name: &str) -> u64 {
        let value = self.arguments.get(name);
        *value.unwrap_or_else(|| panic!("{} has no {name}", self.name))
    }
}

const CALL: &str = "Environment call from U-mode";

/// Traps of programs: the kernel has none, and the firmware others.
const OF_PROGRAMS: [&str; 6] = [
    CALL,
    "Instruction page fault",
    "Load page fault",
    "Store/AMO page fault",
    "Supervisor timer interrupt",
    "Supervisor external interrupt",
];

/// What the tables say of a space, and of the frames that its pages are in.
#[derive(Debug, Default)]
struct Tables {
    /// First address, end and `rwx` of each area of the process that runs.
    areas: Vec<(u64, u64, String)>,
    /// Pages of it in memory.
    resident: u64,
    /// Entries that map frames, of all spaces; the same as the frame table counts them.
    maps: (u64, u64),
    /// Frames that are free, and all.
    free: usize,
    frames: usize,
    /// The process's name.
    name: String,
}

/// Walks the tables in memory, for the process `pid`.
fn tables(machine: &Machine, notes: &Notes, pid: u64) -> Result<Tables, WalkError> {
    let read = |address: u64, out: &mut [u8]| machine.read_bytes(notes.physical(address)?, out);
    let kernel = notes.root("kernel", &read)?.target()?;
    let kernel = kernel.expect("the kernel has begun");
    let (mm, mut found) = (kernel.field("mm")?, Tables::default());
    let mut space = None;
    for slot in kernel.field("processes")?.field("slots")?.items()? {
        let Some(entry) = slot.target()? else {
            continue;
        };
        if entry.field("0")?.number()? == pid {
            let process = entry.field("1")?;
            space = Some(process.field("space")?.number()?);
            let bytes = process.field("name")?.items()?;
            let bytes = bytes.map(|byte| byte.number().map(|byte| byte as u8));
            let bytes: Vec<u8> = bytes.collect::<Result<_, _>>()?;
            found.name = String::from_utf8(bytes).expect("a name of ours");
        }
    }
    let space = space.expect("the process exists");
    for (number, slot) in (0..).zip(mm.field("spaces")?.items()?) {
        let Some(known) = slot.target()? else {
            continue;
        };
        found.maps.0 += known.field("resident")?.number()?;
        if number != space {
            continue;
        }
        found.resident = known.field("resident")?.number()?;
        for vma in known.field("vmas")?.field("0")?.items()? {
            let prot = vma.field("prot")?;
            let mut rights = String::new();
            for (name, letter) in [("read", 'r'), ("write", 'w'), ("execute", 'x')] {
                let is_set = prot.field(name)?.number()? != 0;
                rights.push(if is_set { letter } else { '-' });
            }
            let address = |name| Ok(vma.field(name)?.number()? * 4096);
            found
                .areas
                .push((address("start")?, address("end")?, rights));
        }
    }
    let frames = mm.field("frames")?;
    for frame in frames.field("table")?.items()? {
        found.maps.1 += frame.field("maps")?.number()?;
        found.frames += 1;
    }
    found.free = frames.field("free")?.items()?.count();
    Ok(found)
}

/// Runs instruction by instruction, which is slow and simple, and gathers the trace
/// points on the way. `run` and `call` are counted in another way, too.
fn watch(setup: &Setup<'_>) -> (Run, Vec<Hit>) {
    let notes = Notes::parse(kernel().bytes).expect("the kernel's notes can be read");
    let (first, last) = match notes.trace_points.as_slice() {
        [first, .., last] => (first.address, last.address),
        _ => panic!("the kernel has trace points"),
    };
    for probe in PROBES {
        let is_there = notes.named(probe.name).next().is_some();
        assert!(is_there, "{} is nowhere in the kernel", probe.name);
    }
    let mut hits: Vec<Hit> = Vec::new();
    let (mut traps, mut calls) = (0, 0);
    let run = run_by(setup, |machine: &mut Machine| {
        let one = Limits::instructions(1);
        loop {
            let (pc, x) = (machine.hart(0).pc(), *machine.hart(0).x());
            let outcome = machine.run(&one);
            // An interrupt for the firmware comes before the instruction.
            let is_executed = machine.hart(0).privilege() != Privilege::Machine;
            if (first..=last).contains(&pc) && is_executed {
                let hit = |point: &TracePoint| Hit {
                    name: point.probe.name,
                    arguments: point
                        .arguments(&x)
                        .map(|(name, _, value)| (name, value))
                        .collect(),
                };
                hits.extend(notes.at(pc).iter().map(hit));
            }
            if outcome != Outcome::Budget {
                for (cause, count) in machine.stats().traps {
                    traps += if OF_PROGRAMS.contains(&cause) {
                        count
                    } else {
                        0
                    };
                    calls += if cause == CALL { count } else { 0 };
                }
                return outcome;
            }
        }
    });
    assert_eq!(count(&hits, "run") as u64, traps, "each run ends in a trap");
    assert_eq!(count(&hits, "call") as u64, calls);
    (run, hits)
}

/// What the records of the ends of processes say: a counter by process and name.
fn records(run: &Run) -> BTreeMap<u64, BTreeMap<String, String>> {
    let records = run
        .log
        .lines()
        .filter_map(|line| line.strip_prefix("@exit "));
    let records = records.map(|line| {
        let words = line.split(' ').filter_map(|word| word.split_once('='));
        let record: BTreeMap<String, String> = words
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        (record["pid"].parse().expect("a number"), record)
    });
    records.collect()
}

/// How a counter of the kernel follows from the trace points.
type Rule = (&'static str, fn(&Hit) -> bool);

const RULES: &[Rule] = &[
    ("zero_fill", |hit| {
        matches!(hit.name, "zero_fill" | "zero_page")
    }),
    ("file_load", |hit| {
        hit.name == "loaded" && hit.get("read") == 1
    }),
    ("cow_copy", |hit| hit.name == "cow_copy"),
    ("cow_reuse", |hit| hit.name == "cow_reuse"),
    ("swap_in", |hit| {
        hit.name == "swap_in" && hit.get("read") == 1
    }),
    ("segv", |hit| hit.name == "segv"),
    ("major", |hit| {
        matches!(hit.name, "loaded" | "swap_in") && hit.get("read") == 1
    }),
    ("minor", |hit| match hit.name {
        "loaded" | "swap_in" => hit.get("read") == 0,
        name => matches!(
            name,
            "lent" | "zero_page" | "zero_fill" | "cow_copy" | "cow_reuse"
        ),
    }),
];

/// Trace points that answer a fault.
const MADE_BY_FAULTS: &[&str] = &[
    "loaded",
    "lent",
    "zero_page",
    "zero_fill",
    "swap_in",
    "cow_copy",
    "cow_reuse",
    "marked",
    "segv",
];

/// Compares all counters of all processes with what was seen.
fn compare(run: &Run, hits: &[Hit]) {
    let records = records(run);
    // Whose a space is, and what happened in it.
    let mut owner = BTreeMap::new();
    let mut seen: BTreeMap<(u64, &str), u64> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let mut fault = None;
    for hit in hits {
        if hit.name == "fault" {
            let page = hit.get("address") / 4096;
            fault = Some((hit.get("space"), page));
        } else if MADE_BY_FAULTS.contains(&hit.name) {
            let place = (hit.get("space"), hit.get("page"));
            assert_eq!(Some(place), fault, "{hit:?}");
        }
        match hit.name {
            "process" => {
                owner.insert(hit.get("space"), hit.get("pid"));
            }
            "evict" => {
                taken.insert(hit.get("frame"));
            }
            // A page that nobody maps is counted for nobody.
            "swap_out" | "clean_drop" if taken.remove(&hit.get("frame")) => {
                *seen.entry((0, hit.name)).or_default() += 1;
            }
            _ => {}
        }
        for (counter, _) in RULES.iter().filter(|(_, holds)| holds(hit)) {
            let pid = owner.get(&hit.get("space")).copied();
            *seen.entry((pid.unwrap_or(1), counter)).or_default() += 1;
        }
    }
    let of = |pid: u64, counter: &str| -> u64 { records[&pid][counter].parse().expect("a number") };
    for (&pid, record) in &records {
        for (counter, _) in RULES {
            let seen = seen.get(&(pid, counter)).copied().unwrap_or(0);
            assert_eq!(seen, of(pid, counter), "{counter} of {pid}: {record:?}");
        }
    }
    for counter in ["swap_out", "clean_drop"] {
        let counted: u64 = records.keys().map(|&pid| of(pid, counter)).sum();
        let seen = seen.get(&(0, counter)).copied().unwrap_or(0);
        assert_eq!(seen, counted, "{counter} of all");
    }
    let ends = hits.iter().filter(|hit| hit.name == "exit");
    let ends: BTreeMap<u64, u64> = ends
        .map(|hit| (hit.get("pid"), hit.get("status")))
        .collect();
    let expected = records.keys().map(|&pid| (pid, of(pid, "status")));
    assert_eq!(ends, expected.collect());
}

fn count(hits: &[Hit], name: &str) -> usize {
    hits.iter().filter(|hit| hit.name == name).count()
}

#[test]
fn trace_points_agree_with_the_counters_of_a_fork() {
    let (run, hits) = watch(&Setup {
        options: "frames=256",
        argv: &["/bin/fork-cow"],
        ..Setup::default()
    });
    assert_eq!(run.status, 0, "{run:?}");
    compare(&run, &hits);
    let children = records(&run).len() - 1;
    assert_eq!(count(&hits, "fork_begin"), children);
    assert_eq!(count(&hits, "fork_end"), children);
    assert_eq!(count(&hits, "exec"), 1);
    // What begins also ends; the last call is the one that does not return.
    let starts: Vec<u64> = hits
        .iter()
        .filter(|hit| hit.name == "io_start")
        .map(|hit| hit.get("io"))
        .collect();
    let ends = hits.iter().filter(|hit| hit.name == "io_done");
    let mut ends: Vec<u64> = ends.map(|hit| hit.get("io")).collect();
    ends.sort_unstable();
    assert_eq!(starts, ends);
    let in_kernel = |hit: &&Hit| hit.name == "call";
    let registers = hits
        .iter()
        .filter(in_kernel)
        .map(|hit| hit.get("registers"));
    assert!(
        registers
            .into_iter()
            .all(|address| address >> 38 == u64::MAX >> 38)
    );
}

#[test]
fn trace_points_agree_with_the_counters_of_a_thrashing_program() {
    let (run, hits) = watch(&Setup {
        options: "frames=32",
        swap_pages: 256,
        argv: &["/bin/swap-thrash", "256"],
        ..Setup::default()
    });
    assert_eq!(run.status, 0, "{run:?}");
    compare(&run, &hits);
    assert!(count(&hits, "swap_out") > 32 && count(&hits, "swap_in") > 32);
    // What a slot got from a frame, it gives back.
    let mut frames_of = BTreeMap::new();
    for hit in &hits {
        match hit.name {
            "swap_out" => {
                frames_of.insert(hit.get("slot"), hit.get("frame"));
            }
            "swap_in" if hit.get("read") == 1 => {
                assert!(frames_of.contains_key(&hit.get("slot")), "{hit:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn a_segmentation_fault_is_seen() {
    let (run, hits) = watch(&Setup {
        argv: &["/bin/segv-read-xonly"],
        options: "frames=256",
        ..Setup::default()
    });
    assert_eq!(run.status, 139);
    compare(&run, &hits);
    let segv = hits.iter().rfind(|hit| hit.name == "segv");
    let segv = segv.expect("there was one");
    assert_eq!(segv.get("page"), 0x10);
    let access = ACCESSES[segv.get("access") as usize];
    let reason = REASONS[segv.get("reason") as usize];
    assert_eq!((access, reason), ("load", "read of execute-only memory"));
    assert_eq!(count(&hits, "signal"), 1, "a handler sees it first");
}

#[test]
fn tables_in_memory_are_what_the_process_is_told() {
    let notes = Notes::parse(kernel().bytes).expect("the kernel's notes can be read");
    let open = notes.named("call").map(|point| point.address);
    let calls: Vec<u64> = open.collect();
    let mut seen = None;
    let run = run_by(
        &Setup {
            options: "frames=256",
            argv: &["/bin/areas"],
            ..Setup::default()
        },
        |machine: &mut Machine| {
            let one = Limits::instructions(1);
            loop {
                let hart = machine.hart(0);
                if calls.contains(&hart.pc()) {
                    let point = notes.at(hart.pc()).first().expect("it is one");
                    // The one that writes what was read from /proc/self/maps.
                    if point.argument(hart.x(), "number") == Some(64) {
                        seen = Some(tables(machine, &notes, 1).expect("all is published"));
                    }
                }
                let outcome = machine.run(&one);
                if outcome != Outcome::Budget {
                    return outcome;
                }
            }
        },
    );
    assert_eq!(run.status, 0, "{run:?}");
    let seen = seen.expect("it has written something");
    assert_eq!(seen.name, "areas");
    let shown = run.stdout.lines().filter_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        Some((number(start)?, number(end)?, rest[..3].to_owned()))
    });
    assert_eq!(seen.areas, shown.collect::<Vec<_>>(), "{}", run.stdout);
    assert_eq!(
        seen.maps.0, seen.maps.1,
        "each entry is one of the frame table"
    );
    assert!(seen.resident > 0 && seen.resident <= seen.maps.0);
    // The last line of the frame table is that of no frame.
    assert_eq!(seen.frames, 256 + 1);
    assert!(seen.free < 256);
}
