//! Eight generations share a page, and each gets its own by writing.
//!
//! > modern Kernels don't copy the entire memory used by the forked process, but
//! > rather implement transparent CopyOnWrite by marking all the pages shared between
//! > several processes as read-only.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{pagewalk, process};

const GENERATIONS: u64 = 8;
/// The page that every generation writes to.
const OWN: usize = 0;
/// The page that only the first has written to.
const HEIRLOOM: usize = 1;
const HEIRLOOM_TAG: u64 = 1000;

fn run(_: &Arguments) -> Outcome {
    let region = Region::anonymous(2)?;
    region.fill(OWN, 0);
    region.fill(HEIRLOOM, HEIRLOOM_TAG);
    let (own, heirloom) = (region.address(OWN), region.address(HEIRLOOM));
    println!("Each generation writes to {own:#x} before it forks, none to {heirloom:#x}.");
    generation(1, region)?;
    region.verify(OWN, 0)?;
    println!("All {GENERATIONS} have found their own page as they left it, and so have I.");
    Ok(())
}

/// Starts generation `number`, waits for it, and so for all that follow.
fn generation(number: u64, region: Region) -> Outcome {
    let work = || {
        region.verify(OWN, number - 1)?;
        region.fill(OWN, number);
        tell(number, region);
        if number < GENERATIONS {
            generation(number + 1, region)?;
        }
        // Those after this one have written to theirs meanwhile.
        region.verify(OWN, number)?;
        region.verify(HEIRLOOM, HEIRLOOM_TAG)
    };
    process::child(work)?.success()
}

fn tell(number: u64, region: Region) {
    let places = [OWN, HEIRLOOM].map(|page| pagewalk::place(region.address(page)));
    match places {
        [Some(own), Some(heirloom)] => {
            println!("Generation {number}: my own page is in {own}, the shared one in {heirloom}.");
        }
        _ => println!("Generation {number}: I have written to my own page."),
    }
}

pagewalk_user_programs::program!(run);
