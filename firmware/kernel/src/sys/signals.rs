//! Signals.

use core::future::Future;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::layout::Timespec;
use pagewalk_guest_abi::signal::*;

use crate::arch;
use crate::task::{Action, Answer, Cx, Info, Kernel, Origin, Pid, Tid, Wait, set_of, siginfo};

/// Bytes of a set of signals.
const SET_SIZE: u64 = 8;

pub(super) fn check(signal: u64) -> Result<u32, Errno> {
    let signal = signal as u32;
    if (1..=LAST).contains(&signal) {
        Ok(signal)
    } else {
        Err(Errno::EINVAL)
    }
}

/// As the calls that send signals tell it.
fn sent(there_was_room: bool) -> Answer {
    there_was_room.then_some(0).ok_or(Errno::EAGAIN)
}

pub(super) fn kill(k: &mut Kernel, tid: Tid, pid: u64, signal: u64) -> Answer {
    let me = k.thread(tid).pid;
    let group = k.process(me).group;
    let which = pid as u32 as i32;
    let meant = |pid: Pid, of: u32| match which {
        0 => of == group,
        -1 => pid != me,
        which if which > 0 => pid.0 == which as u32,
        which => of == which.unsigned_abs(),
    };
    let all = k.processes.iter();
    let targets: alloc::vec::Vec<Pid> = all
        .filter(|(pid, process)| meant(**pid, process.group))
        .map(|(pid, _)| *pid)
        .collect();
    if targets.is_empty() {
        return Err(Errno::ESRCH);
    }
    if signal == 0 {
        return Ok(0);
    }
    let signal = check(signal)?;
    let info = Info {
        code: SI_USER,
        origin: Origin::Process(me.0),
    };
    let mut all_sent = true;
    for target in targets {
        if k.processes.contains_key(&target) {
            all_sent &= k.send_to_process(target, signal, info);
        }
    }
    sent(all_sent)
}

pub(super) fn tkill(
    k: &mut Kernel,
    tid: Tid,
    pid: Option<u64>,
    target: u64,
    signal: u64,
) -> Answer {
    let me = k.thread(tid).pid;
    let target = Tid(target as u32);
    let thread = k.threads.get(&target).ok_or(Errno::ESRCH)?;
    if pid.is_some_and(|pid| pid as u32 != thread.pid.0) {
        return Err(Errno::ESRCH);
    }
    if signal == 0 {
        return Ok(0);
    }
    let info = Info {
        code: SI_TKILL,
        origin: Origin::Process(me.0),
    };
    sent(k.send_to_thread(target, check(signal)?, info))
}

/// `struct sigaction`: handler, flags, mask.
pub(super) async fn rt_sigaction(cx: &Cx, signal: u64, new: u64, old: u64, size: u64) -> Answer {
    let signal = check(signal)?;
    if size != SET_SIZE || (new != 0 && matches!(signal, SIGKILL | SIGSTOP)) {
        return Err(Errno::EINVAL);
    }
    let tid = cx.tid;
    let index = signal as usize - 1;
    let before = cx.kernel(|k| k.process_of(tid).actions[index]);
    let action = match new {
        0 => None,
        new => {
            let [handler, flags, mask] = cx.read_words(new).await?;
            Some(Action {
                handler,
                flags,
                mask,
            })
        }
    };
    if old != 0 {
        let words = [before.handler, before.flags, before.mask];
        let mut bytes = [0; 24];
        for (to, word) in bytes.chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        cx.copy_out(&bytes, old).await?;
    }
    if let Some(action) = action {
        cx.kernel(|k| {
            k.process_of(tid).actions[index] = action;
            let pid = k.thread(tid).pid;
            k.forget_ignored(pid, signal);
        });
    }
    Ok(0)
}

pub(super) async fn rt_sigprocmask(cx: &Cx, how: u64, new: u64, old: u64, size: u64) -> Answer {
    if size != SET_SIZE {
        return Err(Errno::EINVAL);
    }
    let tid = cx.tid;
    let before = cx.kernel(|k| k.thread(tid).mask);
    let after = match new {
        0 => before,
        new => {
            let [set] = cx.read_words(new).await?;
            match how {
                SIG_BLOCK => before | set,
                SIG_UNBLOCK => before & !set,
                SIG_SETMASK => set,
                _ => return Err(Errno::EINVAL),
            }
        }
    };
    if old != 0 {
        cx.copy_out(&before.to_le_bytes(), old).await?;
    }
    let never = set_of(SIGKILL) | set_of(SIGSTOP);
    cx.kernel(|k| k.thread(tid).mask = after & !never);
    Ok(0)
}

/// Another mask while a call waits. If a signal ends the waiting, its handler still
/// runs with it; after all else the old one holds again.
pub(super) async fn with_mask(cx: &Cx, mask: u64, call: impl Future<Output = Answer>) -> Answer {
    let tid = cx.tid;
    cx.kernel(|k| {
        let thread = k.thread(tid);
        thread.mask_before = Some(thread.mask);
        thread.mask = mask & !(set_of(SIGKILL) | set_of(SIGSTOP));
    });
    let answer = call.await;
    if answer != Err(Errno::EINTR) {
        cx.kernel(|k| {
            let thread = k.thread(tid);
            if let Some(before) = thread.mask_before.take() {
                thread.mask = before;
            }
        });
    }
    answer
}

/// A set of signals from the process.
pub(super) async fn read_set(cx: &Cx, from: u64, size: u64) -> Result<u64, Errno> {
    if size != SET_SIZE {
        return Err(Errno::EINVAL);
    }
    let [set] = cx.read_words(from).await?;
    Ok(set)
}

