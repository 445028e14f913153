//! Files: opening, reading, writing, asking.

use alloc::rc::Rc;
use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::layout::{Stat, Timespec};
use pagewalk_guest_abi::record::{STDERR, STDOUT, encode};
use pagewalk_guest_abi::signal::{SI_KERNEL, SIGPIPE};

use crate::console::log;
use crate::fs::tree::{Kind, Links, NodeId, ROOT};
use crate::mem::{Access, PAGE_SIZE, PhysMemory, Slice};
use crate::task::read_file;
use crate::task::{Answer, Cx, File, Info, Kernel, Open, Origin, Pipe, PipeEnd, Tid, Wait};

/// Bytes of a path.
const MOST_PATH: usize = 4096;
/// Most bytes that one call moves at a time between the process and the kernel.
const PIECE: usize = 1024;
/// Most parts of a readv or writev, as on Linux.
const MOST_PARTS: u64 = 1024;

fn open_file(cx: &Cx, number: u64) -> Result<Rc<Open>, Errno> {
    let tid = cx.tid;
    cx.kernel(|k| k.process_of(tid).files.get(number))
}

// --- writing ----------------------------------------------------------------

pub(super) async fn write(cx: &Cx, number: u64, from: u64, len: u64) -> Answer {
    let open = open_file(cx, number)?;
    if !open.can_write() {
        return Err(Errno::EBADF);
    }
    let mut done = 0;
    while done < len {
        match write_piece(cx, &open, from.wrapping_add(done), len - done).await {
            Ok(count) => done += count,
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(done)
}

pub(super) async fn writev(cx: &Cx, number: u64, parts: u64, count: u64) -> Answer {
    let mut done = 0;
    if count > MOST_PARTS {
        return Err(Errno::EINVAL);
    }
    for part in 0..count {
        let [from, len] = cx.read_words(parts.wrapping_add(16 * part)).await?;
        match write(cx, number, from, len).await {
            Ok(written) => {
                done += written;
                if written < len {
                    break;
                }
            }
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Some of the bytes.
async fn write_piece(cx: &Cx, open: &Open, from: u64, len: u64) -> Answer {
    let len = len.min(PIECE as u64) as usize;
    match &open.file {
        File::Stream(port) => write_stream(cx, *port, from, len).await,
        File::Pipe(end) => write_pipe(cx, end, from, len).await,
        File::Null => Ok(len as u64),
        File::Node(_) => Err(Errno::EBADF),
    }
}

/// Without a device for streams, what is written becomes records.
async fn write_stream(cx: &Cx, port: Port, from: u64, len: usize) -> Answer {
    let mut bytes = [0; PIECE];
    let bytes = &mut bytes[..len];
    cx.copy_in(from, bytes).await?;
    let is_busy = |k: &mut Kernel| k.devices.streams.as_mut().is_some_and(|s| s.is_busy(port));
    while cx.kernel(is_busy) {
        cx.sleep(Wait::Stream).await?;
    }
    let is_written = cx.kernel(|k| {
        let streams = k.devices.streams.as_mut();
        streams.map(|streams| streams.write(port, bytes)).is_some()
    });
    if !is_written {
        let kind = if port == Port::Stderr { STDERR } else { STDOUT };
        let word: alloc::string::String = encode(bytes).collect();
        log!("@{kind} {word}");
    }
    // Only when the host has taken it: a program is not to be faster than its reader.
    while cx.kernel(is_busy) && cx.sleep(Wait::Stream).await.is_ok() {}
    Ok(len as u64)
}

async fn write_pipe(cx: &Cx, end: &PipeEnd, from: u64, len: usize) -> Answer {
    let mut bytes = [0; PIECE];
    cx.copy_in(from, &mut bytes[..len]).await?;
    loop {
        if end.pipe.borrow().readers == 0 {
            let (tid, info) = (
                cx.tid,
                Info {
                    code: SI_KERNEL,
                    origin: Origin::Process(0),
                },
            );
            cx.kernel(|k| k.send_to_thread(tid, SIGPIPE, info));
            return Err(Errno::EPIPE);
        }
        let room = Pipe::ROOM - end.pipe.borrow().bytes.len();
        if room >= len {
            end.pipe.borrow_mut().bytes.extend(&bytes[..len]);
            cx.kernel(|k| k.wake_all(usize::MAX, |wait| wait == Wait::Pipe));
            return Ok(len as u64);
        }
        cx.sleep(Wait::Pipe).await?;
    }
}

// --- reading ----------------------------------------------------------------

pub(super) async fn read(cx: &Cx, number: u64, to: u64, len: u64) -> Answer {
    let open = open_file(cx, number)?;
    if !open.can_read() {
        return Err(Errno::EBADF);
    }
    let offset = open.offset.get();
    let count = read_at(cx, &open, offset, to, len).await?;
    open.offset.set(offset + count);
    Ok(count)
}

pub(super) async fn pread(cx: &Cx, number: u64, to: u64, len: u64, offset: u64) -> Answer {
    let open = open_file(cx, number)?;
    match open.file {
        File::Stream(_) | File::Pipe(_) => Err(Errno::ESPIPE),
        _ if !open.can_read() => Err(Errno::EBADF),
        _ if offset as i64 >= 0 => read_at(cx, &open, offset, to, len).await,
        _ => Err(Errno::EINVAL),
    }
}

pub(super) async fn readv(cx: &Cx, number: u64, parts: u64, count: u64) -> Answer {
    let mut done = 0;
    if count > MOST_PARTS {
        return Err(Errno::EINVAL);
    }
    for part in 0..count {
        let [to, len] = cx.read_words(parts.wrapping_add(16 * part)).await?;
        match read(cx, number, to, len).await {
            Ok(read) => {
                done += read;
                if read < len {
                    break;
                }
            }
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(done)
}

async fn read_at(cx: &Cx, open: &Open, offset: u64, to: u64, len: u64) -> Answer {
    match &open.file {
        File::Node(node) => read_node(cx, *node, offset, to, len).await,
        File::Pipe(end) => read_pipe(cx, end, to, len).await,
        File::Stream(_) => read_stream(cx, to, len).await,
        File::Null => Ok(0),
    }
}

async fn read_node(cx: &Cx, node: NodeId, mut offset: u64, to: u64, len: u64) -> Answer {
    let object = cx.kernel(|k| {
        let Kind::File(file) = &k.tree.node(node).kind else {
            return Err(Errno::EISDIR);
        };
        let size = file.size;
        k.object_of(node, size).ok_or(Errno::EISDIR)
    })?;
    let mut done = 0;
    let mut bytes = [0; PIECE];
    while done < len {
        let piece = (len - done).min(PIECE as u64) as usize;
        let read = read_file(cx, object, offset, &mut bytes[..piece]).await;
        let count = match read {
            Ok(count) => count,
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        };
        if count == 0 {
            break;
        }
        match cx.copy_out(&bytes[..count], to.wrapping_add(done)).await {
            Ok(()) => {}
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
        (done, offset) = (done + count as u64, offset + count as u64);
    }
    Ok(done)
}

async fn read_pipe(cx: &Cx, end: &PipeEnd, to: u64, len: u64) -> Answer {
    if len == 0 {
        return Ok(0);
    }
    let mut done = 0;
    loop {
        let count = {
            let pipe = end.pipe.borrow();
            if pipe.bytes.is_empty() && pipe.writers == 0 {
                return Ok(done);
            }
            pipe.bytes.len().min((len - done) as usize)
        };
        if count == 0 {
            if done > 0 {
                return Ok(done);
            }
            cx.sleep(Wait::Pipe).await?;
            continue;
        }
        // First a place for the bytes, which may have to wait; then the bytes, at once,
        // or somebody else might take them in between.
        let slice = user_place(cx, to.wrapping_add(done), count).await?;
        let taken = cx.kernel(|k| {
            let page = k.mm.memory_mut().bytes_mut(slice.page);
            let pipe = &mut *end.pipe.borrow_mut();
            let count = slice.len.min(pipe.bytes.len());
            for (byte, from) in page[slice.offset..]
                .iter_mut()
                .zip(pipe.bytes.drain(..count))
            {
                *byte = from;
            }
            k.wake_all(usize::MAX, |wait| wait == Wait::Pipe);
            count
        });
        done += taken as u64;
        if done == len {
            return Ok(done);
        }
    }
}

/// Standard input: what there is, or, if there is nothing, what comes next.
async fn read_stream(cx: &Cx, to: u64, len: u64) -> Answer {
    let len = len.min(PAGE_SIZE as u64) as usize;
    if len == 0 {
        return Ok(0);
    }
    let count = loop {
        let available = cx.kernel(|k| k.devices.streams.as_ref().and_then(|s| s.available()));
        match available {
            None => return Ok(0),
            Some(0) => {}
            Some(count) => break count.min(len),
        }
        cx.kernel(|k| k.devices.streams.as_mut().map(|s| s.ask(len)));
        cx.sleep(Wait::Stream).await?;
    };
    // First a place for the bytes, which may have to wait; then the bytes.
    let slice = user_place(cx, to, count).await?;
    let taken = cx.kernel(|k| {
        let page = k.mm.memory_mut().bytes_mut(slice.page);
        let place = &mut page[slice.offset..][..slice.len];
        k.devices.streams.as_mut().map_or(0, |s| s.take(place))
    });
    Ok(taken as u64)
}

/// A place in memory of the process, ready to be written to.
async fn user_place(cx: &Cx, at: u64, len: usize) -> Result<Slice, Errno> {
    let space = cx.space();
    loop {
        match cx.kernel(|k| k.mm.user_slice(space, at, len, Access::Store)) {
            Ok(slice) => return Ok(slice),
            Err(stop) => cx.resolve(stop).await?,
        }
    }
}

// --- opening and closing ------------------------------------------------------

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

fn find(cx: &Cx, directory: u64, path: &[u8], links: Links) -> Result<NodeId, Errno> {
    let tid = cx.tid;
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    cx.kernel(|k| {
        let from = base(k, tid, directory, path)?;
        k.tree.lookup(from, path, links)
    })
}

pub(super) async fn openat(cx: &Cx, directory: u64, path: u64, flags: u64) -> Answer {
    let tid = cx.tid;
    let path = cx.read_text(path, MOST_PATH).await?;
    let writes = flags & O_ACCMODE != O_RDONLY;
    let file = if path == b"/dev/null" {
        File::Null
    } else {
        let links = if flags & O_NOFOLLOW != 0 {
            Links::Keep
        } else {
            Links::Follow
        };
        let node = match find(cx, directory, &path, links) {
            Err(Errno::ENOENT) if flags & O_CREAT != 0 => return Err(Errno::EROFS),
            found => found?,
        };
        cx.kernel(|k| match &k.tree.node(node).kind {
            Kind::Directory(_) if writes => Err(Errno::EISDIR),
            Kind::Directory(_) => Ok(()),
            Kind::Symlink(_) => Err(Errno::ELOOP),
            Kind::File(_) if flags & O_DIRECTORY != 0 => Err(Errno::ENOTDIR),
            Kind::File(_) if flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL => Err(Errno::EEXIST),
            Kind::File(_) if writes || flags & O_TRUNC != 0 => Err(Errno::EROFS),
            Kind::File(_) => Ok(()),
        })?;
        File::Node(node)
    };
    let open = Open::new(
        file,
        flags & !(O_CLOEXEC | O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY),
    );
    cx.kernel(|k| k.process_of(tid).files.add(open, flags & O_CLOEXEC != 0, 0))
}

pub(super) fn close(k: &mut Kernel, tid: Tid, number: u64) -> Answer {
    let open = k.process_of(tid).files.close(number)?;
    drop(open);
    k.wake_all(usize::MAX, |wait| wait == Wait::Pipe);
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
    k.wake_all(usize::MAX, |wait| wait == Wait::Pipe);
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
    let (from, to) = PipeEnd::pair();
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
            _ => 0,
        },
        File::Null => 0,
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

// --- asking -------------------------------------------------------------------

fn stat_of_node(k: &Kernel, id: NodeId) -> Stat {
    let node = k.tree.node(id);
    let (kind, size) = match &node.kind {
        Kind::Directory(_) => (S_IFDIR, 4096),
        Kind::Symlink(to) => (S_IFLNK, to.len() as u64),
        Kind::File(file) => (S_IFREG, file.size),
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
    };
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
    let stat = if path == b"/dev/null" {
        cx.kernel(|k| stat_of_open(k, &Open::new(File::Null, 0)))
    } else {
        let links = if flags & AT_SYMLINK_NOFOLLOW != 0 {
            Links::Keep
        } else {
            Links::Follow
        };
        let node = find(cx, directory, &path, links)?;
        cx.kernel(|k| stat_of_node(k, node))
    };
    cx.copy_out(&stat_bytes(&stat), out).await?;
    Ok(0)
}

pub(super) async fn faccessat(cx: &Cx, directory: u64, path: u64) -> Answer {
    let path = cx.read_text(path, MOST_PATH).await?;
    if path != b"/dev/null" {
        find(cx, directory, &path, Links::Follow)?;
    }
    Ok(0)
}

pub(super) async fn readlinkat(cx: &Cx, directory: u64, path: u64, out: u64, len: u64) -> Answer {
    let path = cx.read_text(path, MOST_PATH).await?;
    let tid = cx.tid;
    let target = if path == b"/proc/self/exe" {
        cx.kernel(|k| k.process_of(tid).path.clone())
    } else {
        let node = find(cx, directory, &path, Links::Keep)?;
        cx.kernel(|k| match &k.tree.node(node).kind {
            Kind::Symlink(to) => Ok(to.clone()),
            _ => Err(Errno::EINVAL),
        })?
    };
    let count = target.len().min(len as usize);
    cx.copy_out(&target[..count], out).await?;
    Ok(count as u64)
}

/// Entries of a directory; the offset of the open file counts entries.
pub(super) async fn getdents64(cx: &Cx, number: u64, out: u64, len: u64) -> Answer {
    let open = open_file(cx, number)?;
    let File::Node(directory) = open.file else {
        return Err(Errno::ENOTDIR);
    };
    let start = open.offset.get();
    let (bytes, next) = cx.kernel(|k| {
        let Kind::Directory(entries) = &k.tree.node(directory).kind else {
            return Err(Errno::ENOTDIR);
        };
        let own = [
            (&b"."[..], directory),
            (&b".."[..], k.tree.node(directory).parent),
        ];
        let named = entries.iter().map(|(name, id)| (name.as_slice(), *id));
        let (mut bytes, mut next) = (Vec::new(), start);
        for (name, id) in own.into_iter().chain(named).skip(start as usize) {
            let size = (19 + name.len() + 1).next_multiple_of(8);
            if bytes.len() + size > len.min(64 << 10) as usize {
                break;
            }
            next += 1;
            let kind = match k.tree.node(id).kind {
                Kind::Directory(_) => DT_DIR,
                Kind::Symlink(_) => DT_LNK,
                Kind::File(_) => DT_REG,
            };
            let end = bytes.len() + size;
            bytes.extend((u64::from(id.0) + 1).to_le_bytes());
            bytes.extend(next.to_le_bytes());
            bytes.extend((size as u16).to_le_bytes());
            bytes.push(kind);
            bytes.extend_from_slice(name);
            bytes.resize(end, 0);
        }
        let is_at_end = next == entries.len() as u64 + 2 || start > entries.len() as u64;
        if bytes.is_empty() && !is_at_end {
            return Err(Errno::EINVAL);
        }
        Ok((bytes, next))
    })?;
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
    let node = find(cx, AT_FDCWD, &path, Links::Follow)?;
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
        // The settings are the host's.
        TCSETS | TCSETSW | TCSETSF => {}
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
