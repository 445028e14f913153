//! Opening and closing, and what descriptors stand for.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;

use super::proc;
use crate::fs::proc::{About, Entry, parse};
use crate::fs::tree::{Kind, Links, NodeId, ROOT};
use crate::task::{Answer, Cx, File, Kernel, Open, Pid, PipeEnd, Tid, Wait};

/// Bytes of a path.
pub(super) const MOST_PATH: usize = 4096;
/// Most bytes that one call moves at a time between the process and the kernel.
pub(super) const PIECE: usize = 1024;
/// Most parts of a readv or writev, as on Linux.
pub(super) const MOST_PARTS: u64 = 1024;

pub(super) fn open_file(cx: &Cx, number: u64) -> Result<Rc<Open>, Errno> {
    let tid = cx.tid;
    cx.kernel(|k| k.process_of(tid).files.get(number))
}

/// The directory from which a path is meant.
fn base(k: &mut Kernel, tid: Tid, directory: u64, path: &[u8]) -> Result<NodeId, Errno> {
    if path.starts_with(b"/") {
        return Ok(ROOT);
    }
    if directory as u32 == AT_FDCWD as u32 {
        return Ok(k.process_of(tid).directory);
    }
    match k.process_of(tid).files.get(directory)?.file {
        File::Node(node) => Ok(node),
        _ => Err(Errno::ENOTDIR),
    }
}

/// What a path leads to.
pub(super) enum Target {
    Node(NodeId),
    Null,
    Proc(Entry),
}

/// What is at a path, seen from an open directory.
pub(super) fn find(cx: &Cx, directory: u64, path: &[u8], links: Links) -> Result<Target, Errno> {
    let tid = cx.tid;
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    if path == b"/dev/null" {
        return Ok(Target::Null);
    }
    cx.kernel(|k| {
        let me = k.thread(tid).pid;
        if let Some(entry) = parse(path, me.0) {
            return find_proc(k, entry.map_err(|_| Errno::ENOENT)?, links);
        }
        let from = base(k, tid, directory, path)?;
        k.tree.lookup(from, path, links).map(Target::Node)
    })
}

fn find_proc(k: &Kernel, entry: Entry, links: Links) -> Result<Target, Errno> {
    if let Entry::Process(pid) | Entry::Of(pid, _) = entry {
        let process = k.processes.get(&Pid(pid)).ok_or(Errno::ENOENT)?;
        // A link to the program.
        if let (Entry::Of(_, About::Exe), Links::Follow) = (entry, links) {
            let node = k.tree.lookup(process.directory, &process.path, links);
            return node.map(Target::Node);
        }
    }
    Ok(Target::Proc(entry))
}

pub(super) async fn openat(cx: &Cx, directory: u64, path: u64, flags: u64, mode: u64) -> Answer {
    let tid = cx.tid;
    let path = cx.read_text(path, MOST_PATH).await?;
    let links = if flags & O_NOFOLLOW != 0 {
        Links::Keep
    } else {
        Links::Follow
    };
    let file = match find(cx, directory, &path, links) {
        Err(Errno::ENOENT) if flags & O_CREAT != 0 => {
            let node = cx.kernel(|k| {
                let from = base(k, tid, directory, &path)?;
                let mode = mode as u32 & 0o777 & !k.umask;
                k.tree.create(from, &path, Kind::Memory(Vec::new()), mode)
            })?;
            File::Node(node)
        }
        Err(error) => return Err(error),
        Ok(Target::Null) => File::Null,
        Ok(Target::Proc(entry)) => open_proc(cx, entry, flags)?,
        Ok(Target::Node(node)) => {
            cx.kernel(|k| {
                may_open(&k.tree.node(node).kind, flags)?;
                if flags & O_TRUNC != 0 {
                    k.tree.set_len(node, 0)?;
                }
                Ok(())
            })?;
            File::Node(node)
        }
    };
    let kept = flags & !(O_CLOEXEC | O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY);
    let open = Open::new(file, kept);
    cx.kernel(|k| k.process_of(tid).files.add(open, flags & O_CLOEXEC != 0, 0))
}

/// Whether something can be opened so; what is on the root disk cannot be changed.
fn may_open(kind: &Kind, flags: u64) -> Result<(), Errno> {
    let writes = flags & O_ACCMODE != O_RDONLY || flags & O_TRUNC != 0;
    match kind {
        Kind::Directory(_) if writes => Err(Errno::EISDIR),
        Kind::Directory(_) => Ok(()),
        Kind::Symlink(_) => Err(Errno::ELOOP),
        _ if flags & O_DIRECTORY != 0 => Err(Errno::ENOTDIR),
        _ if flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL => Err(Errno::EEXIST),
        Kind::File(_) if writes => Err(Errno::EROFS),
        Kind::File(_) | Kind::Memory(_) => Ok(()),
    }
}

fn open_proc(cx: &Cx, entry: Entry, flags: u64) -> Result<File, Errno> {
    if flags & O_ACCMODE != O_RDONLY {
        return Err(Errno::EACCES);
    }
    match entry {
        Entry::Root | Entry::Process(_) => Ok(File::ProcDirectory(entry)),
        Entry::Of(pid, About::Pagemap) => Ok(File::Pagemap(Pid(pid))),
        Entry::Of(_, About::Exe) => Err(Errno::ELOOP),
        _ => {
            let text = cx.kernel(|k| proc::text(k, entry));
            Ok(File::Text(text.ok_or(Errno::ENOENT)?))
        }
    }
}

pub(super) fn close(k: &mut Kernel, tid: Tid, number: u64) -> Answer {
    let open = k.process_of(tid).files.close(number)?;
    drop(open);
    k.wake_all(usize::MAX, Wait::is_for_pipe);
    Ok(0)
}

