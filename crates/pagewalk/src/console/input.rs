//! Input for the guest, from stdin: where it comes from decides when the guest
//! gets it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pagewalk_machine::{ClockSource, Input as Answer, Waited};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::termios::isatty;

use super::inbox::Inbox;
use super::keys::{HELP, INTERRUPT, Key, Keys};
use super::output::Output;
use super::raw::RawMode;
use crate::stop::{Requests, StopReason};

/// How long the guest's time stands still for a program that is to write its
/// input, and that may in turn wait for the guest's output.
const PATIENCE: Duration = Duration::from_millis(100);

/// Bytes that are read at once.
const CHUNK: usize = 4096;

/// What is typed and not taken, at most: the rest is lost, so that Ctrl-A x is
/// noticed however little the guest cares for its input.
const TYPED: usize = 1 << 20;

/// What a guest makes of a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Typing {
    /// It gets every key; what it prints is for the host to care about.
    Keys,
    /// It has a terminal for its processes: it gets every key, and sends what is to be
    /// shown of keys and output.
    Terminal,
}

/// How often a run in the background looks whether it is in the foreground.
const GLANCE: Duration = Duration::from_millis(100);

/// What leads out, said to those who may need it.
const WAY_OUT: &str = "pagewalk: Ctrl-A x ends the run, Ctrl-A h for help";

/// A user who presses Ctrl-C so often may need it.
const INSISTENT: u32 = 2;

/// The guest's input. Nothing is read before it is asked for.
#[derive(Debug)]
pub(crate) struct Input {
    source: Source,
    typing: Typing,
    inbox: Arc<Inbox>,
    clock: ClockSource,
    stop: Requests,
    output: Output,
    /// The user has been told that the input came late.
    told: bool,
}

#[derive(Debug)]
enum Source {
    /// Nobody has asked yet.
    Untouched(OwnedFd),
    /// A file: what it holds is there, and reading takes no time.
    File(Box<Contents>),
    /// A pipe or a socket: somebody else writes it, as fast as they can.
    Stream(OwnedFd),
    /// Somebody types, and the guest gets the keys.
    Terminal(RawMode),
}

impl Input {
    /// Input from `stdin`.
    pub(crate) fn new(
        stdin: OwnedFd,
        typing: Typing,
        clock: ClockSource,
        stop: Requests,
        output: Output,
    ) -> Self {
        let inbox = Arc::new(Inbox::new(stop.clone()));
        stop.wake_on_stop(inbox.clone());
        Self {
            source: Source::Untouched(stdin),
            typing,
            inbox,
            clock,
            stop,
            output,
            told: false,
        }
    }

    /// Takes over the terminal, if it is one, before the guest asks.
    pub(crate) fn take_terminal(&mut self) {
        if matches!(&self.source, Source::Untouched(stdin) if isatty(stdin)) {
            self.touch();
        }
    }

    /// The next byte, see [`pagewalk_machine::Console::read`].
    pub(crate) fn read(&mut self) -> Answer {
        self.touch();
        match &mut self.source {
            Source::File(file) => file.next().map_or(Answer::End, Answer::Byte),
            Source::Terminal(_) => self.inbox.take(Duration::ZERO, || false),
            Source::Stream(stream) => {
                let was_late = self.inbox.was_late();
                let patience = match self.clock {
                    ClockSource::Virtual | ClockSource::Paced => PATIENCE,
                    ClockSource::Host => Duration::ZERO,
                };
                let answer = self.inbox.take(patience, || is_readable(stream.as_fd()));
                if was_late && answer != Answer::Empty && self.clock != ClockSource::Host {
                    self.tell_of_lateness();
                }
                answer
            }
            Source::Untouched(_) => unreachable!("it has just been touched"),
        }
    }

    /// Whether something has arrived that the guest waits for.
    pub(crate) fn has_news(&self) -> bool {
        self.inbox.has_news()
    }

