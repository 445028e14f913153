//! Output of the guest, on stdout.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::phrase::Phrase;
use crate::stop::{Requests, StopReason};
use crate::terminal::say_raw;

/// Bytes that wait for the end of their line, at most.
const BUFFER: usize = 8 << 10;

/// How long the beginning of a line waits for the rest.
const LINE_TIME: Duration = Duration::from_millis(10);

/// Bytes that are written at once: a pipe that takes any takes so many without
/// making us wait (POSIX, `PIPE_BUF`).
const CHUNK: usize = 4096;

/// How often somebody who does not read our output is looked at.
const GLANCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// How long they are waited for when the run has been stopped from outside.
const GRACE: Duration = Duration::from_millis(500);

/// The beginning of a line that is shown again, at most.
const PROMPT: usize = 256;

/// Where the guest's output goes, byte for byte: at once on a terminal, else
/// by lines, and what has waited for the end of its line for a while.
///
/// Clones are the same output.
#[derive(Clone, Debug)]
pub(crate) struct Output(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// There is the beginning of a line, or nothing will come any more.
    begun: Condvar,
}

#[derive(Debug)]
struct State {
    sink: File,
    is_terminal: bool,
    waiting: Vec<u8>,
    /// The thread that brings out beginnings of lines.
    flusher: Flusher,
    /// The last line so far, if it is not longer than [`PROMPT`].
    line: Vec<u8>,
    within_line: bool,
    until: Option<Phrase>,
    /// Nothing more is to be shown.
    closed: bool,
    /// Nobody took it in time.
    lost: bool,
    error: Option<io::Error>,
    /// The run goes on without anybody who reads it.
    unheeded: bool,
    stop: Requests,
}

/// What the thread that brings out beginnings of lines does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flusher {
    /// It does not run.
    None,
    /// It waits to be told of one.
    Idle,
    /// It knows of one.
    Busy,
}

impl Output {
    /// Output to `stdout`, without which there is no point in going on.
    pub(crate) fn new(stdout: OwnedFd, stop: Requests) -> Self {
        Self::to(stdout, stop, false)
    }

    /// Output to `stderr`, which need not be read by anybody.
    pub(crate) fn unheeded(stderr: OwnedFd, stop: Requests) -> Self {
        Self::to(stderr, stop, true)
    }

