//! docs/spec-choices.md collects the comments that begin with
//! `CHOICE(spec):`. `UPDATE_DOCS=1 cargo test -p xtask --test spec_choices`
//! writes it anew.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const INTRODUCTION: &str = "\
# What the specification leaves open

<!-- Generated from the comments `CHOICE(spec):` in the code. To change it, change
     a comment and run: UPDATE_DOCS=1 cargo test -p xtask --test spec_choices -->

The RISC-V specifications leave many things to the implementation: reset values,
what a WARL field does with a value that is not legal, whether an access that
may trap does. These are the choices of Pagewalk, each in the words of the code
that carries it out. Which bits of a CSR can be written is in
[csrs.md](csrs.md).
";

/// Where choices are made: what is part of the product.
const FOLDERS: [&str; 1] = ["crates"];

const MARK: &str = "CHOICE(spec): ";

/// A comment, without the slashes and in one line.
#[derive(Debug, PartialEq, Eq)]
struct Choice(String);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
        .to_path_buf()
}

/// All Rust files below `folder`, sorted.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The text of a line comment; `None` for code.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("//")?;
    Some(text.trim_start_matches(['/', '!']).trim())
}

/// The text with a capital first letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// The choices of one file: from the mark to the end of its paragraph.
fn choices(source: &str) -> Vec<Choice> {
    let mut found = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let Some(first) = comment(line).and_then(|text| text.strip_prefix(MARK)) else {
            continue;
        };
        let rest = lines.clone().map_while(comment);
        let paragraph = rest.take_while(|text| !text.is_empty() && !text.starts_with(MARK));
        let words: Vec<&str> = std::iter::once(first).chain(paragraph).collect();
        found.push(Choice(sentence(&words.join(" "))));
    }
    found
}

/// `crates/hart/src/ops/float.rs` belongs to the room `hart`.
fn room(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or(path)
}

fn guide() -> String {
    let root = root();
    let mut text = String::from(INTRODUCTION);
    let mut last_room = String::new();
    for folder in FOLDERS {
        for file in rust_files(&root.join(folder)) {
            let path = file.strip_prefix(&root).expect("a file of the repository");
            let path = path.to_str().expect("a name in UTF-8").replace('\\', "/");
            let source = fs::read_to_string(&file).expect("a source file");
            for Choice(choice) in choices(&source) {
                if room(&path) != last_room {
                    last_room = room(&path).to_owned();
                    writeln!(text, "\n## `{last_room}`\n").expect("a String takes everything");
                }
                writeln!(text, "- {choice} ([{path}](../{path}))")
                    .expect("a String takes everything");
            }
        }
    }
    text
}

#[test]
fn the_guide_has_the_choices_of_the_code() {
    let path = root().join("docs/spec-choices.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, guide()).expect("docs/ can be written");
    }
    let written = fs::read_to_string(&path).expect("the guide is there");
    assert!(
        written.replace("\r\n", "\n") == guide(),
        "docs/spec-choices.md is out of date; run \
         UPDATE_DOCS=1 cargo test -p xtask --test spec_choices"
    );
}

#[test]
fn a_choice_ends_with_its_paragraph() {
    let source = "\
        // CHOICE(spec): one\n\
        // line.\n\
        let x = 1;\n\
        /// Something else.\n\
        /// CHOICE(spec): two.\n\
        ///\n\
        /// More.\n\
        //! CHOICE(spec): three.\n\
        // CHOICE(spec): four.\n";
    let texts = ["One line.", "Two.", "Three.", "Four."];
    let expected: Vec<Choice> = texts.map(|text| Choice(text.to_owned())).into();
    assert_eq!(choices(source), expected);
}
