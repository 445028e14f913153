//! Everything that can be wrong with files and options: a message that names
//! what and where, exit status 2, no panic.

use crate::elf::{DATA, E_MACHINE, EI_CLASS, EI_DATA, RAM};
use crate::programs;
use crate::support::{Dir, pagewalk};

/// Runs files that are all wrong, with `run` and with `test`.
#[track_caller]
fn refused(test: &str, contents: &[u8], message: &str) {
    let dir = Dir::new(test);
    let file = dir.file("program.elf", contents);
    for subcommand in ["run", "test"] {
        let run = pagewalk([subcommand.as_ref(), file.as_os_str()]);
        run.exits_with(2)
            .says("pagewalk: error: ")
            .says("program.elf: ")
            .says(message);
        assert_eq!(run.stdout, "");
    }
}

/// A good program with one byte replaced.
fn with_byte(at: usize, value: u8) -> Vec<u8> {
    let mut file = programs::htif_exit(0).build();
    file[at] = value;
    file
}

#[test]
fn files_that_are_no_rv64_executables() {
    refused("bad-text", b"#!/bin/sh\n", "is not an ELF file");
    refused("bad-empty", b"", "is empty");
    refused("bad-class", &with_byte(EI_CLASS, 1), "is a 32-bit ELF file");
    refused(
        "bad-endian",
        &with_byte(EI_DATA, 2),
        "is a big-endian ELF file",
    );
    refused(
        "bad-machine",
        &with_byte(E_MACHINE, 62),
        "is for another processor",
    );
}

#[test]
fn files_that_are_cut_short() {
    let dir = Dir::new("bad-truncated");
    let whole = programs::htif_exit(0).build();
    for length in 0..whole.len() {
        // All lengths of the headers, and some of the rest.
        if length > 180 && !length.is_multiple_of(13) {
            continue;
        }
        let file = dir.file("program.elf", &whole[..length]);
        pagewalk(["run".as_ref(), file.as_os_str()])
            .exits_with(2)
            .says("program.elf: ");
    }
}

#[test]
fn segments_that_do_not_fit_the_board() {
    let mut elf = programs::htif_exit(0);
    elf.code_address = 0x1_0000;
    refused(
        "bad-low",
        &elf.build(),
        "segment 0 at 0x10000..=0x1000f does not fit the memory of the board",
    );
    elf.code_address = DATA;
    refused("bad-overlap", &elf.build(), "overlaps segment");
    elf.code_address = RAM;
    elf.data_address = u64::MAX - 0xfff;
    refused("bad-wrap", &elf.build(), "segment 1 wraps around the end");

    let dir = Dir::new("bad-memory-size");
    let file = dir.file("program", programs::htif_exit(0).build());
    let file = file.to_str().expect("UTF-8");
    pagewalk(["run", "-m", "4K", file])
        .exits_with(2)
        .says("RAM 0x80000000..=0x80000fff");
}

#[test]
fn programs_for_linux_are_told_what_a_bare_metal_program_is() {
    let mut elf = programs::htif_exit(0);
    elf.interpreter = Some("/lib/ld-linux-riscv64-lp64d.so.1");
    let dir = Dir::new("bad-dynamic");
    let file = dir.file("program", elf.build());
    pagewalk(["run".as_ref(), file.as_os_str()])
        .exits_with(2)
        .says("it is dynamically linked and asks for /lib/ld-linux-riscv64-lp64d.so.1")
        .says("-mcmodel=medany -Wl,-N,-Ttext=0x80000000");

    let mut elf = programs::spin();
    (elf.code_address, elf.data_address) = (0x1_0000, 0x1_1000);
    let file = dir.file("static", elf.build());
    let file = file.to_str().expect("UTF-8");
    for command in [&["run", "--as", "bare", file][..], &["boot", file]] {
        pagewalk(command)
            .exits_with(2)
            .says("segment 0 at 0x10000..=0x10007 does not fit the memory of the board")
            .says("-mcmodel=medany -Wl,-N,-Ttext=0x80000000");
    }
}

#[test]
fn what_a_program_is_taken_for_can_be_said() {
    let dir = Dir::new("as");
    let file = dir.file("program", programs::htif_exit(3).build());
    let file = file.to_str().expect("UTF-8");
    pagewalk(["run", "--as", "bare", file]).exits_with(3);
    // The kernel gets it, and has no place for such a program.
    pagewalk(["run", "--as", "user", file])
        .exits_with(126)
        .says("/bin/program: a segment does not fit the address space");
}

