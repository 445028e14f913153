//! Keys by which the user talks to us and not to the guest: Ctrl-A and one
//! more, as in QEMU.

/// The key that introduces a command.
const ESCAPE: u8 = 0x01; // Ctrl-A

/// Ctrl-C, which is the guest's.
pub(crate) const INTERRUPT: u8 = 0x03;

/// What Ctrl-A h shows.
pub(crate) const HELP: &str = "\
Ctrl-A x       ends the run
Ctrl-A h       shows this help
Ctrl-A Ctrl-A  sends Ctrl-A to the guest; so does Ctrl-A a
Everything else goes to the guest as it is, Ctrl-C too.";

/// What a key means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Key {
    /// A byte for the guest.
    Guest(u8),
    /// The run is to end.
    Quit,
    /// The user wants to know the commands.
    Help,
    /// Ctrl-A with a key that is no command.
    Unknown,
}

/// Tells commands from bytes for the guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Keys {
    /// Bytes are for the guest.
    #[default]
    Pass,
    /// The last byte was Ctrl-A.
    Escaped,
    /// The last byte began a character that is no command: the rest of it is
    /// not for the guest either.
    WithinUnknown,
}

impl Keys {
    /// The next byte. `None` as long as it is not clear what it means.
    pub(crate) fn press(&mut self, byte: u8) -> Option<Key> {
        let before = std::mem::take(self);
        match (before, byte) {
            // Bytes of UTF-8 that continue a character.
            (Keys::WithinUnknown, 0x80..=0xbf) => {
                *self = Keys::WithinUnknown;
                None
            }
            (Keys::Pass | Keys::WithinUnknown, ESCAPE) => {
                *self = Keys::Escaped;
                None
            }
            (Keys::Pass | Keys::WithinUnknown, byte) => Some(Key::Guest(byte)),
            (Keys::Escaped, ESCAPE | b'a') => Some(Key::Guest(ESCAPE)),
            (Keys::Escaped, b'x') => Some(Key::Quit),
            (Keys::Escaped, b'h' | b'?') => Some(Key::Help),
            (Keys::Escaped, byte) => {
                if byte >= 0xc0 {
                    *self = Keys::WithinUnknown;
                }
                Some(Key::Unknown)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut keys = Keys::default();
        bytes.iter().filter_map(|byte| keys.press(*byte)).collect()
    }

    fn guest(bytes: &[u8]) -> Vec<Key> {
        bytes.iter().map(|byte| Key::Guest(*byte)).collect()
    }

    #[test]
    fn every_byte_but_ctrl_a_is_the_guests() {
        for byte in (0..=255).filter(|byte| *byte != ESCAPE) {
            assert_eq!(keys(&[byte]), [Key::Guest(byte)]);
        }
        assert_eq!(keys("ä€😀".as_bytes()), guest("ä€😀".as_bytes()));
    }

    #[test]
    fn ctrl_a_introduces_a_command() {
        assert_eq!(keys(b"\x01"), []);
        assert_eq!(keys(b"\x01x"), [Key::Quit]);
        assert_eq!(keys(b"\x01h\x01?"), [Key::Help, Key::Help]);
        assert_eq!(keys(b"\x01\x01x"), guest(b"\x01x"));
        assert_eq!(keys(b"\x01ax"), guest(b"\x01x"));
        assert_eq!(keys(b"x\x01\x01\x01x"), {
            let mut all = guest(b"x\x01");
            all.push(Key::Quit);
            all
        });
    }

    #[test]
    fn a_character_that_is_no_command_is_swallowed_whole() {
        assert_eq!(keys(b"\x01zq"), [Key::Unknown, Key::Guest(b'q')]);
        for unknown in ["é", "€", "😀"] {
            let typed = format!("\x01{unknown}q");
            let expected = [Key::Unknown, Key::Guest(b'q')];
            assert_eq!(keys(typed.as_bytes()), expected, "{unknown}");
        }
        assert_eq!(keys("\x01é\x01x".as_bytes()), [Key::Unknown, Key::Quit]);
    }
}
