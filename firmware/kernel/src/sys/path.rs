//! From the path of a call to what is there.

use alloc::rc::Rc;
use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::AT_FDCWD;

use crate::fs::node::{Held, NodeId, ROOT};
use crate::fs::path::{Found, Links, Place};
use crate::fs::proc::{About, Entry};
use crate::task::{Cx, File, Kernel, Open, Pid, Tid};

/// Bytes of a path.
pub(super) const MOST_PATH: usize = 4096;

/// What a path leads to.
pub(super) enum Target {
    Node(NodeId),
    /// What `/proc` makes up.
    Proc(Entry),
    /// What a process has open, by `/proc/<pid>/fd`: something without a name.
    Open(Rc<Open>),
}

/// A path of a call, with the directory from which it is meant.
pub(super) struct Path {
    directory: u64,
    pub(super) bytes: Vec<u8>,
}

impl Path {
    /// Reads it from the process.
    pub(super) async fn read(cx: &Cx, directory: u64, path: u64) -> Result<Path, Errno> {
        let bytes = cx.read_text(path, MOST_PATH).await?;
        Ok(Path { directory, bytes })
    }

    /// Where it begins.
    fn start(&self, k: &mut Kernel, tid: Tid) -> Result<Found, Errno> {
        if self.bytes.is_empty() {
            return Err(Errno::ENOENT);
        }
        if self.bytes.starts_with(b"/") {
            return Ok(ROOT.into());
        }
        if self.directory as u32 == AT_FDCWD as u32 {
            return Ok(k.process_of(tid).directory.id().into());
        }
        match &k.process_of(tid).files.get(self.directory)?.file {
            File::Node(node) => Ok(node.id().into()),
            File::ProcDirectory(entry) => Ok(Found::Proc(*entry)),
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// What is there.
    pub(super) fn find(&self, k: &mut Kernel, tid: Tid, links: Links) -> Result<Target, Errno> {
        let (start, me) = (self.start(k, tid)?, k.thread(tid).pid.0);
        match k.tree.lookup(start, &self.bytes, links, me)? {
            Found::Node(node) => Ok(Target::Node(node)),
            Found::Proc(entry) => find_proc(k, entry, links),
        }
    }

    /// The node that is there, kept from going.
    pub(super) fn node(&self, k: &mut Kernel, tid: Tid, links: Links) -> Result<Held, Errno> {
        match self.find(k, tid, links)? {
            Target::Node(node) => Ok(k.tree.hold(node)),
            Target::Open(open) => match &open.file {
                File::Node(node) => Ok(node.clone()),
                _ => Err(Errno::EINVAL),
            },
            // Nothing of it can be changed.
            Target::Proc(_) => Err(Errno::EPERM),
        }
    }

    /// The place of what is or would be there.
    pub(super) fn place(&self, k: &mut Kernel, tid: Tid) -> Result<Place, Errno> {
        let (start, me) = (self.start(k, tid)?, k.thread(tid).pid.0);
        k.tree.place(start, &self.bytes, me)
    }

    /// The place of a file that is to be made by opening it.
    pub(super) fn place_of_new(&self, k: &mut Kernel, tid: Tid) -> Result<Place, Errno> {
        let (start, me) = (self.start(k, tid)?, k.thread(tid).pid.0);
        k.tree.place_of_new(start, &self.bytes, me)
    }
}

fn find_proc(k: &mut Kernel, entry: Entry, links: Links) -> Result<Target, Errno> {
    let Some(pid) = entry.process() else {
        return Ok(Target::Proc(entry));
    };
    let process = k.processes.get(&Pid(pid)).ok_or(Errno::ENOENT)?;
    let open = match entry {
        Entry::Descriptor(_, number) => Some(process.files.get(number.into())),
        _ => None,
    };
    let open = open.transpose().map_err(|_| Errno::ENOENT)?;
    if links == Links::Keep {
        return Ok(Target::Proc(entry));
    }
    let node = match (entry, &open) {
        (_, Some(open)) => match &open.file {
            File::Node(node) => node.id(),
            _ => return Ok(Target::Open(Rc::clone(open))),
        },
        (Entry::Of(_, About::Exe), _) => process.program.as_ref().ok_or(Errno::ENOENT)?.id(),
        (Entry::Of(_, About::Cwd), _) => process.directory.id(),
        (Entry::Of(_, About::Root), _) => ROOT,
        _ => return Ok(Target::Proc(entry)),
    };
    Ok(Target::Node(node))
}

/// What a link of `/proc` says.
pub(super) fn link_text(k: &Kernel, entry: Entry) -> Result<Vec<u8>, Errno> {
    let process = entry.process().and_then(|pid| k.processes.get(&Pid(pid)));
    let process = process.ok_or(Errno::ENOENT)?;
    let node = match entry {
        Entry::Of(_, About::Root) => ROOT,
        Entry::Of(_, About::Cwd) => process.directory.id(),
        Entry::Of(_, About::Exe) => process.program.as_ref().ok_or(Errno::ENOENT)?.id(),
        Entry::Descriptor(_, number) => {
            let open = process
                .files
                .get(number.into())
                .map_err(|_| Errno::ENOENT)?;
            match &open.file {
                File::Node(node) | File::Device(_, node) => node.id(),
                File::Stream(port) if k.is_terminal(*port) => return Ok(b"/dev/tty".to_vec()),
                File::Stream(_) => return Ok(b"/dev/console".to_vec()),
                File::Pipe(end) => return Ok(alloc::format!("pipe:[{}]", end.number()).into()),
                _ => return Ok(b"/proc".to_vec()),
            }
        }
        _ => return Err(Errno::EINVAL),
    };
    Ok(path_of(k, node))
}

/// The path of a node, as Linux shows it if it has none any more.
pub(super) fn path_of(k: &Kernel, node: NodeId) -> Vec<u8> {
    let path = k.tree.path_of(node);
    path.unwrap_or_else(|| b"/ (deleted)".to_vec())
}
