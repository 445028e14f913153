//! `pagewalk boot`, and what it and `run` put into memory.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use pagewalk_machine::{AdPolicy, Blob, Config, Payload, RAM_BASE, VirtioInterface};
use serde_json::Value;

use crate::programs;
use crate::support::{Dir, Run, command, pagewalk};

/// `FILE@ADDR`.
fn at(file: &Path, address: u64) -> String {
    format!("{}@{address:#x}", file.display())
}

/// Runs a flat binary at the start of RAM.
fn flat(dir: &Dir, code: &[u8], options: &[&str]) -> Run {
    let file = dir.file("flat.bin", code);
    let load = at(&file, RAM_BASE);
    pagewalk([&["boot", "--load", &load], options].concat())
}

#[test]
fn a_flat_binary_starts_at_the_beginning_of_ram() {
    let dir = Dir::new("flat");
    let file = dir.file("a@b.bin", programs::flat_success());
    for subcommand in ["run", "boot"] {
        for address in ["0x80000000", "0x8000_0000", "2147483648"] {
            let load = format!("{}@{address}", file.display());
            let run = pagewalk([subcommand, "--load", &load]);
            run.exits_with(0).says_nothing();
        }
    }
}

#[test]
fn the_entry_may_be_elsewhere() {
    let dir = Dir::new("entry");
    let first = dir.file("first", programs::flat(&[0x0000_006f])); // j .
    let second = dir.file("second", programs::flat_success());
    let (first, second) = (at(&first, RAM_BASE), at(&second, 0x8010_0000));
    let loads = ["boot", "--load", &first, "--load", &second];
    pagewalk(loads)
        .exits_with(3)
        .says("hart 0 jumps to itself at 0x80000000");
    for entry in ["0x80100000", "2148532224"] {
        let options = [&loads[..], &["--entry", entry]].concat();
        pagewalk(options).exits_with(0).says_nothing();
    }
    // It wins over that of a program, too.
    let program = dir.file("spin", programs::spin().build());
    let program = program.to_str().expect("UTF-8");
    let options = ["boot", "--load", &second, "--entry", "0x80100000", program];
    pagewalk(options).exits_with(0);
}

#[test]
fn a_kernel_is_run_as_a_program_is() {
    let dir = Dir::new("boot-kernel");
    let kernel = dir.file("kernel", programs::htif_exit(7).build());
    let kernel = kernel.to_str().expect("UTF-8");
    let (status, stats) = (dir.path().join("status"), dir.path().join("stats"));
    let run = pagewalk([
        "boot",
        kernel,
        "--status-file",
        status.to_str().expect("UTF-8"),
        "--stats-file",
        stats.to_str().expect("UTF-8"),
    ]);
    run.exits_with(7).says_nothing();
    let text = fs::read_to_string(status).expect("it was written");
    assert_eq!(text, "{\"source\":\"htif\",\"code\":7,\"status\":7}\n");
    let text = fs::read_to_string(stats).expect("it was written");
    let stats: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(stats["instructions"], 3);
}

#[test]
fn harts_start_with_a_device_tree() {
    let dir = Dir::new("tree");
    let code = programs::flat_tree();
    for options in [
        &[][..],
        &["--harts", "8"],
        &["--smp", "2", "--append", "console=ttyS0"],
        &["-m", "16K"],
    ] {
        flat(&dir, &code, options).exits_with(0).says_nothing();
    }
    // A program that fills RAM leaves no room for one.
    let mut whole = code.clone();
    whole.resize(4096, 0);
    flat(&dir, &whole, &["-m", "4K"])
        .exits_with(3)
        .says("the payload leaves no room for a device tree");
}

#[test]
fn the_device_tree_can_be_had_as_a_file() {
    let dir = Dir::new("dump-dtb");
    let initrd = dir.file("initrd", vec![7; 5000]);
    let config = Config {
        memory: 32 << 20,
        harts: 3,
        ad: AdPolicy::Fault,
        seed: 0x1234,
        virtio: VirtioInterface::Legacy,
        isa: "rv64gc_sstc".parse().expect("a good string"),
        ..Config::default()
    };
    let blob = Blob {
        name: "initrd".to_owned(),
        bytes: vec![7; 5000],
    };
    let payload = Payload {
        initrd: Some(&blob),
        bootargs: Some("-v root=/dev/vda"),
        ..Payload::default()
    };
    let expected = config.device_tree(&payload).expect("it fits");
    for subcommand in ["run", "boot"] {
        let file = dir.path().join(subcommand);
        for target in [file.to_str().expect("UTF-8"), "-"] {
            let output = command()
                .args([
                    subcommand,
                    "--dump-dtb",
                    target,
                    "-m",
                    "32M",
                    "--harts",
                    "3",
                ])
                .args(["--ad", "fault", "--seed", "0x1234", "--virtio", "legacy"])
                .args([
                    "--isa",
                    "rv64gc_sstc",
                    "--append",
                    "-v root=/dev/vda",
                    "--initrd",
                ])
                .arg(&initrd)
                .output()
                .expect("it starts");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            assert!(output.status.success());
            let tree = match target {
                "-" => output.stdout,
                _ => {
                    assert!(output.stdout.is_empty());
                    fs::read(&file).expect("it was written")
                }
            };
            assert!(tree == expected, "{subcommand} {target}");
        }
    }
    let names = fs::read_dir(dir.path()).expect("it is there");
    assert_eq!(names.count(), 3, "temporary files were left");
}

#[test]
fn a_tree_that_cannot_be_written_is_an_error() {
    let dir = Dir::new("dump-dtb-nowhere");
    let file = dir.path().join("missing/virt.dtb");
    let file = file.to_str().expect("UTF-8");
    pagewalk(["boot", "--dump-dtb", file])
        .exits_with(2)
        .says("virt.dtb: there is no directory");
    // What is in it is checked as for a run.
    let load = at(&dir.file("blob", "x"), 0x1000);
    pagewalk(["boot", "--dump-dtb", "-", "--load", &load])
        .exits_with(2)
        .says("are not all in RAM");
}

