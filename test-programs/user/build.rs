//! Chooses the memory layout of each program.
//!
//! A program whose name ends in `-xonly` has a segment that can be executed and
//! nothing else, in addition to what all have.

use std::{env, fs, path::Path};

/// Ends the name of a program that is linked with `layout/xonly.ld`.
const EXECUTE_ONLY_SUFFIX: &str = "-xonly";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=layout");
    println!("cargo::rerun-if-changed=src/bin");
    // On the host these are ordinary programs with an ordinary layout.
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return;
    }
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let layouts = Path::new(&root).join("layout");
    println!("cargo::rustc-link-arg-bins=-L{}", layouts.display());
    for entry in fs::read_dir("src/bin").expect("src/bin is part of the package") {
        let path = entry.expect("src/bin can be listed").path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        let script = if name.ends_with(EXECUTE_ONLY_SUFFIX) {
            "xonly.ld"
        } else {
            "process.ld"
        };
        let script = layouts.join(script);
        println!("cargo::rustc-link-arg-bin={name}=-T{}", script.display());
    }
}
