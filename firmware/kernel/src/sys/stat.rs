//! Asking about files and directories.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::layout::{Stat, Timespec};

use super::open::{MOST_PATH, Target, find, open_file};
use crate::fs::proc::{About, Entry, System};
use crate::fs::tree::{Kind, Links, NodeId};
use crate::task::{Answer, Cx, File, Kernel, Open, Pid};

fn stat_of_node(k: &Kernel, id: NodeId) -> Stat {
    let node = k.tree.node(id);
    let (kind, size) = match &node.kind {
        Kind::Directory(_) => (S_IFDIR, 4096),
        Kind::Symlink(to) => (S_IFLNK, to.len() as u64),
        Kind::File(file) => (S_IFREG, file.size),
        Kind::Memory(bytes) => (S_IFREG, bytes.len() as u64),
    };
    let time = Timespec {
        sec: node.mtime as i64,
        nsec: 0,
    };
    Stat {
        dev: 1,
        ino: u64::from(id.0) + 1,
        mode: kind | node.mode,
        nlink: 1,
        size: size as i64,
        blksize: 4096,
        blocks: size.div_ceil(512) as i64,
        atime: time,
        mtime: time,
        ctime: time,
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
    let mode = match &open.file {
        File::Node(node) => return stat_of_node(k, *node),
        File::Stream(_) | File::Null => S_IFCHR | 0o620,
        File::Pipe(_) => S_IFIFO | 0o600,
        File::ProcDirectory(_) => S_IFDIR | 0o555,
        File::Text(_) | File::Pagemap(_) => S_IFREG | 0o444,
    };
    stat_of_made_up(mode)
}

/// Of what is on no disk.
fn stat_of_made_up(mode: u32) -> Stat {
    Stat {
        dev: 2,
        ino: 1,
        mode,
        nlink: 1,
        blksize: 1024,
        ..Stat::default()
    }
}

pub(super) async fn fstat(cx: &Cx, number: u64, out: u64) -> Answer {
    let open = open_file(cx, number)?;
    let stat = cx.kernel(|k| stat_of_open(k, &open));
    cx.copy_out(&stat_bytes(&stat), out).await?;
    Ok(0)
}

pub(super) async fn fstatat(cx: &Cx, directory: u64, path: u64, out: u64, flags: u64) -> Answer {
    let path = cx.read_text(path, MOST_PATH).await?;
    if path.is_empty() && flags & AT_EMPTY_PATH != 0 {
        return fstat(cx, directory, out).await;
    }
    let links = if flags & AT_SYMLINK_NOFOLLOW != 0 {
        Links::Keep
    } else {
        Links::Follow
    };
    let stat = match find(cx, directory, &path, links)? {
        Target::Node(node) => cx.kernel(|k| stat_of_node(k, node)),
        Target::Null => stat_of_made_up(S_IFCHR | 0o666),
        Target::Proc(Entry::Root | Entry::Process(_)) => stat_of_made_up(S_IFDIR | 0o555),
        Target::Proc(Entry::Of(_, About::Exe)) => stat_of_made_up(S_IFLNK | 0o777),
        Target::Proc(_) => stat_of_made_up(S_IFREG | 0o444),
    };
    cx.copy_out(&stat_bytes(&stat), out).await?;
    Ok(0)
}

pub(super) async fn faccessat(cx: &Cx, directory: u64, path: u64) -> Answer {
    let path = cx.read_text(path, MOST_PATH).await?;
    find(cx, directory, &path, Links::Follow)?;
    Ok(0)
}

pub(super) async fn readlinkat(cx: &Cx, directory: u64, path: u64, out: u64, len: u64) -> Answer {
    let path = cx.read_text(path, MOST_PATH).await?;
    let target = match find(cx, directory, &path, Links::Keep)? {
        Target::Node(node) => cx.kernel(|k| match &k.tree.node(node).kind {
            Kind::Symlink(to) => Ok(to.clone()),
            _ => Err(Errno::EINVAL),
        })?,
        Target::Proc(Entry::Of(pid, About::Exe)) => {
            let process = |k: &mut Kernel| k.processes.get(&Pid(pid)).map(|p| p.path.clone());
            cx.kernel(process).ok_or(Errno::ENOENT)?
        }
        Target::Proc(_) | Target::Null => return Err(Errno::EINVAL),
    };
    let count = target.len().min(len as usize);
    cx.copy_out(&target[..count], out).await?;
    Ok(count as u64)
}

/// An entry of a directory: inode number, type, name.
type DirectoryEntry = (u64, u8, Vec<u8>);

/// All entries of an open directory.
fn entries(k: &Kernel, open: &Open) -> Result<Vec<DirectoryEntry>, Errno> {
    let directory = match &open.file {
        File::Node(node) => *node,
        File::ProcDirectory(entry) => return Ok(entries_of_proc(k, *entry)),
        _ => return Err(Errno::ENOTDIR),
    };
    let Kind::Directory(named) = &k.tree.node(directory).kind else {
        return Err(Errno::ENOTDIR);
    };
    let parent = k.tree.node(directory).parent;
    let own = [(&b"."[..], directory), (&b".."[..], parent)];
    let named = named.iter().map(|(name, id)| (name.as_slice(), *id));
    let entry = |(name, id): (&[u8], NodeId)| {
        let kind = match k.tree.node(id).kind {
            Kind::Directory(_) => DT_DIR,
            Kind::Symlink(_) => DT_LNK,
            Kind::File(_) | Kind::Memory(_) => DT_REG,
        };
        (u64::from(id.0) + 1, kind, name.to_vec())
    };
    Ok(own.into_iter().chain(named).map(entry).collect())
}

fn entries_of_proc(k: &Kernel, entry: Entry) -> Vec<DirectoryEntry> {
    let file = |name: &str| (1, DT_REG, name.as_bytes().to_vec());
    let directory = |name: alloc::string::String| (1, DT_DIR, name.into_bytes());
    let mut all = Vec::from([directory(".".into()), directory("..".into())]);
    if let Entry::Root = entry {
        let pids = k.processes.keys();
        all.extend(pids.map(|pid| directory(alloc::format!("{}", pid.0))));
        all.extend(System::ALL.iter().map(|(_, name)| file(name)));
    } else {
        all.extend(About::ALL.iter().map(|(_, name)| file(name)));
    }
    all
}

/// `getdents64`: the offset of the open file counts entries.
pub(super) async fn getdents64(cx: &Cx, number: u64, out: u64, len: u64) -> Answer {
    const HEAD: usize = 19;
    let open = open_file(cx, number)?;
    let start = open.offset.get();
    let entries = cx.kernel(|k| entries(k, &open))?;
    let rest = entries.get(start as usize..).unwrap_or_default();
    let (mut bytes, mut next) = (Vec::new(), start);
    for (inode, kind, name) in rest {
        let end = bytes.len() + (HEAD + name.len() + 1).next_multiple_of(8);
        if end as u64 > len.min(64 << 10) {
            break;
        }
        next += 1;
        let size = (end - bytes.len()) as u16;
        bytes.extend(inode.to_le_bytes());
        bytes.extend(next.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.push(*kind);
        bytes.extend_from_slice(name);
        bytes.resize(end, 0);
    }
    if bytes.is_empty() && !rest.is_empty() {
        return Err(Errno::EINVAL);
    }
    cx.copy_out(&bytes, out).await?;
    open.offset.set(next);
    Ok(bytes.len() as u64)
}

pub(super) async fn getcwd(cx: &Cx, out: u64, len: u64) -> Answer {
    let tid = cx.tid;
    let mut path = cx.kernel(|k| {
        let directory = k.process_of(tid).directory;
        k.tree.path_of(directory)
    });
    path.push(0);
    if path.len() as u64 > len {
        return Err(Errno::ERANGE);
    }
    cx.copy_out(&path, out).await?;
    Ok(path.len() as u64)
}

pub(super) async fn chdir(cx: &Cx, path: u64) -> Answer {
    let tid = cx.tid;
    let path = cx.read_text(path, MOST_PATH).await?;
    let Target::Node(node) = find(cx, AT_FDCWD, &path, Links::Follow)? else {
        return Err(Errno::EACCES);
    };
    cx.kernel(|k| {
        if !k.tree.is_directory(node) {
            return Err(Errno::ENOTDIR);
        }
        k.process_of(tid).directory = node;
        Ok(0)
    })
}

/// What programs ask of a terminal: whether it is one, and how large.
pub(super) async fn ioctl(cx: &Cx, number: u64, request: u64, argument: u64) -> Answer {
    let open = open_file(cx, number)?;
    let File::Stream(port) = open.file else {
        return Err(Errno::ENOTTY);
    };
    if !cx.kernel(|k| {
        k.devices
            .streams
            .as_ref()
            .is_some_and(|s| s.is_terminal(port))
    }) {
        return Err(Errno::ENOTTY);
    }
    match request {
        TCGETS => cx.copy_out(&terminal_settings(), argument).await?,
        TIOCGWINSZ => {
            let mut size = [0; 8];
            size[..2].copy_from_slice(&24u16.to_le_bytes());
            size[2..4].copy_from_slice(&80u16.to_le_bytes());
            cx.copy_out(&size, argument).await?;
        }
        // The settings are the host's: a program that would edit lines itself is told
        // that it cannot.
        _ => return Err(Errno::EINVAL),
    }
    Ok(0)
}

/// `struct termios`: lines with echo, edited on the host.
fn terminal_settings() -> [u8; 36] {
    const ICRNL: u32 = 0o400;
    const OPOST_ONLCR: u32 = 0o5;
    const B38400_CS8_CREAD: u32 = 0o17 | 0o60 | 0o200;
    const ISIG_ICANON_ECHO: u32 = 0o1 | 0o2 | 0o10;
    let mut bytes = [0; 36];
    let flags = [ICRNL, OPOST_ONLCR, B38400_CS8_CREAD, ISIG_ICANON_ECHO];
    for (to, flags) in bytes.chunks_exact_mut(4).zip(flags) {
        to.copy_from_slice(&flags.to_le_bytes());
    }
    bytes
}
