//! Timers that send signals: setitimer(2), timer_create(2).

use pagewalk_guest_abi::signal::{SI_KERNEL, SI_TIMER};

use super::{Info, Kernel, Origin, Pid, Tid};
use crate::arch;

/// Which timer of a process: 0 is setitimer's, others are one more than their number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct AlarmId(pub(crate) u32);

impl AlarmId {
    /// The timer of setitimer.
    pub(crate) const REAL: AlarmId = AlarmId(0);
}

/// Periods are not shorter than this, in nanoseconds: nobody gets to do nothing but
/// take signals.
const LEAST_PERIOD: u64 = 100_000;

/// A timer. Times are in ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Alarm {
    /// When it sends its signal; it may be off.
    pub(crate) next: Option<u64>,
    /// How long after that again; 0 for never.
    pub(crate) period: u64,
    /// What it sends, if anything.
    pub(crate) signal: Option<u32>,
    /// The thread that gets it; else the process does.
    pub(crate) thread: Option<Tid>,
    /// What it tells the one who gets it.
    pub(crate) value: u64,
    /// Absolute times that it is set to are those of the calendar.
    pub(crate) by_calendar: bool,
    /// Periods that passed without a signal of their own, at the last one.
    pub(crate) overruns: u32,
}

impl Kernel {
    /// Sets a timer; what it was.
    pub(crate) fn set_alarm(&mut self, pid: Pid, id: AlarmId, new: Alarm) -> Option<Alarm> {
        let least = self.to_ticks(LEAST_PERIOD);
        let period = match new.period {
            0 => 0,
            period => period.max(least),
        };
        let old = self.process(pid).alarms.insert(id, Alarm { period, ..new });
        if let Some(time) = old.and_then(|old| old.next) {
            self.alarms.remove(&(time, pid, id));
        }
        if let Some(time) = new.next {
            self.alarms.insert((time, pid, id));
        }
        old
    }

    /// Takes timers of a process away: all, or all but setitimer's.
    pub(super) fn drop_alarms(&mut self, pid: Pid, keep: impl Fn(AlarmId) -> bool) {
        self.process(pid).alarms.retain(|id, _| keep(*id));
        self.alarms.retain(|&(_, of, id)| of != pid || keep(id));
    }

    /// Deletes a timer; whether there was one.
    pub(crate) fn drop_alarm(&mut self, pid: Pid, id: AlarmId) -> bool {
        let old = self.process(pid).alarms.remove(&id);
        if let Some(time) = old.and_then(|old| old.next) {
            self.alarms.remove(&(time, pid, id));
        }
        old.is_some()
    }

    /// Sends the signals whose time has come.
    pub(super) fn ring_alarms(&mut self, now: u64) {
        while let Some(&(time, pid, id)) = self.alarms.first()
            && time <= now
        {
            self.alarms.pop_first();
            let alarm = self.process(pid).alarms.get_mut(&id);
            let alarm = alarm.expect("only timers that there are are set");
            let passed = (now - time).checked_div(alarm.period);
            alarm.overruns = passed.unwrap_or(0).min(i32::MAX as u64) as u32;
            alarm.next = passed.map(|passed| time + (passed + 1) * alarm.period);
            let alarm = *alarm;
            if let Some(next) = alarm.next {
                self.alarms.insert((next, pid, id));
            }
            self.ring(pid, id, &alarm);
        }
    }

    fn ring(&mut self, pid: Pid, id: AlarmId, alarm: &Alarm) {
        let Some(signal) = alarm.signal else {
            return;
        };
        let info = match id.0.checked_sub(1) {
            None => Info {
                code: SI_KERNEL,
                origin: Origin::Process(0),
            },
            Some(number) => Info {
                code: SI_TIMER,
                origin: Origin::Value {
                    from: number,
                    extra: alarm.overruns,
                    value: alarm.value,
                },
            },
        };
        // If there is no room for one more signal, this one is lost.
        let _ = match alarm.thread {
            Some(tid) if !self.threads.contains_key(&tid) => true,
            Some(tid) => self.send_to_thread(tid, signal, info),
            None => self.send_to_process(pid, signal, info),
        };
    }

    /// Ticks until a timer rings; 0 if it is off.
    pub(crate) fn left_of(&self, alarm: &Alarm) -> u64 {
        let left = |next: u64| next.saturating_sub(arch::time()).max(1);
        alarm.next.map_or(0, left)
    }
}
