//! Help, version and completions.

use crate::support::{self, pagewalk};

#[track_caller]
fn golden(name: &str, arguments: &[&str]) {
    let run = pagewalk(arguments);
    run.exits_with(0).says_nothing();
    support::golden(name, &run.stdout);
}

#[test]
fn help_is_as_written_down() {
    golden("help.txt", &["--help"]);
    golden("help-run.txt", &["run", "--help"]);
    golden("help-boot.txt", &["boot", "--help"]);
    golden("help-test.txt", &["test", "--help"]);
    golden("help-demo.txt", &["demo", "--help"]);
    golden("help-info.txt", &["info", "--help"]);
    golden("help-disasm.txt", &["disasm", "--help"]);
    golden("help-completions.txt", &["completions", "--help"]);
}

#[test]
fn every_subcommand_has_examples_and_exit_statuses() {
    for subcommand in ["run", "boot", "test", "demo", "info", "disasm"] {
        for flag in ["-h", "--help"] {
            pagewalk([subcommand, flag])
                .exits_with(0)
                .prints("Exit status:")
                .prints("Examples:");
        }
    }
}

#[test]
fn the_version_is_short_or_says_what_this_build_can_do() {
    let version = env!("CARGO_PKG_VERSION");
    let run = pagewalk(["-V"]);
    assert_eq!(run.exits_with(0).stdout, format!("pagewalk {version}\n"));
    pagewalk(["--version"])
        .exits_with(0)
        .prints(&format!("pagewalk {version}\n"))
        .prints("rv64imafdc_")
        .prints("Sv39 Sv48 Sv57");
}

#[test]
fn completions_exist_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        pagewalk(["completions", shell])
            .exits_with(0)
            .prints("max-instructions")
            .prints("no-demangle");
    }
}

#[test]
fn nothing_to_do_shows_the_help() {
    let none: [&str; 0] = [];
    pagewalk(none).exits_with(2).says("Usage: pagewalk");
}
