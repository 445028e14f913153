//! What only the guest kernel can tell: counters of events, and where a page is.
//!
//! On other kernels for riscv64 the same questions have no answer, `None`, and
//! programs leave out what depends on it ([`skip`]).

use alloc::vec::Vec;
use core::ffi::CStr;
use core::fmt;

use pagewalk_guest_abi::counter;

use crate::entry::Arguments;
use crate::error::{Answer, Failure, Outcome};
use crate::file::{File, Mode};
use crate::memory::{PAGE, Region};
use crate::process::{self, Status};

/// What happened to a process so far, one line for each counter: name, blank, value.
const COUNTERS: &CStr = c"/proc/self/pagewalk";
/// A word for each page (Linux, Documentation/admin-guide/mm/pagemap.rst).
const PAGEMAP: &CStr = c"/proc/self/pagemap";
/// How much memory there is; our kernel counts the frames for pages of processes
/// and files.
const MEMINFO: &CStr = c"/proc/meminfo";

/// More frames than this nobody wants to fill.
const MANY_FRAMES: usize = 4 << 10;

/// Bit of a word of the page map: it is in a frame, the number of which is in
/// [`PAGEMAP_FRAME`].
const PAGEMAP_PRESENT: u64 = 1 << 63;
/// It is swapped out; the slot is in [`PAGEMAP_SLOT`].
const PAGEMAP_SWAPPED: u64 = 1 << 62;
const PAGEMAP_FRAME: u64 = (1 << 55) - 1;
/// Above the five bits that name the swap disk.
const PAGEMAP_SLOT: u32 = 5;

/// How often each thing happened to a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counters([u64; counter::ALL.len()]);

impl Counters {
    /// Those of this process, until now.
    pub fn read() -> Option<Counters> {
        let mut buffer = [0; 1024];
        let text = read_text(COUNTERS, &mut buffer)?;
        let mut counters = Counters([0; counter::ALL.len()]);
        for line in text.lines() {
            let (name, value) = line.split_once(' ')?;
            if let Some(index) = index_of(name) {
                counters.0[index] = value.trim().parse().ok()?;
            }
        }
        Some(counters)
    }

    /// The value of one.
    ///
    /// # Panics
    ///
    /// If there is no such counter.
    pub fn get(&self, name: &str) -> u64 {
        let index = index_of(name).unwrap_or_else(|| panic!("no counter is called {name}"));
        self.0[index]
    }

    fn since(mut self, earlier: &Counters) -> Counters {
        for (now, then) in self.0.iter_mut().zip(earlier.0) {
            *now -= then;
        }
        self
    }

    /// Fails unless the counters have these values.
    ///
    /// # Errors
    ///
    /// The first that has not.
    pub fn expect(&self, values: &[(&str, u64)]) -> Outcome {
        for (name, expected) in values {
            crate::check_eq!(self.get(name), *expected, "counter {name} ({self})");
        }
        Ok(())
    }
}

impl fmt::Display for Counters {
    /// Those that are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = counter::ALL.iter().map(|(name, _)| name).zip(self.0);
        let mut separator = "";
        for (name, value) in named.filter(|(_, value)| *value != 0) {
            write!(f, "{separator}{name}={value}")?;
            separator = " ";
        }
        if separator.is_empty() {
            f.write_str("nothing")?;
        }
        Ok(())
    }
}

fn index_of(name: &str) -> Option<usize> {
    counter::ALL.iter().position(|(known, _)| *known == name)
}

/// Does `work`, and tells what happened meanwhile.
pub fn counting<T>(work: impl FnOnce() -> T) -> (T, Option<Counters>) {
    let before = Counters::read();
    let result = work();
    let after = Counters::read();
    let both = after.zip(before);
    (result, both.map(|(after, before)| after.since(&before)))
}

/// How many pages a program works with: its first argument, in KiB, or so many times
/// the frames that there are (in eighths) if that much is free, or `or_else` if nobody
/// knows.
///
/// # Errors
///
/// If the argument is no number.
pub fn pages_to_use(arguments: &Arguments, eighths: usize, or_else: usize) -> Outcome<usize> {
    if arguments.count() > 1 {
        let pages = arguments.number(1, 0)? as usize * 1024 / PAGE;
        crate::check!(
            (1..=1 << 20).contains(&pages),
            "that is not a size of memory, in KiB"
        );
        return Ok(pages);
    }
    let wanted = frames().map_or(or_else, |frames| frames * eighths / 8);
    Ok(wanted.min(pages_to_spare()))
}

/// So many pages can be taken without anybody ending for it.
pub fn pages_to_spare() -> usize {
    free_pages().map_or(usize::MAX, |free| free - free / 8)
}

