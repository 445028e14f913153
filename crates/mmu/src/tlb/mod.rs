//! The translation look-aside buffer: what a hart remembers of past walks.
//!
//! The first level is three direct-mapped arrays, for fetches, loads and stores, so
//! that one compare decides everything: the right page, the right context, permission,
//! alignment and no page crossing. A tag is the virtual page number with, in
//! its low bits,
//!
//! ```text
//! 63                    12 11      10            3 2        0
//! [ virtual page number   | special | context key | alignment ]
//! ```
//!
//! - *context key*: a number for everything a translation depends on besides
//!   memory ([`Context`]: satp, ASID, effective privilege, SUM, MXR, …). Fetch
//!   and data have a current key each. Changing the context changes a key and
//!   touches no entry; flushing a context forgets its key, so that no probe
//!   can match the old entries: O(1). When the 255 keys are used up, all
//!   entries of the first level are cleared once and keys start again.
//! - *special*: set in store entries of pages with special granules (see
//!   [`pagewalk_bus::Ram`]), so that the plain probe fails; a second one looks
//!   at the granules, of which the TLB has a copy.
//! - *alignment*: clear in every tag, set in the probe for a misaligned
//!   address, which therefore misses.
//!
//! An entry of a superpage covers one 4 KiB slice of it.
//!
//! Behind it is a larger second level (`second.rs`), asked when the first one does not
//! know a page. There, global pages are those of all address spaces.
#![allow(
    unsafe_code,
    reason = "an entry whose tag matches is what makes a host address right"
)]

mod contexts;
mod second;
#[cfg(test)]
mod tests;

use std::ops::Range;

use pagewalk_bus::{GRANULE_SIZE, HostAddr, PAGE_SIZE, PhysAddr};

use crate::{Access, Context, Translation, VirtAddr};
use contexts::{Contexts, Exhausted, Names};
pub use second::Remembered;
use second::Second;

/// Entries in each of the three arrays; a power of two.
const SLOTS: usize = 1024;
const PAGE_MASK: u64 = !0xfff;
const KEY_SHIFT: u32 = 3;
const SPECIAL: u64 = 1 << 11;
/// Matches no probe: key 0 is never given out.
const EMPTY: Slot = Slot { tag: 0, addend: 0 };

/// One translation: `tag` as in the module's text; `addend` plus the virtual
/// address is the host address (or, for fetches, the physical one).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Slot {
    tag: u64,
    addend: u64,
}

impl Slot {
    /// The host address of `va`, which the tag of this entry of loads or
    /// stores matches.
    #[inline(always)]
    fn host(&self, va: u64) -> HostAddr {
        // SAFETY: a tag that matches names the page of `va`, and `to_host`
        // made the addend for an address in it.
        unsafe { HostAddr::from_addend(va, self.addend) }
    }

    /// An entry that leads from `va` to `host`.
    fn to_host(tag: u64, va: VirtAddr, host: HostAddr) -> Self {
        assert_eq!(host.page_offset(), va.page_offset());
        Self {
            tag,
            addend: host.addend_to(va.0),
        }
    }
}

/// The probe of a store that [`Tlb::store`] did not find.
#[derive(Clone, Copy, Debug)]
pub struct FailedProbe {
    va: u64,
    probe: u64,
}

/// The TLB of one hart.
#[derive(Debug)]
#[repr(C)]
pub struct Tlb {
    data_key: u64,
    fetch_key: u64,
    load: [Slot; SLOTS],
    store: [Slot; SLOTS],
    fetch: [Slot; SLOTS],
    /// For each store entry with SPECIAL set, the special granules of its
    /// page, and perhaps some that are no longer special.
    granules: [u64; SLOTS],
    second: Second,
    contexts: Contexts,
    data: Context,
    code: Context,
    data_names: Names,
    fetch_names: Names,
    /// Counts what may have removed a fetch translation.
    flushes: u64,
    /// See [`Tlb::fetch_generation`].
    fetch_generation: u64,
    /// In the lower and the upper half of the addresses, from the first to the last
    /// page larger than 4 KiB of which a slice was entered since all was flushed.
    superpages: [Range<u64>; 2],
}

/// The half of the addresses in which `va` is.
#[inline]
fn half(va: VirtAddr) -> usize {
    (va.0 >> 63) as usize
}

/// Whether `size` bytes at `va` are in one 4 KiB page.
#[inline]
fn stays_in_page(va: u64, size: u64) -> bool {
    (va & !PAGE_MASK) + size <= PAGE_SIZE
}

#[inline]
fn index(va: u64) -> usize {
    (va >> 12) as usize & (SLOTS - 1)
}