#[test]
fn paths_that_lead_nowhere() {
    let dir = Dir::new("bad-paths");
    let missing = dir.path().join("missing.elf");
    for subcommand in ["run", "test"] {
        let run = pagewalk([subcommand.as_ref(), missing.as_os_str()]);
        run.exits_with(2).says("missing.elf: no such file");
    }
    let run = pagewalk(["run".as_ref(), dir.path().as_os_str()]);
    run.exits_with(2).says("is a directory");
}

#[test]
fn a_test_without_tohost() {
    let dir = Dir::new("bad-no-tohost");
    let file = dir.file("spin.elf", programs::spin().build());
    let run = pagewalk(["test".as_ref(), file.as_os_str()]);
    run.exits_with(2)
        .says("spin.elf: is no test: it has no symbol `tohost`");
}

#[test]
fn memory_sizes_that_make_no_sense() {
    let dir = Dir::new("bad-memory");
    let file = dir.file("program", programs::htif_exit(0).build());
    let file = file.to_str().expect("UTF-8");
    for (size, message) in [
        ("0", "a board needs some memory"),
        ("3K", "memory comes in whole pages of 4K"),
        ("1.5G", "`.5G` is no unit"),
        ("many", "`many` is no unit"),
        ("-1", "`-1` is no unit"),
        ("99999999999999999999G", "does not fit 64 bits"),
        ("18014398509481984K", "more than 64 bits can address"),
        ("100000T", "56-bit physical address space"),
        ("17179869183G", "56-bit physical address space"),
        ("60000T", "the operating system has no"),
    ] {
        let option = format!("--memory={size}");
        pagewalk(["run", &option, file]).exits_with(2).says(message);
    }
}

#[test]
fn options_that_make_no_sense() {
    let dir = Dir::new("bad-options");
    let file = dir.file("program", programs::htif_exit(0).build());
    let file = file.to_str().expect("UTF-8");
    for (option, message) in [
        ("--isa=rv64gc_zvfh", "unknown extension `zvfh`"),
        ("--isa=rv32i", "only rv64 is implemented, not `rv32`"),
        ("--harts=0", "0 is not in 1..=8"),
        ("--harts=9", "9 is not in 1..=8"),
        ("--ad=never", "possible values: fault, hardware, guest"),
        ("--max-instructions=0", "it must be at least 1"),
        ("--timeout=0", "it must be more than 0"),
        ("--stats=xml", "possible values: text, json"),
        ("--log=trap=loud", "`loud` is no level"),
        ("--no-such-option", "unexpected argument '--no-such-option'"),
        ("--timout=3", "a similar argument exists: '--timeout'"),
    ] {
        pagewalk(["run", option, file])
            .exits_with(2)
            .says("pagewalk: error: ")
            .says(message);
    }
    for (option, message) in [
        ("--shard=0/4", "parts go from 1 to 4"),
        ("--shard=5/4", "parts go from 1 to 4"),
        ("--shard=2", "two numbers are expected"),
        ("--jobs=0", "0 is not in 1.."),
        ("--filter=nothing", "none of 1 tests matches --filter"),
        ("--shard=2/2", "part 2 of 2 is empty"),
        ("--junit=/", "/: is a directory"),
    ] {
        pagewalk(["test", option, file]).exits_with(2).says(message);
    }
}

#[test]
fn arguments_that_nobody_would_get() {
    let dir = Dir::new("bad-arguments");
    let file = dir.file("program", programs::htif_exit(0).build());
    let file = file.to_str().expect("UTF-8");
    pagewalk(["run", file, "argument"])
        .exits_with(2)
        .says("`argument` would be an argument for");
    pagewalk(["run", file, "--stats"])
        .exits_with(2)
        .says("options of pagewalk stand before the program: pagewalk run --stats");
}

#[test]
fn directories_without_tests() {
    let dir = Dir::new("bad-directory");
    dir.file("readme", "no test");
    dir.file("spin", programs::spin().build());
    let run = pagewalk(["test".as_ref(), dir.path().as_os_str()]);
    run.exits_with(2)
        .says("no test found: none of 2 files is a RISC-V executable with a `tohost` symbol");
}
