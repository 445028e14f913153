//! Physical memory, by the direct map: the only place where the kernel makes a
//! pointer of a page number.
#![allow(unsafe_code, reason = "a page number becomes a pointer")]

use alloc::vec::Vec;
use core::arch::asm;
use core::ops::Range;
use core::ptr;
use core::sync::atomic::{Ordering, fence};

use super::layout::{DIRECT_MAP, DIRECT_MAP_ENTRY};
use crate::mem::{PAGE_SIZE, PhysMemory, Ppn};

/// `cbo.zero` instructions in one round of the loop that clears a page.
const BLOCKS: usize = 4;
/// Blocks that are larger do not fill a page in whole rounds.
const MOST_BLOCK: usize = PAGE_SIZE / BLOCKS;

/// Entries of a page table.
const ENTRIES: usize = 512;

/// All memory that the kernel manages, and the pool of pages of its own.
///
/// Every page number that comes in here is that of a table, a frame or the page of
/// zeros: pages of the pool and of the frames, which `boot.rs` has laid out in memory
/// that nothing else uses, and which the direct map has.
#[derive(Debug)]
pub(crate) struct DirectMap {
    /// Pages of the pool that were never used.
    fresh: Range<u64>,
    /// Pages of the pool that were used before.
    free: Vec<Ppn>,
    /// The table whose upper half all address spaces have.
    kernel_root: Option<Ppn>,
    /// Bytes that one `cbo.zero` clears; 0 if it cannot be used.
    zero_block: usize,
}

impl DirectMap {
    /// Memory whose pool is `pool`. `zero_block` is how many bytes one `cbo.zero`
    /// clears; 0 if the hart does not have that instruction.
    pub(crate) fn new(pool: Range<Ppn>, zero_block: u64) -> Self {
        let fits = zero_block.is_power_of_two() && zero_block <= MOST_BLOCK as u64;
        let fresh = pool.start.0..pool.end.0;
        Self {
            fresh,
            free: Vec::new(),
            kernel_root: None,
            zero_block: if fits { zero_block as usize } else { 0 },
        }
    }

    /// From now on, new address spaces have the kernel as `root` has it.
    pub(crate) fn set_kernel_root(&mut self, root: Ppn) {
        self.kernel_root = Some(root);
    }

    /// Pages of the pool that are free.
    pub(crate) fn free_tables(&self) -> usize {
        self.fresh.clone().count() + self.free.len()
    }

    fn pointer(page: Ppn) -> *mut [u8; PAGE_SIZE] {
        let address = DIRECT_MAP + page.0 * PAGE_SIZE as u64;
        ptr::with_exposed_provenance_mut(address as usize)
    }

    fn entry(table: Ppn, index: usize) -> *mut u64 {
        assert!(index < ENTRIES, "a table has no entry {index}");
        // SAFETY: the entry is within the page.
        unsafe { Self::pointer(table).cast::<u64>().add(index) }
    }
}

impl PhysMemory for DirectMap {
    fn alloc_table(&mut self) -> Option<Ppn> {
        let page = self.free.pop().or_else(|| self.fresh.next().map(Ppn))?;
        self.clear(page);
        Some(page)
    }

    fn alloc_root(&mut self) -> Option<Ppn> {
        let root = self.alloc_table()?;
        if let Some(kernel) = self.kernel_root {
            for index in DIRECT_MAP_ENTRY as usize..ENTRIES {
                self.write_entry(root, index, self.read_entry(kernel, index));
            }
        }
        Some(root)
    }

    fn free_table(&mut self, table: Ppn) {
        self.free.push(table);
    }

    fn read_entry(&self, table: Ppn, index: usize) -> u64 {
        // SAFETY: see the type. Volatile, since the hart writes A and D.
        unsafe { Self::entry(table, index).read_volatile() }
    }

    fn write_entry(&mut self, table: Ppn, index: usize, entry: u64) {
        // SAFETY: as above.
        unsafe { Self::entry(table, index).write_volatile(entry) };
    }

    fn bytes(&self, page: Ppn) -> &[u8; PAGE_SIZE] {
        // SAFETY: see the type. No process runs while the kernel does, and the core
        // looks at no page that a disk is writing to.
        unsafe { &*Self::pointer(page) }
    }

    fn bytes_mut(&mut self, page: Ppn) -> &mut [u8; PAGE_SIZE] {
        // SAFETY: as above; `self` is borrowed as long as the page is.
        unsafe { &mut *Self::pointer(page) }
    }

