//! Numbers and texts of a note, one after the other.

use super::NoteProblem;
use super::NoteProblem::{BadText, Truncated};

/// What is left to be read.
pub(super) struct Text<'a>(pub(super) &'a [u8]);

impl<'a> Text<'a> {
    pub(super) fn bytes(&mut self, count: u32) -> Result<&'a [u8], NoteProblem> {
        let count = usize::try_from(count).map_err(|_| Truncated)?;
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NoteProblem> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Truncated)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, NoteProblem> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, NoteProblem> {
        self.array().map(u64::from_le_bytes)
    }

    /// A text that ends with NUL.
    pub(super) fn text(&mut self) -> Result<&'a str, NoteProblem> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(BadText)?;
        let text = std::str::from_utf8(&self.0[..end]).map_err(|_| BadText)?;
        if !text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
            return Err(BadText);
        }
        self.0 = &self.0[end + 1..];
        Ok(text)
    }

    /// Goes on at the next multiple of four, where `whole` bytes were at the start.
    pub(super) fn align(&mut self, whole: usize) -> Result<(), NoteProblem> {
        let read = whole - self.0.len();
        let padding = read.next_multiple_of(4) - read;
        self.0 = self.0.get(padding..).ok_or(Truncated)?;
        Ok(())
    }

    /// Leaves the rest out.
    pub(super) fn end(&mut self) -> Result<(), NoteProblem> {
        self.0 = &[];
        Ok(())
    }
}
