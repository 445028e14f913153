//! What a process runs on: its segments and its stack.
#![allow(
    unsafe_code,
    reason = "the linker's symbols are statics of another world"
)]

use crate::entry::Arguments;
use crate::error::Answer;
use crate::memory::{self, PAGE};

/// The stack that a program may use after [`settle`].
const STACK: usize = 4 * PAGE;

/// Brings into memory, and keeps there, what the program runs on: instructions,
/// constants, variables, stack. After that, page faults happen only where a program
/// wants them, and can be counted one by one.
///
/// # Errors
///
/// What the kernel says; there may be too little memory.
#[inline(never)]
pub fn settle(arguments: &Arguments) -> Answer<()> {
    // The stack must have grown before it can be locked.
    let room = [0_u8; STACK];
    let deepest = core::hint::black_box(&room).as_ptr() as usize;
    let stack = deepest / PAGE * PAGE..arguments.address().next_multiple_of(PAGE);
    lock_segments()?;
    memory::lock(stack)?;
    Ok(())
}

/// The same without the stack, for programs that watch it grow: what is added to a
/// stack that is locked is locked, too, and there may be too little memory for that.
///
/// # Errors
///
/// What the kernel says.
pub fn lock_segments() -> Answer<()> {
    for range in segments() {
        if !range.is_empty() {
            memory::lock(range)?;
        }
    }
    Ok(())
}

/// A table of constants in pages of their own, which [`settle`] leaves alone:
/// `exhibit!(TABLE, 16)` has sixteen pages, and `TABLE[i]` is [`exhibit_word`]`(i)`.
#[macro_export]
macro_rules! exhibit {
    ($name:ident, $pages:literal) => {
        #[allow(unsafe_code, reason = "the section is the layout's business")]
        // SAFETY: the layout has a place for constants of this section.
        #[cfg_attr(target_os = "none", unsafe(link_section = ".exhibit"))]
        static $name: [u64; $pages * $crate::memory::WORDS] = $crate::image::exhibit_words();
    };
}

/// What stands at an index of an exhibit.
pub const fn exhibit_word(index: usize) -> u64 {
    (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// All of an exhibit.
#[doc(hidden)]
pub const fn exhibit_words<const N: usize>() -> [u64; N] {
    let mut words = [0; N];
    let mut index = 0;
    while index < N {
        words[index] = exhibit_word(index);
        index += 1;
    }
    words
}

/// Fails unless a page of an exhibit is what it was when the program was built.
///
/// # Errors
///
/// The first word that differs.
pub fn verify_exhibit(exhibit: crate::memory::Region, page: usize) -> crate::error::Outcome {
    use crate::memory::WORDS;
    for index in page * WORDS..(page + 1) * WORDS {
        let address = exhibit.start() + index * 8;
        crate::check_eq!(
            exhibit.load(index),
            exhibit_word(index),
            "the word at {address:#x}"
        );
    }
    Ok(())
}

#[cfg(target_os = "none")]
fn segments() -> [core::ops::Range<usize>; 3] {
    // SAFETY: the symbols come from layout/sections.ld; only their addresses are used.
    unsafe extern "C" {
        static __text_start: u8;
        static __text_end: u8;
        static __constants_start: u8;
        static __constants_end: u8;
        static __data_start: u8;
        static __data_end: u8;
    }
    let pages = |start: *const u8, end: *const u8| {
        start as usize / PAGE * PAGE..(end as usize).next_multiple_of(PAGE)
    };
    [
        pages(&raw const __text_start, &raw const __text_end),
        pages(&raw const __constants_start, &raw const __constants_end),
        pages(&raw const __data_start, &raw const __data_end),
    ]
}

#[cfg(not(target_os = "none"))]
fn segments() -> [core::ops::Range<usize>; 3] {
    [0..0, 0..0, 0..0]
}
