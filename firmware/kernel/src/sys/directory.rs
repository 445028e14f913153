//! Reading directories.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;

use super::open::open_file;
use crate::fs::node::{Kind, NodeId};
use crate::fs::proc::{About, Entry, System};
use crate::task::{Answer, Cx, File, Kernel, Open, Pid};

/// An entry: inode number, type, name, and the place behind it, at which the next one is
/// looked for.
type Listed = (u64, u8, Vec<u8>, u64);

/// Places of `.` and `..`; the entries of the tree come behind them.
const OWN: u64 = 2;

/// `getdents64`: the offset of the open file is a place.
pub(super) async fn getdents64(cx: &Cx, number: u64, out: u64, len: u64) -> Answer {
    const HEAD: usize = 19;
    let open = open_file(cx, number)?;
    let most = len.min(32 << 10) as usize;
    // No entry is shorter.
    let entries = cx.kernel(|k| entries(k, &open, most / (HEAD + 2)))?;
    let (mut bytes, mut next) = (Vec::new(), open.offset.get());
    for (inode, kind, name, behind) in &entries {
        let end = bytes.len() + (HEAD + name.len() + 1).next_multiple_of(8);
        if end > most {
            break;
        }
        next = *behind;
        let size = (end - bytes.len()) as u16;
        bytes.extend(inode.to_le_bytes());
        bytes.extend(next.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.push(*kind);
        bytes.extend_from_slice(name);
        bytes.resize(end, 0);
    }
    if bytes.is_empty() && !entries.is_empty() {
        return Err(Errno::EINVAL);
    }
    cx.copy_out(&bytes, out).await?;
    open.offset.set(next);
    Ok(bytes.len() as u64)
}

/// At most so many entries behind the offset of an open directory, and one more.
fn entries(k: &Kernel, open: &Open, most: usize) -> Result<Vec<Listed>, Errno> {
    let offset = open.offset.get();
    let id = match &open.file {
        File::Node(node) => node.id(),
        File::ProcDirectory(entry) => {
            let all = (1..).zip(entries_of_proc(k, *entry));
            let rest = all.filter(|(place, _)| *place > offset);
            return Ok(rest
                .map(|(place, (kind, name))| (1, kind, name, place))
                .collect());
        }
        _ => return Err(Errno::ENOTDIR),
    };
    let node = k.tree.node(id);
    let directory = node.directory().ok_or(Errno::ENOTDIR)?;
    let own = [(1, b".".to_vec(), id), (OWN, b"..".to_vec(), node.parent)];
    let own = own.into_iter().filter(|(place, ..)| *place > offset);
    let own = own.map(|(place, name, id)| (id.inode(), DT_DIR, name, place));
    let named = directory.behind(offset.saturating_sub(OWN));
    let named = named.into_iter().map(|(name, entry)| {
        let kind = type_of(k, entry.node);
        (entry.node.inode(), kind, name.to_vec(), entry.place + OWN)
    });
    Ok(own.chain(named).take(most + 1).collect())
}

fn type_of(k: &Kernel, node: NodeId) -> u8 {
    match k.tree.node(node).kind {
        Kind::Directory(_) | Kind::Proc => DT_DIR,
        Kind::Symlink(_) => DT_LNK,
        Kind::File(_) => DT_REG,
        Kind::Device(_) => DT_CHR,
    }
}

fn entries_of_proc(k: &Kernel, entry: Entry) -> Vec<(u8, Vec<u8>)> {
    let named = |kind: u8, name: &str| (kind, name.as_bytes().to_vec());
    let number = |kind: u8, number: u32| (kind, alloc::format!("{number}").into_bytes());
    let mut all = Vec::from([named(DT_DIR, "."), named(DT_DIR, "..")]);
    match entry {
        Entry::Root => {
            all.extend(k.processes.keys().map(|pid| number(DT_DIR, pid.0)));
            all.extend(System::ALL.iter().map(|(_, name)| named(DT_REG, name)));
            all.push(named(DT_LNK, "self"));
        }
        Entry::Descriptors(pid) => {
            let process = k.processes.get(&Pid(pid));
            let numbers = process.into_iter().flat_map(|p| p.files.numbers());
            all.extend(numbers.map(|n| number(DT_LNK, n)));
        }
        _ => {
            all.extend(About::ALL.iter().map(|(about, name)| {
                let is_link = Entry::Of(0, *about).is_link();
                named(if is_link { DT_LNK } else { DT_REG }, name)
            }));
            all.push(named(DT_DIR, "fd"));
        }
    }
    all
}
