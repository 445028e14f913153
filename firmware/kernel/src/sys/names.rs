//! Names of files: made, moved and removed; and what is known of a file besides its
//! content.

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::layout::Timespec;

use super::open::open_file;
use super::path::Path;
use crate::fs::archive::new_directory;
use crate::fs::node::{Contents, Held, Kind, Node};
use crate::fs::path::Links;
use crate::fs::tree::Clash;
use crate::task::{Answer, Cx, File, Kernel, Tid};

/// Whether a call follows the last link of its path, by its flags.
pub(super) fn links(flags: u64) -> Links {
    if flags & AT_SYMLINK_NOFOLLOW != 0 {
        Links::Keep
    } else {
        Links::Follow
    }
}

/// Gives a new node a name.
fn make(k: &mut Kernel, tid: Tid, path: &Path, kind: Kind, mode: u64) -> Answer {
    let place = path.place(k, tid)?;
    if place.slash && !matches!(kind, Kind::Directory(_)) {
        return Err(Errno::ENOENT);
    }
    let mode = match kind {
        Kind::Symlink(_) => 0o777,
        _ => mode as u32 & 0o7777 & !k.process_of(tid).umask,
    };
    let now = k.clock();
    k.tree
        .create(place.directory, &place.name, kind, mode, now)?;
    Ok(0)
}

pub(super) async fn mkdirat(cx: &Cx, directory: u64, path: u64, mode: u64) -> Answer {
    let path = Path::read(cx, directory, path).await?;
    let tid = cx.tid;
    cx.kernel(|k| make(k, tid, &path, new_directory(), mode & 0o1777))
}

/// `mknodat`: only files.
pub(super) async fn mknodat(cx: &Cx, directory: u64, path: u64, mode: u64) -> Answer {
    let path = Path::read(cx, directory, path).await?;
    let tid = cx.tid;
    match mode as u32 & S_IFMT {
        0 | S_IFREG => cx.kernel(|k| make(k, tid, &path, Kind::File(Contents::default()), mode)),
        _ => Err(Errno::EPERM),
    }
}

pub(super) async fn symlinkat(cx: &Cx, target: u64, directory: u64, path: u64) -> Answer {
    let target = Path::read(cx, directory, target).await?.bytes;
    let path = Path::read(cx, directory, path).await?;
    if target.is_empty() {
        return Err(Errno::ENOENT);
    }
    let tid = cx.tid;
    cx.kernel(|k| make(k, tid, &path, Kind::Symlink(target), 0))
}

pub(super) async fn linkat(cx: &Cx, [from, old, to, new, flags, _]: super::Args) -> Answer {
    let (tid, old) = (cx.tid, Path::read(cx, from, old).await?);
    let path = Path::read(cx, to, new).await?;
    // Here a flag is needed to follow, not to keep.
    let links = if flags & AT_SYMLINK_FOLLOW != 0 {
        Links::Follow
    } else {
        Links::Keep
    };
    cx.kernel(|k| {
        let (node, now) = (old.node(k, tid, links)?, k.clock());
        let place = path.place(k, tid)?;
        if place.slash {
            return Err(Errno::ENOENT);
        }
        k.tree.link(node.id(), place.directory, &place.name, now)?;
        Ok(0)
    })
}

/// `unlinkat`: what came from the root disk can go, too, since only the tree changes.
pub(super) async fn unlinkat(cx: &Cx, directory: u64, path: u64, flags: u64) -> Answer {
    let path = Path::read(cx, directory, path).await?;
    let tid = cx.tid;
    cx.kernel(|k| {
        let (place, now) = (path.place(k, tid)?, k.clock());
        let (directory, name) = (place.directory, place.name.as_slice());
        if flags & AT_REMOVEDIR != 0 {
            match name {
                b"" => return Err(Errno::EBUSY),
                b"." => return Err(Errno::EINVAL),
                b".." => return Err(Errno::ENOTEMPTY),
                _ => k.tree.remove_directory(directory, name, now)?,
            }
        } else if !place.is_entry() {
            return Err(Errno::EISDIR);
        } else {
            let node = path.find(k, tid, Links::Keep);
            if place.slash {
                // With a slash it can only be a directory, which stays.
                return Err(node.err().unwrap_or(Errno::EISDIR));
            }
            k.tree.unlink(directory, name, now)?;
        }
        k.forget_unused_files();
        Ok(0)
    })
}

pub(super) async fn renameat2(cx: &Cx, [from, old, to, new, flags, _]: super::Args) -> Answer {
    let old = Path::read(cx, from, old).await?;
    let new = Path::read(cx, to, new).await?;
    let clash = match flags {
        0 => Clash::Replace,
        RENAME_NOREPLACE => Clash::Keep,
        RENAME_EXCHANGE => Clash::Exchange,
        _ => return Err(Errno::EINVAL),
    };
    let tid = cx.tid;
    cx.kernel(|k| {
        let (old, new) = (old.place(k, tid)?, new.place(k, tid)?);
        if !old.is_entry() || !new.is_entry() {
            return Err(match clash {
                Clash::Keep => Errno::EEXIST,
                _ => Errno::EBUSY,
            });
        }
        let now = k.clock();
        k.tree.rename(&old, &new, clash, now)?;
        k.forget_unused_files();
        Ok(0)
    })
}

