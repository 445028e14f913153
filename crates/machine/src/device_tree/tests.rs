//! Reads the blobs back, with a reader of its own.
//! `UPDATE_GOLDEN=1 cargo test -p pagewalk-machine device_tree` writes the
//! golden files anew.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

/// A node, read from a blob.
struct Node {
    name: String,
    properties: Vec<(String, Vec<u8>)>,
    children: Vec<Node>,
}

/// The structure block of a blob, cell by cell (Devicetree Specification,
/// Flattened Devicetree Format).
struct Reader<'a> {
    blob: &'a [u8],
    at: usize,
}

const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROPERTY: u32 = 3;

fn cell(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn text(bytes: &[u8], at: usize) -> &str {
    let end = bytes[at..].iter().position(|byte| *byte == 0);
    let end = at + end.expect("texts end");
    std::str::from_utf8(&bytes[at..end]).expect("texts are UTF-8")
}

impl Reader<'_> {
    fn next(&mut self) -> u32 {
        self.at += 4;
        cell(self.blob, self.at - 4)
    }

    /// A node whose first cell has been read.
    fn node(&mut self) -> Node {
        let name = text(self.blob, self.at).to_owned();
        self.at = (self.at + name.len() + 1).next_multiple_of(4);
        let (mut properties, mut children) = (Vec::new(), Vec::new());
        loop {
            match self.next() {
                BEGIN_NODE => children.push(self.node()),
                PROPERTY => properties.push(self.property()),
                END_NODE => break,
                other => panic!("unexpected token {other} in {name}"),
            }
        }
        Node {
            name,
            properties,
            children,
        }
    }

    fn property(&mut self) -> (String, Vec<u8>) {
        let length = self.next() as usize;
        let names = cell(self.blob, 12) as usize;
        let name = names + self.next() as usize;
        let value = self.blob[self.at..self.at + length].to_vec();
        self.at = (self.at + length).next_multiple_of(4);
        (text(self.blob, name).to_owned(), value)
    }
}

fn read(blob: &[u8]) -> Node {
    assert_eq!(cell(blob, 0), 0xd00d_feed);
    assert_eq!(cell(blob, 4) as usize, blob.len());
    let at = cell(blob, 8) as usize;
    let mut reader = Reader { blob, at };
    assert_eq!(reader.next(), BEGIN_NODE);
    reader.node()
}

impl Node {
    #[track_caller]
    fn child(&self, name: &str) -> &Node {
        let child = self.children.iter().find(|child| child.name == name);
        child.unwrap_or_else(|| panic!("no {name} in {}", self.name))
    }

    fn property(&self, name: &str) -> Option<&[u8]> {
        let found = self.properties.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &value[..])
    }

    fn cells(&self, name: &str) -> Option<Vec<u32>> {
        let value = self.property(name)?;
        Some(
            (0..value.len())
                .step_by(4)
                .map(|at| cell(value, at))
                .collect(),
        )
    }

    #[track_caller]
    fn texts(&self, name: &str) -> Vec<&str> {
        let value = self.property(name).unwrap_or_else(|| panic!("no {name}"));
        let value = value.strip_suffix(&[0]).expect("texts end");
        let texts = value.split(|byte| *byte == 0).map(str::from_utf8);
        texts.collect::<Result<_, _>>().expect("texts are UTF-8")
    }

    /// The ranges of `reg` with two cells each: start and size.
    fn reg(&self) -> Option<(u64, u64)> {
        let cells = self.cells("reg")?;
        let wide = |at: usize| u64::from(cells[at]) << 32 | u64::from(cells[at + 1]);
        (cells.len() == 4).then(|| (wide(0), wide(2)))
    }

    fn all(&self) -> Vec<&Node> {
        let below = self.children.iter().flat_map(Node::all);
        std::iter::once(self).chain(below).collect()
    }

    /// As a device tree source.
    fn source(&self, depth: usize, out: &mut String) {
        let indent = "\t".repeat(depth);
        let name = if depth == 0 { "/" } else { &self.name };
        writeln!(out, "{indent}{name} {{").expect("a String takes everything");
        for (name, value) in &self.properties {
            writeln!(out, "{indent}\t{name}{};", value_source(value))
                .expect("a String takes everything");
        }
        for child in &self.children {
            child.source(depth + 1, out);
        }
        writeln!(out, "{indent}}};").expect("a String takes everything");
    }
}

