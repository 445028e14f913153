//! The memory map and the interrupt numbers: those of QEMU's `virt` machine.
//!
//! [`PLACES`] is the one table: the board is built from it, the device tree
//! written, and docs/memory-map.md tested.

use pagewalk_bus::Line;
use pagewalk_devices::{Clint, Finisher, Plic, Rtc, Uart, virtio};
use pagewalk_isa::InterruptCause;

use crate::Machine;

/// Where the test finisher is.
pub const FINISHER_BASE: u64 = 0x0010_0000;
/// Where the CLINT is.
pub const CLINT_BASE: u64 = 0x0200_0000;
/// Where RAM begins.
pub const RAM_BASE: u64 = 0x8000_0000;

/// How many virtio-mmio slots there are.
pub const VIRTIO_SLOTS: u32 = 8;
/// The slot of a console with ports, on a board that has one.
pub const PORTS_SLOT: u32 = 2;

/// Interrupt sources of the PLIC are numbered below this, from 1.
pub(crate) const SOURCES: u32 = 96;

/// What kind of device is at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Finisher,
    Rtc,
    Clint,
    Plic,
    Uart,
    /// With the number of the slot.
    Virtio(u32),
}

/// Where a device is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    /// Physical address of its first register.
    pub(crate) base: u64,
    /// Size of its window in bytes.
    pub(crate) size: u64,
    /// Its interrupt source at the PLIC.
    pub(crate) source: Option<u32>,
}

const fn place(kind: Kind, base: u64, size: u64, source: Option<u32>) -> Place {
    Place {
        kind,
        base,
        size,
        source,
    }
}

const fn virtio(slot: u32) -> Place {
    const FIRST: u64 = 0x1000_1000;
    let base = FIRST + virtio::Mmio::SIZE * slot as u64;
    place(Kind::Virtio(slot), base, virtio::Mmio::SIZE, Some(1 + slot))
}

/// All devices, by address.
#[rustfmt::skip]
pub(crate) const PLACES: [Place; 13] = [
    place(Kind::Finisher, FINISHER_BASE, Finisher::SIZE, None),
    place(Kind::Rtc,      0x0010_1000,  Rtc::SIZE,      Some(11)),
    place(Kind::Clint,    CLINT_BASE,  Clint::SIZE,    None),
    place(Kind::Plic,     0x0c00_0000,  Plic::SIZE,     None),
    place(Kind::Uart,     0x1000_0000,  Uart::SIZE,     Some(10)),
    virtio(0), virtio(1), virtio(2), virtio(3), virtio(4), virtio(5), virtio(6), virtio(7),
];

/// A part of the address map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Area {
    /// What is there.
    pub name: &'static str,
    /// Its first physical address.
    pub base: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Its interrupt source at the PLIC.
    pub interrupt: Option<u32>,
}

impl Machine {
    /// Everything that a physical address can reach, by address.
    #[must_use]
    pub fn areas(&self) -> Vec<Area> {
        let area = |base, size, interrupt| Area {
            name: self.name_at(base).unwrap_or("nothing"),
            base,
            size,
            interrupt,
        };
        let devices = PLACES
            .iter()
            .map(|place| area(place.base, place.size, place.source));
        let ram = area(RAM_BASE, self.bus.ram.size(), None);
        devices.chain([ram]).collect()
    }
}

/// The line of hart `hart` that raises the interrupt `cause`: a bit of `mip`.
fn hart_line(hart: usize, cause: InterruptCause) -> Line {
    Line {
        word: hart,
        bit: cause.number(),
    }
}

/// The software and timer lines of hart `hart`.
pub(crate) fn clint_lines(hart: usize) -> (Line, Line) {
    (
        hart_line(hart, InterruptCause::MachineSoftware),
        hart_line(hart, InterruptCause::MachineTimer),
    )
}

/// The lines of the PLIC's contexts: for each hart M-mode, then S-mode.
pub(crate) fn plic_contexts(harts: usize) -> impl Iterator<Item = Line> {
    (0..harts).flat_map(|hart| {
        [
            hart_line(hart, InterruptCause::MachineExternal),
            hart_line(hart, InterruptCause::SupervisorExternal),
        ]
    })
}

/// Words of interrupt lines on a board: one a hart, then those of sources.
pub(crate) fn line_words(harts: usize) -> usize {
    harts + (SOURCES as usize).div_ceil(64)
}

/// The line of interrupt source `source` on a board with `harts` harts.
pub(crate) fn source_line(harts: usize, source: u32) -> Line {
    Line {
        word: harts + source as usize / 64,
        bit: (source % 64) as u8,
    }
}

/// An ELF executable of one segment at the start of RAM: the instructions,
/// and `tohost` 4096 bytes behind the first.
pub(crate) fn tiny_elf(code: &[u32]) -> Vec<u8> {
    let mut elf = Vec::new();
    let half = |elf: &mut Vec<u8>, value: u16| elf.extend(value.to_le_bytes());
    let word = |elf: &mut Vec<u8>, value: u32| elf.extend(value.to_le_bytes());
    let double = |elf: &mut Vec<u8>, value: u64| elf.extend(value.to_le_bytes());
    const HEADERS: u64 = 64 + 56;
    let text = 4 * code.len() as u64;
    let strings = b"\0tohost\0.symtab\0.strtab\0.shstrtab\0";
    let symbols = HEADERS + text;
    let names = symbols + 48;
    let sections = (names + strings.len() as u64).next_multiple_of(8);
    elf.extend(*b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    half(&mut elf, 2); // ET_EXEC
    half(&mut elf, 243); // EM_RISCV
    word(&mut elf, 1);
    double(&mut elf, RAM_BASE);
    double(&mut elf, 64);
    double(&mut elf, sections);
    word(&mut elf, 0);
    for value in [64, 56, 1, 64, 3, 2] {
        half(&mut elf, value);
    }
    word(&mut elf, 1); // PT_LOAD
    word(&mut elf, 7); // rwx
    for value in [HEADERS, RAM_BASE, RAM_BASE, text, 0x2000, 4] {
        double(&mut elf, value);
    }
    for instruction in code {
        word(&mut elf, *instruction);
    }
    elf.extend([0; 24]);
    word(&mut elf, 1); // "tohost"
    half(&mut elf, 0x10); // STB_GLOBAL
    half(&mut elf, 0xfff1); // SHN_ABS
    double(&mut elf, RAM_BASE + 0x1000);
    double(&mut elf, 8);
    elf.extend(strings);
    elf.resize(sections as usize, 0);
    let section = |elf: &mut Vec<u8>,
                   name: u32,
                   kind: u32,
                   offset: u64,
                   size: u64,
                   link: u32,
                   info: u32,
                   entry: u64| {
        word(elf, name);
        word(elf, kind);
        double(elf, 0);
        double(elf, 0);
        double(elf, offset);
        double(elf, size);
        word(elf, link);
        word(elf, info);
        double(elf, 1);
        double(elf, entry);
    };
    elf.extend([0; 64]);
    section(&mut elf, 8, 2, symbols, 48, 2, 1, 24); // SHT_SYMTAB
    section(&mut elf, 16, 3, names, strings.len() as u64, 0, 0, 0); // SHT_STRTAB
    elf
}