pub(super) fn dup(k: &mut Kernel, tid: Tid, number: u64) -> Answer {
    let files = &mut k.process_of(tid).files;
    files.add(files.get(number)?, false, 0)
}

pub(super) fn dup3(k: &mut Kernel, tid: Tid, old: u64, new: u64, flags: u64) -> Answer {
    if old as u32 == new as u32 || flags & !O_CLOEXEC != 0 {
        return Err(Errno::EINVAL);
    }
    let new = u64::from(new as u32);
    let files = &mut k.process_of(tid).files;
    let open = files.get(old)?;
    let closed = files.set(new, open, flags != 0).map_err(|_| Errno::EBADF)?;
    drop(closed);
    k.wake_all(usize::MAX, Wait::is_for_pipe);
    Ok(new)
}

pub(super) fn fcntl(k: &mut Kernel, tid: Tid, number: u64, command: u64, value: u64) -> Answer {
    let files = &mut k.process_of(tid).files;
    let open = files.get(number)?;
    match command {
        F_DUPFD | F_DUPFD_CLOEXEC => {
            files.add(open, command == F_DUPFD_CLOEXEC, value as u32 as usize)
        }
        F_GETFD => Ok(files.close_on_exec(number)?.into()),
        F_SETFD => {
            files.set_close_on_exec(number, value & FD_CLOEXEC != 0)?;
            Ok(0)
        }
        F_GETFL => Ok(open.flags.get()),
        F_SETFL => {
            let kept = open.flags.get() & O_ACCMODE;
            open.flags.set(kept | value & (O_APPEND | O_NONBLOCK));
            Ok(0)
        }
        _ => Err(Errno::EINVAL),
    }
}

pub(super) async fn pipe2(cx: &Cx, out: u64, flags: u64) -> Answer {
    let tid = cx.tid;
    let (from, to) = PipeEnd::pair().ok_or(Errno::ENFILE)?;
    let close = flags & O_CLOEXEC != 0;
    let numbers = cx.kernel(|k| {
        let files = &mut k.process_of(tid).files;
        let from = files.add(Open::new(File::Pipe(from), O_RDONLY), close, 0)?;
        let to = Open::new(File::Pipe(to), O_WRONLY);
        match files.add(to, close, 0) {
            Ok(to) => Ok([from, to]),
            Err(error) => {
                files.close(from)?;
                Err(error)
            }
        }
    })?;
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&(numbers[0] as u32).to_le_bytes());
    bytes[4..].copy_from_slice(&(numbers[1] as u32).to_le_bytes());
    if let Err(error) = cx.copy_out(&bytes, out).await {
        cx.kernel(|k| {
            for number in numbers {
                // Another thread may have closed it meanwhile.
                let _ = k.process_of(tid).files.close(number);
            }
        });
        return Err(error);
    }
    Ok(0)
}

pub(super) fn lseek(k: &mut Kernel, tid: Tid, number: u64, offset: u64, whence: u64) -> Answer {
    let open = k.process_of(tid).files.get(number)?;
    let size = match &open.file {
        File::Node(node) => match &k.tree.node(*node).kind {
            Kind::File(file) => file.size,
            Kind::Memory(bytes) => bytes.len() as u64,
            Kind::Directory(_) | Kind::Symlink(_) => 0,
        },
        File::Text(text) => text.len() as u64,
        File::Null | File::ProcDirectory(_) | File::Pagemap(_) => 0,
        File::Stream(_) | File::Pipe(_) => return Err(Errno::ESPIPE),
    };
    let from = match whence {
        SEEK_SET => 0,
        SEEK_CUR => open.offset.get(),
        SEEK_END => size,
        _ => return Err(Errno::EINVAL),
    };
    let place = from.checked_add_signed(offset as i64);
    let place = place.filter(|place| *place <= i64::MAX as u64);
    let place = place.ok_or(Errno::EINVAL)?;
    open.offset.set(place);
    Ok(place)
}

/// `mkdirat`.
pub(super) async fn mkdirat(cx: &Cx, directory: u64, path: u64, mode: u64) -> Answer {
    let tid = cx.tid;
    let path = cx.read_text(path, MOST_PATH).await?;
    cx.kernel(|k| {
        let from = base(k, tid, directory, &path)?;
        let mode = mode as u32 & 0o777 & !k.umask;
        k.tree
            .create(from, &path, Kind::Directory(BTreeMap::new()), mode)
    })?;
    Ok(0)
}

/// `unlinkat`: what came from the root disk can go, too, since only the tree changes.
pub(super) async fn unlinkat(cx: &Cx, directory: u64, path: u64, flags: u64) -> Answer {
    let tid = cx.tid;
    let path = cx.read_text(path, MOST_PATH).await?;
    cx.kernel(|k| {
        let from = base(k, tid, directory, &path)?;
        let node = k.tree.remove(from, &path, flags & AT_REMOVEDIR != 0)?;
        let mut processes = k.processes.values();
        if !processes.any(|process| process.files.has(node))
            && let Kind::Memory(bytes) = &mut k.tree.node_mut(node).kind
        {
            *bytes = Vec::new();
        }
        Ok(0)
    })
}

/// `ftruncate`.
pub(super) fn ftruncate(k: &mut Kernel, tid: Tid, number: u64, len: u64) -> Answer {
    let open = k.process_of(tid).files.get(number)?;
    match open.file {
        File::Node(node) if open.can_write() => k.tree.set_len(node, len).map(|()| 0),
        _ => Err(Errno::EINVAL),
    }
}