/// The value of a property as it looks most sensible.
fn value_source(value: &[u8]) -> String {
    let printable = |text: &[u8]| {
        let plain = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        !text.is_empty() && text.iter().all(plain)
    };
    let texts = value
        .strip_suffix(&[0])
        .map(|value| value.split(|byte| *byte == 0));
    match texts {
        _ if value.is_empty() => String::new(),
        Some(texts) if texts.clone().all(printable) => {
            let quoted = texts.map(|text| format!("{:?}", String::from_utf8_lossy(text)));
            format!(" = {}", quoted.collect::<Vec<_>>().join(", "))
        }
        _ => {
            let cells = (0..value.len())
                .step_by(4)
                .map(|at| format!("{:#x}", cell(value, at)));
            format!(" = <{}>", cells.collect::<Vec<_>>().join(" "))
        }
    }
}

fn with_harts(harts: usize) -> Config {
    Config {
        harts,
        ..Config::default()
    }
}

fn tree(config: &Config, chosen: &Chosen<'_>) -> Node {
    read(&write(config, chosen).expect("a good tree"))
}

/// A start with everything that one can have.
fn everything(reserved: &[Reserved]) -> Chosen<'_> {
    Chosen {
        bootargs: Some("root=/dev/vda console=\"ttyS0\""),
        initrd: Some((0x8400_0000, 0x8412_3456)),
        reserved,
        ..Chosen::default()
    }
}

fn firmware() -> Vec<Reserved> {
    vec![Reserved {
        name: "firmware".to_owned(),
        base: RAM_BASE,
        size: 0x4_0000,
        no_map: true,
    }]
}

#[track_caller]
fn golden(file: &str, tree: &Node) {
    let mut source = String::from("/dts-v1/;\n\n");
    tree.source(0, &mut source);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &source).expect("the golden file can be written");
    }
    let expected = fs::read_to_string(&path).expect("the golden file can be read");
    assert!(
        source == expected,
        "{file} differs; see the head of this file. It is now:\n{source}"
    );
}

#[test]
fn trees_are_as_written_down() {
    golden("one-hart.dts", &tree(&with_harts(1), &Chosen::default()));
    let config = Config {
        memory: 6 << 30,
        ad: AdPolicy::Fault,
        isa: "rv64gc_zicboz_svade_svadu".parse().expect("a good string"),
        seed: 7,
        ..with_harts(3)
    };
    golden("three-harts.dts", &tree(&config, &everything(&firmware())));
}

#[test]
fn every_device_has_a_node_and_no_other_is_there() {
    for harts in [1, 3, Config::MAX_HARTS] {
        let tree = tree(&with_harts(harts), &Chosen::default());
        let soc = tree.child("soc");
        assert_eq!(soc.children.len(), map::PLACES.len());
        let plic = soc.child("plic@c000000").cells("phandle");
        for place in &map::PLACES {
            let here = |node: &&Node| node.reg() == Some((place.base, place.size));
            let nodes: Vec<&Node> = soc.children.iter().filter(here).collect();
            let [node] = nodes[..] else {
                panic!("{} nodes for {place:?}", nodes.len());
            };
            let interrupts = place.source.map(|source| vec![source]);
            assert_eq!(node.cells("interrupts"), interrupts, "{place:?}");
            let parent = place.source.and(plic.clone());
            assert_eq!(node.cells("interrupt-parent"), parent, "{place:?}");
            assert!(node.name.ends_with(&format!("@{:x}", place.base)));
        }
    }
}

#[test]
fn no_two_nodes_claim_one_address() {
    let config = with_harts(Config::MAX_HARTS);
    let tree = tree(&config, &Chosen::default());
    let mut ranges: Vec<(u64, u64)> = tree.all().iter().filter_map(|node| node.reg()).collect();
    ranges.sort_unstable();
    assert_eq!(ranges.len(), map::PLACES.len() + 1, "the devices and RAM");
    for pair in ranges.windows(2) {
        assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{pair:x?}");
    }
    assert_eq!(ranges.last(), Some(&(RAM_BASE, config.memory)));
}

#[test]
fn all_references_lead_somewhere() {
    for harts in 1..=Config::MAX_HARTS {
        let tree = tree(&with_harts(harts), &Chosen::default());
        let with = |name| {
            tree.all()
                .into_iter()
                .filter_map(move |node| node.cells(name))
        };
        let mut phandles: Vec<u32> = with("phandle").flatten().collect();
        phandles.sort_unstable();
        assert_eq!(phandles, (1..=2 * harts as u32 + 2).collect::<Vec<_>>());
        for (property, step) in [
            ("interrupt-parent", 1),
            ("cpu", 1),
            ("regmap", 1),
            ("interrupts-extended", 2),
        ] {
            let mut references = with(property).flat_map(|cells| cells.into_iter().step_by(step));
            assert!(references.all(|reference| phandles.contains(&reference)));
        }
        for (path, aliases) in [("stdout-path", "chosen"), ("serial0", "aliases")] {
            assert_eq!(tree.child(aliases).texts(path), ["/soc/serial@10000000"]);
        }
    }
}

