//! Pages that are shared after fork go to disk and come back shared. Argument: how
//! much memory to take meanwhile, in KiB.
//!
//! > modern Kernels don't copy the entire memory used by the forked process, but
//! > rather implement transparent CopyOnWrite by marking all the pages shared between
//! > several processes as read-only.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::file::Gate;
use pagewalk_user_programs::pagewalk::{self, Place};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::process;

const PAGES: usize = 16;
/// The child writes to those before this one.
const WRITTEN: usize = PAGES / 2;
/// With fewer, pages may be gone again before they are compared.
const ENOUGH_FRAMES: usize = 128;
const PARENTS: u64 = 100;
const CHILDS: u64 = 200;

fn run(arguments: &Arguments) -> Outcome {
    let pressure = pagewalk::pages_to_use(arguments, 12, 1024)?;
    let copies = pagewalk::fork_copies()?;
    let region = Region::anonymous(PAGES)?;
    for page in 0..PAGES {
        region.fill(page, PARENTS + page as u64);
    }
    println!("I fill {PAGES} pages at {:#x} and fork.", region.start());
    let (pressed, verified, compared) = (Gate::new()?, Gate::new()?, Gate::new()?);
    let child = process::child(|| {
        pressed.wait()?;
        for page in 0..PAGES {
            region.verify(page, PARENTS + page as u64)?;
        }
        println!("Child: all pages are as the parent left them.");
        verified.open()?;
        compared.wait()?;
        for page in 0..WRITTEN {
            region.fill(page, CHILDS + page as u64);
        }
        println!("Child: I have written to the first {WRITTEN}.");
        for page in 0..PAGES {
            let writer = if page < WRITTEN { CHILDS } else { PARENTS };
            region.verify(page, writer + page as u64)?;
        }
        Ok(())
    })?;

    let taken = pagewalk::press(pressure)?;
    println!("I take {pressure} other pages.");
    if let Some(place) = pagewalk::place(region.start()) {
        println!("The first shared page is now in {place}.");
    }
    pagewalk::release(taken)?;
    pressed.open()?;
    verified.wait()?;

    for page in 0..PAGES {
        region.verify(page, PARENTS + page as u64)?;
    }
    if copies {
        skip("frames of both", "a kernel whose fork copies on write");
    } else {
        compare(child.pid(), region, pressure)?;
    }
    compared.open()?;
    child.success()?;
    for page in 0..PAGES {
        region.verify(page, PARENTS + page as u64)?;
    }
    println!("The child has ended. My pages are as they were.");
    Ok(())
}

/// Fails if a page that both have in memory is not the same for both.
fn compare(child: u64, region: Region, pressure: usize) -> Outcome {
    let Some(frames) = pagewalk::frames() else {
        skip("frames of both", pagewalk::OUR_KERNEL);
        return Ok(());
    };
    if pressure < frames {
        skip("frames of both", "fewer frames, or more memory to be taken");
        return Ok(());
    }
    let mine = pagewalk::places_of(process::pid(), region).unwrap_or_default();
    let childs = pagewalk::places_of(child, region).unwrap_or_default();
    let mut shared = 0;
    for (page, (mine, childs)) in mine.into_iter().zip(childs).enumerate() {
        if let (Place::Frame(_), Place::Frame(_)) = (mine, childs) {
            shared += usize::from(mine == childs);
            check!(mine == childs, "page {page}: {mine} and {childs}");
        }
    }
    let enough = frames >= ENOUGH_FRAMES;
    check!(shared > 0 || !enough, "no page is in memory for both");
    println!("Both have read them since: {shared} of {PAGES} are in one frame for both.");
    Ok(())
}

pagewalk_user_programs::program!(run);
