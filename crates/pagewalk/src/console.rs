//! Where the output of guests goes: to stdout, or into memory.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Stdout, Write};
use std::rc::Rc;

use pagewalk_machine::{Console, Input, StopFlag, Waited};

/// The guest's output on stdout, line by line; byte by byte on a terminal.
///
/// Clones are the same screen: a machine owns one of them.
#[derive(Clone, Debug)]
pub(crate) struct Screen(Rc<RefCell<ScreenState>>);

#[derive(Debug)]
struct ScreenState {
    /// Buffers up to the end of a line.
    out: Stdout,
    is_terminal: bool,
    within_line: bool,
    error: Option<io::Error>,
    /// Raised on the first error: nobody sees what the guest goes on to say.
    stop: StopFlag,
}

impl Screen {
    pub(crate) fn new(stop: StopFlag) -> Self {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        Self(Rc::new(RefCell::new(ScreenState {
            out,
            is_terminal,
            within_line: false,
            error: None,
            stop,
        })))
    }

    /// Brings out what is buffered. On a terminal, what we say ourselves
    /// begins on a line of its own.
    pub(crate) fn finish(&self) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        if state.is_terminal && state.within_line {
            state.out.write_all(b"\n")?;
        }
        state.out.flush()
    }
}

impl Console for Screen {
    fn write(&mut self, bytes: &[u8]) {
        let state = &mut *self.0.borrow_mut();
        let Some(last) = bytes.last() else { return };
        if state.error.is_some() {
            return;
        }
        state.within_line = *last != b'\n';
        let mut written = state.out.write_all(bytes);
        if state.is_terminal {
            written = written.and_then(|()| state.out.flush());
        }
        if let Err(error) = written {
            state.error = Some(error);
            state.stop.raise();
        }
    }

    fn read(&mut self) -> Input {
        Input::End
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, limit: Option<std::time::Duration>) -> Waited {
        limit.map_or(Waited::Never, |limit| {
            std::thread::sleep(limit);
            Waited::Over
        })
    }
}

/// The end of a guest's output, in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capture(Rc<RefCell<Vec<u8>>>);

impl Capture {
    /// How much is kept at least, however much a guest prints.
    const KEPT: usize = 8 << 10;

    /// What was printed last, as text.
    pub(crate) fn text(&self) -> String {
        let bytes = self.0.borrow();
        let start = bytes.len().saturating_sub(Self::KEPT);
        let text = String::from_utf8_lossy(&bytes[start..]).into_owned();
        if start == 0 {
            text
        } else {
            format!("…{text}")
        }
    }
}

impl Console for Capture {
    fn write(&mut self, bytes: &[u8]) {
        let mut kept = self.0.borrow_mut();
        kept.extend_from_slice(bytes);
        if kept.len() > 4 * Self::KEPT {
            // One byte more than is shown, so that the cut can be seen.
            let drop = kept.len() - Self::KEPT - 1;
            kept.drain(..drop);
        }
    }

    fn read(&mut self) -> Input {
        Input::End
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, limit: Option<std::time::Duration>) -> Waited {
        limit.map_or(Waited::Never, |limit| {
            std::thread::sleep(limit);
            Waited::Over
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_keeps_the_end() {
        let mut capture = Capture::default();
        capture.write(b"short\n");
        assert_eq!(capture.text(), "short\n");
        for _ in 0..10_000 {
            capture.write(b"a line of output\n");
        }
        capture.write(b"the last words");
        let text = capture.text();
        assert!(text.starts_with('…') && text.ends_with("the last words"));
        assert_eq!(text.len(), "…".len() + Capture::KEPT);
    }
}
