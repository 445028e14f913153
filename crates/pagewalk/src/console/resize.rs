//! The size of the user's terminal, and its changes.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use pagewalk_machine::Window;
use rustix::termios::tcgetwinsize;

use super::inbox::Inbox;
use crate::stop::{Requests, Wake};

/// Carries the size of a terminal to a guest.
#[derive(Debug)]
pub(super) struct Resize {
    terminal: OwnedFd,
    window: Window,
}

impl Resize {
    /// Tells `window` how large this is, if it is a terminal.
    pub(super) fn new(stream: &OwnedFd, window: &Window) -> Option<Self> {
        tcgetwinsize(stream).ok()?;
        let terminal = stream.try_clone().ok()?;
        let resize = Self {
            terminal,
            window: window.clone(),
        };
        resize.look();
        Some(resize)
    }

    /// From now on, a change is told, too.
    pub(super) fn watch(self, stop: &Requests, inbox: &Arc<Inbox>) {
        let watch = Watch {
            resize: self,
            inbox: inbox.clone(),
        };
        if let Err(error) = stop.wake_on_resize(Arc::new(watch)) {
            log::debug!(target: "console", "the terminal keeps its size: {error}");
        }
    }

    fn look(&self) {
        // A terminal that has gone away has no size.
        if let Ok(size) = tcgetwinsize(&self.terminal) {
            self.window.resize(size.ws_col, size.ws_row);
        }
    }
}

#[derive(Debug)]
struct Watch {
    resize: Resize,
    inbox: Arc<Inbox>,
}

impl Wake for Watch {
    fn wake(&self) {
        self.resize.look();
        self.inbox.nudge();
    }
}
