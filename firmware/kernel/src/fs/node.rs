//! Nodes: files, directories, links and devices, whatever they are called.
//!
//! A node has as many names as directories have entries for it (hard links). It goes
//! when it has none any more and nobody has it open: who has is told by what they hold
//! ([`Held`]).

use alloc::collections::BTreeMap;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;

use super::device::Device;
use crate::mem::ObjectId;

/// The number of a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NodeId(pub u32);

/// The root directory.
pub const ROOT: NodeId = NodeId(0);

impl NodeId {
    /// Its inode number.
    pub fn inode(self) -> u64 {
        u64::from(self.0) + 1
    }
}

/// A file, a directory, a link or a device.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Permissions, as they were asked for: all processes are root's.
    pub mode: u32,
    /// Who owns it, user and group, as told by chown.
    pub owner: (u32, u32),
    /// How many names it has.
    pub links: u32,
    /// The directory in which it got its last name; of the root, itself.
    pub parent: NodeId,
    /// When what happened to it.
    pub times: Times,
    users: Weak<()>,
}

/// Times of a node, in nanoseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Times {
    /// When it was read; kept by nobody but those who set it.
    pub accessed: u64,
    /// When its content was changed.
    pub modified: u64,
    /// When anything of it was changed.
    pub changed: u64,
}

impl Times {
    /// All the same.
    pub fn all(time: u64) -> Times {
        Times {
            accessed: time,
            modified: time,
            changed: time,
        }
    }
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A directory.
    Directory(Directory),
    /// A symbolic link.
    Symlink(Vec<u8>),
    /// A file.
    File(Contents),
    /// A device.
    Device(Device),
    /// Where `/proc` begins.
    Proc,
}

/// Where the content of a file is.
#[derive(Clone, Default, Debug)]
pub struct Contents {
    /// Its first sector on the root disk, and its bytes there: true until the paging
    /// core knows the file.
    pub sector: u64,
    /// See `sector`.
    pub size: u64,
    /// As what the paging core knows it.
    pub object: Option<ObjectId>,
    /// Objects that stand for its first so many bytes, behind which a segment of a
    /// program has zeros. They are as on the root disk.
    pub heads: BTreeMap<u64, ObjectId>,
}

/// The entries of a directory, by name.
#[derive(Clone, Default, Debug)]
pub struct Directory {
    entries: BTreeMap<Vec<u8>, Entry>,
    /// Entries that there were.
    count: u64,
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The node.
    pub node: NodeId,
    /// The place of the entry among those that there were: a reader that has come to it
    /// goes on behind it, whatever is made or removed meanwhile.
    pub place: u64,
}

impl Directory {
    /// What a name stands for.
    pub fn get(&self, name: &[u8]) -> Option<NodeId> {
        self.entries.get(name).map(|entry| entry.node)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Names and nodes.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], NodeId)> {
        let entries = self.entries.iter();
        entries.map(|(name, entry)| (name.as_slice(), entry.node))
    }

    /// Entries behind a place, in order.
    pub fn behind(&self, place: u64) -> Vec<(&[u8], Entry)> {
        let entries = self.entries.iter();
        let behind = entries.filter(|(_, entry)| entry.place > place);
        let mut all: Vec<_> = behind
            .map(|(name, entry)| (name.as_slice(), *entry))
            .collect();
        all.sort_unstable_by_key(|(_, entry)| entry.place);
        all
    }

    pub(super) fn insert(&mut self, name: &[u8], node: NodeId) {
        self.count += 1;
        let place = self.count;
        self.entries.insert(name.to_vec(), Entry { node, place });
    }

    pub(super) fn remove(&mut self, name: &[u8]) -> Option<NodeId> {
        self.entries.remove(name).map(|entry| entry.node)
    }
}

/// A node that stays as long as this is kept.
#[derive(Clone, Debug)]
pub struct Held {
    id: NodeId,
    _user: Rc<()>,
}

impl Held {
    /// Which.
    pub fn id(&self) -> NodeId {
        self.id
    }
}

impl Node {
    pub(super) fn new(kind: Kind, mode: u32, time: u64) -> Node {
        Node {
            kind,
            mode,
            owner: (0, 0),
            links: 0,
            parent: ROOT,
            times: Times::all(time),
            users: Weak::new(),
        }
    }

    pub(super) fn hold(&mut self, id: NodeId) -> Held {
        let user = self.users.upgrade().unwrap_or_else(|| {
            let user = Rc::new(());
            self.users = Rc::downgrade(&user);
            user
        });
        Held { id, _user: user }
    }

    pub(super) fn is_held(&self) -> bool {
        self.users.strong_count() > 0
    }

    /// Its entries, if it is a directory.
    pub fn directory(&self) -> Option<&Directory> {
        match &self.kind {
            Kind::Directory(directory) => Some(directory),
            _ => None,
        }
    }

    pub(super) fn directory_mut(&mut self) -> Option<&mut Directory> {
        match &mut self.kind {
            Kind::Directory(directory) => Some(directory),
            _ => None,
        }
    }

    /// Its content was changed.
    pub fn touch(&mut self, now: u64) {
        (self.times.modified, self.times.changed) = (now, now);
    }
}
