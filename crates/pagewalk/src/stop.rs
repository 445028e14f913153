//! What stops a run from outside: signals, the time limit, and the user at the
//! console.

use std::fmt::Debug;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use pagewalk_machine::StopFlag;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level;

use crate::console::RawMode;
use crate::ending::Ending;

/// The signals that end a run, with the names that a user knows them by.
const ENDING: [(i32, &str); 4] = [
    (SIGINT, "Ctrl-C"),
    (SIGTERM, "SIGTERM"),
    (SIGHUP, "SIGHUP"),
    (SIGQUIT, "SIGQUIT"),
];

/// The name of a signal that ended a run.
pub(crate) fn signal_name(number: u8) -> &'static str {
    let named = ENDING
        .iter()
        .find(|(signal, _)| *signal == i32::from(number));
    named.map_or("a signal", |(_, name)| name)
}

/// Why a run was stopped from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StopReason {
    /// A signal, by number.
    Signal(u8),
    /// The time limit.
    Timeout,
    /// Ctrl-A x.
    Quit,
    /// The guest has printed the text of `--until`.
    Printed,
}

/// Watches for what stops a run, and raises one flag.
#[derive(Debug)]
pub(crate) struct Stop {
    requests: Requests,
    /// Dropped at the end, which ends the timer's thread.
    _timer: Option<Sender<()>>,
}

/// Where a stop is asked for, from any thread. Clones are the same place.
#[derive(Clone, Debug)]
pub(crate) struct Requests(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    flag: StopFlag,
    state: Mutex<State>,
    /// None in tests of what asks for a stop.
    signals: Option<Handle>,
}

#[derive(Debug, Default)]
struct State {
    /// The first one.
    reason: Option<StopReason>,
    wakers: Vec<Arc<dyn Wake>>,
    /// Who wants to know when the terminal has another size.
    watchers: Vec<Arc<dyn Wake>>,
    terminal: Option<RawMode>,
}

/// Somebody who has to look at something when it has changed: at the flag, or at the
/// size of the terminal.
pub(crate) trait Wake: Debug + Send + Sync {
    /// Wakes them. They look at it after this.
    fn wake(&self);
}

impl Stop {
    /// Begins to watch. A second signal ends the process at once.
    pub(crate) fn watch(timeout: Option<Duration>) -> anyhow::Result<Self> {
        let ignored = ignored_signals();
        let numbers = ENDING.iter().map(|(number, _)| *number);
        // Whoever started us may have had a reason: `nohup`, a job of a script.
        let signals = Signals::new(numbers.filter(|number| ignored & bit(*number) == 0))
            .context("cannot watch for signals")?;
        let requests = Requests(Arc::new(Shared {
            flag: StopFlag::default(),
            state: Mutex::default(),
            signals: Some(signals.handle()),
        }));
        let taker = requests.clone();
        start_thread("signals", move || taker.take_signals(signals))?;
        let timer = timeout.map(|limit| start_timer(limit, requests.clone()));
        Ok(Self {
            requests,
            _timer: timer.transpose()?,
        })
    }

    /// The flag that a machine looks at.
    pub(crate) fn flag(&self) -> &StopFlag {
        &self.requests.0.flag
    }

    /// Where others ask for a stop.
    pub(crate) fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Why the flag was raised, if it was from outside.
    pub(crate) fn reason(&self) -> Option<StopReason> {
        self.requests.state().reason
    }
}

impl Requests {
    /// A place of which no signal knows.
    #[cfg(test)]
    pub(crate) fn of_nobody() -> Self {
        Self(Arc::new(Shared {
            flag: StopFlag::default(),
            state: Mutex::default(),
            signals: None,
        }))
    }

    /// Asks the run to end. A user who asks again wants it at once: the process
    /// ends here.
    pub(crate) fn stop(&self, reason: StopReason) {
        let mut state = self.state();
        let insists = matches!(reason, StopReason::Signal(_) | StopReason::Quit);
        if insists && self.0.flag.is_raised() {
            if let Some(terminal) = &state.terminal {
                terminal.restore();
            }
            low_level::exit(Ending::from(reason).status().into());
        }
        state.reason.get_or_insert(reason);
        drop(state);
        self.raise();
    }

    /// Raises the flag for a reason that is known elsewhere.
    pub(crate) fn raise(&self) {
        self.0.flag.raise();
        for waker in &self.state().wakers {
            waker.wake();
        }
    }

    /// Whether the run is to end.
    pub(crate) fn is_raised(&self) -> bool {
        self.0.flag.is_raised()
    }

    /// Whether somebody outside wants the run to end: what waits for the
    /// outside is not waited for any more.
    pub(crate) fn is_urgent(&self) -> bool {
        let own = StopReason::Printed;
        self.is_raised() && self.state().reason.is_some_and(|reason| reason != own)
    }

    /// Has `waker` called when the flag is raised.
    pub(crate) fn wake_on_stop(&self, waker: Arc<dyn Wake>) {
        self.state().wakers.push(waker);
    }

    /// Has `watcher` called when the terminal has another size.
    pub(crate) fn wake_on_resize(&self, watcher: Arc<dyn Wake>) -> io::Result<()> {
        self.state().watchers.push(watcher);
        let signals = self.0.signals.as_ref();
        signals.map_or(Ok(()), |signals| signals.add_signal(SIGWINCH))
    }

    /// Has a terminal that will be raw restored when the process is stopped or
    /// ended by signals.
    pub(crate) fn guard(&self, terminal: RawMode) -> io::Result<()> {
        self.state().terminal = Some(terminal);
        let Some(signals) = &self.0.signals else {
            return Ok(());
        };
        if ignored_signals() & bit(SIGTSTP) == 0 {
            signals.add_signal(SIGTSTP)?;
        }
        signals.add_signal(SIGCONT)
    }

    fn take_signals(&self, mut signals: Signals) {
        for number in signals.forever() {
            let terminal = self.state().terminal.clone();
            match number {
                SIGTSTP => {
                    if let Some(terminal) = terminal {
                        terminal.suspend();
                    }
                    // We go on behind this line, with SIGCONT pending.
                    let stopped = low_level::emulate_default_handler(SIGTSTP);
                    debug_assert!(stopped.is_ok(), "any process may stop itself");
                }
                SIGCONT => {
                    if let Some(terminal) = terminal {
                        terminal.resume();
                    }
                }
                SIGWINCH => {
                    for watcher in &self.state().watchers {
                        watcher.wake();
                    }
                }
                number => self.stop(StopReason::Signal(u8::try_from(number).unwrap_or(u8::MAX))),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Ending must work after a panic of another thread, too.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start_timer(limit: Duration, requests: Requests) -> anyhow::Result<Sender<()>> {
    let (sender, receiver) = mpsc::channel::<()>();
    start_thread("timeout", move || {
        if receiver.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            requests.stop(StopReason::Timeout);
        }
    })?;
    Ok(sender)
}

fn start_thread(name: &str, body: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(body);
    thread.map(drop).context("cannot start a thread")
}

/// Makes a write beyond the limit for the size of files an error like others, of which
/// somebody is told; the signal would end us in the middle of it.
pub(crate) fn outlive_file_limit() -> io::Result<()> {
    signal_hook::flag::register(SIGXFSZ, Arc::default()).map(drop)
}

/// Signals that were ignored when we were started, a bit each.
fn ignored_signals() -> u64 {
    // There is no safe call that tells, and only Linux has this file. What was
    // registered meanwhile is not ignored, so it is the same at any time.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap_or(0))
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}
