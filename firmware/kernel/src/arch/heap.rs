//! The kernel's heap: `Vec`, `Box` and their like.
//!
//! Sizes are powers of two, and a block lies at a multiple of its size. Each size has a
//! list of free blocks: a block is taken from its list, and what is freed goes back to
//! it, which takes a few instructions, always the same. Where a list is empty, a larger
//! block is cut into halves. Neighbours are joined again only when no block is large
//! enough.
//!
//! Programs make the kernel use its heap, so they must not be able to use it up:
//! see [`has_room`] and [`is_low`].
#![allow(
    unsafe_code,
    reason = "an allocator deals in memory that has no type yet"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

/// Blocks of 16 bytes to 64 MiB.
const SMALLEST: usize = 16;
const CLASSES: usize = 23;
/// The first class of large blocks, of 256 KiB: the kernel asks for nothing larger once
/// programs run.
const LARGE: usize = 14;

struct State {
    /// The first free block of each size, by address; it holds the address of the
    /// next one. 0 ends a list.
    free: [usize; CLASSES],
    /// Whether something was freed since neighbours were last joined.
    was_freed: bool,
}

struct Heap(UnsafeCell<State>);

// SAFETY: one hart runs the kernel, and nothing interrupts it.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(State {
    free: [0; CLASSES],
    was_freed: false,
}));

/// There is no large block left.
static IS_LOW: AtomicBool = AtomicBool::new(false);

/// Gives the heap its memory, by virtual address.
///
/// # Safety
/// It is mapped, nobody else uses it, and this is called once.
pub(crate) unsafe fn give(start: u64, end: u64) {
    // SAFETY: see `Sync` above.
    let state = unsafe { &mut *HEAP.0.get() };
    let (mut at, end) = ((start as usize).next_multiple_of(SMALLEST), end as usize);
    while end.saturating_sub(at) >= SMALLEST {
        let fits = ((end - at) / SMALLEST).ilog2();
        let aligned = (at / SMALLEST).trailing_zeros();
        let class = fits.min(aligned).min(CLASSES as u32 - 1) as usize;
        state.put(class, at);
        at += SMALLEST << class;
    }
}

/// Whether large blocks of so many bytes in all are free. What makes the kernel keep
/// things for a program asks first: what is left serves what the kernel needs in
/// passing.
pub(crate) fn has_room(bytes: usize) -> bool {
    // SAFETY: see `Sync` above.
    let state = unsafe { &mut *HEAP.0.get() };
    if state.large_bytes(bytes) < bytes && core::mem::take(&mut state.was_freed) {
        state.join();
    }
    let has_room = state.large_bytes(bytes) >= bytes;
    IS_LOW.store(state.large_bytes(1) == 0, Ordering::Relaxed);
    has_room
}

/// Whether the last large block has been cut, at the time when that was done.
pub(crate) fn is_low() -> bool {
    IS_LOW.load(Ordering::Relaxed)
}

/// Bytes in free blocks.
pub(crate) fn free_bytes() -> usize {
    // SAFETY: see `Sync` above.
    let state = unsafe { &*HEAP.0.get() };
    let classes = state.free.iter().enumerate();
    classes
        .map(|(class, &first)| chain(first).count() * (SMALLEST << class))
        .sum()
}

/// The list for a layout: blocks of `SMALLEST << class` bytes.
fn class(layout: Layout) -> usize {
    let size = layout.size().max(layout.align()).max(SMALLEST);
    (size.next_power_of_two() / SMALLEST).trailing_zeros() as usize
}

fn next(block: usize) -> usize {
    // SAFETY: blocks on a list are free and hold what `set_next` wrote.
    unsafe { *ptr::with_exposed_provenance::<usize>(block) }
}

fn set_next(block: usize, next: usize) {
    // SAFETY: a free block is at least 16 bytes, aligned, and nobody's.
    unsafe { *ptr::with_exposed_provenance_mut(block) = next };
}

fn chain(first: usize) -> impl Iterator<Item = usize> {
    core::iter::successors(Some(first), |&block| Some(next(block))).take_while(|&block| block != 0)
}

impl State {
    fn put(&mut self, class: usize, block: usize) {
        set_next(block, core::mem::replace(&mut self.free[class], block));
    }

    fn pop(&mut self, class: usize) -> Option<usize> {
        let block = self.free[class];
        if block == 0 {
            return None;
        }
        self.free[class] = next(block);
        Some(block)
    }

    /// A block of a class for which the list is empty.
    #[cold]
    fn cut(&mut self, class: usize) -> Option<usize> {
        let larger = |state: &State| (class..CLASSES).find(|&larger| state.free[larger] != 0);
        let larger = larger(self).or_else(|| {
            self.join();
            larger(self)
        })?;
        let block = self.pop(larger)?;
        for half in (class..larger).rev() {
            self.put(half, block + (SMALLEST << half));
        }
        if larger >= LARGE {
            IS_LOW.store(self.large_bytes(1) == 0, Ordering::Relaxed);
        }
        Some(block)
    }

    /// Bytes in large blocks; it stops counting at `enough`.
    fn large_bytes(&self, enough: usize) -> usize {
        let mut sum = 0;
        for class in (LARGE..CLASSES).rev() {
            for _ in chain(self.free[class]) {
                sum += SMALLEST << class;
                if sum >= enough {
                    return sum;
                }
            }
        }
        sum
    }

    /// Makes one block of each two that are halves of one, from small to large.
    fn join(&mut self) {
        for class in 0..CLASSES - 1 {
            let size = SMALLEST << class;
            let mut left = sort(core::mem::take(&mut self.free[class]));
            while left != 0 {
                let (block, after) = (left, next(left));
                if block % (2 * size) == 0 && after == block + size {
                    left = next(after);
                    self.put(class + 1, block);
                } else {
                    left = after;
                    self.put(class, block);
                }
            }
        }
    }
}

/// A list in the order of addresses. `runs[n]` is empty, or a sorted list of 2ⁿ blocks.
fn sort(mut list: usize) -> usize {
    let mut runs = [0; usize::BITS as usize];
    while list != 0 {
        let (mut run, mut number) = (list, 0);
        list = next(run);
        set_next(run, 0);
        while runs[number] != 0 {
            run = merge(core::mem::take(&mut runs[number]), run);
            number += 1;
        }
        runs[number] = run;
    }
    runs.into_iter().fold(0, merge)
}

/// One sorted list of two.
fn merge(mut a: usize, mut b: usize) -> usize {
    let (mut first, mut last) = (0, 0);
    while a != 0 || b != 0 {
        let from = if b == 0 || (a != 0 && a < b) {
            &mut a
        } else {
            &mut b
        };
        let block = *from;
        *from = next(block);
        match last {
            0 => first = block,
            last => set_next(last, block),
        }
        last = block;
    }
    if last != 0 {
        set_next(last, 0);
    }
    first
}

// SAFETY: blocks are as large and aligned as their class, which is at least what the
// layout asks for; no block is given out twice: a block is on one list, or on none.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see `Sync` above.
        let state = unsafe { &mut *self.0.get() };
        let class = class(layout);
        if class >= CLASSES {
            return ptr::null_mut();
        }
        let block = state.pop(class).or_else(|| state.cut(class));
        block.map_or(ptr::null_mut(), ptr::with_exposed_provenance_mut)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: see `Sync` above.
        let state = unsafe { &mut *self.0.get() };
        state.put(class(layout), block.expose_provenance());
        state.was_freed = true;
    }
}
