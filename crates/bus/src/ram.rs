//! Guest RAM: one lazily committed host mapping, and the one door to it.
//!
//! No reference to guest memory ever exists, only raw reads and writes, since
//! harts keep host addresses of pages in their TLBs. Guest memory is touched
//! by the machine's thread alone.
//!
//! # Granules
//!
//! Some stores must be noticed: those to memory that holds decoded code, and
//! those to watched words (`tohost`). Each page has a mask of 64 bits, one
//! for a *granule* of 64 bytes. A hart may write through a host address only
//! where the granule's bit is clear; all other writes go through
//! [`Ram::write`], which notes the ones that hit. The notes are collected by
//! [`Ram::take_code_writes`] and [`Ram::take_watch_hits`]. A hart that remembers
//! where it may write asks [`Ram::special_growth`] whether that still holds.
#![allow(
    unsafe_code,
    reason = "guest memory is a raw mapping: this module is the safe interface to it"
)]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::mm::{MapFlags, ProtFlags};

use crate::{PhysAddr, Width};

/// Bytes in a page of guest memory.
pub const PAGE_SIZE: u64 = 4096;

/// Bytes in a granule: the unit in which stores to special memory are told
/// from others, and the size of a reservation set.
pub const GRANULE_SIZE: u64 = 64;

/// Room behind the last byte, so that an access that starts inside RAM never
/// leaves the mapping, whatever its width.
const GUARD: u64 = PAGE_SIZE;

/// The host could not provide guest memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RamError {
    /// The size is zero or no multiple of the page size.
    #[error("a memory of {0} bytes is not a positive multiple of 4096 bytes")]
    Size(u64),
    /// The region would reach beyond the end of the address space.
    #[error("{size} bytes of memory at {base} reach beyond the 56-bit physical address space")]
    TooLarge {
        /// Where the region should begin.
        base: PhysAddr,
        /// Its size in bytes.
        size: u64,
    },
    /// The operating system refused the mapping.
    #[error("the operating system has no {size} bytes for guest memory: {errno}")]
    Host {
        /// Bytes asked for.
        size: u64,
        /// What it said.
        errno: rustix::io::Errno,
    },
}

/// A host address of a byte of guest RAM, valid as long as the [`Ram`] it
/// comes from (tell one from another by [`Ram::id`]).
///
/// As long as that lives, 4096 bytes from here on belong to the mapping. The
/// offset in the page is that of the guest-physical address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HostAddr(usize);

impl HostAddr {
    /// What added to the guest address `address` gives this one: how a TLB
    /// keeps a translation. Wraps around.
    #[inline]
    #[must_use]
    pub fn addend_to(self, address: u64) -> u64 {
        (self.0 as u64).wrapping_sub(address)
    }

    /// The reverse of [`HostAddr::addend_to`], for the same 4 KiB page.
    ///
    /// # Safety
    /// `addend` comes from [`HostAddr::addend_to`] for an address in the page
    /// of `address`, and of the same offset in its page as the host address.
    #[inline(always)]
    #[must_use]
    pub unsafe fn from_addend(address: u64, addend: u64) -> Self {
        Self(address.wrapping_add(addend) as usize)
    }

    /// The byte `offset` further on.
    ///
    /// # Panics
    /// If that is in another page.
    #[inline]
    #[must_use]
    pub fn in_page(self, offset: usize) -> Self {
        assert!(self.0 % PAGE_SIZE as usize + offset < PAGE_SIZE as usize);
        Self(self.0 + offset)
    }

    /// The offset in the page.
    #[inline]
    #[must_use]
    pub fn page_offset(self) -> u64 {
        self.0 as u64 % PAGE_SIZE
    }

    /// As a pointer.
    #[inline(always)]
    #[must_use]
    pub fn as_ptr<T>(self) -> *mut T {
        self.0 as *mut T
    }
}

