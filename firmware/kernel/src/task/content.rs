//! The content of files: from nodes of the tree to objects of the paging core.
//!
//! The tree knows what files are called, the core what is in them. A file of the root
//! disk becomes an object when somebody first wants its content, and one that has no
//! name any more and that nobody has open is forgotten by both.

use super::Kernel;
use crate::fs::node::{Contents, Kind, NodeId};
use crate::mem::ObjectId;

impl Kernel {
    /// The object with the content of a file; `None` if it is no file.
    pub(crate) fn object_of(&mut self, node: NodeId) -> Option<ObjectId> {
        let Kind::File(contents) = &mut self.tree.node_mut(node).kind else {
            return None;
        };
        let (sector, size, mm) = (contents.sector, contents.size, &mut self.mm);
        let object = &mut contents.object;
        Some(*object.get_or_insert_with(|| mm.add_file(sector, size)))
    }

    /// The object that stands for the first `len` bytes of a file, with zeros behind
    /// them; `None` if it is no file, or not as the root disk has it.
    pub(crate) fn head_of(&mut self, node: NodeId, len: u64) -> Option<ObjectId> {
        let object = self.object_of(node)?;
        let is_as_on_disk = self.mm.is_as_on_disk(object);
        if is_as_on_disk && len == self.mm.file_size(object) {
            return Some(object);
        }
        let Kind::File(contents) = &mut self.tree.node_mut(node).kind else {
            return None;
        };
        let (sector, mm) = (contents.sector, &mut self.mm);
        if is_as_on_disk {
            let add = || mm.add_file(sector, len);
            return Some(*contents.heads.entry(len).or_insert_with(add));
        }
        for head in core::mem::take(&mut contents.heads).into_values() {
            mm.forget_file(head);
        }
        None
    }

    /// `st_size`.
    pub(crate) fn size_of(&self, node: NodeId) -> u64 {
        match &self.tree.node(node).kind {
            Kind::File(Contents {
                object: Some(object),
                ..
            }) => self.mm.file_size(*object),
            Kind::File(contents) => contents.size,
            Kind::Symlink(to) => to.len() as u64,
            Kind::Directory(_) => 4096,
            Kind::Device(_) | Kind::Proc => 0,
        }
    }

    /// Whether a file is the program of a process.
    pub(crate) fn is_running(&self, node: NodeId) -> bool {
        let mut processes = self.processes.values();
        processes.any(|process| {
            let program = process.program.as_ref();
            process.ending.is_none() && program.is_some_and(|program| program.id() == node)
        })
    }

    /// Forgets files that have no name and that nobody has open any more.
    pub(crate) fn forget_unused_files(&mut self) {
        if !self.tree.has_nameless() {
            return;
        }
        for contents in self.tree.take_unused() {
            let heads = contents.heads.into_values();
            heads
                .chain(contents.object)
                .for_each(|object| self.mm.forget_file(object));
        }
    }

    /// Nanoseconds since 1970.
    pub(crate) fn clock(&self) -> u64 {
        self.epoch + self.now()
    }
}
