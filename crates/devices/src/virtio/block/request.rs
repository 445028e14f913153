//! What a driver asks a disk for, and whether it may (5.2.6).
//!
//! A request is a chain: a device-readable header of 16 bytes (type 4,
//! reserved 4, sector 8) and data to write, then device-writable room for
//! data and, as the last byte, the status. How that is cut into descriptors
//! means nothing.

use pagewalk_bus::Ram;

use crate::disk::SECTOR_SIZE;
use crate::virtio::ring::Chain;

/// Bytes of the header.
const HEADER: u32 = 16;

/// Request types.
const IN: u32 = 0;
const OUT: u32 = 1;
const FLUSH: u32 = 4;
const GET_ID: u32 = 8;

/// Bytes in the answer to `GET_ID`.
pub(super) const ID_LEN: u32 = 20;

/// Most bytes that one request can move.
pub(super) const MAX_DATA: u32 = 64 << 20;

/// The status of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Status {
    /// `VIRTIO_BLK_S_OK`.
    Ok = 0,
    /// `VIRTIO_BLK_S_IOERR`.
    IoError = 1,
    /// `VIRTIO_BLK_S_UNSUPP`.
    Unsupported = 2,
}

/// What a request may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limits {
    /// Size of the disk in bytes.
    pub(super) size: u64,
    /// Whether it cannot be written.
    pub(super) is_read_only: bool,
}

/// A request that can be carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Request {
    /// From the disk to the writable buffers. Both in bytes, whole sectors.
    Read { offset: u64, len: u32 },
    /// To the disk from the readable buffers, behind the header.
    Write { offset: u64, len: u32 },
    /// Brings what was written to stable storage.
    Flush,
    /// The disk's name, as far as there is room for it.
    Id { len: u32 },
}

/// Why a request is not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("a header of {0} bytes is too short")]
    Header(u32),
    #[error("type {0} is not supported")]
    Type(u32),
    #[error("{0} bytes are no whole sectors")]
    Length(u32),
    #[error("{0} bytes are more than {MAX_DATA} in one request")]
    TooLong(u32),
    #[error("sector {sector} and {len} bytes from there on are not on the disk")]
    Range { sector: u64, len: u32 },
    #[error("sector {0} cannot be written on a read-only disk")]
    ReadOnly(u64),
}

impl Refusal {
    pub(super) fn status(self) -> Status {
        match self {
            Self::Type(_) => Status::Unsupported,
            _ => Status::IoError,
        }
    }
}

impl Request {
    /// Where the data of a write begins in the readable buffers.
    pub(super) const DATA: u32 = HEADER;

    /// Virtual time that each request takes, in nanoseconds.
    const LATENCY: u64 = 2_000;
    /// Bytes moved in a nanosecond.
    const BYTES_PER_NANOSECOND: u32 = 4;
    /// What bringing data to stable storage takes, in nanoseconds.
    const FLUSH_TIME: u64 = 10_000;

    /// The request in `chain`, which has room for the status.
    pub(super) fn parse(ram: &Ram, chain: &Chain, limits: Limits) -> Result<Self, Refusal> {
        let mut header = [0; HEADER as usize];
        let read = chain.readable.read(ram, 0, &mut header);
        read.ok_or(Refusal::Header(chain.readable.len()))?;
        let data_out = chain.readable.len() - HEADER;
        let data_in = chain.writable.len().saturating_sub(1);
        Self::check(&header, data_out, data_in, limits)
    }

    /// The request of a header, with so many bytes of data to write and room
    /// for so many to read.
    fn check(
        header: &[u8; HEADER as usize],
        data_out: u32,
        data_in: u32,
        limits: Limits,
    ) -> Result<Self, Refusal> {
        let [t0, t1, t2, t3, _, _, _, _, sector @ ..] = *header;
        let sector = u64::from_le_bytes(sector);
        match u32::from_le_bytes([t0, t1, t2, t3]) {
            IN => {
                let offset = offset(sector, data_in, limits)?;
                let len = data_in;
                Ok(Self::Read { offset, len })
            }
            OUT if limits.is_read_only => Err(Refusal::ReadOnly(sector)),
            OUT => {
                let offset = offset(sector, data_out, limits)?;
                let len = data_out;
                Ok(Self::Write { offset, len })
            }
            FLUSH => Ok(Self::Flush),
            GET_ID => Ok(Self::Id {
                len: data_in.min(ID_LEN),
            }),
            other => Err(Refusal::Type(other)),
        }
    }

    /// How long it takes, in virtual nanoseconds. `flushes` says that a write
    /// brings its data to stable storage.
    pub(super) fn duration(request: Result<Self, Refusal>, flushes: bool) -> u64 {
        let own = match request {
            Ok(Self::Read { len, .. }) => u64::from(len / Self::BYTES_PER_NANOSECOND),
            Ok(Self::Write { len, .. }) => {
                let flush = if flushes { Self::FLUSH_TIME } else { 0 };
                u64::from(len / Self::BYTES_PER_NANOSECOND) + flush
            }
            Ok(Self::Flush) => Self::FLUSH_TIME,
            Ok(Self::Id { .. }) | Err(_) => 0,
        };
        Self::LATENCY + own
    }
}

/// The byte offset of `sector`, from which on there are `len` bytes in whole
/// sectors on the disk.
fn offset(sector: u64, len: u32, limits: Limits) -> Result<u64, Refusal> {
    if !u64::from(len).is_multiple_of(SECTOR_SIZE) {
        return Err(Refusal::Length(len));
    }
    if len > MAX_DATA {
        return Err(Refusal::TooLong(len));
    }
    let offset = sector.checked_mul(SECTOR_SIZE);
    let fits = |offset: &u64| {
        let end = offset.checked_add(len.into());
        end.is_some_and(|end| end <= limits.size)
    };
    offset.filter(fits).ok_or(Refusal::Range { sector, len })
}
