//! The page walk of Sv39, Sv48 and Sv57.
//!
//! Source: Privileged Architecture, Supervisor-Level ISA version 1.13, "Sv32",
//! "Virtual Address Translation Process"; its steps are numbered in the code.
//! Step 7 (shadow stacks) belongs to Zicfiss, which no hart here has.

use core::fmt;

use crate::pte::{Pbmt, Perms, Pte};
use crate::reason::{Fault, Reason};
use crate::{Access, Context, PAGE_SHIFT, PAGE_SIZE, PHYS_ADDR_BITS, PhysAddr, Pmp, Privilege};
use crate::{VirtAddr, context::VPN_BITS};

/// There is no memory at an address (or none that may be written).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NoMemory;

impl fmt::Display for NoMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no memory there")
    }
}

impl std::error::Error for NoMemory {}

/// How a walk reaches the page tables, and what it may ask of the memory
/// behind the translated address.
///
/// PMP is not this trait's business: the walk checks it before each call.
pub trait PteMemory {
    /// Reads the 8 aligned bytes at `pa`; [`NoMemory`] where a page table
    /// cannot be (empty space or a device).
    fn read_pte(&mut self, pa: PhysAddr) -> Result<u64, NoMemory>;

    /// Writes `new` to the 8 aligned bytes at `pa` if they hold `expected`,
    /// atomically; `false` if they held something else.
    fn compare_and_swap_pte(
        &mut self,
        pa: PhysAddr,
        expected: u64,
        new: u64,
    ) -> Result<bool, NoMemory>;

    /// Whether [`compare_and_swap_pte`](Self::compare_and_swap_pte) would find
    /// writable memory at `pa`; asked by [`probe`], which must not write.
    /// Memory that can be read can be written unless an implementation says
    /// otherwise.
    fn is_pte_writable(&mut self, pa: PhysAddr) -> bool {
        let _ = pa;
        true
    }

    /// The physical memory attributes of the accessed bytes: asked when all
    /// rules of the walk and PMP allow the access, and before A and D are
    /// set, so that an access that memory refuses leaves no trace. An
    /// implementation that checks nothing here checks at the access itself.
    fn check_leaf(&mut self, pa: PhysAddr, len: u64, access: Access) -> Result<(), Reason> {
        let _ = (pa, len, access);
        Ok(())
    }
}

/// The result of a walk that succeeded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Translation {
    /// Where the accessed byte is.
    pub pa: PhysAddr,
    /// log2 of the size of the page: 12, 21, 30, 39 or 48, and 16 for a 64 KiB
    /// NAPOT page. 12 without translation.
    pub page_shift: u8,
    /// The mapping is in all address spaces: G in the leaf or in a pointer on
    /// the way to it.
    pub global: bool,
    /// What the page tables let the same context do on this page without
    /// another walk: R with MXR, W only if D is set already, X. PMP may allow
    /// less, see [`Pmp::uniform`].
    pub perms: Perms,
    /// The memory type that the leaf asks for.
    pub pbmt: Pbmt,
    /// The level of the leaf: 0 for a base page.
    pub level: u8,
    /// The leaf as it is in memory now, an A/D update included; 0 without
    /// translation.
    pub pte: u64,
    /// Where the leaf is; 0 without translation.
    pub pte_addr: PhysAddr,
}

/// Translates `va` for an access of `len` bytes (1 to 16) that does not leave
/// its 4 KiB page, and checks that the access is allowed: by the page tables,
/// by PMP, and by [`PteMemory::check_leaf`]. Sets A and D under Svadu, after
/// all checks have passed.
///
/// # Errors
///
/// The first rule, in the order of the specification, that forbids the
/// access.
pub fn translate<M: PteMemory + ?Sized>(
    va: VirtAddr,
    len: u64,
    access: Access,
    cx: &Context,
    pmp: &Pmp,
    mem: &mut M,
) -> Result<Translation, Fault> {
    walk(
        &Request {
            va,
            len,
            access,
            cx,
            pmp,
        },
        mem,
        &mut (),
    )
}

