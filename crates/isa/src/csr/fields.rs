//! Fields of control and status registers, as masks (RISC-V privileged
//! specification, the section of each register).

/// `mstatus.SIE`: supervisor interrupts are enabled.
pub const MSTATUS_SIE: u64 = 1 << 1;
/// `mstatus.MIE`: machine interrupts are enabled.
pub const MSTATUS_MIE: u64 = 1 << 3;
/// `mstatus.SPIE`: SIE before the last trap to S.
pub const MSTATUS_SPIE: u64 = 1 << 5;
/// `mstatus.MPIE`: MIE before the last trap to M.
pub const MSTATUS_MPIE: u64 = 1 << 7;
/// `mstatus.SPP`: privilege before the last trap to S.
pub const MSTATUS_SPP: u64 = 1 << 8;
/// `mstatus.MPP`: privilege before the last trap to M.
pub const MSTATUS_MPP: u64 = 3 << 11;
/// `mstatus.FS`: state of the floating-point unit.
pub const MSTATUS_FS: u64 = 3 << 13;
/// `mstatus.MPRV`: loads and stores have the privilege in MPP.
pub const MSTATUS_MPRV: u64 = 1 << 17;
/// `mstatus.SUM`: S may access user pages.
pub const MSTATUS_SUM: u64 = 1 << 18;
/// `mstatus.MXR`: executable pages are readable.
pub const MSTATUS_MXR: u64 = 1 << 19;
/// `mstatus.TVM`: satp and sfence.vma trap in S.
pub const MSTATUS_TVM: u64 = 1 << 20;
/// `mstatus.TW`: wfi traps below M.
pub const MSTATUS_TW: u64 = 1 << 21;
/// `mstatus.TSR`: sret traps in S.
pub const MSTATUS_TSR: u64 = 1 << 22;
/// `mstatus.UXL`: width of U-mode.
pub const MSTATUS_UXL: u64 = 3 << 32;
/// `mstatus.SXL`: width of S-mode.
pub const MSTATUS_SXL: u64 = 3 << 34;
/// `mstatus.SD`: some extension state is dirty; computed from FS.
pub const MSTATUS_SD: u64 = 1 << 63;
/// The value of UXL that says 64 bits.
pub const MSTATUS_UXL_64: u64 = 2 << 32;
/// The value of SXL that says 64 bits.
pub const MSTATUS_SXL_64: u64 = 2 << 34;

/// The writable fields of `sstatus`, FS apart.
pub const SSTATUS_WRITABLE: u64 =
    MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR;
/// The fields of `mstatus` that `sstatus` shows.
pub const SSTATUS_VISIBLE: u64 = SSTATUS_WRITABLE | MSTATUS_FS | MSTATUS_UXL | MSTATUS_SD;

/// `menvcfg.FIOM`, `senvcfg.FIOM`: fences of I/O imply memory.
pub const ENVCFG_FIOM: u64 = 1;
/// `menvcfg.CBIE`, `senvcfg.CBIE`: how cbo.inval executes.
pub const ENVCFG_CBIE: u64 = 3 << 4;
/// `menvcfg.CBCFE`, `senvcfg.CBCFE`: cbo.clean and cbo.flush execute.
pub const ENVCFG_CBCFE: u64 = 1 << 6;
/// `menvcfg.CBZE`, `senvcfg.CBZE`: cbo.zero executes.
pub const ENVCFG_CBZE: u64 = 1 << 7;
/// `menvcfg.ADUE`: hardware updates A and D.
pub const MENVCFG_ADUE: u64 = 1 << 61;
/// `menvcfg.PBMTE`: page-based memory types are available.
pub const MENVCFG_PBMTE: u64 = 1 << 62;
/// `menvcfg.STCE`: stimecmp is available to S.
pub const MENVCFG_STCE: u64 = 1 << 63;

/// The supervisor interrupts (1, 5, 9) in `mip`, `mie`, `mideleg`.
pub const S_INTERRUPTS: u64 = 1 << 1 | 1 << 5 | 1 << 9;
/// The machine interrupts (3, 7, 11) in `mip` and `mie`.
pub const M_INTERRUPTS: u64 = 1 << 3 | 1 << 7 | 1 << 11;
/// `mip.SSIP`: the supervisor software interrupt.
pub const MIP_SSIP: u64 = 1 << 1;

/// CY, TM and IR in `mcounteren` and `scounteren`.
pub const COUNTEREN_BASE: u64 = 0b111;
/// The bits of hpmcounter3 to hpmcounter31 there.
pub const COUNTEREN_HPM: u64 = 0xffff_fff8;
/// CY and IR in `mcountinhibit`; there is no TM.
pub const COUNTINHIBIT_BASE: u64 = 0b101;

/// The exceptions that M can delegate: all that S or U can raise, 0 to 9, 12,
/// 13 and 15.
pub const MEDELEG_EXCEPTIONS: u64 = 0b1011_0011_1111_1111;

/// L, A, X, W, R of one entry in `pmpcfg`.
pub const PMPCFG_ENTRY: u64 = 0x9f;
/// The same for the eight entries of a register.
pub const PMPCFG_ENTRIES: u64 = PMPCFG_ENTRY * 0x0101_0101_0101_0101;
/// Bits 55 to 2 of an address in `pmpaddr`.
pub const PMPADDR_BITS: u64 = (1 << 54) - 1;
/// Number of PMP entries that exist; the others read as zero.
pub const PMP_ENTRIES: u16 = 16;

/// MODE, ASID and PPN of `satp`.
pub const SATP_FIELDS: u64 = u64::MAX;
/// BASE and the lower bit of MODE in `mtvec` and `stvec`.
pub const TVEC_FIELDS: u64 = !0b10;
/// `mepc` and `sepc` where instructions are aligned to 4 bytes.
pub const EPC_ALIGNED_4: u64 = !0b11;
/// The bit more where there are compressed instructions.
pub const EPC_ALIGNED_2: u64 = 0b10;
