//! What programs ask about the machine and about themselves.

use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::{Errno, Syscall};

use crate::mem::{Event, PAGE_SIZE};
use crate::task::{Answer, Cx, Descriptors, Kernel, MOST_PENDING, MOST_THREADS, Tally, Tid, Used};

/// `struct rusage` with what is known: times and faults.
pub(crate) fn rusage(tally: &Tally, used: Used) -> [u8; 144] {
    const MINOR_AT: usize = 64;
    const MAJOR_AT: usize = 72;
    let mut bytes = [0; 144];
    let mut put = |at: usize, value: u64| {
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    };
    for (at, nanos) in [(0, used.program()), (16, used.kernel)] {
        put(at, nanos / 1_000_000_000);
        put(at + 8, nanos % 1_000_000_000 / 1000);
    }
    put(MINOR_AT, tally[Event::Minor as usize]);
    put(MAJOR_AT, tally[Event::Major as usize]);
    bytes
}

pub(super) async fn getrusage(cx: &Cx, who: u64, out: u64) -> Answer {
    let tid = cx.tid;
    let usage = cx.kernel(|k| {
        let pid = k.thread(tid).pid;
        let process = &k.processes[&pid];
        let (tally, used) = match who as i32 as u64 {
            RUSAGE_SELF => (k.tally(process), k.used_by(pid)),
            RUSAGE_THREAD => (k.tally(process), k.used_by_thread(tid)),
            RUSAGE_CHILDREN => (process.of_children, process.used_by_children),
            _ => return Err(Errno::EINVAL),
        };
        Ok(rusage(&tally, k.in_nanos(used)))
    })?;
    cx.copy_out(&usage, out).await?;
    Ok(0)
}

/// `times`: clock ticks of Linux, of which 100 make a second.
pub(super) async fn times(cx: &Cx, out: u64) -> Answer {
    const NANOS: u64 = 10_000_000;
    let tid = cx.tid;
    let (own, children, now) = cx.kernel(|k| {
        let pid = k.thread(tid).pid;
        let children = k.process(pid).used_by_children;
        let own = k.used_by(pid);
        (k.in_nanos(own), k.in_nanos(children), k.now())
    });
    if out != 0 {
        let nanos = [
            own.program(),
            own.kernel,
            children.program(),
            children.kernel,
        ];
        let mut bytes = [0; 32];
        for (to, nanos) in bytes.chunks_exact_mut(8).zip(nanos) {
            to.copy_from_slice(&(nanos / NANOS).to_le_bytes());
        }
        cx.copy_out(&bytes, out).await?;
    }
    Ok(now / NANOS)
}

pub(super) async fn uname(cx: &Cx, out: u64) -> Answer {
    const FIELD: usize = 65;
    let fields: [&[u8]; 6] = [
        b"Linux",
        b"pagewalk",
        // Programs refuse kernels that say they are older than these.
        b"6.12.0-pagewalk",
        concat!("pagewalk ", env!("CARGO_PKG_VERSION")).as_bytes(),
        b"riscv64",
        b"",
    ];
    let mut bytes = [0; 6 * FIELD];
    for (to, field) in bytes.chunks_exact_mut(FIELD).zip(fields) {
        to[..field.len()].copy_from_slice(field);
    }
    cx.copy_out(&bytes, out).await?;
    Ok(0)
}

pub(super) async fn getrandom(cx: &Cx, out: u64, len: u64) -> Answer {
    let len = len.min(1 << 20);
    let mut done = 0;
    while done < len {
        let bytes = cx.kernel(|k| k.random()).to_le_bytes();
        let count = (len - done).min(8) as usize;
        cx.copy_out(&bytes[..count], out.wrapping_add(done)).await?;
        done += count as u64;
    }
    Ok(len)
}

/// The limits of a process: they are what they are, and the same for all.
fn limit(resource: u64) -> Result<u64, Errno> {
    Ok(match resource {
        RLIMIT_STACK => 8 << 20,
        RLIMIT_CORE => 0,
        RLIMIT_NPROC => MOST_THREADS as u64,
        RLIMIT_NOFILE => Descriptors::MOST as u64,
        RLIMIT_SIGPENDING => MOST_PENDING as u64,
        0..=RLIMIT_LAST => u64::MAX,
        _ => return Err(Errno::EINVAL),
    })
}

/// `prlimit64`: asking is answered; a limit can only be set to what it is.
pub(super) async fn prlimit64(cx: &Cx, resource: u64, new: u64, old: u64) -> Answer {
    let limit = limit(resource)?;
    if new != 0 {
        let [soft, hard] = cx.read_words(new).await?;
        if soft > hard {
            return Err(Errno::EINVAL);
        }
        if (soft, hard) != (limit, limit) {
            return Err(Errno::EPERM);
        }
    }
    if old != 0 {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&limit.to_le_bytes());
        bytes[8..].copy_from_slice(&limit.to_le_bytes());
        cx.copy_out(&bytes, old).await?;
    }
    Ok(0)
}