    /// Whether [`Input::read`] need not wait.
    pub(crate) fn is_ready(&self) -> bool {
        match self.source {
            Source::Untouched(_) => false,
            Source::File(_) => true,
            Source::Stream(_) | Source::Terminal(_) => self.inbox.is_ready(),
        }
    }

    /// See [`pagewalk_machine::Console::wait`].
    pub(crate) fn wait(&self, limit: Option<Duration>) -> Waited {
        self.inbox.wait(limit)
    }

    /// Where input arrives.
    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    /// Leaves stdin to others: the terminal as it was, a file at the first
    /// byte that the guest has not taken.
    pub(crate) fn release(&mut self) {
        match &mut self.source {
            Source::Terminal(terminal) => terminal.restore(),
            Source::File(file) => file.release(),
            Source::Untouched(_) | Source::Stream(_) => {}
        }
    }

    /// Begins to read.
    fn touch(&mut self) {
        let Source::Untouched(stdin) = &self.source else {
            return;
        };
        match self.begin(stdin) {
            Ok(source) => self.source = source,
            Err(error) => {
                log::warn!(target: "console", "there is no input, for stdin cannot be used: {error}");
                self.source = Source::File(Box::default());
            }
        }
    }

    fn begin(&self, stdin: &OwnedFd) -> io::Result<Source> {
        let own = stdin.try_clone()?;
        if isatty(stdin) {
            let terminal = RawMode::new(stdin.try_clone()?, self.typing);
            self.stop.guard(terminal.clone())?;
            // Nothing is said to those who only look on; and those who will never read
            // need not be in the foreground.
            let is_later = match self.typing {
                Typing::Keys => {
                    terminal.enter()?;
                    self.output.aside(WAY_OUT);
                    false
                }
                Typing::Terminal => !terminal.enter_in_foreground()?,
            };
            let later = is_later.then(|| terminal.clone());
            self.start_reader(own, Some(Keys::default()), later)?;
            return Ok(Source::Terminal(terminal));
        }
        let kind = FileType::from_raw_mode(fstat(stdin)?.st_mode);
        match kind {
            FileType::Fifo | FileType::Socket | FileType::Unknown => {
                self.start_reader(own, None, None)?;
                Ok(Source::Stream(stdin.try_clone()?))
            }
            // A device without keys, such as /dev/null, is like a file.
            _ => Ok(Source::File(Box::new(Contents::new(own)))),
        }
    }

    fn start_reader(
        &self,
        stdin: OwnedFd,
        keys: Option<Keys>,
        later: Option<RawMode>,
    ) -> io::Result<()> {
        let reader = Reader {
            stdin: File::from(stdin),
            inbox: self.inbox.clone(),
            keys,
            later,
            interrupts: match self.typing {
                Typing::Keys => INSISTENT,
                Typing::Terminal => 0,
            },
            stop: self.stop.clone(),
            output: self.output.clone(),
        };
        let thread = thread::Builder::new().name("stdin".to_owned());
        thread.spawn(move || reader.run()).map(drop)
    }

    fn tell_of_lateness(&mut self) {
        if !self.told {
            self.told = true;
            log::info!(
                target: "console",
                "input came later than {PATIENCE:?} after the guest asked for it: it gets it at \
                 another time in another run"
            );
        }
    }
}

/// The contents of a file.
#[derive(Debug, Default)]
struct Contents {
    /// None at its end.
    file: Option<File>,
    chunk: Vec<u8>,
    taken: usize,
}

impl Contents {
    fn new(file: OwnedFd) -> Self {
        Self {
            file: Some(File::from(file)),
            ..Self::default()
        }
    }

    fn next(&mut self) -> Option<u8> {
        if self.taken == self.chunk.len() {
            self.refill();
        }
        let byte = self.chunk.get(self.taken).copied()?;
        self.taken += 1;
        Some(byte)
    }