/// Does all that [`translate`] does except writing A and D: says whether it
/// would succeed, and where the bytes are.
///
/// An access that crosses into a second page probes one and translates the
/// other first, so that no page becomes dirty by a store that then faults.
///
/// # Errors
///
/// As [`translate`].
pub fn probe<M: PteMemory + ?Sized>(
    va: VirtAddr,
    len: u64,
    access: Access,
    cx: &Context,
    pmp: &Pmp,
    mem: &mut M,
) -> Result<PhysAddr, Fault> {
    let request = Request {
        va,
        len,
        access,
        cx,
        pmp,
    };
    walk(&request, &mut DryRun(mem), &mut ()).map(|translation| translation.pa)
}

/// What a walk is asked.
pub(crate) struct Request<'a> {
    pub(crate) va: VirtAddr,
    pub(crate) len: u64,
    pub(crate) access: Access,
    pub(crate) cx: &'a Context,
    pub(crate) pmp: &'a Pmp,
}

/// Who is told of each entry that a walk reads.
pub(crate) trait Observer {
    fn entry(&mut self, level: u8, pte_addr: PhysAddr, pte: Pte);
}

/// Nobody.
impl Observer for () {
    #[inline]
    fn entry(&mut self, _level: u8, _pte_addr: PhysAddr, _pte: Pte) {}
}

/// The walk. The checks of the accessed bytes, which the specification places
/// after the translation, come before the write of step 9: the order of the
/// exceptions is the same, since what is left in step 9 then cannot fault in a
/// way that the guest could tell apart.
#[inline]
pub(crate) fn walk<M: PteMemory + ?Sized>(
    request: &Request<'_>,
    mem: &mut M,
    observer: &mut impl Observer,
) -> Result<Translation, Fault> {
    let &Request {
        va,
        len,
        access,
        cx,
        pmp,
    } = request;
    debug_assert!(
        (1..=16).contains(&len) && va.page_offset() + len <= PAGE_SIZE,
        "an access of 1 to 16 bytes in one page: {va} + {len}"
    );
    if !cx.translates() {
        return identity(request, mem);
    }
    if !cx.mode.is_canonical(va) {
        return Err(Fault::new(Reason::NonCanonicalAddress, access, va));
    }

    // Step 1.
    let mut table = cx.root;
    let mut level = cx.mode.levels() - 1;
    let mut pointer_bits = 0;
    loop {
        // Step 2.
        let pte_addr = PhysAddr(table.0 + va.vpn(level) * Pte::SIZE);
        let fault =
            |reason, pte: Pte| Err(Fault::new(reason, access, va).with_pte(level, pte_addr, pte));
        if !may_touch_pte(pmp, pte_addr, Access::Load) {
            return fault(Reason::PmpDeniesPteRead, Pte(0));
        }
        let Ok(raw) = mem.read_pte(pte_addr) else {
            return fault(Reason::NoMemoryUnderPte, Pte(0));
        };
        let pte = Pte(raw);
        observer.entry(level, pte_addr, pte);

        // Step 3.
        if let Some(reason) = malformed(pte, level, cx) {
            return fault(reason, pte);
        }

        // Step 4.
        if pte.is_pointer() {
            if level == 0 {
                return fault(Reason::PointerAtLastLevel, pte);
            }
            level -= 1;
            table = pte.address();
            pointer_bits |= pte.0;
            continue;
        }

        // Steps 5 to 8.
        if let Some(reason) = forbidden(pte, level, access, cx) {
            return fault(reason, pte);
        }

        // Step 9, first half: may A and D be as they have to be?
        let updated = match with_accessed_and_dirty(pte, access, cx) {
            Ok(updated) => updated,
            Err(reason) => return fault(reason, pte),
        };
        if updated != pte && !may_touch_pte(pmp, pte_addr, Access::Store) {
            return fault(Reason::PmpDeniesAdWrite, pte);
        }

        // Step 10, and the checks of the accessed bytes.
        let page_shift = if pte.has(Pte::N) {
            NAPOT_SHIFT
        } else {
            shift_of(level)
        };
        let offset_mask = (1 << page_shift) - 1;
        let pa = PhysAddr(pte.address().0 & !offset_mask | va.0 & offset_mask);
        if let Err(reason) = check_bytes(request, pa, mem) {
            return fault(reason, pte);
        }

        // Step 9, second half: the write.
        if updated != pte {
            match mem.compare_and_swap_pte(pte_addr, pte.0, updated.0) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(NoMemory) => return fault(Reason::NoMemoryUnderAdWrite, pte),
            }
        }
        return Ok(Translation {
            pa,
            page_shift,
            global: Pte(pointer_bits | pte.0).has(Pte::G),
            perms: perms_of(updated, cx),
            pbmt: updated.pbmt().unwrap_or_default(),
            level,
            pte: updated.0,
            pte_addr,
        });
    }
}

