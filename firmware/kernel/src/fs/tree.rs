//! The tree of files, as the root archive has it.
//!
//! It is built once, when the kernel starts, and has no content: for that, a file
//! knows where it is on the disk.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;

use super::tar;
use crate::mem::ObjectId;

/// The number of a node; its inode number is one more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NodeId(pub u32);

/// The root directory.
pub const ROOT: NodeId = NodeId(0);

/// A file, a directory or a link.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The directory that it is in; of the root, itself.
    pub parent: NodeId,
    /// Permissions.
    pub mode: u32,
    /// When it was changed, in seconds since 1970.
    pub mtime: u64,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A directory with its entries.
    Directory(BTreeMap<Vec<u8>, NodeId>),
    /// A symbolic link.
    Symlink(Vec<u8>),
    /// A file on the root disk.
    File(FileOnDisk),
    /// A file that was made by a program: it is in memory of the kernel.
    Memory(Vec<u8>),
}

/// Where a file is, and as what the paging core knows it.
#[derive(Clone, Default, Debug)]
pub struct FileOnDisk {
    /// Its first sector.
    pub sector: u64,
    /// Its bytes.
    pub size: u64,
    /// The objects that stand for its first so many bytes: for all, and for those
    /// behind which a segment of a program has zeros.
    pub objects: BTreeMap<u64, ObjectId>,
}

/// Bytes of all files in memory, and nodes of all kinds: programs cannot fill the
/// kernel's heap.
pub const MOST_BYTES: usize = 1 << 20;
const MOST_NODES: usize = 16 << 10;

/// More links than this in a path are a circle.
const MOST_LINKS: u32 = 16;

/// All nodes.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

impl Default for Tree {
    fn default() -> Self {
        let root = Node {
            kind: Kind::Directory(BTreeMap::new()),
            parent: ROOT,
            mode: 0o755,
            mtime: 0,
        };
        Self {
            nodes: alloc::vec![root],
        }
    }
}

