//! The tree: names, paths, and moving.

use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use pagewalk_guest_abi::Errno;

use super::archive::new_directory;
use super::node::{Contents, Kind, NodeId, ROOT};
use super::path::{Found, Links};
use super::tar;
use super::tree::{Clash, Tree};

fn tree() -> Tree {
    let mut tree = Tree::new(1 << 16);
    let mut add = |path: &str, kind| {
        let member = tar::Member {
            path: path.into(),
            kind,
            mode: 0o644,
            mtime: 1,
            sector: 9,
            size: 5,
        };
        assert_eq!(tree.add(&member), Ok(()), "{path}");
    };
    let link = |to: &str| tar::Kind::Symlink(to.into());
    add("./", tar::Kind::Directory);
    add("./usr/bin/prog", tar::Kind::File);
    add("usr/", tar::Kind::Directory);
    add("bin", link("usr/bin"));
    add("usr/bin/self", link("./prog"));
    add("abs", link("/usr/bin/self"));
    add("loop", link("loop"));
    add("usr/other", tar::Kind::HardLink("usr/bin/prog".into()));
    add("usr/bin/prog/in-a-file", tar::Kind::File);
    add("usr/none", tar::Kind::HardLink("nowhere".into()));
    add("dev/null", tar::Kind::Other);
    add("proc/old", tar::Kind::File);
    add("proc", tar::Kind::File);
    tree.add_usual(3).unwrap();
    tree
}

fn file() -> Kind {
    Kind::File(Contents::default())
}

impl Tree {
    fn at(&self, path: &str) -> Result<NodeId, Errno> {
        match self.lookup(ROOT.into(), path.as_bytes(), Links::Follow, 7)? {
            Found::Node(node) => Ok(node),
            Found::Proc(entry) => panic!("{path}: {entry:?}"),
        }
    }

    fn make(&mut self, path: &str, kind: Kind) -> Result<NodeId, Errno> {
        let place = self.place(ROOT.into(), path.as_bytes(), 7)?;
        self.create(place.directory, &place.name, kind, 0o644, 5)
    }

    fn remove(&mut self, path: &str) -> Result<(), Errno> {
        let place = self.place(ROOT.into(), path.as_bytes(), 7)?;
        self.unlink(place.directory, &place.name, 6)
    }

    fn remove_dir(&mut self, path: &str) -> Result<(), Errno> {
        let place = self.place(ROOT.into(), path.as_bytes(), 7)?;
        self.remove_directory(place.directory, &place.name, 6)
    }

    fn mv(&mut self, from: &str, to: &str, clash: Clash) -> Result<(), Errno> {
        let from = self.place(ROOT.into(), from.as_bytes(), 7)?;
        let to = self.place(ROOT.into(), to.as_bytes(), 7)?;
        self.rename(&from, &to, clash, 8)
    }
}

#[test]
fn paths_lead_to_nodes() {
    let tree = tree();
    let prog = tree.at("/usr/bin/prog").unwrap();
    for path in [
        "bin/prog",
        "//usr/./bin/../bin/prog",
        "abs",
        "usr/other",
        "../bin/self",
    ] {
        assert_eq!(tree.at(path), Ok(prog), "{path}");
    }
    let usr = tree.at("usr").unwrap();
    assert_eq!(tree.node(usr).mode, 0o644, "named later");
    let inside = tree.lookup(usr.into(), b"bin/prog", Links::Follow, 7);
    assert_eq!(inside, Ok(prog.into()));
    let link = tree.lookup(ROOT.into(), b"abs", Links::Keep, 7);
    assert_ne!(link, Ok(prog.into()));
    assert_eq!(tree.at(""), Ok(ROOT));
    let long = "x".repeat(256);
    for (path, error) in [
        ("none", Errno::ENOENT),
        ("usr/none", Errno::ENOENT),
        ("usr/bin/prog/x", Errno::ENOTDIR),
        ("usr/bin/prog/.", Errno::ENOTDIR),
        ("usr/bin/prog/", Errno::ENOTDIR),
        ("loop", Errno::ELOOP),
        (&long, Errno::ENAMETOOLONG),
    ] {
        assert_eq!(tree.at(path), Err(error), "{path}");
    }
    let path_of = |path| tree.path_of(tree.at(path).unwrap()).unwrap();
    assert_eq!(
        (path_of("bin"), path_of("/")),
        (b"/usr/bin".into(), b"/".into())
    );
    assert_eq!(tree.link_count(prog), 2);
    assert_eq!(tree.link_count(usr), 3);
}

