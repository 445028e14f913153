//! Processes and threads.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;

use super::Args;
use crate::console::report;
use crate::elf;
use crate::task::{self, Answer, Birth, Cx, Kernel, NoExec, Pid, Program, Tid, gone, room};

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
        cx.kernel(|k| k.wake_word(tid, clear_tid));
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

/// `clone3`: the same, with a structure that can grow.
pub(super) async fn clone3(cx: &Cx, from: u64, size: u64) -> Answer {
    const WORDS: usize = 11;
    const LEAST: u64 = 64;
    const MOST: u64 = 4096;
    if size < LEAST {
        return Err(Errno::EINVAL);
    }
    if size > MOST {
        return Err(Errno::E2BIG);
    }
    let mut bytes = alloc::vec![0; size as usize];
    cx.copy_in(from, &mut bytes).await?;
    let mut words = bytes.chunks(8).map(|bytes| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    });
    let mut known = [0; WORDS];
    known.fill_with(|| words.next().unwrap_or(0));
    if words.any(|word| word != 0) {
        return Err(Errno::E2BIG);
    }
    let [
        flags,
        _,
        child_tid,
        parent_tid,
        signal,
        stack,
        stack_size,
        tls,
        _,
        set_tid_size,
        cgroup,
    ] = known;
    let has_stack = (stack == 0) == (stack_size == 0);
    if !has_stack || set_tid_size != 0 || cgroup != 0 || flags & CSIGNAL != 0 {
        return Err(Errno::EINVAL);
    }
    if signal > pagewalk_guest_abi::signal::LAST.into() {
        return Err(Errno::EINVAL);
    }
    let birth = Birth {
        flags: flags | signal,
        stack: stack.wrapping_add(stack_size),
        parent_tid,
        child_tid,
        tls,
    };
    task::clone(cx, birth).await
}

/// `set_robust_list`: locks that others get if the thread dies with them.
pub(super) fn set_robust_list(k: &mut Kernel, tid: Tid, head: u64, size: u64) -> Answer {
    if size != ROBUST_LIST_SIZE {
        return Err(Errno::EINVAL);
    }
    k.thread(tid).robust_list = head;
    Ok(0)
}

/// Bytes of `struct robust_list_head`.
const ROBUST_LIST_SIZE: u64 = 24;

pub(super) async fn get_robust_list(cx: &Cx, thread: u64, head: u64, size: u64) -> Answer {
    let thread = match thread as u32 {
        0 => cx.tid,
        number => Tid(number),
    };
    let list = cx.kernel(|k| k.threads.get(&thread).map(|thread| thread.robust_list));
    let list = list.ok_or(Errno::ESRCH)?;
    cx.copy_out(&list.to_le_bytes(), head).await?;
    cx.copy_out(&ROBUST_LIST_SIZE.to_le_bytes(), size).await?;
    Ok(0)
}

pub(super) async fn execve(cx: &Cx, path: u64, argv: u64, envp: u64) -> Answer {
    let path = cx.read_text(path, MOST_PATH).await?;
    let argv = read_texts(cx, argv).await?;
    let envp = read_texts(cx, envp).await?;
    let shown = path.clone();
    match task::exec(cx, Program { path, argv, envp }).await {
        Ok(()) => Ok(0),
        Err(NoExec::Errno(error)) => Err(error),
        // A shell reads it itself then.
        Err(NoExec::Elf(elf::Problem::NotElf)) => Err(Errno::ENOEXEC),
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
        room(0)?;
        texts.push(text);
    }
    Ok(texts)
}
