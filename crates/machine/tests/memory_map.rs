//! docs/memory-map.md has the addresses of a real board.
//! `UPDATE_DOCS=1 cargo test -p pagewalk-machine --test memory_map` writes its
//! table anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use pagewalk_machine::{Config, Machine};

const BEGIN: &str = "<!-- map: begin -->\n";
const END: &str = "<!-- map: end -->\n";

fn size(bytes: u64) -> String {
    match bytes {
        size if size >= 1 << 20 => format!("{} MiB", size >> 20),
        size if size >= 1 << 10 => format!("{} KiB", size >> 10),
        size => format!("{size} B"),
    }
}

/// What answers where on the default board.
fn table() -> String {
    let machine = Machine::new(&Config::default()).expect("the default board");
    let mut text =
        String::from("| from | to | size | what | interrupt source |\n|---|---|---|---|---|\n");
    for area in machine.areas() {
        let (start, last) = (area.base, area.base + area.size - 1);
        assert_eq!(machine.name_at(start), Some(area.name));
        assert_eq!(machine.name_at(last), Some(area.name));
        let (size, name) = (size(area.size), area.name);
        let source = area.interrupt.map(|n| n.to_string()).unwrap_or_default();
        writeln!(
            text,
            "| `{start:#x}` | `{last:#x}` | {size} | {name} | {source} |"
        )
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
