//! The load/store unit: the slow ways of loads, stores and fetches.
//!
//! The fast way, a TLB hit, stands in `ops::mem`. Here is the rest:
//! translation, devices, misaligned and page-crossing accesses, and stores to
//! memory that holds code.
#![allow(
    unsafe_code,
    reason = "`host_read` and `host_write` follow host addresses from the TLB"
)]

mod across;

use pagewalk_bus::{Bus, HostAddr, PAGE_SIZE, PhysAddr, Width};
use pagewalk_isa::ExceptionCause;
use pagewalk_mmu::tlb::Remembered;
use pagewalk_mmu::{
    Access, Fault, NoMemory, Perms, PteMemory, Reason, Translation, VirtAddr, probe, translate,
};

use crate::trap::Exception;
use crate::{Env, Hart};

/// Integers that guest memory is read and written as.
pub(crate) trait Int: Copy {
    /// Size in bytes.
    const SIZE: u64;
    /// The access width.
    const WIDTH: Width;
    /// The bytes in guest memory.
    type Bytes: Copy;
    /// From the bytes in guest memory.
    fn from_guest(bytes: Self::Bytes) -> Self;
    /// The bytes for guest memory.
    fn to_guest(self) -> Self::Bytes;
    /// The low bits of a register.
    fn truncate(value: u64) -> Self;
}

macro_rules! int {
    ($($t:ty => $width:ident;)*) => {$(
        impl Int for $t {
            const SIZE: u64 = size_of::<$t>() as u64;
            const WIDTH: Width = Width::$width;
            type Bytes = [u8; size_of::<$t>()];
            #[inline(always)]
            fn from_guest(bytes: Self::Bytes) -> Self { <$t>::from_le_bytes(bytes) }
            #[inline(always)]
            fn to_guest(self) -> Self::Bytes { self.to_le_bytes() }
            #[inline(always)]
            fn truncate(value: u64) -> Self { value as $t }
        }
    )*};
}
int! { u8 => B1; i8 => B1; u16 => B2; i16 => B2; u32 => B4; i32 => B4; u64 => B8; i64 => B8; }

/// Reads guest memory at a host address that the TLB gave for this access.
///
/// Arrays of bytes need no alignment. (`read_unaligned`, with the checks that it has in
/// the development profile, needs a place on the stack, and a handler with one calls the
/// next handler instead of jumping to it.)
#[inline(always)]
pub(crate) fn host_read<T: Int>(at: HostAddr) -> T {
    // SAFETY: the TLB holds only addresses of the RAM that the running machine
    // has (`Hart::attach` compares its identity), which has room for any width
    // behind each of them. Guest memory is raw: no reference to it exists, and
    // this thread alone touches it.
    T::from_guest(unsafe { at.as_ptr::<T::Bytes>().read() })
}

/// Writes guest memory at a host address that the TLB gave for this access.
#[inline(always)]
pub(crate) fn host_write<T: Int>(at: HostAddr, value: T) {
    // SAFETY: as in `host_read`.
    unsafe { at.as_ptr::<T::Bytes>().write(value.to_guest()) }
}

/// What kind of data access asks for a translation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// A load, store or fetch: may go to a device if naturally aligned.
    Plain,
    /// An atomic or cache-block operation: devices do not take it.
    MemoryOnly,
}

/// The page walk's view of guest memory.
pub(crate) struct WalkMemory<'a> {
    pub(crate) bus: &'a mut Bus,
    pub(crate) purpose: Purpose,
}

impl PteMemory for WalkMemory<'_> {
    fn read_pte(&mut self, pa: PhysAddr) -> Result<u64, NoMemory> {
        self.bus.ram.read(pa, Width::B8).ok_or(NoMemory)
    }

    /// The physical memory attributes: RAM takes everything, a device
    /// naturally aligned loads and stores.
    fn check_leaf(&mut self, pa: PhysAddr, len: u64, access: Access) -> Result<(), Reason> {
        if self.bus.ram.contains(pa, len) {
            return Ok(());
        }
        if self.bus.name_at(pa).is_none() {
            return Err(Reason::NoMemoryAtLeaf);
        }
        match (access, self.purpose) {
            (Access::Fetch, _) => Err(Reason::FetchFromDevice),
            (_, Purpose::MemoryOnly) => Err(Reason::AtomicToDevice),
            (_, Purpose::Plain)
                if Width::from_bytes(len).is_none() || !pa.0.is_multiple_of(len) =>
            {
                Err(Reason::MisalignedDevice)
            }
            (_, Purpose::Plain) => Ok(()),
        }
    }

    fn compare_and_swap_pte(
        &mut self,
        pa: PhysAddr,
        expected: u64,
        new: u64,
    ) -> Result<bool, NoMemory> {
        let same = self.read_pte(pa)? == expected;
        if same {
            self.bus.ram.write(pa, Width::B8, new).ok_or(NoMemory)?;
        }
        Ok(same)
    }
}