/// log2 of a NAPOT page: the one size that Svnapot has.
const NAPOT_SHIFT: u8 = 16;
/// The low bits of the PPN of a NAPOT page, and what they must be.
const NAPOT_PPN_MASK: u64 = 0b1111;
const NAPOT_PPN: u64 = 0b1000;

/// log2 of the size of a page whose leaf is at `level`.
#[inline]
const fn shift_of(level: u8) -> u8 {
    PAGE_SHIFT + VPN_BITS as u8 * level
}

/// Bare mode and M-mode: the address stays as it is.
#[inline]
fn identity<M: PteMemory + ?Sized>(
    request: &Request<'_>,
    mem: &mut M,
) -> Result<Translation, Fault> {
    let &Request { va, access, .. } = request;
    let pa = PhysAddr(va.0);
    if pa.0 >> PHYS_ADDR_BITS != 0 {
        return Err(Fault::new(Reason::BeyondPhysicalAddressSpace, access, va));
    }
    if let Err(reason) = check_bytes(request, pa, mem) {
        return Err(Fault::new(reason, access, va));
    }
    Ok(Translation {
        pa,
        page_shift: PAGE_SHIFT,
        global: false,
        perms: Perms::RWX,
        pbmt: Pbmt::Pma,
        level: 0,
        pte: 0,
        pte_addr: PhysAddr(0),
    })
}

/// PMP and memory attributes of the accessed bytes.
#[inline]
fn check_bytes<M: PteMemory + ?Sized>(
    request: &Request<'_>,
    pa: PhysAddr,
    mem: &mut M,
) -> Result<(), Reason> {
    let &Request {
        len,
        access,
        cx,
        pmp,
        ..
    } = request;
    if pmp.check(pa, len, access, cx.privilege).is_err() {
        return Err(Reason::PmpDenies);
    }
    mem.check_leaf(pa, len, access)
}

/// The walk's own accesses have the privilege of S-mode ("Physical Memory
/// Protection and Paging").
#[inline]
fn may_touch_pte(pmp: &Pmp, pte_addr: PhysAddr, access: Access) -> bool {
    pmp.check(pte_addr, Pte::SIZE, access, Privilege::Supervisor)
        .is_ok()
}

/// Step 3: an entry that is invalid or that uses what is reserved.
#[inline]
fn malformed(pte: Pte, level: u8, cx: &Context) -> Option<Reason> {
    let mut rare = Pte::RESERVED | Pte::N | Pte::PBMT;
    if pte.is_pointer() {
        rare |= Pte::A | Pte::D | Pte::U;
    }
    let write_only = pte.0 & (Pte::R | Pte::W) == Pte::W;
    if pte.has(Pte::V) && !write_only && !pte.has(rare) {
        return None;
    }
    malformed_reason(pte, level, cx)
}

/// The first rule of step 3 that an entry breaks, with all the rare fields;
/// out of line, since most entries have none of them.
#[cold]
fn malformed_reason(pte: Pte, level: u8, cx: &Context) -> Option<Reason> {
    let pointer = pte.is_pointer();
    let rules = [
        (!pte.has(Pte::V), Reason::InvalidPte),
        (
            pte.has(Pte::W) && !pte.has(Pte::R),
            Reason::WriteWithoutRead,
        ),
        (pte.has(Pte::RESERVED), Reason::ReservedBits),
        (pte.has(Pte::N) && !cx.svnapot, Reason::NapotWithoutSvnapot),
        (pte.has(Pte::PBMT) && !cx.pbmte, Reason::PbmtWithoutPbmte),
        (
            pointer && pte.has(Pte::A | Pte::D | Pte::U),
            Reason::PointerWithAdu,
        ),
        (pointer && pte.has(Pte::N), Reason::PointerWithNapot),
        (pointer && pte.has(Pte::PBMT), Reason::PointerWithPbmt),
        (pte.pbmt().is_none(), Reason::PbmtReserved),
        (pte.has(Pte::N) && level > 0, Reason::NapotSuperpage),
        (
            pte.has(Pte::N) && pte.ppn() & NAPOT_PPN_MASK != NAPOT_PPN,
            Reason::NapotReservedSize,
        ),
    ];
    rules
        .into_iter()
        .find_map(|(broken, reason)| broken.then_some(reason))
}

