//! The fuzzer's seeds and what it once found, on the stable toolchain.

use std::fs;
use std::path::Path;

use crate::builder::*;
use crate::{allocation, invariants, lines};

/// Files of a directory under `fuzz/`, with their names.
fn files(directory: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .join(directory);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), fs::read(&path).unwrap())
        })
        .collect()
}

#[test]
fn seeds_and_regressions_do_no_harm() {
    let files = files("seeds/loader");
    assert!(!files.is_empty());
    for (name, bytes) in files {
        println!("{name}");
        allocation::check(&bytes);
        invariants::check(&bytes);
    }
}

/// Seeds are what the builder writes: where the builder changed, run this test
/// with `UPDATE_SEEDS=1`.
#[test]
fn seeds_are_up_to_date() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/loader");
    let mut dynamic = Elf {
        kind: ET_DYN,
        entry: 0x40,
        ..Elf::good()
    };
    dynamic.segments.push(Seg {
        kind: PT_INTERP,
        ..Seg::load(RAM, R, b"/lib/ld.so\0", 11)
    });
    let stripped = Elf {
        sections: false,
        ..Elf::good()
    };
    for (name, elf) in [
        ("good.elf", Elf::good()),
        ("dynamic.elf", dynamic),
        ("stripped.elf", stripped),
        ("lines.elf", lines::good().elf()),
    ] {
        let path = directory.join(name);
        if std::env::var_os("UPDATE_SEEDS").is_some() {
            fs::create_dir_all(&directory).unwrap();
            fs::write(&path, elf.build()).unwrap();
        }
        assert!(
            fs::read(&path).unwrap() == elf.build(),
            "{} differs",
            path.display()
        );
        assert!(invariants::check(&elf.build()), "{name}");
    }
}
