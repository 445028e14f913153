//! The generated documents say what the tables say. With `UPDATE_DOCS=1` in
//! the environment the tests write them instead.

use pagewalk_isa::docs::{CsrTable, InstructionTable};
use std::path::PathBuf;

fn check(name: &str, generated: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, generated).unwrap_or_else(|error| panic!("{name}: {error}"));
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = committed
        .lines()
        .zip(generated.lines())
        .find(|(old, new)| old != new);
    assert!(
        committed == generated,
        "docs/{name} is out of date; the first difference is {difference:?}\n\
         Write it again with: UPDATE_DOCS=1 cargo test -p pagewalk-isa --test docs"
    );
}

#[test]
fn instructions_md_is_the_instruction_table() {
    check("instructions.md", &InstructionTable.to_string());
}

#[test]
fn csrs_md_is_the_csr_table() {
    check("csrs.md", &CsrTable.to_string());
}