#[test]
fn devices_and_proc_are_there_whatever_the_archive_has() {
    use super::proc::{About, Entry};
    let tree = tree();
    assert!(matches!(
        tree.node(tree.at("/dev/null").unwrap()).kind,
        Kind::Device(_)
    ));
    let proc = |path: &str| tree.lookup(ROOT.into(), path.as_bytes(), Links::Follow, 7);
    assert_eq!(
        proc("usr/../proc/self/maps"),
        Ok(Found::Proc(Entry::Of(7, About::Maps)))
    );
    assert_eq!(proc("/dev/stdin"), Ok(Found::Proc(Entry::Descriptor(7, 0))));
    assert_eq!(proc("/proc/../usr"), Ok(tree.at("usr").unwrap().into()));
    assert_eq!(proc("/proc/old"), Err(Errno::ENOENT));
    assert_eq!(proc("/proc/self/maps/x"), Err(Errno::ENOTDIR));
    assert_eq!(tree.place(ROOT.into(), b"/proc/x", 7), Err(Errno::EPERM));
}

#[test]
fn files_are_made_and_removed() {
    let mut tree = tree();
    let made = tree.make("bin/new", file()).unwrap();
    assert_eq!(tree.at("usr/bin/new"), Ok(made));
    for (path, error) in [
        ("usr/bin/new", Errno::EEXIST),
        ("abs", Errno::EEXIST),
        ("none/x", Errno::ENOENT),
        ("abs/x", Errno::ENOTDIR),
        ("usr/..", Errno::EEXIST),
        ("/", Errno::EEXIST),
    ] {
        assert_eq!(tree.make(path, file()), Err(error), "{path}");
    }
    assert_eq!(tree.remove("usr"), Err(Errno::EISDIR));
    assert_eq!(tree.remove_dir("usr/"), Err(Errno::ENOTEMPTY));
    assert_eq!(tree.remove_dir("abs"), Err(Errno::ENOTDIR));
    assert_eq!(tree.remove("proc"), Err(Errno::EBUSY));
    assert_eq!(tree.remove("bin/new"), Ok(()));
    assert_eq!(tree.at("usr/bin/new"), Err(Errno::ENOENT));
    let directory = tree.make("usr/d/", new_directory()).unwrap();
    assert_eq!(tree.path_of(directory).unwrap(), b"/usr/d");
    assert_eq!(tree.remove_dir("usr/d"), Ok(()));
    assert_eq!(tree.path_of(directory), None);
    let removed = tree.create(directory, b"x", file(), 0, 0);
    assert_eq!(
        removed,
        Err(Errno::ENOENT),
        "in a directory that is no more"
    );
}

#[test]
fn a_node_lasts_as_long_as_it_has_a_name_or_is_held() {
    let mut tree = tree();
    let room = tree.room_for_files();
    let node = tree.make("a", file()).unwrap();
    assert_eq!(tree.link(node, ROOT, b"b", 0), Ok(()));
    assert_eq!(tree.link(ROOT, ROOT, b"c", 0), Err(Errno::EPERM));
    let held = tree.hold(node);
    let again = held.clone();
    assert_eq!((tree.remove("a"), tree.link_count(node)), (Ok(()), 1));
    assert_eq!(tree.remove("b"), Ok(()));
    assert_eq!(tree.link(node, ROOT, b"c", 0), Err(Errno::ENOENT));
    drop(held);
    assert!(tree.take_unused().is_empty() && tree.has_nameless());
    drop(again);
    assert_eq!(tree.take_unused().len(), 1);
    assert_eq!(tree.room_for_files(), room);
    assert_eq!(tree.make("c", file()), Ok(node), "its number is used again");
}