impl Hart {
    /// Remembers the story of `fault` and makes an exception of it.
    pub(super) fn fault(&mut self, fault: Fault) -> Exception {
        let privilege = self.tlb.data_context().privilege;
        let mprv = fault.access != Access::Fetch && privilege != self.privilege;
        self.fault = Some(Fault { mprv, ..fault });
        Exception::new(fault.cause(), fault.va.0)
    }

    /// An access fault that only the physical side could see.
    pub(super) fn refused(&mut self, access: Access, va: u64, reason: Reason) -> Exception {
        self.fault(Fault::new(reason, access, VirtAddr(va)))
    }

    /// Translates `len` bytes at `va`, which do not cross a page.
    pub(crate) fn translate(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        len: u64,
        access: Access,
        purpose: Purpose,
    ) -> Result<Translation, Exception> {
        self.counts.walks += 1;
        let context = match access {
            Access::Fetch => self.tlb.fetch_context(),
            Access::Load | Access::Store => self.tlb.data_context(),
        };
        let mut memory = WalkMemory {
            bus: env.bus,
            purpose,
        };
        let result = translate(VirtAddr(va), len, access, context, &self.pmp, &mut memory);
        // A walk writes A and D bits.
        self.after_ram_write(env);
        result.map_err(|fault| self.fault(fault))
    }

    /// Whether `len` bytes at `va` could be stored to, without a change of any
    /// A or D bit: where they would go, which need not be RAM.
    pub(crate) fn probe_store(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        len: u64,
        purpose: Purpose,
    ) -> Result<PhysAddr, Exception> {
        let mut memory = WalkMemory {
            bus: env.bus,
            purpose,
        };
        let context = self.tlb.data_context();
        let va = VirtAddr(va);
        let result = probe(va, len, Access::Store, context, &self.pmp, &mut memory);
        result.map_err(|fault| self.fault(fault))
    }

    /// Enters a translation of RAM into the TLB, where one rule of the PMP
    /// covers the whole page.
    pub(super) fn fill_tlb(
        &mut self,
        env: &Env<'_>,
        va: u64,
        access: Access,
        translation: &Translation,
    ) {
        let context = match access {
            Access::Fetch => self.tlb.fetch_context(),
            Access::Load | Access::Store => self.tlb.data_context(),
        };
        let page = translation.pa.page();
        let Some(allowed) = self.pmp.uniform(page, context.privilege) else {
            return;
        };
        if !env.bus.ram.contains(page, PAGE_SIZE) {
            return;
        }
        let perms = Perms::from_bits(translation.perms.bits() & allowed.bits());
        let what = Remembered { page, perms };
        self.tlb.remember(VirtAddr(va), access, translation, what);
        self.fill_first_level(env, va, access, what);
    }

    /// Enters a page that is RAM as a whole.
    fn fill_first_level(&mut self, env: &Env<'_>, va: u64, access: Access, what: Remembered) {
        let va = VirtAddr(va);
        let pa = what.page.offset(va.page_offset());
        if access == Access::Fetch {
            return self.tlb.fill_fetch(va, pa);
        }
        let Some(host) = env.bus.ram.host_addr(pa) else {
            return;
        };
        if what.perms.allow(Access::Load) {
            self.tlb.fill_load(va, host);
        }
        if what.perms.allow(Access::Store) && !self.streak.is_watching() {
            let granules = env.bus.ram.special_granules(what.page);
            self.tlb.fill_store(va, host, granules);
        }
    }

    /// Where `va` leads if the second level of the TLB knows that the access is
    /// allowed; the first level then knows it, too.
    pub(crate) fn recall(&mut self, env: &Env<'_>, va: u64, access: Access) -> Option<PhysAddr> {
        let what = self.tlb.recall(VirtAddr(va), access)?;
        self.counts.tlb_misses += u64::from(access != Access::Fetch);
        self.fill_first_level(env, va, access, what);
        Some(what.page.offset(VirtAddr(va).page_offset()))
    }

    /// The host address for a load or store of `size` bytes that the first level does
    /// not know, if the second one does. A store may go to no special granule.
    ///
    /// Two pages that are used in turn and compete for a place in the first level
    /// would drive each other out at every access. So only every fourth time the place
    /// is taken.
    #[inline(never)]
    pub(crate) fn recall_data(
        &mut self,
        env: &Env<'_>,
        va: u64,
        size: u64,
        access: Access,
    ) -> Option<HostAddr> {
        let offset = VirtAddr(va).page_offset();
        if offset + size > PAGE_SIZE {
            return None;
        }
        let what = self.tlb.recall(VirtAddr(va), access)?;
        let is_watched = access == Access::Store
            && (self.streak.is_watching() || env.bus.ram.special_granules(what.page) != 0);
        if is_watched || self.counts.tlb_misses.is_multiple_of(4) {
            self.fill_first_level(env, va, access, what);
        }
        let known = if is_watched {
            self.tlb.store_misaligned_or_special(va, size)
        } else {
            env.bus.ram.host_addr(what.page.offset(offset))
        };
        self.counts.tlb_misses += u64::from(known.is_some());
        known
    }

