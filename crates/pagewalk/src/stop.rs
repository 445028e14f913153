//! What stops a run from outside: signals and the time limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use pagewalk_machine::StopFlag;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Watches for signals and the time limit, and raises one flag.
#[derive(Debug)]
pub(crate) struct Stop {
    flag: StopFlag,
    signal: Arc<AtomicUsize>,
    timed_out: Arc<AtomicBool>,
    /// Dropped at the end, which ends the timer's thread.
    _timer: Option<Sender<()>>,
}

/// Why a run was stopped from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StopReason {
    /// A signal, by number.
    Signal(u8),
    /// The time limit.
    Timeout,
}

impl Stop {
    /// Begins to watch. A second signal ends the process at once.
    pub(crate) fn watch(timeout: Option<Duration>) -> anyhow::Result<Self> {
        let flag = StopFlag::default();
        let signal = Arc::new(AtomicUsize::new(0));
        for number in [SIGINT, SIGTERM] {
            watch_signal(number, &flag, &signal)
                .with_context(|| format!("cannot watch for signal {number}"))?;
        }
        let timed_out = Arc::new(AtomicBool::new(false));
        let timer = timeout.map(|limit| start_timer(limit, flag.clone(), timed_out.clone()));
        Ok(Self {
            flag,
            signal,
            timed_out,
            _timer: timer,
        })
    }

    /// The flag that a machine looks at.
    pub(crate) fn flag(&self) -> &StopFlag {
        &self.flag
    }

    /// Why the flag was raised, if it was one of ours.
    pub(crate) fn reason(&self) -> Option<StopReason> {
        let signal = self.signal.load(Ordering::SeqCst);
        if signal != 0 {
            return Some(StopReason::Signal(u8::try_from(signal).unwrap_or(u8::MAX)));
        }
        let timed_out = self.timed_out.load(Ordering::SeqCst);
        timed_out.then_some(StopReason::Timeout)
    }
}

fn watch_signal(number: i32, stop: &StopFlag, signal: &Arc<AtomicUsize>) -> std::io::Result<()> {
    let status = 128 + number;
    // Before the flag is raised by the same signal: acts on the second one.
    flag::register_conditional_shutdown(number, status, stop.inner())?;
    flag::register_usize(number, Arc::clone(signal), number as usize)?;
    flag::register(number, stop.inner())?;
    Ok(())
}

fn start_timer(limit: Duration, stop: StopFlag, timed_out: Arc<AtomicBool>) -> Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    thread::spawn(move || {
        if receiver.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            timed_out.store(true, Ordering::SeqCst);
            stop.raise();
        }
    });
    sender
}
