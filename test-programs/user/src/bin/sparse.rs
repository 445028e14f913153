//! A gigabyte of addresses, of which a few pages are memory.
//!
//! > The page in which the offending address lies has not been mapped to physical
//! > memory by the OperatingSystem.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{image, pagewalk};

/// One gibibyte.
const PAGES: usize = (1 << 30) / PAGE;
/// One page in so many is touched.
const STEP: usize = PAGES / 16;

fn run(arguments: &Arguments) -> Outcome {
    let region = Region::sparse(PAGES)?;
    let (start, end) = (region.start(), region.end());
    println!("From {start:#x} to {end:#x} I may use {PAGES} pages.");
    let touched = || (0..PAGES).step_by(STEP);
    let exact = image::settle(arguments).is_ok();
    let (_, counted) = counting(|| touched().for_each(|page| region.poke(page, page as u64)));
    for page in touched() {
        check_eq!(region.peek(page), page as u64, "page {page}");
        check_eq!(
            region.load(page * PAGE / 8 + 1),
            0,
            "the second word of page {page}"
        );
    }
    let count = touched().count() as u64;
    println!("I use {count} of them, 64 MiB from one to the next. The others are nowhere.");
    match counted {
        Some(counted) => {
            println!("Counted: {counted}.");
            if exact {
                counted.expect(&[("minor", count), ("zero_fill", count)])?;
            }
        }
        None => skip("faults one by one", pagewalk::OUR_KERNEL),
    }
    region.unmap()?;
    Ok(())
}

pagewalk_user_programs::program!(run);
