//! What goes into a process, and what comes out.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde_json::Value;

use crate::program;
use crate::support::{Dir, command, pagewalk};

#[test]
fn a_program_runs_as_a_process() {
    let run = pagewalk(["run", "--builtin", "hello-process"]);
    run.exits_with(0).says_nothing();
    assert!(
        run.stdout
            .starts_with("Hello from process 1!\nargv[0] = hello-process\n")
    );
    run.prints("It has 3 environment variables.\n");
}

#[test]
fn its_name_is_what_was_typed() {
    let dir = Dir::new("process-name");
    let file = program(&dir, "hello-process");
    let typed = file.to_str().expect("UTF-8");
    let run = pagewalk(["run", typed]);
    run.exits_with(0).prints(&format!("argv[0] = {typed}\n"));
    let relative = command()
        .current_dir(dir.path())
        .args(["run", "./hello-process", "-m", "--help"])
        .output();
    let run: crate::support::Run = relative.expect("it starts").into();
    run.exits_with(0)
        .prints("argv[0] = ./hello-process\nargv[1] = -m\nargv[2] = --help\n");
}

#[test]
fn arguments_may_have_any_bytes() {
    let odd = [
        "",
        "two words",
        "100%25",
        "a\nb\t=",
        "é",
        "@report",
        "\"'\\",
    ];
    let arguments = ["run", "--builtin", "hello-process"].into_iter().chain(odd);
    let run = pagewalk(arguments);
    run.exits_with(0);
    for (index, argument) in (1..).zip(odd) {
        run.prints(&format!("argv[{index}] = {argument}\n"));
    }
    let no_text = OsStr::from_bytes(b"A=\xff\x80");
    let arguments = ["run", "--env", "B=", "--env"].map(OsStr::new).into_iter();
    let arguments = arguments.chain([
        no_text,
        OsStr::new("--builtin"),
        OsStr::new("hello-process"),
    ]);
    let run = pagewalk(arguments.chain([OsStr::from_bytes(b"\xff")]));
    run.exits_with(0)
        .prints("It has 5 environment variables.\n");
}

#[test]
fn the_environment_is_the_same_on_every_host() {
    let output = command()
        .args(["run", "--env", "HOST_HAS", "--env", "HOME=/x"])
        .args(["--builtin", "hello-process"])
        .env("HOST_HAS", "it")
        .env("MORE", "of it")
        .output();
    let run: crate::support::Run = output.expect("it starts").into();
    run.exits_with(0)
        .prints("It has 4 environment variables.\n");
    pagewalk([
        "run",
        "--env",
        "NO_SUCH_VARIABLE",
        "--builtin",
        "hello-process",
    ])
    .exits_with(2)
    .says("there is no variable NO_SUCH_VARIABLE to take over");
}

#[test]
fn a_segmentation_fault_is_told_in_words() {
    let run = pagewalk(["run", "--builtin", "segv-unmapped"]);
    run.exits_with(139)
        .says("process 1 (segv-unmapped): segmentation fault: read of 0x2000000000")
        .says("where nothing was ever mapped")
        .says("  at pc 0x")
        .prints("I load a byte from there.\n");
    assert!(
        !run.stdout.contains("segmentation fault"),
        "it is for stderr"
    );
    assert!(
        !run.stderr.contains("A or D bit"),
        "a kernel's everyday work"
    );
}

#[test]
fn all_policies_for_a_and_d_bits_give_the_same() {
    for ad in ["fault", "hardware", "guest"] {
        let run = pagewalk(["run", "--ad", ad, "--frames", "64", "--builtin", "fork-cow"]);
        run.exits_with(0).says_nothing();
        run.prints("The child has ended. My 4 pages are as they were.\n");
    }
}

/// The report of `--stats=json`, without what a run takes on the host.
fn stats(arguments: &[&str]) -> Value {
    let all = ["run", "--stats=json"].iter().chain(arguments);
    let run = pagewalk(all);
    let report = run.exits_with(0).stderr.lines().last().expect("a report");
    let mut report: Value = serde_json::from_str(report).expect("JSON");
    let fields = report.as_object_mut().expect("fields");
    fields.remove("wall_seconds").expect("it is there");
    fields.remove("mips").expect("it is there");
    report
}

#[test]
fn statistics_tell_each_process_and_runs_are_alike() {
    let one = stats(&["--builtin", "fork-cow"]);
    let processes = one["processes"].as_array().expect("a list");
    let (parent, children) = processes.split_last().expect("some have ended");
    assert_eq!(
        (&parent["pid"], &children[0]["pid"]),
        (&1.into(), &2.into())
    );
    for process in processes {
        assert_eq!(process["name"], "fork-cow");
        assert_eq!(process["status"], 0);
        assert!(process["counters"]["minor"].as_u64() > Some(0));
    }
    let copies = children
        .iter()
        .map(|child| child["counters"]["cow_copy"].as_u64());
    assert!(
        copies.max().flatten() > Some(0),
        "somebody wrote to a shared page"
    );
    assert_eq!(one, stats(&["--builtin", "fork-cow"]));
    // Where fork copies there is nothing left to copy.
    stats(&[
        "--fork",
        "copy",
        "--expect",
        "fork_copy>0",
        "--builtin",
        "fork-tree",
    ]);

    let run = pagewalk(["run", "--stats", "--builtin", "hello-process"]);
    run.exits_with(0)
        .says("pid  name           status  minor  major  ad_only");
}

#[test]
fn expectations_decide_the_exit_status() {
    let expect = |expectations: &[&str]| {
        let all = expectations.iter().flat_map(|text| ["--expect", text]);
        let program = ["--builtin", "segv-unmapped"];
        pagewalk(["run"].into_iter().chain(all).chain(program))
    };
    // What holds leaves the status to the program.
    expect(&["swap_outs==0", "1:minor>0"]).exits_with(139);
    expect(&["swap_out==0", "swap_in>3", "minor>0"])
        .exits_with(1)
        .says("pagewalk: expected swap_in>3, found 0\n");
    expect(&["7:minor==0"])
        .exits_with(1)
        .says("expected 7:minor==0, but no such process has ended");
    expect(&["page_faults==1"])
        .exits_with(2)
        .says("there is no counter `page_faults`; there are minor, major,");
}

#[test]
fn a_run_with_limits_ends_as_others_do() {
    pagewalk(
        ["run", "--max-instructions", "1000", "--expect", "minor==7"]
            .iter()
            .chain(&["--builtin", "hello-process"]),
    )
    .exits_with(4)
    .says("the budget of 1,000 instructions is used up");
    pagewalk(["run", "--until", "Hello", "--builtin", "hello-process"])
        .exits_with(0)
        .prints("Hello");
}
