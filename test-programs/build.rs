//! Chooses the memory layout of each guest program.
//!
//! A program whose name ends in `-shared` is linked with its data in the page
//! of its code, every other one with code and data in pages of their own.

use std::{env, fs, path::Path};

/// Ends the name of a program that is linked with `layout/shared.ld`.
const SHARED_SUFFIX: &str = "-shared";

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
    for entry in fs::read_dir("src/bin").expect("src/bin is part of the package") {
        let path = entry.expect("src/bin can be listed").path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        let script = if name.ends_with(SHARED_SUFFIX) {
            "shared.ld"
        } else {
            "separate.ld"
        };
        let script = layouts.join(script);
        println!("cargo::rustc-link-arg-bin={name}=-T{}", script.display());
    }
}
