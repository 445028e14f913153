//! Every sentence of "PageFault", and every row of the handler that was written after
//! it: which program shows it, and what is to be seen of that program from outside.

use std::ops::Range;

use pagewalk_machine::AdPolicy;
use pagewalk_machine::isa::ExceptionCause::{InstructionPageFault, LoadPageFault, StorePageFault};

use crate::board::{Run, Setup, run, run_watched};

/// Some words of the text, how a program is run that shows them, and what is asserted.
struct Row {
    words: &'static str,
    program: &'static str,
    options: &'static str,
    ad: AdPolicy,
    shows: fn(&Run),
}

const fn row(words: &'static str, program: &'static str, shows: fn(&Run)) -> Row {
    Row {
        words,
        program,
        options: "frames=512",
        ad: AdPolicy::Hardware,
        shows,
    }
}

impl Row {
    const fn with(mut self, options: &'static str) -> Row {
        self.options = options;
        self
    }

    const fn under(mut self, ad: AdPolicy) -> Row {
        self.ad = ad;
        self
    }

    fn check(&self) {
        let setup = Setup {
            options: &format!("check=1 {}", self.options),
            swap_pages: 4096,
            ad: self.ad,
            argv: &[&format!("/bin/{}", self.program)],
            ..Setup::default()
        };
        println!("{}: {}", self.program, self.words);
        // Those that run for long are not watched at each step.
        let runs_long = ["fork-cost", "resume-exact", "swap-thrash", "dormant-victim"];
        let run = match runs_long.contains(&self.program) {
            true => run(&setup),
            false => run_watched(&setup),
        };
        (self.shows)(&run);
        let status = if self.program.starts_with("segv-") && self.program != "segv-handler" {
            139
        } else {
            0
        };
        assert_eq!(run.status, status, "{run:#?}");
    }
}

