//! The second level: what the first one had no room for.
//!
//! A translation here is a page of physical memory and what may be done there; the
//! hart enters it into the first level again, which costs a fraction of a page walk.
//! The sets are chosen by a hash of the page number, so that pages at distances of
//! powers of two do not compete for one.

use super::{PAGE_MASK, VirtAddr};
use crate::Perms;
use pagewalk_bus::{PAGE_SIZE, PhysAddr};

/// Sets; a power of two.
const SETS: usize = 4096;
/// Translations in a set: the newest first.
const WAYS: usize = 4;

/// The number of a context, or of what the global pages of contexts have in common:
/// zero is nobody's.
pub(super) type Number = u32;

/// A page of physical memory, and what may be done there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Remembered {
    /// The page.
    pub page: PhysAddr,
    /// What the context may do without another walk.
    pub perms: Perms,
}

/// One translation.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// The virtual page; [`Perms`] in its low bits.
    page_and_perms: u64,
    /// Number of the physical page.
    frame: u32,
    number: Number,
}

impl Entry {
    fn is_of(&self, va: u64, number: Number) -> bool {
        self.number == number && (self.page_and_perms ^ va) & PAGE_MASK == 0
    }
}

/// The second level of a TLB.
#[derive(Debug)]
pub(super) struct Second {
    /// Memory that nobody has written to yet costs the host nothing.
    sets: Box<[[Entry; WAYS]]>,
}

fn set_of(va: u64) -> usize {
    let page = va >> 12;
    (page ^ page >> 12 ^ page >> 24) as usize % SETS
}

impl Second {
    pub(super) fn new() -> Self {
        Self {
            sets: vec![[Entry::default(); WAYS]; SETS].into_boxed_slice(),
        }
    }

    /// What is known of the page of `va` under one of two numbers.
    #[inline]
    pub(super) fn find(&self, va: VirtAddr, numbers: [Number; 2]) -> Option<Remembered> {
        let set = &self.sets[set_of(va.0)];
        let mut found = set.iter().filter(|entry| {
            (entry.page_and_perms ^ va.0) & PAGE_MASK == 0 && numbers.contains(&entry.number)
        });
        found.next().map(|entry| Remembered {
            page: PhysAddr(u64::from(entry.frame) * PAGE_SIZE),
            perms: Perms::from_bits(entry.page_and_perms as u8),
        })
    }

    /// Remembers a translation in the place of what was known under this number.
    pub(super) fn enter(&mut self, va: VirtAddr, number: Number, what: Remembered) {
        let Ok(frame) = u32::try_from(what.page.0 / PAGE_SIZE) else {
            return;
        };
        let set = &mut self.sets[set_of(va.0)];
        let known = set.iter().position(|entry| entry.is_of(va.0, number));
        set[..=known.unwrap_or(WAYS - 1)].rotate_right(1);
        set[0] = Entry {
            page_and_perms: va.0 & PAGE_MASK | u64::from(what.perms.bits()),
            frame,
            number,
        };
    }

    /// Forgets the page of `va` under every number.
    pub(super) fn forget_page(&mut self, va: VirtAddr) {
        for entry in &mut self.sets[set_of(va.0)] {
            if (entry.page_and_perms ^ va.0) & PAGE_MASK == 0 {
                *entry = Entry::default();
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.sets.fill([Entry::default(); WAYS]);
    }
}
