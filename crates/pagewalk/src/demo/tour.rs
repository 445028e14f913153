//! The tour: what there is, grouped by what a page fault can mean.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;

use pagewalk_guest_abi::counter;
use pagewalk_user_programs::{Meaning, PROGRAMS, Program, Shows};
use serde_json::{Value, json};

use super::status;
use crate::process::Exit;
use crate::size::grouped;

/// Columns of text.
const WIDTH: usize = 88;

/// A program that was run, for the table.
pub(super) struct Line {
    pub(super) program: &'static Program,
    pub(super) is_right: bool,
    pub(super) exits: Vec<Exit>,
}

/// The programs in the order of the tour.
pub(super) fn in_order() -> impl Iterator<Item = &'static Program> {
    Meaning::ALL.into_iter().flat_map(of)
}

fn of(meaning: Meaning) -> impl Iterator<Item = &'static Program> {
    PROGRAMS
        .iter()
        .filter(move |program| program.meaning == meaning)
}

/// The tour for people.
pub(super) fn text() -> String {
    let mut text = String::from("What a page fault can mean, and programs that show it:\n");
    let names = PROGRAMS.iter().map(|program| program.name.len());
    let width = names.max().unwrap_or(0);
    for (number, meaning) in (1..).zip(Meaning::ALL) {
        write!(text, "\n{number}. {}\n", meaning.title()).expect("writing to a string");
        wrap(&mut text, "   ", meaning.sentence());
        text.push('\n');
        for Program { name, title, .. } in of(meaning) {
            writeln!(text, "   {name:width$}  {title}").expect("writing to a string");
        }
    }
    text.push_str(
        "\npagewalk demo NAME runs one and tells what the kernel did for it; pagewalk demo --all \
         runs all.\n",
    );
    text
}

/// What stands above a program's output in a run of all.
pub(super) fn heading(number: usize, program: &Program) -> String {
    let mut text = format!(
        "\n== {number} of {}: {}: {}\n",
        PROGRAMS.len(),
        program.name,
        program.title
    );
    wrap(&mut text, "   ", &shown(program));
    text.push('\n');
    text
}

/// What the program shows: a quotation, or a rule.
fn shown(program: &Program) -> String {
    match program.shows {
        Shows::Sentence(words) => format!("“{words}”"),
        Shows::Rule(rule) => rule.to_owned(),
    }
}

/// The tour for tools.
pub(super) fn json() -> String {
    let program = |program: &Program| {
        let (kind, words) = match program.shows {
            Shows::Sentence(words) => ("sentence", words),
            Shows::Rule(words) => ("rule", words),
        };
        json!({
            "name": program.name,
            "title": program.title,
            "meaning": program.meaning.title(),
            "shows": { "kind": kind, "words": words },
            "status": program.status,
            "options": program.options,
            "command": command(program, &[]),
        })
    };
    let all: Value = in_order().map(program).collect();
    format!("{all}\n")
}

/// The words of the command that runs a program; what the user says replaces what the
/// program is shown best with.
pub(super) fn command_line(program: &Program, rest: &[OsString]) -> Vec<OsString> {
    let says = |option: &str| {
        rest.iter().any(|word| {
            let word = word.to_string_lossy();
            word.split('=').next() == Some(option)
        })
    };
    let mut words: Vec<OsString> = vec!["pagewalk".into(), "run".into()];
    for option in program.options.chunks(2) {
        if !says(option[0]) {
            words.extend(option.iter().map(OsString::from));
        }
    }
    words.extend(["--builtin".into(), program.name.into()]);
    words.extend(rest.iter().cloned());
    words
}

/// The same as one line for a shell.
pub(super) fn command(program: &Program, rest: &[OsString]) -> String {
    let words = command_line(program, rest);
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "-_=./,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// How all programs ended, and what the kernel did for each.
pub(super) fn table(lines: &[Line]) -> String {
    const COUNTERS: [&str; 9] = [
        "minor",
        "major",
        "zero_fill",
        "cow_copy",
        "cow_reuse",
        "swap_in",
        "swap_out",
        "clean_drop",
        "segv",
    ];
    let mut rows = vec![vec!["program".to_owned(), "status".to_owned()]];
    rows[0].extend(COUNTERS.map(str::to_owned));
    for line in lines {
        let status = status(&line.exits).map_or("none".to_owned(), |status| status.to_string());
        let mut row = vec![line.program.name.to_owned(), status];
        row.extend(COUNTERS.map(|name| grouped(sum(&line.exits, name))));
        if !line.is_right {
            row.push(format!("should end with {}", line.program.status));
        }
        rows.push(row);
    }
    let mut text = String::from("\n");
    let width = |column: usize| {
        rows.iter()
            .filter_map(move |row| row.get(column))
            .map(String::len)
    };
    let widths: Vec<usize> = (0..rows[0].len() + 1)
        .map(|column| width(column).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(column, (cell, width))| match column {
                0 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        writeln!(text, "{}", cells.join("  ")).expect("writing to a string");
    }
    let wrong = lines.iter().filter(|line| !line.is_right).count();
    let right = lines.len() - wrong;
    writeln!(text, "\n{right} ended as they should, {wrong} did not").expect("writing to a string");
    text
}

/// A counter, of all processes together.
pub(super) fn sum(exits: &[Exit], name: &str) -> u64 {
    let index = counter::ALL
        .iter()
        .position(|(counter, _)| *counter == name);
    let index = index.expect("it is in the table");
    exits.iter().map(|exit| exit.counters[index]).sum()
}

/// Appends a text in lines that are not too long.
fn wrap(out: &mut String, indent: &str, text: &str) {
    let mut line = String::from(indent);
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line.replace_range(indent.len().., "");
        }
        line.push_str(word);
        line.push(' ');
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> &'static Program {
        let found = PROGRAMS.iter().find(|program| program.name == name);
        found.expect("it is in the list")
    }

    #[test]
    fn the_tour_has_each_program_once() {
        let mut names: Vec<&str> = in_order().map(|program| program.name).collect();
        assert_eq!(names.len(), PROGRAMS.len());
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PROGRAMS.len());
    }

    #[test]
    fn what_the_user_says_replaces_what_is_best() {
        let rest = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let thrash = named("swap-thrash");
        assert_eq!(
            command(thrash, &[]),
            "pagewalk run --frames 256 --swap 16M --builtin swap-thrash"
        );
        assert_eq!(
            command(thrash, &rest(&["--frames=64", "2048"])),
            "pagewalk run --swap 16M --builtin swap-thrash --frames=64 2048"
        );
        assert_eq!(
            command(named("fork-cow"), &rest(&["--env", "A=it's a b"])),
            r"pagewalk run --builtin fork-cow --env 'A=it'\''s a b'"
        );
    }

    #[test]
    fn options_come_in_pairs() {
        for program in PROGRAMS {
            let mut pairs = program.options.chunks(2);
            assert!(
                pairs.all(|pair| pair.len() == 2 && pair[0].starts_with("--")),
                "{}",
                program.name
            );
        }
    }

    #[test]
    fn lines_are_not_too_long() {
        assert!(text().lines().all(|line| line.chars().count() <= 100));
    }
}
