//! Disks that fail, at one request of a run after the other.
//!
//! A page that cannot be had is told to the process that needs it, and to the user;
//! nobody finds anything in its memory that is not right, and nobody else notices.
//! The programs check the contents of their memory, so a page that is lost in silence
//! would end one of them with a message that begins with `FAILED`.

use std::cell::Cell;

use crate::board::{Run, Setup, root, run};
use crate::disks::{Asked, Rule, Way, faulty};

/// Statuses of processes.
const GOOD: &str = "0";
const FAILED: &str = "1";
const BUS_ERROR: &str = "135";
const NOT_EXECUTED: &str = "126";
/// It wrote to a process that was no more.
const BROKEN_PIPE: &str = "141";
/// Of so many requests one fails in a run; with `PAGEWALK_RUNS`, each in its turn.
const STEP: usize = 4;

/// A run, and which of its disks fails.
struct Scene {
    argv: &'static [&'static str],
    options: &'static str,
    swap_pages: usize,
    swap_fails: bool,
}

impl Scene {
    fn run(&self, rule: Rule) -> (Run, Asked) {
        let content = if self.swap_fails {
            vec![0; self.swap_pages * 4096]
        } else {
            root()
        };
        let (disk, asked) = faulty(content, rule);
        let (root, swap) = if self.swap_fails {
            (None, Some(disk))
        } else {
            (Some(disk), None)
        };
        let run = run(&Setup {
            options: &format!("check=1 {}", self.options),
            swap_pages: self.swap_pages,
            argv: self.argv,
            root,
            swap,
            ..Setup::default()
        });
        let asked = *asked.borrow();
        (run, asked)
    }

    /// Lets requests of a way fail: once, for ever, and with all that come later.
    fn sweep(&self, way: Way, look: impl Fn(&str, &Run)) {
        let (sound, asked) = self.run(Rule::Sound);
        assert_eq!(sound.status, 0, "{sound:#?}");
        let requests = match way {
            Way::Read => asked.reads,
            Way::Write => asked.writes,
        };
        assert!(requests > 20, "{asked:?}");
        let all = std::env::var_os("PAGEWALK_RUNS").is_some();
        for number in (0..requests).step_by(if all { 1 } else { STEP }) {
            let mut rules = vec![Rule::Once(way, number), Rule::Place(way, number)];
            // A disk that takes nothing any more is another story.
            if way == Way::Read {
                rules.push(Rule::From(way, number));
            }
            for rule in rules {
                let (run, asked) = self.run(rule);
                assert!(asked.failed > 0, "{rule:?}: {asked:?}");
                look(&format!("{:?}, {rule:?}: {run:#?}", self.argv), &run);
            }
        }
    }
}

/// How the processes of a run have ended.
fn statuses(run: &Run) -> Vec<&str> {
    let words = run.records().flat_map(|record| record.split(' '));
    words
        .filter_map(|word| word.strip_prefix("status="))
        .collect()
}

/// What a program says when it finds something wrong that it has been told.
const TOLD: [&str; 4] = [
    "killed by signal 7",
    "the other process ended too early",
    "exited with status 1",
    "(EIO)",
];
/// And in place of a bus error, if the access was the kernel's.
const TOLD_OF_COPY: &str = "(EFAULT)";

/// Whatever has failed was told, and nothing that was not told has gone wrong.
fn is_told(what: &str, run: &Run) {
    for line in run.stderr.lines().filter(|line| line.contains("FAILED")) {
        let told = TOLD.iter().chain([&TOLD_OF_COPY]);
        assert!(told.into_iter().any(|words| line.contains(words)), "{what}");
    }
    let bus_errors = statuses(run).iter().filter(|s| **s == BUS_ERROR).count();
    let reports = run
        .reports()
        .filter(|line| line.contains("bus error at 0x"));
    assert_eq!(reports.count(), bus_errors, "{what}");
    for status in statuses(run) {
        let known = [GOOD, FAILED, BUS_ERROR, NOT_EXECUTED, BROKEN_PIPE];
        assert!(known.contains(&status), "{what}");
    }
}

#[test]
fn a_page_of_a_program_that_cannot_be_read_is_a_bus_error() {
    let scene = Scene {
        argv: &["/bin/exec-lazy"],
        options: "frames=64",
        swap_pages: 256,
        swap_fails: false,
    };
    scene.sweep(Way::Read, |what, run| {
        is_told(what, run);
        match run.status {
            // Before there are processes.
            127 => assert!(
                run.reports()
                    .any(|line| line == "the root disk cannot be read"),
                "{what}"
            ),
            126 => assert!(
                run.reports()
                    .any(|line| line.contains("input/output error")),
                "{what}"
            ),
            135 => assert!(
                run.reports()
                    .any(|line| line.contains("the disk could not read the file")),
                "{what}"
            ),
            // It was to be locked, and was read when it was touched.
            status => assert_eq!(status, 0, "{what}"),
        }
    });
}

#[test]
fn a_program_that_cannot_be_read_is_not_executed() {
    let scene = Scene {
        argv: &["/bin/text-sharing"],
        options: "frames=12",
        swap_pages: 256,
        swap_fails: false,
    };
    scene.sweep(Way::Read, is_told);
}

