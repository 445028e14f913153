//! The kernel's heap: `Vec`, `Box` and their like.
//!
//! Sizes are powers of two; each has a list of free blocks, and what is freed goes
//! back to its list. A block is never split or joined, so both ways take a few
//! instructions, always the same. New blocks are cut from the rest of the region.
#![allow(
    unsafe_code,
    reason = "an allocator deals in memory that has no type yet"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

/// Blocks of 16 bytes to 64 MiB.
const SMALLEST: usize = 16;
const CLASSES: usize = 23;

struct State {
    free: [Option<NonNull<Free>>; CLASSES],
    rest: usize,
    end: usize,
}

/// A free block: it holds where the next one is.
struct Free {
    next: Option<NonNull<Free>>,
}

struct Heap(UnsafeCell<State>);

// SAFETY: one hart runs the kernel, and nothing interrupts it.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(State {
    free: [None; CLASSES],
    rest: 0,
    end: 0,
}));

/// Gives the heap its memory, by virtual address.
///
/// # Safety
/// It is mapped, nobody else uses it, and this is called once.
pub(crate) unsafe fn give(start: u64, end: u64) {
    // SAFETY: see `Sync` above.
    let state = unsafe { &mut *HEAP.0.get() };
    (state.rest, state.end) = (start as usize, end as usize);
}

/// The list for a layout: blocks of `SMALLEST << class` bytes.
fn class(layout: Layout) -> usize {
    let size = layout.size().max(layout.align()).max(SMALLEST);
    (size.next_power_of_two() / SMALLEST).trailing_zeros() as usize
}

impl State {
    fn take(&mut self, class: usize) -> *mut u8 {
        let Some(list) = self.free.get_mut(class) else {
            return ptr::null_mut();
        };
        if let Some(block) = *list {
            // SAFETY: blocks on a list are free and hold what `give_back` wrote.
            *list = unsafe { block.as_ref().next };
            return block.as_ptr().cast();
        }
        let size = SMALLEST << class;
        let start = self.rest.next_multiple_of(size.min(4096));
        match start.checked_add(size).filter(|end| *end <= self.end) {
            Some(end) => {
                self.rest = end;
                ptr::with_exposed_provenance_mut(start)
            }
            None => ptr::null_mut(),
        }
    }

    fn give_back(&mut self, block: *mut u8, class: usize) {
        let Some(block) = NonNull::new(block.cast::<Free>()) else {
            return;
        };
        let next = self.free[class].replace(block);
        // SAFETY: the block is at least 16 bytes and nobody's any more.
        unsafe { block.write(Free { next }) };
    }
}

// SAFETY: blocks are as large and aligned as their class, which is at least what the
// layout asks for (no kernel type is aligned to more than a page); no block is given
// out twice.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see `Sync` above.
        let state = unsafe { &mut *self.0.get() };
        state.take(class(layout))
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: see `Sync` above.
        let state = unsafe { &mut *self.0.get() };
        state.give_back(block, class(layout));
    }
}
