//! Each first access to a page is a fault, each later one is not.
//!
//! > A PageFault is triggered by the MMU when it intercepts a memory access by a
//! > process in an OperatingSystem with VirtualMemory.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{image, pagewalk, process};

const PAGES: usize = 8;

fn run(arguments: &Arguments) -> Outcome {
    let region = Region::anonymous(PAGES)?;
    println!("I have asked for {PAGES} pages at {:#x}.", region.start());
    let exact = image::settle(arguments).is_ok();
    let faults = process::faults()?;
    let (_, first) = counting(|| write_all(region));
    let (_, again) = counting(|| write_all(region));
    let (read, third) = counting(|| (0..PAGES).map(|page| region.peek(page)).sum::<u64>());
    let minor = process::faults()?.minor - faults.minor;
    check_eq!(read, (0..PAGES as u64).sum(), "the sum of what I wrote");
    println!("I have written a word to each, again, and read them.");

    let (Some(first), Some(again), Some(third)) = (first, again, third) else {
        skip("faults one by one", pagewalk::OUR_KERNEL);
        return Ok(());
    };
    println!("The first time: {first}. The second: {again}. Reading: {third}.");
    if exact {
        let touched = PAGES as u64;
        first.expect(&[("minor", touched), ("zero_fill", touched), ("major", 0)])?;
        again.expect(&[("minor", 0), ("major", 0)])?;
        third.expect(&[("minor", 0), ("major", 0)])?;
        check_eq!(minor, touched, "minor faults as getrusage counts them");
    }
    Ok(())
}

fn write_all(region: Region) {
    for page in 0..PAGES {
        region.poke(page, page as u64);
    }
}

pagewalk_user_programs::program!(run);