/// `struct sysinfo`: uptime, three loads, memory, swap, processes, the unit. There are
/// no buffers: cached pages of files are told by `/proc/meminfo`.
pub(super) async fn sysinfo(cx: &Cx, out: u64) -> Answer {
    let mut bytes = [0; 112];
    cx.kernel(|k| {
        let mut put = |at: usize, value: u64| {
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        };
        let pages = |count: usize| (count * PAGE_SIZE) as u64;
        let summary = k.mm.summary();
        put(0, k.now() / 1_000_000_000);
        put(32, pages(summary.frames));
        put(40, pages(summary.free_frames));
        put(64, pages(summary.slots));
        put(72, pages(summary.free_slots));
        put(80, k.threads.len() as u64);
        put(104, 1);
    });
    cx.copy_out(&bytes, out).await?;
    Ok(0)
}

/// There is one hart.
pub(super) async fn sched_getaffinity(cx: &Cx, pid: u64, len: u64, out: u64) -> Answer {
    cx.kernel(|k| known(k, pid))?;
    if len < 8 || !len.is_multiple_of(8) {
        return Err(Errno::EINVAL);
    }
    cx.copy_out(&1u64.to_le_bytes(), out).await?;
    Ok(8)
}

/// It can be asked for, and nothing else.
pub(super) async fn sched_setaffinity(cx: &Cx, pid: u64, len: u64, set: u64) -> Answer {
    cx.kernel(|k| known(k, pid))?;
    let mut bytes = [0; 8];
    cx.copy_in(set, &mut bytes[..len.min(8) as usize]).await?;
    (bytes[0] & 1 != 0).then_some(0).ok_or(Errno::EINVAL)
}

/// `getcpu`.
pub(super) async fn getcpu(cx: &Cx, hart: u64, node: u64) -> Answer {
    for out in [hart, node] {
        if out != 0 {
            cx.copy_out(&[0; 4], out).await?;
        }
    }
    Ok(0)
}

/// That there is a thread with a number; 0 is the caller.
fn known(k: &Kernel, tid: u64) -> Answer {
    let is_known = tid as u32 == 0 || k.threads.contains_key(&Tid(tid as u32));
    is_known.then_some(0).ok_or(Errno::ESRCH)
}

/// The one way in which threads are scheduled: in turn.
const SCHED_OTHER: u64 = 0;

/// What the calls about scheduling say: nobody is preferred.
pub(super) fn sched(k: &Kernel, call: Syscall, who: u64, policy: u64) -> Answer {
    known(k, who)?;
    match call {
        Syscall::SchedSetscheduler if policy != SCHED_OTHER => Err(Errno::EPERM),
        _ => Ok(SCHED_OTHER),
    }
}

/// `sched_getparam`: the priority is 0.
pub(super) async fn sched_getparam(cx: &Cx, pid: u64, out: u64) -> Answer {
    cx.kernel(|k| known(k, pid))?;
    cx.copy_out(&[0; 4], out).await?;
    Ok(0)
}

/// `setuid` and its like: -1 leaves a number as it is.
pub(super) fn become_root(ids: &[u64]) -> Answer {
    let mut ids = ids.iter();
    let is_root = ids.all(|id| matches!(*id as u32, 0 | u32::MAX));
    is_root.then_some(0).ok_or(Errno::EPERM)
}

/// Real, effective and saved number of user or group: that of root.
pub(super) async fn three_ids(cx: &Cx, out: [u64; 3]) -> Answer {
    for out in out {
        cx.copy_out(&[0; 4], out).await?;
    }
    Ok(0)
}

/// `prctl`: the name of a thread; that of the first one is that of the process.
pub(super) async fn prctl(cx: &Cx, what: u64, address: u64) -> Answer {
    /// Bytes of a name, with the zero behind it.
    const SIZE: usize = 16;
    let tid = cx.tid;
    match what {
        PR_SET_NAME => {
            let name = match cx.read_text(address, SIZE - 1).await {
                Err(Errno::ENAMETOOLONG) => {
                    let mut bytes = [0; SIZE - 1];
                    cx.copy_in(address, &mut bytes).await?;
                    bytes.to_vec()
                }
                text => text?,
            };
            cx.kernel(|k| {
                if k.thread(tid).pid.0 == tid.0 {
                    k.process_of(tid).name = name.clone();
                }
                k.thread(tid).name = name;
            });
            Ok(0)
        }
        PR_GET_NAME => {
            let mut bytes = [0; SIZE];
            cx.kernel(|k| {
                let name = match &k.threads[&tid].name {
                    own if own.is_empty() => &k.processes[&k.threads[&tid].pid].name,
                    own => own,
                };
                let count = name.len().min(SIZE - 1);
                bytes[..count].copy_from_slice(&name[..count]);
            });
            cx.copy_out(&bytes, address).await?;
            Ok(0)
        }
        _ => Err(Errno::EINVAL),
    }
}
