//! How runs end: exit statuses, the status file, statistics.

use std::fs;

use pagewalk_guest_images::image;
use serde_json::Value;

use crate::programs;
use crate::support::{Dir, command, pagewalk};

#[test]
fn hello_prints_and_ends_well() {
    let dir = Dir::new("hello");
    let hello = dir.file("hello", image("hello").unwrap().bytes);
    let run = pagewalk(["run".as_ref(), hello.as_os_str()]);
    run.exits_with(0).says_nothing();
    assert_eq!(run.stdout, "Hello from a bare-metal hart!\n");
}

#[test]
fn built_in_programs_run_without_a_file() {
    let run = pagewalk(["run", "--builtin", "hello"]);
    run.exits_with(0).says_nothing();
    assert_eq!(run.stdout, "Hello from a bare-metal hart!\n");
    pagewalk(["run", "--builtin", "no-such-program"])
        .exits_with(2)
        .says("no guest program is called `no-such-program`")
        .says("there are: ")
        .says(" hello");
    pagewalk(["run", "--builtin", "hello", "program.elf"]).exits_with(2);
}

#[test]
fn the_status_of_the_guest_is_ours() {
    let dir = Dir::new("status");
    let exit = dir.file("exit", image("exit-code").unwrap().bytes);
    pagewalk(["run".as_ref(), exit.as_os_str()])
        .exits_with(42)
        .says_nothing();
    for (status, ours) in [(0, 0), (1, 1), (7, 7), (255, 255)] {
        let program = dir.file("program", programs::htif_exit(status).build());
        let run = pagewalk(["run".as_ref(), program.as_os_str()]);
        run.exits_with(ours).says_nothing();
    }
}

#[test]
fn a_status_of_more_than_8_bits_is_printed() {
    let dir = Dir::new("wide-status");
    for status in [256, 512, 1 << 40] {
        let program = dir.file("program", programs::htif_exit(status).build());
        pagewalk(["run".as_ref(), program.as_os_str()])
            .exits_with(255)
            .says(&format!("the guest ended with status {status} "));
    }
}

#[test]
fn nonsense_without_end_does_not_fill_the_log() {
    let dir = Dir::new("nonsense");
    for (value, complaint) in [
        (2 << 56, "HTIF: no device 2 with command 0"),
        (0x1000, "HTIF: system call at 0x1000, where there is no RAM"),
        (0x8000_1008, "HTIF: system call 2147487752 is not supported"),
    ] {
        let program = dir.file("program", programs::pester(value).build());
        let program = program.to_str().expect("UTF-8");
        let run = pagewalk(["run", "--max-instructions", "1000", program]);
        run.exits_with(4)
            .says(complaint)
            .says(" means nothing to the test finisher (more are not shown)");
        let lines = run.stderr.lines().count();
        assert!(lines < 30, "{lines} lines");
    }
}

#[test]
fn the_finisher_passes_and_fails() {
    let dir = Dir::new("finisher");
    for (value, ours) in [
        (0x5555, 0),
        (0x3333, 1),
        (9 << 16 | 0x3333, 9),
        (0x200 << 16 | 0x3333, 255),
    ] {
        let program = dir.file("program", programs::finisher(value).build());
        pagewalk(["run".as_ref(), program.as_os_str()]).exits_with(ours);
    }
}

#[test]
fn the_status_file_tells_endings_apart() {
    let dir = Dir::new("status-file");
    let file = dir.path().join("status.json");
    for (elf, options, expected) in [
        (programs::htif_exit(0), vec![], ("htif", 0, 0)),
        (programs::htif_exit(3), vec![], ("htif", 3, 3)),
        (programs::htif_exit(256), vec![], ("htif", 256, 255)),
        (
            programs::finisher(2 << 16 | 0x3333),
            vec![],
            ("finisher", 2, 2),
        ),
        (programs::nowhere(), vec![], ("verdict", 3, 3)),
        (
            programs::spin(),
            vec!["--max-instructions", "1000"],
            ("budget", 4, 4),
        ),
        (
            programs::spin(),
            vec!["--timeout", "0.05"],
            ("timeout", 4, 4),
        ),
        (programs::spin(), vec!["-m", "4K"], ("error", 2, 2)),
    ] {
        let program = dir.file("program", elf.build());
        let mut command = command();
        command
            .arg("run")
            .args(options)
            .arg("--status-file")
            .arg(&file);
        command.arg(&program).output().expect("it starts");
        let text = fs::read_to_string(&file).expect("the file was written");
        let status: Value = serde_json::from_str(&text).expect("it is JSON");
        let (source, code, ours) = expected;
        assert_eq!(status["source"], source, "{text}");
        assert_eq!(status["code"], code, "{text}");
        assert_eq!(status["status"], ours, "{text}");
        assert_eq!(status.get("message").is_some(), source == "error", "{text}");
    }
    let names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "temporary files were left: {names:?}");
}

