//! Memory from `mmap`, page by page.
#![allow(
    unsafe_code,
    reason = "regions are raw memory; each access is checked against the region's end"
)]

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use pagewalk_guest_abi::{Syscall, flags};

use crate::error::{Answer, Outcome};
use crate::file::File;
use crate::kernel::{address, ask};

/// Bytes in a page.
pub const PAGE: usize = 4096;
/// Words of 64 bits in a page.
pub const WORDS: usize = PAGE / 8;

/// What a process may do with pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prot(pub u64);

impl Prot {
    /// Nothing: `---`.
    pub const NONE: Prot = Prot(0);
    /// `r--`.
    pub const READ: Prot = Prot(flags::PROT_READ);
    /// `rw-`.
    pub const READ_WRITE: Prot = Prot(flags::PROT_READ | flags::PROT_WRITE);
    /// `r-x`.
    pub const READ_EXECUTE: Prot = Prot(flags::PROT_READ | flags::PROT_EXEC);
    /// `--x`.
    pub const EXECUTE: Prot = Prot(flags::PROT_EXEC);
}

/// Who sees what is written to a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sharing {
    /// All that map the same, and the file.
    Shared,
    /// This process.
    Private,
}

impl Sharing {
    fn flag(self) -> u64 {
        match self {
            Sharing::Shared => flags::MAP_SHARED,
            Sharing::Private => flags::MAP_PRIVATE,
        }
    }
}

/// A range of addresses that was mapped with `mmap`, and may not be any more.
///
/// Rust keeps nothing there: all accesses are single volatile loads and stores, and
/// what becomes of them is between the process and the kernel. That is why the
/// methods are safe, and why a copy of a region owns nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    start: usize,
    pages: usize,
}

