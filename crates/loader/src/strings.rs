//! ELF string tables: names by offset, each ended by a NUL byte.

use std::iter;

/// A copy of a string table that can always be sliced.
///
/// Names are measured when they are asked for and never stored one by one: in
/// a hostile file each of many symbols may name the same long string.
#[derive(Debug, Clone, Default)]
pub(crate) struct StringTable {
    /// As long as the table in the file; empty or ended by NUL.
    bytes: Vec<u8>,
}

impl StringTable {
    /// Copies a table; `None` if its last string has no end.
    pub(crate) fn new(table: &[u8]) -> Option<StringTable> {
        if table.last().is_some_and(|&last| last != 0) {
            return None;
        }
        let bytes = printable(table).into_bytes();
        Some(StringTable { bytes })
    }

    /// How many bytes the table has.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The string at an offset; empty where there is none.
    pub(crate) fn get(&self, offset: u32) -> &str {
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(rest.len());
        // An offset into the middle of a character is the only way to fail.
        str::from_utf8(&rest[..end]).unwrap_or("?")
    }

    /// Whether the string at an offset is this one, without measuring it.
    pub(crate) fn is(&self, offset: u32, name: &str) -> bool {
        self.bytes
            .get(offset as usize..)
            .and_then(|rest| rest.strip_prefix(name.as_bytes()))
            .is_some_and(|rest| rest.first() == Some(&0))
    }

    /// Whether the string at an offset begins so.
    pub(crate) fn starts_with(&self, offset: u32, prefix: &str) -> bool {
        self.bytes
            .get(offset as usize..)
            .is_some_and(|rest| rest.starts_with(prefix.as_bytes()))
    }
}

/// Text from a file, fit for a terminal: what is not UTF-8, and control
/// characters other than NUL, become question marks, one for each byte, so
/// that offsets stay what they are.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\0' => text.push(character),
                _ if character.is_control() => {
                    text.extend(iter::repeat_n('?', character.len_utf8()))
                }
                _ => text.push(character),
            }
        }
        text.extend(iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_found_by_offset() {
        let table = StringTable::new(b"\0tohost\0").unwrap();
        assert_eq!(table.get(0), "");
        assert_eq!(table.get(1), "tohost");
        assert_eq!(table.get(3), "host", "tails are shared by linkers");
        assert_eq!(table.get(8), "", "behind the end");
        assert!(table.is(3, "host"));
        assert!(!table.is(1, "to"), "a prefix is not the name");
        assert!(!table.is(99, "x"));
        assert!(table.starts_with(1, "to"));
    }

    #[test]
    fn names_that_are_not_utf8_keep_their_offsets() {
        let table = StringTable::new(b"a\xff\xfeb\0\xc3\xa9\0").unwrap();
        assert_eq!(table.get(0), "a??b");
        assert_eq!(table.get(5), "é");
        assert_eq!(table.get(6), "?", "the middle of a character");
        assert_eq!(table.len(), 8);
    }

    #[test]
    fn names_cannot_talk_to_the_terminal() {
        let table = StringTable::new("\x1b[2J\n\0\u{9b}é\0".as_bytes()).unwrap();
        assert_eq!(table.get(0), "?[2J?");
        assert_eq!(table.get(6), "??é", "a control character of two bytes");
    }

    #[test]
    fn a_string_without_end_is_refused() {
        assert!(StringTable::new(b"\0abc").is_none());
        assert!(StringTable::new(b"").is_some());
    }
}