/// The whole text, in order; the guide has the same.
const TEXT: &[Row] = &[
    row(
        "A PageFault is triggered by the MMU when it intercepts a memory access by a process in an \
         OperatingSystem with VirtualMemory. It may do so for a number of reasons:",
        "first-touch",
        |run| assert_eq!(stores(run, "pages at ", 8), 8, "one a page: {run:#?}"),
    ),
    row(
        "The page in which the offending address lies has not been mapped to physical memory by \
         the OperatingSystem.",
        "exec-lazy",
        |run| says(run, "Counted: major=3 file_load=3."),
    ),
    row(
        "Most frequently, that's because the content of the page has been written to HardDisk, \
         and the page is unmapped for this process and mapped in another's address space which \
         needs more memory. This is called swapping out the page in question.",
        "dormant-victim",
        |run| moves(run, "A", "B"),
    )
    .with("frames=256"),
    row(
        "The PageFault handler in the Kernel resolves this situation by swapping out another page \
         in a currently dormant process, loading the content of the current process's swapped out \
         page into the now free page, and mapping this page into the process's address space at \
         the right location.",
        "dormant-victim",
        |run| {
            moves(run, "B", "A");
            assert!(run.total("swap_in") > 0, "{run:#?}");
            says(run, "A: I woke up, and all my pages are as I left them.");
        },
    )
    .with("frames=256"),
    row(
        "Then, it resumes the process which was interrupted by the PageFault, which doesn't notice \
         nary a thing of these happenings.",
        "resume-exact",
        |run| {
            says(run, "49 Inside, SwappedOut: nothing changed;");
            says(run, "24 Across, SwappedOut: nothing changed;");
        },
    ),
    row(
        "To it, it appears as if its memory access succeeded without a hitch.",
        "swap-thrash",
        |run| {
            assert!(run.counter("swap_in") > 0, "{run:#?}");
            says(run, "pages hold what I wrote to them last.");
        },
    )
    .with("frames=128"),
    row(
        "Sometimes, again, the page is not mapped to physical memory. However, in this case no \
         memory was ever allocated to it at that stretch in its address space. This type of \
         PageFault is known as a SegmentationFault.",
        "segv-unmapped",
        |run| {
            says(run, "SEGV_MAPERR");
            reports(run, "read of 0x", "where nothing was ever mapped");
        },
    ),
    row(
        "Similarly, a SegmentationFault may happen if the process tried to write to read-only",
        "segv-write-rodata",
        |run| refused(run, "write to 0x", "read-only memory"),
    ),
    row("or execute-only memory,", "segv-write-xonly", |run| {
        refused(run, "write to 0x", "execute-only memory");
    }),
    row(
        "or to read from execute-only memory.",
        "segv-read-xonly",
        |run| refused(run, "read of 0x", "execute-only memory"),
    ),
    row(
        "Sometimes, attempting to write to a read-only page is actually part of normal operation.",
        "fork-cow",
        |run| {
            assert_eq!(run.total("segv"), 0, "{run:#?}");
            // To get four, two of the child's, and four that were the parent's alone.
            assert_eq!(stores(run, "pages at ", 4), 4 + 2 + 4, "{run:#?}");
        },
    ),
    row(
        "In particular, creating a new process on Unix systems happens by duplicating the running \
         process by way of the fork(2) system call.",
        "fork-tree",
        |run| {
            let ended = run.records().filter(|record| record.contains("status=0 "));
            assert_eq!(ended.count(), 1 + 8, "{run:#?}");
        },
    ),
    row(
        "In order to avoid excessive fork(2) runtime cost of yore, modern Kernels don't copy the \
         entire memory used by the forked process,",
        "fork-cost",
        |run| {
            let yore = Row {
                shows: |run| assert!(run.total("fork_copy") >= 4096, "{run:#?}"),
                ..row("yore", "fork-cost", |_| ())
            };
            yore.with("frames=8704 fork=copy").check();
            assert_eq!(run.total("fork_copy"), 0, "{run:#?}");
        },
    )
    .with("frames=8704"),
    row(
        "but rather implement transparent CopyOnWrite by marking all the pages shared between \
         several processes as read-only.",
        "fork-cow",
        // The parent, too, may not write to its own pages after fork.
        |run| says(run, "being their last owner: minor=4 cow_reuse=4"),
    ),
    row(
        "When a process PageFaults by trying to write to such a shared page, the processes are \
         given individual copies of that page, marked read-write this time.",
        "fork-cow",
        |run| {
            says(run, "Child: counted meanwhile: minor=2 cow_copy=2");
            let (_, line) = run
                .stdout
                .split_once("moved from frame ")
                .expect("it says so");
            let (from, to) = line.split_once(" to frame ").expect("two frames");
            assert_ne!(Some(from), to.split('.').next(), "{run:#?}");
            says(run, "My 4 pages are as they were.");
        },
    ),
    row(
        "Again the process which was interrupted by the PageFault is resumed and continues \
         execution as if its memory access succeeded in the first place.",
        "resume-exact",
        |run| {
            says(run, "49 Inside, Shared: nothing changed;");
            says(run, "24 Across, Shared: nothing changed;");
        },
    ),
];

