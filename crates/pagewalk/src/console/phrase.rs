//! A text that ends the run when the guest has printed it.

/// Looks for one text in a stream of bytes, however the stream is cut into
/// pieces: the automaton of Knuth, Morris and Pratt ("Fast pattern matching
/// in strings", SIAM J. Comput. 6, 1977).
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    text: Vec<u8>,
    /// For each length of a beginning of the text: the length of the longest
    /// shorter beginning with which it ends.
    borders: Vec<usize>,
    /// How much of the text the last bytes of the stream are.
    seen: usize,
}

impl Phrase {
    /// Looks for `text`, which is not empty.
    pub(crate) fn new(text: &[u8]) -> Self {
        assert!(!text.is_empty(), "every stream begins with the empty text");
        let mut phrase = Self {
            text: text.to_vec(),
            borders: vec![0; text.len() + 1],
            seen: 0,
        };
        for (end, byte) in text.iter().enumerate().skip(1) {
            phrase.borders[end + 1] = phrase.advance(phrase.borders[end], *byte);
        }
        phrase
    }

    /// Takes the next bytes of the stream. If the text is complete with one of
    /// them: how many bytes go up to there.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate() {
            self.seen = self.advance(self.seen, *byte);
            if self.seen == self.text.len() {
                self.seen = self.borders[self.seen];
                return Some(index + 1);
            }
        }
        None
    }

    /// How much of the text is there after `byte`, when `seen` bytes of it
    /// were before.
    fn advance(&self, seen: usize, byte: u8) -> usize {
        let mut seen = seen;
        while self.text[seen] != byte {
            if seen == 0 {
                return 0;
            }
            seen = self.borders[seen];
        }
        seen + 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_found_across_pieces() {
        let mut phrase = Phrase::new("ALL TESTS PASSED".as_bytes());
        assert_eq!(phrase.feed(b"usertests: ALL TESTS "), None);
        assert_eq!(phrase.feed(b"PAS"), None);
        assert_eq!(phrase.feed(b"SED\n$ "), Some(3));
    }

    #[test]
    fn a_false_start_loses_nothing() {
        assert_eq!(Phrase::new(b"aab").feed(b"aaaab"), Some(5));
        assert_eq!(Phrase::new(b"$ $ #").feed(b"$ $ $ #"), Some(7));
        assert_eq!(Phrase::new(b"aab").feed(b"aacaa"), None);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_search_finds(
            text in vec(0_u8..3, 1..6),
            stream in vec(0_u8..3, 0..60),
            piece in 1_usize..7,
        ) {
            let expected = stream
                .windows(text.len())
                .position(|window| window == text)
                .map(|start| start + text.len());
            let mut phrase = Phrase::new(&text);
            let found = stream.chunks(piece).enumerate().find_map(|(index, bytes)| {
                Some(index * piece + phrase.feed(bytes)?)
            });
            prop_assert_eq!(found, expected);
        }
    }
}