impl Tlb {
    /// An empty TLB whose current contexts are `data` and `code`.
    #[must_use]
    pub fn new(data: Context, code: Context) -> Self {
        let mut tlb = Self {
            data_key: 0,
            fetch_key: 0,
            load: [EMPTY; SLOTS],
            store: [EMPTY; SLOTS],
            fetch: [EMPTY; SLOTS],
            granules: [0; SLOTS],
            second: Second::new(),
            contexts: Contexts::default(),
            data,
            code,
            data_names: Names::default(),
            fetch_names: Names::default(),
            flushes: 0,
            fetch_generation: 0,
            superpages: [0..0, 0..0],
        };
        tlb.reselect();
        tlb
    }

    /// The context of loads and stores.
    #[inline]
    #[must_use]
    pub fn data_context(&self) -> &Context {
        &self.data
    }

    /// The context of fetches.
    #[inline]
    #[must_use]
    pub fn fetch_context(&self) -> &Context {
        &self.code
    }

    /// Makes `data` and `code` the current contexts. Entries of others stay
    /// for when they come back.
    pub fn select(&mut self, data: Context, code: Context) {
        self.data = data;
        self.code = code;
        self.reselect();
    }

    fn reselect(&mut self) {
        self.data_names = self.names_of(self.data);
        self.fetch_names = self.names_of(self.code);
        // The second look-up may have started a new numbering.
        self.data_names = self.names_of(self.data);
        self.data_key = self.data_names.key;
        self.fetch_key = self.fetch_names.key;
        self.fetch_generation = self.flushes << 11 | self.fetch_key;
    }

    fn names_of(&mut self, context: Context) -> Names {
        let (names, exhausted) = self.contexts.names_of(context);
        if exhausted.is_some() {
            self.load.fill(EMPTY);
            self.store.fill(EMPTY);
            self.fetch.fill(EMPTY);
            self.flushes += 1;
        }
        if exhausted == Some(Exhausted::Numbers) {
            self.second.clear();
        }
        names
    }

    /// A number that is the same only while every fetch translation that was
    /// good under it is still good, and the fetch context is the same.
    #[inline]
    #[must_use]
    pub fn fetch_generation(&self) -> u64 {
        self.fetch_generation
    }

    /// The host address for a load of `SIZE` bytes, if known to be allowed,
    /// in RAM, and naturally aligned.
    #[inline(always)]
    #[must_use]
    pub fn load<const SIZE: u64>(&self, va: u64) -> Option<HostAddr> {
        let slot = &self.load[index(va)];
        let probe = (va & (PAGE_MASK | (SIZE - 1))) | self.data_key;
        (slot.tag == probe).then(|| slot.host(va))
    }

    /// The same for a store, to a page without special granules. If it is not
    /// there, the probe that failed, for [`Tlb::store_beside_special`].
    #[inline(always)]
    pub fn store<const SIZE: u64>(&self, va: u64) -> Result<HostAddr, FailedProbe> {
        let slot = &self.store[index(va)];
        let probe = (va & (PAGE_MASK | (SIZE - 1))) | self.data_key;
        if slot.tag == probe {
            Ok(slot.host(va))
        } else {
            Err(FailedProbe { va, probe })
        }
    }

    /// The same, after [`Tlb::store`] has failed, for a store to a granule
    /// that is not special, in a page that has special ones.
    #[inline(always)]
    #[must_use]
    pub fn store_beside_special(&self, failed: FailedProbe) -> Option<HostAddr> {
        let FailedProbe { va, probe } = failed;
        let slot = &self.store[index(va)];
        // An aligned access is in one granule.
        let is_special = self.granules[index(va)] >> (va / GRANULE_SIZE % 64) & 1 != 0;
        (slot.tag == probe | SPECIAL && !is_special).then(|| slot.host(va))
    }

    /// The same for a load of `size` bytes that may be misaligned, as long as
    /// it stays in its page.
    #[inline]
    #[must_use]
    pub fn load_misaligned(&self, va: u64, size: u64) -> Option<HostAddr> {
        stays_in_page(va, size).then(|| self.load::<1>(va))?
    }

    /// The same for a store, also to a page with special granules if it
    /// touches none of them.
    #[inline]
    #[must_use]
    pub fn store_misaligned_or_special(&self, va: u64, size: u64) -> Option<HostAddr> {
        let slot = &self.store[index(va)];
        let difference = slot.tag ^ ((va & PAGE_MASK) | self.data_key);
        if difference & !SPECIAL != 0 || !stays_in_page(va, size) {
            return None;
        }
        if difference != 0 {
            let granules = self.granules[index(va)];
            let granule = |va: u64| va / GRANULE_SIZE % 64;
            if (granules >> granule(va) | granules >> granule(va + size - 1)) & 1 != 0 {
                return None;
            }
        }
        Some(slot.host(va))
    }

