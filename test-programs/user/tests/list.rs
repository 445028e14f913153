//! The list of programs and the programs themselves say the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pagewalk_user_programs::{BENCHMARKS, PROGRAMS, Shows, TESTS};

/// The head comment of each program in src/bin, as one line.
fn heads() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let entries = fs::read_dir(&folder).expect("src/bin can be listed");
    let programs = entries.map(|entry| {
        let path = entry.expect("src/bin can be listed").path();
        let name = path.file_stem().expect("programs have names");
        let name = name.to_str().expect("names are UTF-8").to_owned();
        let main = if path.is_dir() {
            path.join("main.rs")
        } else {
            path
        };
        let source = fs::read_to_string(&main).expect("programs can be read");
        let head = source.lines().map_while(|line| line.strip_prefix("//!"));
        let words =
            head.flat_map(|line| line.trim_start().trim_start_matches('>').split_whitespace());
        (name, words.collect::<Vec<_>>().join(" "))
    });
    programs.collect()
}

#[test]
fn each_program_has_a_row_and_each_row_a_program() {
    let listed: Vec<&str> = PROGRAMS.iter().map(|program| program.name).collect();
    let mut sorted = [&listed, BENCHMARKS, TESTS].concat();
    sorted.sort_unstable();
    assert_eq!(sorted, heads().keys().collect::<Vec<_>>());
}

#[test]
fn each_program_begins_with_the_title_of_its_row() {
    let heads = heads();
    for program in PROGRAMS {
        let head = &heads[program.name];
        let (first, rest) = head.split_at(1);
        let sentence = first.to_lowercase() + rest;
        let expected = format!("{}.", program.title);
        assert!(sentence.starts_with(&expected), "{}: {head}", program.name);
    }
}

#[test]
fn each_program_quotes_what_it_shows() {
    let heads = heads();
    for program in PROGRAMS {
        let quoted = match program.shows {
            Shows::Sentence(sentence) => sentence.to_owned(),
            Shows::Rule(rule) => format!("Rule: {rule}"),
        };
        for part in quoted.split("[...]") {
            let head = &heads[program.name];
            assert!(
                head.contains(part.trim()),
                "{}: {part:?} is not in {head:?}",
                program.name
            );
        }
    }
}