/// Steps 5, 6 and 8: the first rule by which a well-formed leaf forbids
/// `access`, A and D apart.
#[inline]
fn forbidden(pte: Pte, level: u8, access: Access, cx: &Context) -> Option<Reason> {
    // Step 5.
    let low_ppn = (1 << (VPN_BITS * u32::from(level))) - 1;
    if pte.ppn() & low_ppn != 0 {
        return Some(Reason::MisalignedSuperpage);
    }
    // Step 6.
    let user_page = pte.has(Pte::U);
    if cx.privilege == Privilege::User {
        if !user_page {
            return Some(Reason::SupervisorPageFromUser);
        }
    } else if user_page {
        if access == Access::Fetch {
            return Some(Reason::SupervisorFetchOfUserPage);
        }
        if !cx.sum {
            return Some(Reason::UserPageWithoutSum);
        }
    }
    // Step 8.
    match access {
        Access::Fetch => (!pte.has(Pte::X)).then_some(Reason::NotExecutable),
        Access::Store => (!pte.has(Pte::W)).then_some(Reason::NotWritable),
        Access::Load => (!pte.has(readable_by(cx))).then_some(Reason::NotReadable),
    }
}

/// Step 9: the leaf with the A and D that `access` needs; under Svade it must
/// have them already.
#[inline]
fn with_accessed_and_dirty(pte: Pte, access: Access, cx: &Context) -> Result<Pte, Reason> {
    let needed = match access {
        Access::Store => Pte::A | Pte::D,
        Access::Fetch | Access::Load => Pte::A,
    };
    let updated = Pte(pte.0 | needed);
    if updated == pte || cx.hardware_ad {
        return Ok(updated);
    }
    Err(if pte.has(Pte::A) {
        Reason::NotDirty
    } else {
        Reason::NotAccessed
    })
}

/// The bits of which a load needs one.
#[inline]
fn readable_by(cx: &Context) -> u64 {
    if cx.mxr { Pte::R | Pte::X } else { Pte::R }
}

/// What the context that just passed [`forbidden`] may do on the page as long
/// as the entry stays as it is.
#[inline]
fn perms_of(pte: Pte, cx: &Context) -> Perms {
    let mut perms = Perms::NONE;
    if pte.has(readable_by(cx)) {
        perms |= Perms::R;
    }
    if pte.has(Pte::W) && pte.has(Pte::D) {
        perms |= Perms::W;
    }
    if pte.has(Pte::X) && !(cx.privilege == Privilege::Supervisor && pte.has(Pte::U)) {
        perms |= Perms::X;
    }
    perms
}

/// Memory in which nothing is written.
struct DryRun<'a, M: ?Sized>(&'a mut M);

impl<M: PteMemory + ?Sized> PteMemory for DryRun<'_, M> {
    fn read_pte(&mut self, pa: PhysAddr) -> Result<u64, NoMemory> {
        self.0.read_pte(pa)
    }

    fn compare_and_swap_pte(&mut self, pa: PhysAddr, _: u64, _: u64) -> Result<bool, NoMemory> {
        if self.0.is_pte_writable(pa) {
            Ok(true)
        } else {
            Err(NoMemory)
        }
    }

    fn is_pte_writable(&mut self, pa: PhysAddr) -> bool {
        self.0.is_pte_writable(pa)
    }

    fn check_leaf(&mut self, pa: PhysAddr, len: u64, access: Access) -> Result<(), Reason> {
        self.0.check_leaf(pa, len, access)
    }
}
