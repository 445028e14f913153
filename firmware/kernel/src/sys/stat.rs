//! Asking about files and file systems.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::layout::{Stat, Timespec};

use super::names::links;
use super::open::open_file;
use super::path::{Path, Target, link_text};
use crate::fs::node::{Kind, NodeId, ROOT};
use crate::fs::path::{Found, Links};
use crate::mem::PAGE_SIZE;
use crate::task::{Answer, Cx, File, Kernel, Open};

/// `st_dev` of the tree, and of what is made up.
const TREE: u64 = 1;
const MADE_UP: u64 = 2;

fn stat_of_node(k: &Kernel, id: NodeId) -> Stat {
    let node = k.tree.node(id);
    let (kind, rdev) = match &node.kind {
        Kind::Directory(_) | Kind::Proc => (S_IFDIR, 0),
        Kind::Symlink(_) => (S_IFLNK, 0),
        Kind::File(_) => (S_IFREG, 0),
        Kind::Device(device) => (S_IFCHR, device.number()),
    };
    let size = k.size_of(id);
    let pages = match &node.kind {
        Kind::File(contents) => match contents.object {
            Some(object) => k.mm.file_pages(object),
            None => size.div_ceil(PAGE_SIZE as u64),
        },
        _ => 0,
    };
    let time = |nanos| Timespec::from_nanos(nanos);
    Stat {
        dev: TREE,
        ino: id.inode(),
        mode: kind | node.mode,
        nlink: k.tree.link_count(id),
        uid: node.owner.0,
        gid: node.owner.1,
        rdev,
        size: size as i64,
        blksize: PAGE_SIZE as i32,
        blocks: (pages * PAGE_SIZE as u64 / 512) as i64,
        atime: time(node.times.accessed),
        mtime: time(node.times.modified),
        ctime: time(node.times.changed),
        ..Stat::default()
    }
}

/// `struct stat` as bytes.
fn stat_bytes(stat: &Stat) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size_of::<Stat>());
    let mut put = |value: &[u8]| bytes.extend_from_slice(value);
    put(&stat.dev.to_le_bytes());
    put(&stat.ino.to_le_bytes());
    for value in [stat.mode, stat.nlink, stat.uid, stat.gid] {
        put(&value.to_le_bytes());
    }
    put(&stat.rdev.to_le_bytes());
    put(&stat.pad1.to_le_bytes());
    put(&stat.size.to_le_bytes());
    put(&stat.blksize.to_le_bytes());
    put(&stat.pad2.to_le_bytes());
    put(&stat.blocks.to_le_bytes());
    for time in [stat.atime, stat.mtime, stat.ctime] {
        put(&time.sec.to_le_bytes());
        put(&time.nsec.to_le_bytes());
    }
    put(&stat.unused.to_le_bytes());
    bytes
}

fn stat_of_open(k: &Kernel, open: &Open) -> Stat {
    match &open.file {
        File::Node(node) | File::Device(_, node) => stat_of_node(k, node.id()),
        // The terminal has a name, by which programs know it again.
        File::Stream(port) => match k.tree.lookup(ROOT.into(), b"/dev/tty", Links::Follow, 0) {
            Ok(Found::Node(node)) if k.is_terminal(*port) => stat_of_node(k, node),
            _ => stat_of_made_up(S_IFCHR | 0o620, 1),
        },
        File::Pipe(end) => stat_of_made_up(S_IFIFO | 0o600, end.number().into()),
        File::ProcDirectory(_) => stat_of_made_up(S_IFDIR | 0o555, 1),
        File::Text(_) | File::Pagemap(_) => stat_of_made_up(S_IFREG | 0o444, 1),
    }
}

/// Of what is on no disk.
fn stat_of_made_up(mode: u32, inode: u64) -> Stat {
    Stat {
        dev: MADE_UP,
        ino: inode,
        mode,
        nlink: 1,
        blksize: 1024,
        ..Stat::default()
    }
}

/// What a call is about: by path, or, with an empty one, by descriptor.
async fn stat_of(cx: &Cx, directory: u64, path: u64, flags: u64) -> Result<Stat, Errno> {
    let path = Path::read(cx, directory, path).await?;
    if path.bytes.is_empty() && flags & AT_EMPTY_PATH != 0 && directory as u32 != AT_FDCWD as u32 {
        let open = open_file(cx, directory)?;
        return Ok(cx.kernel(|k| stat_of_open(k, &open)));
    }
    let tid = cx.tid;
    cx.kernel(|k| {
        Ok(match path.find(k, tid, links(flags))? {
            Target::Node(node) => stat_of_node(k, node),
            Target::Open(open) => stat_of_open(k, &open),
            Target::Proc(entry) => stat_of_made_up(
                match () {
                    () if entry.is_directory() => S_IFDIR | 0o555,
                    () if entry.is_link() => S_IFLNK | 0o777,
                    () => S_IFREG | 0o444,
                },
                1,
            ),
        })
    })
}

