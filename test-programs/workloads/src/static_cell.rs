//! Mutable data at a fixed place, lent once.
#![allow(
    unsafe_code,
    reason = "lends a static mutably; the flag makes sure that it does so once"
)]

use core::{
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, Ordering},
};

/// A static that can be borrowed mutably by whoever asks first.
///
/// The benchmarks keep their data in statics, as C programs do, so that the
/// linker script decides in which page it lies.
#[derive(Debug)]
pub struct StaticCell<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through `take`, which gives it to a single
// caller; `T: Send` lets that caller be on any thread.
unsafe impl<T: Send> Sync for StaticCell<T> {}

impl<T> StaticCell<T> {
    /// A cell with this value, not lent yet.
    pub const fn new(value: T) -> Self {
        Self {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Lends the value for the rest of the program.
    ///
    /// # Panics
    ///
    /// When it has been lent before.
    #[allow(
        clippy::mut_from_ref,
        reason = "the flag, not the borrow, makes the reference unique"
    )]
    pub fn take(&'static self) -> &'static mut T {
        let taken_before = self.taken.swap(true, Ordering::AcqRel);
        assert!(!taken_before, "the data of a program is lent once");
        // SAFETY: the swap above succeeds for one caller only, so this is the
        // one reference to the value, and the static lives for ever.
        unsafe { &mut *self.value.get() }
    }
}