impl Region {
    /// New private anonymous memory, `rw-`.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn anonymous(pages: usize) -> Answer<Region> {
        Region::map(pages, Prot::READ_WRITE, Sharing::Private)
    }

    /// New anonymous memory.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn map(pages: usize, prot: Prot, sharing: Sharing) -> Answer<Region> {
        let how = sharing.flag() | flags::MAP_ANONYMOUS;
        // SAFETY: without MAP_FIXED the kernel chooses addresses that are free.
        let start = unsafe { map_raw(0, pages, prot, how, None) }?;
        Ok(Region { start, pages })
    }

    /// As [`Region::anonymous`], without the promise that there will be memory for all.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn sparse(pages: usize) -> Answer<Region> {
        let how = flags::MAP_PRIVATE | flags::MAP_ANONYMOUS | flags::MAP_NORESERVE;
        // SAFETY: without MAP_FIXED the kernel chooses addresses that are free.
        let start = unsafe { map_raw(0, pages, Prot::READ_WRITE, how, None) }?;
        Ok(Region { start, pages })
    }

    /// A file, from its page `first`.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn of_file(
        file: &File,
        first: usize,
        pages: usize,
        prot: Prot,
        sharing: Sharing,
    ) -> Answer<Region> {
        let from = Some((file, first));
        // SAFETY: without MAP_FIXED the kernel chooses addresses that are free.
        let start = unsafe { map_raw(0, pages, prot, sharing.flag(), from) }?;
        Ok(Region { start, pages })
    }

    /// The pages of a constant table. They cannot be written; who tries finds out
    /// what the kernel does about it.
    pub fn of_constants(table: &'static [u64]) -> Region {
        let start = table.as_ptr() as usize / PAGE * PAGE;
        let end = table.as_ptr_range().end as usize;
        Region {
            start,
            pages: (end - start).div_ceil(PAGE),
        }
    }

    /// Maps new private anonymous memory here, over whatever is here.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn map_again(&self, prot: Prot) -> Answer<usize> {
        let how = flags::MAP_PRIVATE | flags::MAP_ANONYMOUS | flags::MAP_FIXED;
        // SAFETY: Rust keeps nothing in the region.
        unsafe { map_raw(self.start, self.pages, prot, how, None) }
    }

    /// Some of its pages.
    ///
    /// # Panics
    ///
    /// If it has fewer.
    pub fn part(&self, pages: Range<usize>) -> Region {
        assert!(pages.start <= pages.end && pages.end <= self.pages);
        Region {
            start: self.start + pages.start * PAGE,
            pages: pages.len(),
        }
    }

    /// One page of it.
    ///
    /// # Panics
    ///
    /// If it has fewer.
    pub fn page(&self, page: usize) -> Region {
        self.part(page..page + 1)
    }

    /// How many pages.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// How many bytes.
    pub fn bytes(&self) -> usize {
        self.pages * PAGE
    }

    /// The address of the first byte.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The address behind the last byte.
    pub fn end(&self) -> usize {
        self.start + self.bytes()
    }

    /// The address of a page.
    pub fn address(&self, page: usize) -> usize {
        self.start + page * PAGE
    }

    // --- what is in it ---------------------------------------------------------

    fn word(&self, index: usize) -> *mut u64 {
        assert!(index < self.pages * WORDS, "word {index} is in the region");
        (self.start + index * 8) as *mut u64
    }

    /// Loads the word `index`, counted from the start of the region.
    ///
    /// # Panics
    ///
    /// If the region has no such word.
    pub fn load(&self, index: usize) -> u64 {
        // SAFETY: the address is inside, aligned, and no Rust object lies there. If
        // it is not mapped, the process gets a signal.
        unsafe { self.word(index).read_volatile() }
    }

    /// Stores the word `index`, counted from the start of the region.
    ///
    /// # Panics
    ///
    /// If the region has no such word.
    pub fn store(&self, index: usize, value: u64) {
        // SAFETY: as for `load`.
        unsafe { self.word(index).write_volatile(value) }
    }

    /// Loads the first word of a page.
    pub fn peek(&self, page: usize) -> u64 {
        self.load(page * WORDS)
    }

    /// Stores the first word of a page.
    pub fn poke(&self, page: usize, value: u64) {
        self.store(page * WORDS, value);
    }

    /// Fills a page with words that follow from `tag`, all different.
    pub fn fill(&self, page: usize, tag: u64) {
        for word in 0..WORDS {
            self.store(page * WORDS + word, pattern(tag, word));
        }
    }

    /// Fails unless a page holds what [`Region::fill`] wrote.
    ///
    /// # Errors
    ///
    /// The first word that differs.
    pub fn verify(&self, page: usize, tag: u64) -> Outcome {
        for word in 0..WORDS {
            let found = self.load(page * WORDS + word);
            let address = self.address(page) + word * 8;
            crate::check_eq!(found, pattern(tag, word), "the word at {address:#x}");
        }
        Ok(())
    }

    /// Fails unless a page is all zeros.
    ///
    /// # Errors
    ///
    /// The first word that is not.
    pub fn verify_zero(&self, page: usize) -> Outcome {
        for word in 0..WORDS {
            let found = self.load(page * WORDS + word);
            let address = self.address(page) + word * 8;
            crate::check_eq!(found, 0, "the word at {address:#x} of a new page");
        }
        Ok(())
    }

    // --- what the kernel does with it --------------------------------------------

    /// Changes what is allowed.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn protect(&self, prot: Prot) -> Answer {
        // SAFETY: Rust keeps nothing in the region.
        unsafe {
            ask(
                Syscall::Mprotect,
                [self.start as u64, self.bytes() as u64, prot.0],
            )
        }
    }

    /// Gives the memory back.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn unmap(&self) -> Answer {
        // SAFETY: Rust keeps nothing in the region.
        unsafe { ask(Syscall::Munmap, [self.start as u64, self.bytes() as u64]) }
    }

    /// Forgets what is in it: anonymous memory is zeros again.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn discard(&self) -> Answer {
        self.advise(flags::MADV_DONTNEED)
    }

    /// Asks that it may consist of ordinary pages only.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn refuse_huge_pages(&self) -> Answer {
        self.advise(flags::MADV_NOHUGEPAGE)
    }

    fn advise(&self, advice: u64) -> Answer {
        // SAFETY: Rust keeps nothing in the region.
        unsafe {
            ask(
                Syscall::Madvise,
                [self.start as u64, self.bytes() as u64, advice],
            )
        }
    }

    /// Brings it into memory, and keeps it there.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn lock(&self) -> Answer {
        lock(self.start..self.end())
    }

    /// Lets it go again.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn unlock(&self) -> Answer {
        // SAFETY: it changes nothing that a program can see.
        unsafe { ask(Syscall::Munlock, [self.start as u64, self.bytes() as u64]) }
    }

    /// Which of its pages are in memory.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn in_core(&self) -> Answer<Vec<bool>> {
        let mut answers = vec![0_u8; self.pages];
        let target = address(answers.as_mut_ptr());
        // SAFETY: the kernel writes one byte for each page to the list.
        unsafe {
            ask(
                Syscall::Mincore,
                [self.start as u64, self.bytes() as u64, target],
            )
        }?;
        Ok(answers.iter().map(|answer| answer & 1 == 1).collect())
    }
}

/// Brings a range of addresses into memory, and keeps it there.
///
/// # Errors
///
/// What the kernel says.
pub fn lock(addresses: Range<usize>) -> Answer {
    let bytes = (addresses.end - addresses.start) as u64;
    // SAFETY: it changes nothing that a program can see.
    unsafe { ask(Syscall::Mlock, [addresses.start as u64, bytes]) }
}

/// The word of this index in a page that [`Region::fill`] has filled.
pub fn pattern(tag: u64, word: usize) -> u64 {
    (tag << 32 | word as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// # Safety
///
/// With MAP_FIXED Rust may keep nothing in the pages that are replaced.
unsafe fn map_raw(
    start: usize,
    pages: usize,
    prot: Prot,
    how: u64,
    from: Option<(&File, usize)>,
) -> Answer<usize> {
    let (start, bytes) = (start as u64, (pages * PAGE) as u64);
    let (file, offset) = match from {
        Some((file, first)) => (file.number(), (first * PAGE) as u64),
        None => (u64::MAX, 0),
    };
    let arguments = [start, bytes, prot.0, how, file, offset];
    // SAFETY: the caller's promise.
    unsafe { ask(Syscall::Mmap, arguments) }.map(|start| start as usize)
}