    fn clear(&mut self, page: Ppn) {
        if self.zero_block == 0 {
            self.bytes_mut(page).fill(0);
            return;
        }
        let start = Self::pointer(page);
        // SAFETY: see the type; the blocks are those of the page.
        unsafe {
            asm!(
                ".option push",
                ".option arch, +zicboz",
                "1: cbo.zero ({at})",
                "   add {at}, {at}, {block}",
                "   cbo.zero ({at})",
                "   add {at}, {at}, {block}",
                "   cbo.zero ({at})",
                "   add {at}, {at}, {block}",
                "   cbo.zero ({at})",
                "   add {at}, {at}, {block}",
                "   bne {at}, {end}, 1b",
                ".option pop",
                at = inout(reg) start => _,
                block = in(reg) self.zero_block,
                end = in(reg) start.add(1),
                options(nostack),
            );
        }
    }

    fn copy(&mut self, from: Ppn, to: Ppn) {
        assert_ne!(from, to);
        // SAFETY: as above, and the pages are not the same.
        unsafe { ptr::copy_nonoverlapping(Self::pointer(from), Self::pointer(to), 1) };
    }
}

/// Words as the bytes that they are in memory.
pub(crate) fn bytes_of(words: &[u64]) -> &[u8] {
    // SAFETY: the same memory, borrowed as long; every byte is one of a word.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

/// Words as the bytes that they are in memory.
pub(crate) fn bytes_of_mut(words: &mut [u64]) -> &mut [u8] {
    // SAFETY: as above; whatever the bytes become, they make words.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), size_of_val(words)) }
}

/// A page of the pool that a device reads and writes, too. It is never given back.
#[derive(Debug)]
pub(crate) struct DmaPage(Ppn);

impl DmaPage {
    /// A page of zeros.
    pub(crate) fn new(memory: &mut DirectMap) -> Option<DmaPage> {
        memory.alloc_table().map(DmaPage)
    }

    /// Which page it is.
    pub(crate) fn page(&self) -> Ppn {
        self.0
    }

    /// The physical address of byte `offset`.
    pub(crate) fn address(&self, offset: usize) -> u64 {
        self.0.0 * PAGE_SIZE as u64 + offset as u64
    }

    fn at<T>(&self, offset: usize) -> *mut T {
        assert!(offset.is_multiple_of(size_of::<T>()) && offset < PAGE_SIZE);
        // SAFETY: the offset is within the page.
        unsafe { DirectMap::pointer(self.0).cast::<u8>().add(offset).cast() }
    }

    /// Reads a number; `T` is one of the unsigned ones.
    pub(crate) fn read<T: Copy + Into<u64>>(&self, offset: usize) -> T {
        // SAFETY: within the page and aligned; volatile, since the device writes it;
        // every pattern of bits is a number.
        unsafe { self.at::<T>(offset).read_volatile() }
    }

    /// Writes a number.
    pub(crate) fn write<T: Copy + Into<u64>>(&mut self, offset: usize, value: T) {
        // SAFETY: as above.
        unsafe { self.at::<T>(offset).write_volatile(value) };
    }

    /// Copies bytes to its beginning.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) {
        assert!(bytes.len() <= PAGE_SIZE);
        // SAFETY: within the page, which is the device's only after it was told so.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.at(0), bytes.len()) };
        fence(Ordering::Release);
    }

    /// Copies `out.len()` bytes from `offset`.
    pub(crate) fn read_bytes(&self, offset: usize, out: &mut [u8]) {
        assert!(offset <= PAGE_SIZE && out.len() <= PAGE_SIZE - offset);
        if !out.is_empty() {
            fence(Ordering::Acquire);
            // SAFETY: within the page; the device has said that it is done with it.
            unsafe { ptr::copy_nonoverlapping(self.at(offset), out.as_mut_ptr(), out.len()) };
        }
    }
}

/// The device tree: memory that nobody writes to.
pub(crate) fn device_tree(address: u64) -> Option<&'static [u8]> {
    let start = ptr::with_exposed_provenance::<u8>((DIRECT_MAP + address) as usize);
    // SAFETY: the firmware says that a tree is there. It is left alone: frames and
    // pool end below it.
    unsafe {
        let size = pagewalk_device_tree::total_size(&start.cast::<[u8; 8]>().read_unaligned());
        Some(core::slice::from_raw_parts(start, size.ok()?))
    }
}
