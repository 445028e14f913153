//! The end of a guest's output, in memory.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pagewalk_machine::{Console, Input, Waited};

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

    fn wait(&mut self, limit: Option<Duration>) -> Waited {
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
