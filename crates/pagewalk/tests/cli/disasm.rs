//! `pagewalk disasm`.

use crate::elf::{DATA, E_MACHINE, E_TYPE, EI_CLASS, Elf, RAM};
use crate::support::{Dir, Run, command, golden, pagewalk};

/// Code with everything that a listing has something to say about.
fn sample() -> Elf {
    Elf::new(&[
        0x0000_1517, // auipc a0,1
        0x0005_3583, // ld a1,0(a0): what auipc made
        0x0105_3603, // ld a2,16(a0): used up
        0x00c5_8463, // beq a1,a2,.+8
        0xff1f_f0ef, // jal .-16
        0x4505_0001, // nop; li a0,1
        0x0000_1537, // lui a0,1
        0x0015_051b, // addiw a0,a0,1
        0xffff_ffff, // no instruction
        0x2058_a6b3, // of no extension of rv64imac
        0x0000_8067, // ret
        0x1234_5678, // data, by its symbol
        0x0000_0000, // zeros …
        0x0000_0000,
        0x0000_0000,
        0x0000_0001, // … up to here
        0x0000_8067, // ret
    ])
    .data(&[1, 2])
    .symbol("$x", RAM)
    .symbol("skip", RAM + 20)
    .symbol("$d", RAM + 44)
    .symbol("table", RAM + 44)
    .symbol("$x", RAM + 64)
    .symbol("_ZN3foo3bar17h0123456789abcdefE", RAM + 64)
    .symbol("counter", DATA)
    .symbol("middle", RAM + 8)
    .symbol("CONSTANT", RAM - 8)
}

/// Lists `sample` from within its folder, so that no path is in the listing.
fn list(test: &str, options: &[&str]) -> Run {
    let dir = Dir::new(test);
    dir.file("sample.elf", sample().build());
    command()
        .current_dir(dir.path())
        .arg("disasm")
        .args(options)
        .arg("sample.elf")
        .output()
        .expect("it starts")
        .into()
}

#[test]
fn the_listing_is_as_written_down() {
    let run = list("disasm-golden", &[]);
    run.exits_with(0).says_nothing();
    golden("disasm.txt", &run.stdout);
    let run = list("disasm-all", &["--all", "--no-raw", "--no-demangle"]);
    run.exits_with(0).says_nothing();
    golden("disasm-all.txt", &run.stdout);
}

#[test]
fn a_symbol_or_a_range_is_listed_alone() {
    let run = list("disasm-symbol", &["--symbol", "skip"]);
    run.exits_with(0)
        .prints("0000000080000014 <skip>:")
        .prints("80000016:\t4505");
    assert!(!run.stdout.contains("auipc") && !run.stdout.contains("<table>:"));

    // By its name as it is shown, and as it is in the file.
    for name in ["foo::bar", "_ZN3foo3bar17h0123456789abcdefE"] {
        list("disasm-demangled", &["--symbol", name])
            .exits_with(0)
            .prints("0000000080000040 <foo::bar>:\n    80000040:\t00008067");
    }

    let run = list(
        "disasm-range",
        &["--start", "skip+0x2", "--stop", "0x8000001c"],
    );
    run.exits_with(0)
        .prints("0000000080000016 <skip+0x2>:")
        .prints("lui\ta0,0x1");
    assert_eq!(run.stdout.matches(":\t").count(), 2, "{}", run.stdout);
}

#[test]
fn an_extension_that_is_left_out_has_no_instructions() {
    list("disasm-isa", &[]).exits_with(0).prints("sh1add");
    let run = list("disasm-isa", &["--isa", "rv64imac"]);
    run.exits_with(0).prints(".4byte\t0x2058a6b3");
    list("disasm-isa", &["--isa", "rv64q"])
        .exits_with(2)
        .says("--isa");
}

#[test]
fn what_is_not_there_is_told_with_a_way_out() {
    for (options, message) in [
        (&["--symbol", "start"][..], "similar ones are _start"),
        (
            &["--symbol", "nothing"],
            "`pagewalk info --symbols` lists all",
        ),
        (
            &["--symbol", "counter"],
            "is not in a section that is shown; try --all",
        ),
        (
            &["--start", "0x1000", "--stop", "0x2000"],
            "nothing to show there; there are .text 0x80000000..0x80000044",
        ),
        (&["--start", "4096"], "it is written as in 0x80000010"),
        (&["--start", "skip+2"], "it is written as in main+0x10"),
        (&["--stop", "nowhere"], "there is no symbol `nowhere`"),
        (&["--symbol", "skip", "--start", "0"], "cannot be used with"),
        (&["--source", "--no-lines"], "cannot be used with"),
        (&["--builtin", "hello"], "cannot be used with"),
    ] {
        let run = list("disasm-bad", options);
        run.exits_with(2).says(message);
        assert_eq!(run.stdout, "");
    }
    pagewalk(["disasm"]).exits_with(2).says("<FILE>");
    pagewalk(["disasm", "--builtin", "no-such-program"])
        .exits_with(2)
        .says("there are: ");
}

