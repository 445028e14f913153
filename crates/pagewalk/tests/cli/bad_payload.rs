//! Everything that can be wrong with what `run` and `boot` put into memory.

use std::fs::File;
use std::path::Path;

use crate::programs;
use crate::support::{Dir, pagewalk};

/// Boots with these options, which are refused with this message.
#[track_caller]
fn refused(options: &[&str], message: &str) {
    for subcommand in ["run", "boot"] {
        let run = pagewalk([&[subcommand], options].concat());
        run.exits_with(2).says("pagewalk: error: ").says(message);
        assert_eq!(run.stdout, "");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn files_that_are_no_elf_files_are_told_where_they_can_go() {
    let dir = Dir::new("payload-not-elf");
    let kernel = dir.file("kernel.bin", programs::flat_success());
    refused(&[text(&kernel)], "kernel.bin: is not an ELF file");
    refused(&[text(&kernel)], "kernel.bin@0x80000000");

    let mut image = [0; 128];
    image[48..53].copy_from_slice(b"RISCV");
    image[56..60].copy_from_slice(b"RSC\x05");
    let image = dir.file("Image", image);
    refused(
        &[text(&image)],
        "this is an Image of Linux, which needs firmware",
    );

    let zipped = dir.file("Image.gz", b"\x1f\x8b\x08\0\0\0\0\0");
    refused(&[text(&zipped)], "Image.gz: is not an ELF file");
    refused(
        &[text(&zipped)],
        "this is compressed with gzip (unpack it with `gunzip`)",
    );
}

#[test]
fn nothing_to_run_is_a_mistake() {
    pagewalk(["boot"]).exits_with(2).says("<KERNEL>");
    pagewalk(["run"]).exits_with(2).says("<PROGRAM>");
    pagewalk(["boot", "--drive", "disk.img"])
        .exits_with(2)
        .says("<KERNEL>");
    pagewalk(["boot", "kernel", "another"])
        .exits_with(2)
        .says("unexpected argument 'another'");
}

#[test]
fn files_that_cannot_be_put_into_memory() {
    let dir = Dir::new("payload-files");
    let large = dir.path().join("large");
    let file = File::create(&large).expect("it can be made");
    file.set_len(1 << 40).expect("most of it is a hole");
    let cases = [
        (
            dir.path().join("missing"),
            "missing: no such file; check the path",
        ),
        (dir.path().to_owned(), "is a directory; name the file in it"),
        ("/dev/null".into(), "/dev/null: is not a regular file"),
        (dir.file("empty", ""), "empty: is empty"),
        (
            large,
            "large: has 1099511627776 bytes, more than the 134217728 bytes of RAM",
        ),
    ];
    let success = dir.file("success", programs::flat_success());
    let success = format!("{}@0x80000000", success.display());
    for (file, message) in cases {
        refused(
            &["--load", &format!("{}@0x80000000", file.display())],
            message,
        );
        refused(&["--load", &success, "--initrd", text(&file)], message);
    }
    // What no permission lets us read.
    if cfg!(target_os = "linux") {
        refused(
            &["--load", "/proc/self/mem@0x80000000"],
            "/proc/self/mem: cannot be read",
        );
    }
}

#[test]
fn places_that_are_none() {
    let dir = Dir::new("payload-places");
    let file = dir.file("blob", programs::flat_success());
    let at = |place: &str| format!("{}@{place}", file.display());
    for (place, message) in [
        (
            "",
            "a number is expected, decimal or with 0x, behind the last @",
        ),
        ("0x", "a number is expected"),
        ("-1", "a number is expected"),
        ("0x80000000h", "a number is expected"),
        ("0x1_0000_0000_0000_0000", "that does not fit 64 bits"),
        (
            "0",
            "blob: 20 bytes at 0x0 are not all in RAM, which is 0x80000000 to 0x87ffffff",
        ),
        ("0x7fffffff", "20 bytes at 0x7fffffff are not all in RAM"),
        ("0x87fffff0", "20 bytes at 0x87fffff0 are not all in RAM"),
        (
            "0xffffffffffffffff",
            "20 bytes at 0xffffffffffffffff are not all in RAM",
        ),
    ] {
        refused(&["--load", &at(place)], message);
    }
    refused(
        &["--load", &at("0")],
        "help: load it at an address in RAM, or give the board more",
    );
    refused(
        &["--load", "blob"],
        "a file and an address are expected, for instance kernel.bin@",
    );
    refused(
        &["--load", "@0x80000000"],
        "a file and an address are expected",
    );
    let good = at("0x80000000");
    for (entry, message) in [
        ("0x1000", "the entry point 0x1000 is not in RAM"),
        ("0x88000000", "the entry point 0x88000000 is not in RAM"),
        ("0x80000001", "instructions begin at even addresses"),
        ("start", "a number is expected"),
    ] {
        refused(&["--load", &good, "--entry", entry], message);
    }
}

#[test]
fn things_that_want_the_same_place() {
    let dir = Dir::new("payload-overlap");
    let program = dir.file("program", programs::htif_exit(0).build());
    let (one, two) = (dir.file("one", [0; 4096]), dir.file("two", [0; 4096]));
    let at = |file: &Path, place: u64| format!("{}@{place:#x}", file.display());
    let (first, second) = (at(&one, 0x8010_0000), at(&two, 0x8010_0fff));
    refused(
        &["--load", &first, "--load", &second],
        "two overlap at 0x80100fff\n  help: load one of them somewhere else",
    );
    for (place, address) in [(0x8000_0000, "0x80000000"), (0x8000_1800, "0x80001800")] {
        let load = at(&one, place);
        let message = format!("one overlap at {address}");
        refused(&["--load", &load, text(&program)], &message);
    }
    // Side by side is no overlap: the program ends at 0x80003000.
    let load = at(&one, 0x8000_3000);
    pagewalk(["boot", "--load", &load, text(&program)]).exits_with(0);
}

#[test]
fn an_initial_ram_disk_needs_room() {
    let dir = Dir::new("payload-initrd");
    let program = dir.file("program", programs::htif_exit(0).build());
    let initrd = dir.file("initrd", vec![0; 40 << 10]);
    let options = ["-m", "48K", "--initrd", text(&initrd), text(&program)];
    refused(
        &options,
        "initrd: no room in RAM for an initial RAM disk of 40960 bytes",
    );
    let options = [
        "boot",
        "-m",
        "128K",
        "--initrd",
        text(&initrd),
        text(&program),
    ];
    pagewalk(options).exits_with(0);
}

#[test]
fn boards_that_there_are_not() {
    let dir = Dir::new("payload-options");
    let program = dir.file("program", programs::htif_exit(0).build());
    for (option, message) in [
        ("--bios=default", "possible values: none"),
        (
            "--quantum=99",
            "it must be at least 100: in a shorter turn no LR/SC sequence",
        ),
        ("--quantum=0", "it must be at least 1"),
        ("--seed=-1", "a number is expected"),
        ("--virtio=pci", "possible values: modern, legacy"),
        ("--rtc=tomorrow", "`now` or a time in UTC is expected"),
        ("--rtc=2026-02-30", "there is no such time"),
        ("--clock=slow", "possible values: virtual, paced, host"),
        ("--smp=9", "9 is not in 1..=8"),
        ("--until=", "a value is required"),
    ] {
        refused(&[option, text(&program)], message);
    }
    for value in [
        "--seed=0xffff_ffff_ffff_ffff",
        "--quantum=100",
        "--bios=none",
    ] {
        pagewalk(["boot", value, text(&program)]).exits_with(0);
    }
}
