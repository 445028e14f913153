//! Memory that was asked for is there when it is touched, and all zeros.
//!
//! > The page in which the offending address lies has not been mapped to physical
//! > memory by the OperatingSystem.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::image;
use pagewalk_user_programs::pagewalk::{self, Place};
use pagewalk_user_programs::prelude::*;

const PAGES: usize = 8;

fn run(arguments: &Arguments) -> Outcome {
    let region = Region::anonymous(PAGES)?;
    let place = pagewalk::place(region.start());
    println!("I have asked for {PAGES} pages at {:#x}.", region.start());
    if let Some(place) = place {
        println!("The first of them is {place}.");
        check_eq!(place, Place::Nowhere, "a page that was never touched");
    }
    let exact = image::settle(arguments).is_ok();
    let (zeros, read) = counting(|| (0..PAGES).try_for_each(|page| region.verify_zero(page)));
    zeros?;
    println!("I read all of them: zeros.");
    let (_, written) = counting(|| (0..PAGES).for_each(|page| region.fill(page, page as u64)));
    for page in 0..PAGES {
        region.verify(page, page as u64)?;
    }
    println!("I write to all of them, and find what I wrote.");

    region.discard()?;
    for page in 0..PAGES {
        region.verify_zero(page)?;
    }
    println!("I give the contents back (madvise): zeros again.");

    let (Some(read), Some(written)) = (read, written) else {
        skip("faults one by one", pagewalk::OUR_KERNEL);
        return Ok(());
    };
    println!("Reading: {read}: one page of zeros for all. Writing: {written}.");
    if exact {
        let pages = PAGES as u64;
        read.expect(&[("minor", pages), ("zero_fill", pages)])?;
        written.expect(&[("minor", pages), ("cow_copy", pages)])?;
    }
    Ok(())
}

pagewalk_user_programs::program!(run);
