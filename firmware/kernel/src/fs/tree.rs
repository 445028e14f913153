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