#[test]
fn lines_into_harts_are_those_of_the_privileged_specification() {
    let tree = tree(&with_harts(2), &Chosen::default());
    let intc = |hart: &str| {
        let cpu = tree.child("cpus").child(hart);
        cpu.child("interrupt-controller")
            .cells("phandle")
            .expect("it has one")[0]
    };
    let (first, second) = (intc("cpu@0"), intc("cpu@1"));
    let lines = |device| tree.child("soc").child(device).cells("interrupts-extended");
    // Machine software and timer interrupts are 3 and 7, external ones 11 in
    // M-mode and 9 in S-mode.
    let clint = vec![first, 3, first, 7, second, 3, second, 7];
    assert_eq!(lines("clint@2000000"), Some(clint));
    let plic = vec![first, 11, first, 9, second, 11, second, 9];
    assert_eq!(lines("plic@c000000"), Some(plic));
}

#[test]
fn the_isa_says_who_sets_the_bits() {
    for (ad, isa, svade, svadu) in [
        (AdPolicy::Fault, "rv64gc_svade_svadu", true, false),
        (AdPolicy::Hardware, "rv64gc_svade_svadu", false, true),
        (AdPolicy::Guest, "rv64gc_svade_svadu", true, true),
        (AdPolicy::Fault, "rv64gc", false, false),
        (AdPolicy::Hardware, "rv64gc_svade", true, false),
        (AdPolicy::Guest, "rv64gc_svadu", false, true),
    ] {
        let config = Config {
            ad,
            isa: isa.parse().expect("a good string"),
            ..Config::default()
        };
        let tree = tree(&config, &Chosen::default());
        let cpu = tree.child("cpus").child("cpu@0");
        let extensions = cpu.texts("riscv,isa-extensions");
        for (name, expected) in [("svade", svade), ("svadu", svadu)] {
            assert_eq!(extensions.contains(&name), expected, "{ad:?} {isa}");
            let string = cpu.texts("riscv,isa")[0];
            assert_eq!(string.contains(name), expected, "{ad:?} {string}");
        }
        assert_eq!(cpu.property("riscv,cbom-block-size"), None);
    }
}

#[test]
fn reserved_memory_is_there_if_there_is_some() {
    let none = tree(&Config::default(), &Chosen::default());
    let is_reserved = |node: &Node| node.name == "reserved-memory";
    assert!(!none.children.iter().any(is_reserved));
    let some = tree(&Config::default(), &everything(&firmware()));
    let node = some.child("reserved-memory").child("firmware@80000000");
    assert_eq!(node.reg(), Some((RAM_BASE, 0x4_0000)));
    assert_eq!(node.property("no-map"), Some(&[][..]));
}

#[test]
fn arguments_need_not_be_text() {
    let argv = [b"prog".to_vec(), Vec::new(), b"\xff \n".to_vec()];
    let chosen = Chosen {
        argv: &argv,
        ..Chosen::default()
    };
    let tree = tree(&Config::default(), &chosen);
    let node = tree.child("chosen");
    assert_eq!(
        node.property("pagewalk,argv"),
        Some(&b"prog\0\0\xff \n\0"[..])
    );
    assert_eq!(node.property("pagewalk,envp"), None);
}

#[test]
fn a_text_with_a_zero_byte_is_refused() {
    let chosen = Chosen {
        bootargs: Some("a\0b"),
        ..Chosen::default()
    };
    assert_eq!(
        write(&Config::default(), &chosen),
        Err(Error::InvalidString)
    );
}

#[test]
fn the_seed_decides_the_random_numbers() {
    // The first output for the seed 0 in the literature: e220a8397b1dcdaf.
    assert_eq!(
        random_bytes(0)[..8],
        0xe220_a839_7b1d_cdaf_u64.to_le_bytes()
    );
    assert_eq!(random_bytes(5), random_bytes(5));
    assert_ne!(random_bytes(5), random_bytes(6));
    let tree = tree(&Config::default(), &Chosen::default());
    let seed = tree.child("chosen").property("rng-seed");
    assert_eq!(seed, Some(&random_bytes(0)[..]));
}

#[test]
fn the_compiler_of_device_trees_has_nothing_to_warn_of() {
    for (harts, chosen) in [
        (1, Chosen::default()),
        (3, everything(&firmware())),
        (Config::MAX_HARTS, Chosen::default()),
    ] {
        let blob = write(&with_harts(harts), &chosen).expect("a good tree");
        let child = Command::new("dtc")
            .args(["-I", "dtb", "-O", "dts", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match child {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                println!("SKIPPED: needs dtc");
                return;
            }
            child => child.expect("it starts"),
        };
        let stdin = child.stdin.take().expect("a pipe");
        { stdin }.write_all(&blob).expect("it reads the blob");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert!(output.status.success());
        assert!(!output.stdout.is_empty());
    }
}
