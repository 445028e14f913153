//! What the kernel did for a program, in words.

use std::ffi::OsString;
use std::fmt::Write;

use pagewalk_guest_abi::signal;
use pagewalk_user_programs::Program;

use super::{status, tour};
use crate::process::Exit;
use crate::size::grouped;

/// Counters, and what they mean to somebody who sees them for the first time; `~` is
/// the s of several.
const WORDS: &[(&str, &str)] = &[
    ("minor", "page fault~ answered without a disk"),
    ("major", "page fault~ that had to wait for a disk"),
    (
        "ad_only",
        "page fault~ only to note that a page was used, or written",
    ),
    (
        "file_load",
        "page~ read from a file, when touched for the first time",
    ),
    (
        "zero_fill",
        "page~ of zeros, for memory that was never touched before",
    ),
    (
        "cow_copy",
        "page~ copied, because somebody wrote to what others see, too",
    ),
    (
        "cow_reuse",
        "page~ made writable again: nobody else shared any more",
    ),
    ("fork_copy", "page~ copied by fork at once, as of yore"),
    ("swap_out", "page~ written to swap, to make room"),
    (
        "clean_drop",
        "page~ dropped to make room: a disk has the same content",
    ),
    ("swap_in", "page~ read back from swap"),
    ("segv", "segmentation fault~: what the kernel refused"),
];

/// The account of a run that has ended by itself.
pub(super) fn of(program: &Program, rest: &[OsString], exits: &[Exit]) -> String {
    let mut text = String::new();
    let who = match exits.len() {
        1 => "this process".to_owned(),
        count => format!("these {count} processes"),
    };
    writeln!(text, "\nWhat the kernel did for {who}:").expect("writing to a string");
    let counted = WORDS.iter().filter_map(|&(name, words)| {
        let count = tour::sum(exits, name);
        let words = words.replace('~', if count == 1 { "" } else { "s" });
        (count > 0).then(|| (grouped(count), words, name))
    });
    let counted: Vec<_> = counted.collect();
    let widest = |length: fn(&(String, String, &str)) -> usize| counted.iter().map(length).max();
    let numbers = widest(|(count, ..)| count.len()).unwrap_or(0);
    let all_words = widest(|(_, words, _)| words.len()).unwrap_or(0);
    for (count, words, name) in &counted {
        writeln!(text, "  {count:>numbers$} {words:all_words$}  {name}")
            .expect("writing to a string");
    }
    writeln!(text, "{}", how_it_ended(program, status(exits))).expect("writing to a string");
    writeln!(text, "The same by hand: {}", tour::command(program, rest))
        .expect("writing to a string");
    text
}

fn how_it_ended(program: &Program, status: Option<u64>) -> String {
    let wanted = u64::from(program.status);
    match status {
        Some(status) if status == wanted => format!("It ended {}, as it should.", words(status)),
        Some(status) => format!(
            "It ended {}, and should have ended {}.",
            words(status),
            words(wanted)
        ),
        None => format!("It did not end, and should have ended {}.", words(wanted)),
    }
}

/// An exit status as people say it.
fn words(status: u64) -> String {
    let number = status.checked_sub(signal::STATUS_BASE.into());
    let number = number.and_then(|number| u32::try_from(number).ok());
    match number.and_then(signal::name) {
        Some(name) => format!("by {name} (status {status})"),
        None => format!("with status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pagewalk_guest_abi::counter;
    use pagewalk_user_programs::PROGRAMS;

    fn exit(status: u64, counts: &[(&str, u64)]) -> Exit {
        let named = |name: &str| counts.iter().find(|(counter, _)| *counter == name);
        Exit {
            pid: 1,
            name: "x".to_owned(),
            status,
            counters: counter::ALL.map(|(name, _)| named(name).map_or(0, |(_, count)| *count)),
        }
    }

    #[test]
    fn every_counter_has_words_but_that_of_the_tlb() {
        for (name, _) in counter::ALL {
            let has_words = WORDS.iter().any(|(counter, _)| *counter == name);
            assert_eq!(has_words, name != "flushes", "{name}");
        }
    }

    #[test]
    fn only_what_happened_is_told() {
        let program = PROGRAMS.iter().find(|p| p.name == "segv-unmapped");
        let program = program.expect("it is in the list");
        let mut child = exit(0, &[("minor", 2), ("cow_copy", 1)]);
        child.pid = 2;
        let exits = [exit(139, &[("minor", 1_000), ("segv", 1)]), child];
        let text = of(program, &[], &exits);
        assert!(text.contains("for these 2 processes:\n  1,002 page faults answered"));
        assert!(text.contains("      1 page copied") && !text.contains("swap"));
        assert!(text.contains("It ended by SIGSEGV (status 139), as it should.\n"));
        assert!(text.ends_with("by hand: pagewalk run --builtin segv-unmapped\n"));
        let text = of(program, &[], &[exit(1, &[])]);
        assert!(text.contains("with status 1, and should have ended by SIGSEGV (status 139)."));
    }
}
