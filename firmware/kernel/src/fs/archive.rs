//! The tree that the kernel begins with: what the root archive has, `/dev`, `/proc` and
//! `/tmp`.

use pagewalk_guest_abi::Errno;

use super::device::{DEVICES, LINKS};
use super::node::{Contents, Directory, Kind, Node, NodeId, ROOT};
use super::path::{Found, Links};
use super::tar;
use super::tree::Tree;

impl Tree {
    /// Adds a member of an archive, and directories on the way to it. One that makes
    /// no sense (a link to nowhere, a file in a file) is left out.
    ///
    /// # Errors
    /// ENOSPC: there is no room for so many.
    pub fn add(&mut self, member: &tar::Member) -> Result<(), Errno> {
        let made = match &member.kind {
            tar::Kind::HardLink(to) => {
                let Ok(Found::Node(node)) = self.lookup(ROOT.into(), to, Links::Keep, 0) else {
                    return Ok(());
                };
                self.add_name(&member.path, |tree, directory, name| {
                    tree.link(node, directory, name, 0)
                })
            }
            tar::Kind::File => self.add_node(
                member,
                Kind::File(Contents {
                    sector: member.sector,
                    size: member.size,
                    ..Contents::default()
                }),
            ),
            tar::Kind::Directory => self.add_node(member, Kind::Directory(Directory::default())),
            tar::Kind::Symlink(to) => self.add_node(member, Kind::Symlink(to.clone())),
            tar::Kind::Other => return Ok(()),
        };
        match made {
            Err(Errno::ENOSPC) => Err(Errno::ENOSPC),
            _ => Ok(()),
        }
    }

    fn add_node(&mut self, member: &tar::Member, kind: Kind) -> Result<(), Errno> {
        let time = member.mtime.saturating_mul(1_000_000_000);
        let node = Node::new(kind, member.mode, time);
        if member.path.iter().all(|byte| b"./".contains(byte)) && node.directory().is_some() {
            return Ok(());
        }
        self.add_name(&member.path, |tree, directory, name| {
            let known = tree.node(directory).directory().and_then(|d| d.get(name));
            match known.filter(|known| tree.is_directory(*known)) {
                // A directory may be named again, with its mode.
                Some(known) if node.directory().is_some() => {
                    let known = tree.node_mut(known);
                    (known.mode, known.times) = (node.mode, node.times);
                    Ok(())
                }
                Some(_) => Err(Errno::EISDIR),
                None => {
                    // Of members with one name the last one counts.
                    if known.is_some() {
                        tree.unlink(directory, name, 0)?;
                    }
                    tree.insert(directory, name, node).map(drop)
                }
            }
        })
    }

    /// Gives a name to something, in a directory that is made if it is not there.
    fn add_name(
        &mut self,
        path: &[u8],
        give: impl FnOnce(&mut Tree, NodeId, &[u8]) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let mut parts = path
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty() && *part != b".")
            .peekable();
        let mut directory = ROOT;
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return give(self, directory, part);
            }
            directory = match self.lookup(directory.into(), part, Links::Follow, 0) {
                Ok(Found::Node(node)) if self.is_directory(node) => node,
                Err(Errno::ENOENT) => self.create(directory, part, new_directory(), 0o755, 0)?,
                _ => return Err(Errno::ENOTDIR),
            };
        }
        Ok(())
    }

    /// Adds what programs expect to be there. What the archive has is kept.
    ///
    /// # Errors
    /// ENOSPC.
    pub fn add_usual(&mut self, now: u64) -> Result<(), Errno> {
        self.ensure(ROOT, b"tmp", new_directory(), 0o1777, now)?;
        let proc = self.ensure(ROOT, b"proc", Kind::Proc, 0o555, now)?;
        // As if mounted there: what it hides is not to be seen.
        self.node_mut(proc).kind = Kind::Proc;
        let dev = self.ensure(ROOT, b"dev", new_directory(), 0o755, now)?;
        if !self.is_directory(dev) {
            return Ok(());
        }
        for (name, device, _) in DEVICES {
            self.ensure(dev, name, Kind::Device(device), 0o666, now)?;
        }
        for (name, to) in LINKS {
            self.ensure(dev, name, Kind::Symlink(to.to_vec()), 0o777, now)?;
        }
        Ok(())
    }

    fn ensure(
        &mut self,
        directory: NodeId,
        name: &[u8],
        kind: Kind,
        mode: u32,
        now: u64,
    ) -> Result<NodeId, Errno> {
        match self.node(directory).directory().and_then(|d| d.get(name)) {
            Some(known) => Ok(known),
            None => self.create(directory, name, kind, mode, now),
        }
    }
}

/// An empty directory.
pub fn new_directory() -> Kind {
    Kind::Directory(Directory::default())
}