/// The bits of a page's granule mask that `len` bytes at `pa` touch.
///
/// `len` is at least 1; bytes beyond the end of the page are left out.
#[inline]
#[must_use]
pub fn granule_mask(pa: PhysAddr, len: u64) -> u64 {
    let first = (pa.0 % PAGE_SIZE) / GRANULE_SIZE;
    let last = (pa.0 % PAGE_SIZE + len - 1).min(PAGE_SIZE - 1) / GRANULE_SIZE;
    (u64::MAX >> (63 - (last - first))) << first
}

/// `len` bytes at `pa`, which are RAM, page by page.
#[inline]
fn by_page(pa: PhysAddr, len: u64) -> impl Iterator<Item = (PhysAddr, u64)> {
    let end = pa.0 + len;
    let mut at = pa.0;
    std::iter::from_fn(move || {
        let part = (PAGE_SIZE - at % PAGE_SIZE).min(end - at);
        let pa = PhysAddr(at);
        at += part;
        (part > 0).then_some((pa, part))
    })
}

/// One region of guest RAM.
#[derive(Debug)]
pub struct Ram {
    id: u64,
    base: u64,
    size: u64,
    host: NonNull<u8>,
    /// For each page, the granules that hold decoded code or are watched.
    special: Vec<u64>,
    /// See [`Ram::special_growth`].
    special_growth: u64,
    watched: Vec<(PhysAddr, u64)>,
    code_writes: Vec<(PhysAddr, u64)>,
    watch_hits: Vec<(PhysAddr, u64)>,
    /// See [`Ram::writes`].
    writes: u64,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl Ram {
    /// Zeroed memory of `size` bytes at `base`. The host commits a page when
    /// it is first touched.
    ///
    /// # Errors
    /// [`RamError`] if the size makes no sense or the host has no room.
    pub fn new(base: PhysAddr, size: u64) -> Result<Self, RamError> {
        if size == 0 || !size.is_multiple_of(PAGE_SIZE) || !base.0.is_multiple_of(PAGE_SIZE) {
            return Err(RamError::Size(size));
        }
        if base.0.checked_add(size).is_none_or(|end| end > 1 << 56) {
            return Err(RamError::TooLarge { base, size });
        }
        let refused = |errno| RamError::Host { size, errno };
        let length =
            usize::try_from(size + GUARD).map_err(|_| refused(rustix::io::Errno::NOMEM))?;
        let pages = usize::try_from(size / PAGE_SIZE).unwrap_or(usize::MAX);
        let mut special = Vec::<u64>::new();
        special
            .try_reserve_exact(pages)
            .map_err(|_| refused(rustix::io::Errno::NOMEM))?;
        drop(special);
        // SAFETY: a new anonymous mapping at an address of the kernel's
        // choice replaces nothing that exists.
        let pointer = unsafe {
            rustix::mm::mmap_anonymous(
                std::ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                map_flags(),
            )
        }
        .map_err(refused)?;
        let host = NonNull::new(pointer.cast()).ok_or(refused(rustix::io::Errno::NOMEM))?;
        Ok(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            base: base.0,
            size,
            host,
            special: vec![0; pages],
            special_growth: 0,
            watched: Vec::new(),
            code_writes: Vec::new(),
            watch_hits: Vec::new(),
            writes: 0,
        })
    }

    /// A number that no other `Ram` of this process has ever had.
    #[inline]
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The first address.
    #[must_use]
    pub fn base(&self) -> PhysAddr {
        PhysAddr(self.base)
    }

    /// Size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether all of `len` bytes at `pa` are RAM.
    #[inline]
    #[must_use]
    pub fn contains(&self, pa: PhysAddr, len: u64) -> bool {
        let offset = pa.0.wrapping_sub(self.base);
        offset < self.size && len <= self.size - offset
    }

    /// The host address of the byte at `pa`, if that is RAM.
    #[inline]
    #[must_use]
    pub fn host_addr(&self, pa: PhysAddr) -> Option<HostAddr> {
        self.contains(pa, 1)
            .then(|| HostAddr(self.pointer(pa).as_ptr() as usize))
    }

    /// Where `pa`, which is RAM, lies in the mapping.
    #[inline]
    fn pointer(&self, pa: PhysAddr) -> NonNull<u8> {
        let offset = pa.0.wrapping_sub(self.base);
        debug_assert!(offset < self.size);
        // SAFETY: callers have checked that `pa` is RAM, so that the offset
        // lies inside the mapping.
        unsafe { self.host.add(offset as usize) }
    }

