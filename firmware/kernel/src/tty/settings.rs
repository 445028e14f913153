//! What programs can change of a terminal: `struct termios`.

use pagewalk_guest_abi::terminal::*;

/// The settings of a terminal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How what is typed is changed.
    pub input: u32,
    /// How what is written is changed.
    pub output: u32,
    /// The line to the terminal, of which nothing can be changed: kept for programs.
    pub control: u32,
    /// Lines, echo, signals.
    pub local: u32,
    /// The discipline of the line: kept for programs.
    pub line: u8,
    /// The special characters.
    pub characters: [u8; NCCS],
    /// Speeds in and out: kept for programs.
    pub speeds: [u32; 2],
}

impl Default for Settings {
    /// As Linux sets up a terminal, in UTF-8, and without flow control by ^S and ^Q:
    /// there is none.
    fn default() -> Settings {
        let mut characters = [0; NCCS];
        let usual = [
            (VINTR, 0x03),
            (VQUIT, 0x1c),
            (VERASE, 0x7f),
            (VKILL, 0x15),
            (VEOF, 0x04),
            (VMIN, 1),
            (VSUSP, 0x1a),
            (VREPRINT, 0x12),
            (VWERASE, 0x17),
            (VLNEXT, 0x16),
        ];
        for (index, character) in usual {
            characters[index] = character;
        }
        Settings {
            input: ICRNL | IUTF8,
            output: OPOST | ONLCR,
            control: B38400 | CS8 | CREAD,
            local: ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE,
            line: 0,
            characters,
            speeds: [38400; 2],
        }
    }
}

impl Settings {
    /// Whether this is a special character. A zero switches one off.
    pub(super) fn is(&self, index: usize, byte: u8) -> bool {
        byte != 0 && self.characters[index] == byte
    }

    /// Whether all of these flags of [`Settings::local`] are set.
    pub(super) fn has(&self, local: u32) -> bool {
        self.local & local == local
    }

    /// Whether programs get whole lines.
    pub(super) fn is_canonical(&self) -> bool {
        self.has(ICANON)
    }

    /// `struct termios2`, which begins with `struct termios`.
    pub fn to_bytes(&self) -> [u8; TERMIOS2_SIZE] {
        let mut bytes = [0; TERMIOS2_SIZE];
        let flags = [self.input, self.output, self.control, self.local];
        for (to, flags) in bytes.chunks_exact_mut(4).zip(flags) {
            to.copy_from_slice(&flags.to_le_bytes());
        }
        bytes[16] = self.line;
        bytes[17..TERMIOS_SIZE].copy_from_slice(&self.characters);
        for (to, speed) in bytes[TERMIOS_SIZE..].chunks_exact_mut(4).zip(self.speeds) {
            to.copy_from_slice(&speed.to_le_bytes());
        }
        bytes
    }

    /// The settings in a `struct termios2`.
    pub fn from_bytes(bytes: &[u8; TERMIOS2_SIZE]) -> Settings {
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[at..at + 4]);
            u32::from_le_bytes(word)
        };
        let mut characters = [0; NCCS];
        characters.copy_from_slice(&bytes[17..TERMIOS_SIZE]);
        Settings {
            input: word(0),
            output: word(4),
            control: word(8),
            local: word(12),
            line: bytes[16],
            characters,
            speeds: [word(36), word(40)],
        }
    }
}
