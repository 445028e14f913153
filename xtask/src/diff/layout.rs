//! Where everything is in memory, and what each word of a dump means.
//!
//! An ELF holds up to [`Slot::COUNT`] programs. A program has the same
//! addresses whether it is alone in its ELF or in company.

use std::fmt;

use pagewalk_isa::csr::Csr;
use pagewalk_isa::{IsaSet, Privilege, reg};

pub(super) const PAGE: u64 = 4096;
/// RAM that every emulator is given.
pub(super) const RAM_SIZE: u64 = 256 << 20;
pub(super) const RAM_END: u64 = RUNTIME + RAM_SIZE;

/// Start-up, trap handler and dump, common to all programs.
pub(super) const RUNTIME: u64 = 0x8000_0000;
pub(super) const TOHOST: u64 = 0x8000_4000;
pub(super) const FROMHOST: u64 = 0x8000_4040;
/// The runtime's variables: the descriptor of the next program, and the
/// argument blocks of semihosting.
pub(super) const VARIABLES: u64 = 0x8000_5000;
/// The trap handler of S-mode: one `ecall`.
pub(super) const RELAY: u64 = 0x8000_6000;
/// Where the trap handler saves registers. The bits of this address are, in
/// `mstatus`, MPRV and one that does not exist: see `runtime`.
pub(super) const SAVE: u64 = 1 << 31 | 1 << 17;

const CODE: u64 = 0x8010_0000;
const CODE_STRIDE: u64 = 4 * PAGE;
/// Room for the instructions of a program; its descriptor is behind.
pub(super) const CODE_ROOM: u64 = 3 * PAGE;
pub(super) const SIGNATURE: u64 = 0x8040_0000;
const MEMORY: u64 = 0x8080_0000;
const MEMORY_STRIDE: u64 = 16 * PAGE;

/// Pages of a program that its loads and stores are aimed at.
pub(super) const DATA_PAGES: u64 = 4;

/// The place of a program in its ELF.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slot(u64);

impl Slot {
    pub(super) const COUNT: u64 = 128;

    /// The place of program number `index` of a run.
    pub(super) fn of(index: u64) -> Self {
        Self(index % Self::COUNT)
    }

    pub(super) fn code(self) -> u64 {
        CODE + self.0 * CODE_STRIDE
    }

    pub(super) fn descriptor(self) -> u64 {
        self.code() + CODE_ROOM
    }

    pub(super) fn dump(self) -> u64 {
        SIGNATURE + self.0 * PAGE
    }

    /// Data, then page tables. The data of one program does not cross a
    /// boundary of 16 KiB.
    pub(super) fn memory(self) -> u64 {
        MEMORY + self.0 * MEMORY_STRIDE
    }

    /// The words of this program in the signature of its ELF.
    pub(super) fn words(self, signature: &[u64]) -> &[u64] {
        let start = (self.0 * PAGE / 8) as usize;
        &signature[start..start + DUMP_WORDS]
    }
}

/// The end of the signature.
pub(super) const SIGNATURE_END: u64 = SIGNATURE + Slot::COUNT * PAGE;

/// Words of one dump.
pub(super) const DUMP_WORDS: usize = (PAGE / 8) as usize;
pub(super) const DUMP_X: usize = 0;
pub(super) const DUMP_F: usize = 32;
pub(super) const DUMP_CSRS: usize = 64;
pub(super) const DUMP_TRAPS: usize = 128;
pub(super) const DUMP_LOG: usize = 132;
pub(super) const DUMP_BLOCKS: usize = DUMP_LOG + LOG_ENTRIES * LOG_FIELDS.len();
/// A program that has trapped this often is at its end.
pub(super) const LOG_ENTRIES: usize = 64;
pub(super) const LOG_FIELDS: [&str; 4] = ["cause", "epc", "tval", "mstatus"];
/// Bytes of memory that one checksum in the dump covers.
pub(super) const BLOCK_SIZE: u64 = 512;
/// In the place of x0: the program came to its end.
pub(super) const ENDED: u64 = 1;

