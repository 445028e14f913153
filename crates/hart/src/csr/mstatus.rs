//! Fields of `mstatus` and `sstatus` under short names.

pub(crate) use pagewalk_isa::csr::fields::{
    MSTATUS_FS as FS, MSTATUS_MIE as MIE, MSTATUS_MPIE as MPIE, MSTATUS_MPP as MPP,
    MSTATUS_MPRV as MPRV, MSTATUS_MXR as MXR, MSTATUS_SD as SD, MSTATUS_SIE as SIE,
    MSTATUS_SPIE as SPIE, MSTATUS_SPP as SPP, MSTATUS_SUM as SUM, MSTATUS_TSR as TSR,
    MSTATUS_TVM as TVM, MSTATUS_TW as TW, SSTATUS_VISIBLE,
};

/// The register as it is read: SD follows from FS.
pub(crate) fn with_sd(status: u64) -> u64 {
    if status & FS == FS {
        status | SD
    } else {
        status & !SD
    }
}
