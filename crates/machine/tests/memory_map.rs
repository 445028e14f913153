//! docs/memory-map.md has the addresses of a real board.
//! `UPDATE_DOCS=1 cargo test -p pagewalk-machine --test memory_map` writes its
//! table anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use pagewalk_machine::{Config, Machine};

const BEGIN: &str = "<!-- map: begin -->\n";
const END: &str = "<!-- map: end -->\n";

const PAGE: u64 = 4096;

/// What answers where, found by asking the default board for each page.
fn map() -> Vec<(u64, u64, &'static str)> {
    let config = Config::default();
    let machine = Machine::new(&config).expect("the default board");
    let end = pagewalk_machine::RAM_BASE + config.memory + PAGE;
    let mut map: Vec<(u64, u64, &str)> = Vec::new();
    for page in (0..end).step_by(PAGE as usize) {
        let Some(name) = machine.name_at(page) else {
            continue;
        };
        match map.last_mut() {
            Some((_, end, last)) if *end == page && *last == name => *end += PAGE,
            _ => map.push((page, page + PAGE, name)),
        }
    }
    map
}

fn table() -> String {
    let mut text = String::from("| from | to | size | what |\n|---|---|---|---|\n");
    for (start, end, name) in map() {
        let size = match end - start {
            size if size >= 1 << 20 => format!("{} MiB", size >> 20),
            size => format!("{} KiB", size >> 10),
        };
        let last = end - 1;
        writeln!(text, "| `{start:#x}` | `{last:#x}` | {size} | {name} |")
            .expect("a String takes everything");
    }
    text
}

#[test]
fn the_guide_has_the_map_of_the_board() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/memory-map.md");
    let written = fs::read_to_string(&path).expect("the guide is there");
    let written = written.replace("\r\n", "\n");
    let (before, rest) = written.split_once(BEGIN).expect("the guide has a mark");
    let (_, after) = rest.split_once(END).expect("the guide has another");
    let expected = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, expected).expect("docs/ can be written");
        return;
    }
    assert!(
        written == expected,
        "docs/memory-map.md is out of date; run \
         UPDATE_DOCS=1 cargo test -p pagewalk-machine --test memory_map"
    );
}
