//! Reads debugging information for gimli, and stops reading when it has read
//! too much.
//!
//! DWARF is full of references, and a file can make its reader follow the same
//! ones again and again: a megabyte of units that all name one megabyte of
//! ranges is a day's work. What honest files need is a small multiple of their
//! size. So each file has an *allowance* in bytes, everything that is read or
//! copied is paid from it, and when it is used up, reading fails like at the
//! end of a section. That bounds time and memory alike.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use addr2line::gimli::{Error, LittleEndian, Reader, ReaderOffsetId, Result};

/// A file with the allowance for reading it.
pub(super) struct Source {
    file: Rc<[u8]>,
    allowance: Cell<u64>,
}

impl Source {
    pub(super) fn new(file: Rc<[u8]>, allowance: u64) -> Rc<Source> {
        Rc::new(Source {
            file,
            allowance: Cell::new(allowance),
        })
    }

    /// Allows so many more bytes.
    pub(super) fn allow(&self, bytes: u64) {
        self.allowance
            .set(self.allowance.get().saturating_add(bytes));
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.allowance.get() == 0
    }
}

/// A position in a section, and the section's end.
#[derive(Clone)]
pub(super) struct Metered {
    source: Rc<Source>,
    start: usize,
    /// Not greater than the length of the file.
    end: usize,
}

impl Metered {
    /// A section; an empty one if it is not within the file.
    pub(super) fn new(source: &Rc<Source>, start: usize, size: usize) -> Metered {
        let length = source.file.len();
        let (start, end) = match start.checked_add(size) {
            Some(end) if end <= length => (start, end),
            _ => (0, 0),
        };
        Metered {
            source: Rc::clone(source),
            start,
            end,
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.source.file[self.start..self.end]
    }

    fn end_of_section<T>(&self) -> Result<T> {
        Err(Error::UnexpectedEof(self.offset_id()))
    }

    /// Pays for a step that looks at so many bytes.
    fn pay(&self, bytes: usize) -> Result<()> {
        let price = bytes as u64 + 1;
        let allowance = &self.source.allowance;
        match allowance.get().checked_sub(price) {
            Some(rest) => {
                allowance.set(rest);
                Ok(())
            }
            None => {
                allowance.set(0);
                self.end_of_section()
            }
        }
    }
}

impl fmt::Debug for Metered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metered({:#x}..{:#x})", self.start, self.end)
    }
}

impl Reader for Metered {
    type Endian = LittleEndian;
    type Offset = usize;

    fn endian(&self) -> LittleEndian {
        LittleEndian
    }

    fn len(&self) -> usize {
        self.end - self.start
    }

    fn empty(&mut self) {
        self.end = self.start;
    }

    fn truncate(&mut self, length: usize) -> Result<()> {
        if length > self.len() {
            return self.end_of_section();
        }
        self.end = self.start + length;
        Ok(())
    }

    fn offset_from(&self, base: &Self) -> usize {
        self.start.saturating_sub(base.start)
    }

    fn offset_id(&self) -> ReaderOffsetId {
        ReaderOffsetId(self.start as u64)
    }

    fn lookup_offset_id(&self, id: ReaderOffsetId) -> Option<usize> {
        let at = usize::try_from(id.0).ok()?;
        (self.start..=self.end)
            .contains(&at)
            .then(|| at - self.start)
    }

    fn find(&self, byte: u8) -> Result<usize> {
        let found = self.bytes().iter().position(|&other| other == byte);
        self.pay(found.unwrap_or(self.len()))?;
        found.map_or_else(|| self.end_of_section(), Ok)
    }

    fn skip(&mut self, length: usize) -> Result<()> {
        self.pay(0)?;
        if length > self.len() {
            return self.end_of_section();
        }
        self.start += length;
        Ok(())
    }

    fn split(&mut self, length: usize) -> Result<Self> {
        let mut front = self.clone();
        front.truncate(length)?;
        self.skip(length)?;
        Ok(front)
    }

    fn to_slice(&self) -> Result<Cow<'_, [u8]>> {
        self.pay(self.len())?;
        Ok(Cow::Borrowed(self.bytes()))
    }

    fn to_string(&self) -> Result<Cow<'_, str>> {
        self.pay(self.len())?;
        let text = str::from_utf8(self.bytes()).map_err(|_| Error::BadUtf8)?;
        Ok(Cow::Borrowed(text))
    }

    fn to_string_lossy(&self) -> Result<Cow<'_, str>> {
        self.pay(self.len())?;
        Ok(String::from_utf8_lossy(self.bytes()))
    }

    fn read_slice(&mut self, into: &mut [u8]) -> Result<()> {
        self.pay(into.len())?;
        match self.bytes().get(..into.len()) {
            Some(bytes) => into.copy_from_slice(bytes),
            None => return self.end_of_section(),
        }
        self.start += into.len();
        Ok(())
    }
}
