//! Who gets which part of physical memory.
//!
//! From low to high: what comes before the kernel is the firmware's; the kernel; its
//! heap; the pool of pages for page tables and devices; the frames; the device tree.

use core::ops::Range;

use crate::mem::{MIN_FRAMES, PAGE_SIZE, Ppn};

/// The parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The heap, by physical address.
    pub heap: Range<u64>,
    /// The pool.
    pub pool: Range<Ppn>,
    /// The first frame.
    pub first_frame: Ppn,
    /// How many there are.
    pub frames: u32,
}

/// Bytes that one frame costs in the kernel's heap, generously: its line in the frame
/// table, and its share of reverse maps and page cache.
const HEAP_PER_FRAME: u64 = 384;
/// What the heap has besides, for processes, files and areas.
pub const HEAP_LEAST: u64 = 8 << 20;
/// One page of the pool for so many frames: a page table names 512 pages, but those of
/// a process may lie far apart.
const FRAMES_PER_TABLE: u64 = 32;
/// What the pool has besides.
const POOL_LEAST: u64 = 256;

impl Plan {
    /// Divides `free`, the memory between the kernel and the device tree. `wanted` is
    /// how many frames there shall be, `slots` how many pages the swap disk has:
    /// tables and reverse maps are needed for what is swapped out, too.
    ///
    /// # Errors
    /// How many frames there could be, if that is fewer than wanted, or too few.
    pub fn new(free: Range<u64>, wanted: Option<u32>, slots: u32) -> Result<Plan, u32> {
        const PAGE: u64 = PAGE_SIZE as u64;
        let start = free.start.next_multiple_of(PAGE);
        let pages = (free.end / PAGE).saturating_sub(start / PAGE);
        let heap_for = |frames: u64| {
            let pages = frames + u64::from(slots) / 4;
            (HEAP_LEAST + pages * HEAP_PER_FRAME).div_ceil(PAGE)
        };
        let pool_for = |frames: u64| POOL_LEAST + (frames + u64::from(slots)) / FRAMES_PER_TABLE;
        let cost = |frames: u64| frames + heap_for(frames) + pool_for(frames);
        // The cost rises with the frames: the most that fit, by bisection.
        let (mut fits, mut too_many) = (0, pages.min(1 << 24) + 1);
        while fits + 1 < too_many {
            let middle = fits.midpoint(too_many);
            if cost(middle) <= pages {
                fits = middle;
            } else {
                too_many = middle;
            }
        }
        let frames = wanted.map_or(fits, u64::from);
        if frames > fits || fits < u64::from(MIN_FRAMES) {
            return Err(fits as u32);
        }
        let heap_end = start + heap_for(frames) * PAGE;
        let pool = Ppn(heap_end / PAGE)..Ppn(heap_end / PAGE + pool_for(frames));
        Ok(Plan {
            heap: start..heap_end,
            first_frame: pool.end,
            pool,
            frames: frames as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_fit() {
        let free = 0x8020_8123..0x87ff_e123;
        for (wanted, slots) in [(None, 0), (Some(8), 1000), (Some(9999), 0), (None, 99999)] {
            let plan = Plan::new(free.clone(), wanted, slots).unwrap();
            assert_eq!(plan.heap.start, 0x8020_9000);
            assert_eq!(plan.heap.end, plan.pool.start.0 * 4096);
            assert_eq!(plan.pool.end, plan.first_frame);
            assert!(wanted.is_none_or(|count| count == plan.frames));
            let end = (plan.first_frame.0 + u64::from(plan.frames)) * 4096;
            assert!(end <= free.end);
        }
        let all = Plan::new(free.clone(), None, 0).unwrap();
        assert!(all.frames > 26000, "most of it is frames: {all:?}");
        assert_eq!(Plan::new(free, Some(1 << 20), 0), Err(all.frames));
        assert_eq!(Plan::new(0x8020_0000..0x8030_0000, None, 0), Err(0));
    }
}
