//! Writing.

use alloc::string::String;
use alloc::vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::flags::{FALLOC_FL_KEEP_SIZE, O_APPEND};
use pagewalk_guest_abi::record::{STDERR, STDOUT, encode};
use pagewalk_guest_abi::signal::{SI_KERNEL, SIGPIPE};

use super::open::{MOST_PARTS, PIECE, open_file};
use super::path::Path;
use crate::console::log;
use crate::fs::device::Device;
use crate::fs::node::NodeId;
use crate::fs::path::Links;
use crate::mem::{ObjectId, PAGE_SIZE, Stop};
use crate::task::{Answer, Cx, File, Info, Kernel, Open, Origin, Pipe, PipeEnd, Wait};

/// Bytes of a file, as on ext4 with blocks of 4 KiB.
const MOST_BYTES: u64 = (1 << 44) - PAGE_SIZE as u64;

/// Where to write.
#[derive(Clone, Copy)]
pub(super) enum Where {
    /// At the offset of the open file, which moves; or at the end.
    Here,
    /// At an offset of its own.
    At(u64),
}

/// What to write.
#[derive(Clone, Copy)]
pub(super) enum From<'a> {
    /// Memory of the process.
    User(u64),
    /// Bytes of the kernel.
    Kernel(&'a [u8]),
}

pub(super) async fn write(cx: &Cx, number: u64, from: u64, len: u64) -> Answer {
    let open = open_file(cx, number)?;
    write_to(cx, &open, Where::Here, From::User(from), len).await
}

pub(super) async fn pwrite(cx: &Cx, number: u64, from: u64, len: u64, offset: u64) -> Answer {
    let open = open_file(cx, number)?;
    write_to(cx, &open, Where::At(offset), From::User(from), len).await
}