/// The rows of the handler: what the area and the entry say, and what it means.
const HANDLER: &[Row] = &[
    row(
        "not present, of a file: not loaded yet",
        "exec-lazy",
        |run| {
            assert!(run.counter("file_load") >= 64, "{run:#?}");
        },
    ),
    row("not present, of a file: shared", "text-sharing", |run| {
        says(run, "Second: my instructions are in ");
    }),
    row(
        "not present, anonymous: never touched",
        "demand-zero",
        |run| {
            says(
                run,
                "Reading: minor=8 zero_fill=8: one page of zeros for all.",
            );
            assert_eq!(stores(run, "pages at ", 8), 8, "{run:#?}");
        },
    ),
    row("not present, a slot: swapped out", "clean-drop", |run| {
        assert!(run.counter("swap_in") > 0, "{run:#?}");
        says(run, "file_load=16 swap_in=");
    }),
    row(
        "a store, read-only: shared by fork, or zeros",
        "fork-cow",
        |run| {
            assert!(
                run.total("cow_copy") >= 2 && run.total("cow_reuse") >= 4,
                "{run:#?}"
            );
        },
    ),
    row(
        "A or D clear, and the hart sets them",
        "swap-thrash",
        |run| {
            assert_eq!(run.counter("ad_only"), 0, "{run:#?}");
        },
    )
    .with("frames=128"),
    row(
        "A or D clear, and the hart does not",
        "swap-thrash",
        |run| {
            assert!(run.counter("ad_only") > 0, "{run:#?}");
        },
    )
    .with("frames=128")
    .under(AdPolicy::Fault),
    row(
        "forbidden: execution of what is rw-",
        "segv-exec-data",
        |run| {
            let fetches = |fault: &&_| {
                matches!(
                    fault,
                    crate::board::PageFault {
                        cause: InstructionPageFault,
                        ..
                    }
                )
            };
            assert!(run.faults.iter().filter(fetches).count() >= 2, "{run:#?}");
            refused(run, "execution of 0x", "memory that is not executable");
        },
    ),
    row(
        "no area, or forbidden: to a handler if there is one",
        "segv-handler",
        |run| {
            assert!(
                run.counter("segv") > 0 && run.reports().count() == 0,
                "{run:#?}"
            );
            let loads = run.faults_in(&area(run, "nothing at ", 4), LoadPageFault);
            assert!(loads > 0, "{run:#?}");
        },
    ),
];

#[track_caller]
fn says(run: &Run, words: &str) {
    assert!(run.stdout.contains(words), "{words:?}: {run:#?}");
}

/// The user is told of an access, and why it was none.
#[track_caller]
fn reports(run: &Run, access: &str, why: &str) {
    let mut reports = run.reports();
    let report = reports.find(|line| line.contains("segmentation fault: "));
    let report = report.unwrap_or_else(|| panic!("no report: {run:#?}"));
    assert!(report.contains(access) && report.ends_with(why), "{report}");
}

/// There is memory, and not for this access.
#[track_caller]
fn refused(run: &Run, access: &str, why: &str) {
    says(run, "SEGV_ACCERR");
    reports(run, access, why);
}

/// An area whose address a program has said.
fn area(run: &Run, before: &str, pages: u64) -> Range<u64> {
    let (_, rest) = run.stdout.split_once(before).expect("it says where");
    let digits = rest.trim_start_matches("0x");
    let end = digits.find(|c: char| !c.is_ascii_hexdigit());
    let start = u64::from_str_radix(&digits[..end.unwrap_or(digits.len())], 16);
    let start = start.expect("an address");
    start..start + pages * 4096
}

/// Page faults of stores that the hart has raised there.
fn stores(run: &Run, before: &str, pages: u64) -> usize {
    run.faults_in(&area(run, before, pages), StorePageFault)
}

/// Frames went from pages of one process, by way of a slot, to pages of another.
#[track_caller]
fn moves(run: &Run, from: &str, to: &str) {
    let parts = [
        format!(": process {from} page "),
        " -> slot ".to_owned(),
        format!(" -> process {to} page "),
    ];
    let is_move = |line: &&str| {
        line.starts_with("frame 0x") && parts.iter().all(|part| line.contains(part.as_str()))
    };
    assert!(run.stdout.lines().any(|line| is_move(&line)), "{run:#?}");
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn no_sentence_is_left_out() {
    let guide = include_str!("../../../../docs/tour.md");
    let (_, text) = guide
        .split_once("\n## The text\n")
        .expect("it has the text");
    let lines = text.lines().filter_map(|line| line.strip_prefix('>'));
    let text: Vec<&str> = lines
        .map(|line| line.trim().trim_start_matches("- "))
        .collect();
    let rows: Vec<&str> = TEXT.iter().map(|row| row.words).collect();
    assert_eq!(words(&rows.join(" ")), words(&text.join(" ")));
}

#[test]
fn every_sentence_is_to_be_seen() {
    TEXT.iter().for_each(Row::check);
}

#[test]
fn every_row_of_the_handler_is_to_be_seen() {
    HANDLER.iter().for_each(Row::check);
}