/// What a call is about that takes a path, or a descriptor: with an empty path, or none.
async fn subject(cx: &Cx, directory: u64, path: u64, flags: u64) -> Result<Held, Errno> {
    let tid = cx.tid;
    if path == 0 {
        return opened(cx, directory);
    }
    let path = Path::read(cx, directory, path).await?;
    if path.bytes.is_empty() && flags & AT_EMPTY_PATH != 0 {
        return opened(cx, directory);
    }
    cx.kernel(|k| path.node(k, tid, links(flags)))
}

/// The node that is open.
fn opened(cx: &Cx, number: u64) -> Result<Held, Errno> {
    match &open_file(cx, number)?.file {
        File::Node(node) | File::Device(_, node) => Ok(node.clone()),
        // Nothing of it can be changed.
        _ => Err(Errno::EPERM),
    }
}

/// Changes what is known of a node.
fn change(cx: &Cx, node: &Held, change: impl FnOnce(&mut Node, u64)) -> Answer {
    cx.kernel(|k| {
        let now = k.clock();
        let node = k.tree.node_mut(node.id());
        node.times.changed = now;
        change(node, now);
        Ok(0)
    })
}

pub(super) async fn fchmodat(cx: &Cx, directory: u64, path: u64, mode: u64, flags: u64) -> Answer {
    let node = subject(cx, directory, path, flags).await?;
    if cx.kernel(|k| matches!(k.tree.node(node.id()).kind, Kind::Symlink(_))) {
        return Err(Errno::EOPNOTSUPP);
    }
    change(cx, &node, |node, _| node.mode = mode as u32 & 0o7777)
}

pub(super) async fn fchownat(
    cx: &Cx,
    [directory, path, user, group, flags, _]: super::Args,
) -> Answer {
    let node = subject(cx, directory, path, flags).await?;
    // All ones: it stays.
    let new = |new: u64, old: u32| {
        if new as u32 == u32::MAX {
            old
        } else {
            new as u32
        }
    };
    change(cx, &node, |node, _| {
        let (old_user, old_group) = node.owner;
        node.owner = (new(user, old_user), new(group, old_group));
    })
}

pub(super) async fn utimensat(
    cx: &Cx,
    directory: u64,
    path: u64,
    times: u64,
    flags: u64,
) -> Answer {
    let mut wanted = [Some(None); 2];
    if times != 0 {
        let [a, b, c, d] = cx.read_words(times).await?;
        for (wanted, [sec, nsec]) in wanted.iter_mut().zip([[a, b], [c, d]]) {
            *wanted = match nsec {
                UTIME_NOW => Some(None),
                UTIME_OMIT => None,
                _ => {
                    let time = Timespec {
                        // A time before 1970 is not kept.
                        sec: (sec as i64).max(0),
                        nsec: nsec as i64,
                    };
                    Some(Some(time.to_nanos().ok_or(Errno::EINVAL)?))
                }
            };
        }
    }
    let node = subject(cx, directory, path, flags).await?;
    if wanted == [None; 2] {
        return Ok(0);
    }
    change(cx, &node, |node, now| {
        let times = &mut node.times;
        for (time, wanted) in [&mut times.accessed, &mut times.modified]
            .into_iter()
            .zip(wanted)
        {
            if let Some(wanted) = wanted {
                *time = wanted.unwrap_or(now);
            }
        }
    })
}

/// Makes a directory the one from which paths are meant.
fn enter(cx: &Cx, node: Held) -> Answer {
    let tid = cx.tid;
    cx.kernel(|k| {
        if !k.tree.is_directory(node.id()) {
            return Err(Errno::ENOTDIR);
        }
        k.process_of(tid).directory = node;
        k.forget_unused_files();
        Ok(0)
    })
}

pub(super) async fn chdir(cx: &Cx, path: u64) -> Answer {
    let tid = cx.tid;
    let path = Path::read(cx, AT_FDCWD, path).await?;
    enter(cx, cx.kernel(|k| path.node(k, tid, Links::Follow))?)
}

pub(super) async fn fchdir(cx: &Cx, number: u64) -> Answer {
    match &open_file(cx, number)?.file {
        File::Node(node) => enter(cx, node.clone()),
        _ => Err(Errno::ENOTDIR),
    }
}

pub(super) async fn getcwd(cx: &Cx, out: u64, len: u64) -> Answer {
    let tid = cx.tid;
    let mut path = cx.kernel(|k| {
        let directory = k.process_of(tid).directory.id();
        k.tree.path_of(directory).ok_or(Errno::ENOENT)
    })?;
    path.push(0);
    if path.len() as u64 > len {
        return Err(Errno::ERANGE);
    }
    cx.copy_out(&path, out).await?;
    Ok(path.len() as u64)
}
