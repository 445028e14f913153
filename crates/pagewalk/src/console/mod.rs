//! The guest's console, at the host's end: stdin, stdout and stderr, or memory.
//!
//! *Output* goes to stdout byte for byte. *Input* is not touched before the
//! guest asks for it the first time: a program that only prints does not eat
//! what the script around it is to read, and Ctrl-C ends it.
//!
//! | stdin | what the guest gets, and when |
//! |---|---|
//! | a file, `/dev/null` | the next byte, or the end, whenever it asks |
//! | a pipe, a socket | the same; its time stands still until the other end has written. If nothing comes for 100 ms, that end may wait for the guest: the guest goes on, and the next byte comes when it comes |
//! | a terminal | what is typed, when it is typed; the terminal is raw, and Ctrl-A introduces commands to us |
//! | a terminal, for processes | the same, from the start, if the run is in the foreground; the guest shows and edits lines, and Ctrl-C is a signal for its processes. What is typed and not read when the run ends is lost, as what is typed at a terminal that is hung up |
//!
//! So a run with a file or an eager pipe as its input is the same each time.
//! With the host's clock nothing makes the guest's time stand still. After the
//! end of the input a guest goes on without.

mod capture;
mod inbox;
mod input;
mod keys;
mod output;
mod phrase;
mod raw;
mod resize;
#[cfg(test)]
mod tests;

pub(crate) use capture::Capture;
pub(crate) use input::Typing;
pub(crate) use raw::RawMode;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use pagewalk_machine::{ClockSource, Console, Input as Answer, Waited, Window};
use rustix::fs::{OFlags, fcntl_getfl, fstat};

use self::input::Input;
use self::output::Output;
use self::resize::Resize;
use crate::stop::{Requests, Stop};

/// Stdin and stdout as the console of a guest.
///
/// Clones are the same screen: a machine owns one of them. When the last is
/// dropped, the terminal is what it was before, whatever has happened.
#[derive(Clone, Debug)]
pub(crate) struct Screen(Rc<Ends>);

#[derive(Debug)]
struct Ends {
    output: Output,
    errors: Output,
    /// The terminal where input is typed, if it can be written to.
    echo: Option<Output>,
    terminals: [bool; 3],
    window: Window,
    input: RefCell<Input>,
}

impl Screen {
    /// Stdin and stdout, for a guest with this clock.
    pub(crate) fn new(stop: &Stop, typing: Typing, clock: ClockSource) -> io::Result<Self> {
        let stdin = io::stdin().as_fd().try_clone_to_owned()?;
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        let stderr = io::stderr().as_fd().try_clone_to_owned()?;
        let streams = [stdin, stdout, stderr];
        Ok(Self::between(streams, typing, stop.requests(), clock))
    }

    fn between(streams: [OwnedFd; 3], typing: Typing, stop: &Requests, clock: ClockSource) -> Self {
        let terminals = streams.each_ref().map(|stream| stream.is_terminal());
        let is_shown_by = |stream| !terminals[0] || is_same_device(&streams[0], stream);
        let (by_output, by_errors) = (is_shown_by(&streams[1]), is_shown_by(&streams[2]));
        let terminal = writable_terminal(&streams[0]);
        let window = Window::default();
        let resize = streams
            .iter()
            .find_map(|stream| Resize::new(stream, &window));
        let [stdin, stdout, stderr] = streams;
        let output = Output::new(stdout, stop.clone());
        let errors = Output::unheeded(stderr, stop.clone());
        let echo = match terminal {
            _ if by_output => Some(output.clone()),
            _ if by_errors => Some(errors.clone()),
            terminal => terminal.map(|terminal| Output::unheeded(terminal, stop.clone())),
        };
        let input = Input::new(stdin, typing, clock, stop.clone(), output.clone());
        if let Some(resize) = resize.filter(|_| typing == Typing::Terminal && terminals[0]) {
            resize.watch(stop, input.inbox());
        }
        Self(Rc::new(Ends {
            output,
            errors,
            echo,
            terminals,
            window,
            input: RefCell::new(input),
        }))
    }

