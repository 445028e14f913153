//! `pagewalk info`.

use crate::elf::{DATA, Elf};
use crate::programs;
use crate::support::{Dir, Run, command, golden, pagewalk};

/// What it says of a program, from within its folder.
fn info(test: &str, elf: &Elf, options: &[&str]) -> Run {
    let dir = Dir::new(test);
    dir.file("program.elf", elf.build());
    command()
        .current_dir(dir.path())
        .arg("info")
        .args(options)
        .arg("program.elf")
        .output()
        .expect("it starts")
        .into()
}

/// The lines `runs` and `because` of the report.
#[track_caller]
fn runs(run: &Run, how: &str, because: &str) {
    run.exits_with(0)
        .prints(&format!("\n  runs          {how}\n"))
        .prints(&format!("\n  because       {because}\n"));
}

const USER: &str = "as a process of the built-in kernel";

#[test]
fn the_report_is_as_written_down() {
    let run = info("info-golden", &programs::htif_exit(0), &["--symbols"]);
    run.exits_with(0).says_nothing();
    golden("info.txt", &run.stdout);
}

#[test]
fn each_rule_decides_how_a_program_is_run() {
    let bare = "as a bare-metal program";
    let tohost = programs::htif_exit(0);
    runs(
        &info("info-tohost", &tohost, &[]),
        bare,
        "it has the symbol tohost",
    );
    let spin = programs::spin();
    runs(
        &info("info-ram", &spin, &[]),
        bare,
        "segment 0 lies in the RAM of the board",
    );
    // The data lies in RAM, the code beside it.
    let mut low = spin.clone();
    low.code_address = 0x1_0000;
    let run = info("info-low", &low, &[]);
    runs(&run, bare, "segment 1 lies in the RAM of the board");
    run.prints("note: it cannot be loaded: segment 0 at 0x10000");
    low.data_address = 0x1_1000;
    runs(
        &info("info-user", &low, &[]),
        USER,
        "it has no symbol tohost and no segment in the RAM of the board",
    );
    let mut dynamic = low.clone();
    dynamic.interpreter = Some("/lib/ld.so");
    runs(
        &info("info-dynamic", &dynamic, &[]),
        "not at all",
        "it is dynamically linked and asks for /lib/ld.so; link it with -static or -static-pie",
    );
}

#[test]
fn the_user_may_know_better() {
    let tohost = programs::htif_exit(0);
    let mut dynamic = tohost.clone();
    dynamic.interpreter = Some("/lib/ld.so");
    for (elf, wanted, how) in [
        (&tohost, "user", USER),
        (&tohost, "bare", "as a bare-metal program"),
        (&dynamic, "bare", "as a bare-metal program"),
    ] {
        let run = info("info-as", elf, &["--as", wanted]);
        runs(&run, how, "--as says so");
    }
    // Even so it needs its dynamic linker.
    info("info-as", &dynamic, &["--as", "user"])
        .exits_with(0)
        .prints("runs          not at all");
    info("info-as", &tohost, &["--as", "kernel"])
        .exits_with(2)
        .says("possible values: bare, user");
}

#[test]
fn ram_is_what_the_user_says() {
    let mut elf = programs::spin();
    elf.data_address = DATA + (64 << 20);
    let run = info("info-memory", &elf, &["-m", "32M"]);
    run.exits_with(0)
        .prints("rw-  no\n")
        .prints("note: it cannot be loaded: segment 1");
    let run = info("info-memory", &elf, &["-m", "65M"]);
    run.exits_with(0).prints("rw-  yes\n");
    assert!(!run.stdout.contains("note:"), "{}", run.stdout);
}

#[test]
fn json_says_the_same() {
    let run = info(
        "info-json",
        &programs::htif_exit(0),
        &["--json", "--symbols"],
    );
    run.exits_with(0).says_nothing();
    assert_eq!(run.stdout.lines().count(), 1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["runs"], "bare");
    assert_eq!(report["entry"]["address"], 0x8000_0000_u64);
    assert_eq!(report["entry"]["symbol"], "_start");
    assert_eq!(report["tohost"], DATA);
    assert_eq!(report["segments"][1]["memory_size"], 0x2000);
    assert_eq!(report["segments"][1]["in_ram"], "yes");
    assert_eq!(report["sections"][0]["name"], ".text");
    assert_eq!(report["symbols"][1]["name"], "tohost");
    assert_eq!(report["source_lines"], false);
    let short = info("info-json", &programs::htif_exit(0), &["--json"]);
    let short: serde_json::Value = serde_json::from_str(&short.stdout).expect("JSON");
    assert_eq!(short.get("symbols"), None);
}

#[test]
fn programs_of_ours_say_what_they_were_built_for() {
    pagewalk(["info", "--builtin", "hello"])
        .exits_with(0)
        .says_nothing()
        .prints("ABI           RVC, double-float (e_flags 0x5)")
        .prints("ISA           rv64i2p1_m2p0_a2p1_")
        .prints("source lines  yes");
}

#[test]
fn the_kernel_publishes_its_trace_points() {
    let run = pagewalk(["info", "--builtin", "pagewalk-kernel"]);
    run.exits_with(0)
        .prints("trace point             virtual  arguments\n")
        .prints("  cow_copy ")
        .prints(" space=")
        .prints("  vma ");
    assert!(!run.stdout.contains("note: what"), "{}", run.stdout);
    let run = pagewalk(["info", "--json", "--builtin", "pagewalk-kernel"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let points = report["trace_points"].as_array().expect("a list");
    let segv = points.iter().find(|point| point["name"] == "segv");
    let segv = segv.expect("there is one");
    assert_eq!(segv["about"], "a segmentation fault");
    assert_eq!(segv["arguments"][0]["name"], "space");
    let structures = report["structures"].as_array().expect("a list");
    let vma = structures
        .iter()
        .find(|structure| structure["name"] == "vma");
    let start = vma.map(|vma| &vma["fields"][0]);
    assert_eq!(start.expect("there is one")["shape"], "u64");
    let none = pagewalk(["info", "--json", "--builtin", "hello"]);
    let none: serde_json::Value = serde_json::from_str(&none.stdout).expect("JSON");
    assert_eq!(none["trace_points"], serde_json::json!([]));
}
