//! The tree of files: names made, removed and moved.
//!
//! It begins with what the root archive has (`archive.rs`). Programs change it as they
//! like; the archive never hears of it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;

use super::node::{Contents, Directory, Held, Kind, Node, NodeId, ROOT};
use super::path::{MOST_NAME, Place};

/// Bytes of the kernel's heap that a node and an entry cost, generously; and twice the
/// length of each name, which are rounded up.
const NODE_COST: usize = 256;
const ENTRY_COST: usize = 96;

/// All nodes.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Option<Box<Node>>>,
    free: Vec<NodeId>,
    /// Nodes without a name; somebody may have them open still.
    nameless: Vec<NodeId>,
    /// Bytes of the heap that it may take yet.
    room: usize,
}

/// What happens to something that has the new name already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clash {
    /// It loses the name.
    Replace,
    /// It keeps the name: an error.
    Keep,
    /// It gets the old name.
    Exchange,
}

impl Tree {
    /// A tree with a root directory alone, which may take `room` bytes of the heap.
    pub fn new(room: usize) -> Tree {
        let mut root = Node::new(Kind::Directory(Directory::default()), 0o755, 0);
        root.links = 1;
        Tree {
            nodes: alloc::vec![Some(Box::new(root))],
            free: Vec::new(),
            nameless: Vec::new(),
            room,
        }
    }

    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)?.as_deref()
    }

    /// A node that exists.
    pub fn node(&self, id: NodeId) -> &Node {
        self.get(id).expect("the node exists")
    }

    /// A node that exists.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        let node = self.nodes[id.0 as usize].as_mut();
        node.expect("the node exists")
    }

    /// Keeps a node from going.
    pub fn hold(&mut self, id: NodeId) -> Held {
        self.node_mut(id).hold(id)
    }

    /// Whether a node is a directory.
    pub fn is_directory(&self, id: NodeId) -> bool {
        self.node(id).directory().is_some()
    }

    /// How many names a node has, as Linux counts: a directory is also `.` in itself and
    /// `..` in those that are in it.
    pub fn link_count(&self, id: NodeId) -> u32 {
        let node = self.node(id);
        let Some(directory) = node.directory() else {
            return node.links;
        };
        let inside = directory.iter().filter(|(_, id)| self.is_directory(*id));
        if node.links == 0 {
            0
        } else {
            2 + inside.count() as u32
        }
    }

    /// How many more files there can be, about.
    pub fn room_for_files(&self) -> usize {
        self.room / (NODE_COST + ENTRY_COST)
    }

    /// Makes a node with a name that is free.
    ///
    /// # Errors
    /// ENOSPC; ENOENT if the directory has been removed; as for its name.
    pub fn create(
        &mut self,
        directory: NodeId,
        name: &[u8],
        kind: Kind,
        mode: u32,
        now: u64,
    ) -> Result<NodeId, Errno> {
        self.insert(directory, name, Node::new(kind, mode, now))
    }

    pub(super) fn insert(
        &mut self,
        directory: NodeId,
        name: &[u8],
        node: Node,
    ) -> Result<NodeId, Errno> {
        let (cost, now) = (node_cost(&node), node.times.changed);
        self.room = self.room.checked_sub(cost).ok_or(Errno::ENOSPC)?;
        let id = self.free.pop().unwrap_or_else(|| {
            self.nodes.push(None);
            NodeId(self.nodes.len() as u32 - 1)
        });
        self.nodes[id.0 as usize] = Some(Box::new(node));
        let entered = self.enter(directory, name, id, now);
        if entered.is_err() {
            self.nodes[id.0 as usize] = None;
            self.free.push(id);
            self.room += cost;
        }
        entered.map(|()| id)
    }

    /// Gives a node one more name.
    ///
    /// # Errors
    /// EEXIST; EPERM for directories; as [`Tree::create`].
    pub fn link(
        &mut self,
        node: NodeId,
        directory: NodeId,
        name: &[u8],
        now: u64,
    ) -> Result<(), Errno> {
        match self.node(node) {
            Node { links: 0, .. } => return Err(Errno::ENOENT),
            Node {
                kind: Kind::Directory(_),
                ..
            } => return Err(Errno::EPERM),
            _ => {}
        }
        self.enter(directory, name, node, now)?;
        self.node_mut(node).times.changed = now;
        Ok(())
    }

    fn enter(&mut self, directory: NodeId, name: &[u8], id: NodeId, now: u64) -> Result<(), Errno> {
        let parent = self.node(directory);
        let entries = parent.directory().ok_or(Errno::ENOTDIR)?;
        if matches!(name, b"" | b"." | b"..") || entries.get(name).is_some() {
            return Err(Errno::EEXIST);
        }
        if name.len() > MOST_NAME {
            return Err(Errno::ENAMETOOLONG);
        }
        if parent.links == 0 {
            return Err(Errno::ENOENT);
        }
        if self.room < entry_cost(name) {
            return Err(Errno::ENOSPC);
        }
        self.node_mut(id).links += 1;
        self.put(directory, name, id, now);
        Ok(())
    }

    /// Writes an entry for which there is room.
    fn put(&mut self, directory: NodeId, name: &[u8], id: NodeId, now: u64) {
        self.room -= entry_cost(name);
        let parent = self.node_mut(directory);
        parent.touch(now);
        let entries = parent.directory_mut().expect("entries are in directories");
        entries.insert(name, id);
        self.node_mut(id).parent = directory;
    }

    /// Takes an entry away.
    fn take(&mut self, directory: NodeId, name: &[u8], now: u64) {
        let parent = self.node_mut(directory);
        parent.touch(now);
        let entries = parent.directory_mut().expect("entries are in directories");
        let id = entries.remove(name).expect("the entry was found before");
        self.room += entry_cost(name);
        let node = self.node_mut(id);
        node.links -= 1;
        node.times.changed = now;
        if node.links == 0 {
            // Of a directory that is no more, its own parent may go, too.
            node.parent = ROOT;
            if !self.nameless.contains(&id) {
                self.nameless.push(id);
            }
        }
    }

    fn find(&self, directory: NodeId, name: &[u8]) -> Result<NodeId, Errno> {
        let entries = self.node(directory).directory().ok_or(Errno::ENOTDIR)?;
        entries.get(name).ok_or(Errno::ENOENT)
    }

    /// Takes a name from what is no directory.
    ///
    /// # Errors
    /// ENOENT; EISDIR; EBUSY for `/proc`.
    pub fn unlink(&mut self, directory: NodeId, name: &[u8], now: u64) -> Result<(), Errno> {
        let node = self.find(directory, name)?;
        match self.node(node).kind {
            Kind::Directory(_) => return Err(Errno::EISDIR),
            Kind::Proc => return Err(Errno::EBUSY),
            _ => {}
        }
        self.take(directory, name, now);
        Ok(())
    }

    /// Removes a directory.
    ///
    /// # Errors
    /// ENOENT; ENOTDIR; ENOTEMPTY; EBUSY for `/proc`.
    pub fn remove_directory(
        &mut self,
        directory: NodeId,
        name: &[u8],
        now: u64,
    ) -> Result<(), Errno> {
        let node = self.find(directory, name)?;
        match &self.node(node).kind {
            Kind::Directory(entries) if !entries.is_empty() => return Err(Errno::ENOTEMPTY),
            Kind::Directory(_) => {}
            Kind::Proc => return Err(Errno::EBUSY),
            _ => return Err(Errno::ENOTDIR),
        }
        self.take(directory, name, now);
        Ok(())
    }

    /// Gives what is at one place another, as rename(2).
    ///
    /// # Errors
    /// What rename(2) says.
    pub fn rename(
        &mut self,
        from: &Place,
        to: &Place,
        clash: Clash,
        now: u64,
    ) -> Result<(), Errno> {
        let node = self.find(from.directory, &from.name)?;
        let other = match self.find(to.directory, &to.name) {
            Ok(other) => Some(other),
            Err(Errno::ENOENT) => None,
            Err(error) => return Err(error),
        };
        match (clash, other) {
            (Clash::Keep, Some(_)) => return Err(Errno::EEXIST),
            (Clash::Exchange, None) => return Err(Errno::ENOENT),
            _ => {}
        }
        self.check_move(node, to, from.slash || to.slash)?;
        if let (Clash::Exchange, Some(other)) = (clash, other) {
            self.check_move(other, from, to.slash)?;
        }
        if other == Some(node) {
            return Ok(());
        }
        if self.node(to.directory).links == 0 {
            return Err(Errno::ENOENT);
        }
        if let (Clash::Replace, Some(other)) = (clash, other) {
            self.check_replace(node, other)?;
        }
        if self.room + entry_cost(&from.name) < entry_cost(&to.name) {
            return Err(Errno::ENOSPC);
        }
        // So that no one of the steps takes its last name away.
        self.node_mut(node).links += 1;
        self.take(from.directory, &from.name, now);
        if let Some(other) = other {
            self.node_mut(other).links += u32::from(clash == Clash::Exchange);
            self.take(to.directory, &to.name, now);
            if clash == Clash::Exchange {
                self.put(from.directory, &from.name, other, now);
            }
        }
        self.put(to.directory, &to.name, node, now);
        Ok(())
    }

    /// Whether something may be moved: no directory goes into itself.
    fn check_move(&self, node: NodeId, to: &Place, slash: bool) -> Result<(), Errno> {
        match self.node(node).kind {
            Kind::Proc => return Err(Errno::EBUSY),
            Kind::Directory(_) => {}
            _ if slash => return Err(Errno::ENOTDIR),
            _ => return Ok(()),
        }
        let mut at = to.directory;
        while at != ROOT {
            if at == node {
                return Err(Errno::EINVAL);
            }
            at = self.node(at).parent;
        }
        Ok(())
    }

    /// Whether a node may take the place of another.
    fn check_replace(&self, node: NodeId, other: NodeId) -> Result<(), Errno> {
        match (&self.node(other).kind, self.is_directory(node)) {
            (Kind::Directory(entries), true) if !entries.is_empty() => Err(Errno::ENOTEMPTY),
            (Kind::Directory(_), true) => Ok(()),
            (Kind::Directory(_), false) => Err(Errno::EISDIR),
            (Kind::Proc, _) => Err(Errno::EBUSY),
            (_, true) => Err(Errno::ENOTDIR),
            (_, false) => Ok(()),
        }
    }

    /// Forgets nodes that have no name and that nobody has open; those of them that had
    /// content.
    pub fn take_unused(&mut self) -> Vec<Contents> {
        let mut gone = Vec::new();
        for id in core::mem::take(&mut self.nameless) {
            let node = self.node(id);
            if node.links > 0 {
                continue;
            }
            if node.is_held() {
                self.nameless.push(id);
                continue;
            }
            self.room += node_cost(node);
            self.free.push(id);
            if let Some(Kind::File(contents)) =
                self.nodes[id.0 as usize].take().map(|node| node.kind)
            {
                gone.push(contents);
            }
        }
        gone
    }

    /// Whether [`Tree::take_unused`] may find anything.
    pub fn has_nameless(&self) -> bool {
        !self.nameless.is_empty()
    }

    /// All nodes.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        let numbered = (0..).map(NodeId).zip(&self.nodes);
        numbered.filter_map(|(id, node)| Some((id, node.as_deref()?)))
    }
}

fn node_cost(node: &Node) -> usize {
    let target = match &node.kind {
        Kind::Symlink(to) => 2 * to.len(),
        _ => 0,
    };
    NODE_COST + target
}

fn entry_cost(name: &[u8]) -> usize {
    ENTRY_COST + 2 * name.len()
}
