//! The kernel on a board: it boots, and runs programs.

mod board;
mod costs;
mod disks;
mod faults;
mod files;
mod fuzz;
mod matrix;
mod sentences;
mod watched;

use board::{ALL_TAKEN_BACK, Setup, run, something_is_left};

#[test]
fn a_program_gets_its_arguments_and_says_something() {
    for has_ports in [true, false] {
        let run = run(&Setup {
            argv: &["/bin/hello-process", "one", "two words"],
            has_ports,
            ..Setup::default()
        });
        assert_eq!(run.status, 0, "{run:?}");
        let said = if has_ports { &run.stdout } else { &run.log };
        assert!(said.contains("hello-process"), "{run:?}");
        assert!(has_ports || said.contains("@stdout "), "{run:?}");
        assert_eq!(run.stderr, "");
        assert_eq!(run.counter("segv"), 0);
        assert!(run.counter("major") > 0, "its pages come from the disk");
    }
}

#[test]
fn programs_that_thrash_find_their_pages_again() {
    let programs = [
        "swap-thrash",
        "cow-after-swap",
        "clean-drop",
        "dormant-victim",
    ];
    for policy in ["clock", "fifo", "random seed=1", "random seed=2"] {
        for program in programs {
            let run = run(&Setup {
                options: &format!("frames=128 check=1 evict={policy}"),
                swap_pages: 4096,
                argv: &[&format!("/bin/{program}")],
                ..Setup::default()
            });
            assert_eq!(run.status, 0, "{program} with {policy}: {run:#?}");
        }
    }
}

#[test]
fn no_program_uses_up_the_kernel() {
    let run = run(&Setup {
        options: "frames=1024",
        swap_pages: 16 << 10,
        argv: &["/bin/exhaust"],
        ..Setup::default()
    });
    assert_eq!(run.status, 0, "{run:#?}");
    assert!(run.stdout.contains("The kernel has "), "{run:#?}");
}

#[test]
fn few_asids_do() {
    for bits in [0, 1, 4] {
        let run = run(&Setup {
            options: &format!("frames=256 check=1 asid-bits={bits}"),
            argv: &["/bin/fork-tree"],
            swap_pages: 1024,
            ..Setup::default()
        });
        assert_eq!(run.status, 0, "{bits}: {run:#?}");
    }
}

#[test]
fn a_segmentation_fault_is_told_in_words() {
    let run = run(&Setup {
        argv: &["/bin/segv-read-xonly"],
        ..Setup::default()
    });
    assert_eq!(run.status, 139);
    let report: Vec<_> = run
        .log
        .lines()
        .filter(|line| line.starts_with("@report "))
        .collect();
    assert!(
        report[0].contains("read of 0x") && report[0].contains("execute-only memory"),
        "{report:?}"
    );
    assert!(
        report.iter().any(|line| line.contains("--xp")),
        "the area: {report:?}"
    );
    assert!(
        report.iter().any(|line| line.contains("  sp ")),
        "registers: {report:?}"
    );
    assert!(
        run.log
            .contains("@exit pid=1 name=segv-read-xonly status=139 ")
    );
    assert!(run.counter("segv") > 0);
}

#[test]
fn what_is_left_at_the_end_is_found() {
    let run = run(&Setup {
        argv: &["/bin/hello-process"],
        ..Setup::default()
    });
    let line = run.log.lines().find(|line| line.starts_with("@left "));
    let line = line.expect("it is counted");
    assert_eq!(something_is_left(line), None);
    for name in ALL_TAKEN_BACK {
        let bad = line.replace(&format!("{name}=0"), &format!("{name}=1"));
        assert_eq!(something_is_left(&bad), Some(&bad[..]));
        // Then it may be theirs.
        let alive = bad.replace("alive=0", "alive=1");
        assert_eq!(something_is_left(&alive), None);
    }
    let heap = format!("{line}000");
    assert_eq!(something_is_left(&heap), Some(&heap[..]));
}

#[test]
fn what_cannot_be_run_is_told() {
    let none = run(&Setup {
        argv: &["/bin/none"],
        ..Setup::default()
    });
    assert_eq!(none.status, 127);
    assert!(
        none.log.contains("@report /bin/none: no such file"),
        "{none:?}"
    );
    let nonsense = run(&Setup {
        options: "frames=3",
        argv: &["/bin/hello-process"],
        ..Setup::default()
    });
    assert_eq!(nonsense.status, 125);
    assert!(nonsense.log.contains("`frames=3`"), "{nonsense:?}");
}

#[test]
fn programs_run_beside_each_other() {
    let run = run(&Setup {
        options: "frames=256 check=1 init=/bin/fork-tree also=/bin/hello-process also=/bin/null-deref",
        argv: &["tree"],
        swap_pages: 1024,
        ..Setup::default()
    });
    assert_eq!(run.status, 0, "that of the first: {run:?}");
    assert!(
        run.log.contains("pid=1 name=fork-tree status=0"),
        "{}",
        run.log
    );
    assert!(run.log.contains("pid=2 name=hello-process status=0"));
    assert!(run.log.contains("pid=3 name=null-deref status=139"));
}
