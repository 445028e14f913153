//! `pagewalk test`.

use std::fs;
use std::path::Path;

use pagewalk_guest_images::image;

use crate::programs;
use crate::support::{Dir, Run, pagewalk};

/// Three tests that pass, two that fail, and files that are no tests.
fn fill(dir: &Dir) {
    let pass = programs::htif_exit(0).build();
    dir.file("rv64ui-p-add", &pass);
    dir.file("rv64ui-p-sub", &pass);
    dir.file("more/rv64ui-v-add", &pass);
    dir.file("rv64ui-v-bad", programs::htif_exit(7).build());
    dir.file("rv64ui-v-lost", programs::nowhere().build());
    dir.file("rv64ui-p-add.dump", "disassembly");
    dir.file("spin", programs::spin().build());
    dir.file(".hidden", &pass);
    dir.file(".git/object", &pass);
}

fn test(dir: &Dir, options: &[&str]) -> Run {
    let mut arguments = vec!["test"];
    arguments.extend(options);
    arguments.push(dir.path().to_str().expect("UTF-8"));
    pagewalk(arguments)
}

fn last_line(run: &Run) -> &str {
    run.stdout.lines().last().expect("some output")
}

#[test]
fn failures_are_told_and_counted() {
    let dir = Dir::new("test-failures");
    fill(&dir);
    let run = test(&dir, &[]);
    run.exits_with(1)
        .says_nothing()
        .prints("FAILED rv64ui-v-bad: test case 7 failed (code 7 from tohost)")
        .prints("hart 0 at 0x8000000c <_start+0xc> in M-mode, after 3 instructions")
        .prints("FAILED rv64ui-v-lost: verdict: ")
        .prints("last trap of hart 0:\n    Instruction access fault (1) in M-mode at 0x0")
        .prints("rv64ui-p       2       0      2")
        .prints("rv64ui-v       1       2      3")
        .prints("2 other files skipped");
    assert_eq!(last_line(&run), "3 passed, 2 failed");
}

#[test]
fn what_a_test_prints_is_shown_only_if_it_fails() {
    let dir = Dir::new("test-output");
    dir.file("hello", image("hello").unwrap().bytes);
    let run = test(&dir, &[]);
    run.exits_with(0);
    assert!(!run.stdout.contains("Hello"));
    assert_eq!(last_line(&run), "1 passed, 0 failed");

    let run = test(&dir, &["--max-instructions", "550"]);
    run.exits_with(1)
        .prints("FAILED hello: has not ended after 550 instructions")
        .prints("  | Hello from");
}

#[test]
fn filters_and_parts_choose_tests() {
    let dir = Dir::new("test-choice");
    fill(&dir);
    for (options, last) in [
        (&["--filter", "ui-p"][..], "2 passed, 0 failed"),
        (&["--filter", "*-add"], "2 passed, 0 failed"),
        (
            &["--filter", "bad", "--filter", "lost"],
            "0 passed, 2 failed",
        ),
        (&["--filter", "p-add", "--jobs", "1"], "1 passed, 0 failed"),
        (&["--shard", "1/1"], "3 passed, 2 failed"),
        // The sorted list: more/…v-add, p-add, p-sub, v-bad, v-lost.
        (&["--shard", "1/3"], "1 passed, 1 failed"),
        (&["--shard", "2/3"], "1 passed, 1 failed"),
        (&["--shard", "3/3"], "1 passed, 0 failed"),
    ] {
        assert_eq!(last_line(&test(&dir, options)), last, "{options:?}");
    }
}

#[test]
fn a_damaged_test_fails_instead_of_being_skipped() {
    let dir = Dir::new("test-damaged");
    let whole = programs::htif_exit(0).build();
    dir.file("rv64ui-p-add", &whole);
    dir.file("rv64ui-p-cut", &whole[..whole.len() - 100]);
    let run = test(&dir, &[]);
    run.exits_with(1)
        .prints("FAILED rv64ui-p-cut: cannot be run: ");
    assert_eq!(last_line(&run), "1 passed, 1 failed");
}

#[test]
fn a_path_that_is_named_twice_counts_once() {
    let dir = Dir::new("test-twice");
    let file = dir.file("rv64ui-p-add", programs::htif_exit(0).build());
    let run = pagewalk(["test".as_ref(), file.as_os_str(), dir.path().as_os_str()]);
    assert_eq!(last_line(run.exits_with(0)), "1 passed, 0 failed");
}

#[test]
fn the_guest_decides_who_sets_d() {
    let dir = Dir::new("test-ad");
    dir.file("clean", programs::stores_to_clean_page().build());
    let run = test(&dir, &[]);
    run.exits_with(1)
        .prints("test case 1 failed")
        .prints("Store/AMO page fault (15) in S-mode at 0x80000064 <supervisor>")
        .prints("instruction: sd zero,24(s1)")
        .prints("mtval: 0x80001018 <tohost+0x18>")
        .prints("the page was not marked as dirty (D=0)")
        .prints("With `--ad hardware`");
    test(&dir, &["--ad", "hardware"]).prints("test case 5 failed");
}

#[test]
fn junit_is_well_formed_and_complete() {
    let dir = Dir::new("test-junit");
    fill(&dir);
    dir.file("rv64ui-v-<&\"odd\">", programs::htif_exit(3).build());
    let file = dir.path().join("results.xml");
    test(&dir, &["--junit", file.to_str().expect("UTF-8")]).exits_with(1);
    let xml = fs::read_to_string(&file).expect("the file was written");
    let elements = check_xml(&xml);
    let count = |name: &str| elements.iter().filter(|element| *element == name).count();
    assert_eq!(count("testsuites"), 1);
    assert_eq!(count("testsuite"), 2);
    assert_eq!(count("testcase"), 6);
    assert_eq!(count("failure"), 3);
    assert!(xml.contains("<testsuites name=\"pagewalk\" tests=\"6\" failures=\"3\""));
    assert!(xml.contains("<testsuite name=\"rv64ui-v\" tests=\"4\" failures=\"3\""));
    assert!(xml.contains("classname=\"rv64ui-v\" name=\"rv64ui-v-&lt;&amp;&quot;odd&quot;&gt;\""));
    assert!(xml.contains("message=\"test case 7 failed (code 7 from tohost)\""));
    assert!(!Path::new(&dir.path().join("results.xml.tmp")).exists());
}

/// Checks that tags are closed in order, that attributes are quoted, and that
/// `&` begins an entity. Returns the names of all elements.
fn check_xml(xml: &str) -> Vec<String> {
    let body = xml
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .expect("a declaration");
    let (mut open, mut all) = (Vec::new(), Vec::new());
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        for value in [tag, text] {
            for entity in value.split('&').skip(1) {
                let (entity, _) = entity.split_once(';').expect("an entity ends");
                let known = ["lt", "gt", "amp", "quot", "apos"].contains(&entity);
                assert!(known || entity.starts_with('#'), "{entity}");
            }
            assert!(
                !value.contains(|c: char| c.is_control() && c != '\n'),
                "{value:?}"
            );
        }
        assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let name = tag.split([' ', '/']).next().expect("a name").to_owned();
        all.push(name.clone());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}
