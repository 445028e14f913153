//! The table of reasons in the guide is the one in the code.
//! `UPDATE_DOCS=1 cargo test -p pagewalk-mmu --test docs` writes it anew.

use std::fmt::Write;
use std::path::Path;

use pagewalk_mmu::{FaultKind, Reason};

const INTRODUCTION: &str = "\
# Why a memory access fails

<!-- Generated from crates/mmu/src/reason.rs. To change it, change the table there
     and run: UPDATE_DOCS=1 cargo test -p pagewalk-mmu --test docs -->

The architecture has six exceptions for a memory access that fails: page fault
and access fault, each for fetch, load and store. Behind them stand the rules
below, and Pagewalk names the one that failed. They are in the order in which
a walk looks at them, so that the first one broken is the one that is named.

Titles in quotation marks are sections of The RISC-V Instruction Set Manual,
Volume II: Privileged Architecture (Machine-Level and Supervisor-Level ISA
version 1.13); steps are those of \"Virtual Address Translation Process\".
";

/// The exceptions that a kind of fault raises: fetch, load, store.
fn causes(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Page => "12, 13, 15",
        FaultKind::Access => "1, 5, 7",
    }
}

fn guide() -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str(
        "\n| reason | exception | rule | what is said | section |\n|---|---|---|---|---|\n",
    );
    for reason in Reason::ALL {
        writeln!(
            text,
            "| `{}` | {} ({}) | {} | {} | {} |",
            reason.name(),
            reason.kind(),
            causes(reason.kind()),
            reason.rule(),
            reason.sentence(),
            reason.source(),
        )
        .expect("a String takes everything");
    }
    text
}

#[test]
fn the_guide_lists_the_reasons_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/page-fault-reasons.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, guide()).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(&path).expect("the guide is there");
    assert!(
        written.replace("\r\n", "\n") == guide(),
        "{} is out of date; run UPDATE_DOCS=1 cargo test -p pagewalk-mmu --test docs",
        path.display()
    );
}

#[test]
fn each_reason_has_its_own_words() {
    for (index, reason) in Reason::ALL.iter().enumerate() {
        assert_eq!(*reason as usize, index, "{} is in its place", reason.name());
        for other in &Reason::ALL[..index] {
            assert_ne!(reason.rule(), other.rule());
            assert_ne!(reason.sentence(), other.sentence());
        }
        for text in [reason.rule(), reason.sentence(), reason.source()] {
            assert!(
                !text.contains('|') && !text.ends_with('.'),
                "fits a table: {text}"
            );
        }
    }
}
