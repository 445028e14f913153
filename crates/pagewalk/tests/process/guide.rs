//! docs/tour.md: what it shows is what one sees.

use std::fs;
use std::path::{Path, PathBuf};

use pagewalk_user_programs::{PROGRAMS, Shows};

use crate::support::pagewalk;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn guide() -> String {
    fs::read_to_string(docs().join("tour.md")).expect("the guide can be read")
}

/// A text as words, whatever its lines are.
fn words(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| *word != ">");
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn it_has_every_program_and_every_sentence() {
    let (guide, all) = (guide(), words(&guide()));
    for program in PROGRAMS {
        let names = [
            format!("`{}`", program.name),
            format!("demo {}", program.name),
        ];
        assert!(
            names.iter().any(|name| guide.contains(name)),
            "{} is not in the guide",
            program.name
        );
        let Shows::Sentence(sentence) = program.shows else {
            continue;
        };
        for part in sentence.split("[...]") {
            assert!(all.contains(&words(part)), "not in the guide: {part}");
        }
    }
}

#[test]
fn functions_are_where_it_says() {
    let guide = guide();
    let links = guide.split("[`").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once("`](")?;
        Some((name, rest.split_once(')')?.0))
    });
    let mut count = 0;
    for (name, path) in links {
        let file = docs().join(path);
        let source = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(
            source.contains(&format!("fn {name}(")),
            "{path} has no {name}"
        );
        count += 1;
    }
    assert!(count >= 10, "{count} links are found");
}

/// The commands of a guide with what they print.
fn transcripts(guide: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let blocks = guide.split("```console\n").skip(1);
    for line in blocks.flat_map(|block| block.split("```").next().unwrap_or("").lines()) {
        match (line.strip_prefix("$ pagewalk "), found.last_mut()) {
            (Some(command), _) => found.push((command.to_owned(), Vec::new())),
            (None, Some((_, lines))) => lines.push(line.to_owned()),
            (None, None) => panic!("a transcript begins with a command: {line}"),
        }
    }
    found
}

/// A line with all numbers, decimal or hexadecimal, alike, and so all blanks: numbers
/// are those of one version.
fn without_numbers(line: &str) -> String {
    let is_digit = |c: char| c.is_ascii_hexdigit() || c == 'x' || c == ',';
    let mut out = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_digit(c) != is_digit(first));
        let (run, tail) = rest.split_at(end.unwrap_or(rest.len()));
        let is_number = is_digit(first) && run.contains(|c: char| c.is_ascii_digit());
        out.push_str(if is_number { "#" } else { run });
        rest = tail;
    }
    words(&out)
}

#[test]
fn transcripts_are_what_one_sees() {
    let transcripts = transcripts(&guide());
    let demos = transcripts
        .iter()
        .filter(|(command, _)| command.starts_with("demo"));
    let mut count = 0;
    for (command, expected) in demos {
        let run = pagewalk(command.split(' '));
        run.exits_with(0);
        let streams = [&run.stdout, &run.stderr]
            .map(|text| text.lines().map(without_numbers).collect::<Vec<_>>());
        let (mut at, mut is_gap) = ([0, 0], false);
        for line in expected {
            if line == "…" {
                is_gap = true;
                continue;
            }
            let line = without_numbers(line);
            // Which of the two streams goes on like this, the guide does not tell.
            let place = |stream: usize| {
                let mut rest = streams[stream][at[stream]..].iter();
                match is_gap || stream == 1 {
                    true => rest.position(|seen| *seen == line),
                    false => (rest.next() == Some(&line)).then_some(0),
                }
            };
            let found = (0..2).find_map(|stream| Some((stream, place(stream)?)));
            let (stream, skipped) =
                found.unwrap_or_else(|| panic!("pagewalk {command}: not seen: {line}\n{run:#?}"));
            at[stream] += skipped + 1;
            is_gap = false;
        }
        let is_end = is_gap || at[0] == streams[0].len();
        assert!(is_end, "pagewalk {command}: more is seen: {run:#?}");
        count += 1;
    }
    assert!(count >= 8, "{count} transcripts are found");
}