#[test]
fn programs_of_ours_have_symbols_and_source_lines() {
    let run = pagewalk(["disasm", "--builtin", "hello"]);
    run.exits_with(0)
        .says_nothing()
        .prints("Disassembly of section .text:")
        .prints("<_start>:\n");
    let is_line = |line: &&str| line.starts_with('/') && line.contains(".rs:");
    assert!(run.stdout.lines().filter(is_line).count() > 10);
    for code in run.stdout.split(">:\n") {
        let shown: Vec<&str> = code.lines().filter(is_line).collect();
        assert!(shown.windows(2).all(|pair| pair[0] != pair[1]), "{code}");
    }
    let plain = pagewalk(["disasm", "--builtin", "hello", "--no-lines"]);
    assert_eq!(plain.stdout.lines().find(is_line), None);
    let others: Vec<&str> = run.stdout.lines().filter(|line| !is_line(line)).collect();
    assert_eq!(others, plain.stdout.lines().collect::<Vec<_>>());

    let run = pagewalk(["disasm", "--builtin", "hello", "--inlines", "--source"]);
    run.exits_with(0).prints("\n (inlined by) /");
}

#[test]
fn every_program_of_ours_can_be_listed() {
    for image in pagewalk_guest_images::images() {
        let run = pagewalk(["disasm", "--all", "--builtin", image.name]);
        run.exits_with(0).says_nothing();
        pagewalk(["info", "--builtin", image.name])
            .exits_with(0)
            .says_nothing();
    }
}

#[test]
fn a_stripped_file_is_listed_by_segments() {
    let mut file = sample().build();
    file[0x28..0x30].fill(0); // e_shoff
    file[0x3c..0x40].fill(0); // e_shnum, e_shstrndx
    let dir = Dir::new("disasm-stripped");
    let file = dir.file("stripped.elf", file);
    let file = file.to_str().expect("UTF-8");
    pagewalk(["disasm", file])
        .exits_with(0)
        .prints("Disassembly of segment 0:\n\n0000000080000000 <segment0>:\n")
        .prints("auipc\ta0,0x1");
    pagewalk(["disasm", file, "-S"])
        .exits_with(0)
        .says("note: --source has no effect");
    pagewalk(["disasm", file, "--symbol", "skip"])
        .exits_with(2)
        .says("has no symbols");
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    for subcommand in ["disasm", "info"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let run: Run = command()
            .args([subcommand, "--builtin", "hello"])
            .stdout(writer)
            .output()
            .expect("it starts")
            .into();
        run.exits_with(141).says_nothing();
    }
}

#[test]
fn files_of_the_wrong_kind_are_named_for_what_they_are() {
    let dir = Dir::new("disasm-wrong");
    let whole = sample().build();
    let with = |at: usize, value: u8| {
        let mut file = whole.clone();
        file[at] = value;
        file
    };
    let garbage = dir.file("garbage", "#");
    let file = std::fs::File::options().write(true).open(&garbage);
    file.and_then(|file| file.set_len(100 << 20))
        .expect("a large file with a hole");
    for (path, message) in [
        (dir.file("empty", ""), "empty: is empty"),
        (
            dir.file("x86", with(E_MACHINE, 62)),
            "for another processor",
        ),
        (dir.file("rv32", with(EI_CLASS, 1)), "is a 32-bit ELF file"),
        (
            dir.file("object", with(E_TYPE, 1)),
            "link it to an executable",
        ),
        (dir.file("core", with(E_TYPE, 4)), "is a core dump"),
        (
            dir.file("short", &whole[..whole.len() - 1]),
            "truncated or damaged",
        ),
        (garbage, "is not an ELF file"),
        (dir.path().to_owned(), "is a directory"),
        (dir.path().join("missing"), "no such file"),
        ("/dev/null".into(), "is not a regular file"),
    ] {
        for subcommand in ["disasm", "info"] {
            let run = pagewalk([subcommand.as_ref(), path.as_os_str()]);
            run.exits_with(2).says("pagewalk: error: ").says(message);
            assert_eq!(run.stdout, "");
        }
    }
}
