//! Waiting for one of several files.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::layout::Timespec;

use crate::arch;
use crate::task::{Answer, Cx, File, Kernel, Pipe, Tid, Wait};

/// Events of poll(2).
const POLLIN: u16 = 1;
const POLLOUT: u16 = 4;
const POLLHUP: u16 = 16;
const POLLNVAL: u16 = 32;

/// Bytes of `struct pollfd`: descriptor 4, events 2, what has happened 2.
const SIZE: usize = 8;
/// More files than this a process does not wait for.
const MOST: u64 = 256;

/// What has happened to a file, of what is always told and what was asked for.
fn events(k: &mut Kernel, tid: Tid, number: i32, asked: u16) -> u16 {
    if number < 0 {
        return 0;
    }
    let Ok(open) = k.process_of(tid).files.get(number as u64) else {
        return POLLNVAL;
    };
    let ready = match &open.file {
        File::Stream(Port::Stdin) => {
            let streams = k.devices.streams.as_mut();
            match streams.as_ref().and_then(|streams| streams.available()) {
                None => POLLIN | POLLHUP,
                Some(0) => {
                    // One byte tells that there is input, and takes nothing from others.
                    if let Some(streams) = streams.filter(|_| asked & POLLIN != 0) {
                        streams.ask(1);
                    }
                    0
                }
                Some(_) => POLLIN,
            }
        }
        File::Pipe(end) => {
            let pipe = end.pipe.borrow();
            let is_in = open.can_read() && !pipe.bytes.is_empty();
            let is_out = open.can_write() && pipe.bytes.len() < Pipe::ROOM;
            let is_over = open.can_read() && pipe.writers == 0;
            let events = [(is_in, POLLIN), (is_out, POLLOUT), (is_over, POLLHUP)];
            let all = events.into_iter().filter(|(is, _)| *is);
            all.fold(0, |sum, (_, event)| sum | event)
        }
        _ => POLLIN | POLLOUT,
    };
    ready & (asked | POLLHUP)
}

/// `ppoll`; the mask of signals is not changed.
pub(super) async fn ppoll(cx: &Cx, list: u64, count: u64, timeout: u64) -> Answer {
    let tid = cx.tid;
    if count > MOST {
        return Err(Errno::EINVAL);
    }
    let mut files: Vec<u8> = alloc::vec![0; count as usize * SIZE];
    cx.copy_in(list, &mut files).await?;
    let until = match timeout {
        0 => None,
        at => {
            let [sec, nsec] = cx.read_words(at).await?.map(|word| word as i64);
            let nanos = Timespec { sec, nsec }.to_nanos().ok_or(Errno::EINVAL)?;
            Some(cx.kernel(|k| {
                let end = k.now().saturating_add(nanos);
                k.to_ticks(end)
            }))
        }
    };
    loop {
        let mut happened = 0;
        for file in files.chunks_exact_mut(SIZE) {
            let number = i32::from_le_bytes([file[0], file[1], file[2], file[3]]);
            let asked = u16::from_le_bytes([file[4], file[5]]);
            let events = cx.kernel(|k| events(k, tid, number, asked));
            file[6..].copy_from_slice(&events.to_le_bytes());
            happened += u64::from(events != 0);
        }
        let is_over = until.is_some_and(|until| arch::time() >= until);
        if happened > 0 || is_over {
            cx.copy_out(&files, list).await?;
            return Ok(happened);
        }
        cx.sleep(Wait::Files { until }).await?;
    }
}
