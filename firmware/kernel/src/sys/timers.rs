//! Timers of processes: setitimer, timer_create and their like.

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::layout::Timespec;
use pagewalk_guest_abi::signal::SIGALRM;

use super::signals::check;
use crate::task::{Alarm, AlarmId, Answer, Cx, Kernel, Tid};

/// Timers that a process may have.
const MOST: usize = 32;

const OFF: Alarm = Alarm {
    next: None,
    period: 0,
    signal: Some(SIGALRM),
    thread: None,
    value: 0,
    by_calendar: false,
    overruns: 0,
};

/// How a structure tells times: a period, and the time until the first signal, both
/// in seconds and one of these.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Micro = 1000,
    Nano = 1,
}

/// A structure from the process: period and time, in nanoseconds.
async fn read_times(cx: &Cx, from: u64, unit: Unit) -> Result<[u64; 2], Errno> {
    let words: [u64; 4] = cx.read_words(from).await?;
    let nanos = |sec: u64, part: u64| {
        let nsec = (part as i64).checked_mul(unit as i64)?;
        let sec = sec as i64;
        Timespec { sec, nsec }.to_nanos()
    };
    let period = nanos(words[0], words[1]).ok_or(Errno::EINVAL)?;
    let time = nanos(words[2], words[3]).ok_or(Errno::EINVAL)?;
    Ok([period, time])
}

/// Tells the process period and time left of a timer.
async fn write_times(cx: &Cx, alarm: &Alarm, unit: Unit, to: u64) -> Result<(), Errno> {
    let ticks = [alarm.period, cx.kernel(|k| k.left_of(alarm))];
    let mut bytes = [0; 32];
    for (to, ticks) in bytes.chunks_exact_mut(16).zip(ticks) {
        let time = Timespec::from_nanos(cx.kernel(|k| k.to_nanos(ticks)));
        // What is left is never told to be nothing.
        let part = (time.nsec as u64).div_ceil(unit as u64);
        to[..8].copy_from_slice(&time.sec.to_le_bytes());
        to[8..].copy_from_slice(&part.to_le_bytes());
    }
    cx.copy_out(&bytes, to).await
}

/// Starts a timer, or turns it off if there is no time; what it was.
fn start(cx: &Cx, id: AlarmId, [period, time]: [u64; 2], is_absolute: bool) -> Alarm {
    let tid = cx.tid;
    cx.kernel(|k| {
        let pid = k.thread(tid).pid;
        let old = k.process(pid).alarms.get(&id).copied().unwrap_or(OFF);
        let at = match is_absolute {
            true if old.by_calendar => time.saturating_sub(k.epoch),
            true => time,
            false => k.now().saturating_add(time),
        };
        let new = Alarm {
            next: (time > 0).then(|| k.to_ticks(at)),
            period: k.to_ticks(period),
            overruns: 0,
            ..old
        };
        k.set_alarm(pid, id, new);
        old
    })
}

/// `setitimer`; timers of CPU time there are none.
pub(super) async fn setitimer(cx: &Cx, which: u64, new: u64, old: u64) -> Answer {
    if which != ITIMER_REAL {
        return Err(Errno::EINVAL);
    }
    let times = match new {
        0 => [0; 2],
        new => read_times(cx, new, Unit::Micro).await?,
    };
    let before = start(cx, AlarmId::REAL, times, false);
    if old != 0 {
        write_times(cx, &before, Unit::Micro, old).await?;
    }
    Ok(0)
}

pub(super) async fn getitimer(cx: &Cx, which: u64, out: u64) -> Answer {
    if which != ITIMER_REAL {
        return Err(Errno::EINVAL);
    }
    let alarm = find(cx, AlarmId::REAL).unwrap_or(OFF);
    write_times(cx, &alarm, Unit::Micro, out).await?;
    Ok(0)
}

fn find(cx: &Cx, id: AlarmId) -> Option<Alarm> {
    let tid = cx.tid;
    cx.kernel(|k| k.process_of(tid).alarms.get(&id).copied())
}

/// The timer that a call is about.
fn named(cx: &Cx, number: u64) -> Result<(AlarmId, Alarm), Errno> {
    let id = AlarmId((number as u32).checked_add(1).ok_or(Errno::EINVAL)?);
    Ok((id, find(cx, id).ok_or(Errno::EINVAL)?))
}

/// `timer_create`; `struct sigevent` is value, signal, how, thread.
pub(super) async fn timer_create(cx: &Cx, clock: u64, event: u64, out: u64) -> Answer {
    if !matches!(clock, CLOCK_REALTIME | CLOCK_MONOTONIC | CLOCK_BOOTTIME) {
        return Err(Errno::EOPNOTSUPP);
    }
    let tid = cx.tid;
    let id = cx.kernel(|k| {
        let alarms = &k.process_of(tid).alarms;
        let mut ids = (1..).map(AlarmId);
        let free = ids.find(|id| !alarms.contains_key(id));
        free.filter(|_| alarms.len() < MOST).ok_or(Errno::EAGAIN)
    })?;
    let number = id.0 - 1;
    let mut alarm = Alarm {
        value: number.into(),
        by_calendar: clock == CLOCK_REALTIME,
        ..OFF
    };
    if event != 0 {
        let [value, how, thread] = cx.read_words(event).await?;
        alarm.value = value;
        match how >> 32 {
            SIGEV_NONE => alarm.signal = None,
            SIGEV_SIGNAL | SIGEV_THREAD_ID => alarm.signal = Some(check(how)?),
            _ => return Err(Errno::EINVAL),
        }
        if how >> 32 == SIGEV_THREAD_ID {
            let thread = Tid(thread as u32);
            if !cx.kernel(|k| k.process_of(tid).threads.contains(&thread)) {
                return Err(Errno::EINVAL);
            }
            alarm.thread = Some(thread);
        }
    }
    cx.copy_out(&number.to_le_bytes(), out).await?;
    cx.kernel(|k| {
        let pid = k.thread(tid).pid;
        k.set_alarm(pid, id, alarm);
    });
    Ok(0)
}

pub(super) async fn timer_settime(cx: &Cx, number: u64, flags: u64, new: u64, old: u64) -> Answer {
    let times = read_times(cx, new, Unit::Nano).await?;
    let (id, _) = named(cx, number)?;
    let before = start(cx, id, times, flags & TIMER_ABSTIME != 0);
    if old != 0 {
        write_times(cx, &before, Unit::Nano, old).await?;
    }
    Ok(0)
}

pub(super) async fn timer_gettime(cx: &Cx, number: u64, out: u64) -> Answer {
    let (_, alarm) = named(cx, number)?;
    write_times(cx, &alarm, Unit::Nano, out).await?;
    Ok(0)
}

pub(super) fn timer_getoverrun(k: &mut Kernel, tid: Tid, number: u64) -> Answer {
    let id = AlarmId((number as u32).wrapping_add(1));
    let alarm = k
        .process_of(tid)
        .alarms
        .get(&id)
        .filter(|_| id != AlarmId::REAL);
    alarm.map_or(Err(Errno::EINVAL), |alarm| Ok(alarm.overruns.into()))
}

pub(super) fn timer_delete(k: &mut Kernel, tid: Tid, number: u64) -> Answer {
    let (pid, id) = (k.thread(tid).pid, AlarmId((number as u32).wrapping_add(1)));
    let there = id != AlarmId::REAL && k.drop_alarm(pid, id);
    there.then_some(0).ok_or(Errno::EINVAL)
}
