//! Opening and closing, and what descriptors stand for.

use alloc::rc::Rc;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::flags::*;

use super::path::{Path, Target};
use super::{proc, write};
use crate::fs::device::Device;
use crate::fs::node::{Contents, Kind, NodeId};
use crate::fs::path::Links;
use crate::fs::proc::{About, Entry};
use crate::task::{Answer, Cx, File, Kernel, Open, Pid, PipeEnd, Tid};

/// Most bytes that one call moves at a time between the process and the kernel: a page,
/// which is also what a pipe takes at once or not at all.
pub(super) const PIECE: usize = crate::mem::PAGE_SIZE;
/// Most parts of a readv or writev, as on Linux.
pub(super) const MOST_PARTS: u64 = 1024;

pub(super) fn open_file(cx: &Cx, number: u64) -> Result<Rc<Open>, Errno> {
    let tid = cx.tid;
    cx.kernel(|k| k.process_of(tid).files.get(number))
}

/// Flags that are not kept: they are about opening alone.
const ONLY_FOR_OPEN: u64 =
    O_CLOEXEC | O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_DIRECTORY | O_NOFOLLOW;

pub(super) async fn openat(cx: &Cx, directory: u64, path: u64, flags: u64, mode: u64) -> Answer {
    let tid = cx.tid;
    let path = Path::read(cx, directory, path).await?;
    if flags & O_TMPFILE != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    if flags & (O_CREAT | O_DIRECTORY) == O_CREAT | O_DIRECTORY {
        return Err(Errno::EINVAL);
    }
    let is_new_only = flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL;
    let links = if flags & O_NOFOLLOW != 0 || is_new_only {
        Links::Keep
    } else {
        Links::Follow
    };
    let open = cx.kernel(|k| match path.find(k, tid, links) {
        Err(Errno::ENOENT) if flags & O_CREAT != 0 => {
            let node = create(k, tid, &path, links, mode as u32)?;
            Ok(Open::new(
                File::Node(k.tree.hold(node)),
                flags & !ONLY_FOR_OPEN,
            ))
        }
        Ok(_) if is_new_only => Err(Errno::EEXIST),
        Ok(target) => open_target(k, target, flags),
        Err(error) => Err(error),
    })?;
    if let (File::Node(node), true) = (&open.file, flags & O_TRUNC != 0) {
        write::set_size(cx, node.id(), 0).await?;
    }
    cx.kernel(|k| k.process_of(tid).files.add(open, flags & O_CLOEXEC != 0, 0))
}

/// Makes a file.
fn create(k: &mut Kernel, tid: Tid, path: &Path, links: Links, mode: u32) -> Result<NodeId, Errno> {
    let place = match links {
        Links::Follow => path.place_of_new(k, tid)?,
        Links::Keep => path.place(k, tid)?,
    };
    if place.slash {
        return Err(Errno::EISDIR);
    }
    let (mode, now) = (mode & 0o7777 & !k.process_of(tid).umask, k.clock());
    let contents = Kind::File(Contents::default());
    k.tree
        .create(place.directory, &place.name, contents, mode, now)
}

/// Opens what there is.
fn open_target(k: &mut Kernel, target: Target, flags: u64) -> Result<Rc<Open>, Errno> {
    let file = match target {
        Target::Open(open) => return Ok(open),
        Target::Proc(entry) => open_proc(k, entry, flags)?,
        Target::Node(node) => {
            may_open(k, node, flags)?;
            match k.tree.node(node).kind {
                Kind::Device(Device::Terminal) if flags & O_PATH == 0 => {
                    if !k.is_terminal(Port::Stdin) {
                        return Err(Errno::ENXIO);
                    }
                    File::Stream(Port::Stdin)
                }
                Kind::Device(device) => File::Device(device, k.tree.hold(node)),
                _ => File::Node(k.tree.hold(node)),
            }
        }
    };
    Ok(Open::new(file, flags & !ONLY_FOR_OPEN))
}

/// Whether something can be opened so.
fn may_open(k: &Kernel, node: NodeId, flags: u64) -> Result<(), Errno> {
    let writes = flags & O_ACCMODE != O_RDONLY || flags & O_TRUNC != 0;
    let is_directory = k.tree.is_directory(node);
    if flags & O_DIRECTORY != 0 && !is_directory {
        return Err(Errno::ENOTDIR);
    }
    if flags & O_PATH != 0 {
        return Ok(());
    }
    match k.tree.node(node).kind {
        Kind::Directory(_) if writes || flags & O_CREAT != 0 => Err(Errno::EISDIR),
        Kind::Symlink(_) => Err(Errno::ELOOP),
        Kind::File(_) if writes && k.is_running(node) => Err(Errno::ETXTBSY),
        _ => Ok(()),
    }
}

fn open_proc(k: &Kernel, entry: Entry, flags: u64) -> Result<File, Errno> {
    let is_directory = entry.is_directory();
    if flags & O_ACCMODE != O_RDONLY {
        return Err(if is_directory {
            Errno::EISDIR
        } else {
            Errno::EACCES
        });
    }
    match entry {
        _ if is_directory => Ok(File::ProcDirectory(entry)),
        _ if flags & O_DIRECTORY != 0 => Err(Errno::ENOTDIR),
        _ if entry.is_link() => Err(Errno::ELOOP),
        Entry::Of(pid, About::Pagemap) => Ok(File::Pagemap(Pid(pid))),
        _ => proc::text(k, entry).map(File::Text).ok_or(Errno::ENOENT),
    }
}

pub(super) fn close(k: &mut Kernel, tid: Tid, number: u64) -> Answer {
    let open = k.process_of(tid).files.close(number)?;
    k.closed(open);
    Ok(0)
}

impl Kernel {
    /// A descriptor does not stand for this any more.
    fn closed(&mut self, open: Rc<Open>) {
        drop(open);
        self.wake_for_closed_pipes();
        self.forget_unused_files();
    }
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
    if let Some(open) = closed {
        k.closed(open);
    }
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
            const CHANGED: u64 = O_APPEND | O_NONBLOCK;
            let kept = open.flags.get() & !CHANGED;
            open.flags.set(kept | value & CHANGED);
            Ok(0)
        }
        _ => Err(Errno::EINVAL),
    }
}

pub(super) async fn pipe2(cx: &Cx, out: u64, flags: u64) -> Answer {
    let tid = cx.tid;
    let (from, to) = PipeEnd::pair(&cx.kernel(|k| k.closed_pipes.clone()))?;
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let (close, kept) = (flags & O_CLOEXEC != 0, flags & O_NONBLOCK);
    let numbers = cx.kernel(|k| {
        let files = &mut k.process_of(tid).files;
        let from = files.add(Open::new(File::Pipe(from), O_RDONLY | kept), close, 0)?;
        let to = Open::new(File::Pipe(to), O_WRONLY | kept);
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
        File::Node(node) => k.size_of(node.id()),
        File::Text(text) => text.len() as u64,
        File::Device(..) => return Ok(0),
        File::ProcDirectory(_) | File::Pagemap(_) => 0,
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
