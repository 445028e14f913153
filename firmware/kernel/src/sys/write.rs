//! Writing.

use alloc::string::String;
use alloc::vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::flags::O_APPEND;
use pagewalk_guest_abi::record::{STDERR, STDOUT, encode};
use pagewalk_guest_abi::signal::{SI_KERNEL, SIGPIPE};

use super::open::{MOST_PARTS, PIECE, open_file};
use crate::console::log;
use crate::fs::tree::{Kind, NodeId};
use crate::task::{Answer, Cx, File, Info, Kernel, Open, Origin, Pipe, PipeEnd, Wait};

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
        File::Node(node) => write_file(cx, open, *node, from, len).await,
        File::ProcDirectory(_) | File::Text(_) | File::Pagemap(_) => Err(Errno::EBADF),
    }
}

/// Without a device for streams, what is written becomes records.
async fn write_stream(cx: &Cx, port: Port, from: u64, len: usize) -> Answer {
    let mut bytes = vec![0; len];
    cx.copy_in(from, &mut bytes).await?;
    let is_busy = |k: &mut Kernel| k.devices.streams.as_mut().is_some_and(|s| s.is_busy(port));
    while cx.kernel(is_busy) {
        cx.sleep(Wait::Stream).await?;
    }
    let is_written = cx.kernel(|k| {
        let streams = k.devices.streams.as_mut();
        streams.map(|streams| streams.write(port, &bytes)).is_some()
    });
    if !is_written {
        let kind = if port == Port::Stderr { STDERR } else { STDOUT };
        let word: String = encode(&bytes).collect();
        log!("@{kind} {word}");
    }
    // Only when the host has taken it: a program is not to be faster than its reader.
    while cx.kernel(is_busy) && cx.sleep(Wait::Stream).await.is_ok() {}
    Ok(len as u64)
}

/// A file in memory: the only kind that can be open for writing.
async fn write_file(cx: &Cx, open: &Open, node: NodeId, from: u64, len: usize) -> Answer {
    let mut bytes = vec![0; len];
    cx.copy_in(from, &mut bytes).await?;
    cx.kernel(|k| {
        let Kind::Memory(content) = &k.tree.node(node).kind else {
            return Err(Errno::EROFS);
        };
        let size = content.len() as u64;
        if open.flags.get() & O_APPEND != 0 {
            open.offset.set(size);
        }
        let start = open.offset.get();
        let end = start.checked_add(len as u64).ok_or(Errno::EFBIG)?;
        if end > size {
            k.tree.set_len(node, end)?;
        }
        if let Kind::Memory(content) = &mut k.tree.node_mut(node).kind {
            content[start as usize..end as usize].copy_from_slice(&bytes);
        }
        open.offset.set(end);
        Ok(len as u64)
    })
}

async fn write_pipe(cx: &Cx, end: &PipeEnd, from: u64, len: usize) -> Answer {
    let mut bytes = vec![0; len];
    cx.copy_in(from, &mut bytes).await?;
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
            end.pipe.borrow_mut().bytes.extend(&bytes);
            cx.kernel(|k| k.wake_all(usize::MAX, Wait::is_for_pipe));
            return Ok(len as u64);
        }
        cx.sleep(Wait::Pipe).await?;
    }
}
