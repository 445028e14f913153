//! The CSR table: one row per register, or per family of numbered registers.
//!
//! A row is: variant of [`Csr`], with the numbers that a family has; name;
//! number; value after reset; writable bits, each with the extension that
//! brings them (`I`: always); meaning. Rows stand under the title of their
//! section in the RISC-V manual and what a hart needs to have them. Registers
//! that are not here do not exist: an access to them is an illegal
//! instruction.
//!
//! Writable bits are an upper bound: where a field takes only some values
//! (MPP, satp.MODE, pmpcfg, …) the hart keeps the others out.

use super::fields::*;
use super::macros::csrs;

csrs! { isa =>
    section "F, Floating-Point Control and Status Register" needs (F) {
        Fflags "fflags" = 0x001, reset 0, write [F: 0x1f], "accrued exceptions, a part of fcsr";
        Frm    "frm"    = 0x002, reset 0, write [F: 0x07], "dynamic rounding mode, a part of fcsr";
        Fcsr   "fcsr"   = 0x003, reset 0, write [F: 0xff], "rounding mode and accrued exceptions";
    }

    section "Zicntr, Base Counters and Timers" needs (Zicntr) {
        Cycle   "cycle"   = 0xc00, reset 0, write [], "shows mcycle";
        Time    "time"    = 0xc01, reset 0, write [], "shows the board's mtime";
        Instret "instret" = 0xc02, reset 0, write [], "shows minstret";
    }

    section "Zihpm, Hardware Performance Counters" needs (Zihpm) {
        Hpmcounter(n in 3..32 step 1) "hpmcounter" = 0xc00 + n, reset 0, write [], "shows mhpmcounter, which counts nothing";
    }

    section "Supervisor ISA, Supervisor CSRs" needs (I) {
        Sstatus    "sstatus"    = 0x100, reset MSTATUS_UXL_64, write [I: SSTATUS_WRITABLE, F: MSTATUS_FS], "the part of mstatus that S sees";
        Sie        "sie"        = 0x104, reset 0, write [I: S_INTERRUPTS], "the part of mie that is delegated";
        Stvec      "stvec"      = 0x105, reset 0, write [I: TVEC_FIELDS], "trap vector of S, direct or vectored";
        Scounteren "scounteren" = 0x106, reset 0, write [Zicntr: COUNTEREN_BASE, Zihpm: COUNTEREN_HPM], "counters that U may read";
        Senvcfg    "senvcfg"    = 0x10a, reset 0, write [I: ENVCFG_FIOM, Zicbom: ENVCFG_CBIE | ENVCFG_CBCFE, Zicboz: ENVCFG_CBZE], "what U may execute";
        Sscratch   "sscratch"   = 0x140, reset 0, write [I: u64::MAX], "a word for the trap handler of S";
        Sepc       "sepc"       = 0x141, reset 0, write [I: EPC_ALIGNED_4, Zca: EPC_ALIGNED_2], "pc of the last trap to S";
        Scause     "scause"     = 0x142, reset 0, write [I: u64::MAX], "cause of the last trap to S";
        Stval      "stval"      = 0x143, reset 0, write [I: u64::MAX], "address or instruction of the last trap to S";
        Sip        "sip"        = 0x144, reset 0, write [I: MIP_SSIP], "the part of mip that is delegated";
        Satp       "satp"       = 0x180, reset 0, write [I: SATP_FIELDS], "root page table, ASID and mode; a write of an unknown mode has no effect";
    }

    section "Sstc, Supervisor Timer Register" needs (Sstc) {
        // CHOICE(spec): stimecmp is all ones after reset, which raises no
        // interrupt before the guest has set it.
        Stimecmp "stimecmp" = 0x14d, reset u64::MAX, write [I: u64::MAX], "STIP is pending while time is not below it";
    }

    section "Machine ISA, Machine-Level CSRs" needs (I) {
        Mvendorid  "mvendorid"  = 0xf11, reset 0, write [], "vendor: none";
        Marchid    "marchid"    = 0xf12, reset 0, write [], "architecture: none registered";
        Mimpid     "mimpid"     = 0xf13, reset 0, write [], "implementation: not given";
        Mhartid    "mhartid"    = 0xf14, reset 0, write [], "number of the hart";
        Mconfigptr "mconfigptr" = 0xf15, reset 0, write [], "configuration data: none";
        Mstatus    "mstatus"    = 0x300, reset MSTATUS_UXL_64 | MSTATUS_SXL_64,
            write [I: SSTATUS_WRITABLE | MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR, F: MSTATUS_FS],
            "interrupt enables, stacked privilege, memory privilege, FS";
        // CHOICE(spec): misa cannot be changed by the guest.
        Misa       "misa"       = 0x301, reset isa.misa(), write [], "width and single-letter extensions";
        Medeleg    "medeleg"    = 0x302, reset 0, write [I: MEDELEG_EXCEPTIONS], "exceptions that S handles";
        Mideleg    "mideleg"    = 0x303, reset 0, write [I: S_INTERRUPTS], "interrupts that S handles";
        Mie        "mie"        = 0x304, reset 0, write [I: S_INTERRUPTS | M_INTERRUPTS], "enabled interrupts";
        Mtvec      "mtvec"      = 0x305, reset 0, write [I: TVEC_FIELDS], "trap vector of M, direct or vectored";
        Mcounteren "mcounteren" = 0x306, reset 0, write [Zicntr: COUNTEREN_BASE, Zihpm: COUNTEREN_HPM], "counters that S and U may read";
        Menvcfg    "menvcfg"    = 0x30a, reset 0,
            write [I: ENVCFG_FIOM, Zicbom: ENVCFG_CBIE | ENVCFG_CBCFE, Zicboz: ENVCFG_CBZE, Svadu: MENVCFG_ADUE, Svpbmt: MENVCFG_PBMTE, Sstc: MENVCFG_STCE],
            "what S and U may execute";
        Mscratch   "mscratch"   = 0x340, reset 0, write [I: u64::MAX], "a word for the trap handler of M";
        Mepc       "mepc"       = 0x341, reset 0, write [I: EPC_ALIGNED_4, Zca: EPC_ALIGNED_2], "pc of the last trap to M";
        Mcause     "mcause"     = 0x342, reset 0, write [I: u64::MAX], "cause of the last trap to M";
        Mtval      "mtval"      = 0x343, reset 0, write [I: u64::MAX], "address or instruction of the last trap to M";
        Mip        "mip"        = 0x344, reset 0, write [I: S_INTERRUPTS], "pending interrupts; those of M follow the devices, STIP follows stimecmp while menvcfg.STCE is set";
    }

    section "Machine ISA, Physical Memory Protection CSRs" needs (I) {
        Pmpcfg(n in 0..16 step 2)  "pmpcfg"  = 0x3a0 + n, reset 0, write [I: if n < PMP_ENTRIES / 4 { PMPCFG_ENTRIES } else { 0 }], "permissions of eight PMP entries; 16 entries exist";
        Pmpaddr(n in 0..64 step 1) "pmpaddr" = 0x3b0 + n, reset 0, write [I: if n < PMP_ENTRIES { PMPADDR_BITS } else { 0 }], "address of a PMP entry; 16 entries exist";
    }

    section "Machine ISA, Hardware Performance Monitor" needs (I) {
        Mcycle        "mcycle"        = 0xb00, reset 0, write [I: u64::MAX], "cycles";
        Minstret      "minstret"      = 0xb02, reset 0, write [I: u64::MAX], "retired instructions";
        Mhpmcounter(n in 3..32 step 1) "mhpmcounter" = 0xb00 + n, reset 0, write [], "counts nothing";
        Mcountinhibit "mcountinhibit" = 0x320, reset 0, write [I: COUNTINHIBIT_BASE], "counters that stand still";
        Mhpmevent(n in 3..32 step 1)   "mhpmevent"   = 0x320 + n, reset 0, write [], "no event can be chosen";
    }

    section "Debug Specification, Trigger Module Registers" needs (I) {
        Tselect "tselect" = 0x7a0, reset 0, write [], "chosen trigger: there is none";
        Tdata1  "tdata1"  = 0x7a1, reset 0, write [], "type 0: no trigger";
        Tdata2  "tdata2"  = 0x7a2, reset 0, write [], "no trigger";
        Tdata3  "tdata3"  = 0x7a3, reset 0, write [], "no trigger";
    }
}
