//! Why an access failed: the one rule that forbids it, by name.
//!
//! Sources: Privileged Architecture, Supervisor-Level ISA version 1.13 and the
//! Svnapot, Svpbmt and Svadu chapters; Machine-Level ISA version 1.13,
//! "Physical Memory Attributes" and "Physical Memory Protection". Each
//! [`Reason`] cites its place.

use core::fmt;

use crate::{Access, ExceptionCause, PhysAddr, Pte, VirtAddr};

/// What kind of exception a failure is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FaultKind {
    /// A page fault: the page tables say no, and an operating system may
    /// repair them.
    Page,
    /// An access fault: physical memory says no.
    Access,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FaultKind::Page => "page fault",
            FaultKind::Access => "access fault",
        })
    }
}

/// One row a reason: the rule as the specification has it, where it stands,
/// and what to tell a person whose access broke it. The documentation of the
/// variants, the table in docs/ and the explanations come from here.
macro_rules! reasons {
    ($($name:ident: $kind:ident, $rule:literal, $source:literal, $sentence:literal;)*) => {
        /// The rule that forbids an access, in the order in which a walk
        /// looks at them.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Reason {
            $(
                #[doc = concat!($rule, ".")]
                ///
                #[doc = concat!("Source: ", $source, ".")]
                $name,
            )*
        }

        impl Reason {
            /// All reasons, in the order of the walk.
            pub const ALL: &'static [Reason] = &[$(Reason::$name),*];

            const ROWS: &'static [Row] = &[$(Row {
                name: stringify!($name),
                kind: FaultKind::$kind,
                rule: $rule,
                source: $source,
                sentence: $sentence,
            }),*];
        }
    };
}

struct Row {
    name: &'static str,
    kind: FaultKind,
    rule: &'static str,
    source: &'static str,
    sentence: &'static str,
}