    /// Loads `T::SIZE` bytes the slow way; the value is zero-extended.
    pub(crate) fn load_slow<T: Int>(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        now: u64,
    ) -> Result<u64, Exception> {
        self.counts.tlb_misses += 1;
        let in_page = PAGE_SIZE - va % PAGE_SIZE;
        if T::SIZE <= in_page {
            let translation = self.translate(env, va, T::SIZE, Access::Load, Purpose::Plain)?;
            if let Some(value) = env.bus.ram.read(translation.pa, T::WIDTH) {
                self.fill_tlb(env, va, Access::Load, &translation);
                return Ok(value);
            }
            return self.load_device(env, va, translation.pa, T::WIDTH, now);
        }
        self.load_across(env, va, T::SIZE)
    }

    fn load_device(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        pa: PhysAddr,
        width: Width,
        now: u64,
    ) -> Result<u64, Exception> {
        match env.bus.read_device(pa, width, pagewalk_bus::Instant(now)) {
            Ok(value) => {
                self.device_touched();
                Ok(value)
            }
            Err(_) => Err(self.refused(Access::Load, va, Reason::DeviceRefused)),
        }
    }

    /// Stores the low `T::SIZE` bytes of `value` the slow way.
    pub(crate) fn store_slow<T: Int>(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        value: u64,
        now: u64,
    ) -> Result<(), Exception> {
        self.counts.tlb_misses += 1;
        let in_page = PAGE_SIZE - va % PAGE_SIZE;
        if T::SIZE > in_page {
            return self.store_across(env, va, &value.to_le_bytes()[..T::SIZE as usize]);
        }
        let translation = self.translate(env, va, T::SIZE, Access::Store, Purpose::Plain)?;
        let pa = translation.pa;
        if self.streak.is_watching()
            && let Some(old) = env.bus.ram.read(pa, T::WIDTH)
        {
            self.note_store(old != value & T::WIDTH.mask());
        }
        if env.bus.ram.write(pa, T::WIDTH, value).is_some() {
            self.after_ram_write(env);
            self.fill_tlb(env, va, Access::Store, &translation);
            return Ok(());
        }
        match env
            .bus
            .write_device(pa, T::WIDTH, value, pagewalk_bus::Instant(now))
        {
            Ok(()) => {
                self.device_touched();
                self.after_ram_write(env);
                Ok(())
            }
            Err(_) => Err(self.refused(Access::Store, va, Reason::DeviceRefused)),
        }
    }

    /// Physical address of `len` bytes of RAM for an atomic access.
    pub(crate) fn atomic_address(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        len: u64,
        access: Access,
    ) -> Result<PhysAddr, Exception> {
        if va.is_multiple_of(len)
            && let Some(pa) = self.recall(env, va, access)
        {
            return Ok(pa);
        }
        self.counts.tlb_misses += 1;
        if !va.is_multiple_of(len) {
            let cause = match access {
                Access::Load => ExceptionCause::LoadAddressMisaligned,
                _ => ExceptionCause::StoreAddressMisaligned,
            };
            return Err(Exception::new(cause, va));
        }
        let translation = self.translate(env, va, len, access, Purpose::MemoryOnly)?;
        self.fill_tlb(env, va, access, &translation);
        Ok(translation.pa)
    }

    /// Physical address of an instruction parcel of `len` bytes.
    pub(crate) fn fetch_address(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        len: u64,
    ) -> Result<PhysAddr, Exception> {
        if let Some(pa) = self.recall(env, va, Access::Fetch) {
            return Ok(pa);
        }
        let translation = self.translate(env, va, len, Access::Fetch, Purpose::Plain)?;
        self.fill_tlb(env, va, Access::Fetch, &translation);
        Ok(translation.pa)
    }

    /// Memory was written, and `changes` says whether it is different now.
    pub(crate) fn note_store(&mut self, changes: bool) {
        if changes {
            self.streak.note_change();
        }
    }

    /// The instruction at hand has to be the last of its block, and the
    /// machine has to look at its devices.
    pub(crate) fn device_touched(&mut self) {
        self.streak.note_change();
        self.leave = true;
        self.stop = Some(crate::Stop::Attention);
    }

    /// RAM was written by other means than the TLB: acts on what was hit.
    #[inline]
    pub(crate) fn after_ram_write(&mut self, env: &mut Env<'_>) {
        if env.bus.ram.has_notes() {
            self.special_ram_written(env);
        }
    }

    #[cold]
    fn special_ram_written(&mut self, env: &mut Env<'_>) {
        if env.bus.ram.has_watch_hits() {
            self.device_touched();
        }
        env.forget_overwritten_code();
    }
}
