//! Processes and threads.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::layout::Timespec;

use super::Args;
use crate::arch;
use crate::console::report;
use crate::task::{self, Answer, Birth, Cx, Kernel, NoExec, Pid, Program, Tid, Wait, gone};

/// Bytes of a path, and of one argument.
const MOST_PATH: usize = 4096;
const MOST_ARGUMENT: usize = 128 << 10;

pub(super) fn getpgid(k: &mut Kernel, tid: Tid, pid: u64) -> Answer {
    let own = k.thread(tid).pid;
    let pid = if pid == 0 { own } else { Pid(pid as u32) };
    let process = k.processes.get(&pid).ok_or(Errno::ESRCH)?;
    Ok(process.group.into())
}

pub(super) fn setpgid(k: &mut Kernel, tid: Tid, pid: u64, group: u64) -> Answer {
    let own = k.thread(tid).pid;
    let pid = if pid == 0 { own } else { Pid(pid as u32) };
    let process = k.processes.get_mut(&pid).ok_or(Errno::ESRCH)?;
    process.group = if group == 0 { pid.0 } else { group as u32 };
    Ok(0)
}

pub(super) fn setsid(k: &mut Kernel, tid: Tid) -> Answer {
    let pid = k.thread(tid).pid;
    let process = k.process(pid);
    if process.group == pid.0 {
        return Err(Errno::EPERM);
    }
    (process.session, process.group) = (pid.0, pid.0);
    Ok(pid.0.into())
}

/// `exit`: the end of one thread.
pub(super) async fn exit(cx: &Cx, status: u64) -> Answer {
    let tid = cx.tid;
    let clear_tid = cx.kernel(|k| k.thread(tid).clear_tid);
    if clear_tid != 0 {
        // Who waits for the end of the thread waits at this word.
        let _ = cx.copy_out(&0u32.to_le_bytes(), clear_tid).await;
        let space = cx.space();
        cx.kernel(|k| wake_futex(k, space, clear_tid, 1));
    }
    cx.kernel(|k| k.end_thread(tid, status as u8));
    gone().await
}

pub(super) async fn clone(cx: &Cx, [flags, stack, parent_tid, tls, child_tid, _]: Args) -> Answer {
    let birth = Birth {
        flags,
        stack,
        parent_tid,
        child_tid,
        tls,
    };
    task::clone(cx, birth).await
}

pub(super) async fn execve(cx: &Cx, path: u64, argv: u64, envp: u64) -> Answer {
    let path = cx.read_text(path, MOST_PATH).await?;
    let argv = read_texts(cx, argv).await?;
    let envp = read_texts(cx, envp).await?;
    let shown = path.clone();
    match task::exec(cx, Program { path, argv, envp }).await {
        Ok(()) => Ok(0),
        Err(NoExec::Errno(error)) => Err(error),
        Err(NoExec::Elf(problem)) => {
            report!("{}: {}", shown.escape_ascii(), problem.text());
            Err(Errno::ENOEXEC)
        }
    }
}

/// A list of pointers to texts, which ends with a null.
async fn read_texts(cx: &Cx, list: u64) -> Result<Vec<Vec<u8>>, Errno> {
    let (mut texts, mut bytes) = (Vec::new(), 0);
    if list == 0 {
        return Ok(texts);
    }
    for number in 0u64.. {
        let [pointer] = cx.read_words(list.wrapping_add(8 * number)).await?;
        if pointer == 0 {
            break;
        }
        let text = cx.read_text(pointer, MOST_ARGUMENT).await;
        let text = text.map_err(|error| match error {
            Errno::ENAMETOOLONG => Errno::E2BIG,
            other => other,
        })?;
        bytes += text.len() + 9;
        if bytes > MOST_ARGUMENT {
            return Err(Errno::E2BIG);
        }
        texts.push(text);
    }
    Ok(texts)
}

/// Wakes those who wait at an address; how many.
fn wake_futex(k: &mut Kernel, space: crate::mem::SpaceId, address: u64, most: usize) -> usize {
    k.wake_all(most, |wait| {
        matches!(wait, Wait::Futex { space: of, address: at, .. } if of == space && at == address)
    })
}

/// `futex`: waiting for a word of memory to change. Words are known by address and
/// space: memory that processes share after fork has no common ones.
pub(super) async fn futex(cx: &Cx, [address, operation, value, timeout, _, _]: Args) -> Answer {
    let space = cx.space();
    if !address.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    match operation & !(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME) {
        FUTEX_WAKE | FUTEX_WAKE_BITSET => {
            let most = value as u32 as usize;
            Ok(cx.kernel(|k| wake_futex(k, space, address, most)) as u64)
        }
        wait @ (FUTEX_WAIT | FUTEX_WAIT_BITSET) => {
            let until = match timeout {
                0 => None,
                at => Some(deadline(cx, at, wait == FUTEX_WAIT_BITSET, operation).await?),
            };
            let mut word = [0; 4];
            cx.copy_in(address, &mut word).await?;
            // Nobody runs between this look and going to sleep.
            if u32::from_le_bytes(word) != value as u32 {
                return Err(Errno::EAGAIN);
            }
            let wait = Wait::Futex {
                space,
                address,
                until,
            };
            cx.sleep(wait).await?;
            match until {
                Some(until) if arch::time() >= until => Err(Errno::ETIMEDOUT),
                _ => Ok(0),
            }
        }
        _ => Err(Errno::ENOSYS),
    }
}

/// When a wait is over, in ticks.
async fn deadline(cx: &Cx, at: u64, absolute: bool, operation: u64) -> Result<u64, Errno> {
    let [sec, nsec] = cx.read_words(at).await?;
    let time = Timespec {
        sec: sec as i64,
        nsec: nsec as i64,
    };
    let nanos = time.to_nanos().ok_or(Errno::EINVAL)?;
    Ok(cx.kernel(|k| {
        let nanos = match (absolute, operation & FUTEX_CLOCK_REALTIME != 0) {
            (true, true) => nanos.saturating_sub(k.epoch),
            (true, false) => nanos,
            (false, _) => k.now().saturating_add(nanos),
        };
        k.to_ticks(nanos)
    }))
}
