//! Programs against boards.

use pagewalk_loader::{Problem, Region};

use crate::builder::*;
use crate::invariants::check_message;
use crate::parse::parse;

fn ram(start: u64, size: u64) -> Region {
    Region {
        name: "ram".to_owned(),
        start,
        size,
    }
}

/// Why a program does not fit 1 MiB of RAM.
fn refuse(elf: &Elf) -> Problem {
    refuse_on(elf, &[ram(RAM, 1 << 20)])
}

fn refuse_on(elf: &Elf, memory: &[Region]) -> Problem {
    let error = parse(elf).check_fits(memory).expect_err("must be refused");
    check_message(&error.to_string());
    error.problem
}

#[test]
fn good_program_fits() {
    let program = parse(&Elf::good());
    program
        .check_fits(&[ram(0, 0x100), ram(RAM, 0x1100)])
        .unwrap();
}

#[test]
fn segment_outside_ram() {
    let problem = refuse_on(&Elf::good(), &[ram(RAM, 0x10ff)]);
    assert_eq!(
        problem.to_string(),
        "segment 1 at 0x80001000..=0x800010ff does not fit the memory of the board (ram \
         0x80000000..=0x800010fe); link it for an address in that memory, or give the board more"
    );
    let problem = refuse_on(&Elf::good(), &[ram(RAM + 1, 1 << 20)]);
    assert!(
        matches!(problem, Problem::OutsideMemory { segment: 0, .. }),
        "{problem}"
    );
    let problem = refuse_on(&Elf::good(), &[]);
    assert!(problem.to_string().contains("(there is none)"), "{problem}");
}

#[test]
fn segment_across_two_regions() {
    let problem = refuse_on(&Elf::good(), &[ram(RAM, 32), ram(RAM + 32, 1 << 20)]);
    assert!(
        matches!(problem, Problem::OutsideMemory { segment: 0, .. }),
        "{problem}"
    );
}

#[test]
fn huge_segment() {
    let mut elf = Elf::good();
    elf.segments[1].mem_size = u64::MAX - RAM - 0xfff;
    assert!(matches!(
        refuse(&elf),
        Problem::OutsideMemory { last: u64::MAX, .. }
    ));
}

#[test]
fn region_that_ends_with_the_address_space() {
    let mut elf = Elf::good();
    elf.segments[1].paddr = 0u64.wrapping_sub(0x100);
    parse(&elf)
        .check_fits(&[ram(0, 1 << 32), ram(1 << 63, 1 << 63)])
        .unwrap();
}

#[test]
fn position_independent_program_is_told_to_be_linked_for_ram() {
    let mut elf = Elf {
        kind: ET_DYN,
        entry: 0x100,
        ..Elf::good()
    };
    elf.segments[0].paddr = 0;
    let problem = refuse(&elf);
    assert!(
        problem.to_string().contains("link it for a fixed address"),
        "{problem}"
    );
}

#[test]
fn overlapping_segments() {
    let mut elf = Elf::good();
    elf.segments.insert(0, Seg::load(RAM + 0x10ff, R, b"x", 1));
    let problem = refuse(&elf);
    assert_eq!(
        problem.to_string(),
        "segment 0 at 0x800010ff..=0x800010ff overlaps segment 2, which ends at 0x800010ff; \
         correct the addresses in the linker script"
    );
    elf.segments[0].paddr += 1;
    parse(&elf).check_fits(&[ram(RAM, 1 << 20)]).unwrap();
}

#[test]
fn overlap_with_a_segment_that_is_no_neighbour() {
    let mut elf = Elf::good();
    elf.segments.push(Seg::load(RAM + 0x1040, R, b"x", 1));
    elf.segments.push(Seg::load(RAM + 0x1080, R, b"x", 1));
    assert!(matches!(
        refuse(&elf),
        Problem::Overlap {
            segment: 2,
            other: 1,
            ..
        }
    ));
}

#[test]
fn entry_outside_code() {
    for entry in [0, RAM - 2, RAM + 64, RAM + 0x10000, !1] {
        let problem = refuse(&Elf {
            entry,
            ..Elf::good()
        });
        let message = format!(
            "the entry point {entry:#x} lies in no segment's bytes (segment 0 at \
             0x80000000..=0x8000003f, segment 1 at 0x80001000..=0x800010ff); "
        );
        assert!(problem.to_string().starts_with(&message), "{problem}");
    }
}

#[test]
fn entry_in_a_segment_without_the_executable_flag() {
    let mut elf = Elf::good();
    elf.segments[0].flags = R;
    parse(&elf).check_fits(&[ram(RAM, 1 << 20)]).unwrap();
}

#[test]
fn entry_in_the_zeros_behind_the_code() {
    let mut elf = Elf {
        entry: RAM + 64,
        ..Elf::good()
    };
    elf.segments[0].mem_size = 128;
    assert!(matches!(refuse(&elf), Problem::EntryOutside { .. }));
}

#[test]
fn odd_entry() {
    let problem = refuse(&Elf {
        entry: RAM + 5,
        ..Elf::good()
    });
    assert!(
        matches!(problem, Problem::EntryMisaligned { entry: 0x8000_0005 }),
        "{problem}"
    );
    parse(&Elf {
        entry: RAM + 6,
        ..Elf::good()
    })
    .check_fits(&[ram(RAM, 1 << 20)])
    .unwrap();
}

#[test]
fn entry_that_is_odd_in_physical_memory() {
    let mut elf = Elf::good();
    elf.segments[0].paddr += 3;
    let problem = refuse(&elf);
    assert!(
        matches!(problem, Problem::EntryMisaligned { entry: 0x8000_0003 }),
        "{problem}"
    );
}

#[test]
fn long_lists_are_cut() {
    let regions: Vec<Region> = (0..9).map(|i| ram(i << 16, 16)).collect();
    let problem = refuse_on(&Elf::good(), &regions);
    assert!(
        problem
            .to_string()
            .contains("ram 0x30000..=0x3000f and 5 more)"),
        "{problem}"
    );
}
