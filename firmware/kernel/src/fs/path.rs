//! From a path to a node.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;

use super::node::{Kind, NodeId, ROOT};
use super::proc;
use super::tree::Tree;

/// More links than this in a path are a circle, as on Linux.
const MOST_LINKS: u32 = 40;

/// Bytes of a name, as on Linux.
pub const MOST_NAME: usize = 255;

/// Whether the last part of a path is followed if it is a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Links {
    /// It is.
    Follow,
    /// It is not.
    Keep,
}

/// Where a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// Something that there is.
    Node(NodeId),
    /// Something that `/proc` makes up.
    Proc(proc::Entry),
}

impl From<NodeId> for Found {
    fn from(node: NodeId) -> Found {
        Found::Node(node)
    }
}

/// Where something is or would be: a directory and a name in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The directory.
    pub directory: NodeId,
    /// The name. That of the root directory is empty; it may also be `.` or `..`.
    pub name: Vec<u8>,
    /// The path ends with a slash: a directory is meant.
    pub slash: bool,
}

impl Place {
    /// Whether the name is one that an entry can have.
    pub fn is_entry(&self) -> bool {
        !matches!(self.name.as_slice(), b"" | b"." | b"..")
    }
}

impl Tree {
    /// What is at `path`, seen from `from`, for the process `me`.
    ///
    /// # Errors
    /// ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG.
    pub fn lookup(&self, from: Found, path: &[u8], links: Links, me: u32) -> Result<Found, Errno> {
        let mut left = MOST_LINKS;
        self.walk(from, path, links, me, &mut left)
    }

    fn walk(
        &self,
        from: Found,
        path: &[u8],
        links: Links,
        me: u32,
        left: &mut u32,
    ) -> Result<Found, Errno> {
        let mut at = if path.starts_with(b"/") {
            ROOT.into()
        } else {
            from
        };
        let has_slash = path.ends_with(b"/");
        let mut parts = path
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty())
            .peekable();
        while let Some(part) = parts.next() {
            let follow = links == Links::Follow || parts.peek().is_some() || has_slash;
            at = match at {
                Found::Node(node) => self.step(node, part, follow, me, left)?,
                Found::Proc(entry) => match entry.step(part, me) {
                    Some(Some(next)) => Found::Proc(next),
                    Some(None) => ROOT.into(),
                    None if entry.is_directory() => return Err(Errno::ENOENT),
                    None => return Err(Errno::ENOTDIR),
                },
            };
        }
        if has_slash && !self.leads_on(at) {
            return Err(Errno::ENOTDIR);
        }
        Ok(at)
    }

    fn step(
        &self,
        at: NodeId,
        part: &[u8],
        follow: bool,
        me: u32,
        left: &mut u32,
    ) -> Result<Found, Errno> {
        let directory = self.node(at).directory().ok_or(Errno::ENOTDIR)?;
        match part {
            b"." => return Ok(at.into()),
            b".." => return Ok(self.node(at).parent.into()),
            _ if part.len() > MOST_NAME => return Err(Errno::ENAMETOOLONG),
            _ => {}
        }
        let next = directory.get(part).ok_or(Errno::ENOENT)?;
        match &self.node(next).kind {
            Kind::Symlink(to) if follow => {
                *left = left.checked_sub(1).ok_or(Errno::ELOOP)?;
                self.walk(at.into(), to, Links::Follow, me, left)
            }
            Kind::Proc => Ok(Found::Proc(proc::Entry::Root)),
            _ => Ok(next.into()),
        }
    }

    /// Whether there can be more parts behind this one.
    fn leads_on(&self, found: Found) -> bool {
        match found {
            Found::Node(node) => self.is_directory(node),
            // What its links lead to is not known here.
            Found::Proc(entry) => entry.is_directory() || entry.is_link(),
        }
    }

    /// The place of what is or would be at `path`.
    ///
    /// # Errors
    /// As [`Tree::lookup`]; EPERM in `/proc`.
    pub fn place(&self, from: Found, path: &[u8], me: u32) -> Result<Place, Errno> {
        let end = path.iter().rposition(|byte| *byte != b'/');
        let trimmed = &path[..end.map_or(0, |last| last + 1)];
        let slash = trimmed.iter().rposition(|byte| *byte == b'/');
        let start = slash.map_or(0, |slash| slash + 1);
        // What is before the name; of a path with one part, nothing.
        let (head, name) = match trimmed {
            b"" => (path, &[][..]),
            _ => trimmed.split_at(start),
        };
        if name.len() > MOST_NAME {
            return Err(Errno::ENAMETOOLONG);
        }
        match self.lookup(from, head, Links::Follow, me)? {
            Found::Node(directory) if self.is_directory(directory) => Ok(Place {
                directory,
                name: name.to_vec(),
                slash: trimmed.len() < path.len(),
            }),
            Found::Node(_) => Err(Errno::ENOTDIR),
            Found::Proc(_) => Err(Errno::EPERM),
        }
    }

    /// The same for a file that is to be made by opening it: a link that leads nowhere
    /// leads to the place.
    ///
    /// # Errors
    /// As [`Tree::place`].
    pub fn place_of_new(&self, from: Found, path: &[u8], me: u32) -> Result<Place, Errno> {
        let mut place = self.place(from, path, me)?;
        for _ in 0..MOST_LINKS {
            let directory = self.node(place.directory).directory();
            let known = directory.and_then(|entries| entries.get(&place.name));
            let Some(Kind::Symlink(to)) = known.map(|node| &self.node(node).kind) else {
                return Ok(place);
            };
            place = self.place(place.directory.into(), to, me)?;
        }
        Err(Errno::ELOOP)
    }

    /// The path of a node; `None` if it has no name any more.
    pub fn path_of(&self, node: NodeId) -> Option<Vec<u8>> {
        let mut names = Vec::new();
        let mut at = node;
        while at != ROOT {
            let parent = self.get(at)?.parent;
            let mut entries = self.get(parent)?.directory()?.iter();
            let (name, _) = entries.find(|&(_, id)| id == at)?;
            names.push(name);
            at = parent;
        }
        let mut path = Vec::new();
        for name in names.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        Some(if path.is_empty() { b"/".to_vec() } else { path })
    }
}