reasons! {
    NonCanonicalAddress: Page,
        "The bits of the address above those that the mode translates must all equal the highest translated bit",
        "Sv39, Sv48, Sv57, \"Addressing and Memory Protection\"",
        "the address is not canonical: its upper bits are not a sign extension";
    PmpDeniesPteRead: Access,
        "PMP must let S-mode read the page-table entry",
        "\"Virtual Address Translation Process\", step 2; \"Physical Memory Protection and Paging\"",
        "PMP does not let the walk read the page-table entry";
    NoMemoryUnderPte: Access,
        "The page-table entry must be in main memory",
        "\"Virtual Address Translation Process\", step 2; \"Physical Memory Attributes\"",
        "there is no memory where the page-table entry should be";
    InvalidPte: Page,
        "V must be set",
        "\"Virtual Address Translation Process\", step 3",
        "the page-table entry is not valid (V=0)";
    WriteWithoutRead: Page,
        "A writable page must be readable: W=1 with R=0 is reserved",
        "\"Virtual Address Translation Process\", step 3",
        "the page-table entry has the reserved combination W=1, R=0";
    ReservedBits: Page,
        "Bits 60:54 of a page-table entry must be zero",
        "\"Virtual Address Translation Process\", step 3; Sv39, \"Addressing and Memory Protection\"",
        "the page-table entry has reserved bits set (60:54)";
    NapotWithoutSvnapot: Page,
        "Bit 63 (N) must be zero where Svnapot is not implemented",
        "\"Virtual Address Translation Process\", step 3; Sv39, \"Addressing and Memory Protection\"",
        "the page-table entry has bit 63 (N) set, but Svnapot is not implemented";
    PbmtWithoutPbmte: Page,
        "Bits 62:61 (PBMT) must be zero where Svpbmt is not enabled by menvcfg.PBMTE",
        "\"Virtual Address Translation Process\", step 3; \"Machine Environment Configuration (menvcfg) Register\"",
        "the page-table entry has a memory type (PBMT, bits 62:61), but menvcfg.PBMTE is 0";
    PointerWithAdu: Page,
        "A, D and U must be zero in a pointer to the next level",
        "\"Virtual Address Translation Process\", step 3; Sv32, \"Addressing and Memory Protection\"",
        "the page-table entry is a pointer (R=W=X=0) with A, D or U set";
    PointerWithNapot: Page,
        "N must be zero in a pointer to the next level",
        "\"Virtual Address Translation Process\", step 3; Svnapot, \"Page table entry encodings\"",
        "the page-table entry is a pointer (R=W=X=0) with bit 63 (N) set";
    PointerWithPbmt: Page,
        "PBMT must be zero in a pointer to the next level",
        "\"Virtual Address Translation Process\", step 3; Svpbmt",
        "the page-table entry is a pointer (R=W=X=0) with a memory type (PBMT, bits 62:61)";
    PbmtReserved: Page,
        "PBMT must not be 3 in a leaf",
        "\"Virtual Address Translation Process\", step 3; Svpbmt, \"Encodings for PBMT field\"",
        "the page-table entry has the reserved memory type PBMT=3";
    NapotSuperpage: Page,
        "N must be zero in a leaf above level 0",
        "\"Virtual Address Translation Process\", step 3; Svnapot, \"Page table entry encodings\"",
        "the page-table entry is a superpage with bit 63 (N) set";
    NapotReservedSize: Page,
        "Bits 3:0 of the PPN must be 1000 in a leaf with N set: 64 KiB is the only size",
        "\"Virtual Address Translation Process\", step 3; Svnapot, \"Page table entry encodings\"",
        "the page-table entry has bit 63 (N) set with a reserved size: bits 3:0 of the PPN are not 1000";
    PointerAtLastLevel: Page,
        "An entry of the last level must be a leaf",
        "\"Virtual Address Translation Process\", step 4",
        "the page-table entry is a pointer (R=W=X=0) at the last level";
    MisalignedSuperpage: Page,
        "The page number of a superpage must be a multiple of its size",
        "\"Virtual Address Translation Process\", step 5",
        "the page-table entry is a superpage whose physical page is not aligned to its size";
    SupervisorPageFromUser: Page,
        "U-mode may touch only pages with U set",
        "\"Virtual Address Translation Process\", step 6",
        "U-mode touched a page of the supervisor (U=0)";
    SupervisorFetchOfUserPage: Page,
        "S-mode may not execute a page with U set, whatever SUM is",
        "\"Virtual Address Translation Process\", step 6; \"Memory Privilege in mstatus Register\"",
        "S-mode fetched an instruction from a user page (U=1)";
    UserPageWithoutSum: Page,
        "S-mode may load and store on a page with U set only while SUM is set",
        "\"Virtual Address Translation Process\", step 6; \"Memory Privilege in mstatus Register\"",
        "S-mode touched a user page (U=1) while SUM is 0";
    NotReadable: Page,
        "A load needs R, or X while MXR is set",
        "\"Virtual Address Translation Process\", step 8; \"Memory Privilege in mstatus Register\"",
        "the page is execute-only (R=0, MXR=0)";
    NotWritable: Page,
        "A store needs W",
        "\"Virtual Address Translation Process\", step 8",
        "the page is not writable (W=0)";
    NotExecutable: Page,
        "A fetch needs X",
        "\"Virtual Address Translation Process\", step 8",
        "the page is not executable (X=0)";
    NotAccessed: Page,
        "A must be set before the access where hardware does not set it (Svade)",
        "\"Virtual Address Translation Process\", step 9; Svadu",
        "the page was not marked as accessed (A=0), and the hart does not do it itself (Svade)";
    NotDirty: Page,
        "D must be set before a store where hardware does not set it (Svade)",
        "\"Virtual Address Translation Process\", step 9; Svadu",
        "the page was not marked as dirty (D=0), and the hart does not do it itself (Svade)";
    PmpDeniesAdWrite: Access,
        "PMP must let S-mode write the page-table entry where A or D has to be set",
        "\"Virtual Address Translation Process\", step 9; \"Physical Memory Protection and Paging\"",
        "PMP does not let the walk set A and D in the page-table entry";
    BeyondPhysicalAddressSpace: Access,
        "An address that is not translated must have no bits above bit 55",
        "\"Supervisor Address Translation and Protection (satp) Register\"; \"Physical Memory Attributes\"",
        "the untranslated address is beyond the 56-bit physical address space";
    PmpDenies: Access,
        "PMP must allow the access to all its bytes",
        "\"Physical Memory Protection\", \"Priority and Matching Logic\"",
        "PMP does not allow the access";
    NoMemoryAtLeaf: Access,
        "There must be memory or a device at the physical address",
        "\"Physical Memory Attributes\", \"Main Memory versus I/O Regions\"",
        "there is nothing at the physical address";
    FetchFromDevice: Access,
        "Instructions must be in main memory",
        "\"Physical Memory Attributes\", \"Supported Access Type PMAs\"",
        "an instruction was fetched from a device";
    AtomicToDevice: Access,
        "Atomic and cache-block instructions need main memory",
        "\"Physical Memory Attributes\", \"Atomicity PMAs\"; \"Supported Access Type PMAs\"",
        "an atomic or cache-block instruction went to a device";
    MisalignedDevice: Access,
        "An access to a device must be naturally aligned",
        "\"Physical Memory Attributes\", \"Supported Access Type PMAs\"",
        "a misaligned access went to a device";
    DeviceRefused: Access,
        "A device must support the offset and the width of the access",
        "\"Physical Memory Attributes\", \"Supported Access Type PMAs\"",
        "the device refused the access";
    NoMemoryUnderAdWrite: Access,
        "The page-table entry must be in writable memory where A or D has to be set",
        "\"Virtual Address Translation Process\", step 9; \"Physical Memory Attributes\"",
        "the walk cannot set A and D: the page-table entry is not in writable memory";
}