/// The registers that a dump shows.
pub(super) const DUMPED: &[Csr] = &[
    Csr::Fcsr,
    Csr::Medeleg,
    Csr::Mideleg,
    Csr::Mie,
    Csr::Mip,
    Csr::Menvcfg,
    Csr::Senvcfg,
    Csr::Mcounteren,
    Csr::Scounteren,
    Csr::Stvec,
    Csr::Sepc,
    Csr::Scause,
    Csr::Stval,
    Csr::Satp,
    Csr::Pmpcfg(0),
    Csr::Pmpcfg(2),
    Csr::Pmpaddr(0),
    Csr::Pmpaddr(1),
    Csr::Pmpaddr(2),
    Csr::Pmpaddr(3),
    Csr::Pmpaddr(4),
    Csr::Pmpaddr(5),
    Csr::Pmpaddr(15),
];

/// The registers that a dump shows on harts with `isa`, and their place.
pub(super) fn dumped(isa: IsaSet) -> impl Iterator<Item = (usize, Csr)> {
    (DUMP_CSRS..)
        .zip(DUMPED.iter().copied())
        .filter(move |(_, csr)| csr.exists(isa))
}

/// What a word of a dump is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// Whether the program came to its end or trapped too often.
    End,
    X(u8),
    F(u8),
    Csr(Csr),
    /// The number of traps.
    Traps,
    /// A field of an entry in the trap log.
    Log {
        entry: usize,
        field: usize,
    },
    /// The checksum of a block of memory, by its offset.
    Block(u64),
    Unused,
}

impl Word {
    pub(super) fn at(index: usize) -> Self {
        match index {
            DUMP_X => Self::End,
            1..DUMP_F => Self::X((index - DUMP_X) as u8),
            DUMP_F..DUMP_CSRS => Self::F((index - DUMP_F) as u8),
            DUMP_CSRS..DUMP_TRAPS => DUMPED
                .get(index - DUMP_CSRS)
                .map_or(Self::Unused, |csr| Self::Csr(*csr)),
            DUMP_TRAPS => Self::Traps,
            DUMP_LOG..DUMP_BLOCKS => Self::Log {
                entry: (index - DUMP_LOG) / LOG_FIELDS.len(),
                field: (index - DUMP_LOG) % LOG_FIELDS.len(),
            },
            DUMP_BLOCKS..DUMP_WORDS => Self::Block((index - DUMP_BLOCKS) as u64 * BLOCK_SIZE),
            _ => Self::Unused,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("whether it came to its end"),
            Self::X(number) => write!(f, "x{number} ({})", reg::x_name(*number)),
            Self::F(number) => write!(f, "f{number} ({})", reg::f_name(*number)),
            Self::Csr(csr) => write!(f, "{csr}"),
            Self::Traps => f.write_str("number of traps"),
            Self::Log { entry, field } => write!(f, "trap {entry}, {}", LOG_FIELDS[*field]),
            Self::Block(offset) if *offset < DATA_PAGES * PAGE => {
                write!(f, "data at offset {offset:#x}")
            }
            Self::Block(offset) => {
                write!(f, "page tables at offset {:#x}", offset - DATA_PAGES * PAGE)
            }
            Self::Unused => f.write_str("unused"),
        }
    }
}

/// Registers that random instructions do not write, since the program relies
/// on them. Any may be read.
pub(super) mod fixed {
    pub(in super::super) const LOOP_COUNTER: u8 = 3;
    /// Where to go on after a jump to where nothing can be fetched.
    pub(in super::super) const RESUME: u8 = 4;
    /// Addresses of data. Two of them are within reach of compressed
    /// instructions, and one is their stack pointer.
    pub(in super::super) const POINTERS: [u8; 5] = [2, 8, 9, 18, 19];

    pub(in super::super) fn is_fixed(register: u8) -> bool {
        register == LOOP_COUNTER || register == RESUME || POINTERS.contains(&register)
    }
}

/// The name of a privilege mode.
pub(super) fn mode_name(privilege: Privilege) -> &'static str {
    match privilege {
        Privilege::User => "U",
        Privilege::Supervisor => "S",
        Privilege::Machine => "M",
    }
}
