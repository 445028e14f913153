//! The memory map: that of QEMU's `virt` machine.

use pagewalk_bus::Line;
use pagewalk_isa::InterruptCause;

/// Where the test finisher is.
pub const FINISHER_BASE: u64 = 0x0010_0000;
/// Where the CLINT is.
pub const CLINT_BASE: u64 = 0x0200_0000;
/// Where RAM begins.
pub const RAM_BASE: u64 = 0x8000_0000;

/// The software and timer lines of hart `word`: as `mip` has them.
pub(crate) fn clint_lines(word: usize) -> (Line, Line) {
    let line = |cause: InterruptCause| Line {
        word,
        bit: cause.number(),
    };
    (
        line(InterruptCause::MachineSoftware),
        line(InterruptCause::MachineTimer),
    )
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