    /// The physical address for a fetch, if known to be allowed and in RAM.
    #[inline]
    #[must_use]
    pub fn fetch(&self, va: u64) -> Option<PhysAddr> {
        let slot = &self.fetch[index(va)];
        (slot.tag == (va & PAGE_MASK) | self.fetch_key)
            .then(|| PhysAddr(va.wrapping_add(slot.addend)))
    }

    /// What the second level knows of the page of `va` in the current context, if that
    /// allows the access. It is to be entered into the first level then.
    #[must_use]
    pub fn recall(&self, va: VirtAddr, access: Access) -> Option<Remembered> {
        let names = self.names_for(access);
        self.second
            .find(va, [names.number, names.global])
            .filter(|found| found.perms.allow(access))
    }

    /// Remembers, in the second level, where a walk for `access` led and what of
    /// `translation.perms` is allowed on the whole page.
    pub fn remember(
        &mut self,
        va: VirtAddr,
        access: Access,
        translation: &Translation,
        what: Remembered,
    ) {
        self.note_size(va, translation.page_shift);
        let names = self.names_for(access);
        let number = if translation.global {
            names.global
        } else {
            names.number
        };
        self.second.enter(va, number, what);
    }

    fn names_for(&self, access: Access) -> &Names {
        match access {
            Access::Fetch => &self.fetch_names,
            Access::Load | Access::Store => &self.data_names,
        }
    }

    /// Notes that a slice of a page of 2^`page_shift` bytes is about to be entered.
    fn note_size(&mut self, va: VirtAddr, page_shift: u8) {
        if page_shift > crate::PAGE_SHIFT {
            let last = va.0 | ((1 << page_shift) - 1);
            let first = last - ((1 << page_shift) - 1);
            let known = &mut self.superpages[half(va)];
            *known = if known.is_empty() {
                first..last
            } else {
                first.min(known.start)..last.max(known.end)
            };
        }
    }

    /// Enters that loads of the page of `va` go to `host`, the host address
    /// of `va`.
    pub fn fill_load(&mut self, va: VirtAddr, host: HostAddr) {
        let tag = (va.0 & PAGE_MASK) | self.data_key;
        self.load[index(va.0)] = Slot::to_host(tag, va, host);
    }

    /// The same for stores; `granules` are the special ones of the page.
    pub fn fill_store(&mut self, va: VirtAddr, host: HostAddr, granules: u64) {
        self.granules[index(va.0)] = granules;
        let special = if granules != 0 { SPECIAL } else { 0 };
        let tag = (va.0 & PAGE_MASK) | self.data_key | special;
        self.store[index(va.0)] = Slot::to_host(tag, va, host);
    }

    /// The same for fetches, to a physical address.
    pub fn fill_fetch(&mut self, va: VirtAddr, pa: PhysAddr) {
        self.fetch[index(va.0)] = Slot {
            tag: (va.0 & PAGE_MASK) | self.fetch_key,
            addend: pa.0.wrapping_sub(va.0),
        };
    }

    /// Forgets everything: `sfence.vma x0, x0`, and changes of what all
    /// translations depend on (PMP).
    pub fn flush_all(&mut self) {
        self.contexts.forget_all();
        self.flushes += 1;
        self.superpages = [0..0, 0..0];
        self.reselect();
    }

    /// Forgets the address space `asid`: `sfence.vma x0, rs2`. The second level keeps
    /// its global pages.
    pub fn flush_asid(&mut self, asid: u16) {
        self.contexts.forget_asid(asid);
        self.flushes += 1;
        self.reselect();
    }

    /// Forgets the page of `va` in every address space: `sfence.vma rs1, x0`,
    /// and `sfence.vma rs1, rs2` as well, which may forget more than asked.
    ///
    /// A slice does not know which superpage it is of; so where slices may be,
    /// everything goes.
    pub fn flush_page(&mut self, va: VirtAddr) {
        if self.superpages[half(va)].contains(&va.0) {
            return self.flush_all();
        }
        let page = va.0 & PAGE_MASK;
        for array in [&mut self.load, &mut self.store, &mut self.fetch] {
            let slot = &mut array[index(va.0)];
            if slot.tag & PAGE_MASK == page {
                *slot = EMPTY;
            }
        }
        self.second.forget_page(va);
        self.flushes += 1;
        self.reselect();
    }

    /// Forgets all store entries of the first level: some page has got another special
    /// granule.
    pub fn forget_stores(&mut self) {
        self.store.fill(EMPTY);
    }

    /// Forgets store entries that lead to the 4 KiB host page at `page`: it
    /// has got another special granule.
    pub fn forget_stores_to(&mut self, page: HostAddr) {
        for (number, slot) in self.store.iter_mut().enumerate() {
            let va = slot.tag & PAGE_MASK;
            debug_assert!(slot.tag == 0 || index(va) == number);
            if slot.addend == page.addend_to(va) {
                *slot = EMPTY;
            }
        }
    }
}