impl Tree {
    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// A node.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// Adds a member of an archive, and directories on the way to it. One that makes
    /// no sense (a link to nowhere, a file in a file) is left out.
    pub fn add(&mut self, member: &tar::Member) {
        let kind = match &member.kind {
            tar::Kind::File => Kind::File(FileOnDisk {
                sector: member.sector,
                size: member.size,
                objects: BTreeMap::new(),
            }),
            tar::Kind::Directory => Kind::Directory(BTreeMap::new()),
            tar::Kind::Symlink(to) => Kind::Symlink(to.clone()),
            tar::Kind::HardLink(to) => {
                if let Ok(node) = self.lookup(ROOT, to, Links::Keep) {
                    self.link(&member.path, node);
                }
                return;
            }
            tar::Kind::Other => return,
        };
        let node = Node {
            kind,
            parent: ROOT,
            mode: member.mode,
            mtime: member.mtime,
        };
        let mut parts = parts(&member.path).peekable();
        let mut at = ROOT;
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            let Kind::Directory(entries) = &self.node(at).kind else {
                return;
            };
            let known = entries.get(part).copied();
            at = match known {
                // A directory may be named again, with its mode.
                Some(known) if !is_last || self.is_directory(known) => known,
                _ if is_last => self.insert(at, part, node.clone()),
                _ => {
                    let directory = Node {
                        kind: Kind::Directory(BTreeMap::new()),
                        parent: at,
                        mode: 0o755,
                        mtime: 0,
                    };
                    self.insert(at, part, directory)
                }
            };
        }
        if self.is_directory(at) {
            (self.node_mut(at).mode, self.node_mut(at).mtime) = (member.mode, member.mtime);
        }
    }

    fn insert(&mut self, directory: NodeId, name: &[u8], node: Node) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node {
            parent: directory,
            ..node
        });
        self.enter(directory, name, id);
        id
    }

    fn enter(&mut self, directory: NodeId, name: &[u8], id: NodeId) {
        if let Kind::Directory(entries) = &mut self.node_mut(directory).kind {
            entries.insert(name.to_vec(), id);
        }
    }

    fn link(&mut self, path: &[u8], node: NodeId) {
        let (directory, name) = match path.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => path.split_at(slash),
            None => (&[][..], path),
        };
        if let Ok(directory) = self.lookup(ROOT, directory, Links::Follow)
            && let Some(name) = parts(name).next()
        {
            self.enter(directory, name, node);
        }
    }

    /// The directory that something at `path` is in or would be in, and its name there.
    ///
    /// # Errors
    /// As [`Tree::lookup`]; EEXIST for what cannot be made or removed, like `..`.
    pub fn place<'a>(&self, from: NodeId, path: &'a [u8]) -> Result<(NodeId, &'a [u8]), Errno> {
        let end = path
            .iter()
            .rposition(|byte| *byte != b'/')
            .map_or(0, |last| last + 1);
        let path = &path[..end];
        let start = path
            .iter()
            .rposition(|byte| *byte == b'/')
            .map_or(0, |slash| slash + 1);
        let (directory, name) = path.split_at(start);
        if matches!(name, b"" | b"." | b"..") {
            return Err(Errno::EEXIST);
        }
        let directory = self.lookup(from, directory, Links::Follow)?;
        if self.is_directory(directory) {
            Ok((directory, name))
        } else {
            Err(Errno::ENOTDIR)
        }
    }

    /// Makes a node that was not there.
    ///
    /// # Errors
    /// EEXIST; ENOENT, ENOTDIR, ELOOP; ENOSPC.
    pub fn create(
        &mut self,
        from: NodeId,
        path: &[u8],
        kind: Kind,
        mode: u32,
    ) -> Result<NodeId, Errno> {
        let (directory, name) = self.place(from, path)?;
        if self.lookup(directory, name, Links::Keep).is_ok() {
            return Err(Errno::EEXIST);
        }
        if self.nodes.len() >= MOST_NODES {
            return Err(Errno::ENOSPC);
        }
        let node = Node {
            kind,
            parent: directory,
            mode,
            mtime: 0,
        };
        Ok(self.insert(directory, name, node))
    }

    /// Takes a node out of its directory; which it was. It stays for those who have it
    /// open.
    ///
    /// # Errors
    /// EISDIR, ENOTDIR if it is a directory and should not be one, or the other way
    /// round; ENOTEMPTY; as [`Tree::place`].
    pub fn remove(&mut self, from: NodeId, path: &[u8], directory: bool) -> Result<NodeId, Errno> {
        let (parent, name) = self.place(from, path)?;
        let node = self.lookup(parent, name, Links::Keep)?;
        match (&self.node(node).kind, directory) {
            (Kind::Directory(entries), true) if !entries.is_empty() => {
                return Err(Errno::ENOTEMPTY);
            }
            (Kind::Directory(_), false) => return Err(Errno::EISDIR),
            (Kind::Directory(_), true) | (_, false) => {}
            (_, true) => return Err(Errno::ENOTDIR),
        }
        if let Kind::Directory(entries) = &mut self.node_mut(parent).kind {
            entries.remove(name);
        }
        Ok(node)
    }

    /// Changes the length of a file in memory; what is added is zeros.
    ///
    /// # Errors
    /// EROFS if it is not in memory; ENOSPC.
    pub fn set_len(&mut self, node: NodeId, len: u64) -> Result<(), Errno> {
        let others: usize = self
            .nodes
            .iter()
            .map(|node| match &node.kind {
                Kind::Memory(bytes) => bytes.len(),
                _ => 0,
            })
            .sum();
        let Kind::Memory(bytes) = &mut self.node_mut(node).kind else {
            return Err(Errno::EROFS);
        };
        let room = MOST_BYTES - (others - bytes.len());
        let len = usize::try_from(len).ok().filter(|len| *len <= room);
        bytes.resize(len.ok_or(Errno::ENOSPC)?, 0);
        Ok(())
    }

    /// Whether a node is a directory.
    pub fn is_directory(&self, id: NodeId) -> bool {
        matches!(self.node(id).kind, Kind::Directory(_))
    }

    /// The node at `path`, seen from the directory `from`.
    ///
    /// # Errors
    /// ENOENT, ENOTDIR, ELOOP.
    pub fn lookup(&self, from: NodeId, path: &[u8], links: Links) -> Result<NodeId, Errno> {
        let mut left = MOST_LINKS;
        self.walk(from, path, links, &mut left)
    }

    fn walk(
        &self,
        from: NodeId,
        path: &[u8],
        links: Links,
        left: &mut u32,
    ) -> Result<NodeId, Errno> {
        let mut at = if path.starts_with(b"/") { ROOT } else { from };
        let mut parts = parts(path).peekable();
        while let Some(part) = parts.next() {
            let follow = links == Links::Follow || parts.peek().is_some() || path.ends_with(b"/");
            at = self.step(at, part, follow, left)?;
        }
        if path.ends_with(b"/") && !self.is_directory(at) {
            return Err(Errno::ENOTDIR);
        }
        Ok(at)
    }

    fn step(&self, at: NodeId, part: &[u8], follow: bool, left: &mut u32) -> Result<NodeId, Errno> {
        let Kind::Directory(entries) = &self.node(at).kind else {
            return Err(Errno::ENOTDIR);
        };
        if part == b".." {
            return Ok(self.node(at).parent);
        }
        let next = *entries.get(part).ok_or(Errno::ENOENT)?;
        match &self.node(next).kind {
            Kind::Symlink(to) if follow => {
                *left = left.checked_sub(1).ok_or(Errno::ELOOP)?;
                self.walk(at, to, Links::Follow, left)
            }
            _ => Ok(next),
        }
    }

    /// The first node that is of a kind.
    pub fn find(&self, is_it: impl Fn(&Kind) -> bool) -> Option<NodeId> {
        let found = self.nodes.iter().position(|node| is_it(&node.kind));
        found.map(|number| NodeId(number as u32))
    }

    /// The path of a node.
    pub fn path_of(&self, node: NodeId) -> Vec<u8> {
        let mut names = Vec::new();
        let mut at = node;
        while at != ROOT {
            let parent = self.node(at).parent;
            let Kind::Directory(entries) = &self.node(parent).kind else {
                break;
            };
            let name = entries.iter().find(|&(_, id)| *id == at);
            names.push(name.map_or(&b"?"[..], |(name, _)| name));
            at = parent;
        }
        let mut path = Vec::new();
        for name in names.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        if path.is_empty() { b"/".to_vec() } else { path }
    }
}