/// A file on the root disk, and one that was written and is on the swap disk: of both,
/// some is memory, and some is read by read(2).
#[test]
fn a_file_that_cannot_be_read_is_an_error_or_a_bus_error() {
    let (errors, bus_errors) = (Cell::new(0), Cell::new(0));
    for (options, swap_fails) in [("frames=8", false), ("frames=32", true)] {
        let scene = Scene {
            argv: &["/bin/mmap-file", "256"],
            options,
            swap_pages: 256,
            swap_fails,
        };
        scene.sweep(Way::Read, |what, run| {
            is_told(what, run);
            match run.status {
                0 | 126 | 127 => {}
                // Or it was the kernel that needed a page of the program: see `is_told`.
                1 => errors.set(errors.get() + u32::from(run.stderr.contains("(EIO)"))),
                135 => bus_errors.set(bus_errors.get() + 1),
                _ => panic!("{what}"),
            }
        });
    }
    let seen = (errors.get(), bus_errors.get());
    assert!(seen.0 > 0 && seen.1 > 0, "{seen:?}");
}

#[test]
fn a_page_that_swap_does_not_give_back_is_a_bus_error() {
    let scene = Scene {
        argv: &["/bin/swap-thrash", "192"],
        options: "frames=24",
        swap_pages: 256,
        swap_fails: true,
    };
    scene.sweep(Way::Read, |what, run| {
        is_told(what, run);
        assert_eq!(run.status, 135, "{what}");
        let mut reports = run.reports();
        assert!(
            reports.any(|line| line.ends_with("the disk could not read the page from swap")),
            "{what}"
        );
    });
}

#[test]
fn a_page_that_was_shared_is_lost_to_those_who_need_it_only() {
    let scene = Scene {
        argv: &["/bin/cow-after-swap", "200"],
        options: "frames=32",
        swap_pages: 256,
        swap_fails: true,
    };
    scene.sweep(Way::Read, |what, run| {
        is_told(what, run);
        // The others end as they should, or say who was missing.
        assert!(statuses(run).contains(&GOOD), "{what}");
    });
}

#[test]
fn a_page_that_swap_does_not_take_stays() {
    for (argv, options) in [
        (&["/bin/swap-thrash", "192"], "frames=24"),
        (&["/bin/cow-after-swap", "200"], "frames=32"),
    ] {
        let scene = Scene {
            argv,
            options,
            swap_pages: 256,
            swap_fails: true,
        };
        scene.sweep(Way::Write, |what, run| {
            assert!(statuses(run).iter().all(|status| *status == GOOD), "{what}");
            let mut messages = run.log.lines();
            assert!(
                messages.any(|line| line.contains("swap disk: cannot write sector")),
                "{what}"
            );
        });
    }
}

/// Without anything to swap to, memory is what the frames are.
#[test]
fn a_swap_disk_that_takes_nothing_any_more_ends_who_needs_it() {
    let scene = Scene {
        argv: &["/bin/swap-thrash", "192"],
        options: "frames=24",
        swap_pages: 256,
        swap_fails: true,
    };
    let (_, asked) = scene.run(Rule::Sound);
    let mut ended = 0;
    for number in (0..asked.writes).step_by(16) {
        let (run, _) = scene.run(Rule::From(Way::Write, number));
        // Late enough, all is read and dropped.
        if run.status == 0 {
            continue;
        }
        ended += 1;
        assert_eq!(run.status, 137, "write {number}: {run:#?}");
        let mut reports = run.reports();
        assert!(
            reports.any(|line| line.contains("out of memory")),
            "write {number}: {run:#?}"
        );
    }
    assert!(ended > 2, "{ended}");
}

/// Of two programs that have nothing in common, one goes on.
#[test]
fn others_go_on_when_a_disk_fails() {
    let scene = Scene {
        argv: &["/bin/swap-thrash", "192"],
        options: "frames=32 also=/bin/fork-tree",
        swap_pages: 256,
        swap_fails: true,
    };
    let (_, asked) = scene.run(Rule::Sound);
    for number in (0..asked.reads).step_by(7) {
        let (run, _) = scene.run(Rule::Once(Way::Read, number));
        let what = format!("read {number}: {run:#?}");
        is_told(&what, &run);
        let thrash = run
            .records()
            .find(|record| record.contains("name=swap-thrash"));
        let tree = run
            .records()
            .filter(|record| record.contains("name=fork-tree"));
        let harmed = tree.filter(|record| !record.contains("status=0 ")).count();
        let thrash_is_well = thrash.expect("a record").contains("status=0 ");
        assert!(harmed == 0 || thrash_is_well, "{what}");
    }
}

#[test]
fn a_full_swap_disk_ends_the_largest() {
    for swap_pages in [1, 4, 16, 17] {
        let run = run(&Setup {
            options: "check=1 frames=24 init=/bin/swap-thrash also=/bin/hello-process",
            swap_pages,
            argv: &["swap-thrash", "1024"],
            ..Setup::default()
        });
        let what = format!("{swap_pages} pages: {run:#?}");
        assert_eq!(run.status, 137, "{what}");
        let mut reports = run.reports();
        assert!(
            reports.any(|line| line.starts_with("out of memory: killed process 1 (swap-thrash)")),
            "{what}"
        );
        assert!(run.log.contains("name=hello-process status=0 "), "{what}");
    }
}