    /// Reads a little-endian value; any alignment. `None` outside RAM.
    #[inline]
    #[must_use]
    pub fn read(&self, pa: PhysAddr, width: Width) -> Option<u64> {
        if !self.contains(pa, width.bytes()) {
            return None;
        }
        let p = self.pointer(pa).as_ptr();
        // SAFETY: all bytes of the access are RAM, and nothing holds a
        // reference to them; the reads are of unaligned-tolerant form.
        Some(unsafe {
            match width {
                Width::B1 => u64::from(p.read()),
                Width::B2 => u64::from(u16::from_le(p.cast::<u16>().read_unaligned())),
                Width::B4 => u64::from(u32::from_le(p.cast::<u32>().read_unaligned())),
                Width::B8 => u64::from_le(p.cast::<u64>().read_unaligned()),
            }
        })
    }

    /// Writes the low bytes of `value`, little-endian, any alignment.
    /// `None`, and nothing written, outside RAM.
    #[inline]
    pub fn write(&mut self, pa: PhysAddr, width: Width, value: u64) -> Option<()> {
        self.write_bytes(pa, &value.to_le_bytes()[..width.bytes() as usize])
    }

    /// Copies guest memory at `pa` to `out`. `None` if part of it is not RAM.
    pub fn read_bytes(&self, pa: PhysAddr, out: &mut [u8]) -> Option<()> {
        if out.is_empty() {
            return Some(());
        }
        if !self.contains(pa, out.len() as u64) {
            return None;
        }
        // SAFETY: the source is inside the mapping; `out` is ours and cannot
        // overlap it, since no reference into the mapping exists.
        unsafe {
            std::ptr::copy_nonoverlapping(self.pointer(pa).as_ptr(), out.as_mut_ptr(), out.len());
        }
        Some(())
    }

