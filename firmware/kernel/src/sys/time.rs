//! Time.

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::layout::Timespec;

use crate::arch;
use crate::task::{Answer, Cx, Pid, Tid, Wait};

/// A clock, in nanoseconds.
fn read(cx: &Cx, clock: u64) -> Result<u64, Errno> {
    let tid = cx.tid;
    let clock = clock as u32 as i32;
    if clock < 0 {
        return cpu_clock(cx, clock);
    }
    cx.kernel(|k| match clock as u64 {
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE => Ok(k.epoch + k.now()),
        CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => {
            Ok(k.now())
        }
        CLOCK_PROCESS_CPUTIME_ID => {
            let pid = k.thread(tid).pid;
            Ok(k.to_nanos(k.used_by(pid).all))
        }
        CLOCK_THREAD_CPUTIME_ID => Ok(k.to_nanos(k.used_by_thread(tid).all)),
        _ => Err(Errno::EINVAL),
    })
}

/// The clock of a process or thread: its number inverted, three bits for which clock,
/// the highest of which says that it is a thread (clock_getcpuclockid(3)).
fn cpu_clock(cx: &Cx, clock: i32) -> Result<u64, Errno> {
    const WHICH: i32 = 3;
    const OF_THREAD: i32 = 4;
    const FILE: i32 = 3;
    let (tid, number) = (cx.tid, !(clock >> 3) as u32);
    if clock & WHICH == FILE {
        return Err(Errno::EINVAL);
    }
    cx.kernel(|k| {
        let own = k.thread(tid).pid;
        let used = if clock & OF_THREAD != 0 {
            let thread = if number == 0 { tid } else { Tid(number) };
            let is_there = k.threads.get(&thread).is_some_and(|t| t.pid == own);
            is_there.then(|| k.used_by_thread(thread))
        } else {
            let pid = if number == 0 { own } else { Pid(number) };
            k.processes.contains_key(&pid).then(|| k.used_by(pid))
        };
        Ok(k.to_nanos(used.ok_or(Errno::EINVAL)?.all))
    })
}

async fn put_pair(cx: &Cx, pair: [u64; 2], out: u64) -> Answer {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&pair[0].to_le_bytes());
    bytes[8..].copy_from_slice(&pair[1].to_le_bytes());
    cx.copy_out(&bytes, out).await?;
    Ok(0)
}

pub(super) async fn clock_gettime(cx: &Cx, clock: u64, out: u64) -> Answer {
    let time = Timespec::from_nanos(read(cx, clock)?);
    put_pair(cx, [time.sec as u64, time.nsec as u64], out).await
}

pub(super) async fn clock_getres(cx: &Cx, clock: u64, out: u64) -> Answer {
    read(cx, clock)?;
    if out == 0 {
        return Ok(0);
    }
    let tick = cx.kernel(|k| 1_000_000_000 / k.ticks_per_second);
    put_pair(cx, [0, tick], out).await
}

pub(super) async fn gettimeofday(cx: &Cx, out: u64) -> Answer {
    let time = Timespec::from_nanos(read(cx, CLOCK_REALTIME)?);
    put_pair(cx, [time.sec as u64, time.nsec as u64 / 1000], out).await
}

pub(super) async fn nanosleep(cx: &Cx, time: u64, left: u64) -> Answer {
    clock_nanosleep(cx, CLOCK_MONOTONIC, 0, time, left).await
}

pub(super) async fn clock_nanosleep(
    cx: &Cx,
    clock: u64,
    flags: u64,
    time: u64,
    left: u64,
) -> Answer {
    let [sec, nsec] = cx.read_words(time).await?;
    let time = Timespec {
        sec: sec as i64,
        nsec: nsec as i64,
    };
    let nanos = time.to_nanos().ok_or(Errno::EINVAL)?;
    let now = read(cx, clock)?;
    let is_absolute = flags & TIMER_ABSTIME != 0;
    let wait = if is_absolute {
        nanos.saturating_sub(now)
    } else {
        nanos
    };
    let until = cx.kernel(|k| {
        let end = k.now().saturating_add(wait);
        k.to_ticks(end)
    });
    while arch::time() < until {
        if let Err(error) = cx.sleep(Wait::Until(until)).await {
            if left != 0 && !is_absolute {
                let rest = cx.kernel(|k| k.to_nanos(until.saturating_sub(arch::time())));
                let rest = Timespec::from_nanos(rest);
                put_pair(cx, [rest.sec as u64, rest.nsec as u64], left).await?;
            }
            return Err(error);
        }
    }
    Ok(0)
}
