//! The full story of a walk, for people: every entry it reads, what the bits
//! say, and how it ends. Nothing is changed, in memory or elsewhere.

use core::fmt;

use crate::pte::Pte;
use crate::reason::{Fault, Reason};
use crate::walk::{self, NoMemory, Observer, PteMemory, Request, Translation};
use crate::{Access, Context, PhysAddr, Pmp, VirtAddr};

/// Memory to look at without touching it: [`PteMemory`] for a diagnosis.
pub trait PteView {
    /// The 8 aligned bytes at `pa`; [`NoMemory`] where a page table cannot be.
    fn peek_pte(&self, pa: PhysAddr) -> Result<u64, NoMemory>;

    /// As [`PteMemory::is_pte_writable`].
    fn is_pte_writable(&self, pa: PhysAddr) -> bool {
        let _ = pa;
        true
    }

    /// As [`PteMemory::check_leaf`].
    fn check_leaf(&self, pa: PhysAddr, len: u64, access: Access) -> Result<(), Reason> {
        let _ = (pa, len, access);
        Ok(())
    }
}

/// One entry that a walk read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Step {
    /// The level of the table, counted down to 0.
    pub level: u8,
    /// The index into the table: VPN\[level\] of the address.
    pub index: u16,
    /// Where the entry is.
    pub pte_addr: PhysAddr,
    /// Its value.
    pub pte: Pte,
}

/// A write of A and D that a walk has to make.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AdUpdate {
    /// Where the entry is.
    pub pte_addr: PhysAddr,
    /// Its value before.
    pub before: Pte,
    /// Its value after.
    pub after: Pte,
}

/// The story of one walk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Walk {
    /// The address that was asked for.
    pub va: VirtAddr,
    /// How many bytes from there on.
    pub len: u64,
    /// What for.
    pub access: Access,
    /// In which context.
    pub context: Context,
    /// The entries that could be read, from the root down; none without
    /// translation.
    pub steps: Vec<Step>,
    /// The write of A and D that [`translate`](crate::translate) would make.
    pub ad_update: Option<AdUpdate>,
    /// What [`translate`](crate::translate) would answer.
    pub result: Result<Translation, Fault>,
}

/// Walks as [`translate`](crate::translate) does, by the same code, but
/// changes nothing and remembers everything.
pub fn diagnose<M: PteView + ?Sized>(
    va: VirtAddr,
    len: u64,
    access: Access,
    cx: &Context,
    pmp: &Pmp,
    mem: &M,
) -> Walk {
    let mut view = View {
        mem,
        ad_update: None,
    };
    let mut record = Record {
        va,
        steps: Vec::new(),
    };
    let result = walk::walk(
        &Request {
            va,
            len,
            access,
            cx,
            pmp,
        },
        &mut view,
        &mut record,
    );
    Walk {
        va,
        len,
        access,
        context: *cx,
        steps: record.steps,
        ad_update: view.ad_update,
        result,
    }
}

/// Remembers the entries of a walk.
struct Record {
    va: VirtAddr,
    steps: Vec<Step>,
}

impl Observer for Record {
    fn entry(&mut self, level: u8, pte_addr: PhysAddr, pte: Pte) {
        let index = self.va.vpn(level) as u16;
        self.steps.push(Step {
            level,
            index,
            pte_addr,
            pte,
        });
    }
}

/// Remembers the write of A and D instead of making it.
struct View<'a, M: ?Sized> {
    mem: &'a M,
    ad_update: Option<AdUpdate>,
}

impl<M: PteView + ?Sized> PteMemory for View<'_, M> {
    fn read_pte(&mut self, pa: PhysAddr) -> Result<u64, NoMemory> {
        self.mem.peek_pte(pa)
    }

    fn compare_and_swap_pte(
        &mut self,
        pa: PhysAddr,
        expected: u64,
        new: u64,
    ) -> Result<bool, NoMemory> {
        if !self.mem.is_pte_writable(pa) {
            return Err(NoMemory);
        }
        self.ad_update = Some(AdUpdate {
            pte_addr: pa,
            before: Pte(expected),
            after: Pte(new),
        });
        Ok(true)
    }

    fn is_pte_writable(&mut self, pa: PhysAddr) -> bool {
        self.mem.is_pte_writable(pa)
    }

    fn check_leaf(&mut self, pa: PhysAddr, len: u64, access: Access) -> Result<(), Reason> {
        self.mem.check_leaf(pa, len, access)
    }
}

/// Several lines: the question, one line an entry, the answer.
impl fmt::Display for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Context {
            mode,
            root,
            asid,
            privilege,
            sum,
            mxr,
            ..
        } = self.context;
        write!(
            f,
            "{} of {} bytes at {} in {privilege}, ",
            self.access, self.len, self.va
        )?;
        if self.context.translates() {
            let (sum, mxr) = (u8::from(sum), u8::from(mxr));
            writeln!(f, "{mode}, root {root}, asid {asid}, SUM={sum} MXR={mxr}")?;
        } else {
            writeln!(f, "not translated")?;
        }
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        if let Some(update) = self.ad_update {
            writeln!(
                f,
                "  sets A/D: entry at {} becomes {}",
                update.pte_addr, update.after
            )?;
        }
        match &self.result {
            Err(fault) => write!(f, "{fault}"),
            Ok(found) => {
                write!(
                    f,
                    "physical address {} ({} page, {}",
                    found.pa,
                    size(found),
                    found.perms
                )?;
                write!(f, "{})", if found.global { ", global" } else { "" })
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step {
            level,
            index,
            pte_addr,
            pte,
        } = self;
        write!(
            f,
            "  level {level}: entry {index} at {pte_addr} is {:#018x} {pte}",
            pte.0
        )?;
        if pte.has(Pte::V) && pte.is_pointer() && *level > 0 {
            write!(f, " -> table at {}", pte.address())?;
        }
        Ok(())
    }
}

/// The size of a page, as people write it.
fn size(found: &Translation) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = usize::from(found.page_shift / 10);
    format!("{} {}", 1_u64 << (found.page_shift % 10), UNITS[unit])
}
