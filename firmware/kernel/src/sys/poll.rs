//! Waiting for one of several files.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;

use super::{Args, signals};
use crate::arch;
use crate::task::{Answer, Cx, Descriptors, File, Kernel, Pipe, Tid, Wait};

/// Events of poll(2).
const POLLIN: u16 = 1;
const POLLOUT: u16 = 4;
const POLLHUP: u16 = 16;
const POLLNVAL: u16 = 32;
/// That a file is in some set of select: no event of poll.
const ASKED: u16 = 1 << 15;

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
        File::Stream(port) if k.is_terminal(*port) => {
            let events = [
                (k.terminal.tty.is_ready(), POLLIN),
                (k.has_hung_up(), POLLIN | POLLHUP),
                (true, POLLOUT),
            ];
            let all = events.into_iter().filter(|(is, _)| *is);
            all.fold(0, |sum, (_, event)| sum | event)
        }
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

/// `ppoll`, perhaps with another mask of signals meanwhile.
pub(super) async fn ppoll(
    cx: &Cx,
    list: u64,
    count: u64,
    timeout: u64,
    mask: u64,
    size: u64,
) -> Answer {
    if count > MOST {
        return Err(Errno::EINVAL);
    }
    let mut files: Vec<u8> = alloc::vec![0; count as usize * SIZE];
    cx.copy_in(list, &mut files).await?;
    let until = signals::until(cx, timeout).await?;
    let wait = wait(cx, &mut files, until);
    let happened = match mask {
        0 => wait.await?,
        mask => {
            let mask = signals::read_set(cx, mask, size).await?;
            signals::with_mask(cx, mask, wait).await?
        }
    };
    cx.copy_out(&files, list).await?;
    Ok(happened)
}

/// Waits until something happens to one of the files, or the time is over; to how many
/// it has.
async fn wait(cx: &Cx, files: &mut [u8], until: Option<u64>) -> Answer {
    let tid = cx.tid;
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
            return Ok(happened);
        }
        cx.sleep(Wait::Files { until }).await?;
    }
}

/// `pselect6`: the same in the words of select(2), with sets of descriptors. The time
/// that is left is not told.
pub(super) async fn pselect6(cx: &Cx, [count, ins, outs, others, timeout, mask]: Args) -> Answer {
    if (count as i32) < 0 {
        return Err(Errno::EINVAL);
    }
    let count = (count as usize).min(Descriptors::MOST);
    let sets = [(ins, POLLIN), (outs, POLLOUT), (others, 0)];
    let mut asked = alloc::vec![0u16; count];
    for (set, event) in sets {
        let mut bytes = alloc::vec![0u8; if set == 0 { 0 } else { count.div_ceil(64) * 8 }];
        cx.copy_in(set, &mut bytes).await?;
        for (number, events) in asked.iter_mut().enumerate() {
            let is_in = bytes
                .get(number / 8)
                .is_some_and(|byte| byte >> (number % 8) & 1 != 0);
            // A set for errors alone is asked for, too.
            *events |= if is_in { event | ASKED } else { 0 };
        }
    }
    let mut files: Vec<u8> = Vec::new();
    for (number, events) in (0u32..).zip(&asked).filter(|(_, events)| **events != 0) {
        files.extend(number.to_le_bytes());
        files.extend((events & !ASKED).to_le_bytes());
        files.extend([0; 2]);
    }
    let until = signals::until(cx, timeout).await?;
    let wait = wait(cx, &mut files, until);
    match mask {
        0 => wait.await?,
        mask => match cx.read_words(mask).await? {
            [0, _] => wait.await?,
            [mask, size] => {
                let mask = signals::read_set(cx, mask, size).await?;
                signals::with_mask(cx, mask, wait).await?
            }
        },
    };
    let mut happened = 0;
    for (set, event) in sets.into_iter().filter(|(set, _)| *set != 0) {
        let mut bytes = alloc::vec![0u8; count.div_ceil(64) * 8];
        for file in files.chunks_exact(SIZE) {
            let number = usize::from(u16::from_le_bytes([file[0], file[1]]));
            let told = u16::from_le_bytes([file[6], file[7]]);
            if told == POLLNVAL {
                return Err(Errno::EBADF);
            }
            // The end of what is read is something to read.
            let told = if told & POLLHUP != 0 {
                told | POLLIN
            } else {
                told
            };
            if asked[number] & event & told != 0 {
                bytes[number / 8] |= 1 << (number % 8);
                happened += 1;
            }
        }
        cx.copy_out(&bytes, set).await?;
    }
    Ok(happened)
}