impl Reason {
    const fn row(self) -> &'static Row {
        &Reason::ROWS[self as usize]
    }

    /// The name of the variant, for machines to read.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The kind of exception that breaking this rule raises.
    #[inline]
    pub const fn kind(self) -> FaultKind {
        self.row().kind
    }

    /// The rule, as it should be.
    pub const fn rule(self) -> &'static str {
        self.row().rule
    }

    /// Where the specification has the rule: titles of sections, and the step
    /// of the walk.
    pub const fn source(self) -> &'static str {
        self.row().source
    }

    /// What is wrong, for a person: lower case, without a full stop.
    pub const fn sentence(self) -> &'static str {
        self.row().sentence
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// An access that failed in translation or protection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fault {
    /// Page fault or access fault.
    pub kind: FaultKind,
    /// What was tried; a walk's own accesses fail as the access they are for.
    pub access: Access,
    /// The address that goes to `xtval`: the first byte of the part of the
    /// access that failed.
    pub va: VirtAddr,
    /// The rule that forbids it.
    pub reason: Reason,
    /// The walk had come to a page-table entry: the next three say which.
    pub has_pte: bool,
    /// Its level.
    pub level: u8,
    /// Where it is.
    pub pte_addr: PhysAddr,
    /// Its value; 0 if it could not be read.
    pub pte: u64,
    /// The access crosses two pages, and the second of them failed.
    pub second_page: bool,
    /// `mstatus.MPRV` made this access of M-mode one of a lower privilege.
    pub mprv: bool,
}

impl Fault {
    /// A fault in which no page-table entry is involved.
    #[inline]
    pub const fn new(reason: Reason, access: Access, va: VirtAddr) -> Fault {
        Fault {
            kind: reason.kind(),
            access,
            va,
            reason,
            has_pte: false,
            level: 0,
            pte_addr: PhysAddr(0),
            pte: 0,
            second_page: false,
            mprv: false,
        }
    }

    /// The same fault at a page-table entry.
    #[inline]
    pub const fn with_pte(self, level: u8, pte_addr: PhysAddr, pte: Pte) -> Fault {
        Fault {
            has_pte: true,
            level,
            pte_addr,
            pte: pte.0,
            ..self
        }
    }

    /// The same fault, told as that of another access: cache-block management
    /// needs the permission of a load and fails as a store.
    #[inline]
    pub const fn with_access(self, access: Access) -> Fault {
        Fault { access, ..self }
    }

    /// The exception that it raises.
    #[inline]
    pub const fn cause(&self) -> ExceptionCause {
        match (self.kind, self.access) {
            (FaultKind::Access, Access::Fetch) => ExceptionCause::InstructionAccessFault,
            (FaultKind::Access, Access::Load) => ExceptionCause::LoadAccessFault,
            (FaultKind::Access, Access::Store) => ExceptionCause::StoreAccessFault,
            (FaultKind::Page, Access::Fetch) => ExceptionCause::InstructionPageFault,
            (FaultKind::Page, Access::Load) => ExceptionCause::LoadPageFault,
            (FaultKind::Page, Access::Store) => ExceptionCause::StorePageFault,
        }
    }
}

/// One line for people, for example `store page fault at 0x1000: the page is
/// not writable (W=0); level-0 entry at 0x80003008 is 0x2000005b (-A-UX-RV ppn=0x80000)`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} at {}: {}",
            self.access, self.kind, self.va, self.reason
        )?;
        if self.has_pte {
            write!(f, "; level-{} entry at {}", self.level, self.pte_addr)?;
            if !matches!(
                self.reason,
                Reason::PmpDeniesPteRead | Reason::NoMemoryUnderPte
            ) {
                write!(f, " is {:#x} ({})", self.pte, Pte(self.pte))?;
            }
        }
        if self.second_page {
            f.write_str("; in the second page of an access that crosses pages")?;
        }
        if self.mprv {
            f.write_str("; with the privilege in mstatus.MPP (MPRV=1)")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
