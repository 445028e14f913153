//! Lines by which the kernel speaks to the tool outside.
//!
//! A line of the UART that begins with [`MARK`] is a record: the kind, then words
//! `key=value`, or text. All other lines are messages for the log.

/// Begins a record.
pub const MARK: char = '@';

/// A process has ended: `pid`, `name`, `status`, and its counters. The name is
/// [encoded](encode).
pub const EXIT: &str = "exit";
/// What is left when all processes have ended, for tests: `alive` processes that nobody
/// waited for; if there are none, all that there is still, `processes`, `threads`,
/// `spaces`, `frames`, `slots`, and what there is more than before the first process, of
/// `tables` (pages) and `heap` (bytes).
pub const LEFT: &str = "left";
/// Text for the user: the rest of the line.
pub const REPORT: &str = "report";
/// Bytes that a process has written to standard output, [encoded](encode).
pub const STDOUT: &str = "stdout";
/// Bytes that a process has written to standard error, [encoded](encode).
pub const STDERR: &str = "stderr";

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Whether a byte stands for itself in a record. A blank does not, since it ends a
/// word.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'%'
}

/// Bytes as one word of a record: what is not a visible character of ASCII becomes
/// `%` and two digits.
pub fn encode(bytes: &[u8]) -> impl Iterator<Item = char> + '_ {
    bytes.iter().flat_map(|&byte| {
        let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
        let (text, len) = if is_plain(byte) {
            ([byte, 0, 0], 1)
        } else {
            ([b'%', digits[0], digits[1]], 3)
        };
        text.into_iter().take(len).map(char::from)
    })
}

/// The bytes that a word stands for; what is not well encoded stands for itself.
pub fn decode(word: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut rest = word;
    core::iter::from_fn(move || {
        let hex = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
        if let [b'%', high, low, tail @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            rest = tail;
            return Some(high << 4 | low);
        }
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        Some(byte)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let bytes: Vec<u8> = (0..=255).chain(*b"100%25").collect();
        let word: String = encode(&bytes).collect();
        assert!(word.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(decode(word.as_bytes()).collect::<Vec<_>>(), bytes);
        assert_eq!(encode(b"a b\n").collect::<String>(), "a%20b%0a");
        assert_eq!(decode(b"50%").collect::<Vec<_>>(), b"50%");
    }
}
