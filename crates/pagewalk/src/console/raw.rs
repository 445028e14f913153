//! A terminal that hands over every key as it is typed, and that is again what
//! it was when the run is over.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, panic};

use rustix::process::getpgrp;
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios,
    tcdrain, tcgetattr, tcgetpgrp, tcsetattr,
};

use super::Typing;
use crate::terminal;

/// The state of one terminal: whose keys it hands over.
///
/// Clones are the same terminal. Whoever ends the process restores it before:
/// the console at the end of a run, when it is dropped (a panic unwinds), and
/// the thread that takes signals. Only what cannot be caught (SIGKILL, a crash
/// of ours) leaves the terminal raw; `stty sane` helps then.
#[derive(Clone, Debug)]
pub(crate) struct RawMode(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    terminal: OwnedFd,
    typing: Typing,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the terminal was. None while it is as we found it.
    before: Option<Termios>,
    /// We are stopped, or were and are not in the foreground again: the
    /// terminal is somebody else's.
    suspended: bool,
    /// It was restored for good.
    over: bool,
}

impl RawMode {
    /// Nothing changes yet.
    pub(crate) fn new(terminal: OwnedFd, typing: Typing) -> Self {
        Self(Arc::new(Shared {
            terminal,
            typing,
            state: Mutex::default(),
        }))
    }

    /// Makes the terminal raw. A process in the background is stopped here,
    /// until it is brought to the foreground, as when it reads.
    pub(crate) fn enter(&self) -> io::Result<()> {
        // Has no effect besides: what the terminal is now may be what the
        // shell needs for its prompt, so we look when it is ours.
        retry(|| tcdrain(&self.0.terminal))?;
        {
            let mut state = self.state();
            if state.before.is_some() || state.over {
                return Ok(());
            }
            let before = tcgetattr(&self.0.terminal)?;
            state.before = Some(before.clone());
            state.suspended = false;
            self.make_raw(before)?;
        }
        self.restore_on_panic();
        Ok(())
    }

    /// Makes the terminal raw if we are in its foreground, and says so: who neither
    /// reads nor writes may run in the background.
    pub(crate) fn enter_in_foreground(&self) -> io::Result<bool> {
        let is_ours = self.is_ours();
        if is_ours {
            self.enter()?;
        }
        Ok(is_ours)
    }

    /// Makes the terminal what it was, for good.
    pub(crate) fn restore(&self) {
        let mut state = self.state();
        state.over = true;
        if let Some(before) = state.before.take()
            && !state.suspended
        {
            self.give_back(&before);
        }
    }

    /// Makes the terminal what it was while the process is stopped.
    pub(crate) fn suspend(&self) {
        let mut state = self.state();
        if let Some(before) = &state.before
            && !state.suspended
        {
            self.give_back(before);
            state.suspended = true;
        }
    }

    /// The process goes on after a stop, whoever stopped it: makes the
    /// terminal raw again if it was, and if we are in the foreground.
    pub(crate) fn resume(&self) {
        let mut state = self.state();
        let Some(before) = &state.before else { return };
        let is_ours = self.is_ours();
        // A terminal that has gone away needs no mode.
        let _ = is_ours.then(|| self.make_raw(before.clone()));
        state.suspended = !is_ours;
    }

    fn give_back(&self, before: &Termios) {
        // In the background, the shell has made it what it needs.
        if self.is_ours() {
            // A terminal that has gone away needs no mode.
            let _ = self.set(before);
        }
        terminal::set_bare(false);
    }

    fn make_raw(&self, before: Termios) -> io::Result<()> {
        self.set(&raw(before, self.0.typing))?;
        terminal::set_bare(self.0.typing == Typing::Terminal);
        Ok(())
    }

    /// Whether we may change the terminal: we are in its foreground, or it
    /// does not control jobs for us.
    fn is_ours(&self) -> bool {
        tcgetpgrp(&self.0.terminal).map_or(true, |foreground| foreground == getpgrp())
    }

    /// At once: what has been typed stays for whoever reads next.
    fn set(&self, modes: &Termios) -> io::Result<()> {
        retry(|| tcsetattr(&self.0.terminal, OptionalActions::Now, modes))
    }

    /// The message of a panic shall not be lost in a raw terminal, nor the
    /// terminal if the panic aborts.
    fn restore_on_panic(&self) {
        let (mode, next) = (self.clone(), panic::take_hook());
        panic::set_hook(Box::new(move |panic| {
            mode.restore();
            next(panic);
        }));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere is when restoring matters most.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Repeats what a signal interrupted.
fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(rustix::io::Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}

/// Every key is a byte or more at once, without echo, none is a signal, and
/// Enter is a carriage return. Output stays as it was, and with it our own
/// messages; all as in QEMU. A guest with a terminal of its own sends what that
/// makes of its output.
fn raw(mut modes: Termios, typing: Typing) -> Termios {
    if typing == Typing::Terminal {
        modes.output_modes -= OutputModes::OPOST;
    }
    modes.input_modes -= InputModes::IGNBRK
        | InputModes::BRKINT
        | InputModes::PARMRK
        | InputModes::ISTRIP
        | InputModes::INLCR
        | InputModes::IGNCR
        | InputModes::ICRNL
        | InputModes::IXON;
    modes.local_modes -= LocalModes::ECHO
        | LocalModes::ECHONL
        | LocalModes::ICANON
        | LocalModes::IEXTEN
        | LocalModes::ISIG;
    modes.control_modes -= ControlModes::CSIZE | ControlModes::PARENB;
    modes.control_modes |= ControlModes::CS8;
    modes.special_codes[SpecialCodeIndex::VMIN] = 1;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
    modes
}
