//! The receiver: characters that wait for the guest, and for how long.

use std::collections::VecDeque;

use pagewalk_bus::Instant;

use super::spec::FIFO_SIZE;

/// The receiver's buffer of one character, or its FIFO.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    waiting: VecDeque<u8>,
    fifo: bool,
    /// A character was lost, and the guest has not been told.
    pub(super) overrun: bool,
    /// When characters in the FIFO will have waited for too long.
    timeout: Option<Instant>,
    /// They have.
    timed_out: bool,
}

impl Receiver {
    /// Empties it, and makes it a FIFO or a buffer of one character.
    pub(super) fn clear(&mut self, fifo: bool) {
        self.fifo = fifo;
        self.waiting.clear();
        self.timeout = None;
        self.timed_out = false;
    }

    /// Whether another character can be received without an overrun.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < if self.fifo { FIFO_SIZE } else { 1 }
    }

    /// How many characters wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Receives a character; `timeout` is when it will have waited for too
    /// long. Without room one is lost: the new one if there is a FIFO, else
    /// the old one (section 8.4, bit 1).
    pub(super) fn receive(&mut self, character: u8, timeout: Instant) {
        if !self.has_room() {
            self.overrun = true;
            if self.fifo {
                return;
            }
            self.waiting.clear();
        }
        self.waiting.push_back(character);
        self.restart(timeout);
    }

    /// The guest reads a character; zero if none is there.
    pub(super) fn take(&mut self, timeout: Instant) -> u8 {
        let character = self.waiting.pop_front().unwrap_or(0);
        self.timed_out = false;
        self.restart(timeout);
        character
    }

    /// Characters count as waiting anew whenever one comes or goes
    /// (section 8.11). The timeout that was reached stays until one goes.
    fn restart(&mut self, timeout: Instant) {
        let counts = self.fifo && !self.timed_out && !self.waiting.is_empty();
        self.timeout = counts.then_some(timeout);
    }

    /// Notes what time it is.
    pub(super) fn advance(&mut self, now: Instant) {
        if self.timeout.is_some_and(|timeout| timeout <= now) {
            self.timeout = None;
            self.timed_out = true;
        }
    }

    /// When characters will have waited for too long, if that is to come.
    pub(super) fn timeout(&self) -> Option<Instant> {
        self.timeout
    }

    /// Whether characters have waited for too long.
    pub(super) fn has_timed_out(&self) -> bool {
        self.timed_out
    }
}