    fn to(stream: OwnedFd, stop: Requests, unheeded: bool) -> Self {
        let sink = File::from(stream);
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                is_terminal: sink.is_terminal(),
                sink,
                waiting: Vec::new(),
                flusher: Flusher::None,
                line: Vec::new(),
                within_line: false,
                until: None,
                closed: false,
                lost: false,
                error: None,
                unheeded,
                stop,
            }),
            begun: Condvar::new(),
        }))
    }

    /// Ends the run, and the output, when the guest has printed `text`.
    pub(crate) fn stop_after(&self, text: &[u8]) {
        self.state().until = Some(Phrase::new(text));
    }

    /// Takes what the guest prints.
    pub(crate) fn write(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.write(bytes);
        if !state.waiting.is_empty() && state.flusher != Flusher::Busy {
            self.watch_line(&mut state);
        }
    }

    /// Brings out all there is.
    pub(crate) fn flush(&self) {
        self.state().flush();
    }

    /// Brings out the last of it. On a terminal, what we say ourselves begins
    /// on a line of its own.
    pub(crate) fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        let was_stopped = state.stop.is_urgent();
        if state.is_terminal && state.within_line {
            state.waiting.push(b'\n');
            state.within_line = false;
        }
        state.flush();
        state.closed = true;
        self.0.begun.notify_all();
        if state.lost && !was_stopped {
            state.error.get_or_insert_with(|| {
                io::Error::other("a signal came before anybody had read all of it")
            });
        }
        state.error.take().map_or(Ok(()), Err)
    }

    /// Says something on stderr, on lines of its own, while the guest prints.
    /// What it has printed of a line, a prompt perhaps, is there again after
    /// that.
    pub(crate) fn aside(&self, text: &str) {
        // Whoever has it may wait for somebody to read our output, and the
        // user's keys must not wait for that.
        let mut state = match self.0.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return say_raw(format_args!("\n{text}")),
        };
        let share_screen = state.is_terminal && io::stderr().is_terminal();
        if !share_screen || !state.within_line {
            return say_raw(format_args!("{text}"));
        }
        say_raw(format_args!("\n{text}"));
        let line = std::mem::take(&mut state.line);
        state.waiting.extend_from_slice(&line);
        state.flush();
        state.line = line;
    }

    fn watch_line(&self, state: &mut State) {
        if state.flusher == Flusher::None {
            let output = self.clone();
            let thread = thread::Builder::new().name("stdout".to_owned());
            if let Err(error) = thread.spawn(move || output.bring_out_lines()) {
                log::debug!(target: "console", "no thread for stdout: {error}");
                state.flush();
                return;
            }
        }
        state.flusher = Flusher::Busy;
        self.0.begun.notify_all();
    }

    fn bring_out_lines(&self) {
        loop {
            let idle = |state: &mut State| state.flusher != Flusher::Busy && !state.closed;
            let state = self.0.begun.wait_while(self.state(), idle);
            let closed = state.unwrap_or_else(PoisonError::into_inner).closed;
            if closed {
                return;
            }
            thread::sleep(LINE_TIME);
            let mut state = self.state();
            state.flush();
            state.flusher = Flusher::Idle;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panicking thread has left can still be brought out.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, bytes: &[u8]) {
        if self.closed || self.error.is_some() {
            return;
        }
        let complete = self.until.as_mut().and_then(|text| text.feed(bytes));
        let bytes = &bytes[..complete.unwrap_or(bytes.len())];
        self.waiting.extend_from_slice(bytes);
        self.follow_line(bytes);
        if self.is_terminal || bytes.contains(&b'\n') || self.waiting.len() >= BUFFER {
            self.flush();
        }
        if complete.is_some() {
            self.closed = true;
            self.stop.stop(StopReason::Printed);
        }
    }

    fn follow_line(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else { return };
        self.within_line = *last != b'\n';
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        if end.is_some() {
            self.line.clear();
        }
        let rest = &bytes[end.map_or(0, |end| end + 1)..];
        if self.line.len() + rest.len() <= PROMPT {
            self.line.extend_from_slice(rest);
        }
    }

    fn flush(&mut self) {
        if self.waiting.is_empty() || self.error.is_some() {
            return;
        }
        let mut given_up = None;
        let mut done = 0;
        while done < self.waiting.len() {
            let end = self.waiting.len().min(done + CHUNK);
            match self.write_once(done..end) {
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let urgent = self.stop.is_urgent();
                    let since = *given_up.get_or_insert_with(Instant::now);
                    if !urgent {
                        given_up = None;
                    } else if since.elapsed() >= GRACE {
                        self.lost = true;
                        break;
                    }
                }
                Err(error) => {
                    self.error = Some(error);
                    // Nobody sees what the guest goes on to say.
                    if !self.unheeded {
                        self.stop.raise();
                    }
                    break;
                }
            }
        }
        self.waiting.clear();
    }

    /// Writes part of what waits if that is possible within a [`GLANCE`].
    fn write_once(&mut self, part: std::ops::Range<usize>) -> io::Result<usize> {
        let ready = {
            let fd = self.sink.as_fd();
            poll(&mut [PollFd::new(&fd, PollFlags::OUT)], Some(&GLANCE))
        };
        let written = match ready {
            Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
            Ok(_) => self.sink.write(&self.waiting[part]),
            Err(error) => Err(error.into()),
        };
        match written {
            Ok(0) => Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            written => written,
        }
    }
}
