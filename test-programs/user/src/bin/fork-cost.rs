//! What fork costs with 1 and with 16 MiB. Arguments: other sizes, in MiB.
//!
//! > In order to avoid excessive fork(2) runtime cost of yore, modern Kernels don't
//! > copy the entire memory used by the forked process
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::time::Duration;

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{format, pagewalk, process};

const PAGES_IN_MIB: usize = (1 << 20) / PAGE;
/// Pages for all but what is measured.
const SPARE: usize = 64;
/// What is measured if nobody says otherwise, in MiB.
const SIZES: [u64; 2] = [1, 16];

fn run(arguments: &Arguments) -> Outcome {
    if arguments.count() > 1 {
        for index in 1..arguments.count() {
            measure(arguments.number(index, 0)? as usize)?;
        }
        return Ok(());
    }
    for size in SIZES {
        measure(size as usize)?;
    }
    Ok(())
}

fn measure(mib: usize) -> Outcome {
    check!((1..=1024).contains(&mib), "sizes are from 1 to 1024 MiB");
    let pages = mib * PAGES_IN_MIB;
    if pagewalk::all_frames().is_some_and(|frames| frames < 2 * pages + SPARE) {
        skip(
            &format!("{mib} MiB"),
            "more frames: swapping would cost more than fork",
        );
        return Ok(());
    }
    let region = Region::anonymous(pages)?;
    write(region, 0);

    let start = process::now()?;
    let child = process::child(|| Ok(()))?;
    let forked = process::now()? - start;
    child.success()?;

    let child = process::child(|| {
        let start = process::now()?;
        write(region, 1);
        let took = process::now()? - start;
        println!(
            "  the child's first write to each page: {}",
            Cost { took, pages }
        );
        verify(region, 1)
    })?;
    child.success()?;
    verify(region, 0)?;
    println!(
        "{mib} MiB, {pages} pages: fork {}",
        Cost {
            took: forked,
            pages
        }
    );
    region.unmap()?;
    Ok(())
}

fn write(region: Region, tag: u64) {
    for page in 0..region.pages() {
        region.poke(page, tag + page as u64);
    }
}

fn verify(region: Region, tag: u64) -> Outcome {
    for page in 0..region.pages() {
        let address = region.address(page);
        let expected = tag + page as u64;
        check_eq!(region.peek(page), expected, "page {address:#x}");
    }
    Ok(())
}

/// A time, and for how many pages; under Pagewalk a nanosecond is an instruction.
struct Cost {
    took: Duration,
    pages: usize,
}

impl core::fmt::Display for Cost {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let nanos = self.took.as_nanos();
        write!(f, "{nanos} ns, {} a page", nanos / self.pages as u128)
    }
}

pagewalk_user_programs::program!(run);