pub(super) async fn fstat(cx: &Cx, number: u64, out: u64) -> Answer {
    let open = open_file(cx, number)?;
    let stat = cx.kernel(|k| stat_of_open(k, &open));
    cx.copy_out(&stat_bytes(&stat), out).await?;
    Ok(0)
}

pub(super) async fn fstatat(cx: &Cx, directory: u64, path: u64, out: u64, flags: u64) -> Answer {
    let stat = stat_of(cx, directory, path, flags).await?;
    cx.copy_out(&stat_bytes(&stat), out).await?;
    Ok(0)
}

/// `statx`: what `struct stat` has, in another form.
pub(super) async fn statx(cx: &Cx, [directory, path, flags, _, out, _]: super::Args) -> Answer {
    /// All fields of `struct stat`.
    const BASIC: u32 = 0x7ff;
    let stat = stat_of(cx, directory, path, flags).await?;
    let mut bytes = [0; 256];
    let mut put = |at: usize, value: &[u8]| bytes[at..][..value.len()].copy_from_slice(value);
    put(0, &BASIC.to_le_bytes());
    put(4, &stat.blksize.to_le_bytes());
    put(16, &stat.nlink.to_le_bytes());
    put(20, &stat.uid.to_le_bytes());
    put(24, &stat.gid.to_le_bytes());
    put(28, &(stat.mode as u16).to_le_bytes());
    put(32, &stat.ino.to_le_bytes());
    put(40, &stat.size.to_le_bytes());
    put(48, &stat.blocks.to_le_bytes());
    for (at, time) in [(64, stat.atime), (96, stat.ctime), (112, stat.mtime)] {
        put(at, &time.sec.to_le_bytes());
        put(at + 8, &(time.nsec as u32).to_le_bytes());
    }
    for (at, device) in [(128, stat.rdev), (136, stat.dev)] {
        put(at, &((device >> 8) as u32).to_le_bytes());
        put(at + 4, &(device as u32 & 255).to_le_bytes());
    }
    cx.copy_out(&bytes, out).await?;
    Ok(0)
}

pub(super) async fn faccessat(cx: &Cx, directory: u64, path: u64, mode: u64, flags: u64) -> Answer {
    let stat = stat_of(cx, directory, path, flags).await?;
    let is_directory = stat.mode & S_IFMT == S_IFDIR;
    // All processes are root's: what matters is whether anybody may execute it.
    if mode & X_OK != 0 && !is_directory && stat.mode & 0o111 == 0 {
        return Err(Errno::EACCES);
    }
    Ok(0)
}

pub(super) async fn readlinkat(cx: &Cx, directory: u64, path: u64, out: u64, len: u64) -> Answer {
    let path = Path::read(cx, directory, path).await?;
    let tid = cx.tid;
    let target = cx.kernel(|k| match path.find(k, tid, Links::Keep)? {
        Target::Node(node) => match &k.tree.node(node).kind {
            Kind::Symlink(to) => Ok(to.clone()),
            _ => Err(Errno::EINVAL),
        },
        Target::Proc(entry) => link_text(k, entry),
        Target::Open(_) => Err(Errno::EINVAL),
    })?;
    if len as i32 <= 0 {
        return Err(Errno::EINVAL);
    }
    let count = target.len().min(len as usize);
    cx.copy_out(&target[..count], out).await?;
    Ok(count as u64)
}

/// `struct statfs` of the tree, which is a file system in memory; or of `/proc`.
fn statfs_bytes(k: &Kernel, is_proc: bool) -> [u8; 120] {
    const TMPFS_MAGIC: u64 = 0x0102_1994;
    const PROC_MAGIC: u64 = 0x9fa0;
    let (mut bytes, page) = ([0; 120], PAGE_SIZE as u64);
    let summary = k.mm.summary();
    let blocks = (summary.frames + summary.slots) as u64;
    let free = k.mm.room_for_files() as u64;
    let files = k.tree.room_for_files() as u64;
    let all = files + k.tree.nodes().count() as u64;
    let words = if is_proc {
        [PROC_MAGIC, page, 0, 0, 0, 0, 0, 0, 255, page, 0]
    } else {
        [
            TMPFS_MAGIC,
            page,
            blocks,
            free,
            free,
            all,
            files,
            TREE,
            255,
            page,
            0,
        ]
    };
    for (to, word) in bytes.chunks_exact_mut(8).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

pub(super) async fn statfs(cx: &Cx, path: u64, out: u64) -> Answer {
    let path = Path::read(cx, AT_FDCWD, path).await?;
    let tid = cx.tid;
    let bytes = cx.kernel(|k| {
        let target = path.find(k, tid, Links::Follow)?;
        Ok(statfs_bytes(k, matches!(target, Target::Proc(_))))
    })?;
    cx.copy_out(&bytes, out).await?;
    Ok(0)
}

pub(super) async fn fstatfs(cx: &Cx, number: u64, out: u64) -> Answer {
    let open = open_file(cx, number)?;
    let is_proc = matches!(open.file, File::ProcDirectory(_) | File::Text(_));
    let bytes = cx.kernel(|k| statfs_bytes(k, is_proc));
    cx.copy_out(&bytes, out).await?;
    Ok(0)
}