#[test]
fn virtual_time_waits_for_nobody_and_the_hosts_time_does() {
    let dir = Dir::new("clock");
    let wait = |pages: u32| Duration::from_nanos(4096 * 100) * pages;
    let time = |pages: u32, options: &[&str]| {
        let start = Instant::now();
        flat(&dir, &programs::flat_wait(pages), options)
            .exits_with(0)
            .says_nothing();
        start.elapsed()
    };
    let quarter_of_a_second = 610;
    assert!(time(quarter_of_a_second, &["--clock", "host"]) >= wait(quarter_of_a_second));
    // Not a terminal: the default is virtual, where three minutes are nothing.
    let three_minutes = 439_453;
    assert!(time(three_minutes, &[]) < wait(three_minutes));
}

#[test]
fn the_real_time_clock_goes_with_the_clock() {
    let dir = Dir::new("rtc");
    let file = dir.path().join("status");
    let high_half = |options: &[&str]| {
        let status = ["--status-file", file.to_str().expect("UTF-8")];
        flat(&dir, &programs::flat_rtc(), &[options, &status].concat());
        let text = fs::read_to_string(&file).expect("it was written");
        let status: Value = serde_json::from_str(&text).expect("it is JSON");
        status["code"].as_u64().expect("a number")
    };
    assert_eq!(high_half(&[]), Config::START_TIME >> 32 & 0xffff);
    let options = ["--rtc", "2001-09-09T01:46:40", "--clock", "host"];
    let expected = 1_000_000_000_000_000_000 >> 32 & 0xffff;
    // The clock may go on by one such step, of four seconds, in the run.
    assert!((expected..=expected + 1).contains(&high_half(&options)));
    let now = || {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        (since.expect("it is after 1970").as_nanos() >> 32) as u64
    };
    for options in [["--clock", "host"], ["--rtc", "now"]] {
        let before = now();
        let shown = high_half(&options);
        let mut possible = before..=now();
        assert!(possible.any(|time| time & 0xffff == shown), "{shown}");
    }
}

#[test]
fn a_run_ends_when_the_guest_has_printed_a_text() {
    let file = Dir::new("until").path().join("status");
    let file = file.to_str().expect("UTF-8");
    let options = [
        "run",
        "--builtin",
        "hello",
        "--until",
        "bare-metal",
        "--status-file",
    ];
    let run = pagewalk([&options[..], &[file]].concat());
    run.exits_with(0).says_nothing();
    assert_eq!(run.stdout, "Hello from a bare-metal");
    let text = fs::read_to_string(file).expect("it was written");
    assert!(text.contains("\"source\":\"until\""), "{text}");
    pagewalk(["run", "--builtin", "exit-code", "--until", "never"]).exits_with(42);
    pagewalk(["boot", "--until", "", "--dump-dtb", "-"]).exits_with(2);
}

/// What a built-in program prints and costs, without the time that it takes,
/// and what was said about it.
fn measured(name: &str, options: &[&str], input: &str, dir: &Dir) -> (i32, Vec<u8>, Value, String) {
    let input = dir.file("input", input);
    let output = command()
        .args(["run", "--builtin", name, "--stats=json"])
        .args(options)
        .stdin(Stdio::from(fs::File::open(input).expect("it was written")))
        .output()
        .expect("it starts");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    let (said, stats) = match text.trim_end().rsplit_once('\n') {
        Some((said, stats)) => (said.to_owned(), stats),
        None => (String::new(), text.as_str()),
    };
    let mut stats: Value = serde_json::from_str(stats).expect("the last line is JSON");
    for time in ["wall_seconds", "mips"] {
        stats[time].take();
    }
    let status = output.status.code().expect("no signal ended it");
    (status, output.stdout, stats, said)
}

#[test]
fn runs_with_the_same_input_are_the_same() {
    let dir = Dir::new("same");
    for harts in ["1", "3", "8"] {
        let harts = ["--harts", harts];
        let first = measured("harts", &harts, "", &dir);
        assert_eq!(first.0, 0, "{first:?}");
        assert_eq!(first, measured("harts", &harts, "", &dir));
        let first = measured("echo", &harts, "one\ntwo\n", &dir);
        assert_eq!(first, measured("echo", &harts, "one\ntwo\n", &dir));
        let other = measured("echo", &harts, "one and\ntwo\n", &dir);
        assert_ne!(first.2["instructions"], other.2["instructions"]);
    }
    // The length of turns is part of the input.
    let with = |quantum| measured("harts", &["--harts", "3", "--quantum", quantum], "", &dir);
    assert_eq!(with("100"), with("100"));
    assert_ne!(with("100").2, with("5000").2);
}

#[test]
fn a_reset_keeps_what_is_on_the_drives() {
    let dir = Dir::new("reset-drives");
    for (options, left) in [(&[][..], 3), (&["--snapshot"], 0)] {
        let image = dir.file("disk.img", [0; 4096]);
        let drive = ["--drive", image.to_str().expect("UTF-8")];
        let options = [&drive[..], &["--virtio", "legacy", "--stats=json"], options].concat();
        let run = flat(&dir, &programs::flat_counter(), &options);
        let stats: Value = serde_json::from_str(&run.exits_with(0).stderr).expect("it is JSON");
        assert_eq!(stats["resets"], 3);
        let contents = fs::read(&image).expect("it is there");
        assert_eq!(contents[0], left, "{options:?}");
        assert!(contents[1..].iter().all(|byte| *byte == 0));
    }
}