    fn refill(&mut self) {
        let Some(file) = &mut self.file else { return };
        self.chunk.resize(CHUNK, 0);
        self.taken = 0;
        let got = read(file, &mut self.chunk).unwrap_or_else(|error| {
            log::warn!(target: "console", "input ends here, for stdin cannot be read: {error}");
            0
        });
        self.chunk.truncate(got);
        if got == 0 {
            self.file = None;
        }
    }

    fn release(&mut self) {
        let left = self.chunk.len() - self.taken;
        if let (Some(file), Ok(left @ 1..)) = (&mut self.file, i64::try_from(left)) {
            // A device has no place to go back to.
            let _ = file.seek(SeekFrom::Current(-left));
            self.taken = self.chunk.len();
        }
    }
}

/// The thread that reads what somebody writes or types.
struct Reader {
    stdin: File,
    inbox: Arc<Inbox>,
    /// At a terminal: which keys are ours.
    keys: Option<Keys>,
    /// What is to be made raw when we are in the foreground.
    later: Option<RawMode>,
    /// How often Ctrl-C was typed, up to [`INSISTENT`]: then the way out was told.
    interrupts: u32,
    stop: Requests,
    output: Output,
}

impl Reader {
    fn run(mut self) {
        let mut chunk = [0; CHUNK];
        let is_elsewhere = |mode: &RawMode| mode.enter_in_foreground().is_ok_and(|is| !is);
        while self.later.as_ref().is_some_and(is_elsewhere) && !self.stop.is_raised() {
            thread::sleep(GLANCE);
        }
        // Nobody is left to be told after a stop; a terminal is read on, for
        // the second Ctrl-A x.
        while self.keys.is_some() || self.inbox.await_room() {
            await_readable(self.stdin.as_fd());
            self.inbox.announce();
            match read(&mut self.stdin, &mut chunk) {
                Ok(0) => break,
                Ok(count) => self.pass_on(&chunk[..count]),
                // Stdin may be shared with others, who may take what was there
                // and may have asked for no waiting.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.inbox.push(&[]),
                Err(error) => {
                    log::info!(target: "console", "input ends here: {error}");
                    break;
                }
            }
        }
        self.inbox.end();
    }

    fn pass_on(&mut self, bytes: &[u8]) {
        let Some(keys) = &mut self.keys else {
            return self.inbox.push(bytes);
        };
        let mut typed = Vec::with_capacity(bytes.len());
        let mut is_insistent = false;
        for byte in bytes {
            match keys.press(*byte) {
                Some(Key::Guest(byte)) => {
                    typed.push(byte);
                    if byte == INTERRUPT && self.interrupts < INSISTENT {
                        self.interrupts += 1;
                        is_insistent = self.interrupts == INSISTENT;
                    }
                }
                Some(Key::Quit) => self.stop.stop(StopReason::Quit),
                Some(Key::Help) => self.output.aside(HELP),
                Some(Key::Unknown) => {
                    self.output
                        .aside("pagewalk: no such command; Ctrl-A h for help");
                }
                None => {}
            }
        }
        typed.truncate(TYPED.saturating_sub(self.inbox.len()));
        self.inbox.push(&typed);
        if is_insistent {
            self.output.aside(WAY_OUT);
        }
    }
}

/// Reads what there is. No bytes are the end; so is a terminal that has gone
/// away, and a stdin that was opened for writing only.
fn read(from: &mut File, into: &mut [u8]) -> io::Result<usize> {
    let end = [Errno::IO, Errno::BADF].map(Errno::raw_os_error);
    loop {
        match from.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.raw_os_error().is_some_and(|code| end.contains(&code)) => {
                return Ok(0);
            }
            result => return result,
        }
    }
}

fn await_readable(fd: BorrowedFd<'_>) {
    // What is wrong with it, reading will tell.
    while poll(&mut [PollFd::new(&fd, PollFlags::IN)], None) == Err(Errno::INTR) {}
}

/// Whether reading would not wait: bytes or the end are there.
fn is_readable(fd: BorrowedFd<'_>) -> bool {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let ready = poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&now));
    ready.is_ok_and(|count| count > 0)
}
