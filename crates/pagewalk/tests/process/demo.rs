//! `pagewalk demo`, and the guide that goes with it.

use pagewalk_user_programs::{Meaning, PROGRAMS};
use serde_json::Value;

use crate::support::pagewalk;

#[test]
fn the_tour_has_every_program_under_its_meaning() {
    let run = pagewalk(["demo"]);
    run.exits_with(0).says_nothing();
    let place = |text: &str| {
        let found = run.stdout.find(text);
        found.unwrap_or_else(|| panic!("`{text}` is not in:\n{}", run.stdout))
    };
    let headings = Meaning::ALL.map(|meaning| place(meaning.title()));
    assert!(headings.is_sorted());
    for program in PROGRAMS {
        let at = place(&format!("   {} ", program.name));
        let heading = headings.iter().rposition(|heading| *heading < at);
        let meaning = heading.map(|index| Meaning::ALL[index]);
        assert_eq!(meaning, Some(program.meaning), "{}", program.name);
        run.prints(program.title);
    }
}

#[test]
fn a_program_is_run_and_the_kernels_work_told() {
    let run = pagewalk(["demo", "fork-cow"]);
    run.exits_with(0)
        .says_nothing()
        .prints("I fill 4 pages")
        .prints("\nWhat the kernel did for these 3 processes:\n")
        .prints("   4 pages copied, because somebody wrote to what others see, too  cow_copy\n")
        .prints("   6 pages made writable again: nobody else shared any more        cow_reuse\n")
        .prints("It ended with status 0, as it should.\n")
        .prints("The same by hand: pagewalk run --builtin fork-cow\n");
    assert!(!run.stdout.contains("swap"), "nothing was: {}", run.stdout);
}

#[test]
fn a_segmentation_fault_can_be_as_it_should() {
    pagewalk(["demo", "segv-read-xonly"])
        .exits_with(0)
        .says("execute-only memory")
        .prints("It ended by SIGSEGV (status 139), as it should.\n");
}

#[test]
fn options_and_arguments_are_those_of_run() {
    pagewalk(["demo", "swap-thrash", "--frames", "64", "--stats", "512"])
        .exits_with(0)
        .says("instructions")
        .prints("I use 128 pages. There are 64 frames.\n")
        .prints("pages read back from swap")
        .prints("by hand: pagewalk run --swap 16M --builtin swap-thrash --frames 64 --stats 512\n");
    pagewalk(["demo", "fork-cow", "--expect", "cow_copy==4"]).exits_with(0);
    pagewalk(["demo", "fork-cow", "--expect", "cow_copy==5"])
        .exits_with(1)
        .says("expected cow_copy==5, found 4");
    pagewalk(["demo", "fork-cow", "--frames", "7"])
        .exits_with(2)
        .says("it must be at least 8");
    pagewalk(["demo", "swap-thrash", "--max-instructions", "1M"])
        .exits_with(4)
        .says("the budget of 1,000,000 instructions is used up");
}

#[test]
fn a_program_that_does_not_end_as_it_should_is_a_failure() {
    // The program wants a number.
    pagewalk(["demo", "swap-thrash", "no-number"])
        .exits_with(1)
        .prints("It ended with status 1, and should have ended with status 0.\n");
}

#[test]
fn a_wrong_name_gets_a_suggestion() {
    pagewalk(["demo", "fork-cwo"])
        .exits_with(2)
        .says("invalid value 'fork-cwo'")
        .says("a similar value exists: 'fork-cow'");
    pagewalk(["demo", "--all", "fork-cow"])
        .exits_with(2)
        .says("cannot be used with");
}

#[test]
fn tools_get_the_list_and_the_command_lines() {
    let run = pagewalk(["demo", "--list"]);
    run.exits_with(0).says_nothing();
    let list: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    let list = list.as_array().expect("a list");
    assert_eq!(list.len(), PROGRAMS.len());
    for program in PROGRAMS {
        let mut rows = list.iter();
        let row = rows
            .find(|row| row["name"] == program.name)
            .unwrap_or_else(|| panic!("{} is missing", program.name));
        assert_eq!(row["title"], program.title);
        assert_eq!(row["meaning"], program.meaning.title());
        assert_eq!(row["status"], program.status);
    }
    let command = |name: &str| {
        let row = list.iter().find(|row| row["name"] == name);
        let words = row.and_then(|row| row["command"].as_str());
        words.expect("it has a command line").to_owned()
    };
    let thrash = command("clean-drop");
    let mut words = thrash.split(' ');
    assert_eq!(words.next(), Some("pagewalk"));
    pagewalk(words).exits_with(0);
}

#[test]
fn all_are_run_and_end_with_a_table() {
    let run = pagewalk(["demo", "--all"]);
    run.exits_with(0);
    let (_, table) = run
        .stdout
        .rsplit_once("\n\nprogram ")
        .expect("a table at the end");
    for program in PROGRAMS {
        run.prints(&format!(": {}: {}\n", program.name, program.title));
        let mut lines = table.lines();
        let line = lines.find(|line| line.split(' ').next() == Some(program.name));
        let line = line.unwrap_or_else(|| panic!("{} is missing:\n{table}", program.name));
        let status = line.split_whitespace().nth(1);
        assert_eq!(status, Some(program.status.to_string().as_str()), "{line}");
    }
    let count = PROGRAMS.len();
    run.prints(&format!("\n{count} ended as they should, 0 did not\n"));
}