/// Waits for a signal with another mask.
pub(super) async fn rt_sigsuspend(cx: &Cx, set: u64, size: u64) -> Answer {
    let set = read_set(cx, set, size).await?;
    let wait = async {
        loop {
            cx.sleep(Wait::Signal { until: None }).await?;
        }
    };
    with_mask(cx, set, wait).await
}

/// Signals that were sent and are blocked.
pub(super) async fn rt_sigpending(cx: &Cx, out: u64, size: u64) -> Answer {
    if size > SET_SIZE {
        return Err(Errno::EINVAL);
    }
    let tid = cx.tid;
    let set = cx.kernel(|k| {
        let mask = k.thread(tid).mask;
        let own = k.thread(tid).pending.clone();
        let all = own.iter().chain(&k.process_of(tid).pending);
        mask & all.fold(0, |set, (signal, _)| set | set_of(*signal))
    });
    cx.copy_out(&set.to_le_bytes()[..size as usize], out)
        .await?;
    Ok(0)
}

/// Waits for one of some signals, which are blocked as a rule, and takes it.
pub(super) async fn rt_sigtimedwait(
    cx: &Cx,
    set: u64,
    info_out: u64,
    timeout: u64,
    size: u64,
) -> Answer {
    let tid = cx.tid;
    let set = read_set(cx, set, size).await? & !(set_of(SIGKILL) | set_of(SIGSTOP));
    let until = until(cx, timeout).await?;
    loop {
        if let Some((signal, info)) = cx.kernel(|k| k.take_signal(tid, set)) {
            if info_out != 0 {
                cx.copy_out(arch::bytes_of(&siginfo(signal, info)), info_out)
                    .await?;
            }
            return Ok(signal.into());
        }
        if until.is_some_and(|until| arch::time() >= until) {
            return Err(Errno::EAGAIN);
        }
        cx.kernel(|k| k.thread(tid).awaited = set);
        let slept = cx.sleep(Wait::Signal { until }).await;
        let is_there = cx.kernel(|k| {
            k.thread(tid).awaited = 0;
            k.is_pending(tid, set)
        });
        if !is_there {
            slept?;
        }
    }
}

/// When a time from now is over, in ticks; `None` for no time at all.
pub(super) async fn until(cx: &Cx, timeout: u64) -> Result<Option<u64>, Errno> {
    if timeout == 0 {
        return Ok(None);
    }
    let [sec, nsec] = cx.read_words(timeout).await?.map(|word| word as i64);
    let nanos = Timespec { sec, nsec }.to_nanos().ok_or(Errno::EINVAL)?;
    Ok(Some(cx.kernel(|k| {
        let end = k.now().saturating_add(nanos);
        k.to_ticks(end)
    })))
}

/// Sends a signal with a value, to a process or a thread of it (sigqueue).
pub(super) async fn queue(
    cx: &Cx,
    pid: u64,
    thread: Option<u64>,
    signal: u64,
    info: u64,
) -> Answer {
    let tid = cx.tid;
    let words: [u64; 4] = cx.read_words(info).await?;
    let code = words[1] as i32;
    let origin = Origin::Value {
        from: words[2] as u32,
        extra: (words[2] >> 32) as u32,
        value: words[3],
    };
    let pid = Pid(pid as u32);
    cx.kernel(|k| {
        let is_there = k.processes.contains_key(&pid);
        let thread = thread.map(|number| Tid(number as u32));
        let of_it = thread.is_none_or(|t| k.threads.get(&t).is_some_and(|t| t.pid == pid));
        if !is_there || !of_it {
            return Err(Errno::ESRCH);
        }
        // Nobody tells others that the kernel has sent it.
        if (code >= 0 || code == SI_TKILL) && pid != k.thread(tid).pid {
            return Err(Errno::EPERM);
        }
        if signal == 0 {
            return Ok(0);
        }
        let (signal, info) = (check(signal)?, Info { code, origin });
        sent(match thread {
            Some(thread) => k.send_to_thread(thread, signal, info),
            None => k.send_to_process(pid, signal, info),
        })
    })
}

/// `sigaltstack`: `stack_t` is address, flags, size.
pub(super) async fn sigaltstack(cx: &Cx, new: u64, old: u64) -> Answer {
    const SS_ONSTACK: u64 = 1;
    const SS_DISABLE: u64 = 2;
    const LEAST: u64 = 2048;
    let tid = cx.tid;
    let (stack, is_used) = cx.kernel(|k| {
        let thread = k.thread(tid);
        (thread.handler_stack.clone(), thread.is_on_handler_stack())
    });
    let wanted = match new {
        0 => None,
        new => {
            let [address, flags, size] = cx.read_words(new).await?;
            // Flags are an int; what follows it in memory says nothing.
            let flags = u64::from(flags as u32);
            if !stack.is_empty() && is_used {
                return Err(Errno::EPERM);
            }
            match flags {
                SS_DISABLE => Some(0..0),
                0 | SS_ONSTACK if size < LEAST => return Err(Errno::ENOMEM),
                0 | SS_ONSTACK => {
                    let end = address.checked_add(size).ok_or(Errno::EINVAL)?;
                    Some(address..end)
                }
                _ => return Err(Errno::EINVAL),
            }
        }
    };
    if old != 0 {
        let flags = match stack.is_empty() {
            true => SS_DISABLE,
            false if is_used => SS_ONSTACK,
            false => 0,
        };
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&stack.start.to_le_bytes());
        bytes[8..16].copy_from_slice(&flags.to_le_bytes());
        bytes[16..].copy_from_slice(&(stack.end - stack.start).to_le_bytes());
        cx.copy_out(&bytes, old).await?;
    }
    if let Some(wanted) = wanted {
        cx.kernel(|k| k.thread(tid).handler_stack = wanted);
    }
    Ok(0)
}