    /// Copies `bytes` to guest memory at `pa`. `None`, and nothing written, if
    /// part of it is not RAM. Stores to special granules are noted.
    pub fn write_bytes(&mut self, pa: PhysAddr, bytes: &[u8]) -> Option<()> {
        let len = bytes.len() as u64;
        if len == 0 {
            return Some(());
        }
        if !self.contains(pa, len) {
            return None;
        }
        // SAFETY: as in `read_bytes`, the other way round.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.pointer(pa).as_ptr(), bytes.len());
        }
        self.writes = self.writes.wrapping_add(1);
        self.note_write(pa, len);
        Some(())
    }

    /// Counts the writes through [`Ram::write`] and its like: whether it has
    /// changed tells whether there was one.
    #[inline]
    pub(crate) fn writes(&self) -> u64 {
        self.writes
    }

    /// Sets `len` bytes at `pa` to zero. `None`, and nothing written, if part
    /// of it is not RAM.
    pub fn zero(&mut self, pa: PhysAddr, len: u64) -> Option<()> {
        const ZEROS: [u8; PAGE_SIZE as usize] = [0; PAGE_SIZE as usize];
        if len != 0 && !self.contains(pa, len) {
            return None;
        }
        let mut done = 0;
        while done < len {
            let part = (len - done).min(PAGE_SIZE);
            self.write_bytes(pa.offset(done), &ZEROS[..part as usize])?;
            done += part;
        }
        Some(())
    }

    fn page_index(&self, pa: PhysAddr) -> usize {
        (pa.0.wrapping_sub(self.base) / PAGE_SIZE) as usize
    }

    /// The special granules of the page that holds `pa`; 0 outside RAM.
    #[inline]
    #[must_use]
    pub fn special_granules(&self, pa: PhysAddr) -> u64 {
        self.special.get(self.page_index(pa)).copied().unwrap_or(0)
    }

    /// How often a granule that was not special has become so. Whoever keeps
    /// host addresses to write through drops them when this has changed, since
    /// another hart, or the machine, may have made their granules special.
    #[inline]
    #[must_use]
    pub fn special_growth(&self) -> u64 {
        self.special_growth
    }

    /// Says which granules of the page at `page` hold decoded code. Watched
    /// granules stay special.
    pub fn set_code_granules(&mut self, page: PhysAddr, mask: u64) {
        self.set_special(page, mask | self.watched_granules(page.page()));
    }

    fn set_special(&mut self, page: PhysAddr, mask: u64) {
        let index = self.page_index(page);
        if let Some(special) = self.special.get_mut(index) {
            self.special_growth += u64::from(mask & !*special != 0);
            *special = mask;
        }
    }

    fn watched_granules(&self, page: PhysAddr) -> u64 {
        let in_page = self.watched.iter().filter(|(pa, _)| pa.page() == page);
        in_page.fold(0, |mask, &(pa, len)| mask | granule_mask(pa, len))
    }

    /// From now on, notes each write that touches the `len` bytes at `pa`. Does
    /// nothing if part of them is not RAM.
    pub fn watch(&mut self, pa: PhysAddr, len: u64) {
        if !self.contains(pa, len) {
            return;
        }
        for (pa, len) in by_page(pa, len) {
            self.watched.push((pa, len));
            self.set_special(pa, self.special_granules(pa) | granule_mask(pa, len));
        }
    }

    /// Notes a write to `len` bytes at `pa` if it touches special granules.
    fn note_write(&mut self, pa: PhysAddr, len: u64) {
        for (pa, len) in by_page(pa, len) {
            if self.special_granules(pa) & granule_mask(pa, len) != 0 {
                self.note_special_write(pa, len);
            }
        }
    }

    #[cold]
    fn note_special_write(&mut self, pa: PhysAddr, len: u64) {
        self.code_writes.push((pa, len));
        for &(watched, watched_len) in &self.watched {
            if pa.0 < watched.0 + watched_len && watched.0 < pa.0 + len {
                self.watch_hits.push((pa, len));
            }
        }
    }

    /// Whether [`Ram::take_code_writes`] or [`Ram::take_watch_hits`] would
    /// return anything.
    #[inline]
    #[must_use]
    pub fn has_notes(&self) -> bool {
        !self.code_writes.is_empty() || !self.watch_hits.is_empty()
    }

    /// Whether a watched word was written.
    #[inline]
    #[must_use]
    pub fn has_watch_hits(&self) -> bool {
        !self.watch_hits.is_empty()
    }

    /// The writes (address, length in bytes) to special granules since the
    /// last call; no entry crosses a page.
    pub fn take_code_writes(&mut self) -> Vec<(PhysAddr, u64)> {
        std::mem::take(&mut self.code_writes)
    }

    /// The writes (address, length in bytes) to watched words since the last
    /// call.
    pub fn take_watch_hits(&mut self) -> Vec<(PhysAddr, u64)> {
        std::mem::take(&mut self.watch_hits)
    }
}

fn map_flags() -> MapFlags {
    #[cfg(target_os = "linux")]
    return MapFlags::PRIVATE | MapFlags::NORESERVE;
    #[cfg(not(target_os = "linux"))]
    return MapFlags::PRIVATE;
}

