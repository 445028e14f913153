//! A heap for strings and lists: blocks of powers of two, taken from the end of the
//! data (`brk`) and kept for the next that asks for the same size.
#![allow(
    unsafe_code,
    reason = "an allocator hands out raw memory; calls of brk concern nobody else"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use pagewalk_guest_abi::{Errno, Syscall};

use crate::error::{Answer, Refused};
use crate::kernel::ask;
use crate::process;

/// The least block holds the pointer to the next free one.
const SMALLEST: usize = 16;
/// Blocks of 16 bytes to 16 MiB.
const SIZES: usize = 21;
/// The heap grows by at least this much at once.
const STEP: usize = 4096;

/// Moves the end of the data by `bytes`, and returns where it was before.
///
/// # Errors
///
/// ENOMEM if the kernel did not move it.
pub fn grow(bytes: usize) -> Answer {
    // SAFETY: brk(0) answers where the end is; moving it up takes memory from nobody.
    let (old, new) = unsafe {
        let old = ask(Syscall::Brk, [0])?;
        (old, ask(Syscall::Brk, [old + bytes as u64])?)
    };
    if new == old + bytes as u64 {
        Ok(old)
    } else {
        // brk tells of a failure by leaving the end where it was.
        Err(Refused {
            call: Syscall::Brk,
            number: Errno::ENOMEM as u64,
        })
    }
}

/// Writes to a page that [`grow`] has just given.
pub fn touch(start: u64) {
    // SAFETY: the page was taken for nobody but the caller.
    unsafe { (start as *mut u64).write_volatile(start) };
}

/// Gives what [`grow`] gave since it returned `end` back to the kernel.
///
/// # Errors
///
/// What the kernel says.
///
/// # Panics
///
/// If the heap has taken memory since then.
pub fn shrink_to(end: u64) -> Answer {
    HEAP.with_state(|state| assert!(state.end as u64 <= end, "the heap is in use"));
    // SAFETY: the heap uses nothing above `end`.
    unsafe { ask(Syscall::Brk, [end]) }
}

struct Heap {
    locked: AtomicBool,
    state: UnsafeCell<State>,
}

struct State {
    /// Free blocks of each size, each with the address of the next in its first word.
    free: [*mut u8; SIZES],
    /// Memory of the kernel that no block was made from yet.
    next: usize,
    end: usize,
}

// SAFETY: `state` is touched only between taking and giving back the lock.
unsafe impl Sync for Heap {}

#[cfg_attr(target_os = "none", global_allocator)]
static HEAP: Heap = Heap {
    locked: AtomicBool::new(false),
    state: UnsafeCell::new(State {
        free: [ptr::null_mut(); SIZES],
        next: 0,
        end: 0,
    }),
};

/// Which list blocks of this layout are in, and how large they are.
fn size_class(layout: Layout) -> Option<(usize, usize)> {
    let size = layout.size().max(layout.align()).max(SMALLEST);
    let size = size.checked_next_power_of_two()?;
    let class = (size / SMALLEST).trailing_zeros() as usize;
    (class < SIZES).then_some((class, size))
}

impl Heap {
    fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        while self.locked.swap(true, Ordering::Acquire) {
            process::give_way();
        }
        // SAFETY: the lock is ours.
        let result = work(unsafe { &mut *self.state.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

impl State {
    /// A new block; blocks are aligned to their size.
    fn carve(&mut self, size: usize) -> Option<*mut u8> {
        let start = self.next.next_multiple_of(size);
        if self.end == 0 || start + size > self.end {
            // Somebody else may have moved the end: begin anew where it is.
            let bytes = (2 * size).next_multiple_of(STEP);
            self.next = grow(bytes).ok()? as usize;
            self.end = self.next + bytes;
        }
        let start = self.next.next_multiple_of(size);
        self.next = start + size;
        Some(start as *mut u8)
    }
}

// SAFETY: blocks come from memory that brk gave to this heap alone, are as large as
// asked for and aligned to their size, and a block is either lent or in a list.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((class, size)) = size_class(layout) else {
            return ptr::null_mut();
        };
        self.with_state(|state| {
            let first = state.free[class];
            if first.is_null() {
                return state.carve(size).unwrap_or(ptr::null_mut());
            }
            // SAFETY: a free block holds the address of the next in its first word.
            state.free[class] = unsafe { first.cast::<*mut u8>().read() };
            first
        })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some((class, _)) = size_class(layout) else {
            return;
        };
        self.with_state(|state| {
            // SAFETY: the block is ours again, and holds at least a word.
            unsafe { block.cast::<*mut u8>().write(state.free[class]) };
            state.free[class] = block;
        });
    }
}
