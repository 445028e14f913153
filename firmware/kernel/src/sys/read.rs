//! Reading.

use alloc::vec;

use pagewalk_guest_abi::Errno;

use super::open::{MOST_PARTS, PIECE, open_file};
use super::write::file_stopped;
use super::{misc, proc, terminal};
use crate::fs::device::Device;
use crate::fs::node::NodeId;
use crate::mem::{Access, PAGE_SIZE, Page, PhysMemory, Slice, USER_END};
use crate::task::{Answer, Cx, File, Open, Pid, PipeEnd, Wait};

pub(super) async fn read(cx: &Cx, number: u64, to: u64, len: u64) -> Answer {
    let open = open_file(cx, number)?;
    read_here(cx, &open, to, len).await
}

/// Reads at the offset of the open file, which moves.
async fn read_here(cx: &Cx, open: &Open, to: u64, len: u64) -> Answer {
    if !open.can_read() {
        return Err(Errno::EBADF);
    }
    let offset = open.offset.get();
    let count = read_at(cx, open, offset, to, len).await?;
    open.offset.set(offset + count);
    Ok(count)
}

pub(super) async fn pread(cx: &Cx, number: u64, to: u64, len: u64, offset: u64) -> Answer {
    let open = open_file(cx, number)?;
    read_there(cx, &open, offset, to, len).await
}

/// Reads at an offset of its own.
async fn read_there(cx: &Cx, open: &Open, offset: u64, to: u64, len: u64) -> Answer {
    match open.file {
        File::Stream(_) | File::Pipe(_) => Err(Errno::ESPIPE),
        _ if !open.can_read() => Err(Errno::EBADF),
        _ if offset as i64 >= 0 => read_at(cx, open, offset, to, len).await,
        _ => Err(Errno::EINVAL),
    }
}

/// `readv`, and `preadv` with an offset.
pub(super) async fn readv(cx: &Cx, number: u64, parts: u64, count: u64, at: Option<u64>) -> Answer {
    let open = open_file(cx, number)?;
    let mut done = 0;
    if count > MOST_PARTS {
        return Err(Errno::EINVAL);
    }
    for part in 0..count {
        let [to, len] = cx.read_words(parts.wrapping_add(16 * part)).await?;
        let read = match at {
            None => read_here(cx, &open, to, len).await,
            Some(offset) => read_there(cx, &open, offset.wrapping_add(done), to, len).await,
        };
        match read {
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
        File::Node(node) => read_node(cx, node.id(), offset, to, len).await,
        File::Pipe(end) => read_pipe(cx, open, end, to, len).await,
        File::Stream(port) if cx.kernel(|k| k.is_terminal(*port)) => {
            terminal::read(cx, open, to, len).await
        }
        File::Stream(_) => read_stream(cx, open, to, len).await,
        File::Device(device, _) => read_device(cx, *device, to, len).await,
        File::ProcDirectory(_) => Err(Errno::EISDIR),
        File::Text(text) => {
            let start = text.len().min(offset.min(usize::MAX as u64) as usize);
            let count = (len.min(usize::MAX as u64) as usize).min(text.len() - start);
            cx.copy_out(&text[start..start + count], to).await?;
            Ok(count as u64)
        }
        File::Pagemap(pid) => read_pagemap(cx, *pid, offset, to, len).await,
    }
}

async fn read_device(cx: &Cx, device: Device, to: u64, len: u64) -> Answer {
    match device {
        Device::Null => Ok(0),
        // What can be read is a stream: see `open`.
        Device::Terminal => Err(Errno::ENXIO),
        Device::Random => misc::getrandom(cx, to, len).await,
        Device::Zero | Device::Full => {
            const ZEROS: &[u8; PIECE] = &[0; PIECE];
            let len = len.min(i32::MAX as u64);
            let mut done = 0;
            while done < len {
                let count = (len - done).min(PIECE as u64);
                cx.copy_out(&ZEROS[..count as usize], to.wrapping_add(done))
                    .await?;
                done += count;
            }
            Ok(done)
        }
    }
}

/// Whole words, one a page.
async fn read_pagemap(cx: &Cx, pid: Pid, offset: u64, to: u64, len: u64) -> Answer {
    const WORD: u64 = 8;
    if !offset.is_multiple_of(WORD) || !len.is_multiple_of(WORD) {
        return Err(Errno::EINVAL);
    }
    let first = offset / WORD;
    let count = (len / WORD).min(USER_END.0.saturating_sub(first)).min(512);
    for number in 0..count {
        let word = cx.kernel(|k| {
            let process = k.processes.get(&pid).filter(|p| p.ending.is_none());
            process.map_or(0, |p| proc::pagemap_word(k, p.space, Page(first + number)))
        });
        let at = to.wrapping_add(WORD * number);
        cx.copy_out(&word.to_le_bytes(), at).await?;
    }
    Ok(WORD * count)
}

async fn read_node(cx: &Cx, node: NodeId, mut offset: u64, to: u64, len: u64) -> Answer {
    let mut done = 0;
    let mut bytes = vec![0; len.min(PIECE as u64) as usize];
    while done < len {
        let piece = (len - done).min(PIECE as u64) as usize;
        let read = read_piece(cx, node, offset, &mut bytes[..piece]).await;
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

/// Some bytes of a file; none at its end.
pub(super) async fn read_piece(
    cx: &Cx,
    node: NodeId,
    offset: u64,
    out: &mut [u8],
) -> Result<usize, Errno> {
    let space = cx.space();
    let object = cx.kernel(|k| k.object_of(node)).ok_or(Errno::EISDIR)?;
    loop {
        match cx.kernel(|k| k.mm.read_file(space, object, offset, out)) {
            Ok(count) => return Ok(count),
            Err(stop) => file_stopped(cx, stop).await?,
        }
    }
}

async fn read_pipe(cx: &Cx, open: &Open, end: &PipeEnd, to: u64, len: u64) -> Answer {
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
            if open.is_impatient() {
                return Err(Errno::EAGAIN);
            }
            cx.sleep(Wait::Pipe(end.number())).await?;
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
            k.wake_for_pipe(end);
            count
        });
        done += taken as u64;
        if done == len {
            return Ok(done);
        }
    }
}

/// Standard input: what there is, or, if there is nothing, what comes next.
async fn read_stream(cx: &Cx, open: &Open, to: u64, len: u64) -> Answer {
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
        if open.is_impatient() {
            return Err(Errno::EAGAIN);
        }
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
pub(super) async fn user_place(cx: &Cx, at: u64, len: usize) -> Result<Slice, Errno> {
    let space = cx.space();
    loop {
        match cx.kernel(|k| k.mm.user_slice(space, at, len, Access::Store)) {
            Ok(slice) => return Ok(slice),
            Err(stop) => cx.resolve(stop).await?,
        }
    }
}