    /// Takes over the terminal before the guest asks for input: for guests
    /// that will, sooner or later. Then Ctrl-C means one thing all the time,
    /// and what is typed ahead is not shown twice.
    pub(crate) fn take_terminal(&self) {
        self.0.input.borrow_mut().take_terminal();
    }

    /// Ends the run, and the output, when the guest has printed `text`.
    pub(crate) fn stop_after(&self, text: &[u8]) {
        self.0.output.stop_after(text);
    }

    /// Which of stdin, stdout and stderr are terminals.
    pub(crate) fn terminals(&self) -> [bool; 3] {
        self.0.terminals
    }

    /// Writes to stderr, behind all that was written to stdout before.
    pub(crate) fn write_error(&self, bytes: &[u8]) {
        self.0.output.flush();
        self.0.errors.write(bytes);
        self.0.errors.flush();
    }

    /// The size of the terminal, if one of the streams is one.
    pub(crate) fn window(&self) -> &Window {
        &self.0.window
    }

    /// Stdin as a console of its own: what is written to it is shown on the terminal
    /// where input is typed, wherever stdout goes.
    pub(crate) fn keyboard(&self) -> Keyboard {
        Keyboard(self.clone())
    }

    /// Stderr as a console of its own.
    pub(crate) fn errors(&self) -> Errors {
        Errors(self.clone())
    }

    /// Brings out what is buffered, and leaves stdin to others.
    pub(crate) fn finish(&self) -> io::Result<()> {
        self.0.input.borrow_mut().release();
        let finished = self.0.output.finish();
        // Whoever does not read it does not miss it.
        let _ = self.0.errors.finish();
        finished
    }
}

/// Stderr, for a guest that tells it from stdout.
#[derive(Clone, Debug)]
pub(crate) struct Errors(Screen);

impl Console for Errors {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write_error(bytes);
    }

    fn read(&mut self) -> Answer {
        Answer::End
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, limit: Option<Duration>) -> Waited {
        self.0.wait(limit)
    }
}

/// Stdin, for a guest that shows what is typed.
#[derive(Clone, Debug)]
pub(crate) struct Keyboard(Screen);

impl Console for Keyboard {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(echo) = &self.0.0.echo {
            echo.write(bytes);
        }
    }

    fn read(&mut self) -> Answer {
        self.0.read()
    }

    fn has_input(&self) -> bool {
        self.0.has_input()
    }

    fn wait(&mut self, limit: Option<Duration>) -> Waited {
        self.0.wait(limit)
    }
}

fn is_same_device(a: &OwnedFd, b: &OwnedFd) -> bool {
    let device = |stream| fstat(stream).map(|stat| stat.st_rdev);
    matches!((device(a), device(b)), (Ok(a), Ok(b)) if a == b)
}

/// A terminal to write to, for one that may be open for reading only.
fn writable_terminal(stdin: &OwnedFd) -> Option<OwnedFd> {
    let is_writable = fcntl_getfl(stdin).is_ok_and(|flags| flags.contains(OFlags::RDWR));
    if is_writable {
        return stdin.try_clone().ok();
    }
    let terminal = File::options().write(true).open("/dev/tty");
    terminal.ok().map(OwnedFd::from)
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.input.get_mut().release();
        // Whatever keeps the run from its proper end is told of already.
        let _ = self.output.finish();
    }
}

impl Console for Screen {
    fn write(&mut self, bytes: &[u8]) {
        self.0.output.write(bytes);
    }

    fn read(&mut self) -> Answer {
        let mut input = self.0.input.borrow_mut();
        if !input.is_ready() {
            // What comes may be an answer to what the guest has printed.
            self.0.output.flush();
        }
        input.read()
    }

    fn has_input(&self) -> bool {
        self.0.input.borrow().has_news()
    }

    fn wait(&mut self, limit: Option<Duration>) -> Waited {
        self.0.output.flush();
        self.0.input.borrow().wait(limit)
    }
}