/// Whether fork works in the way of yore: it copies everything at once. It forks to
/// find out, so ask before pages are looked at.
///
/// # Errors
///
/// What the kernel says about the fork.
pub fn fork_copies() -> Answer<bool> {
    if Counters::read().is_none() {
        return Ok(false);
    }
    let copied = || Counters::read().is_some_and(|counters| counters.get("fork_copy") > 0);
    let status = process::child(|| process::exit(copied().into()))?.wait()?;
    Ok(status == Status::Exited(1))
}

/// Says that a part is left out, and what it would need.
pub fn skip(part: &str, needs: &str) {
    crate::println!("SKIPPED: {part} (needs {needs})");
}

/// What most parts that are left out would need.
pub const OUR_KERNEL: &str = "the counters of the Pagewalk kernel";

/// Where a page is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// In this frame.
    Frame(u64),
    /// In this slot of the swap disk.
    Slot(u64),
    /// Nowhere: not touched yet, or not in memory.
    Nowhere,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Frame(frame) => write!(f, "frame {frame:#x}"),
            Place::Slot(slot) => write!(f, "slot {slot}"),
            Place::Nowhere => f.write_str("nowhere"),
        }
    }
}

/// Where a page of this process is; `None` if the kernel does not say.
pub fn place(address: usize) -> Option<Place> {
    place_in(PAGEMAP, address)
}

/// Where a page of another process is.
pub fn place_of(process: u64, address: usize) -> Option<Place> {
    let path = crate::format!("/proc/{process}/pagemap\0");
    place_in(CStr::from_bytes_with_nul(path.as_bytes()).ok()?, address)
}

fn place_in(path: &CStr, address: usize) -> Option<Place> {
    let map = File::open(path, Mode::Read).ok()?;
    map.seek((address / PAGE * 8) as u64).ok()?;
    let mut word = [0; 8];
    if map.read_full(&mut word).ok()? != word.len() {
        return None;
    }
    let word = u64::from_le_bytes(word);
    // A kernel that keeps numbers of frames to itself writes zero.
    match word & PAGEMAP_FRAME {
        frame if word & PAGEMAP_PRESENT != 0 => (frame != 0).then_some(Place::Frame(frame)),
        slot if word & PAGEMAP_SWAPPED != 0 => Some(Place::Slot(slot >> PAGEMAP_SLOT)),
        _ => Some(Place::Nowhere),
    }
}

/// Where all pages of a region are, in this process or another.
pub fn places_of(process: u64, region: Region) -> Option<Vec<Place>> {
    let pages = 0..region.pages();
    pages
        .map(|page| place_of(process, region.address(page)))
        .collect()
}

/// How many frames the kernel has for pages of processes and files, if it is ours.
pub fn all_frames() -> Option<usize> {
    Counters::read()?;
    Some(meminfo("MemTotal:")? * 1024 / PAGE)
}

/// The same, if they are few enough to be filled.
pub fn frames() -> Option<usize> {
    all_frames().filter(|frames| *frames <= MANY_FRAMES)
}

/// How many pages fit in memory and swap that are free, if [`frames`] is known.
pub fn free_pages() -> Option<usize> {
    frames()?;
    Some((meminfo("MemFree:")? + meminfo("SwapFree:")?) * 1024 / PAGE)
}

/// What is free of the kernel's own memory, in KiB.
pub fn free_of_kernel() -> Option<usize> {
    meminfo("KernelFree:")
}

/// A line of `/proc/meminfo`, in KiB.
fn meminfo(name: &str) -> Option<usize> {
    let mut buffer = [0; 4096];
    let text = read_text(MEMINFO, &mut buffer)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn read_text<'a>(path: &CStr, buffer: &'a mut [u8]) -> Option<&'a str> {
    let file = File::open(path, Mode::Read).ok()?;
    let length = file.read_full(buffer).ok()?;
    core::str::from_utf8(&buffer[..length]).ok()
}

/// Takes memory from others: touches so many pages, and leaves them to be verified
/// with [`release`].
///
/// # Errors
///
/// What the kernel says.
pub fn press(pages: usize) -> Result<Region, Failure> {
    let region = Region::anonymous(pages)?;
    for page in 0..pages {
        region.poke(page, PRESSED + page as u64);
    }
    Ok(region)
}

/// Fails unless the pages of [`press`] are as they were; then gives them back.
///
/// # Errors
///
/// The page that changed.
pub fn release(region: Region) -> Outcome {
    for page in 0..region.pages() {
        let address = region.address(page);
        crate::check_eq!(
            region.peek(page),
            PRESSED + page as u64,
            "the page at {address:#x}"
        );
    }
    region.unmap()?;
    Ok(())
}

/// What [`press`] writes to its first page.
const PRESSED: u64 = 0x5072_6573_7300_0000;