/// `writev`, and `pwritev` with an offset.
pub(super) async fn writev(cx: &Cx, number: u64, parts: u64, count: u64, at: Where) -> Answer {
    let open = open_file(cx, number)?;
    let mut done = 0;
    if count > MOST_PARTS {
        return Err(Errno::EINVAL);
    }
    for part in 0..count {
        let [from, len] = cx.read_words(parts.wrapping_add(16 * part)).await?;
        let at = match at {
            Where::Here => Where::Here,
            Where::At(offset) => Where::At(offset.wrapping_add(done)),
        };
        match write_to(cx, &open, at, From::User(from), len).await {
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

/// Writes to whatever is open.
pub(super) async fn write_to(cx: &Cx, open: &Open, at: Where, from: From<'_>, len: u64) -> Answer {
    if !open.can_write() {
        return Err(Errno::EBADF);
    }
    if let Where::At(offset) = at {
        match open.file {
            File::Stream(_) | File::Pipe(_) => return Err(Errno::ESPIPE),
            _ if (offset as i64) < 0 => return Err(Errno::EINVAL),
            _ => {}
        }
    }
    // A call moves at most so much, as on Linux.
    let len = len.min(i32::MAX as u64 & !(PAGE_SIZE as u64 - 1));
    if let File::Node(node) = &open.file {
        return write_file(cx, open, node.id(), at, from, len).await;
    }
    let (mut done, mut bytes) = (0, vec![0; len.min(PIECE as u64) as usize]);
    while done < len {
        let piece = &mut bytes[..(len - done).min(PIECE as u64) as usize];
        let wrote = match fetch(cx, from, done, piece).await {
            Ok(()) => write_piece(cx, open, piece).await,
            Err(error) => Err(error),
        };
        match wrote {
            Ok(count) => done += count as u64,
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Bytes `done` and on of what is to be written.
async fn fetch(cx: &Cx, from: From<'_>, done: u64, piece: &mut [u8]) -> Result<(), Errno> {
    match from {
        From::User(address) => cx.copy_in(address.wrapping_add(done), piece).await,
        From::Kernel(bytes) => {
            piece.copy_from_slice(&bytes[done as usize..][..piece.len()]);
            Ok(())
        }
    }
}

/// Writes bytes that have no place of their own; how many.
async fn write_piece(cx: &Cx, open: &Open, bytes: &[u8]) -> Result<usize, Errno> {
    match &open.file {
        File::Stream(port) => write_stream(cx, *port, bytes).await,
        File::Pipe(end) => write_pipe(cx, open, end, bytes).await,
        File::Device(Device::Full, _) => Err(Errno::ENOSPC),
        File::Device(..) => Ok(bytes.len()),
        File::Node(_) => unreachable!("files are written to at an offset"),
        File::ProcDirectory(_) | File::Text(_) | File::Pagemap(_) => Err(Errno::EBADF),
    }
}

/// Writes to a file. Who appends takes his place at its end first: what others append
/// meanwhile comes behind it.
async fn write_file(
    cx: &Cx,
    open: &Open,
    node: NodeId,
    at: Where,
    from: From<'_>,
    len: u64,
) -> Answer {
    let object = cx.kernel(|k| k.object_of(node)).ok_or(Errno::EBADF)?;
    let appends = open.flags.get() & O_APPEND != 0;
    let start = match at {
        _ if appends => cx.kernel(|k| k.mm.file_size(object)),
        Where::Here => open.offset.get(),
        Where::At(offset) => offset,
    };
    if len == 0 {
        return Ok(0);
    }
    let len = len.min(MOST_BYTES.saturating_sub(start));
    if len == 0 {
        return Err(Errno::EFBIG);
    }
    if appends {
        set_object_size(cx, object, start + len).await?;
    }
    let (mut done, mut result) = (0, Ok(()));
    let mut bytes = vec![0; len.min(PIECE as u64) as usize];
    while done < len && result.is_ok() {
        let offset = start + done;
        // No more than to the end of the page.
        let most = (len - done).min(PIECE as u64 - offset % PIECE as u64);
        let piece = &mut bytes[..most as usize];
        result = fetch(cx, from, done, piece).await;
        if result.is_ok() {
            result = write_in_page(cx, object, offset, piece).await;
        }
        done += if result.is_ok() { most } else { 0 };
    }
    if appends && done < len && cx.kernel(|k| k.mm.file_size(object)) == start + len {
        set_object_size(cx, object, start + done).await?;
    }
    if let (Err(error), 0) = (result, done) {
        return Err(error);
    }
    cx.kernel(|k| {
        let now = k.clock();
        k.tree.node_mut(node).touch(now);
    });
    if let Where::Here = at {
        open.offset.set(start + done);
    }
    Ok(done)
}

/// Writes bytes of one page of a file.
async fn write_in_page(cx: &Cx, object: ObjectId, at: u64, bytes: &[u8]) -> Result<(), Errno> {
    let space = cx.space();
    loop {
        match cx.kernel(|k| k.mm.write_file(space, object, at, bytes)) {
            Ok(_) => return Ok(()),
            Err(stop) => file_stopped(cx, stop).await?,
        }
    }
}

/// After an operation on a file has stopped: waits until it can go on.
///
/// # Errors
/// EIO, ENOSPC.
pub(super) async fn file_stopped(cx: &Cx, stop: Stop) -> Result<(), Errno> {
    match stop {
        Stop::Wait(_) => cx.resolve(stop).await,
        Stop::OutOfMemory => Err(Errno::ENOSPC),
        Stop::Bus(_) | Stop::Segv(_) => Err(Errno::EIO),
    }
}

async fn set_object_size(cx: &Cx, object: ObjectId, size: u64) -> Result<(), Errno> {
    let space = cx.space();
    loop {
        match cx.kernel(|k| k.mm.set_file_size(space, object, size)) {
            Ok(()) => return Ok(()),
            Err(stop) => file_stopped(cx, stop).await?,
        }
    }
}

/// Makes a file as long as this.
pub(super) async fn set_size(cx: &Cx, node: NodeId, size: u64) -> Answer {
    if size as i64 <= -1 {
        return Err(Errno::EINVAL);
    }
    if size > MOST_BYTES {
        return Err(Errno::EFBIG);
    }
    let object = cx.kernel(|k| k.object_of(node)).ok_or(Errno::EINVAL)?;
    set_object_size(cx, object, size).await?;
    cx.kernel(|k| {
        let now = k.clock();
        k.tree.node_mut(node).touch(now);
    });
    Ok(0)
}

pub(super) async fn truncate(cx: &Cx, path: u64, size: u64) -> Answer {
    let tid = cx.tid;
    let path = Path::read(cx, pagewalk_guest_abi::flags::AT_FDCWD, path).await?;
    let node = cx.kernel(|k| {
        let node = path.node(k, tid, Links::Follow)?;
        if k.tree.is_directory(node.id()) {
            return Err(Errno::EISDIR);
        }
        if k.is_running(node.id()) {
            return Err(Errno::ETXTBSY);
        }
        Ok(node)
    })?;
    set_size(cx, node.id(), size).await
}

pub(super) async fn ftruncate(cx: &Cx, number: u64, size: u64) -> Answer {
    let open = open_file(cx, number)?;
    match &open.file {
        File::Node(node) if open.can_write() => set_size(cx, node.id(), size).await,
        _ => Err(Errno::EINVAL),
    }
}

/// `fallocate`: pages are only promised when they are written to.
pub(super) async fn fallocate(cx: &Cx, number: u64, mode: u64, offset: u64, len: u64) -> Answer {
    let open = open_file(cx, number)?;
    let File::Node(node) = &open.file else {
        return Err(Errno::ENODEV);
    };
    if !open.can_write() {
        return Err(Errno::EBADF);
    }
    if (offset as i64) < 0 || len as i64 <= 0 {
        return Err(Errno::EINVAL);
    }
    if mode & !FALLOC_FL_KEEP_SIZE != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    let end = offset.checked_add(len).filter(|end| *end <= MOST_BYTES);
    let end = end.ok_or(Errno::EFBIG)?;
    if mode == 0 && end > cx.kernel(|k| k.size_of(node.id())) {
        return set_size(cx, node.id(), end).await;
    }
    Ok(0)
}

/// Without a device for streams, what is written becomes records.
async fn write_stream(cx: &Cx, port: Port, bytes: &[u8]) -> Result<usize, Errno> {
    let processed = cx.kernel(|k| k.process_output(port, bytes));
    let sent = processed.as_deref().unwrap_or(bytes);
    let is_busy = |k: &mut Kernel| k.devices.streams.as_ref().is_some_and(|s| s.is_busy(port));
    while cx.kernel(is_busy) {
        cx.sleep(Wait::Stream).await?;
    }
    let is_written = cx.kernel(|k| {
        let streams = k.devices.streams.as_mut();
        streams.map(|streams| streams.write(port, sent)).is_some()
    });
    if !is_written {
        let kind = if port == Port::Stderr { STDERR } else { STDOUT };
        let word: String = encode(sent).collect();
        log!("@{kind} {word}");
    }
    // Only when the host has taken it: a program is not to be faster than its reader.
    while cx.kernel(is_busy) && cx.sleep(Wait::Stream).await.is_ok() {}
    Ok(bytes.len())
}

async fn write_pipe(cx: &Cx, open: &Open, end: &PipeEnd, bytes: &[u8]) -> Result<usize, Errno> {
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
        if room >= bytes.len() {
            end.pipe.borrow_mut().bytes.extend(bytes);
            cx.kernel(|k| k.wake_for_pipe(end));
            return Ok(bytes.len());
        }
        if open.is_impatient() {
            return Err(Errno::EAGAIN);
        }
        cx.sleep(Wait::Pipe(end.number())).await?;
    }
}