#[test]
fn a_status_file_may_be_a_stream_or_a_link() {
    let dir = Dir::new("status-stream");
    let program = dir.file("program", programs::htif_exit(3).build());
    let program = program.to_str().expect("UTF-8");
    let run = pagewalk(["run", "--status-file", "/dev/stderr", program]);
    let expected = "{\"source\":\"htif\",\"code\":3,\"status\":3}\n";
    assert_eq!(run.exits_with(3).stderr, expected);

    let target = dir.file("target", "old");
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&target, &link).expect("links can be made");
    let name = link.to_str().expect("UTF-8");
    pagewalk(["run", "--status-file", name, program]).exits_with(3);
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("it is there"), expected);
}

#[test]
fn a_status_file_that_cannot_be_written_is_known_before_the_run() {
    let dir = Dir::new("status-file-nowhere");
    let program = dir.file("program", programs::htif_exit(0).build());
    let file = dir.path().join("missing/status.json");
    let arguments = [
        "run".as_ref(),
        "--status-file".as_ref(),
        file.as_os_str(),
        program.as_os_str(),
    ];
    pagewalk(arguments)
        .exits_with(2)
        .says("there is no directory");
}

#[test]
fn statistics_are_text_or_json() {
    let dir = Dir::new("stats");
    let program = dir.file("program", programs::htif_exit(0).build());
    let program = program.to_str().expect("UTF-8");
    let run = pagewalk(["run", "--stats", program]);
    run.exits_with(0)
        .says("instructions")
        .says("MIPS")
        .says("TLB misses");

    let run = pagewalk(["run", "--stats=json", program]);
    let stats: Value = serde_json::from_str(&run.exits_with(0).stderr).expect("it is JSON");
    assert_eq!(stats["instructions"], 3);
    assert_eq!(stats["traps"], serde_json::json!({}));
    assert_eq!(stats["resets"], 0);

    let file = dir.path().join("stats.json");
    let name = file.to_str().expect("UTF-8");
    pagewalk(["run", "--stats-file", name, program])
        .exits_with(0)
        .says_nothing();
    let text = fs::read_to_string(&file).expect("the file was written");
    let stats: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(stats["instructions"], 3);
}

#[test]
fn traps_are_counted_by_cause() {
    let dir = Dir::new("trap-stats");
    let program = dir.file("program", programs::stores_to_clean_page().build());
    let program = program.to_str().expect("UTF-8");
    let run = pagewalk(["run", "--stats=json", "--ad", "fault", program]);
    let (_, last) = run
        .stderr
        .trim_end()
        .rsplit_once('\n')
        .expect("a note, and the statistics");
    let stats: Value = serde_json::from_str(last).expect("it is JSON");
    assert_eq!(
        stats["traps"],
        serde_json::json!({"Store/AMO page fault": 1})
    );
}

#[test]
fn a_reset_starts_the_program_anew() {
    let dir = Dir::new("reset");
    let program = dir.file("program", programs::finisher(0x7777).build());
    let program = program.to_str().expect("UTF-8");
    // Four instructions up to each reset.
    let run = pagewalk(["run", "--stats=json", "--max-instructions", "41", program]);
    run.exits_with(4)
        .says("the budget of 41 instructions is used up");
    let last = run.stderr.lines().last().expect("the statistics");
    let stats: Value = serde_json::from_str(last).expect("it is JSON");
    assert_eq!(stats["instructions"], 41);
    assert_eq!(stats["resets"], 10);
}

#[test]
fn who_sets_d_is_an_option() {
    let dir = Dir::new("ad");
    let program = dir.file("program", programs::stores_to_clean_page().build());
    let program = program.to_str().expect("UTF-8");
    pagewalk(["run", program]).exits_with(5).says_nothing();
    for ad in ["fault", "guest"] {
        let run = pagewalk(["run", "--ad", ad, program]);
        run.exits_with(1)
            .says("With `--ad hardware` the hart sets A and D");
    }
}

#[test]
fn extensions_that_are_left_out_trap() {
    let dir = Dir::new("isa");
    let program = dir.file("program", programs::zba().build());
    let program = program.to_str().expect("UTF-8");
    pagewalk(["run", program]).exits_with(0);
    pagewalk(["run", "--isa", "rv64gc", program])
        .exits_with(3)
        .says("Illegal instruction (2) in M-mode at 0x80000000 <_start>")
        .says("the instruction needs the extension zba");
}

#[test]
fn the_log_is_filtered_by_option_before_environment() {
    let dir = Dir::new("log");
    let program = dir.file("program", programs::finisher(0x7777).build());
    let stderr = |variable: &str, option: &[&str]| {
        let mut command = command();
        command.env("RUST_LOG", variable).arg("run").args(option);
        let output = command
            .args(["--max-instructions", "5"])
            .arg(&program)
            .output();
        String::from_utf8(output.expect("it starts").stderr).expect("UTF-8")
    };
    assert!(stderr("info", &[]).contains("[info machine] reset number 1"));
    assert!(!stderr("info", &["--log", "warn"]).contains("[info"));
    assert!(stderr("off", &["--log", "machine=info"]).contains("[info machine]"));
}
