//! Signals.

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::signal::*;

use crate::task::{Action, Answer, Cx, Info, Kernel, Origin, Pid, Tid, Wait, set_of};

/// Bytes of a set of signals.
const SET_SIZE: u64 = 8;

fn check(signal: u64) -> Result<u32, Errno> {
    let signal = signal as u32;
    if (1..=LAST).contains(&signal) {
        Ok(signal)
    } else {
        Err(Errno::EINVAL)
    }
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
    for target in targets {
        if k.processes.contains_key(&target) {
            k.send_to_process(target, signal, info);
        }
    }
    Ok(0)
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
    k.send_to_thread(target, check(signal)?, info);
    Ok(0)
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
        cx.kernel(|k| k.process_of(tid).actions[index] = action);
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

/// Waits for a signal with another mask.
pub(super) async fn rt_sigsuspend(cx: &Cx, set: u64, size: u64) -> Answer {
    if size != SET_SIZE {
        return Err(Errno::EINVAL);
    }
    let tid = cx.tid;
    let [set] = cx.read_words(set).await?;
    cx.kernel(|k| {
        let thread = k.thread(tid);
        thread.mask_before = Some(thread.mask);
        thread.mask = set & !(set_of(SIGKILL) | set_of(SIGSTOP));
    });
    loop {
        cx.sleep(Wait::Signal).await?;
    }
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
