//! Reading.

use alloc::vec;

use pagewalk_guest_abi::Errno;

use super::open::{MOST_PARTS, PIECE, open_file};
use super::proc;
use crate::fs::tree::{Kind, NodeId};
use crate::mem::{Access, ObjectId, PAGE_SIZE, Page, PhysMemory, Slice, USER_END};
use crate::task::{Answer, Cx, File, Open, Pid, PipeEnd, Wait, read_file};

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
async fn read_piece(cx: &Cx, node: NodeId, offset: u64, out: &mut [u8]) -> Result<usize, Errno> {
    enum From {
        Disk(ObjectId),
        Memory(usize),
    }
    let from = cx.kernel(|k| match &k.tree.node(node).kind {
        Kind::File(file) => {
            let size = file.size;
            k.object_of(node, size).map(From::Disk).ok_or(Errno::EISDIR)
        }
        Kind::Memory(bytes) => {
            let start = bytes
                .len()
                .min(usize::try_from(offset).unwrap_or(usize::MAX));
            let count = out.len().min(bytes.len() - start);
            out[..count].copy_from_slice(&bytes[start..start + count]);
            Ok(From::Memory(count))
        }
        Kind::Directory(_) | Kind::Symlink(_) => Err(Errno::EISDIR),
    })?;
    match from {
        From::Disk(object) => read_file(cx, object, offset, out).await,
        From::Memory(count) => Ok(count),
    }
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
            k.wake_all(usize::MAX, Wait::is_for_pipe);
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
