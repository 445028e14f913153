//! What a device is to the bus.

use crate::{Clock, Instant, Ram, Width};

/// The device refuses this access: no register there, or not with this width.
///
/// The hart makes an access-fault exception of it. Nothing else is ever
/// reported this way; an error of the device's own work shows in its
/// registers, as on hardware.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the device has no register for this access")]
pub struct BusFault;

/// One interrupt line: a bit in one of the words of [`Lines`].
///
/// The machine decides what words and bits mean; a device is only told on
/// which line to raise its level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// Which word, below the number given to [`Lines::new`].
    pub word: usize,
    /// Which bit, 0 to 63.
    pub bit: u8,
}

/// The levels of all interrupt lines.
#[derive(Clone, Debug)]
pub struct Lines {
    words: Vec<u64>,
    /// See [`Lines::take_changed`].
    changed: bool,
}

impl Lines {
    /// `words` words of 64 lines each, all low.
    #[must_use]
    pub fn new(words: usize) -> Self {
        Self {
            words: vec![0; words],
            changed: false,
        }
    }

    /// Sets the level of `line`.
    ///
    /// # Panics
    /// If the machine was wired wrongly: the word does not exist.
    pub fn set(&mut self, line: Line, high: bool) {
        let word = &mut self.words[line.word];
        let bit = 1 << (line.bit & 63);
        let new = if high { *word | bit } else { *word & !bit };
        self.changed |= *word != new;
        *word = new;
    }

    /// Whether the level of any line has changed since the last call.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Lowers all lines.
    pub(crate) fn clear(&mut self) {
        self.words.fill(0);
        self.changed = false;
    }

    /// The 64 levels of `word`; zero if there is no such word.
    #[inline]
    #[must_use]
    pub fn word(&self, word: usize) -> u64 {
        self.words.get(word).copied().unwrap_or(0)
    }
}

/// Who asked for the machine to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PowerSource {
    /// The SiFive test finisher.
    Finisher,
    /// The host-target interface (`tohost`).
    Htif,
}

/// A device's wish to stop or restart the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PowerRequest {
    /// Stop; `code` is the guest's exit status, zero for success.
    Exit {
        /// The guest's exit status.
        code: u64,
        /// Who asked.
        source: PowerSource,
    },
    /// Start again from reset.
    Reset,
}

/// What a device may touch while it serves an access or an event.
#[derive(Debug)]
pub struct DeviceCx<'a> {
    /// Guest memory, for DMA.
    pub ram: &'a mut Ram,
    /// The interrupt lines.
    pub lines: &'a mut Lines,
    /// The time of the access or event.
    pub now: Instant,
    /// The board's timer.
    pub clock: &'a mut Clock,
    /// Where a wish to stop the machine is left; the first one counts.
    pub power: &'a mut Option<PowerRequest>,
}

/// A memory-mapped device.
///
/// An access is naturally aligned and lies within the window the device was
/// mapped at. A guest may make any of them at any time: a device answers or
/// refuses, it never panics.
pub trait Device: std::fmt::Debug {
    /// Name for messages and logs, e.g. `clint`.
    fn name(&self) -> &'static str;

    /// Reads the register at `offset`.
    ///
    /// # Errors
    /// [`BusFault`] if there is none of this width.
    fn read(&mut self, cx: &mut DeviceCx<'_>, offset: u64, width: Width) -> Result<u64, BusFault>;

    /// Writes the register at `offset`; `value` fits `width`.
    ///
    /// # Errors
    /// [`BusFault`] if there is none of this width.
    fn write(
        &mut self,
        cx: &mut DeviceCx<'_>,
        offset: u64,
        width: Width,
        value: u64,
    ) -> Result<(), BusFault>;

    /// When the device next wants [`Device::tick`], if nothing else happens.
    fn deadline(&self, clock: &Clock) -> Option<Instant>;

    /// Does what is due at `cx.now`, which may be nothing, looks at what the
    /// host has for it, and sets its lines to what they are then. A device
    /// that was mapped as a controller is also called when levels have changed.
    fn tick(&mut self, cx: &mut DeviceCx<'_>);

    /// Puts all registers to their state after reset.
    fn reset(&mut self);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_levels() {
        let mut lines = Lines::new(2);
        let line = Line { word: 1, bit: 63 };
        lines.set(line, true);
        lines.set(line, true);
        assert_eq!(lines.word(1), 1 << 63);
        assert_eq!(lines.word(0), 0);
        assert_eq!(lines.word(7), 0);
        lines.set(line, false);
        assert_eq!(lines.word(1), 0);
    }
}
