//! A process asks which of its pages are in memory.
//!
//! > The page in which the offending address lies has not been mapped to physical
//! > memory by the OperatingSystem.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::Errno;
use pagewalk_user_programs::prelude::*;

const PAGES: usize = 8;
const TOUCHED: [usize; 3] = [1, 2, 6];

fn run(_: &Arguments) -> Outcome {
    let region = Region::anonymous(PAGES)?;
    println!("I have asked for {PAGES} pages at {:#x}.", region.start());
    expect(region, &[])?;
    for page in TOUCHED {
        region.fill(page, page as u64);
    }
    // Locked, since a page that was touched might be swapped out again by now.
    for page in TOUCHED {
        region.page(page).lock()?;
    }
    println!("I write to pages {TOUCHED:?}.");
    expect(region, &TOUCHED)?;
    region.unlock()?;
    region.part(0..4).discard()?;
    println!("I give the contents of pages 0 to 3 back.");
    for page in 0..4 {
        check!(!region.in_core()?[page], "page {page} was given back");
    }
    region.verify(6, 6)?;

    region.page(7).unmap()?;
    let answer = region.in_core();
    let errno = answer.err().and_then(|refused| refused.errno());
    check_eq!(
        errno,
        Some(Errno::ENOMEM),
        "mincore, with a page that is not mapped"
    );
    println!("After I have unmapped page 7, the question has no answer: ENOMEM.");
    Ok(())
}

/// Fails unless exactly these pages are in memory.
fn expect(region: Region, pages: &[usize]) -> Outcome {
    let found: Vec<usize> = region
        .in_core()?
        .iter()
        .enumerate()
        .filter_map(|(page, in_core)| in_core.then_some(page))
        .collect();
    println!("In memory: {found:?}.");
    check_eq!(found, pages, "pages in memory");
    Ok(())
}

pagewalk_user_programs::program!(run);