/// Whether the last part of a path is followed if it is a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Links {
    /// It is.
    Follow,
    /// It is not.
    Keep,
}

/// The parts of a path that mean anything.
fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let mut tree = Tree::default();
        let mut add = |path: &str, kind| {
            tree.add(&tar::Member {
                path: path.into(),
                kind,
                mode: 0o644,
                mtime: 1,
                sector: 9,
                size: 5,
            });
        };
        let link = |to: &str| tar::Kind::Symlink(to.into());
        add("./usr/bin/prog", tar::Kind::File);
        add("usr/", tar::Kind::Directory);
        add("bin", link("usr/bin"));
        add("usr/bin/self", link("./prog"));
        add("abs", link("/usr/bin/self"));
        add("loop", link("loop"));
        add("usr/other", tar::Kind::HardLink("usr/bin/prog".into()));
        add("usr/bin/prog/in-a-file", tar::Kind::File);
        tree
    }

    #[test]
    fn files_are_made_and_removed() {
        let mut tree = tree();
        let memory = || Kind::Memory(Vec::new());
        let file = tree.create(ROOT, b"bin/new", memory(), 0o644).unwrap();
        assert_eq!(tree.lookup(ROOT, b"usr/bin/new", Links::Keep), Ok(file));
        for (path, error) in [
            (&b"usr/bin/new"[..], Errno::EEXIST),
            (b"abs", Errno::EEXIST),
            (b"none/x", Errno::ENOENT),
            (b"abs/x", Errno::ENOTDIR),
            (b"usr/..", Errno::EEXIST),
            (b"/", Errno::EEXIST),
        ] {
            assert_eq!(tree.create(ROOT, path, memory(), 0), Err(error), "{path:?}");
        }
        assert_eq!(
            tree.set_len(file, MOST_BYTES as u64 + 1),
            Err(Errno::ENOSPC)
        );
        assert_eq!(tree.set_len(file, MOST_BYTES as u64), Ok(()));
        let other = tree.create(ROOT, b"other", memory(), 0o644).unwrap();
        assert_eq!(tree.set_len(other, 1), Err(Errno::ENOSPC));
        assert_eq!(tree.remove(ROOT, b"usr", false), Err(Errno::EISDIR));
        assert_eq!(tree.remove(ROOT, b"usr/", true), Err(Errno::ENOTEMPTY));
        assert_eq!(tree.remove(ROOT, b"other", true), Err(Errno::ENOTDIR));
        assert_eq!(tree.remove(ROOT, b"bin/new", false), Ok(file));
        assert_eq!(
            tree.lookup(ROOT, b"usr/bin/new", Links::Keep),
            Err(Errno::ENOENT)
        );
        let directory = Kind::Directory(BTreeMap::new());
        let made = tree.create(ROOT, b"usr/d/", directory, 0o755).unwrap();
        assert_eq!(tree.path_of(made), b"/usr/d");
        assert_eq!(tree.remove(ROOT, b"usr/d", true), Ok(made));
    }

    #[test]
    fn paths_lead_to_nodes() {
        let tree = tree();
        let find = |path: &str| tree.lookup(ROOT, path.as_bytes(), Links::Follow);
        let prog = find("/usr/bin/prog").unwrap();
        for path in [
            "bin/prog",
            "//usr/./bin/../bin/prog",
            "abs",
            "usr/other",
            "../bin/self",
        ] {
            assert_eq!(find(path), Ok(prog), "{path}");
        }
        let usr = find("usr").unwrap();
        assert_eq!(tree.node(usr).mode, 0o644, "named later");
        assert_eq!(tree.lookup(usr, b"bin/prog", Links::Follow), Ok(prog));
        assert_ne!(tree.lookup(ROOT, b"abs", Links::Keep), Ok(prog));
        assert_eq!(find(""), Ok(ROOT));
        for (path, error) in [
            ("none", Errno::ENOENT),
            ("usr/bin/prog/x", Errno::ENOTDIR),
            ("usr/bin/prog/", Errno::ENOTDIR),
            ("loop", Errno::ELOOP),
        ] {
            assert_eq!(find(path), Err(error), "{path}");
        }
        assert_eq!(tree.path_of(find("bin").unwrap()), b"/usr/bin");
        assert_eq!(tree.path_of(ROOT), b"/");
    }
}
