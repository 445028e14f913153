//! After fork pages are shared until one side writes.
//!
//! > When a process PageFaults by trying to write to such a shared page, the
//! > processes are given individual copies of that page, marked read-write this time.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::pagewalk;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{image, process};

const PAGES: usize = 4;
/// The pages that the child writes to.
const WRITTEN: core::ops::Range<usize> = 1..3;
const PARENTS: u64 = 100;
const CHILDS: u64 = 200;

fn run(arguments: &Arguments) -> Outcome {
    let copies = pagewalk::fork_copies()?;
    let region = Region::anonymous(PAGES)?;
    for page in 0..PAGES {
        region.fill(page, PARENTS + page as u64);
    }
    println!("I fill {PAGES} pages at {:#x} and fork.", region.start());
    process::child(|| child(arguments, region, copies))?.success()?;

    for page in 0..PAGES {
        region.verify(page, PARENTS + page as u64)?;
    }
    println!("The child has ended. My {PAGES} pages are as they were.");

    let exact = image::settle(arguments).is_ok();
    let (_, counted) = counting(|| write(region, 0..PAGES, PARENTS));
    if let Some(counted) = counted {
        println!("I write to them, being their last owner: {counted}.");
        if exact {
            let reused = if copies { 0 } else { PAGES as u64 };
            counted.expect(&[("cow_reuse", reused), ("cow_copy", 0), ("minor", reused)])?;
        }
    }
    Ok(())
}

fn child(arguments: &Arguments, region: Region, copies: bool) -> Outcome {
    for page in 0..PAGES {
        region.verify(page, PARENTS + page as u64)?;
    }
    println!("Child: I read all pages and find what the parent wrote.");

    let exact = image::settle(arguments).is_ok();
    let before = pagewalk::place(region.address(WRITTEN.start));
    let (_, counted) = counting(|| write(region, WRITTEN, CHILDS));
    let after = pagewalk::place(region.address(WRITTEN.start));
    println!("Child: I write to {} of them.", WRITTEN.len());
    match before.zip(after) {
        Some((before, after)) => {
            println!("Child: the first of these moved from {before} to {after}.")
        }
        None => skip("frames before and after", pagewalk::OUR_KERNEL),
    }
    match counted {
        Some(counted) if exact => {
            println!("Child: counted meanwhile: {counted}.");
            let copied = if copies { 0 } else { WRITTEN.len() as u64 };
            counted.expect(&[("cow_copy", copied), ("cow_reuse", 0), ("minor", copied)])?;
        }
        _ => skip("exact numbers", pagewalk::OUR_KERNEL),
    }
    for page in 0..PAGES {
        let writer = if WRITTEN.contains(&page) {
            CHILDS
        } else {
            PARENTS
        };
        region.verify(page, writer + page as u64)?;
    }
    Ok(())
}

fn write(region: Region, pages: core::ops::Range<usize>, tag: u64) {
    for page in pages {
        region.fill(page, tag + page as u64);
    }
}

pagewalk_user_programs::program!(run);