impl Drop for Ram {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, of exactly this length, and no
        // reference into it exists. A failure leaks it, which is harmless.
        let _ =
            unsafe { rustix::mm::munmap(self.host.as_ptr().cast(), (self.size + GUARD) as usize) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ram() -> Ram {
        Ram::new(PhysAddr(0x8000_0000), 4 * PAGE_SIZE).expect("a small mapping")
    }

    #[test]
    fn reads_what_was_written_at_any_alignment() {
        let mut ram = ram();
        let pa = PhysAddr(0x8000_0ffd);
        ram.write(pa, Width::B8, 0x0123_4567_89ab_cdef).unwrap();
        assert_eq!(ram.read(pa, Width::B8), Some(0x0123_4567_89ab_cdef));
        assert_eq!(ram.read(pa.offset(7), Width::B1), Some(0x01));
        assert_eq!(ram.read(pa.offset(2), Width::B4), Some(0x4567_89ab));
    }

    #[test]
    fn refuses_what_lies_outside() {
        let mut ram = ram();
        for pa in [
            0,
            0x7fff_ffff,
            0x8000_3ff9,
            0x8000_4000,
            u64::MAX,
            u64::MAX - 7,
        ] {
            assert_eq!(ram.read(PhysAddr(pa), Width::B8), None, "{pa:#x}");
            assert_eq!(ram.write(PhysAddr(pa), Width::B8, 1), None, "{pa:#x}");
        }
        assert_eq!(ram.read(PhysAddr(0x8000_3ff8), Width::B8), Some(0));
        assert_eq!(ram.zero(PhysAddr(0x8000_0000), u64::MAX), None);
    }

    #[test]
    fn sizes_that_make_no_sense_are_errors() {
        let base = PhysAddr(0x8000_0000);
        assert_eq!(Ram::new(base, 0).unwrap_err(), RamError::Size(0));
        assert_eq!(Ram::new(base, 100).unwrap_err(), RamError::Size(100));
        let size = 1 << 60;
        assert_eq!(
            Ram::new(base, size).unwrap_err(),
            RamError::TooLarge { base, size }
        );
    }

    #[test]
    fn granule_masks_cover_what_an_access_touches() {
        assert_eq!(granule_mask(PhysAddr(0), 1), 1);
        assert_eq!(granule_mask(PhysAddr(63), 2), 0b11);
        assert_eq!(granule_mask(PhysAddr(0), 4096), u64::MAX);
        assert_eq!(granule_mask(PhysAddr(4095), 8), 1 << 63);
    }

    #[test]
    fn only_writes_to_special_granules_are_noted() {
        let mut ram = ram();
        let page = PhysAddr(0x8000_1000);
        ram.watch(page.offset(0x100), 8);
        ram.set_code_granules(page, 0b10);
        ram.write(page.offset(0x80), Width::B8, 1).unwrap();
        assert!(!ram.has_notes());
        ram.write(page.offset(0x40), Width::B4, 1).unwrap();
        assert_eq!(ram.take_code_writes(), [(page.offset(0x40), 4)]);
        assert!(!ram.has_watch_hits());
        ram.write(page.offset(0x104), Width::B4, 1).unwrap();
        assert_eq!(ram.take_watch_hits(), [(page.offset(0x104), 4)]);
        ram.set_code_granules(page, 0);
        assert_eq!(ram.special_granules(page), 1 << 4, "watches stay");
    }

    #[test]
    fn watched_words_may_cross_a_page_and_are_in_ram() {
        let mut ram = ram();
        let pa = PhysAddr(0x8000_1ffc);
        ram.watch(pa, 8);
        ram.write(pa.offset(4), Width::B1, 1).unwrap();
        assert_eq!(ram.take_watch_hits(), [(pa.offset(4), 1)]);
        for outside in [0, u64::MAX - 3, 0x8000_3ffc] {
            ram.watch(PhysAddr(outside), 8);
        }
        ram.write(pa, Width::B8, 1).unwrap();
        assert_eq!(ram.take_watch_hits(), [(pa, 4), (pa.offset(4), 4)]);
    }

    #[test]
    fn growth_counts_what_becomes_special() {
        let mut ram = ram();
        let page = PhysAddr(0x8000_1000);
        let mut last = ram.special_growth();
        for (mask, grows) in [
            (0b1, true),
            (0b1, false),
            (0b11, true),
            (0b10, false),
            (0b100, true),
        ] {
            ram.set_code_granules(page, mask);
            assert_eq!(ram.special_growth() != last, grows, "{mask:#b}");
            last = ram.special_growth();
        }
        ram.watch(page.offset(0x800), 8);
        assert_ne!(ram.special_growth(), last);
    }

    #[test]
    fn writes_across_pages_are_noted_page_by_page() {
        let mut ram = ram();
        let page = PhysAddr(0x8000_1000);
        ram.set_code_granules(page, 1);
        ram.write(page.offset(0u64.wrapping_sub(4)), Width::B8, 1)
            .unwrap();
        assert_eq!(ram.take_code_writes(), [(page, 4)]);
    }
}