#[test]
fn what_is_moved_replaces_what_was_there_if_it_may() {
    let mut tree = tree();
    for path in ["d", "d/e", "empty"] {
        tree.make(path, new_directory()).unwrap();
    }
    let (a, b) = (
        tree.make("a", file()).unwrap(),
        tree.make("b", file()).unwrap(),
    );
    let room = tree.room_for_files();
    for (from, to, error) in [
        ("none", "x", Errno::ENOENT),
        ("a", "none/x", Errno::ENOENT),
        ("a", "d", Errno::EISDIR),
        ("d", "a", Errno::ENOTDIR),
        ("empty", "d", Errno::ENOTEMPTY),
        ("d", "d/e/f", Errno::EINVAL),
        ("a", "x/", Errno::ENOTDIR),
        ("proc", "x", Errno::EBUSY),
    ] {
        assert_eq!(tree.mv(from, to, Clash::Replace), Err(error), "{from} {to}");
    }
    assert_eq!(tree.mv("a", "b", Clash::Keep), Err(Errno::EEXIST));
    assert_eq!(tree.mv("a", "c", Clash::Exchange), Err(Errno::ENOENT));
    assert_eq!(tree.mv("d", "d/e", Clash::Exchange), Err(Errno::EINVAL));
    assert_eq!(tree.mv("a", "b", Clash::Exchange), Ok(()));
    assert_eq!((tree.at("a"), tree.at("b")), (Ok(b), Ok(a)));
    assert_eq!(tree.room_for_files(), room);
    assert_eq!(tree.mv("a", "b", Clash::Replace), Ok(()));
    assert_eq!((tree.at("a"), tree.at("b")), (Err(Errno::ENOENT), Ok(b)));
    assert_eq!(tree.take_unused().len(), 1, "what was replaced is gone");
    tree.link(b, ROOT, b"same", 0).unwrap();
    assert_eq!(tree.mv("same", "b", Clash::Replace), Ok(()));
    assert_eq!(
        tree.at("same"),
        Ok(b),
        "one file by two names: nothing to do"
    );
    assert_eq!(tree.mv("d", "empty", Clash::Replace), Ok(()));
    let moved = tree.at("empty/e").unwrap();
    assert_eq!(tree.path_of(moved).unwrap(), b"/empty/e");
    assert_eq!(tree.at("empty/e/../.."), Ok(ROOT));
}

#[test]
fn a_reader_of_a_directory_sees_each_entry_once_whatever_happens() {
    let mut tree = tree();
    let directory = tree.make("d", new_directory()).unwrap();
    for number in 0..9 {
        tree.make(&format!("d/{}", 9 - number), file()).unwrap();
    }
    let (mut place, mut seen) = (0, Vec::new());
    loop {
        let entries = tree.node(directory).directory().unwrap().behind(place);
        let Some((name, entry)) = entries.first() else {
            break;
        };
        let name = String::from_utf8(name.to_vec()).unwrap();
        place = entry.place;
        tree.remove(&format!("d/{name}")).unwrap();
        seen.push(name);
    }
    assert_eq!(seen, ["9", "8", "7", "6", "5", "4", "3", "2", "1"]);
}

#[test]
fn there_are_no_more_nodes_than_the_heap_has_room_for() {
    let mut tree = Tree::new(10_000);
    let mut count = 0;
    let full = loop {
        match tree.make(&format!("file-{count}"), file()) {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full, Errno::ENOSPC);
    assert!((20..30).contains(&count), "{count}");
    let link = Kind::Symlink(vec![b'x'; 4000]);
    assert_eq!(tree.make("link", link), Err(Errno::ENOSPC));
    let long = "x".repeat(255);
    assert_eq!(tree.mv("file-0", &long, Clash::Replace), Err(Errno::ENOSPC));
    assert_eq!(tree.remove("file-0"), Ok(()));
    tree.take_unused();
    assert!(tree.make("file-0", file()).is_ok());
}

#[test]
fn a_file_that_is_opened_to_be_made_is_where_links_lead() {
    let mut tree = tree();
    tree.make("usr/new", Kind::Symlink(b"bin/made".to_vec()))
        .unwrap();
    tree.make("to-new", Kind::Symlink(b"usr/new".to_vec()))
        .unwrap();
    let place = tree.place_of_new(ROOT.into(), b"to-new", 7).unwrap();
    let bin = tree.at("usr/bin").unwrap();
    assert_eq!((place.directory, place.name), (bin, b"made".to_vec()));
    let circle = tree.place_of_new(ROOT.into(), b"loop", 7);
    assert_eq!(circle, Err(Errno::ELOOP));
}
